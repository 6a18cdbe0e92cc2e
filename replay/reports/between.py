"""What happened to some subjects between two moments: the events that one moment counts and the other does not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from engine.log.eventlog import EventLog
from engine.log.history import CORRECTED, RETRACTED, Fact, SubjectHistory, stored_instant

LEARNT, EFFECT = "learnt", "effect"
"""Why an event counts at one moment alone: the log learnt it in between, or it took effect in between."""
MOST = 300
"""Events that are told; of more, their number."""


@dataclass(frozen=True, slots=True)
class Moment:
    """As of an instant (microseconds since the epoch), as known at a position."""

    at: int
    known_at: int


def between_document(log: EventLog, first: Moment, second: Moment, subjects: Iterable[str]) -> dict[str, Any]:
    """The events of some subjects that make the difference, by position; ``more``: how many are not told."""
    asked = sorted(set(subjects))
    history, _ = log.recalled(max(first.known_at, second.known_at), lambda _: asked)
    found = sorted(
        (fact.position, why, fact)
        for subject in asked
        for fact, why in _between(log, history.of(subject), first, second)
    )
    told = [{**_event(fact), "why": why} for _, why, fact in found[:MOST]]
    return {"events": told, "more": len(found) - len(told)}


def amended_document(log: EventLog, position: int, known_at: int) -> dict[str, Any]:
    """What became of the event at a position as known at another: corrected where, retracted where, about which."""
    fact = log.fact(position)
    known = log.subject_at(fact.subject, max(known_at, position))
    reference = fact.data["event"] if fact.kind in (CORRECTED, RETRACTED) else None
    about = known.positions.get((reference["source"], reference["id"])) if reference else None
    now = known.facts.get(position) or known.gone.get(position)
    return {
        "position": position,
        "subject": fact.subject,
        "about": about,
        "corrected_at": list(now.corrected_at) if now else [],
        "retracted_at": known.retracted.get(position),
    }


def _between(log: EventLog, known: SubjectHistory, first: Moment, second: Moment) -> Iterator[tuple[Fact, str]]:
    """Facts, corrections and retractions that were learnt, or facts that took effect, between the two moments.

    What was learnt and takes effect after both moments is no event between them: it counts at neither.
    """
    learnt = sorted((first.known_at, second.known_at))
    effect = sorted((first.at, second.at))
    for fact in (*known.facts.values(), *known.gone.values(), *known.amendments.values()):
        if learnt[0] < fact.position <= learnt[1]:
            if _takes_effect(log, known, fact) <= effect[1]:
                yield fact, LEARNT
        elif fact.position <= learnt[0] and fact.position in known.facts and effect[0] < fact.instant <= effect[1]:
            yield fact, EFFECT


def _takes_effect(log: EventLog, known: SubjectHistory, fact: Fact) -> int:
    """From when on a fact counts; of a correction or retraction, the event it is about, before it or since."""
    if fact.kind not in (CORRECTED, RETRACTED):
        return fact.instant
    reference = fact.data["event"]
    position = known.positions[reference["source"], reference["id"]]
    target = known.facts.get(position) or known.gone[position]
    moved = [stored_instant(each) for each in _times_said(known, reference)]
    return min(log.fact(position).instant, *moved) if moved else target.instant


def _times_said(known: SubjectHistory, reference: object) -> Iterator[str]:
    """The times that corrections gave an event."""
    for each in known.amendments.values():
        if each.data["event"] == reference and each.kind == CORRECTED and "time" in each.data:
            yield each.data["time"]


def _event(fact: Fact) -> dict[str, Any]:
    return {
        "position": fact.position,
        "type": fact.kind,
        "subject": fact.subject,
        "time": fact.time,
        "recorded": fact.recorded,
    }
