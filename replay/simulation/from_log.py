"""Arrivals of a real log: its candidates, donors and courses up to their transplantation or end, the rest drawn.

What is known at the end is told again, each fact when the log learnt it. A course that in truth ended with a graft goes
on from that instant as the generator would have it go on, from the treatments, results and priority of then: here the
graft may go to somebody else. So do the courses of those who are on the list where the log ends; newcomers and donors
after that are drawn. Whoever came back after a graft does so in no replicate, since the return hangs on the graft.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from engine.errors import RequestError
from engine.events.subjects import bare_id
from engine.log.eventlog import EventLog
from engine.log.history import Fact, History, SubjectHistory
from engine.log.store import shown
from engine.quantities import sound_instant
from fixtures.national import courses
from fixtures.national.dice import Dice
from fixtures.national.geography import load
from fixtures.national.history import ONE_DAY
from fixtures.national.paris import day_of
from projections.candidate import DELISTED, REGISTERED, TRANSPLANTED
from projections.donor import donor_at
from projections.offer import offer_state
from replay.simulation.arrivals import Arrivals, Drawing, Newcomer, counter_of
from replay.simulation.donations import Donation, donation_of
from replay.simulation.lives import MICROSECONDS, READINGS, Life, Told
from replay.simulation.persons import person_of
from replay.simulation.request import Request

DRAWN = "drawn-"
_OF_A_LISTING = (
    REGISTERED, DELISTED, TRANSPLANTED, "candidate.suspended", "candidate.reinstated", "expert-priority.requested",
    "expert-priority.granted", "expert-priority.refused", "expert-priority.ended",
)  # fmt: skip
"""What a new listing begins without."""


class Course(NamedTuple):
    """One listing of a candidate as a log has it."""

    name: str
    told: tuple[Told, ...]
    leaves: int | None
    """When its candidate left the list; None where the log has no end of it."""
    drawn_from: int | None
    """From when on the rest is to be drawn; None where the list was left without a graft."""


@dataclass(frozen=True)
class Known:
    """What a log tells, and from when on until when it was told."""

    history: History
    courses: tuple[Course, ...]
    begin: int
    end: int
    root: str
    """Of the log's tree as far as it was read: who finds another one has another log."""


def check_log(request: Request) -> None:
    """RequestError where the log is another than was asked for, or tells nothing of the first day."""
    assert request.arrivals is not None, "asked of a request with a log"
    known, named = known_of(request.arrivals, request.arrivals_size), shown(request.arrivals)
    begins, ends = day_of(known.begin), day_of(known.end)
    if request.arrivals_root not in (None, known.root):
        raise RequestError(f"a worker finds another log at {named}: give a path that all workers read, or PostgreSQL")
    if request.first < begins:
        raise RequestError(f"from {request.first}: {named} knows nothing before {begins}, so begin then or later")
    if known.end <= request.begin:
        raise RequestError(f"from {request.first}: {named} ends on {ends}, so begin earlier")


def log_arrivals(request: Request, replicate: int) -> Arrivals:
    """The arrivals of a replicate: those of the log, and what is drawn where it says no more."""
    assert request.arrivals is not None, "asked of a request with a log"
    check_log(request)
    known = known_of(request.arrivals, request.arrivals_size)
    drawing = Drawing(request, replicate, load(), DRAWN)
    alive = [each for each in known.courses if each.leaves is None or each.leaves >= request.begin]
    standing = [each for each in alive if each.told[0].at < request.begin]
    coming = [each for each in alive if request.begin <= each.told[0].at < request.end]
    before = sum(offer.instant < request.begin * MICROSECONDS for offer in known.history.offers)
    counter = known.history.counter_start + before
    later, last = day_of(known.end) + ONE_DAY, day_of(request.end) - ONE_DAY
    return Arrivals(
        replicate,
        request.begin,
        (*_travel(known.history), counter_of(request.begin, counter)),
        counter,
        tuple(_life(each, drawing) for each in standing),
        tuple(_in_order([(each.told[0].at, _life(each, drawing)) for each in coming], drawing, later, last)),
        (*_donations(known.history, drawing), *drawing.donations(later, last)),
    )


@lru_cache(maxsize=1)
def known_of(location: str, size: int | None) -> Known:
    """What a log tells at a position, read once for all replicates."""
    log = EventLog.open(location)
    try:
        history, tree = log.history_and_tree(log.head() if size is None else size)
        root = tree.root().hex()
    finally:
        log.close()
    facts = [fact for known in history.subjects.values() for fact in known.facts.values()]
    if not facts:
        raise RequestError(
            f"arrivals {shown(location)}: the log is empty: name one that tells of candidates and donors"
        )
    instants = [_told_at(fact) for fact in facts]
    end = max(instants)
    found = [each for subject, known in history.of_kind("candidate") for each in _courses(bare_id(subject), known, end)]
    return Known(history, tuple(found), min(instants), end, root)


def _in_order(coming: list[Newcomer], drawing: Drawing, later: date, last: date) -> list[Newcomer]:
    """Those of the log, then those who are drawn."""
    return [*sorted(coming, key=lambda each: (each[0], each[1].name)), *drawing.newcomers(later, last)]


# --------------------------------------------------------------------------------------------------- candidates


def _courses(name: str, known: SubjectHistory, end: int) -> Iterator[Course]:
    """The listings of a candidate, as long as each was left without a graft."""
    facts = sorted(known.facts.values(), key=lambda fact: (_told_at(fact), fact.position))
    ends = known.of_kind(DELISTED, TRANSPLANTED)
    number, since = 0, 0
    for registration in known.of_kind(REGISTERED):
        if number and registration.instant < since:
            continue  # while listed it changes nothing
        left = next((fact for fact in ends if fact.instant >= registration.instant), None)
        number += 1
        told = _told_of(facts, registration, left, since)
        if told:
            grafted = left is not None and left.kind == TRANSPLANTED
            leaves = None if left is None else _ceiling(left.instant)
            drawn_from = end if left is None else leaves if grafted else None
            label = name if number == 1 else f"{name}.{number}"
            subject = f"candidate/{label}"
            yield Course(label, tuple(each._replace(subject=subject) for each in told), leaves, drawn_from)
        if left is None or left.kind == TRANSPLANTED:
            return
        since = left.instant


def _told_of(facts: list[Fact], registration: Fact, left: Fact | None, since: int) -> list[Told]:
    """What was told of a listing until it was left; of those before it, all that a new one does not begin without."""
    own = [fact for fact in facts if fact.kind not in _OF_A_LISTING or fact.instant >= since]
    own = [fact for fact in own if fact.kind not in (DELISTED, TRANSPLANTED)]
    if left is not None:
        own = [fact for fact in own if _told_at(fact) <= _ceiling(left.instant) and fact.instant <= left.instant]
    if since:  # all of before is known when the new listing begins
        begins = _told_at(registration)
        told = [_told(fact, max(_told_at(fact), begins)) for fact in own]
    else:
        told = [_told(fact, _told_at(fact)) for fact in own]
    if all(each.kind != REGISTERED for each in told):
        return []
    if left is not None and left.kind == DELISTED:
        told.append(_told(left, max(_ceiling(left.instant), told[-1].at)))
    return told


def _life(course: Course, drawing: Drawing) -> Life:
    """The course in a replicate: what was told, then what is drawn."""
    life = drawing.life(course.name, course.told[-1].at if course.drawn_from is None else course.drawn_from)
    life.tell_before(list(course.told))
    if course.drawn_from is not None:
        who = person_of(life.known(life.now), life)
        if who is not None:
            life.candidates[who.identity] = who
            courses.follow(life, who)
    return life


def _told(fact: Fact, at: int) -> Told:
    return Told(at, fact.kind, fact.subject, fact.source, fact.instant, fact.data, fact.actor)


def _told_at(fact: Fact) -> int:
    """When a fact was known: not before it was recorded, and not before it was so."""
    return _ceiling(max(fact.instant, sound_instant(fact.recorded)))


def _ceiling(instant: int) -> int:
    """The first full second from an instant on."""
    return -(-instant // MICROSECONDS)


# ------------------------------------------------------------------------------------------ donors and the rest


def _travel(history: History) -> Iterator[Told]:
    for _, known in history.of_kind("travel-times"):
        for fact in known.of_kind("travel-times.published"):
            yield _told(fact, _told_at(fact))


def _donations(history: History, drawing: Drawing) -> Iterator[Donation]:
    """The offers of the years asked for, in order of time; their withdrawal is the log's, the graft's fate drawn."""
    request, told = drawing.request, set[str]()
    for offer in sorted(history.offers, key=lambda fact: fact.effective):
        if not request.begin <= _ceiling(offer.instant) < request.end:
            continue
        subject = f"donor/{offer.data['donor']}"
        known = history.of(subject)
        facts = () if subject in told else tuple(_told(fact, _told_at(fact)) for fact in known.in_effective_order())
        told.add(subject)
        offered = max([_ceiling(offer.instant), *(each.at for each in facts if each.kind == "donor.registered")])
        years = donor_at(known, subject, offered * MICROSECONDS, READINGS).completed_age
        dice = Dice(drawing.stream("donor", offer.subject))
        drawn = donation_of(bare_id(subject), bare_id(offer.subject), facts, offered, years, dice, request.rates)
        withdrawn = offer_state(history.of(offer.subject)).outcome == "withdrawn"
        yield Donation(drawn.donor, drawn.offer, facts, offered, drawn.good, withdrawn, drawn.lost)
