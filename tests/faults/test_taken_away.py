"""A log that is taken away from a feeder: nothing more is acknowledged, and what was acknowledged is kept."""

import json
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from engine.errors import LogError, LostLogError
from engine.log.connections import LogDatastore
from tests.faults.hostile_support import LAB, event
from tests.faults.test_lost_logs import cut, emptied
from tests.intake.support import identities, opened, take
from tests.replay.command import ROOT, RUN, told
from tests.stores import new_log

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


def test_one_connection_more_makes_no_file_where_the_log_was_taken_away(tmp_path: Path) -> None:
    """Another thread's, or the one that writes the -wal back; an empty log there would be taken for ours."""
    log, away = tmp_path / "heart.db", tmp_path / "away.db"
    new_log(log).close()
    store = LogDatastore(str(log), lock_timeout=1)
    with store.transaction(commit=False):
        log.rename(away)
        with pytest.raises(LogError, match="cannot be opened as a log"), store.transaction(commit=False):
            pass
    assert not log.exists()
    away.rename(log)
    kept = new_log(log)
    log.rename(away)
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        kept.recorder.write_back()
    assert not log.exists()
    away.rename(log)
    kept.close()
