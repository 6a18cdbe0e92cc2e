"""The log in a PostgreSQL database, on eventsourcing's recorder.

What is ours is what a file has too (engine.log.sqlite): dense positions, given by the writer that holds the write lock
(never by a sequence, which leaves gaps where a transaction ends in nothing); identities in the same transaction; no
row that can be changed. A writer takes the lock before it reads anything, and each statement behind it sees what was
committed: so what it decides on is exactly what it extends.
"""

import re
import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any
from uuid import UUID

from eventsourcing.postgres import PostgresApplicationRecorder, PostgresFactory
from psycopg import Connection, Cursor
from psycopg.errors import Diagnostic

from engine.errors import LogError
from engine.events.subjects import stream_id
from engine.log.evidence import FileEvidence
from engine.log.newrow import Identity, NewRow, Refused
from engine.log.postgres.connections import LogDatastore
from engine.log.postgres.errors import translated
from engine.log.postgres.schema import POSITION, SCHEMA, TABLES
from engine.log.recorder import END, FETCHED, LogRecorder, Row, State, parts

_TRIES = 50
"""How often the quarantine is written anew, a tenth of a second apart."""
_ASKED = 400
"""Identities or streams asked for at once."""
_EVENTS = f"COPY stored_events ({POSITION}, originator_id, originator_version, topic, state) FROM STDIN (FORMAT BINARY)"
_IDENTITIES = "COPY identities (source, id, content, position) FROM STDIN (FORMAT BINARY)"
_FOUND = """
SELECT s, i, content, position FROM unnest(%s::text[], %s::text[]) AS asked (s, i)
CROSS JOIN LATERAL (SELECT content, position FROM identities WHERE source = s AND id = i OFFSET 0) AS found
"""
"""OFFSET 0 keeps the server from reading the whole table for some of its rows."""
_STREAMS = f"""
SELECT number, {POSITION}, topic, state FROM unnest(%s::uuid[]) WITH ORDINALITY AS asked (stream, number)
CROSS JOIN LATERAL (SELECT {POSITION}, topic, state, originator_version FROM stored_events
WHERE originator_id = stream AND {POSITION} <= %s OFFSET 0) AS found ORDER BY number, originator_version
"""

_SHAPE = f"""
SELECT md5(string_agg(said, ',' ORDER BY said)) FROM (
SELECT 'trigger ' || oid || tgenabled::text || tgfoid || ' ' || xmin AS said FROM pg_trigger
WHERE tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = '{SCHEMA}'::regnamespace)
UNION ALL SELECT 'function ' || oid || ' ' || xmin FROM pg_proc WHERE pronamespace = '{SCHEMA}'::regnamespace
UNION ALL SELECT 'file ' || oid || ' ' || relfilenode FROM pg_class
WHERE relname = 'stored_events' AND relnamespace = '{SCHEMA}'::regnamespace) AS shape
"""


class DatabaseRecorder(LogRecorder, PostgresApplicationRecorder):
    """Events, their identities and the quarantine, in one database."""

    POSITION = POSITION
    BY_BYTES = ' COLLATE "C"'
    LEFT = (
        "another transaction may still see the bytes, and the tables keep them: once it has ended, run "
        "VACUUM FULL quarantine, beside_received in the database as its owner"
    )
    datastore: LogDatastore

    def __init__(self, datastore: LogDatastore) -> None:
        super().__init__(datastore)
        self._writing = threading.local()

    # ------------------------------------------------------------------------------------------- writing

    @property
    def _open(self) -> Cursor[Any] | None:
        """The cursor of this thread's open write transaction."""
        return getattr(self._writing, "cursor", None)

    @contextmanager
    def writing(self) -> Iterator[Cursor[Any]]:
        """One transaction that holds the write lock; what happens inside is committed together or not at all."""
        with self.datastore.writing() as cursor:
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
        self, cursor: Cursor[Any], positions: range, rows: Sequence[NewRow], identities: Sequence[Identity]
    ) -> None:
        with cursor.copy(_EVENTS) as copy:
            copy.set_types(["int8", "uuid", "int8", "text", "bytea"])
            for position, (stream, *row) in zip(positions, rows, strict=True):
                copy.write_row((position, UUID(stream), *row))
        with cursor.copy(_IDENTITIES) as copy:
            copy.set_types(["text", "text", "bytea", "int8"])
            for identity in identities:
                copy.write_row(identity)

    def copy_in(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Insert rows as another log has them, in the open transaction."""
        assert self._open is not None, "what is copied is committed together"
        columns = [POSITION if name == "rowid" else name for name in FileEvidence.COLUMNS[table].split(", ")]
        kinds = [TABLES[table].columns[name].split()[0] for name in columns]
        stream = kinds.index("uuid") if "uuid" in kinds else None
        with self._open.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["int8" if kind == "bigint" else kind for kind in kinds])
            for row in rows:
                copy.write_row(row if stream is None else (*row[:stream], UUID(row[stream]), *row[stream + 1 :]))

    def give(self, table: str, last: int) -> None:
        """Have the log's own table say so; it never goes back."""
        self._all("UPDATE given SET last = ? WHERE name = ? AND last < ?", (last, table, last))

    def check_written(self) -> None:
        """Nothing: a server that took it keeps it, wherever its files are moved to."""

    # ------------------------------------------------------------------------------------------- reading

    def rows(self, first: int = 1, last: int | None = None) -> Generator[Row, None, None]:
        """Events from position first to last (to the end where None), in order; a writer sees its own."""
        for batch in self._fetched(f"{POSITION}, topic, state", first, last):
            yield from batch

    def states(self) -> Generator[list[State], None, None]:
        """Positions and stored bytes of all events, in order, some hundred at once."""
        return self._fetched(f"{POSITION}, state", 1, None)

    def _fetched(self, columns: str, first: int, last: int | None) -> Generator[list[Any], None, None]:
        query = f"SELECT {columns} FROM stored_events WHERE {POSITION} BETWEEN %s AND %s ORDER BY 1"
        with self._reading() as connection, connection.cursor(f"rows_{first}_{last}", binary=True) as cursor:
            cursor.execute(query, (first, END if last is None else last))
            while batch := cursor.fetchmany(FETCHED):
                yield batch

    def streams(self, subjects: Iterable[str], last: int) -> Iterator[tuple[str, list[Row]]]:
        """Each of some subjects with the events of its stream up to a position, in order."""
        for part in parts(list(subjects), _ASKED):
            found: list[list[Row]] = [[] for _ in part]
            for number, *row in self._all(_STREAMS, ([stream_id(subject) for subject in part], last)):
                found[number - 1].append((row[0], row[1], row[2]))
            yield from zip(part, found, strict=True)

    def rows_of_streams(self, streams: Sequence[str]) -> Iterator[tuple[str, int, bytes]]:
        """Stream, position and stored bytes of all events of some streams, those of each in order."""
        for part in parts(streams, _ASKED):
            for number, position, _, state in self._all(_STREAMS, ([UUID(stream) for stream in part], END)):
                yield part[number - 1], position, state

    def identities(self, asked: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[bytes, int]]:
        """Content hash and position of those of some events (source, id) that are there."""
        found = {}
        for part in parts(asked, _ASKED):
            for source, id_, content, position in self._all(_FOUND, [list(texts) for texts in zip(*part, strict=True)]):
                found[source, id_] = (content, position)
        return found

    def schema_cookie(self) -> object:
        """A digest of the tables' triggers, of the functions that they call, and of which file holds the events."""
        return self._one(_SHAPE, ())[0]

    @contextmanager
    def _reading(self) -> Iterator[Connection[Any]]:
        """The connection of the open transaction, or one whose transaction reads."""
        if self._open is not None:
            yield self._open.connection
            return
        with self.datastore.transaction(commit=False) as cursor:
            yield cursor.connection

    def _all(self, query: str, values: Sequence[Any] = (), cursor: Cursor[Any] | None = None) -> list[Any]:
        held = cursor or self._open
        if held is not None:
            return _answer(held, query, values)
        with self.datastore.transaction(commit=False) as own:
            return _answer(own, query, values)

    def _has(self, table: str) -> bool:
        return True  # a database is made with all tables, and what is missing is found by whoever asks it

    # ---------------------------------------------------------------------------------------- quarantine

    def quarantine_put(self, refused: Refused) -> None:
        """Keep a refused input; the same bytes refused again are counted, not kept twice, and keep the first sender."""
        assert self._open is not None, "the quarantine is written in the transaction that refuses"
        self._all("SELECT snagc_refuse(?,?,?,?,?,?,?)", refused)

    def quarantine_resolve(self, number: int, verdict: str, at: str) -> None:
        """Note that an entry, sent again, was taken."""
        assert self._open is not None, "what becomes of an entry is noted in the transaction that does it"
        self._all("SELECT snagc_take(?,?,?)", (number, verdict, at))

    def quarantine_erase(self, number: int, at: str, reason: str, errors: str) -> None:
        """Take an entry's bytes out, and the error messages that may quote them; an open entry is closed by it."""
        assert self._open is not None, "what becomes of an entry is noted in the transaction that does it"
        self._all("SELECT snagc_erase(?,?,?,?)", (number, at, reason, errors))

    def write_back(self) -> bool:
        """Have the tables written anew without what was erased; False where a reader stands in the way.

        The server keeps what an older transaction may still see (its own housekeeping's too): then once more.
        """
        try:
            with self.datastore.get_connection() as connection, translated(self.datastore.address.shown):
                return any(_written_anew(connection) or threading.Event().wait(0.1) for _ in range(_TRIES))
        except LogError:
            return False


def _written_anew(connection: Connection[Any]) -> bool:
    """Have the tables that hold what may be erased written anew; whether nothing that is dead had to be taken along."""
    told: list[str] = []
    listen = partial(_note_detail, told)
    connection.add_notice_handler(listen)
    try:
        connection.execute("VACUUM (FULL, VERBOSE) quarantine, beside_received")
    finally:
        connection.remove_notice_handler(listen)
    counts = [number for detail in told for number in re.findall(r"[0-9]+", detail)[:1]]
    return bool(counts) and set(counts) == {"0"}


def _note_detail(told: list[str], notice: Diagnostic) -> None:
    """Its detail begins with how many dead rows could not be left out, in whatever language."""
    if notice.message_detail:
        told.append(notice.message_detail)


def _answer(cursor: Cursor[Any], query: str, values: Sequence[Any]) -> list[Any]:
    cursor.execute(query.replace("?", "%s"), values)
    return cursor.fetchall() if cursor.description else []


class DatabaseFactory(PostgresFactory):
    """Makes the recorder above."""

    datastore: LogDatastore

    def __init__(self, env: Any, datastore: LogDatastore) -> None:
        self.env, self.datastore = env, datastore

    def application_recorder(self) -> DatabaseRecorder:
        """The recorder; its tables were made when the log was."""
        return DatabaseRecorder(self.datastore)
