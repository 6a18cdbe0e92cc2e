"""The warnings of an accepted event: what looks wrong about the fact it states, or about the one it corrects."""

from collections.abc import Iterator
from typing import Any, Protocol

from engine.events.envelope import Event
from engine.intake.placing import KnownLog
from engine.intake.plausibility.registry import notices_of
from engine.intake.plausibility.rule import Known
from engine.intake.verdicts import Notice
from engine.log.history import CORRECTED, Fact, SubjectHistory, kind_of
from engine.quantities import parse_instant, utc_text


class NoticingLog(KnownLog, Protocol):
    """The log as warnings look at it."""

    kept: dict[str, Any]
    """What rules keep between two facts."""

    def offers_of(self, donor: str) -> list[Fact]:
        """The offers of a donor so far, by position."""


def warnings(event: Event, position: int, session: NoticingLog, now: int) -> tuple[Notice, ...]:
    """What looks wrong about the event that now stands at a position; it is stored all the same."""
    subject, known = session.subject(event.subject), Known(session.subject, {}, session.offers_of, session.kept)
    fact = subject.facts.get(position)
    found = [*_recorded_ahead(event, now)]
    if fact is not None:
        found += notices_of(fact, subject, known)
    elif kind_of(event.TYPE) == CORRECTED:
        found += _of_correction(event, subject, known)
    return tuple(found)


def _recorded_ahead(event: Event, now: int) -> Iterator[Notice]:
    if event.recordedtime is not None and parse_instant(event.recordedtime) > now:
        words = (
            f"recorded as of {event.recordedtime}, in the future of the clock ({utc_text(now)}), as all later events "
            "will be: until then, ask for what is known by position"
        )
        yield Notice("recorded_in_future", "recordedtime", words)


def _of_correction(event: Event, subject: SubjectHistory, known: Known) -> Iterator[Notice]:
    """What looks wrong about the corrected fact, laid at the correction's fields."""
    data = event.data.stored()
    if "time" not in data and not data.get("data"):
        yield Notice("empty_correction", "data", "neither data nor time given: the correction changes nothing")
    target = subject.facts[subject.positions[data["event"]["source"], data["event"]["id"]]]
    for notice in notices_of(target, subject, known):
        words = f"as corrected: {notice.message}"
        yield Notice(notice.code, f"data.{notice.path}", words)
