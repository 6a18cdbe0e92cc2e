"""Annex 3.3: F_ICAR, the adult standard component with its ECMO taper and LVAD turns, and the sum of the four."""

from decimal import Decimal
from typing import Any

import pytest

from engine.quantities import published
from engine.rules.annex_3_3_ccb import (
    adult_standard,
    adult_standard_2018,
    adult_standard_2019,
    adult_standard_2020,
    assist_points,
    assist_turn,
    ccb,
    component_of,
    ecmo_taper,
    standard_points,
)
from engine.rules.ruleset import RuleSet
from engine.rules.variables import Recipient
from tests.annex.support import A_MICROSECOND, ASSIST, DEFAULTS, START, TAPER, V6, D, X, recipient

YEAR = D("365.25")


def score(who: Recipient, *, icar: int = 20, counter: int = 1, rules: RuleSet = V6) -> Decimal:
    """Score CCB."""
    value: Decimal = ccb(X, who, D(icar), D(counter), rules, DEFAULTS)
    return value


def taper(days: str | Decimal) -> Decimal:
    """F_Comp_ASCD(days, 12, 16, 0.1)."""
    value: Decimal = ecmo_taper(X, recipient(ecmo=True, ecmo_days=days), V6)
    return value


def lvad(years: str | int = "1", **changes: Any) -> Recipient:
    """A man of 45 with an LVAD for so many years."""
    return recipient(**{"long_term_support": "G", "lvad_days": D(years) * YEAR} | changes)


# ----------------------------------------------------------------------------------------- 3.3.1, F_ICAR


@pytest.mark.parametrize("icar", range(31))
def test_below_31_each_point_of_icar_is_worth_25(icar: int) -> None:
    assert standard_points(X, D(icar), V6) == D(25 * icar)


@pytest.mark.parametrize("icar", range(31, 41))
def test_from_31_on_there_are_51_points_more(icar: int) -> None:
    assert standard_points(X, D(icar), V6) == D(25 * icar + 51)


@pytest.mark.parametrize(("icar", "points"), [(0, 0), (1, 25), (30, 750), (31, 826), (39, 1026), (40, 1051)])
def test_the_adult_standard_component_spans_the_guides_ranges(icar: int, points: int) -> None:
    """0 to 750 (775 with the LVAD bonus), then 826 to 1051: nothing in the paediatric range between."""
    assert score(recipient(), icar=icar) == D(points)


def test_no_icar_falls_between_750_and_826_points() -> None:
    reached = [standard_points(X, D(icar), V6) for icar in range(41)]
    assert [points for points in reached if 750 < points < 826] == []


# ---------------------------------------------------------------------------------- 3.3.2, ECMO: F_Comp_ASCD


@pytest.mark.parametrize("days", ["0", "1", "11", "11.5", "11.999999", "12"])
def test_an_ecmo_of_up_to_12_days_keeps_all_its_points(days: str) -> None:
    assert taper(days) == D(1)


def test_an_ecmo_a_microsecond_over_12_days_loses_a_tenth() -> None:
    assert taper(12 + A_MICROSECOND) == D("0.899999999999")


@pytest.mark.parametrize(
    ("days", "factor"),
    [
        ("12.000001", "0.8999999"),
        ("12.5", "0.85"),
        ("13", "0.8"),
        ("13.5", "0.75"),
        ("14", "0.7"),
        ("15", "0.6"),
        ("15.5", "0.55"),
        ("15.999", "0.5001"),
        ("15.999999", "0.5000001"),
    ],
)
def test_between_12_and_16_days_an_ecmo_loses_a_tenth_a_day_from_day_11(days: str, factor: str) -> None:
    assert taper(days) == D(factor)


def test_an_ecmo_a_microsecond_under_16_days_keeps_a_little_over_half() -> None:
    assert taper(16 - A_MICROSECOND) == D("0.500000000001")


@pytest.mark.parametrize("days", ["16", "16.000001", "17", "30", "400"])
def test_an_ecmo_of_16_days_or_more_has_no_points(days: str) -> None:
    assert taper(days) == D(0)


@pytest.mark.parametrize(("days", "points"), [("12", "1051"), ("13", "840.8"), ("15.999", "525.6051"), ("16", "0")])
def test_the_taper_multiplies_the_adult_standard_points(days: str, points: str) -> None:
    assert score(recipient(ecmo=True, ecmo_days=days), icar=40) == D(points)


def test_days_of_ecmo_mean_nothing_once_it_has_stopped() -> None:
    assert score(recipient(ecmo_days="20"), icar=40) == D(1051)


def test_under_ecmo_an_lvad_has_no_turn() -> None:
    assert score(lvad("5", ecmo=True, ecmo_days="3"), icar=20, counter=5) == D(500)
    assert score(lvad("5", ecmo=True, ecmo_days="16"), icar=20, counter=5) == D(0)


# ----------------------------------------------------------------------------- 3.3.2, F_Choix_Bras_Deter, LVAD


@pytest.mark.parametrize(
    ("counter", "assist"),
    [
        *((1, False), (2, False), (3, False), (4, False), (5, True), (6, False), (7, False), (8, False), (9, False)),
        *((10, True), (11, False), (14, False), (15, True), (16, False), (99, False), (100, True), (101, False)),
    ],
)
def test_every_fifth_offer_is_an_assist_turn(counter: int, assist: bool) -> None:
    assert assist_turn(X, D(counter), V6) is assist


def test_the_turns_stay_exact_however_far_the_counter_runs() -> None:
    turns = [number for number in range(10**12, 10**12 + 1000) if assist_turn(X, D(number), V6)]
    assert turns == list(range(10**12, 10**12 + 1000, 5))


@pytest.mark.parametrize(
    ("years", "points"),
    [("0", "750"), ("0.5", "752.5"), ("1", "755"), ("2", "760"), ("4.9999", "774.9995"), ("5", "775"), ("6", "775")],
)
def test_an_lvad_gains_5_points_a_year_on_750_for_at_most_5_years(years: str, points: str) -> None:
    assert assist_points(X, lvad(years), V6) == D(points)
    assert score(lvad(years), icar=10, counter=5) == D(points)


@pytest.mark.parametrize(
    ("days", "printed"),
    [
        ("1", "750.013689"),
        ("365", "754.996578"),
        ("1826", "774.996578"),
        ("1826.25", "775.000000"),
        ("1827", "775.000000"),
        ("9000", "775.000000"),
    ],
)
def test_years_of_lvad_are_days_over_365_and_a_quarter(days: str, printed: str) -> None:
    assert published(score(recipient(long_term_support="G", lvad_days=days), icar=0, counter=10)) == printed


def test_an_lvad_a_microsecond_short_of_five_years_is_not_cut_yet() -> None:
    assert assist_points(X, recipient(lvad_days=5 * YEAR - A_MICROSECOND), V6) < D(775)
    assert assist_points(X, recipient(lvad_days=5 * YEAR + A_MICROSECOND), V6) == D(775)


@pytest.mark.parametrize("counter", [1, 4, 6, 9, 11])
def test_on_other_offers_an_lvad_has_the_points_of_its_icar(counter: int) -> None:
    assert score(lvad("3"), icar=12, counter=counter) == D(300)


@pytest.mark.parametrize("support", ["", "B"])
def test_without_support_or_with_a_bivad_the_fifth_offer_changes_nothing(support: str) -> None:
    assert score(recipient(long_term_support=support, lvad_days=2 * YEAR), icar=12, counter=5) == D(300)


@pytest.mark.parametrize(("icar", "points"), [(0, "755"), (30, "755"), (31, "755"), (40, "755")])
def test_on_a_turn_the_lvad_points_replace_even_a_higher_icar(icar: int, points: str) -> None:
    assert score(lvad("1"), icar=icar, counter=5) == D(points)


def test_a_complicated_lvad_has_its_turn_too() -> None:
    assert score(lvad("1", lvad_complicated=True), icar=0, counter=5) == D(755)


def test_inotropes_leave_an_lvad_its_turn() -> None:
    assert score(lvad("1", inotropes=True), icar=0, counter=5) == D(755)


# ------------------------------------------------------------------------------------ 3.3.2, who has the component


@pytest.mark.parametrize(("age", "points"), [("17.999999", "0"), ("18", "500"), ("18.000001", "500"), ("80", "500")])
def test_the_adult_standard_component_begins_on_the_18th_birthday(age: str, points: str) -> None:
    assert adult_standard(X, recipient(age_years=age), D(500), V6) == D(points)


@pytest.mark.parametrize(("urgency", "points"), [("", 500), ("DGN", 500), ("XPCA", 0), ("XPCP1", 0), ("XPCP2", 0)])
def test_an_expert_component_excludes_the_adult_standard_one_and_dgn_does_not(urgency: str, points: int) -> None:
    assert adult_standard(X, recipient(urgency=urgency), D(500), V6) == D(points)


# ----------------------------------------------------------------------------------------- dated forms of 3.3.2


@pytest.mark.parametrize(
    ("rules", "on_ecmo", "on_lvad"),
    [(START, "500", "500"), (TAPER, "400", "500"), (ASSIST, "400", "755"), (V6, "400", "755")],
    ids=lambda each: each.id if isinstance(each, RuleSet) else each,
)
def test_the_taper_came_in_2019_and_the_lvad_turns_in_2020(rules: RuleSet, on_ecmo: str, on_lvad: str) -> None:
    assert score(recipient(ecmo=True, ecmo_days="13"), counter=5, rules=rules) == D(on_ecmo)
    assert score(lvad("1"), counter=5, rules=rules) == D(on_lvad)


def test_the_three_forms_differ_only_where_the_guide_says_so() -> None:
    stable = recipient()
    for form, rules in ((adult_standard_2018, START), (adult_standard_2019, TAPER), (adult_standard_2020, ASSIST)):
        assert form(X, stable, D(300), D(5), rules, DEFAULTS) == D(300)
    assert adult_standard_2018(X, recipient(ecmo=True, ecmo_days="99"), D(300), D(5), START, DEFAULTS) == D(300)
    assert adult_standard_2019(X, lvad("9"), D(300), D(5), TAPER, DEFAULTS) == D(300)


# ------------------------------------------------------------------------------------------- 3.3, the sum


@pytest.mark.parametrize(
    ("changes", "component", "points"),
    [
        ({}, "adult_standard", 500),
        ({"urgency": "DGN"}, "adult_standard", 500),
        ({"urgency": "XPCA", "expert_points": 900}, "XPCA", 900),
        ({"urgency": "XPCP1"}, "XPCP1", 1101),
        ({"urgency": "XPCP2"}, "XPCP2", 1051),
        ({"age_years": "17.9", "waiting_months": 0}, "paediatric_standard", 775),
        ({"age_years": "17.9", "waiting_months": 0, "urgency": "DGN"}, "paediatric_standard", 775),
        (
            {"age_years": "17.9", "waiting_months": 0, "urgency": "XPCA", "expert_points": 900},
            "paediatric_standard",
            775,
        ),
        ({"age_years": "17.9", "urgency": "XPCP1"}, "XPCP1", 1101),
        ({"age_years": "17.9", "urgency": "XPCP2"}, "XPCP2", 1051),
        ({"age_years": "18", "urgency": "XPCP2"}, "XPCP2", 1051),
    ],
)
def test_exactly_one_of_the_four_components_gives_points(changes: dict[str, Any], component: str, points: int) -> None:
    who = recipient(**changes)
    assert component_of(X, who, V6) == component
    assert score(who) == D(points)
