"""The course of a candidate's points: each step with the event that made it, or why the points moved by themselves.

Every step is what ``list`` would say of the candidate at that instant, from the facts known at one position, under
the rules then in force, for the next offer's number. Sudden changes stand at their very instant, gradual ones (a
ramp, a taper, waiting) at each midnight in Paris and where its clock goes back.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

from engine.errors import NoRulesError, RequestError, UnknownError
from engine.log.history import Fact, History, SubjectHistory
from engine.quantities import exact_arithmetic, paris_clock, paris_text
from engine.rules.ruleset import RuleSet
from engine.times import day_bounds
from projections.panel import event_of
from replay.reports.points import Point, Sampler, grown_too_old
from replay.reports.reasons import why
from replay.reports.turns import clock_changed, goes_back, turns
from replay.run.asked import Asked
from replay.run.moments import counter_at, rules_for


@dataclass(frozen=True, slots=True)
class Step:
    """A point that differs from the one before, why, and the facts that made it so."""

    point: Point
    why: str
    facts: tuple[Fact, ...]
    """The last one made it, the others came with it."""
    expired: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The points, the reason, the event (of several at once the last that moves them) and those with it."""
        names = ("component", "icar", "icar_j", "icar_i", "ccb")
        raw = self.point.standing.raw_fields() if self.point.standing else dict.fromkeys(names)
        return {
            "at": paris_text(self.point.instant),
            "status": self.point.status,
            **{name: raw[name] for name in names},
            "ruleset": self.point.rules.id if self.point.rules else None,
            "why": self.why,
            "expired": list(self.expired),
            "event": _event(self.facts[-1]) if self.facts else None,
            "with": [_event(fact) for fact in self.facts[:-1]],
        }


def _event(fact: Fact) -> dict[str, Any]:
    return {**event_of(fact)["event"], "type": fact.kind, "time": fact.time, "corrected_at": list(fact.corrected_at)}


@dataclass(frozen=True, slots=True)
class Course:
    """The steps of a candidate between two instants."""

    candidate: str
    begin: int
    end: int
    known_at: int
    counter: int
    readings: dict[str, str]
    steps: tuple[Step, ...]

    def as_json(self) -> dict[str, Any]:
        """The document of ``course``."""
        return {
            "candidate": self.candidate,
            "from": paris_text(self.begin),
            "to": paris_text(self.end),
            "known_at": self.known_at,
            "counter": self.counter,
            "readings": self.readings,
            "steps": [step.as_json() for step in self.steps],
        }


def course(asked: Asked, candidate: str) -> Course:
    """The course from the registration, or from where it was asked, to the present; as known now unless asked."""
    log = asked.log
    known_at = replace(asked, known_at=asked.known_at or "now").position() or 0
    history, _ = log.recalled(known_at, lambda _: [f"candidate/{candidate}"])
    ends = _bounds(asked, history, candidate)
    return course_of(asked, candidate, history.of(f"candidate/{candidate}"), ends, known_at)


def course_of(asked: Asked, candidate: str, known: SubjectHistory, ends: tuple[int, int], known_at: int) -> Course:
    """The course between two instants of a candidate of whom ``known`` is known, for the offer after ``known_at``."""
    (begin, end), readings = ends, asked.chosen_readings()
    counter = counter_at(asked.log, known_at) + 1
    sampler = Sampler(known, counter, readings, lambda at: _rules(at, asked.ruleset))
    with exact_arithmetic():
        steps = tuple(_steps(sampler, begin, end, asked))
    return Course(candidate, begin, end, known_at, counter, readings.as_json(), steps)


def _bounds(asked: Asked, history: History, candidate: str) -> tuple[int, int]:
    registered = history.of(f"candidate/{candidate}").of_kind("candidate.registered")
    if not registered:
        message = f"candidate {candidate!r} is not registered as known at position {history.size}"
        raise UnknownError(message, "candidate_then", candidate=candidate, position=history.size)
    span = asked.span()
    begin = registered[0].instant if span.first is None else span.first
    end = max(asked.clock, begin) if span.last is None else span.last
    if begin > end:
        raise RequestError(f"candidate {candidate!r} is registered at {paris_text(begin)}, after --to {asked.end}")
    return begin, end


def _rules(at: int, ruleset: str | None) -> RuleSet | None:
    try:
        return rules_for(at, ruleset)
    except NoRulesError:
        if ruleset is not None:
            raise
        return None


def _steps(sampler: Sampler, begin: int, end: int, asked: Asked) -> Iterator[Step]:
    """The first point, then each that differs from the one before."""
    facts = sampler.known.in_effective_order()
    by_instant: dict[int, list[Fact]] = {}
    for fact in facts:
        by_instant.setdefault(fact.instant, []).append(fact)
    last = sampler.point(begin)
    here = tuple(by_instant.get(begin, ()))
    yield Step(last, "event" if here else "begin", here)
    for before, at in pairwise(_instants(sampler, facts, begin, end)):
        asked.tick()
        for point in _points_to(sampler, last, before, at):
            expired = tuple(grown_too_old(last, point))
            if expired or point.shown != last.shown:
                here = tuple(by_instant.get(point.instant, ()))
                reason = why(sampler, last, point, event=bool(here))
                yield Step(point, reason, _deciding_last(sampler, point, here) if reason == "event" else (), expired)
            last = point


def _deciding_last(sampler: Sampler, point: Point, here: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """Facts that took effect at one instant, the last one that makes the point what it is behind the others."""
    facts = dict(sampler.known.facts)
    for fact in reversed(here if len(here) > 1 else ()):
        del facts[fact.position]
        known = replace(sampler.known, facts=dict(facts), _course=None)
        if replace(sampler, known=known).point(point.instant).shown != point.shown:
            return (*(each for each in here if each is not fact), fact)
    return here


def _instants(sampler: Sampler, facts: Sequence[Fact], begin: int, end: int) -> list[int]:
    """Where a point is looked at: each midnight, where the clock goes back, each turn with the instant after it."""
    found = {begin, end}
    day, last = paris_clock(begin).date() + timedelta(days=1), paris_clock(end).date()
    while day <= last:
        found.add(day_bounds(day)[0])
        day += timedelta(days=1)
    found |= {clock_changed(*ends) for ends in pairwise(sorted(found)) if goes_back(*ends)}
    for p in {rules.id: rules for at in sorted(found) if (rules := sampler.rules_at(at))}.values():
        found |= {side for at in turns(facts, p, sampler.readings) for side in (at, at + 1)}
    return sorted(at for at in found if begin <= at <= end)


def _points_to(sampler: Sampler, last: Point, before: int, at: int) -> Iterator[Point]:
    """The point at an instant, after those at which sudden changes came on the way to it.

    Where the clock goes back just then, what turned in the hour that it takes back is looked for right before.
    """
    if before < at - 1 and goes_back(at - 1, at):
        yield from _sudden(sampler, last, before, sampler.point(at - 1))
        before = at - 1
    point = sampler.point(at)
    if before < at - 1:
        yield from _sudden(sampler, last, before, point)
    yield point


def _sudden(sampler: Sampler, last: Point, before: int, end: Point) -> Iterator[Point]:
    """The points at which sudden changes came after one instant and up to another."""
    while last.turns_on != end.turns_on:
        low, high = before, end.instant
        while high - low > 1:
            middle = (low + high) // 2
            if sampler.point(middle).turns_on == last.turns_on:
                low = middle
            else:
                high = middle
        last, before = sampler.point(high), high
        yield last
