"""The second stage in columns: whole lists through the rules at once, and alone exactly whoever stays unsure.

Lists of several offers under the same rules and readings may be stacked: the cost is then mostly that of the numbers
themselves. What a row says is the exact arithmetic's own text, since it is only taken where both ends of each interval
publish the same six decimals and every truth is sure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np

from engine.quantities import exact_arithmetic
from engine.rules import libm
from engine.rules.arithmetic import Number
from engine.rules.columns import ColumnArithmetic, integers_of, millionths_of
from engine.rules.exclusions import Exclusions, exclusions, limits_admit
from engine.rules.intervals import NAMES, Bools, Codes, Few, Indices, Integers, Interval, Truth, enclosed, index_of
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from engine.rules.score import Matching, PairScore, matching, pair_score, raw_score
from engine.rules.variables import Donor, Recipient
from projections.columns import Table, table_of
from projections.donor import DonorView
from projections.gather import Gathered, Listed
from projections.score import FIGURES, ExactScore, ExactScores, Scores
from projections.standing import RawFigures, Standing

REASONS = tuple(each.name for each in fields(Exclusions))


def score_in_columns(gathered: Gathered) -> Scores:
    """The list through the rules at once."""
    return score_stacked([gathered])[0]


def score_stacked(stack: Sequence[Gathered]) -> list[Scores]:
    """Several lists at once, all with a donor or all without, under the same rules and readings.

    Where the platform's exp and log are not as good as the intervals allow for, all is computed exactly.
    """
    lists = [number for number, gathered in enumerate(stack) for _ in gathered.people]
    if not lists or not libm.trusted():
        return [ExactScores(gathered) for gathered in stack]
    people = [listed for gathered in stack for listed in gathered.people]
    block, again = _block(stack, people, lists), _with_past(stack, people, lists)
    scores: list[Scores] = []
    first = 0
    for gathered in stack:
        scores.append(ColumnScores(gathered, block, first, again))
        first += len(gathered.people)
    return scores


def _with_past(stack: Sequence[Gathered], people: Sequence[Listed], lists: Sequence[int]) -> dict[int, "ColumnScore"]:
    """By row, those whose earlier states count too (reading icar_maximum=running), in a block of their own."""
    rows = [row for row, listed in enumerate(people) if listed.earlier] if stack[0].r.icar_maximum == "running" else []
    if not rows:
        return {}
    block = _block(stack, [people[row] for row in rows], [lists[row] for row in rows])
    return {row: ColumnScore(block, place, people[row], stack[lists[row]]) for place, row in enumerate(rows)}


def _block(stack: Sequence[Gathered], people: Sequence[Listed], lists: Sequence[int]) -> "Block":
    p, r, donors = stack[0].p, stack[0].r, [gathered.donor for gathered in stack if gathered.donor is not None]
    past = _past(people) if r.icar_maximum == "running" else []
    with exact_arithmetic(), np.errstate(all="ignore"):
        donor, limited = donors_in_columns(donors, np.array(lists)) if donors else (None, [])
        laid = Laid(
            table_of(people, p, r),
            [table_of(each, p, r).recipient for each in past],
            counters_in_columns([gathered.counter for gathered in stack], np.array(lists)),
            donor,
            limited,
            exactly([float(listed.minutes or 0) for listed in people]),
        )
    return Block(len(people), laid, p, r)


class ColumnScores(Scores):
    """The rows of a block that are one list's; ``again`` has other rows in place of some."""

    def __init__(self, gathered: Gathered, block: "Block", first: int, again: Mapping[int, "ColumnScore"]) -> None:
        self._gathered, self._block, self._first, self._again = gathered, block, first, again

    def __len__(self) -> int:
        return len(self._gathered.people)

    def __getitem__(self, index: Any) -> Any:
        listed = self._gathered.people[index]
        row = self._first + index
        return self._again.get(row) or ColumnScore(self._block, row, listed, self._gathered)

    @cached_property
    def ranked(self) -> Sequence[bool]:
        """Who has a rank."""
        last = self._first + len(self)
        ranked = self._block.ranked[self._first : last]
        unsure = [row for row in self._block.rows_unsure if self._first <= row < last]
        for row in (*unsure, *(row for row in self._again if self._first <= row < last)):
            ranked[row - self._first] = self[row - self._first].ranked
        return ranked


class ColumnScore:
    """One row of a block; what is unsure there is asked of the exact arithmetic."""

    __slots__ = ("_block", "_exact", "_gathered", "_row", "listed")

    def __init__(self, block: "Block", row: int, listed: Listed, gathered: Gathered) -> None:
        self.listed = listed
        self._block, self._row, self._gathered = block, row, gathered
        self._exact: ExactScore | None = None

    @property
    def exact(self) -> ExactScore:
        """The candidate on exact arithmetic."""
        if self._exact is None:
            self._exact = ExactScore(self.listed, self._gathered)
        return self._exact

    @property
    def place_is_sure(self) -> bool:
        """Whether the columns tell rank or exclusion, component and points."""
        return self._block.places_sure[self._row]

    @property
    def all_is_sure(self) -> bool:
        """Whether the columns tell every figure and every reason."""
        return self._block.rows_sure[self._row]

    @property
    def component(self) -> str:
        """The component in use."""
        return self._block.components[self._row] if self.place_is_sure else self.exact.component

    @property
    def points(self) -> int:
        """SNAGC, or CCB without a donor, in millionths."""
        return self._block.points[self._row] if self.place_is_sure else self.exact.points

    @property
    def ranked(self) -> bool:
        """Whether nothing excludes the candidate."""
        return self._block.ranked[self._row] if self.place_is_sure else self.exact.ranked

    @property
    def standing(self) -> Standing:
        """The raw score as published."""
        return self._block.standing(self._row, self.listed) if self.all_is_sure else self.exact.standing

    @property
    def figures(self) -> dict[str, int]:
        """The published figures with the donor."""
        if not self.all_is_sure:
            return self.exact.figures
        return {name: column[self._row] for name, column in self._block.figures.items()}

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why there is no rank."""
        return self._block.reasons(self._row) if self.all_is_sure else self.exact.reasons


@dataclass(frozen=True, slots=True)
class Laid:
    """Rows to be scored together: who, for whom, from how far, with which counters."""

    table: Table
    past: Sequence[Recipient]
    """Everybody's first, second … earlier state (reading icar_maximum=running)."""
    counter: Number
    donor: Donor | None
    limited: Sequence[Number]
    """The donor's values that limits are compared with."""
    minutes: Number
    known_since: Sequence[Number] = ()
    """ICARs of earlier states that were worked out before."""
    matched: Matching | None = None
    """How they match, where that is known."""
    admitted: Truth | None = None
    """Whether the teams' limits admit the donors, where that is known."""
    x: ColumnArithmetic = field(default_factory=ColumnArithmetic)
    """What some rules say of these rows, where that is known."""


@dataclass(frozen=True, slots=True)
class Places:
    """What decides the order of rows: whether ranked, points, index of the component; and where all that is sure."""

    ranked: Bools
    points: Integers
    components: Indices
    sure: Bools


class Block:
    """Rows scored together: what the columns say, and of which rows they are sure."""

    def __init__(self, size: int, laid: Laid, p: RuleSet, r: Readings) -> None:
        self.size = size
        self._pair: PairScore | None = None
        self._excluded: Exclusions | None = None
        with exact_arithmetic(), np.errstate(all="ignore"):
            self._score(laid, p, r)
            self._settle()

    def _score(self, laid: Laid, p: RuleSet, r: Readings) -> None:
        x, recipient, donor = laid.x, laid.table.recipient, laid.donor
        past = [("", each) for each in laid.past]
        self._raw = raw_score(x, recipient, past, laid.counter, p, r, laid.known_since)
        if donor is not None:
            matched = laid.matched or matching(x, recipient, donor, p, r)
            self._pair = pair_score(x, recipient, donor, matched, laid.minutes, self._raw.ccb, p)
            admitted = laid.admitted or limits_admit(laid.table.limits, *laid.limited)
            self._excluded = exclusions(x, recipient, self._raw, self._pair, admitted, p)

    def _settle(self) -> None:
        """What decides the order: rank or exclusion, points, component."""
        self._ccb, self._sure_ccb = millionths_of(self._raw.ccb, self.size)
        points, sure = self._ccb, self._sure_ccb
        if self._pair is not None:
            points, sure = millionths_of(self._pair.snagc, self.size)
        excluded, perhaps = self._any_reason()
        component = self._raw.component
        self._known = known = np.ones(self.size, dtype=np.bool_) if component.unsure is None else ~component.unsure
        self.columns = Places(
            ranked=np.ones(self.size, dtype=np.bool_) if self._pair is None else ~excluded & (points > 0),
            points=points,
            components=component.indices,
            sure=known & (excluded | (~perhaps & sure)),
        )

    @cached_property
    def points(self) -> list[int]:
        """The points by row."""
        found: list[int] = self.columns.points.tolist()
        return found

    @cached_property
    def components(self) -> list[str]:
        """The component in use by row."""
        return [NAMES[index] for index in self.columns.components.tolist()]

    @cached_property
    def ranked(self) -> list[bool]:
        """Who has a rank, by row."""
        found: list[bool] = self.columns.ranked.tolist()
        return found

    @cached_property
    def places_sure(self) -> list[bool]:
        """Where rank or exclusion, points and component are sure."""
        found: list[bool] = self.columns.sure.tolist()
        return found

    @cached_property
    def rows_unsure(self) -> list[int]:
        """The other rows."""
        found: list[int] = np.flatnonzero(~self.columns.sure).tolist()
        return found

    def _any_reason(self) -> tuple[Bools, Bools]:
        """Where some reason surely excludes, and where one possibly does."""
        surely, possibly = np.zeros((2, self.size), dtype=np.bool_)
        if self._excluded is not None:
            for name in REASONS:
                found = self._truth(getattr(self._excluded, name))
                surely, possibly = surely | found.surely, possibly | found.possibly
        return surely, possibly

    def _truth(self, truth: Truth | bool) -> Truth:
        if isinstance(truth, Truth):
            return truth
        same = np.full(self.size, truth)
        return Truth(same, same)

    @cached_property
    def figures(self) -> dict[str, list[int]]:
        """The published figures of the pair by name; meaningful where a row is sure."""
        return {name: figures.tolist() for name, (figures, _) in self._published.items()}

    @cached_property
    def rows_sure(self) -> list[bool]:
        """Where every figure, truth and code of a row is sure."""
        raw, adult = self._raw, self._truth(self._raw.adult)
        sure = self._known & self._sure_ccb & (adult.surely == adult.possibly)
        for (_, integer_sure), applies in zip(self._icars, (adult, adult, adult & raw.on_support), strict=True):
            sure = sure & (integer_sure | ~applies.possibly)
        for _, figure_sure in self._published.values():
            sure = sure & figure_sure
        for name in REASONS if self._excluded else ():
            reason = self._truth(getattr(self._excluded, name))
            sure = sure & (reason.surely == reason.possibly)
        found: list[bool] = sure.tolist()
        return found

    def standing(self, row: int, listed: Listed) -> Standing:
        """The raw score of a row that is sure."""
        return Standing(listed, *self.raw(row))

    def raw(self, row: int) -> RawFigures:
        """The same without the candidate: component, ICARs, and CCB in millionths."""
        adult, supported = self._truth(self._raw.adult).surely[row], self._truth(self._raw.on_support).surely[row]
        icar, today, before = (int(integers[row]) for integers, _ in self._icars)
        return (
            self.components[row],
            icar if adult else None,
            today if adult else None,
            before if adult and supported else None,
            int(self._ccb[row]),
        )

    def reasons(self, row: int) -> tuple[str, ...]:
        """Why a row that is sure has no rank."""
        if self._excluded is None:
            return ()
        found = tuple(name for name in REASONS if self._truth(getattr(self._excluded, name)).surely[row])
        return found or (("score_zero",) if self.points[row] <= 0 else ())

    @cached_property
    def _published(self) -> dict[str, tuple[Integers, Bools]]:
        with np.errstate(all="ignore"):
            names = FIGURES if self._pair else ()
            return {name: millionths_of(getattr(self._pair, name), self.size) for name in names}

    @cached_property
    def _icars(self) -> list[tuple[Integers, Bools]]:
        raw = self._raw
        return [integers_of(icar, self.size) for icar in (raw.icar, raw.icar_today, raw.icar_before)]


def _past(people: Sequence[Listed]) -> list[list[Listed]]:
    """The first, second … earlier state of each; who has no more stands in for it, and its maximum stays its own."""
    depth = max(len(listed.earlier) for listed in people)
    return [[each.earlier[n] if n < len(each.earlier) else each for each in people] for n in range(depth)]


def exactly(numbers: Any) -> Interval:
    """Integers as a column."""
    column = np.asarray(numbers, dtype=np.float64)
    return Interval(np.array([column, column]))


def counters_in_columns(counters: Sequence[int], lists: Indices) -> Number:
    """Each list's counter, exact."""
    return Decimal(counters[0]) if len(counters) == 1 else Few([Decimal(each) for each in counters], lists)


def donors_in_columns(donors: Sequence[DonorView], lists: Indices) -> tuple[Donor, list[Number]]:
    """The donor's variables and values that limits are compared with: one donor's as they are, several as columns."""
    return spread(donors_by_list(donors), lists)


def donors_by_list(donors: Sequence[DonorView]) -> tuple[Donor, list[Number]]:
    """The same, a row a donor."""
    if len(donors) == 1:
        return donors[0].variables, list(donors[0].limited.values())

    def numbers(values: Iterable[Decimal]) -> Interval:
        return Interval(np.array([enclosed(value) for value in values]).T)

    def codes(values: Iterable[str]) -> Codes:
        return Codes(np.array([index_of(value) for value in values]))

    variables = [donor.variables for donor in donors]
    return Donor(
        numbers(each.age_years for each in variables),
        codes(each.sex for each in variables),
        codes(each.blood_group for each in variables),
        numbers(each.height_cm for each in variables),
        numbers(each.weight_kg for each in variables),
    ), [numbers(donor.limited[name] for donor in donors) for name in donors[0].limited]


def spread(donors: tuple[Donor, list[Number]], lists: Indices) -> tuple[Donor, list[Number]]:
    """A row for each of some rows' lists; one donor's exact values stay as they are."""
    variables, limited = donors
    each = {name.name: spread_over(getattr(variables, name.name), lists) for name in fields(Donor)}
    return Donor(**each), [spread_over(number, lists) for number in limited]


def spread_over(value: Any, rows: Indices) -> Any:
    """Some rows of a column, repeated or left out; what is no column is the same for all."""
    if isinstance(value, Interval):
        return Interval(value.ends.take(rows, axis=1))
    if isinstance(value, Truth):
        surely = value.surely[rows]
        return Truth(surely, surely if value.sure else value.possibly[rows])
    return Codes(value.indices[rows]) if isinstance(value, Codes) else value
