"""Ingest killed at any moment: what it acknowledged is in the log, and the same file sent again completes it."""

import json
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from engine.intake import quarantine
from engine.intake.reading import read_submissions
from tests.faults.hostile_support import DONOR, LAB, OFFERED, REGISTERED, SOURCE, event, second
from tests.intake.support import identities, is_dense, is_undamaged, opened, positions, query, take
from tests.long import examples

ROOT = Path(__file__).parents[2]
LINES = 5_000
LATER = 4_000_000_000_000_000
COMMAND = "from replay.cli.app import app; app()"


def line_of(number: int) -> bytes:
    """Mostly lab results; a registration, a donor with an offer, and a line to refuse now and then."""
    id_ = {"id": f"e{number}"}
    if number % 50 == 0:
        return event(REGISTERED, {**id_, "subject": f"candidate/C{number}"})
    if number % 50 == 1:
        return event(DONOR, {**id_, "subject": f"donor/D{number}"})
    if number % 50 == 2:
        return event(OFFERED, {**id_, "subject": f"offer/O{number}"}, donor=f"D{number - 1}")
    if number % 50 == 3:
        return event(LAB, id_, value="NaN")
    return event(LAB, {**id_, "subject": f"candidate/C{number // 50 * 50}"})


class Ingest:
    """A running ``snagc ingest --json`` and the verdicts it has printed so far."""

    def __init__(self, log: str, file: str, *options: str) -> None:
        arguments = [sys.executable, "-c", COMMAND, "ingest", file, *options, "--json", "--log", log]
        self.process = subprocess.Popen(
            arguments, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.printed: list[bytes] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed.append(line)

    def kill_after(self, verdicts: int, delay: float) -> list[dict[str, Any]]:
        """Kill it a moment after so many verdicts; the verdicts printed whole, the last line perhaps cut."""
        deadline = time.monotonic() + 60
        while len(self.printed) < verdicts and self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(delay)
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(60)
        self._reader.join(60)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()
        return [json.loads(line) for line in self.printed if line.endswith(b"\n")]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kill") / "events.ndjson"
    path.write_bytes(b"".join(line_of(number) + b"\n" for number in range(LINES)))
    return path


@pytest.mark.on_files_unless_long
@pytest.mark.parametrize("seed", range(examples(1, 6)))
def test_what_a_killed_ingest_acknowledged_is_in_the_log_and_the_rest_can_be_sent_again(
    place: str, file: Path, seed: int
) -> None:
    with opened(place):
        pass
    dice = random.Random(seed)
    ingest = Ingest(place, str(file), "--import")  # a live offer may bring a match run of the engine's own into the log
    printed = ingest.kill_after(dice.randrange(1, LINES - 1_500), dice.uniform(0, 0.15))
    assert is_undamaged(place)
    before = check_acknowledged(place, printed)
    check_sent_again(place, file, before)


def check_acknowledged(path: str, printed: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Printed verdicts against the log: accepted ones at their positions, refused ones in quarantine."""
    assert printed
    assert [verdict["line"] for verdict in printed] == list(range(1, len(printed) + 1))
    with opened(path, create=False) as log:
        stored = identities(log)
        kept = {entry.raw for entry in quarantine.entries(log)}
    assert is_dense(positions(path))
    assert query(path, "SELECT source, id FROM identities ORDER BY position") == stored
    for verdict in printed:
        if verdict["status"] == "accepted":
            assert stored[verdict["position"] - 1] == (verdict["source"], verdict["id"])
        else:
            assert verdict["status"] == "refused"
            assert line_of(verdict["line"] - 1) in kept
    return stored


def check_sent_again(path: str, file: Path, before: list[tuple[str, str]]) -> None:
    """The whole file again: duplicates of what is there, the rest accepted, the end as if never killed."""
    with file.open("rb") as stream, opened(path, create=False) as log:
        verdicts = take(log, *(submission.raw for submission in read_submissions(stream)), now=LATER)
        after = identities(log)
        assert len(log.history().offers) == LINES // 50
    known = set(before)
    for number, verdict in enumerate(verdicts):
        if number % 50 == 3:
            assert verdict.status == "refused"
        elif (SOURCE, f"e{number}") in known:
            assert verdict.status == "duplicate"
        else:
            assert verdict.status == "accepted"
    assert after[: len(before)] == before
    assert sorted(after) == sorted((SOURCE, f"e{number}") for number in range(LINES) if number % 50 != 3)
    assert is_dense(positions(path))


def test_an_ingest_killed_while_it_waits_for_more_has_stored_all_that_it_acknowledged(place: str) -> None:
    lines = [event(LAB, {"id": f"e{number}", "time": second(number)}) for number in range(1_500)]
    ingest = Ingest(place, "-")
    assert ingest.process.stdin is not None
    ingest.process.stdin.write(b"".join(line + b"\n" for line in lines))
    ingest.process.stdin.flush()
    printed = ingest.kill_after(900, 0.1)
    assert 900 <= len(printed) <= 1_500
    assert {verdict["status"] for verdict in printed} == {"accepted"}
    stored = check_acknowledged(place, printed)
    with opened(place, create=False) as log:
        verdicts = take(log, *lines, now=LATER)
    expected = ["duplicate"] * len(stored) + ["accepted"] * (1_500 - len(stored))
    assert [verdict.status for verdict in verdicts] == expected
    assert is_dense(positions(place))
