"""A log as evidence: read in one snapshot, past the engine and its own checks; a file is opened read-only.

Whatever a damaged file holds is handed on as it is (text that is no UTF-8 with its bytes escaped), so that
verification can name it; nothing here trusts a trigger, a type or a constraint.
"""

import os
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from engine.errors import BrokenLogError, LogError
from engine.log.backup import copy_into
from engine.log.presence import check_present, not_a_log, read_only_name
from engine.log.schema import APPLICATION_ID, READABLE_VERSIONS, acts_of_version_1, schema_statements

_TABLES = ("stored_events", "identities")
_PLACE_OF_APPLICATION_ID = slice(68, 72)
_MAGIC = b"SQLite format 3\x00"


class StoredRow(NamedTuple):
    """A row of events as it stands in the file."""

    position: int
    stream: Any
    version: Any
    topic: Any
    state: Any


class StoredIdentity(NamedTuple):
    """A row of identities as it stands in the file."""

    position: Any
    source: Any
    id: Any
    content: Any


class StoredEntry(NamedTuple):
    """A row of the quarantine as it stands in the file."""

    number: Any
    received: Any
    imported: Any
    bytes: Any
    status: Any
    errors: Any
    times: Any
    resolved: Any
    digest: Any
    first_received: Any


class LogEvidence(ABC):
    """One snapshot of a log as its store holds it."""

    COLUMNS: ClassVar[dict[str, str]]
    """What is read of each table, the number or position first, in the order of the types above."""

    @abstractmethod
    def version(self) -> int:
        """The version of its schema, as the store says."""

    @abstractmethod
    def shape_faults(self) -> list[str]:
        """What is not as this application makes it: marks, structure, tables and triggers."""

    @abstractmethod
    def limits(self) -> list[str]:
        """What the store cannot show or hold, in words."""

    @abstractmethod
    def has(self, table: str) -> bool:
        """Whether there is such a table."""

    @abstractmethod
    def given(self, table: str) -> list[Any]:
        """The last number that the store says it gave out for a table: one, or none so far."""

    @abstractmethod
    def _all(self, query: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a query with values at its ``?``."""

    def table(self, name: str) -> Iterator[tuple[Any, ...]]:
        """A table's rows, by number or position; none where there is no such table."""
        if self.has(name):
            yield from map(tuple, self._all(f"SELECT {self.COLUMNS[name]} FROM {name} ORDER BY 1"))

    def rows(self) -> Iterator[StoredRow]:
        """Every row of events, by position."""
        yield from map(StoredRow._make, self.table("stored_events"))

    def row(self, position: int) -> StoredRow | None:
        """The row of events at a position."""
        columns = self.COLUMNS["stored_events"]
        number = columns.partition(",")[0]
        found = next(self._all(f"SELECT {columns} FROM stored_events WHERE {number} = ?", (position,)), None)
        return None if found is None else StoredRow._make(found)

    def position_of(self, source: str, id_: str) -> Any:
        """The position that an identity is said to stand at; None where there is none."""
        query = "SELECT position FROM identities WHERE source = ? AND id = ?"
        return next((position for (position,) in self._all(query, (source, id_))), None)

    def identities(self) -> Iterator[StoredIdentity]:
        """Every row of identities, by position."""
        yield from map(StoredIdentity._make, self.table("identities"))

    def import_rows(self) -> list[tuple[Any, ...]]:
        """File SHA-256, instant, actor, first and last position of every import record, in order."""
        return [row[1:] for row in self.table("imports")]

    def quarantine(self) -> Iterator[StoredEntry]:
        """Every quarantine entry, by number."""
        yield from map(StoredEntry._make, self.table("quarantine"))

    def quarantine_received(self) -> list[tuple[Any, ...]]:
        """Number, digest, whether imported and first receipt of every entry, in order."""
        return self._kept("quarantine", "number, digest, imported, first_received")

    def quarantine_acts(self) -> list[tuple[Any, ...]]:
        """Number, entry, act, instant and text of everything that became of quarantine entries, in order."""
        return self._kept("quarantine_acts", self.COLUMNS["quarantine_acts"])

    def quarantine_senders(self) -> list[tuple[Any, ...]]:
        """Number and sender of every entry first sent under a token, by number."""
        return list(self.table("quarantine_senders"))

    def received_rows(self) -> list[tuple[Any, ...]]:
        """Number, SHA-256, format, act, instant and text of what became of messages received, in order."""
        return list(self.table("received"))

    def numbers(self, table: str) -> list[Any]:
        """The numbers of a table's rows, ascending."""
        return [number for (number,) in self._kept(table, "number")]

    def _kept(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        """Rows of a table that is append only, by number; none where there is no such table."""
        return list(self._all(f"SELECT {columns} FROM {table} ORDER BY number")) if self.has(table) else []


BESIDE_EVENTS = {
    "identities": ", ".join(StoredIdentity._fields),
    "imports": "number, file_sha256, imported_at, actor, first_position, last_position",
    "quarantine": ", ".join(StoredEntry._fields),
    "quarantine_senders": "entry, sender",
    "received": "number, sha256, format, act, at, text",
    "quarantine_acts": "number, entry, act, at, text",
}
"""The columns that are the same in every store."""


class FileEvidence(LogEvidence):
    """One snapshot of a log's SQLite file."""

    COLUMNS: ClassVar[dict[str, str]] = {
        "stored_events": "rowid, originator_id, originator_version, topic, state",
        **BESIDE_EVENTS,
    }

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def copy_to(self, path: Path) -> None:
        """Copy the snapshot into a new file; see ``backup.copy_into``."""
        copy_into(self._connection, path)

    def table(self, name: str) -> Iterator[tuple[Any, ...]]:
        """A table's rows; where an older version has no such table, as today's will read."""
        if name == "quarantine_acts" and not self.has(name):
            return self._all(acts_of_version_1())
        return super().table(name)

    def version(self) -> int:
        """The version of its schema, as the file says."""
        version: int = self._one("PRAGMA user_version")[0]
        return version

    def shape_faults(self) -> list[str]:
        """What of the file is not as this application makes it: its marks, its structure, its tables and triggers."""
        faults = []
        version, (application,) = self.version(), self._one("PRAGMA application_id")
        if application != APPLICATION_ID:
            faults.append(f"application_id is {application}, not {APPLICATION_ID}")
        if version not in READABLE_VERSIONS:
            faults.append(f"user_version is {version}, not {' or '.join(map(str, READABLE_VERSIONS))}")
        (found,) = self._one("PRAGMA integrity_check(1)")
        if found != "ok":
            faults.append(f"SQLite finds the file damaged: {found}")
        return faults + _schema_faults(_schema(self._connection), version)

    def limits(self) -> list[str]:
        """None of its own."""
        return []

    def has(self, table: str) -> bool:
        """Whether the file has a table."""
        return ("table", table) in _schema(self._connection)

    def given(self, table: str) -> list[Any]:
        """What SQLite's own sequence says."""
        return [seq for (seq,) in self._all("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))]

    def _one(self, query: str) -> tuple[Any, ...]:
        return next(self._all(query))

    def _all(self, query: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        return self._connection.execute(query, values)


@contextmanager
def evidence_of(location: str) -> Iterator[FileEvidence]:
    """The evidence in a log's file; what SQLite itself cannot read on is a BrokenLogError."""
    path = Path(location)
    check_present(location)
    with closing(_connected(path)) as connection:
        try:
            missing = [table for table in _TABLES if ("table", table) not in _schema(connection)]
            if len(missing) == len(_TABLES):
                raise not_a_log(location, "a SQLite file without its tables")
            if missing:
                raise BrokenLogError(f"{location} is not a log: it has no table {' and no table '.join(missing)}")
            yield FileEvidence(connection)
        except sqlite3.DatabaseError as error:
            raise BrokenLogError(f"{location} cannot be read on: {error}: restore the file from a copy") from None


def _connected(path: Path) -> sqlite3.Connection:
    """A read-only connection whose snapshot begins now; on a medium nobody can write to, the file as it is."""
    frozen = not os.access(path.absolute().parent, os.W_OK)
    address = read_only_name(str(path.absolute())) if frozen else f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(address, uri=True, isolation_level=None)
    connection.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
    try:
        connection.execute("BEGIN")
        connection.execute("PRAGMA schema_version")
    except sqlite3.OperationalError as error:
        connection.close()
        raise LogError(f"{path} cannot be opened ({error}): check its rights, or verify a copy of it") from None
    except sqlite3.DatabaseError as error:
        connection.close()
        raise not_a_log(path, str(error)) from None
    return connection


def is_log_file(path: Path) -> bool:
    """Whether a file bears the marks of a log, told from its first bytes alone."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(_PLACE_OF_APPLICATION_ID.stop)
    return head.startswith(_MAGIC) and head[_PLACE_OF_APPLICATION_ID] == APPLICATION_ID.to_bytes(4)


Schema = dict[tuple[str, str], str | None]


def _schema(connection: sqlite3.Connection) -> Schema:
    """Kind and name of everything in the file, with the statement that made it."""
    return {(kind, name): sql for kind, name, sql in connection.execute("SELECT type, name, sql FROM sqlite_master")}


def _expected_schema(version: int) -> Schema:
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in schema_statements(version):
            connection.execute(statement)
        return _schema(connection)


def _schema_faults(found: Schema, version: int) -> list[str]:
    """Missing, foreign and altered objects; a log from before imports were noted may lack their table whole."""
    expected = _expected_schema(version)
    if version == 1 and ("table", "imports") not in found:
        expected = {key: sql for key, sql in expected.items() if "imports" not in key[1]}
    faults = [f"the {kind} {name} is missing" for kind, name in expected if (kind, name) not in found]
    faults += [f"the {kind} {name} is foreign to a log" for kind, name in found if (kind, name) not in expected]
    altered = [key for key, sql in expected.items() if key in found and found[key] != sql]
    return faults + [f"the {kind} {name} is not as the log makes it" for kind, name in altered]
