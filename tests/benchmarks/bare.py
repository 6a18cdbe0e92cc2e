"""Both stores: a copy of a log in each, and the bare insert of the rows that a log took in."""

import shutil
import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import psycopg

from tests import postgres
from tests.benchmarks.floors import BARE_TABLES
from tests.benchmarks.processes import snagc
from tests.benchmarks.worlds import remove

_EVENTS = "SELECT originator_id, originator_version, topic, state FROM stored_events WHERE {0} BETWEEN {1} AND {1}"
_IDENTITIES = "SELECT source, id, content, position FROM identities WHERE position BETWEEN {0} AND {0}"
_BARE_IN_POSTGRES = (
    "CREATE TABLE stored_events (notification_id bigserial PRIMARY KEY, originator_id uuid NOT NULL, "
    "originator_version bigint NOT NULL, topic text NOT NULL, state bytea NOT NULL, "
    "UNIQUE (originator_id, originator_version))",
    "CREATE TABLE identities (source text NOT NULL, id text NOT NULL, content bytea NOT NULL, "
    "position bigint NOT NULL UNIQUE, PRIMARY KEY (source, id))",
)


class Rows(NamedTuple):
    """Rows of events and of identities."""

    events: list[tuple[Any, ...]]
    identities: list[tuple[Any, ...]]


class Store(ABC):
    """Where logs are kept during a measurement."""

    name: str

    @abstractmethod
    def copy(self, log: Path) -> str:
        """A new copy of a log's file, in this store."""

    @abstractmethod
    def rows(self, place: str, first: int, last: int) -> Rows:
        """The rows of what a log took in from a position to another."""

    @abstractmethod
    def insert(self, rows: Rows) -> float:
        """The seconds of their bare insert, in one transaction."""

    @abstractmethod
    def insert_one_by_one(self, rows: Rows) -> float:
        """The same, each event with its identity in a transaction of its own."""


class Files(Store):
    """SQLite files in a folder."""

    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def copy(self, log: Path) -> str:
        """As ever."""
        copy = self._folder / "served.db"
        remove(copy)
        shutil.copy(log, copy)
        return str(copy)

    def rows(self, place: str, first: int, last: int) -> Rows:
        """As ever."""
        with closing(sqlite3.connect(place)) as read:
            events = read.execute(_EVENTS.format("rowid", "?"), (first, last)).fetchall()
            return Rows(events, read.execute(_IDENTITIES.format("?"), (first, last)).fetchall())

    def insert(self, rows: Rows) -> float:
        """As ever."""
        return self._inserted([rows])

    def insert_one_by_one(self, rows: Rows) -> float:
        """As ever."""
        return self._inserted([Rows([event], [named]) for event, named in zip(*rows, strict=True)])

    def _inserted(self, transactions: list[Rows]) -> float:
        with (
            TemporaryDirectory(dir=self._folder) as folder,
            closing(sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)) as connection,
        ):
            for statement in ("PRAGMA journal_mode=WAL", *BARE_TABLES):
                connection.execute(statement)
            began = time.perf_counter()
            for events, identities in transactions:
                connection.execute("BEGIN")
                connection.executemany(
                    "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (?,?,?,?)",
                    events,
                )
                connection.executemany("INSERT INTO identities VALUES (?,?,?,?)", identities)
                connection.execute("COMMIT")
            return time.perf_counter() - began


class Databases(Store):
    """Databases of a PostgreSQL server of its own, as durable as it is by itself."""

    name = "PostgreSQL"

    def __init__(self, server: postgres.Server) -> None:
        self._server = server

    def copy(self, log: Path) -> str:
        """As ever."""
        place = self._server.address(self._server.new_database())
        snagc("copy-log", log, place)
        return place

    def rows(self, place: str, first: int, last: int) -> Rows:
        """As ever."""
        with psycopg.connect(place) as read:
            events = read.execute(_EVENTS.format("notification_id", "%s").encode(), (first, last)).fetchall()
            return Rows(events, read.execute(_IDENTITIES.format("%s").encode(), (first, last)).fetchall())

    def insert(self, rows: Rows) -> float:
        """With COPY."""

        def copy(connection: "psycopg.Connection[Any]") -> None:
            for table, columns, some in (
                ("stored_events", "originator_id, originator_version, topic, state", rows.events),
                ("identities", "source, id, content, position", rows.identities),
            ):
                with connection.cursor().copy(f"COPY {table} ({columns}) FROM STDIN".encode()) as into:
                    for row in some:
                        into.write_row(row)
            connection.commit()

        return self._inserted(copy)

    def insert_one_by_one(self, rows: Rows) -> float:
        """With INSERT."""

        def insert(connection: "psycopg.Connection[Any]") -> None:
            for event, identity in zip(*rows, strict=True):
                connection.execute(
                    "INSERT INTO stored_events (originator_id, originator_version, topic, state) "
                    "VALUES (%s, %s, %s, %s)", event,
                )  # fmt: skip
                connection.execute("INSERT INTO identities VALUES (%s, %s, %s, %s)", identity)
                connection.commit()

        return self._inserted(insert)

    def _inserted(self, insert: Any) -> float:
        place = self._server.address(self._server.new_database())
        with closing(psycopg.connect(place)) as connection:
            for statement in _BARE_IN_POSTGRES:
                connection.execute(statement.encode())
            connection.commit()
            began = time.perf_counter()
            insert(connection)
            took = time.perf_counter() - began
        self._server.drop(place)
        return took


@contextmanager
def stores(folder: Path) -> Iterator[list[Store]]:
    """The stores there are on this machine."""
    found: list[Store] = [Files(folder)]
    if not postgres.is_installed():
        yield found
        return
    with postgres.own_server() as server:
        yield [*found, Databases(server)]
