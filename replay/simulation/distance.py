"""How far from donors a centre lies: the median minutes from all procurement sites, by the arrivals' travel times.

Of the centre and not of a graft, so that those who got none have their distance too, and the same under every policy.
"""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from statistics import median

from engine.quantities import LATEST
from projections.travel import PUBLISHED, travel_of
from replay.simulation.lives import Told

CLASSES = ((105, "0-104"), (115, "105-114"), (1 << 11, "115+"))
"""Median minutes below which a centre belongs to a class; with these, each has about a third of the country's."""


class Distances:
    """The distance class of each centre; ``default_minutes`` are the rules', where no travel times are published."""

    def __init__(self, reference: Sequence[Told], default_minutes: Decimal) -> None:
        told = [each.as_fact(number) for number, each in enumerate(reference, 1) if each.kind == PUBLISHED]
        travel, minutes = travel_of(told, LATEST, default_minutes), defaultdict[str, list[int]](list)
        for of_site in travel.by_site.values():
            for centre, each in of_site.items():
                minutes[centre].append(each)
        self._default = travel.default
        self._medians = {centre: median(each) for centre, each in minutes.items()}

    def of(self, centre: str) -> str:
        """The class of a centre; where nothing is published of it, that of the minutes counted then."""
        minutes = self._medians.get(centre, self._default)
        return next(name for below, name in CLASSES if minutes < below)
