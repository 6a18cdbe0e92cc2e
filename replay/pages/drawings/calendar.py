"""A calendar of offers, each with what was found of it: by months where there are many, else day by day.

It is a table of links, so that it can be read aloud, printed and walked through by keyboard; each sign says by its
shape what its colour says.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

MOST_MONTHS = 13
"""Months that are shown day by day."""
WEEK = 7
SIGNS = {
    "first_place": ("bad", "1"), "differs": ("bad", "≠"), "impossible": ("bad", "!"), "rank": ("warn", "≠"),
    "found": ("warn", "≠"), "not_recorded": ("warn", "?"), "unknown": ("unknown", "·"), "early": ("soft", "–"),
    "identical": ("good", "✓"), "same": ("good", "✓"), "clean": ("good", "✓"),
}  # fmt: skip
"""Of each finding the colour and the sign; the gravest first."""
_GRAVEST = {name: number for number, name in enumerate(SIGNS)}
_OF_NOTE = ("bad", "warn")


class Mark(NamedTuple):
    """One offer."""

    offer: str
    at: str
    finding: str

    @property
    def tone(self) -> str:
        """Its colour's name."""
        return SIGNS[self.finding][0]

    @property
    def sign(self) -> str:
        """What stands for it."""
        return SIGNS[self.finding][1]


class Month(NamedTuple):
    """A month with offers: its days, how many, the gravest finding and how many such, where it is of note."""

    first: str
    last: str
    offers: int
    of_note: int
    finding: str

    @property
    def tone(self) -> str:
        """The gravest finding's colour."""
        return SIGNS[self.finding][0]


class Days(NamedTuple):
    """A month day by day: weeks of days (from Monday; None outside the month), each with its number and its offers."""

    first: date
    weeks: Sequence[Sequence[tuple[int, Sequence[Mark]] | None]]


class Calendar(NamedTuple):
    """``years``: twelve months each, None where no offer was made; or ``months`` day by day; and what stands in it."""

    years: Mapping[int, Sequence[Month | None]]
    months: Sequence[Days]
    findings: Sequence[str]


def calendar_of(offers: Iterable[Mapping[str, Any]], findings: Mapping[str, str], otherwise: str) -> Calendar:
    """The calendar of offers (``offer``, ``at``) with what was found of some, and of all others."""
    by_month: dict[date, list[Mark]] = {}
    for each in offers:
        day = date.fromisoformat(each["at"][:10])
        mark = Mark(each["offer"], each["at"], findings.get(each["offer"], otherwise))
        by_month.setdefault(day.replace(day=1), []).append(mark)
    shown = sorted({mark.finding for marks in by_month.values() for mark in marks}, key=_GRAVEST.__getitem__)
    if len(by_month) <= MOST_MONTHS:
        return Calendar({}, [_days(first, by_month[first]) for first in sorted(by_month)], shown)
    years = range(min(by_month).year, max(by_month).year + 1)
    return Calendar({year: [_month(year, number, by_month) for number in range(1, 13)] for year in years}, [], shown)


def _month(year: int, number: int, by_month: Mapping[date, Sequence[Mark]]) -> Month | None:
    first = date(year, number, 1)
    marks = by_month.get(first)
    if not marks:
        return None
    gravest = min((mark.finding for mark in marks), key=_GRAVEST.__getitem__)
    tone = SIGNS[gravest][0]
    of_note = sum(mark.tone == tone for mark in marks) if tone in _OF_NOTE else 0
    return Month(first.isoformat(), _last_of(first).isoformat(), len(marks), of_note, gravest)


def _days(first: date, marks: Sequence[Mark]) -> Days:
    by_day: dict[int, list[Mark]] = {}
    for mark in marks:
        by_day.setdefault(int(mark.at[8:10]), []).append(mark)
    days = [None] * first.weekday() + [(day, by_day.get(day, [])) for day in range(1, _last_of(first).day + 1)]
    days += [None] * (-len(days) % WEEK)
    return Days(first, list(_weeks(days)))


def _weeks(
    days: Sequence[tuple[int, Sequence[Mark]] | None],
) -> Iterator[Sequence[tuple[int, Sequence[Mark]] | None]]:
    for start in range(0, len(days), WEEK):
        yield days[start : start + WEEK]


def _last_of(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
