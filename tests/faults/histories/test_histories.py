"""Nothing acknowledged is lost, nothing is there twice, nobody reads back in time, whatever is done to the services.

A few seconds on each store by default; with --long a hundred kill -9 rounds on each, ten database restarts and three
full disks on each store.
"""

import random
import time
from pathlib import Path

import pytest

from tests import postgres
from tests.faults.histories.arena import arena
from tests.faults.histories.nemesis import (
    FILE_ROOM,
    SERVER_ROOM,
    fill_the_disk,
    hold_the_lock,
    kill,
    restart,
    small_disk,
    step_the_clock,
)  # fmt: skip

UNMOUNTED = "a small file system to fill takes the right to mount one"


@pytest.mark.on_files_unless_long
def test_killed_services_lose_nothing(place: str, tmp_path: Path, long_run: bool) -> None:
    dice = random.Random(17)
    rounds = 100 if long_run else 1
    with arena(place, tmp_path, size=2 if long_run else 1) as found:
        for number in range(rounds):
            kill(found, dice, number)
            if number % 20 == 0:
                hold_the_lock(found, 3 if long_run else 0.3)
                step_the_clock(found, 0.5 if long_run else 0.1)


@pytest.mark.long_only
def test_a_restarted_database_loses_nothing(tmp_path: Path) -> None:
    dice = random.Random(18)
    with postgres.own_server() as server, arena(server.new_log(), tmp_path) as found:
        for number in range(10):
            restart(server, dice, number)
            time.sleep(1)
            assert found.addresses()


@pytest.mark.long_only
def test_a_full_disk_loses_nothing_of_a_file(tmp_path: Path) -> None:
    with small_disk(FILE_ROOM) as room:
        if room is None:
            pytest.skip(UNMOUNTED)
        with arena(str(room / "heart.db"), tmp_path, size=1) as found:
            for _ in range(3):
                time.sleep(0.5)
                fill_the_disk(room, 2)
                time.sleep(0.5)
            assert found.addresses()


@pytest.mark.long_only
def test_a_full_disk_loses_nothing_of_a_database(tmp_path: Path) -> None:
    with small_disk(SERVER_ROOM) as room:
        if room is None:
            pytest.skip(UNMOUNTED)
        server = postgres.Server(room / "server")
        server.make()
        try:
            server.prepare()
            with arena(server.new_log(), tmp_path) as found:
                for _ in range(3):
                    time.sleep(1)
                    fill_the_disk(room, 2)
                    server.revive()
                    time.sleep(1)
                assert found.addresses()
        finally:
            server.stop()
