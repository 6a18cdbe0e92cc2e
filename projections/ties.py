"""Why one of two equal scores comes first: which tie-break decided, and what each candidate brought to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from engine.quantities import LATEST, paris_text
from projections.standing import Standing, tie_break

TIE_BREAKS = {
    "expert_component": "its expert component has been in force for longer",
    "lvad": "its LVAD was implanted earlier",
    "registration": "it was registered earlier",
    "candidate": "all else is equal and its id comes first",
}
"""The tie-breaks in their order, and what each says of the candidate that comes first."""
_ONLY_ONE = {
    "expert_component": "it has an expert component in force and the other has none",
    "lvad": "it has an LVAD and the other has none",
}


@dataclass(frozen=True, slots=True)
class Tie:
    """Two neighbours with one published score: who comes first, who second, by which tie-break."""

    first: str
    second: str
    decided_by: str
    of_first: str | None
    of_second: str | None
    """The instants, or the ids, that were compared; None where a candidate has none."""

    @property
    def why(self) -> str:
        """The tie-break in words about the candidate that comes first."""
        return TIE_BREAKS[self.decided_by] if self.of_second else _ONLY_ONE[self.decided_by]

    def as_json(self) -> dict[str, Any]:
        """Both candidates, the tie-break, what was compared, and the reason in words."""
        return {
            "first": self.first,
            "second": self.second,
            "decided_by": self.decided_by,
            "of_first": self.of_first,
            "of_second": self.of_second,
            "why": self.why,
        }

    def __str__(self) -> str:
        compared = " against ".join(each for each in (self.of_first, self.of_second) if each)
        return f"{self.first} before {self.second} with the same score: {self.why} ({compared})"


def tie(first: Standing, second: Standing) -> Tie:
    """What decided between two candidates with one score, the first of them ranked before the second."""
    keys = [tie_break(each.listed, each.component) for each in (first, second)]
    name, of_first, of_second = next(
        (name, *both) for name, *both in zip(TIE_BREAKS, *keys, strict=True) if both[0] != both[1]
    )
    return Tie(first.id, second.id, name, _shown(of_first), _shown(of_second))


def ties(ranked: Sequence[tuple[str, Standing]]) -> Iterator[Tie]:
    """Each two neighbours of a ranking, given as published score and standing, whose scores are equal."""
    for (score_a, first), (score_b, second) in pairwise(ranked):
        if score_a == score_b:
            yield tie(first, second)


def ties_of(candidate: str, ranked: Sequence[tuple[str, Standing]]) -> list[Tie]:
    """The ties of one candidate with its neighbours above and below."""
    return [each for each in ties(ranked) if candidate in (each.first, each.second)]


def _shown(key: int | str) -> str | None:
    if isinstance(key, str):
        return key
    return None if key == LATEST else paris_text(key)
