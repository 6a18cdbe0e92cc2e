"""Annex 3.2: the risk of the day, the index of the day (ICARj), and the ICAR chosen of it and ICARi."""

from decimal import Decimal
from typing import Any

import pytest

from engine.rules.annex_3_2_icar import icar, icar_before, icar_today, risk_today
from engine.rules.score import raw_score
from engine.rules.variables import Recipient
from tests.annex.support import (
    DEFAULTS,
    UNRECORDED,
    V6,
    D,
    M,
    X,
    altered,
    around,
    exactly,
    examined,
    mp,
    mp_creatinine_for,
    mp_gfr,
    mp_risk,
    recipient,
    sample,
)


def icar_j(who: Recipient) -> Decimal:
    """ICARj."""
    value: Decimal = icar_today(X, who, V6, DEFAULTS)
    return value


def icar_i(who: Recipient) -> Decimal:
    """ICARi."""
    value: Decimal = icar_before(X, who, V6, DEFAULTS)
    return value


# ------------------------------------------------------------------------- 3.2.3.1 and 3.2.3, risk and ICARj


def test_the_risk_adds_its_four_terms_with_the_guides_weights() -> None:
    who = examined(nt_probnp=sample("3416"), creatinine=sample("120"), bilirubin=sample("30"), age_years="50", sex="F")
    expected = mp_risk(0, 6, M.log(mp_gfr("120", "50", female=True)), M.log(30))
    assert exactly(risk_today(X, who, V6, DEFAULTS)) == exactly(expected)


def test_ecmo_adds_its_weight_and_decile_10_to_the_risk() -> None:
    who = examined(ecmo=True)
    expected = mp_risk(1, 10, M.log(mp_gfr("90", "45")), M.log(17))
    assert exactly(risk_today(X, who, V6, DEFAULTS)) == exactly(expected)


def test_dialysis_lowers_the_filtration_term_of_the_risk() -> None:
    expected = mp_risk(0, 2, M.log(15), M.log(17))
    assert exactly(risk_today(X, examined(dialysis=True), V6, DEFAULTS)) == exactly(expected)


# Worked with mpmath: (F_RisquePreGRFj - C_ICAR) x 10 stands beside each.
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 0),  # nothing recorded: 0
        ({"ecmo": True}, 27),  # 13.01335 + 9 x 1.57691 = 27.20554
        ({"total_artificial_heart": True}, 14),  # 14.19219
        ({"dialysis": True}, 12),  # 5.10058 x ln(10) = 11.7445
        ({"bilirubin": sample("230")}, 24),  # 6.15711 x ln(46) = 23.5733
        ({"ecmo": True, "dialysis": True}, 39),  # 27.20554 + 11.7445 = 38.9501
        ({"ecmo": True, "dialysis": True, "bilirubin": sample("230")}, 40),  # 62.5
        ({"nt_probnp": sample("3415"), "creatinine": sample("120"), "bilirubin": sample("30"), "age_years": 50}, 22),
        ({"creatinine": sample("90"), "bilirubin": sample("17")}, 10),  # 10.4766
        ({"ecmo": True, "creatinine": sample("60"), "sex": "F", "age_years": 25}, 29),  # 28.6740
    ],
)
def test_icar_of_the_day_worked_by_hand(changes: dict[str, Any], expected: int) -> None:
    assert icar_j(recipient(**changes)) == D(expected)


@pytest.mark.parametrize("steps", range(23))
def test_icar_moves_by_one_point_at_each_half_as_bilirubin_rises(steps: int) -> None:
    """(F - C) x 10 = 6.15711 x ln(BILI/5), which passes through each half once."""
    bound = 5 * M.exp((steps + mp("0.5")) / mp("6.15711"))
    below, above = around(bound, 9)
    moved = icar_j(recipient(bilirubin=sample(below))), icar_j(recipient(bilirubin=sample(above)))
    assert moved == (D(steps), D(steps + 1))


@pytest.mark.parametrize("steps", range(25))
def test_icar_moves_by_one_point_at_each_half_as_creatinine_rises(steps: int) -> None:
    """(F - C) x 10 = 5.10058 x ln(150/F_DFG)."""
    below, above = around(mp_creatinine_for(M.nstr(150 / M.exp((steps + mp("0.5")) / mp("5.10058")), 58), "45"), 9)
    moved = icar_j(recipient(creatinine=sample(below))), icar_j(recipient(creatinine=sample(above)))
    assert moved == (D(steps), D(steps + 1))


def test_bilirubin_alone_never_gives_more_than_24_points() -> None:
    """6.15711 x ln(230/5) = 23.57, where it is cut."""
    for value in ("230", "230.01", "2000"):
        assert icar_j(recipient(bilirubin=sample(value))) == D(24)


def test_icar_reaches_40_at_39_and_a_half_and_stays_there() -> None:
    at_half = 5 * M.exp((mp("39.5") - mp("27.20554")) / mp("6.15711"))
    below, above = around(at_half, 9)
    assert icar_j(recipient(ecmo=True, bilirubin=sample(below))) == D(39)
    assert icar_j(recipient(ecmo=True, bilirubin=sample(above))) == D(40)
    for text in around(5 * M.exp((mp("40.5") - mp("27.20554")) / mp("6.15711")), 9):
        assert icar_j(recipient(ecmo=True, bilirubin=sample(text))) == D(40)


@pytest.mark.parametrize(
    ("weight", "expected"),
    [("0.05", 1), ("0.049999", 0), ("0.15", 2), ("0.25", 3), ("0.249999", 2), ("3.95", 40), ("-0.05", 0), ("-4", 0)],
)
def test_a_risk_exactly_between_two_points_goes_up_and_a_negative_one_to_0(weight: str, expected: int) -> None:
    """The guide's own weights never give an exact half; these figures do."""
    rules = altered(V6, risk_peptide_decile=weight, risk_ln_gfr="0", risk_ln_bilirubin="0")
    assert icar_today(X, recipient(nt_probnp=sample("928")), rules, DEFAULTS) == D(expected)


# ------------------------------------------------------------------------------------------- 3.2.3, ICAR


@pytest.mark.parametrize("state", [{"ecmo": True}, {"inotropes": True}, {"ecmo": True, "inotropes": True}], ids=str)
@pytest.mark.parametrize(("today", "before", "expected"), [(12, 20, 20), (20, 12, 20), (15, 15, 15), (0, 40, 40)])
def test_under_ecmo_or_inotropes_icar_is_the_higher_of_today_and_before(
    state: dict[str, Any], today: int, before: int, expected: int
) -> None:
    assert icar(X, recipient(**state), D(today), D(before), []) == D(expected)


@pytest.mark.parametrize(("today", "before"), [(12, 20), (20, 12), (0, 40)])
def test_without_ecmo_and_inotropes_icar_is_that_of_the_day_alone(today: int, before: int) -> None:
    assert icar(X, recipient(), D(today), D(before), []) == D(today)


BEFORE: dict[str, Any] = {"bilirubin_before": sample("230"), "dialysis_before": True}  # 24 + 12 points: 35.32


def test_values_from_before_raise_the_icar_only_while_ecmo_or_inotropes_run() -> None:
    def raw_icar(**state: Any) -> Decimal:
        who = recipient(bilirubin=sample("17", "3"), **BEFORE, **state)
        value: Decimal = raw_score(X, who, [], D(1), V6, DEFAULTS).icar
        return value

    assert raw_icar() == D(8)  # 6.15711 x ln(17/5) = 7.535
    assert raw_icar(inotropes=True) == D(35)  # 6.15711 x ln(46) + 5.10058 x ln(10) = 35.318
    assert raw_icar(ecmo=True) == D(40)  # 27.20554 more


def test_a_higher_icar_of_the_day_goes_before_that_from_before() -> None:
    who = recipient(inotropes=True, bilirubin=sample("230", "4"), bilirubin_before=sample("17"))
    raw = raw_score(X, who, [], D(1), V6, DEFAULTS)
    assert (raw.icar_today, raw.icar_before, raw.icar) == (D(24), D(8), D(24))


def test_without_ecmo_and_inotropes_there_is_no_icar_from_before() -> None:
    raw = raw_score(X, recipient(**BEFORE), [], D(1), V6, DEFAULTS)
    assert not raw.on_support
    assert (raw.icar_before, raw.icar) == (D(0), D(0))


@pytest.mark.parametrize(
    ("state", "today", "earlier"),
    [
        ({"inotropes": True}, 0, 15),  # 6.15711 x ln(60/5) = 15.30
        ({"ecmo": True}, 27, 40),  # 27.20554, and 15.30 more
    ],
)
def test_expired_values_of_the_day_leave_the_icar_to_those_from_before(
    state: dict[str, Any], today: int, earlier: int
) -> None:
    who = recipient(
        bilirubin=sample("200", "4.001"),
        creatinine=sample("300", "5"),
        nt_probnp=sample("12000", "100"),
        bilirubin_before=sample("60", "400"),
        creatinine_before=UNRECORDED,
        **state,
    )
    assert (icar_j(who), icar_i(who)) == (D(today), D(earlier))


@pytest.mark.parametrize("age", ["0", "0.5", "17.999999"])
def test_a_minor_has_no_icar(age: str) -> None:
    raw = raw_score(X, examined(age_years=age, ecmo=True, dialysis=True), [], D(1), V6, DEFAULTS)
    assert not raw.adult
    assert (raw.icar, raw.icar_today, raw.icar_before) == (D(0), D(0), D(0))


def test_an_icar_exists_from_the_18th_birthday() -> None:
    raw = raw_score(X, recipient(age_years="18", dialysis=True), [], D(1), V6, DEFAULTS)
    assert raw.adult
    assert raw.icar == D(12)
