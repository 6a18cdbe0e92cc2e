"""The active candidates of a roster as columns, of which only those that changed are laid out anew."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import numpy as np

from engine.events.vocabulary import to_si
from engine.log.history import Fact
from engine.quantities import MICROSECONDS_A_DAY, exact_arithmetic, paris_microseconds
from engine.rules.intervals import Floats, Indices, Integers, enclosed
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from projections.candidate import Candidate
from projections.columns import (
    WIDTH,
    cells_of,
    clock_float,
    floats_of,
    running_of,
    sample_cells,
    stretch_cells,
    stretch_of,
)
from projections.folds import EARLIEST, LATEST
from projections.pre_treatment import support_start
from projections.recipient import LAB_VARIABLES, Since, profile_of
from projections.roster import Member, Reader, Roster
from projections.standing import ties_of

CELLS_OF = {analyte: sample_cells(name) for name, analyte in LAB_VARIABLES.items()}
"""Where the latest result of an analyte lies."""


@dataclass(frozen=True, slots=True)
class Present:
    """The active candidates at an instant, by ascending id: a copy, which stays as it is."""

    ids: list[str]
    centres: list[str]
    columns: Floats
    ties: Integers
    """What breaks ties, a row each: expert clock, LVAD implantation, registration."""

    def without(self, name: str) -> "Present":
        """All but one, who need not be there."""
        keep = [place for place, each in enumerate(self.ids) if each != name]
        return self._taken(keep) if len(keep) < len(self.ids) else self

    def having(self, name: str, laid: "Column") -> "Present":
        """One more, in its place."""
        place = bisect_left(self.ids, name)
        return Present(
            [*self.ids[:place], name, *self.ids[place:]],
            [*self.centres[:place], laid.centre, *self.centres[place:]],
            np.insert(self.columns, place, laid.floats, axis=1),
            np.insert(self.ties, place, laid.ties, axis=1),
        )

    def _taken(self, places: list[int]) -> "Present":
        ids, centres = ([names[place] for place in places] for names in (self.ids, self.centres))
        return Present(ids, centres, self.columns[:, places], self.ties[:, places])


class Column:
    """A candidate's column, and what of it ends some time."""

    __slots__ = ("_ending", "centre", "floats", "since", "ties", "until")

    def __init__(self, candidate: Candidate, at: int, p: RuleSet, r: Readings) -> None:
        with exact_arithmetic():
            profile = profile_of(candidate, p, r)
            running = running_of(profile.variables)
            self._ending = [(n, each) for n, each in enumerate(running) if isinstance(each, Since) and each.ends]
            self.floats = floats_of(profile, [stretch_of(each, at) for each in running])
        self.ties = ties_of(profile)
        self.centre = str(candidate.value("centre"))
        self.run_on(at)

    def run_on(self, at: int) -> list[tuple[int, tuple[float, float, float]]]:
        """What ends some time in the stretch it is in at an instant, each with its place among all that runs."""
        stretches = [(place, stretch_of(each, at)) for place, each in self._ending]
        self.since = max((each.begin for _, each in stretches), default=EARLIEST)
        self.until = min((each.until for _, each in stretches), default=LATEST)
        return [(place, cells_of(each)) for place, each in stretches]


class RosterRows:
    """The columns of a roster under rules and readings; in step as long as every change is put in."""

    def __init__(self, roster: Roster, p: RuleSet, r: Readings) -> None:
        self.p, self.r = p, r
        self._roster = roster
        self._columns = np.zeros((WIDTH, 0))
        self._ties = np.zeros((3, 0), dtype=np.int64)
        self._since = np.zeros(0, dtype=np.int64)
        self._until = np.zeros(0, dtype=np.int64)
        self._laid: dict[int, Column] = {}
        self._edition = -1
        self._slots: Indices = np.zeros(0, dtype=np.intp)
        self._ids: list[str] = []
        self._centres: list[str] = []

    def fill(self, at: int) -> None:
        """Lay out everybody who is active."""
        self._room()
        for _, member in self._roster.active:
            self._put(member, at)

    def put(self, changed: Iterable[Member], at: int) -> None:
        """Lay out what has changed, of those who are active."""
        self._room()
        for member in changed:
            if member.slot is None:
                continue
            if member.whole or not self._put_samples(member):
                self._put(member, at)

    def present(self, at: int) -> Present:
        """Everybody who is active, the clock's stretches as they are at an instant."""
        if self._edition != self._roster.edition:
            self._edition = self._roster.edition
            self._ids = [name for name, _ in self._roster.active]
            self._slots = np.array([member.slot for _, member in self._roster.active], dtype=np.intp)
        self._centres = [self._laid[slot].centre for slot in self._slots.tolist()]
        clock, slots = paris_microseconds(at), self._slots
        over = (clock < self._since[slots]) | (clock >= self._until[slots])
        for slot in slots[over].tolist():
            self._run_on(slot, at)
        return Present(self._ids, self._centres, self._columns[:, slots], self._ties[:, slots])

    def _room(self) -> None:
        """Columns for everybody; half as many more when there are too few."""
        more = self._roster.slots + self._roster.slots // 2 + 16 - self._since.size
        if self._roster.slots > self._since.size:
            self._columns = np.ascontiguousarray(np.pad(self._columns, ((0, 0), (0, more))))
            self._ties = np.pad(self._ties, ((0, 0), (0, more)))
            self._since, self._until = (np.pad(each, (0, more)) for each in (self._since, self._until))

    def _put(self, member: Member, at: int) -> None:
        assert member.slot is not None and member.state is not None, "laid out while active"  # noqa: PT018
        slot, laid = member.slot, Column(member.state, at, self.p, self.r)
        self._laid[slot] = laid
        self._columns[:, slot], self._ties[:, slot] = laid.floats, laid.ties
        self._since[slot], self._until[slot] = laid.since, laid.until

    def _run_on(self, slot: int, at: int) -> None:
        """Put in the stretches that now run in place of those that ended."""
        laid = self._laid[slot]
        with exact_arithmetic():
            for place, cells in laid.run_on(at):
                self._columns[stretch_cells(place), slot] = cells
        self._since[slot], self._until[slot] = laid.since, laid.until

    def _put_samples(self, member: Member) -> bool:
        """Put in new results; False where one has a say in more than its own variable."""
        state, slot = member.state, member.slot
        assert state is not None, "laid out while active"
        if self.r.elapsed_days != "fractional" or (self.r.icar_maximum == "running" and support_start(state)):
            return False
        for fact in member.sampled:
            if _bears_on_before(state, fact):
                return False
            cells, context = CELLS_OF.get(fact.data["analyte"]), _context(fact)
            if cells and context == "current" and state.labs[fact.data["analyte"], context][-1] is fact:
                begin = clock_float(paris_microseconds(fact.instant))
                self._columns[cells, slot] = (*_value(fact), 1.0, 0.0, begin, MICROSECONDS_A_DAY)
        return True


class Lists:
    """A roster laid out under as many rules and readings as are asked for."""

    def __init__(self, read: Reader) -> None:
        self.roster = Roster(read)
        self._rows: dict[Readings, RosterRows] = {}

    def present(self, offer: str, at: int, views: Sequence[tuple[RuleSet, Readings]]) -> list[Present]:
        """Who is active at an instant, transplantations from an offer left out, under each of some views."""
        changed = self.roster.bring_to(at)
        for rows in self._rows.values():
            rows.put(changed, at)
        for member in changed:
            member.whole, member.sampled = False, []
        left_out = list(self.roster.without_offer(offer, at))
        return [_instead(self._rows_under(p, r, at).present(at), left_out, at, p, r) for p, r in views]

    def _rows_under(self, p: RuleSet, r: Readings, at: int) -> RosterRows:
        """The columns under readings, laid out anew where the rules are others than at the last asking."""
        rows = self._rows.get(r)
        if rows is None or rows.p is not p:
            rows = self._rows[r] = RosterRows(self.roster, p, r)
            rows.fill(at)
        return rows


def _instead(
    present: Present, others: Sequence[tuple[Member, Candidate | None]], at: int, p: RuleSet, r: Readings
) -> Present:
    """The list with some candidates in other states."""
    for member, state in others:
        present = present.without(member.id)
        if state is not None and state.active:
            present = present.having(member.id, Column(state, at, p, r))
    return present


def _context(fact: Fact) -> str:
    return str(fact.data.get("context", "current"))


def _bears_on_before(state: Candidate, fact: Fact) -> bool:
    """Whether a result may count among those from before ECMO or inotropes."""
    start = support_start(state)
    return start is not None and (_context(fact) != "current" or fact.instant <= start.instant)


def _value(fact: Fact) -> tuple[float, float]:
    """The two floats that a result lies between, in the annex's unit."""
    return _enclosed(fact.data["analyte"], fact.data["value"], fact.data["unit"])


@lru_cache(maxsize=65_536)
def _enclosed(analyte: str, value: str, unit: str) -> tuple[float, float]:
    return enclosed(to_si(analyte, Decimal(value), unit))
