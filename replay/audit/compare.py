"""Two views of one offer compared: which ranks differ, by how much, and what was learnt in between."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

from replay.run.matchrun import MatchRun


@dataclass(frozen=True, slots=True)
class Change:
    """A candidate whose place or score differs between two rankings; None where it is not ranked."""

    candidate: str
    rank_a: int | None
    rank_b: int | None
    snagc_a: str | None
    snagc_b: str | None

    def as_json(self) -> dict[str, Any]:
        """Candidate, both ranks and scores, and the difference of the scores as text."""
        difference = None
        if self.snagc_a is not None and self.snagc_b is not None:
            difference = f"{Decimal(self.snagc_b) - Decimal(self.snagc_a):f}"
        return {
            "candidate": self.candidate,
            "rank_a": self.rank_a,
            "rank_b": self.rank_b,
            "snagc_a": self.snagc_a,
            "snagc_b": self.snagc_b,
            "difference": difference,
        }


def changes(a: MatchRun, b: MatchRun) -> list[Change]:
    """Candidates ranked otherwise, or with another score, in the order of the first run and then the second."""
    return changes_between(places(a), b)


def changes_between(places_a: Mapping[str, tuple[int, str]], b: MatchRun) -> list[Change]:
    """The same against a ranking given as candidate to rank and score, compared at the decimals it is given with."""
    return changes_of_places(places_a, places(b))


def changes_of_places(places_a: Mapping[str, tuple[int, str]], places_b: Mapping[str, tuple[int, str]]) -> list[Change]:
    """The same of two rankings given so."""
    found = []
    for candidate in dict.fromkeys([*places_a, *places_b]):
        rank_a, snagc_a = places_a.get(candidate, (None, None))
        rank_b, snagc_b = places_b.get(candidate, (None, None))
        if rank_a != rank_b or not same_figure(snagc_b, snagc_a):
            found.append(Change(candidate, rank_a, rank_b, snagc_a, snagc_b))
    return found


def places(run: MatchRun) -> dict[str, tuple[int, str]]:
    """Candidate to rank and published score."""
    return {entry.standing.id: (rank, entry.snagc) for rank, entry in enumerate(run.ranking, 1)}


def same_figure(ours: str | None, theirs: str | None) -> bool:
    """Whether a score as another system printed it is ours, which has six decimals.

    With fewer decimals it is ours if it is a correct rounding of ours: to the nearest, a half to even or up, as systems
    print either. With more, if it rounds to ours (half to even).
    """
    if ours is None or theirs is None or ours == theirs:
        return ours == theirs
    given, exact = Decimal(theirs), Decimal(ours)
    if given == exact or "e" in theirs.lower():
        return given == exact  # by its tens (1e3) a number does not say how it was rounded
    if _decimals(given) > _decimals(exact):
        return given.quantize(exact, ROUND_HALF_EVEN) == exact
    last = Decimal(1).scaleb(-_decimals(given))
    return given in (exact.quantize(last, ROUND_HALF_EVEN), exact.quantize(last, ROUND_HALF_UP))


def _decimals(number: Decimal) -> int:
    """How many decimals a number is written with."""
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int), "scores are finite"
    return -exponent
