"""Live offers record their run: the match run of an offer, written beside it in the same transaction.

What is recorded is what a replay of that offer gives: the prefix before it, the rules in force, the default
readings. It starts from the nearest saved state; what is known is kept between offers and only learns what is new.
After a failed transaction it is forgotten, since it may have learnt rows that were never committed.
"""

from typing import Any

from engine.errors import NoRulesError
from engine.events.envelope import Event
from engine.events.offer import MatchRunRecorded
from engine.events.subjects import bare_id
from engine.log.eventlog import EventLog, WriteSession
from engine.log.history import Fact
from engine.log.recollection import Recollection
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
        self._known: Recollection | None = None
        self._folds = Folds()

    def record(self, session: WriteSession, position: int) -> Event | None:
        """The event that records the run of the offer at a position; None where no rules were in force then.

        BrokenLogError where a checkpoint contradicts the log: the transaction ends, and nothing is recorded.
        """
        session.flush()
        known = self._caught_up(position - 1)
        offer = session.subject(self._log.fact(position).subject).facts[position]
        try:
            rules = rules_at(offer.instant)
        except NoRulesError:
            return None
        index = known.index
        root = index.tree.root().hex()
        moment = Moment(known, index.size, root, offer, index.counter + 1, rules, choose_readings())
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

    def _caught_up(self, last: int) -> Recollection:
        """What is known at a position, and held against the checkpoints."""
        if self._known is None or self._known.size > last:
            self.forget()
            self._known = self._log.recollection(last)
        for position, _, state in self._log.recorder.rows(self._known.size + 1, last):
            self._known.learn(position, state)
        self._log.hold(last, self._known.index.tree)
        return self._known


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
