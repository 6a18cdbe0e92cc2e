"""Reference facts: the offer counter, travel times, coronary calcium."""

from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, model_validator
from pydantic_core import PydanticCustomError

from engine.events.canonical import shown
from engine.events.envelope import Data, Event, fault_in
from engine.events.fields import DecimalIn, DecimalText, Finess, FreeText, Pseudonym, WholeIn
from engine.events.offer import Count
from engine.events.subjects import bare_id

Minutes = Annotated[int, WholeIn(0, 1440, "minutes")]
TravelRow = tuple[Finess, Finess, Minutes]


def _no_pair_twice(rows: tuple[TravelRow, ...]) -> tuple[TravelRow, ...]:
    seen: dict[tuple[str, str], int] = {}
    for number, (site, centre, _) in enumerate(rows):
        if (site, centre) in seen:
            why = f"{site} to {centre} stands in rows {seen[site, centre]} and {number}: keep one"
            raise PydanticCustomError("rows", "{why}", {"why": why})
        seen[site, centre] = number
    return rows


class OfferCounterInitialisedData(Data):
    """Grafts offered nationally before this log began."""

    count: Count


class OfferCounterInitialised(Event):
    """Where the national counter starts; once, before the first offer."""

    TYPE: ClassVar[str] = "snagc.offer-counter.initialised.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("offer-counter",)
    data: OfferCounterInitialisedData


class TravelTimesPublishedData(Data):
    """The matrix of minutes between procurement sites and transplant centres."""

    version: Pseudonym
    default_minutes: Minutes | None = None
    rows: Annotated[tuple[TravelRow, ...], AfterValidator(_no_pair_twice)]
    source: FreeText | None = None


class TravelTimesPublished(Event):
    """A version of the matrix; it replaces earlier ones whole."""

    TYPE: ClassVar[str] = "snagc.travel-times.published.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("travel-times",)
    data: TravelTimesPublishedData

    @model_validator(mode="after")
    def _version_is_the_subject(self) -> Self:
        if self.data.version != bare_id(self.subject):
            raise fault_in(
                "data.version", f"{shown(self.data.version)} is not the subject's version {bare_id(self.subject)}"
            )
        return self


class CoronaryCalciumData(Data):
    """An Agatston score; shown, never scored."""

    agatston: Annotated[DecimalText, DecimalIn("0", "20000", "Agatston units")]
    method: FreeText | None = None


class CoronaryCalciumRecorded(Event):
    """Coronary calcium of a candidate or a donor."""

    TYPE: ClassVar[str] = "snagc.coronary-calcium.recorded.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("candidate", "donor")
    data: CoronaryCalciumData
