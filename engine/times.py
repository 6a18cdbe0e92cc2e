"""Times as people write them: with an offset, by the clock in Paris, or as a day.

    2025-06-30T12:00:00+02:00   RFC 3339
    2025-06-30T12:00            a clock in Paris; a time that a clock change doubles or skips is refused
    2025-06-30                  a day: its first instant, or its last

A day lasts 23 or 25 hours where the clock is changed.
"""

import re
from datetime import date, datetime, timedelta

from engine.quantities import PARIS, instant_of, midnight, paris_clock, paris_text, parse_instant, unreal_day

HOW = (
    "write it with its offset (2025-06-30T12:00:00+02:00), by the clock in Paris (2025-06-30T12:00) "
    "or as a day (2025-06-30)"
)
_CLOCK = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d{1,9})?)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a clock on the wall
_LONGEST_SHOWN = 60


class NoTimeError(ValueError):
    """A text that names no instant, or two; the message says the remedy, ``kind`` which fault it is."""

    def __init__(self, message: str, kind: str, **about: str) -> None:
        super().__init__(message)
        self.kind, self.about = kind, about


def parse_time(text: str, *, end_of_day: bool) -> int:
    """The instant a text names; ``end_of_day``: of a day the last one, else the first. NoTimeError says the remedy."""
    if _DAY.fullmatch(text):
        first, last = _day(text)
        return last if end_of_day else first
    if _CLOCK.fullmatch(text):
        return _by_the_clock(text)
    if text[10:11] in ("T", "t") and _DAY.match(text):
        return _instant(text)
    shown = repr(text) if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]!r}…"
    raise NoTimeError(f"{shown} is no time: {HOW}", "no_time", text=text[:_LONGEST_SHOWN])


def _instant(text: str) -> int:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise NoTimeError(str(error), "no_time", text=text[:_LONGEST_SHOWN]) from None


def _day(text: str) -> tuple[int, int]:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _no_day(text, unreal_day(text)) from None
    try:
        return day_bounds(day)
    except ValueError as error:
        raise _no_day(text, str(error)) from None


def _no_day(text: str, why: str) -> NoTimeError:
    return NoTimeError(f"{text!r} is no day of the calendar ({why}): check it", "no_day", text=text)


def day_bounds(day: date) -> tuple[int, int]:
    """The first and the last instant of a day in Paris; ValueError at an end of the calendar."""
    try:
        return _begin(day), _begin(day + timedelta(days=1)) - 1
    except OverflowError:
        raise ValueError("an end of the calendar") from None


def _begin(day: date) -> int:
    """The first instant of a day: no clock change in Paris ever skipped or doubled midnight."""
    return parse_instant(paris_text(instant_of(midnight(day).replace(tzinfo=PARIS))))


def _by_the_clock(text: str) -> int:
    """The instant at which a clock in Paris shows a time; NoTimeError where it never does, or does so twice."""
    seconds = "" if text.count(":") == 2 else ":00"
    try:
        shown = _EPOCH + timedelta(microseconds=parse_instant(f"{text}{seconds}Z"))
    except ValueError:
        message = f"{text!r} is not a real time (24:00 and leap seconds are none): check it"
        raise NoTimeError(message, "no_time", text=text) from None
    sides = [instant_of(shown.replace(tzinfo=PARIS, fold=fold)) for fold in (0, 1)]
    if sides[0] == sides[1]:
        return sides[0]
    is_twice = paris_clock(sides[0]) == shown
    first, second = (paris_text(each) for each in sorted(sides))
    why = "comes twice" if is_twice else "does not exist"
    message = f"{text!r} {why} in Paris, where the clock is changed then: write {first} or {second}"
    raise NoTimeError(message, "hour_twice" if is_twice else "hour_skipped", text=text, first=first, second=second)
