"""Clocks that run ahead: recorded times from the future, offers of tomorrow, a log already bent by one."""

from collections.abc import Iterator

import pytest

from engine.intake.check import check
from engine.intake.verdicts import Verdict
from engine.log.eventlog import EventLog
from engine.quantities import MICROSECONDS_A_DAY, InstantText, utc_text
from replay.audit.verification.heads import Trust
from replay.audit.verification.verify import verify_file
from tests.faults.hostile_support import DONOR, LAB, OFFERED, event
from tests.intake.support import NOW, SECOND, documents, opened, paths_of, take

pytestmark = pytest.mark.on_files_unless_long

DAY = MICROSECONDS_A_DAY
HOUR = 3600 * SECOND
YEARS_AHEAD = NOW + 60_000 * DAY


@pytest.fixture
def log(place: str) -> Iterator[EventLog]:
    with opened(place) as log:
        yield log


@pytest.fixture
def bent(log: EventLog) -> EventLog:
    """A log whose last event was recorded by a clock that ran years ahead."""
    take(log, given(1), now=YEARS_AHEAD)
    return log


def given(number: int, recorded: int | None = None) -> bytes:
    """The numbered lab result, recorded at an instant."""
    return event(LAB, {"id": f"e{number}"} | ({} if recorded is None else {"recordedtime": utc_text(recorded)}))


def offer(dated: int, recorded: int | None = None) -> bytes:
    """An offer dated at an instant."""
    return event(
        OFFERED, {"time": utc_text(dated)} | ({} if recorded is None else {"recordedtime": utc_text(recorded)})
    )


def codes(verdict: Verdict) -> list[str]:
    return [notice.code for notice in verdict.warnings]


@pytest.mark.parametrize("ahead", [DAY + 1, DAY + SECOND, 2 * DAY, 366 * DAY, 63_000 * DAY, 2_900_000 * DAY])
def test_an_import_refuses_a_recorded_time_more_than_a_day_ahead_of_the_clock(log: EventLog, ahead: int) -> None:
    (verdict,) = take(log, given(1, NOW + ahead), imported=True)
    assert (verdict.status, paths_of(verdict)) == ("refused", ["recordedtime"])
    assert "leave recordedtime out" in verdict.errors[0].message
    assert log.head() == 0


@pytest.mark.parametrize("ahead", [1, SECOND, HOUR, DAY - 1, DAY])
def test_an_import_takes_and_warns_of_a_recorded_time_up_to_a_day_ahead(log: EventLog, ahead: int) -> None:
    (verdict,) = take(log, given(1, NOW + ahead), imported=True)
    assert verdict.status == "accepted"
    assert "recorded_in_future" in codes(verdict)
    assert documents(log)[0]["recordedtime"] == utc_text(NOW + ahead)


@pytest.mark.parametrize("behind", [0, 1, DAY, 9_000 * DAY])
def test_a_recorded_time_at_or_before_the_clock_is_no_matter(log: EventLog, behind: int) -> None:
    (verdict,) = take(log, given(1, NOW - behind), imported=True)
    assert (verdict.status, "recorded_in_future" in codes(verdict)) == ("accepted", False)


def test_a_refused_recorded_time_leaves_its_neighbours_and_the_last_one_alone(log: EventLog) -> None:
    verdicts = take(log, given(1, NOW), given(2, YEARS_AHEAD), given(3, NOW), given(4), imported=True)
    assert [verdict.status for verdict in verdicts] == ["accepted", "refused", "accepted", "accepted"]
    assert {document["recordedtime"] for document in documents(log)} == {utc_text(NOW)}


def test_a_bent_log_goes_on_without_stepping_back_and_says_so_with_each_event(bent: EventLog) -> None:
    verdicts = take(bent, given(2), given(3))
    assert [verdict.status for verdict in verdicts] == ["accepted", "accepted"]
    assert all("recorded_in_future" in codes(verdict) for verdict in verdicts)
    assert {document["recordedtime"] for document in documents(bent)} == {utc_text(YEARS_AHEAD)}


def test_a_bent_log_takes_an_import_without_recorded_times_and_names_the_remedy_for_one_with(bent: EventLog) -> None:
    verdicts = take(bent, given(2), given(3, NOW), given(4, YEARS_AHEAD), imported=True)
    assert [verdict.status for verdict in verdicts] == ["accepted", "refused", "refused"]
    assert all("leave recordedtime out" in verdict.errors[0].message for verdict in verdicts[1:])


@pytest.mark.parametrize("ahead", [DAY + 1, 3 * DAY, 400 * DAY, 20_000 * DAY])
def test_a_live_offer_dated_more_than_a_day_ahead_is_refused(log: EventLog, ahead: int) -> None:
    take(log, event(DONOR))
    (verdict,) = take(log, offer(NOW + ahead))
    assert (verdict.status, paths_of(verdict)) == ("refused", ["time"])
    assert log.head() == 1


@pytest.mark.parametrize("ahead", [0, SECOND, DAY - 1, DAY])
def test_an_offer_dated_up_to_a_day_ahead_is_taken(log: EventLog, ahead: int) -> None:
    take(log, event(DONOR))
    assert [verdict.status for verdict in take(log, offer(NOW + ahead))] == ["accepted"]


def test_an_imported_offer_is_held_against_its_own_recorded_time(log: EventLog) -> None:
    take(
        log, event(DONOR, {"recordedtime": utc_text(NOW - 300 * DAY), "time": utc_text(NOW - 400 * DAY)}), imported=True
    )
    (verdict,) = take(log, offer(NOW - 298 * DAY, NOW - 300 * DAY), imported=True)
    assert (verdict.status, paths_of(verdict)) == ("refused", ["time"])
    (verdict,) = take(log, offer(NOW - 299 * DAY, NOW - 300 * DAY), imported=True)
    assert verdict.status == "accepted"


def test_in_a_bent_log_an_offer_is_held_against_the_clock(bent: EventLog) -> None:
    take(bent, event(DONOR))
    assert [verdict.status for verdict in take(bent, offer(NOW + 2 * DAY), offer(NOW))] == ["refused", "accepted"]


def test_other_facts_dated_ahead_are_facts(log: EventLog) -> None:
    (verdict,) = take(log, event(LAB, {"time": utc_text(NOW + 40 * DAY)}))
    assert verdict.status == "accepted"


def test_a_log_that_holds_an_offer_of_the_future_from_before_this_rule_is_whole(log: EventLog, place: str) -> None:
    take(log, event(DONOR))
    old = check(offer(NOW + 300 * DAY), imported=False).sound
    assert old is not None
    with log.writing() as session:
        session.append(old, session.next_fact(old, InstantText.of(utc_text(NOW))), NOW)
    found = verify_file(place, Trust())
    assert (found.first, found.size) == (None, 2)
