"""What the report needs of each replicate beside its outcomes, taken in as replicates are finished."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from replay.simulation.many import Results
from replay.simulation.outcomes import Values, outcomes_of
from replay.simulation.report.incidence import Cohort
from replay.simulation.request import Request
from replay.simulation.share import Share

DISTANCE = "distance"


@dataclass(slots=True)
class Seen:
    """By policy, those registered, and the outcomes by distance of their centre."""

    request: Request
    cohorts: list[Cohort] = field(init=False)
    distances: list[list[Values]] = field(init=False)

    def __post_init__(self) -> None:
        self.cohorts = [Cohort() for _ in self.request.policies]
        self.distances = [[] for _ in self.request.policies]

    def hear(self, shares: Sequence[Share]) -> None:
        """Take in a replicate under each policy."""
        for place, share in enumerate(shares):
            self.cohorts[place].add(share)
            self.distances[place].append(outcomes_of(share, (DISTANCE,)))

    def by_distance(self) -> Results:
        """The outcomes of everybody and of each class of distance."""
        return Results(self.request, self.distances, [])
