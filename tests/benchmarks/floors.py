"""What nothing can go below: rows read, rows and JSON read, rows written. ``python -m tests.benchmarks.floors``.

Each floor runs in a process of its own and prints the seconds of its loop alone, on the wall and of the processor.
"""

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import orjson

Seconds = tuple[float, float]
"""On the wall, of the processor."""

_AT_ONCE = 2000
_EVENTS = "SELECT rowid, topic, state FROM stored_events ORDER BY rowid"
BARE_TABLES = (
    "CREATE TABLE stored_events (rowid INTEGER PRIMARY KEY AUTOINCREMENT, originator_id TEXT NOT NULL, "
    "originator_version INTEGER NOT NULL, topic TEXT NOT NULL, state BLOB NOT NULL, "
    "UNIQUE (originator_id, originator_version))",
    "CREATE TABLE identities (source TEXT NOT NULL, id TEXT NOT NULL, content BLOB NOT NULL, "
    "position INTEGER NOT NULL UNIQUE, PRIMARY KEY (source, id)) WITHOUT ROWID",
)
"""The tables of a log, without the triggers that guard them."""


def select(log: Path) -> Seconds:
    """Every event's row, in order."""
    began = _now()
    for _ in _batches(log, _EVENTS):
        pass
    return _since(began)


def select_and_loads(log: Path) -> Seconds:
    """Every event's row, in order, its JSON parsed."""
    began = _now()
    for batch in _batches(log, _EVENTS):
        for _, _, state in batch:
            orjson.loads(state)
    return _since(began)


def executemany(log: Path) -> Seconds:
    """The rows of events and identities into new tables, each with one statement, in one transaction."""
    rows = _all(log, "SELECT originator_id, originator_version, topic, state FROM stored_events ORDER BY rowid")
    identities = _all(log, "SELECT source, id, content, position FROM identities ORDER BY position")
    with (
        tempfile.TemporaryDirectory(dir=log.parent) as folder,
        closing(sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)) as connection,
    ):
        for statement in ("PRAGMA journal_mode=WAL", *BARE_TABLES):
            connection.execute(statement)
        began = _now()
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (?,?,?,?)", rows
        )
        connection.executemany("INSERT INTO identities VALUES (?,?,?,?)", identities)
        connection.execute("COMMIT")
        return _since(began)


def _now() -> Seconds:
    return time.perf_counter(), time.process_time()


def _since(began: Seconds) -> Seconds:
    wall, processor = _now()
    return wall - began[0], processor - began[1]


def _batches(log: Path, query: str) -> Iterator[list[tuple[int, str, bytes]]]:
    with closing(sqlite3.connect(f"file:{log}?mode=ro", uri=True)) as connection:
        cursor = connection.execute(query)
        while batch := cursor.fetchmany(_AT_ONCE):
            yield batch


def _all(log: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"file:{log}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()


FLOORS: dict[str, Callable[[Path], Seconds]] = {
    floor.__name__: floor for floor in (select, select_and_loads, executemany)
}

if __name__ == "__main__":
    print(*FLOORS[sys.argv[1]](Path(sys.argv[2])))
