"""Who may what in a log's database: its owner makes the tables, the service's role reads and adds.

The role is named after the database, ``DATABASE_service``. It may log in once the database's administrator gives it a
password; or it is granted to another user. It can change or delete no row (but saved states, which are derived), drop
no trigger and empty no table.
"""

from collections.abc import Iterator
from typing import Any

from psycopg import Cursor
from psycopg.sql import SQL, Identifier

from engine.log.postgres.schema import FUNCTIONS, SCHEMA, SERVICE_CALLS, TABLES

_LONGEST = 63
_ADDS_TO = ("stored_events", "identities", "imports", "received", "beside_access", "beside_received")


def service_role(database: str) -> str:
    """The name of the role that reads and adds."""
    ending = "_service"
    return database.encode()[: _LONGEST - len(ending)].decode(errors="ignore") + ending


def grant(cursor: Cursor[Any], database: str) -> None:
    """Make the role, where this user may and it is not there, and give it its rights, where it is."""
    cursor.execute(f"REVOKE CREATE ON SCHEMA {SCHEMA} FROM PUBLIC")
    for name, function in FUNCTIONS.items():
        cursor.execute(f"REVOKE ALL ON FUNCTION {name}({function.arguments}) FROM PUBLIC")
    role = service_role(database)
    if not _is_there(cursor, role):
        if not _may_make_roles(cursor):
            return
        cursor.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(role)))
    for what in _rights():
        cursor.execute(SQL("GRANT {} TO {}").format(SQL(what), Identifier(role)))
    cursor.execute(SQL("GRANT CONNECT ON DATABASE {} TO {}").format(Identifier(database), Identifier(role)))


def _rights() -> Iterator[Any]:
    yield f"USAGE ON SCHEMA {SCHEMA}"
    yield f"SELECT ON {', '.join(TABLES)}"
    yield f"INSERT ON {', '.join(_ADDS_TO)}"
    yield "INSERT, UPDATE, DELETE ON beside_states"
    yield f"EXECUTE ON FUNCTION {', '.join(SERVICE_CALLS)}"


def _is_there(cursor: Cursor[Any], role: str) -> bool:
    cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,))
    return cursor.fetchone() is not None


def _may_make_roles(cursor: Cursor[Any]) -> bool:
    cursor.execute("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user")
    return bool((cursor.fetchone() or (False,))[0])
