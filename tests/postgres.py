"""A PostgreSQL server for the tests: one for the whole session, shared by its processes, gone with it.

It runs on a free port of loopback under a user of its own (the server refuses to run as root) and without fsync, but
where a test asks for a server of its own. Each test gets a database made from a template that holds an empty log.
"""

import fcntl
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from engine.log.eventlog import EventLog

FOLDER = "SNAGC_TEST_POSTGRES"
"""The variable by which the processes of a session know the folder of its server."""
MISSING = "no PostgreSQL server is installed here (initdb, pg_ctl): the tests of logs in a database are skipped"
_OWNER = "heart"
PASSWORD = "told-to-nobody"
"""No answer, message or traceback may show it."""
_TEMPLATE = "snagc_template"
_QUICK = " ".join(
    f"-c {setting}"
    for setting in (
        "fsync=off", "autovacuum=off", "full_page_writes=off",
        "max_wal_size=256MB", "wal_level=minimal", "max_wal_senders=0",
    )
)  # fmt: skip
_numbers = count(1)


def is_installed() -> bool:
    """Whether there are a server's programs."""
    return bool(_program("initdb") and _program("pg_ctl"))


def _program(name: str) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(found[-1]) if found else None)


class Server:
    """A server with its own folder."""

    def __init__(self, folder: Path, settings: str = "") -> None:
        self.folder, self._settings = folder, settings
        self.port = 0

    def make(self) -> None:
        """Make the cluster and start the server; a test that wants one is skipped where none is installed."""
        if not is_installed():
            pytest.skip(MISSING)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        data = self.folder / "data"
        data.mkdir()
        os.chown(data, *_user())
        self._run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--no-locale")
        rules = data / "pg_hba.conf"
        rules.write_text(f"host all {_OWNER} 127.0.0.1/32 scram-sha-256\n" + rules.read_text())
        self.start()

    def start(self) -> None:
        """Start it on a free port, and wait until it answers."""
        self.port = self.port or _free_port()
        listen = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        options = f"{listen} -c max_connections=60 {self._settings}"
        log = self.folder / "data" / "log"
        self._run("pg_ctl", "-D", self.folder / "data", "-l", log, "-w", "-t", "60", "-o", options, "start")
        (self.folder / "port").write_text(str(self.port))

    def revive(self) -> None:
        """Start it where it gave up, as it does on a full disk."""
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            self.stop()
            self.start()

    def stop(self, how: str = "immediate") -> None:
        """Stop it: ``immediate`` as a crash would, ``fast`` in good order."""
        if (self.folder / "data").exists():
            self._run("pg_ctl", "-D", self.folder / "data", "-m", how, "-w", "stop", check=False)

    def kill(self) -> None:
        """End every process of the server as kill -9 does."""
        data = self.folder / "data"
        process = int((data / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        for each in (process, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        (data / "postmaster.pid").unlink(missing_ok=True)  # or a dead process that nobody waits for stands in the way

    def address(self, database: str, user: str = _OWNER, password: str = PASSWORD) -> str:
        """The address of a database; only the owner of logs is asked for the password."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, *names: str, database: str = "postgres", user: str = "postgres") -> None:
        """Run a statement as the administrator, names put in as identifiers."""
        with closing(psycopg.connect(self.address(database, user), autocommit=True)) as connection:
            connection.execute(SQL(statement).format(*map(Identifier, names)))

    def new_database(self, template: str = "template0") -> str:
        """A new database, whose owner is no administrator; its name."""
        name = f"log_{os.getpid()}_{next(_numbers)}"
        self._create(name, template)
        return name

    def _create(self, name: str, template: str) -> None:
        """Make a database by copying files, for half of what the server takes by itself since version 15."""
        with closing(psycopg.connect(self.address("postgres", "postgres"), autocommit=True)) as connection:
            strategy = " STRATEGY FILE_COPY" if connection.info.server_version >= 150_000 else ""
            statement = SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}" + strategy)
            connection.execute(statement.format(*map(Identifier, (name, template, _OWNER))))

    def drop(self, address: str) -> None:
        """Take a database away, whoever is still connected: each takes 8 MB."""
        self.execute("DROP DATABASE {} WITH (FORCE)", address.rpartition("/")[2])

    def new_log(self) -> str:
        """The address of an empty log in a new database."""
        return self.address(self.new_database(_TEMPLATE))

    def prepare(self) -> None:
        """Make the owner of logs, and the template."""
        self.execute(f"CREATE ROLE {{}} LOGIN CREATEROLE PASSWORD '{PASSWORD}'", _OWNER)
        self._create(_TEMPLATE, "template0")
        EventLog.open(self.address(_TEMPLATE), create=True).close()

    def run_client(self, name: str, *words: object) -> bytes:
        """What a client program of PostgreSQL writes, run as the administrator."""
        program = _program(name)
        assert program is not None, MISSING
        words = ("-h", "127.0.0.1", "-p", self.port, "-U", "postgres", *words)
        return subprocess.run([program, *map(str, words)], check=True, capture_output=True).stdout

    def _run(self, name: str, *words: object, check: bool = True) -> None:
        program = _program(name)
        assert program is not None, MISSING
        user, group = _user() if os.getuid() == 0 else (None, None)
        subprocess.run(
            [program, *map(str, words)],
            check=check, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"}, user=user, group=group,
        )  # fmt: skip


def _user() -> tuple[int, int]:
    """The user and group under which the server runs."""
    if os.getuid():
        return os.getuid(), os.getgid()
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return entry.pw_uid, entry.pw_gid


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def session_server() -> Server:
    """The session's server, started by whoever asks first."""
    folder = Path(os.environ[FOLDER])
    folder.mkdir(exist_ok=True)
    server = Server(folder / "server", _QUICK)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        port = folder / "server" / "port"
        if (folder / "ready").exists():
            server.port = int(port.read_text())
        else:
            server.make()
            server.prepare()
            (folder / "ready").touch()
    return server


@contextmanager
def own_server(settings: str = "") -> Iterator[Server]:
    """A server for one test alone, as durable as it is by itself."""
    with tempfile.TemporaryDirectory(prefix="snagc-postgres-") as folder:
        server = Server(Path(folder), settings)
        try:
            server.make()
            server.prepare()
            yield server
        finally:
            server.stop()


def name_folder() -> Callable[[], None]:
    """Name the session's folder, for its processes to find; what to call when the session has ended."""
    folder = Path(tempfile.gettempdir()) / f"snagc-postgres-{os.getpid()}"
    for left in folder.parent.glob("snagc-postgres-*"):
        if (process := left.name.rpartition("-")[2]).isdigit() and not _runs(int(process)):
            _clear(left)  # of a session that was killed
    os.environ[FOLDER] = str(folder)

    def end() -> None:
        if folder.exists():
            _clear(folder)

    return end


def _clear(folder: Path) -> None:
    """Stop a session's server and take its folder away; it had no server yet, or another session clears up too."""
    with suppress(FileNotFoundError):
        Server(folder / "server").stop()
    shutil.rmtree(folder, ignore_errors=True)
