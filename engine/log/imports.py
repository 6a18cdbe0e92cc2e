"""Import records: which positions came by ``snagc ingest --import``, from which file, when, by whom.

Such events keep the recorded time they bring along, so a cut among them shows what the importer declares to
have known, not what this log witnessed. The record is written in the transaction that appends the events,
in a table nobody can update or delete from, and the next checkpoint signs all records so far (engine.log.kept).
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from engine.log.eventlog import EventLog

DECLARED = "recorded times as declared by the importer"


class ImportRecord(NamedTuple):
    """One transaction of an import: the file's SHA-256 (hex), the real instant, who, first and last position."""

    file_sha256: str
    imported_at: str
    actor: str
    first_position: int
    last_position: int


def import_records(log: "EventLog") -> list[ImportRecord]:
    """All import records of a log, in order."""
    return [ImportRecord(*row) for row in log.recorder.import_rows()]


def imported_positions(log: "EventLog") -> list[range]:
    """The positions that were imported, neighbouring transactions joined, ascending."""
    return joined_ranges(import_records(log))


def joined_ranges(records: Iterable[ImportRecord]) -> list[range]:
    """The positions of some records, in order, neighbours joined."""
    found: list[range] = []
    for record in records:
        positions = range(record.first_position, record.last_position + 1)
        if found and found[-1].stop == positions.start:
            positions = range(found.pop().start, positions.stop)
        found.append(positions)
    return found


def recorded_times_note(log: "EventLog", position: int) -> str | None:
    """What an output cut at a position must say of its recorded times; None where the log itself set them."""
    return DECLARED if any(position in positions for positions in imported_positions(log)) else None
