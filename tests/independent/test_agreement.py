"""The engine against the independent calculation (mpmath, written from the guide): every quantity, digit for digit.

Each world is a small random log that hammers the edges; every run's whole JSON document must be equal, digest
and log root included. Together the runs score hundreds of candidates, over 10,000 with --long, each with a donor.
"""

import random
from typing import Any

import pytest

from engine.log.history import history_of
from engine.quantities import parse_instant
from engine.rules.readings import all_readings, choose_readings
from engine.rules.ruleset import rule_history, rules_at
from projections.waiting_list import waiting_list
from tests.independent import run as independent
from tests.independent.worlds import random_readings, random_world
from tests.long import examples
from tests.support import offers_in, rows_of, run_of

CANDIDATES_A_WORLD = 8


def runs_agree(events: list[dict[str, Any]], **view: Any) -> int:
    """Compare every offer of a log in one view; how many candidates were scored."""
    scored = 0
    for offer in offers_in(events):
        expected = independent.match_run(events, offer, **view)
        found = run_of(events, offer, **view)
        assert found == expected
        assert list(found) == list(expected)
        scored += len(found["ranking"]) + len(found["excluded"])
    return scored


@pytest.mark.parametrize("block", range(examples(1, 16)))
def test_every_quantity_of_hundreds_of_random_candidates_agrees_digit_for_digit(block: int) -> None:
    """As known at the offer and as known at the end; 700 candidates at least a block, ten thousand, with --long."""
    scored, worlds = 0, examples(14, 36)
    for number in range(worlds):
        events = random_world(random.Random(f"{block}-{number}"), CANDIDATES_A_WORLD)
        scored += runs_agree(events)
        scored += runs_agree(events, known_at=len(events))
    assert scored >= worlds * 700 / 36, "16 blocks of 700 are over 10,000"


@pytest.mark.parametrize("name", list(all_readings()))
def test_each_alternative_reading_agrees_alone(name: str) -> None:
    """Every option but the default, on 2 worlds each; 25 with --long."""
    for option in all_readings()[name].options[1:]:
        for number in range(examples(2, 25)):
            events = random_world(random.Random(f"{name}-{number}"), CANDIDATES_A_WORLD)
            runs_agree(events, readings={name: option}, known_at=len(events))


@pytest.mark.parametrize("block", range(4))
def test_random_mixtures_of_readings_agree(block: int) -> None:
    """Several readings at once."""
    for number in range(examples(2, 30)):
        rng = random.Random(f"mixture-{block}-{number}")
        events = random_world(rng, CANDIDATES_A_WORLD)
        runs_agree(events, readings=random_readings(rng), known_at=len(events))


@pytest.mark.parametrize("ruleset", [rules.id for rules in rule_history()])
def test_each_dated_rule_set_agrees_whatever_the_date(ruleset: str) -> None:
    """A rule set asked for by its date, as --ruleset does."""
    for number in range(examples(2, 20)):
        events = random_world(random.Random(f"{ruleset}-{number}"), CANDIDATES_A_WORLD)
        runs_agree(events, ruleset=ruleset)


def test_the_national_list_agrees() -> None:
    """Ranks, team ranks, components, ICARs and CCB of the list without a donor."""
    for number in range(examples(6, 60)):
        events = random_world(random.Random(f"list-{number}"), CANDIDATES_A_WORLD)
        at = next(event["time"] for event in events if event["type"] == "snagc.graft.offered.v1")
        expected = independent.national_list(events, at, known_at=len(events))
        instant, history = parse_instant(at), history_of(rows_of(events))
        counter = history.counter_start + len(history.offers) + 1
        places = waiting_list(history, instant, counter, rules_at(instant), choose_readings())
        found = [{name: place.as_json()[name] for name in _FIELDS} for place in places]
        assert counter == expected["counter"]
        assert found == [{name: each[name] for name in _FIELDS} for each in expected["candidates"]]


_FIELDS = ("rank", "team_rank", "candidate", "component", "icar", "icar_j", "icar_i", "ccb")
