"""Third stage: the order of those who have a rank, and who has none."""

from collections.abc import Sequence

from projections.score import Score
from projections.standing import tie_break


def rank(scores: Sequence[Score]) -> tuple[list[Score], list[Score]]:
    """The ranked in descending published points, ties broken as in a match run; the others by ascending id."""
    ranked = [score for score in scores if score.ranked]
    ranked.sort(key=lambda score: (-score.points, tie_break(score.listed, score.component)))
    return ranked, sorted((score for score in scores if not score.ranked), key=lambda score: score.listed.id)
