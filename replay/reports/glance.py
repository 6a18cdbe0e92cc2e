"""What the page of the list shows beside the document of ``list``: blood groups, thresholds, the last weeks, ties."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from typing import Any

from engine.errors import NoRulesError
from engine.quantities import exact_arithmetic, paris_text, published_text
from engine.rules.annex_3_3_ccb import ADULT_STANDARD, XPCA, standard_points
from engine.rules.arithmetic import EXACT_ARITHMETIC
from engine.rules.ruleset import RuleSet
from projections.column_scores import score_stacked
from projections.gather import Gathered, Listed, gather_one
from projections.standing import Standing
from projections.ties import ties
from projections.waiting_list import Place
from replay.reports.lists import DatedList
from replay.reports.turns import days_later
from replay.run.moments import rules_for

WEEKS = 8
"""How far back the small course goes, a point a week."""
_MILLION = 1_000_000


def next_threshold(standing: Standing, p: RuleSet) -> dict[str, Any] | None:
    """The class of the guide's table 1.2.2 ahead within the candidate's own component, and how many points away.

    A standard adult's begins at the ICAR where severity counts, an expert adult's at the full points of the grant. None
    where none is ahead: another component is granted by an expert, never reached by points.
    """
    if standing.component == ADULT_STANDARD and standing.icar is not None and standing.icar < p.severe_icar:
        with exact_arithmetic():
            name, points = "severe_icar", Decimal(str(standard_points(EXACT_ARITHMETIC, p.severe_icar, p)))
    elif standing.component == XPCA:
        name, points = XPCA, standing.view.variables.expert_points
    else:
        return None
    start = int(points * _MILLION)
    if start <= standing.ccb:
        return None
    return {"name": name, "points": published_text(start), "missing": published_text(start - standing.ccb)}


def blood_groups(found: DatedList) -> dict[str, str]:
    """The blood group of everybody on the list."""
    return {place.standing.id: str(place.standing.view.candidate.value("blood_group")) for place in found.places}


def glance_document(found: DatedList, shown: Collection[str], asked_ruleset: str | None = None) -> dict[str, Any]:
    """Of the candidates shown: blood group, next threshold, ICAR by weeks; and the ties between them."""
    places = [place for place in found.places if place.standing.id in shown]
    weeks = _weeks(found, places, asked_ruleset)
    return {
        "candidates": [
            {
                "candidate": place.standing.id,
                "blood_group": place.standing.view.candidate.value("blood_group"),
                "next_threshold": next_threshold(place.standing, found.rules),
                "weeks": weeks[place.standing.id],
            }
            for place in places
        ],
        "ties": [
            each.as_json() for each in ties(found.scored()) if each.first in shown and each.second in shown
        ],
    }  # fmt: skip


def _weeks(found: DatedList, places: Sequence[Place], ruleset: str | None) -> dict[str, list[dict[str, Any]]]:
    """The ICAR of each at the end of each of the last weeks, the instant of the list the last, as known there."""
    stacks: defaultdict[str, list[Gathered]] = defaultdict(list)
    for at, p in _instants(found.at, ruleset):
        people = tuple(_active(found, places, at, p))
        stacks[p.id].append(Gathered(people, None, found.counter, p, found.readings))
    told: dict[str, dict[int, int | None]] = {place.standing.id: {} for place in places}
    for stack in stacks.values():
        for gathered, scores in zip(stack, score_stacked(stack), strict=True):
            for listed, score in zip(gathered.people, (scores[row] for row in range(len(scores))), strict=True):
                told[listed.id][listed.at] = score.standing.icar
    now = {place.standing.id: place.standing.icar for place in places}
    return {
        name: [
            *({"at": paris_text(at), "icar": weeks.get(at)} for at, _ in _instants(found.at, ruleset)),
            {"at": paris_text(found.at), "icar": now[name]},
        ]
        for name, weeks in told.items()
    }  # fmt: skip


def _active(found: DatedList, places: Sequence[Place], at: int, p: RuleSet) -> Iterator[Listed]:
    for place in places:
        known = found.history.of(f"candidate/{place.standing.id}")
        listed = gather_one(known, at, p, found.readings)
        if listed is not None:
            yield listed


def _instants(at: int, ruleset: str | None) -> list[tuple[int, RuleSet]]:
    """The ends of the weeks before the last, and the rules in force then; none from before the score."""
    found = []
    for week in range(WEEKS, 0, -1):
        then = days_later(at, Decimal(-7 * week))
        try:
            found.append((then, rules_for(then, ruleset)))
        except NoRulesError:
            continue
    return found
