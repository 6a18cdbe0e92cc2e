"""From instants and points to places on a picture."""

from dataclasses import dataclass
from datetime import date, timedelta

from engine.quantities import MICROSECONDS_A_DAY, paris_clock
from engine.times import day_bounds

MOST_TICKS = 9
_STEPS_IN_DAYS = (1, 2, 7, 14, 28)


@dataclass(frozen=True, slots=True)
class Scale:
    """From ``low`` to ``high`` onto ``start`` to ``end``; either way round."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The place of a value."""
        return self.start + (self.end - self.start) * (value - self.low) / ((self.high - self.low) or 1)


def days_between(begin: int, end: int) -> list[tuple[int, date]]:
    """Midnights in Paris between two instants, so few that their names have room: first of months where many."""
    first, last = paris_clock(begin).date() + timedelta(days=1), paris_clock(end).date()
    days = (end - begin) / MICROSECONDS_A_DAY
    step = next((step for step in _STEPS_IN_DAYS if days / step <= MOST_TICKS), None)
    if step is None:
        found = _months(first, last, -(-round(days / 30.4) // MOST_TICKS) or 1)
    else:
        found = [first + timedelta(days=n) for n in range(0, max((last - first).days + 1, 0), step)]
    return [(day_bounds(day)[0], day) for day in found]


def _months(first: date, last: date, every: int) -> list[date]:
    found, months = [], first.year * 12 + first.month - 1
    while (day := date(months // 12, months % 12 + 1, 1)) <= last:
        if day >= first and (months % 12) % min(every, 12) == 0:
            found.append(day)
        months += 1
    return found


def round_step(highest: float, lines: int = 4) -> int:
    """A round distance between lines such that few reach the highest value."""
    step = 1
    while highest / step > lines:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return step
