"""Hindsight on columns finds what the exact run of each offer shows, as known then and as known at a later position."""

import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.errors import NoRunError
from engine.log.eventlog import EventLog
from engine.log.history import History, SubjectHistory
from engine.quantities import parse_instant
from engine.rules.readings import choose_readings
from projections import roster
from projections.score import ExactScores
from replay.audit.compare import changes_of_places, places
from replay.audit.hindsight import Hindsight, hindsight
from replay.audit.learnt import Learnt, learnt_since
from replay.run import one_pass
from replay.run.asked import ALWAYS
from replay.run.matchrun import Moment, match_run
from replay.run.moments import moment_of_offer
from tests.independent.worlds import random_world
from tests.long import examples
from tests.projections.support import CENTRE, ELSEWHERE, SITE, Log
from tests.replay.run.stored import store
from tests.replay.run.test_one_pass import with_offers
from tests.replay.support import adult, offered, one_town
from tests.support import moment_of

THE_SCORE = parse_instant("2018-01-01T00:00:00+01:00")
Found = tuple[str, Any]


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small stacks, and candidates forgotten soon after they left the list."""
    monkeypatch.setattr("replay.run.retold.STACK", 3)
    monkeypatch.setattr(one_pass, "STACK", 3)
    monkeypatch.setattr(roster, "REST_AFTER", 7)


def test_of_what_was_learnt_only_what_a_replay_bears_out_decides(tmp_path: Path) -> None:
    log = one_town()
    for name in ("C1", "C2"):
        adult(log, name, blood_group="O")
    offered(log, blood_group="O")
    for name in ("C1", "C2"):
        log.add("coronary-calcium.recorded", f"candidate/{name}", "2024-05-02", {"agatston": "5"})
    log.donor_updated("D1", "2024-05-16 08:00", weight_kg="74")
    log.lab("C2", "nt_probnp", "100", "2024-01-02")
    deciding = log.corrected(_registered(log, "donor/D1"), blood_group="B")
    assert _decided_by(log, tmp_path / "group.db") == [("donor.registered", deciding)]
    log.travel("V2", "2024-05-01", [[SITE, CENTRE, 300]])
    assert _decided_by(log, tmp_path / "minutes.db") == [("donor.registered", deciding)]


def test_minutes_learnt_late_decide_beside_a_candidates_own_facts(tmp_path: Path) -> None:
    log = one_town()
    adult(log, "C1")
    adult(log, "C2", centre=ELSEWHERE)
    offered(log)
    result = log.lab("C1", "creatinine", "400", "2024-05-16 12:00")
    log.lab("C2", "creatinine", "400", "2024-05-15")
    nearer = log.travel("V2", "2024-05-01", [[SITE, CENTRE, 0], [SITE, ELSEWHERE, 60]])
    assert _decided_by(log, tmp_path / "a.db") == [("travel-times.published", nearer), ("lab-result.recorded", result)]


@pytest.mark.parametrize("day", ["2024-01-03", "2023-12-30"], ids=["another comes first", "as before"])
def test_a_date_decides_among_equal_scores_only_where_it_puts_another_first(day: str, tmp_path: Path) -> None:
    log = one_town()
    for name in ("C1", "C2", "C3"):
        adult(log, name)
    log.corrected(_registered(log, "candidate/C2"), time="2024-01-02")
    log.granted("C3", "XPCA", "2024-03-01")
    log.happened("suspended", "C3", "2024-05-01")
    offered(log)
    dated = log.corrected(_registered(log, "candidate/C1"), time=day)
    swapped = [("candidate.registered", dated)] if day > "2024" else []
    assert _decided_by(log, tmp_path / "two.db") == swapped
    back = log.happened("reinstated", "C3", "2024-05-02")
    assert _decided_by(log, tmp_path / "three.db") == [*swapped, ("candidate.reinstated", back)]


def _registered(log: Log, subject: str) -> int:
    """The position of a registration."""
    return next(at for at, event in enumerate(log.events, 1) if event["subject"] == subject)


def _decided_by(log: Log, path: Path) -> list[tuple[str, int]]:
    """Of the one offer that differs, the kind of each deciding fact and the event that told it so."""
    with closing(EventLog.open(log.kept_at(path))) as kept:
        found = list(hindsight(kept, ALWAYS, kept.head()))
        for each in found:
            _is_borne_out(each, kept)
    return [
        (learnt.fact.kind, (*learnt.fact.corrected_at, learnt.fact.position)[0])
        for each in found
        for learnt in each.facts
    ]


@pytest.mark.parametrize("seed", range(examples(2, 4)))
def test_every_offer_of_a_random_world_is_seen_as_by_itself(seed: int, tmp_path: Path, long_run: bool) -> None:
    differing = 0
    for number in range(30 if long_run else 2):
        rng = random.Random(f"hindsight-{seed}-{number}")
        events = with_offers(rng, random_world(rng, 8), 6)
        events += [*amended(rng, events), *gone(rng, events)]
        log = store(tmp_path / f"{number}.db", events)
        for known_at in (len(events), len(events) * 2 // 3):
            found = list(hindsight(log, ALWAYS, known_at))
            assert [(each.offer, each.problem or list(each.changes)) for each in found] == list(_exactly(log, known_at))
            for each in found:
                _is_borne_out(each, log)
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


def amended(rng: random.Random, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """At the end donors, minutes and registrations are corrected, and what is never scored is told late."""
    found: list[dict[str, Any]] = []
    retracted = [event["data"]["event"]["id"] for event in events if event["type"] == "snagc.event.retracted.v1"]
    for number, event in enumerate(each for each in events if each["id"] not in retracted):
        fields: dict[str, Any]
        about = {"event": {"source": event["source"], "id": event["id"]}, "reason": "a slip"}
        match event["type"].split(".")[1:3]:
            case ["donor", "registered" | "updated"] if "blood_group" in event["data"]:
                fields = {"data": {"blood_group": rng.choice(("A", "B", "AB", "O"))}}
            case ["travel-times", _]:
                rows = [[site, centre, rng.choice((0, 60, 240, 900))] for site, centre, _ in event["data"]["rows"]]
                fields = {"data": {"rows": rows, "default_minutes": rng.choice((90, 150))}}
            case ["candidate", "registered"]:
                fields = {"data": {"blood_group": rng.choice(("A", "B", "AB", "O"))}} if rng.random() < 0.3 else {}
                calcium = event | {"type": "snagc.coronary-calcium.recorded.v1", "data": {"agatston": number}}
                found.append(calcium | {"id": f"calcium{number}"})
            case _:
                fields = {}
        if fields and rng.random() < 0.5:
            found.append(event | {"id": f"c{number}", "type": "snagc.event.corrected.v1", "data": about | fields})
    return rng.sample(found, len(found))


def _exactly(log: EventLog, known_at: int) -> Iterator[Found]:
    """What there is to find, each offer replayed twice on exact arithmetic."""
    later = log.history(known_at)
    for offer in later.offers:
        if offer.instant < THE_SCORE:
            continue
        moment = moment_of_offer(log, offer.subject[6:], choose_readings())
        now = _ranking(moment, later, known_at)
        if isinstance(now, str):
            yield offer.subject[6:], now
        elif found := changes_of_places(_ranking(moment, moment.history, known_at), now):
            yield offer.subject[6:], found


def _is_borne_out(found: Hindsight, log: EventLog) -> None:
    """Known in time, the facts named give what is ranked as known later, and without any of them they do not."""
    moment, later = moment_of_offer(log, found.offer, choose_readings()), log.history(found.known_now)
    now = _ranking(moment, later, 0)

    def given_by(some: Sequence[Learnt]) -> bool:
        return bool(_ranking(moment, _knowing(moment.history, later, some), 0) == now)

    assert found.facts
    assert given_by(found.facts)
    for left_out in found.facts:
        assert not given_by([each for each in found.facts if each is not left_out]), left_out


def _knowing(history: History, later: History, some: Sequence[Learnt]) -> History:
    """A history that knows some of what was learnt later, and nothing else."""
    subjects = dict(history.subjects)
    for each in some:
        about, at = each.fact.subject, each.fact.position
        facts = {
            position: fact for position, fact in subjects.get(about, SubjectHistory()).facts.items() if position != at
        }
        facts |= {} if each.how == "retracted" else {at: later.of(about).facts[at]}
        subjects[about] = replace(later.of(about), facts=facts)
    return History(subjects=subjects)


def _ranking(moment: Moment, history: History, known_at: int) -> Any:
    """The exact ranking of an offer with something known, or why there is none."""
    try:
        return places(match_run(replace(moment, history=history, known_at=known_at), ExactScores))
    except NoRunError as error:
        return str(error)


def test_what_took_effect_at_the_very_instant_of_an_offer_and_was_retracted_since_is_learnt() -> None:
    log = Log()
    adult(log, "C1")
    log.donor("D1", "2024-05-16")
    at_once = log.lab("C1", "bnp", "100", "2024-05-17")
    after = log.lab("C1", "bnp", "200", "2024-05-17 00:01")
    log.offered("O1", "2024-05-17")
    for position in (at_once, after):
        log.retracted(position)
    found = learnt_since(moment_of(log.events, "O1"), log.history(), "candidate/C1")
    assert [(each.how, each.fact.position) for each in found] == [("retracted", at_once)]
