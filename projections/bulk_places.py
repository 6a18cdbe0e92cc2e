"""Who is ranked where on many lists at once, and no more: what an audit asks of an offer.

Whoever cannot match the donor in age, blood group or size, or is not admitted by the team's limits, has no rank
whatever the score: only the others go on to be scored. What rests on a candidate alone is asked once for all lists
on which its row is the same.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import compress, pairwise
from typing import TypeAlias

import numpy as np

from engine.quantities import LATEST, exact_arithmetic, paris_microseconds
from engine.rules import libm
from engine.rules.annex_3_2_icar import icar_before, icar_today
from engine.rules.annex_3_3_ccb import EXPERT_COMPONENTS
from engine.rules.annex_3_4_ccp import abo_match, donor_surface, recipient_surface
from engine.rules.arithmetic import Number
from engine.rules.columns import ColumnArithmetic
from engine.rules.exclusions import limits_admit
from engine.rules.intervals import Bools, Floats, Indices, Integers, Truth, index_of, members
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from engine.rules.score import Matching, matching
from engine.rules.variables import Donor, Recipient
from projections.column_scores import (
    Block,
    Laid,
    Places,
    counters_in_columns,
    donors_by_list,
    exactly,
    spread,
    spread_over,
)
from projections.columns import LIMITS, VARIABLES, Table, clock_float
from projections.donor import DonorView
from projections.score import ExactScore
from projections.sheet import Present, Sheet

_BODY = "height_cm", "weight_kg"
_BLOOD = "age_years", "blood_group", "urgency", "abo_matching"
"""What has a say in the matching of blood groups, and all that has one in those of age and size besides the body."""
_PEPTIDES = "bnp", "nt_probnp", "bnp_before", "nt_probnp_before"
_ICARS_ALONE = *_PEPTIDES, "bilirubin_before", "creatinine_before", "dialysis_before", "sacubitril_valsartan"
_SCORED = [name for name in VARIABLES if name not in (*_BODY, *_ICARS_ALONE, "blood_group", "abo_matching")]
"""What has a say in a score once matching and ICARs are known."""


@dataclass(frozen=True, slots=True)
class OfferedList:
    """The list at an offer, with all that its scoring rests on."""

    present: Present
    minutes: Floats
    at: int
    offer: str
    known_at: int
    donor: DonorView
    counter: int
    p: RuleSet
    r: Readings
    icar_since: Floats | None = None
    """The highest ICARj since ECMO or inotropes began, where it counts (reading icar_maximum=running)."""


Donors: TypeAlias = tuple[Donor, list[Number]]
"""By list the donor's variables, and the values that limits are compared with."""
Exactly: TypeAlias = Callable[[OfferedList, str], ExactScore]
"""One candidate of a list on exact arithmetic."""
_ICARS = icar_today, icar_before
_AT_ONCE = 65_536
"""Candidates on lists that are scored at once at most: few enough that columns stay in the cache."""
Order: TypeAlias = tuple[list[tuple[str, int]], list[str]]
"""The ranked with their points in millionths, in order; the ids of the others, ascending."""


def order_stacked(stack: Sequence[OfferedList], exactly_of: Exactly) -> list[Order]:
    """The order of several lists under the same rules and readings."""
    return [order for part in _parts(stack) for order in _ordered(part, exactly_of)]


def _parts(stack: Sequence[OfferedList]) -> Iterator[Sequence[OfferedList]]:
    """The lists in parts, by how many candidates are on them."""
    begin = size = 0
    for end, each in enumerate(stack):
        if begin < end and size + len(each.present.ids) > _AT_ONCE:
            yield stack[begin:end]
            begin, size = end, 0
        size += len(each.present.ids)
    yield stack[begin:]


def _ordered(stack: Sequence[OfferedList], exactly_of: Exactly) -> list[Order]:
    pairs = _pairs(stack)
    places = _unsure(pairs.at.size)
    if libm.trusted():
        with suppress(ArithmeticError):  # of figures beyond all bounds: the exact arithmetic says of whom
            pairs, places = _in_columns(stack, pairs)
    return _orders(stack, pairs, _settled(stack, pairs, places, exactly_of))


def _in_columns(stack: Sequence[OfferedList], pairs: "_Pairs") -> tuple["_Pairs", Places]:
    """Those who may have a rank, and what the columns say of them."""
    with exact_arithmetic(), np.errstate(all="ignore"):
        donors = donors_by_list([each.donor for each in stack])
        pairs, matched, admitted = _matched(_of_fitting_blood(stack, pairs), donors, stack[0].p, stack[0].r)
        return pairs, _placed(stack, pairs, donors, matched, admitted)


@dataclass(frozen=True, slots=True)
class _Lists:
    """Some lists laid end to end: what is said of whom."""

    first: Indices
    """The place of the first of each list."""
    columns: Floats
    """The rows that are on any list, a column each."""
    ties: Integers
    """Of each of these, what breaks ties."""
    clocks: Floats
    """By list."""
    minutes: Floats
    since: Floats | None
    """The highest ICARj since ECMO or inotropes began, where it counts."""


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Some of those on some lists, list by list: the place in all lists, the list, the column."""

    on: _Lists
    at: Indices
    lists: Indices
    of: Indices

    def only(self, chosen: Indices) -> "_Pairs":
        """Some of them."""
        return _Pairs(self.on, self.at[chosen], self.lists[chosen], self.of[chosen])

    def table(self, p: RuleSet, r: Readings, wanted: Sequence[str]) -> Table:
        """Some variables of each."""
        return Table(self.on.columns, self.on.clocks[self.lists], p, r, wanted, self.of)


def _pairs(stack: Sequence[OfferedList]) -> _Pairs:
    sizes = [len(each.present.ids) for each in stack]
    floats, ties, rows = _together([each.present for each in stack])
    since = [each.icar_since for each in stack if each.icar_since is not None]
    used, of = _numbered(rows, len(floats))
    on = _Lists(
        np.cumsum([0, *sizes]),
        np.ascontiguousarray(floats[used].T),
        ties[used],
        np.array([clock_float(paris_microseconds(each.at)) for each in stack]),
        np.concatenate([each.minutes for each in stack]),
        np.concatenate(since) if since else None,
    )
    return _Pairs(on, np.arange(rows.size), np.repeat(np.arange(len(stack)), sizes), of)


def _numbered(rows: Indices, count: int) -> tuple[Indices, Indices]:
    """Those of so many rows that are among some, ascending, and of each of these its number in them."""
    used = np.zeros(count, dtype=np.bool_)
    used[rows] = True
    return np.flatnonzero(used), (np.cumsum(used) - 1)[rows]


def _together(presents: Sequence[Present]) -> tuple[Floats, Integers, Indices]:
    """The rows of all sheets that some lists are on, what breaks ties, and the row of each candidate of each list."""
    firsts: dict[int, int] = {}
    sheets: list[Sheet] = []
    for present in presents:
        if id(present.sheet) not in firsts:
            firsts[id(present.sheet)] = sum(sheet.used for sheet in sheets)
            sheets.append(present.sheet)
    rows = np.concatenate([present.rows + firsts[id(present.sheet)] for present in presents])
    if len(sheets) == 1:
        return sheets[0].floats, sheets[0].ties, rows
    return np.concatenate([sheet.floats for sheet in sheets]), np.concatenate([sheet.ties for sheet in sheets]), rows


def _of_fitting_blood(stack: Sequence[OfferedList], pairs: _Pairs) -> _Pairs:
    """Whom the blood group does not surely keep out: of a row it is asked once for each group, at all times at once."""
    x, p, r, on = ColumnArithmetic(), stack[0].p, stack[0].r, pairs.on
    donors = [each.donor.variables for each in stack]
    groups = {donor.blood_group: donor for donor in donors}
    times = np.array([[on.clocks.min()], [on.clocks.max()]])
    recipient = Table(on.columns, times, p, r, _BLOOD).recipient
    fit = np.array([_possible(x, abo_match(x, recipient, donor, p, r)) for donor in groups.values()])
    numbers = {group: number for number, group in enumerate(groups)}
    asked = np.array([numbers[donor.blood_group] for donor in donors])
    return pairs.only(np.flatnonzero(fit[asked[pairs.lists], pairs.of]))


def _possible(x: ColumnArithmetic, factor: Number) -> Bools:
    """Where a factor is not surely zero."""
    possible: Bools = ~x.same(factor, x.number(0)).surely
    return possible


def _matched(pairs: _Pairs, donors: Donors, p: RuleSet, r: Readings) -> tuple[_Pairs, Matching, Truth]:
    """Whom nothing surely excludes that needs no laboratory value, how they match, whether limits admit the donor."""
    x = ColumnArithmetic()
    donor, _ = spread(donors, pairs.lists)
    recipient, body = pairs.table(p, r, _BLOOD).recipient, Table(pairs.on.columns, pairs.on.clocks, p, r, _BODY)
    x.know(recipient_surface, (recipient, p), spread_over(recipient_surface(x, body.recipient, p), pairs.of))
    x.know(donor_surface, (donor, p), spread_over(donor_surface(x, donors[0], p), pairs.lists))
    found = matching(x, recipient, donor, p, r)
    factors = found.f1_age, found.f2_abo, found.f3_bsa
    possible = np.flatnonzero(np.logical_and.reduce([_possible(x, factor) for factor in factors]))
    some = pairs.only(possible)
    _, limited = spread(donors, some.lists)
    admitted = limits_admit(some.table(p, r, LIMITS).limits, *limited)
    left = np.flatnonzero(admitted.possibly)
    factors_left = (spread_over(factor, possible[left]) for factor in factors)
    return some.only(left), Matching(*factors_left), spread_over(admitted, left)


def _placed(stack: Sequence[OfferedList], pairs: _Pairs, donors: Donors, matched: Matching, admitted: Truth) -> Places:
    p, r, on = stack[0].p, stack[0].r, pairs.on
    donor, limited = spread(donors, pairs.lists)
    counter = counters_in_columns([each.counter for each in stack], pairs.lists)
    shared = len(stack) > 1  # a row of one list is asked once anyhow
    table, minutes = pairs.table(p, r, _SCORED if shared else VARIABLES), exactly(on.minutes[pairs.at])
    since = [] if on.since is None else [exactly(on.since[pairs.at])]
    laid = Laid(table, [], counter, donor, limited, minutes, since, matched, admitted)
    if shared:
        _know_icars(laid.x, table.recipient, pairs, p, r)
    return Block(pairs.at.size, laid, p, r).columns


def _know_icars(x: ColumnArithmetic, recipient: Recipient, pairs: _Pairs, p: RuleSet, r: Readings) -> None:
    """Have the ICARs known: one whole number as long as a row stands on lists, mostly, and asked again where not."""
    used, of = _numbered(pairs.of, pairs.on.columns.shape[1])
    clock, once = pairs.on.clocks[pairs.lists], ColumnArithmetic()
    times = np.array([np.full(used.size, np.inf), np.full(used.size, -np.inf)])
    np.minimum.at(times[0], of, clock)
    np.maximum.at(times[1], of, clock)
    row = Table(pairs.on.columns[:, used], times, p, r, VARIABLES).recipient
    found = [rule(once, row, p, r) for rule in _ICARS]
    sure = np.logical_and.reduce([icar.ends[0] == icar.ends[1] for icar in found])
    again = np.flatnonzero(~sure[of])
    each, alone = pairs.only(again).table(p, r, VARIABLES).recipient, ColumnArithmetic()
    for rule, icar in zip(_ICARS, found, strict=True):
        known = spread_over(icar, of)
        if again.size:
            known.ends[:, again] = rule(alone, each, p, r).ends
        x.know(rule, (recipient, p, r), known)


def _unsure(size: int) -> Places:
    """Of nothing sure."""
    none = np.zeros(size, dtype=np.bool_)
    return Places(none, none.astype(np.int64), none.astype(np.intp), none)


def _settled(stack: Sequence[OfferedList], pairs: _Pairs, places: Places, exactly_of: Exactly) -> Places:
    """The places, of whoever is unsure as the exact arithmetic has them."""
    unsure = np.flatnonzero(~places.sure).tolist()
    if unsure:
        places = replace(places, ranked=places.ranked.copy(), points=places.points.copy())
        components = places.components.copy()
        for row in unsure:
            number = pairs.lists[row]
            listed = stack[number]
            name = listed.present.ids[pairs.at[row] - pairs.on.first[number]]
            with listed.p.computing(f"the score of candidate {name} at offer {listed.offer}"):
                score = exactly_of(listed, name)
                places.ranked[row] = score.ranked
                if score.ranked:
                    places.points[row], components[row] = score.points, index_of(score.component)
        places = replace(places, components=components)
    return places


def _orders(stack: Sequence[OfferedList], pairs: _Pairs, places: Places) -> list[Order]:
    """Each list put in order."""
    ranked = pairs.only(np.flatnonzero(places.ranked))
    points, first = places.points[places.ranked], pairs.on.first
    order = np.argsort(-points)
    narrow = np.min_scalar_type(len(stack))  # as narrow as the count of lists allows: short numbers sort fast
    order = order[np.argsort(ranked.lists[order].astype(narrow), kind="stable")]
    same = (points[order][1:] == points[order][:-1]) & (ranked.lists[order][1:] == ranked.lists[order][:-1])
    if same.any():
        tied = np.append(same, False) | np.append(False, same)
        order[tied] = _untied(ranked, order[tied], points, places.components[places.ranked])
    bounds = np.searchsorted(ranked.lists, np.arange(len(stack) + 1)).tolist()
    at, millionths = (ranked.at[order] - first[ranked.lists[order]]).tolist(), points[order].tolist()
    left = np.ones(first[-1], dtype=np.bool_)
    left[ranked.at] = False
    found: list[Order] = []
    for each, (begin, end), (out, until) in zip(stack, pairwise(bounds), pairwise(first.tolist()), strict=True):
        ids = each.present.ids
        ranking = list(zip(map(ids.__getitem__, at[begin:end]), millionths[begin:end], strict=True))
        found.append((ranking, list(compress(ids, left[out:until].tobytes()))))
    return found


def _untied(pairs: _Pairs, among: Indices, points: Integers, components: Indices) -> Indices:
    """Those with a score that another of their list has as well, in order; the last resort is the id."""
    expert, lvad, registration = pairs.on.ties[pairs.of[among]].T
    in_force = members(EXPERT_COMPONENTS)[components[among]]
    keys = among, registration, lvad, np.where(in_force, expert, LATEST), -points[among], pairs.lists[among]
    in_order: Indices = among[np.lexsort(keys)]
    return in_order
