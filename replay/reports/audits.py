"""What audit, its hindsight, diff, sensitivity and what-if answer; findings are handed on as they are found."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.errors import RequestError
from engine.events.subjects import bare_id
from engine.log.history import Fact
from engine.log.imports import DECLARED, imported_positions
from engine.rules.ruleset import RuleSet
from projections.folds import Folds
from replay.audit.audit import Finding, audit
from replay.audit.hindsight import Hindsight, hindsight
from replay.audit.views import Sensitivity, sensitivity, sensitivity_over
from replay.audit.what_if import WhatIf, what_if
from replay.run.asked import Asked, Span

VERDICTS = ("identical", "differs", "not recorded")


class AuditReport:
    """Every offer of a span held against its record; whole once ``findings`` was read to its end."""

    def __init__(self, asked: Asked) -> None:
        self._asked, self.span = asked, asked.span()
        self.counts = dict.fromkeys(VERDICTS, 0)
        self.before_the_score: list[Fact] = []
        """Offers of before any rules: nothing to replay."""
        self._told: list[Finding] = []
        self.note = DECLARED if list(imported_positions(asked.log)) else None
        """What must be said of imported recorded times."""

    def findings(self) -> Iterator[Finding]:
        """Each finding when it is made."""
        for finding in audit(self._asked.log, self.span, self.before_the_score, self._asked.tick):
            self.counts[finding.verdict] += 1
            if finding.verdict != "identical":
                self._told.append(finding)
            yield finding

    @property
    def runs(self) -> int:
        """How many runs were held against their records."""
        return sum(self.counts.values())

    def as_json(self) -> dict[str, Any]:
        """The document of ``audit``."""
        return {
            **self.span.as_json(),
            "runs": self.runs,
            **self.counts,
            "before_the_score": [bare_id(fact.subject) for fact in self.before_the_score],
            "recorded_times": self.note,
            "findings": [finding.as_json() for finding in self._told],
        }


class HindsightReport:
    """Past rankings that later knowledge would have made otherwise; whole once ``findings`` was read to its end."""

    def __init__(self, asked: Asked, known_at: int) -> None:
        self._asked, self.span, self.known_at = asked, asked.span(), known_at
        self.differing: list[Hindsight] = []

    def findings(self) -> Iterator[Hindsight]:
        """Each one when it is found."""
        for found in hindsight(self._asked.log, self.span, self.known_at, self._asked.tick):
            self.differing.append(found)
            yield found

    @property
    def impossible(self) -> int:
        """How many of them could not be made at all."""
        return sum(each.problem is not None for each in self.differing)

    def as_json(self) -> dict[str, Any]:
        """The document of ``audit --known-at``."""
        differing = [each.as_json() for each in self.differing]
        known = {"known_at": self.known_at, "impossible": self.impossible}
        return {**self.span.as_json(), **known, "differing": differing}


def sensitivity_table(asked: Asked, offer: str | None) -> list[Sensitivity]:
    """Each alternative reading alone: over one offer, or over those of the span asked."""
    if (offer is None) == (asked.start is None and asked.end is None):
        raise RequestError("name one offer, or a span with --from and --to")
    if offer is not None:
        return sensitivity([(asked.moment(offer), Folds())])
    return sensitivity_over(asked.log, asked.span(), asked.tick)


@dataclass(frozen=True, slots=True)
class WhatIfReport:
    """A changed rule set over the offers of a span."""

    rules: RuleSet
    span: Span
    result: WhatIf

    def as_json(self) -> dict[str, Any]:
        """The document of ``what-if``."""
        return {"rules": self.rules.id, **self.span.as_json(), **self.result.as_json()}


def what_if_report(asked: Asked, changed: RuleSet) -> WhatIfReport:
    """The same offers under a changed rule set."""
    span = asked.span()
    return WhatIfReport(changed, span, what_if(asked.log, span, changed, asked.tick))
