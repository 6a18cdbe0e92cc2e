"""A score: what is not asked is not computed, and what is asked later is the same."""

import random

import pytest

from engine.quantities import published_text
from projections.folds import Folds
from projections.gather import gather
from projections.score import ExactScores
from tests.independent.worlds import random_world
from tests.support import moment_of, offers_in


@pytest.mark.parametrize("seed", range(4))
def test_reasons_are_given_exactly_where_there_is_no_rank_whatever_is_asked_first(seed: int) -> None:
    events = random_world(random.Random(seed), 8)
    moment = moment_of(events, offers_in(events)[0])
    gathered = gather(moment.history, moment.offer, 1, moment.rules, moment.readings, Folds())
    rank_first = [(score.ranked, score.reasons) for score in ExactScores(gathered)]
    reasons_first = []
    for score in ExactScores(gathered):
        reasons = score.reasons
        reasons_first.append((score.ranked, reasons))
    assert rank_first == reasons_first
    assert all(ranked == (not reasons) for ranked, reasons in rank_first)


@pytest.mark.parametrize(
    ("figure", "text"), [(0, "0.000000"), (-1, "-0.000001"), (1_500_000, "1.500000"), (-12_000_001, "-12.000001")]
)
def test_millionths_are_printed_with_six_decimals(figure: int, text: str) -> None:
    assert published_text(figure) == text
