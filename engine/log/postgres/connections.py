"""Connections to a log's database: durable, in one schema, and each only as long as it is good.

Some of them are kept for the next transaction, until the store is let go of.
"""

import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from eventsourcing.postgres import PostgresDatastore
from psycopg import Connection, Cursor, IsolationLevel

from engine.errors import LogError
from engine.log.postgres.address import Address
from engine.log.postgres.errors import LOCK_SECONDS, refused, translated
from engine.log.postgres.schema import SCHEMA
from engine.log.schema import APPLICATION_ID

MOST_IDLE = 8
"""Connections that an open log keeps while nobody uses them; a store that is only looked at keeps one."""
_SETTINGS = f"""
SELECT set_config('search_path', '{SCHEMA}', false), set_config('lock_timeout', '{LOCK_SECONDS}s', false),
set_config('statement_timeout', '0', false), set_config('idle_in_transaction_session_timeout', '0', false),
set_config('bytea_output', 'hex', false), set_config('client_encoding', 'UTF8', false),
set_config('quote_all_identifiers', 'off', false),
set_config('synchronous_commit', 'on', false), current_setting('fsync'), current_setting('full_page_writes')
"""
_WRITE_LOCK = f"""
SELECT set_config('idle_in_transaction_session_timeout', '{LOCK_SECONDS}s', true),
pg_advisory_xact_lock({APPLICATION_ID})
"""
"""Taken first by whoever writes; a writer that stands still for too long is put out by the server."""


class LogDatastore(PostgresDatastore):
    """A database by its address. Not upstream's pool: that one connects behind one's back, and hides why it cannot."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.schema, self.originator_id_type = SCHEMA, "uuid"
        self.lock_timeout, self.enable_db_functions = LOCK_SECONDS, False
        self.db_type_names: set[str] = set()
        self.cautions: list[str] = []
        """What about the server makes the log less durable than it says."""
        self.most_idle = 1
        self._idle: list[Connection[Any]] = []
        self._lock = threading.Lock()

    def register_type_adapters(self) -> None:
        """None: rows are written by COPY."""

    @contextmanager
    def get_connection(self) -> Iterator[Connection[Any]]:
        """A connection that is good, given back afterwards."""
        connection = self._taken() or self._connected()
        try:
            yield connection
        finally:
            self._give_back(connection)

    @contextmanager
    def transaction(self, *, commit: bool = False) -> Iterator[Cursor[Any]]:
        """A transaction; each of its statements sees what was committed before it."""
        with self.get_connection() as connection, translated(self.address.shown, writing=commit):
            connection.isolation_level = IsolationLevel.READ_COMMITTED
            with connection.transaction(force_rollback=not commit):
                yield connection.cursor(binary=True)

    @contextmanager
    def writing(self) -> Iterator[Cursor[Any]]:
        """A transaction that holds the write lock from its first statement to its commit."""
        with self.transaction(commit=True) as cursor:
            cursor.execute(_WRITE_LOCK)
            yield cursor

    @contextmanager
    def snapshot(self) -> Iterator[Connection[Any]]:
        """A transaction that reads, and all of it as of one moment."""
        with self.get_connection() as connection, translated(self.address.shown):
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            with connection.transaction(force_rollback=True):
                yield connection

    def close(self) -> None:
        """Close what is kept, and keep no more."""
        self.most_idle = 0
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _taken(self) -> Connection[Any] | None:
        """One that is kept and that the server did not close meanwhile."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                connection = self._idle.pop()
            if not _was_hung_up(connection):
                return connection
            connection.close()

    def _give_back(self, connection: Connection[Any]) -> None:
        with self._lock:
            is_kept = not connection.broken and not connection.closed and len(self._idle) < self.most_idle
            if is_kept:
                self._idle.append(connection)
        if not is_kept:
            connection.close()

    def _connected(self) -> Connection[Any]:
        try:
            connection = psycopg.connect(**self.address.parameters, autocommit=True)  # type: ignore[arg-type]
        except psycopg.Error as error:
            raise refused(self.address.shown, self.address.database, error) from None
        try:
            with translated(self.address.shown):
                self._check_settings(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _check_settings(self, connection: Connection[Any]) -> None:
        row = connection.execute(_SETTINGS).fetchone()
        assert row is not None, "a SELECT without FROM answers one row"
        synchronous, fsync, whole_pages = row[-3:]
        if synchronous != "on":
            raise LogError(f"{self.address.shown}: synchronous_commit={synchronous}, a log needs on")
        self.cautions = [
            f"the server runs with {name}=off: what is acknowledged here may be lost when its machine fails"
            for name, value in (("fsync", fsync), ("full_page_writes", whole_pages))
            if value != "on"
        ]


def _was_hung_up(connection: Connection[Any]) -> bool:
    """Whether an idle connection has something to read: a server speaks unasked only to say that it ends."""
    with suppress(OSError, psycopg.Error):
        told = select.poll()  # select itself takes no file of a number above 1023
        told.register(connection.fileno(), select.POLLIN)
        return bool(told.poll(0))
    return True
