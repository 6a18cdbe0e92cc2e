"""Reference facts: the offer counter, travel times, coronary calcium."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from engine.events import vocabulary as v
from engine.events.canonical import shown
from engine.events.envelope import Between, Data, Event
from engine.events.fields import DecimalIn, DecimalText, Finess, FreeText, Pseudonym, StopAtFirstFault, WholeIn
from engine.events.offer import Count
from engine.events.subjects import bare_id

Minutes = Annotated[int, WholeIn(0, 1440, "minutes")]
TravelRow = tuple[Finess, Finess, Minutes]


class OfferCounterInitialisedData(Data):
    """Grafts offered nationally before this log began."""

    count: Count


class OfferCounterInitialised(Event):
    """Where the national counter starts; once, before the first offer."""

    TYPE: ClassVar[str] = v.COUNTER_INITIALISED
    SUBJECTS: ClassVar[tuple[str, ...]] = ("offer-counter",)
    data: OfferCounterInitialisedData


class TravelTimesPublishedData(Data):
    """The matrix of minutes between procurement sites and transplant centres."""

    version: Pseudonym
    default_minutes: Minutes | None = None
    rows: Annotated[tuple[TravelRow, ...], StopAtFirstFault()]
    source: FreeText | None = None

    @classmethod
    def faults_between(cls, given: Mapping[str, Any]) -> Iterator[Between]:
        """No pair of site and centre twice."""
        seen: set[tuple[str, str]] = set()
        for site, centre, _ in given.get("rows", ()):
            if (site, centre) in seen:
                yield "rows", f"{site} to {centre} stands twice: keep one row"
            seen.add((site, centre))


class TravelTimesPublished(Event):
    """A version of the matrix; it replaces earlier ones whole."""

    TYPE: ClassVar[str] = "snagc.travel-times.published.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("travel-times",)
    data: TravelTimesPublishedData

    @classmethod
    def faults_between(cls, given: Mapping[str, Any]) -> Iterator[Between]:
        """Also: the version is the subject's."""
        yield from super().faults_between(given)
        version = given.get("data", {}).get("version")
        if version is not None and "subject" in given and version != bare_id(given["subject"]):
            yield "data.version", f"{shown(version)} is not the subject's version {bare_id(given['subject'])}"


class CoronaryCalciumData(Data):
    """An Agatston score; shown, never scored."""

    agatston: Annotated[DecimalText, DecimalIn("0", "20000", "Agatston units")]
    method: FreeText | None = None


class CoronaryCalciumRecorded(Event):
    """Coronary calcium of a candidate or a donor."""

    TYPE: ClassVar[str] = "snagc.coronary-calcium.recorded.v1"
    SUBJECTS: ClassVar[tuple[str, ...]] = ("candidate", "donor")
    data: CoronaryCalciumData
