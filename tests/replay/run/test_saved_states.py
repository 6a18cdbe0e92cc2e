"""The same bytes with saved states and without: random worlds, any offer, any instant, any position known."""

import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.errors import SnagcError
from engine.log.eventlog import EventLog
from engine.quantities import parse_instant
from engine.rules.readings import Readings, choose_readings
from projections.data_quality import unregistered
from projections.waiting_list import waiting_list
from replay.reports.documents import document_bytes
from replay.reports.lists import dated_list
from replay.run.asked import Asked
from replay.run.matchrun import match_run
from replay.run.moments import counter_at, moment_of_offer, recalled_moment, rules_for
from tests.independent.worlds import random_readings, random_world
from tests.long import examples
from tests.replay.run.stored import store
from tests.support import offers_in

REGISTERED = "snagc.candidate.registered.v1"
AMENDMENTS = ("snagc.event.corrected.v1", "snagc.event.retracted.v1")


@contextmanager
def stored(path: Path, events: list[dict[str, Any]], apart: int) -> Iterator[EventLog]:
    """A log with the events as they are, whatever the intake would say of them, and a state at every so many."""
    with closing(store(path, events)) as log:
        log.states.apart = apart
        yield log


def answered(ask: Any) -> bytes | str:
    try:
        return document_bytes(ask().as_json())
    except SnagcError as error:
        return f"{type(error).__name__}: {error}"


def list_without_states(log: EventLog, at: int, known_at: int, r: Readings) -> list[dict[str, Any]]:
    rules, history = rules_for(at, None), log.history(known_at)
    counter = counter_at(log, known_at) + 1
    return [place.as_json() for place in waiting_list(history, at, counter, rules, r)]


@pytest.mark.parametrize("block", range(examples(2, 4)))
def test_runs_of_random_worlds_are_the_same(tmp_path: Path, block: int, long_run: bool) -> None:
    for number in range(60 if long_run else 3):
        rng = random.Random(f"states-{block}-{number}")
        events = random_world(rng, 6)
        with stored(tmp_path / f"{number}.db", events, rng.choice((1, 2, 5, 13))) as log:
            for _ in range(6):
                offer, known_at = (
                    rng.choice(offers_in(events)),
                    rng.choice((None, "now", str(rng.randint(0, len(events))))),
                )
                r = choose_readings(random_readings(rng) if rng.random() < 0.5 else {})
                moments = [
                    lambda make=make, **asked: match_run(make(log, offer, r, known_at=known_at))  # noqa: B023
                    for make in (moment_of_offer, recalled_moment)
                ]
                without, within = map(answered, moments)
                assert within == without


@pytest.mark.parametrize("block", range(examples(2, 4)))
def test_lists_of_random_worlds_are_the_same(tmp_path: Path, block: int, long_run: bool) -> None:
    for number in range(60 if long_run else 3):
        rng = random.Random(f"lists-{block}-{number}")
        events = random_world(rng, 6)
        with stored(tmp_path / f"{number}.db", events, rng.choice((1, 2, 5, 13))) as log:
            for _ in range(6):
                known_at, day = rng.randint(0, len(events)), rng.choice(events)["time"][:10]
                found = answered_list(log, day, known_at)
                if found is not None:
                    assert found[1] == list_without_states(log, found[0], known_at, choose_readings())


def answered_list(log: EventLog, day: str, known_at: int) -> tuple[int, list[dict[str, Any]]] | None:
    """The instant and the places; None where no rules were in force then."""
    asked = Asked(log, 0, at=day, known_at=str(known_at))
    try:
        found = dated_list(asked)
    except SnagcError:
        return None
    return found.at, [place.as_json() for place in found.places]


def test_who_lacks_a_registration_is_the_same(tmp_path: Path, long_run: bool) -> None:
    for number in range(6 if long_run else 3):
        rng = random.Random(f"strays-{number}")
        events = [
            event
            for event in random_world(rng, 6)
            if not event["subject"].startswith("candidate/") or rng.random() < 0.8
        ]
        events = [event for event in events if event["type"] not in AMENDMENTS]
        with stored(tmp_path / f"{number}.db", events, 5) as log:
            for known_at in range(0, len(events), 7):
                at = parse_instant(rng.choice(events)["time"])
                recalled, _ = log.recalled(known_at, lambda index: [])
                assert unregistered(recalled, at) == unregistered(log.history(known_at), at)
