"""Events about a donor."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from engine.events.candidate import BloodGroup, Sex
from engine.events.envelope import Between, Data, Event, named
from engine.events.fields import AgeYears, Day, Finess, HeightCm, WeightKg
from engine.events.plausible_birth import birth_faults


class DonorRegisteredData(Data):
    """What the score needs of a donor; the age by birth date or as stated, one of the two."""

    birth_date: Day | None = None
    age: AgeYears | None = None
    sex: Sex
    blood_group: BloodGroup
    height_cm: HeightCm
    weight_kg: WeightKg
    procurement_site: Finess

    @classmethod
    def faults_between(cls, given: Mapping[str, Any]) -> Iterator[Between]:
        """Exactly one of birth date and age."""
        if ("birth_date" in named(given)) == ("age" in named(given)):
            count = "both" if "age" in named(given) else "neither"
            yield "age", f"{count} of birth_date and age given: send exactly one of them"


class DonorRegistered(Event):
    """A donor is known."""

    TYPE: ClassVar[str] = "snagc.donor.registered.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("donor",)
    data: DonorRegisteredData

    @classmethod
    def faults_between(cls, given: Mapping[str, Any]) -> Iterator[Between]:
        """Also: the birth date fits the event's time."""
        yield from super().faults_between(given)
        yield from birth_faults(given)


class DonorUpdatedData(Data):
    """New values; ``birth_date`` and ``age`` replace each other."""

    birth_date: Day | None = None
    age: AgeYears | None = None
    sex: Sex | None = None
    blood_group: BloodGroup | None = None
    height_cm: HeightCm | None = None
    weight_kg: WeightKg | None = None
    procurement_site: Finess | None = None

    @classmethod
    def faults_between(cls, given: Mapping[str, Any]) -> Iterator[Between]:
        """At most one of birth date and age."""
        if {"birth_date", "age"} <= set(named(given)):
            yield "age", "both of birth_date and age given: send one of them"


class DonorUpdated(Event):
    """Something about the donor is known better."""

    TYPE: ClassVar[str] = "snagc.donor.updated.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("donor",)
    data: DonorUpdatedData

    @classmethod
    def faults_between(cls, given: Mapping[str, Any]) -> Iterator[Between]:
        """Also: the birth date fits the event's time."""
        yield from super().faults_between(given)
        yield from birth_faults(given)
