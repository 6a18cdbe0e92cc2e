"""Who arrives in a replicate, the same under every policy: the list as it stands, newcomers, donors, travel times.

Drawn arrivals begin more than a year earlier, with people who stand on the list then: what the rules in force leave of
them and of all who came since is the list on the first day. It is made once for all policies.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from fixtures.national import admission
from fixtures.national.dice import Dice
from fixtures.national.facts import Fact
from fixtures.national.geography import Geography, load
from fixtures.national.history import COUNTER, NO_DONORS_BEFORE_LOG, ONE_DAY, REFERENCE, offers_before, travel_times
from fixtures.national.paris import DAYS_A_YEAR, MINUTE, day_of, midnight
from replay.simulation.chance import stream
from replay.simulation.donations import Donation, draw_donation, told_of
from replay.simulation.lives import Life, Told
from replay.simulation.request import Request

Newcomer = tuple[int, Life]
"""A candidate, and the instant before which nothing is told of them."""


@dataclass(frozen=True)
class Arrivals:
    """All that comes into a replicate from outside, from an instant on."""

    replicate: int
    begin: int
    reference: tuple[Told, ...]
    """Travel times, and the counter as it stands."""
    offers_before: int
    standing: tuple[Life, ...]
    """Who is on the list, or about to be, when it begins."""
    newcomers: tuple[Newcomer, ...]
    donations: tuple[Donation, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """What arrivals are drawn with."""

    request: Request
    replicate: int
    geography: Geography
    prefix: str = ""
    """Of the names of all who are drawn, where others have names already."""

    def stream(self, *about: str) -> int:
        """The seed of a stream of its own."""
        return stream(self.request.seed, self.replicate, *about)

    def life(self, name: str, now: int) -> Life:
        """A course that is still to begin."""
        return Life(
            self.stream("candidate", name), self.geography, name, now, self.request.rates, self.request.in_force
        )

    def newcomers(self, first: date, last: date) -> Iterator[Newcomer]:
        """New candidates from one day to another, by the day."""
        rate = self.request.rates.number("volumes.registrations_a_year") / DAYS_A_YEAR
        for number, at in enumerate(self._instants("registrations", first, last, rate), 1):
            life = self.life(f"{self.prefix}C{number:05d}", at)
            admission.admit(life)
            yield at, life

    def donations(self, first: date, last: date) -> Iterator[Donation]:
        """Donors from one day to another, by the day."""
        rates = self.request.rates
        rate = rates.number("volumes.donors_a_year") / DAYS_A_YEAR
        for number, at in enumerate(self._instants("donors", first, last, rate), 1):
            seed = self.stream("donor", f"{self.prefix}{number}")
            yield draw_donation(seed, self.geography, number, at, rates, self.prefix)

    def _instants(self, what: str, first: date, last: date, rate: float) -> Iterator[int]:
        """So many minutes of each day, by the dice of that day."""
        day = first
        while day <= last:
            dice = Dice(self.stream(what, day.isoformat()))
            parts = 1 + int(rate)  # dice know of a few a day only
            for _ in range(sum(dice.how_many(rate / parts) for _ in range(parts))):
                yield midnight(day) + dice.between(0, 23 * 60 - 1) * MINUTE
            day += ONE_DAY


Leaves = Callable[[Request, Arrivals, int], list[Life]]
"""Who is still on the list at an instant, of those who arrived, under the rules in force."""


def draw_arrivals(request: Request, replicate: int, leaves: Leaves) -> Arrivals:
    """A replicate's drawn arrivals."""
    drawing = Drawing(request, replicate, load())
    before = request.first - timedelta(days=int(request.rates.number("volumes.warm_up_days")))
    last = day_of(request.end) - ONE_DAY
    newcomers = sorted(drawing.newcomers(before, last), key=_instant)
    donations = list(drawing.donations(before, last))
    quiet = midnight(request.first - NO_DONORS_BEFORE_LOG)
    early = Arrivals(
        replicate,
        midnight(before),
        reference_of(before, drawing.geography, 0),
        0,
        tuple(_standing(drawing, midnight(before))),
        tuple(each for each in newcomers if each[0] < request.begin),
        tuple(each for each in donations if each.told[0].at < quiet),
    )
    counter = offers_before(request.first)
    return replace(
        early,
        begin=request.begin,
        reference=reference_of(request.first, drawing.geography, counter),
        offers_before=counter,
        standing=tuple(leaves(request, early, request.begin)),
        newcomers=tuple(each for each in newcomers if each[0] >= request.begin),
        donations=tuple(each for each in donations if each.told[0].at >= request.begin),
    )


def reference_of(first: date, geography: Geography, counter: int) -> tuple[Told, ...]:
    """The travel times in force on a day and published later, and the counter."""
    begin = midnight(first)
    editions = [told_of(travel_times(*edition), begin) for edition in geography.editions(first)]
    return (*editions, counter_of(begin, counter))


def counter_of(begin: int, counter: int) -> Told:
    """The counter as it stands when everything begins."""
    return told_of(Fact(REFERENCE, COUNTER, "offer-counter", begin, {"count": counter}), begin)


def _standing(drawing: Drawing, now: int) -> Iterator[Life]:
    for number in range(1, int(drawing.request.rates.number("volumes.standing")) + 1):
        life = drawing.life(f"S{number:05d}", now)
        admission.standing(life)
        yield life


def _instant(newcomer: Newcomer) -> int:
    return newcomer[0]
