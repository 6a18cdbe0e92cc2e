"""Verification of sound logs of every kind: old forms, corrections, live and imported, on media nobody can write to."""

import hashlib
import os
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.errors import LogError, RequestError
from engine.events import upcasts
from engine.events.canonical import canonical_json
from engine.events.subjects import stream_id
from engine.intake import quarantine
from engine.log.evidence import evidence_of, is_log_file
from replay.audit.verification.findings import STEPS, Verification
from replay.audit.verification.heads import Trust
from replay.audit.verification.verify import verify_file
from tests.faults import tampering as t
from tests.faults.hostile_support import DATA, LAB, REGISTERED, before, event
from tests.intake.support import opened, take

OLD = "snagc.lab-result.recorded.v0"


def verified(path: Path) -> Verification:
    """What verification finds of a log without a checkpoint."""
    return verify_file(str(path), Trust())


def write_row(path: Path, position: int, version: int, attributes: dict[str, Any], content: bytes) -> None:
    """A row as an earlier version of the log wrote it."""
    with closing(sqlite3.connect(path)) as rows:
        rows.execute(
            "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (?,?,?,?)",
            (stream_id(attributes["subject"]).hex, version, attributes["type"], canonical_json(attributes)),
        )
        rows.execute(
            "INSERT INTO identities VALUES (?,?,?,?)", (attributes["source"], attributes["id"], content, position)
        )
        rows.commit()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log of two events."""
    path = tmp_path / "log.db"
    with opened(path) as log:
        take(log, event(REGISTERED), event(LAB))
    return path


def test_a_log_of_every_type_of_event_is_whole(tmp_path: Path) -> None:
    lines = [line for name in DATA for line in (*before(name), event(name))]
    amendments = [line for line in lines if b'"event"' in line]
    facts = [line for line in lines if line not in amendments]
    with opened(tmp_path / "full.db") as log:
        take(log, event("offer-counter.initialised"), *facts, *amendments, imported=True)
        size = log.head()
    found = verified(tmp_path / "full.db")
    assert (found.first, found.size) == (None, size)
    assert size >= len(DATA)


def test_an_event_whose_text_has_to_be_read_is_whole_and_one_that_the_log_writes_otherwise_is_named(path: Path) -> None:
    told = event("candidate.suspended", reason='"not now", says \\ she')
    with opened(path) as log:
        take(log, told)
    assert verified(path).first is None
    with t.unguarded(path) as rows:
        (state,) = rows.execute("SELECT state FROM stored_events WHERE rowid = 2").fetchone()
        (value,) = re.findall(rb'"value":"([0-9.]+)"', state)
        t.change_bytes(rows, 2, b'"value":"%b"' % value, b'"value":%d' % float(value))
        t.fit_identity(rows, 2)
    found = verified(path).first
    assert found is not None
    assert (found.step, found.position) == (3, 2)
    assert "the log writes this event in other bytes" in found.message


def test_an_input_of_no_bytes_that_was_refused_is_kept_as_such(path: Path) -> None:
    with opened(path) as log:
        take(log, b"")
        assert [entry.raw for entry in quarantine.entries(log)] == [b""]
    assert verified(path).first is None


def test_an_empty_log_is_whole(tmp_path: Path) -> None:
    with opened(tmp_path / "log.db"):
        pass
    assert verified(tmp_path / "log.db").first is None


def test_a_row_of_an_old_form_is_whole_where_an_upcast_reads_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def to_now(attributes: dict[str, Any]) -> dict[str, Any]:
        data = dict(attributes["data"])
        data["value"] = data.pop("result")
        return {**attributes, "type": f"snagc.{LAB}.v1", "data": data}

    old = orjson.loads(event(LAB, {"id": "old", "type": OLD}))
    old["data"]["result"] = old["data"].pop("value")
    content = hashlib.sha256(canonical_json(old)).digest()
    write_row(path, 3, 3, old | {"recordedtime": "2025-02-19T21:20:00.000000Z"}, content)
    first = verified(path).first
    assert first is not None
    assert (first.step, first.position) == (3, 3)
    monkeypatch.setitem(upcasts.UPCASTS, OLD, to_now)
    assert verified(path).first is None


def test_a_log_open_for_writing_is_verified_up_to_its_last_commit(path: Path) -> None:
    with opened(path, create=False) as log, log.writing():
        assert verified(path).size == 2
    with opened(path, create=False) as log:
        take(log, event(LAB, {"id": "next"}))
        assert (verified(path).size, verified(path).first) == (3, None)


def test_a_log_on_a_medium_nobody_can_write_to_is_verified_as_it_is(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = path.parent / "medium"
    folder.mkdir()
    shutil.copy(path, folder)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert verified(folder / path.name).first is None
    assert [found.name for found in folder.iterdir()] == [path.name]


def test_a_log_that_cannot_be_opened_is_not_called_broken(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        connection = sqlite3.Connection(":memory:", isolation_level=None)
        connection.execute("BEGIN")  # so that beginning again fails, as it does without the right to read
        return connection

    monkeypatch.setattr("engine.log.evidence.sqlite3.connect", refuse)
    with pytest.raises(LogError, match="rights") as refusal:
        verified(path)
    assert refusal.value.exit_code == 1


@pytest.mark.parametrize("location", ["nowhere.db", "."])
def test_a_log_that_is_not_there_is_a_request_error(
    location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RequestError), evidence_of(location):
        pass


@pytest.mark.parametrize("name", ["a b.db", "é.db", "a?b.db", "a#b.db", "100%.db"])
def test_a_log_is_verified_whatever_its_name(tmp_path: Path, name: str) -> None:
    with opened(tmp_path / name) as log:
        take(log, event(LAB))
    assert verified(tmp_path / name).size == 1
    assert is_log_file(tmp_path / name)
    assert not is_log_file(tmp_path)


def test_each_step_is_told_once_it_is_done_with_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with opened(path) as log:
        take(log, event(REGISTERED), event(LAB))
    told, seen = list[int](), list[int]()
    verify_file(str(path), Trust(), lambda: seen.append(len(told)), told.append)
    assert told == list(STEPS)
    assert seen == [1, 1]
