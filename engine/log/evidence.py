"""A log's file as evidence: opened read-only, read in one snapshot, past the engine and its own checks.

Whatever a damaged file holds is handed on as it is (text that is no UTF-8 with its bytes escaped), so that
verification can name it; nothing here trusts a trigger, a type or a constraint.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from engine.errors import BrokenLogError, LogError
from engine.log.backup import copied
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


class FileEvidence:
    """One snapshot of a log's SQLite file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def copied_to(self, path: Path) -> AbstractContextManager[Path]:
        """The snapshot as a file of its own, under another name until the block has ended; see ``backup.copied``."""
        return copied(self._connection, path)

    def table(self, name: str, columns: str) -> Iterator[tuple[Any, ...]]:
        """Columns of a table's rows, by the first; where an older version has no such table, as today's will read."""
        if self.has(name):
            yield from map(tuple, self._all(f"SELECT {columns} FROM {name} ORDER BY 1"))
        elif name == "quarantine_acts":
            yield from self._all(acts_of_version_1())

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

    def rows(self) -> Iterator[StoredRow]:
        """Every row of events, by position."""
        query = "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events ORDER BY rowid"
        yield from map(StoredRow._make, self._all(query))

    def row(self, position: int) -> StoredRow | None:
        """The row of events at a position."""
        query = "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events WHERE rowid = ?"
        found = self._connection.execute(query, (position,)).fetchone()
        return None if found is None else StoredRow._make(found)

    def position_of(self, source: str, id_: str) -> Any:
        """The position that an identity is said to stand at; None where there is none."""
        query = "SELECT position FROM identities WHERE source = ? AND id = ?"
        found = self._connection.execute(query, (source, id_)).fetchone()
        return None if found is None else found[0]

    def identities(self) -> Iterator[StoredIdentity]:
        """Every row of identities, by position."""
        query = "SELECT position, source, id, content FROM identities ORDER BY position"
        yield from map(StoredIdentity._make, self._all(query))

    def import_rows(self) -> list[tuple[Any, ...]]:
        """File SHA-256, instant, actor, first and last position of every import record, in order."""
        return self._kept("imports", "file_sha256, imported_at, actor, first_position, last_position")

    def quarantine(self) -> Iterator[StoredEntry]:
        """Every quarantine entry, by number."""
        if self.has("quarantine"):
            query = f"SELECT {', '.join(StoredEntry._fields)} FROM quarantine ORDER BY number"
            yield from map(StoredEntry._make, self._all(query))

    def quarantine_received(self) -> list[tuple[Any, ...]]:
        """Number, digest, whether imported and first receipt of every entry, in order."""
        return self._kept("quarantine", "number, digest, imported, first_received")

    def quarantine_acts(self) -> list[tuple[Any, ...]]:
        """Number, entry, act, instant and text of everything that became of quarantine entries, in order."""
        return self._kept("quarantine_acts", "number, entry, act, at, text")

    def quarantine_senders(self) -> list[tuple[Any, ...]]:
        """Number and sender of every entry first sent under a token, by number."""
        return list(self.table("quarantine_senders", "entry, sender"))

    def has(self, table: str) -> bool:
        """Whether the file has a table."""
        return ("table", table) in _schema(self._connection)

    def numbers(self, table: str) -> list[Any]:
        """The numbers of a table's rows, ascending."""
        return [number for (number,) in self._kept(table, "number")]

    def given(self, table: str) -> list[Any]:
        """The numbers the file says it ever gave out for a table (SQLite's own sequence): one, or none so far."""
        query = "SELECT seq FROM sqlite_sequence WHERE name = ?"
        return [seq for (seq,) in self._connection.execute(query, (table,))]

    def _kept(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        """Rows of a table that is append only, by number; none where the file has no such table."""
        return list(self._all(f"SELECT {columns} FROM {table} ORDER BY number")) if self.has(table) else []

    def _one(self, query: str) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self._connection.execute(query).fetchone()
        return row

    def _all(self, query: str) -> Iterator[tuple[Any, ...]]:
        return self._connection.execute(query)


@contextmanager
def evidence_of(location: str) -> Iterator[FileEvidence]:
    """The evidence in a log's file; what SQLite itself cannot read on is a BrokenLogError."""
    if location.startswith(("postgresql://", "postgres://")):
        raise LogError(f"{location}: this version keeps logs in SQLite files only; name a path")
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
