"""Hindsight on columns finds what the exact run of each offer shows, as known then and as known at a later position."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.errors import NoRunError
from engine.log.eventlog import EventLog
from engine.log.history import History
from engine.quantities import parse_instant
from engine.rules.readings import choose_readings
from projections import roster
from projections.score import ExactScores
from replay.audit.compare import changes
from replay.audit.hindsight import hindsight
from replay.audit.learnt import learnt_since
from replay.run import one_pass
from replay.run.asked import ALWAYS
from replay.run.matchrun import Moment, match_run
from replay.run.moments import moment_of_offer
from tests.independent.worlds import random_world
from tests.long import examples
from tests.replay.run.stored import store
from tests.replay.run.test_one_pass import with_offers

THE_SCORE = parse_instant("2018-01-01T00:00:00+01:00")
Found = tuple[str, Any, list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small stacks, and candidates forgotten soon after they left the list."""
    monkeypatch.setattr("replay.run.retold.STACK", 3)
    monkeypatch.setattr(one_pass, "STACK", 3)
    monkeypatch.setattr(roster, "REST_AFTER", 7)


@pytest.mark.parametrize("seed", range(examples(2, 4)))
def test_every_offer_of_a_random_world_is_seen_as_by_itself(seed: int, tmp_path: Path, long_run: bool) -> None:
    differing = 0
    for number in range(30 if long_run else 2):
        rng = random.Random(f"hindsight-{seed}-{number}")
        events = with_offers(rng, random_world(rng, 8), 6)
        events += gone(rng, events)
        log = store(tmp_path / f"{number}.db", events)
        for known_at in (len(events), len(events) * 2 // 3):
            found = [
                (each.offer, each.problem or list(each.changes), [learnt.as_json() for learnt in each.facts])
                for each in hindsight(log, ALWAYS, known_at)
            ]
            assert found == list(_exactly(log, known_at))
            differing += len(found)
        log.close()
    assert differing > 4


def gone(rng: random.Random, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """At the end some donors are retracted, or moved to after their offers."""
    donors = [event for event in events if event["type"] == "snagc.donor.registered.v1"]
    found = []
    for number, donor in enumerate(rng.sample(donors, min(2, len(donors)))):
        about = {"event": {"source": donor["source"], "id": donor["id"]}, "reason": "another"}
        moved = {"time": "2031-01-01T00:00:00Z"} if number else {}
        kind = "event.corrected" if number else "event.retracted"
        found.append(donor | {"id": f"gone{number}", "type": f"snagc.{kind}.v1", "data": about | moved})
    return found


def _exactly(log: EventLog, known_at: int) -> Iterator[Found]:
    """What there is to find, each offer replayed twice on exact arithmetic."""
    later = log.history(known_at)
    for offer in later.offers:
        if offer.instant < THE_SCORE:
            continue
        moment = moment_of_offer(log, offer.subject[6:], choose_readings())
        then = match_run(moment, ExactScores)
        donor = f"donor/{then.donor.id}"
        try:
            now = match_run(replace(moment, history=later, known_at=known_at), ExactScores)
        except NoRunError as error:
            yield offer.subject[6:], str(error), [learnt.as_json() for learnt in learnt_since(moment, later, donor)]
            continue
        if found := changes(then, now):
            scored = [each.candidate for each in found if each.snagc_a != each.snagc_b]
            yield offer.subject[6:], found, _facts(moment, later, donor, scored)


def _facts(moment: Moment, later: History, donor: str, scored: list[str]) -> list[dict[str, Any]]:
    own = [learnt_since(moment, later, f"candidate/{name}") for name in scored]
    travel = [subject for subject, _ in later.of_kind("travel-times")]
    shared = [] if all(own) else [learnt_since(moment, later, subject) for subject in (donor, *travel)]
    return [each.as_json() for facts in (*shared, *own) for each in facts]
