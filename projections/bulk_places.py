"""Who is ranked where on many lists at once, and no more: what an audit asks of an offer.

Whoever cannot match the donor in age, blood group or size, or is not admitted by the team's limits, has no rank
whatever the score: only the others go on to be scored.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from engine.quantities import exact_arithmetic, paris_microseconds
from engine.rules import libm
from engine.rules.annex_3_3_ccb import EXPERT_COMPONENTS
from engine.rules.columns import ColumnArithmetic
from engine.rules.exclusions import limits_admit
from engine.rules.intervals import Bools, Floats, Indices, index_of
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from engine.rules.score import matching
from projections.column_scores import Block, Laid, Places, counters_in_columns, donors_in_columns, exactly
from projections.columns import Table, clock_float
from projections.donor import DonorView
from projections.roster_rows import Present
from projections.score import ExactScore
from projections.standing import LATER

_ABO_AND_BODY = ("age_years",)
"""What runs with the clock and has a say in the matching of age, blood group and size."""


@dataclass(frozen=True, slots=True)
class OfferedList:
    """The list at an offer as columns, with all that its scoring rests on."""

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


Exactly: TypeAlias = Callable[[OfferedList, str], ExactScore]
"""One candidate of a list on exact arithmetic."""
Order: TypeAlias = tuple[list[tuple[str, int]], list[str]]
"""The ranked with their points in millionths, in order; the ids of the others, ascending."""


def order_stacked(stack: Sequence[OfferedList], exactly_of: Exactly) -> list[Order]:
    """The order of several lists under the same rules and readings."""
    sizes = [len(each.present.ids) for each in stack]
    lists = np.repeat(np.arange(len(stack)), sizes)
    columns = np.concatenate([each.present.columns for each in stack], axis=1)
    clock = np.repeat([clock_float(paris_microseconds(each.at)) for each in stack], sizes)
    rows = np.flatnonzero(_may_match(stack, columns, clock, lists)) if lists.size else lists
    if not rows.size:
        return [([], list(each.present.ids)) for each in stack]
    places = _placed(stack, rows, columns[:, rows], clock[rows], lists[rows])
    firsts = np.cumsum([0, *sizes])
    found = np.searchsorted(rows, firsts)
    return [
        _order(each, rows[begin:end] - first, _part(places, begin, end), exactly_of)
        for each, first, begin, end in zip(stack, firsts, found, found[1:], strict=False)
    ]


def _may_match(stack: Sequence[OfferedList], columns: Floats, clock: Floats, lists: Indices) -> Bools:
    """Whom nothing surely excludes that needs no laboratory value."""
    p, r, x = stack[0].p, stack[0].r, ColumnArithmetic()
    with exact_arithmetic(), np.errstate(all="ignore"):
        donor, limited = donors_in_columns([each.donor for each in stack], lists)
        table = Table(columns, clock, p, r, _ABO_AND_BODY)
        found = matching(x, table.recipient, donor, p, r)
        possible: Bools = limits_admit(table.limits, *limited).possibly
        for factor in (found.f1_age, found.f2_abo, found.f3_bsa):
            zero = x.same(factor, x.number(0))
            possible = possible & ~zero.surely
    return possible


def _placed(stack: Sequence[OfferedList], rows: Indices, columns: Floats, clock: Floats, lists: Indices) -> Places:
    p, r = stack[0].p, stack[0].r
    since = [each.icar_since for each in stack if each.icar_since is not None]
    with exact_arithmetic(), np.errstate(all="ignore"):
        donor, limited = donors_in_columns([each.donor for each in stack], lists)
        counter = counters_in_columns([each.counter for each in stack], lists)
        minutes = exactly(np.concatenate([each.minutes for each in stack])[rows])
        known_since = [exactly(np.concatenate(since)[rows])] if since else []
        laid = Laid(Table(columns, clock, p, r), [], counter, donor, limited, minutes, known_since)
        places = Block(lists.size, laid, p, r).columns
    return places if libm.trusted() else replace(places, sure=np.zeros(lists.size, dtype=np.bool_))


def _experts() -> list[int]:
    return [index_of(component) for component in EXPERT_COMPONENTS]


def _part(places: Places, begin: int, end: int) -> Places:
    return Places(*(getattr(places, name)[begin:end] for name in ("ranked", "points", "components", "sure")))


def _order(each: OfferedList, rows: Indices, places: Places, exactly_of: Exactly) -> Order:
    """One list put in order; whoever is unsure is asked of the exact arithmetic."""
    ids, points = each.present.ids, places.points
    ranked, expert = places.ranked.copy(), np.isin(places.components, _experts())
    if not places.sure.all():
        points = points.copy()
        for row in np.flatnonzero(~places.sure).tolist():
            score = exactly_of(each, ids[rows[row]])
            ranked[row] = score.ranked
            if score.ranked:
                points[row], expert[row] = score.points, score.component in EXPERT_COMPONENTS
    chosen = np.flatnonzero(ranked)
    order = np.argsort(-points[chosen], kind="stable")
    ordered = points[chosen][order]
    if (ordered[1:] == ordered[:-1]).any():
        clocks, lvad, registration = each.present.ties[:, rows[chosen]]
        keys = registration, lvad, np.where(expert[chosen], clocks, LATER), -points[chosen]
        order = np.lexsort(keys)
        ordered = points[chosen][order]
    places_of = rows[chosen][order].tolist()
    left = np.ones(len(ids), dtype=np.bool_)
    left[places_of] = False
    ranking = list(zip([ids[place] for place in places_of], ordered.tolist(), strict=True))
    return ranking, [ids[place] for place in np.flatnonzero(left).tolist()]
