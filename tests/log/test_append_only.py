"""The log in its file: append only, durable, dense; what is no log is refused; what was stored reads back."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest

from engine.errors import LogError, RequestError
from engine.events.catalogue import EVENT_CLASSES
from engine.events.envelope import Event
from engine.log.eventlog import EventLog
from engine.log.mapper import EventMapper
from engine.log.sqlite import FileRecorder
from tests.faults.hostile_support import DATA, LAB, REGISTERED, STARTED, before, event
from tests.intake.support import NOW_TEXT, identities, is_dense, opened, positions, query, states, take

FULL = 2


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed log of three events."""
    path = tmp_path / "log.db"
    with opened(path) as log:
        verdicts = take(log, event(REGISTERED), event(LAB), event(STARTED))
    assert [verdict.status for verdict in verdicts] == ["accepted"] * 3
    return path


_CHANGES = {
    "an update of an event": "UPDATE stored_events SET state = x'7b7d' WHERE rowid = 2",
    "an update of a position": "UPDATE stored_events SET rowid = 9 WHERE rowid = 3",
    "an update that changes nothing": "UPDATE stored_events SET topic = topic",
    "an update that replaces": "UPDATE OR REPLACE stored_events SET rowid = 1 WHERE rowid = 2",
    "a deletion of the last event": "DELETE FROM stored_events WHERE rowid = 3",
    "a deletion of all events": "DELETE FROM stored_events",
    "a replacement by position": (
        "INSERT OR REPLACE INTO stored_events (rowid, originator_id, originator_version, topic, state) "
        "VALUES (2, 'feed', 1, 'x', x'7b7d')"
    ),
    "a replacement by stream and version": (
        "REPLACE INTO stored_events (originator_id, originator_version, topic, state) "
        "SELECT originator_id, originator_version, topic, x'7b7d' FROM stored_events WHERE rowid = 2"
    ),
    "an insertion that updates instead": (
        "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state) VALUES "
        "(2, 'feed', 1, 'x', x'7b7d') ON CONFLICT (rowid) DO UPDATE SET state = excluded.state"
    ),
    "an insertion at a position that is taken": (
        "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state) "
        "VALUES (2, 'feed', 1, 'x', x'7b7d')"
    ),
    "an insertion at a position that leaves a gap": (
        "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state) "
        "VALUES (1000, 'feed', 1, 'x', x'7b7d')"
    ),
    "an insertion at position 0": (
        "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state) "
        "VALUES (0, 'feed', 1, 'x', x'7b7d')"
    ),
    "an insertion at a negative position": (
        "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state) "
        "VALUES (-7, 'feed', 1, 'x', x'7b7d')"
    ),
    "an update of an identity": "UPDATE identities SET content = x'00' WHERE position = 2",
    "an update of an identity's id": "UPDATE OR REPLACE identities SET id = 'other' WHERE position = 2",
    "a deletion of an identity": "DELETE FROM identities WHERE position = 2",
    "a deletion of all identities": "DELETE FROM identities",
    "a replacement of an identity": (
        "INSERT OR REPLACE INTO identities SELECT source, id, x'00', 77 FROM identities WHERE position = 2"
    ),
    "a replacement of an identity by its position": "REPLACE INTO identities VALUES ('s', 'i', x'00', 2)",
    "an insertion of an identity twice": (
        "INSERT INTO identities SELECT source, id, content, 77 FROM identities WHERE position = 2"
    ),
    "an identity that updates instead": (
        "INSERT INTO identities SELECT source, id, x'00', 77 FROM identities WHERE position = 2 "
        "ON CONFLICT (source, id) DO UPDATE SET content = excluded.content"
    ),
}


@pytest.mark.parametrize("recursive", [0, 1], ids=["", "with recursive triggers"])
@pytest.mark.parametrize("what", _CHANGES)
def test_the_file_itself_refuses(path: Path, what: str, recursive: int) -> None:
    tables = ("SELECT rowid, * FROM stored_events ORDER BY rowid", "SELECT * FROM identities ORDER BY position")
    was = [query(path, sql) for sql in tables]
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA recursive_triggers = {recursive}")
        with pytest.raises(sqlite3.IntegrityError, match=r"append only|position"):
            connection.execute(_CHANGES[what])
        connection.commit()
    assert [query(path, sql) for sql in tables] == was


def test_the_file_itself_refuses_to_forget_what_was_refused(path: Path) -> None:
    with opened(path) as log:
        take(log, b"noise")
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.Error, match="append only"):
        connection.execute("DELETE FROM quarantine")


def test_the_log_takes_more_after_every_refused_change(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for sql in ("DELETE FROM stored_events WHERE rowid = 3", "UPDATE stored_events SET topic = 'x'"):
            with pytest.raises(sqlite3.Error):
                connection.execute(sql)
    with opened(path) as log:
        (verdict,) = take(log, event(LAB, {"id": "next"}))
    assert verdict.position == 4
    assert is_dense(positions(path))


# ------------------------------------------------------------------------------------------------- durable


def test_every_connection_syncs_fully_and_writes_ahead(path: Path) -> None:
    with opened(path) as log:
        for commit in (True, False):
            assert isinstance(log.recorder, FileRecorder)
            with log.recorder.datastore.transaction(commit=commit) as cursor:
                for pragma, expected in (("synchronous", FULL), ("journal_mode", "wal")):
                    cursor.execute(f"PRAGMA {pragma}")
                    assert cursor.fetchone()[0] == expected
    assert query(path, "PRAGMA journal_mode") == [("wal",)]


def test_a_log_that_cannot_write_ahead_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((LogError, RequestError)):
        EventLog.open(":memory:", create=True)


def test_what_was_acknowledged_is_seen_by_another_connection_at_once(path: Path) -> None:
    with opened(path) as log:
        take(log, event(LAB, {"id": "next"}))
        assert positions(path) == [1, 2, 3, 4]


def test_a_batch_that_fails_before_its_commit_leaves_nothing_behind(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(path) as log:
        insert = log.recorder.insert_events

        def fail_after(*arguments: Any, **options: Any) -> None:
            insert(*arguments, **options)
            raise OSError("disk full")

        with monkeypatch.context() as patched:
            patched.setattr(log.recorder, "insert_events", fail_after)
            with pytest.raises(OSError, match="disk full"):
                take(log, event(LAB, {"id": "a"}), event(LAB, {"id": "b"}), b"noise")
        for table in ("stored_events", "identities"):
            assert query(path, f"SELECT count(*) FROM {table}") == [(3,)]
        assert query(path, "SELECT count(*) FROM quarantine") == [(0,)]
        assert [verdict.position for verdict in take(log, event(LAB, {"id": "a"}))] == [4]


# -------------------------------------------------------------------------------------------- what is a log


def test_another_sqlite_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE patients (name TEXT)")
        connection.commit()
    before = path.read_bytes()
    for create in (False, True):
        with pytest.raises(LogError, match=r"other\.db"):
            EventLog.open(str(path), create=create)
    assert path.read_bytes() == before


def test_a_log_of_another_version_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
        connection.commit()
    with pytest.raises(LogError, match="version"):
        EventLog.open(str(path))


@pytest.mark.parametrize("content", [b"specversion\n", b"SQLite format 3\x00" + b"x" * 200, b"\x00" * 5_000])
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "events.ndjson"
    path.write_bytes(content)
    for create in (False, True):
        with pytest.raises(LogError, match=r"events\.ndjson"):
            EventLog.open(str(path), create=create)
    assert path.read_bytes() == content


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises((LogError, RequestError)):
        EventLog.open(str(tmp_path))


def test_a_log_that_is_not_there_is_a_request_error_and_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with pytest.raises(RequestError, match=r"log\.db"):
        EventLog.open(str(path))
    assert not path.exists()
    with pytest.raises(RequestError, match="nowhere"):
        EventLog.open(str(tmp_path / "nowhere" / "log.db"), create=True)


@pytest.mark.parametrize("name", ["a b.db", "é.db", "a?b.db", "a#b.db", "100%.db", "a%41.db"])
def test_a_log_is_found_again_whatever_its_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with opened(path) as log:
        take(log, event(LAB))
    assert path.exists()
    with opened(path, create=False) as log:
        assert log.head() == 1


def test_an_empty_file_becomes_a_log(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    path.touch()
    with opened(path) as log:
        take(log, event(LAB))
    assert positions(path) == [1]


def test_a_log_whose_making_was_cut_off_before_its_first_table_is_made(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    assert path.stat().st_size > 0
    with opened(path) as log:
        take(log, event(LAB))
    assert positions(path) == [1]


@pytest.mark.parametrize("lock", ["EXCLUSIVE", "IMMEDIATE"])
def test_a_log_that_another_process_is_making_is_waited_for(tmp_path: Path, lock: str) -> None:
    path = tmp_path / "log.db"
    with closing(sqlite3.connect(path, check_same_thread=False, isolation_level=None)) as other:
        other.execute(f"BEGIN {lock}")

        def let_go() -> None:
            time.sleep(0.3)
            other.execute("ROLLBACK")

        thread = threading.Thread(target=let_go)
        thread.start()
        try:
            with opened(path) as log:
                take(log, event(LAB))
        finally:
            thread.join()
    assert positions(path) == [1]


# -------------------------------------------------------------------------------------- streams and mapper


@pytest.fixture
def full(tmp_path: Path) -> Iterator[EventLog]:
    """A log with an event of every type, some subjects with many."""
    lines = [line for name in DATA for line in (*before(name), event(name))]
    amendments = [line for line in lines if b'"event"' in line]
    facts = [line for line in lines if line not in amendments]
    with opened(tmp_path / "full.db") as log:
        take(log, event("offer-counter.initialised"), *facts, *amendments, imported=True)
        yield log


def read_back(log: EventLog, path: Path) -> list[Event]:
    """Every event, read stream by stream through eventsourcing."""
    streams = [UUID(hex=row[0]) for row in query(path, "SELECT DISTINCT originator_id FROM stored_events")]
    found = [read for stream in streams for read in log.events.get(stream)]
    assert all(isinstance(read, Event) for read in found)
    return cast(list[Event], found)


def test_the_log_under_test_has_an_event_of_every_type(full: EventLog) -> None:
    assert {row[1] for row in full.recorder.rows()} == set(EVENT_CLASSES)


def test_positions_are_dense_and_each_identity_stands_at_its_position(full: EventLog, tmp_path: Path) -> None:
    path = tmp_path / "full.db"
    assert is_dense(positions(path))
    assert query(path, "SELECT source, id FROM identities ORDER BY position") == identities(full)


def test_the_versions_of_each_stream_are_contiguous_in_the_order_of_positions(full: EventLog, tmp_path: Path) -> None:
    rows = query(tmp_path / "full.db", "SELECT originator_id, originator_version FROM stored_events ORDER BY rowid")
    streams: dict[str, list[int]] = {}
    for stream, version in rows:
        streams.setdefault(stream, []).append(version)
    assert len(streams) > 4
    assert all(is_dense(versions) for versions in streams.values())


def test_each_subject_is_a_stream_of_its_own(full: EventLog, tmp_path: Path) -> None:
    pairs = {(read.subject, read.originator_id) for read in read_back(full, tmp_path / "full.db")}
    assert len({subject for subject, _ in pairs}) == len({stream for _, stream in pairs}) == len(pairs)
    assert {"offer/O1", "donor/D1", "candidate/C1", "offer-counter", "travel-times/2024-1"} == {s for s, _ in pairs}


def test_domain_events_read_back_through_the_mapper_are_stored_as_they_were(full: EventLog, tmp_path: Path) -> None:
    mapper = full.mapper
    assert isinstance(mapper, EventMapper)
    found = read_back(full, tmp_path / "full.db")
    assert all(type(read) is EVENT_CLASSES[read.type] for read in found)
    assert sorted(mapper.to_stored_event(read).state for read in found) == sorted(states(full))


@pytest.mark.parametrize("name", DATA)
def test_a_domain_event_read_back_equals_the_one_that_was_taken(full: EventLog, tmp_path: Path, name: str) -> None:
    checked = EVENT_CLASSES[f"snagc.{name}.v1"].model_validate(json.loads(event(name)))
    (read,) = [e for e in read_back(full, tmp_path / "full.db") if (e.source, e.id) == (checked.source, checked.id)]
    taken = checked.model_copy(update={"recordedtime": NOW_TEXT, "originator_version": read.originator_version})
    assert read == taken
    assert read.stored_bytes() == taken.stored_bytes()
