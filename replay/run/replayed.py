"""Rankings of offers that have no run in the log, for acts that come in to be held against.

Such offers came with a history. The log is followed as far as somebody asks, and the lists of offers that pass
without a run are kept for a while; where every offer has its run nobody asks, and nothing is read.
"""

from typing import TYPE_CHECKING, Any

from engine.errors import NoRulesError, NoRunError
from engine.intake.acts.codes import CLOSED, RECORDED
from engine.log.eventlog import EventLog, WriteSession
from engine.log.history import OFFERED, Fact
from engine.log.recollection import Recollection
from engine.rules.ruleset import rules_at

if TYPE_CHECKING:
    from projections.bulk_places import OfferedList
    from replay.run.column_ranker import ColumnRanker

MOST = 256
"""Offers whose lists or rankings are kept; those asked for longest ago go first."""


class ReplayedRankings:
    """Ranks offers of a log as known just before each, while the write lock is held."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.forget()

    def forget(self) -> None:
        """Start again from the log: the last transaction may not have been committed."""
        self._known: Recollection | None = None
        self._ranker: ColumnRanker | None = None
        self._lists: dict[str, OfferedList | None] = {}
        self._rankings: dict[str, list[str] | None] = {}

    def ranking(self, session: WriteSession, offer: Fact) -> list[str] | None:
        """Candidates by rank; None where no run was possible."""
        if offer.subject not in self._rankings:
            session.flush()
            self._rankings[offer.subject] = self._ranked(offer)
            _at_most(self._rankings)
        return self._rankings[offer.subject]

    def _ranked(self, offer: Fact) -> list[str] | None:
        known, ranker = self._known, self._ranker
        if known is None or ranker is None:
            known, ranker = self._begun(offer)
            self._known, self._ranker = known, ranker
        elif known.size >= offer.position and offer.subject not in self._lists:
            known, ranker = self._begun(offer)
        for position, _, state in self._log.recorder.rows(known.size + 1, offer.position):
            self._pass(known, ranker, known.learn(position, state))
        listed = self._lists.pop(offer.subject)
        return None if listed is None else [name for name, _ in ranker.order(listed)[0]]

    def _begun(self, offer: Fact) -> "tuple[Recollection, ColumnRanker]":
        """What is known just before an offer, and what ranks in columns, loaded with the first."""
        from replay.run.column_ranker import ColumnRanker

        known = self._log.recollection(offer.position - 1)
        return known, ColumnRanker(known, offer)

    def _pass(self, known: Recollection, ranker: "ColumnRanker", fact: Fact) -> None:
        """Hear of the next fact, which is the last one known."""
        if fact.kind == OFFERED:
            self._lists[fact.subject] = _listed(known, ranker, fact)
            _at_most(self._lists)
        elif fact.kind in (RECORDED, CLOSED):
            self._lists.pop(fact.subject, None)
        ranker.learn(fact)


def _listed(known: Recollection, ranker: "ColumnRanker", offer: Fact) -> "OfferedList | None":
    """The list of an offer, the last fact known; None where no run is possible."""
    try:
        return ranker.listed(offer, known.index.counter, rules_at(offer.instant))
    except (NoRulesError, NoRunError):
        return None


def _at_most(kept: dict[str, Any]) -> None:
    while len(kept) > MOST:
        del kept[next(iter(kept))]
