"""What ``audit --acts`` answers: the human acts of each offer held against its run."""

from collections.abc import Iterator
from typing import Any

from replay.audit.acts import HeldActs, held_acts
from replay.reports.documents import list_parts
from replay.run.asked import Asked


class ActsReport:
    """Every offer of a span with what was found about its acts; counted once ``offers`` was read to its end.

    Of a long log this may be millions of findings: none is kept.
    """

    def __init__(self, asked: Asked) -> None:
        self._asked, self.span, self._known_at = asked, asked.span(), asked.position()
        self.held = 0
        """How many offers were looked at."""
        self.with_findings = 0
        """How many of them have a finding."""
        self.codes: dict[str, tuple[int, int]] = {}
        """By code: in how many offers it was found, and how often."""

    def offers(self) -> Iterator[HeldActs]:
        """Each offer when it was looked at."""
        log, known_at = self._asked.log, self._known_at
        last = log.head() if known_at is None else known_at
        for held in held_acts(log, self.span, last, self._asked.tick):
            self.held += 1
            self.with_findings += bool(held.findings)
            codes = [found.code for found in held.findings]
            for code in dict.fromkeys(codes):
                offers, count = self.codes.get(code, (0, 0))
                self.codes[code] = offers + 1, count + codes.count(code)
            yield held

    def head(self) -> dict[str, Any]:
        """What stands before the offers in the document: what was asked."""
        asked = {name: value for name, value in self.span.as_json().items() if value is not None}
        return asked if self._known_at is None else {**asked, "known_at": self._known_at}

    def parts(self) -> Iterator[bytes]:
        """The document, an offer at a time."""
        return list_parts(self.head(), "offers", (held.as_json() for held in self.offers()))

    def as_json(self) -> dict[str, Any]:
        """The document at once."""
        return {**self.head(), "offers": [held.as_json() for held in self.offers()]}
