"""A small country, so that a year of it is lived in a second: the project's own rates with a tenth of the people."""

from datetime import date
from decimal import Decimal

from replay.simulation.policy import Policy
from replay.simulation.rates import Rates, own_rates
from replay.simulation.request import Request

TODAY = Policy("2023-06-15")
_FEWER: dict[str, Decimal | int] = {
    "volumes.registrations_a_year": 60,
    "volumes.donors_a_year": 50,
    "volumes.standing": 36,
    "volumes.warm_up_days": 20,
}
_DECISIVE: dict[str, Decimal | int] = {
    "teams.accept_good": Decimal("0.9"),
    "teams.accept_doubtful": Decimal("0.6"),
    "teams.accept_on_ecmo": 1,
    "volumes.registrations_a_year": 36,
    "volumes.donors_a_year": 22,
    "volumes.standing": 40,
    "volumes.warm_up_days": 5,
}


def small_rates() -> Rates:
    return own_rates().changed(_FEWER)


def decisive_rates() -> Rates:
    """Many wait for few grafts, and teams take almost what comes: who is ranked first is who is transplanted."""
    return small_rates().changed(_DECISIVE)


def small_request(*policies: Policy, years: int = 1, seed: int = 7) -> Request:
    return Request(policies or (TODAY,), date(2024, 1, 1), years, 1, seed, small_rates())


def changing(name: str, **figures: object) -> Policy:
    """A policy that gives figures of the rules in force another value."""
    said = "".join(f"{figure} = {value}\n" for figure, value in figures.items())
    return Policy(name, f'inherits = "2023-06-15"\n[figures]\n{said}')
