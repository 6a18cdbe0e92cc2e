"""What the server says, in our words: the log's own errors, without a password and without a statement.

The server's words, which may name user, host and database, are told apart (``said``): the service leaves them out.

What each kind of trouble says and exits with, the same for every command:

    an address that cannot be read, or names no database        no address                                     2
    no such database, or an empty one                           no log (ingest and copy-log make one)          2
    other tables, and no log                                    not a log                                      4
    some of the log's tables, not all                           the log is lost: nothing is made in its place  4
    other marks, another version                                altered, or made by another program            4
    a table, trigger, function or row that was altered          broken                                         4
    no server there, or no way in for this user                 cannot be reached, lets nobody in              1
    no right to do that, no room, a lock held too long          cannot be used here                            1
    a connection lost                                           lost; what was being written is not known      1

A connection lost while something was written leaves it open whether that was committed: nothing is acknowledged, and
who sends it again is told.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from engine.errors import BrokenLogError, LogError, RequestError

LOCK_SECONDS = 60
"""How long a writer waits for another one."""
_DAMAGED = (
    errors.IntegrityError, errors.RaiseException, errors.UndefinedTable, errors.UndefinedColumn,
    errors.UndefinedFunction, errors.DataCorrupted, errors.IndexCorrupted, errors.DatatypeMismatch,
)  # fmt: skip
_UNKNOWN = (
    "whether what was being written is in the log is not known: send it again, what is there is answered as a duplicate"
)

_NO_DATABASE = 'database "{}" does not exist', "la base de données « {} » n'existe pas"
_NOBODY = (
    "authentication", "password", "role", "pg_hba", "permission denied",
    "authentification", "mot de passe", "rôle", "droit refusé",
)  # fmt: skip
"""What a server that speaks English or French says to whom it does not let in: it gives no code then."""


@contextmanager
def translated(name: str, *, writing: bool = False) -> Iterator[None]:
    """Errors of the server inside the block are raised as the log's own."""
    try:
        yield
    except psycopg.Error as error:
        raise _error_of(name, error, writing) from None


def _error_of(name: str, error: psycopg.Error, writing: bool) -> LogError:
    said = _said(error)
    if isinstance(error, errors.LockNotAvailable):
        return LogError(f"{name} is held by another writer for over {LOCK_SECONDS} seconds: try again later")
    if isinstance(error, errors.InsufficientPrivilege):
        return LogError(
            f"{name}: this user may not do that ({said}): ask the owner of the log, or connect as the owner", said=said
        )
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return LogError(f"{name} can only be read here ({said}): write to the primary server", said=said)
    if isinstance(error, errors.DiskFull | errors.OutOfMemory | errors.TooManyConnections):
        return LogError(f"{name} has no room ({said}): make room on the server, nothing was written", said=said)
    if isinstance(error, _DAMAGED):
        return BrokenLogError(f"{name} is not what a log guarantees ({said}): run snagc verify", said=said)
    if _is_lost(error):
        what = _UNKNOWN if writing else "try again once the server is there"
        return LogError(f"the connection to {name} was lost ({said}): {what}", said=said)
    return LogError(f"{name} cannot be used ({said}): see the server's own log", said=said)


def _is_lost(error: psycopg.Error) -> bool:
    """Whether the connection is gone, by the server's word or without one."""
    ended = (
        errors.AdminShutdown | errors.CrashShutdown | errors.CannotConnectNow | errors.IdleInTransactionSessionTimeout
    )
    return isinstance(error, ended | psycopg.InterfaceError) or (
        isinstance(error, psycopg.OperationalError) and error.sqlstate is None
    )


def refused(name: str, database: str, error: psycopg.Error) -> LogError | RequestError:
    """Why no connection could be made."""
    said = _said(error)
    if any(words.format(database) in said for words in _NO_DATABASE):
        make = f"createdb {database} makes one"
        return RequestError(f"no log at {name}: the server has no such database ({make})", said=make)
    if any(word in said for word in _NOBODY):
        return LogError(f"{name} lets nobody in as this user ({said}): check user and password", said=said)
    return LogError(f"{name} cannot be reached ({said}): check host and port, and whether the server runs", said=said)


def _said(error: psycopg.Error) -> str:
    """The server's own first line."""
    text = error.diag.message_primary or str(error).strip()
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    fatal = [line for line in lines if "FATAL" in line or "failed:" in line]
    return (
        (fatal or lines or ["no word of the server"])[0].rpartition("FATAL:  ")[2].removeprefix("connection failed: ")
    )
