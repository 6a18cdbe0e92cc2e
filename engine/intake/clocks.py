"""The clocks of an event: the recorded time it gets, and what is refused because a clock ran ahead."""

from engine.events.sound import Sound
from engine.intake.verdicts import Fault
from engine.log.history import OFFERED, Fact
from engine.quantities import MICROSECONDS_A_DAY, InstantText, instant_text, utc_text


def recorded_time(sound: Sound, now: int, last: int | None) -> InstantText:
    """The recorded time, as it is stored: as given by an import, else the later of the clock and the last one."""
    if sound.recorded is not None:
        return InstantText.of(sound.recorded, sound.recorded_at)
    return instant_text(now if last is None else max(now, last))


def clock_faults(fact: Fact, given: str | None, recorded: int, now: int, last: int | None) -> list[Fault]:
    """Why the event's clocks keep it out of the log; ``given`` is the recorded time that it brought along.

    Only what comes in is held against the clock: a log that already holds such an event stays whole.
    """
    faults = []
    if given is not None and recorded > now + MICROSECONDS_A_DAY:
        faults.append(_recorded_ahead(given, now))
    if given is not None and last is not None and recorded < last:
        faults.append(_recorded_behind(given, now, last))
    if fact.kind == OFFERED and fact.instant > min(recorded, now) + MICROSECONDS_A_DAY:
        faults.append(_offered_ahead(fact, min(recorded, now)))
    return faults


def _recorded_ahead(given: str, now: int) -> Fault:
    return Fault(
        "recordedtime",
        f"{given} lies more than a day ahead of the clock ({utc_text(now)}), and no later event could be recorded "
        "before it: put the date right, or leave recordedtime out",
    )


def _recorded_behind(given: str, now: int, last: int) -> Fault:
    remedy = "import in recorded order" if last <= now else "it lies ahead of the clock, leave recordedtime out"
    return Fault("recordedtime", f"{given} steps back behind {utc_text(last)}, the last one: {remedy}")


def _offered_ahead(fact: Fact, known: int) -> Fault:
    return Fault(
        "time",
        f"{fact.time} lies more than a day after {utc_text(known)}, when it is recorded: an offer takes its "
        "counter number for ever, send the instant of the offer",
    )
