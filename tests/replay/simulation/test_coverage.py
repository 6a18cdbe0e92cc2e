"""The intervals of whole simulations hold the truth about as often as they say; ``coverage`` does it at length."""

import pytest

from replay.simulation.outcomes import OUTCOMES
from tests.replay.simulation.coverage import experiment, held


@pytest.mark.long_only
def test_intervals_of_whole_simulations_hold_the_truth() -> None:
    found = list(held([experiment(10, seed) for seed in range(1, 21)], 10))
    for paired in (False, True):
        holds = [each.holds for each in found if each.paired == paired and each.outcome in OUTCOMES]
        assert sum(holds) / len(holds) >= 0.88
        assert len(holds) > 100
