"""Rankings of offers without a recorded run, asked for in any order while a log grows, are as the exact replay's."""

import random
from pathlib import Path

import pytest

from engine.intake.intake import Intake
from engine.log.eventlog import EventLog
from engine.log.history import OFFERED, Fact
from engine.rules.readings import choose_readings
from projections.score import ExactScores
from replay.run import replayed
from replay.run.matchrun import decide
from replay.run.moments import moment_of_offer
from replay.run.replayed import ReplayedRankings
from tests.long import examples
from tests.replay.run.test_live import NOW, THE_SCORE, batches, opened


def offers_of(log: EventLog) -> list[Fact]:
    return [fact for fact in log.history().offers if fact.kind == OFFERED]


def exactly(log: EventLog, offer: Fact) -> list[str] | None:
    if offer.instant < THE_SCORE:
        return None
    decision = decide(moment_of_offer(log, offer.subject[6:], choose_readings()), ExactScores)
    return [line["candidate"] for line in decision["ranking"]]


@pytest.mark.parametrize("seed", range(examples(2, 3)))
@pytest.mark.parametrize("most", [2, 256])
def test_in_whatever_order_they_are_asked_for(
    seed: int, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, long_run: bool
) -> None:
    monkeypatch.setattr(replayed, "MOST", most)
    asked = 0
    for number in range(15 if long_run else 1):
        rng = random.Random(f"asked-{seed}-{number}")
        with opened(tmp_path / f"{number}.db") as log:
            rankings = ReplayedRankings(log)
            for batch in batches(f"replayed-{seed}-{number}"):
                Intake(log, now=lambda: NOW).take(batch)
                known = offers_of(log)
                for offer in rng.sample(known, min(len(known), rng.randrange(4))):
                    asked += 1
                    with log.writing() as session:
                        assert rankings.ranking(session, offer) == exactly(log, offer)
    assert asked > 10
