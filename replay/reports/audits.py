"""What audit, its hindsight, diff, sensitivity and what-if answer; findings are handed on as they are found."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, TypeVar

from engine.errors import RequestError
from engine.events.subjects import bare_id
from engine.log.history import Fact
from engine.log.imports import DECLARED, imported_positions
from engine.rules.ruleset import RuleSet
from projections.folds import Folds
from replay.audit import views, what_if
from replay.audit.audit import Finding, audit, audited
from replay.audit.hindsight import Hindsight, hindsight, hindsight_at
from replay.audit.shares import ALONE, Shared, over_parts
from replay.audit.views import Sensitivity
from replay.audit.what_if import WhatIf
from replay.run.asked import Asked, Span

Found = TypeVar("Found")
VERDICTS = ("identical", "differs", "not recorded")


class AuditReport:
    """Every offer of a span held against its record; whole once ``findings`` was read to its end."""

    def __init__(self, asked: Asked, shared: Shared = ALONE) -> None:
        self._asked, self._shared, self.span = asked, shared, asked.span()
        self.counts = dict.fromkeys(VERDICTS, 0)
        self.before_the_score: list[Fact] = []
        """Offers of before any rules: nothing to replay."""
        self._told: list[Finding] = []
        self.note = DECLARED if list(imported_positions(asked.log)) else None
        """What must be said of imported recorded times."""

    def findings(self) -> Iterator[Finding]:
        """Each finding when it is made."""
        for finding in self._found():
            self.counts[finding.verdict] += 1
            if finding.verdict != "identical":
                self._told.append(finding)
            yield finding

    def _found(self) -> Iterable[Finding]:
        asked, early = self._asked, self.before_the_score
        if not self._shared.spread.elsewhere:
            return audit(asked.log, self.span, early, asked.tick)
        parts = over_parts(asked.log, self.span, self._shared, audited)
        early += sorted(chain.from_iterable(unruled for _, unruled in parts), key=lambda fact: fact.position)
        found = sorted(chain.from_iterable(found for found, _ in parts), key=lambda finding: finding.position)
        return _ticked(found, asked)

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

    def __init__(self, asked: Asked, known_at: int, shared: Shared = ALONE) -> None:
        self._asked, self._shared, self.span, self.known_at = asked, shared, asked.span(), known_at
        self.differing: list[Hindsight] = []

    def findings(self) -> Iterator[Hindsight]:
        """Each one when it is found."""
        for found in self._found():
            self.differing.append(found)
            yield found

    def _found(self) -> Iterable[Hindsight]:
        asked = self._asked
        if not self._shared.spread.elsewhere:
            return hindsight(asked.log, self.span, self.known_at, asked.tick)
        parts = over_parts(asked.log, self.span, self._shared, partial(hindsight_at, self.known_at))
        return _ticked(sorted(chain.from_iterable(parts), key=lambda found: found.known_then), asked)

    @property
    def impossible(self) -> int:
        """How many of them could not be made at all."""
        return sum(each.problem is not None for each in self.differing)

    def as_json(self) -> dict[str, Any]:
        """The document of ``audit --known-at``."""
        differing = [each.as_json() for each in self.differing]
        known = {"known_at": self.known_at, "impossible": self.impossible}
        return {**self.span.as_json(), **known, "differing": differing}


def _ticked(found: Iterable[Found], asked: Asked) -> Iterator[Found]:
    for each in found:
        asked.tick()
        yield each


def sensitivity_table(asked: Asked, offer: str | None, shared: Shared = ALONE) -> list[Sensitivity]:
    """Each alternative reading alone: over one offer, or over those of the span asked."""
    if (offer is None) == (asked.start is None and asked.end is None):
        raise RequestError("name one offer, or a span with --from and --to")
    if offer is not None:
        return views.sensitivity([(asked.moment(offer), Folds())])
    if shared.spread.elsewhere:
        return views.added(over_parts(asked.log, asked.span(), shared, views.sensitivity_over))
    return views.sensitivity_over(asked.log, asked.span(), asked.tick)


@dataclass(frozen=True, slots=True)
class WhatIfReport:
    """A changed rule set over the offers of a span."""

    rules: RuleSet
    span: Span
    result: WhatIf

    def as_json(self) -> dict[str, Any]:
        """The document of ``what-if``."""
        return {"rules": self.rules.id, **self.span.as_json(), **self.result.as_json()}


def what_if_report(asked: Asked, changed: RuleSet, shared: Shared = ALONE) -> WhatIfReport:
    """The same offers under a changed rule set."""
    span = asked.span()
    if shared.spread.elsewhere:
        parts = over_parts(asked.log, span, shared, partial(what_if.changed_over, changed))
        return WhatIfReport(changed, span, what_if.added(parts))
    return WhatIfReport(changed, span, what_if.what_if(asked.log, span, changed, asked.tick))
