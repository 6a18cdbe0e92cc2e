"""The match runs of a log, replayed one after the other in one growing pass over its rows."""

from collections.abc import Iterator

from engine.errors import NoRulesError, NoRunError
from engine.events.upcasts import read_stored
from engine.log.eventlog import EventLog
from engine.log.history import OFFERED, Fact, History, fact_of, kind_of
from engine.log.tree import TreeBuilder
from engine.rules.readings import Readings
from engine.rules.ruleset import rules_at
from projections.folds import Folds
from replay.reports.export.tables import Unmade
from replay.run.asked import Span
from replay.run.matchrun import MatchRun, Moment, match_run


def runs_in(log: EventLog, span: Span, readings: Readings, known_at: str | None = None) -> Iterator[MatchRun | Unmade]:
    """The run of every offer whose instant lies in the span, in the order of the log, or why it has none.

    Each is made as known just before its offer. With ``known_at`` all are made as known there, and offers
    at later positions are left out: they are not known yet.
    """
    if known_at is None:
        yield from _as_known_then(log, span, readings)
        return
    history, tree = log.history_and_tree(log.known_at(known_at))
    folds = Folds()
    for number, offer in enumerate(history.offers, 1):
        if span.holds(offer.instant):
            yield _run(history, tree, offer, number, readings, folds)


def _as_known_then(log: EventLog, span: Span, readings: Readings) -> Iterator[MatchRun | Unmade]:
    history, tree, folds = History(), TreeBuilder(), Folds()
    log.hold(log.head())
    for position, topic, state in log.recorder.rows():
        if kind_of(topic) == OFFERED:
            offer = fact_of(position, read_stored(state))
            if span.holds(offer.instant):
                yield _run(history, tree, offer, len(history.offers) + 1, readings, folds)
        history.learn(position, state)
        tree.add(state)


def _run(
    history: History, tree: TreeBuilder, offer: Fact, number: int, readings: Readings, folds: Folds
) -> MatchRun | Unmade:
    counter = history.counter_start + number
    try:
        rules = rules_at(offer.instant)
        moment = Moment(history, history.size, tree.root().hex(), offer, counter, rules, readings)
        return match_run(moment, folds=folds)
    except (NoRulesError, NoRunError) as error:
        return Unmade(offer, history.size, counter, str(error))
