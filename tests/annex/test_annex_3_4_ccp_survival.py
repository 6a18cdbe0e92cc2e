"""Annex 3.4.4: survival one year after the graft, and the filter that asks for more than one half."""

from decimal import Decimal
from typing import Any

import pytest

from engine.quantities import published
from engine.rules.annex_3_4_ccp import (
    high_risk_disease,
    ln_bilirubin_post,
    ln_gfr_post,
    older_donor,
    older_recipient,
    post_graft_risk,
    sex_mismatch,
    survival_1y,
    survival_filter,
)
from engine.rules.score import matching, pair_score
from engine.rules.variables import Donor, Recipient
from tests.annex.support import (
    A_MICROSECOND,
    DEFAULTS,
    UNRECORDED,
    V6,
    D,
    M,
    X,
    around,
    donor,
    exactly,
    examined,
    mp,
    mp_creatinine_for,
    mp_gfr,
    printed,
    recipient,
    sample,
)

STATES: list[tuple[dict[str, Any], int]] = [
    ({}, 105),
    ({"ecmo": True}, 4),
    ({"inotropes": True}, 4),
    ({"ecmo": True, "inotropes": True}, 4),
]
S0 = mp("0.6785748856")


def mp_risk(
    older: int = 0, disease: int = 0, bilirubin: Any = 5, gfr: Any = 150, mismatch: int = 0, old_donor: int = 0
) -> Any:
    """F_RiskPostGRF of its six terms."""
    return (
        mp("0.50608") * older
        + mp("0.50754") * disease
        + mp("0.40268") * M.log(bilirubin)
        - mp("0.54443") * M.log(gfr)
        + mp("0.36262") * mismatch
        + mp("0.41714") * old_donor
    )


def mp_survival(**terms: Any) -> Any:
    """0.6785748856^exp(F_RiskPostGRF)."""
    return S0 ** M.exp(mp_risk(**terms))


def survival(who: Recipient, whose: Donor | None = None) -> Decimal:
    """F_SurvPostGRF."""
    value: Decimal = survival_1y(X, who, whose or donor(), V6)
    return value


def passes(value: Decimal, age: str) -> Decimal:
    """F4_SurvPostGRF."""
    factor: Decimal = survival_filter(X, recipient(age_years=age), value, V6)
    return factor


# ------------------------------------------------------------------------- 3.4.4, the filter


@pytest.mark.parametrize(
    ("value", "factor"),
    [
        ("0", 0),
        ("0.4999999999999999999999999999999999999999999999", 0),
        ("0.5", 0),
        ("0.5000000000000000000000000000000000000000000001", 1),
        ("0.95", 1),
    ],
)
@pytest.mark.parametrize("age", ["18", "45"])
def test_an_adult_needs_a_survival_of_more_than_exactly_one_half(value: str, factor: int, age: str) -> None:
    assert passes(D(value), age) == D(factor)


@pytest.mark.parametrize("value", ["0", "0.03", "0.5", "0.95"])
@pytest.mark.parametrize("age", ["0", "8", "17.999999"])
def test_a_minor_passes_whatever_the_survival(value: str, age: str) -> None:
    assert passes(D(value), age) == D(1)


# -------------------------------------------------------------------- 3.4.4.1 and 3.4.4.2, model and risk


@pytest.mark.parametrize("older", [0, 1])
@pytest.mark.parametrize("disease", [0, 1])
@pytest.mark.parametrize("mismatch", [0, 1])
@pytest.mark.parametrize("old_donor", [0, 1])
def test_survival_follows_the_six_terms_of_the_risk(older: int, disease: int, mismatch: int, old_donor: int) -> None:
    who = recipient(
        age_years="51" if older else "50",
        diseases=("163",) if disease else ("151",),
        bilirubin=sample("30"),
        creatinine=sample("120"),
    )
    whose = donor(sex="F" if mismatch else "M", age_years="56" if old_donor else "55")
    gfr = mp_gfr("120", "51" if older else "50")
    terms = {"older": older, "disease": disease, "mismatch": mismatch, "old_donor": old_donor}
    assert exactly(post_graft_risk(X, who, whose, V6)) == exactly(mp_risk(bilirubin=30, gfr=gfr, **terms))
    assert exactly(survival(who, whose)) == exactly(mp_survival(bilirubin=30, gfr=gfr, **terms))


def test_the_best_survival_is_95_percent() -> None:
    """Worked with mpmath: 0.6785748856^exp(0.40268 ln 5 - 0.54443 ln 150)."""
    best = survival(recipient(bilirubin=sample("5"), creatinine=sample("20")))
    assert published(best) == "0.952705"
    assert f"{best:.24f}" == "0.952704804229638164861013"


def test_missing_results_bring_survival_down_to_3_percent() -> None:
    """Worked with mpmath: 0.6785748856^exp(0.40268 ln 230)."""
    assert exactly(survival(recipient())) == exactly(mp_survival(bilirubin=230, gfr=1))
    assert published(survival(recipient())) == "0.031303"
    assert passes(survival(recipient()), "45") == D(0)


def test_with_a_risk_of_0_survival_is_the_models_constant() -> None:
    """F_RiskPostGRF = 0 has no candidate; one of 1 mL/min and bilirubin 5 is 0.40268 ln 5 away."""
    who = recipient(bilirubin=sample("5"))
    assert exactly(survival(who)) == exactly(S0 ** (mp(5) ** mp("0.40268")))


# --------------------------------------------------------------------- 3.4.4.3, 3.4.4.4, 3.4.4.7, 3.4.4.8


@pytest.mark.parametrize(("age", "factor"), [("18", 0), ("49.999999", 0), ("50", 0), ("50.000001", 1), ("51", 1)])
def test_a_recipient_is_older_only_beyond_50(age: str, factor: int) -> None:
    assert older_recipient(X, recipient(age_years=age), V6) == D(factor)


def test_a_recipient_is_older_a_microsecond_after_the_50th_birthday() -> None:
    assert older_recipient(X, recipient(age_years=50 + A_MICROSECOND / 366), V6) == D(1)


@pytest.mark.parametrize(("age", "factor"), [("2", 0), ("54.999999", 0), ("55", 0), ("55.000001", 1), ("80", 1)])
def test_a_donor_is_older_only_beyond_55(age: str, factor: int) -> None:
    assert older_donor(X, donor(age_years=age), V6) == D(factor)


@pytest.mark.parametrize(("sex_d", "sex_r", "factor"), [("F", "M", 1), ("F", "F", 0), ("M", "M", 0), ("M", "F", 0)])
def test_only_the_heart_of_a_woman_for_a_man_is_a_mismatch(sex_d: str, sex_r: str, factor: int) -> None:
    assert sex_mismatch(X, recipient(sex=sex_r), donor(sex=sex_d)) == D(factor)


@pytest.mark.parametrize(
    ("diseases", "factor"),
    [(("162",), 1), (("163",), 1), (("815",), 1), (("811",), 0), (("151", "811", "815"), 1), (("151", "159"), 0)],
)
def test_a_valvular_or_congenital_disease_raises_the_risk(diseases: tuple[str, ...], factor: int) -> None:
    assert high_risk_disease(X, recipient(diseases=diseases), V6) == D(factor)


# --------------------------------------------------------------------------------- 3.4.4.5, bilirubin


def ln_bilirubin(who: Recipient) -> Decimal:
    """F_Ln_BILI_GRF."""
    return exactly(ln_bilirubin_post(X, who, V6))


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
def test_bilirubin_after_the_graft_is_cut_to_5_and_230(value: str, counted: str) -> None:
    assert ln_bilirubin(recipient(bilirubin=sample(value))) == exactly(M.log(mp(counted)))


def test_without_bilirubin_the_worst_is_taken() -> None:
    assert ln_bilirubin(recipient(bilirubin_before=sample("17"))) == exactly(M.log(230))


@pytest.mark.parametrize(("state", "limit"), STATES)
def test_bilirubin_after_the_graft_expires_into_the_worst(state: dict[str, Any], limit: int) -> None:
    for days in (D(0), limit - A_MICROSECOND, D(limit)):
        assert ln_bilirubin(recipient(bilirubin=sample("17", days), **state)) == exactly(M.log(17))
    assert ln_bilirubin(recipient(bilirubin=sample("17", limit + A_MICROSECOND), **state)) == exactly(M.log(230))


# -------------------------------------------------------------------------------- 3.4.4.6, filtration rate


def ln_gfr(who: Recipient) -> Decimal:
    """F_Ln_DFG_GRF."""
    return exactly(ln_gfr_post(X, who, V6))


@pytest.mark.parametrize("creatinine", [UNRECORDED, sample("40"), sample("90", "500")], ids=["none", "low", "old"])
def test_dialysis_after_the_graft_counts_as_15_whatever_the_creatinine(creatinine: Any) -> None:
    assert ln_gfr(recipient(dialysis=True, creatinine=creatinine)) == exactly(M.log(15))


def test_dialysis_before_ecmo_alone_is_none_after_the_graft() -> None:
    assert ln_gfr(recipient(dialysis_before=True)) == D(0)


def test_without_creatinine_the_worst_filtration_rate_of_1_is_taken() -> None:
    assert ln_gfr(recipient(creatinine_before=sample("90"))) == D(0)


@pytest.mark.parametrize(("state", "limit"), STATES)
def test_creatinine_after_the_graft_expires_into_the_worst(state: dict[str, Any], limit: int) -> None:
    for days in (D(0), limit - A_MICROSECOND, D(limit)):
        assert ln_gfr(recipient(creatinine=sample("90", days), **state)) == exactly(M.log(mp_gfr("90", "45")))
    assert ln_gfr(recipient(creatinine=sample("90", limit + A_MICROSECOND), **state)) == D(0)


@pytest.mark.parametrize(("age", "sex"), [("18", "F"), ("45", "M"), ("70", "F")])
def test_the_filtration_rate_after_the_graft_is_cut_to_1_and_150(age: str, sex: str) -> None:
    female = sex == "F"

    def ln_of(creatinine: str) -> Decimal:
        return ln_gfr(recipient(creatinine=sample(creatinine), age_years=age, sex=sex))

    below, above = around(mp_creatinine_for("150", age, female=female))
    assert (ln_of(below), ln_of(above)) == (exactly(M.log(150)), exactly(M.log(mp_gfr(above, age, female=female))))
    assert ln_of(above) < ln_of(below)
    below, above = around(mp_creatinine_for("1", age, female=female))
    assert (ln_of(below), ln_of(above)) == (exactly(M.log(mp_gfr(below, age, female=female))), D(0))
    assert ln_of(below) > 0


def test_after_the_graft_too_a_newborns_filtration_rate_is_taken_as_150() -> None:
    assert ln_gfr(recipient(age_years="0", creatinine=sample("500"))) == exactly(M.log(150))


# ------------------------------------------------------------------------------------ candidates at one half


@pytest.mark.parametrize(
    ("who", "whose", "terms"),
    [
        (
            {"diseases": ("162",), "creatinine": sample("90")},
            {"sex": "F", "age_years": "56"},
            {"disease": 1, "mismatch": 1, "old_donor": 1, "gfr": mp_gfr("90", "45")},
        ),
        ({"dialysis": True}, {}, {"gfr": 15}),
        ({"dialysis": True, "age_years": "60"}, {}, {"older": 1, "gfr": 15}),
        ({"dialysis": True}, {"sex": "F"}, {"mismatch": 1, "gfr": 15}),
        ({"dialysis": True}, {"age_years": "60"}, {"old_donor": 1, "gfr": 15}),
        ({"creatinine": sample("400"), "sex": "F"}, {}, {"gfr": mp_gfr("400", "45", female=True)}),
    ],
)
def test_a_candidate_passes_up_to_the_bilirubin_that_gives_one_half(
    who: dict[str, Any], whose: dict[str, Any], terms: dict[str, Any]
) -> None:
    at_one_half = M.log(M.log(mp("0.5")) / M.log(S0))
    bound = M.exp((at_one_half - mp_risk(**terms, bilirubin=1)) / mp("0.40268"))
    assert 5 < bound < 230
    for text, factor in zip(around(bound, 9), (1, 0), strict=True):
        candidate = recipient(bilirubin=sample(text), **who)
        value = survival(candidate, donor(**whose))
        assert exactly(value) == exactly(mp_survival(**terms, bilirubin=mp(text)))
        assert printed(value) == "0.500000"
        assert survival_filter(X, candidate, value, V6) == D(factor)


@pytest.mark.parametrize("urgency", ["", "XPCA", "XPCP1", "XPCP2"])
def test_expired_results_bring_the_score_of_an_adult_to_0_expert_components_included(urgency: str) -> None:
    fresh, expired = examined(urgency=urgency), examined(urgency=urgency, bilirubin=sample("17", "105.001"))
    late = examined(urgency=urgency, creatinine=sample("90", "106"), bilirubin=sample("17", "106"))
    young = recipient(urgency=urgency, age_years="17.999999")
    for who, score in ((fresh, 900), (expired, 900), (late, 0), (young, 900)):
        matched = matching(X, who, donor(), V6, DEFAULTS)
        assert pair_score(X, who, donor(), matched, D(0), D(900), V6).snagc == D(score)
