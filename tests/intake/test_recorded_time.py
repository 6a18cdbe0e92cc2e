"""When the log learnt of an event: set by live intake, kept by an import, never decreasing."""

import io
from collections.abc import Iterator
from itertools import count

import pytest

from engine.intake.intake import Intake
from engine.intake.reading import read_submissions
from engine.log.eventlog import EventLog
from engine.quantities import parse_instant
from tests.faults.hostile_support import COUNTER, DONOR, LAB, OFFERED, REGISTERED, event
from tests.intake.support import NOW, NOW_TEXT, SECOND, documents, opened, paths_of, states, submissions, take

pytestmark = pytest.mark.on_files_unless_long


@pytest.fixture
def log(place: str) -> Iterator[EventLog]:
    with opened(place) as log:
        yield log


def recorded_in(log: EventLog) -> list[str]:
    return [document["recordedtime"] for document in documents(log)]


def given(number: int, recorded: str | None = None) -> bytes:
    """The numbered lab result, recorded as given."""
    return event(LAB, {"id": f"e{number}"} if recorded is None else {"id": f"e{number}", "recordedtime": recorded})


def test_live_intake_records_by_its_clock_in_utc_with_six_digits(log: EventLog) -> None:
    take(log, given(1), now=NOW)
    take(log, given(2), now=NOW + 1)
    take(log, given(3), now=NOW + 60 * SECOND)
    assert recorded_in(log) == [NOW_TEXT, "2025-02-19T21:20:00.000001Z", "2025-02-19T21:21:00.000000Z"]


def test_live_intake_keeps_the_last_recorded_time_while_its_clock_runs_behind(log: EventLog) -> None:
    for number, now in enumerate((NOW, NOW - 3600 * SECOND, NOW - 1, NOW + 1)):
        take(log, given(number), now=now)
    assert recorded_in(log) == [NOW_TEXT, NOW_TEXT, NOW_TEXT, "2025-02-19T21:20:00.000001Z"]


def test_a_clock_that_steps_back_within_a_batch_does_not_turn_the_log_back(log: EventLog) -> None:
    ticks = iter((NOW + 5, NOW + 5, NOW, NOW, NOW + 9, NOW + 9))
    Intake(log, now=lambda: next(ticks, NOW)).take(submissions(given(1), given(2), given(3)))
    recorded = [parse_instant(text) for text in recorded_in(log)]
    assert recorded == sorted(recorded)


def test_live_intake_refuses_a_recorded_time_from_outside(log: EventLog) -> None:
    (verdict,) = take(log, given(1, NOW_TEXT))
    assert (verdict.status, paths_of(verdict)) == ("refused", ["recordedtime"])


@pytest.mark.parametrize(
    ("received", "stored"),
    [
        ("2024-02-01T10:00:00.5+01:00", "2024-02-01T09:00:00.500000Z"),
        ("2024-02-01T10:00:00Z", "2024-02-01T10:00:00.000000Z"),
        ("2024-02-01t10:00:00.123456z", "2024-02-01T10:00:00.123456Z"),
        ("2024-01-01T00:30:00+05:45", "2023-12-31T18:45:00.000000Z"),
        ("2024-02-29T23:59:59.000001-23:59", "2024-03-01T23:58:59.000001Z"),
        ("1970-01-01T00:00:00-00:00", "1970-01-01T00:00:00.000000Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
    ],
)
def test_an_import_keeps_the_recorded_time_in_utc_with_six_digits(log: EventLog, received: str, stored: str) -> None:
    (verdict,) = take(log, given(1, received), imported=True)
    assert verdict.status == "accepted"
    assert recorded_in(log) == [stored]


def test_an_import_refuses_a_recorded_time_that_steps_back_and_goes_on(log: EventLog) -> None:
    verdicts = take(
        log,
        given(1, "2024-02-01T10:00:00Z"),
        given(2, "2024-02-01T09:59:59.999999Z"),
        given(3, "2024-02-01T10:00:00Z"),
        given(4, "2024-02-01T10:30:00+01:00"),
        given(5, "2024-02-02T00:00:00Z"),
        imported=True,
    )
    assert [verdict.status for verdict in verdicts] == ["accepted", "refused", "accepted", "refused", "accepted"]
    assert [paths_of(verdict) for verdict in verdicts if verdict.errors] == [["recordedtime"]] * 2


def test_an_import_is_measured_against_what_live_intake_recorded_last(log: EventLog) -> None:
    take(log, given(1), now=NOW)
    verdicts = take(log, given(2, "2025-02-19T21:19:59.999999Z"), given(3, NOW_TEXT), imported=True)
    assert [verdict.status for verdict in verdicts] == ["refused", "accepted"]


def test_an_import_without_a_recorded_time_takes_its_own_instant_where_that_is_later(log: EventLog) -> None:
    take(log, given(1, "2024-02-01T10:00:00Z"), given(2), imported=True)
    assert recorded_in(log) == ["2024-02-01T10:00:00.000000Z", NOW_TEXT]


def test_an_import_without_a_recorded_time_takes_the_last_one_where_that_is_later(log: EventLog) -> None:
    take(log, given(1, "2025-02-20T21:00:00Z"), given(2), imported=True)
    assert recorded_in(log) == ["2025-02-20T21:00:00.000000Z"] * 2


def test_live_intake_after_an_import_from_the_future_keeps_its_last_recorded_time(log: EventLog) -> None:
    take(log, given(1, "2025-02-20T21:00:00Z"), imported=True)
    take(log, given(2))
    assert recorded_in(log) == ["2025-02-20T21:00:00.000000Z"] * 2


@pytest.mark.parametrize("batch", [1, 3, 100])
def test_a_file_imported_again_is_all_duplicates_and_changes_nothing(log: EventLog, batch: int) -> None:
    file = b"\n".join(
        (
            event(COUNTER, {"recordedtime": "2024-01-01T00:00:00Z"}),
            event(REGISTERED, {"recordedtime": "2024-01-10T00:00:00Z"}),
            given(1, "2024-02-01T10:00:00Z"),
            given(2),
            event(DONOR),
            event(OFFERED),
            event("event.corrected", event={"source": "https://lab.example/intake", "id": "e1"}),
            event("event.retracted", event={"source": "https://lab.example/intake", "id": "e2"}),
        )
    )
    statuses = []
    for ticks in (count(NOW), count(NOW + 3600 * SECOND), count(NOW - 3600 * SECOND)):
        intake = Intake(log, now=ticks.__next__, imported=True)
        read = list(read_submissions(io.BytesIO(file)))
        verdicts = [v for start in range(0, len(read), batch) for v in intake.take(read[start : start + batch])]
        statuses.append({(verdict.status, verdict.position) for verdict in verdicts})
        stored = states(log)
        assert len(stored) == 8
    assert statuses[0] == {("accepted", position) for position in range(1, 9)}
    assert statuses[1] == statuses[2] == {("duplicate", position) for position in range(1, 9)}


def test_the_position_at_an_instant_is_the_last_one_recorded_at_or_before_it(log: EventLog) -> None:
    for number, now in enumerate((NOW, NOW, NOW + 5 * SECOND)):
        take(log, given(number), now=now)
    asked = {"2025-02-19T21:19:59.999999Z": 0, NOW_TEXT: 2, "2025-02-19T22:20:04+01:00": 2, "2025-02-19T21:20:05Z": 3}
    assert {text: log.known_at(text) for text in asked} == asked
