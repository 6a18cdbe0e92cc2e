"""The _AVI values: what stands for the laboratory before ECMO or inotropes, and for dialysis then."""

from typing import Any

import pytest

from projections.pre_treatment import PreTreatment
from tests.projections.support import Log, instant

START = "2024-03-31 12:00"


@pytest.fixture
def log() -> Log:
    """A log with one candidate, registered on 1 January 2024."""
    log = Log()
    log.registered("C1", "2024-01-01")
    return log


def before(log: Log, at: str = "2024-04-02 12:00", **readings: Any) -> PreTreatment:
    """What stands for the values before the treatment."""
    found = log.view("C1", at, **readings).before
    assert found is not None
    return found


def values(log: Log, at: str = "2024-04-02 12:00", **readings: Any) -> dict[str, str]:
    """The values themselves, by analyte."""
    return {analyte: str(fact.data["value"]) for analyte, fact in before(log, at, **readings).values.items()}


# --------------------------------------------------------------------------------------------------------- S


@pytest.mark.parametrize("treatment", ["impella", "lvad", "bivad", "total_artificial_heart", "balloon_pump"])
def test_there_is_no_value_before_a_treatment_without_ecmo_and_inotropes(log: Log, treatment: str) -> None:
    log.started("C1", treatment, START)
    log.lab("C1", "creatinine", "90", "2024-03-30", context="pre_treatment")
    view = log.view("C1", "2024-04-02")
    assert view.before is None
    assert view.variables.creatinine_before.known is False


@pytest.mark.parametrize("treatment", ["ecmo", "iv_inotropes"])
def test_the_treatment_starts_with_the_running_ecmo_or_inotropes(log: Log, treatment: str) -> None:
    start = log.started("C1", treatment, START)
    assert before(log).start.position == start


@pytest.mark.parametrize(("first", "second"), [("ecmo", "iv_inotropes"), ("iv_inotropes", "ecmo")])
def test_of_both_running_the_earlier_start_counts(log: Log, first: str, second: str) -> None:
    log.started("C1", second, "2024-03-25")
    log.started("C1", first, "2024-03-20")
    assert before(log).start.instant == instant("2024-03-20")


def test_the_start_moves_to_what_still_runs_when_the_earlier_treatment_stops(log: Log) -> None:
    log.started("C1", "ecmo", "2024-03-20")
    log.started("C1", "iv_inotropes", "2024-03-25")
    log.stopped("C1", "ecmo", "2024-03-28")
    assert before(log, "2024-03-27").start.instant == instant("2024-03-20")
    assert before(log, "2024-03-28").start.instant == instant("2024-03-25")


def test_a_second_start_while_the_treatment_runs_does_not_move_it(log: Log) -> None:
    log.started("C1", "ecmo", "2024-03-20")
    log.started("C1", "ecmo", "2024-03-25")
    assert before(log).start.instant == instant("2024-03-20")


def test_nothing_stands_before_a_treatment_that_has_stopped(log: Log) -> None:
    log.started("C1", "ecmo", "2024-03-20")
    log.stopped("C1", "ecmo", "2024-03-28")
    assert log.view("C1", "2024-04-02").before is None


# -------------------------------------------------------------------------------------------- derived values


@pytest.mark.parametrize(
    ("sampled", "found"),
    [
        ("2024-03-01 12:00", True),  # exactly 30 days before
        ("2024-03-01 11:59:59.999999", False),  # a microsecond more
        ("2024-03-31 12:00", True),  # at the start itself
        ("2024-03-31 12:00:00.000001", False),  # after it
        ("2024-02-01", False),
    ],
)
def test_a_current_result_of_the_30_days_before_the_start_stands_in(log: Log, sampled: str, found: bool) -> None:
    log.started("C1", "ecmo", START)
    log.lab("C1", "creatinine", "90", sampled)
    assert values(log) == ({"creatinine": "90"} if found else {})


def test_by_the_reading_whole_a_result_stands_in_as_long_as_31_days_are_not_complete(log: Log) -> None:
    log.started("C1", "ecmo", START)
    log.lab("C1", "creatinine", "90", "2024-02-29 12:00:00.000001")
    assert values(log) == {}
    assert values(log, elapsed_days="whole") == {"creatinine": "90"}


def test_the_latest_of_the_results_before_the_start_stands_in_for_each_analyte(log: Log) -> None:
    log.started("C1", "ecmo", START)
    log.lab("C1", "creatinine", "90", "2024-03-20")
    log.lab("C1", "creatinine", "80", "2024-03-10")
    log.lab("C1", "creatinine", "300", "2024-04-01")
    log.lab("C1", "total_bilirubin", "20", "2024-03-05")
    log.lab("C1", "bnp", "500", "2024-03-06")
    assert values(log) == {"creatinine": "90", "total_bilirubin": "20", "bnp": "500"}


def test_by_the_reading_explicit_no_current_result_stands_in(log: Log) -> None:
    log.started("C1", "ecmo", START)
    log.lab("C1", "creatinine", "90", "2024-03-20")
    log.lab("C1", "total_bilirubin", "20", "2024-03-20", context="pre_treatment")
    assert values(log, pre_treatment_values="explicit") == {"total_bilirubin": "20"}


# ------------------------------------------------------------------------------------------- explicit values


@pytest.mark.parametrize("sampled", ["2023-01-01", "2024-03-01", "2024-03-31 12:00", "2024-04-02"])
def test_a_pre_treatment_result_goes_before_a_current_one_whenever_it_was_sampled(log: Log, sampled: str) -> None:
    log.started("C1", "ecmo", START)
    log.lab("C1", "creatinine", "90", "2024-03-30")
    log.lab("C1", "creatinine", "120", sampled, context="pre_treatment")
    assert values(log) == {"creatinine": "120"}


def test_the_latest_pre_treatment_result_counts_by_its_sampling(log: Log) -> None:
    log.started("C1", "ecmo", START)
    log.lab("C1", "creatinine", "120", "2024-03-29", context="pre_treatment")
    log.lab("C1", "creatinine", "110", "2024-03-28", context="pre_treatment")
    assert values(log) == {"creatinine": "120"}


@pytest.mark.parametrize(
    ("sampled", "counts"),
    [
        ("2024-03-09", False),
        ("2024-03-10", False),  # at the end of the earlier period, not after it
        ("2024-03-10 00:00:00.000001", True),
        ("2024-03-20", True),
    ],
)
def test_a_pre_treatment_result_counts_only_if_it_was_sampled_after_the_last_period_before(
    log: Log, sampled: str, counts: bool
) -> None:
    log.started("C1", "ecmo", "2024-03-05")
    log.stopped("C1", "ecmo", "2024-03-10")
    log.started("C1", "iv_inotropes", START)
    log.lab("C1", "creatinine", "120", sampled, context="pre_treatment")
    log.lab("C1", "creatinine", "90", "2024-03-25")
    assert values(log) == {"creatinine": "120" if counts else "90"}


def test_a_period_that_ended_at_the_very_start_is_one_before_it(log: Log) -> None:
    log.started("C1", "ecmo", "2024-03-05")
    log.stopped("C1", "ecmo", START)
    log.started("C1", "iv_inotropes", START)
    log.lab("C1", "creatinine", "120", "2024-03-04", context="pre_treatment")
    assert values(log) == {}


def test_a_period_that_ended_after_the_start_sets_no_bound(log: Log) -> None:
    log.started("C1", "ecmo", "2024-03-20")
    log.started("C1", "iv_inotropes", "2024-03-25")
    log.stopped("C1", "ecmo", "2024-03-28")
    log.lab("C1", "creatinine", "120", "2024-03-19", context="pre_treatment")
    assert values(log) == {"creatinine": "120"}


def test_a_period_of_another_treatment_sets_no_bound(log: Log) -> None:
    log.started("C1", "impella", "2024-03-05")
    log.stopped("C1", "impella", "2024-03-10")
    log.started("C1", "ecmo", START)
    log.lab("C1", "creatinine", "120", "2024-03-09", context="pre_treatment")
    assert values(log) == {"creatinine": "120"}


def test_a_transplantation_ends_a_period_like_a_stop(log: Log) -> None:
    log.started("C1", "ecmo", "2024-03-05")
    log.happened("transplanted", "C1", "2024-03-10")
    log.registered("C1", "2024-03-11")
    log.started("C1", "ecmo", START)
    log.lab("C1", "creatinine", "120", "2024-03-09", context="pre_treatment")
    assert values(log) == {}


def test_values_from_before_the_treatment_never_expire(log: Log) -> None:
    log.started("C1", "iv_inotropes", START)
    log.lab("C1", "total_bilirubin", "230", "2024-03-31", context="pre_treatment")
    for at in ("2024-04-02", "2024-04-30", "2026-04-02"):
        entry = log.place("C1", at).as_json()
        assert (entry["icar_j"], entry["icar_i"], entry["icar"]) == (0, 24, 24)  # 6.15711 x ln(230/5) = 23.57


# -------------------------------------------------------------------------------------------------- dialysis


@pytest.mark.parametrize(
    ("started", "stopped", "covers"),
    [
        ("2024-03-01", None, True),
        (START, None, True),
        ("2024-03-31 12:00:00.000001", None, False),
        ("2024-03-01", "2024-03-30", False),
        ("2024-03-01", START, False),
        ("2024-03-01", "2024-03-31 12:00:00.000001", True),
        ("2024-03-01", "2024-04-01", True),
    ],
)
def test_dialysis_counts_before_the_treatment_if_it_covers_the_start_whether_or_not_it_still_runs(
    log: Log, started: str, stopped: str | None, covers: bool
) -> None:
    log.started("C1", "ecmo", START)
    log.started("C1", "chronic_dialysis", started)
    if stopped:
        log.stopped("C1", "chronic_dialysis", stopped)
    assert log.view("C1", "2024-04-02").variables.dialysis_before is covers


def test_of_two_dialysis_periods_the_one_that_covers_the_start_counts(log: Log) -> None:
    log.started("C1", "chronic_dialysis", "2024-01-10")
    log.stopped("C1", "chronic_dialysis", "2024-02-10")
    covering = log.started("C1", "chronic_dialysis", "2024-03-01")
    log.started("C1", "ecmo", START)
    dialysis = before(log).dialysis
    assert dialysis is not None
    assert dialysis.start.position == covering


# ------------------------------------------------------------------------------------- the index, i, j and max


def test_the_index_before_the_treatment_takes_the_values_before_and_the_ecmo_of_today(log: Log) -> None:
    log.started("C1", "ecmo", START)
    log.lab("C1", "total_bilirubin", "10", "2024-03-30", context="pre_treatment")
    log.lab("C1", "creatinine", "30", "2024-03-30", context="pre_treatment")
    entry = log.place("C1", "2024-04-02").as_json()
    # 10 x (1.301335 + 0.157691 x 9) = 27.2055; and 6.15711 x ln(10/5) = 4.2678 more is 31.4733
    assert (entry["icar_j"], entry["icar_i"], entry["icar"]) == (27, 31, 31)


def test_without_ecmo_and_inotropes_there_is_no_index_before_treatment(log: Log) -> None:
    log.lab("C1", "total_bilirubin", "230", "2024-03-30", context="pre_treatment")
    entry = log.place("C1", "2024-04-02").as_json()
    assert (entry["icar_j"], entry["icar_i"], entry["icar"]) == (0, None, 0)


def test_by_the_reading_running_a_candidate_who_recovers_keeps_the_highest_index_since_the_start(log: Log) -> None:
    log.started("C1", "iv_inotropes", START)
    for value, day in (("5", "2024-03-31 13:00"), ("50", "2024-04-02"), ("5", "2024-04-04")):
        log.lab("C1", "total_bilirubin", value, day)
    at = "2024-04-05"
    # 6.15711 x ln(50/5) = 14.1773
    assert log.place("C1", at).as_json()["icar"] == 0
    assert log.place("C1", at, icar_maximum="running").as_json()["icar"] == 14


def test_by_the_reading_running_a_sampling_at_the_start_counts_and_one_before_it_does_not(log: Log) -> None:
    log.started("C1", "iv_inotropes", START)
    log.lab("C1", "total_bilirubin", "50", "2024-03-31 11:59")
    log.lab("C1", "total_bilirubin", "5", "2024-04-04")
    options: dict[str, Any] = {"icar_maximum": "running", "pre_treatment_values": "explicit"}
    assert log.place("C1", "2024-04-05", **options).as_json()["icar"] == 0
    log.corrected(3, time=START)
    assert log.place("C1", "2024-04-05", **options).as_json()["icar"] == 14
