"""Quantities: elapsed days by the clock in Paris, calendar months, and ages."""

import os
import time
from collections.abc import Iterator
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.errors import RequestError
from engine.quantities import (
    PARIS,
    add_months,
    age_years,
    calendar_months,
    elapsed_days,
    paris_clock,
    paris_text,
    parse_instant,
)

D = Decimal
DAY = 86_400_000_000
FIFTY = Context(prec=50, rounding=ROUND_HALF_EVEN)
a_few = settings(max_examples=100, deadline=None, derandomize=True, database=None)


def at(text: str) -> int:
    """The instant a clock in Paris shows (with the offset where it is given)."""
    moment = datetime.fromisoformat(text if "T" in text else f"{text}T00:00:00")
    return parse_instant(moment.isoformat() if moment.tzinfo else moment.replace(tzinfo=PARIS).isoformat())


def exactly(value: Fraction | int) -> Decimal:
    """A fraction to 50 digits."""
    fraction = Fraction(value)
    return FIFTY.divide(D(fraction.numerator), D(fraction.denominator))


# --------------------------------------------------------------------------------------- elapsed days


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2024-03-01", "2024-03-01", "0"),
        ("2024-03-01", "2024-03-13", "12"),
        ("2024-03-01", "2024-03-13T12:00:00", "12.5"),
        ("2024-03-01T06:00:00", "2024-03-01T12:00:00", "0.25"),
        ("2024-02-28", "2024-03-01", "2"),
        ("2023-02-28", "2023-03-01", "1"),
        # 23 hours on 31 March 2024, 25 on 27 October: a day each by the clock
        ("2024-03-31", "2024-04-01", "1"),
        ("2024-03-30T12:00:00", "2024-03-31T12:00:00", "1"),
        ("2024-03-31T01:00:00", "2024-03-31T04:00:00", "0.125"),
        ("2024-10-27", "2024-10-28", "1"),
        ("2024-10-26T12:00:00", "2024-10-27T12:00:00", "1"),
        ("2024-10-27T01:00:00+02:00", "2024-10-27T04:00:00+01:00", "0.125"),
        ("2024-03-01", "2024-06-14", "105"),
        ("2024-09-01", "2024-12-15", "105"),
        ("2024-01-01", "2025-01-01", "366"),
        ("2019-01-07", "2024-01-07", "1826"),
    ],
)
def test_elapsed_days_are_those_of_a_clock_in_paris(start: str, end: str, days: str) -> None:
    assert elapsed_days(at(start), at(end)) == D(days)


def test_an_hour_that_is_shown_twice_takes_no_time() -> None:
    assert elapsed_days(at("2024-10-27T02:30:00+02:00"), at("2024-10-27T02:30:00+01:00")) == D(0)


def test_the_hour_that_is_left_out_passes_at_once() -> None:
    start, end = at("2024-03-31T00:59:59.999999+00:00"), at("2024-03-31T01:00:00+00:00")
    assert elapsed_days(start, end) == exactly(Fraction(3_600_000_001, DAY))


@pytest.mark.parametrize("microseconds", [-1, 0, 1])
@pytest.mark.parametrize("days", [4, 12, 16, 30, 105])
def test_elapsed_days_are_exact_to_the_microsecond(days: int, microseconds: int) -> None:
    """From 1 November: no change of clock within 105 days."""
    start = at("2023-11-01T10:20:30.123456")
    found = elapsed_days(start, start + days * DAY + microseconds)
    assert found == exactly(Fraction(days * DAY + microseconds, DAY))
    assert (found > days, found == days, found < days) == (microseconds > 0, microseconds == 0, microseconds < 0)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2024-03-01", "2024-03-01T23:59:59.999999", 0),
        ("2024-03-01", "2024-03-02", 1),
        ("2024-03-01T10:00:00", "2024-03-13T09:59:59.999999", 11),
        ("2024-03-01T10:00:00", "2024-03-13T10:00:00", 12),
        ("2024-03-30T12:00:00", "2024-03-31T11:59:59.999999", 0),
        ("2024-03-30T12:00:00", "2024-03-31T12:00:00", 1),
        ("2024-10-26T12:00:00", "2024-10-27T11:59:59.999999", 0),
        ("2024-10-26T12:00:00", "2024-10-27T12:00:00", 1),
        ("2024-03-02", "2024-06-15T10:00:00", 105),
    ],
)
def test_whole_days_are_completed_ones(start: str, end: str, days: int) -> None:
    assert elapsed_days(at(start), at(end), "whole") == D(days)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2024-03-01", "2024-03-01T23:59:59.999999", 0),
        ("2024-03-01T23:59:59.999999", "2024-03-02", 1),
        ("2024-03-01T23:00:00", "2024-03-13T01:00:00", 12),
        ("2024-03-01T01:00:00", "2024-03-13T23:00:00", 12),
        ("2024-02-28T22:00:00", "2024-03-01T02:00:00", 2),
        ("2023-02-28T22:00:00", "2023-03-01T02:00:00", 1),
        ("2024-03-30T23:30:00", "2024-03-31T03:30:00", 1),
        ("2024-10-27T02:30:00+02:00", "2024-10-27T02:30:00+01:00", 0),
        ("2024-03-01T23:30:00+00:00", "2024-03-02T22:30:00+00:00", 0),  # in Paris both are 2 March
        ("2024-06-30T21:59:59+00:00", "2024-06-30T22:00:00+00:00", 1),
        ("2024-03-02T18:00:00", "2024-06-15T08:00:00", 105),
    ],
)
def test_dates_are_subtracted_as_the_calendar_on_a_wall_in_paris_shows_them(start: str, end: str, days: int) -> None:
    assert elapsed_days(at(start), at(end), "dates") == D(days)


@pytest.fixture
def in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine that stands in Japan."""
    before = os.environ.get("TZ")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    if before is None:
        monkeypatch.delenv("TZ")
    else:
        monkeypatch.setenv("TZ", before)
    time.tzset()


@pytest.mark.usefixtures("in_tokyo")
def test_the_machines_own_time_zone_plays_no_part() -> None:
    instant = parse_instant("2024-07-15T12:00:00.000001Z")
    assert paris_text(instant) == "2024-07-15T14:00:00.000001+02:00"
    assert paris_clock(instant) == datetime(2024, 7, 15, 14, 0, 0, 1)


# ------------------------------------------------------------------------------------- calendar months


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2024-01-01", "2024-01-01", 0),
        ("2024-01-01", "2024-02-01", 1),
        ("2024-01-01", "2024-03-01", 2),
        ("2024-01-01", "2024-04-01", 3),
        ("2024-01-01", "2026-01-01", 24),
        ("2023-12-15", "2024-01-15", 1),
        ("2024-04-01", "2024-04-16", Fraction(15, 30)),
        ("2024-05-01", "2024-05-16", Fraction(15, 31)),
        ("2024-02-01", "2024-02-15T12:00:00", Fraction(29, 58)),
        ("2023-02-01", "2023-02-15", Fraction(1, 2)),
        # the change of clock within a month: 15 March to 15 April is one month of 31 days by the clock
        ("2024-03-15", "2024-04-15", 1),
        ("2024-03-15", "2024-04-01", Fraction(17, 31)),
        ("2024-10-15", "2024-11-01", Fraction(17, 31)),
        # a day the month lacks becomes its last
        ("2023-01-31", "2023-02-28", 1),
        ("2023-01-30", "2023-02-28", 1),
        ("2023-01-29", "2023-02-28", 1),
        ("2023-01-28", "2023-02-28", 1),
        ("2024-01-31", "2024-02-29", 1),
        ("2024-01-31", "2024-02-28", Fraction(28, 29)),
        ("2023-01-31", "2023-02-27", Fraction(27, 28)),
        ("2023-01-31", "2023-03-30", 1 + Fraction(30, 31)),
        ("2023-01-31", "2023-03-31", 2),
        ("2023-01-31", "2023-04-30", 3),
        ("2023-01-30", "2023-03-01", 1 + Fraction(1, 30)),
        ("2020-02-29", "2021-02-28", 12),
        ("2020-02-29", "2024-02-28", 47 + Fraction(30, 31)),
        ("2020-02-29", "2024-02-29", 48),
        ("2023-03-31", "2023-04-30", 1),
        ("2023-03-31T18:00:00", "2023-04-30T17:59:59.999999", Fraction(30 * DAY - 1, 30 * DAY)),
        ("2023-03-31T18:00:00", "2023-04-30T18:00:00", 1),
    ],
)
def test_months_are_whole_calendar_months_and_the_fraction_of_the_running_one(
    start: str, end: str, months: Fraction | int
) -> None:
    whole, part = divmod(Fraction(months), 1)
    assert calendar_months(at(start), at(end)) == FIFTY.add(D(whole), exactly(part))


@pytest.mark.parametrize(("end", "below"), [("2024-03-31T23:59:59.999999", True), ("2024-04-01", False)])
def test_three_months_end_on_the_same_day_of_the_month_at_the_same_time(end: str, below: bool) -> None:
    assert (calendar_months(at("2024-01-01"), at(end)) < 3) is below


@pytest.mark.parametrize("end", ["2024-03-31T23:59:59.999999", "2024-03-16", "2024-01-01"])
def test_before_their_start_months_are_negative(end: str) -> None:
    assert calendar_months(at("2024-04-01"), at(end)) < 0


midday = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(lambda moment: moment.replace(hour=12))


@a_few
@given(midday, midday, midday)
def test_months_never_run_backwards(start: datetime, one: datetime, other: datetime) -> None:
    first, second = sorted((one, other))
    assume(start <= first)
    months = [calendar_months(at(start.isoformat()), at(moment.isoformat())) for moment in (first, second)]
    assert 0 <= months[0] <= months[1]


@a_few
@given(midday, st.integers(0, 600))
def test_so_many_months_later_so_many_months_have_passed(start: datetime, months: int) -> None:
    later = add_months(start, months)
    assert calendar_months(at(start.isoformat()), at(later.isoformat())) == months


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2023-01-31", 0, "2023-01-31"),
        ("2023-01-31", 1, "2023-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2023-01-31", 2, "2023-03-31"),
        ("2023-01-31", 3, "2023-04-30"),
        ("2023-11-30", 3, "2024-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("1900-02-28", 12, "1901-02-28"),
        ("2024-12-31", 1, "2025-01-31"),
        ("2024-01-15", -1, "2023-12-15"),
        ("9999-11-15", 1, "9999-12-15"),
    ],
)
def test_a_month_on_is_the_same_day_or_the_last_of_the_month(start: str, months: int, end: str) -> None:
    assert add_months(datetime.fromisoformat(start), months) == datetime.fromisoformat(end)


def test_there_is_no_month_after_the_year_9999() -> None:
    with pytest.raises(RequestError, match="beyond the year 9999"):
        add_months(datetime(9999, 12, 15), 1)


# ----------------------------------------------------------------------------------------------- ages


@pytest.mark.parametrize(
    ("birth", "end", "years"),
    [
        ("2024-03-10", "2024-03-10", 0),
        ("2024-03-10", "2024-03-10T12:00:00", Fraction(1, 730)),
        ("2006-05-17", "2024-05-17", 18),
        ("2006-05-17", "2024-05-16T23:59:59.999999", 17 + Fraction(366 * DAY - 1, 366 * DAY)),
        ("2006-05-17", "2024-05-17T00:00:00.000001", 18 + Fraction(1, 365 * DAY)),
        ("1974-05-17", "2024-05-17", 50),
        ("1974-05-17", "2024-11-15T12:00:00", 50 + Fraction(1, 2)),
        ("1980-01-01", "2024-07-01", 44 + Fraction(182, 366)),
        ("1980-01-01", "2023-07-01", 43 + Fraction(181, 365)),
        # born on 29 February: 28 in common years
        ("2000-02-29", "2018-02-27T12:00:00", 17 + Fraction(729, 730)),
        ("2000-02-29", "2018-02-28", 18),
        ("2000-02-29", "2018-03-01", 18 + Fraction(1, 365)),
        ("2000-02-29", "2020-02-28", 19 + Fraction(365, 366)),
        ("2000-02-29", "2020-02-29", 20),
        ("2000-02-29", "2003-08-29", 3 + Fraction(182, 366)),
        ("2004-02-29", "2023-02-28T12:00:00", 19 + Fraction(1, 732)),
        ("2096-02-29", "2100-02-28", 4),
        # a day of 23 or 25 hours is a day
        ("2000-03-31", "2024-03-31", 24),
        ("2000-10-27", "2024-10-28", 24 + Fraction(1, 365)),
    ],
)
def test_an_age_is_completed_years_and_the_fraction_of_the_running_one(
    birth: str, end: str, years: Fraction | int
) -> None:
    whole, part = divmod(Fraction(years), 1)
    born = date.fromisoformat(birth)
    assert age_years(born, at(end)) == FIFTY.add(D(whole), exactly(part))
    assert age_years(born, at(end), completed_only=True) == D(whole)


@pytest.mark.parametrize(
    ("end", "adult"),
    [
        ("2024-05-16T21:59:59.999999+00:00", False),
        ("2024-05-16T22:00:00+00:00", True),
        ("2024-05-17T00:00:00+09:00", False),
        ("2024-05-16T18:00:00-04:00", True),
    ],
)
@pytest.mark.parametrize("completed_only", [True, False])
def test_18_falls_on_the_birthday_at_midnight_in_paris(end: str, adult: bool, completed_only: bool) -> None:
    assert (age_years(date(2006, 5, 17), at(end), completed_only=completed_only) >= 18) is adult


@pytest.mark.parametrize(("end", "adult"), [("2022-02-27T23:59:59.999999", False), ("2022-02-28", True)])
def test_who_was_born_on_29_february_comes_of_age_on_28_february_of_a_common_year(end: str, adult: bool) -> None:
    assert (age_years(date(2004, 2, 29), at(end)) >= 18) is adult


@a_few
@given(st.dates(date(1930, 1, 1), date(2020, 1, 1)), midday, midday)
def test_nobody_grows_younger(birth: date, one: datetime, other: datetime) -> None:
    first, second = sorted((one, other))
    assume(birth <= first.date())
    ages = [age_years(birth, at(moment.isoformat())) for moment in (first, second)]
    assert 0 <= ages[0] <= ages[1]
    assert age_years(birth, at(first.isoformat()), completed_only=True) == ages[0] // 1
