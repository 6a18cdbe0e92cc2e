"""What is known at a position: facts by subject, corrections and retractions applied.

A correction replaces fields (or the time) of its target from its own position on; the target keeps its
position. A history only ever learns the next row; to know less, read a shorter prefix.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from engine.errors import BrokenLogError
from engine.events.upcasts import read_stored
from engine.log.course import EFFECTIVE, Course
from engine.quantities import InstantText, sound_instant

CORRECTED, RETRACTED = "event.corrected", "event.retracted"
OFFERED, COUNTER_INITIALISED = "graft.offered", "offer-counter.initialised"


class Fact(NamedTuple):
    """One event as known: ``data`` and ``instant`` with corrections applied, identity and position its own."""

    position: int
    kind: str
    subject: str
    source: str
    id: str
    instant: int
    data: dict[str, Any]
    time: str
    recorded: str
    actor: str | None = None
    corrected_at: tuple[int, ...] = ()

    def __eq__(self, other: object) -> bool:
        """A fact is itself; two readings of one event differ once a correction lies between them."""
        return self is other

    def __hash__(self) -> int:
        return self.position

    @property
    def effective(self) -> tuple[int, int]:
        """The order in which facts take effect: instant, then position."""
        return self.instant, self.position


@lru_cache(maxsize=256)
def kind_of(event_type: str) -> str:
    """``lab-result.recorded`` of ``snagc.lab-result.recorded.v1``."""
    return event_type[6:].rpartition(".")[0]


def stored_instant(text: str) -> int:
    """The instant of a time already checked at intake."""
    return text.instant if type(text) is InstantText else _read_instant(text)


@lru_cache(maxsize=64)
def _read_instant(text: str) -> int:
    return sound_instant(text)


def fact_of(position: int, attributes: dict[str, Any]) -> Fact:
    """The fact a stored event states."""
    time = attributes["time"]
    return Fact(
        position,
        kind_of(attributes["type"]),
        attributes["subject"],
        attributes["source"],
        attributes["id"],
        stored_instant(time),
        attributes["data"],
        time,
        attributes["recordedtime"],
        attributes.get("actor"),
    )


def stored_fact(position: int, state: bytes) -> Fact:
    """The fact that stored bytes state; BrokenLogError where they are no event."""
    try:
        if not isinstance(state, bytes):
            raise TypeError(f"{type(state).__name__} instead of bytes")
        return fact_of(position, read_stored(state))
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenLogError(
            f"position {position}: the stored bytes are no event ({error}): run snagc verify"
        ) from None


_SUBJECT = re.compile(rb'"subject":"([^"\\]+)","time":"[^"]+","type":"[^"]+"}$')


def subject_of(state: bytes) -> str | None:
    """The subject of an event, off the end of its canonical bytes; None where they do not end as such do."""
    found = _SUBJECT.search(state, max(0, len(state) - 300))
    return found[1].decode() if found else None


def endings_of(types: Iterable[str]) -> tuple[bytes, ...]:
    """How the stored bytes of events of some types end: ``type`` is the last of the keys, and a quote within a text is
    never bare, so that no other event ends so.
    """
    return tuple(f'"type":"{each}"}}'.encode() for each in types)


def corrected(target: Fact, correction: Fact) -> Fact:
    """The target with the correction's fields (null removes one) and time put in."""
    data = dict(target.data)
    for name, value in correction.data.get("data", {}).items():
        if value is None:
            data.pop(name, None)
        else:
            data[name] = value
    time = correction.data.get("time")
    return target._replace(
        data=data,
        time=time or target.time,
        instant=stored_instant(time) if time else target.instant,
        corrected_at=(*target.corrected_at, correction.position),
    )


@dataclass(slots=True)
class SubjectHistory:
    """What is known of one candidate, donor, offer, matrix or the counter."""

    facts: dict[int, Fact] = field(default_factory=dict)
    positions: dict[tuple[str, str], int] = field(default_factory=dict)
    length: int = 0
    retracted: dict[int, int] = field(default_factory=dict)
    """Position of each retracted event, to the position that retracted it."""
    gone: dict[int, Fact] = field(default_factory=dict)
    """Each retracted event as it was known last, by its position."""
    amendments: dict[int, Fact] = field(default_factory=dict)
    """The corrections and retractions themselves, by their position."""
    kinds: set[str] = field(default_factory=set)
    """Every kind of event the subject ever had, retracted ones included."""
    _course: Course | None = None

    def learn(self, fact: Fact) -> None:
        """Take in the next event of the subject."""
        self.length += 1
        self.kinds.add(fact.kind)
        self.positions[fact.source, fact.id] = fact.position
        if fact.kind in (CORRECTED, RETRACTED):
            self.amendments[fact.position] = fact
            self._course = None
            target = self.target_of(fact)
            if target is None:
                raise BrokenLogError(f"position {fact.position} corrects or retracts an event that is not known there")
            if fact.kind == CORRECTED:
                self.facts[target.position] = corrected(target, fact)
            else:
                self.gone[target.position] = self.facts.pop(target.position)
                self.retracted[target.position] = fact.position
        else:
            self.facts[fact.position] = fact
            if self._course is not None:
                self._course.add(fact)

    def target_of(self, fact: Fact) -> Fact | None:
        """The event a correction or retraction is about, as known; None where there is none (any more)."""
        reference = fact.data["event"]
        return self.facts.get(self.positions.get((reference["source"], reference["id"]), 0))

    def only(self, keeps: Callable[[Fact], bool]) -> "SubjectHistory":
        """The same without the facts, and the corrections of facts, that are not to be kept; the whole stays as it is.

        A fact that somebody else corrected goes as well.
        """
        facts = {
            fact.position: fact
            for fact in self.facts.values()
            if keeps(fact) and all(keeps(self.amendments[each]) for each in fact.corrected_at)
        }
        kinds = {fact.kind for fact in facts.values()}
        return SubjectHistory(facts, self.positions, len(facts), kinds=kinds)

    def in_effective_order(self) -> list[Fact]:
        """Facts by instant, then position."""
        return sorted(self.facts.values(), key=EFFECTIVE)

    def course(self) -> Course:
        """The facts by thread; made when first asked for, then kept in step; an amendment has it made anew."""
        if self._course is None:
            self._course = Course(self.facts.values())
        return self._course

    def knows(self, kind: str) -> bool:
        """Whether a fact of the kind is known (and not retracted)."""
        return kind in self.kinds and (not self.retracted or any(fact.kind == kind for fact in self.facts.values()))

    def of_kind(self, *kinds: str) -> list[Fact]:
        """Facts of some kinds, in effective order."""
        return sorted([fact for fact in self.facts.values() if fact.kind in kinds], key=EFFECTIVE)


@dataclass(slots=True)
class History:
    """All that is known at a position."""

    size: int = 0
    subjects: dict[str, SubjectHistory] = field(default_factory=dict)
    offers: list[Fact] = field(default_factory=list)
    offers_by_donor: dict[str, list[Fact]] = field(default_factory=dict)
    counter_start: int = 0
    """Cpteur before the first offer: what the first offer-counter.initialised says, as it is set once."""
    _sorted: dict[str, list[tuple[str, SubjectHistory]]] = field(default_factory=dict, init=False, compare=False)
    """By kind, what was asked for since the last new subject."""

    def learn(self, position: int, state: bytes) -> Fact:
        """Take in the next row; positions follow each other without a gap."""
        if position != self.size + 1:
            raise BrokenLogError(f"position {self.size + 1} is missing from the log (found {position})")
        self.size = position
        fact = stored_fact(position, state)
        self.add(fact)
        return fact

    def add(self, fact: Fact) -> None:
        """Take in a fact, whatever its position: for who wants to know of some subjects alone."""
        subject = self.subjects.get(fact.subject)
        if subject is None:
            subject = self.subjects[fact.subject] = SubjectHistory()
            self._sorted.pop(fact.subject.partition("/")[0], None)
        subject.learn(fact)
        if fact.kind == OFFERED:
            self.offers.append(fact)
            self.offers_by_donor.setdefault(fact.data["donor"], []).append(fact)
        elif fact.kind == COUNTER_INITIALISED and len(subject.facts) == 1:
            self.counter_start = fact.data["count"]

    def of(self, subject: str) -> SubjectHistory:
        """What is known of a subject; empty where nothing is."""
        return self.subjects.get(subject) or SubjectHistory()

    def offers_of(self, donor: str) -> list[Fact]:
        """The offers of a donor, by position."""
        return self.offers_by_donor.get(donor, [])

    def of_kind(self, kind: str) -> Iterable[tuple[str, SubjectHistory]]:
        """Subjects of a kind (``candidate``) with what is known of them, by ascending subject."""
        found = self._sorted.get(kind)
        if found is None:
            prefix = f"{kind}/"
            subjects = (item for item in self.subjects.items() if item[0].startswith(prefix))
            found = self._sorted[kind] = sorted(subjects, key=itemgetter(0))
        return found

    def names(self, kind: str) -> list[str]:
        """The subjects of a kind, ascending."""
        return [subject for subject, _ in self.of_kind(kind)]

    def each(self) -> Iterator[tuple[str, SubjectHistory]]:
        """Every subject with what is known of it, by ascending subject."""
        yield from sorted(self.subjects.items(), key=itemgetter(0))

    def candidates_at(self, at: int, offer: str | None = None) -> Iterable[tuple[str, SubjectHistory]]:
        """The candidates that can be on the list at an instant, transplantations from an offer left out; by subject.

        Here all of them: who is on it, their facts tell.
        """
        return self.of_kind("candidate")

    def may_be_grafted_from(self, offer: str) -> Iterable[tuple[str, SubjectHistory]]:
        """The candidates of whom a transplantation may name an offer, by ascending subject; here all."""
        return self.of_kind("candidate")

    def may_lack_registration(self, at: int) -> Iterable[tuple[str, SubjectHistory]]:
        """The candidates of whom no registration may be known by an instant, by ascending subject; here all."""
        return self.of_kind("candidate")


def history_of(rows: Iterable[tuple[int, str, bytes]]) -> History:
    """What a prefix of the log tells."""
    history = History()
    for position, _, state in rows:
        history.learn(position, state)
    return history
