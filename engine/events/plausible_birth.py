"""The check of a birth date against the instant of the fact that states it."""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.events.envelope import Between
from engine.quantities import add_months, midnight, paris_clock, parse_instant

OLDEST_YEARS = 120


def birth_faults(given: Mapping[str, Any]) -> Iterator[Between]:
    """A birth after the fact's day in Paris, or more than 120 years before it."""
    birth = given.get("data", {}).get("birth_date")
    if birth is None or "time" not in given:
        return
    clock = paris_clock(parse_instant(given["time"]))
    if birth > clock.date():
        yield "data.birth_date", f"{birth} lies after the event's time ({clock.date()}): check both"
    elif birth.year + OLDEST_YEARS <= clock.year and add_months(midnight(birth), 12 * OLDEST_YEARS) < clock:
        yield "data.birth_date", f"{birth} lies over {OLDEST_YEARS} years before {clock.date()}: check it"
