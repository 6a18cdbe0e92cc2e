"""A log's store in the hands of somebody who goes past the engine, whichever store it is."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from engine.log.eventlog import EventLog
from engine.log.postgres.evidence import expected
from engine.log.postgres.schema import TABLES
from engine.log.store import is_database

REFUSALS = (sqlite3.IntegrityError, psycopg.errors.RaiseException, psycopg.errors.UniqueViolation)
"""What a store raises where its own guards refuse a change."""


@cache
def _empty() -> bytes:
    """The file of an empty log."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "log.db"
        EventLog.open(str(path), create=True).close()
        return path.read_bytes()


def new_log(place: Path | str) -> EventLog:
    """The log at a place, made there if there is none: a file by copying, for a quarter of what making one takes."""
    if not is_database(str(place)) and not Path(place).exists():
        Path(place).write_bytes(_empty())
    return EventLog.open(str(place), create=True)


def changed(place: Path | str, *statements: str) -> None:
    """Run statements on a store whose guards are in force."""
    if is_database(str(place)):
        with administrator(str(place)) as connection:
            for statement in statements:
                connection.execute(in_words_of_the_server(statement))
        return
    with closing(sqlite3.connect(place)) as rows:
        for statement in statements:
            rows.execute(statement)
        rows.commit()


def changed_past_the_guards(place: Path | str, *statements: str) -> None:
    """Run statements on a store whose triggers are out of force, and put them back."""
    if is_database(str(place)):
        changed(place, *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in TABLES))
        changed(place, *statements)
        changed(place, *(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}" for table, name in _triggers()))
        return
    with closing(sqlite3.connect(place)) as rows:
        triggers = rows.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            rows.execute(f"DROP TRIGGER {name}")
        for statement in (*statements, *(sql for _, sql in triggers)):
            rows.execute(statement)
        rows.commit()


def _triggers() -> Iterator[tuple[str, str]]:
    """The table and name of every trigger in a database."""
    for name, statement in expected("trigger").items():
        yield statement.partition(" ON ")[2].split()[0], name


@contextmanager
def administrator(address: str, *, replica: bool = False) -> Iterator[psycopg.Connection]:
    """The server's administrator in a log's database; ``replica``: whose session says that it replicates."""
    with closing(psycopg.connect(as_user(address, "postgres"), autocommit=True)) as connection:
        if replica:
            connection.execute("SET session_replication_role = replica")
        yield connection


def as_user(address: str, user: str) -> str:
    """The address for another user, who needs no password."""
    return re.sub(r"//[^@]*@", f"//{user}@", address)


def in_words_of_the_server(sql: str) -> bytes:
    """A statement about a log's file as a PostgreSQL server takes it."""
    named = sql.replace("rowid", "notification_id").replace("?", "%s").replace("INSERT OR REPLACE", "INSERT")
    bytes_ = re.sub(r"x'([0-9a-f]*)'", r"'\\x\1'::bytea", named)
    return re.sub(
        r"CAST\(replace\(state, (.*?)\) AS BLOB\)", r"replace(encode(state, 'escape'), \1)::bytea", bytes_
    ).encode()
