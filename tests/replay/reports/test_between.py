"""The events between two moments: those that count at one of them and not at the other."""

from collections.abc import Iterator

import pytest

from engine.log.eventlog import EventLog
from replay.reports.between import Moment, between_document
from tests.projections.support import Log, instant

DAY, NEXT = instant("2024-06-01 12:00"), instant("2024-06-20 12:00")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EventLog]:
    """What is learnt of C1 up to position 3, and then late results, later ones, corrections and a retraction."""
    log = Log()
    log.registered("C1", "2024-01-01")
    moved = log.lab("C1", "creatinine", "90", "2024-05-01")
    ahead = log.lab("C1", "creatinine", "95", "2024-06-02")
    log.recorded = "2024-07-01T00:00:00.000000Z"
    log.lab("C1", "total_bilirubin", "20", "2024-05-20")
    log.lab("C1", "total_bilirubin", "25", "2024-06-10")
    log.corrected(moved, time="2024-06-15")
    log.corrected(ahead, value="96")
    log.retracted(log.lab("C1", "total_bilirubin", "30", "2024-06-25"))
    opened = EventLog.open(log.kept_at(tmp_path_factory.mktemp("between") / "heart.db"))
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ((DAY, 3), (DAY, 9), [4, 6]),
        ((DAY, 9), (DAY, 3), [4, 6]),
        ((DAY, 3), (NEXT, 9), [2, 3, 4, 5, 6, 7]),
        ((NEXT, 3), (instant("2024-07-01 12:00"), 9), [4, 5, 6, 7, 8, 9]),
        ((DAY, 3), (NEXT, 3), [3]),
        ((DAY, 9), (DAY, 9), []),
    ],
)
def test_what_takes_effect_after_both_moments_made_no_difference(
    kept: EventLog, first: tuple[int, int], second: tuple[int, int], found: list[int]
) -> None:
    told = between_document(kept, Moment(*first), Moment(*second), ["candidate/C1"])
    assert [each["position"] for each in told["events"]] == found
