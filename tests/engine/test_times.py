"""Times as people write them: every form, each end of a day, clock changes, and what is refused with which remedy."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.quantities import PARIS, paris_clock, paris_text, utc_text
from engine.times import day_bounds, parse_time
from tests.long import examples

MICROSECOND = timedelta(microseconds=1)


def read(text: str, *, last: bool = True) -> str:
    """The instant of a text, in UTC."""
    return utc_text(parse_time(text, end_of_day=last))


def refusal(text: str) -> str:
    """Why a text is refused."""
    with pytest.raises(ValueError, match=r"is no") as error:
        parse_time(text, end_of_day=True)
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2025-06-30T12:00:00+02:00", "2025-06-30T10:00:00.000000Z"),
        ("2025-06-30t12:00:00z", "2025-06-30T12:00:00.000000Z"),
        ("2025-06-30T12:00:00.5Z", "2025-06-30T12:00:00.500000Z"),
        ("2025-06-30T12:00:00.000001-23:59", "2025-07-01T11:59:00.000001Z"),
        ("2025-06-30T12:00:00-00:00", "2025-06-30T12:00:00.000000Z"),
        ("2024-02-29T23:59:59+14:00", "2024-02-29T09:59:59.000000Z"),
        ("2025-03-30T02:30:00+01:00", "2025-03-30T01:30:00.000000Z"),
        ("2025-10-26T02:30:00+01:00", "2025-10-26T01:30:00.000000Z"),
    ],
)
def test_a_time_with_an_offset_is_that_instant_at_either_end(text: str, utc: str) -> None:
    assert read(text) == read(text, last=False) == utc


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2025-06-30T12:00", "2025-06-30T10:00:00.000000Z"),
        ("2025-01-30T12:00", "2025-01-30T11:00:00.000000Z"),
        ("2025-06-30t12:00:07", "2025-06-30T10:00:07.000000Z"),
        ("2025-06-30T12:00:07.25", "2025-06-30T10:00:07.250000Z"),
        ("2025-06-30T12:00:07.123456", "2025-06-30T10:00:07.123456Z"),
        ("2024-02-29T00:00", "2024-02-28T23:00:00.000000Z"),
        ("2025-03-30T01:59:59.999999", "2025-03-30T00:59:59.999999Z"),
        ("2025-03-30T03:00", "2025-03-30T01:00:00.000000Z"),
        ("2025-10-26T01:59:59", "2025-10-25T23:59:59.000000Z"),
        ("2025-10-26T03:00", "2025-10-26T02:00:00.000000Z"),
        ("1950-07-01T12:00", "1950-07-01T11:00:00.000000Z"),
        ("9998-12-31T23:59", "9998-12-31T22:59:00.000000Z"),
    ],
)
def test_a_clock_time_is_the_one_in_paris(text: str, utc: str) -> None:
    assert read(text) == read(text, last=False) == utc


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("2025-10-26T02:00", "2025-10-26T02:00:00+02:00", "2025-10-26T02:00:00+01:00"),
        ("2025-10-26T02:30:15", "2025-10-26T02:30:15+02:00", "2025-10-26T02:30:15+01:00"),
        ("2024-10-27T02:59:59.999999", "2024-10-27T02:59:59.999999+02:00", "2024-10-27T02:59:59.999999+01:00"),
        ("1976-09-26T00:30", "1976-09-26T00:30:00+02:00", "1976-09-26T00:30:00+01:00"),
    ],
)
def test_a_clock_time_that_comes_twice_is_refused_with_both(text: str, first: str, second: str) -> None:
    with pytest.raises(ValueError, match="comes twice in Paris") as refusal:
        read(text)
    assert str(refusal.value).endswith(f"write {first} or {second}")
    assert paris_clock(parse_time(first, end_of_day=True)) == paris_clock(parse_time(second, end_of_day=True))
    assert read(first) < read(second)


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("2025-03-30T02:00", "2025-03-30T01:00:00+01:00", "2025-03-30T03:00:00+02:00"),
        ("2025-03-30T02:30", "2025-03-30T01:30:00+01:00", "2025-03-30T03:30:00+02:00"),
        ("2024-03-31T02:59:59", "2024-03-31T01:59:59+01:00", "2024-03-31T03:59:59+02:00"),
        ("1976-03-28T01:30", "1976-03-28T00:30:00+01:00", "1976-03-28T02:30:00+02:00"),
    ],
)
def test_a_clock_time_that_is_skipped_is_refused_with_both(text: str, first: str, second: str) -> None:
    with pytest.raises(ValueError, match="does not exist in Paris") as refusal:
        read(text)
    assert str(refusal.value).endswith(f"write {first} or {second}")
    assert read(first) < read(second)


@pytest.mark.parametrize(
    ("day", "first", "last", "hours"),
    [
        ("2025-06-30", "2025-06-29T22:00:00.000000Z", "2025-06-30T21:59:59.999999Z", 24),
        ("2025-01-01", "2024-12-31T23:00:00.000000Z", "2025-01-01T22:59:59.999999Z", 24),
        ("2024-02-29", "2024-02-28T23:00:00.000000Z", "2024-02-29T22:59:59.999999Z", 24),
        ("2000-02-29", "2000-02-28T23:00:00.000000Z", "2000-02-29T22:59:59.999999Z", 24),
        ("2025-03-30", "2025-03-29T23:00:00.000000Z", "2025-03-30T21:59:59.999999Z", 23),
        ("2025-10-26", "2025-10-25T22:00:00.000000Z", "2025-10-26T22:59:59.999999Z", 25),
        ("1976-09-26", "1976-09-25T22:00:00.000000Z", "1976-09-26T22:59:59.999999Z", 25),
        ("9999-12-27", "9999-12-26T23:00:00.000000Z", "9999-12-27T22:59:59.999999Z", 24),
    ],
)
def test_a_day_begins_at_its_midnight_and_ends_just_before_the_next(
    day: str, first: str, last: str, hours: int
) -> None:
    assert (read(day, last=False), read(day, last=True)) == (first, last)
    begin, end = day_bounds(date.fromisoformat(day))
    assert end + 1 - begin == hours * 3_600_000_000


def test_every_day_of_a_century_follows_the_one_before_without_a_gap() -> None:
    day, beyond = date(1912, 1, 1), None
    while day.year < 2040:
        first, last = day_bounds(day)
        assert beyond in (None, first)
        assert paris_clock(first).date() == paris_clock(last).date() == day
        day, beyond = day + timedelta(days=1), last + 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0", "'0' is no time: write it with its offset"),
        ("", "by the clock in Paris (2025-06-30T12:00)"),
        ("noon", "or as a day (2025-06-30)"),
        ("30/06/2025", "is no time"),
        ("2025-6-30", "is no time"),
        ("20250630", "is no time"),
        ("2025-06", "is no time"),
        ("2025-W27-1", "is no time"),
        ("2025-181", "is no time"),
        ("-001-06-30", "is no time"),
        ("-2025-06-30T12:00", "is no time"),
        ("12025-06-30", "is no time"),
        ("2025-06-30 12:00", "is no time"),
        ("2025-06-30T12", "RFC 3339"),
        ("2025-06-30T12:00+02:00", "RFC 3339"),
        ("2025-06-30T12:00:00 +02:00", "RFC 3339"),
        ("2025-06-30T12:00:00+0200", "RFC 3339"),
        ("2025-06-30T12:00:00+24:00", "RFC 3339"),
        ("2025-06-30T12:00:00.Z", "RFC 3339"),
        ("2025-06-30T12:00:00,5Z", "RFC 3339"),
        ("2025-06-30T12:00:00Z ", "RFC 3339"),
        ("2025-06-30T24:00", "24:00 and leap seconds are none"),
        ("2025-06-30T23:60", "is not a real time"),
        ("2025-06-30T23:59:60", "is not a real time"),
        ("2025-02-30T12:00", "is not a real time"),
        ("2025-02-29", "no day of the calendar"),
        ("2025-13-01", "no day of the calendar"),
        ("2025-00-10", "no day of the calendar"),
        ("1900-02-29", "no day of the calendar"),
        ("0000-01-01", "no day of the calendar"),
        ("0001-01-01", "no day of the calendar"),
        ("9999-12-31", "no day of the calendar"),
        ("0001-01-01T00:00", "is not a real time"),
        ("9999-12-31T23:59", "is not a real time"),
        ("٢٠٢٥-٠٦-٣٠", "is no time"),
        ("2025-06-30T12:00\n", "RFC 3339"),
        ("x" * 10_000, "…"),
    ],
)
def test_what_is_no_time_is_refused_with_a_remedy(text: str, said: str) -> None:
    message = refusal(text)
    assert said in message
    assert "\n" not in message
    assert len(message) < 400


@settings(deadline=None)
@given(st.datetimes(datetime(1912, 1, 1), datetime(2037, 12, 31)), st.booleans())
def test_a_clock_time_is_what_a_clock_in_paris_shows_then_or_both_choices_are_named(wall: datetime, last: bool) -> None:
    text = wall.isoformat()
    try:
        instant = parse_time(text, end_of_day=last)
    except ValueError as error:
        choices = str(error).rpartition(": write ")[2].split(" or ")
        shown = [paris_clock(parse_time(choice, end_of_day=last)) for choice in choices]
        assert (shown[0] == wall) == (shown[1] == wall)
        assert len(set(choices)) == 2
    else:
        assert paris_clock(instant) == wall
        assert paris_text(instant) == wall.replace(tzinfo=PARIS).isoformat()


@settings(deadline=None)
@given(st.datetimes(datetime(1, 1, 4), datetime(9999, 12, 27)))
def test_an_instant_written_in_utc_or_in_paris_reads_back(moment: datetime) -> None:
    instant = (moment - datetime(1970, 1, 1)) // MICROSECOND
    assert parse_time(moment.replace(tzinfo=UTC).isoformat(), end_of_day=True) == instant
    assert parse_time(paris_text(instant), end_of_day=False) == instant


@settings(max_examples=examples(40, 100), deadline=None)
@given(st.text(max_size=40))
def test_any_other_text_is_a_refusal_and_never_something_else(text: str) -> None:
    assert refusal(text)
