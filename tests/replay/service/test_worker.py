"""A reading process whose service is gone ends, and has nothing to complain of."""

import subprocess
import sys
from dataclasses import asdict
from io import BytesIO
from pathlib import Path

import pytest

from replay.service.desk import Desk
from replay.service.frames import framed, read_frame
from replay.service.questions import Question
from replay.service.viewer import OPEN
from replay.service.worker import _answered
from tests.long import examples
from tests.replay.command import ROOT, snagc
from tests.replay.service.served import WORKED


@pytest.fixture
def worker(tmp_path: Path) -> "subprocess.Popen[bytes]":
    """One that was told its log."""
    log = tmp_path / "heart.db"
    assert snagc("ingest", "--import", WORKED, "--log", log).exit_code == 0
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "replay.service.worker"], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(framed({"log": str(log), "keys": []}))
    return process


QUESTION = framed({
    "question": Question("GET /offers/{}/match-run", {"offer": "O1"}).as_json(),
    "viewer": {"sub": OPEN.sub, "scopes": list(OPEN.scopes), "sources": None, "centres": None},
})  # fmt: skip


def test_a_service_killed_before_the_answer_is_missed_by_nobody(worker: "subprocess.Popen[bytes]") -> None:
    assert worker.stdout is not None
    worker.stdout.close()
    worker.stdout = None
    assert worker.communicate(QUESTION, timeout=60)[1] == b""
    assert worker.returncode == 0


@pytest.mark.parametrize("sent", [3, 12, 20, len(QUESTION) - 1][:: examples(4, 1)])
def test_a_service_killed_while_it_asks_is_missed_by_nobody(worker: "subprocess.Popen[bytes]", sent: int) -> None:
    assert worker.communicate(QUESTION[:sent], timeout=60) == (b"", b"")
    assert worker.returncode == 0


def test_what_is_wrong_inside_is_told_with_where_it_came_from_and_what_was_asked_wrongly_is_not(tmp_path: Path) -> None:
    log = tmp_path / "heart.db"
    assert snagc("ingest", "--import", WORKED, "--log", log).exit_code == 0
    desk, told = Desk(str(log), [], lambda: 0), {}
    for route, offer in (("GET /offers/{}/match-run", "O9"), ("GET /offers/{}/match-run", "O1"), ("no route", "O1")):
        asked = {"question": Question(route, {"offer": offer}).as_json(), "viewer": asdict(OPEN)}
        header, _ = read_frame(BytesIO(_answered(desk, asked, b""))) or ({}, b"")
        told[route, offer] = header["status"], header["trace"][:1], header["seconds"] < 60
    assert list(told.values()) == [(404, [], True), (200, [], True), (500, ["KeyError"], True)]
