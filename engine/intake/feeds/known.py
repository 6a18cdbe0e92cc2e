"""What a log knows of a laboratory's result: its facts, living or retracted, and how they were amended."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.events.subjects import bare_id
from engine.intake.feeds.identity import number_of, version_in
from engine.intake.feeds.result import LabResult
from engine.log.eventlog import WriteSession
from engine.log.history import RETRACTED, Fact, stored_instant

RESULT = "snagc.lab-result.recorded.v1"


@dataclass(frozen=True, slots=True)
class KnownFact:
    """A fact of a laboratory: as it was stored, as it is known (None once retracted), and what amended it."""

    number: int
    position: int
    id: str
    stored: dict[str, Any]
    fact: Fact | None
    amendments: tuple[Fact, ...]

    @property
    def subject(self) -> str:
        """Whose it is."""
        subject: str = self.stored["subject"]
        return subject

    @property
    def stored_instant(self) -> int:
        """When the sample was drawn, as first stated."""
        return stored_instant(self.stored["time"])

    @property
    def candidate(self) -> str:
        """Whose it is, bare."""
        return bare_id(self.subject)

    @property
    def versions(self) -> list[str]:
        """The versions of its amendments, as far as they tell."""
        return [version for each in self.amendments if (version := version_in(each.id))]

    def retraction(self) -> Fact | None:
        """What took it back."""
        return next((each for each in self.amendments if each.kind == RETRACTED), None)


def facts_under(session: WriteSession, source: str, stem: str) -> list[tuple[str, KnownFact]]:
    """Every fact of a laboratory whose id begins with a stem (a document's, say), with that id, by id."""
    found = []
    for id_, position in sorted(session.identities_under(source, stem).items()):
        stored = session.attributes(position)
        if stored["type"] == RESULT:
            history = session.subject(stored["subject"])
            amendments = tuple(
                each for each in history.amendments.values() if each.data["event"] == {"source": source, "id": id_}
            )
            found.append((id_, KnownFact(0, position, id_, stored, history.facts.get(position), amendments)))
    return found


def facts_of(session: WriteSession, source: str, stem: str, *, by_patient: bool) -> list[KnownFact]:
    """The facts of one result, by their number."""
    numbered = [
        KnownFact(number, each.position, id_, each.stored, each.fact, each.amendments)
        for id_, each in facts_under(session, source, stem)
        if (number := number_of(id_, stem, by_patient=by_patient)) is not None
    ]
    return sorted(numbered, key=lambda each: (each.number, each.position))


def says_the_same(result: LabResult, data: dict[str, Any], instant: int) -> bool:
    """Whether a result states what a fact does: value, unit, bound and sampling, however the number is written."""
    measured, sampled = result.measured, result.sampled
    assert measured is not None, "a result without a value is no fact"
    assert sampled is not None, "a result without a sampling is no fact"
    return (
        (data["analyte"], data["unit"], data.get("comparator")) == (result.analyte, measured.unit, measured.comparator)
        and Decimal(data["value"]) == Decimal(measured.value)
        and instant == sampled.instant
    )


def is_stored(result: LabResult, known: KnownFact) -> bool:
    """Whether a result states what was stored first, before any correction."""
    return says_the_same(result, known.stored["data"], known.stored_instant)
