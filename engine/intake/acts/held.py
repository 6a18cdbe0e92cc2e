"""An offer's acts taken one after the other, in effective order; what does not fit is found on the way."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Any

from engine.events.subjects import bare_id
from engine.intake.acts.codes import (
    ACCEPTED,
    ACTS,
    CLOSED,
    DECLINED,
    DELISTED,
    MADE,
    RECORDED,
    REGISTERED,
    REINSTATED,
    SUSPENDED,
    TRANSPLANTED,
    WORDS,
    ActFinding,
)
from engine.log.course import EFFECTIVE, STANDING, SUSPENSION
from engine.log.history import OFFERED, Fact, SubjectHistory
from engine.quantities import EARLIEST, paris_clock


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer with all that its acts are held against."""

    id: str
    known: SubjectHistory
    candidate: Callable[[str], SubjectHistory]
    """What is known of a candidate."""
    ranked: Sequence[str] | None
    """Candidates by rank; None where there is no run to hold the acts against."""
    transplanted: Sequence[Fact] = ()
    """Transplantations that name the offer, of whomever."""
    earlier: Fact | None = None
    """The first offer of the same donor, where this is a later one."""
    every: bool = True
    """Whether everybody passed over is named, or (quicker) only the one ranked best."""


def findings(offer: Offer) -> list[ActFinding]:
    """Everything found about the acts of an offer, by position."""
    return Held(offer).take_all()


def recorded_ranking(known: SubjectHistory) -> list[str] | None:
    """Candidates by rank of the run first recorded with an offer; None where none is."""
    run = next((fact for fact in known.facts.values() if fact.kind == RECORDED), None)
    if run is None:
        return None
    lines = run.data["ranking"]
    if [line["rank"] for line in lines] != [*range(1, len(lines) + 1)]:  # written in another order, or as text
        lines = sorted(lines, key=lambda line: int(line["rank"]))
    return [line["candidate"] for line in lines]


def transplants_from(offer: str, known: SubjectHistory) -> list[Fact]:
    """The transplantations of a candidate that name an offer."""
    if TRANSPLANTED not in known.kinds:
        return []
    return [fact for fact in known.facts.values() if fact.kind == TRANSPLANTED and fact.data.get("offer") == offer]


def about(fact: Fact) -> str | None:
    """The candidate an act is about."""
    if fact.kind == TRANSPLANTED:
        return bare_id(fact.subject)
    candidate: str | None = fact.data.get("candidate")
    return candidate


def _found(code: str, fact: Fact, other: Fact | None = None, /, **details: Any) -> ActFinding:
    """A finding about an act, with what every sentence may name of it and of the other one."""
    named: dict[str, Any] = {"candidate": about(fact), "act": fact.kind, "time": fact.time}
    if other is not None:
        named |= {"other": about(other), "other_act": other.kind, "other_time": other.time}
    later = other.position if other is not None and other.kind in WORDS else 0
    against = other.position if other else None
    return ActFinding(code, about(fact), fact.position, named | details, against, max(fact.position, later))


@dataclass(slots=True)
class Held:
    """The acts of an offer as far as they were taken, in effective order."""

    offer: Offer
    offered: Fact | None = field(init=False)
    places: dict[str, int] = field(init=False)
    proposed: dict[str, Fact] = field(default_factory=dict)
    answered: dict[str, Fact] = field(default_factory=dict)
    declined: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    """Who was proposed to or declined."""
    accepted: Fact | None = None
    closed: Fact | None = None
    grafted: Fact | None = None
    asked_past: dict[str, Fact] = field(default_factory=dict)
    """Who was passed over by a proposal, and by which."""
    skipped: set[str] = field(default_factory=set)
    last: tuple[int, int] = (EARLIEST, 0)
    """Effective order of the act taken last."""

    def __post_init__(self) -> None:
        self.offered = next(iter(self.offer.known.of_kind(OFFERED)), None)
        self.places = dict(zip(self.offer.ranked or (), count(1), strict=False))

    def take_all(self) -> list[ActFinding]:
        """Every act, and what is found, by position."""
        found = list(self._second_offer())
        for fact in self.offer.known.of_kind(*ACTS):
            found += self.take(fact)
        for fact in sorted(self.offer.transplanted, key=lambda fact: fact.effective):
            found += self.take(fact)
        found += self.never_asked(*self.asked_past)
        return sorted(found, key=lambda each: each.position)

    def take_next(self, fact: Fact) -> list[ActFinding]:
        """What is found about an act that takes effect after all that were taken, by what is known so far."""
        found = list(self.take(fact))
        if not self.asked_past:
            return found
        return found + list(self.never_asked(*(other for other, by in self.asked_past.items() if by is fact)))

    def take(self, fact: Fact) -> Iterator[ActFinding]:
        """What does not fit about the next act."""
        self.last = max(self.last, fact.effective)
        if self.offered is None:
            yield _found("offer_unknown", fact, offer=self.offer.id)
            return
        if _dated_before(fact, self.offered):
            yield _found("act_before_offer", fact, self.offered)
        if self.closed is not None and fact.kind != TRANSPLANTED:
            yield _found("act_after_closing", fact, self.closed)
        candidate = about(fact)
        if candidate is not None:
            if fact.kind != DECLINED and (fact.kind != CLOSED or fact.data["outcome"] == "transplanted"):
                yield from self._place(candidate, fact)
            yield from _TAKE[fact.kind](self, candidate, fact)
        if fact.kind == CLOSED:
            self.closed = fact

    def _second_offer(self) -> Iterator[ActFinding]:
        earlier, offered = self.offer.earlier, self.offered
        if earlier is not None and offered is not None:
            details = {"donor": offered.data["donor"], "other": bare_id(earlier.subject)}
            at = offered.position
            yield ActFinding("donor_offered_twice", None, at, details, earlier.position, at)

    def _place(self, candidate: str, fact: Fact) -> Iterator[ActFinding]:
        """Whether the candidate is known, on the list and on the run."""
        known = self.offer.candidate(candidate)
        left = left_by(known, fact.instant, self.offer.id)
        if not known.knows(REGISTERED):
            yield _found("candidate_unknown", fact)
        elif left is not None and left.kind != SUSPENDED:
            yield _found("candidate_delisted", fact, left)
        elif self.offer.ranked is not None and candidate not in self.places:
            yield _found("not_on_run", fact)

    def _made(self, candidate: str, fact: Fact) -> Iterator[ActFinding]:
        passed = [*islice(self._passed(candidate, fact, self.asked), self._most)]
        if passed:
            first, rank = passed[0], self.places[candidate]
            yield _found(
                "proposed_out_of_order", fact, rank=rank, other=first, other_rank=self.places[first], passed=passed
            )
        for other in passed:
            self.asked_past.setdefault(other, fact)
        answer = self.answered.pop(candidate, None)
        if answer is not None and candidate not in self.proposed:
            yield _found("answer_before_proposal", answer, fact)
        self.proposed[candidate] = fact
        self.asked.add(candidate)

    def _accepted(self, candidate: str, fact: Fact) -> Iterator[ActFinding]:
        before = self.answered.get(candidate)
        yield from self._unasked(candidate, fact)
        if before is not None and before.kind == DECLINED:
            yield _found("answer_contradictory", fact, before)
        if self.accepted is not None:
            yield _found("accepted_twice", fact, self.accepted)
        yield from self._allocated(candidate, fact)
        self.answered[candidate] = self.accepted = fact

    def _declined(self, candidate: str, fact: Fact) -> Iterator[ActFinding]:
        before = self.answered.get(candidate)
        yield from self._unasked(candidate, fact)
        if before is not None and before.kind == ACCEPTED:
            yield _found("answer_contradictory", fact, before)
        if self.accepted is not None and about(self.accepted) == candidate:
            self.accepted = None
        self.answered[candidate] = fact
        self.declined.add(candidate)
        self.asked.add(candidate)

    def _closed(self, candidate: str, fact: Fact) -> Iterator[ActFinding]:
        if self.accepted is not None and about(self.accepted) != candidate:
            yield _found("closed_for_another", fact, self.accepted)
        if fact.data["outcome"] == "transplanted":
            yield from self._allocated(candidate, fact)

    def _transplanted(self, candidate: str, fact: Fact) -> Iterator[ActFinding]:
        if self.grafted is not None:
            yield _found("transplanted_twice", fact, self.grafted)
        if self.accepted is not None and about(self.accepted) != candidate:
            yield _found("transplanted_another", fact, self.accepted)
        closed = self.closed
        if closed is not None and closed.data["outcome"] != "transplanted":
            yield _found("outcome_contradicted", fact, closed, outcome=closed.data["outcome"])
        elif closed is not None and self.accepted is None and about(closed) not in (None, candidate):
            yield _found("closed_for_another", closed, fact)
        yield from self._allocated(candidate, fact)
        self.grafted = fact

    def _unasked(self, candidate: str, fact: Fact) -> Iterator[ActFinding]:
        """An answer to no proposal; one whose proposal takes effect later is told of there."""
        if candidate in self.proposed:
            return
        facts = self.offer.known.facts.values()
        if not any(made.kind == MADE and about(made) == candidate for made in facts):
            yield _found("answer_without_proposal", fact)

    def _allocated(self, candidate: str, fact: Fact) -> Iterator[ActFinding]:
        """Who is ranked better and had no say (one who accepted had); each once, however many acts follow."""
        but = {*self.declined, *self.answered, *self.skipped}
        for other in islice(self._passed(candidate, fact, but), self._most):
            self.skipped.add(other)
            yield self._skip(other, fact)

    def never_asked(self, *passed: str) -> Iterator[ActFinding]:
        """Who was passed over by a proposal, and not asked later on nor passed over by more than that."""
        for other in passed:
            if not ({other} & (self.proposed.keys() | self.answered.keys() | self.skipped)):
                yield self._skip(other, self.asked_past[other])

    def _skip(self, other: str, fact: Fact) -> ActFinding:
        candidate = about(fact)
        assert candidate is not None, "only an act for somebody passes over others"
        details = {
            "candidate": other, "rank": self.places[other], "act": fact.kind, "other": candidate,
            "other_rank": self.places[candidate],
        }  # fmt: skip
        return ActFinding("skipped", other, fact.position, details, told_at=fact.position)

    def _passed(self, candidate: str, fact: Fact, but: set[str]) -> Iterator[str]:
        """Those ranked better, without some, who are still on the list and not suspended; by rank."""
        for other in (self.offer.ranked or ())[: self.places.get(candidate, 1) - 1]:
            if other not in but and left_by(self.offer.candidate(other), fact.instant, self.offer.id) is None:
                yield other

    @property
    def _most(self) -> int | None:
        return None if self.offer.every else 1


_TAKE: Mapping[str, Callable[[Held, str, Fact], Iterator[ActFinding]]] = {
    MADE: Held._made,
    ACCEPTED: Held._accepted,
    DECLINED: Held._declined,
    CLOSED: Held._closed,
    TRANSPLANTED: Held._transplanted,
}


def _dated_before(fact: Fact, offered: Fact) -> bool:
    """Whether an act is dated before the offer; one known by its day alone (midnight), not on that day."""
    if fact.instant >= offered.instant:
        return False
    wall, of_offer = paris_clock(fact.instant), paris_clock(offered.instant)
    by_day = (wall.hour, wall.minute, wall.second, wall.microsecond) == (0, 0, 0, 0)
    return not (by_day and wall.date() == of_offer.date())


_LEAVING = frozenset((DELISTED, TRANSPLANTED, SUSPENDED))


def left_by(known: SubjectHistory, at: int, offer: str) -> Fact | None:
    """The delisting, transplantation or suspension that keeps a candidate off the list at an instant; None if on it.

    A transplantation from the offer itself does not count. The first registration precedes all else (contract).
    """
    if _LEAVING.isdisjoint(known.kinds):
        return None
    standing, suspensions = known.course().thread(STANDING), known.course().thread(SUSPENSION)
    first = next((fact for fact in standing if fact.kind == REGISTERED), None)
    gone: Fact | None = None
    suspended: Fact | None = None
    for fact in sorted([*standing, *suspensions], key=EFFECTIVE):
        if fact.instant > at or fact is first or (fact.kind == TRANSPLANTED and fact.data.get("offer") == offer):
            continue
        if fact.kind in (DELISTED, TRANSPLANTED):
            gone = fact
        elif fact.kind == SUSPENDED:
            suspended = fact
        elif fact.kind == REINSTATED:
            suspended = None
        elif gone is not None:
            gone = suspended = None
    return gone or suspended
