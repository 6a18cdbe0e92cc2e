"""What becomes of who is registered, as competing risks, by lifelines: Aalen-Johansen for each way off the list.

Only those registered within the years count, from their registration on; who still waits at the end is censored. So
each curve is the share of all registered to whom that happened first. Kaplan-Meier gives survival on the list, where
grafts and other removals censor.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from replay.simulation.outcomes import SECONDS_A_DAY
from replay.simulation.share import Share

EVENTS = {"transplanted": 1, "died": 2, "worsened": 3, "improved": 4, "refused": 4, "other": 4}
CURVES = {"transplanted": 1, "died": 2, "worsened": 3, "otherwise_off": 4}
LAST_DAY, STEP = 730, 5


@dataclass(slots=True)
class Cohort:
    """Those registered within the years under one policy, of all replicates: days to what happened, and what it was."""

    days: list[float] = field(default_factory=list)
    events: list[int] = field(default_factory=list)

    def add(self, share: Share) -> None:
        """Take in a replicate."""
        columns = share.columns
        for standing, listed, ended, outcome in zip(
            *(columns[name] for name in ("standing", "listed", "ended", "outcome")), strict=True
        ):
            if not standing:
                self.days.append(max(ended - listed, 1) / SECONDS_A_DAY)
                self.events.append(EVENTS.get(outcome, 0))

    def incidence(self, event: int, days: Sequence[int]) -> list[float]:
        """The share of the registered to whom this happened first, by each of some days."""
        from lifelines import AalenJohansenFitter  # type: ignore[import-untyped, unused-ignore]

        if event not in self.events:
            return [0.0 for _ in days]
        fitter = AalenJohansenFitter(calculate_variance=False, seed=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of ties, which it breaks by a jitter with the seed
            fitter.fit(np.array(self.days), np.array(self.events), event_of_interest=event)
        table = fitter.cumulative_density_
        return _at(table.index.to_numpy(), table.iloc[:, 0].to_numpy(), days, 0.0)

    def survival(self, days: Sequence[int]) -> list[float]:
        """The share alive by each of some days if nobody left the list but by death."""
        from lifelines import KaplanMeierFitter

        if not self.days:
            return [1.0 for _ in days]
        fitter = KaplanMeierFitter().fit(np.array(self.days), np.array(self.events) == EVENTS["died"])
        table = fitter.survival_function_
        return _at(table.index.to_numpy(), table.iloc[:, 0].to_numpy(), days, 1.0)


def _at(times: "np.ndarray", values: "np.ndarray", days: Sequence[int], before: float) -> list[float]:
    """A step function on some days."""
    places = np.searchsorted(times, np.array(days, dtype=float), side="right") - 1
    return [before if place < 0 else float(values[place]) for place in places]
