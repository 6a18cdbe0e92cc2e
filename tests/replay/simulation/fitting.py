"""Rates that nobody published, set so that published figures come out: ``python -m tests.replay.simulation.fitting``.

Each group of rates has one figure, which rises with it; round by round the group is multiplied by what the figure
lacks. None of the figures is held out (published.toml). It prints what to write in rates.toml.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from statistics import fmean
from typing import NamedTuple

from replay.simulation.calibrated import measures, published
from replay.simulation.policy import Policy
from replay.simulation.rates import Rates, own_rates
from replay.simulation.replicates import replicate
from replay.simulation.request import Request
from replay.spread.spread import Spread

ROUNDS, REPLICATES, YEARS, DIGITS = 4, 10, 2, 3


class Fitted(NamedTuple):
    """A group of rates, and the figure that is to come out."""

    figure: str
    published: float
    endings: tuple[str, ...]
    """Of the rates' dotted names."""


def fitted() -> tuple[Fitted, ...]:
    """What is fitted on what."""
    figures = {name: float(said["published"]) for name, said in published().items() if said["role"] == "fitted"}
    delisted_otherwise = figures["delisted_a_year"] - figures["delisted_for_worsening_a_year"]
    inactive = fmean(value for name, value in figures.items() if name.startswith("inactive_share_of_the_list"))
    return (
        Fitted("listed_at_the_end_of_a_year", figures["listed_at_the_end_of_a_year"], ("volumes.standing",)),
        Fitted("transplants_a_year", figures["transplants_a_year"], (".accept_good", ".accept_doubtful")),
        Fitted("deaths_on_the_list_a_year", figures["deaths_on_the_list_a_year"], (".died",)),
        Fitted("delisted_for_worsening_a_year", figures["delisted_for_worsening_a_year"], (".worsened",)),
        Fitted("delisted_otherwise_a_year", delisted_otherwise, (".improved", ".other", ".refused")),
        Fitted("inactive_share_of_the_list", inactive, (".suspended",)),
        Fitted("recipients_on_ecmo", figures["recipients_on_ecmo"], (".accept_on_ecmo",)),
    )


def measured(request: Request) -> Mapping[str, float]:
    """The mean of each figure under the rules in force."""
    found = list(Spread(workers=2).results(partial(figures_of, request), range(1, request.replicates + 1)))
    means = {
        name: fmean(value for each in found if (value := each[name]) is not None)
        for name in found[0]
        if found[0][name] is not None
    }
    otherwise = means["delisted_a_year"] - means["delisted_for_worsening_a_year"]
    return {**means, "delisted_otherwise_a_year": otherwise}


def figures_of(request: Request, number: int) -> Mapping[str, float | None]:
    """What a worker does: the figures of one replicate."""
    return measures(request, replicate(request, request.policies[0], number))


def nearer(rates: Rates, found: Mapping[str, float]) -> Rates:
    """The rates multiplied by what their figures lack."""
    values = {}
    for each in fitted():
        factor = each.published / found[each.figure]
        for name in rates.said:
            if name.endswith(each.endings):
                values[name] = _rounded(rates.number(name) * factor)
    return rates.changed(values)


def _rounded(value: float) -> Decimal:
    return Decimal(f"{value:.{DIGITS}g}")


def main() -> None:
    request = Request((Policy("2023-06-15"),), date(2024, 1, 1), YEARS, REPLICATES, 7, own_rates())
    for number in range(ROUNDS):
        found = measured(request)
        print(f"round {number}")
        for each in fitted():
            print(f"  {each.figure}: published {each.published:.3f}, simulated {found[each.figure]:.3f}", flush=True)
        request = replace(request, rates=nearer(request.rates, found))
    for name, value in request.rates.said.items():
        if value != own_rates().said[name]:
            print(f"{name} = {value}")


if __name__ == "__main__":
    main()
