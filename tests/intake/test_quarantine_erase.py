"""Erasing what was received: the bytes go, number, digest, when and why stay, and the log is whole."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.errors import RequestError
from engine.intake import quarantine
from engine.log.checkpoint import checkpoints_of, sign_head
from engine.log.eventlog import EventLog
from engine.log.store import is_database
from tests.faults.hostile_support import DONOR, LAB, OFFERED, REGISTERED, event
from tests.faults.tampering import KEY, verify
from tests.intake.support import NOW, NOW_TEXT, SECOND, opened, query, take
from tests.replay.command import snagc
from tests.stores import REFUSALS, administrator, changed

pytestmark = pytest.mark.on_files_unless_long

NAMED = event(LAB, {"id": "named"}, Jeanne_Dupont="0612345678", value="NaN")
REASON = "named a patient"


@pytest.fixture
def path(place: str) -> str:
    return place


@pytest.fixture
def log(path: str) -> Iterator[EventLog]:
    """A log with one event, a refused input that names somebody, and another one."""
    with opened(path) as log:
        take(log, event(REGISTERED), NAMED, b"noise")
        yield log


def files_hold(path: str, text: bytes) -> bool:
    """Whether any file of the log holds some bytes."""
    if not is_database(path):
        return any(text in file.read_bytes() for file in Path(path).parent.glob("*.db*") if file.is_file())
    tables = "ARRAY['quarantine', 'quarantine_open', (SELECT reltoastrelid::regclass::text FROM pg_class "
    with administrator(path) as connection:
        connection.execute("CHECKPOINT")
        connection.execute("ANALYZE quarantine")
        found = connection.execute(
            f"SELECT pg_read_binary_file(pg_relation_filepath(name::regclass)) FROM unnest({tables}"
            "WHERE relname = 'quarantine'), 'pg_statistic']) AS name".encode()
        ).fetchall()
    return any(text in data for (data,) in found)


def test_erased_bytes_and_messages_are_in_no_file_of_the_log(log: EventLog, path: str) -> None:
    take(log, NAMED)
    assert files_hold(path, b"Dupont")
    quarantine.erase(log, 1, REASON, now=NOW)
    assert not files_hold(path, b"Dupont")
    assert not files_hold(path, b"0612345678")


def test_number_digest_instant_and_reason_stay(log: EventLog) -> None:
    erased = quarantine.erase(log, 1, REASON, now=NOW + SECOND).as_json()
    assert erased["erased"] == {"at": "2025-02-19T21:20:01.000000Z", "reason": REASON}
    assert (erased["number"], erased["bytes"], erased["resolved"]) == (1, "", "erased")
    assert erased["sha256"] == hashlib.sha256(NAMED).hexdigest()
    assert erased["errors"] == [{"path": "$", "message": f"erased: {REASON}"}]
    assert [entry.number for entry in quarantine.entries(log)] == [2]


def test_an_erased_entry_is_neither_sent_again_nor_erased_again(log: EventLog) -> None:
    quarantine.erase(log, 1, REASON, now=NOW)
    for act in (
        lambda: list(quarantine.resend(log, [1], now=lambda: NOW)),
        lambda: quarantine.erase(log, 1, "again", now=NOW),
    ):
        with pytest.raises(RequestError, match=f"entry 1 was erased at {NOW_TEXT} \\({REASON}\\)"):
            act()
    with pytest.raises(RequestError, match="no quarantine entry 9"):
        quarantine.erase(log, 9, REASON, now=NOW)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 121, "two\nlines", "\x1b[2J"])
def test_a_reason_is_one_line_of_up_to_120_characters(log: EventLog, reason: str) -> None:
    with pytest.raises(RequestError, match="--reason"):
        quarantine.erase(log, 1, reason, now=NOW)
    assert quarantine.entry(log, 1).raw == NAMED


def test_the_same_bytes_refused_after_the_erasure_are_a_new_entry(log: EventLog) -> None:
    quarantine.erase(log, 1, REASON, now=NOW)
    take(log, NAMED)
    assert [(entry.number, entry.raw) for entry in quarantine.entries(log)] == [(2, b"noise"), (3, NAMED)]


def test_an_entry_taken_can_be_erased_and_stays_taken(log: EventLog, path: str) -> None:
    take(log, event(OFFERED))
    take(log, event(DONOR))
    ((_, verdict),) = quarantine.resend(log, [3], now=lambda: NOW)
    assert verdict.position == 3
    erased = quarantine.erase(log, 3, REASON, now=NOW)
    assert (erased.resolved, erased.raw) == ("accepted at position 3", b"")
    assert verify(path)[0] == 0


def test_verify_names_what_was_erased_and_stays_whole_under_its_checkpoints(log: EventLog, path: str) -> None:
    folder = checkpoints_of(path)
    sign_head(log, folder, KEY)
    quarantine.erase(log, 1, REASON, now=NOW)
    sign_head(log, folder, KEY)
    take(log, b"more noise")
    sign_head(log, folder, KEY)
    assert [note.name for note in folder.notes()] == ["1.note", "1-2.note", "1-3.note"]
    assert folder.sizes() == [1]
    code, document = verify(path)
    assert (code, document["whole"]) == (0, True)
    digest = hashlib.sha256(NAMED).hexdigest()
    assert document["erased"] == [{"number": 1, "sha256": digest, "at": NOW_TEXT, "reason": REASON}]
    assert any("quarantine entries 1 were erased" in limit for limit in document["cannot_show"])


def test_a_checkpoint_made_again_while_nothing_grew_is_the_same_file(log: EventLog, path: str) -> None:
    folder = checkpoints_of(path)
    assert sign_head(log, folder, KEY) == sign_head(log, folder, KEY)
    assert len(folder.notes()) == 1


# ------------------------------------------------------------------------------------------------- what guards it


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE quarantine SET resolved = 'accepted at position 1' WHERE number = 2",
        "UPDATE quarantine SET resolved = 'erased' WHERE number = 2",
        "UPDATE quarantine SET resolved = NULL WHERE number = 1",
        "UPDATE quarantine SET bytes = x'' WHERE number = 2",
        "UPDATE quarantine SET bytes = x'00' WHERE number = 1",
        "UPDATE quarantine SET digest = x'00' WHERE number = 2",
        "UPDATE quarantine SET imported = 1 WHERE number = 2",
        "UPDATE quarantine SET first_received = received || '0' WHERE number = 2",
        "UPDATE quarantine SET number = 9 WHERE number = 2",
        "UPDATE quarantine SET times = 0 WHERE number = 2",
        "UPDATE quarantine SET times = 2 WHERE number = 1",
        "UPDATE quarantine SET status = 'conflict' WHERE number = 1",
        "DELETE FROM quarantine",
        "INSERT OR REPLACE INTO quarantine SELECT * FROM quarantine",
        "UPDATE quarantine_acts SET text = 'x'",
        "DELETE FROM quarantine_acts",
        "INSERT OR REPLACE INTO quarantine_acts SELECT * FROM quarantine_acts",
        "INSERT INTO quarantine_acts (entry, act, at, text) VALUES (9, 'erased', 'x', 'x')",
        "INSERT INTO quarantine_acts (entry, act, at, text) VALUES (1, 'taken', 'x', 'x')",
        "INSERT INTO quarantine_acts (entry, act, at, text) VALUES (2, 'lost', 'x', 'x')",
    ],
)
def test_the_file_itself_refuses_to_change_what_became_of_an_entry(log: EventLog, path: str, sql: str) -> None:
    quarantine.erase(log, 1, REASON, now=NOW)
    before = query(path, "SELECT * FROM quarantine"), query(path, "SELECT * FROM quarantine_acts")
    with pytest.raises(REFUSALS, match="quarantine"):
        changed(path, sql)
    assert (query(path, "SELECT * FROM quarantine"), query(path, "SELECT * FROM quarantine_acts")) == before


# ------------------------------------------------------------------------------------------------ from the outside


def test_the_command_erases_lists_and_shows(log: EventLog, path: str) -> None:
    def run(*words: str, code: int = 0) -> Any:
        result = snagc("quarantine", *words, "--log", path)
        assert result.exit_code == code, result.output
        return result

    assert json.loads(run("erase", "1", "--reason", REASON, "--json").stdout)["erased"]["reason"] == REASON
    digest = hashlib.sha256(NAMED).hexdigest()
    listed = run("list", "--all").output
    assert f": {REASON} (SHA-256 {digest})" in listed
    assert "bytes erased at" in run("show", "1").output
    assert "was erased at" in run("resend", "1", code=2).stderr
    assert "nothing left to erase" in run("erase", "1", "--reason", "again", code=2).stderr
    assert "quarantine entry 1: erased at" in snagc("verify", "--log", path).output
