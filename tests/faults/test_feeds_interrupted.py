"""Feeds while the database, one of its processes or the service is killed: what is acknowledged is there, once."""

import os
import random
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from engine.intake import quarantine
from engine.intake.feeds.patients import write_patients
from engine.log.received import is_kept
from tests import postgres
from tests.intake.feeds.support import PATIENTS, PID, hl7, obr, obx
from tests.intake.support import identities, is_dense, opened, positions
from tests.replay.command import asked, snagc
from tests.replay.service.served import NO_TLS, Served, lines, serving, worked_events

HL7 = "application/hl7-v2"
READY_S = 60


def message(sender: int, number: int) -> bytes:
    """A result that is taken, one that is refused, and one of a stranger, who is refused too."""
    order = obr(order=f"S{sender}-{number}")
    theirs = hl7(pid=PID.replace("P1", "P9"), order=order).split(b"\r", 1)[1]
    return hl7(obx(), obx("bad", sub="2"), order=order, control=f"M{sender}-{number}") + b"\r" + theirs


@dataclass
class Feeder:
    """A laboratory that sends each message until it is answered, and then the next."""

    address: str
    sender: int
    stop: threading.Event
    answered: list[tuple[bytes, list[dict[str, Any]]]] = field(default_factory=list)
    failed: int = 0

    def run(self) -> None:
        """Until told to stop, and what was begun is answered."""
        while not self.stop.is_set():
            body = message(self.sender, len(self.answered))
            while (verdicts := self.sent(body)) is None:
                self.failed += 1
                time.sleep(0.05)
            self.answered.append((body, verdicts))

    def sent(self, body: bytes) -> list[dict[str, Any]] | None:
        headers = {"Content-Type": HL7, "Accept": "application/json"}
        try:
            place = f"{self.address}/api/v1/feeds/hl7v2"
            answer = httpx.post(place, content=body, headers=headers, timeout=60, verify=NO_TLS)
        except httpx.HTTPError:
            return None
        if answer.status_code != 200:
            assert answer.status_code in (500, 503), answer.text
            return None
        found: list[dict[str, Any]] = answer.json()["verdicts"]
        return found


def kill_the_server(served: Served, server: postgres.Server, place: str) -> None:
    """Every process of the database."""
    server.kill()
    time.sleep(0.2)
    server.start()


def kill_a_backend(served: Served, server: postgres.Server, place: str) -> None:
    """One process of the database, which then ends all others and starts anew."""
    with psycopg.connect(server.address("postgres", "postgres"), autocommit=True) as administrator:
        rows = administrator.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s ORDER BY state_change DESC",
            (place.rpartition("/")[2],),
        ).fetchall()
    os.kill(rows[0][0], signal.SIGKILL)
    time.sleep(0.5)
    server.revive()


def kill_the_service(served: Served, server: postgres.Server, place: str) -> None:
    """The service alone, while it is writing; whoever looks after it starts it again."""
    served.process.kill()


ACTS: tuple[Callable[[Served, postgres.Server, str], None], ...] = (kill_the_server, kill_a_backend, kill_the_service)


def go_on(feeders: list[Feeder], most: float = READY_S) -> None:
    """Until each of them was answered some more."""
    wanted, until = [len(each.answered) + 2 for each in feeders], time.monotonic() + most
    while any(len(each.answered) < more for each, more in zip(feeders, wanted, strict=True)):
        assert time.monotonic() < until, [(len(each.answered), each.failed) for each in feeders]
        time.sleep(0.05)


def test_what_a_feed_acknowledged_is_there_once_whatever_was_killed(tmp_path: Path, *, long_run: bool) -> None:
    dice, stop = random.Random(7), threading.Event()
    write_patients(tmp_path / "patients.csv", PATIENTS)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    with postgres.own_server() as server:
        place = server.new_log()
        assert snagc("ingest", "-", "--log", place, given=lines(worked_events()[:3])).exit_code == 0
        feeders = [Feeder(f"http://127.0.0.1:{port}", sender, stop) for sender in range(3)]
        threads = [threading.Thread(target=each.run) for each in feeders]
        words = ("--open", "--port", port, "--patients", str(tmp_path / "patients.csv"))
        for act in [*ACTS, *(dice.choices(ACTS, k=12) if long_run else ())]:
            with serving(place, *words) as served:
                for thread in threads:
                    if thread.ident is None:
                        thread.start()
                go_on(feeders)
                time.sleep(dice.uniform(0, 0.3))
                act(served, server, place)
                if act is not kill_the_service:
                    go_on(feeders)
        with serving(place, *words):
            go_on(feeders)
            stop.set()
            for thread in threads:
                thread.join(READY_S)
            check(place, feeders)


def check(place: str, feeders: list[Feeder]) -> None:
    """Nothing acknowledged is lost, nothing is there twice, and each message sent again is answered the same."""
    with opened(place, create=False) as log:
        stored, kept = identities(log), [entry.raw for entry in quarantine.entries(log)]
        assert all(is_kept(log, body) for each in feeders for body, _ in each.answered)
    assert sum(each.failed for each in feeders) > 0, "something was interrupted"
    assert is_dense(positions(place))
    assert len(set(stored)) == len(stored)
    bodies = [body for each in feeders for body, _ in each.answered]
    assert sorted(kept) == sorted(bodies)
    for each in feeders:
        for _, (taken, *refused) in each.answered:
            assert taken["status"] in ("accepted", "duplicate")
            assert stored[taken["position"] - 1] == (taken["source"], taken["id"])
            assert [verdict["status"] for verdict in refused] == ["refused", "refused"]
        for body, before in random.Random(1).sample(each.answered, min(10, len(each.answered))):
            assert each.sent(body) == [{**before[0], "status": "duplicate", "warnings": []}, *before[1:]]
    assert asked("verify", "--log", place)["whole"]
