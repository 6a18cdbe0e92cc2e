"""Events about a candidate: registration, course, laboratory results, treatments, expert priorities."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from engine.events import vocabulary as v
from engine.events.canonical import shown
from engine.events.envelope import Between, Data, Event, named
from engine.events.fields import (
    CodeIn,
    Day,
    DecimalIn,
    DecimalText,
    Finess,
    Flag,
    FreeText,
    HeightCm,
    Pseudonym,
    ShortText,
    StopAtFirstFault,
    WeightKg,
    WholeIn,
)
from engine.events.plausible_birth import birth_faults

Sex = Annotated[str, CodeIn(v.SEXES, v.SEX_ALIASES)]
BloodGroup = Annotated[str, CodeIn(v.BLOOD_GROUPS)]
Diseases = Annotated[
    tuple[Annotated[str, CodeIn(tuple(v.DISEASES))], ...], Field(min_length=1, max_length=3), StopAtFirstFault()
]
AboMatching = Annotated[str, CodeIn(v.ABO_MATCHING)]
Treatment = Annotated[str, CodeIn(v.TREATMENTS)]
Component = Annotated[str, CodeIn(v.COMPONENTS)]
Situation = Annotated[str, CodeIn(v.SITUATIONS)]
Bound = Annotated[DecimalText, DecimalIn("0", "1000", "in the unit of the limit")]
LabValue = Annotated[DecimalText, DecimalIn("0", str(v.LARGEST_RESULT), "in the unit given", apart=v.LIMITS_OF_RESULTS)]


def _ordered(bounds: tuple[DecimalText, DecimalText]) -> tuple[DecimalText, DecimalText]:
    low, high = bounds
    if low > high:
        raise PydanticCustomError(
            "bounds", "[{low}, {high}] is empty: write [min, max]", {"low": low.text, "high": high.text}
        )
    return bounds


Bounds = Annotated[tuple[Bound, Bound], AfterValidator(_ordered)]


class DonorLimits(Data):
    """Guide 2.1.2: bounds the team sets on donors, both included; ``age`` in completed years."""

    age: Bounds | None = None
    weight_kg: Bounds | None = None
    height_cm: Bounds | None = None


class CandidateRegisteredData(Data):
    """The registration on the national list."""

    birth_date: Day
    sex: Sex
    blood_group: BloodGroup
    height_cm: HeightCm
    weight_kg: WeightKg
    diseases: Diseases
    centre: Finess
    team: ShortText | None = None
    abo_matching: AboMatching
    donor_limits: DonorLimits | None = None


class CandidateRegistered(Event):
    """On the list; ``time`` is the date of registration."""

    TYPE: ClassVar[str] = "snagc.candidate.registered.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("candidate",)
    data: CandidateRegisteredData

    @classmethod
    def faults_between(cls, given: Mapping[str, Any]) -> Iterator[Between]:
        """Also: the birth date fits the event's time."""
        yield from super().faults_between(given)
        yield from birth_faults(given)


class CandidateUpdatedData(Data):
    """Each field replaces the old value whole."""

    height_cm: HeightCm | None = None
    weight_kg: WeightKg | None = None
    diseases: Diseases | None = None
    centre: Finess | None = None
    team: ShortText | None = None
    abo_matching: AboMatching | None = None
    donor_limits: DonorLimits | None = None


class CandidateUpdated(Event):
    """New values of some fields of the registration."""

    TYPE: ClassVar[str] = "snagc.candidate.updated.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("candidate",)
    data: CandidateUpdatedData


class ReasonData(Data):
    """An optional reason in words."""

    reason: FreeText | None = None


class CandidateSuspended(Event):
    """Temporary contraindication: off the list, waiting time runs on."""

    TYPE: ClassVar[str] = "snagc.candidate.suspended.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("candidate",)
    data: ReasonData


class CandidateReinstated(Event):
    """Back on the list after a suspension."""

    TYPE: ClassVar[str] = "snagc.candidate.reinstated.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("candidate",)
    data: ReasonData


class CandidateDelistedData(Data):
    """Why the candidate left the list without a graft."""

    reason_code: Annotated[str, CodeIn(v.DELISTING_REASONS)]
    reason: FreeText | None = None


class CandidateDelisted(Event):
    """Off the list."""

    TYPE: ClassVar[str] = "snagc.candidate.delisted.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("candidate",)
    data: CandidateDelistedData


def laboratory_faults(given: Mapping[str, Any]) -> Iterator[Between]:
    """A unit that does not belong to the analyte, or a value implausible in the annex's unit."""
    if "analyte" not in given or "unit" not in given:
        return
    analyte, unit = given["analyte"], given["unit"]
    factors = v.SI_FACTORS[analyte]
    if unit not in factors:
        yield "unit", f"{shown(unit)} is not a unit of {analyte}: send {' or '.join(factors)} (UCUM)"
    elif "value" in given:
        low, high = v.PLAUSIBLE_SI[analyte]
        if not low <= v.to_si(analyte, given["value"], unit) <= high:
            why = f"{given['value'].text} {unit} of {analyte} is outside the plausible range ({v.plausible(analyte)})"
            yield "value", f"{why}: check value and unit"


class LabValueData(Data):
    """One laboratory value in a report."""

    analyte: Annotated[str, CodeIn(v.ANALYTES)]
    value: LabValue
    unit: Annotated[str, CodeIn(v.UNITS)]

    @classmethod
    def faults_between(cls, given: Mapping[str, Any]) -> Iterator[Between]:
        """Analyte, unit and value fit together."""
        return laboratory_faults(given)


class TransplantReport(Data):
    """Guide 2.4.1: treatments and laboratory values just before the graft."""

    treatments: Annotated[tuple[Treatment, ...], StopAtFirstFault()] | None = None
    labs: Annotated[tuple[LabValueData, ...], StopAtFirstFault()] | None = None


class CandidateTransplantedData(Data):
    """The transplantation, with the offer it came from where known."""

    offer: Pseudonym | None = None
    report: TransplantReport | None = None


class CandidateTransplanted(Event):
    """Transplanted: off the list; ends every running treatment but chronic dialysis."""

    TYPE: ClassVar[str] = "snagc.candidate.transplanted.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("candidate",)
    data: CandidateTransplantedData


class LabResultData(LabValueData):
    """A result; ``time`` of the event is the sampling. ``pre_treatment`` marks the guide's _AVI values."""

    comparator: Annotated[str, CodeIn(v.COMPARATORS)] | None = None
    context: Annotated[str, CodeIn(v.LAB_CONTEXTS)] | None = None
    origin: FreeText | None = None


class LabResultRecorded(Event):
    """A laboratory result used by the score."""

    TYPE: ClassVar[str] = "snagc.lab-result.recorded.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("candidate",)
    data: LabResultData


class TreatmentStartedData(Data):
    """A treatment of the guide's list; ``complicated`` for a device with complications."""

    treatment: Treatment
    complicated: Flag | None = None
    device: FreeText | None = None


class TreatmentStarted(Event):
    """The treatment starts at ``time``."""

    TYPE: ClassVar[str] = "snagc.treatment.started.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("candidate",)
    data: TreatmentStartedData


class TreatmentStoppedData(Data):
    """Which treatment stops."""

    treatment: Treatment


class TreatmentStopped(Event):
    """The treatment stops at ``time``."""

    TYPE: ClassVar[str] = "snagc.treatment.stopped.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("candidate",)
    data: TreatmentStoppedData


class _WithSituation(Data):
    component: Component
    situation: Situation | None = None

    @classmethod
    def faults_between(cls, given: Mapping[str, Any]) -> Iterator[Between]:
        """The situation is one of the component's."""
        if "component" in given and "situation" in given:
            allowed = v.SITUATION_DELAYS[given["component"]]
            if given["situation"] not in allowed:
                listed = ", ".join(allowed) or "none"
                yield "situation", f"{given['situation']} is no situation of {given['component']}: {listed}"


class PriorityRequestedData(_WithSituation):
    """A team asks for an expert component."""


class ExpertPriorityRequested(Event):
    """The request; it gives no points."""

    TYPE: ClassVar[str] = "snagc.expert-priority.requested.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("candidate",)
    data: PriorityRequestedData


class PriorityGrantedData(_WithSituation):
    """The expert's agreement: ``points`` is KXPC and ``delay_months`` XPC, both for XPCA only."""

    points: Annotated[DecimalText, DecimalIn("0", "900", "points", above=True)] | None = None
    delay_months: Annotated[int, WholeIn(0, 3, "months")] | None = None
    expert: Pseudonym | None = None

    @classmethod
    def faults_between(cls, given: Mapping[str, Any]) -> Iterator[Between]:
        """Also: points and delay belong to XPCA alone."""
        yield from super().faults_between(given)
        for name in ("points", "delay_months"):
            if given.get("component", "XPCA") != "XPCA" and name in named(given):
                yield name, f"{given['component']} takes no {name}: they belong to XPCA alone, leave them out"


class ExpertPriorityGranted(Event):
    """The agreement; ``time`` is its date."""

    TYPE: ClassVar[str] = "snagc.expert-priority.granted.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("candidate",)
    data: PriorityGrantedData


class PriorityClosedData(Data):
    """Which component, and why."""

    component: Component
    reason: FreeText | None = None


class ExpertPriorityRefused(Event):
    """The expert refuses; nothing changes."""

    TYPE: ClassVar[str] = "snagc.expert-priority.refused.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("candidate",)
    data: PriorityClosedData


class ExpertPriorityEnded(Event):
    """The priority ends if it is the one in force."""

    TYPE: ClassVar[str] = "snagc.expert-priority.ended.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("candidate",)
    data: PriorityClosedData
