"""Columns and exact arithmetic say the same of every candidate, wherever it lies; columns say little when unsure.

With --long a million pairs are compared: run it with -s to see the share that was computed again exactly.
"""

import random
from time import perf_counter

import pytest

from engine.rules import libm
from engine.rules.readings import all_readings, choose_readings
from engine.rules.ruleset import rule_history
from projections.column_scores import ColumnScore, score_in_columns, score_stacked
from projections.gather import Gathered
from projections.rank import rank
from projections.score import ExactScores, Scores
from projections.waiting_list import waiting_list
from replay.run.matchrun import decide, digest_of, match_run
from tests.independent.worlds import random_world
from tests.projections.edges import bent_lists
from tests.projections.support import Log, instant, rules
from tests.support import moment_of, offers_in

SCORINGS = (score_in_columns, ExactScores)
PAIRS, PAIRS_LONG = 700, 1_000_000


def assert_alike(columns: Scores, gathered: Gathered) -> int:
    """Every figure, reason and place; how many candidates the columns were unsure of in something."""
    exact = ExactScores(gathered)
    for ours, theirs in zip(columns, exact, strict=True):
        assert ours.component == theirs.component
        assert ours.standing == theirs.standing
        assert ours.figures == theirs.figures
        assert ours.reasons == theirs.reasons
    assert columns.ranked == exact.ranked
    places = [[(score.listed.id, score.points) for score in rank(scores)[0]] for scores in (columns, exact)]
    assert places[0] == places[1]
    return sum(isinstance(score, ColumnScore) and not score.all_is_sure for score in columns)


def test_bent_candidates_have_the_same_figures_reasons_and_places(long_run: bool) -> None:
    pairs, unsure, number, began, wanted = 0, 0, 0, perf_counter(), PAIRS_LONG if long_run else PAIRS
    while pairs < wanted:
        for stack in bent_lists(random.Random(f"bent-{number}"), 12, 8):
            for gathered, scores in zip(stack, score_stacked(stack), strict=True):
                pairs, unsure = pairs + len(gathered.people), unsure + assert_alike(scores, gathered)
        number += 1
    print(f"{pairs} pairs, {unsure} computed again exactly ({unsure / pairs:.2%}), {perf_counter() - began:.0f} s")
    assert 0 < unsure < pairs / 3, "bent to the edge, and yet mostly sure"


@pytest.mark.parametrize("name", list(all_readings()))
def test_digests_and_documents_are_equal_under_every_reading(name: str, long_run: bool) -> None:
    for option in all_readings()[name].options:
        for number in range(40 if long_run else 1):
            events = random_world(random.Random(f"{name}-{option}-{number}"), 10)
            for offer in offers_in(events):
                moment = moment_of(events, offer, len(events), {name: option})
                assert match_run(moment, score_in_columns).as_json() == match_run(moment, ExactScores).as_json()


@pytest.mark.parametrize("ruleset", [each.id for each in rule_history()])
def test_digests_are_equal_under_every_rule_set(ruleset: str, long_run: bool) -> None:
    for number in range(100 if long_run else 2):
        events = random_world(random.Random(f"{ruleset}-{number}"), 10)
        for offer in offers_in(events):
            moment = moment_of(events, offer, ruleset=ruleset)
            assert digest_of(decide(moment, score_in_columns)) == digest_of(decide(moment, ExactScores))


def test_lists_stacked_say_what_each_says_alone() -> None:
    for stack in bent_lists(random.Random("stacked"), 10, 5):
        for gathered, scores in zip(stack, score_stacked(stack), strict=True):
            alone = score_in_columns(gathered)
            assert [score.figures for score in scores] == [score.figures for score in alone]
            assert scores.ranked == alone.ranked


def test_a_list_without_a_donor_has_the_same_points() -> None:
    log = Log()
    for number in range(1, 8):
        log.registered(f"C{number}", "2024-01-01", birth_date=f"19{number}5-03-01")
        log.lab(f"C{number}", "creatinine", str(60 + number), "2024-02-01")
    for at in (instant("2024-03-01"), instant("2024-03-01 10:00:00.000001"), instant("2399-12-31")):
        found = [waiting_list(log.history(), at, 5, rules(), choose_readings(), score) for score in SCORINGS]
        columns, exact = ([place.as_json() for place in places] for places in found)
        assert columns == exact
        assert len(columns) == 7


def test_nobody_on_the_list_is_no_column() -> None:
    assert list(score_stacked([Gathered((), None, 1, rules(), choose_readings())])[0]) == []


def test_a_worse_mathematical_library_is_refused_and_all_is_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    events = random_world(random.Random(1), 6)
    moment = moment_of(events, offers_in(events)[0])
    plain = match_run(moment).as_json()
    monkeypatch.setattr(libm, "trusted", lambda: False)
    assert match_run(moment).as_json() == plain
