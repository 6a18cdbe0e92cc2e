"""Who is ranked where on many lists at once, and no more: what an audit asks of an offer.

Whoever cannot match the donor in age, blood group or size, or is not admitted by the team's limits, has no rank
whatever the score: only the others go on to be scored. What rests on a candidate alone is asked once for all lists
on which its row is the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeAlias

import numpy as np

from engine.quantities import exact_arithmetic, paris_microseconds
from engine.rules import libm
from engine.rules.annex_3_3_ccb import EXPERT_COMPONENTS
from engine.rules.annex_3_4_ccp import donor_surface, recipient_surface
from engine.rules.arithmetic import Number
from engine.rules.columns import ColumnArithmetic
from engine.rules.exclusions import limits_admit
from engine.rules.intervals import Bools, Floats, Indices, Integers, index_of
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from engine.rules.score import Matching, matching
from engine.rules.variables import Donor
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
from projections.columns import LIMITS, Table, clock_float
from projections.donor import DonorView
from projections.score import ExactScore
from projections.sheet import Present, Sheet
from projections.standing import LATER

_BODY = "height_cm", "weight_kg"
_MATCHED = "age_years", "blood_group", "urgency", "abo_matching", *LIMITS
"""What has a say in the matching of age, blood group and size, besides the body surface."""


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
Order: TypeAlias = tuple[list[tuple[str, int]], list[str]]
"""The ranked with their points in millionths, in order; the ids of the others, ascending."""


def order_stacked(stack: Sequence[OfferedList], exactly_of: Exactly) -> list[Order]:
    """The order of several lists under the same rules and readings."""
    pairs = _pairs(stack)
    if not pairs.lists.size:
        return [([], []) for _ in stack]
    donors = donors_by_list([each.donor for each in stack])
    chosen, matched = _matched(pairs, donors, stack[0].p, stack[0].r)
    if not chosen.size:
        return [([], list(each.present.ids)) for each in stack]
    places = _placed(stack, pairs.only(chosen), donors, matched)
    return _orders(stack, pairs, chosen, _settled(stack, pairs, chosen, places, exactly_of))


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Everybody on some lists, list by list: the list, the place on it, the row, the clock, the minutes."""

    lists: Indices
    places: Indices
    columns: Floats
    """Of those rows that are on any list."""
    of: Indices
    """Of each pair its column."""
    ties: Integers
    clock: Floats
    minutes: Floats
    since: Floats | None
    """The highest ICARj since ECMO or inotropes began, where it counts."""

    def only(self, chosen: Indices) -> "_Pairs":
        """Some of them."""
        some: dict[str, Any] = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "columns"}
        chosen_of: dict[str, Any] = {name: None if each is None else each[chosen] for name, each in some.items()}
        return replace(self, **chosen_of)


def _pairs(stack: Sequence[OfferedList]) -> _Pairs:
    sizes = [len(each.present.ids) for each in stack]
    lists = np.repeat(np.arange(len(stack)), sizes)
    floats, ties, rows = _together([each.present for each in stack])
    since = [each.icar_since for each in stack if each.icar_since is not None]
    used = np.zeros(len(floats), dtype=np.bool_)
    used[rows] = True
    return _Pairs(
        lists,
        np.concatenate([np.arange(size) for size in sizes]),
        np.ascontiguousarray(floats[used].T),
        (np.cumsum(used) - 1)[rows],
        ties[rows],
        np.array([clock_float(paris_microseconds(each.at)) for each in stack])[lists],
        np.concatenate([each.minutes for each in stack]),
        np.concatenate(since) if since else None,
    )


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
        return sheets[0].floats[: sheets[0].used], sheets[0].ties, rows
    floats = np.concatenate([sheet.floats[: sheet.used] for sheet in sheets])
    return floats, np.concatenate([sheet.ties[: sheet.used] for sheet in sheets]), rows


def _matched(pairs: _Pairs, donors: Donors, p: RuleSet, r: Readings) -> tuple[Indices, Matching]:
    """Whom nothing surely excludes that needs no laboratory value, and how they match."""
    x, lists = ColumnArithmetic(), pairs.lists
    with exact_arithmetic(), np.errstate(all="ignore"):
        donor, _ = spread(donors, lists)
        table = Table(pairs.columns, pairs.clock, p, r, _MATCHED, pairs.of)
        body = Table(pairs.columns, pairs.clock, p, r, _BODY).recipient
        x.know(recipient_surface, (table.recipient, p), spread_over(recipient_surface(x, body, p), pairs.of))
        x.know(donor_surface, (donor, p), spread_over(donor_surface(x, donors[0], p), lists))
        found = matching(x, table.recipient, donor, p, r)
        factors = found.f1_age, found.f2_abo, found.f3_bsa
        excluded = [x.same(factor, x.number(0)).surely for factor in factors]
        possible = np.flatnonzero(~np.logical_or.reduce(excluded))
        admitted = _admitted(pairs, possible, donors, p, r) if libm.trusted() else None
    chosen = np.arange(lists.size) if admitted is None else possible[admitted]
    return chosen, Matching(*(spread_over(factor, chosen) for factor in factors))


def _admitted(pairs: _Pairs, rows: Indices, donors: Donors, p: RuleSet, r: Readings) -> Bools:
    """Of some pairs, whose limits possibly admit the donor."""
    _, limited = spread(donors, pairs.lists[rows])
    limits = Table(pairs.columns, pairs.clock, p, r, LIMITS, pairs.of[rows]).limits
    admitted: Bools = limits_admit(limits, *limited).possibly
    return admitted


def _placed(stack: Sequence[OfferedList], pairs: _Pairs, donors: Donors, matched: Matching) -> Places:
    p, r, lists = stack[0].p, stack[0].r, pairs.lists
    with exact_arithmetic(), np.errstate(all="ignore"):
        donor, limited = spread(donors, lists)
        counter = counters_in_columns([each.counter for each in stack], lists)
        table = Table(pairs.columns, pairs.clock, p, r, of=pairs.of)
        since = [] if pairs.since is None else [exactly(pairs.since)]
        laid = Laid(table, [], counter, donor, limited, exactly(pairs.minutes), since, matched)
        places = Block(lists.size, laid, p, r).columns
    return places if libm.trusted() else replace(places, sure=np.zeros(lists.size, dtype=np.bool_))


def _settled(
    stack: Sequence[OfferedList], pairs: _Pairs, chosen: Indices, places: Places, exactly_of: Exactly
) -> Places:
    """The places, of whoever is unsure as the exact arithmetic has them."""
    unsure = np.flatnonzero(~places.sure).tolist()
    if unsure:
        places = replace(places, ranked=places.ranked.copy(), points=places.points.copy())
        components = places.components.copy()
        for row in unsure:
            listed = stack[pairs.lists[chosen[row]]]
            score = exactly_of(listed, listed.present.ids[pairs.places[chosen[row]]])
            places.ranked[row] = score.ranked
            if score.ranked:
                places.points[row], components[row] = score.points, index_of(score.component)
        places = replace(places, components=components)
    return places


def _orders(stack: Sequence[OfferedList], pairs: _Pairs, chosen: Indices, places: Places) -> list[Order]:
    """Each list put in order."""
    ranked = np.flatnonzero(places.ranked)
    points, lists, at = places.points[ranked], pairs.lists[chosen[ranked]], chosen[ranked]
    order = np.lexsort((-points, lists))  # stable: equal scores by ascending id
    same = (points[order][1:] == points[order][:-1]) & (lists[order][1:] == lists[order][:-1])
    if same.any():
        tied = np.append(same, False) | np.append(False, same)
        among = order[tied]
        expert, lvad, registration = pairs.ties[at[among]].T
        in_force = np.isin(places.components[ranked[among]], [index_of(each) for each in EXPERT_COMPONENTS])
        keys = among, registration, lvad, np.where(in_force, expert, LATER), -points[among], lists[among]
        order[tied] = among[np.lexsort(keys)]
    bounds = np.searchsorted(lists[order], np.arange(len(stack) + 1)).tolist()
    in_order, millionths = pairs.places[at[order]].tolist(), points[order].tolist()
    left = np.ones(pairs.lists.size, dtype=np.bool_)
    left[at] = False
    left_bounds = np.searchsorted(pairs.lists[left], np.arange(len(stack) + 1)).tolist()
    left_places = pairs.places[left].tolist()
    found: list[Order] = []
    for number, each in enumerate(stack):
        ids, (begin, end) = each.present.ids, bounds[number : number + 2]
        ranking = [(ids[place], score) for place, score in zip(in_order[begin:end], millionths[begin:end], strict=True)]
        begin, end = left_bounds[number : number + 2]
        found.append((ranking, [ids[place] for place in left_places[begin:end]]))
    return found
