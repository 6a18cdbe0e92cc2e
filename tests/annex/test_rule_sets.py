"""The dated rule sets: which figures and formulas are in force on a day, and files that must not load."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from engine.errors import NoRulesError, RequestError, RuleSetError
from engine.quantities import parse_instant
from engine.rules.annex_3_3_ccb import ccb
from engine.rules.ruleset import (
    RuleSet,
    build_history,
    build_rule_set,
    rule_history,
    rules_at,
    rules_named,
    rules_on,
)
from tests.annex.support import ASSIST, DEFAULTS, START, TAPER, V6, D, X, recipient

IDS = ("2018-01-01", "2019-04-09", "2020-01-07", "2023-06-15")

# Every figure of the annexes (and of chapters 1 and 2) by name, as the guide prints it.
FIGURES: dict[str, str | list[str]] = {
    "validity_days_stable": "105",
    "validity_days_supported": "4",
    "risk_short_term_support": "1.301335",
    "risk_peptide_decile": "0.157691",
    "risk_ln_gfr": "0.510058",
    "risk_ln_bilirubin": "0.615711",
    "icar_scale": "10",
    "icar_max": "40",
    "peptide_decile_supported": "10",
    "peptide_decile_missing": "1",
    "nt_probnp_bounds": ["928", "1478", "2044", "2661", "3416", "4406", "5645", "8000", "11332"],
    "bnp_bounds": ["189", "314", "481", "622", "818", "1074", "1317", "1702", "2696"],
    "gfr_factor": "186.3",
    "gfr_creatinine_umol_l_per_mg_dl": "88.4",
    "gfr_creatinine_exponent": "-1.154",
    "gfr_age_exponent": "-0.203",
    "gfr_female_factor": "0.742",
    "gfr_dialysis": "15",
    "gfr_min": "1",
    "gfr_max": "150",
    "bilirubin_min": "5",
    "bilirubin_max": "230",
    "points_full_scale": "1000",
    "icar_full_scale": "40",
    "severe_icar": "31",
    "severe_bonus": "51",
    "adult_age_years": "18",
    "xpca_points": "900",
    "paediatric_seniority_points": "50",
    "paediatric_seniority_months": "24",
    "xpcp2_points": "1051",
    "xpcp_seniority_points": "50",
    "xpcp_seniority_months": "24",
    "older_donor_zero_gap_years": "65",
    "younger_donor_full_gap_years": "15",
    "age_gap_span_years": "25",
    "abo_b_to_ab_factor": "0.1",
    "bsa_factor": "0.007184",
    "bsa_height_exponent": "0.725",
    "bsa_weight_exponent": "0.425",
    "bsa_min_ratio": "0.8",
    "bsa_max_ratio": "3",
    "heavy_male_donor_kg": "70",
    "survival_min": "0.5",
    "baseline_survival_1y": "0.6785748856",
    "post_risk_recipient_age": "0.50608",
    "post_risk_disease": "0.50754",
    "post_risk_ln_bilirubin": "0.40268",
    "post_risk_ln_gfr": "0.54443",
    "post_risk_sex_mismatch": "0.36262",
    "post_risk_donor_age": "0.41714",
    "older_recipient_age_years": "50",
    "older_donor_age_years": "55",
    "travel_factor": "0.0000002",
    "travel_exponent": "2.9",
    "default_travel_minutes": "150",
    "pre_treatment_window_days": "30",
    "sampling_window_days": "30",
    "sampling_spread_days": "8",
    "follow_up_stable_months": "3",
    "follow_up_supported_days": "3",
    "mean_month_days": "30.4375",
}
TAPER_FIGURES = {"ecmo_full_days": "12", "ecmo_zero_days": "16", "ecmo_daily_reduction": "0.1"}
ASSIST_FIGURES = {
    "assist_ratio": "0.2",
    "assist_points": "750",
    "assist_points_per_year": "5",
    "assist_years_max": "5",
    "days_per_year": "365.25",
}
PURE_NUMBERS = {
    *("gfr_creatinine_exponent", "gfr_age_exponent", "gfr_female_factor", "abo_b_to_ab_factor"),
    *("bsa_height_exponent", "bsa_weight_exponent", "bsa_min_ratio", "bsa_max_ratio", "travel_exponent"),
}


def figure(value: str = "1", lacking: str = "") -> dict[str, Any]:
    """A figure's table, one key left out if asked."""
    entry = {"value": D(value), "unit": "points", "source": "V6, annex 3.3.1", "attested_from": date(2023, 6, 15)}
    return {key: each for key, each in entry.items() if key != lacking}


def table(valid_from: str, valid_until: str | None = None, **more: Any) -> dict[str, Any]:
    """A rule set's table; open-ended without ``valid_until``."""
    end = {"valid_until": date.fromisoformat(valid_until)} if valid_until else {"last_checked_on": date(2026, 11, 21)}
    return {"valid_from": date.fromisoformat(valid_from), **end, **more}


# -------------------------------------------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2018-01-01", "2018-01-01"),
        ("2019-04-08", "2018-01-01"),
        ("2019-04-09", "2019-04-09"),
        ("2020-01-06", "2019-04-09"),
        ("2020-01-07", "2020-01-07"),
        ("2023-06-14", "2020-01-07"),
        ("2023-06-15", "2023-06-15"),
        ("2024-02-29", "2023-06-15"),
        ("2100-01-01", "2023-06-15"),
    ],
)
def test_each_day_has_the_rules_of_the_latest_change(day: str, expected: str) -> None:
    assert rules_on(date.fromisoformat(day)).id == expected


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2017-12-31T23:00:00Z", "2018-01-01"),
        ("2019-04-08T21:59:59.999999Z", "2018-01-01"),
        ("2019-04-08T22:00:00Z", "2019-04-09"),
        ("2020-01-06T22:59:59.999999Z", "2019-04-09"),
        ("2020-01-06T23:00:00Z", "2020-01-07"),
        ("2023-06-14T21:59:59.999999Z", "2020-01-07"),
        ("2023-06-14T22:00:00Z", "2023-06-15"),
        ("2019-04-09T00:30:00+09:00", "2018-01-01"),
    ],
)
def test_rules_change_at_midnight_in_paris(instant: str, expected: str) -> None:
    assert rules_at(parse_instant(instant)).id == expected


@pytest.mark.parametrize("day", ["2017-12-31", "2017-01-01", "1990-06-15"])
def test_before_2018_there_are_no_rules_and_the_error_says_since_when(day: str) -> None:
    with pytest.raises(NoRulesError, match=f"no rules in force on {day}.*2018-01-01"):
        rules_on(date.fromisoformat(day))


def test_the_last_microsecond_of_2017_in_paris_has_no_rules() -> None:
    with pytest.raises(NoRulesError):
        rules_at(parse_instant("2017-12-31T22:59:59.999999Z"))


def test_a_rule_set_is_found_by_its_first_day() -> None:
    assert [rules_named(each).id for each in IDS] == list(IDS)


@pytest.mark.parametrize("unknown", ["", "V6", "2018", "2018-01-02", "2019-04-08", "2023-06-15 "])
def test_an_unknown_rule_set_is_refused_with_those_there_are(unknown: str) -> None:
    with pytest.raises(NoRulesError, match="2018-01-01, 2019-04-09, 2020-01-07, 2023-06-15"):
        rules_named(unknown)
    assert issubclass(NoRulesError, RequestError)


def test_the_history_covers_every_day_since_2018_once() -> None:
    history = rule_history()
    assert tuple(rules.id for rules in history) == IDS
    ends = [rules.valid_until for rules in history]
    assert ends == [date(2019, 4, 8), date(2020, 1, 6), date(2023, 6, 14), None]
    day = date(2018, 1, 1)
    while day < date(2023, 7, 1):
        covering = [r for r in history if r.valid_from <= day and (r.valid_until is None or day <= r.valid_until)]
        assert covering == [rules_on(day)]
        day += timedelta(days=1)


# ---------------------------------------------------------------------------------- the score on each side


@pytest.mark.parametrize(("day", "points"), [("2019-04-08", "1051"), ("2019-04-09", "0")])
def test_on_9_april_2019_ecmo_points_begin_to_fall(day: str, points: str) -> None:
    rules = rules_on(date.fromisoformat(day))
    who = recipient(ecmo=True, ecmo_days="16")
    assert ccb(X, who, D(40), D(1), rules, DEFAULTS) == D(points)


@pytest.mark.parametrize(("day", "points"), [("2020-01-06", "300"), ("2020-01-07", "760")])
def test_on_7_january_2020_the_turns_for_lvads_begin(day: str, points: str) -> None:
    rules = rules_on(date.fromisoformat(day))
    who = recipient(long_term_support="G", lvad_days="730.5")
    assert ccb(X, who, D(12), D(5), rules, DEFAULTS) == D(points)


# ------------------------------------------------------------------------------------------------ figures


@pytest.mark.parametrize(("name", "value"), FIGURES.items())
@pytest.mark.parametrize("rules", [START, TAPER, ASSIST, V6], ids=IDS)
def test_each_figure_is_the_guides_from_2018_on(rules: RuleSet, name: str, value: str | list[str]) -> None:
    expected = tuple(map(D, value)) if isinstance(value, list) else D(value)
    assert getattr(rules, name) == expected


@pytest.mark.parametrize(("name", "value"), (TAPER_FIGURES | ASSIST_FIGURES).items())
def test_each_later_figure_is_the_guides_from_its_date_on(name: str, value: str) -> None:
    since = TAPER if name in TAPER_FIGURES else ASSIST
    for rules in rule_history():
        if rules.valid_from >= since.valid_from:
            assert getattr(rules, name) == D(value)
        else:
            with pytest.raises(RuleSetError, match=f"rule set {rules.id} has no figure '{name}'"):
                getattr(rules, name)


@pytest.mark.parametrize("rules", [START, TAPER, ASSIST, V6], ids=IDS)
def test_valvular_and_congenital_diseases_are_the_high_risk_ones(rules: RuleSet) -> None:
    assert rules.high_risk_diseases == ("162", "163", "815")


def test_the_rule_sets_have_no_other_figures() -> None:
    since_2018 = set(FIGURES) | {"high_risk_diseases"}
    assert set(START.figures) == since_2018
    assert set(TAPER.figures) == since_2018 | set(TAPER_FIGURES)
    assert set(ASSIST.figures) == set(V6.figures) == since_2018 | set(TAPER_FIGURES) | set(ASSIST_FIGURES)


@pytest.mark.parametrize("name", V6.figures)
def test_each_figure_states_its_unit_its_source_and_since_when_it_is_attested(name: str) -> None:
    found = V6.figures[name]
    assert found.name == name
    assert found.source.startswith(("V6, annex 3.", "V6, guide 1.2", "V6, guide 2."))
    assert found.attested_from == date(2023, 6, 15)
    assert (found.unit == "") == (name in PURE_NUMBERS)


def test_figures_are_exact_decimals() -> None:
    for found in V6.figures.values():
        values = found.value if isinstance(found.value, tuple) else (found.value,)
        assert all(isinstance(each, str if found.name == "high_risk_diseases" else Decimal) for each in values)


@pytest.mark.parametrize(
    ("day", "assumed"), [("2018-01-01", True), ("2023-06-14", True), ("2023-06-15", False), ("2026-01-01", False)]
)
def test_figures_are_assumed_before_the_guide_that_attests_them(day: str, assumed: bool) -> None:
    assert rules_on(date.fromisoformat(day)).assumed_on(date.fromisoformat(day)) is assumed


def test_an_older_rule_set_stays_assumed_whatever_the_day_it_is_used_for() -> None:
    assert [rules.assumed_on(date(2026, 1, 1)) for rules in rule_history()] == [True, True, True, False]


def test_each_period_names_its_form_of_the_adult_standard_component() -> None:
    named = [rules.formulas["adult_standard"] for rules in rule_history()]
    assert named == ["adult_standard_2018", "adult_standard_2019", "adult_standard_2020", "adult_standard_2020"]


# --------------------------------------------------------------------------------------- building a history


def test_a_set_takes_over_what_it_does_not_change() -> None:
    first = table("2018-01-01", "2018-12-31", figures={"a": figure("1"), "b": figure("2")}, formulas={"f": "old"})
    second = table("2019-01-01", extends="2018-01-01", figures={"b": figure("3")})
    old, new = build_history({"second.toml": second, "first.toml": first})
    assert (old.a, old.b, new.a, new.b, new.formulas["f"]) == (D(1), D(2), D(1), D(3), "old")


def test_a_set_that_extends_none_starts_from_nothing() -> None:
    first = table("2018-01-01", "2018-12-31", figures={"a": figure("1")})
    _, new = build_history({"first.toml": first, "second.toml": table("2019-01-01")})
    with pytest.raises(RuleSetError, match="has no figure 'a'"):
        _ = new.a


@pytest.mark.parametrize(
    ("until", "following", "fault"),
    [
        ("2018-12-30", "2019-01-01", "gap"),
        ("2018-06-30", "2019-01-01", "gap"),
        ("2019-01-01", "2019-01-01", "overlap"),
        ("2019-06-30", "2019-01-01", "overlap"),
        (None, "2019-01-01", "overlap"),
    ],
)
def test_a_gap_or_an_overlap_between_two_sets_is_an_error(until: str | None, following: str, fault: str) -> None:
    with pytest.raises(RuleSetError, match=f"{fault} between rule sets 2018-01-01 and {following}"):
        build_history({"first.toml": table("2018-01-01", until), "second.toml": table(following)})


def test_two_sets_of_one_first_day_are_an_overlap() -> None:
    with pytest.raises(RuleSetError, match="overlap, a rule set from 2018-01-01 exists already"):
        build_history({"a.toml": table("2018-01-01"), "b.toml": table("2018-01-01")})


@pytest.mark.parametrize("unknown", ["2017-01-01", "2020-01-01", "2019-01-01"])
def test_a_set_extends_only_one_that_exists_before_it(unknown: str) -> None:
    sets = {
        "a.toml": table("2018-01-01", "2018-12-31"),
        "b.toml": table("2019-01-01", "2019-12-31", extends=unknown),
        "c.toml": table("2020-01-01"),
    }
    with pytest.raises(RuleSetError, match=f"b.toml: extends '{unknown}'"):
        build_history(sets)


@pytest.mark.parametrize("lacking", ["value", "unit", "source", "attested_from"])
def test_a_figure_without_value_unit_source_or_attestation_is_refused(lacking: str) -> None:
    faulty = table("2018-01-01", figures={"a": figure(lacking=lacking)})
    with pytest.raises(RuleSetError, match=f"figure a lacks {lacking}"):
        build_rule_set(faulty, "a.toml", {})


def test_a_set_says_either_when_it_ends_or_when_it_was_last_checked() -> None:
    open_ended = table("2018-01-01")
    for faulty in (
        {**open_ended, "valid_until": date(2018, 12, 31)},
        {"valid_from": date(2018, 1, 1)},
        {"last_checked_on": date(2018, 1, 1)},
    ):
        with pytest.raises(RuleSetError, match="give valid_from, and one of valid_until and last_checked_on"):
            build_rule_set(faulty, "a.toml", {})
