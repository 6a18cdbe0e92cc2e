"""Candidates folded once and kept: between two of its facts a candidate's state stays the same.

A replay of many offers asks for every candidate at every offer. The state is folded again only where the
history has learnt something about the candidate, or one of its facts has come into effect in between.
"""

from dataclasses import dataclass
from typing import Any

from engine.log.history import SubjectHistory
from engine.quantities import EARLIEST, LATEST
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from projections.candidate import TRANSPLANTED, Candidate, candidate_at


@dataclass(frozen=True, slots=True)
class _Kept:
    """A state, the length of the history it was folded from, and the instants between which it holds."""

    length: int
    transplanted_from: frozenset[str]
    """Offers that the candidate's transplantations name."""
    since: int
    until: int
    candidate: Candidate | None


class Folds:
    """Folds of candidates, kept by subject. States are shared: nobody may change them."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._derived: dict[tuple[RuleSet, Readings], dict[str, Any]] = {}

    def derived(self, p: RuleSet, r: Readings) -> dict[str, Any]:
        """By subject, a place for what is made of each state under rules and readings, and lasts as long as it."""
        return self._derived.setdefault((p, r), {})

    def candidate(
        self, subject: str, known: SubjectHistory, at: int, ignoring_offer: str | None = None
    ) -> Candidate | None:
        """The candidate at an instant, as ``candidate_at`` folds it."""
        kept = self._kept.get(subject)
        if kept is None or kept.length != known.length or not kept.since <= at < kept.until:
            kept = self._kept[subject] = _fold(known, at)
        if ignoring_offer in kept.transplanted_from:
            return candidate_at(known, at, ignoring_offer=ignoring_offer)
        return kept.candidate


def _fold(known: SubjectHistory, at: int) -> _Kept:
    facts = known.facts.values()
    since = max((fact.instant for fact in facts if fact.instant <= at), default=EARLIEST)
    until = min((fact.instant for fact in facts if fact.instant > at), default=LATEST)
    offers = frozenset(fact.data["offer"] for fact in facts if fact.kind == TRANSPLANTED and "offer" in fact.data)
    return _Kept(known.length, offers, since, until, candidate_at(known, at))
