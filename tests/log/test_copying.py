"""Copies of a log: the same rows, the same root, while it is in use, extended in one transaction, or none at all."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine.intake import quarantine
from engine.log.checkpoint import checkpoints_of, sign_head
from engine.log.note import SignerKey
from engine.log.presence import suggestions
from engine.log.wal import frames_behind_damage
from tests.faults.hostile_support import LAB, event
from tests.intake.support import NOW, opened, query, take
from tests.replay.command import ROOT, RUN, asked, refused, snagc

KEY = SignerKey("example.org/copies", bytes(range(32)))
TABLES = ("stored_events", "identities", "imports", "quarantine", "quarantine_acts", "sqlite_sequence")


def rows_of(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All that a log's file holds."""
    return {table: query(path, f"SELECT rowid, * FROM {table} ORDER BY 1") if table != "identities"
            else query(path, "SELECT * FROM identities ORDER BY position") for table in TABLES}  # fmt: skip


def beside(path: Path) -> dict[str, bytes]:
    """The checkpoints beside a log."""
    folder = Path(f"{path}.checkpoints")
    return {each.name: each.read_bytes() for each in folder.iterdir()} if folder.is_dir() else {}


def lab(number: int) -> bytes:
    return event(LAB, {"id": f"e{number}", "subject": f"candidate/C{number}"})


def first_part(path: Path | str) -> None:
    """Events, refused ones, one of them taken later and one erased, an import, and a checkpoint."""
    with opened(path) as log:
        take(log, *(lab(number) for number in range(20)), b"one", b"two", b"three")
        take(log, lab(100), imported=True, now=NOW + 1)
        quarantine.erase(log, 2, "a name", now=NOW)
        sign_head(log, checkpoints_of(str(path)), KEY)


def second_part(path: Path | str) -> None:
    """More of everything, the same refused again, and another checkpoint."""
    with opened(path, create=False) as log:
        take(log, *(lab(number) for number in range(20, 40)), b"one", b"four", b"two", now=NOW + 2)
        take(log, lab(101), imported=True, now=NOW + 3)
        quarantine.erase(log, 3, "a name", now=NOW)
        quarantine.erase(log, list(quarantine.entries(log))[-1].number, "another", now=NOW)
        take(log, b"one", now=NOW + 4)
        sign_head(log, checkpoints_of(str(path)), KEY)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log."""
    first_part(tmp_path / "heart.db")
    return tmp_path / "heart.db"


def test_a_copy_has_the_same_rows_root_and_checkpoints_and_verifies(log: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    document = asked("copy-log", log, copy)
    assert (document["from"], document["to"], document["size"], document["before"]) == (str(log), str(copy), 21, 0)
    assert document["root"] == asked("verify", "--log", log)["root"] == asked("verify", "--log", copy)["root"]
    assert document["checkpoints"] == ["21.note"]
    assert rows_of(copy) == rows_of(log)
    assert beside(copy) == beside(log)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "copy.db", "copy.db.checkpoints", "heart.db", "heart.db.checkpoints",
    ]  # fmt: skip


def test_an_earlier_copy_is_extended_to_the_same_rows_and_checkpoints(log: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    asked("copy-log", log, copy)
    second_part(log)
    document = asked("copy-log", log, copy)
    assert (document["before"], document["size"], document["checkpoints"]) == (21, 42, ["21.note", "42.note"])
    assert rows_of(copy) == rows_of(log)
    assert beside(copy) == beside(log)
    assert asked("verify", "--log", copy)["whole"]
    assert asked("copy-log", log, copy)["before"] == 42


def test_a_copy_is_a_log_that_can_be_written_and_is_then_no_beginning_any_more(log: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    asked("copy-log", log, copy)
    with opened(copy, create=False) as other:
        take(other, lab(500), now=NOW + 5)
    before = rows_of(copy)
    assert "no beginning" in refused("copy-log", log, copy)
    second_part(log)
    assert "no beginning" in refused("copy-log", log, copy)
    assert rows_of(copy) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda log: take(log, b"five", now=NOW + 5),
        lambda log: quarantine.erase(log, 1, "a name", now=NOW + 5),
        lambda log: take(log, b"one", now=NOW + 5),
    ],
    ids=["a further entry", "an entry erased", "an entry refused once more"],
)
def test_a_copy_whose_quarantine_went_on_by_itself_is_no_beginning(change: Any, log: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    asked("copy-log", log, copy)
    with opened(copy, create=False) as other:
        change(other)
    before = rows_of(copy)
    assert "no beginning" in refused("copy-log", log, copy)
    assert rows_of(copy) == before


def test_a_checkpoint_of_another_history_beside_the_copy_is_no_beginning(log: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    asked("copy-log", log, copy)
    note = Path(f"{copy}.checkpoints/21.note")
    note.write_bytes(note.read_bytes().replace(b"copies", b"others"))
    second_part(log)
    before = rows_of(copy)
    assert "21.note" in refused("copy-log", log, copy)
    assert rows_of(copy) == before


def test_what_cannot_be_a_copy_is_refused_and_left_alone(log: Path, tmp_path: Path) -> None:
    (table := tmp_path / "table.csv").write_bytes(b"a,b\r\n")
    (link := tmp_path / "link.db").symlink_to(log)
    (hard := tmp_path / "hard.db").hardlink_to(log)
    before = rows_of(log)
    for target in (log, link, hard, tmp_path, table, f"{log}-wal", f"{log}.checkpoints/1.db", tmp_path / "no" / "x.db"):
        refused("copy-log", log, target)
    refused("copy-log", tmp_path / "nowhere.db", tmp_path / "new.db")
    assert snagc("copy-log", log, "postgresql://localhost:1/snagc").exit_code == 1
    assert rows_of(log) == before
    assert table.read_bytes() == b"a,b\r\n"
    assert not (tmp_path / "new.db").exists()


def test_a_lost_copy_is_missed_like_any_log(log: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    asked("copy-log", log, copy)
    copy.unlink()
    assert snagc("copy-log", log, copy).exit_code == 4
    assert not copy.exists()


def test_a_broken_log_is_not_copied(log: Path, tmp_path: Path) -> None:
    asked("copy-log", log, tmp_path / "earlier.db")
    second_part(log)
    with closing(sqlite3.connect(log)) as rows:
        (trigger,) = rows.execute("SELECT sql FROM sqlite_master WHERE name = 'identities_no_DELETE'").fetchone()
        rows.execute("DROP TRIGGER identities_no_DELETE")
        rows.execute("DELETE FROM identities WHERE position = 30")
        rows.execute(trigger)
        rows.commit()
    before = rows_of(tmp_path / "earlier.db")
    for target in (tmp_path / "new.db", tmp_path / "earlier.db"):
        result = snagc("copy-log", log, target)
        assert result.exit_code == 4
        assert "position 30" in result.stderr
    assert not (tmp_path / "new.db").exists()
    assert rows_of(tmp_path / "earlier.db") == before


def test_copies_made_while_a_feeder_writes_are_whole_and_grow(tmp_path: Path) -> None:
    log, copy = tmp_path / "heart.db", tmp_path / "copy.db"
    first_part(log)
    feeder = subprocess.Popen(
        [sys.executable, "-c", RUN, "ingest", "-", "--json", "--log", str(log)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    assert feeder.stdin is not None
    sizes: list[int] = []
    for batch in range(4):
        feeder.stdin.write(
            b"".join(lab(number) + b"\n" for number in range(1_000 * batch + 500, 1_000 * batch + 1_500))
        )
        feeder.stdin.flush()
        document = asked("copy-log", log, copy)
        assert document["before"] == (sizes[-1] if sizes else 0)
        sizes.append(document["size"])
    feeder.stdin.close()
    assert feeder.wait(60) == 0
    assert asked("copy-log", log, copy)["size"] == 4_021
    assert sizes == sorted(sizes)
    assert rows_of(copy) == rows_of(log)


def test_a_file_copied_by_hand_under_a_feeder_is_noticed_where_what_lies_beside_it_tells(tmp_path: Path) -> None:
    log, copy = tmp_path / "heart.db", tmp_path / "copy.db"
    first_part(log)
    with opened(log, create=False) as feeder:
        take(feeder, *(lab(number) for number in range(20, 40)), now=NOW + 2)
        Path(f"{log}.states").mkdir(exist_ok=True)
        for name in ("000000000041.state", "x.state", "\u00b2.state"):
            Path(f"{log}.states/{name}").write_bytes(b"")
        shutil.copy(log, copy)
        shutil.copytree(f"{log}.states", f"{copy}.states")
        shutil.copy(f"{log}-wal", tmp_path / "kept-wal")
    size = asked("verify", "--log", copy)["size"]
    assert size < 41
    assert any("41 events" in limit for limit in asked("verify", "--log", copy)["cannot_show"])
    assert list(suggestions(log, 41)) == []
    data = bytearray((tmp_path / "kept-wal").read_bytes())
    assert frames_behind_damage(tmp_path / "kept-wal") == 0
    data[32 + 24 + 100] ^= 1
    (tmp_path / "kept-wal").write_bytes(data)
    assert frames_behind_damage(tmp_path / "kept-wal") == (len(data) - 32) // (24 + 4096) - 1
