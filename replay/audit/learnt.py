"""What was learnt after a decision about somebody it looked at: facts stored late, corrected or retracted since."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from engine.log.history import Fact, History, SubjectHistory
from replay.run.matchrun import Moment


@dataclass(frozen=True, slots=True)
class Learnt:
    """A fact that bears on a decision and was not known so; a retracted one is shown as it was known then."""

    fact: Fact
    how: Literal["late", "corrected", "retracted"]
    by: tuple[Fact, ...] = ()
    """The corrections, or the retraction, since."""

    def as_json(self) -> dict[str, Any]:
        """The event named, what became of it, and the events that changed it."""
        fact = self.fact
        return {
            "type": fact.kind,
            "subject": fact.subject,
            "source": fact.source,
            "id": fact.id,
            "position": fact.position,
            "time": fact.time,
            "corrected_at": list(fact.corrected_at),
            "how": self.how,
            "by": [amendment_json(each) for each in self.by],
        }


def amendment_json(fact: Fact) -> dict[str, Any]:
    """A correction or retraction: which event, when and by whom it was recorded, and why."""
    return {
        "type": fact.kind,
        "source": fact.source,
        "id": fact.id,
        "position": fact.position,
        "recorded": fact.recorded,
        "actor": fact.actor,
        "reason": fact.data["reason"],
    }


@dataclass(slots=True)
class Since:
    """A subject as known at position ``last`` and later, about what took effect until an instant."""

    was: SubjectHistory
    now: SubjectHistory
    until: int
    last: int
    learnt: list[Learnt] = field(init=False)
    """By position."""

    def __post_init__(self) -> None:
        self.learnt = [] if self.was is self.now else learnt_between(self.was, self.now, self.until, self.last)

    def knowing(self, some: Collection[Learnt]) -> SubjectHistory:
        """As known at the position, and by some of what was learnt besides."""
        facts, chosen = dict(self.was.facts), {each.fact.position for each in some}
        for each in self.learnt:
            if each.fact.position in chosen:
                if each.how == "retracted":
                    del facts[each.fact.position]
                else:
                    facts[each.fact.position] = each.fact
        return replace(self.now, facts=facts, _course=None)


def learnt_since(then: Moment, now: History, subject: str) -> list[Learnt]:
    """Facts about a subject that took effect by the offer and were stored, corrected or retracted after it."""
    return learnt_between(then.history.of(subject), now.of(subject), then.offer.instant, then.known_at)


def learnt_between(was: SubjectHistory, now: SubjectHistory, until: int, last: int) -> list[Learnt]:
    """The same of a subject as known at position ``last`` and later, about what took effect until an instant."""
    return sorted(_learnt(was.facts, now, until, last), key=lambda each: each.fact.position)


def _learnt(was_known: Mapping[int, Fact], known: SubjectHistory, until: int, last: int) -> Iterator[Learnt]:
    for fact in known.facts.values():
        was = was_known.get(fact.position)
        by = tuple(known.amendments[at] for at in fact.corrected_at if at > last)
        if min(fact.instant, was.instant if was else fact.instant) > until:
            continue
        if fact.position > last:
            yield Learnt(fact, "late", by)
        elif by:
            yield Learnt(fact, "corrected", by)
    for position, by_position in known.retracted.items():
        if position in was_known and was_known[position].instant <= until:
            yield Learnt(was_known[position], "retracted", (known.amendments[by_position],))
