"""The clocks of an event: the recorded time it gets, and what is refused because a clock ran ahead."""

from collections.abc import Iterator
from typing import NamedTuple

from engine.intake.verdicts import Fault
from engine.log.history import OFFERED, Fact
from engine.quantities import MICROSECONDS_A_DAY, InstantText, utc_text

_STORED_LENGTH = len(utc_text(0))


class Recorded(NamedTuple):
    """When an event is recorded: the instant, and as it is stored."""

    instant: int
    text: str


def recorded_time(given: InstantText | None, now: int, last: int | None) -> Recorded:
    """The recorded time as given by an import, else the later of the clock and the last one."""
    if given is None:
        instant = now if last is None else max(now, last)
        return Recorded(instant, utc_text(instant))
    as_stored = len(given) == _STORED_LENGTH and given[10] == "T" and given[-1] == "Z"
    return Recorded(given.instant, str(given) if as_stored else utc_text(given.instant))


def clock_faults(fact: Fact, given: InstantText | None, recorded: int, now: int, last: int | None) -> Iterator[Fault]:
    """Why the event's clocks keep it out of the log; ``given`` is the recorded time that it brought along.

    Only what comes in is held against the clock: a log that already holds such an event stays whole.
    """
    if given is not None:
        yield from _recorded_faults(given, recorded, now, last)
    known = min(recorded, now)
    if fact.kind == OFFERED and fact.instant > known + MICROSECONDS_A_DAY:
        yield Fault(
            "time",
            f"{fact.time} lies more than a day after {utc_text(known)}, when it is recorded: an offer takes its "
            "counter number for ever, send the instant of the offer",
        )


def _recorded_faults(given: str, recorded: int, now: int, last: int | None) -> Iterator[Fault]:
    if recorded > now + MICROSECONDS_A_DAY:
        yield Fault(
            "recordedtime",
            f"{given} lies more than a day ahead of the clock ({utc_text(now)}), and no later event could be recorded "
            "before it: put the date right, or leave recordedtime out",
        )
    if last is not None and recorded < last:
        remedy = "import in recorded order" if last <= now else "it lies ahead of the clock, leave recordedtime out"
        yield Fault("recordedtime", f"{given} steps back behind {utc_text(last)}, the last one: {remedy}")
