"""A log that is lost is missed: at rest by every command, and by a feeder from whom it is taken away."""

import json
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from engine.errors import LostLogError
from tests.faults.hostile_support import LAB, event
from tests.intake.support import identities, opened, query, take
from tests.replay.cli.test_outputs import texts
from tests.replay.command import AT, ROOT, RUN, snagc, told
from tests.replay.reports.sheet_pairs import PAIRS, USUAL
from tests.replay.reports.test_sheet import csv_of

Words = list[object]
COMMANDS: dict[str, Words] = {
    "ingest": ["ingest", "@lines"],
    "offer": ["offer", "D1"],
    "rank": ["rank", "O1"],
    "explain": ["explain", "O1", "C1"],
    "list": ["list", "--at", AT],
    "candidate": ["candidate", "C1", "--at", AT],
    "worklist": ["worklist", "score", "--centre", "750100125", "--at", AT],
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
    "what-if": ["what-if", "@rules"],
    "quarantine show": ["quarantine", "show", "1"],
    "quarantine erase": ["quarantine", "erase", "1", "--reason", "x"],
    "timestamp": ["timestamp", "@lines", "--certificates", "@lines"],
    "import-sheet": ["import-sheet", "@sheet"],
    "copy-log": ["copy-log", "@log", "@copy"],
    "checkpoint": ["checkpoint", "--key", "@key"],
    "verify": ["verify"],
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a log signed once, its key elsewhere, and lines to take in."""
    folder = tmp_path_factory.mktemp("sound")
    (folder / "log").mkdir()
    log = told().kept_at(folder / "log" / "heart.db")
    csv_of(folder, [USUAL | next(iter(PAIRS.values()))])
    (folder / "lines").write_bytes(event(LAB) + b"\n")
    assert snagc("keys", "--out", folder / "keys").exit_code == 0
    assert snagc("checkpoint", "--key", folder / "keys" / "snagc-log.key", "--log", log).exit_code == 0
    return folder


def run(name: str, sound: Path, log: Path) -> tuple[int, str]:
    """A command on a log: exit code and messages."""
    named = {
        "@lines": sound / "lines",
        "@key": sound / "keys" / "snagc-log.key",
        "@rules": ROOT / "engine" / "rules" / "sets" / "2023-06-15.toml",
        "@sheet": sound / "pairs.csv",
        "@log": log,
        "@copy": log.parent.parent / "out.csv",
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


# -------------------------------------------------------------------------------------------------- at rest


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
    assert {command for command, option in texts() if option == "log"} | {"copy-log"} == set(COMMANDS)


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
    assert not (tmp_path / "out.csv").exists()


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


# ------------------------------------------------------------------------------------------- under a feeder

BATCH = 1_000


class Feeder:
    """A running ``snagc ingest - --json`` that is fed batch by batch, and what it has printed so far."""

    def __init__(self, log: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN, "ingest", "-", "--json", "--log", str(log)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.sent = 0
        self.printed: list[bytes] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.printed.extend(self.process.stdout)

    def send(self) -> None:
        """One batch."""
        assert self.process.stdin is not None
        numbers = range(self.sent, self.sent + BATCH)
        lines = [event(LAB, {"id": f"e{number}", "subject": f"candidate/C{number}"}) for number in numbers]
        with suppress(BrokenPipeError):  # it may have stopped by now
            self.process.stdin.write(b"".join(line + b"\n" for line in lines))
            self.process.stdin.flush()
        self.sent += BATCH

    def acknowledged(self) -> list[dict[str, Any]]:
        """The verdicts of one batch."""
        deadline = time.monotonic() + 60
        while len(self.printed) < BATCH and time.monotonic() < deadline:
            time.sleep(0.01)
        return [json.loads(line) for line in self.printed]

    def end(self) -> tuple[int, str]:
        """Exit code and messages, once there is no more to send."""
        assert self.process.stdin is not None
        assert self.process.stderr is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        said = self.process.stderr.read().decode()
        self.process.stderr.close()
        code = self.process.wait(60)
        self._reader.join(60)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code, said


def moved(log: Path) -> Path:
    log.rename(log.with_name("moved.db"))
    return Path(f"{log}.rescued")


def removed(log: Path) -> Path:
    log.unlink()
    return Path(f"{log}.rescued")


def replaced(log: Path) -> Path:
    other = Path(told().kept_at(log.with_name("other.db")))
    other.replace(log)
    return Path(f"{log}.rescued")


def wal_removed(log: Path) -> Path:
    Path(f"{log}-wal").unlink()
    return Path(f"{log}.rescued")


def folder_moved(log: Path) -> Path:
    return log.parent.rename(log.parent.with_name("elsewhere")) / log.name


ACTS: list[Callable[[Path], Path]] = [moved, removed, replaced, wal_removed, folder_moved]


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_what_a_feeder_acknowledged_is_kept_whatever_happens_to_its_log_and_nothing_more_is(
    act: Callable[[Path], Path], sound: Path, tmp_path: Path, long_run: bool
) -> None:
    every = [(companions, further) for companions in (True, False) for further in (True, False)]
    for number, (companions, further) in enumerate(every if long_run else [every[ACTS.index(act) % 4]]):
        (tmp_path / f"{number}" / "log").mkdir(parents=True)
        log = tmp_path / f"{number}" / "log" / "heart.db"
        if companions:
            shutil.copytree(sound / "log", log.parent, dirs_exist_ok=True)
        feeder = Feeder(log)
        feeder.send()
        accepted = {verdict["position"]: verdict["id"] for verdict in feeder.acknowledged()}
        kept = act(log)
        if further:
            feeder.send()
        code, said = feeder.end()
        assert (code, len(feeder.printed)) == (4, BATCH), said
        assert "taken away" in said
        with opened(kept, create=False) as saved:
            stored = [id_ for _, id_ in identities(saved)]
        assert {position: stored[position - 1] for position in accepted} == accepted
        assert len(accepted) == BATCH


@pytest.mark.parametrize("act", [emptied, cut], ids=lambda act: act.__name__)
def test_a_log_that_is_cut_under_a_feeder_takes_nothing_more(act: Callable[[Path], None], tmp_path: Path) -> None:
    log = tmp_path / "heart.db"
    with opened(log) as made:
        take(made, *(event(LAB, {"id": f"before{number}"}) for number in range(200)))
    feeder = Feeder(log)
    feeder.send()
    feeder.acknowledged()
    act(log)
    feeder.send()
    code, said = feeder.end()
    assert (code, len(feeder.printed)) == (4, BATCH)
    assert "was cut" in said
    assert not Path(f"{log}.rescued").exists()


def test_a_log_that_is_open_reads_no_other_file_that_was_put_in_its_place(sound: Path, tmp_path: Path) -> None:
    log = shutil.copytree(sound / "log", tmp_path / "log") / "heart.db"
    with opened(log, create=False) as reader:
        rows = reader.recorder.rows()
        assert next(rows)[0] == 1
        replaced(log)
        with pytest.raises(LostLogError):  # the first connection is busy with the rows: this takes a second one
            reader.head()
        assert len(list(rows)) == 21
