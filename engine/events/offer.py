"""Events about an offer: the graft offered, the match run recorded, proposals and their answers, the closing."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from engine.events import vocabulary as v
from engine.events.canonical import shown
from engine.events.envelope import Between, Data, Event
from engine.events.fields import (
    HEX_DIGEST,
    READING_NAME,
    CodeIn,
    FreeText,
    Pseudonym,
    ScoreText,
    ShortText,
    StopAtFirstFault,
    WholeIn,
)
from engine.events.subjects import bare_id

Count = Annotated[int, WholeIn(0, 1_000_000_000, "a count")]


class GraftOfferedData(Data):
    """The donor whose heart is offered."""

    donor: Pseudonym


class GraftOffered(Event):
    """A graft is offered nationally; it advances the counter (Cpteur) by one, for ever."""

    TYPE: ClassVar[str] = v.GRAFT_OFFERED
    SUBJECTS: ClassVar[tuple[str, ...]] = ("offer",)
    data: GraftOfferedData


class RankedCandidate(Data):
    """One line of a recorded ranking."""

    rank: Annotated[int, WholeIn(1, 1_000_000, "a rank")]
    candidate: Pseudonym
    snagc: ScoreText


class MatchRunRecordedData(Data):
    """The ranking as computed, or as the official system of the time published it."""

    offer: Pseudonym
    counter: Count
    ruleset: ShortText
    readings: dict[Annotated[str, READING_NAME], ShortText]
    log_size: Count
    ranking: Annotated[tuple[RankedCandidate, ...], StopAtFirstFault()]
    digest: Annotated[str, HEX_DIGEST] | None = None
    engine: ShortText | None = None


class MatchRunRecorded(Event):
    """A match run kept beside its offer."""

    TYPE: ClassVar[str] = v.RUN_RECORDED
    SUBJECTS: ClassVar[tuple[str, ...]] = ("offer",)
    data: MatchRunRecordedData

    @classmethod
    def faults_between(cls, given: Mapping[str, Any]) -> Iterator[Between]:
        """Also: the run is about the subject's offer."""
        yield from super().faults_between(given)
        offer = given.get("data", {}).get("offer")
        if offer is not None and "subject" in given and offer != bare_id(given["subject"]):
            yield "data.offer", f"{shown(offer)} is not the subject's offer {bare_id(given['subject'])}"


class ProposalData(Data):
    """To which candidate, and why where it matters."""

    candidate: Pseudonym
    reason: FreeText | None = None


class ProposalMade(Event):
    """The graft is proposed to a candidate's team."""

    TYPE: ClassVar[str] = "snagc.proposal.made.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("offer",)
    data: ProposalData


class ProposalAccepted(Event):
    """The team accepts."""

    TYPE: ClassVar[str] = "snagc.proposal.accepted.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("offer",)
    data: ProposalData


class ProposalDeclined(Event):
    """The team declines."""

    TYPE: ClassVar[str] = "snagc.proposal.declined.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("offer",)
    data: ProposalData


class OfferClosedData(Data):
    """How the offer ended."""

    outcome: Annotated[str, CodeIn(v.OUTCOMES)]
    candidate: Pseudonym | None = None


class OfferClosed(Event):
    """The offer is closed; the counter does not go back."""

    TYPE: ClassVar[str] = "snagc.offer.closed.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("offer",)
    data: OfferClosedData
