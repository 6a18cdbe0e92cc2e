"""When what is counted by the clock in Paris turns: the one place where a time of that clock becomes instants.

That clock skips an hour in March and shows one twice in October. What has passed by it turns where it shows a time;
where it skips the time, at its jump; where it shows it twice, at both and where it goes back in between.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import MAXYEAR, UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import chain

from engine.log.history import Fact
from engine.quantities import (
    MICROSECONDS_A_DAY,
    PARIS,
    add_months,
    days_begin,
    instant_of,
    midnight,
    paris_clock,
    paris_microseconds,
)
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from projections.priorities import XPCP

REQUESTED, GRANTED = "expert-priority.requested", "expert-priority.granted"
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a clock on the wall
_CALENDAR_ENDS = instant_of(datetime(9999, 12, 30, tzinfo=UTC))


def turns(facts: Sequence[Fact], p: RuleSet, r: Readings) -> list[int]:
    """Instants at which a fact takes effect, a result grows too old, a taper turns, a ramp ends, somebody is 18.

    Where days are counted whole, each instant at which points move with them as well.
    """
    clocks = dict.fromkeys(chain.from_iterable(_clocks(fact, facts, p, r) for fact in facts))
    return sorted({fact.instant for fact in facts}.union(*(passed(clock) for clock in clocks)))


def _clocks(fact: Fact, facts: Sequence[Fact], p: RuleSet, r: Readings) -> Iterator[int]:
    """What the clock shows when the rules come to say something else of what began with a fact."""
    about, start = fact.data, fact.instant
    if fact.kind == "lab-result.recorded":
        yield from _days(start, p.validity_days_stable, r)
        yield from _days(start, p.validity_days_supported, r)
    elif fact.kind == "treatment.started" and about["treatment"] == "ecmo" and "ecmo_zero_days" in p.figures:
        yield from _days(start, p.ecmo_full_days, r)
        yield from _days(start, p.ecmo_zero_days, r, since=p.ecmo_full_days)
    elif fact.kind == "treatment.started" and about["treatment"] == "lvad" and "assist_years_max" in p.figures:
        yield from _days(start, p.assist_years_max * p.days_per_year, r, since=Decimal(0))
    elif fact.kind in (GRANTED, REQUESTED):
        for months in _ramps(fact, facts, p, r):
            yield from _months(start, months, p, r)
    elif fact.kind == "candidate.registered":
        yield _shown(add_months(midnight(date.fromisoformat(about["birth_date"])), 12 * int(p.adult_age_years)))
        yield from _months(start, p.paediatric_seniority_months, p, r)


def _ramps(fact: Fact, facts: Sequence[Fact], p: RuleSet, r: Readings) -> Iterator[Decimal]:
    """After how many months the points of an expert component that counts from a fact grow no more."""
    component = fact.data["component"]
    if component in XPCP:
        yield p.xpcp_seniority_months
    elif fact.kind == GRANTED:
        yield Decimal(fact.data.get("delay_months", 0))
    elif r.priority_clock == "request":
        grants = (each for each in facts if each.kind == GRANTED and each.data["component"] == component)
        yield from dict.fromkeys(Decimal(each.data.get("delay_months", 0)) for each in grants)


def _months(start: int, months: Decimal, p: RuleSet, r: Readings) -> Iterator[int]:
    if r.months == "mean":
        yield from _days(start, months * p.mean_month_days, r, since=Decimal(0))
    else:
        yield months_reached(start, months, p, r)


def _days(start: int, days: Decimal, r: Readings, since: Decimal | None = None) -> Iterator[int]:
    """When some days have passed and when more; each day before, where days are whole and points move with them."""
    counted = r.elapsed_days
    yield days_reached(start, days, counted)
    yield days_passed(start, days, counted)
    if since is not None and counted != "fractional":
        yield from (days_passed(start, Decimal(day), counted) for day in range(int(since), _up(days)))


def passed(clock: int) -> tuple[int, ...]:
    """The instants at which what has passed by the clock turns: it shows so many microseconds, or jumps over them."""
    shown = _EPOCH + timedelta(microseconds=min(clock, _CALENDAR_ENDS))
    first, last = sorted(instant_of(shown.replace(tzinfo=PARIS, fold=fold)) for fold in (0, 1))
    if first == last:
        return (first,)
    changed = clock_changed(first, last)
    return tuple(dict.fromkeys((first, changed, last))) if paris_microseconds(first) == clock else (changed,)


def clock_changed(low: int, high: int) -> int:
    """The instant after ``low`` and up to ``high`` at which the clock is changed, once in between."""
    before = _ahead(low)
    return bisect_left(range(low, high), True, key=lambda at: _ahead(at) != before) + low


def goes_back(low: int, high: int) -> bool:
    """Whether the clock is put back after one instant and up to another."""
    return _ahead(high) < _ahead(low)


def _ahead(at: int) -> int:
    """How far the clock in Paris is ahead of UTC, microseconds."""
    return paris_microseconds(at) - at


def stops(start: int, days: Decimal, counted: str) -> tuple[int, ...]:
    """Up to which instants something counts, valid for some days since its start: twice where that hour comes twice."""
    turning = passed(days_passed(start, days, counted))
    return tuple(dict.fromkeys((turning[0], turning[-1])))


def days_later(start: int, days: Decimal) -> int:
    """The instant some days later by the clock in Paris."""
    return passed(days_reached(start, days, "fractional"))[0]


# ------------------------------------------------------------------------------------------ times of the clock


def days_reached(start: int, days: Decimal, counted: str) -> int:
    """What the clock shows when so many days have passed, counted as the reading elapsed_days has it."""
    whole = days if counted == "fractional" else Decimal(_up(days))
    return days_begin(start, counted) + int(whole * MICROSECONDS_A_DAY)


def days_passed(start: int, days: Decimal, counted: str) -> int:
    """What the clock shows when more than so many days begin to have passed; of fractional days right after it."""
    return days_reached(start, days if counted == "fractional" else Decimal(int(days) + 1), counted)


def months_reached(start: int, months: Decimal, p: RuleSet, r: Readings) -> int:
    """What the clock shows when so many months have passed, counted as the reading months has it."""
    if r.months == "mean":
        return days_reached(start, months * p.mean_month_days, r.elapsed_days)
    wall, whole = paris_clock(start), int(months)
    if wall.year + whole // 12 + 2 > MAXYEAR:
        return _CALENDAR_ENDS
    begin, end = (_shown(add_months(wall, each)) for each in (whole, whole + 1))
    return begin + int((months - whole) * (end - begin))


def _shown(wall: datetime) -> int:
    return (wall - _EPOCH) // timedelta(microseconds=1)


def _up(days: Decimal) -> int:
    return -int(-days // 1)
