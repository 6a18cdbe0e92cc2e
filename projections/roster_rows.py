"""The listed candidates of a roster as rows of floats, of which only what has changed is laid out anew."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np

from engine.events.vocabulary import to_si
from engine.log.history import Fact
from engine.quantities import EARLIEST, Stretch, days_begin, exact_arithmetic, paris_microseconds
from engine.rules.intervals import Floats, Indices, enclosed
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from projections.candidate import Candidate
from projections.columns import WIDTH, bounds_of, clock_float, lay, places_of
from projections.recipient import LAB_VARIABLES, PARTS, SAMPLES, is_blank, priority_of
from projections.roster import Member, Reader, Roster
from projections.sheet import Present, Sheet
from projections.standing import expert_clock, lvad_since

_TIDY_AT = 8192
"""Rows of a sheet after which those that are still in use move to a new one."""
_SAMPLED = {name: number for number, name in enumerate(SAMPLES)}
_SAMPLED |= {analyte: _SAMPLED[name] for name, analyte in LAB_VARIABLES.items()}
"""The number of a sample, by its variable or its analyte."""
_ENDING = {"age_years": "listing", "waiting_months": "listing", "expert_months": "expert"}
"""What runs in stretches that end, and the part that says so."""


class RosterRows:
    """The rows of a roster under rules and readings; in step as long as every change is put in.

    A candidate's row is copied and changed in part, so that the lists of earlier offers keep what they have.
    """

    def __init__(self, roster: Roster, p: RuleSet, r: Readings) -> None:
        self.p, self.r, self.seen = p, r, readings_seen(r)
        self._roster = roster
        self._blank: dict[str, tuple[list[int], list[float]]] = {}
        """Places and cells of each part of which nothing may be recorded."""
        self._sheet = Sheet(self._blank_row())
        self._row: Indices = np.zeros(0, dtype=np.intp)
        """By slot."""
        self._centre: Indices = np.zeros(0, dtype=np.intp)
        """By slot, the index of the centre."""
        self._since = np.zeros(0, dtype=np.int64)
        self._until = np.zeros(0, dtype=np.int64)
        self._ending: dict[int, dict[str, tuple[Any, Stretch]]] = {}
        """By slot, the variables whose stretches end some time."""
        self._edition = -1
        self._slots: Indices = np.zeros(0, dtype=np.intp)
        self._ids: list[str] = []
        self._centres: dict[str, int] = {}
        self._names: list[str] = []
        """Of centres, by index; lists see those that come."""
        self._sampled, self._days_begin = EARLIEST, 0.0
        """When the last sample that was laid out was drawn."""

    def fill(self, at: int) -> None:
        """Lay out everybody who is listed."""
        listed = self._roster.listed()
        for member in listed:
            member.parts = dict.fromkeys(PARTS)
        self.put(listed, at)
        for member in listed:
            member.parts = {}

    def put(self, changed: Iterable[Member], at: int) -> None:
        """Lay out what has changed, of those who are listed: each gets a new row."""
        self._room()
        touched = [each for each in changed if each.slot is not None and (each.parts or each.sampled)]
        slots = np.array([member.slot for member in touched], dtype=np.intp)
        copied = [
            0 if len(member.parts) == len(PARTS) else row
            for member, row in zip(touched, self._row[slots].tolist(), strict=True)
        ]
        first = self._sheet.copies_of(copied)
        self._row[slots] = np.arange(first, first + len(slots))
        for row, member in enumerate(touched, first):
            if member.sampled and "labs" not in member.parts:
                self._put_results(row, member.sampled)
            if member.parts:
                assert member.slot is not None and member.state is not None, "who is laid out is listed"  # noqa: PT018
                laid, ending = self._lay(row, member.state, member.parts, at)
                over = [name for name, part in _ENDING.items() if part in member.parts]
                if over:
                    self._keep(member.slot, over, laid, ending)
                if "person" in member.parts:
                    self._centre[member.slot] = self._centre_of(member.state)

    def _lay(
        self, row: int, state: Candidate, parts: Collection[str], at: int
    ) -> tuple[dict[str, Any], dict[str, Stretch]]:
        """Lay out parts of a state; what is not blank, and those stretches of it that end."""
        sheet, laid = self._sheet, dict[str, Any]()
        for part in parts:
            if not is_blank(part, state):
                laid |= PARTS[part](state, self.p, self.r)
            elif len(parts) < len(PARTS):  # else it is a copy of the blank row
                sheet.cells.put(row, *self._blank[part])
        results = {name: laid.pop(name) for name in SAMPLES if type(laid.get(name)) is Fact}
        self._put_results(row, results)
        ending = self._running(row, laid, at)
        if "expert" in parts:
            sheet.tied.put(row, (0,), (expert_clock(priority_of(state, self.p, self.r)),))
        if "treatments" in parts:
            sheet.tied.put(row, (1,), (lvad_since(state),))
        if "listing" in parts:
            sheet.tied.put(row, (2,), (state.registration.instant,))
        return laid, ending

    def _put_results(self, row: int, results: Mapping[str, Fact]) -> None:
        """Lay out the latest of some analytes, or some variables' from before ECMO or inotropes."""
        noted = self._sheet.samples
        for name, fact in results.items():
            instant, data = fact.instant, fact.data
            if instant != self._sampled:  # those of one sample come together
                self._sampled, self._days_begin = instant, clock_float(days_begin(instant, self.r.elapsed_days))
            low, high = _enclosed(data["analyte"], data["value"], data["unit"])
            noted += (row, _SAMPLED[name], low, high, self._days_begin)

    def _running(self, row: int, laid: dict[str, Any], at: int) -> dict[str, Stretch]:
        """Lay out variables; the waiting time counts for minors alone, and whoever asks all the same is unsure."""
        waiting = laid.pop("waiting_months", None)
        ending = self._put(row, laid, at)
        if waiting is not None:
            grown = ending["age_years"].whole >= self.p.adult_age_years
            laid["waiting_months"] = None if grown else waiting
            ending |= self._put(row, {"waiting_months": laid["waiting_months"]}, at)
        return ending

    def _put(self, row: int, said: dict[str, Any], at: int) -> dict[str, Stretch]:
        """Put what is said of some variables into a row; those stretches that end."""
        cells, ending = lay(said, at)
        self._sheet.cells.put(row, places_of(tuple(said)), cells)
        return ending

    def _blank_row(self) -> Floats:
        """What is said of whom nothing is recorded."""
        row = np.zeros(WIDTH)
        with exact_arithmetic():
            for part in PARTS:
                if is_blank(part, _NOBODY):
                    said = PARTS[part](_NOBODY, self.p, self.r)
                    self._blank[part] = places, cells = places_of(tuple(said)), lay(said, 0)[0]
                    row[places] = cells
        return row

    def _keep(self, slot: int, over: Iterable[str], said: Mapping[str, Any], ending: Mapping[str, Stretch]) -> None:
        """Note what runs in a slot and when its stretches end, in place of those that are over."""
        kept = self._ending.setdefault(slot, {})
        for name in over:
            kept.pop(name, None)
        for name, stretch in ending.items():
            kept[name] = said[name], stretch
        self._since[slot], self._until[slot] = bounds_of([stretch for _, stretch in kept.values()])

    def _centre_of(self, state: Candidate) -> int:
        name = str(state.value("centre"))
        if name not in self._centres:
            self._centres[name] = len(self._centres)
            self._names.append(name)
        return self._centres[name]

    def present(self, at: int) -> Present:
        """Everybody who is active, the clock's stretches as they are at an instant."""
        if self._edition != self._roster.edition:
            self._edition = self._roster.edition
            self._ids = list(self._roster.ids)
            self._slots = np.array(self._roster.slots_in_use, dtype=np.intp)
        clock, slots = paris_microseconds(at), self._slots
        over = (clock < self._since[slots]) | (clock >= self._until[slots])
        ended = slots[over]
        if ended.size:
            self._run_on(ended, at, clock)
        return Present(self._ids, self._sheet, self._row[slots], self._centre[slots], self._names)

    def apart(self, state: Candidate, at: int) -> tuple[int, int]:
        """A row for a candidate in a state that is not the roster's, and the index of its centre."""
        row = self._sheet.copies_of([0])
        self._lay(row, state, PARTS, at)
        return row, self._centre_of(state)

    def _run_on(self, slots: Indices, at: int, clock: int) -> None:
        """New rows for those of whom a stretch has ended, with the one that now runs."""
        first = self._sheet.copies_of(self._row[slots].tolist())
        self._row[slots] = np.arange(first, first + len(slots))
        for row, slot in enumerate(slots.tolist(), first):
            kept = self._ending[slot].items()
            over = {name: each for name, (each, stretch) in kept if not stretch.begin <= clock < stretch.until}
            self._keep(slot, over, over, self._put(row, over, at))

    def _room(self) -> None:
        """Places for everybody, and a new sheet where most of this one is of the past."""
        more = self._roster.slots - self._row.size
        if more > 0:
            by_slot = self._row, self._centre, self._since, self._until
            self._row, self._centre, self._since, self._until = (
                np.pad(each, (0, more + self._row.size)) for each in by_slot
            )
        if self._sheet.used > _TIDY_AT + 4 * self._row.size:
            self._sheet = self._sheet.only(self._row)
            self._row = np.arange(1, self._sheet.used)


_NOBODY = Candidate("", Fact(0, "", "", "", "", 0, {"birth_date": "1970-01-01"}, "", ""), {})


class Lists:
    """A roster laid out under as many rules and readings as are asked for."""

    def __init__(self, read: Reader) -> None:
        self.roster = Roster(read)
        self._rows: list[RosterRows] = []
        """Those asked for last."""

    def present(self, offer: str, at: int, views: Sequence[tuple[RuleSet, Readings]]) -> list[Present]:
        """Who is active at an instant, transplantations from an offer left out, under each of some views.

        Ask within exact arithmetic. Views that lay candidates out alike share what they are given.
        """
        changed = self.roster.bring_to(at)
        for rows in self._rows:
            rows.put(changed, at)
        for member in changed:
            member.parts, member.sampled = {}, {}
        left_out = list(self.roster.without_offer(offer, at))
        asked = [self._rows_under(p, r, at) for p, r in views]
        self._rows = list(dict.fromkeys(asked))
        found = {rows: _instead(rows, left_out, at) for rows in self._rows}
        return [found[rows] for rows in asked]

    def _rows_under(self, p: RuleSet, r: Readings, at: int) -> RosterRows:
        """The rows under rules and readings, laid out where they were not asked for the last time."""
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


def _instead(rows: RosterRows, others: Sequence[tuple[Member, Candidate | None]], at: int) -> Present:
    """The list with some candidates in other states."""
    present = rows.present(at)
    for member, state in others:
        present = present.without(member.id)
        if state is not None and state.active:
            present = present.having(member.id, *rows.apart(state, at))
    return present


@lru_cache(maxsize=65_536)
def _enclosed(analyte: str, value: str, unit: str) -> tuple[float, float]:
    """The two floats that a result lies between, in the annex's unit."""
    return enclosed(to_si(analyte, Decimal(value), unit))
