"""The runs that an export tells, ranked on columns together, are those of the exact replay of each offer alone."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import NoRulesError, NoRunError
from engine.log.eventlog import EventLog
from engine.rules.readings import Readings, choose_readings
from engine.rules.ruleset import rules_at
from projections import roster
from projections.score import ExactScores
from replay.reports.export.runs import runs_in
from replay.reports.export.tables import Run, Unmade
from replay.run import one_pass
from replay.run.asked import ALWAYS
from replay.run.matchrun import MatchRun, Moment, match_run
from replay.run.moments import counter_at
from tests.independent.worlds import random_world
from tests.replay.audit.test_hindsight import gone
from tests.replay.run.stored import store
from tests.replay.run.test_one_pass import OTHERS, with_offers


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small stacks, and candidates forgotten soon after they left the list."""
    for place in ("replay.run.retold.STACK", "replay.reports.export.runs.TOGETHER"):
        monkeypatch.setattr(place, 3)
    monkeypatch.setattr(one_pass, "STACK", 3)
    monkeypatch.setattr(roster, "REST_AFTER", 7)


@pytest.mark.parametrize("then", [True, False], ids=["as known then", "as known at one position"])
def test_every_figure_and_reason_is_that_of_the_run_alone(then: bool, tmp_path: Path, long_run: bool) -> None:
    told = 0
    for number in range(60 if long_run else 5):
        rng = random.Random(f"exported-{number}")
        events = with_offers(rng, random_world(rng, 8), 6)
        events += gone(rng, events)
        readings = choose_readings(rng.choice([{}, {"icar_maximum": "running"}, *OTHERS]))
        log = store(tmp_path / f"{number}.db", events)
        found = list(runs_in(log, ALWAYS, readings, None if then else "now"))
        expected = list(_runs(log, readings, None if then else log.head()))
        log.close()
        assert len(found) == len(expected)
        for ours, theirs in zip(found, expected, strict=True):
            if isinstance(theirs, Unmade):
                assert isinstance(ours, Unmade)
                assert (ours.position, ours.known_at, ours.counter, ours.problem) == (
                    theirs.position, theirs.known_at, theirs.counter, theirs.problem
                )  # fmt: skip
            else:
                assert isinstance(ours, Run)
                assert_same(ours, theirs)
        told += len(found)
    assert told > 20


def assert_same(ours: Run, theirs: MatchRun) -> None:
    assert ours.header == theirs.header()
    assert ours.ranking == [(entry.standing.id, entry.snagc) for entry in theirs.ranking]
    assert ours.excluded == [entry.standing.id for entry in theirs.excluded]
    for entry in (*theirs.ranking, *theirs.excluded):
        assert ours.entries[entry.standing.id] == {**entry.as_json(), "reasons": entry.reasons}


def _runs(log: EventLog, readings: Readings, known_at: int | None) -> Iterator[MatchRun | Unmade]:
    """Each offer by itself on exact arithmetic."""
    for offer in log.history(log.head()).offers:
        last = offer.position - 1 if known_at is None else known_at
        history, tree = log.history_and_tree(last)
        counter = counter_at(log, offer.position)
        try:
            rules = rules_at(offer.instant)
            moment = Moment(history, last, tree.root().hex(), offer, counter, rules, readings)
            yield match_run(moment, ExactScores)
        except (NoRulesError, NoRunError) as error:
            yield Unmade(offer, last, counter, str(error))
