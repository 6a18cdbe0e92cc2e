"""What the store says where it fails, in the words and with the exit code of the project's own errors."""

import sqlite3

from engine.errors import BrokenLogError, LogError, SnagcError

_DAMAGE = ("malformed", "not a database", "no such table", "no such column")
"""What SQLite says of a file that is no longer what a log guarantees; so does a constraint or trigger that refuses."""


def trouble_of(error: BaseException) -> SnagcError | None:
    """The project's own error for one of the store's; None where it is another. Its library is only looked for here."""
    from eventsourcing.persistence import IntegrityError, PersistenceError

    if not isinstance(error, sqlite3.Error | PersistenceError):
        return None
    said = str(error)
    if isinstance(error, sqlite3.IntegrityError | IntegrityError) or any(sign in said for sign in _DAMAGE):
        return BrokenLogError(f"the log cannot be used ({error}): run snagc verify on a copy", said=said)
    return LogError(f"the log cannot be used ({error}): check free space, rights and the path of the log", said=said)
