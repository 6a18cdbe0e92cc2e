"""Events about a donor."""

from typing import ClassVar, Self

from pydantic import model_validator

from engine.events.candidate import BloodGroup, Sex
from engine.events.envelope import Data, Event, fault_in
from engine.events.fields import AgeYears, Day, Finess, HeightCm, WeightKg
from engine.events.plausible_birth import check_birth_date


class DonorRegisteredData(Data):
    """What the score needs of a donor; the age by birth date or as stated, one of the two."""

    birth_date: Day | None = None
    age: AgeYears | None = None
    sex: Sex
    blood_group: BloodGroup
    height_cm: HeightCm
    weight_kg: WeightKg
    procurement_site: Finess

    @model_validator(mode="after")
    def _one_age(self) -> Self:
        if (self.birth_date is None) == (self.age is None):
            given = "both" if self.age is not None else "neither"
            raise fault_in("age", f"{given} of birth_date and age given: send exactly one of them")
        return self


class DonorRegistered(Event):
    """A donor is known."""

    TYPE: ClassVar[str] = "snagc.donor.registered.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("donor",)
    data: DonorRegisteredData

    @model_validator(mode="after")
    def _born_before(self) -> Self:
        if self.data.birth_date is not None:
            check_birth_date(self.data.birth_date, self.instant)
        return self


class DonorUpdatedData(Data):
    """New values; ``birth_date`` and ``age`` replace each other."""

    birth_date: Day | None = None
    age: AgeYears | None = None
    sex: Sex | None = None
    blood_group: BloodGroup | None = None
    height_cm: HeightCm | None = None
    weight_kg: WeightKg | None = None
    procurement_site: Finess | None = None

    @model_validator(mode="after")
    def _one_age_at_most(self) -> Self:
        if self.birth_date is not None and self.age is not None:
            raise fault_in("age", "both of birth_date and age given: send one of them")
        return self


class DonorUpdated(Event):
    """Something about the donor is known better."""

    TYPE: ClassVar[str] = "snagc.donor.updated.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("donor",)
    data: DonorUpdatedData

    @model_validator(mode="after")
    def _born_before(self) -> Self:
        if self.data.birth_date is not None:
            check_birth_date(self.data.birth_date, self.instant)
        return self
