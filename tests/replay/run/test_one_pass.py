"""One pass over a log puts every offer in the order that the exact run of that offer alone has.

Worlds full of late, amended and future-dated facts get more offers in their midst, some of them dated before what
the log already knows. With --long many more worlds are tried.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.errors import BrokenLogError
from engine.log.history import fact_of, stored_instant
from engine.rules.readings import all_readings, choose_readings
from engine.rules.ruleset import RuleSet, rule_history
from projections import bulk_places, roster, roster_rows
from projections.bulk_places import Exactly, OfferedList, Order, order_stacked
from projections.score import ExactScores
from replay.run import one_pass
from replay.run.following import View
from replay.run.matchrun import decide, decision_of, digest_of
from replay.run.one_pass import OnePass, Passed, own_view
from tests.independent.worlds import random_world
from tests.long import examples
from tests.replay.run.stored import store
from tests.support import moment_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OTHERS = [{name: option} for name, reading in all_readings().items() for option in reading.options[1:]]


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stacks of four or fewer, scored in parts, and candidates forgotten soon after they left the list."""
    monkeypatch.setattr(one_pass, "STACK", 4)
    monkeypatch.setattr(one_pass, "MOST_STACKED", 24)
    monkeypatch.setattr(bulk_places, "_AT_ONCE", 20)
    monkeypatch.setattr(roster, "REST_AFTER", 7)


def with_offers(rng: random.Random, events: list[dict[str, Any]], more: int) -> list[dict[str, Any]]:
    """The events with some more offers among them, at instants at which something else happens or nearly."""
    instants = [fact_of(1, event).instant for event in events]
    found = list(events)
    for number in range(more):
        at = rng.choice(instants) + rng.choice((-1, 0, 0, 1, 86_400_000_000))
        donor = {"sex": rng.choice("FM"), "blood_group": rng.choice(("A", "B", "AB", "O")), "age": "44",
                 "height_cm": "172", "weight_kg": "71", "procurement_site": "750100125"}  # fmt: skip
        place = rng.randrange(len(found) // 4, len(found) + 1)
        found.insert(place, event(f"x{number}", "graft.offered", f"offer/X{number}", at, {"donor": f"X{number}"}))
        found.insert(0, event(f"d{number}", "donor.registered", f"donor/X{number}", 10**15, donor))
    return found


def with_grafts(rng: random.Random, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events with transplantations that stand before the offer they name, if only once they are corrected."""
    found = list(events)
    for offer in [each for each in events if each["type"] == "snagc.graft.offered.v1"]:
        before = found[: found.index(offer)]
        registered = [each["subject"] for each in before if each["type"] == "snagc.candidate.registered.v1"]
        if registered:
            found[len(before) : len(before)] = graft_of(rng, rng.choice(registered), offer)
    return found


def graft_of(rng: random.Random, candidate: str, offer: dict[str, Any]) -> list[dict[str, Any]]:
    """A transplantation just before an offer, and the amendments from which on it names that one or another."""
    name = offer["subject"].removeprefix("offer/")
    graft = f"graft-{name}"
    at = stored_instant(offer["time"]) - 60_000_000 * rng.randrange(3)
    named = [{}, {"offer": name}, {"offer": "another"}, {"offer": None}]
    first, *corrections = rng.choices(named[:3], k=1) + rng.choices(named[1:], k=rng.randrange(4))
    found = [event(graft, "candidate.transplanted", candidate, at, first)]
    for number, data in enumerate(corrections):
        about = {"event": {"source": "urn:more", "id": graft}, "reason": "the offer's number", "data": data}
        found.append(event(f"{graft}-{number}", "event.corrected", candidate, at, about))
    if rng.random() < 0.1:
        about = {"event": {"source": "urn:more", "id": graft}, "reason": "never was"}
        found.append(event(f"{graft}-not", "event.retracted", candidate, at, about))
    return found


def event(name: str, kind: str, subject: str, at: int, data: Mapping[str, Any]) -> dict[str, Any]:
    time = (EPOCH + timedelta(microseconds=at)).isoformat()
    return {
        "specversion": "1.0", "source": "urn:more", "id": name, "type": f"snagc.{kind}.v1", "subject": subject,
        "time": time, "recordedtime": "2024-01-01T00:00:00.000000Z", "data": dict(data),
    }  # fmt: skip


def assert_as_alone(path: Path, events: list[dict[str, Any]], others: list[View]) -> int:
    """Every offer under its own view and under others; how many offers there were."""
    log = store(path, events)

    def views(rules: RuleSet) -> list[View]:
        return [*own_view(rules), *others]

    passed = [each for each in OnePass(log, views=views, unruled=[]) if isinstance(each, Passed)]
    for each in passed:
        moment = moment_of(events, each.offer.subject[6:])
        for number, (p, r) in enumerate(views(each.rules)):
            exact = decide(replace(moment, rules=p, readings=r), ExactScores)
            ours = decision_of({**each.header(), "ruleset": p.id, "readings": r.as_json()}, each.ranking(number),
                               each.orders[number][1])  # fmt: skip
            assert ours == exact
            assert digest_of(ours) == digest_of(exact)
    log.close()
    return len(passed)


@pytest.mark.parametrize("seed", range(examples(3, 6)))
def test_every_offer_of_a_random_world_has_the_order_it_has_alone(seed: int, tmp_path: Path, long_run: bool) -> None:
    offers = 0
    for number in range(60 if long_run else 1):
        rng = random.Random(f"{seed}-{number}")
        events = with_grafts(rng, with_offers(rng, random_world(rng, 8), 8))
        offers += assert_as_alone(tmp_path / f"{number}.db", events, [])
    assert offers > (5 if long_run else 1)


def test_no_more_candidates_are_stacked_than_may_be_but_those_of_the_last_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_pass, "STACK", 99)
    stacks: list[list[int]] = []

    def ordered(stack: Sequence[OfferedList], exactly_of: Exactly) -> list[Order]:
        stacks.append([len(each.present.ids) for each in stack])
        return order_stacked(stack, exactly_of)

    monkeypatch.setattr(one_pass, "order_stacked", ordered)
    rng = random.Random("stacked")
    assert assert_as_alone(tmp_path / "log.db", with_offers(rng, random_world(rng, 8), 30), []) > 20
    assert len(stacks) > 3
    assert max(map(len, stacks)) > 1
    assert all(sum(sizes[:-1]) < 24 for sizes in stacks)


@pytest.mark.parametrize("seed", range(examples(2, 6)))
def test_lists_stacked_across_sheets_of_rows_keep_who_is_on_them(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster_rows, "_TIDY_AT", -1_000_000)  # whatever changes moves all rows to a new sheet
    rng = random.Random(f"sheets-{seed}")
    assert assert_as_alone(tmp_path / "log.db", with_offers(rng, random_world(rng, 8), 8), []) > 1


@pytest.mark.parametrize("chosen", OTHERS, ids=str)
def test_and_so_it_is_under_every_reading_and_rule_set(
    chosen: Mapping[str, str], tmp_path: Path, long_run: bool
) -> None:
    for number in range(20 if long_run else 1):
        rng = random.Random(f"{chosen}-{number}")
        events = with_offers(rng, random_world(rng, 6), 4)
        others = [(rng.choice(rule_history()), choose_readings(chosen)), (rules_of(rng), choose_readings())]
        assert_as_alone(tmp_path / f"{number}.db", events, others)


def rules_of(rng: random.Random) -> RuleSet:
    return rng.choice(rule_history())


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ((3, b"{}"), r"position 2 is missing from the log \(found 3\)"),
        ((2, "{}"), r"position 2: .*str instead of bytes"),
    ],
)
def test_a_pass_stops_where_a_position_or_its_bytes_are_missing(second: tuple[int, Any], words: str) -> None:
    batches = one_pass._dense([[(1, b"{}"), second]])
    with pytest.raises(BrokenLogError, match=words):
        next(batches)
