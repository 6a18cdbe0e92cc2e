"""Versions that are equal, or dated to the day or the minute: what is not surely older counts as it arrives."""

from pathlib import Path

import pytest

from tests.intake.feeds.support import feed, fhir, hl7, obr, observation, obx, quantity, taken, values


def changed(time: str, value: str = "20", status: str = "F", control: str = "M1") -> bytes:
    """A result as last changed at a time, however precisely it is written."""
    return hl7(obx(value, status=status), order=obr(changed=time), control=control)


def issued(time: str, value: str = "20", status: str = "final") -> bytes:
    """An Observation as issued at a time."""
    return fhir(observation(status=status, issued=time, valueQuantity=quantity(value)))


IMPRECISE = {
    "a day, no OBR-22 before": (hl7(sent="20250202100512+0100"), changed("20250202", "25", "C"), {"C1": ["25"]}),
    "a minute": (changed("20250202100530"), changed("202502021005", "25", "C"), {"C1": ["25"]}),
    "a second": (changed("20250202100530.5"), changed("20250202100530", "25", "C"), {"C1": ["25"]}),
    "the day before": (changed("20250202000000"), changed("20250201", "25", "C"), {"C1": ["20"]}),
    "the minute before": (changed("20250202100600"), changed("202502021005", "25", "C"), {"C1": ["20"]}),
    "the second before": (changed("20250202100531"), changed("20250202100530", "25", "C"), {"C1": ["20"]}),
    "a day of 25 hours": (changed("20241027233000"), changed("20241027", "25", "C"), {"C1": ["25"]}),
    "a withdrawal": (changed("20250202100530"), changed("20250202", "", "D"), {}),
    "an issued day": (issued("2025-02-02T10:05:30+01:00"), issued("2025-02-02", "25", "amended"), {"C1": ["25"]}),
    "an issued minute": (issued("2025-02-02T10:05:30Z"), issued("2025-02-02T10:05Z", "25", "amended"), {"C1": ["25"]}),
    "an issued day before": (issued("2025-02-02"), issued("2025-02-01", "25", "amended"), {"C1": ["20"]}),
}


@pytest.mark.parametrize("case", IMPRECISE)
def test_a_version_written_less_precisely_is_older_only_where_all_of_it_is(tmp_path: Path, case: str) -> None:
    first, second, end = IMPRECISE[case]
    with feed(tmp_path) as log:
        assert taken(log, first, second) == ["accepted", "ignored" if end == {"C1": ["20"]} else "accepted"]
        assert values(log) == end
        assert taken(log, first) == ["duplicate"]
        assert values(log) == end


def test_after_a_withdrawal_what_has_its_version_counts_as_it_arrives_but_nothing_that_was_said_so(
    tmp_path: Path,
) -> None:
    day = "20250202"
    before = [changed(day), changed(day, "25", "C"), changed(day, "", "D")]
    with feed(tmp_path) as log:
        assert taken(log, *before) == ["accepted"] * 3
        other_bytes = [changed(day, control="M8"), changed(day, "25", "C", control="M9")]
        assert taken(log, *before, *other_bytes) == ["duplicate"] * 5
        assert values(log) == {}
        assert taken(log, changed(day, "23"), changed(day, "24", "C")) == ["accepted", "accepted"]
        assert values(log) == {"C1": ["24"]}
        assert taken(log, *before[:2], changed(day, "23")) == ["duplicate"] * 3
        assert values(log) == {"C1": ["24"]}


def test_an_x_before_its_value_sent_again_takes_nothing_back(tmp_path: Path) -> None:
    nothing_yet, value = changed("20250202", "", "X"), changed("20250202")
    with feed(tmp_path) as log:
        assert taken(log, nothing_yet, value, nothing_yet) == ["ignored", "accepted", "duplicate"]
        assert values(log) == {"C1": ["20"]}


def test_a_value_sent_again_dated_within_the_day_of_its_withdrawal_counts(tmp_path: Path) -> None:
    with feed(tmp_path) as log:
        taken(log, changed("20250202100000"), changed("20250202", "", "D"))
        assert taken(log, changed("20250202160000")) == ["accepted"]
        assert values(log) == {"C1": ["20"]}
