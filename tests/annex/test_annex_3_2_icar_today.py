"""Annex 3.2: validity of laboratory values, C_ICAR, and the terms of the risk of the day."""

from decimal import Decimal
from typing import Any

import pytest

from engine.rules.annex_3_2_icar import (
    gfr_today,
    icar_constant,
    ln_bilirubin_today,
    ln_gfr_today,
    peptide_decile_today,
    short_term_support,
    usable_today,
    validity_days,
)
from engine.rules.variables import Recipient
from tests.annex.support import (
    A_MICROSECOND,
    DEFAULTS,
    UNRECORDED,
    V6,
    D,
    M,
    X,
    around,
    exactly,
    mp,
    mp_constant,
    mp_creatinine_for,
    mp_gfr,
    recipient,
    sample,
)

SUPPORTED: list[dict[str, Any]] = [{"ecmo": True}, {"inotropes": True}, {"ecmo": True, "inotropes": True}]
STATES: list[tuple[dict[str, Any], int]] = [({}, 105), *((state, 4) for state in SUPPORTED)]

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


def decile(who: Recipient) -> Decimal:
    """F_Decile_PNj."""
    value: Decimal = peptide_decile_today(X, who, usable_today(X, who, V6, DEFAULTS), V6)
    return value


def ln_gfr(who: Recipient) -> Decimal:
    """F_Ln_DFG_LAj."""
    value: Decimal = ln_gfr_today(X, who, usable_today(X, who, V6, DEFAULTS), V6)
    return value


def ln_bilirubin(who: Recipient) -> Decimal:
    """F_Ln_BILI_LAj."""
    value: Decimal = ln_bilirubin_today(X, who, usable_today(X, who, V6, DEFAULTS), V6)
    return value


# ------------------------------------------------------------------------------- 3.2.1 and 3.2.2, constants


@pytest.mark.parametrize(("state", "days"), STATES)
def test_results_are_valid_105_days_without_ecmo_and_inotropes_and_4_days_with_either(
    state: dict[str, Any], days: int
) -> None:
    assert validity_days(X, recipient(**state), V6) == D(days)


@pytest.mark.parametrize(
    "other",
    [
        {"total_artificial_heart": True},
        {"long_term_support": "G"},
        {"long_term_support": "B"},
        {"dialysis": True},
        {"sacubitril_valsartan": True},
        {"urgency": "XPCA"},
    ],
)
def test_no_other_treatment_shortens_the_validity(other: dict[str, Any]) -> None:
    assert validity_days(X, recipient(**other), V6) == D(105)


def test_the_constant_is_that_of_the_lowest_risk() -> None:
    assert exactly(icar_constant(X, V6)) == exactly(mp_constant())
    assert exactly(icar_constant(X, V6)) == D("-1.407074990333435639594830654614280652182894")


# --------------------------------------------------------------------------------------- 3.2.3.2, F_ASCD


def test_short_term_support_is_1_under_ecmo_and_0_without() -> None:
    assert short_term_support(X, recipient(ecmo=True)) == D(1)
    assert short_term_support(X, recipient()) == D(0)


def test_inotropes_are_no_short_term_support() -> None:
    assert short_term_support(X, recipient(inotropes=True)) == D(0)


# ------------------------------------------------------------------- 3.2.3.3, decile of natriuretic peptides


@pytest.mark.parametrize(("bound", "below"), NT_PROBNP_TABLE)
@pytest.mark.parametrize(("change", "step"), [("-0.01", 0), ("0", 1), ("0.01", 1)])
def test_the_nt_probnp_decile_steps_up_exactly_at_each_bound(bound: int, below: int, change: str, step: int) -> None:
    assert decile(recipient(nt_probnp=sample(str(bound + D(change))))) == D(below + step)


@pytest.mark.parametrize(("bound", "below"), BNP_TABLE)
@pytest.mark.parametrize(("change", "step"), [("-0.01", 0), ("0", 1), ("0.01", 1)])
def test_the_bnp_decile_steps_up_exactly_at_each_bound(bound: int, below: int, change: str, step: int) -> None:
    assert decile(recipient(bnp=sample(str(bound + D(change))))) == D(below + step)


@pytest.mark.parametrize(("peptide", "highest"), [("nt_probnp", "500000"), ("bnp", "100000")])
def test_the_ends_of_the_tables_are_deciles_1_and_10(peptide: str, highest: str) -> None:
    assert decile(recipient(**{peptide: sample("0")})) == D(1)
    assert decile(recipient(**{peptide: sample(highest)})) == D(10)


def test_without_any_peptide_the_decile_is_1() -> None:
    assert decile(recipient()) == D(1)


@pytest.mark.parametrize(
    "state", [{"ecmo": True}, {"total_artificial_heart": True}, {"long_term_support": "B"}], ids=str
)
@pytest.mark.parametrize("peptides", ["missing", "low", "high"])
def test_ecmo_an_artificial_heart_or_a_bivad_give_decile_10_whatever_the_peptides(
    state: dict[str, Any], peptides: str
) -> None:
    values = {"missing": UNRECORDED, "low": sample("1"), "high": sample("90000")}
    assert decile(recipient(nt_probnp=values[peptides], bnp=values[peptides], **state)) == D(10)


@pytest.mark.parametrize(
    "state",
    [{"long_term_support": "G"}, {"inotropes": True}, {"dialysis": True}, {"sacubitril_valsartan": True}],
    ids=str,
)
def test_other_treatments_leave_the_decile_to_the_peptides(state: dict[str, Any]) -> None:
    assert decile(recipient(nt_probnp=sample("1478"), **state)) == D(3)
    assert decile(recipient(bnp=sample("1074"), **state)) == D(7)
    assert decile(recipient(**state)) == D(1)


@pytest.mark.parametrize(("nt_probnp", "bnp", "expected"), [("927", "2696", 1), ("11332", "188", 10)])
def test_a_fresh_nt_probnp_goes_before_a_fresh_bnp(nt_probnp: str, bnp: str, expected: int) -> None:
    assert decile(recipient(nt_probnp=sample(nt_probnp), bnp=sample(bnp))) == D(expected)


@pytest.mark.parametrize(("state", "limit"), [STATES[0], STATES[2]], ids=str)
@pytest.mark.parametrize("peptide", ["nt_probnp", "bnp"])
def test_a_peptide_counts_up_to_its_last_valid_instant_and_not_a_microsecond_longer(
    state: dict[str, Any], limit: int, peptide: str
) -> None:
    def aged(days: Decimal) -> Recipient:
        return recipient(**{peptide: sample("3000", days)}, **state)

    expected = D(5) if peptide == "nt_probnp" else D(10)
    assert decile(aged(limit - A_MICROSECOND)) == expected
    assert decile(aged(D(limit))) == expected
    assert decile(aged(limit + A_MICROSECOND)) == D(1)


def test_an_expired_nt_probnp_leaves_the_place_to_a_fresh_bnp() -> None:
    who = recipient(nt_probnp=sample("11332", "105.001"), bnp=sample("481", "105"))
    assert decile(who) == D(4)


def test_a_fresh_nt_probnp_counts_beside_an_expired_bnp() -> None:
    assert decile(recipient(nt_probnp=sample("928", "105"), bnp=sample("2696", "105.001"))) == D(2)


def test_two_expired_peptides_give_decile_1() -> None:
    assert decile(recipient(nt_probnp=sample("11332", "105.001"), bnp=sample("2696", "200"))) == D(1)


def test_inotropes_make_a_peptide_of_five_days_expire() -> None:
    peptides = {"nt_probnp": sample("11332", "5"), "bnp": sample("622", "3")}
    assert decile(recipient(**peptides)) == D(10)
    assert decile(recipient(inotropes=True, **peptides)) == D(5)


# ------------------------------------------------------------------ 3.2.3.4, glomerular filtration rate (MDRD)


@pytest.mark.parametrize("creatinine", ["5", "44.2", "88.4", "90", "176.8", "3000"])
@pytest.mark.parametrize("age", ["0.5", "18", "45", "79.25"])
@pytest.mark.parametrize("sex", ["F", "M"])
def test_the_filtration_rate_is_that_of_mdrd(creatinine: str, age: str, sex: str) -> None:
    who = recipient(creatinine=sample(creatinine), age_years=age, sex=sex)
    assert exactly(gfr_today(X, who, V6)) == exactly(mp_gfr(creatinine, age, female=sex == "F"))


def test_a_man_of_45_with_a_creatinine_of_90_filters_84_ml_a_minute() -> None:
    who = recipient(creatinine=sample("90"))
    assert exactly(gfr_today(X, who, V6)) == D("84.259867631088800285889684473474676005188913")


def test_at_the_age_of_one_and_a_creatinine_of_1_mg_per_dl_only_the_factors_are_left() -> None:
    assert gfr_today(X, recipient(creatinine=sample("88.4"), age_years="1"), V6) == D("186.3")
    woman = recipient(creatinine=sample("88.4"), age_years="1", sex="F")
    assert gfr_today(X, woman, V6) == D("186.3") * D("0.742")


def test_dialysis_gives_a_filtration_rate_of_15_whatever_the_creatinine() -> None:
    for creatinine in (UNRECORDED, sample("40"), sample("900"), sample("90", "400")):
        assert exactly(ln_gfr(recipient(dialysis=True, creatinine=creatinine))) == exactly(M.log(15))


def test_dialysis_before_the_treatment_is_no_dialysis_today() -> None:
    assert exactly(ln_gfr(recipient(dialysis_before=True))) == exactly(M.log(150))


def test_without_creatinine_the_filtration_rate_is_taken_as_150() -> None:
    assert exactly(ln_gfr(recipient())) == exactly(M.log(150))
    assert exactly(ln_gfr(recipient())) == D("5.010635294096255750013996024833077551774193")


@pytest.mark.parametrize(("state", "limit"), STATES)
def test_creatinine_counts_up_to_its_last_valid_instant_and_not_a_microsecond_longer(
    state: dict[str, Any], limit: int
) -> None:
    for days in (limit - A_MICROSECOND, D(limit)):
        assert exactly(ln_gfr(recipient(creatinine=sample("90", days), **state))) == exactly(M.log(mp_gfr("90", "45")))
    late = recipient(creatinine=sample("90", limit + A_MICROSECOND), **state)
    assert exactly(ln_gfr(late)) == exactly(M.log(150))


@pytest.mark.parametrize("age", ["18", "45", "70"])
@pytest.mark.parametrize("sex", ["F", "M"])
def test_a_filtration_rate_is_cut_at_150_from_the_creatinine_that_gives_it(age: str, sex: str) -> None:
    female = sex == "F"
    below, above = around(mp_creatinine_for("150", age, female=female))
    assert exactly(ln_gfr(recipient(creatinine=sample(below), age_years=age, sex=sex))) == exactly(M.log(150))
    uncut = ln_gfr(recipient(creatinine=sample(above), age_years=age, sex=sex))
    assert exactly(uncut) == exactly(M.log(mp_gfr(above, age, female=female)))
    assert exactly(uncut) < exactly(M.log(150))


def test_a_man_of_45_reaches_150_between_creatinines_of_54_60_and_54_61() -> None:
    assert exactly(ln_gfr(recipient(creatinine=sample("54.60")))) == exactly(M.log(150))
    assert exactly(ln_gfr(recipient(creatinine=sample("54.61")))) == exactly(M.log(mp_gfr("54.61", "45")))
    assert mp_gfr("54.60", "45") > 150 > mp_gfr("54.61", "45")


@pytest.mark.parametrize("age", ["18", "45", "70"])
@pytest.mark.parametrize("sex", ["F", "M"])
def test_a_filtration_rate_is_raised_to_1_from_the_creatinine_that_gives_it(age: str, sex: str) -> None:
    female = sex == "F"
    below, above = around(mp_creatinine_for("1", age, female=female))
    uncut = ln_gfr(recipient(creatinine=sample(below), age_years=age, sex=sex))
    assert exactly(uncut) == exactly(M.log(mp_gfr(below, age, female=female)))
    assert uncut > 0
    assert ln_gfr(recipient(creatinine=sample(above), age_years=age, sex=sex)) == 0


def test_at_the_age_of_0_the_filtration_rate_has_no_value_and_150_is_taken() -> None:
    newborn = recipient(age_years="0", creatinine=sample("3000"))
    assert exactly(ln_gfr(newborn)) == exactly(M.log(150))


def test_at_the_age_of_0_dialysis_still_gives_15() -> None:
    assert exactly(ln_gfr(recipient(age_years="0", creatinine=sample("90"), dialysis=True))) == exactly(M.log(15))


# -------------------------------------------------------------------------------------- 3.2.3.5, bilirubin


@pytest.mark.parametrize(
    ("value", "counted"),
    [
        ("0", "5"),
        ("4.99", "5"),
        ("5", "5"),
        ("5.01", "5.01"),
        ("17.1", "17.1"),
        ("229.99", "229.99"),
        ("230", "230"),
        ("230.01", "230"),
        ("2000", "230"),
    ],
)
def test_bilirubin_is_cut_to_5_and_230(value: str, counted: str) -> None:
    assert exactly(ln_bilirubin(recipient(bilirubin=sample(value)))) == exactly(M.log(mp(counted)))


def test_without_bilirubin_5_is_taken() -> None:
    assert exactly(ln_bilirubin(recipient())) == exactly(M.log(5))


@pytest.mark.parametrize(("state", "limit"), STATES)
def test_bilirubin_counts_up_to_its_last_valid_instant_and_not_a_microsecond_longer(
    state: dict[str, Any], limit: int
) -> None:
    for days in (D(0), limit - A_MICROSECOND, D(limit)):
        assert exactly(ln_bilirubin(recipient(bilirubin=sample("60", days), **state))) == exactly(M.log(60))
    late = recipient(bilirubin=sample("60", limit + A_MICROSECOND), **state)
    assert exactly(ln_bilirubin(late)) == exactly(M.log(5))
