"""What if this were entered: a result or a treatment that nobody sent, laid over what is known and scored as if sent.

It is checked as any event is, scored by the very rules that score the list, and stored nowhere.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.errors import RequestError, UnknownError
from engine.intake.check import check
from engine.intake.plausibility.registry import notices_of
from engine.intake.plausibility.rule import Known
from engine.log.history import Fact, History, SubjectHistory, fact_of
from engine.quantities import exact_arithmetic, paris_text
from engine.times import NoTimeError, parse_time
from projections.gather import Gathered, gather_one
from projections.panel import panel
from projections.score import ExactScores
from projections.standing import Standing, tie_break
from projections.waiting_list import Place
from replay.reports.course import course_of
from replay.reports.lists import DatedList, dated_list
from replay.run.asked import Asked

SOURCE = "urn:snagc:supposed"
UNFIT = "unfit"
"""The kind of error where what is supposed could not be sent: ``fields`` it names, by their paths."""


@dataclass(frozen=True, slots=True)
class Supposed:
    """One event as it would be sent: its name (``lab-result.recorded``), its data, and its time in words."""

    kind: str
    data: Mapping[str, Any]
    time: str


def supposed_document(asked: Asked, candidate: str, suppositions: Sequence[Supposed], until: int) -> dict[str, Any]:
    """A candidate's panel without and with what is supposed, and with it the course from the instant asked on.

    RequestError names every fault of what is supposed, as a verdict would; UnknownError where the candidate is unknown.
    """
    found, subject = dated_list(asked), f"candidate/{candidate}"
    known = found.history.of(subject)
    if not known.knows("candidate.registered"):
        message = f"candidate {candidate!r} is not registered as known at position {found.history.size}"
        raise UnknownError(message, "candidate_then", candidate=candidate, position=found.history.size)
    facts = [_fact(each, subject, found, n) for n, each in enumerate(suppositions, 1)]
    laid = laid_over(known, facts)
    now = next((place for place in found.places if place.standing.id == candidate), None)
    return {
        "candidate": candidate,
        **found.header(),
        "supposed": [{"type": fact.kind, "time": fact.time, "data": fact.data} for fact in facts],
        "notices": [notice.as_json() for fact in facts for notice in notices_of(fact, laid, Known(found.history.of))],
        "before": _told(now, found),
        "after": _told(_place_with(laid, candidate, found), found),
        "ahead": course_of(asked, candidate, laid, (found.at, until), found.history.size).as_json(),
    }


def laid_over(known: SubjectHistory, facts: Sequence[Fact]) -> SubjectHistory:
    """What would be known of a subject with some facts more; what is known stays as it is."""
    laid = replace(
        known, facts=dict(known.facts), positions=dict(known.positions), kinds=set(known.kinds), _course=None
    )
    for fact in facts:
        laid.learn(fact)
    return laid


def _fact(supposed: Supposed, subject: str, found: DatedList, number: int) -> Fact:
    """The fact that an event would be, at a position behind all that is known."""
    try:
        instant = parse_time(supposed.time, end_of_day=False)
    except NoTimeError as error:
        raise RequestError(f"time: {error}", error.kind, **error.about) from None
    if instant > found.at:
        at = paris_text(found.at)
        message = f"time: {supposed.time} lies after {at}, the instant looked at"
        raise RequestError(message, "supposed_later", text=supposed.time, at=at)
    event = {
        "specversion": "1.0", "source": SOURCE, "id": str(number), "type": f"snagc.{supposed.kind}.v1",
        "subject": subject, "time": paris_text(instant), "data": dict(supposed.data),
    }  # fmt: skip
    checked = check(json.dumps(event).encode(), imported=False)
    if checked.sound is None:
        message = "; ".join(f"{fault.path}: {fault.message}" for fault in checked.faults)
        raise RequestError(message, UNFIT, fields=" ".join(fault.path for fault in checked.faults))
    recorded = {"recordedtime": paris_text(found.at)}
    return fact_of(found.history.size + number, {**checked.sound.attributes, **recorded})


def _place_with(laid: SubjectHistory, candidate: str, found: DatedList) -> Place | None:
    """The place on the list of a candidate of whom that is known, all others being as they are; None off the list."""
    with exact_arithmetic():
        listed = gather_one(laid, found.at, found.rules, found.readings)
        if listed is None:
            return None
        standing = ExactScores(Gathered((listed,), None, found.counter, found.rules, found.readings))[0].standing
    ahead = list(_ahead_of(standing, found.places))
    in_team = sum(_team(place.standing) == _team(standing) for place in ahead)
    history = History(subjects={f"candidate/{candidate}": laid})
    return Place(len(ahead) + 1, in_team + 1, standing, found.rules, found.readings, history)


def _ahead_of(standing: Standing, places: Sequence[Place]) -> Iterator[Place]:
    own = _order(standing)
    return (place for place in places if place.standing.id != standing.id and _order(place.standing) < own)


def _order(standing: Standing) -> tuple[int, tuple[int, int, int, str]]:
    """What the list is ordered by: points, then what breaks ties."""
    return -standing.ccb, tie_break(standing.listed, standing.component)


def _team(standing: Standing) -> tuple[object, object]:
    candidate = standing.view.candidate
    return candidate.value("centre"), candidate.value("team")


def _told(place: Place | None, found: DatedList) -> dict[str, Any] | None:
    """The panel, with the index's two parts."""
    return None if place is None else {**place.standing.raw_fields(), **panel(place, found.at, found.rules)}
