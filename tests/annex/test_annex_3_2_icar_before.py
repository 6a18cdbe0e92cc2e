"""Annex 3.2.1 (the second of that number): the index from before ECMO or inotropes, ICARi."""

from decimal import Decimal
from typing import Any

import pytest

from engine.rules.annex_3_2_icar import (
    gfr_before,
    icar_before,
    ln_bilirubin_before,
    ln_gfr_before,
    peptide_decile_before,
    risk_before,
)
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
    mp,
    mp_creatinine_for,
    mp_gfr,
    mp_risk,
    recipient,
    sample,
)

NT_PROBNP_TABLE = [
    (928, 1),
    (1478, 2),
    (2044, 3),
    (2661, 4),
    (3416, 5),
    (4406, 6),
    (5645, 7),
    (8000, 8),
    (11332, 9),
]
BNP_TABLE = [(189, 1), (314, 2), (481, 3), (622, 4), (818, 5), (1074, 6), (1317, 7), (1702, 8), (2696, 9)]
LONG_AGO = "10000"


def before(**changes: Any) -> Recipient:
    """A man of 45 on inotropes."""
    return recipient(inotropes=True, **changes)


def decile(who: Recipient) -> Decimal:
    """F_Decile_PNi."""
    value: Decimal = peptide_decile_before(X, who, V6, DEFAULTS)
    return value


def ln_gfr(who: Recipient) -> Decimal:
    """F_Ln_DFG_LAi."""
    value: Decimal = ln_gfr_before(X, who, V6)
    return value


def ln_bilirubin(who: Recipient) -> Decimal:
    """F_Ln_BILI_LAi."""
    value: Decimal = ln_bilirubin_before(X, who, V6)
    return value


def icar_i(who: Recipient) -> Decimal:
    """ICARi."""
    value: Decimal = icar_before(X, who, V6, DEFAULTS)
    return value


# ------------------------------------------------------------------------------------- 3.2.1.3, peptide decile


@pytest.mark.parametrize(("bound", "below"), NT_PROBNP_TABLE)
@pytest.mark.parametrize(("change", "step"), [("-0.01", 0), ("0", 1), ("0.01", 1)])
def test_the_earlier_nt_probnp_decile_steps_up_exactly_at_each_bound(
    bound: int, below: int, change: str, step: int
) -> None:
    assert decile(before(nt_probnp_before=sample(str(bound + D(change))))) == D(below + step)


@pytest.mark.parametrize(("bound", "below"), BNP_TABLE)
@pytest.mark.parametrize(("change", "step"), [("-0.01", 0), ("0", 1), ("0.01", 1)])
def test_the_earlier_bnp_decile_steps_up_exactly_at_each_bound(bound: int, below: int, change: str, step: int) -> None:
    assert decile(before(bnp_before=sample(str(bound + D(change))))) == D(below + step)


def test_without_an_earlier_peptide_the_decile_is_1_whatever_those_of_the_day() -> None:
    assert decile(before(nt_probnp=sample("12000"), bnp=sample("3000"))) == D(1)


@pytest.mark.parametrize(
    "state", [{"ecmo": True}, {"total_artificial_heart": True}, {"long_term_support": "B"}], ids=str
)
@pytest.mark.parametrize("peptide", [UNRECORDED, sample("1"), sample("90000")], ids=["missing", "low", "high"])
def test_ecmo_an_artificial_heart_or_a_bivad_of_today_give_decile_10_before_too(
    state: dict[str, Any], peptide: Any
) -> None:
    assert decile(before(nt_probnp_before=peptide, bnp_before=peptide, **state)) == D(10)


def test_an_lvad_leaves_the_earlier_decile_to_the_peptides() -> None:
    assert decile(before(long_term_support="G", nt_probnp_before=sample("2044"))) == D(4)


@pytest.mark.parametrize(("nt_probnp", "bnp", "expected"), [("927", "2696", 1), ("11332", "188", 10)])
def test_an_earlier_nt_probnp_goes_before_an_earlier_bnp(nt_probnp: str, bnp: str, expected: int) -> None:
    assert decile(before(nt_probnp_before=sample(nt_probnp), bnp_before=sample(bnp))) == D(expected)


def test_earlier_peptides_never_expire() -> None:
    assert decile(before(nt_probnp_before=sample("5645", LONG_AGO), bnp_before=sample("1"))) == D(8)
    assert decile(before(bnp_before=sample("1317", LONG_AGO))) == D(8)


# -------------------------------------------------------------------------------- 3.2.1.4, filtration rate


@pytest.mark.parametrize("creatinine", ["5", "88.4", "90", "3000"])
@pytest.mark.parametrize(("age", "sex"), [("18", "F"), ("18", "M"), ("63.5", "F"), ("63.5", "M")])
def test_the_earlier_filtration_rate_is_that_of_mdrd_at_todays_age(creatinine: str, age: str, sex: str) -> None:
    who = before(creatinine_before=sample(creatinine), creatinine=sample("1"), age_years=age, sex=sex)
    assert exactly(gfr_before(X, who, V6)) == exactly(mp_gfr(creatinine, age, female=sex == "F"))


@pytest.mark.parametrize("creatinine", [UNRECORDED, sample("40"), sample("900")], ids=["missing", "low", "high"])
def test_dialysis_before_the_treatment_gives_15_whatever_the_creatinine(creatinine: Any) -> None:
    assert exactly(ln_gfr(before(dialysis_before=True, creatinine_before=creatinine))) == exactly(M.log(15))


def test_dialysis_of_today_alone_is_none_before_the_treatment() -> None:
    assert exactly(ln_gfr(before(dialysis=True))) == exactly(M.log(150))


def test_without_an_earlier_creatinine_150_is_taken_whatever_that_of_the_day() -> None:
    assert exactly(ln_gfr(before(creatinine=sample("900")))) == exactly(M.log(150))


def test_an_earlier_creatinine_never_expires() -> None:
    who = before(creatinine_before=sample("90", LONG_AGO))
    assert exactly(ln_gfr(who)) == exactly(M.log(mp_gfr("90", "45")))


@pytest.mark.parametrize(("age", "sex"), [("18", "F"), ("45", "M"), ("70", "F")])
def test_the_earlier_filtration_rate_is_cut_to_1_and_150(age: str, sex: str) -> None:
    female = sex == "F"

    def ln_of(creatinine: str) -> Decimal:
        return exactly(ln_gfr(before(creatinine_before=sample(creatinine), age_years=age, sex=sex)))

    below, above = around(mp_creatinine_for("150", age, female=female))
    assert (ln_of(below), ln_of(above)) == (exactly(M.log(150)), exactly(M.log(mp_gfr(above, age, female=female))))
    assert ln_of(above) < ln_of(below)
    below, above = around(mp_creatinine_for("1", age, female=female))
    assert (ln_of(below), ln_of(above)) == (exactly(M.log(mp_gfr(below, age, female=female))), D(0))
    assert ln_of(below) > 0


# -------------------------------------------------------------------------------------- 3.2.1.5, bilirubin


@pytest.mark.parametrize(
    ("value", "counted"),
    [
        ("0", "5"),
        ("4.99", "5"),
        ("5", "5"),
        ("5.01", "5.01"),
        ("229.99", "229.99"),
        ("230", "230"),
        ("230.01", "230"),
        ("2000", "230"),
    ],
)
def test_the_earlier_bilirubin_is_cut_to_5_and_230(value: str, counted: str) -> None:
    assert exactly(ln_bilirubin(before(bilirubin_before=sample(value)))) == exactly(M.log(mp(counted)))


def test_without_an_earlier_bilirubin_5_is_taken_whatever_that_of_the_day() -> None:
    assert exactly(ln_bilirubin(before(bilirubin=sample("200")))) == exactly(M.log(5))


def test_an_earlier_bilirubin_never_expires() -> None:
    assert exactly(ln_bilirubin(before(bilirubin_before=sample("60", LONG_AGO)))) == exactly(M.log(60))


# ------------------------------------------------------------------------- 3.2.1.1 and 3.2.1.2, risk and ICARi


def test_the_earlier_risk_adds_its_four_terms_with_the_guides_weights() -> None:
    who = before(
        nt_probnp_before=sample("8000"),
        creatinine_before=sample("250"),
        bilirubin_before=sample("60"),
        age_years="62",
        sex="F",
    )
    expected = mp_risk(0, 9, M.log(mp_gfr("250", "62", female=True)), M.log(60))
    assert exactly(risk_before(X, who, V6, DEFAULTS)) == exactly(expected)


def test_the_earlier_risk_counts_the_ecmo_of_today() -> None:
    who = recipient(ecmo=True, creatinine_before=sample("90"), bilirubin_before=sample("17"))
    expected = mp_risk(1, 10, M.log(mp_gfr("90", "45")), M.log(17))
    assert exactly(risk_before(X, who, V6, DEFAULTS)) == exactly(expected)


# Worked with mpmath: (F_RisquePreGRFi - C_ICAR) x 10 stands beside each.
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 0),
        ({"ecmo": True}, 27),  # 27.20554
        ({"long_term_support": "B"}, 14),  # 14.19219
        ({"dialysis_before": True}, 12),  # 11.7445
        ({"bilirubin_before": sample("230")}, 24),  # 23.5733
        ({"ecmo": True, "dialysis_before": True}, 39),  # 38.9501
        ({"ecmo": True, "dialysis_before": True, "bilirubin_before": sample("7")}, 40),  # 41.02
        ({"creatinine_before": sample("90"), "bilirubin_before": sample("17")}, 10),  # 10.4766
        ({"creatinine": sample("90"), "bilirubin": sample("17"), "nt_probnp": sample("12000")}, 0),
    ],
)
def test_the_earlier_icar_worked_by_hand(changes: dict[str, Any], expected: int) -> None:
    assert icar_i(before(**changes)) == D(expected)


@pytest.mark.parametrize("steps", range(23))
def test_the_earlier_icar_moves_by_one_point_at_each_half_as_bilirubin_rises(steps: int) -> None:
    below, above = around(5 * M.exp((steps + mp("0.5")) / mp("6.15711")), 9)
    moved = icar_i(before(bilirubin_before=sample(below))), icar_i(before(bilirubin_before=sample(above)))
    assert moved == (D(steps), D(steps + 1))


@pytest.mark.parametrize(("weight", "expected"), [("0.05", 1), ("0.049999", 0), ("0.25", 3), ("3.95", 40), ("-1", 0)])
def test_an_earlier_risk_exactly_between_two_points_goes_up_and_a_negative_one_to_0(weight: str, expected: int) -> None:
    rules = altered(V6, risk_peptide_decile=weight, risk_ln_gfr="0", risk_ln_bilirubin="0")
    assert icar_before(X, before(nt_probnp_before=sample("928")), rules, DEFAULTS) == D(expected)
