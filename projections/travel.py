"""Travel times at an instant: the version published last replaces earlier ones whole."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from engine.log.history import Fact, History

PUBLISHED = "travel-times.published"


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
    published = (fact for _, known in history.of_kind("travel-times") for fact in known.of_kind(PUBLISHED))
    return travel_of(published, at, default_minutes).from_site(site)


def travel_of(published: Iterable[Fact], at: int, default_minutes: Decimal) -> "Matrix":
    """The travel times in force at an instant, of some publications; ``default_minutes`` where there are none."""
    versions = [fact for fact in published if fact.instant <= at]
    if not versions:
        return Matrix({}, int(default_minutes), None)
    version = max(versions, key=lambda fact: fact.effective)
    return Matrix(_by_site(version), version.data.get("default_minutes", int(default_minutes)), version)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Minutes by procurement site and transplant centre, and the fact they came from."""

    by_site: Mapping[str, dict[str, int]]
    default: int
    version: Fact | None

    def from_site(self, site: str) -> TravelTimes:
        """Those from one site."""
        return TravelTimes(self.by_site.get(site, {}), self.default, self.version)


@lru_cache(maxsize=16)
def _by_site(version: Fact) -> dict[str, dict[str, int]]:
    """A matrix of thousands of rows by site; facts are compared by identity, so logs never mix."""
    found: dict[str, dict[str, int]] = {}
    for site, centre, minutes in version.data["rows"]:
        found.setdefault(site, {})[centre] = minutes
    return found
