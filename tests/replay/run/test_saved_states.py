"""The same bytes with saved states and without: random worlds, any offer, any instant, any position known."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.errors import SnagcError
from engine.events.subjects import stream_id
from engine.log.eventlog import EventLog
from engine.rules.readings import Readings, choose_readings
from projections.waiting_list import waiting_list
from replay.reports.documents import document_bytes
from replay.reports.lists import dated_list
from replay.run.asked import Asked
from replay.run.matchrun import match_run
from replay.run.moments import counter_at, moment_of_offer, recalled_moment, rules_for
from tests.independent.worlds import random_readings, random_world
from tests.intake.support import opened
from tests.support import offers_in, rows_of


@contextmanager
def stored(path: Path, events: list[dict[str, Any]], apart: int) -> Iterator[EventLog]:
    """A log with the events as they are, whatever the intake would say of them."""
    with opened(path) as log:
        lengths: dict[str, int] = {}
        with closing(sqlite3.connect(path)) as raw:
            for (_, topic, state), event in zip(rows_of(events), events, strict=True):
                name = event["subject"]
                lengths[name] = lengths.get(name, 0) + 1
                raw.execute(
                    "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (?,?,?,?)",
                    (stream_id(name).hex, lengths[name], topic, state),
                )
            raw.commit()
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


@pytest.mark.parametrize("block", range(4))
def test_runs_of_random_worlds_are_the_same(tmp_path: Path, block: int, long_run: bool) -> None:
    for number in range(60 if long_run else 6):
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


@pytest.mark.parametrize("block", range(4))
def test_lists_of_random_worlds_are_the_same(tmp_path: Path, block: int, long_run: bool) -> None:
    for number in range(60 if long_run else 6):
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
