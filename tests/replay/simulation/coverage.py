"""How often the intervals hold the truth: ``python -m tests.replay.simulation.coverage [EXPERIMENTS [REPLICATES]]``.

An experiment is a whole simulation of two policies in a tiny country, with a seed of its own. What is true is the mean
over the replicates of all experiments, of which one experiment is half a percent. It prints, for means and for paired
differences, the share of the 95 % intervals that hold it, outcome by outcome.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from math import fsum
from typing import NamedTuple

from replay.simulation.intervals import Interval
from replay.simulation.many import Results, simulate
from replay.simulation.outcomes import OUTCOMES, Values
from replay.simulation.policy import Policy
from replay.simulation.request import Request
from replay.spread.spread import Spread
from tests.replay.simulation.small import TODAY, decisive_rates, small_request

EXPERIMENTS, REPLICATES = 200, 10
NEARER = Policy("nearer", 'inherits = "2023-06-15"\n[figures]\ntravel_exponent = 3\n')
_TINY = {
    "volumes.registrations_a_year": 16,
    "volumes.donors_a_year": 12,
    "volumes.standing": 12,
    "volumes.warm_up_days": 1,
}


class Experiment(NamedTuple):
    """A whole simulation: by policy the outcomes of each replicate."""

    values: list[list[Values]]

    def results(self, request: Request) -> Results:
        """What they come to."""
        return Results(request, self.values, [])


class Held(NamedTuple):
    """An interval that could be given, and what is true."""

    outcome: str
    paired: bool
    interval: Interval
    truth: float

    @property
    def holds(self) -> bool:
        """Whether the truth lies in the interval."""
        assert self.interval.low is not None
        assert self.interval.high is not None
        return self.interval.low <= self.truth <= self.interval.high


def request_of(replicates: int) -> Request:
    """Two policies in a tiny country."""
    rates = decisive_rates().changed(_TINY)
    return replace(small_request(TODAY, NEARER), replicates=replicates, rates=rates)


def experiment(replicates: int, seed: int) -> Experiment:
    """A simulation with its own seed."""
    return Experiment(simulate(replace(request_of(replicates), seed=seed)).values)


def held(experiments: Sequence[Experiment], replicates: int) -> Iterator[Held]:
    """Each interval of each experiment beside the truth."""
    request = request_of(replicates)
    whole = Experiment([[each for one in experiments for each in one.values[place]] for place in (0, 1)])
    results = whole.results(request)
    truths = {name: (results.interval(0, name).mean, results.difference(1, name).mean) for name in results.names}
    for one in experiments:
        found = one.results(request)
        for name in found.names:
            for paired, ours in enumerate((found.interval(0, name), found.difference(1, name))):
                truth = truths[name][paired]
                if ours.low is not None and truth is not None:
                    yield Held(name, bool(paired), ours, truth)


def main() -> None:
    experiments, replicates = (*map(int, sys.argv[1:]), *(EXPERIMENTS, REPLICATES)[len(sys.argv) - 1 :])
    lived = list(Spread(workers=1).results(partial(experiment, replicates), range(1, experiments + 1)))
    by_name: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for each in held(lived, replicates):
        outcome, _, group = each.outcome.partition("/")
        of = group.partition("=")[0] or "everybody"
        by_name["paired difference" if each.paired else "mean", f"{outcome} of {of}"].append(each.holds)
    print(f"{experiments} experiments of {replicates} replicates, 95 % intervals")
    for (kind, name), holds in by_name.items():
        print(f"{kind:18} {name:40} {fsum(holds) / len(holds):.3f} of {len(holds)}")
    for kind in ("mean", "paired difference"):
        whole = [hold for outcome in OUTCOMES for hold in by_name[kind, f"{outcome} of everybody"]]
        print(f"{kind:18} {'every outcome of everybody':40} {fsum(whole) / len(whole):.3f} of {len(whole)}")


if __name__ == "__main__":
    main()
