"""Past rankings that later knowledge would have made otherwise, and the facts that decide."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from engine.events.subjects import bare_id
from engine.log.eventlog import EventLog
from engine.quantities import paris_text, published_text
from engine.rules.readings import choose_readings
from projections.bulk_places import Exactly, Order, order_stacked
from replay.audit.compare import Change, changes_of_places
from replay.audit.deciding import InOrder, Later, Own, fewest
from replay.audit.learnt import Learnt
from replay.run.asked import Span
from replay.run.one_pass import OnePass, Passed
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
    later = Later(log, log.history(known_at))
    known_later = _as_known(later, span)
    passing = OnePass(log, span, tick=tick)
    for then in passing:
        if isinstance(then, Passed) and then.offer.position <= known_at:
            now = known_later[then.offer.position]
            if isinstance(now, str):
                listed = then.lists[0]
                yield _hindsight(then, known_at, [], later.common(then.offer).preventing(listed.p, listed.r), now)
            elif now.order[0] != then.orders[0][0]:
                found = changes_of_places(_places(then.orders[0]), _places(now.order))
                yield _hindsight(then, known_at, found, _deciding(then, now, later, passing))


def hindsight_at(known_at: int, log: EventLog, span: Span) -> list[Hindsight]:
    """The same at once, the position first."""
    return list(hindsight(log, span, known_at))


@dataclass(frozen=True, slots=True)
class _Now:
    """The order of an offer as known later, and the facts about donor and travel times that decide it."""

    order: Order
    common: list[Learnt]


def _as_known(later: Later, span: Span) -> Mapping[int, _Now | str]:
    """Every offer of a span as known later, by position, or why it has no order."""
    found: dict[int, _Now | str] = {}
    retold = Retold(later.history, choose_readings())
    in_order = _in_order(retold.exactly)
    for stack in retold.stacks(span):
        found |= {each.offer.position: each.problem for each in stack if each.problem is not None}
        lists = [(each.offer, each.listed) for each in stack if each.listed is not None]
        orders = order_stacked([listed for _, listed in lists], retold.exactly) if lists else []
        for (offer, listed), order in zip(lists, orders, strict=True):
            found[offer.position] = _Now(order, later.common(offer).deciding(listed, order, in_order))
    return found


def _in_order(exactly: Exactly) -> InOrder:
    """What puts one list in order."""
    return lambda listed: order_stacked([listed], exactly)[0]


def _places(order: Order) -> dict[str, tuple[int, str]]:
    """Candidate to rank and published score."""
    return {name: (rank, published_text(points)) for rank, (name, points) in enumerate(order[0], 1)}


def _hindsight(
    then: Passed, known_at: int, found: list[Change], facts: list[Learnt], problem: str | None = None
) -> Hindsight:
    offer, at = bare_id(then.offer.subject), paris_text(then.offer.instant)
    return Hindsight(offer, at, then.known_at, known_at, tuple(found), tuple(facts), problem)


def _deciding(then: Passed, now: _Now, later: Later, passing: OnePass) -> list[Learnt]:
    """As few of the facts learnt since as give the order as known now: what all share, and each candidate's own."""
    listed, common = then.lists[0], later.common(then.offer)

    @cache
    def knowing(*shared: Learnt) -> Own:
        base = _in_order(passing.exactly)(common.shown(listed, shared)) if shared else then.orders[0]
        return Own(later, then.offer, common.known(shared, listed.p, listed.r), listed, base, now.order)

    def enough(some: list[Learnt]) -> bool:
        shared = [each for each in some if each in now.common]
        return knowing(*shared).given_by([each for each in some if each not in shared])

    found = [*now.common, *knowing(*now.common).deciding()]
    kept = fewest(found, enough, one_at_least=True) if now.common else found
    return [each for each in found if each in kept]
