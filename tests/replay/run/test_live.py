"""The run recorded with a live offer is that of the exact replay, however the log came to it."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from engine.events.offer import MatchRunRecorded
from engine.events.sound import sound_attributes
from engine.intake.intake import Intake, Submission
from engine.log.eventlog import EventLog, WriteSession
from engine.log.history import OFFERED, stored_fact
from engine.quantities import parse_instant
from engine.rules.readings import choose_readings
from projections import roster
from projections.score import ExactScores
from replay.run.live import LiveRuns
from replay.run.matchrun import decide, digest_of
from replay.run.moments import moment_of_offer
from tests.independent.worlds import random_world
from tests.long import examples
from tests.replay.run.test_one_pass import with_grafts, with_offers
from tests.stores import new_log

NOW = parse_instant("2027-01-01T00:00:00Z")
THE_SCORE = parse_instant("2018-01-01T00:00:00+01:00")
Batch = list[Submission]


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Candidates forgotten soon after they left the list."""
    monkeypatch.setattr(roster, "REST_AFTER", 7)


def batches(seed: str, offers: int = 8) -> list[Batch]:
    """A world with more offers in its midst, in transactions of a few events each."""
    rng = random.Random(seed)
    return in_batches(rng, with_offers(rng, random_world(rng, 8), offers))


def in_batches(rng: random.Random, events: list[dict[str, Any]]) -> list[Batch]:
    """Events in transactions of a few each."""
    lines = [
        Submission(number, json.dumps({k: v for k, v in event.items() if k != "recordedtime"}).encode())
        for number, event in enumerate(events, 1)
    ]
    found, first = [], 0
    while first < len(lines):
        last = first + rng.randrange(1, 6)
        found.append(lines[first:last])
        first = last
    return found


def opened(path: Path, apart: int = 8) -> EventLog:
    """A log with a saved state every few events."""
    log = new_log(path)
    log.states.apart = apart
    return log


def intake_of(log: EventLog, runs: LiveRuns | None) -> Intake:
    return Intake(log, now=lambda: NOW, runs=runs)


def assert_as_replayed(log: EventLog) -> int:
    """Every recorded run states what the exact replay does; how many there are."""
    facts = [stored_fact(position, state) for position, _, state in log.recorder.rows()]
    runs = [fact for fact in facts if fact.kind == "match-run.recorded"]
    offers = [fact.subject for fact in facts if fact.kind == OFFERED and fact.instant >= THE_SCORE]
    assert [fact.subject for fact in runs] == offers
    for run in runs:
        decision = decide(moment_of_offer(log, run.data["offer"], choose_readings()), ExactScores)
        assert run.data["ranking"] == decision["ranking"]
        assert (run.data["digest"], run.data["log_size"]) == (digest_of(decision), decision["known_at"])
    return len(runs)


@pytest.mark.parametrize("seed", range(examples(2, 4)))
def test_in_whatever_transactions_a_world_comes(seed: int, tmp_path: Path, long_run: bool) -> None:
    recorded = 0
    for number in range(30 if long_run else 3):
        with opened(tmp_path / f"{number}.db") as log:
            intake = intake_of(log, LiveRuns(log))
            for batch in batches(f"live-{seed}-{number}"):
                intake.take(batch)
            recorded += assert_as_replayed(log)
    assert recorded > 10


def test_begun_anew_in_the_midst_of_a_log_and_while_another_process_writes(tmp_path: Path) -> None:
    with opened(tmp_path / "log.db") as log, opened(tmp_path / "log.db") as other:
        ours, theirs = intake_of(log, LiveRuns(log)), intake_of(other, LiveRuns(other))
        for number, batch in enumerate(batches("two", offers=20)):
            (theirs if number % 3 == 0 else ours).take(batch)
            if number % 7 == 0:
                ours = intake_of(log, LiveRuns(log))
        assert assert_as_replayed(log) > 10


@pytest.mark.parametrize("apart", [1, 8, 4096])
def test_a_graft_that_names_the_offer_only_since_a_correction_is_left_out_as_well(apart: int, tmp_path: Path) -> None:
    recorded = 0
    for number in range(examples(1, 20)):
        rng = random.Random(f"grafts-{apart}-{number}")
        with opened(tmp_path / f"{number}.db", apart) as log:
            runs = LiveRuns(log)
            for batch in in_batches(rng, with_grafts(rng, with_offers(rng, random_world(rng, 8), 12))):
                runs = rng.choice((runs, LiveRuns(log)))
                intake_of(log, runs).take(batch)
            recorded += assert_as_replayed(log)
    assert recorded > 3


def test_one_after_the_other_from_several_threads(tmp_path: Path) -> None:
    with opened(tmp_path / "log.db") as log, ThreadPoolExecutor(3) as threads:
        intake = intake_of(log, LiveRuns(log))
        for batch in batches("threads", offers=16):
            threads.submit(intake.take, batch).result()
        assert assert_as_replayed(log) > 10


class Failing(LiveRuns):
    """Loses every other transaction once the run is computed."""

    failures = 0

    def record(self, session: WriteSession, position: int) -> Any:
        """The run; then the disk is full, the first time of two."""
        run = super().record(session, position)
        self.failures += 1
        if self.failures % 2:
            raise OSError("no space left on the device")
        return run


def test_after_a_transaction_that_failed_nothing_of_it_is_known(tmp_path: Path) -> None:
    with opened(tmp_path / "log.db") as log:
        runs = Failing(log)
        intake = intake_of(log, runs)
        for batch in batches("failing", offers=12):
            for submission in batch:
                _until_taken(intake, [submission])
        assert runs.failures > 20
        assert assert_as_replayed(log) == runs.failures // 2


def _until_taken(intake: Intake, batch: Batch) -> None:
    try:
        intake.take(batch)
    except OSError:
        intake.take(batch)


def test_a_run_is_written_as_an_intake_would_write_it(tmp_path: Path) -> None:
    with opened(tmp_path / "log.db") as log:
        intake = intake_of(log, LiveRuns(log))
        for batch in batches("bytes"):
            intake.take(batch)
        rows = [state for _, topic, state in log.recorder.rows() if topic == MatchRunRecorded.TYPE]
    assert rows
    for state in rows:
        given = json.loads(state)
        read = sound_attributes(given)
        assert read is not None
        assert json.loads(json.dumps(read)) == given
