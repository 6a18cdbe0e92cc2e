"""What is done to the services and their store while clients are at work."""

import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.log.schema import APPLICATION_ID
from engine.log.store import is_database
from tests.faults.histories.arena import Arena, Service
from tests.postgres import Server

HELD = {
    False: "import sqlite3; c = sqlite3.connect({log!r}, 60, isolation_level=None); c.execute('BEGIN IMMEDIATE')",
    True: "import psycopg; c = psycopg.connect({log!r}); c.execute('SELECT pg_advisory_xact_lock({key})')",
}
"""By whether the log is a database: another process takes the lock that every writer takes."""
SERVER_ROOM, FILE_ROOM = "256m", "24m"


def kill(arena: Arena, dice: random.Random, number: int) -> None:
    """Kill -9 of one service, or of all at once, while all clients are at work; until all are back."""
    time.sleep(dice.uniform(0.05, 0.5))
    victims = arena.services if number % 10 == 9 else [arena.services[number % len(arena.services)]]
    for service in victims:
        service.kill()
    back(victims)


def back(services: list[Service]) -> None:
    """Start services that were ended, until they answer."""
    for service in services:
        service.start()
    for service in services:
        assert service.wait(), service.errors()


def hold_the_lock(arena: Arena, seconds: float) -> None:
    """Another process holds the log's lock for so long."""
    take = HELD[is_database(arena.log)].format(log=arena.log, key=APPLICATION_ID)
    script = f"{take}; print(1, flush=True); import time; time.sleep({seconds})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=120, check=True)
    assert done.stdout == b"1\n"


def step_the_clock(arena: Arena, seconds: float) -> None:
    """The clock goes two hours ahead, then three back, and is put right."""
    for wrong in (7200, -3600, 0):
        (arena.folder / "next").write_text(str(wrong))
        (arena.folder / "next").replace(arena.folder / "clock")  # read at any moment: never half written
        time.sleep(seconds)


def restart(server: Server, dice: random.Random, number: int) -> None:
    """End the database, as a crash would or in good order, and start it again."""
    time.sleep(dice.uniform(0.3, 1.0))
    server.stop("immediate" if number % 2 == 0 else "fast")
    time.sleep(dice.uniform(0, 0.5))
    server.start()


def fill_the_disk(room: Path, seconds: float) -> None:
    """Leave no room for so long."""
    ballast = room / "ballast"
    with ballast.open("wb", buffering=0) as filled:
        try:
            while True:
                filled.write(bytes(1 << 16))
        except OSError:
            pass
        time.sleep(seconds)
    ballast.unlink()


@contextmanager
def small_disk(size: str) -> Iterator[Path | None]:
    """A file system of so many bytes; None where none can be mounted here."""
    folder = Path(tempfile.mkdtemp(prefix="snagc-small-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "snagc-small", str(folder)]
    mounted = (
        shutil.which("mount") is not None and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    )
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)
        folder.rmdir()
