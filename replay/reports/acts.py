"""What ``audit --acts`` answers: the human acts of each offer held against its run."""

from collections.abc import Iterator
from typing import Any

from replay.audit.acts import HeldActs, held_acts
from replay.run.asked import Asked


class ActsReport:
    """Every offer of a span with what was found about its acts; whole once ``offers`` was read to its end."""

    def __init__(self, asked: Asked) -> None:
        self._asked, self.span, self._known_at = asked, asked.span(), asked.position()
        self._told: list[HeldActs] = []
        self.codes: dict[str, tuple[int, int]] = {}
        """By code: in how many offers it was found, and how often."""

    def offers(self) -> Iterator[HeldActs]:
        """Each offer when it was looked at."""
        log, known_at = self._asked.log, self._known_at
        last = log.head() if known_at is None else known_at
        for held in held_acts(log, self.span, last, self._asked.tick):
            self._told.append(held)
            codes = [found.code for found in held.findings]
            for code in dict.fromkeys(codes):
                offers, count = self.codes.get(code, (0, 0))
                self.codes[code] = offers + 1, count + codes.count(code)
            yield held

    @property
    def held(self) -> int:
        """How many offers were looked at."""
        return len(self._told)

    @property
    def with_findings(self) -> int:
        """How many of them have a finding."""
        return sum(bool(held.findings) for held in self._told)

    def as_json(self) -> dict[str, Any]:
        """The document; what was asked of it stands before the offers."""
        asked = {name: value for name, value in self.span.as_json().items() if value is not None}
        known = {} if self._known_at is None else {"known_at": self._known_at}
        return {**asked, **known, "offers": [held.as_json() for held in self._told]}
