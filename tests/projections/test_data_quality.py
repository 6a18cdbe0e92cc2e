"""Alerts: each raised just past its threshold and not at it, and none that changes a score."""

import pytest

from projections.data_quality import unregistered
from tests.projections.support import Log, instant

NOW = "2024-05-17 12:00"
START = "2024-05-15 12:00"


@pytest.fixture
def log() -> Log:
    """A log with one adult, registered on 1 January 2024."""
    log = Log()
    log.registered("C1", "2024-01-01")
    return log


def codes(log: Log, at: str = NOW) -> list[str]:
    """The codes of C1's alerts."""
    return sorted(log.alerts("C1", at))


def positions(log: Log, code: str, at: str = NOW) -> tuple[int, ...]:
    """The positions an alert is about."""
    return log.alerts("C1", at)[code].positions


# ---------------------------------------------------------------------------------- variables missing or too old


def test_complete_and_fresh_results_raise_no_alert(log: Log) -> None:
    log.labs("C1", "2024-05-16")
    assert codes(log) == []


@pytest.mark.parametrize("analyte", ["bilirubin", "creatinine", "nt_probnp"])
def test_a_variable_without_any_result_raises_an_alert_of_its_own(log: Log, analyte: str) -> None:
    log.labs("C1", "2024-05-16", **{analyte: None})
    assert codes(log) == [f"{'peptides' if analyte == 'nt_probnp' else analyte}_missing"]


@pytest.mark.parametrize(("treatment", "sampled"), [(None, "2024-02-02 12:00"), ("iv_inotropes", "2024-05-13 12:00")])
def test_variables_raise_an_alert_a_microsecond_past_their_105_or_4_days_and_not_at_them(
    log: Log, treatment: str | None, sampled: str
) -> None:
    log.labs("C1", sampled)
    if treatment:
        log.started("C1", treatment, "2024-05-13 12:00")
    assert codes(log) == []
    assert codes(log, f"{NOW}:00.000001") == ["bilirubin_expired", "creatinine_expired", "peptides_expired"]


def test_one_peptide_of_the_two_is_enough_and_the_fresher_one_counts(log: Log) -> None:
    log.labs("C1", "2024-05-16", nt_probnp=None)
    log.lab("C1", "bnp", "100", "2024-05-16")
    assert codes(log) == []
    log.lab("C1", "nt_probnp", "100", "2023-05-16")
    assert "peptides_expired" not in codes(log)


def test_under_chronic_dialysis_no_creatinine_is_needed(log: Log) -> None:
    log.labs("C1", "2024-05-16", creatinine=None)
    log.started("C1", "chronic_dialysis", "2024-01-02")
    assert codes(log) == []


@pytest.mark.parametrize("treatment", ["total_artificial_heart", "bivad", "lvad"])
def test_peptides_need_not_be_given_with_an_artificial_heart_or_a_bivad(log: Log, treatment: str) -> None:
    log.labs("C1", "2024-05-16", nt_probnp=None)
    log.started("C1", treatment, "2024-01-02")
    assert codes(log) == (["peptides_missing"] if treatment == "lvad" else ["peptides_not_needed"])


def test_peptides_need_not_be_given_under_ecmo(log: Log) -> None:
    log.labs("C1", "2024-05-14", nt_probnp=None)
    log.started("C1", "ecmo", START)
    assert codes(log) == ["peptides_not_needed"]


# ------------------------------------------------------------------------------------- the samplings of the day


@pytest.mark.parametrize(("creatinine", "raised"), [("2024-05-08 08:00", False), ("2024-05-08 07:59:59.999999", True)])
def test_results_of_the_day_may_lie_8_days_apart_and_not_a_microsecond_more(
    log: Log, creatinine: str, raised: bool
) -> None:
    log.labs("C1", "2024-05-16 08:00", creatinine=None)
    log.lab("C1", "creatinine", "30", creatinine)
    assert codes(log) == (["sampling_spread"] if raised else [])


@pytest.mark.parametrize(("creatinine", "raised"), [("2024-04-16 08:00", False), ("2024-04-16 07:59:59.999999", True)])
def test_results_of_the_day_may_lie_30_days_before_the_latest_and_not_a_microsecond_more(
    log: Log, creatinine: str, raised: bool
) -> None:
    log.labs("C1", "2024-05-16 08:00", creatinine=None)
    old = log.lab("C1", "creatinine", "30", creatinine)
    assert ("sampling_window" in codes(log)) is raised
    assert not raised or positions(log, "sampling_window") == (old,)


def test_results_of_the_day_lie_apart_by_the_clock_on_the_wall(log: Log) -> None:
    log.labs("C1", "2024-04-04T08:00:00+02:00", creatinine=None)
    log.lab("C1", "creatinine", "30", "2024-03-27T08:00:00+01:00")
    assert codes(log, "2024-04-05") == []


def test_bnp_under_sacubitril_valsartan_raises_an_alert_and_without_it_none(log: Log) -> None:
    log.labs("C1", "2024-05-16")
    bnp = log.lab("C1", "bnp", "100", "2024-05-16")
    assert codes(log) == []
    log.started("C1", "sacubitril_valsartan", "2024-01-02")
    assert codes(log) == ["bnp_under_sacubitril"]
    assert positions(log, "bnp_under_sacubitril") == (bnp,)


def test_nt_probnp_alone_under_sacubitril_valsartan_raises_no_alert(log: Log) -> None:
    log.labs("C1", "2024-05-16")
    log.started("C1", "sacubitril_valsartan", "2024-01-02")
    assert codes(log) == []


def test_a_result_that_is_only_a_bound_is_marked(log: Log) -> None:
    log.labs("C1", "2024-05-16", nt_probnp=None)
    bound = log.lab("C1", "nt_probnp", "35000", "2024-05-16", comparator=">")
    assert codes(log) == ["bound_used"]
    assert positions(log, "bound_used") == (bound,)
    log.lab("C1", "nt_probnp", "34000", "2024-05-17 08:00")
    assert codes(log) == []


# ----------------------------------------------------------------------- values from before ECMO and inotropes


def test_values_missing_from_before_the_treatment_raise_one_alert_that_names_them(log: Log) -> None:
    log.labs("C1", "2024-05-16", bilirubin=None)
    log.lab("C1", "total_bilirubin", "5", "2024-05-15")
    log.started("C1", "iv_inotropes", START)
    assert codes(log) == ["pre_treatment_missing"]
    message = log.alerts("C1", NOW)["pre_treatment_missing"].message
    assert all(name in message for name in ("iv_inotropes", "creatinine", "peptides"))
    assert "bilirubin" not in message


def test_no_creatinine_is_missing_from_before_a_treatment_that_started_under_dialysis(log: Log) -> None:
    log.labs("C1", "2024-05-15", creatinine=None)
    log.started("C1", "chronic_dialysis", "2024-01-02")
    log.started("C1", "iv_inotropes", START)
    assert codes(log) == []


def test_no_peptide_is_missing_from_before_ecmo(log: Log) -> None:
    log.labs("C1", "2024-05-15", nt_probnp=None)
    log.started("C1", "ecmo", START)
    assert "pre_treatment_missing" not in codes(log)


@pytest.mark.parametrize(("sampled", "raised"), [(START, False), (f"{START}:00.000001", True)])
def test_a_pre_treatment_result_sampled_after_the_start_raises_an_alert_and_at_the_start_none(
    log: Log, sampled: str, raised: bool
) -> None:
    log.labs("C1", "2024-05-15")
    late = log.lab("C1", "creatinine", "30", sampled, context="pre_treatment")
    log.started("C1", "iv_inotropes", START)
    assert codes(log) == (["pre_treatment_after_start"] if raised else [])
    assert not raised or positions(log, "pre_treatment_after_start") == (late,)


@pytest.mark.parametrize(("sampled", "raised"), [("2024-04-15 12:00", False), ("2024-04-15 11:59:59.999999", True)])
def test_a_pre_treatment_result_of_30_days_before_the_start_is_early_enough_and_a_microsecond_more_too_early(
    log: Log, sampled: str, raised: bool
) -> None:
    log.labs("C1", "2024-05-16")
    log.labs("C1", sampled, context="pre_treatment")
    log.started("C1", "iv_inotropes", START)
    assert codes(log) == (["pre_treatment_window"] if raised else [])


@pytest.mark.parametrize(("creatinine", "raised"), [("2024-05-06 08:00", False), ("2024-05-06 07:59:59.999999", True)])
def test_values_from_before_the_treatment_may_lie_8_days_apart_and_not_a_microsecond_more(
    log: Log, creatinine: str, raised: bool
) -> None:
    log.labs("C1", "2024-05-16")
    log.labs("C1", "2024-05-14 08:00", creatinine=None, context="pre_treatment")
    log.lab("C1", "creatinine", "30", creatinine, context="pre_treatment")
    log.started("C1", "iv_inotropes", START)
    assert codes(log) == (["pre_treatment_spread"] if raised else [])


# --------------------------------------------------------------------------------------------------- priorities


@pytest.mark.parametrize("delay", [0, 1, 2, 3])
@pytest.mark.parametrize(
    ("situation", "recommended"),
    [
        ("mcs_thrombosis", (0,)),
        ("mcs_dysfunction", (0,)),
        ("rhythmic_storm", (0,)),
        ("mcs_haemorrhage", (0, 1, 2, 3)),
        ("mcs_infection", (0, 1, 2, 3)),
        ("mcs_contraindicated", (0, 1, 2, 3)),
        ("bivad_or_tah", (0, 1, 2, 3)),
    ],
)
def test_a_delay_that_the_guide_s_table_does_not_give_for_the_situation_raises_an_alert(
    log: Log, situation: str, recommended: tuple[int, ...], delay: int
) -> None:
    log.labs("C1", "2024-05-16")
    log.granted("C1", "XPCA", "2024-05-16", situation=situation, delay_months=delay)
    assert codes(log) == ([] if delay in recommended else ["delay_not_in_table"])


def test_a_delay_without_a_situation_raises_no_alert(log: Log) -> None:
    log.labs("C1", "2024-05-16")
    log.granted("C1", "XPCA", "2024-05-16", delay_months=2)
    assert codes(log) == []


def test_a_paediatric_priority_of_a_minor_raises_no_alert() -> None:
    log = Log()
    log.registered("C1", "2024-01-01", birth_date="2010-01-01")
    log.labs("C1", "2024-05-16")
    log.granted("C1", "XPCP1", "2024-05-16", situation="ecmo_complicated")
    assert codes(log) == []


def test_a_paediatric_priority_of_an_adult_raises_an_alert(log: Log) -> None:
    log.labs("C1", "2024-05-16")
    grant = log.granted("C1", "XPCP2", "2024-05-16")
    assert codes(log) == ["xpcp_after_18"]
    assert positions(log, "xpcp_after_18") == (grant,)


# ---------------------------------------------------------------------------------- facts that change nothing


def test_a_stop_without_a_start_raises_an_alert_and_a_stop_of_a_running_treatment_none(log: Log) -> None:
    log.labs("C1", "2024-05-16")
    log.started("C1", "impella", "2024-05-01")
    log.stopped("C1", "impella", "2024-05-02")
    assert codes(log) == []
    stray = log.stopped("C1", "impella", "2024-05-03")
    assert codes(log) == ["stop_without_start"]
    assert positions(log, "stop_without_start") == (stray,)


def test_a_start_while_the_treatment_runs_raises_an_alert_and_after_a_stop_none(log: Log) -> None:
    log.labs("C1", "2024-05-16")
    for change, day in (("started", "01"), ("stopped", "02"), ("started", "03")):
        getattr(log, change)("C1", "impella", f"2024-05-{day}")
    assert codes(log) == []
    stray = log.started("C1", "impella", "2024-05-04")
    assert codes(log) == ["start_while_running"]
    assert positions(log, "start_while_running") == (stray,)


def test_a_registration_while_listed_raises_an_alert_and_after_a_delisting_none(log: Log) -> None:
    log.labs("C1", "2024-05-16")
    log.delisted("C1", "2024-02-01")
    log.registered("C1", "2024-03-01")
    assert codes(log) == []
    stray = log.registered("C1", "2024-04-01")
    assert codes(log) == ["registered_while_listed"]
    assert positions(log, "registered_while_listed") == (stray,)


def test_alerts_are_of_the_instant_and_not_of_the_future(log: Log) -> None:
    log.labs("C1", "2024-05-16")
    log.stopped("C1", "impella", "2024-05-17 12:00:00.000001")
    assert codes(log) == []


def test_facts_about_a_candidate_who_is_not_registered_by_then_are_counted(log: Log) -> None:
    log.lab("C2", "creatinine", "80", "2024-05-01")
    log.started("C2", "lvad", "2024-05-02")
    log.registered("C2", "2024-06-01")
    log.registered("C3", "2024-06-01")
    assert unregistered(log.history(), instant(NOW)) == [("C2", 2)]
    assert unregistered(log.history(), instant("2024-06-01")) == []


def test_alerts_change_no_score(log: Log) -> None:
    log.labs("C1", "2024-05-16", nt_probnp="11332")
    quiet = log.place("C1", NOW).as_json()
    log.stopped("C1", "impella", "2024-05-03")
    log.granted("C1", "XPCP1", "2024-05-16")
    log.registered("C1", "2024-04-01")
    alarmed = log.place("C1", NOW).as_json()
    assert alarmed.pop("alerts") == ["xpcp_after_18", "registered_while_listed", "stop_without_start"]
    assert quiet.pop("alerts") == []
    assert alarmed == quiet


# ------------------------------------------------------------------------------------------- alerts about single facts


def test_what_a_plausibility_rule_finds_is_an_alert_with_its_positions_until_it_is_settled(log: Log) -> None:
    log.labs("C1", "2024-05-16")
    wrong = log.happened("updated", "C1", "2024-05-16 08:00", weight_kg="30")
    assert codes(log) == ["body_mass_index_extreme", "weight_jump"]
    assert positions(log, "weight_jump") == (wrong,)
    assert codes(log, "2024-05-16 07:59") == []
    log.corrected(wrong, weight_kg="73")
    assert codes(log) == []


def test_facts_found_by_one_rule_are_one_alert_that_counts_them(log: Log) -> None:
    log.labs("C1", "2024-05-16")
    stops = tuple(log.stopped("C1", treatment, "2024-05-10") for treatment in ("ecmo", "impella", "balloon_pump"))
    assert positions(log, "stop_without_start") == stops
    assert log.alerts("C1", NOW)["stop_without_start"].message.endswith("(and 2 more like it)")


def test_a_new_listing_begins_without_the_alerts_of_the_one_before(log: Log) -> None:
    log.labs("C1", "2024-05-16")
    log.stopped("C1", "ecmo", "2024-02-01")
    assert codes(log, "2024-03-01") != []
    log.delisted("C1", "2024-04-01")
    log.registered("C1", "2024-05-01")
    assert codes(log) == []
