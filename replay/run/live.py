"""Live offers record their run: the match run of an offer, written beside it in the same transaction.

What is recorded is what a replay of that offer gives: the prefix before it, the rules in force, the default
readings. It starts from the nearest saved state; what is known, and the columns of everybody on the list, are kept
between offers and only learn what is new. After a failed transaction all is forgotten, since it may have learnt rows
that were never committed.
"""

import gc
from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

from engine.errors import NoRulesError
from engine.events.sound import Sound, sound_of
from engine.events.subjects import bare_id
from engine.events.vocabulary import RUN_RECORDED
from engine.log.eventlog import EventLog, WriteSession
from engine.log.history import Fact
from engine.log.recollection import Recollection
from engine.quantities import InstantText
from engine.rules.readings import choose_readings
from engine.rules.ruleset import RuleSet, rules_at
from replay.run.version import engine_version

SOURCE = "snagc"
Ranked: TypeAlias = tuple[str, list[tuple[str, str]], list[str]]
"""Donor, candidates with scores in order, and ids of those excluded."""
_DEFAULTS = choose_readings()


class Ranker(Protocol):
    """What puts the lists of live offers in order."""

    def learn(self, fact: Fact) -> None:
        """Hear of the next fact."""

    def ranked(self, offer: Fact, counter: int, rules: RuleSet) -> Ranked:
        """Who is ranked for an offer, which has the next position, and who is not."""


class LiveRuns:
    """Computes the run of each live offer while the write lock is held."""

    def __init__(self, log: EventLog, ranker: Callable[[Recollection, Fact], Ranker] | None = None) -> None:
        self._log, self._new_ranker = log, ranker or _column_ranker
        self.forget()

    def forget(self) -> None:
        """Start again from the log: the last transaction may not have been committed."""
        self._known: Recollection | None = None
        self._lasting = False
        self._ranker: Ranker | None = None

    def record(self, session: WriteSession, position: int) -> Sound | None:
        """The event that records the run of the offer at a position; None where no rules were in force then.

        BrokenLogError where a checkpoint contradicts the log: the transaction ends, and nothing is recorded.
        """
        from replay.run.matchrun import decision_of, header

        session.flush()
        offer = session.subject(self._log.fact(position).subject).facts[position]
        known, ranker = self._caught_up(offer)
        try:
            rules = rules_at(offer.instant)
        except NoRulesError:
            return None
        index = known.index
        counter = index.counter + 1
        donor, ranking, excluded = ranker.ranked(offer, counter, rules)
        if not self._lasting:
            self._lasting = True
            gc.freeze()  # a look for garbage among all that was just read would fall into some later offer
        about = header(offer, donor, index.size, index.tree.root().hex(), counter, rules, _DEFAULTS)
        decision = decision_of(about, ranking, excluded)
        return sound_of(run_attributes(offer, decision, self._free_id(session, bare_id(offer.subject))))

    @staticmethod
    def _free_id(session: WriteSession, offer: str) -> str:
        """An id for the run; another event may have taken the first choice."""
        name = f"match-run.{offer}"
        while session.identity(SOURCE, name) is not None:
            name += ".again"
        return name

    def _caught_up(self, offer: Fact) -> tuple[Recollection, Ranker]:
        """What is known before an offer, and held against the checkpoints."""
        last, known, ranker = offer.position - 1, self._known, self._ranker
        if known is None or ranker is None or known.size > last:
            self.forget()
            known = self._log.recollection(last)
            ranker = self._new_ranker(known, offer)
        for position, _, state in self._log.recorder.rows(known.size + 1, last):
            ranker.learn(known.learn(position, state))
        self._log.hold(last, known.index.tree)
        self._known, self._ranker = known, ranker
        return known, ranker


def _column_ranker(known: Recollection, first: Fact) -> Ranker:
    """What ranks in columns, loaded with the first offer: most of what is taken in ranks nobody."""
    from replay.run.column_ranker import ColumnRanker

    return ColumnRanker(known, first)


def run_attributes(offer: Fact, decision: dict[str, Any], name: str) -> dict[str, Any]:
    """The match-run.recorded of a decision about an offer, under an id: its attributes as they are stored."""
    from replay.run.matchrun import digest_of

    return {
        "specversion": "1.0",
        "source": SOURCE,
        "id": name,
        "type": RUN_RECORDED,
        "subject": offer.subject,
        "time": InstantText.of(offer.time, offer.instant),
        "data": {
            "offer": decision["offer"],
            "counter": decision["counter"],
            "ruleset": decision["ruleset"],
            "readings": decision["readings"],
            "log_size": decision["known_at"],
            "ranking": decision["ranking"],
            "digest": digest_of(decision),
            "engine": engine_version(),
        },
    }
