"""The active candidates of a roster as columns, of which only those that changed are laid out anew."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np

from engine.events.vocabulary import to_si
from engine.log.history import Fact
from engine.quantities import MICROSECONDS_A_DAY, Stretch, days_running, exact_arithmetic, paris_microseconds
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
    """Some centres, theirs among them."""
    centre: Indices
    """Of each the index of the centre."""
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
            [*self.centres, laid.centre],
            np.insert(self.centre, place, len(self.centres)),
            np.insert(self.columns, place, laid.floats, axis=1),
            np.insert(self.ties, place, laid.ties, axis=1),
        )

    def _taken(self, places: list[int]) -> "Present":
        ids = [self.ids[place] for place in places]
        return Present(ids, self.centres, self.centre[places], self.columns[:, places], self.ties[:, places])


class Column:
    """A candidate's column, and the clock times between which it holds; ``before`` is one that was there before."""

    __slots__ = ("_ending", "_running", "_stretches", "centre", "floats", "since", "ties", "until")

    def __init__(self, candidate: Candidate, at: int, p: RuleSet, r: Readings, before: "Column | None" = None) -> None:
        clock = paris_microseconds(at)
        with exact_arithmetic():
            profile = profile_of(candidate, p, r)
            self._running = running_of(profile.variables)
            known = before.still(self._running, clock) if before else {}
            self._stretches = [known.get(n) or stretch_of(each, at) for n, each in enumerate(self._running)]
            self.floats = floats_of(profile, self._stretches)
        self._ending = [n for n, each in enumerate(self._running) if isinstance(each, Since) and each.ends]
        self.ties = ties_of(profile)
        self.centre = str(candidate.value("centre"))
        self._hold()

    def still(self, running: Sequence[Any], clock: int) -> dict[int, Stretch]:
        """By place, the stretches that hold for what runs in another column as well."""
        pairs = enumerate(zip(self._running, running, self._stretches, strict=True))
        return {n: each for n, (ours, theirs, each) in pairs if ours == theirs and each.begin <= clock < each.until}

    def run_on(self, at: int, clock: int) -> list[tuple[int, tuple[float, float, float]]]:
        """The new stretch of all that has come to the end of one, with its place among all that runs."""
        found = []
        for place in self._ending:
            old = self._stretches[place]
            if not old.begin <= clock < old.until:
                new = self._stretches[place] = stretch_of(self._running[place], at)
                found.append((place, cells_of(new)))
        self._hold()
        return found

    def _hold(self) -> None:
        ending = [self._stretches[place] for place in self._ending]
        self.since = max((each.begin for each in ending), default=EARLIEST)
        self.until = min((each.until for each in ending), default=LATEST)


class RosterRows:
    """The columns of a roster under rules and readings; in step as long as every change is put in."""

    def __init__(self, roster: Roster, p: RuleSet, r: Readings) -> None:
        self.p, self.r, self.seen = p, r, readings_seen(r)
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
        self._centre: Indices = np.zeros(0, dtype=np.intp)

    def fill(self, at: int) -> None:
        """Lay out everybody who is active."""
        self._room()
        for member in self._roster.active():
            self._put(member, at)

    def put(self, changed: Iterable[Member], at: int) -> None:
        """Lay out what has changed, of those who are active."""
        self._room()
        cells: list[int] = []
        values: list[float] = []
        for member in changed:
            if member.slot is not None and (member.whole or not self._sampled(member, cells, values)):
                self._put(member, at)
        self._columns.reshape(-1)[cells] = values

    def present(self, at: int) -> Present:
        """Everybody who is active, the clock's stretches as they are at an instant."""
        if self._edition != self._roster.edition:
            self._edition = self._roster.edition
            self._ids = list(self._roster.ids)
            self._slots = np.array(self._roster.slots_in_use, dtype=np.intp)
        clock, slots = paris_microseconds(at), self._slots
        over = (clock < self._since[slots]) | (clock >= self._until[slots])
        for slot in slots[over].tolist():
            self._run_on(slot, at, clock)
        columns, ties = self._columns.take(slots, axis=1), self._ties.take(slots, axis=1)
        return Present(self._ids, self._centres, self._centre[slots], columns, ties)

    def _room(self) -> None:
        """Columns for everybody; half as many more when there are too few."""
        more = self._roster.slots + self._roster.slots // 2 + 16 - self._since.size
        if self._roster.slots > self._since.size:
            self._columns = np.ascontiguousarray(np.pad(self._columns, ((0, 0), (0, more))))
            self._ties = np.pad(self._ties, ((0, 0), (0, more)))
            self._centre = np.pad(self._centre, (0, more))
            self._since, self._until = (np.pad(each, (0, more)) for each in (self._since, self._until))

    def _put(self, member: Member, at: int) -> None:
        assert member.slot is not None and member.state is not None, "laid out while active"  # noqa: PT018
        slot = member.slot
        laid = Column(member.state, at, self.p, self.r, self._laid.get(slot))
        self._laid[slot] = laid
        self._columns[:, slot], self._ties[:, slot] = laid.floats, laid.ties
        self._since[slot], self._until[slot] = laid.since, laid.until
        if laid.centre not in self._centres:
            self._centres = [*self._centres, laid.centre]
        self._centre[slot] = self._centres.index(laid.centre)

    def _run_on(self, slot: int, at: int, clock: int) -> None:
        """Put in the stretches that now run in place of those that ended."""
        laid = self._laid[slot]
        with exact_arithmetic():
            for place, cells in laid.run_on(at, clock):
                self._columns[stretch_cells(place), slot] = cells
        self._since[slot], self._until[slot] = laid.since, laid.until

    def _sampled(self, member: Member, cells: list[int], values: list[float]) -> bool:
        """Which cells of all columns new results change; False where one has a say in more than its own variable."""
        state, slot = member.state, member.slot
        assert state is not None and slot is not None, "laid out while active"  # noqa: PT018
        start = support_start(state)
        for fact in member.sampled:
            places, context = CELLS_OF.get(fact.data["analyte"]), str(fact.data.get("context", "current"))
            if start is not None and (context != "current" or fact.instant <= start.instant):
                return False  # it may count among those from before ECMO or inotropes
            if places and context == "current" and state.labs[fact.data["analyte"], context][-1] is fact:
                begin = clock_float(self._first(fact.instant))
                cells += [place * self._since.size + slot for place in places]
                values += (*_value(fact), 1.0, 0.0, begin, MICROSECONDS_A_DAY)
        return True

    def _first(self, instant: int) -> int:
        """The clock time from which the days since an instant are counted."""
        return days_running(instant, instant, self.r.elapsed_days).begin


class Lists:
    """A roster laid out under as many rules and readings as are asked for."""

    def __init__(self, read: Reader) -> None:
        self.roster = Roster(read)
        self._rows: list[RosterRows] = []
        """Those asked for last."""

    def present(self, offer: str, at: int, views: Sequence[tuple[RuleSet, Readings]]) -> list[Present]:
        """Who is active at an instant, transplantations from an offer left out, under each of some views.

        Views that lay candidates out alike share what they are given.
        """
        changed = self.roster.bring_to(at)
        for rows in self._rows:
            rows.put(changed, at)
        for member in changed:
            member.whole, member.sampled = False, []
        left_out = list(self.roster.without_offer(offer, at))
        asked = [self._rows_under(p, r, at) for p, r in views]
        self._rows = list(dict.fromkeys(asked))
        found = {rows: _instead(rows.present(at), left_out, at, rows.p, rows.r) for rows in self._rows}
        return [found[rows] for rows in asked]

    def _rows_under(self, p: RuleSet, r: Readings, at: int) -> RosterRows:
        """The columns under rules and readings, laid out where they were not asked for the last time."""
        for rows in self._rows:
            if rows.p is p and rows.seen == readings_seen(r):
                return rows
        rows = RosterRows(self.roster, p, r)
        rows.fill(at)
        self._rows.append(rows)
        return rows


def readings_seen(r: Readings) -> tuple[str, ...]:
    """The readings that have a say in a candidate's variables; the others have one in the rules alone."""
    return r.age, r.elapsed_days, r.months, r.pre_treatment_values, r.priority_clock


def _instead(
    present: Present, others: Sequence[tuple[Member, Candidate | None]], at: int, p: RuleSet, r: Readings
) -> Present:
    """The list with some candidates in other states."""
    for member, state in others:
        present = present.without(member.id)
        if state is not None and state.active:
            present = present.having(member.id, Column(state, at, p, r))
    return present


def _value(fact: Fact) -> tuple[float, float]:
    """The two floats that a result lies between, in the annex's unit."""
    return _enclosed(fact.data["analyte"], fact.data["value"], fact.data["unit"])


@lru_cache(maxsize=65_536)
def _enclosed(analyte: str, value: str, unit: str) -> tuple[float, float]:
    return enclosed(to_si(analyte, Decimal(value), unit))
