"""A log that is lost, damaged or out of reach: every command says the same of it and leaves it as it is."""

import json
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.hostile_support import LAB, event
from tests.intake.support import opened, query, take
from tests.projections.support import CENTRE
from tests.replay.cli.test_outputs import texts
from tests.replay.command import AT, ROOT, snagc

Words = list[object]
COMMANDS: dict[str, Words] = {
    "ingest": ["ingest", "@lines"],
    "offer": ["offer", "D1"],
    "rank": ["rank", "O1"],
    "explain": ["explain", "O1", "C1"],
    "list": ["list", "--at", AT],
    "candidate": ["candidate", "C1", "--at", AT],
    "worklist": ["worklist", "score", "--centre", CENTRE, "--at", AT],
    "audit": ["audit"],
    "diff": ["diff", "O1", "--b", "months=mean"],
    "sensitivity": ["sensitivity", "O1"],
    "quarantine list": ["quarantine", "list"],
    "quarantine resend": ["quarantine", "resend", "--all"],
    "dossier": ["dossier", "O1"],
    "export": ["export", "events", "--out", "@out"],
    "prove inclusion": ["prove", "inclusion", "1"],
    "prove consistency": ["prove", "consistency", "1", "2"],
    "offers": ["offers"],
    "course": ["course", "C1"],
    "quality": ["quality"],
    "access": ["access"],
    "what-if": ["what-if", "@rules"],
    "quarantine show": ["quarantine", "show", "1"],
    "quarantine erase": ["quarantine", "erase", "1", "--reason", "x"],
    "timestamp": ["timestamp", "@lines", "--certificates", "@lines"],
    "import-sheet": ["import-sheet", "@sheet"],
    "copy-log": ["copy-log", "@log", "@copy"],
    "checkpoint": ["checkpoint", "--key", "@key"],
    "verify": ["verify"],
}


def run(name: str, sound: Path, log: Path) -> tuple[int, str]:
    """A command on a log: exit code and messages."""
    named = {
        "@lines": sound / "lines",
        "@key": sound / "keys" / "snagc-log.key",
        "@rules": ROOT / "engine" / "rules" / "sets" / "2023-06-15.toml",
        "@sheet": sound / "pairs.csv",
        "@log": log,
        "@copy": log.parent.parent / "copy.db",
        "@out": log.parent.parent / "out.csv",
    }
    words = [named.get(str(word), word) for word in COMMANDS[name]]
    result = snagc(*words, *([] if name == "copy-log" else ["--log", log]))
    assert result.exception is None or isinstance(result.exception, SystemExit), (name, result.exception)
    return result.exit_code, result.stderr


def files(folder: Path) -> dict[str, bytes | None]:
    """All that is in a folder, the bytes of files; but for what SQLite leaves where it finds a file damaged."""
    found = {path: path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))}
    empty = [path for path, data in found.items() if path.name.endswith(("-shm", "-wal")) and not data]
    return {path.name: data for path, data in found.items() if path not in empty and not path.name.endswith("-shm")}


def without_checkpoints(log: Path) -> None:
    shutil.rmtree(f"{log}.checkpoints")


def crashed(log: Path) -> None:
    """As a killed feeder leaves it: what was acknowledged last stands in the -wal alone."""
    kept = log.with_name("kept")
    with opened(log) as feeder:
        take(feeder, event(LAB, {"id": "last"}), now=4_000_000_000_000_000)
        shutil.copytree(log.parent, kept)
    for path in kept.iterdir():
        if path.is_file():
            path.replace(log.parent / path.name)
    shutil.rmtree(kept)
    assert Path(f"{log}-wal").stat().st_size > 0


def emptied(log: Path) -> None:
    log.write_bytes(b"")


def cut(log: Path) -> None:
    log.write_bytes(log.read_bytes()[:20_000])


def overwritten(log: Path) -> None:
    log.write_bytes(b"position,type\r\n" * 3_000)


def another_database(log: Path) -> None:
    log.unlink()
    with closing(sqlite3.connect(log)) as other:
        other.execute("CREATE TABLE patients (name TEXT)")


def a_folder(log: Path) -> None:
    log.unlink()
    log.mkdir()


def later_version(log: Path) -> None:
    with closing(sqlite3.connect(log)) as rows:
        rows.execute("PRAGMA user_version = 99")


def other_marks(log: Path) -> None:
    with closing(sqlite3.connect(log)) as rows:
        rows.execute("PRAGMA application_id = 7")


def garbage_in_wal(log: Path) -> None:
    Path(f"{log}-wal").write_bytes(b"garbage" * 1_000)


def garbage_in_journal(log: Path) -> None:
    Path(f"{log}-journal").write_bytes(b"garbage" * 1_000)


def wal_is_a_folder(log: Path) -> None:
    Path(f"{log}-wal").mkdir()


def checkpoint_is_a_folder(log: Path) -> None:
    Path(f"{log}.checkpoints/7.note").mkdir(parents=True)


def checkpoints_are_a_file(log: Path) -> None:
    shutil.rmtree(f"{log}.checkpoints", ignore_errors=True)
    Path(f"{log}.checkpoints").write_bytes(b"x")


DAMAGE: dict[str, tuple[tuple[Callable[[Path], None], ...], int]] = {
    "missing": ((Path.unlink,), 4),
    "missing, with nothing beside": ((without_checkpoints, Path.unlink), 2),
    "missing, its wal left behind": ((crashed, without_checkpoints, Path.unlink), 4),
    "emptied": ((emptied,), 4),
    "emptied, its wal left behind": ((crashed, without_checkpoints, emptied), 4),
    "emptied, with nothing beside": ((without_checkpoints, emptied), 2),
    "truncated": ((cut,), 4),
    "truncated, with nothing beside": ((without_checkpoints, cut), 4),
    "written over": ((overwritten,), 4),
    "written over, with nothing beside": ((without_checkpoints, overwritten), 4),
    "another database": ((another_database,), 4),
    "a folder": ((a_folder,), 2),
    "of a later version": ((later_version,), 4),
    "with other marks": ((other_marks,), 4),
    "with garbage in its wal": ((garbage_in_wal,), 4),
    "with garbage in a journal": ((garbage_in_journal,), 4),
    "with a folder as its wal": ((wal_is_a_folder,), 4),
    "with a folder as a checkpoint": ((checkpoint_is_a_folder,), 4),
    "with a file as its checkpoints": ((checkpoints_are_a_file,), 4),
}
"""What happened to a log, and what every command exits with; but one that is to be made where nothing ever was."""


NEVER_THERE = ("missing, with nothing beside", "emptied, with nothing beside")
MAKE_A_LOG = ("ingest", "import-sheet")


def test_every_command_that_reads_a_log_is_in_the_table() -> None:
    aside = {"serve", "patients add", "patients list", "patients erase"}  # a service; and a mapping outside of any log
    assert {command for command, option in texts() if option == "log"} | {"copy-log"} == {*COMMANDS, *aside}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_or_lost_log_is_refused_by_every_command_alike_and_left_as_it_is(
    damage: str, sound: Path, tmp_path: Path
) -> None:
    acts, expected = DAMAGE[damage]
    log = shutil.copytree(sound / "log", tmp_path / "log") / "heart.db"
    for act in acts:
        act(log)
    before = files(log.parent)
    made = MAKE_A_LOG if damage in NEVER_THERE else ()
    found = {name: run(name, sound, log) for name in COMMANDS if name not in made}
    assert {name: code for name, (code, _) in found.items()} == dict.fromkeys(found, expected), found
    assert {name for name, (_, said) in found.items() if "heart.db" not in said} <= {"verify"}
    assert files(log.parent) == before
    assert {path.name for path in tmp_path.iterdir()} == {"log"}


def test_a_damaged_log_and_a_file_that_never_was_one_are_told_apart(sound: Path, tmp_path: Path) -> None:
    log = shutil.copytree(sound / "log", tmp_path / "log") / "heart.db"
    without_checkpoints(log)
    log.write_bytes(log.read_bytes()[:16] + b"\xff" * 8_000)
    assert "heart.db is damaged (file is not a database): restore it from a copy" in run("list", sound, log)[1]
    for never in (overwritten, another_database):
        never(log)
        assert "name the file that snagc ingest made" in run("list", sound, log)[1]


def test_where_nothing_ever_was_a_log_is_made_and_that_is_said(sound: Path, tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    log = tmp_path / "log" / "heart.db"
    code, said = run("ingest", sound, log)
    assert (code, query(log, "SELECT count(*) FROM stored_events")) == (0, [(1,)])
    assert f"new log {log}" in said
    assert "at the end only" in said
    assert "new log" not in run("ingest", sound, log)[1]


def test_no_log_is_made_for_an_input_that_is_not_there(tmp_path: Path) -> None:
    assert snagc("ingest", tmp_path / "nowhere", "--log", tmp_path / "heart.db").exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_log_named_by_a_link_has_its_companions_where_the_link_leads(sound: Path, tmp_path: Path) -> None:
    log = shutil.copytree(sound / "log", tmp_path / "log") / "heart.db"
    (link := tmp_path / "link.db").symlink_to(log)
    with opened(link, create=False) as by_link:
        take(by_link, event(LAB), now=4_000_000_000_000_000)
    assert run("verify", sound, link)[0] == 0
    log.unlink()
    assert run("ingest", sound, link)[0] == 4


CODE = "from tests.faults.test_lost_logs import main; main()"
READ_ONLY = "mount --bind {0} {0} && mount -o remount,bind,ro {0} && "


def main() -> None:
    """What each command exits with on a log in each folder, as a JSON document: run where none can be written to."""
    folders = map(Path, sys.argv[1:])
    found = [{name: run(name, each.parent, each / "heart.db")[0] for name in COMMANDS} for each in folders]
    print(json.dumps(found))


@pytest.mark.skipif(shutil.which("unshare") is None, reason="a read-only mount takes unshare")
def test_a_crash_s_wal_where_nothing_can_be_written_is_read_or_refused_by_every_command_alike(
    sound: Path, tmp_path: Path
) -> None:
    with_shm, without = folders = [tmp_path / name / "log" for name in ("with its shm", "without its shm")]
    for folder in folders:
        shutil.copytree(sound, folder.parent)
        crashed(folder / "heart.db")
    (without / "heart.db-shm").unlink()
    before = [files(folder) for folder in folders]
    quoted = [shlex.quote(str(folder)) for folder in folders]
    script = "".join(READ_ONLY.format(folder) for folder in quoted) + shlex.join(
        ["exec", sys.executable, "-c", CODE, str(with_shm), str(without)]
    )
    done = subprocess.run(["unshare", "-m", "sh", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    if "Operation not permitted" in done.stderr or "must be superuser" in done.stderr:
        pytest.skip("only root can make a read-only mount")
    read, refused = json.loads(done.stdout)
    writes = dict.fromkeys(("ingest", "offer", "checkpoint", "import-sheet"), 1)
    nothing_there = {"quarantine show": 2, "quarantine erase": 2, "timestamp": 4}
    assert read == dict.fromkeys(COMMANDS, 0) | writes | nothing_there
    assert refused == dict.fromkeys(COMMANDS, 1)
    assert [files(folder) for folder in folders] == before
