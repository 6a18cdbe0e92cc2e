"""Elapsed time is what a clock on a wall in Paris shows: days, months, ages, and the bounds that hang on them."""

from decimal import Decimal
from typing import Any

import pytest

from tests.projections.support import Log

D = Decimal


def variables(log: Log, at: str, **readings: Any) -> Any:
    """The annex's variables of C1."""
    return log.view("C1", at, **readings).variables


def on_ecmo(start: str) -> Log:
    """A log with a candidate on ECMO."""
    log = Log()
    log.registered("C1", "2020-01-01")
    log.started("C1", "ecmo", start)
    return log


def born(day: str) -> Log:
    """A log with a candidate born on a day."""
    log = Log()
    log.registered("C1", "2018-01-01", birth_date=day)
    return log


# ----------------------------------------------------------------------------------------------------- days


@pytest.mark.parametrize(
    ("start", "at", "days"),
    [
        ("2024-03-10 08:00", "2024-03-11 08:00", "1"),
        ("2024-03-10 08:00", "2024-03-10 20:00", "0.5"),
        ("2024-03-30 12:00", "2024-03-31 12:00", "1"),
        ("2024-03-31 00:00", "2024-04-01 00:00", "1"),
        ("2024-03-31 01:00", "2024-03-31 04:00", "0.125"),
        ("2024-10-26 12:00", "2024-10-27 12:00", "1"),
        ("2024-10-27 00:00", "2024-10-28 00:00", "1"),
        ("2024-10-27T02:30:00+02:00", "2024-10-27T02:30:00+01:00", "0"),
        ("2024-10-27T00:30:00Z", "2024-10-27T01:30:00Z", "0"),
        ("2024-10-27T01:00:00+02:00", "2024-10-27T04:00:00+01:00", "0.125"),
        ("2024-02-28", "2024-03-01", "2"),
        ("2023-02-28", "2023-03-01", "1"),
        ("2024-02-29 12:00", "2024-03-01 12:00", "1"),
        ("2023-12-31 18:00", "2024-01-01 18:00", "1"),
        ("2024-03-10T08:00:00-05:00", "2024-03-10T15:00:00+02:00", "0"),
        ("2024-03-10 08:00", "2024-03-10 08:00:00.000864", "0.00000001"),
    ],
)  # fmt: skip
def test_days_run_by_the_clock_on_the_wall_over_both_changes_of_the_hour_and_the_leap_day(
    start: str, at: str, days: str
) -> None:
    assert variables(on_ecmo(start), at).ecmo_days == D(days)


@pytest.mark.parametrize(
    ("at", "days"), [("2024-04-12 11:59:59.999999", "12"), ("2024-04-12 12:00", "13"), ("2024-03-31 12:00", "1")]
)
def test_by_the_reading_whole_only_completed_days_count(at: str, days: str) -> None:
    assert variables(on_ecmo("2024-03-30 12:00"), at, elapsed_days="whole").ecmo_days == D(days)


@pytest.mark.parametrize(
    ("at", "days"), [("2024-04-12 00:00", "13"), ("2024-04-11 23:59:59.999999", "12"), ("2024-03-30 23:00", "0")]
)
def test_by_the_reading_dates_a_day_begins_at_midnight_whatever_the_hour_of_the_start(at: str, days: str) -> None:
    assert variables(on_ecmo("2024-03-30 12:00"), at, elapsed_days="dates").ecmo_days == D(days)


# -------------------------------------------------------------------------------------- validity of samples


@pytest.mark.parametrize("treatment", [None, "ecmo", "iv_inotropes"])
@pytest.mark.parametrize(("late", "fresh"), [("08:00", True), ("08:00:00.000001", False)])
def test_a_sample_of_exactly_105_or_4_days_counts_and_of_a_microsecond_more_does_not(
    treatment: str | None, late: str, fresh: bool
) -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.labs("C1", "2024-02-10 08:00", bilirubin="230", nt_probnp=None)
    if treatment:
        log.started("C1", treatment, "2024-02-11 08:00")
    day = "2024-02-14" if treatment else "2024-05-25"
    icar_j = log.place("C1", f"{day} {late}").as_json()["icar_j"]
    # 0.615711 x ln(230/5) x 10 = 23.57: 24, and under ECMO 1.301335 x 10 + 0.157691 x 9 x 10 = 27.2 more: 40
    without = 27 if treatment == "ecmo" else 0
    assert icar_j == (min(40, 24 + without) if fresh else without)


def test_a_sample_that_only_its_day_dates_is_over_105_days_old_at_ten_on_the_105th_day_after() -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.labs("C1", "2024-02-10", bilirubin="230", nt_probnp=None)
    at = "2024-05-25 10:00"
    assert log.place("C1", at).as_json()["icar_j"] == 0
    assert log.place("C1", at, elapsed_days="whole").as_json()["icar_j"] == 24


def test_105_days_over_the_change_of_the_hour_end_at_the_same_time_of_day() -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.lab("C1", "creatinine", "80", "2024-02-10T08:00:00+01:00")
    assert variables(log, "2024-05-25T08:00:00+02:00").creatinine.age_days == 105


# -------------------------------------------------------------------------------------------- ECMO, LVAD


@pytest.mark.parametrize(
    ("at", "ccb"),
    [
        ("2024-03-12 12:00", "675.000000"),  # 11 days
        ("2024-03-13 12:00", "675.000000"),  # 12 days: still everything
        ("2024-03-13 12:00:00.000001", "607.500000"),  # the 13th day opens at 90 %
        ("2024-03-14 00:00", "573.750000"),  # 12.5 days: 85 %
        ("2024-03-14 12:00", "540.000000"),  # 13 days: 80 %
        ("2024-03-15 12:00", "472.500000"),  # 14 days: 70 %
        ("2024-03-16 12:00", "405.000000"),  # 15 days: 60 %
        ("2024-03-17 11:59:59.999999", "337.500000"),  # just short of 16 days: 50 %
        ("2024-03-17 12:00", "0.000000"),  # 16 days: nothing
        ("2024-03-20 12:00", "0.000000"),
    ],
)
def test_points_under_ecmo_fall_from_the_thirteenth_day_and_end_on_the_sixteenth(at: str, ccb: str) -> None:
    log = on_ecmo("2024-03-01 12:00")  # ICAR 27 of ECMO alone: 1000 x 27 / 40 = 675
    assert log.place("C1", at).as_json()["ccb"] == ccb


def test_points_under_ecmo_fall_at_the_same_time_of_day_over_the_change_of_the_hour() -> None:
    log = on_ecmo("2024-03-20 12:00")
    assert log.place("C1", "2024-04-01 12:00").as_json()["ccb"] == "675.000000"
    assert log.place("C1", "2024-04-01 12:00:00.000001").as_json()["ccb"] == "607.500000"


@pytest.mark.parametrize(
    ("start", "at", "ccb"),
    [
        ("2024-05-01", "2024-05-01", "750.000000"),
        ("2020-05-01", "2024-05-01", "770.000000"),  # 1461 days = 4 x 365.25
        ("2019-05-01", "2024-04-30", "774.996578"),  # 1826 days: 750 + 5 x 1826 / 365.25
        ("2019-05-01", "2024-05-01", "775.000000"),  # 1827 days are over five years of 365.25
        ("2000-05-01", "2024-05-01", "775.000000"),
    ],
)
def test_on_its_turn_an_lvad_is_worth_five_points_for_each_year_of_365_25_days_and_five_years_at_most(
    start: str, at: str, ccb: str
) -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.started("C1", "lvad", start)
    assert log.place("C1", at, 5).as_json()["ccb"] == ccb


# ----------------------------------------------------------------------------------------------------- ages


@pytest.mark.parametrize(
    ("birth", "at", "age"),
    [
        ("2006-05-17", "2024-05-17", "18"),
        ("2006-05-17", "2024-05-16T22:00:00Z", "18"),
        ("2000-01-01", "2024-07-02", "24.5"),  # 183 of the 366 days of 2024
        ("2004-02-29", "2022-02-28", "18"),
        ("2004-02-29", "2024-02-29", "20"),
        ("2004-02-29", "2025-02-28", "21"),
    ],
)
def test_an_age_is_the_completed_years_and_the_fraction_of_the_running_one(birth: str, at: str, age: str) -> None:
    assert variables(born(birth), at).age_years == D(age)


@pytest.mark.parametrize(
    ("birth", "birthday"), [("2006-05-17", "2024-05-17"), ("2006-03-31", "2024-03-31"), ("2004-02-29", "2022-02-28")]
)
def test_eighteen_falls_on_the_birthday_at_midnight_in_paris(birth: str, birthday: str) -> None:
    log = born(birth)
    eve = f"{birthday[:8]}{int(birthday[8:]) - 1} 23:59:59.999999"
    assert variables(log, eve).age_years < 18
    assert variables(log, birthday).age_years == 18
    assert log.place("C1", eve).as_json()["component"] == "paediatric_standard"
    assert log.place("C1", birthday).as_json()["component"] == "adult_standard"


def test_the_year_of_a_child_of_the_leap_day_runs_from_28_february_to_29_february() -> None:
    log = born("2004-02-29")
    assert variables(log, "2023-08-30").age_years == D("19.5")  # 183 of 366 days
    assert variables(log, "2024-02-28 23:59:59.999999", age="completed").age_years == 19
    assert variables(log, "2024-02-29", age="completed").age_years == 20


@pytest.mark.parametrize(("at", "age"), [("2024-05-16 23:59:59.999999", "17"), ("2024-05-17", "18")])
def test_by_the_reading_completed_an_age_is_in_whole_years(at: str, age: str) -> None:
    assert variables(born("2006-05-17"), at, age="completed").age_years == D(age)


# --------------------------------------------------------------------------------------------------- months


@pytest.mark.parametrize(
    ("start", "at", "months"),
    [
        ("2024-01-31", "2024-02-29", "1"),
        ("2023-01-31", "2023-02-28", "1"),
        ("2024-01-31", "2024-03-31", "2"),
        ("2024-01-31", "2024-04-30", "3"),
        ("2024-02-01", "2024-02-15 12:00", "0.5"),  # 14.5 of 29 days
        ("2024-03-01 12:00", "2024-04-01 12:00", "1"),
        ("2024-10-01 12:00", "2024-11-01 12:00", "1"),
        ("2024-02-29", "2025-02-28", "12"),
        ("2024-05-15 10:00", "2024-05-15 10:00", "0"),
    ],
)
def test_months_are_whole_calendar_months_whose_ends_clamp_and_the_fraction_of_the_running_one(
    start: str, at: str, months: str
) -> None:
    log = Log()
    log.registered("C1", start)
    assert variables(log, at).waiting_months == D(months)


def test_by_the_reading_mean_a_month_has_30_4375_days() -> None:
    log = Log()
    log.registered("C1", "2024-04-01")
    assert variables(log, "2024-05-31 21:00", months="mean").waiting_months == 2  # 60.875 days


@pytest.mark.parametrize(
    ("at", "ccb"),
    [
        ("2024-01-01", "775.000000"),
        ("2025-01-01", "800.000000"),
        ("2026-01-01", "825.000000"),
        ("2027-01-01", "825.000000"),
    ],
)
def test_a_child_gains_fifty_points_in_its_first_24_months_of_waiting(at: str, ccb: str) -> None:
    log = Log()
    log.registered("C1", "2024-01-01", birth_date="2015-01-01")
    assert log.place("C1", at).as_json()["ccb"] == ccb
