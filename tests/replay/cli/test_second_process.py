"""A long history is checked, and a long log read, by a second process as well: nothing comes out otherwise."""

import json
from pathlib import Path
from typing import Any

import pytest

from replay.audit.verification import verify
from replay.cli import ingesting
from tests.faults.hostile_support import CORRECTED, DONOR, LAB, OFFERED, REGISTERED, event
from tests.faults.tampering import change_bytes, unguarded
from tests.intake.support import query
from tests.replay.command import snagc

RECORDED = {"recordedtime": "2024-06-01T08:00:00.5Z"}
LINES = (
    *(event(LAB, {"id": f"lab-{each}", **RECORDED}, value=f"{each}.5") for each in range(7)),
    event(REGISTERED, RECORDED), b"{", event(LAB, {"id": "lab-3", **RECORDED}, value="3.5"), event(LAB, RECORDED),
    event(LAB, {"id": "lab-4", **RECORDED}, value="4.50"), event(OFFERED, RECORDED), event(DONOR, RECORDED),
    event(OFFERED, RECORDED), event(CORRECTED, RECORDED), event(LAB, {"id": "lab-9", **RECORDED}, value="NaN"),
)  # fmt: skip


@pytest.fixture(params=[0, 1 << 60], ids=["by two processes", "by one"])
def long(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    for module, at_once in ((ingesting, "IMPORTED_AT_ONCE"), (verify, "AT_ONCE")):
        monkeypatch.setattr(module, "LONG", request.param)
        monkeypatch.setattr(module, at_once, 3)
    return int(request.param)


def imported(tmp_path: Path) -> tuple[Path, list[str]]:
    feed, log = tmp_path / "feed.ndjson", tmp_path / "log.db"
    feed.write_bytes(b"\n".join(LINES))
    result = snagc("ingest", feed, "--import", "--log", log, "--json")
    assert result.exit_code == 3
    return log, result.stdout.splitlines()


def test_an_import_gives_the_same_verdicts_and_the_same_log(tmp_path: Path, long: int) -> None:
    log, verdicts = imported(tmp_path)
    statuses = [json.loads(verdict)["status"] for verdict in verdicts]
    assert statuses == [
        *["accepted"] * 8, "refused", "duplicate", "accepted", "conflict", "refused", "accepted", "accepted",
        "accepted", "refused",
    ]  # fmt: skip
    rows: list[Any] = query(log, "SELECT rowid, topic, length(state) FROM stored_events ORDER BY rowid")
    assert [position for position, *_ in rows] == list(range(1, 13))
    assert len(query(log, "SELECT 1 FROM quarantine")) == 4


def test_verification_finds_the_same(tmp_path: Path, long: int) -> None:
    log, _ = imported(tmp_path)
    assert snagc("verify", "--log", log).exit_code == 0
    with unguarded(log) as rows:
        change_bytes(rows, 6, b"5.5", b"5.6")
    result = snagc("verify", "--log", log, "--json")
    fault = json.loads(result.stdout)["first_fault"]
    assert (result.exit_code, fault["step"], fault["position"]) == (4, 6, 6)
