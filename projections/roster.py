"""The candidates of a log, kept in step with it: each state changed in place by what is learnt of it.

A state is folded anew only where it must be: after a correction or retraction, for a fact that takes effect before
one already taken in, for an instant before one of them, and when a fact dated ahead comes into effect. Candidates
long gone are forgotten until something is said of them again; their facts are then read from the log.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from engine.events.subjects import bare_id
from engine.log.history import CORRECTED, RETRACTED, Fact, SubjectHistory
from engine.quantities import EARLIEST, LATEST
from projections.candidate import (
    DELISTED,
    LAB,
    REGISTERED,
    TRANSPLANTED,
    Candidate,
    candidate_at,
    first_registered,
    take_in,
    take_in_result,
)
from projections.pre_treatment import support_start
from projections.recipient import PARTS

Reader: TypeAlias = Callable[[str, int], SubjectHistory]
"""What is known of a subject at a position."""
_CHANGES = {
    "candidate.updated": ("person", "limits"),
    "treatment.started": ("treatments", "before"),
    "treatment.stopped": ("treatments", "before"),
    "expert-priority.granted": ("expert",),
    "expert-priority.ended": ("expert",),
    **dict.fromkeys(("expert-priority.requested", "expert-priority.refused", "coronary-calcium.recorded"), ()),
    **dict.fromkeys(("candidate.suspended", "candidate.reinstated", DELISTED), ()),
}
"""Which parts of what a state says a fact changes, where not all: a request counts from the grant that follows it."""
_AMENDMENTS = frozenset((CORRECTED, RETRACTED))
_REFOLDED = _AMENDMENTS | {REGISTERED}
"""What may change a state from its beginning: which registration is the first, it may decide."""
_OF_GRAFTS = _AMENDMENTS | {TRANSPLANTED}
REST_AFTER = 20_000
"""Positions without a word about a candidate who is not listed, after which its facts are forgotten."""


class Member:
    """A candidate, and the instants between which its state holds."""

    __slots__ = (
        "_known",
        "heard",
        "id",
        "last",
        "new",
        "parts",
        "sampled",
        "shown",
        "since",
        "slot",
        "state",
        "subject",
        "support",
        "until",
        "waiting",
    )

    def __init__(self, subject: str) -> None:
        self.subject, self.id = subject, bare_id(subject)
        self._known: SubjectHistory | None = SubjectHistory()
        self.state: Candidate | None = None
        self.new: list[Fact] = []
        """Learnt and not yet taken in."""
        self.waiting: list[Fact] = []
        """Learnt and not yet put with what is known: most is never asked for."""
        self.since, self.until = EARLIEST, LATEST
        self.last = EARLIEST, 0
        """The effective order of the last fact taken in that is no laboratory result."""
        self.support: int | None = None
        """When ECMO or inotropes began (S), while they run."""
        self.heard = 0
        """The position last heard of it."""
        self.slot: int | None = None
        """Its place while it is listed, suspended or not."""
        self.shown = False
        """Whether it is among the active."""
        self.parts: dict[str, None] = {}
        """What of its state is to be laid out anew, besides what ``sampled`` changes."""
        self.sampled: dict[str, Fact] = {}
        """By analyte the latest current result, where there is a new one."""

    @property
    def known(self) -> SubjectHistory | None:
        """What is known of it; None while its facts are forgotten."""
        if self._known is not None and self.waiting:
            waiting, self.waiting = self.waiting, []
            for fact in waiting:
                self._known.learn(fact)
        return self._known

    @property
    def forgotten(self) -> bool:
        """Whether its facts are in the log alone."""
        return self._known is None

    @property
    def is_new(self) -> bool:
        """Whether all that is known of it is not yet taken in."""
        return self._known is not None and not self._known.length

    def forget(self) -> None:
        """Keep no facts and no state."""
        self._known, self.state, self.waiting = None, None, []

    def remember(self, known: SubjectHistory) -> None:
        """Keep what is known from now on."""
        self._known = known


class Roster:
    """Every candidate heard of, and who is active at an instant, by ascending id."""

    def __init__(self, read: Reader) -> None:
        self._read = read
        self._members: dict[str, Member] = {}
        self._changed: dict[str, Member] = {}
        self._grafts: dict[str, dict[str, None]] = {}
        """By offer, the candidates of whom a transplantation ever named it."""
        self._newest, self._next = EARLIEST, LATEST
        """At instants from the one on and before the other every state holds."""
        self._heard = self._swept = 0
        self._gone: dict[str, Member] = {}
        """Who was not listed when last looked at, and is not forgotten yet."""
        self._free: list[int] = []
        self.slots = 0
        """How many places there ever were at once."""
        self.ids: list[str] = []
        """Who is active, ascending."""
        self.slots_in_use: list[int] = []
        """Their places."""
        self.edition = 0
        """Changes with who is active."""

    def learn(self, fact: Fact) -> None:
        """Take note of the next fact about a candidate."""
        member = self._members.get(fact.subject)
        if member is None:
            member = self._members[fact.subject] = Member(fact.subject)
        elif member.forgotten:
            member.remember(self._read(fact.subject, fact.position - 1))
        self._changed[fact.subject] = member
        self._heard = member.heard = fact.position
        member.waiting.append(fact)
        if fact.kind == LAB and not member.new and member.state is not None:
            _sample(member, member.state, fact)
            if member.since > self._newest:
                self._newest = member.since
            return
        member.new.append(fact)
        if fact.kind in _OF_GRAFTS:
            told = fact if fact.kind == TRANSPLANTED else self._known(member).target_of(fact)
            if told is not None and told.kind == TRANSPLANTED and "offer" in told.data:
                self._grafts.setdefault(told.data["offer"], {})[fact.subject] = None

    def recall(self, subject: str, position: int, absent: tuple[int | None, int | None] | None) -> None:
        """Take note of a candidate known of at a position, whose facts are read when they are needed.

        ``absent`` are the instants from and before which (None: ever) it is surely not active; None where it may be.
        """
        member = self._members[subject] = Member(subject)
        member.forget()
        member.heard = position
        if absent is None:
            self._changed[subject] = member
            member.since, member.until = LATEST, EARLIEST
            return
        member.since, member.until = (
            end if bound is None else bound for bound, end in zip(absent, (EARLIEST, LATEST), strict=True)
        )
        self._bound(member)

    def recall_graft(self, offer: str, subject: str) -> None:
        """Take note of a candidate of whom a transplantation from an offer is known."""
        self._grafts.setdefault(offer, {})[subject] = None

    def active(self) -> list[Member]:
        """Those who are, by ascending id."""
        return [self._members[f"candidate/{name}"] for name in self.ids]

    def listed(self) -> list[Member]:
        """Those who are, suspended or not."""
        return [each for each in self._members.values() if each.slot is not None]

    def state(self, subject: str) -> Candidate | None:
        """A candidate as of the instant that states were brought to last; None of one forgotten or not registered."""
        return self._members[subject].state

    def bring_to(self, at: int) -> list[Member]:
        """Bring every state to an instant; whose state has changed."""
        if self._heard >= self._swept + REST_AFTER:
            self._swept = self._heard
            self._rest()
        changed = self._changed
        if not self._newest <= at < self._next:
            changed = {each.subject: each for each in self._members.values() if not each.since <= at < each.until}
            changed |= self._changed
            self._newest, self._next = EARLIEST, LATEST
            for each in self._members.values():
                self._bound(each)
        self._changed = {}
        for member in changed.values():
            if member.new or not member.since <= at < member.until:
                self._step(member, at)
                self._bound(member)
        return list(changed.values())

    def without_offer(self, offer: str, at: int) -> Iterator[tuple[Member, Candidate | None]]:
        """Those of whom a transplantation from an offer is known, as they are when it is left out."""
        for subject in self._grafts.get(offer, ()):
            member = self._members[subject]
            yield member, candidate_at(self._known(member), at, ignoring_offer=offer)

    def _rest(self) -> None:
        """Forget the facts of those long gone."""
        for subject, member in list(self._gone.items()):
            if member.slot is not None:
                del self._gone[subject]
            elif not member.new and member.heard < self._heard - REST_AFTER:
                member.forget()
                del self._gone[subject]

    def _known(self, member: Member) -> SubjectHistory:
        known = member.known
        return self._read(member.subject, member.heard) if known is None else known

    def _bound(self, member: Member) -> None:
        if member.since > self._newest:
            self._newest = member.since
        if member.until < self._next:
            self._next = member.until

    def _step(self, member: Member, at: int) -> None:
        new, member.new = member.new, []
        if not member.since <= at < member.until or not _taken_in(member, new, at):
            known = self._known(member)
            member.remember(known)
            _fold(member, known, at)
        state = member.state
        listed = state is not None and state.status == "listed"
        if listed and member.slot is None:
            member.slot, member.parts = self._free_slot(), dict.fromkeys(PARTS)
        if member.shown != (state is not None and state.active):
            self._show(member)
        if not listed:
            self._gone[member.subject] = member
            if member.slot is not None:
                self._free.append(member.slot)
                member.slot = None

    def _show(self, member: Member) -> None:
        """Put a member among the active, or take it out."""
        self.edition += 1
        place = bisect_left(self.ids, member.id)
        if member.shown:
            del self.ids[place], self.slots_in_use[place]
        else:
            assert member.slot is not None, "who is active is listed"
            self.ids.insert(place, member.id)
            self.slots_in_use.insert(place, member.slot)
        member.shown = not member.shown

    def _free_slot(self) -> int:
        if self._free:
            return self._free.pop()
        self.slots += 1
        return self.slots - 1


def _taken_in(member: Member, new: Sequence[Fact], at: int) -> bool:
    """Whether the state could be changed in place by what is new; where not it is to be folded."""
    state = member.state
    if state is None:
        if not new or new[0].kind != REGISTERED or new[0].instant > at or not member.is_new:
            return False
        first, *new = new
        member.state = state = first_registered(first)
        member.since = first.instant
    for fact in new:
        kind, instant = fact.kind, fact.instant
        if kind in _REFOLDED:
            return False
        if instant > at:
            member.until = min(member.until, instant)
            continue
        if kind == LAB:
            _sample(member, state, fact)
        elif fact.effective > member.last:
            member.since = max(member.since, instant)
            member.last = fact.effective
            member.parts.update(dict.fromkeys(_CHANGES.get(kind, PARTS)))
            take_in(state, fact)
            member.support = _support_of(state)
        else:
            return False
    return True


def _sample(member: Member, state: Candidate, fact: Fact) -> None:
    latest, instant, data = take_in_result(state, fact), fact.instant, fact.data
    if instant > member.since:
        member.since = instant
    current = data.get("context", "current") == "current"
    if member.support is not None and (not current or instant <= member.support):
        member.parts["before"] = None  # it may count among those from before ECMO or inotropes
    if latest and current:
        member.sampled[data["analyte"]] = fact


def _fold(member: Member, known: SubjectHistory, at: int) -> None:
    facts = known.facts.values()
    member.since = max((fact.instant for fact in facts if fact.instant <= at), default=EARLIEST)
    member.until = min((fact.instant for fact in facts if fact.instant > at), default=LATEST)
    others = (fact.effective for fact in facts if fact.kind != LAB and fact.instant <= at)
    member.last = max(others, default=(EARLIEST, 0))
    member.parts, member.sampled = dict.fromkeys(PARTS), {}
    state = member.state = candidate_at(known, at)
    member.support = None if state is None else _support_of(state)


def _support_of(state: Candidate) -> int | None:
    start = support_start(state)
    return None if start is None else start.instant
