"""Connections to a log's SQLite file: durable, to the file that was opened and no other, or not there at all.

A transaction that writes takes the write lock before it reads anything it decides on. Before it commits, and again
before anybody is told, the log's name must still lead to the file that is being written.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote
from weakref import WeakKeyDictionary

from eventsourcing.sqlite import SQLiteConnection, SQLiteConnectionPool, SQLiteCursor, SQLiteDatastore

from engine.errors import BrokenLogError, LogError, LostLogError
from engine.log.backup import rescue
from engine.log.companions import place_of
from engine.log.presence import HeldFile, not_a_log, read_only_name, writable
from engine.log.schema import APPLICATION_ID, READABLE_VERSIONS

LOCK_SECONDS = 60
"""How long a writer waits for another one."""
_FULL = 2
_CACHE_KB = 32_768
"""Pages of the log a writer keeps at hand: those of its indexes are met in no order, a long import meets them all."""
_WAL_PAGES = 4_000
"""Pages in the -wal from which on they are moved into the log: pages written again and again are moved once."""


class LogConnectionPool(SQLiteConnectionPool):
    """Connections that are durable, and all to one file."""

    _first: HeldFile | None = None

    def __init__(self, *, db_name: str, lock_timeout: int | None = None) -> None:
        super().__init__(db_name=db_name, lock_timeout=lock_timeout)
        self.held: WeakKeyDictionary[SQLiteConnection, HeldFile] = WeakKeyDictionary()

    def _create_connection(self) -> SQLiteConnection:
        if self.db_name.startswith("file:"):
            return self._connected(self.db_name)  # on a medium or with rights that allow reading alone
        _wait_for_wal(self.db_name)
        file = HeldFile(self.db_name)
        connection = self._connected(writing_name(self.db_name))
        self._check_settings(connection)
        self._first = self._first or file
        if not (file.same_as(self._first) and HeldFile(self.db_name).same_as(file)):
            connection.close()
            raise LostLogError(f"another file was put at {self.db_name} while the log was open")
        self.held[connection] = file
        return connection

    def _check_settings(self, connection: SQLiteConnection) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute(f"PRAGMA cache_size={-_CACHE_KB}")
        cursor.execute(f"PRAGMA wal_autocheckpoint={_WAL_PAGES}")
        cursor.execute("PRAGMA secure_delete=ON")  # what quarantine erase takes out is not left in free space
        cursor.execute("PRAGMA synchronous")
        synchronous = cursor.fetchone()[0]
        cursor.execute("PRAGMA journal_mode")
        journal = cursor.fetchone()[0]
        if synchronous != _FULL or journal != "wal":
            raise LogError(
                f"{self.db_name}: synchronous={synchronous}, journal_mode={journal}; a log needs 2 (FULL) and wal: "
                "put it on a local disk that SQLite can lock"
            )

    def _connected(self, address: str) -> SQLiteConnection:
        """A connection to a file that is there: eventsourcing's own would make one where there is none."""
        try:
            raw = sqlite3.connect(
                address,
                uri=True,
                check_same_thread=False,
                isolation_level=None,
                timeout=self.lock_timeout or LOCK_SECONDS,
            )
        except sqlite3.OperationalError as error:
            raise _not_opened(self.db_name, error) from None
        raw.execute("PRAGMA automatic_index=OFF")  # asked for some streams at once, SQLite would index a whole log anew
        raw.row_factory = sqlite3.Row
        return SQLiteConnection(sqlite_conn=raw, max_age=self.max_age)


class LogDatastore(SQLiteDatastore):
    """Transactions that write take the write lock at once, so what they read is what they extend."""

    pool: LogConnectionPool

    def __init__(self, db_name: str, *, lock_timeout: int | None = None) -> None:
        super().__init__(db_name, lock_timeout=lock_timeout)
        self.pool = LogConnectionPool(db_name=db_name, lock_timeout=lock_timeout)
        self._place = place_of(db_name)
        self._lost = False

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        """A transaction on a connection of its own; one that commits takes the write lock first.

        LostLogError, and nothing is acknowledged, where the log's name no longer leads to the file; what the file
        holds is then saved beside that name.
        """
        with self.get_connection(commit=commit) as connection:
            if not commit:
                with connection.transaction(commit=False) as cursor:
                    yield cursor
                return
            file = self.pool.held.get(connection)
            try:
                with connection.transaction(commit=True) as cursor:
                    cursor.execute("ROLLBACK")
                    _take_write_lock(cursor, self.pool.db_name)
                    _check(file)
                    yield cursor
                    _check(file)
                _check(file)  # what was committed into a file that is gone is not acknowledged
            except LostLogError as lost:
                raise self._saved(connection, lost) from None

    def check_written(self) -> None:
        """LostLogError where a file that was written is no longer where it was: what was acknowledged is in it."""
        for connection, file in list(self.pool.held.items()):
            if file.was_written and not self._lost:
                try:
                    file.check()
                except LostLogError as lost:
                    raise self._saved(connection, lost) from None

    def _saved(self, connection: SQLiteConnection, lost: LostLogError) -> LostLogError:
        """Save what a connection holds of a file that is gone, once; the error that says so."""
        if self._lost:
            return lost
        self._lost = True
        return LostLogError(f"{lost}; {rescue(connection.cursor().sqlite_cursor.connection, self._place)}")


def _check(file: HeldFile | None) -> None:
    """Check a file that can be written; what is opened for reading alone has none."""
    if file is not None:
        file.check()


def _take_write_lock(cursor: SQLiteCursor, path: str) -> None:
    try:
        cursor.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        cursor.execute("BEGIN")
        raise LogError(
            f"{path} cannot be written ({error}): wait for the other writer, or check the file's rights"
        ) from None


def _wait_for_wal(path: str) -> None:
    """Set the journal mode; SQLite does not wait by itself while another process is making the same log."""
    for _ in range(LOCK_SECONDS * 20):
        try:
            with closing(sqlite3.connect(writing_name(path), uri=True, timeout=LOCK_SECONDS)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise _not_opened(path, error) from None
            threading.Event().wait(0.05)
        else:
            return
    raise LogError(f"{path} is held by another process for over {LOCK_SECONDS} seconds: try again later")


def writing_name(path: str) -> str:
    """The name under which SQLite writes a log that is there, and makes none where it was taken away."""
    return f"file:{quote(path)}?mode=rw"


def _not_opened(path: str, error: sqlite3.OperationalError) -> LogError:
    return LogError(f"{path} cannot be opened as a log ({error}): check the path and its rights")


def check_is_log(path: Path, *, may_be_new: bool) -> None:
    """Refuse a file that is not a log of this application and version; a making cut off may be taken up again."""
    address = f"file:{quote(str(path))}?mode=ro" if writable(path) else read_only_name(str(path))
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=LOCK_SECONDS)) as connection:
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master")]
    except sqlite3.OperationalError as error:
        raise LogError(f"{path} cannot be opened ({error}): check its rights and those of its folder") from None
    except sqlite3.DatabaseError as error:
        raise not_a_log(path, str(error)) from None
    if application == 0 and not tables and may_be_new:
        return
    if "stored_events" not in tables:
        raise not_a_log(path, "a SQLite file without its tables")
    if application != APPLICATION_ID or version not in READABLE_VERSIONS:
        known = " or ".join(map(str, READABLE_VERSIONS))
        raise BrokenLogError(
            f"{path} has the marks {application:#x} and version {version}, not those of a log of version {known}: if a "
            "later snagc made it, use that one; else it was altered: run snagc verify"
        )
