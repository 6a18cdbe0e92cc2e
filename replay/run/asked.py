"""A question to a log: at which instant, as known when, under which rules and readings, about which span.

The words are those that people write, on the command line and to the service alike, and errors name them as the
command line does. The clock is handed in.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import RequestError
from engine.log.eventlog import EventLog
from engine.quantities import paris_text
from engine.rules.readings import Readings, parse_readings
from engine.times import NoTimeError, parse_time
from replay.run.matchrun import Moment
from replay.run.moments import moment_of_offer, recalled_moment


@dataclass(frozen=True, slots=True)
class Span:
    """Instants (microseconds since the epoch) between which something happened, both included; None is open."""

    first: int | None = None
    last: int | None = None

    def holds(self, instant: int) -> bool:
        """Whether an instant lies in the span."""
        return (self.first is None or self.first <= instant) and (self.last is None or instant <= self.last)

    def as_json(self) -> dict[str, Any]:
        """Both instants in Paris, null where open."""
        ends = {"from": self.first, "to": self.last}
        return {name: None if instant is None else paris_text(instant) for name, instant in ends.items()}


ALWAYS = Span()


@dataclass(frozen=True, slots=True)
class Asked:
    """A log and what is asked of it, in words; what is absent is the default."""

    log: EventLog
    clock: int
    """The present, microseconds since the epoch."""
    at: str | None = None
    known_at: str | None = None
    ruleset: str | None = None
    readings: Sequence[str] = ()
    start: str | None = None
    end: str | None = None
    tick: Callable[[], None] = lambda: None
    """Called again and again during long work, so that somebody who waits can be told."""

    def instant(self) -> int:
        """The instant asked about: of a day its last, the present where it is absent or ``now``."""
        return instant_named(self.at, "at", self.clock)

    def span(self) -> Span:
        """From the first instant of ``start`` to the last of ``end``."""
        first = None if self.start is None else instant_named(self.start, "from", self.clock, end_of_day=False)
        last = None if self.end is None else instant_named(self.end, "to", self.clock)
        if first is not None and last is not None and first > last:
            message = f"--from {self.start} lies after --to {self.end}: give the earlier one first"
            raise RequestError(message, "span_turned", first=str(self.start), last=str(self.end))
        return Span(first, last)

    def position(self) -> int | None:
        """The position up to which facts are known; None where that was not asked."""
        return None if self.known_at is None else self.log.known_at(self.known_at)

    def chosen_readings(self) -> Readings:
        """The readings asked for; defaults for the others."""
        return parse_readings(list(self.readings))

    def moment(self, offer: str) -> Moment:
        """The moment of an offer, as known just before it or as asked."""
        readings = self.chosen_readings()
        return moment_of_offer(self.log, offer, readings, known_at=self.known_at, ruleset=self.ruleset)

    def recalled_moment(self, offer: str) -> Moment:
        """The same, perhaps from a saved state: for an answer that is the run itself."""
        readings = self.chosen_readings()
        return recalled_moment(self.log, offer, readings, known_at=self.known_at, ruleset=self.ruleset)


def instant_named(text: str | None, name: str, clock: int, *, end_of_day: bool = True) -> int:
    """The instant an option names; the clock's where it is absent or ``now``."""
    if text is None or text == "now":
        return clock
    try:
        return parse_time(text, end_of_day=end_of_day)
    except NoTimeError as error:
        raise RequestError(f"--{name}: {error}; or now", error.kind, **error.about) from None
