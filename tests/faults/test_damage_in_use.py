"""A damaged log in use: whatever refuses to go on says that the log is broken, and leaves with 4."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults import tampering as t
from tests.intake.support import query
from tests.replay.command import snagc

REFUSED = b'{"specversion":"1.0","source":"/ward","id":"7","type":"snagc.donor.updated.v1","note":"bed 12"}\n'
IN_THE_WAY = (["offer", "D1", "--id", "late"], ["ingest", "-"], ["ingest", "-", "--import"])
FACT = json.dumps({
    "specversion": "1.0", "source": "/ward", "id": "8", "type": "snagc.candidate.suspended.v1",
    "subject": "candidate/A2", "time": "2024-07-03T09:30:00+02:00", "data": {},
}).encode()  # fmt: skip


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The worked example, signed, with one refused input."""
    path = t.write_log(tmp_path / "log.db", t.sound_lines())
    assert snagc("ingest", "-", "--log", path, given=REFUSED).exit_code == 3
    return path


@pytest.mark.parametrize("words", IN_THE_WAY, ids=" ".join)
def test_nothing_is_written_behind_a_tail_that_was_cut_off(log: Path, words: list[str]) -> None:
    with t.unguarded(log) as rows:
        t.drop_tail(rows, 34)
    result = snagc(*words, "--log", log, given=FACT)
    assert (result.exit_code, result.stdout) == (4, ""), result.output
    assert "run snagc verify" in result.stderr
    assert query(log, "SELECT max(rowid) FROM stored_events") == [(34,)]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("imports", ["ingest", "-", "--import"]),
        ("quarantine", ["quarantine", "list"]),
        ("quarantine", ["quarantine", "show", "1"]),
        ("identities", ["ingest", "-"]),
        ("stored_events", ["rank", "O1"]),
    ],
)
def test_a_command_that_misses_a_table_says_that_the_log_is_broken(log: Path, table: str, words: list[str]) -> None:
    shutil.rmtree(f"{log}.checkpoints")
    with closing(sqlite3.connect(log)) as rows:
        rows.execute(f"DROP TABLE {table}")
    for more in ([], ["--json"]):
        result = snagc(*words, *more, "--log", log, given=FACT)
        assert (result.exit_code, result.stdout) == (4, ""), result.output
        assert result.stderr.startswith("snagc: ")


@pytest.mark.parametrize("words", [["list"], ["list", "--all"], ["show", "1"]], ids=" ".join)
def test_the_quarantine_of_a_contradicted_log_is_shown_behind_the_notice_alone(log: Path, words: list[str]) -> None:
    sound = snagc("quarantine", *words, "--log", log)
    assert (sound.exit_code, "note: unknown attribute" in sound.stdout) == (0, True)
    with t.unguarded(log) as rows:
        t.change_bytes(rows, 12, b'"time":', b'"time": ')
    shown = snagc("quarantine", *words, "--log", log)
    assert (shown.exit_code, shown.stdout.endswith(sound.stdout)) == (4, True)
    assert shown.stdout.startswith("snagc: this log is not the one that was signed: 20.note")
    answered = snagc("quarantine", *words, "--log", log, "--json")
    assert (answered.exit_code, answered.stdout) == (4, "")


@pytest.mark.parametrize("number", [2, 1 << 63, 10**40])
@pytest.mark.parametrize("words", [["show"], ["resend"], ["erase", "--reason", "a bed"]], ids=" ".join)
def test_an_entry_that_cannot_be_there_is_not_there(log: Path, words: list[str], number: int) -> None:
    result = snagc("quarantine", *words, number, "--log", log)
    assert (result.exit_code, result.stderr) == (2, f"snagc: no quarantine entry {number}: see snagc quarantine list\n")


def test_what_is_refused_again_says_why(log: Path) -> None:
    result = snagc("quarantine", "resend", "--all", "--log", log)
    assert (result.exit_code, result.stdout) == (3, "1: refused\n")
    assert "1: note: unknown attribute" in result.stderr
