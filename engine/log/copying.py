"""A log copied: one snapshot of its file, and what lies beside it, into a new log or one that holds its beginning.

Never copy the file by hand: what was acknowledged last may stand in the -wal alone, and a file copied while it is
written is no state that ever was. A new copy appears whole; one that is there already is extended in one transaction.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from eventsourcing.sqlite import SQLiteCursor

from engine.errors import BrokenLogError, RequestError
from engine.files import write_whole
from engine.log.companions import FOLDERS, beside, names_companion, place_of
from engine.log.eventlog import EventLog
from engine.log.evidence import FileEvidence, StoredEntry, evidence_of, is_log_file
from engine.log.presence import check_present

_APPEND_ONLY = {
    "stored_events": "rowid, originator_id, originator_version, topic, state",
    "identities": "position, source, id, content",
    "imports": "number, file_sha256, imported_at, actor, first_position, last_position",
}
_ACTS = "number, entry, act, at, text"
_SENDERS = "entry, sender"
_ENTRY = ", ".join(StoredEntry._fields)
_SAVED_STATES, _CHECKPOINTS, _ACCESS = ".states", ".checkpoints", ".access"

Row = tuple[Any, ...]
Found = TypeVar("Found")


class Companion(NamedTuple):
    """A file beside a log: the ending of its folder, its path within, its bytes."""

    ending: str
    path: Path
    data: bytes


def copy_log(source: str, target: str, verified: Callable[[FileEvidence, list[Companion]], Found]) -> tuple[int, Found]:
    """Copy a log; how many events the target held before, and what ``verified`` made of the snapshot.

    ``verified`` is given it and its companions, and raises BrokenLogError where they are not whole: then nothing is
    copied. RequestError where the target is neither new nor the beginning of the source.
    """
    _check_names(source, target)
    there = check_present(target, create=True)
    files = _files_beside(source)  # before the rows: a checkpoint made meanwhile is none of this copy
    for file in files:
        _check_earlier(file, target)
    with evidence_of(source) as evidence:
        if there:
            found = verified(evidence, files)
            before = _extend(evidence, target)
        else:
            before, found = 0, _make(evidence, target, lambda copy: verified(copy, files))
    for file in sorted(files, key=lambda each: each.ending == _CHECKPOINTS):  # last, after all that they sign
        _keep(file, target)
    return before, found


def _check_names(source: str, target: str) -> None:
    for location in (source, target):
        if location.startswith(("postgresql://", "postgres://")):
            raise RequestError(f"{location}: this version copies logs in SQLite files only; name paths")
    place = place_of(target)
    if place == place_of(source) or (place.exists() and place.samefile(source)):
        raise RequestError(f"{target} is {source} itself: name another file for the copy")
    if names_companion(place):
        raise RequestError(f"{target} is a name of what lies beside a log: name another file for the copy")
    if place.is_file() and not is_log_file(place):
        raise RequestError(f"{target} is there already and is no log: name a new file for the copy")


def _make(evidence: FileEvidence, target: str, verified: Callable[[FileEvidence], Found]) -> Found:
    try:
        with evidence.copied_to(place_of(target)) as draft, evidence_of(str(draft)) as copy:
            return verified(copy)
    except FileExistsError:
        raise RequestError(f"{target} was made by somebody else meanwhile: try again") from None


# ------------------------------------------------------------------------------------------------ extending


def _extend(evidence: FileEvidence, target: str) -> int:
    """Append what a log lacks, in one transaction; how many events it had."""
    with closing(EventLog.open(target)) as log:
        before = log.head()
        with log.recorder.writing() as cursor:
            copy = FileEvidence(cursor.sqlite_cursor.connection)
            for table, columns in _APPEND_ONLY.items():
                _append(cursor, table, columns, _lacking(table, columns, evidence, copy, target))
            _extend_quarantine(cursor, evidence, copy, target)
            for sequence in evidence.table("sqlite_sequence", "seq, name"):
                cursor.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", sequence)
            _check_same(evidence, copy)
        return before


def _lacking(table: str, columns: str, evidence: FileEvidence, copy: FileEvidence, target: str) -> Iterator[Row]:
    """The rows that a table of the copy lacks, once all that it has are those of the source."""
    theirs = evidence.table(table, columns)
    for row in copy.table(table, columns):
        if next(theirs, None) != row:
            raise _no_beginning(target, f"{table} has another row {row[0]}")
    yield from theirs


def _append(cursor: SQLiteCursor, table: str, columns: str, rows: Iterator[Row]) -> None:
    places = ", ".join("?" * len(columns.split(", ")))
    cursor.sqlite_cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)


def _extend_quarantine(cursor: SQLiteCursor, evidence: FileEvidence, copy: FileEvidence, target: str) -> None:
    """Entry by entry: it, what became of it, and the state it is in, in the order in which triggers let that happen."""
    acts: dict[int, list[Row]] = {}
    for act in list(_lacking("quarantine_acts", _ACTS, evidence, copy, target)):
        acts.setdefault(act[1], []).append(act)
    senders = {row[0]: row for row in list(_lacking("quarantine_senders", _SENDERS, evidence, copy, target))}
    known = {entry.number: entry for entry in copy.quarantine()}
    for entry in evidence.quarantine():
        there = known.pop(entry.number, None)
        if there is None:
            _append(cursor, "quarantine", _ENTRY, iter([entry._replace(resolved=None)]))
        elif not _later(entry, there):
            raise _no_beginning(target, f"quarantine entry {entry.number} is another one")
        if entry.number in senders:
            _append(cursor, "quarantine_senders", _SENDERS, iter([senders[entry.number]]))
        _append(cursor, "quarantine_acts", _ACTS, iter(acts.get(entry.number, [])))
        if entry != there:
            cursor.execute(
                "UPDATE quarantine SET received = ?, bytes = ?, status = ?, errors = ?, times = ?, resolved = ? "
                "WHERE number = ?",
                (entry.received, entry.bytes, entry.status, entry.errors, entry.times, entry.resolved, entry.number),
            )
    if known:
        raise _no_beginning(target, "it has further quarantine entries")


def _no_beginning(target: str, why: str) -> RequestError:
    return RequestError(f"{target} is no beginning of the log: {why}; nothing was copied, name a new file")


def _later(entry: StoredEntry, earlier: StoredEntry) -> bool:
    """Whether an entry may be what became of an earlier state of it."""
    same = ("digest", "imported", "first_received")
    if any(getattr(entry, name) != getattr(earlier, name) for name in same) or entry.times < earlier.times:
        return False
    return earlier.resolved is None or entry.resolved == earlier.resolved


def _check_same(evidence: FileEvidence, copy: FileEvidence) -> None:
    """Every row of every table once more: what is committed is the same log."""
    quarantine = (("quarantine_senders", _SENDERS), ("quarantine_acts", _ACTS), ("quarantine", _ENTRY))
    for table, columns in (*_APPEND_ONLY.items(), *quarantine):
        ones, others = (chain(each.table(table, columns), [None]) for each in (evidence, copy))
        if any(one != other for one, other in zip(ones, others, strict=False)):
            raise BrokenLogError(f"the copy of {table} is not the same: nothing was copied; run snagc verify on both")


# ----------------------------------------------------------------------------------------------- companions


def _files_beside(source: str) -> list[Companion]:
    """What lies in the folders beside a log, but for saved states; checkpoints last, after what they need."""
    found = []
    for ending in FOLDERS:
        folder = beside(source, ending)
        paths = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
        if ending != _SAVED_STATES:
            paths.sort(key=lambda path: (path.suffix == ".note", str(path)))
            found += [Companion(ending, path.relative_to(folder), _whole(ending, path.read_bytes())) for path in paths]
    return found


def _whole(ending: str, data: bytes) -> bytes:
    """The bytes of a file, of access records without one that is just being written."""
    return data[: data.rfind(b"\n") + 1] if ending == _ACCESS else data


def _check_earlier(file: Companion, target: str) -> None:
    """Files beside a log only grow: signatures and leaf hashes are appended, bytes and timestamps stand."""
    there = _there(file, target)
    if not (file.data.startswith(there) or there.startswith(file.data)):
        raise _no_beginning(target, f"another {file.path} lies beside it")


def _keep(file: Companion, target: str) -> None:
    """Put a file beside the copy, unless it or a later state of it is there."""
    path = beside(target, file.ending) / file.path
    if path.exists() and _there(file, target).startswith(file.data):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, file.data, replace=True)


def _there(file: Companion, target: str) -> bytes:
    path = beside(target, file.ending) / file.path
    return path.read_bytes() if path.is_file() else b""
