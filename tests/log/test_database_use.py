"""A log in a database in use: which connections are kept, what readers see, what erasing leaves, whose role it is."""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from engine.errors import LogError, RequestError
from engine.intake import quarantine
from engine.log.beside import ACCESS, CHECKPOINTS, RECEIVED, STATES
from engine.log.eventlog import EventLog
from engine.log.postgres import connections, recorder
from engine.log.postgres.address import address_of
from engine.log.postgres.connections import MOST_IDLE, LogDatastore
from engine.log.postgres.roles import service_role
from engine.log.postgres.schema import statements
from engine.log.states import position_of_state
from engine.log.store import store_of
from tests.faults.hostile_support import DONOR, OFFERED, event
from tests.intake.support import NOW, opened, query, take
from tests.log.test_copying import lab
from tests.postgres import Server
from tests.stores import administrator


def there_are(address: str, connections: int) -> bool:
    """Whether so many connections to a database are left; a server needs a moment to end one that was closed."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'snagc'"
    until = time.monotonic() + 20
    with administrator(address) as connection:
        while connection.execute(query).fetchone() != (connections,):
            if time.monotonic() > until:
                return False
            time.sleep(0.01)
    return True


def datastore_of(log: EventLog) -> LogDatastore:
    assert isinstance(log.recorder, recorder.DatabaseRecorder)
    return log.recorder.datastore


def used_at_once(datastore: LogDatastore, many: int) -> list[int]:
    """The server's processes behind some connections that are used at once."""
    with ExitStack() as stack:
        held = [stack.enter_context(datastore.get_connection()) for _ in range(many)]
        return [each.info.backend_pid for each in held]


def test_an_open_log_keeps_some_connections_for_the_next_and_one_that_is_only_looked_at_keeps_one(
    server: Server,
) -> None:
    place = server.new_log()
    looked = LogDatastore(address_of(place))
    first = used_at_once(looked, 3)
    assert there_are(place, 1)
    assert used_at_once(looked, 1)[0] in first
    looked.close()
    assert there_are(place, 0)
    with closing(EventLog.open(place)) as log:
        datastore = datastore_of(log)
        first = used_at_once(datastore, MOST_IDLE + 3)
        assert there_are(place, MOST_IDLE)
        assert len({*used_at_once(datastore, MOST_IDLE)} & {*first}) == MOST_IDLE
    assert there_are(place, 0)
    assert used_at_once(datastore, 1), "whoever asks a log that was closed gets an answer"
    assert there_are(place, 0)


def test_a_connection_that_was_closed_or_broke_in_use_is_not_kept(server: Server) -> None:
    place = server.new_log()
    with closing(EventLog.open(place)) as log:
        datastore = datastore_of(log)
        with datastore.get_connection() as connection:
            before = connection.info.backend_pid
            connection.close()
        with datastore.get_connection() as kept:
            assert kept.info.backend_pid != before
        kept.close()  # behind the log's back
        assert log.head() == 0
        with datastore.get_connection() as connection, administrator(place) as other:
            other.execute("SELECT pg_terminate_backend(%s, 10000)", (connection.info.backend_pid,))
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")
        assert log.head() == 0


def failing(transaction: AbstractContextManager[Any], statement: str) -> None:
    with transaction as cursor:
        cursor.execute(statement)
        raise ZeroDivisionError


def test_what_reads_changes_nothing_and_what_fails_leaves_no_part(server: Server) -> None:
    place = server.new_log()
    datastore = LogDatastore(address_of(place))
    insert = "INSERT INTO beside_states VALUES ('a', 'b')"
    with datastore.transaction() as cursor:
        cursor.execute(insert)
    with datastore.snapshot() as connection:
        connection.execute(insert)
    for commit in (datastore.transaction(commit=True), datastore.writing()):
        with pytest.raises(ZeroDivisionError):
            failing(commit, insert)
    assert query(place, "SELECT FROM beside_states") == []
    with datastore.transaction(commit=True) as cursor:
        cursor.execute(insert)
    assert len(query(place, "SELECT FROM beside_states")) == 1
    datastore.close()


def test_a_snapshot_sees_one_moment_and_a_transaction_what_was_committed_before_each_statement(server: Server) -> None:
    place = server.new_log()
    datastore, count = LogDatastore(address_of(place)), "SELECT count(*) FROM stored_events"

    def told(cursor: "psycopg.Cursor[tuple[int]] | psycopg.Connection[tuple[int]]", number: int) -> list[object]:
        before = cursor.execute(count).fetchone()
        with opened(place, create=False) as log:
            take(log, lab(number))
        return [before, cursor.execute(count).fetchone()]

    with datastore.snapshot() as connection:
        assert told(connection, 1) == [(0,), (0,)]
    with datastore.transaction() as cursor:
        assert told(cursor, 2) == [(1,), (2,)]
    datastore.close()


def test_what_is_erased_while_a_reader_may_still_see_it_is_told_with_what_takes_it_out(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_SETTINGS", connections._SETTINGS.replace("'60s'", "'100ms'"))
    monkeypatch.setattr(recorder, "_TRIES", 2)
    place, file = server.new_log(), "SELECT pg_relation_filepath('quarantine')"
    with opened(place) as log, administrator(place) as reader:
        take(log, b"Jeanne", b"Jean", b"Paul")
        for number, looked_at in ((1, "quarantine"), (2, "marks")):
            with reader.transaction():
                reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                reader.execute(f"SELECT FROM {looked_at}".encode())
                with pytest.raises(LogError, match=r"is erased, but another transaction .* VACUUM FULL quarantine"):
                    quarantine.erase(log, number, "a name", now=NOW)
            assert quarantine.entry(log, number).erased is not None
        before = query(place, file)
        assert quarantine.erase(log, 3, "a name", now=NOW).erased is not None
        assert query(place, file) != before, "the table was written anew"


def test_what_is_erased_from_a_file_while_a_reader_is_in_the_way_goes_with_the_next_command(tmp_path: Path) -> None:
    place = tmp_path / "log.db"
    with opened(place) as log:
        take(log, b"Jeanne")
        rows = log.recorder.states()
        with opened(place, create=False) as other:
            take(other, lab(1), lab(2))
            reading = other.recorder.rows()
            next(reading)
            with pytest.raises(LogError, match="still reads the bytes from the -wal file: they go with the next"):
                quarantine.erase(log, 1, "a name", now=NOW)
            reading.close()
        rows.close()
    with opened(place, create=False):
        pass
    assert not any(b"Jeanne" in file.read_bytes() for file in tmp_path.glob("log.db*") if file.is_file())


def test_what_is_kept_for_good_is_written_through_before_it_is_acknowledged(server: Server) -> None:
    place = server.new_log()
    store, many = store_of(place), 4000
    record: list[dict[str, object]] = [{"a": "x" * many}]
    kept: list[Callable[[], object]] = [
        lambda: store.folder(RECEIVED).keep("a", b"x" * many),
        lambda: store.folder(CHECKPOINTS).keep("a", b"x" * many),
        lambda: store.journal(ACCESS).append("2026-11-27", record),
    ]
    with administrator(place) as connection:
        for keep in kept:
            (before,) = connection.execute("SELECT pg_current_wal_insert_lsn()").fetchone() or ("",)
            keep()
            flushed = "SELECT pg_current_wal_flush_lsn() - %s::pg_lsn"
            ((written,),) = connection.execute(flushed, (before,)).fetchall()
            assert written > 50, "what is compressed takes little"


def test_of_two_who_make_a_log_at_once_one_has_made_it(server: Server) -> None:
    place = server.address(server.new_database())
    first, second, made = LogDatastore(address_of(place)), store_of(place), list[bool]()
    waiting = threading.Thread(target=lambda: made.append(second.prepare(create=True)))
    with administrator(place) as connection, first.writing() as cursor:
        waiting.start()
        while connection.execute("SELECT FROM pg_locks WHERE NOT granted AND locktype = 'advisory'").fetchone() is None:
            time.sleep(0.02)
        for statement in statements():
            cursor.execute(statement)
    waiting.join()
    assert made == [False], "the other one had made it"
    assert second.check_present()
    first.close()


def test_what_is_taken_when_sent_again_is_noted_in_either_store(place: str) -> None:
    donor, offer = event(DONOR), event(OFFERED)
    with opened(place) as log:
        assert [each.status for each in take(log, offer, b"noise", donor)] == ["refused", "refused", "accepted"]
        for verdicts in (["accepted", "refused"], ["refused"]):
            sent = quarantine.resend(log, quarantine.numbers(log), now=lambda: NOW)
            assert [verdict.status for _, verdict in sent] == verdicts
        assert [each.resolved for each in (quarantine.entry(log, number) for number in (1, 2))] == [
            "accepted at position 2", None,
        ]  # fmt: skip
        assert [act[1:3] for act in log.recorder.quarantine_acts()] == [(1, "taken")]


@pytest.mark.parametrize(
    ("database", "role"),
    [
        ("heart", "heart_service"),
        ("h" * 55, "h" * 55 + "_service"),
        ("h" * 63, "h" * 55 + "_service"),
        ("cœur" * 11, ("cœur" * 11)[:44] + "_service"),
        ("é" * 31, "é" * 27 + "_service"),
    ],
)
def test_the_service_s_role_has_a_name_that_the_server_takes_whole(database: str, role: str) -> None:
    assert service_role(database) == role
    assert len(role.encode()) <= 63


def test_a_database_without_a_log_is_none_and_one_with_a_log_says_how_large_it_is(server: Server) -> None:
    empty = store_of(server.address(server.new_database()))
    with pytest.raises(RequestError, match="its database is empty"):
        empty.check_present()
    assert empty.check_present(create=True) is False
    place = server.new_log()
    before = store_of(place).bytes()
    with opened(place) as log:
        take(log, *map(lab, range(200)))
    assert store_of(place).check_present() is True
    assert store_of(place).bytes() > before > 0


def test_a_saved_state_of_more_events_than_the_log_has_tells_of_an_earlier_backup(server: Server) -> None:
    store = store_of(server.new_log())
    assert list(store.suggestions(0)) == []
    folder = store.folder(STATES)
    for name in (f"{41:012}.state", f"{8:012}.state", "x.state"):
        folder.keep(name, b"")
    assert position_of_state(f"{41:012}.state") == 41
    assert list(store.suggestions(41)) == []
    (said,) = store.suggestions(40)
    assert "41 events, the log has 40" in said
