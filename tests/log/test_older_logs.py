"""A log of an older version: read as it is, brought to today's by the first write, told apart by verify."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine.intake import quarantine
from engine.intake.intake import Intake, Submission
from engine.log.checkpoint import checkpoints_of, sign_head
from engine.log.schema import SCHEMA_VERSION, schema_statements
from replay.service.sending import Rights
from replay.service.viewer import Viewer
from tests.faults.hostile_support import DONOR, LAB, OFFERED, REGISTERED, event
from tests.faults.tampering import KEY, verify
from tests.intake.support import NOW, opened, query, take


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A log as version 1 left it: three events, an entry taken, one open that was refused twice."""
    path = tmp_path / "log.db"
    with opened(path) as log:
        take(log, event(REGISTERED), event(OFFERED))
        take(log, event(DONOR), b"noise")
        take(log, b"noise")
        list(quarantine.resend(log, [1], now=lambda: NOW))
    with closing(sqlite3.connect(path)) as file:
        drop_triggers(file)
        file.execute("DROP TABLE quarantine_acts")
        file.execute("DROP TABLE quarantine_senders")
        file.execute("DROP TABLE received")
        for statement in schema_statements(1):
            file.execute(statement)
        file.execute("PRAGMA user_version = 1")
        file.commit()
    return path


def drop_triggers(file: sqlite3.Connection) -> None:
    for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        file.execute(f"DROP TRIGGER {name}")


def version(path: Path) -> int:
    return int(query(path, "PRAGMA user_version")[0][0])


def test_an_old_log_is_read_as_it_is_and_whole_and_what_it_cannot_show_is_said(old: Path) -> None:
    before = old.read_bytes()
    with opened(old, create=False) as log:
        assert [entry.resolved for entry in quarantine.entries(log, include_resolved=True)] == [
            "accepted at position 3",
            None,
        ]
    code, document = verify(old)
    assert (code, document["whole"]) == (0, True)
    assert any("version 1" in limit for limit in document["cannot_show"])
    assert old.read_bytes() == before


@pytest.mark.parametrize("create", [True, False])
def test_the_first_write_brings_it_to_todays_version_with_what_became_of_its_entries(old: Path, create: bool) -> None:
    with opened(old, create=create) as log:
        take(log, event(LAB))
    assert version(old) == SCHEMA_VERSION
    assert query(old, "SELECT entry, act, text FROM quarantine_acts") == [(1, "taken", "accepted at position 3")]
    code, document = verify(old)
    assert (code, document["whole"]) == (0, True)
    assert not any("version 1" in limit for limit in document["cannot_show"])


def test_a_checkpoint_of_an_old_log_holds_once_it_is_brought_to_date(old: Path) -> None:
    with opened(old, create=False) as log:
        sign_head(log, checkpoints_of(str(old)), KEY)
        quarantine.erase(log, 2, "a name", now=NOW)
        sign_head(log, checkpoints_of(str(old)), KEY)
    assert [note.name for note in checkpoints_of(str(old)).notes()] == ["3.note", "3-2.note"]
    assert verify(old)[0] == 0


def test_a_log_of_a_version_nobody_knows_yet_is_broken(old: Path) -> None:
    with closing(sqlite3.connect(old)) as file:
        file.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    assert verify(old)[0] == 4


@pytest.mark.parametrize("of", [2, 3])
def test_a_later_one_is_whole_as_it_is_and_brought_to_date_by_a_refusal_under_a_token(tmp_path: Path, of: int) -> None:
    path = tmp_path / "log.db"
    with opened(path) as log:
        take(log, event(REGISTERED), b"noise")
        sign_head(log, checkpoints_of(str(path)), KEY)
    with closing(sqlite3.connect(path)) as file:
        drop_triggers(file)
        file.execute("DROP TABLE quarantine_senders")
        file.execute("DROP TABLE received")
        for statement in schema_statements(of):
            file.execute(statement)
        file.commit()
    assert (version(path), verify(path)[0]) == (of, 0)
    with opened(path, create=False) as log:
        assert [entry.sender for entry in quarantine.entries(log)] == [None]
        gate = Rights(Viewer("P1", ("producer",), ()))
        Intake(log, now=lambda: NOW).take([Submission(1, b"more noise", gate=gate)])
        assert [entry.sender for entry in quarantine.entries(log)] == [None, gate.sender]
    assert (version(path), verify(path)[0]) == (SCHEMA_VERSION, 0)
