"""Steps 9 to 11 of verification: what is kept beside the events, against itself, the rows and the checkpoints."""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import orjson

from engine.events.canonical import canonical_json
from engine.events.envelope import check_actor
from engine.events.fields import hex_digest
from engine.intake.check import LONGEST_EVENT
from engine.intake.quarantine import erased_errors
from engine.intake.sender import Sender
from engine.log.beside import ACCESS, RECEIVED
from engine.log.evidence import StoredEntry
from engine.log.imports import ImportRecord, joined_ranges
from engine.log.kept import ACTS, IMPORTS, QUARANTINE, SIGNED_LISTS, Kept, contradictions
from engine.log.schema import ERASED, TAKEN
from engine.quantities import parse_instant
from replay.audit.verification.findings import Erased, Faults
from replay.audit.verification.heads import Head

STEP = {IMPORTS: 9, QUARANTINE: 10, ACTS: 10, ACCESS: 11, RECEIVED: 12}
_STATUSES = ("refused", "conflict")
_TAKEN_AT = re.compile(r"(?:accepted|duplicate) at position ([0-9]{1,18})")
_MADE_NOTHING = ("ignored", "duplicate")
"""What became of an entry whose message, sent again, had nothing left to say."""


class KeptEvidence(Protocol):
    """What verification reads of the tables beside the events."""

    def version(self) -> int:
        """The version of the file's schema."""

    def import_rows(self) -> Sequence[tuple[Any, ...]]:
        """Rows of import records by number, without it."""

    def quarantine(self) -> Iterator[StoredEntry]:
        """Quarantine entries, by number."""

    def quarantine_acts(self) -> Sequence[tuple[Any, ...]]:
        """Number, entry, act, instant and text of acts on entries, by number."""

    def quarantine_senders(self) -> Sequence[tuple[Any, ...]]:
        """Number and sender of entries first sent under a token, by number."""

    def numbers(self, table: str) -> list[Any]:
        """The numbers of a table's rows, ascending."""

    def given(self, table: str) -> list[Any]:
        """What SQLite's own sequence says was the last number given out."""


def check_lists(kept: Kept, heads: Sequence[Head], faults: Faults) -> None:
    """Each list begins with what every checkpoint signed of it, and no later checkpoint signs less."""
    for head, following in pairwise([*heads, None]):
        assert head is not None, "only what follows the last one is nothing"
        stated = head.checkpoint
        last = following is None or following.checkpoint.size > stated.size
        for name, message in contradictions(kept, stated.size, stated.signed_lists, last=last):
            faults.add(STEP[name], f"{head.signed.file} {message}")
    for earlier, later in pairwise(heads):
        signed, known = later.checkpoint.signed_lists, earlier.checkpoint.signed_lists
        for name in SIGNED_LISTS:
            if name in signed and name in known and signed[name][0] < known[name][0]:
                message = f"signs fewer {SIGNED_LISTS[name]} than {earlier.signed.file}, which comes before it"
                faults.add(STEP[name], f"{later.signed.file} {message}")


def check_imports(evidence: KeptEvidence, size: int, faults: Faults) -> list[range]:
    """The imported positions, once each record is sound."""
    _check_numbers(evidence, "imports", "import record", 9, faults)
    records: list[ImportRecord] = []
    for number, row in enumerate(evidence.import_rows(), 1):
        try:
            records.append(_record(row, after=records[-1].last_position if records else 0, size=size))
        except (ValueError, TypeError) as error:
            position = row[3] if isinstance(row[3], int) and 1 <= row[3] <= size else None
            faults.add(9, f"import record {number}: {error}", position)
            break
    return joined_ranges(records)


def _record(row: tuple[Any, ...], *, after: int, size: int) -> ImportRecord:
    record = ImportRecord(*row)
    hex_digest(record.file_sha256)
    parse_instant(record.imported_at)
    check_actor(record.actor)
    first, last = record.first_position, record.last_position
    if not (isinstance(first, int) and isinstance(last, int) and after < first <= last <= size):
        raise ValueError(f"positions {first!r} to {last!r} do not lie after {after} and within {size}")
    return record


def _check_numbers(evidence: KeptEvidence, table: str, what: str, step: int, faults: Faults) -> None:
    """Numbers run 1, 2, 3 … up to the last one that SQLite's own sequence says it gave out."""
    numbers, given = evidence.numbers(table), evidence.given(table)
    for expected, number in enumerate(numbers, 1):
        if number != expected:
            faults.add(step, f"{what} {expected} is missing (the next one there is {number!r})")
            break
    if given not in ([len(numbers)], [] if not numbers else None):
        told = ", ".join(map(repr, given)) or "none"
        faults.add(step, f"the file says it gave out {told} as the last {what}, the last one there is {len(numbers)}")


# -------------------------------------------------------------------------------------------------------- access


def check_access(lines: Iterable[bytes], faults: Faults) -> Iterator[bytes]:
    """The access records, once each is looked at: numbered 1, 2, 3 …, and as the service writes them."""
    for expected, line in enumerate(lines, 1):
        try:
            record = orjson.loads(line)
            if canonical_json(record) != line or record["number"] != expected:
                raise ValueError("it is not the next one, as the service writes it")
            parse_instant(record["at"])
        except (ValueError, TypeError, KeyError) as error:
            faults.add(11, f"access record {expected}: {error}")
        yield line


# ---------------------------------------------------------------------------------------------------- quarantine


class QuarantineFound(NamedTuple):
    """What is to be said of the quarantine: how many entries, which were erased, of which only a part is kept."""

    size: int
    erased: tuple[Erased, ...]
    cut: tuple[int, ...]


def check_quarantine(evidence: KeptEvidence, size: int, faults: Faults) -> QuarantineFound:
    """Entries, acts and SQLite's sequences held against each other."""
    _check_numbers(evidence, "quarantine_acts", "act on a quarantine entry", 10, faults)
    fates = _fates(evidence, faults)
    acts_are_kept = evidence.version() > 1
    erased: list[Erased] = []
    cut: list[int] = []
    count, last, times, numbers = 0, 0, 0, set()
    for entry in evidence.quarantine():
        count, last = count + 1, entry.number
        numbers.add(entry.number)
        times += entry.times if isinstance(entry.times, int) else 0
        fate = fates.pop(entry.number, {})
        try:
            _check_entry(entry, cut)
            if acts_are_kept:
                _check_fate(entry, fate, size)
        except (ValueError, TypeError) as error:
            faults.add(10, f"quarantine entry {entry.number}: {error}")
        if ERASED in fate and isinstance(entry.digest, bytes):
            erased.append(Erased(entry.number, entry.digest.hex(), *fate[ERASED]))
    for number in sorted(fates, key=str):
        faults.add(10, f"quarantine entry {number!r} is missing: an act says what became of it")
    _check_senders(evidence, numbers, faults)
    _check_numbers_given(evidence.given("quarantine"), count, last, times, faults)
    return QuarantineFound(count, tuple(erased), tuple(cut))


def _check_senders(evidence: KeptEvidence, numbers: Collection[Any], faults: Faults) -> None:
    """Who first sent an entry is told of one that is there, as the intake writes it."""
    for number, sender in evidence.quarantine_senders():
        try:
            Sender.parse(sender)
            if number not in numbers:
                raise ValueError("no such entry")
        except (ValueError, TypeError, KeyError) as error:
            faults.add(10, f"the sender of quarantine entry {number!r}: {error}")


def _fates(evidence: KeptEvidence, faults: Faults) -> dict[Any, dict[str, tuple[str, str]]]:
    """Of each entry, instant and text of what became of it."""
    found: dict[Any, dict[str, tuple[str, str]]] = {}
    for number, entry, act, at, text in evidence.quarantine_acts():
        try:
            parse_instant(at)
            if act not in (TAKEN, ERASED) or not isinstance(text, str) or act in found.get(entry, {}):
                raise ValueError(f"{act!r} with {text!r} is nothing that becomes of an entry, or did before")
        except (ValueError, TypeError) as error:
            faults.add(10, f"act {number!r} on quarantine entry {entry!r}: {error}")
            continue
        found.setdefault(entry, {})[act] = (at, text)
    return found


def _check_entry(entry: StoredEntry, cut: list[int]) -> None:
    """ValueError or TypeError where an entry is not what the intake writes."""
    parse_instant(entry.received)
    parse_instant(entry.first_received)
    if entry.status not in _STATUSES or entry.imported not in (0, 1):
        raise ValueError(f"status {entry.status!r} and imported {entry.imported!r} are not what the intake writes")
    if not isinstance(entry.times, int) or entry.times < 1:
        raise ValueError(f"{entry.times!r} is not how often it was refused")
    faults = json.loads(entry.errors)
    if not isinstance(faults, list) or not all(isinstance(fault, dict) and fault.keys() == {"path", "message"}
                                               for fault in faults):  # fmt: skip
        raise ValueError("its errors are not what the intake writes")
    if not isinstance(entry.bytes, bytes) or not isinstance(entry.digest, bytes):
        raise TypeError("its bytes or their digest are of another type")
    if entry.bytes and hashlib.sha256(entry.bytes).digest() != entry.digest:
        if len(entry.bytes) != LONGEST_EVENT:
            raise ValueError("its bytes are not those received: their SHA-256 is another one")
        cut.append(entry.number)


def _check_fate(entry: StoredEntry, fate: dict[str, tuple[str, str]], size: int) -> None:
    """ValueError where what an entry says became of it is not what an act says."""
    expected = fate[TAKEN][1] if TAKEN in fate else ERASED if ERASED in fate else None
    if entry.resolved != expected:
        raise ValueError(f"it says {entry.resolved!r} became of it, the acts say {expected!r}")
    if TAKEN in fate and fate[TAKEN][1] not in _MADE_NOTHING:
        taken = _TAKEN_AT.fullmatch(fate[TAKEN][1])
        if not (taken and 1 <= int(taken[1]) <= size):
            raise ValueError(f"{expected!r} names no position of the log")
    empty = hashlib.sha256(b"").digest()
    if ERASED not in fate and not entry.bytes and entry.digest != empty:
        raise ValueError("its bytes are gone, and no act says that they were erased")
    if ERASED in fate and (entry.bytes or entry.errors != erased_errors(fate[ERASED][1])):
        raise ValueError("an act says it was erased, but bytes or messages are there")


def _check_numbers_given(given: list[Any], count: int, last: Any, times: int, faults: Faults) -> None:
    """Each refusal takes one number, also that of bytes already kept: so many numbers, so many refusals."""
    if not given and not count:
        return
    if len(given) != 1 or not isinstance(given[0], int) or not isinstance(last, int) or not last <= given[0] <= times:
        told = ", ".join(map(repr, given)) or "none"
        what = f"{count} entries refused {times} times in all, the last of them {last!r}"
        faults.add(10, f"the file says it gave out {told} as the last quarantine number, there are {what}")
