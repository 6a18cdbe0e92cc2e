"""The warnings of an accepted event: what looks wrong about the fact it states, or about the one it corrects."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from engine.intake.grounds import MayRead, with_less
from engine.intake.placing import KnownLog
from engine.intake.plausibility.registry import notices_of
from engine.intake.plausibility.rule import Known
from engine.intake.verdicts import Notice
from engine.log.history import CORRECTED, Fact, SubjectHistory
from engine.quantities import utc_text


class NoticingLog(KnownLog, Protocol):
    """The log as warnings look at it."""

    kept: dict[str, Any]
    """What rules keep between two facts."""

    def offers_of(self, donor: str) -> list[Fact]:
        """The offers of a donor so far, by position."""


def known_to(session: NoticingLog, ranking: Callable[[Fact], Sequence[str] | None] = lambda offer: None) -> Known:
    """What rules may know of the log, and of the ranking of an offer that has no recorded run."""
    return Known(session.subject, {}, session.offers_of, ranking, session.kept)


def warnings(
    fact: Fact, subject: SubjectHistory, known: Known, recorded: int, now: int, may_read: MayRead | None = None
) -> tuple[Notice, ...]:
    """What looks wrong about the event that was just taken in, recorded at an instant; it is stored all the same.

    ``may_read``: what its sender may read; without it, what each warning rests on is not looked into.
    """
    found = _noticed(fact, subject, known)
    if may_read is not None:
        found = with_less(found, _noticed, fact, known, may_read)
    return (*([_recorded_ahead(fact, now)] if recorded > now else ()), *found)


def _noticed(fact: Fact, subject: SubjectHistory, known: Known) -> list[Notice]:
    if fact.position in subject.facts:
        return notices_of(fact, subject, known)
    return list(_of_correction(fact, subject, known)) if fact.kind == CORRECTED else []


def _recorded_ahead(fact: Fact, now: int) -> Notice:
    words = (
        f"recorded as of {fact.recorded}, in the future of the clock ({utc_text(now)}), as all later events "
        "will be: until then, ask for what is known by position"
    )
    return Notice("recorded_in_future", "recordedtime", words)


def _of_correction(correction: Fact, subject: SubjectHistory, known: Known) -> Iterator[Notice]:
    """What looks wrong about the corrected fact, laid at the correction's fields."""
    data = correction.data
    if "time" not in data and not data.get("data"):
        yield Notice("empty_correction", "data", "neither data nor time given: the correction changes nothing")
    target = subject.facts[subject.positions[data["event"]["source"], data["event"]["id"]]]
    for notice in notices_of(target, subject, known):
        words = f"as corrected: {notice.message}"
        yield Notice(notice.code, f"data.{notice.path}", words)
