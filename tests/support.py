"""Building small logs for tests: stored events in, moments and runs out, without a store."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.events.canonical import canonical_json
from engine.log.history import fact_of, history_of
from engine.log.tree import tree_root
from engine.rules.readings import choose_readings
from engine.rules.ruleset import rules_at, rules_named
from replay.run.matchrun import Moment, match_run

Events = Sequence[Mapping[str, Any]]


def rows_of(events: Events) -> list[tuple[int, str, bytes]]:
    """Rows as a store would give them."""
    return [(position, event["type"], canonical_json(event)) for position, event in enumerate(events, 1)]


def moment_of(
    events: Events,
    offer: str,
    known_at: int | None = None,
    readings: Mapping[str, str] | None = None,
    ruleset: str | None = None,
) -> Moment:
    """The moment of an offer in a list of stored events."""
    at = next(
        position
        for position, event in enumerate(events, 1)
        if event["type"] == "snagc.graft.offered.v1" and event["subject"] == f"offer/{offer}"
    )
    last = at - 1 if known_at is None else known_at
    rows = rows_of(events)
    until_offer = history_of(rows[:at])
    fact = fact_of(at, dict(events[at - 1]))
    return Moment(
        history_of(rows[:last]),
        last,
        tree_root(state for _, _, state in rows[:last]),
        fact,
        until_offer.counter_start + len(until_offer.offers),
        rules_named(ruleset) if ruleset else rules_at(fact.instant),
        choose_readings(readings),
    )


def run_of(
    events: Events,
    offer: str,
    known_at: int | None = None,
    readings: Mapping[str, str] | None = None,
    ruleset: str | None = None,
) -> dict[str, Any]:
    """The match run's JSON document."""
    return match_run(moment_of(events, offer, known_at, readings, ruleset)).as_json()


def offers_in(events: Events) -> list[str]:
    """Ids of the offers, in order."""
    return [event["subject"][6:] for event in events if event["type"] == "snagc.graft.offered.v1"]
