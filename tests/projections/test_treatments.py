"""Treatments and laboratory results of a candidate: periods, SIAV2, and the latest sampling."""

from decimal import Decimal

import pytest

from engine.rules.variables import Sample
from tests.projections.support import Log, instant

TREATMENTS = (
    "ecmo", "iv_inotropes", "balloon_pump", "impella", "temporary_centrifugal_pump", "lvad", "bivad",
    "total_artificial_heart", "chronic_dialysis", "sacubitril_valsartan",
)  # fmt: skip


@pytest.fixture
def log() -> Log:
    """A log with one candidate, registered on 1 January 2024."""
    log = Log()
    log.registered("C1", "2024-01-01")
    return log


# -------------------------------------------------------------------------------------------------- periods


def test_a_second_start_while_the_treatment_runs_changes_nothing(log: Log) -> None:
    log.started("C1", "ecmo", "2024-02-01")
    again = log.started("C1", "ecmo", "2024-02-10")
    assert log.view("C1", "2024-02-13").variables.ecmo_days == 12
    assert [fact.position for fact in log.candidate("C1", "2024-02-13").unmatched] == [again]


def test_a_second_start_while_the_treatment_runs_does_not_even_mark_it_as_complicated(log: Log) -> None:
    log.started("C1", "lvad", "2024-02-01")
    log.started("C1", "lvad", "2024-02-10", complicated=True)
    assert log.view("C1", "2024-03-01").variables.lvad_complicated is False


def test_a_stop_ends_the_treatment_at_its_own_instant(log: Log) -> None:
    log.started("C1", "ecmo", "2024-02-01")
    log.stopped("C1", "ecmo", "2024-02-10 08:00")
    assert log.view("C1", "2024-02-10 07:59:59.999999").variables.ecmo is True
    assert log.view("C1", "2024-02-10 08:00").variables.ecmo is False
    assert log.view("C1", "2024-02-10 08:00").variables.ecmo_days == 0


def test_a_start_after_a_stop_opens_a_new_period(log: Log) -> None:
    log.started("C1", "ecmo", "2024-02-01")
    log.stopped("C1", "ecmo", "2024-02-10")
    log.started("C1", "ecmo", "2024-02-12")
    assert log.view("C1", "2024-02-15").variables.ecmo_days == 3
    periods = [(period.start.instant, period.end) for period in log.candidate("C1", "2024-02-15").periods]
    assert periods == [
        (instant("2024-02-01"), instant("2024-02-10")),
        (instant("2024-02-12"), None),
    ]


def test_a_stop_and_a_start_of_one_instant_follow_each_other_by_position(log: Log) -> None:
    log.started("C1", "ecmo", "2024-02-01")
    log.stopped("C1", "ecmo", "2024-02-10")
    log.started("C1", "ecmo", "2024-02-10")
    assert log.view("C1", "2024-02-15").variables.ecmo_days == 5


def test_a_stop_without_a_start_changes_nothing(log: Log) -> None:
    stop = log.stopped("C1", "ecmo", "2024-02-01")
    log.started("C1", "ecmo", "2024-02-02")
    candidate = log.candidate("C1", "2024-02-03")
    assert "ecmo" in candidate.running
    assert [fact.position for fact in candidate.unmatched] == [stop]


def test_the_stop_of_another_treatment_leaves_this_one_running(log: Log) -> None:
    log.started("C1", "ecmo", "2024-02-01")
    log.started("C1", "iv_inotropes", "2024-02-01")
    log.stopped("C1", "iv_inotropes", "2024-02-05")
    variables = log.view("C1", "2024-02-06").variables
    assert (variables.ecmo, variables.inotropes) == (True, False)


def test_a_wrong_date_of_start_is_put_right_by_a_correction(log: Log) -> None:
    start = log.started("C1", "lvad", "2024-02-01")
    log.corrected(start, time="2023-02-01")
    assert log.view("C1", "2024-02-01").variables.lvad_days == 365


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_a_transplantation_ends_every_running_treatment_but_chronic_dialysis(log: Log, treatment: str) -> None:
    log.started("C1", treatment, "2024-02-01")
    log.happened("transplanted", "C1", "2024-02-10")
    assert treatment in log.candidate("C1", "2024-02-09").running
    assert (treatment in log.candidate("C1", "2024-02-10").running) is (treatment == "chronic_dialysis")


def test_a_treatment_ended_by_a_transplantation_runs_again_from_its_next_start(log: Log) -> None:
    log.started("C1", "ecmo", "2024-02-01")
    log.happened("transplanted", "C1", "2024-02-10")
    log.started("C1", "ecmo", "2024-02-12")
    log.registered("C1", "2024-02-13")
    assert log.view("C1", "2024-02-14").variables.ecmo_days == 2


def test_a_delisting_ends_no_treatment(log: Log) -> None:
    log.started("C1", "ecmo", "2024-02-01")
    log.delisted("C1", "2024-02-10")
    log.registered("C1", "2024-02-11")
    assert log.view("C1", "2024-02-12").variables.ecmo_days == 11


# ---------------------------------------------------------------------------------------------------- SIAV2


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [("lvad", "bivad", "B"), ("bivad", "lvad", "G")],
)
@pytest.mark.parametrize("arriving", ["in order", "the other way round"])
def test_siav2_is_of_the_running_lvad_and_bivad_the_one_started_last(
    log: Log, first: str, second: str, code: str, arriving: str
) -> None:
    starts = [(first, "2024-02-01"), (second, "2024-02-10")]
    for treatment, time in starts if arriving == "in order" else starts[::-1]:
        log.started("C1", treatment, time)
    assert log.view("C1", "2024-03-01").variables.long_term_support == code


def test_siav2_of_two_devices_started_at_one_instant_is_the_one_at_the_later_position(log: Log) -> None:
    log.started("C1", "bivad", "2024-02-01")
    log.started("C1", "lvad", "2024-02-01")
    assert log.view("C1", "2024-03-01").variables.long_term_support == "G"


def test_siav2_goes_back_to_the_lvad_with_its_own_date_once_the_bivad_stops(log: Log) -> None:
    log.started("C1", "lvad", "2024-02-01")
    log.started("C1", "bivad", "2024-02-10")
    log.stopped("C1", "bivad", "2024-02-20")
    variables = log.view("C1", "2024-03-02").variables
    assert (variables.long_term_support, variables.lvad_days) == ("G", 30)


def test_siav2_is_empty_without_lvad_and_bivad(log: Log) -> None:
    for treatment in TREATMENTS:
        if treatment not in ("lvad", "bivad"):
            log.started("C1", treatment, "2024-02-01")
    assert log.view("C1", "2024-03-01").variables.long_term_support == ""


def test_each_treatment_sets_the_variable_of_its_name_and_no_other(log: Log) -> None:
    log.started("C1", "total_artificial_heart", "2024-02-01")
    log.started("C1", "chronic_dialysis", "2024-02-01")
    log.started("C1", "sacubitril_valsartan", "2024-02-01")
    variables = log.view("C1", "2024-03-01").variables
    assert (variables.total_artificial_heart, variables.dialysis, variables.sacubitril_valsartan) == (True, True, True)
    assert (variables.ecmo, variables.inotropes, variables.long_term_support) == (False, False, "")


@pytest.mark.parametrize("treatment", ["balloon_pump", "impella", "temporary_centrifugal_pump"])
def test_a_short_term_device_other_than_ecmo_changes_no_variable_of_the_annexes(log: Log, treatment: str) -> None:
    bare = log.view("C1", "2024-03-01").variables
    log.started("C1", treatment, "2024-02-01")
    assert log.view("C1", "2024-03-01").variables == bare


# ----------------------------------------------------------------------------------------------------- labs


def test_the_latest_sampling_counts_and_not_the_latest_arrival(log: Log) -> None:
    log.lab("C1", "creatinine", "160", "2024-02-20")
    log.lab("C1", "creatinine", "80", "2024-02-10")
    assert log.view("C1", "2024-02-21").variables.creatinine == Sample(True, 160, 1)


def test_of_two_samples_drawn_at_one_instant_the_later_position_counts(log: Log) -> None:
    log.lab("C1", "creatinine", "160", "2024-02-20T08:00:00+01:00")
    log.lab("C1", "creatinine", "80", "2024-02-20T07:00:00Z")
    assert log.view("C1", "2024-02-20 08:00").variables.creatinine == Sample(True, 80, 0)


def test_analytes_and_contexts_do_not_mix(log: Log) -> None:
    log.lab("C1", "bnp", "300", "2024-02-10")
    log.lab("C1", "nt_probnp", "3000", "2024-02-11")
    log.lab("C1", "nt_probnp", "9000", "2024-02-12", context="pre_treatment")
    variables = log.view("C1", "2024-02-13").variables
    assert (variables.bnp, variables.nt_probnp) == (Sample(True, 300, 3), Sample(True, 3000, 2))
    assert variables.creatinine.known is False


def test_a_result_marked_as_current_is_what_one_without_a_context_is(log: Log) -> None:
    log.lab("C1", "creatinine", "80", "2024-02-10")
    log.lab("C1", "creatinine", "90", "2024-02-11", context="current")
    assert log.view("C1", "2024-02-12").variables.creatinine == Sample(True, 90, 1)


@pytest.mark.parametrize(
    ("analyte", "value", "unit", "si"),
    [
        ("total_bilirubin", "2", "mg/dL", "34.2"),
        ("total_bilirubin", "17.10", "umol/L", "17.10"),
        ("creatinine", "1.5", "mg/dL", "132.60"),
        ("creatinine", "132.6", "umol/L", "132.6"),
        ("bnp", "300", "pg/mL", "300"),
        ("nt_probnp", "3000.5", "pg/mL", "3000.5"),
    ],
)
def test_values_reach_the_annex_in_its_own_unit_without_losing_a_digit(
    log: Log, analyte: str, value: str, unit: str, si: str
) -> None:
    log.lab("C1", analyte, value, "2024-02-10", unit=unit)
    variable = "bilirubin" if analyte == "total_bilirubin" else analyte
    assert getattr(log.view("C1", "2024-02-11").variables, variable).value == Decimal(si)


@pytest.mark.parametrize("comparator", ["<", ">"])
def test_of_a_result_with_a_comparator_the_bound_is_used(log: Log, comparator: str) -> None:
    log.lab("C1", "nt_probnp", "35000", "2024-02-10", comparator=comparator)
    assert log.view("C1", "2024-02-11").variables.nt_probnp == Sample(True, 35000, 1)


def test_the_report_of_a_transplantation_adds_no_treatment_and_no_result(log: Log) -> None:
    labs = [{"analyte": "creatinine", "value": "300", "unit": "umol/L"}]
    log.happened("transplanted", "C1", "2024-02-10", report={"treatments": ["ecmo"], "labs": labs})
    candidate = log.candidate("C1", "2024-02-11")
    assert (candidate.running, candidate.labs) == ({}, {})


def test_coronary_calcium_is_kept_to_be_shown_and_changes_no_variable(log: Log) -> None:
    bare = log.view("C1", "2024-03-01").variables
    log.add("coronary-calcium.recorded", "candidate/C1", "2024-02-10", {"agatston": "400"})
    calcium = log.candidate("C1", "2024-03-01").calcium
    assert calcium is not None
    assert calcium.data["agatston"] == "400"
    assert log.view("C1", "2024-03-01").variables == bare
