"""A span's offers shared out among processes: each opens the log itself and asks the same of its own part of the span.

Offers are independent of each other but not of what came before: every process reads the whole log and folds it,
and puts in order the offers of its part alone. So what is shared is the putting in order (two thirds of an audit,
nearly all of a sensitivity) and not the reading.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from engine.errors import RequestError
from engine.events.canonical import sha256_hex
from engine.events.vocabulary import GRAFT_OFFERED
from engine.log.eventlog import EventLog
from engine.log.history import stored_fact
from engine.log.store import is_database, shown
from replay.run.asked import Span
from replay.spread.spread import HERE, Spread

Answer = TypeVar("Answer")
Mark = tuple[int, str]
"""A position of a log and the SHA-256 of the bytes stored there: who has these has the same log."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A log as other processes open it, and who they are; by default there are none."""

    location: str = ""
    spread: Spread = HERE

    @classmethod
    def of(cls, location: str | None, spread: Spread) -> "Shared":
        """A log by what ``--log`` names."""
        named = location or ""
        return cls(named if is_database(named) else str(Path(named).absolute()), spread)


ALONE = Shared()


def over_parts(log: EventLog, span: Span, shared: Shared, ask: Callable[[EventLog, Span], Answer]) -> list[Answer]:
    """What is answered about each part of a span, in the order of time.

    ``ask`` is a function that other processes have too. The log is held against the checkpoints beside it here.
    """
    size = log.head()
    parts = parted(log, span, size, shared.spread)
    found = list(shared.spread.results(partial(_asked, shared.location, _mark(log, size), ask), parts))
    log.hold(size)
    return found


def parted(log: EventLog, span: Span, size: int, spread: Spread) -> list[Span]:
    """A span cut into one part for each process, each with about as many offers."""
    rows = log.recorder.rows_of(GRAFT_OFFERED, 0, size)
    offers = sorted(fact.instant for fact in (stored_fact(row[0], row[2]) for row in rows) if span.holds(fact.instant))
    number = spread.size
    cuts = sorted({offers[place * len(offers) // number] for place in range(1, number)} if offers else ())
    begins: Sequence[int | None] = [span.first, *(cut for cut in cuts if cut != span.first)]
    ends: Sequence[int | None] = [*(begin - 1 for begin in begins[1:] if begin is not None), span.last]
    return [Span(*each) for each in zip(begins, ends, strict=True)]


def _asked(location: str, mark: Mark, ask: Callable[[EventLog, Span], Answer], span: Span) -> Answer:
    log = EventLog.open(location)
    try:
        log.witnesses.doubt = _left_to_who_asked
        if _mark(log, mark[0]) != mark:
            raise RequestError(
                f"a worker finds another log at {shown(location)}: give a path that all workers read, or PostgreSQL"
            )
        return ask(log, span)
    finally:
        log.close()


def _mark(log: EventLog, position: int) -> Mark:
    row = log.recorder.row(position)
    state = row[2] if row else b""
    return position, sha256_hex(state if isinstance(state, bytes) else str(state).encode("utf-8", "surrogateescape"))


def _left_to_who_asked(contradiction: str) -> None:
    """Of a checkpoint that contradicts the log whoever asked hears without us."""
