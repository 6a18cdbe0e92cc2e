"""The list laid out in columns: each profile once as a row of floats, the rows of a list side by side.

A row holds what a profile says, whatever the clock shows: of each number the floats it lies between, of each code its
index, of what runs with the clock the stretch it is in. It is kept with the profile until a stretch ends (a month,
a year), so that between two offers only the clock has to be put in.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any

import numpy as np

from engine.quantities import EARLIEST, LATEST, MICROSECONDS_A_DAY, Stretch, paris_microseconds
from engine.rules.intervals import WHOLE, Codes, Floats, Indices, Interval, Truth, enclosed, index_of
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from engine.rules.variables import DonorLimits, Recipient, Sample
from projections.gather import Listed
from projections.recipient import RUNNING, SAMPLES, UNRECORDED, Profile, Since

NUMBERS = ("height_cm", "weight_kg", "expert_points", "expert_delay_months")
VARIABLES = tuple(each.name for each in fields(Recipient))
LIMITS = tuple(each.name for each in fields(DonorLimits))
FLAGS = (
    "ecmo", "inotropes", "total_artificial_heart", "lvad_complicated", "dialysis", "sacubitril_valsartan",
    "dialysis_before",
)  # fmt: skip
CODES = ("sex", "blood_group", "diseases", "abo_matching", "long_term_support", "urgency")

DAYS = ("ecmo_days", "lvad_days")
MONTHS = ("waiting_months", "expert_months")

_PAIRS = len(NUMBERS) + len(LIMITS) + len(SAMPLES)
_CLOCKS = len(RUNNING) + len(SAMPLES)
_FLAGS = len(FLAGS) + len(SAMPLES)
WIDTH = 2 * _PAIRS + _FLAGS + len(CODES) + 3 * _CLOCKS
"""Floats in a row."""
_AT_ONCE = 256
"""Rows turned into columns together: as many as a processor's cache holds."""
_KINDS = {name: kind for kind in (NUMBERS, FLAGS, CODES, SAMPLES, RUNNING) for name in kind} | dict.fromkeys(
    LIMITS, NUMBERS
)
_STILL = Stretch(0, 0, 0, LATEST)
"""Of what does not run: nothing, for ever."""
_UNRECORDED = (*enclosed(UNRECORDED.value), 0.0, 0.0, 0.0, np.inf)
"""The cells of a sample that there is not."""
_UNTOLD = Stretch(0, LATEST, 0, LATEST)
"""Of what was left out: it begins at no clock time that is a float, so that it is no number."""


class Row:
    """A profile as floats, and the clock times between which they hold."""

    __slots__ = ("floats", "since", "until")

    def __init__(self, profile: Profile, at: int) -> None:
        self.floats = np.empty(WIDTH)
        said = {name: getattr(profile.variables, name) for name in VARIABLES}
        said |= {name: getattr(profile.limits, name) for name in LIMITS}
        cells, ending = lay(said, at)
        self.floats[places_of(tuple(said))] = cells
        self.since, self.until = bounds_of(ending.values())


def row_of(profile: Profile, at: int, clock: int) -> Floats:
    """The row of a profile at an instant, whose clock time is given."""
    row: Row | None = profile.kept.get("row")
    if row is None or not row.since <= clock < row.until:
        row = profile.kept["row"] = Row(profile, at)
    return row.floats


def lay(said: Mapping[str, Any], at: int) -> tuple[list[float], dict[str, Stretch]]:
    """The cells of what is said of some variables, for their places in a row; the stretches that end, by name."""
    cells: list[float] = []
    ending: dict[str, Stretch] = {}
    for name, value in said.items():
        kind = _KINDS[name]
        if kind is NUMBERS:
            cells += enclosed(value)
        elif kind is FLAGS:
            cells.append(float(value))
        elif kind is CODES:
            cells.append(float(index_of(value)))
        elif value is UNRECORDED:
            cells += _UNRECORDED
        elif kind is SAMPLES:
            cells += (*enclosed(value.value), float(value.known), *cells_of(stretch_of(value.age_days, at)))
        else:
            stretch = stretch_of(value, at)
            cells += cells_of(stretch)
            if stretch.until != LATEST:
                ending[name] = stretch
    return cells, ending


@lru_cache(maxsize=256)
def places_of(names: tuple[str, ...]) -> list[int]:
    """Where in a row some variables lie; nobody may change the list."""
    return [place for name in names for place in PLACES[name]]


def bounds_of(stretches: Iterable[Stretch]) -> tuple[int, int]:
    """The clock times from which on and until which some stretches hold."""
    since, until = EARLIEST, LATEST
    for each in stretches:
        since, until = max(since, each.begin), min(until, each.until)
    return since, until


def stretch_of(value: Any, at: int) -> Stretch:
    """The stretch that something is in at an instant; of days, however they are counted, the one that never ends."""
    if value is None:
        return _UNTOLD
    if not isinstance(value, Since):
        return _STILL
    if value.ends:
        return value.stretch(at)
    return Stretch(0, value.begin, MICROSECONDS_A_DAY, LATEST)


def cells_of(stretch: Stretch) -> tuple[float, float, float]:
    """Whole part, beginning and length of a stretch; an infinite length for what has no fraction."""
    return float(stretch.whole), clock_float(stretch.begin), float(stretch.length) if stretch.length else np.inf


def clock_float(microseconds: int) -> float:
    """A clock time; one that no float is exactly (after 2255) is no number, and what rests on it unsure."""
    return float(microseconds) if abs(microseconds) < WHOLE else np.nan


def _places() -> Iterator[tuple[str, list[int]]]:
    """Where in a row each variable lies: pairs, truths, codes, then whole parts, beginnings and lengths."""
    flags, clocks = 2 * _PAIRS, WIDTH - 3 * _CLOCKS
    for place, name in enumerate((*NUMBERS, *LIMITS)):
        yield name, [2 * place, 2 * place + 1]
    for place, name in enumerate(FLAGS):
        yield name, [flags + place]
    for place, name in enumerate(CODES):
        yield name, [flags + _FLAGS + place]
    for place, name in enumerate(RUNNING):
        yield name, [clocks + count * _CLOCKS + place for count in range(3)]
    for place, name in enumerate(SAMPLES):
        pair, running = 2 * (len(NUMBERS) + len(LIMITS) + place), clocks + len(RUNNING) + place
        yield name, [pair, pair + 1, flags + len(FLAGS) + place, *(running + count * _CLOCKS for count in range(3))]


PLACES = dict(_places())
"""By variable its places in a row: of a sample value, whether it is known, and what runs since it was drawn."""
SAMPLE_PLACES: Indices = np.array([PLACES[name] for name in SAMPLES])
"""Those of the samples, in the order of ``SAMPLES``."""


def cells_of_samples(low: Floats, high: Floats, begin: Floats) -> Floats:
    """The cells of recorded samples: what the value lies between, and the clock times from which days are counted."""
    one = np.ones_like(low)
    return np.array([low, high, one, 0 * one, begin, MICROSECONDS_A_DAY * one]).T


def table_of(people: Sequence[Listed], p: RuleSet, r: Readings) -> "Table":
    """The table of some candidates, each at its instant."""
    clocks = {at: paris_microseconds(at) for at in {listed.at: None for listed in people}}
    shown = [clocks[listed.at] for listed in people]
    rows = [row_of(listed.profile, listed.at, clock) for listed, clock in zip(people, shown, strict=True)]
    columns = np.empty((WIDTH, len(rows)))
    for first in range(0, len(rows), _AT_ONCE):
        some = rows[first : first + _AT_ONCE]
        columns[:, first : first + _AT_ONCE] = np.concatenate(some).reshape(len(some), WIDTH).T
    as_float = {clock: clock_float(clock) for clock in clocks.values()}
    return Table(columns, np.array([as_float[clock] for clock in shown]), p, r)


class Table:
    """The variables of everybody, as the rules ask for them: a row of each profile, a column each, and the clocks.

    ``wanted`` names those that shall be there; ``of`` gives by row of the table the row of the columns, so that what
    several lists share is laid out once. ``clock`` gives the clock times, or in two rows the first and the last of
    some: what runs is then an interval around all between.
    """

    def __init__(
        self,
        columns: Floats,
        clock: Floats,
        p: RuleSet,
        r: Readings,
        wanted: Sequence[str] = (*VARIABLES, *LIMITS),
        of: Indices | None = None,
    ) -> None:
        self._columns, self._clock, self._of = columns, clock, of
        self._running = [name for name in (*RUNNING, *SAMPLES) if name in wanted]
        self._month_days = p.mean_month_days if r.months == "mean" else None
        self._whole_days = r.elapsed_days != "fractional"
        self._elapsed_of = dict(zip(self._running, self._elapsed(), strict=True)) if self._running else {}
        said: dict[str, Any] = {
            name: self._variable(name) if name in wanted else None for name in (*VARIABLES, *LIMITS)
        }
        self.limits = DonorLimits(*(said.pop(name) for name in LIMITS))
        self.recipient = Recipient(**said)

    def _cells(self, places: Sequence[int]) -> Floats:
        cells = self._columns[places[0] : places[-1] + 1] if len(places) > 1 else self._columns[places[0]]
        return cells if self._of is None else cells.take(self._of, axis=-1)

    def _variable(self, name: str) -> Any:
        places = PLACES[name]
        if name in RUNNING:
            running = self._elapsed_of[name]
            return running / self._month_days if self._month_days is not None and name in MONTHS else running
        if name in SAMPLES:
            return Sample(self._truth(places[2]), Interval(self._cells(places[:2])), self._elapsed_of[name])
        if name in FLAGS:
            return self._truth(places[0])
        cells = self._cells(places)
        return Codes(cells.astype(np.intp)) if name in CODES else Interval(cells)

    def _truth(self, place: int) -> Truth:
        holds = self._cells([place]).astype(np.bool_)
        return Truth(holds, holds)

    @property
    def _days(self) -> tuple[str, ...]:
        """What runs in days."""
        return (*DAYS, *SAMPLES, *(MONTHS if self._month_days is not None else ()))

    def _elapsed(self) -> list[Interval]:
        """Whole + (clock - begin) / length of all that runs.

        The clock and beginnings are integers, so their difference is exact; so is the sum where the quotient is an
        integer. Otherwise quotient and sum are each rounded once: the ends lie 2^-51 of the magnitude apart from it.
        Of days that are counted whole the floor is exact: a quotient rounded up to an integer is told by its product.
        """
        places = np.array([PLACES[name][-3:] for name in self._running]).T
        cells = self._columns[places]
        whole, begin, length = cells if self._of is None else cells.take(self._of, axis=-1)
        part = np.atleast_2d(self._clock)[:, None] - begin
        quotient = part / length
        floor = np.floor(quotient)
        exact = np.isinf(length) | ((quotient == floor) & (floor * length == part))
        if self._whole_days:
            counted = np.array([[name in self._days] for name in self._running])
            quotient = np.where(counted, floor - (floor * length > part), quotient)
            exact = exact | counted
        value = whole + quotient
        off = np.where(exact, 0.0, np.maximum(np.abs(value), np.abs(quotient)) * 2.0**-51)
        ends = np.array([(value - off)[0], (value + off)[-1]])
        return [Interval(ends[:, place]) for place in range(len(self._running))]
