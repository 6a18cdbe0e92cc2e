"""A log's database as evidence: one snapshot, read past the engine's own checks.

What is there is held against what this version makes, as PostgreSQL itself prints it: columns, constraints, indexes,
functions, triggers and whether they are in force, and who may do more than read and add.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import count
from typing import Any, ClassVar

from psycopg import Connection

from engine.log.evidence import BESIDE_EVENTS, LogEvidence
from engine.log.postgres.schema import (
    APPEND_ONLY,
    DATABASE_VERSION,
    FUNCTIONS,
    INDEXES,
    KEPT,
    NEXT,
    POSITION,
    SCHEMA,
    TABLES,
    Function,
    constraint_name,
    triggers,
)  # fmt: skip
from engine.log.recorder import FETCHED
from engine.log.schema import APPLICATION_ID

_OF_TABLES = f"c.relnamespace = '{SCHEMA}'::regnamespace"
_FOUND = {
    "table": f"SELECT relname, relkind::text || relpersistence::text || relrowsecurity::text || relhasrules::text "
    f"|| relispartition::text FROM pg_class c WHERE {_OF_TABLES} AND relkind IN ('r', 'p', 'v', 'm', 'f')",
    "column": "SELECT relname || '.' || attname, format_type(atttypid, atttypmod) "
    "|| CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END "
    "|| coalesce(' DEFAULT ' || pg_get_expr(adbin, adrelid), '') FROM pg_attribute a "
    "JOIN pg_class c ON c.oid = attrelid LEFT JOIN pg_attrdef d ON adrelid = attrelid AND adnum = attnum "
    f"WHERE {_OF_TABLES} AND relkind = 'r' AND attnum > 0 AND NOT attisdropped",
    "constraint": "SELECT conname, relname || ' ' || pg_get_constraintdef(k.oid, true) FROM pg_constraint k "
    f"JOIN pg_class c ON c.oid = conrelid WHERE {_OF_TABLES} AND contype <> 'n'",
    "index": "SELECT c.relname, pg_get_indexdef(c.oid, 0, true) || ' ' || (indisvalid AND indisready)::text "
    "FROM pg_index JOIN pg_class c ON c.oid = indexrelid "
    f"WHERE {_OF_TABLES} AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = c.oid)",
    "function": "SELECT proname, pg_get_function_identity_arguments(p.oid) || ' ' || pg_get_function_result(p.oid) "
    "|| ' ' || lanname || ' ' || coalesce(proconfig::text, '') || ' ' || prosecdef::text || ' ' || prosrc "
    f"FROM pg_proc p JOIN pg_language l ON l.oid = prolang WHERE pronamespace = '{SCHEMA}'::regnamespace",
    "trigger": "SELECT tgname, pg_get_triggerdef(t.oid, true) || ' ' || tgenabled::text FROM pg_trigger t "
    f"JOIN pg_class c ON c.oid = tgrelid WHERE {_OF_TABLES} AND NOT tgisinternal",
}
_MAY_TOO_MUCH = f"""
SELECT coalesce(rolname, 'everybody'), privilege_type, what FROM (
SELECT relname AS name, relname AS what, relowner, relacl AS rights FROM pg_class c WHERE {_OF_TABLES}
UNION ALL SELECT relname, relname || '.' || attname, relowner, attacl FROM pg_attribute
JOIN pg_class c ON c.oid = attrelid WHERE {_OF_TABLES}
) AS granted CROSS JOIN LATERAL aclexplode(rights) a LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE a.grantee <> relowner AND name = ANY (?) AND privilege_type NOT IN ('SELECT', 'INSERT') ORDER BY 1, 2, 3
"""


class DatabaseEvidence(LogEvidence):
    """One snapshot of a log's database."""

    COLUMNS: ClassVar[dict[str, str]] = {
        "stored_events": f"{POSITION}, replace(originator_id::text, '-', ''), originator_version, topic, state",
        **BESIDE_EVENTS,
    }

    def __init__(self, connection: Connection[Any], cautions: Sequence[str]) -> None:
        self._connection, self._cautions = connection, cautions
        self._cursors = count(1)

    def version(self) -> int:
        """The version of its schema, as the database says."""
        return next((int(version) for (version,) in self._all("SELECT user_version FROM marks")), 0)

    def shape_faults(self) -> list[str]:
        """What is not as this application makes it."""
        marks = list(self._all("SELECT application_id, user_version FROM marks")) if self.has("marks") else []
        faults = [] if marks == [(APPLICATION_ID, DATABASE_VERSION)] else [f"the marks of the log are {marks}"]
        for kind, query in _FOUND.items():
            faults += _differences(kind, dict(self._all(query)), expected(kind))
        guarded = [*APPEND_ONLY, *KEPT]
        return faults + [
            f"{role} may {what} {table}, which nobody but the owner may" for role, what, table in self._all(
                _MAY_TOO_MUCH, (guarded,))
        ]  # fmt: skip

    def limits(self) -> list[str]:
        """What the server's settings leave open, and what its owner could do."""
        return [f"{caution[0].upper()}{caution[1:]}." for caution in self._cautions]

    def has(self, table: str) -> bool:
        """Whether there is such a table."""
        return table in self._tables

    @cached_property
    def _tables(self) -> set[str]:
        return {name for (name,) in self._all(f"SELECT relname FROM pg_class c WHERE {_OF_TABLES} AND relkind = 'r'")}

    def table(self, name: str) -> Iterator[tuple[Any, ...]]:
        """A table's rows, fetched from the server some at a time."""
        if not self.has(name):
            return
        with self._connection.cursor(f"evidence_{next(self._cursors)}", binary=True) as cursor:
            cursor.execute(f"SELECT {self.COLUMNS[name]} FROM {name} ORDER BY 1")
            while batch := cursor.fetchmany(FETCHED):
                yield from batch

    def given(self, table: str) -> list[Any]:
        """What the log's own table says."""
        return [last for (last,) in self._all("SELECT last FROM given WHERE name = ?", (table,))]

    def _all(self, query: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        with self._connection.cursor(binary=True) as cursor:
            cursor.execute(query.replace("?", "%s"), values)
            return iter(cursor.fetchall())


def expected(kind: str) -> dict[str, str]:
    """What there is of a kind in a log of today's version, by name, as the queries above answer."""
    if kind == "table":
        return {name: f"r{'u' if table.unlogged else 'p'}falsefalsefalse" for name, table in TABLES.items()}
    if kind == "column":
        return {f"{name}.{column}": what for name, table in TABLES.items() for column, what in table.columns.items()}
    if kind == "constraint":
        return {
            constraint_name(name, each): f"{name} {what}"
            for name, table in TABLES.items() for each, what in table.constraints.items()
        }  # fmt: skip
    if kind == "index":
        return {name: f"{statement} true" for name, statement in INDEXES.items()}
    if kind == "function":
        return {name: _of_function(function) for name, function in {"snagc_next": NEXT, **FUNCTIONS}.items()}
    return {name: f"{statement} A" for name, statement in triggers().items()}


def _of_function(function: Function) -> str:
    settings = f'{{"search_path={SCHEMA}, pg_temp"}}' if function.definer else ""
    definer = str(function.definer).lower()
    return f"{function.arguments} {function.returns} {function.language} {settings} {definer} {function.body}"


def _differences(kind: str, found: dict[str, str], wanted: dict[str, str]) -> list[str]:
    faults = [f"the {kind} {name} is missing" for name in wanted if name not in found]
    faults += [f"the {kind} {name} is foreign to a log" for name in found if name not in wanted]
    altered = [name for name, what in wanted.items() if name in found and found[name] != what]
    return faults + [f"the {kind} {name} is not as the log makes it" for name in altered]
