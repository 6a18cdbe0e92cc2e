"""Random worlds are valid logs, reproducible, and reach what they are meant to reach."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime
from random import Random
from typing import Any

import pytest

from .clock import instant, wall
from .guide import READINGS
from .history import AMENDMENTS, kind_of
from .run import match_run, national_list
from .worlds import random_readings, random_world

SEEDS = range(40)
UNCORRECTABLE = (*AMENDMENTS, "graft.offered", "match-run.recorded", "offer-counter.initialised")


def offers_of(log: list[dict[str, Any]]) -> list[str]:
    """The ids of the offers."""
    return [event["subject"].removeprefix("offer/") for event in log if kind_of(event) == "graft.offered"]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_world_is_in_order_and_names_every_event_once(seed: int) -> None:
    log = random_world(Random(seed), 6)
    recorded = [event["recordedtime"] for event in log]
    assert recorded == sorted(recorded)
    assert len({event["id"] for event in log}) == len(log)
    assert all(instant(event["time"]) <= datetime.fromisoformat("2030-01-01T00:00:00Z") for event in log)


@pytest.mark.parametrize("seed", SEEDS)
def test_corrections_and_retractions_name_an_earlier_standing_event(seed: int) -> None:
    standing: dict[str, dict[str, Any]] = {}
    for event in random_world(Random(seed), 6):
        if kind_of(event) in AMENDMENTS:
            target = standing[event["data"]["event"]["id"]]
            assert event["subject"] == target["subject"]
            assert kind_of(target) not in UNCORRECTABLE
            for name, value in event["data"].get("data", {}).items():
                assert value is not None or name in target["data"]
                if value is None:
                    target["data"].pop(name)
                else:
                    target["data"][name] = value
            if kind_of(event) == "event.retracted":
                del standing[target["id"]]
        else:
            standing[event["id"]] = json.loads(json.dumps(event))


@pytest.mark.parametrize("seed", SEEDS)
def test_donors_come_before_their_offers_and_births_before_registrations(seed: int) -> None:
    donors: dict[str, datetime] = {}
    for event in random_world(Random(seed), 6):
        data, time = event["data"], instant(event["time"])
        if "birth_date" in data:
            assert date.fromisoformat(data["birth_date"]) <= wall(time).date()
        if kind_of(event) == "donor.registered":
            assert event["subject"] not in donors
            donors[event["subject"]] = time
        if kind_of(event) == "graft.offered":
            assert donors[f"donor/{data['donor']}"] <= time


@pytest.mark.parametrize("seed", range(8))
def test_a_world_and_its_runs_are_the_same_again(seed: int) -> None:
    first, second = random_world(Random(seed), 4), random_world(Random(seed), 4)
    assert first == second
    offer = offers_of(first)[-1]
    assert json.dumps(match_run(first, offer)) == json.dumps(match_run(second, offer))


def test_forty_worlds_reach_every_component_reason_and_rule_set() -> None:
    components: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    rulesets: set[str] = set()
    fifths: set[bool] = set()
    for seed in SEEDS:
        rng = Random(seed)
        log = random_world(rng, 8)
        for offer in offers_of(log):
            run = match_run(log, offer, known_at=len(log), readings=random_readings(rng))
            components.update(entry["component"] for entry in run["ranking"])
            reasons.update(reason for entry in run["excluded"] for reason in entry["reasons"])
            rulesets.add(run["ruleset"])
            fifths.add(run["counter"] % 5 == 0)
            assert list(run["readings"]) == list(READINGS)
        assert national_list(log, "2027-01-01T00:00:00Z")["candidates"] is not None
    assert set(components) == {"adult_standard", "XPCA", "paediatric_standard", "XPCP1", "XPCP2"}
    assert set(reasons) == {
        "age_gap",
        "abo",
        "body_size",
        "labs_missing",
        "labs_expired",
        "survival",
        "ecmo_taper",
        "donor_limits",
        "score_zero",
    }
    assert rulesets == {"2018-01-01", "2019-04-09", "2020-01-07", "2023-06-15"}
    assert fifths == {True, False}
