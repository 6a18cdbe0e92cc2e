"""Where time is real: the clock of a live intake, one that steps back, and what now and no --at mean."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from freezegun import freeze_time

from tests.projections.support import Log, stored_bytes
from tests.replay.command import asked, snagc
from tests.replay.support import adult

NOON = "2025-06-30T10:00:00+00:00"
"""By the clock in Paris."""


@contextmanager
def clock(at: str, **more: Any) -> Iterator[None]:
    """The clock stands still, wherever the command reads it."""
    with freeze_time(at, **more):
        yield


def live(path: Path, *events: dict[str, Any]) -> list[dict[str, Any]]:
    """Verdicts of a live intake of events without a recorded time."""
    sent = [{name: value for name, value in event.items() if name != "recordedtime"} for event in events]
    result = snagc("ingest", "--log", path, "--json", "-", given=b"\n".join(stored_bytes(event) for event in sent))
    return [json.loads(line) for line in result.stdout.splitlines()]


def recorded(path: Path, folder: Path) -> list[str]:
    """The recorded times along the log."""
    out = folder / "events.csv"
    snagc("export", "events", "--format", "csv", "--out", out, "--log", path)
    header, *rows = out.read_text().splitlines()
    column = header.split(",").index("recordedtime")
    out.unlink()
    return [row.split(",")[column] for row in rows]


def told() -> list[dict[str, Any]]:
    """A candidate with labs and a donor."""
    log = Log()
    adult(log, "C1")
    log.donor("D1", "2024-05-16")
    return log.events


def test_live_intake_records_what_the_clock_shows(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with clock(NOON):
        assert {verdict["status"] for verdict in live(path, *told())} == {"accepted"}
    assert set(recorded(path, tmp_path)) == {"2025-06-30T10:00:00.000000Z"}


def test_a_clock_that_steps_back_between_two_intakes_never_turns_the_log_back(tmp_path: Path) -> None:
    path, events = tmp_path / "a.db", told()
    for at, event in zip((NOON, "2025-06-30T09:00:00Z", "2025-06-30T10:00:00.000001Z", NOON), events, strict=False):
        with clock(at):
            assert [verdict["status"] for verdict in live(path, event)] == ["accepted"]
    assert recorded(path, tmp_path) == ["2025-06-30T10:00:00.000000Z"] * 2 + ["2025-06-30T10:00:00.000001Z"] * 2


@pytest.mark.parametrize("hour", ["00:59:59", "01:00:00"])
def test_the_hour_that_comes_twice_in_paris_is_recorded_in_utc(tmp_path: Path, hour: str) -> None:
    path = tmp_path / "a.db"
    with clock(f"2025-10-26T{hour}Z"):
        live(path, told()[0])
        document = asked("list", "--log", path)
    assert recorded(path, tmp_path) == [f"2025-10-26T{hour}.000000Z"]
    assert document["at"] == {
        "00:59:59": "2025-10-26T02:59:59+02:00", "01:00:00": "2025-10-26T02:00:00+01:00",
    }[hour]  # fmt: skip


@pytest.mark.parametrize("words", [(), ("--at", "now")])
@pytest.mark.parametrize("command", [("list",), ("candidate", "C1"), ("worklist", "score", "--centre", "750000010")])
def test_without_at_and_with_now_an_answer_is_about_the_present(
    tmp_path: Path, command: tuple[str, ...], words: tuple[str, ...]
) -> None:
    path = tmp_path / "a.db"
    with clock("2024-05-20T08:00:00Z"):
        live(path, *told())
    with clock(NOON):
        found = asked(*command, *words, "--log", path)
    assert (found["at"], found["known_at"]) == ("2025-06-30T12:00:00+02:00", len(told()))


def test_a_present_before_the_log_knows_nothing_yet(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with clock(NOON):
        live(path, *told())
    with clock("2025-06-30T09:59:59.999999Z"):
        assert asked("list", "--log", path)["known_at"] == 0
        assert asked("list", "--known-at", "now", "--log", path)["known_at"] == len(told())


def test_results_grow_old_while_nothing_happens(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with clock("2024-05-16T12:00:00Z"):
        live(path, *told())
    limit = datetime.fromisoformat("2024-05-16T00:00:00+02:00") + timedelta(days=105)
    for at, alerts in ((limit, 0), (limit + timedelta(microseconds=1), 3)):
        with clock(at.isoformat()):
            (row,) = asked("list", "--log", path)["candidates"]
        assert len(row["alerts"]) == alerts


def test_a_live_offer_is_made_at_the_clock_s_instant_and_recorded_then(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with clock("2025-06-29T08:00:00Z"):
        live(path, *told())
    with clock(NOON):
        run = json.loads(snagc("offer", "D1", "--log", path, "--json").stdout)
    assert (run["at"], run["offer"]) == ("2025-06-30T12:00:00+02:00", "O1751277600000000")
    assert recorded(path, tmp_path)[-2:] == ["2025-06-30T10:00:00.000000Z"] * 2


def test_an_offer_by_a_clock_that_stepped_back_is_dated_then_and_recorded_no_earlier_than_the_log(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.db"
    with clock(NOON):
        live(path, *told())
    with clock("2025-06-30T09:30:00Z"):
        run = json.loads(snagc("offer", "D1", "--id", "O1", "--log", path, "--json").stdout)
    assert (run["at"], run["known_at"]) == ("2025-06-30T11:30:00+02:00", len(told()))
    assert set(recorded(path, tmp_path)) == {"2025-06-30T10:00:00.000000Z"}


def test_a_span_to_now_ends_with_the_clock(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    for number, at in enumerate(("2025-06-30T08:00:00Z", "2025-06-30T09:00:00Z")):
        with clock(at):
            live(path, *told())
            snagc("offer", "D1", "--id", f"O{number}", "--log", path)
    with clock("2025-06-30T08:30:00Z"):
        assert [each["offer"] for each in asked("offers", "--to", "now", "--log", path)["offers"]] == ["O0"]
        assert asked("course", "C1", "--log", path)["to"] == "2025-06-30T10:30:00+02:00"
