"""Two views of one offer compared: which ranks differ, by how much, and what was learnt in between."""

from collections.abc import Iterator, Mapping
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

    @property
    def rescored(self) -> bool:
        """Whether the score differs, at the decimals that the first is given with, and not the place alone."""
        return not same_figure(self.snagc_b, self.snagc_a)

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


def other_figures(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of the documents of two runs those whom ``changes`` does not name, and whose figures or reasons differ.

    That is whoever is excluded in both, or has the same place and score in both: each with its rank (None where
    excluded), the reasons on either side (None where not excluded), and by name each figure that differs, on both
    sides. A candidate of one run alone is not active in the other: it has no reasons there, and figures on neither.
    """
    named = {each.candidate for each in changes_of_places(_told(a), _told(b))}
    sides = [{each["candidate"]: each for name in ("ranking", "excluded") for each in run[name]} for run in (a, b)]
    found = (_other(name, sides[0].get(name), sides[1].get(name)) for name in sorted({**sides[0], **sides[1]}))
    return [each for each in found if each["candidate"] not in named and _differs(each)]


def _told(run: Mapping[str, Any]) -> dict[str, tuple[int, str]]:
    return {entry["candidate"]: (entry["rank"], entry["snagc"]) for entry in run["ranking"]}


def _other(candidate: str, a: Mapping[str, Any] | None, b: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "candidate": candidate,
        "rank": (a or {}).get("rank"),
        "reasons_a": (a or {}).get("reasons"),
        "reasons_b": (b or {}).get("reasons"),
        "figures": dict(_figures(a, b)) if a and b else {},
    }


def _figures(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in a:
        if name not in ("rank", "reasons") and a[name] != b[name]:
            yield name, {"a": a[name], "b": b[name]}


def _differs(other: Mapping[str, Any]) -> bool:
    return bool(other["figures"]) or other["reasons_a"] != other["reasons_b"]


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
