"""Annex 3.5: the gravity model of travel time, and the national score."""

from decimal import Decimal
from itertools import pairwise

import pytest

from engine.quantities import published
from engine.rules.annex_3_5_snagc import gravity, snagc
from engine.rules.score import matching, pair_score
from tests.annex.support import DEFAULTS, V6, D, M, X, donor, exactly, examined, mp, printed


def mg(minutes: int) -> Decimal:
    """MG."""
    value: Decimal = gravity(X, D(minutes), V6)
    return value


def mp_mg(minutes: int) -> object:
    """1/exp(0.0000002 x minutes^2.9)."""
    return 1 / M.exp(mp("0.0000002") * mp(minutes) ** mp("2.9"))


def test_no_travel_takes_nothing() -> None:
    assert mg(0) == D(1)


@pytest.mark.parametrize("minutes", [1, 2, 29, 30, 60, 90, 149, 150, 151, 240, 365])
def test_travel_weighs_by_the_gravity_model(minutes: int) -> None:
    assert exactly(mg(minutes)) == exactly(mp_mg(minutes))


# Worked with mpmath.
@pytest.mark.parametrize(
    ("minutes", "printed_mg"),
    [
        (0, "1.000000"),
        (1, "1.000000"),
        (30, "0.996164"),
        (60, "0.971722"),
        (90, "0.911223"),
        (150, "0.664332"),
        (180, "0.499605"),
        (240, "0.202252"),
        (300, "0.047232"),
        (1440, "0.000000"),
    ],
)
def test_travel_worked_by_hand(minutes: int, printed_mg: str) -> None:
    assert published(mg(minutes)) == printed_mg


def test_a_whole_day_of_travel_leaves_next_to_nothing_but_not_0() -> None:
    assert f"{mg(1440):.39e}" == "4.644847569881911696418335699566482180921e-126"


def test_the_default_of_150_minutes_leaves_two_thirds() -> None:
    assert V6.default_travel_minutes == D(150)
    assert exactly(mg(150)) == D("0.66433216299825688496392055313087352781245")


def test_longer_travel_never_gives_more() -> None:
    weights = [mg(minutes) for minutes in range(0, 1441, 12)]
    assert all(later < earlier for earlier, later in pairwise(weights))


@pytest.mark.parametrize(
    ("ccp", "weight", "score"), [("1051", "1", "1051"), ("900", "0.5", "450"), ("0", "0.9", "0"), ("775", "0", "0")]
)
def test_the_national_score_is_the_weighted_score_times_the_gravity_model(ccp: str, weight: str, score: str) -> None:
    assert snagc(X, D(ccp), D(weight)) == D(score)


@pytest.mark.parametrize("ccb", ["25", "750", "775.5", "1051", "1151"])
@pytest.mark.parametrize("minutes", [0, 45, 150, 400])
def test_a_well_matched_pair_has_its_raw_score_times_the_gravity_model(ccb: str, minutes: int) -> None:
    pair = pair_score(X, examined(), donor(), matching(X, examined(), donor(), V6, DEFAULTS), D(minutes), D(ccb), V6)
    assert pair.ccp == D(ccb)
    assert exactly(pair.snagc) == exactly(mp(ccb) * mp_mg(minutes))
    assert published(pair.snagc) == printed(mp(ccb) * mp_mg(minutes))
