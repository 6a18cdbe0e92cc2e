"""The log may change under the service: by other writers, by hand, by a restore. What it answers is never of before."""

import os
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.replay.command import asked, snagc
from tests.replay.service.served import NDJSON, WORKED, Served, lines, serving, worked_events

RUN = "/offers/O1/match-run"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Served]:
    """A service over a log of the worked example, for one test alone."""
    log = tmp_path / "heart.db"
    assert snagc("ingest", "--import", WORKED, "--log", log).exit_code == 0
    with serving(log) as running:
        assert running.get(RUN).status_code == 200
        yield running


def weight(number: int) -> dict[str, Any]:
    return {
        "specversion": "1.0", "source": "/tests", "id": f"weight-{number}", "type": "snagc.candidate.updated.v1",
        "subject": "candidate/A1", "time": "2024-06-20T08:00:00+02:00", "data": {"weight_kg": "71"},
    }  # fmt: skip


def signed(log: Path) -> None:
    """Sign a log as it is, by a key beside it."""
    keys = log.parent / "keys"
    if not keys.exists():
        assert snagc("keys", "--out", keys, "--name", "example.org/heart").exit_code == 0
    assert snagc("checkpoint", "--log", log, "--key", keys / "example.org_heart.key").exit_code == 0


def children(process: int) -> list[int]:
    """The processes that a process has started."""
    found = Path(f"/proc/{process}/task/{process}/children")
    return [int(child) for child in found.read_text().split()] if found.exists() else []


ALTERED = "CAST(replace(CAST(state AS TEXT), 'worked-example', 'worked-exanple') AS BLOB)"


def overwritten(log: Path, position: int) -> None:
    """A row altered by somebody who may write the file and takes the triggers away."""
    with closing(sqlite3.connect(log)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute(f"UPDATE stored_events SET state = {ALTERED} WHERE rowid = ?", (position,))
        for _, statement in triggers:
            connection.execute(statement)
        connection.commit()


def test_what_another_writes_or_signs_is_in_the_next_answer_and_nothing_is_where_a_checkpoint_contradicts_it(
    own: Served,
) -> None:
    for number in range(3):
        taken = snagc("ingest", "-", "--log", own.log, given=lines([weight(number)]))
        assert taken.exit_code == 0
        told = own.get("/list").json()
        assert told["known_at"] == own.get("/events", after=30).json()["head"] == 36 + number
        assert (
            own.get(RUN, known_at="now").content
            == snagc("rank", "O1", "--known-at", "now", "--json", "--log", own.log).stdout_bytes
        )
        signed(own.log)
        assert own.get("/checkpoint").json()["size"] == 36 + number
    for worker in children(own.process.pid):
        os.kill(worker, signal.SIGKILL)
    assert own.get("/list").status_code == 200
    assert own.get(RUN).status_code == 200
    nothing_is_answered_or_offered_where_a_checkpoint_contradicts_the_log(own, 38)


def nothing_is_answered_or_offered_where_a_checkpoint_contradicts_the_log(own: Served, size: int) -> None:
    """Once a row under the last checkpoint is overwritten."""
    overwritten(own.log, 3)
    for _ in range(2):
        for path in (RUN, "/list", "/offers", "/candidates/A1/course", "/quarantine", "/audit", "/events", "/ready"):
            answer = own.get(path)
            assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json"), path
        assert "signs another root" in answer.json()["detail"]
        offered = own.client.post("/offers", json={"offer": "L1", "donor": "D1"})
        assert offered.status_code == 503
    assert own.get("/health").status_code == 200
    assert snagc("rank", "O1", "--json", "--log", own.log).exit_code == 4
    with closing(sqlite3.connect(own.log)) as connection:
        assert connection.execute("SELECT max(rowid) FROM stored_events").fetchone() == (size,)


def test_a_log_restored_from_a_copy_is_followed_from_where_it_stands_and_one_taken_away_is_said(
    own: Served, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    assert snagc("copy-log", own.log, copy).exit_code == 0
    assert own.send(lines([weight(1), weight(2)]), NDJSON).status_code == 200
    head = own.get("/events", after=37).json()["head"]
    assert head == 37
    for ending in ("", "-wal", "-shm"):
        Path(f"{own.log}{ending}").unlink(missing_ok=True)
    shutil.copy(copy, f"{own.log}.new")
    Path(f"{own.log}.new").replace(own.log)
    cut = own.get("/events", after=37)
    assert cut.status_code == 409
    assert "restored" in cut.json()["detail"]
    assert own.get("/list").json()["known_at"] == 35
    assert own.send(weight(3)).json()["position"] == 36
    what_is_taken_away_is_said_and_nothing_more_acknowledged(own)
    assert own.send(weight(1)).json()["position"] == 37


def what_is_taken_away_is_said_and_nothing_more_acknowledged(own: Served) -> None:
    """Until the log is where it was."""
    for ending in ("", "-wal", "-shm"):
        Path(f"{own.log}{ending}").rename(f"{own.log}.away{ending}")
    answers = [own.get(RUN), own.get("/list"), own.get("/events"), own.send(weight(1)), own.get("/ready")]
    assert {answer.status_code for answer in answers} <= {400, 500, 503}
    assert not own.log.exists()
    for ending in ("", "-wal", "-shm"):
        Path(f"{own.log}.away{ending}").rename(f"{own.log}{ending}")
    assert own.get(RUN).status_code == 200


def test_the_worked_example_sent_live_is_what_it_was_by_file(tmp_path: Path) -> None:
    by_command, by_anybody = worked_events()[:2], worked_events()[2:]
    for log in (tmp_path / "live.db", tmp_path / "file.db"):
        assert snagc("ingest", "-", "--log", log, given=lines(by_command)).exit_code == 0
    with serving(tmp_path / "live.db") as served:
        verdicts = served.send(lines(by_anybody), NDJSON).json()["verdicts"]
        assert {verdict["status"] for verdict in verdicts} == {"accepted"}
        live = served.get(RUN).json()
    assert snagc("ingest", "-", "--log", tmp_path / "file.db", given=lines(by_anybody)).exit_code == 0
    assert live["ranking"] == asked("rank", "O1", "--log", tmp_path / "file.db")["ranking"]
