"""How far from donors a centre lies: the median minutes from all procurement sites, by the arrivals' travel times.

Of the centre and not of a graft, so that those who got none have their distance too, and the same under every policy.
"""

from collections import defaultdict
from collections.abc import Sequence
from statistics import median

from replay.simulation.lives import Told

CLASSES = ((105, "0-104"), (115, "105-114"), (1 << 11, "115+"))
"""Median minutes below which a centre belongs to a class; with these, each has about a third of the country's."""
UNPUBLISHED_MINUTES = 150


class Distances:
    """The distance class of each centre."""

    def __init__(self, reference: Sequence[Told]) -> None:
        editions = [told for told in reference if told.kind == "travel-times.published"]
        latest = max(editions, key=lambda told: told.instant).data if editions else {}
        self._default = int(latest.get("default_minutes", UNPUBLISHED_MINUTES))
        minutes: dict[str, list[int]] = defaultdict(list)
        for _, centre, each in latest.get("rows", ()):
            minutes[centre].append(int(each))
        self._medians = {centre: median(each) for centre, each in minutes.items()}

    def of(self, centre: str) -> str:
        """The class of a centre; where nothing is published of it, that of the minutes counted then."""
        minutes = self._medians.get(centre, self._default)
        return next(name for below, name in CLASSES if minutes < below)
