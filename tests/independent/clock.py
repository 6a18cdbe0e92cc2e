"""Instants, Europe/Paris wall clock, elapsed days, months and ages, all in exact fractions."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
MICROSECOND = timedelta(microseconds=1)
MICROSECONDS_A_DAY = 24 * 60 * 60 * 1_000_000
MEAN_MONTH_DAYS = Fraction("30.4375")


def instant(text: str) -> datetime:
    """The instant an RFC 3339 text names, in UTC. A naive text is an error."""
    moment = datetime.fromisoformat(text.upper())
    if moment.tzinfo is None:
        raise ValueError(f"naive time: {text}")
    return moment.astimezone(UTC)


def wall(moment: datetime) -> datetime:
    """What a clock in Europe/Paris shows at that instant (naive, to the microsecond)."""
    return moment.astimezone(PARIS).replace(tzinfo=None, fold=0)


def paris_text(moment: datetime) -> str:
    """The instant in Europe/Paris with offset; a fraction (6 digits) only if it is not zero."""
    return moment.astimezone(PARIS).isoformat()


def microseconds(span: timedelta) -> int:
    """The span in whole microseconds."""
    return span // MICROSECOND


def days_between(start: datetime, end: datetime, elapsed_days: str) -> Fraction:
    """Wall-clock days from start to end; reading elapsed_days: fractional, whole (floored), or dates."""
    if elapsed_days == "dates":
        return Fraction(wall(end).toordinal() - wall(start).toordinal())
    days = Fraction(microseconds(wall(end) - wall(start)), MICROSECONDS_A_DAY)
    if elapsed_days == "whole":
        return Fraction(days.numerator // days.denominator)
    return days


def birthday(birth: date, year: int) -> datetime:
    """Midnight of the birthday in that year; born on 29 February: 28 February in common years."""
    if (birth.month, birth.day) == (2, 29) and monthrange(year, 2)[1] == 28:
        return datetime(year, 2, 28)
    return datetime.combine(date(year, birth.month, birth.day), time())


def age_years(birth: date, moment: datetime) -> Fraction:
    """Completed years plus the fraction of the running year, from midnight of one birthday to the next."""
    now = wall(moment)
    years = now.year - birth.year
    if birthday(birth, now.year) > now:
        years -= 1
    last = birthday(birth, birth.year + years)
    following = birthday(birth, birth.year + years + 1)
    return years + Fraction(microseconds(now - last), microseconds(following - last))


def completed(age: Fraction) -> Fraction:
    """Whole years of an age."""
    return Fraction(age.numerator // age.denominator)


def months_later(start: datetime, months: int) -> datetime:
    """The same day and time of day that many months later; past the month's end, its last day."""
    index = start.year * 12 + (start.month - 1) + months
    year, month = index // 12, index % 12 + 1
    return start.replace(year=year, month=month, day=min(start.day, monthrange(year, month)[1]))


def calendar_months(start: datetime, end: datetime) -> Fraction:
    """Whole calendar months of the wall clock plus the fraction of the running one."""
    first, now = wall(start), wall(end)
    months = (now.year - first.year) * 12 + (now.month - first.month)
    if months_later(first, months) > now:
        months -= 1
    last, following = months_later(first, months), months_later(first, months + 1)
    return months + Fraction(microseconds(now - last), microseconds(following - last))


def months_between(start: datetime, end: datetime, months: str, elapsed_days: str) -> Fraction:
    """DAURG and DA: reading months: calendar, or mean (days / 30.4375, days by reading elapsed_days)."""
    if months == "mean":
        return days_between(start, end, elapsed_days) / MEAN_MONTH_DAYS
    return calendar_months(start, end)
