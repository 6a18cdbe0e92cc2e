"""The clocks of an event: the recorded time it gets, and what is refused because a clock ran ahead."""

from collections.abc import Iterator

from engine.events.envelope import Event
from engine.intake.verdicts import Fault
from engine.quantities import MICROSECONDS_A_DAY, parse_instant, utc_text

OFFERED = "snagc.graft.offered.v1"


def stamped(event: Event, now: int, last: int | None) -> Event:
    """The event with its recorded time: as given by an import, else the later of the clock and the last one."""
    if event.recordedtime is not None:
        recorded = parse_instant(event.recordedtime)
    else:
        recorded = now if last is None else max(now, last)
    return event.model_copy(update={"recordedtime": utc_text(recorded)})


def clock_faults(received: Event, event: Event, now: int, last: int | None) -> Iterator[Fault]:
    """Why the event's clocks keep it out of the log; ``event`` is what was received, with its recorded time.

    Only what comes in is held against the clock: a log that already holds such an event stays whole.
    """
    assert event.recordedtime is not None, "the event is stamped"
    recorded = parse_instant(event.recordedtime)
    if received.recordedtime is not None:
        yield from _recorded_faults(received.recordedtime, recorded, now, last)
    known = min(recorded, now)
    if event.TYPE == OFFERED and event.instant > known + MICROSECONDS_A_DAY:
        yield Fault(
            "time",
            f"{event.time} lies more than a day after {utc_text(known)}, when it is recorded: an offer takes its "
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
