"""Coronary calcium never enters the score: recorded anywhere, corrected or taken back, no figure and no place moves."""

from copy import deepcopy
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.events.canonical import canonical_json
from engine.log.history import history_of
from engine.rules.readings import choose_readings
from engine.rules.ruleset import rules_at
from projections.waiting_list import waiting_list
from replay.run.matchrun import match_run
from tests.long import examples
from tests.projections.support import Log, when
from tests.replay.support import adult, expert, one_town
from tests.support import moment_of, rows_of

SUBJECTS = ("candidate/C1", "candidate/C2", "candidate/C3", "candidate/C4", "candidate/nobody", "donor/D1")
SCORES = st.decimals(0, 20000, places=1).map(str)
DAYS = st.integers(1, 28).map(lambda day: f"2024-05-{day:02d}")


@cache
def town() -> Log:
    """Four candidates, one of them excluded, a donor and an offer."""
    log = one_town()
    adult(log, "C1")
    expert(log, "C2", points="360")
    adult(log, "C3", blood_group="O")
    adult(log, "C4", labs="2024-05-15")
    log.started("C4", "ecmo", "2024-05-10")
    log.donor("D1", "2024-05-16")
    log.offered("O1", "2024-05-17")
    return log


def recorded(number: int, subject: str, day: str, agatston: str) -> list[dict[str, Any]]:
    """A score recorded; every third is corrected and every fifth taken back."""
    target = {"source": "urn:calcium", "id": f"k{number}"}
    about = {"specversion": "1.0", "source": "urn:calcium", "subject": subject, "time": when(day)}
    about |= {"recordedtime": town().events[0]["recordedtime"]}
    events = [
        about | {"id": f"k{number}", "type": "snagc.coronary-calcium.recorded.v1", "data": {"agatston": agatston}}
    ]
    if number % 3 == 0:
        data = {"event": target, "data": {"agatston": "1000"}, "reason": "typing error"}
        events.append(about | {"id": f"c{number}", "type": "snagc.event.corrected.v1", "data": data})
    if number % 5 == 0:
        data = {"event": target, "reason": "another patient"}
        events.append(about | {"id": f"r{number}", "type": "snagc.event.retracted.v1", "data": data})
    return events


def decided(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The run without what names the log it was made from."""
    run = match_run(moment_of(events, "O1"))
    decision = {name: value for name, value in run.decision().items() if name not in ("known_at", "log")}
    figures = {name: run.as_json()[name] for name in ("ranking", "excluded")}
    return {"decision": decision, "figures": figures}


def listed(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The national list on the day of the offer, without alerts' positions."""
    at = moment_of(events, "O1").offer.instant
    places = waiting_list(history_of(rows_of(events)), at, 1, rules_at(at), choose_readings())
    return [{name: value for name, value in place.as_json().items() if name != "alerts"} for place in places]


@settings(deadline=None, max_examples=examples(10, 200))
@given(st.lists(st.tuples(st.sampled_from(SUBJECTS), DAYS, SCORES, st.integers(0, 40)), max_size=8))
def test_no_recording_of_calcium_changes_a_figure_a_rank_or_an_exclusion(
    recordings: list[tuple[str, str, str, int]],
) -> None:
    plain = town().events
    events = deepcopy(plain)
    for number, (subject, day, agatston, place) in enumerate(recordings, 1):
        at = place % (len(events) + 1)
        events[at:at] = recorded(number, subject, day, agatston)
    assert canonical_json(decided(events)) == canonical_json(decided(plain))
    assert listed(events) == listed(plain)
