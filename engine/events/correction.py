"""Corrections and retractions: they change what is known from their own position on, never before.

The fields a correction may carry are gathered from the catalogue itself, so a corrected ``value`` is checked
and stored exactly like the ``value`` of a laboratory result. That a target takes the corrected field, and is
valid with it, is decided at intake, where the target is at hand.
"""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, create_model

from engine.events import candidate, donor, offer, reference
from engine.events.envelope import Data, Event
from engine.events.fields import FreeText, Instant, Reference

CORRECTABLE: tuple[type[Event], ...] = (
    candidate.CandidateRegistered,
    candidate.CandidateUpdated,
    candidate.CandidateSuspended,
    candidate.CandidateReinstated,
    candidate.CandidateDelisted,
    candidate.CandidateTransplanted,
    candidate.LabResultRecorded,
    candidate.TreatmentStarted,
    candidate.TreatmentStopped,
    candidate.ExpertPriorityRequested,
    candidate.ExpertPriorityGranted,
    candidate.ExpertPriorityRefused,
    candidate.ExpertPriorityEnded,
    donor.DonorRegistered,
    donor.DonorUpdated,
    offer.ProposalMade,
    offer.ProposalAccepted,
    offer.ProposalDeclined,
    offer.OfferClosed,
    reference.TravelTimesPublished,
    reference.CoronaryCalciumRecorded,
)
"""What a correction or retraction may target; offers, match runs, the counter and corrections stand for ever."""


class _Replacements(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def stored(self) -> dict[str, Any]:
        """The replaced fields as stored; an explicit null removes an optional field."""
        return self.model_dump(mode="json", exclude_unset=True)


def _gather_fields() -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for event_class in CORRECTABLE:
        for name, field in event_class.model_fields["data"].annotation.model_fields.items():  # type: ignore[union-attr]
            kind = field.rebuild_annotation()
            fields.setdefault(name, (kind | None, None))
    return fields


Replacements: type[_Replacements] = create_model("Replacements", __base__=_Replacements, **_gather_fields())


class EventReference(Data):
    """The identity of another event."""

    source: Reference
    id: Reference


class EventCorrectedData(Data):
    """Fields of the target replaced, or its time, and why."""

    event: EventReference
    data: Replacements | None = None
    time: Instant | None = None
    reason: FreeText


class EventCorrected(Event):
    """The target reads differently from this position on; the latest position wins, field by field."""

    TYPE: ClassVar[str] = "snagc.event.corrected.v1"
    data: EventCorrectedData


class EventRetractedData(Data):
    """Which event is withdrawn, and why."""

    event: EventReference
    reason: FreeText


class EventRetracted(Event):
    """The target is no longer known from this position on."""

    TYPE: ClassVar[str] = "snagc.event.retracted.v1"
    data: EventRetractedData
