"""Travel times at an instant: the version published last replaces earlier ones whole."""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from engine.log.history import Fact, History


@dataclass(frozen=True, slots=True)
class TravelTimes:
    """Minutes from one procurement site to each transplant centre, and the fact they came from."""

    minutes: dict[str, int]
    default: int
    version: Fact | None

    def to(self, centre: str) -> int:
        """Minutes to a centre; the version's default where the matrix has no row."""
        return self.minutes.get(centre, self.default)


def travel_from(history: History, site: str, at: int, default_minutes: Decimal) -> TravelTimes:
    """The travel times from a site in force at an instant."""
    published = [
        fact
        for _, known in history.of_kind("travel-times")
        for fact in known.of_kind("travel-times.published")
        if fact.instant <= at
    ]
    if not published:
        return TravelTimes({}, int(default_minutes), None)
    version = max(published, key=lambda fact: fact.effective)
    return TravelTimes(_minutes_from(version, site), version.data.get("default_minutes", int(default_minutes)), version)


def _minutes_from(version: Fact, site: str) -> dict[str, int]:
    return _by_site(version).get(site, {})


@lru_cache(maxsize=16)
def _by_site(version: Fact) -> dict[str, dict[str, int]]:
    """A matrix of thousands of rows by site; facts are compared by identity, so logs never mix."""
    found: dict[str, dict[str, int]] = {}
    for site, centre, minutes in version.data["rows"]:
        found.setdefault(site, {})[centre] = minutes
    return found
