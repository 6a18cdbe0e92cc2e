"""Live offers record their run: the match run of an offer, written beside it in the same transaction.

What is recorded is what a replay of that offer gives: the prefix before it, the rules in force, the default
readings. The history is kept between offers and only learns what is new; after a failed transaction it is
forgotten, since it may have learnt rows that were never committed.
"""

from typing import Any

from engine.errors import NoRulesError
from engine.events.envelope import Event
from engine.events.offer import MatchRunRecorded
from engine.events.subjects import bare_id
from engine.log.eventlog import EventLog, WriteSession
from engine.log.history import Fact, History
from engine.log.tree import TreeBuilder
from engine.rules.readings import choose_readings
from engine.rules.ruleset import rules_at
from projections.folds import Folds
from replay.run.matchrun import Moment, decide, digest_of
from replay.run.version import engine_version

SOURCE = "snagc"


class LiveRuns:
    """Computes the run of each live offer while the write lock is held."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.forget()

    def forget(self) -> None:
        """Start again from the log: the last transaction may not have been committed."""
        watched = self._log.witnesses.sizes()
        self._history, self._tree, self._folds = History(), TreeBuilder(watched), Folds()

    def record(self, session: WriteSession, position: int) -> Event | None:
        """The event that records the run of the offer at a position; None where no rules were in force then.

        BrokenLogError where a checkpoint contradicts the log: the transaction ends, and nothing is recorded.
        """
        session.flush()
        self._catch_up(position - 1)
        offer = session.subject(self._log.fact(position).subject).facts[position]
        try:
            rules = rules_at(offer.instant)
        except NoRulesError:
            return None
        counter = self._history.counter_start + len(self._history.offers) + 1
        known_at, root = self._history.size, self._tree.root().hex()
        moment = Moment(self._history, known_at, root, offer, counter, rules, choose_readings())
        return run_event(moment.offer, self.decide(moment), self._free_id(session, bare_id(offer.subject)))

    @staticmethod
    def _free_id(session: WriteSession, offer: str) -> str:
        """An id for the run; another event may have taken the first choice."""
        name = f"match-run.{offer}"
        while session.identity(SOURCE, name) is not None:
            name += ".again"
        return name

    def decide(self, moment: Moment) -> dict[str, Any]:
        """The decision of the run at a moment."""
        return decide(moment, folds=self._folds)

    def _catch_up(self, last: int) -> None:
        if self._history.size > last:
            self.forget()
        for position, _, state in self._log.recorder.rows(self._history.size + 1, last):
            self._history.learn(position, state)
            self._tree.add(state)
        self._log.hold(last, self._tree)


def run_event(offer: Fact, decision: dict[str, Any], name: str) -> Event:
    """The match-run.recorded of a decision about an offer, under an id."""
    return MatchRunRecorded.model_validate(
        {
            "specversion": "1.0",
            "source": SOURCE,
            "id": name,
            "type": MatchRunRecorded.TYPE,
            "subject": offer.subject,
            "time": offer.time,
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
    )
