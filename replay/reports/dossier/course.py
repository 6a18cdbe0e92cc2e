"""The course of a candidate's points before an offer: the raw score at sampled instants, and what moved it.

Each point is the standing the candidate would have had at that instant, by the rules and the counter of the
offer, from the facts known in a history. Instants are each day's and both sides of every instant at which
something may change: a fact, a result that grows too old, the ECMO taper, the ramp of an expert component.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Any

from engine.events.subjects import bare_id
from engine.log.history import Fact, History
from engine.quantities import MICROSECONDS_A_DAY, exact_arithmetic, paris_text
from engine.rules.annex_3_3_ccb import ADULT_STANDARD, XPCA
from projections.recipient import birth_date
from projections.standing import Standing
from replay.reports.points import Point, Sampler, grown_too_old
from replay.reports.turns import days_passed, days_reached, months_reached, passed, turns
from replay.run.matchrun import Moment

DAYS = 120
SHOWN = (
    "candidate.registered", "candidate.suspended", "candidate.reinstated", "candidate.delisted",
    "candidate.transplanted", "treatment.started", "treatment.stopped", "expert-priority.requested",
    "expert-priority.granted", "expert-priority.refused", "expert-priority.ended",
)  # fmt: skip
"""Kinds of facts that get a mark of their own; results are marked where they move ICAR."""


def course(moment: Moment, history: History, candidate: str) -> dict[str, Any]:
    """The points of the days before the offer as a history knows them, and the marks, by instant."""
    end, known = moment.offer.instant, history.of(f"candidate/{candidate}")
    begin = end - DAYS * MICROSECONDS_A_DAY
    with exact_arithmetic():
        facts = known.in_effective_order()
        turning = set(turns(facts, moment.rules, moment.readings))
        special = {side for at in turning for side in (at - 1, at, at + 1) if begin <= side <= end}
        sampler = Sampler(known, moment.counter, moment.readings, lambda _: moment.rules, bare_id(moment.offer.subject))
        points = [sampler.point(at) for at in sorted(special | set(_days(begin, end)))]
        marks = _marks(facts, points, moment, turning)
    return {
        "from": paris_text(begin),
        "to": paris_text(end),
        "days": DAYS,
        "points": [_point_json(point) for point in points],
        "marks": marks,
    }


def _point_json(point: Point) -> dict[str, Any]:
    """Instant, points, index of cardiac risk and component."""
    raw = point.standing.raw_fields() if point.standing else {"ccb": None, "icar": None, "component": None}
    return {"at": paris_text(point.instant), **{name: raw[name] for name in ("ccb", "icar", "component")}}


def _days(begin: int, end: int) -> range:
    return range(begin, end + 1, MICROSECONDS_A_DAY)


# ------------------------------------------------------------------------------------------------- marks


def _marks(
    facts: Sequence[Fact], points: Sequence[Point], moment: Moment, turning: Collection[int]
) -> list[dict[str, Any]]:
    """What a reader should see on the chart, by instant: facts, results too old, ICAR steps, taper and ramp."""
    begin, end = points[0].instant, moment.offer.instant
    found = [
        _mark(fact.instant, fact.kind, position=fact.position, **_about(fact))
        for fact in facts
        if fact.kind in SHOWN and begin <= fact.instant <= end
    ]
    by_instant: dict[int, list[int]] = {}
    for fact in facts:
        by_instant.setdefault(fact.instant, []).append(fact.position)
    for before, after in pairwise(points):
        found += _between(before, after, by_instant, turning)
    found += _turning_points(points, moment)
    return sorted(found, key=lambda mark: (mark["instant"], mark["what"], mark.get("position", 0)))


def _mark(instant: int, what: str, **more: Any) -> dict[str, Any]:
    return {"instant": instant, "at": paris_text(instant), "what": what, **more}


def _about(fact: Fact) -> dict[str, Any]:
    names = ("treatment", "component", "points", "delay_months", "reason_code")
    return {name: fact.data[name] for name in names if name in fact.data}


def _between(
    before: Point, after: Point, by_instant: dict[int, list[int]], turning: Collection[int]
) -> Iterator[dict[str, Any]]:
    """Steps of ICAR, and results grown too old where they cease to count, from one point to the next."""
    a, b = before.standing, after.standing
    if a is None or b is None:
        return
    for name in grown_too_old(before, after):
        ceased = before.instant if before.instant in turning else after.instant
        yield _mark(ceased, "expired", variable=name)
    if a.icar is not None and b.icar is not None and a.icar != b.icar:
        positions = by_instant.get(after.instant, [])
        yield _mark(after.instant, "icar", **{"from": a.icar, "to": b.icar}, positions=positions)
    if b.icar is not None and a.icar is None:
        yield _mark(after.instant, "adult")


def _turning_points(points: Sequence[Point], moment: Moment) -> Iterator[dict[str, Any]]:
    """Where the ECMO taper begins and ends and the ramp of an XPCA is complete, if they bore on the points then."""
    found = {
        (point.instant, what)
        for point in points
        if point.standing
        for clock, what in _clocks(point.standing, moment)
        if passed(clock)[-1] == point.instant
    }
    yield from (_mark(at, what) for at, what in sorted(found))


def _clocks(standing: Standing, moment: Moment) -> Iterator[tuple[int, str]]:
    """What the clock shows where that which a standing counts by turns."""
    p, r, view = moment.rules, moment.readings, standing.view
    if standing.component == ADULT_STANDARD and view.variables.ecmo and "ecmo_zero_days" in p.figures:
        start = view.candidate.running["ecmo"].start.instant
        yield days_passed(start, p.ecmo_full_days, r.elapsed_days), "taper_begins"
        yield days_reached(start, p.ecmo_zero_days, r.elapsed_days), "taper_ends"
    if standing.component == XPCA and view.priority and view.priority.grant.data.get("delay_months"):
        months = view.variables.expert_delay_months
        yield months_reached(view.priority.clock.instant, months, p, r), "ramp_ends"


def birth_year(standing: Standing) -> int:
    """Year of birth: all that the dossier says of a birth date."""
    return birth_date(standing.view.candidate).year
