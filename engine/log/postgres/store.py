"""A log in a PostgreSQL database, with tables for what lies beside a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from eventsourcing.utils import Environment
from psycopg import Cursor

from engine.errors import BrokenLogError, LostLogError, NotALogError, RequestError
from engine.log.beside import ACCESS, STATES, Folder
from engine.log.postgres.address import address_of
from engine.log.postgres.connections import MOST_IDLE, LogDatastore
from engine.log.postgres.evidence import DatabaseEvidence
from engine.log.postgres.folders import TableFolder, TableJournal
from engine.log.postgres.recorder import DatabaseFactory
from engine.log.postgres.roles import grant
from engine.log.postgres.schema import DATABASE_VERSION, SCHEMA, TABLES, statements
from engine.log.schema import APPLICATION_ID
from engine.log.states import position_of_state
from engine.log.store import Store

_TABLES = (
    "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f') "
    f"AND relnamespace = '{SCHEMA}'::regnamespace"
)


class DatabaseStore:
    """The store of a log by its database's address."""

    def __init__(self, location: str) -> None:
        self._address = address_of(location)
        self._datastore = LogDatastore(self._address)
        self.name = self._address.shown

    def is_same_as(self, other: Store) -> bool:
        """Whether it is the same database by its address."""
        return isinstance(other, DatabaseStore) and other._address.place == self._address.place

    def check_target(self) -> None:
        """Whatever the database holds, ``check_present`` says."""

    def prepare(self, *, create: bool) -> bool:
        """Look for the tables, or make them, whole or not at all."""
        if self.check_present(create=create):
            return False
        with self._datastore.writing() as cursor:
            if _tables(cursor):  # another process made it meanwhile
                return False
            self._make(cursor)
        return True

    def check_present(self, *, create: bool = False) -> bool:
        """Look for the tables, and for the marks of a log of today's version."""
        if not self._is_there():
            if create:
                return False
            raise RequestError(f"no log at {self.name}: its database is empty; make one with snagc ingest or copy-log")
        with self._datastore.transaction() as cursor:
            cursor.execute("SELECT application_id, user_version FROM marks")
            marks = cursor.fetchall()
        if marks != [(APPLICATION_ID, DATABASE_VERSION)]:
            raise BrokenLogError(
                f"{self.name} has the marks {marks}, not those of a log of version {DATABASE_VERSION}: if another "
                "snagc made it, use that one, or its copy-log into a file; else it was altered: restore it from a copy"
            )
        return True

    def _is_there(self) -> bool:
        with self._datastore.transaction() as cursor:
            found = _tables(cursor)
        if {"stored_events", "identities", "marks"} <= found:
            return True
        if ours := sorted(found & TABLES.keys()):
            raise LostLogError(
                f"{self.name} has no whole log, but {', '.join(ours)} tell of one that was here: nothing is made in "
                "its place; restore it from a copy made with snagc copy-log or pg_dump"
            )
        if found:
            listed = ", ".join(sorted(found)[:3])
            raise NotALogError(f"{self.name} holds other tables ({listed} …) and no log: name an empty database")
        return False

    def _make(self, cursor: Cursor[Any]) -> None:
        cursor.execute("SELECT current_setting('server_encoding')")
        (encoding,) = cursor.fetchone() or ("",)
        if encoding != "UTF8":
            raise RequestError(f"{self.name}: its encoding is {encoding}; make a database with UTF8 for the log")
        for statement in statements():
            cursor.execute(statement)
        grant(cursor, self._address.database)

    def factory(self, environment: Environment) -> DatabaseFactory:
        """What makes the recorder; from now on connections are kept until the log is closed."""
        self._datastore.most_idle = MOST_IDLE
        return DatabaseFactory(environment, self._datastore)

    def folder(self, name: str) -> Folder:
        """A table beside the events."""
        return TableFolder(self._datastore, name) if name != ACCESS else TableJournal(self._datastore, name)

    def journal(self, name: str) -> TableJournal:
        """A table of records beside the events."""
        return TableJournal(self._datastore, name)

    @contextmanager
    def evidence(self) -> Iterator[DatabaseEvidence]:
        """A snapshot of the database."""
        with self._datastore.snapshot() as connection:
            yield DatabaseEvidence(connection, self._datastore.cautions)

    def evidence_in(self, transaction: Cursor[Any]) -> DatabaseEvidence:
        """The database as an open transaction sees it."""
        return DatabaseEvidence(transaction.connection, self._datastore.cautions)

    def bytes(self) -> int:
        """What the events take, with their indexes."""
        with self._datastore.transaction() as cursor:
            cursor.execute("SELECT pg_total_relation_size('stored_events')")
            return int((cursor.fetchone() or (0,))[0])

    def suggestions(self, size: int) -> Iterator[str]:
        """A saved state of more events than there are."""
        positions = [position_of_state(name) or 0 for name in self.folder(STATES).names()]
        longest = max(positions, default=0)
        if longest > size:
            yield (
                f"A saved state tells of {longest} events, the log has {size}: it may have been restored from an "
                "earlier backup. Look for another copy."
            )


def _tables(cursor: Cursor[Any]) -> set[str]:
    cursor.execute(_TABLES)
    return {row[0] for row in cursor.fetchall()}
