"""What a database's server says, told in the log's own words: what kind of trouble it is, and what to do about it."""

from contextlib import closing

import psycopg
import pytest
from psycopg import errors

from engine.errors import BrokenLogError, LogError, RequestError
from engine.log.eventlog import EventLog
from engine.log.postgres.address import address_of
from engine.log.postgres.errors import refused, translated
from tests.postgres import Server
from tests.stores import changed

NAME = "postgresql://heart@db/log"
_SAID = {
    "another writer": (LogError, errors.LockNotAvailable),
    "ask the owner": (LogError, errors.InsufficientPrivilege),
    "write to the primary": (LogError, errors.ReadOnlySqlTransaction),
    "make room": (LogError, errors.DiskFull, errors.OutOfMemory, errors.TooManyConnections),
    "run snagc verify": (
        BrokenLogError, errors.UniqueViolation, errors.NotNullViolation, errors.RaiseException, errors.UndefinedTable,
        errors.UndefinedColumn, errors.UndefinedFunction, errors.DataCorrupted, errors.IndexCorrupted,
        errors.DatatypeMismatch,
    ),
    "was lost": (
        LogError, errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow,
        errors.IdleInTransactionSessionTimeout, psycopg.InterfaceError, psycopg.OperationalError,
    ),
    "see the server's own log": (
        LogError, errors.QueryCanceled, errors.SyntaxError, errors.DeadlockDetected, psycopg.ProgrammingError,
        psycopg.DataError,
    ),
}  # fmt: skip


@pytest.mark.parametrize("words", _SAID)
def test_each_trouble_of_a_server_is_one_of_the_log_s_own_with_its_remedy(words: str) -> None:
    kind, *found = _SAID[words]
    for each in found:
        with pytest.raises(LogError) as told, translated(NAME):
            raise each("what the server says\nand more")
        assert (type(told.value), words in str(told.value), NAME in str(told.value)) == (kind, True, True), each
        assert "and more" not in str(told.value)
        assert ("said" in told.value.about) is (each is not errors.LockNotAvailable), "it is left out by the service"


def test_of_a_connection_lost_while_something_is_written_it_is_said_that_its_outcome_is_not_known() -> None:
    for writing, words in ((False, "try again once the server is there"), (True, "is not known: send it again")):
        with pytest.raises(LogError, match=words), translated(NAME, writing=writing):
            raise psycopg.OperationalError("server closed the connection unexpectedly")
    with pytest.raises(LogError, match="try again once"), translated(NAME):
        raise psycopg.OperationalError("server closed the connection unexpectedly")


_AT = 'connection failed: connection to server at "127.0.0.1", port 5432 failed: FATAL:  '


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        ('database "log" does not exist', RequestError, "createdb log makes one"),
        ("la base de données « log » n'existe pas", RequestError, "createdb log makes one"),
        ('database "log2" does not exist', LogError, "cannot be reached"),
        ('password authentication failed for user "heart"', LogError, "lets nobody in"),
        ("authentification par mot de passe échouée pour l'utilisateur  « heart »", LogError, "lets nobody in"),
        ('role "heart" does not exist', LogError, "lets nobody in"),
        ("le rôle « heart » n'existe pas", LogError, "lets nobody in"),
        ('no pg_hba.conf entry for host "10.0.0.1", user "heart"', LogError, "lets nobody in"),
        ('permission denied for database "log"', LogError, "lets nobody in"),
        ("droit refusé pour la base de données « log »", LogError, "lets nobody in"),
        ("the database system is starting up", LogError, "cannot be reached"),
    ],
)
def test_why_no_connection_can_be_made_is_told_in_either_language_of_a_server(
    said: str, kind: type[Exception], words: str
) -> None:
    told = refused(NAME, "log", psycopg.OperationalError(f"{_AT}{said}\n"))
    assert type(told) is kind
    assert words in str(told)
    assert "FATAL" not in str(told)
    assert "failed:" not in str(told)


def test_a_server_that_says_nothing_is_told_too() -> None:
    assert "no word of the server" in str(refused(NAME, "log", psycopg.OperationalError("")))


def test_a_user_who_may_not_connect_is_told_to_check_who_he_is(server: Server) -> None:
    place = server.new_log()
    name = place.rpartition("/")[2]
    server.execute("REVOKE CONNECT ON DATABASE {} FROM PUBLIC", name)
    server.execute("CREATE ROLE {} LOGIN", f"{name}_reader")
    with (
        pytest.raises(LogError, match="lets nobody in"),
        closing(EventLog.open(server.address(name, f"{name}_reader"))),
    ):
        raise AssertionError


def test_a_table_that_is_gone_is_damage_and_the_log_can_still_be_closed(server: Server) -> None:
    place = server.new_log()
    with closing(EventLog.open(place)) as log:
        changed(place, "DROP TABLE stored_events")
        with pytest.raises(BrokenLogError, match="run snagc verify"):
            log.head()


@pytest.mark.parametrize(
    ("location", "shown", "place"),
    [
        ("postgresql://heart:pw@db.example:5433/log", "//heart@db.example:5433/log", ("db.example", "5433", "log")),
        ("postgresql://db.example/log", "//db.example/log", ("db.example", "5432", "log")),
        ("postgresql:///log", "///log", ("localhost", "5432", "log")),
        ("postgresql://h%40rt@a:1,b:2/x%2Fy", "//h%40rt@a:1,b:2/x%2Fy", ("a,b", "1,2", "x/y")),
        ("postgresql://a,b:2/log", "//a,b:2/log", ("a,b", ",2", "log")),
        ("postgresql:///log?host=a,b&port=2", "//a:2,b:2/log", ("a,b", "2", "log")),
        ("postgresql://[::1]:5433/log", "//[::1]:5433/log", ("::1", "5433", "log")),
        ("postgresql:///log?host=/run/postgresql", "//%2Frun%2Fpostgresql/log", ("/run/postgresql", "5432", "log")),
        ("postgresql://db/log?user=heart&password=pw&sslmode=require", "//heart@db/log", ("db", "5432", "log")),
    ],
)
def test_an_address_is_shown_without_its_password_and_is_known_by_host_port_and_database(
    location: str, shown: str, place: tuple[str, str, str]
) -> None:
    address = address_of(location)
    assert address.shown == f"postgresql:{shown}"
    assert address.place == place
    assert address_of(address.shown).shown == address.shown
    assert "pw" not in address.shown
    assert address.parameters["connect_timeout"] == "10"


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("postgresql://heart:secret@db:54x2/log", "its port is '54x2', no number"),
        ("postgresql://heart:secret@db:1,other:x/log", "its port is '1,x', no number"),
        ("postgresql://heart:secret@db:١/log", "no number"),
        ("postgresql://heart:secret@db/", "names no database"),
        ("postgresql://heart:sec%zzret@db/log", "cannot be read"),
        ("postgresql://heart:secret@db/log?nonsense=1", "cannot be read"),
    ],
)
def test_an_address_that_is_none_is_refused_without_a_word_of_its_password(location: str, why: str) -> None:
    with pytest.raises(RequestError, match=why) as told:
        address_of(location)
    assert "sec" not in str(told.value)
