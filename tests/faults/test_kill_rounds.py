"""Kill -9 in the middle of every command that writes, again and again on one log: nothing lost, doubled or half.

Acknowledged is what the process printed whole. After each kill the log verifies; the same command sent again ends as
if nothing had happened. Each command once by default, two hundred rounds with --long.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.log.checkpoint import checkpoints_of
from engine.log.store import is_database
from tests.faults.hostile_support import DONOR, LAB, OFFERED, REGISTERED, event
from tests.intake.support import documents, is_dense, opened, positions
from tests.replay.command import ROOT, RUN, asked, snagc

EVENTS = 150


class Ward:
    """A log, its key, a copy of it, and what was acknowledged so far."""

    def __init__(self, folder: Path, new_place: Callable[[], str]) -> None:
        self.folder, self.new_place = folder, new_place
        self.log, self.copy = new_place(), new_place()
        assert snagc("keys", "--out", folder / "keys").exit_code == 0
        self.environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(folder / "none")}
        self.accepted: dict[int, tuple[str, str]] = {}
        self.runs: dict[str, str] = {}
        self.signed: set[str] = set()
        self.lines = 0
        self.took: dict[str, float] = {}

    def start(self, *words: object) -> "subprocess.Popen[bytes]":
        """A command on the log in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-c", RUN, *map(str, words)],
            cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def whole(self, *words: object) -> bytes:
        """A command that is left alone: what it prints. The first of each takes its own process, to know how long."""
        if words[0] in self.took:
            done = snagc(*words, env={"XDG_CONFIG_HOME": self.environment["XDG_CONFIG_HOME"]})
            assert done.exit_code in (0, 3), done.stderr
            return done.stdout_bytes
        began = time.monotonic()
        out, said = (process := self.start(*words)).communicate(timeout=120)
        assert process.returncode in (0, 3), said
        self.took[str(words[0])] = time.monotonic() - began
        return out

    def killed(self, dice: random.Random, *words: object) -> bytes:
        """A command killed somewhere on its way: what it had printed."""
        process = self.start(*words)
        time.sleep(dice.uniform(0.3, 1.1) * self.took.get(str(words[0]), 1.0))
        process.send_signal(signal.SIGKILL)
        return process.communicate(timeout=120)[0]


@pytest.fixture
def ward(tmp_path: Path, new_place: Callable[[], str]) -> Ward:
    """A log with a candidate and a donor, and one run of every command, to know how long it takes."""
    ward = Ward(tmp_path, new_place)
    (tmp_path / "first").write_bytes(event(REGISTERED) + b"\n" + event(DONOR) + b"\n")
    assert snagc("ingest", tmp_path / "first", "--log", ward.log).exit_code == 0
    for turn in TURNS.values():
        turn(ward, None)
    return ward


def printed(data: bytes) -> list[Any]:
    """The JSON documents, a line each, that were printed whole."""
    return [json.loads(line) for line in data.split(b"\n")[:-1]]


def document(data: bytes) -> Any:
    """The one JSON document that was printed, None where it was not printed whole."""
    try:
        return json.loads(data) if data else None
    except ValueError:
        return None


# ------------------------------------------------------------------------------------------------- the turns

Dice = random.Random | None


def run(ward: Ward, dice: Dice, *words: object) -> list[bytes]:
    """A command killed and then sent again; what both printed. Without dice it is left alone."""
    killed = [] if dice is None else [ward.killed(dice, *words)]
    if dice is not None:
        check(ward)
    return [*killed, ward.whole(*words)]


def ingest(ward: Ward, dice: Dice) -> None:
    """Lab results, and offers of donors who are registered by the next turn: refused until then."""
    first, ward.lines = ward.lines, ward.lines + EVENTS
    donor = f"D{first}"
    lines = [event(LAB, {"id": f"e{number}", "subject": f"candidate/C{number}"}) for number in range(first, ward.lines)]
    lines.append(event(OFFERED, {"id": f"later-{donor}", "subject": f"offer/later-{donor}"}, donor=donor))
    lines.append(event(DONOR, {"id": donor, "subject": f"donor/{donor}"}))
    (ward.folder / "lines").write_bytes(b"".join(line + b"\n" for line in lines))
    for data in run(ward, dice, "ingest", ward.folder / "lines", "--json", "--log", ward.log):
        for verdict in printed(data):
            if verdict["position"] is not None:
                known = ward.accepted.setdefault(verdict["position"], (verdict["source"], verdict["id"]))
                assert known == (verdict["source"], verdict["id"])
    assert len(printed(data)) == len(lines)


def offer(ward: Ward, dice: Dice) -> None:
    name = f"O{len(ward.runs)}"
    for data in run(ward, dice, "offer", "D1", "--id", name, "--json", "--log", ward.log):
        if (found := document(data)) is not None:
            assert ward.runs.setdefault(name, found["digest"]) == found["digest"]
    assert name in ward.runs


def checkpoint(ward: Ward, dice: Dice) -> None:
    out = ward.folder / "out" / f"{len(ward.signed)}-{ward.lines}.note"
    out.parent.mkdir(exist_ok=True)
    words = ("checkpoint", "--key", ward.folder / "keys" / "snagc-log.key", "--out", out, "--force", "--json")
    if dice is not None:
        found = document(ward.killed(dice, *words, "--log", ward.log))
        ward.signed |= {found["note"]} if found else set()
        assert not out.exists() or out.read_text() in notes(ward)
        check(ward)
        out.unlink(missing_ok=True)
    ward.signed.add(document(ward.whole(*words, "--log", ward.log))["note"])
    assert out.read_text() in ward.signed


def copy(ward: Ward, dice: Dice) -> None:
    """Into the earlier copy, or into a new one."""
    target = ward.copy if dice is None or dice.random() < 0.5 else ward.new_place()
    if dice is not None:
        ward.killed(dice, "copy-log", ward.log, target, "--json")
        check(ward)
        if is_database(target) or Path(target).exists():
            assert asked("verify", "--log", target)["whole"]
    found = document(ward.whole("copy-log", ward.log, target, "--json"))
    assert found["size"] == len(positions(ward.log)) == len(positions(target))
    assert asked("verify", "--log", target)["root"] == found["root"]
    assert [path for path in ward.folder.iterdir() if path.name.startswith(".")] == []


def resend(ward: Ward, dice: Dice) -> None:
    """The offers that were refused for want of their donor: each is taken once."""
    run(ward, dice, "quarantine", "resend", "--all", "--json", "--log", ward.log)
    assert asked("quarantine", "list", "--log", ward.log) == []


TURNS: dict[str, Callable[[Ward, Dice], None]] = {
    "ingest": ingest, "offer": offer, "checkpoint": checkpoint, "copy-log": copy, "quarantine resend": resend,
}  # fmt: skip


# ------------------------------------------------------------------------------------------------ what holds


def notes(ward: Ward) -> set[str]:
    """The checkpoints beside the log."""
    return {note.data.decode() for note in checkpoints_of(ward.log).notes()}


def check(ward: Ward) -> None:
    """Nothing that was acknowledged is lost, nothing is there twice, and all that is there verifies."""
    vkey = (ward.folder / "keys" / "snagc-log.vkey").read_text().strip()
    assert asked("verify", "--log", ward.log, "--vkey", vkey)["whole"]
    with opened(ward.log, create=False) as log:
        stored = documents(log)
    assert is_dense(positions(ward.log))
    identities = [(document["source"], document["id"]) for document in stored]
    assert len(set(identities)) == len(identities)
    assert {position: identities[position - 1] for position in ward.accepted} == ward.accepted
    offers = Counter(document["subject"] for document in stored if document["type"] == OFFERED_TYPE)
    runs = Counter(document["subject"] for document in stored if document["type"] == RUN_TYPE)
    assert set(offers.values()) <= {1}
    assert runs == offers
    assert {f"offer/{name}" for name in ward.runs} <= set(offers)
    assert ward.signed <= notes(ward)


OFFERED_TYPE, RUN_TYPE = "snagc.graft.offered.v1", "snagc.match-run.recorded.v1"


@pytest.mark.on_files_unless_long
def test_whatever_is_killed_nothing_is_lost_doubled_or_half_written(ward: Ward, long_run: bool) -> None:
    dice = random.Random(14)
    rounds = 200 if long_run else len(TURNS)
    for number in range(rounds):
        turn = list(TURNS)[number % len(TURNS)]
        TURNS[turn](ward, dice)
    check(ward)
    assert len(ward.runs) == 1 + rounds // len(TURNS)
