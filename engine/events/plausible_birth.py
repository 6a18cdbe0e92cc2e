"""The check of a birth date against the instant of the fact that states it."""

from datetime import date

from engine.events.envelope import fault_in
from engine.quantities import add_months, midnight, paris_clock

OLDEST_YEARS = 120


def check_birth_date(birth: date, at: int) -> None:
    """Refuse a birth after the fact's day in Paris, or more than 120 years before it."""
    clock = paris_clock(at)
    if birth > clock.date():
        raise fault_in("data.birth_date", f"{birth} lies after the event's time ({clock.date()}): check both")
    if birth.year + OLDEST_YEARS <= clock.year and add_months(midnight(birth), 12 * OLDEST_YEARS) < clock:
        raise fault_in("data.birth_date", f"{birth} lies over {OLDEST_YEARS} years before {clock.date()}: check it")
