"""Why a candidate's points moved from one instant to another: an event, or which of the clocks that run.

It is asked of the text that scores: the variables are put where they would be without the event, or one clock alone is
let run on, and what then moves the figures is the reason.
"""

from dataclasses import replace
from decimal import Decimal

from engine.quantities import paris_microseconds, paris_text
from engine.rules.arithmetic import EXACT_ARITHMETIC
from engine.rules.score import RawScore, raw_score
from engine.rules.variables import Recipient
from projections.standing import Standing
from replay.reports.points import Point, Sampler, grown_too_old

REASONS = {
    "event": "an event",
    "expiry": "a result grew too old",
    "ramp": "the points of the expert component grow",
    "taper": "the points on ECMO fade",
    "lvad": "the years with the LVAD count",
    "waiting": "waiting time counts",
    "birthday": "18 years old",
    "rules": "another rule set came into force",
    "age": "age changes the index of cardiac risk",
    "clock": "the clock in Paris went back an hour",
    "begin": "the course begins here",
}
"""Why the points moved."""
CLOCKS = {
    "age": "age_years",
    "ramp": "expert_months",
    "waiting": "waiting_months",
    "taper": "ecmo_days",
    "lvad": "lvad_days",
}
"""The variable that runs with the clock behind each of these."""
GRADUAL = ("ramp", "taper", "lvad", "waiting")
"""Reasons for which points move from day to day, and not at once."""


def why(sampler: Sampler, before: Point, after: Point, *, event: bool) -> str:
    """Why points differ; ``event``: whether a fact took effect just then. Inside exact arithmetic."""
    gone_on = _without_event(sampler, before, after) if event else after
    if gone_on.shown != after.shown:
        return "event"
    a, b = before.standing, gone_on.standing
    if a is None or b is None or before.rules is not after.rules:
        return "rules"
    if paris_microseconds(after.instant) < paris_microseconds(before.instant):  # elapsed time goes by that clock
        return "clock"
    if (a.icar is None) != (b.icar is None):  # under 18 there is none
        return "birthday"
    return "expiry" if grown_too_old(before, gone_on) else _clock(sampler, before, a, b)


def _without_event(sampler: Sampler, before: Point, after: Point) -> Point:
    """The point had no fact taken effect in between."""
    listed = replace(before.standing.listed, at=after.instant) if before.standing else None
    return sampler.point_of(listed, after.instant, before.status, after.rules)


def _clock(sampler: Sampler, before: Point, a: Standing, b: Standing) -> str:
    """The clock that moves a figure where it alone runs on."""
    start, now, later = _figures(sampler, before, a), a.view.variables, b.view.variables
    for reason, name in CLOCKS.items():
        moved = replace(now, **{name: getattr(later, name)})
        if moved != now and _figures(sampler, before, a, moved) != start:
            return reason
    raise AssertionError("points moved and no clock moved them: please report this log")


def _figures(sampler: Sampler, point: Point, standing: Standing, variables: Recipient | None = None) -> RawScore:
    """The exact figures of a point, or what they would be with other variables."""
    assert point.rules is not None, "scored without rules"
    earlier = [(paris_text(past.at), past.view.variables) for past in standing.listed.earlier]
    given, counter = variables or standing.view.variables, Decimal(sampler.counter)
    return raw_score(EXACT_ARITHMETIC, given, earlier, counter, point.rules, sampler.readings)
