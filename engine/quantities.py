"""Numbers and calendar: the only ln, exp, power, rounding, elapsed days, months and ages of the project.

Numbers are decimals of 50 digits. Figures are published after rounding the exact value to 15 decimals
and then to 6, half to even both times, so every calculation of 30 digits or more prints the same text.

Elapsed time is wall-clock time in Europe/Paris, counted in whole microseconds. The time zone is read from
the pinned ``tzdata`` package and never from the machine, so the same log gives the same figures everywhere.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import MAXYEAR, UTC, date, datetime, timedelta
from decimal import (
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    FloatOperation,
    InvalidOperation,
    Overflow,
    localcontext,
)
from functools import lru_cache
from importlib import resources
from typing import NamedTuple
from zoneinfo import ZoneInfo

from engine.errors import RequestError

DIGITS = 50
EXACT = Context(
    prec=DIGITS,
    rounding=ROUND_HALF_EVEN,
    Emin=-999_999,
    Emax=999_999,
    traps=[InvalidOperation, DivisionByZero, Overflow, FloatOperation],
)
SETTLED_DIGITS = 40
ZERO, ONE = Decimal(0), Decimal(1)
INFINITY = Decimal("Infinity")

_WIDE = EXACT.copy()
_WIDE.prec = DIGITS + 10
_SETTLED = EXACT.copy()
_SETTLED.prec = SETTLED_DIGITS
_FIFTEEN_PLACES = Decimal("1e-15")
_SIX_PLACES = Decimal("1e-6")


@contextmanager
def exact_arithmetic() -> Iterator[None]:
    """Run the body with 50-digit decimals, whatever the caller's decimal context is."""
    with localcontext(EXACT):
        yield


def fifteen_places(value: Decimal) -> Decimal:
    """The exact value rounded to 15 decimals, half to even: the first of the two published roundings."""
    return value.quantize(_FIFTEEN_PLACES, ROUND_HALF_EVEN, EXACT)


def millionths(value: Decimal) -> int:
    """A score or factor as published, in millionths: rounded by way of 15 decimals to 6, half to even."""
    return int(fifteen_places(value).quantize(_SIX_PLACES, ROUND_HALF_EVEN, EXACT).scaleb(6, EXACT))


def published_text(figure: int) -> str:
    """Millionths as printed: 6 decimals, never ``-0.000000``."""
    whole, fraction = divmod(abs(figure), 1_000_000)
    return f"{'-' if figure < 0 else ''}{whole}.{fraction:06d}"


PUBLISHED = "%.6f"
"""Prints millionths / 1_000_000 as ``published_text`` does: the nearest float is off by less than half of the sixth
decimal below 2^52 millionths, and no score comes near to that.
"""


def published(value: Decimal) -> str:
    """A score or factor as printed: 6 decimals, rounded by way of 15, half to even."""
    return published_text(millionths(value))


def round_half_up(value: Decimal) -> Decimal:
    """Arrondi: the nearest integer, halves away from zero."""
    return value.quantize(ONE, ROUND_HALF_UP, EXACT)


def settled(value: Decimal) -> Decimal:
    """A computed value to 40 digits: two ways to one exact value then compare equal (0.8 of a body surface)."""
    return _SETTLED.plus(value)


@lru_cache(maxsize=65_536)
def ln(value: Decimal) -> Decimal:
    """Natural logarithm of a positive value."""
    return value.ln(EXACT)


def exp(value: Decimal) -> Decimal:
    """E to the power of value."""
    return value.exp(EXACT)


@lru_cache(maxsize=65_536)
def _wide_ln(value: Decimal) -> Decimal:
    return value.ln(_WIDE)


@lru_cache(maxsize=65_536)
def power(base: Decimal, exponent: Decimal) -> Decimal:
    """Base >= 0 to a real exponent; zero to a negative exponent is infinity (it has no value: clip it).

    exp(exponent x ln(base)) in 60 digits, then rounded to 50: half the time of the decimal module's own power.
    """
    if base == 0:
        return INFINITY if exponent < 0 else ZERO
    return EXACT.plus(_WIDE.multiply(exponent, _wide_ln(base)).exp(_WIDE))


# ---------------------------------------------------------------------------------------------- instants

RFC_3339 = r"\d{4}-\d\d-\d\d[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)"
"""A time with offset, in ASCII: all of RFC 3339 but leap seconds; whether the day is real, a pattern can't tell."""
_is_rfc3339 = re.compile(RFC_3339, re.ASCII).fullmatch
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WALL_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a clock on the wall
_MICROSECOND = timedelta(microseconds=1)
_CALENDAR_BEGINS = (datetime(1, 1, 3, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_CALENDAR_ENDS = (datetime(9999, 12, 29, tzinfo=UTC) - _EPOCH) // _MICROSECOND
MICROSECONDS_A_DAY = 86_400_000_000
EARLIEST, LATEST = -(1 << 62), 1 << 62
"""Before and after every instant, and every time of a clock."""


def _load_paris() -> ZoneInfo:
    with (resources.files("tzdata") / "zoneinfo" / "Europe" / "Paris").open("rb") as file:
        return ZoneInfo.from_file(file, key="Europe/Paris")


PARIS = _load_paris()


def parse_instant(text: str) -> int:
    """Microseconds since 1970-01-01T00:00:00Z of an RFC 3339 time with offset; ValueError says the remedy.

    Of a fraction of 7 to 9 digits, what is finer than a microsecond is cut off.
    """
    if not _is_rfc3339(text):
        raise ValueError(
            f"{_quoted(text)} is not an RFC 3339 time with offset: write it like 2024-03-31T02:30:00.5+01:00 "
            "(at most 9 fraction digits, no leap second)"
        )
    try:
        instant = sound_instant(text)
    except ValueError:
        why = unreal_day(text[:10])
        raise ValueError(f"{text!r} is not a real time ({why}); leap seconds and 24:00 are refused") from None
    if not _CALENDAR_BEGINS <= instant <= _CALENDAR_ENDS:
        raise ValueError(f"{text!r} is at an end of the calendar: check the year")
    return instant


def real_day(text: str) -> str:
    """A text that looks like an RFC 3339 time, if its day is real and far from the ends of the calendar; ValueError."""
    _real_day(text[:10])
    return text


@lru_cache(maxsize=32_768)
def _real_day(text: str) -> None:
    if not 1 < date.fromisoformat(text).year < MAXYEAR:
        raise ValueError(f"{text}: an end of the calendar")


class InstantText(str):
    """A time as it was received that remembers which instant it is, in microseconds since the epoch."""

    __slots__ = ("instant",)
    instant: int

    @classmethod
    def of(cls, text: str, instant: int | None = None) -> "InstantText":
        """The time that an RFC 3339 text names, perhaps one already read; ValueError says the remedy."""
        received = cls(text)
        received.instant = parse_instant(text) if instant is None else instant
        return received


def sound_instant(text: str) -> int:
    """The instant of an RFC 3339 time already known to be one; ValueError where it is no real time all the same."""
    local, ahead = (text[:-1], 0) if text[-1] in "Zz" else (text[:-6], _offset(text[-6:]))
    return _microseconds(datetime.fromisoformat(local)) - ahead


@lru_cache(maxsize=4096)
def _offset(text: str) -> int:
    """Microseconds by which a clock with an offset like ``+02:00`` is ahead of UTC."""
    ahead = (int(text[1:3]) * 60 + int(text[4:6])) * 60_000_000
    return -ahead if text[0] == "-" else ahead


def _quoted(text: str) -> str:
    """A refused text in quotes, never the whole of a huge one."""
    return repr(text if len(text) <= 60 else f"{text[:57]}…")


def instant_of(moment: datetime) -> int:
    """Microseconds since the epoch of an aware datetime."""
    return (moment - _EPOCH) // _MICROSECOND


def utc_text(instant: int) -> str:
    """``YYYY-MM-DDTHH:MM:SS.ffffffZ``, the stored form of ``recordedtime``."""
    return (_WALL_EPOCH + timedelta(microseconds=instant)).isoformat(timespec="microseconds") + "Z"


def instant_text(instant: int) -> InstantText:
    """An instant in the stored form of ``recordedtime``."""
    return InstantText.of(utc_text(instant), instant)


def is_utc_text(time: str) -> bool:
    """Whether an RFC 3339 time is written as ``utc_text`` writes it."""
    return len(time) == _UTC_LENGTH and time[10] == "T" and time[-1] == "Z"


_UTC_LENGTH = len("YYYY-MM-DDTHH:MM:SS.ffffffZ")


def paris_text(instant: int) -> str:
    """RFC 3339 in Europe/Paris with offset; a fraction only where it is not zero."""
    local = (_EPOCH + timedelta(microseconds=instant)).astimezone(PARIS)
    offset = local.utcoffset()
    if offset is not None and offset.seconds % 60:  # before 1911: RFC 3339 knows no seconds in an offset
        local = local.astimezone(UTC)
    return local.isoformat()


@lru_cache(maxsize=262_144)
def paris_clock(instant: int) -> datetime:
    """What a clock on a wall in Paris shows at the instant (a naive datetime)."""
    return (_EPOCH + timedelta(microseconds=instant)).astimezone(PARIS).replace(tzinfo=None)


def paris_microseconds(instant: int) -> int:
    """What that clock shows, in microseconds since it showed 1970-01-01 00:00."""
    ahead = _ahead_all_day(instant // MICROSECONDS_A_DAY)
    return _microseconds(paris_clock(instant)) if ahead is None else instant + ahead


@lru_cache(maxsize=16_384)
def _ahead_all_day(day: int) -> int | None:
    """By how much that clock is ahead of UTC throughout a day of UTC; None where it is changed within."""
    first, last = day * MICROSECONDS_A_DAY, (day + 1) * MICROSECONDS_A_DAY - 1
    ahead, at_end = (_microseconds(paris_clock(each)) - each for each in (first, last))
    return ahead if ahead == at_end else None


def _microseconds(wall: datetime) -> int:
    since = wall - _WALL_EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def parse_date(text: str) -> date:
    """A date written YYYY-MM-DD; ValueError otherwise."""
    if not _ISO_DATE.fullmatch(text):
        raise ValueError(f"{_quoted(text)} is not a date: write it YYYY-MM-DD")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a day of the calendar ({unreal_day(text)})") from None
    return day


def unreal_day(text: str) -> str:
    """Why a text like YYYY-MM-DD is no day of the calendar: in words of ours, as Python's change with its version."""
    if text[:4] == "0000":
        return "year 0 is out of range"
    return "day is out of range for month" if 1 <= int(text[5:7]) <= 12 else "month must be in 1..12"


def midnight(day: date) -> datetime:
    """Local midnight on which the day begins, as shown by a clock in Paris."""
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a clock on the wall


# --------------------------------------------------------------------------------------- elapsed durations


class Stretch(NamedTuple):
    """A stretch of a running time: ``whole + (clock - begin) / length`` as long as the clock lies within it.

    Clocks are microseconds as a clock in Paris shows them. A ``length`` of 0 stands for the whole number alone.
    """

    whole: int
    begin: int
    length: int
    until: int
    """The first clock time at which the stretch no longer holds."""

    def at(self, clock: int) -> Decimal:
        """The running time when the clock shows so much."""
        if not self.length:
            return Decimal(self.whole)
        return EXACT.add(Decimal(self.whole), EXACT.divide(Decimal(clock - self.begin), Decimal(self.length)))


def days_running(start: int, at: int, counted: str = "fractional") -> Stretch:
    """Days from start to at by the clock in Paris, counted as the reading elapsed_days has it.

    ``fractional``: with their fraction; ``whole``: completed days of 24 hours; ``dates``: the two calendar dates
    subtracted, whatever the hours.
    """
    first = days_begin(start, counted)
    if counted == "fractional":
        return Stretch(0, first, MICROSECONDS_A_DAY, LATEST)
    days = (paris_microseconds(at) - first) // MICROSECONDS_A_DAY
    begin = first + days * MICROSECONDS_A_DAY
    return Stretch(days, begin, 0, begin + MICROSECONDS_A_DAY)


def days_begin(start: int, counted: str = "fractional") -> int:
    """The clock time from which the days since an instant are counted."""
    first = paris_microseconds(start)
    return first - first % MICROSECONDS_A_DAY if counted == "dates" else first


def elapsed_days(start: int, at: int, counted: str = "fractional") -> Decimal:
    """The days of ``days_running``."""
    return days_running(start, at, counted).at(paris_microseconds(at))


def add_months(moment: datetime, months: int) -> datetime:
    """The same day and time of day some months on; a day the month lacks becomes its last (29 February: 28)."""
    year, month0 = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    if year > MAXYEAR:
        raise RequestError(f"{moment} plus {months} months lies beyond the year {MAXYEAR}: check the dates")
    for day in (moment.day, 30, 29, 28):
        try:
            return moment.replace(year=year, month=month0 + 1, day=min(day, moment.day))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def _running_period(start: datetime, at: datetime, months_each: int) -> Stretch:
    """Completed periods of some months from start to at, and the one that runs."""
    completed = ((at.year - start.year) * 12 + at.month - start.month) // months_each
    begin = add_months(start, completed * months_each)
    if begin > at:
        completed -= 1
        begin = add_months(start, completed * months_each)
    first, end = _microseconds(begin), _microseconds(add_months(start, (completed + 1) * months_each))
    return Stretch(completed, first, end - first, end)


def months_running(start: int, at: int) -> Stretch:
    """Completed calendar months from start to at plus the fraction of the running one (Paris clock)."""
    return _running_period(paris_clock(start), paris_clock(at), 1)


def calendar_months(start: int, at: int) -> Decimal:
    """The months of ``months_running``."""
    return months_running(start, at).at(paris_microseconds(at))


def age_running(birth: date, at: int, *, completed_only: bool = False) -> Stretch:
    """Age at an instant: completed years plus the fraction of the running year; 18 falls on the birthday."""
    stretch = _running_period(midnight(birth), paris_clock(at), 12)
    return stretch._replace(length=0) if completed_only else stretch


def age_years(birth: date, at: int, *, completed_only: bool = False) -> Decimal:
    """The years of ``age_running``."""
    return age_running(birth, at, completed_only=completed_only).at(paris_microseconds(at))
