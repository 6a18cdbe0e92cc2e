"""What the tests of intake and log share: a log whose clock stands still, lines taken into it, rows read back."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from engine.intake.intake import Intake, Submission
from engine.intake.verdicts import Verdict
from engine.log.eventlog import EventLog
from engine.log.store import is_database
from tests.stores import in_words_of_the_server, new_log

NOW = 1_740_000_000_000_000
NOW_TEXT = "2025-02-19T21:20:00.000000Z"
SECOND = 1_000_000
STATUSES = ("accepted", "duplicate", "conflict", "refused")


@contextmanager
def opened(path: Path | str, *, create: bool = True) -> Iterator[EventLog]:
    """The log at a path, closed at the end."""
    log = new_log(path) if create else EventLog.open(str(path))
    try:
        yield log
    finally:
        log.close()


def submissions(*lines: bytes) -> list[Submission]:
    """The lines as a file would number them."""
    return [Submission(number, line) for number, line in enumerate(lines, 1)]


def take(log: EventLog, *lines: bytes, now: int = NOW, imported: bool = False) -> list[Verdict]:
    """The verdicts of lines taken in one batch at an instant."""
    return Intake(log, now=lambda: now, imported=imported).take(submissions(*lines))


def states(log: EventLog) -> list[bytes]:
    """The stored bytes, by position."""
    return [bytes(state) for _, _, state in log.recorder.rows()]


def documents(log: EventLog) -> list[dict[str, Any]]:
    """The stored events, by position."""
    return [json.loads(state) for state in states(log)]


def identities(log: EventLog) -> list[tuple[str, str]]:
    """Source and id of the stored events, by position."""
    return [(document["source"], document["id"]) for document in documents(log)]


def positions(path: Path | str) -> list[int]:
    """The positions in the store, read past the engine."""
    return [row[0] for row in query(path, "SELECT rowid FROM stored_events ORDER BY rowid")]


def query(path: Path | str, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Rows of the store, read past the engine."""
    if is_database(str(path)):
        with closing(psycopg.connect(str(path))) as connection:
            return connection.execute(in_words_of_the_server(sql), values).fetchall()
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql, values).fetchall()


def is_undamaged(path: Path | str) -> bool:
    """Whether the store finds its own file whole; a server tells whoever reads."""
    return is_database(str(path)) or query(path, "PRAGMA integrity_check") == [("ok",)]


def is_dense(found: list[int]) -> bool:
    """Whether these are the positions 1, 2, 3 … without a gap."""
    return found == list(range(1, len(found) + 1))


def paths_of(verdict: Verdict) -> list[str]:
    """Where a verdict lays its errors."""
    return [fault.path for fault in verdict.errors]
