"""Several processes ingest into one log at once: nothing lost, nothing twice, no gap, no step back in time."""

import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from engine.intake import quarantine
from engine.log.presence import check_present
from engine.quantities import parse_instant
from tests.faults.hostile_support import COUNTER, DONOR, LAB, OFFERED, REGISTERED, SOURCE, event, second
from tests.intake.support import documents, identities, is_dense, is_undamaged, opened, positions, query
from tests.long import examples

ROOT = Path(__file__).parents[2]
COMMAND_LINE = """
import pathlib, sys, time
from replay.cli.app import app
pathlib.Path(sys.argv[4] + ".ready").touch()
while not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.001)
app(["ingest", sys.argv[4], "--import", "--json", "--log", sys.argv[3]])
"""
"""As an import: a live offer may bring a match run of the engine's own into the log."""
SMALL_BATCHES = """
import json, pathlib, sys, time
from engine.intake.intake import Intake, Submission
from engine.log.eventlog import EventLog
go, skew, log, file = sys.argv[1:]
lines = pathlib.Path(file).read_bytes().splitlines()
pathlib.Path(file + ".ready").touch()
while not pathlib.Path(go).exists():
    time.sleep(0.001)
opened = EventLog.open(log)
intake = Intake(opened, now=lambda: time.time_ns() // 1000 + int(skew))
at = size = 0
while at < len(lines):
    size = size % 7 + 1
    batch = [Submission(number + 1, lines[number]) for number in range(at, min(at + size, len(lines)))]
    for verdict in intake.take(batch):
        print(json.dumps(verdict.as_json()))
    at += size
opened.close()
"""
SKEW = 3_600_000_000
RESULTS, OFFERS = examples(60, 1_500), examples(20, 100)

Verdicts = list[dict[str, Any]]


def run_at_once(folder: Path, place: str, script: str, files: list[list[bytes]]) -> list[Verdicts]:
    """One process a file, all let go together; the verdicts of each. Their clocks differ by hours."""
    with opened(place):
        pass
    processes = []
    for number, lines in enumerate(files):
        file = folder / f"{number}.ndjson"
        file.write_bytes(b"\n".join(lines) + b"\n")
        arguments = [str(folder / "go"), str(-number * SKEW), place, str(file)]
        processes.append(
            subprocess.Popen(
                [sys.executable, "-c", script, *arguments],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        )
    let_go(folder, len(files))
    answers = []
    for process in processes:
        out, error = process.communicate(timeout=120)
        assert process.returncode in (0, 3), error.decode()
        answers.append([json.loads(line) for line in out.splitlines()])
    return answers


def let_go(folder: Path, count: int) -> None:
    """The sign to start, once every process has read its file."""
    deadline = time.monotonic() + 60
    while len(list(folder.glob("*.ready"))) < count and time.monotonic() < deadline:
        time.sleep(0.005)
    (folder / "go").touch()


def check_log(path: str, files: list[list[bytes]], answers: list[Verdicts]) -> None:
    """What must hold whoever came first: every line answered, every accepted event once, at its position."""
    assert [len(answer) for answer in answers] == [len(lines) for lines in files]
    assert is_undamaged(path)
    assert is_dense(positions(path))
    with opened(path, create=False) as log:
        stored = documents(log)
        assert query(path, "SELECT source, id FROM identities ORDER BY position") == identities(log)
        kept = Counter({entry.raw: entry.times for entry in quarantine.entries(log)})
        assert log.history().size == len(stored)
    named = [(document["source"], document["id"]) for document in stored]
    assert len(set(named)) == len(named)
    accepted = [verdict for answer in answers for verdict in answer if verdict["status"] == "accepted"]
    assert sorted(verdict["position"] for verdict in accepted) == list(range(1, len(stored) + 1))
    for answer in answers:
        for verdict in answer:
            if verdict["position"] is not None:
                assert named[verdict["position"] - 1] == (verdict["source"], verdict["id"])
    recorded = [parse_instant(document["recordedtime"]) for document in stored]
    assert recorded == sorted(recorded)
    turned_away = Counter(
        line
        for lines, answer in zip(files, answers, strict=True)
        for line, verdict in zip(lines, answer, strict=True)
        if verdict["status"] in ("refused", "conflict")
    )
    assert kept == turned_away
    check_streams(path)


def check_streams(path: str) -> None:
    """Each stream's versions follow each other in the order of positions."""
    streams = defaultdict(list)
    for stream, version in query(path, "SELECT originator_id, originator_version FROM stored_events ORDER BY rowid"):
        streams[stream].append(version)
    assert all(is_dense(versions) for versions in streams.values())


def statuses(answers: list[Verdicts]) -> Counter[str]:
    return Counter(verdict["status"] for answer in answers for verdict in answer)


def results(writer: str, count: int) -> list[bytes]:
    """Lab results of one candidate, a second apart, by writer; all writers share the candidate's stream."""
    return [event(LAB, {"id": f"{writer}-{number}", "time": second(number)}) for number in range(count)]


def offers(name: str, count: int) -> list[bytes]:
    """Donors, each before its offer."""
    lines = []
    for number in range(count):
        donor = f"{name}{number}"
        lines.append(event(DONOR, {"id": f"donor-{donor}", "subject": f"donor/{donor}"}))
        lines.append(event(OFFERED, {"id": f"offer-{donor}", "subject": f"offer/{donor}"}, donor=donor))
    return lines


@pytest.mark.on_files_unless_long
def test_two_processes_ingest_two_files_and_every_event_is_taken(tmp_path: Path, place: str) -> None:
    files = [results("a", RESULTS) + offers("A", OFFERS), results("b", RESULTS) + offers("B", OFFERS)]
    answers = run_at_once(tmp_path, place, COMMAND_LINE, files)
    assert statuses(answers) == {"accepted": 2 * (RESULTS + 2 * OFFERS)}
    check_log(place, files, answers)
    with opened(place, create=False) as log:
        assert len(log.history().offers) == 2 * OFFERS


@pytest.mark.on_files_unless_long
def test_two_processes_ingest_the_same_file_and_every_event_is_taken_once(tmp_path: Path, place: str) -> None:
    file = [event(COUNTER, count=1_000), event(REGISTERED), *results("a", RESULTS), *offers("A", OFFERS)]
    answers = run_at_once(tmp_path, place, COMMAND_LINE, [file, file])
    assert statuses(answers) == {"accepted": len(file), "duplicate": len(file)}
    check_log(place, [file, file], answers)
    with opened(place, create=False) as log:
        history = log.history()
    assert (history.counter_start, len(history.offers)) == (1_000, OFFERS)


@pytest.mark.on_files_unless_long
@pytest.mark.parametrize(
    "script",
    [
        pytest.param(SMALL_BATCHES, id="in small batches"),
        pytest.param(COMMAND_LINE, id="by the command line", marks=pytest.mark.long_only),
    ],
)
def test_four_processes_ingest_overlapping_files_in_their_own_order(tmp_path: Path, place: str, script: str) -> None:
    shared_offers, files = offers("S", 20), []
    for number in range(4):
        lines = results("shared", 60) + results(f"own{number}", 40)
        random.Random(number).shuffle(lines)
        files.append(lines[:50] + shared_offers + lines[50:] + offers(f"O{number}-", 5))
    answers = run_at_once(tmp_path, place, script, files)
    check_log(place, files, answers)
    once = 60 + 4 * 40 + 40 + 4 * 10
    assert statuses(answers) == {"accepted": once, "duplicate": 3 * (60 + 40)}
    with opened(place, create=False) as log:
        assert len(log.history().offers) == 20 + 4 * 5


@pytest.mark.on_files_unless_long
@pytest.mark.parametrize("writers", [pytest.param(2, marks=pytest.mark.long_only), 4])
def test_what_only_one_may_have_goes_to_exactly_one_process(tmp_path: Path, place: str, writers: int) -> None:
    files = []
    for writer in range(writers):
        lines = [event(COUNTER, {"id": f"counter-{writer}"}, count=writer)]
        for number in range(30):
            lines.append(event(LAB, {"id": f"contested-{number}"}, value=f"{writer + 1}"))
            lines.append(event(DONOR, {"id": f"donor-{number}-of-{writer}", "subject": f"donor/D{number}"}))
            offered = {"id": f"offer-{number}-of-{writer}", "subject": f"offer/O{number}"}
            lines.append(event(OFFERED, offered, donor=f"D{number}"))
        files.append(lines)
    answers = run_at_once(tmp_path, place, SMALL_BATCHES, files)
    check_log(place, files, answers)
    lost = writers - 1
    assert statuses(answers) == {"accepted": 1 + 3 * 30, "conflict": lost * 30, "refused": lost * (1 + 2 * 30)}
    with opened(place, create=False) as log:
        history = log.history()
        assert len(history.offers) == 30
        assert sum(len(history.of(f"offer/O{number}").facts) for number in range(30)) == 30
        (winner,) = history.of("offer-counter").facts.values()
    assert winner.source == SOURCE
    assert history.counter_start == int(winner.id.removeprefix("counter-"))


def test_who_looks_at_a_log_is_not_misled_by_companions_that_come_and_go(tmp_path: Path) -> None:
    """Others close the log: its -wal and a draft of a checkpoint may be gone a moment after they were seen."""
    log = tmp_path / "heart.db"
    with opened(log):
        (tmp_path / "heart.db.checkpoints").mkdir()
    come_and_go = [tmp_path / "heart.db-wal", tmp_path / "heart.db.checkpoints" / "draft"]
    stop = threading.Event()

    def others() -> None:
        while not stop.is_set():
            for path in come_and_go:
                path.touch()
                path.unlink()

    other = threading.Thread(target=others)
    other.start()
    try:
        assert all(check_present(log) for _ in range(examples(1_000, 20_000)))
    finally:
        stop.set()
        other.join()
