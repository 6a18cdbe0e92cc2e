"""Past rankings that later knowledge would have made otherwise, and the facts that decide."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.events.subjects import bare_id
from engine.log.eventlog import EventLog
from engine.log.history import History
from engine.quantities import paris_text, published_text
from engine.rules.readings import choose_readings
from projections.bulk_places import Order, order_stacked
from replay.audit.compare import Change, changes_of_places
from replay.audit.learnt import Learnt, learnt_since
from replay.run.asked import Span
from replay.run.matchrun import Moment
from replay.run.one_pass import OnePass, Passed, known_of
from replay.run.retold import Retold


@dataclass(frozen=True, slots=True)
class Hindsight:
    """A past run that today's knowledge would have ranked otherwise, or makes impossible, and what was learnt."""

    offer: str
    at: str
    known_then: int
    known_now: int
    changes: tuple[Change, ...]
    facts: tuple[Learnt, ...]
    problem: str | None = None
    """Why no run of the offer is possible any more; None where one is."""

    def as_json(self) -> dict[str, Any]:
        """The JSON document."""
        return {
            "offer": self.offer,
            "at": self.at,
            "known_then": self.known_then,
            "known_now": self.known_now,
            "changes": [change.as_json() for change in self.changes],
            "events": [learnt.as_json() for learnt in self.facts],
            "problem": self.problem,
        }


def hindsight(log: EventLog, span: Span, known_at: int, tick: Callable[[], None] = lambda: None) -> Iterator[Hindsight]:
    """Each offer of a span, made by a later position, whose ranking would differ as known there."""
    later = log.history(known_at)
    known_later = _as_known(later, span)
    for then in OnePass(log, span, tick=tick):
        if isinstance(then, Passed) and then.offer.position <= known_at:
            now = known_later[then.offer.position]
            if isinstance(now, str):
                facts = learnt_since(_moment(log, then, [donor := f"donor/{then.donor}"]), later, donor)
                yield _hindsight(then, known_at, [], facts, now)
            elif now[0] != then.orders[0][0]:
                found = changes_of_places(_places(then.orders[0]), _places(now))
                yield _hindsight(then, known_at, found, _deciding_facts(log, then, later, found))


def hindsight_at(known_at: int, log: EventLog, span: Span) -> list[Hindsight]:
    """The same at once, the position first."""
    return list(hindsight(log, span, known_at))


def _as_known(later: History, span: Span) -> Mapping[int, Order | str]:
    """The order of every offer of a span as known later, by position, or why it has none."""
    found: dict[int, Order | str] = {}
    retold = Retold(later, choose_readings())
    for stack in retold.stacks(span):
        found |= {each.offer.position: each.problem for each in stack if each.problem is not None}
        lists = {each.offer.position: each.listed for each in stack if each.listed is not None}
        found |= zip(lists, order_stacked(list(lists.values()), retold.exactly) if lists else [], strict=True)
    return found


def _places(order: Order) -> dict[str, tuple[int, str]]:
    """Candidate to rank and published score."""
    return {name: (rank, published_text(points)) for rank, (name, points) in enumerate(order[0], 1)}


def _hindsight(
    then: Passed, known_at: int, found: list[Change], facts: list[Learnt], problem: str | None = None
) -> Hindsight:
    offer, at = bare_id(then.offer.subject), paris_text(then.offer.instant)
    return Hindsight(offer, at, then.known_at, known_at, tuple(found), tuple(facts), problem)


def _moment(log: EventLog, then: Passed, subjects: list[str]) -> Moment:
    """The moment of an offer, of which only some subjects are known."""
    history = History(subjects={subject: known_of(log, subject, then.known_at) for subject in subjects})
    return Moment(history, then.known_at, then.root, then.offer, then.counter, then.rules, choose_readings())


def _deciding_facts(log: EventLog, then: Passed, later: History, found: list[Change]) -> list[Learnt]:
    """Facts learnt since about candidates whose own score or place on the list differs.

    Where nothing was learnt about one of them, what they share explains it: the donor and the travel times.
    """
    scored = [f"candidate/{change.candidate}" for change in found if change.snagc_a != change.snagc_b]
    common = [f"donor/{then.donor}", *(subject for subject, _ in later.of_kind("travel-times"))]
    moment = _moment(log, then, [*common, *scored])
    own = [learnt_since(moment, later, subject) for subject in scored]
    shared = [] if all(own) else [learnt_since(moment, later, subject) for subject in common]
    return [each for facts in (*shared, *own) for each in facts]
