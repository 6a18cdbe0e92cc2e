"""Properties of time and arrival: what may be shuffled, repeated or late without changing a decision."""

import random
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.quantities import parse_instant
from tests.independent.worlds import random_world
from tests.long import examples
from tests.support import offers_in, run_of

seeds = st.integers(min_value=0, max_value=10**9)
quick = settings(max_examples=examples(10, 200), deadline=None, suppress_health_check=[HealthCheck.too_slow])
AMENDMENTS = ("snagc.event.corrected.v1", "snagc.event.retracted.v1")


def restamped(events: list[dict[str, Any]], order: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Events in a new order of arrival, with the recorded times of the old positions."""
    return [{**event, "recordedtime": old["recordedtime"]} for event, old in zip(order, events, strict=True)]


def target_of(event: dict[str, Any]) -> tuple[str, str] | None:
    """The identity of the event a correction or retraction is about."""
    if event["type"] not in AMENDMENTS:
        return None
    return event["data"]["event"]["source"], event["data"]["event"]["id"]


def chains(events: list[dict[str, Any]]) -> list[list[int]]:
    """Events that keep their order: those of one instant (corrected ones too), and each target's amendments."""
    by_target: dict[tuple[str, str], list[int]] = {}
    by_instant: dict[int, list[int]] = {}
    corrected_times: dict[tuple[str, str], list[str]] = {}
    for event in events:
        if (target := target_of(event)) and "time" in event["data"]:
            corrected_times.setdefault(target, []).append(event["data"]["time"])
    for number, event in enumerate(events):
        identity = event["source"], event["id"]
        target = target_of(event)
        by_target.setdefault(target or identity, []).append(number)
        for time in () if target else (event["time"], *corrected_times.get(identity, [])):
            by_instant.setdefault(parse_instant(time), []).append(number)
    return [*by_target.values(), *by_instant.values()]


def shuffled_arrival(events: list[dict[str, Any]], rng: random.Random) -> list[dict[str, Any]]:
    """Another order in which the same facts could have arrived: a random one that keeps every chain."""
    waits_for: dict[int, set[int]] = {number: set() for number in range(len(events))}
    for chain in chains(events):
        for earlier, later in pairwise(dict.fromkeys(chain)):
            waits_for[later].add(earlier)
    order: list[int] = []
    while len(order) < len(events):
        ready = [number for number in waits_for if number not in order and waits_for[number] <= set(order)]
        order.append(rng.choice(ready))
    return restamped(events, [events[number] for number in order])


def decision(run: dict[str, Any]) -> tuple[Any, Any]:
    """Ranking and exclusions."""
    return run["ranking"], run["excluded"]


@quick
@given(seeds)
def test_shuffling_the_arrival_of_facts_before_an_offer_leaves_its_ranking_and_exclusions(seed: int) -> None:
    rng = random.Random(seed)
    events = random_world(rng, 6)
    offer = offers_in(events)[0]
    at = next(n for n, event in enumerate(events) if event["subject"] == f"offer/{offer}")
    before, rest = events[:at], events[at:]
    shuffled = shuffled_arrival(before, rng) + rest
    assert sorted(event["id"] for event in shuffled) == sorted(event["id"] for event in events)
    assert decision(run_of(shuffled, offer)) == decision(run_of(events, offer))


@quick
@given(seeds)
def test_what_is_stored_after_an_offer_never_changes_its_run(seed: int) -> None:
    events = random_world(random.Random(seed), 5)
    for offer in offers_in(events):
        at = next(n for n, event in enumerate(events) if event["subject"] == f"offer/{offer}")
        assert run_of(events[: at + 1], offer) == run_of(events, offer)


@quick
@given(seeds, st.data())
def test_facts_of_the_future_never_change_a_run(seed: int, data: st.DataObject) -> None:
    events = random_world(random.Random(seed), 5)
    offer = data.draw(st.sampled_from(offers_in(events)))
    offered = next(event for event in events if event["subject"] == f"offer/{offer}")
    now = parse_instant(offered["time"])
    kept = [
        event
        for event in events
        if parse_instant(event["time"]) <= now or event["type"] in (*AMENDMENTS, "snagc.offer-counter.initialised.v1")
    ]
    amended = {
        (event["data"]["event"]["source"], event["data"]["event"]["id"])
        for event in events
        if event["type"] in AMENDMENTS
    }
    if any((event["source"], event["id"]) in amended for event in events if event not in kept):
        return
    with_future, without = run_of(events, offer, known_at=len(events)), run_of(kept, offer, known_at=len(kept))
    assert decision(with_future) == decision(without)


@quick
@given(seeds)
def test_a_run_is_the_same_bytes_when_it_is_run_again(seed: int) -> None:
    events = random_world(random.Random(seed), 5)
    offer = offers_in(events)[0]
    assert run_of(events, offer) == run_of(list(events), offer)
