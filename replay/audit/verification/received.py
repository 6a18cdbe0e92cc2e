"""Step 12 of verification: messages received, what became of their bytes, and the bytes themselves."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from engine.events.fields import hex_digest
from engine.log.received import ERASED, KEPT, STATED
from engine.quantities import parse_instant
from replay.audit.verification.findings import Erased, Faults

_STEP = 12


class Acts(Protocol):
    """What verification reads of the table of messages received."""

    def received_rows(self) -> Sequence[tuple[Any, ...]]:
        """Number, SHA-256, format, act, instant and text, by number."""

    def given(self, table: str) -> list[Any]:
        """The last number that the store says it gave out for a table: one, or none so far."""


class Bytes(Protocol):
    """The bytes beside the log."""

    def names(self) -> list[str]:
        """The names of all there is."""

    def read(self, name: str) -> bytes | None:
        """The bytes under a name."""


class ReceivedFound(NamedTuple):
    """Which messages' bytes were erased, and what beside the log no act tells of."""

    erased: tuple[Erased, ...] = ()
    strays: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    """Erased by an act, and still there: an erasure that was stopped half-way."""

    def limits(self) -> Iterator[str]:
        """What of it verification cannot show, in words."""
        if self.erased:
            many = len(self.erased)
            yield f"Messages received whose bytes were erased: {many}. Their SHA-256 cannot be computed again."
        if self.left:
            listed = ", ".join(self.left[:3])
            yield f"Bytes that an act says were erased are still there ({listed}): run snagc patients erase again."
        if self.strays:
            listed = ", ".join(self.strays[:3])
            many = len(self.strays)
            yield f"Files of received messages that no act names: {many} ({listed}). Nothing vouches for them."


def check_received(acts: Acts, beside: Bytes | None, faults: Faults) -> ReceivedFound:
    """The acts, each of which follows the one before, and the bytes that are kept."""
    last: dict[str, tuple[str, int, str, str]] = {}
    rows = acts.received_rows()
    for expected, row in enumerate(rows, 1):
        try:
            _check_act(expected, row, last.get(row[1]))
        except (ValueError, TypeError) as error:
            faults.add(_STEP, f"act {row[0]!r} on messages received: {error}")
            continue
        number, sha256, _, act, at, text = row
        if act == STATED:
            continue
        last[sha256] = act, number, at, text
    given, last_number = acts.given("received"), rows[-1][0] if rows else 0
    if given not in ([last_number], None if rows else []):
        faults.add(_STEP, f"the store gave out {given} as the last number of acts on messages received")
    erased = tuple(Erased(act[1], name, *act[2:]) for name, act in last.items() if act[0] == ERASED)
    if beside is None:
        return ReceivedFound(erased)
    kept = {name for name, act in last.items() if act[0] == KEPT}
    for name in sorted(kept):
        _check_bytes(name, beside.read(name), faults)
    names = beside.names()
    left = tuple(name for name in names if name in last and name not in kept)
    return ReceivedFound(erased, tuple(name for name in names if name not in last), left)


def _check_act(expected: int, row: tuple[Any, ...], before: tuple[str, int, str, str] | None) -> None:
    """ValueError or TypeError where an act is not what a log writes there."""
    number, sha256, format_, act, at, text = row
    if number != expected:
        raise ValueError(f"number {expected} is missing")
    hex_digest(sha256)
    parse_instant(at)
    follows = act == STATED or (act == KEPT if before is None else act != before[0])
    if act not in (KEPT, ERASED, STATED) or not follows or not isinstance(format_, str) or not isinstance(text, str):
        raise ValueError(f"{act!r} is nothing that becomes of {sha256}, or did before")
    if act == STATED and not isinstance(json.loads(text), dict):
        raise ValueError("what was stated is no JSON object")


def _check_bytes(name: str, data: bytes | None, faults: Faults) -> None:
    if data is None:
        faults.add(_STEP, f"the bytes received as {name} are gone, and no act says that they were erased")
    elif hashlib.sha256(data).hexdigest() != name:
        faults.add(_STEP, f"the bytes received as {name} are others: their SHA-256 is another one")
