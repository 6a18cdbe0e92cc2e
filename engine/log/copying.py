"""A log copied: one snapshot of it, and what lies beside it, into a new log or one that holds its beginning.

From any store into any.

Never copy the file by hand: what was acknowledged last may stand in the -wal alone, and a file copied while it is
written is no state that ever was. A new file appears whole; one that is there already is extended in one transaction.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from engine.errors import BrokenLogError, RequestError
from engine.log.backup import draft_of
from engine.log.beside import ACCESS, CHECKPOINTS, RECEIVED
from engine.log.companions import place_of
from engine.log.eventlog import EventLog
from engine.log.evidence import FileEvidence, LogEvidence, StoredEntry
from engine.log.store import Store, is_database, store_of

_APPENDED = ("stored_events", "identities", "imports", "received")
_NUMBERED = ("stored_events", "imports", "quarantine", "quarantine_acts", "received")

Row = tuple[Any, ...]
Found = TypeVar("Found")


class Companion(NamedTuple):
    """What lies beside a log: the name of its folder, its name within, its bytes."""

    folder: str
    name: str
    data: bytes


def copy_log(source: str, target: str, verified: Callable[[LogEvidence, list[Companion]], Found]) -> tuple[int, Found]:
    """Copy a log; how many events the target held before, and what ``verified`` made of the snapshot.

    ``verified`` is given it and its companions, and raises BrokenLogError where they are not whole: then nothing is
    copied. RequestError where the target is neither new nor the beginning of the source.
    """
    one, other = store_of(source), store_of(target)
    if other.is_same_as(one):
        raise RequestError(f"{other.name} is {one.name} itself: name another place for the copy")
    other.check_target()
    there = other.check_present(create=True)
    one.check_present()
    files = list(_companions(one))  # before the rows: a checkpoint made meanwhile is none of this copy
    files.sort(key=lambda file: file.folder == CHECKPOINTS)  # they are kept last, after all that they sign
    for file in files:
        _check_earlier(file, other)
    with one.evidence() as evidence:
        if there or is_database(target):
            found = verified(evidence, files)
            before = _extend(evidence, target, create=not there)
        else:
            before, found = 0, _make(evidence, target, lambda copy: verified(copy, files))
    for file in files:
        _keep(file, other)
    kept = {file.name for file in files if file.folder == RECEIVED}
    for name in other.folder(RECEIVED).names():
        if name not in kept:  # erased since the copy was made before
            other.folder(RECEIVED).remove(name)
    return before, found


def _make(evidence: LogEvidence, target: str, verified: Callable[[LogEvidence], Found]) -> Found:
    """Make a new file, which appears once it is whole."""
    try:
        with draft_of(place_of(target)) as draft:
            if isinstance(evidence, FileEvidence):
                evidence.copy_to(draft)
            else:
                _extend(evidence, str(draft), create=True)
            with store_of(str(draft)).evidence() as copy:
                return verified(copy)
    except FileExistsError:
        raise RequestError(f"{target} was made by somebody else meanwhile: try again") from None


# ------------------------------------------------------------------------------------------------ extending


def _extend(evidence: LogEvidence, target: str, *, create: bool) -> int:
    """Append what a log lacks, in one transaction; how many events it had."""
    with closing(EventLog.open(target, create=create)) as log:
        before = log.head()
        with log.recorder.writing() as transaction:
            copy, name = log.store.evidence_in(transaction), log.store.name
            for table in _APPENDED:
                log.recorder.copy_in(table, _lacking(table, evidence, copy, name))
            _extend_quarantine(log, evidence, copy)
            for table in _NUMBERED:
                for last in evidence.given(table):
                    log.recorder.give(table, last)
            _check_same(evidence, copy)
        return before


def _lacking(table: str, evidence: LogEvidence, copy: LogEvidence, target: str) -> Iterator[Row]:
    """The rows that a table of the copy lacks, once all that it has are those of the source."""
    theirs = evidence.table(table)
    for row in copy.table(table):
        if next(theirs, None) != row:
            raise _no_beginning(target, f"{table} has another row {row[0]}")
    return theirs


def _extend_quarantine(log: EventLog, evidence: LogEvidence, copy: LogEvidence) -> None:
    """Entry by entry: it, what became of it, and the state it is in, in the order in which triggers let that happen."""
    acts: dict[int, list[Row]] = {}
    for act in list(_lacking("quarantine_acts", evidence, copy, log.store.name)):
        acts.setdefault(act[1], []).append(act)
    senders = {row[0]: row for row in list(_lacking("quarantine_senders", evidence, copy, log.store.name))}
    known = {entry.number: entry for entry in copy.quarantine()}
    for entry in evidence.quarantine():
        there = known.pop(entry.number, None)
        if there is None:
            log.recorder.copy_in("quarantine", [entry._replace(resolved=None)])
        elif not _later(entry, there):
            raise _no_beginning(log.store.name, f"quarantine entry {entry.number} is another one")
        if entry.number in senders:
            log.recorder.copy_in("quarantine_senders", [senders[entry.number]])
        if entry.number in acts:
            log.recorder.copy_in("quarantine_acts", acts[entry.number])
        if entry != there:
            log.recorder.change_entry(entry._asdict())
    if known:
        raise _no_beginning(log.store.name, "it has further quarantine entries")


def _no_beginning(target: str, why: str) -> RequestError:
    return RequestError(f"{target} is no beginning of the log: {why}; nothing was copied, name a new file")


def _later(entry: StoredEntry, earlier: StoredEntry) -> bool:
    """Whether an entry may be what became of an earlier state of it."""
    same = ("digest", "imported", "first_received")
    if any(getattr(entry, name) != getattr(earlier, name) for name in same) or entry.times < earlier.times:
        return False
    return earlier.resolved is None or entry.resolved == earlier.resolved


def _check_same(evidence: LogEvidence, copy: LogEvidence) -> None:
    """Every row of every table once more: what is committed is the same log."""
    for table in (*_APPENDED, "quarantine_senders", "quarantine_acts", "quarantine"):
        ones, others = (chain(each.table(table), [None]) for each in (evidence, copy))
        if any(one != other for one, other in zip(ones, others, strict=False)):
            raise BrokenLogError(f"the copy of {table} is not the same: nothing was copied; run snagc verify on both")


# ----------------------------------------------------------------------------------------------- companions


def _companions(store: Store) -> Iterator[Companion]:
    """What lies beside a log, but for saved states; checkpoints first, so that all that they sign is there by then."""
    for folder in (CHECKPOINTS, RECEIVED, ACCESS):
        names = store.folder(folder).names()
        for name in sorted(names, key=lambda name: (name.endswith(".note"), name)):
            if (data := store.folder(folder).read(name)) is not None:
                yield Companion(folder, name, _whole(folder, data))


def _whole(folder: str, data: bytes) -> bytes:
    """The bytes of a file, of access records without one that is just being written."""
    return data[: data.rfind(b"\n") + 1] if folder == ACCESS else data


def _check_earlier(file: Companion, target: Store) -> None:
    """What lies beside a log only grows: signatures and leaf hashes are appended, bytes and timestamps stand."""
    there = _there(file, target)
    if not (file.data.startswith(there) or there.startswith(file.data)):
        raise _no_beginning(target.name, f"another {file.name} lies beside it")


def _keep(file: Companion, target: Store) -> None:
    """Put it beside the copy, unless it or a later state of it is there."""
    there = target.folder(file.folder).read(file.name)
    if there is None or not there.startswith(file.data):
        target.folder(file.folder).keep(file.name, file.data)


def _there(file: Companion, target: Store) -> bytes:
    """What the target has of it; nothing where it is no log yet."""
    return (target.folder(file.folder).read(file.name) or b"") if target.check_present(create=True) else b""
