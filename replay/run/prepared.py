"""The rankings of a whole feed computed beforehand, on all processors, for a history taken in with its runs.

A ranking depends on the facts before its offer and not on the runs recorded among them, so parts of a feed are
ranked side by side; counter, root and digest are put in when the events get their positions.
"""

from pathlib import Path

from engine.events.subjects import bare_id
from engine.events.upcasts import read_stored
from engine.log.eventlog import EventLog
from engine.log.history import OFFERED, Fact, History, fact_of
from engine.processes import processors, worker_processes
from engine.rules.readings import choose_readings
from engine.rules.ruleset import RuleSet, rules_at
from projections.folds import Folds
from replay.run.live import LiveRuns, Ranked
from replay.run.matchrun import Moment, decide


class PreparedRanker:
    """Knows the rankings beforehand."""

    def __init__(self, rankings: dict[str, Ranked]) -> None:
        self._rankings = rankings

    def learn(self, fact: Fact) -> None:
        """Nothing has to be heard."""

    def ranked(self, offer: Fact, counter: int, rules: RuleSet) -> Ranked:
        """The prepared ranking."""
        return self._rankings[bare_id(offer.subject)]


def prepared_runs(log: EventLog, rankings: dict[str, Ranked]) -> LiveRuns:
    """What records runs whose rankings are at hand."""
    return LiveRuns(log, lambda known, first: PreparedRanker(rankings))


def rank_feed(feed: Path) -> dict[str, Ranked]:
    """The ranking of every offer of an NDJSON feed, by offer id."""
    parts = processors()
    with worker_processes(parts) as pool:
        found = pool.map(_rank_part, [feed] * parts, range(parts), [parts] * parts)
        return {offer: ranked for part in found for offer, ranked in part}


def _rank_part(feed: Path, part: int, parts: int) -> list[tuple[str, Ranked]]:
    """Every so manieth offer of a feed, from its own pass over it."""
    history, folds, seen = History(), Folds(), set[tuple[str, str]]()
    found: list[tuple[str, Ranked]] = []
    with feed.open("rb") as file:
        for line in file:
            fact = fact_of(history.size + 1, read_stored(line))
            if (fact.source, fact.id) in seen:
                continue
            seen.add((fact.source, fact.id))
            if fact.kind == OFFERED and len(history.offers) % parts == part:
                found.append((bare_id(fact.subject), _rank(history, fact, folds)))
            history.learn(fact.position, line)
    return found


def _rank(history: History, offer: Fact, folds: Folds) -> Ranked:
    counter = history.counter_start + len(history.offers) + 1
    moment = Moment(history, history.size, "", offer, counter, rules_at(offer.instant), choose_readings())
    decision = decide(moment, folds=folds)
    ranking = [(entry["candidate"], entry["snagc"]) for entry in decision["ranking"]]
    return decision["donor"], ranking, decision["excluded"]
