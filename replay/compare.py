"""Two views of one offer compared: which ranks differ, and what was learnt in between."""

from dataclasses import dataclass

from engine.log.history import Fact, History
from replay.matchrun import MatchRun


@dataclass(frozen=True, slots=True)
class Change:
    """A candidate whose place or score differs between two runs; None where it is not ranked."""

    candidate: str
    rank_a: int | None
    rank_b: int | None
    snagc_a: str | None
    snagc_b: str | None


def changes(a: MatchRun, b: MatchRun) -> list[Change]:
    """Candidates ranked otherwise, or with another score, in the order of the first run and then the second."""
    places_a, places_b = _places(a), _places(b)
    found = []
    for candidate in dict.fromkeys([*places_a, *places_b]):
        rank_a, snagc_a = places_a.get(candidate, (None, None))
        rank_b, snagc_b = places_b.get(candidate, (None, None))
        if (rank_a, snagc_a) != (rank_b, snagc_b):
            found.append(Change(candidate, rank_a, rank_b, snagc_a, snagc_b))
    return found


def _places(run: MatchRun) -> dict[str, tuple[int, str]]:
    return {entry.standing.id: (rank, entry.snagc) for rank, entry in enumerate(run.ranking, 1)}


def learnt_later(history: History, candidate: str, after: int, until: int) -> list[Fact]:
    """Facts about a candidate that took effect by an instant but were stored, or corrected, after a position."""
    known = history.of(f"candidate/{candidate}")
    return [
        fact
        for fact in known.in_effective_order()
        if fact.instant <= until and (fact.position > after or any(at > after for at in fact.corrected_at))
    ]
