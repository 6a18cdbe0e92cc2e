"""A log in a database: who may do what, what is refused, noticed or said, and that nothing acknowledged is lost."""

import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest

from engine.errors import LogError
from engine.intake import quarantine
from engine.log.checkpoint import checkpoints_of, sign_head
from engine.log.eventlog import EventLog
from engine.log.postgres import connections
from engine.log.postgres.roles import service_role
from engine.log.postgres.schema import TABLES
from engine.log.store import store_of
from tests.intake.support import NOW, identities, is_dense, opened, positions, query, take
from tests.log.test_both_stores import rows_of
from tests.log.test_copying import KEY, first_part, lab, second_part
from tests.long import examples
from tests.postgres import PASSWORD, Server, own_server
from tests.replay.command import ROOT, RUN, asked, snagc
from tests.stores import administrator, as_user, changed, changed_past_the_guards

REPLACED = "CREATE OR REPLACE FUNCTION snagc_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
GUARDED = [name for name in TABLES if name not in ("beside_states", "beside_received")]


@pytest.fixture
def log(server: Server) -> str:
    """The address of a log with events, refused ones, an import and a checkpoint."""
    address = server.new_log()
    first_part(address)
    return address


def name_of(address: str) -> str:
    return address.rpartition("/")[2]


# ------------------------------------------------------------------------------------------------ who may what


def test_the_services_role_reads_and_adds_and_can_do_nothing_else(server: Server) -> None:
    address = server.address(server.new_database())
    first_part(address)
    service = as_user(address, service_role(name_of(address)))
    was = rows_of(address)
    with closing(psycopg.connect(service, autocommit=True)) as connection:
        for table in GUARDED:
            column = next(iter(TABLES[table].columns))
            for statement in (
                f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}", f"TRUNCATE {table}",
                f"DROP TABLE {table}", f"ALTER TABLE {table} DISABLE TRIGGER ALL", f"ALTER TABLE {table} ADD x int",
            ):  # fmt: skip
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement.encode())
        for statement in (
            "DROP FUNCTION snagc_append_only CASCADE", "CREATE TABLE mine (x int)",
            "SET session_replication_role = replica",
            "DROP TRIGGER stored_events_no_delete ON stored_events", "SELECT snagc_erase(1, '', '', '')",
            "INSERT INTO quarantine (received) VALUES ('x')", "INSERT INTO given VALUES ('x', 1)",
            REPLACED,
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())
    assert rows_of(address) == was
    with opened(service, create=False) as as_service:
        assert [verdict.status for verdict in take(as_service, lab(7), lab(300), b"refused")] == [
            "duplicate", "accepted", "refused",
        ]  # fmt: skip
        sign_head(as_service, checkpoints_of(service), KEY)
        with pytest.raises(LogError, match="owner"):
            quarantine.erase(as_service, 1, "a name", now=NOW)
    assert asked("verify", "--log", service)["size"] == 22
    assert asked("list", "--at", "2024-05-01", "--known-at", "now", "--log", service)["known_at"] == 22


@pytest.mark.parametrize("replica", [False, True], ids=["", "in a session that says it replicates"])
def test_not_even_the_owner_or_administrator_changes_a_row(log: str, replica: bool) -> None:
    was = rows_of(log)
    with administrator(log, replica=replica) as connection:
        for table in GUARDED:
            again = [f"INSERT INTO {table} SELECT * FROM {table} LIMIT 1"] if query(log, f"SELECT FROM {table}") else []
            for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE", *again):
                with pytest.raises((psycopg.errors.RaiseException, psycopg.errors.UniqueViolation)):
                    connection.execute(statement.encode())
        for statement in (
            "UPDATE stored_events SET state = '' WHERE notification_id = 2", "UPDATE identities SET id = 'x'",
            "UPDATE given SET last = 1", "UPDATE quarantine SET bytes = ''", "UPDATE quarantine SET resolved = 'taken'",
            "UPDATE beside_checkpoints SET data = ''", "UPDATE imports SET actor = 'x:y'",
            "UPDATE marks SET user_version = 1",
            "INSERT INTO stored_events VALUES (99, gen_random_uuid(), 1, 'x', '')",
            "INSERT INTO stored_events VALUES (0, gen_random_uuid(), 1, 'x', '')",
            "INSERT INTO stored_events VALUES (22, gen_random_uuid(), 1, 'x', ''), (24, gen_random_uuid(), 1, 'x', '')",
            "INSERT INTO quarantine_acts (entry, act, at, text) VALUES (99, 'taken', '', '')",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.RaiseException):
                connection.execute(statement.encode())
    assert rows_of(log) == was


# ---------------------------------------------------------------------------------------------- what is noticed

_DAMAGE = {
    "a trigger dropped": ("DROP TRIGGER stored_events_no_delete ON stored_events", "trigger stored_events_no_delete"),
    "a trigger disabled": ("ALTER TABLE identities DISABLE TRIGGER identities_no_update", "identities_no_update"),
    "a trigger that replicas pass by": (
        "ALTER TABLE stored_events ENABLE TRIGGER stored_events_given", "trigger stored_events_given"),
    "a function replaced": (
        REPLACED, "function snagc_append_only"),
    "a foreign trigger": (
        "CREATE TRIGGER also BEFORE INSERT ON imports FOR EACH ROW EXECUTE FUNCTION snagc_append_only()",
        "trigger also"),
    "a foreign table": ("CREATE TABLE notes (x int)", "table notes is foreign"),
    "a rule": ("CREATE RULE hush AS ON DELETE TO stored_events DO INSTEAD NOTHING", "table stored_events"),
    "a column added": ("ALTER TABLE quarantine ADD note text", "column quarantine.note"),
    "a constraint dropped": ("ALTER TABLE identities DROP CONSTRAINT identities_position", "identities_position"),
    "an index dropped": ("DROP INDEX quarantine_open", "index quarantine_open"),
    "a table dropped": ("DROP TABLE beside_access", "beside_access"),
    "a right too many": ("GRANT UPDATE ON stored_events TO PUBLIC", "everybody may UPDATE stored_events"),
    "a right too many to a column": (
        "GRANT UPDATE (state) ON stored_events TO PUBLIC", "everybody may UPDATE stored_events.state"),
    "a row changed": ("UPDATE stored_events SET state = CAST(replace(state, 'C7', 'C8') AS BLOB) "
                      "WHERE rowid = 8", "position 8"),
    "the tail cut off": (
        "DELETE FROM identities WHERE position = 21; DELETE FROM stored_events WHERE notification_id = 21",
        "position 21"),
    "a row taken out": ("DELETE FROM stored_events WHERE notification_id = 5", "position 5"),
    "an act taken out": ("DELETE FROM quarantine_acts WHERE number = 1", "acts on quarantine entries"),
    "an import taken out": ("DELETE FROM imports", "import record"),
}  # fmt: skip


@pytest.mark.parametrize("what", list(_DAMAGE)[:: examples(3, 1)])
def test_what_an_administrator_alters_verification_finds(log: str, what: str) -> None:
    statement, named = _DAMAGE[what]
    if statement.startswith(("UPDATE", "DELETE")):
        changed_past_the_guards(log, *statement.split("; "))
    else:
        changed(log, statement)
    result = snagc("verify", "--log", log)
    assert result.exit_code == 4
    assert named in result.output
    assert PASSWORD not in result.output


# ------------------------------------------------------------------------------------------------- what is said


def said(code: int, *words: object) -> str:
    """What a command says that leaves with a code: never a password, a traceback or the library's own words."""
    result = snagc(*words)
    assert result.exit_code == code, result.output
    assert PASSWORD not in result.output
    assert "psycopg" not in result.output
    assert not isinstance(result.exception, psycopg.Error)
    return result.output


def test_an_address_that_leads_to_no_log_is_said_in_words(server: Server, tmp_path: Path) -> None:
    (file := tmp_path / "events").write_bytes(lab(1))
    empty, other = server.new_database(), server.new_database()
    server.execute("CREATE TABLE books (x int)", database=other)
    no_database, wrong = server.address("nowhere"), server.address(empty, password="wrong")
    user = f"postgresql://heart:{PASSWORD}"
    for bad in (f"{user}@127.0.0.1:1x/heart", f"{user}@127.0.0.1/", f"{user}%zz@127.0.0.1/h", f"{user}@h/x?nonsense=1"):
        said(2, "ingest", file, "--log", bad)
        said(2, "verify", "--log", bad)
    for words in (("ingest", file), ("rank", "O1"), ("verify",), ("quarantine", "list"), ("audit",)):
        assert "no such database (createdb nowhere makes one)" in said(2, *words, "--log", no_database)
        assert "lets nobody in" in said(1, *words, "--log", wrong)
        assert "cannot be reached" in said(1, *words, "--log", f"postgresql://heart:{PASSWORD}@127.0.0.1:1/heart")
        assert "books" in said(4, *words, "--log", server.address(other))
        if words[0] != "ingest":
            assert "no log at" in said(2, *words, "--log", server.address(empty))
    assert "new log" in said(0, "ingest", file, "--log", server.address(empty))


def test_a_lost_log_and_one_of_another_version_are_said_in_words(log: str, server: Server) -> None:
    with administrator(log) as connection:
        connection.execute("ALTER TABLE marks DISABLE TRIGGER ALL")
        connection.execute("UPDATE marks SET user_version = user_version + 1")
    assert "version" in said(4, "rank", "O1", "--log", log)
    with administrator(log) as connection:
        connection.execute("DROP TABLE stored_events")
    for words in (("rank", "O1"), ("ingest", "/dev/null"), ("verify",)):
        assert "beside_checkpoints" in said(4, *words, "--log", log)


def test_a_writer_that_waits_too_long_says_who_is_in_the_way(log: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_SETTINGS", connections._SETTINGS.replace("'60s'", "'100ms'"))
    with opened(log) as held, held.writing():
        assert "another writer" in said(1, "quarantine", "erase", "1", "--reason", "x", "--log", log)
        assert snagc("quarantine", "list", "--log", log).exit_code == 0


def test_every_connection_is_durable_and_a_server_that_is_not_is_named(log: str, server: Server) -> None:
    server.execute("ALTER DATABASE {} SET synchronous_commit = off", name_of(log))
    server.execute("ALTER DATABASE {} SET default_transaction_isolation = 'serializable'", name_of(log))
    with opened(log) as opened_log, opened_log.recorder.writing() as cursor:
        settings = "SELECT current_setting('synchronous_commit'), current_setting('transaction_isolation')"
        assert cursor.execute(settings).fetchone() == ("on", "read committed")
    limits = asked("verify", "--log", log)["cannot_show"]
    assert sum("fsync=off" in limit or "full_page_writes=off" in limit for limit in limits) == 2


def test_no_setting_of_the_server_or_of_libpq_changes_how_a_log_is_read_or_what_verification_says(
    log: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.execute("ALTER DATABASE {} SET quote_all_identifiers = on", name_of(log))
    server.execute("ALTER DATABASE {} SET search_path = elsewhere", name_of(log))
    server.execute("ALTER DATABASE {} SET bytea_output = escape", name_of(log))
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    line = lab(900).replace(b'"e900"', '"Ω-€-心"'.encode())
    assert line != lab(900)
    with opened(log) as opened_log:
        assert [verdict.status for verdict in take(opened_log, line, line)] == ["accepted", "duplicate"]
        take(opened_log, "心 refused".encode())
        *_, last = quarantine.entries(opened_log)
        assert last.raw == "心 refused".encode()
    assert asked("verify", "--log", log)["whole"]


def test_a_connection_is_kept_and_its_end_noticed_in_a_process_that_holds_more_than_a_thousand_files(log: str) -> None:
    backend = "SELECT pg_backend_pid()"
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 2048)), hard))
    with ExitStack() as files:
        for _ in range(1100):
            files.enter_context(Path(os.devnull).open())
        with opened(log) as opened_log:
            (first,), (second,) = (opened_log.recorder._one(backend, ()) for _ in range(2))
            assert first == second
            with administrator(log) as connection:
                connection.execute("SELECT pg_terminate_backend(%s, 10000)", (first,))
            assert opened_log.recorder._one(backend, ())[0] != first
            assert [verdict.status for verdict in take(opened_log, lab(900))] == ["accepted"]


def test_the_definitions_are_those_that_the_server_prints(server: Server) -> None:
    with store_of(server.new_log()).evidence() as evidence:
        assert evidence.shape_faults() == []


# -------------------------------------------------------------------------------------------- nothing is lost


def test_a_backup_goes_back_and_the_checkpoint_kept_elsewhere_tells(log: str, server: Server, tmp_path: Path) -> None:
    backup = server.run_client("pg_dump", "-Fc", name_of(log))
    (tmp_path / "backup").write_bytes(backup)
    asked("copy-log", log, tmp_path / "copy.db")
    second_part(log)
    note = checkpoints_of(log).at(42)
    assert note is not None
    (elsewhere := tmp_path / note.name).write_bytes(note.data)
    restored = server.new_database()
    server.run_client("pg_restore", "--exit-on-error", "-d", restored, tmp_path / "backup")
    for place in (server.address(restored), str(tmp_path / "copy.db")):
        assert asked("verify", "--log", place)["size"] == 21
        result = snagc("verify", "--log", place, "--checkpoint", elsewhere)
        assert (result.exit_code, "42 events, the log has 21" in result.output) == (4, True)
    asked("copy-log", log, server.address(restored))
    assert rows_of(server.address(restored)) == rows_of(log)
    assert asked("verify", "--log", server.address(restored), "--checkpoint", elsewhere)["whole"]


def test_what_was_acknowledged_outlives_kill_9_of_feeder_and_server_and_is_a_duplicate_when_sent_again(
    tmp_path: Path, long_run: bool
) -> None:
    lines = [lab(number) for number in range(3_000)]
    (file := tmp_path / "events").write_bytes(b"".join(line + b"\n" for line in lines))
    with own_server() as server:
        address = server.new_log()
        for turn in range(20 if long_run else 2):
            process = subprocess.Popen(
                [sys.executable, "-c", RUN, "ingest", str(file), "--json", "--log", address],
                cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
            assert process.stdout is not None
            printed = [process.stdout.readline() for _ in range(50)]
            if turn % 2:
                process.send_signal(signal.SIGKILL)
            else:
                server.kill()
            out, error = process.communicate(timeout=60)
            acknowledged = b"".join(printed).count(b"\n") + out.count(b"\n")
            if not turn % 2:
                assert process.returncode == 1, error
                assert b"Traceback" not in error
                assert PASSWORD.encode() not in error
                time.sleep(0.2)
                server.start()
            assert len(positions(address)) >= acknowledged
            assert is_dense(positions(address))
            assert asked("verify", "--log", address)["whole"]
        with opened(address) as log:
            known = set(identities(log))
            statuses = [verdict.status for verdict in take(log, *lines, now=NOW + 10**13)]
        assert statuses.count("duplicate") == len(known)
        assert len(positions(address)) == len(lines)


@pytest.mark.long_only
def test_an_open_log_goes_on_after_the_server_was_restarted(tmp_path: Path) -> None:
    with own_server("-c fsync=off") as server, opened(server.new_log()) as log:
        take(log, lab(1))
        server.stop("fast")
        with pytest.raises(LogError, match=r"cannot be reached|lost"):
            take(log, lab(2))
        server.start()
        assert [verdict.status for verdict in take(log, lab(1), lab(2))] == ["duplicate", "accepted"]
        server.stop("immediate")
        server.start()
        assert log.head() == 2


def test_a_connection_lost_in_the_commit_is_an_unknown_outcome_and_never_acknowledged(log: str) -> None:
    def ended_in(feeder: EventLog) -> None:
        with feeder.writing():
            (backend,) = feeder.recorder._open.execute("SELECT pg_backend_pid()").fetchone()
            with administrator(log) as connection:
                connection.execute("SELECT pg_terminate_backend(%s)", (backend,))

    with opened(log) as feeder:
        with pytest.raises(LogError, match="not known"):
            ended_in(feeder)
        assert [verdict.status for verdict in take(feeder, lab(7), lab(900))] == ["duplicate", "accepted"]
