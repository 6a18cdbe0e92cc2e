"""The list laid out in columns: each profile once as a row of floats, the rows of a list side by side.

A row holds what a profile says, whatever the clock shows: of each number the floats it lies between, of each code its
index, of what runs with the clock the stretch it is in. It is kept with the profile until a stretch ends (a month,
a year), so that between two offers only the clock has to be put in.
"""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from engine.quantities import FOREVER, MICROSECONDS_A_DAY, Stretch, paris_microseconds
from engine.rules.intervals import WHOLE, Codes, Floats, Interval, Truth, enclosed, index_of
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from engine.rules.variables import DonorLimits, Recipient, Sample
from projections.gather import Listed
from projections.recipient import RUNNING, SAMPLES, Profile, Since

NUMBERS = ("height_cm", "weight_kg", "expert_points", "expert_delay_months")
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
_STILL = Stretch(0, 0, 0, FOREVER)
"""Of what does not run: nothing, for ever."""


class Row:
    """A profile as floats, and the clock times between which they hold."""

    __slots__ = ("floats", "since", "until")

    def __init__(self, profile: Profile, at: int) -> None:
        stretches = [stretch_of(each, at) for each in running_of(profile.variables)]
        self.since = max(each.begin for each in stretches)
        self.until = min(each.until for each in stretches)
        self.floats = floats_of(profile, stretches)


def row_of(profile: Profile, at: int, clock: int) -> Floats:
    """The row of a profile at an instant, whose clock time is given."""
    row: Row | None = profile.kept.get("row")
    if row is None or not row.since <= clock < row.until:
        row = profile.kept["row"] = Row(profile, at)
    return row.floats


def floats_of(profile: Profile, stretches: Sequence[Stretch]) -> Floats:
    """The row of a profile, of which what runs is in the stretches given."""
    return np.array([*_constants(profile), *_laid(stretches)])


def running_of(variables: Recipient) -> list[Any]:
    """What runs with the clock, each a ``Since`` where it does run."""
    samples = (getattr(variables, name).age_days for name in SAMPLES)
    return [*(getattr(variables, name) for name in RUNNING), *samples]


def stretch_of(value: Any, at: int) -> Stretch:
    """The stretch that something is in at an instant; of days, however they are counted, the one that never ends."""
    if not isinstance(value, Since):
        return _STILL
    found = value.stretch(at)
    if value.ends:
        return found
    return Stretch(0, found.begin - found.whole * MICROSECONDS_A_DAY, MICROSECONDS_A_DAY, FOREVER)


def _constants(profile: Profile) -> list[float]:
    """Numbers, bounds and values as two floats each; truths; codes."""
    variables, limits = profile.variables, profile.limits
    samples = [getattr(variables, name) for name in SAMPLES]
    numbers = [getattr(variables, name) for name in NUMBERS] + [getattr(limits, name) for name in LIMITS]
    pairs = [end for number in (*numbers, *(each.value for each in samples)) for end in enclosed(number)]
    flags = [float(getattr(variables, name)) for name in FLAGS] + [float(each.known) for each in samples]
    return [*pairs, *flags, *(float(index_of(getattr(variables, name))) for name in CODES)]


def _laid(stretches: Sequence[Stretch]) -> list[float]:
    """Whole parts, beginnings and lengths; an infinite length for what has no fraction."""
    return [cell for cells in zip(*map(cells_of, stretches), strict=True) for cell in cells]


def cells_of(stretch: Stretch) -> tuple[float, float, float]:
    """Whole part, beginning and length of a stretch."""
    return float(stretch.whole), clock_float(stretch.begin), float(stretch.length) if stretch.length else np.inf


def clock_float(microseconds: int) -> float:
    """A clock time; one that no float is exactly (after 2255) is no number, and what rests on it unsure."""
    return float(microseconds) if abs(microseconds) < WHOLE else np.nan


def stretch_cells(place: int) -> list[int]:
    """Where in a row the stretch of what runs lies: whole part, beginning, length."""
    return [WIDTH - count * _CLOCKS + place for count in (3, 2, 1)]


def sample_cells(name: str) -> list[int]:
    """Where in a row a sample lies: the two floats of its value, whether it is known, its stretch."""
    number = SAMPLES.index(name)
    pair, known = 2 * (_PAIRS - len(SAMPLES) + number), 2 * _PAIRS + len(FLAGS) + number
    return [pair, pair + 1, known, *stretch_cells(len(RUNNING) + number)]


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

    ``running`` names those that run with the clock and shall be there.
    """

    def __init__(
        self, columns: Floats, clock: Floats, p: RuleSet, r: Readings, running: Sequence[str] = (*RUNNING, *SAMPLES)
    ) -> None:
        self._columns, self._clock, self._running = columns, clock, running
        self._pairs = self._columns[: 2 * _PAIRS].reshape(_PAIRS, 2, -1)
        self._flags = self._columns[2 * _PAIRS :][:_FLAGS].astype(np.bool_)
        self._codes = self._columns[2 * _PAIRS + _FLAGS :][: len(CODES)].astype(np.intp)
        self._month_days = p.mean_month_days if r.months == "mean" else None
        self._whole_days = r.elapsed_days != "fractional"
        self.recipient, self.limits = self._recipient(), self._limits()

    def _recipient(self) -> Recipient:
        running = dict.fromkeys((*RUNNING, *SAMPLES)) | dict(zip(self._running, self._elapsed(), strict=True))
        if self._month_days is not None:
            for name in (each for each in self._running if each in MONTHS):
                running[name] = running[name] / self._month_days
        values = self._pairs[len(NUMBERS) + len(LIMITS) :]
        known = self._flags[len(FLAGS) :]
        samples = {
            name: Sample(Truth(known[number], known[number]), Interval(values[number]), running[name])
            for number, name in enumerate(SAMPLES)
        }
        numbers = {name: Interval(self._pairs[number]) for number, name in enumerate(NUMBERS)}
        flags = {name: Truth(self._flags[number], self._flags[number]) for number, name in enumerate(FLAGS)}
        codes = {name: Codes(self._codes[number]) for number, name in enumerate(CODES)}
        variables: dict[str, Any] = {**numbers, **flags, **codes, **{name: running[name] for name in RUNNING}}
        return Recipient(**variables, **samples)

    @property
    def _days(self) -> tuple[str, ...]:
        """What runs in days."""
        return (*DAYS, *SAMPLES, *(MONTHS if self._month_days is not None else ()))

    def _limits(self) -> DonorLimits:
        return DonorLimits(*(Interval(pair) for pair in self._pairs[len(NUMBERS) :][: len(LIMITS)]))

    def _elapsed(self) -> list[Interval]:
        """Whole + (clock - begin) / length of all that runs.

        The clock and beginnings are integers, so their difference is exact; so is the sum where the quotient is an
        integer. Otherwise quotient and sum are each rounded once: the ends lie 2^-51 of the magnitude apart from it.
        Of days that are counted whole the floor is exact: a quotient rounded up to an integer is told by its product.
        """
        places = [(*RUNNING, *SAMPLES).index(name) for name in self._running]
        whole, begin, length = self._columns[-3 * _CLOCKS :].reshape(3, _CLOCKS, -1)[:, places]
        part = self._clock - begin
        quotient = part / length
        floor = np.floor(quotient)
        exact = np.isinf(length) | ((quotient == floor) & (floor * length == part))
        if self._whole_days:
            counted = np.array([[name in self._days] for name in self._running])
            quotient = np.where(counted, floor - (floor * length > part), quotient)
            exact = exact | counted
        value = whole + quotient
        off = np.where(exact, 0.0, np.maximum(np.abs(value), np.abs(quotient)) * 2.0**-51)
        return [Interval(np.array([low, high])) for low, high in zip(value - off, value + off, strict=True)]
