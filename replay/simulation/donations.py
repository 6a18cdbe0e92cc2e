"""Donors as they arrive, whatever the policy: each in a world of its own, and the fate of the graft drawn with it."""

from dataclasses import dataclass

from fixtures.national.dice import Dice, read_curve
from fixtures.national.donors import Donor, register_donor
from fixtures.national.facts import Fact
from fixtures.national.geography import Geography
from fixtures.national.paris import DAY, DAYS_A_YEAR, HOUR, midnight
from replay.simulation.lives import MICROSECONDS, Alone, Told
from replay.simulation.rates import Rates

OFFERED_AFTER = 3 * HOUR, 20 * HOUR


@dataclass(frozen=True, slots=True)
class Donation:
    """A donor, when the heart is offered, and the graft's fate as far as it does not hang on who is asked."""

    donor: str
    offer: str
    told: tuple[Told, ...]
    offered: int
    good: bool
    """Whether the graft suits most teams."""
    withdrawn: bool
    lost: bool
    """Whether it would prove unfit at procurement."""


def draw_donation(seed: int, geography: Geography, number: int, now: int, rates: Rates, prefix: str = "") -> Donation:
    """A donor who is registered now, and the graft."""
    world = Alone(seed, geography, f"{prefix}D{number:05d}", now)
    donor = register_donor(world)
    told = tuple(told_of(fact, now) for fact in world.journal.past_of(donor.subject))
    offered = now + world.dice.between(*OFFERED_AFTER)
    return donation_of(donor.identity, f"{prefix}O{number:05d}", told, offered, _years(donor, now), world.dice, rates)


def donation_of(
    donor: str, offer: str, told: tuple[Told, ...], offered: int, years: float, dice: Dice, rates: Rates
) -> Donation:
    """A donor's graft, with its fate drawn."""
    return Donation(
        donor,
        offer,
        told,
        offered,
        good=dice.chance(read_curve(rates.good_graft, years)),
        withdrawn=dice.chance(rates.number("grafts.withdrawn")),
        lost=dice.chance(rates.number("grafts.lost_at_procurement")),
    )


def told_of(fact: Fact, now: int) -> Told:
    """A generated fact, told when it happens and not before now."""
    at = max(fact.time, now)
    return Told(at, fact.name, fact.subject, fact.source, fact.time * MICROSECONDS, fact.data, fact.actor)


def _years(donor: Donor, now: int) -> float:
    return (now - midnight(donor.birth)) / (DAYS_A_YEAR * DAY)
