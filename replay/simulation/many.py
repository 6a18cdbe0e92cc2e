"""Many replicates under several policies, shared among processes, kept as they are finished, and what they come to."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from replay.simulation.calibrated import Calibrated, calibrated
from replay.simulation.folder import Folder
from replay.simulation.intervals import Interval, interval_of_differences, interval_of_mean
from replay.simulation.outcomes import OUTCOMES, Values, is_counted, outcomes_of
from replay.simulation.policy import Policy, fingerprint
from replay.simulation.replicates import replicate
from replay.simulation.request import Request
from replay.simulation.share import Share
from replay.spread.spread import HERE, Spread


@dataclass(frozen=True, slots=True)
class Difference:
    """A later policy against the first, of one outcome."""

    policy: str
    against: str
    outcome: str
    interval: Interval

    def as_json(self) -> dict[str, Any]:
        """The document's entry."""
        return {
            "policy": self.policy,
            "against": self.against,
            "outcome": self.outcome,
            **self.interval.as_json(),
        }


@dataclass(slots=True)
class Results:
    """What all replicates come to; ``values`` holds by policy the outcomes of each replicate."""

    request: Request
    values: list[list[Values]]
    calibration: list[Calibrated]
    names: list[str] = field(init=False)

    def __post_init__(self) -> None:
        found = {name for values in self.values for each in values for name in each}
        self.names = [*OUTCOMES, *sorted(found.difference(OUTCOMES))]

    def outcome(self, policy: int, name: str) -> list[float | None]:
        """An outcome of each replicate; of a group that one lacks, nobody."""
        nobody = 0.0 if is_counted(name) else None
        return [each.get(name, nobody) for each in self.values[policy]]

    def interval(self, policy: int, name: str) -> Interval:
        """The mean of an outcome; none is below zero."""
        found = interval_of_mean(self.outcome(policy, name), counted=is_counted(name))
        return found if found.low is None else replace(found, low=max(found.low, 0.0))

    def difference(self, policy: int, name: str) -> Interval:
        """A policy against the first; exactly nothing where they never differed in anything."""
        ours, first = self.outcome(policy, name), self.outcome(0, name)
        if self.values[policy] == self.values[0]:
            nothing = None if self.interval(0, name).mean is None else 0.0
            return Interval(nothing, nothing, nothing)
        return interval_of_differences(ours, first, counted=is_counted(name))

    def differences(self) -> Iterator[Difference]:
        """Each later policy against the first, outcome by outcome."""
        first, *later = self.request.policies
        for place, policy in enumerate(later, 1):
            for name in self.names:
                yield Difference(policy.name, first.name, name, self.difference(place, name))

    def as_json(self) -> dict[str, Any]:
        """The document of ``snagc simulate``."""
        request = self.request
        return {
            "seed": request.seed,
            "from": request.first.isoformat(),
            "years": request.years,
            "replicates": request.replicates,
            "policies": [
                {
                    "policy": policy.name,
                    "sha256": policy.sha256,
                    "outcomes": {name: self.interval(place, name).as_json() for name in self.names},
                }
                for place, policy in enumerate(request.policies)
            ],
            "differences": [each.as_json() for each in self.differences()],
            "calibration": [each.as_json() for each in self.calibration],
        }


Heard = Callable[[Sequence[Share]], None]
"""Hears of each replicate as it is finished, in order: its share under each policy asked for."""


def lived_policies(request: Request) -> list[Policy]:
    """The policies to be lived under: those asked for, each rule set once, and the rules in force for calibration."""
    found: dict[str, Policy] = {}
    for policy in (*request.policies, Policy(request.in_force.id)):
        found.setdefault(policy.sha256, policy)
    return list(found.values())


def simulate(
    request: Request, spread: Spread = HERE, folder: Folder | None = None, heard: Heard = lambda shares: None
) -> Results:
    """Every replicate asked for, and what they come to; those that the folder has are not lived again.

    The results are the same whoever works, and however often the work was interrupted.
    """
    policies = lived_policies(request)
    places = [[each.sha256 for each in policies].index(policy.sha256) for policy in request.policies]
    in_force = [policy.sha256 for policy in policies].index(fingerprint(request.in_force))
    values: list[list[Values]] = [[] for _ in request.policies]
    kept: list[Share] = []
    for shares in _finished(request, policies, spread, folder):
        found = {place: outcomes_of(shares[place]) for place in set(places)}  # by place, whatever the order
        for of_policy, place in zip(values, places, strict=True):
            of_policy.append(found[place])
        kept.append(shares[in_force])
        heard([shares[place] for place in places])
    return Results(request, values, calibrated(request, kept))


def _finished(
    request: Request, policies: Sequence[Policy], spread: Spread, folder: Folder | None
) -> Iterator[list[Share]]:
    """Replicates in order, from the folder or as they are lived; the latter are kept in it."""
    numbers = range(1, request.replicates + 1)
    there = {number for number in numbers if folder is not None and folder.has(number)}
    living = spread.results(partial(live, request, policies), [number for number in numbers if number not in there])
    for number in numbers:
        if folder is not None and number in there:
            yield folder.finished(number)
            continue
        shares = next(living)
        if folder is not None:
            folder.finish(number, shares)
        yield shares


def live(request: Request, policies: Sequence[Policy], number: int) -> list[Share]:
    """One replicate under each policy: what a worker does."""
    return [replicate(request, policy, number) for policy in policies]
