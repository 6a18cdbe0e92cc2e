"""The match runs of a log, ranked on columns in one pass."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import NoRulesError
from engine.log.eventlog import EventLog
from engine.log.history import Fact, History
from engine.quantities import published_text
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet, rules_at
from projections.bulk_entries import Fields, entries_stacked
from projections.bulk_places import Exactly, OfferedList, Order, order_stacked
from replay.reports.export.tables import Run, Unmade
from replay.run.asked import Span
from replay.run.following import View
from replay.run.matchrun import header
from replay.run.moments import counter_at
from replay.run.one_pass import OnePass, Passed
from replay.run.retold import Retold

TOGETHER = 16
"""Runs whose figures are at hand at once: each has some hundred candidates with twenty figures."""


@dataclass(frozen=True, slots=True)
class _Ranked:
    """A list in order, and what its run is about."""

    about: dict[str, Any]
    offer: Fact
    listed: OfferedList
    order: Order


def runs_in(
    log: EventLog, span: Span, readings: Readings, known_at: str | None = None, *, figures: bool = True
) -> Iterator[Run | Unmade]:
    """The run of every offer whose instant lies in the span, in the order of the log, or why it has none.

    Each is made as known just before its offer. With ``known_at`` all are made as known there, and offers
    at later positions are left out: they are not known yet. Without ``figures`` only the order is told.
    """
    if known_at is None:
        return _as_known_then(log, span, readings, figures)
    return _as_known_at(log, log.known_at(known_at), span, readings, figures)


def _as_known_then(log: EventLog, span: Span, readings: Readings, figures: bool) -> Iterator[Run | Unmade]:
    def views(rules: RuleSet) -> list[View]:
        return [(rules, readings)]

    early: list[Fact] = []
    passing = OnePass(log, span, views, early)
    passed = (each for each in passing if isinstance(each, Passed))
    ranked = (_Ranked(each.header(), each.offer, each.lists[0], each.orders[0]) for each in passed)
    for run in _runs(ranked, passing.exactly, figures):
        while early and early[0].position < run.position:
            yield _before_the_score(log, early.pop(0))
        yield run
    yield from (_before_the_score(log, offer) for offer in early)


def _before_the_score(log: EventLog, offer: Fact) -> Unmade:
    try:
        rules_at(offer.instant)
    except NoRulesError as error:
        return Unmade(offer, offer.position - 1, counter_at(log, offer.position), str(error))
    raise AssertionError("rules were in force")


def _as_known_at(log: EventLog, last: int, span: Span, readings: Readings, figures: bool) -> Iterator[Run | Unmade]:
    history, tree = log.history_and_tree(last)
    found: dict[int, Run | Unmade] = {}
    positions = (offer.position for offer in history.offers if span.holds(offer.instant))
    following = next(positions, None)
    for run in _retold(history, tree.root().hex(), span, readings, figures):
        found[run.position] = run
        while following in found:
            yield found.pop(following)
            following = next(positions, None)


def _retold(history: History, root: str, span: Span, readings: Readings, figures: bool) -> Iterator[Run | Unmade]:
    """The runs as known there, by the instants of their offers."""
    retold = Retold(history, readings)
    for stack in retold.stacks(span):
        yield from (
            Unmade(each.offer, history.size, each.counter, each.problem) for each in stack if each.problem is not None
        )
        made = [(each, each.listed) for each in stack if each.listed is not None]
        orders = order_stacked([listed for _, listed in made], retold.exactly) if made else []
        ranked = (
            _Ranked(
                header(each.offer, listed.donor.id, history.size, root, each.counter, listed.p, readings),
                each.offer,
                listed,
                order,
            )
            for (each, listed), order in zip(made, orders, strict=True)
        )
        yield from _runs(ranked, retold.exactly, figures)


def _runs(ranked: Iterable[_Ranked], exactly_of: Exactly, figures: bool) -> Iterator[Run]:
    for some in _together(ranked):
        lists = [each.listed for each in some]
        entries: Sequence[dict[str, Fields]] = entries_stacked(lists, exactly_of) if figures else [{} for _ in some]
        for each, said in zip(some, entries, strict=True):
            ranking = [(name, published_text(points)) for name, points in each.order[0]]
            yield Run(each.about, each.offer.position, ranking, each.order[1], said)


def _together(ranked: Iterable[_Ranked]) -> Iterator[list[_Ranked]]:
    """So many at once, under the same rules."""
    some: list[_Ranked] = []
    for each in ranked:
        if len(some) == TOGETHER or (some and some[0].listed.p is not each.listed.p):
            yield some
            some = []
        some.append(each)
    if some:
        yield some
