"""What lies beside a log, as rows of a table of its database."""

from engine.log.beside import CHECKPOINTS
from engine.log.postgres.connections import LogDatastore


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

    def place(self, name: str) -> str:
        """The database's address and the row's name."""
        return f"{self._datastore.address.shown}#{self._name}/{name}"

    def keep(self, name: str, data: bytes, *, lasting: bool = True) -> None:
        """Write the row; of what is signed more may be kept, never another."""
        insert = f"INSERT INTO {self._table} VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET data = excluded.data"
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
