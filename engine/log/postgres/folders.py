"""What lies beside a log, as rows of a table of its database."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from engine.errors import BrokenLogError
from engine.events.canonical import canonical_json
from engine.log.beside import CHECKPOINTS, RECEIVED
from engine.log.journal import ENDING
from engine.log.postgres.connections import LogDatastore
from engine.log.recorder import FETCHED
from engine.log.schema import APPLICATION_ID


class TableFolder:
    """The table ``beside_NAME``: a row a name."""

    def __init__(self, datastore: LogDatastore, name: str) -> None:
        self._datastore = datastore
        self._name, self._table = name, f"beside_{name}"

    def names(self) -> list[str]:
        """Ascending as bytes."""
        with self._datastore.transaction() as cursor:
            cursor.execute(f'SELECT name FROM {self._table} ORDER BY name COLLATE "C"')
            return [row[0] for row in cursor.fetchall()]

    def read(self, name: str) -> bytes | None:
        """The row's bytes."""
        with self._datastore.transaction() as cursor:
            cursor.execute(f"SELECT data FROM {self._table} WHERE name = %s", (name,))
            row = cursor.fetchone()
            return None if row is None else bytes(row[0])

    def pieces(self, name: str) -> Iterator[bytes]:
        """The row's bytes, all at once."""
        yield self.read(name) or b""

    def place(self, name: str) -> str:
        """The database's address and the row's name."""
        return f"{self._datastore.address.shown}#{self._name}/{name}"

    def keep(self, name: str, data: bytes, *, lasting: bool = True) -> None:
        """Write the row; of what is signed more may be kept, never another."""
        known = "NOTHING" if self._name == RECEIVED else "UPDATE SET data = excluded.data"  # named by its SHA-256
        insert = f"INSERT INTO {self._table} VALUES (%s, %s) ON CONFLICT (name) DO {known}"
        with self._datastore.transaction(commit=True) as cursor:
            if not lasting:
                cursor.execute("SET LOCAL synchronous_commit = off")
            cursor.execute("SELECT snagc_sign(%s, %s)" if self._name == CHECKPOINTS else insert, (name, data))

    def remove(self, name: str) -> None:
        """Delete the row."""
        with self._datastore.transaction(commit=True) as cursor:
            cursor.execute(f"DELETE FROM {self._table} WHERE name = %s", (name,))

    def mark(self) -> object:
        """A digest of which versions of which rows there are."""
        with self._datastore.transaction() as cursor:
            cursor.execute(f"SELECT md5(string_agg(name || ' ' || xmin::text, ',' ORDER BY name)) FROM {self._table}")
            row = cursor.fetchone()
            return None if row is None else row[0]


class TableJournal:
    """Records, a row each, in a table beside the events; seen as a folder, those of a day are a file's lines."""

    def __init__(self, datastore: LogDatastore, name: str) -> None:
        self._datastore, self._name, self._table = datastore, name, f"beside_{name}"

    def append(self, day: str, records: Sequence[Mapping[str, Any]]) -> None:
        """Add records of a day, or of the last day there is."""
        self._add(day + ENDING, lambda first: [
            canonical_json({"number": number, **record}) for number, record in enumerate(records, first)
        ])  # fmt: skip

    def lines(self) -> Iterator[bytes]:
        """Every record as it is kept, by number."""
        return self._lines("number")

    def latest(self) -> Iterator[bytes]:
        """The same, the last one first."""
        return self._lines("number DESC")

    def _lines(self, order: str) -> Iterator[bytes]:
        with self._datastore.snapshot() as connection, connection.cursor("lines", binary=True) as cursor:
            cursor.execute(f"SELECT line FROM {self._table} ORDER BY {order}")
            while batch := cursor.fetchmany(FETCHED):
                yield from (bytes(line) for (line,) in batch)

    def _add(self, name: str, lines: Callable[[int], Sequence[bytes]]) -> None:
        """Add lines, which are made once their first number is known; those who add stand in a line of their own."""
        with self._datastore.transaction(commit=True) as cursor:
            cursor.execute(f"SELECT pg_advisory_xact_lock({APPLICATION_ID}, 1)")
            cursor.execute(f"SELECT coalesce(max(number), 0), greatest(max(name), %s) FROM {self._table}", (name,))
            last, name = cursor.fetchone() or (0, name)
            with cursor.copy(f"COPY {self._table} FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["int8", "text", "bytea"])
                for number, line in enumerate(lines(last + 1), last + 1):
                    copy.write_row((number, name, line))

    # ------------------------------------------------------------------------------------- seen as a folder

    def names(self) -> list[str]:
        """The days there are records of."""
        with self._datastore.transaction() as cursor:
            cursor.execute(f"SELECT DISTINCT name FROM {self._table}")
            return sorted(row[0] for row in cursor.fetchall())

    def read(self, name: str) -> bytes | None:
        """The lines of a day."""
        with self._datastore.transaction() as cursor:
            cursor.execute(f"SELECT line FROM {self._table} WHERE name = %s ORDER BY number", (name,))
            return b"".join(bytes(row[0]) + b"\n" for row in cursor.fetchall()) or None

    def pieces(self, name: str) -> Iterator[bytes]:
        """The lines of a day, all at once."""
        yield self.read(name) or b""

    def place(self, name: str) -> str:
        """The database's address and the day."""
        return f"{self._datastore.address.shown}#{self._name}/{name}"

    def keep(self, name: str, data: bytes, *, lasting: bool = True) -> None:
        """Add the lines that a day lacks."""
        there = self.read(name) or b""
        if not data.startswith(there):
            raise BrokenLogError(f"{self.place(name)} is append only: what is there is not the beginning of the other")
        self._add(name, lambda _: data[len(there) :].splitlines())

    def remove(self, name: str) -> None:
        """Refused: who read whose data stays."""
        raise BrokenLogError(f"{self.place(name)} is append only: it is never removed")

    def mark(self) -> object:
        """The last number."""
        with self._datastore.transaction() as cursor:
            cursor.execute(f"SELECT max(number) FROM {self._table}")
            return (cursor.fetchone() or (None,))[0]
