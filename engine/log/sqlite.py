"""The log in one SQLite file, on eventsourcing's recorder.

What is ours: positions are dense rowids; no row can be updated, deleted or replaced; the identity
(source, id) of an event is written in the same transaction as the event; a writer takes the write lock
before it reads anything it decides on; commits are durable (WAL, synchronous=FULL, asserted on every
connection). The file carries an application id, so that no other SQLite file is taken for a log.
"""

import sqlite3
import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from typing import Any

from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteCursor,
    SQLiteFactory,
)

from engine.events.subjects import stream_id
from engine.log.connections import LOCK_SECONDS, LogDatastore, writing_name
from engine.log.evidence import FileEvidence
from engine.log.newrow import Identity, NewRow, Refused
from engine.log.recorder import END, FETCHED, LogRecorder, Row, State, parts
from engine.log.schema import ERASED, SCHEMA_VERSION, TAKEN, schema_statements

_ASKED = 400
"""Identities asked for at once: two values each, below the 999 that every SQLite takes."""
_STREAM = (
    "SELECT rowid, topic, state FROM stored_events WHERE originator_id = ? AND rowid <= ? ORDER BY originator_version"
)


class FileRecorder(LogRecorder, SQLiteApplicationRecorder):
    """Events, their identities and the quarantine, in one file."""

    POSITION = "rowid"
    LEFT = "another process still reads the bytes from the -wal file: they go with the next command once it has ended"

    def __init__(self, datastore: LogDatastore) -> None:
        super().__init__(datastore)
        self._writing = threading.local()
        self.insert_events_statement = (
            "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (?,?,?,?)"
        )

    def create_table(self) -> None:
        """Make a new file a log, and bring one of an older version to today's; one of today's is left as it is."""
        with self.writing():
            pass

    def _bring_to_date(self, cursor: SQLiteCursor) -> None:
        """Make what this version has and the file has not; a table or trigger taken out later stays missing."""
        cursor.execute("PRAGMA user_version")
        if cursor.fetchone()[0] < SCHEMA_VERSION:
            for statement in schema_statements():
                cursor.execute(statement)

    # ------------------------------------------------------------------------------------------- writing

    @property
    def _open(self) -> SQLiteCursor | None:
        """The cursor of this thread's open write transaction."""
        return getattr(self._writing, "cursor", None)

    @contextmanager
    def writing(self) -> Iterator[SQLiteCursor]:
        """One transaction that holds the write lock; what happens inside is committed together or not at all."""
        with self.datastore.transaction(commit=True) as cursor:
            self._bring_to_date(cursor)
            self._writing.cursor = cursor
            try:
                yield cursor
            finally:
                self._writing.cursor = None

    def insert_events(self, stored_events: Sequence[Any], **kwargs: Any) -> Sequence[int] | None:
        """Append within the open transaction, or in one of its own."""
        with self.writing() if self._open is None else nullcontext(self._open) as cursor:
            return self._appended(cursor, stored_events, kwargs["identities"])

    def _insert(
        self, cursor: SQLiteCursor, positions: range, rows: Sequence[NewRow], identities: Sequence[Identity]
    ) -> None:
        cursor.executemany(self.insert_events_statement, rows)
        cursor.executemany("INSERT INTO identities (source, id, content, position) VALUES (?,?,?,?)", identities)

    # ------------------------------------------------------------------------------------------- reading

    def rows(self, first: int = 1, last: int | None = None) -> Generator[Row, None, None]:
        """Events from position first to last (to the end where None), in order; a writer sees its own."""
        for batch in self._fetched("rowid, topic, state", first, last):
            yield from batch

    def states(self) -> Generator[list[State], None, None]:
        """Positions and stored bytes of all events, in order, some hundred at once."""
        return self._fetched("rowid, state", 1, None)

    def _fetched(self, columns: str, first: int, last: int | None) -> Generator[list[Any], None, None]:
        query = f"SELECT {columns} FROM stored_events WHERE rowid BETWEEN ? AND ? ORDER BY rowid"
        end = END if last is None else last
        if self._open is not None:  # its cursor is asked other things in between
            while batch := [tuple(row) for row in self._all(f"{query} LIMIT {FETCHED}", (first, end))]:
                yield batch
                first = batch[-1][0] + 1
            return
        with self.datastore.transaction(commit=False) as cursor:
            raw = cursor.sqlite_cursor
            raw.row_factory = None
            raw.execute(query, (first, end))
            while batch := raw.fetchmany(FETCHED):
                yield batch

    def streams(self, subjects: Iterable[str], last: int) -> Iterator[tuple[str, list[Row]]]:
        """Each of some subjects with the events of its stream up to a position, in order."""
        if self._open is not None:
            for subject in subjects:
                yield subject, self.stream_rows(stream_id(subject).hex, last)
            return
        with self.datastore.transaction(commit=False) as cursor:
            raw = cursor.sqlite_cursor
            raw.row_factory = None
            for subject in subjects:
                yield subject, raw.execute(_STREAM, (stream_id(subject).hex, last)).fetchall()

    def rows_of_streams(self, streams: Sequence[str]) -> Iterator[tuple[str, int, bytes]]:
        """Stream, position and stored bytes of all events of some streams, those of each in order."""
        for part in parts(streams, 2 * _ASKED):
            among = f"originator_id IN ({', '.join('?' * len(part))}) ORDER BY originator_id, originator_version"
            query = f"SELECT originator_id, rowid, state FROM stored_events WHERE {among}"
            yield from self._all(query, part)

    def schema_cookie(self) -> int:
        """SQLite's count of changes to tables and triggers: the triggers that keep rows must go before a row can."""
        return int(self._one("PRAGMA schema_version", ())[0])

    def identities(self, asked: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[bytes, int]]:
        """Content hash and position of those of some events (source, id) that are there."""
        found = {}
        for part in parts(asked, _ASKED):
            query = (
                f"WITH asked(s, i) AS (VALUES {', '.join(['(?,?)'] * len(part))}) SELECT source, id, content, position "
                "FROM asked CROSS JOIN identities ON source = s AND id = i"
            )
            for source, id_, content, position in self._all(query, [text for pair in part for text in pair]):
                found[source, id_] = (content, position)
        return found

    def _all(self, query: str, values: Sequence[Any] = (), cursor: SQLiteCursor | None = None) -> list[Any]:
        held = cursor or self._open
        if held is not None:
            held.execute(query, values)
            return list(held.fetchall())
        with self.datastore.transaction(commit=False) as own:
            own.execute(query, values)
            return list(own.fetchall())

    def copy_in(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Insert rows as another log has them, in the open transaction."""
        assert self._open is not None, "what is copied is committed together"
        columns = FileEvidence.COLUMNS[table]
        places = ", ".join("?" * len(columns.split(", ")))
        self._open.sqlite_cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)

    def give(self, table: str, last: int) -> None:
        """Have SQLite's own sequence say so."""
        self._all("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", (last, table))

    def check_written(self) -> None:
        """LostLogError where the file was written and is no longer where it was."""
        assert isinstance(self.datastore, LogDatastore), "the factory makes no other"
        self.datastore.check_written()

    def _has(self, table: str) -> bool:
        return bool(self._all("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)))

    # ---------------------------------------------------------------------------------------- quarantine

    def quarantine_put(self, refused: Refused) -> None:
        """Keep a refused input; the same bytes refused again are counted, not kept twice, and keep the first sender."""
        assert self._open is not None, "the quarantine is written in the transaction that refuses"
        self._open.execute(
            "INSERT INTO quarantine (received, imported, bytes, status, errors, digest, first_received) "
            "VALUES (?,?,?,?,?,?,?) "
            "ON CONFLICT (digest, imported) WHERE resolved IS NULL DO UPDATE SET times = times + 1, "
            "received = excluded.received, status = excluded.status, errors = excluded.errors",
            (*refused[:-1], refused.received),
        )
        if refused.sender is not None:
            self._all(
                "INSERT INTO quarantine_senders (entry, sender) "
                "SELECT number, ? FROM quarantine WHERE digest = ? AND imported = ? AND resolved IS NULL AND times = 1",
                (refused.sender, refused.digest, refused.imported),
            )

    def quarantine_resolve(self, number: int, verdict: str, at: str) -> None:
        """Note that an entry, sent again, was taken."""
        self._quarantine_act(number, TAKEN, at, verdict)
        self._all("UPDATE quarantine SET resolved = ? WHERE number = ?", (verdict, number))

    def quarantine_erase(self, number: int, at: str, reason: str, errors: str) -> None:
        """Take an entry's bytes out, and the error messages that may quote them; an open entry is closed by it."""
        self._quarantine_act(number, ERASED, at, reason)
        self._all(
            "UPDATE quarantine SET bytes = x'', errors = ?, resolved = coalesce(resolved, ?) WHERE number = ?",
            (errors, ERASED, number),
        )

    def _quarantine_act(self, number: int, act: str, at: str, text: str) -> None:
        assert self._open is not None, "what becomes of an entry is noted in the transaction that does it"
        self._all("INSERT INTO quarantine_acts (entry, act, at, text) VALUES (?,?,?,?)", (number, act, at, text))

    def write_back(self) -> bool:
        """Move all that the -wal file holds into the log and empty it; False where a reader stands in the way."""
        with closing(sqlite3.connect(writing_name(self.datastore.pool.db_name), uri=True, timeout=1)) as connection:
            busy: int = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return not busy


class LogFactory(SQLiteFactory):
    """Makes the recorder above; found by eventsourcing through PERSISTENCE_MODULE."""

    application_recorder_class = FileRecorder  # type: ignore[assignment]

    def __init__(self, env: Any) -> None:
        super().__init__(env)
        self.datastore.close()
        self.datastore = LogDatastore(str(self.env.get(self.SQLITE_DBNAME)), lock_timeout=LOCK_SECONDS)
