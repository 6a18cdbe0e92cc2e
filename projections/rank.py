"""Third stage: the order of those who have a rank, and who has none."""

from projections.score import Score, Scores
from projections.standing import tie_break


def rank(scores: Scores) -> tuple[list[Score], list[int]]:
    """The ranked in descending published points, ties broken as in a match run; the indices of the others."""
    ranked = [scores[index] for index, has_rank in enumerate(scores.ranked) if has_rank]
    ranked.sort(key=lambda score: (-score.points, tie_break(score.listed, score.component)))
    return ranked, [index for index, has_rank in enumerate(scores.ranked) if not has_rank]
