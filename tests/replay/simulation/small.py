"""A small country, so that a year of it is lived in a second: the project's own rates with a tenth of the people."""

from datetime import date

from replay.simulation.policy import Policy
from replay.simulation.rates import Rates, own_rates
from replay.simulation.request import Request

TODAY = Policy("2023-06-15")
_FEWER = {
    "value = 585": "value = 60",
    "value = 700": "value = 50",
    "value = 350": "value = 36",
    "value = 420": "value = 20",
}


def small_rates() -> Rates:
    text = own_rates().text
    for ours, theirs in _FEWER.items():
        assert text.count(ours) == 1
        text = text.replace(ours, theirs)
    return Rates(text, "small.toml")


def small_request(*policies: Policy, years: int = 1, seed: int = 7) -> Request:
    return Request(policies or (TODAY,), date(2024, 1, 1), years, 1, seed, small_rates())
