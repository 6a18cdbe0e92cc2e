"""Verdicts: what became of each submitted event."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

MOST_FAULTS = 50
LONGEST_PATH = 120
LONGEST_MESSAGE = 600
"""What a verdict says at most, however long the input: faults, and characters of each."""

Status = Literal["accepted", "duplicate", "conflict", "refused", "ignored"]
"""``ignored`` is of laboratory feeds alone: a part of a message that is no fact of this log."""
REFUSALS: tuple[Status, ...] = ("conflict", "refused")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: where (``$`` is the whole line, else an attribute or a dotted path) and what to do."""

    path: str
    message: str

    def as_json(self) -> dict[str, str]:
        """As a verdict shows it."""
        return {"path": self.path, "message": self.message}


def bounded(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Each fault once, at most MOST_FAULTS of them and none of them long; the others are counted."""
    kept: dict[Fault, None] = {}
    more = 0
    for fault in faults:
        if len(kept) < MOST_FAULTS:
            kept[Fault(_shortened(fault.path, LONGEST_PATH), _shortened(fault.message, LONGEST_MESSAGE))] = None
        else:
            more += fault not in kept
    return (*kept, Fault("$", f"… and {more:,} more: put these right first")) if more else tuple(kept)


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning: what looks wrong about an accepted event. A stable code, where (as for a fault), and a sentence.

    ``alone`` and ``own`` are what would be said by who knows of no other fact, or of those alone that the sender may
    read: None where that is nothing, and where nobody looked. ``about``: the subjects whose facts the sentence may tell
    of, its own first.
    """

    code: str
    path: str
    message: str
    alone: str | None = field(default=None, compare=False)
    own: str | None = field(default=None, compare=False)
    about: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def as_json(self) -> dict[str, str]:
        """As a verdict shows it."""
        return {"code": self.code, "path": self.path, "message": self.message}


class Verdict(NamedTuple):
    """The answer to one submitted event; ``position`` is where it stands in the log, if it does."""

    line: int
    source: str | None
    id: str | None
    status: Status
    position: int | None
    warnings: tuple[Notice, ...] = ()
    errors: tuple[Fault, ...] = ()
    forbidden: bool = False
    """Refused for who sent it: then nothing is kept."""

    @property
    def is_refusal(self) -> bool:
        """Whether the input is kept in quarantine for it."""
        return self.status in REFUSALS and not self.forbidden

    def as_json(self) -> dict[str, Any]:
        """The verdict's JSON document."""
        return {
            "line": self.line,
            "source": self.source,
            "id": self.id,
            "status": self.status,
            "position": self.position,
            "warnings": [notice.as_json() for notice in self.warnings],
            "errors": [fault.as_json() for fault in self.errors],
        }
