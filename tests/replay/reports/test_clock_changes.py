"""What turns by the clock in Paris turns at the instant at which the list says so, also where that clock is changed."""

from collections.abc import Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.log.eventlog import EventLog
from engine.log.history import stored_instant
from engine.quantities import paris_text
from replay.reports.course import course as course_of
from replay.reports.lists import dated_list
from replay.reports.spans import spans_document
from replay.reports.team import expiring_document
from replay.reports.turns import days_later, passed
from replay.run.asked import Asked
from tests.long import examples
from tests.projections.support import CENTRE, Log, instant

SPRING, AUTUMN = "2025-03-30", "2025-10-26"
SPAN = {SPRING: ("2025-03-29", "2025-04-01"), AUTUMN: ("2025-10-25", "2025-10-28")}
STABLE, FULL, ZERO, XPCP = 105, 12, 16, 24
HOUR = 3_600_000_000
READINGS = {
    "elapsed_days": ("fractional", "whole", "dates"),
    "months": ("calendar", "mean"),
    "age": ("fractional", "completed"),
    "priority_clock": ("agreement", "request"),
    "icar_maximum": ("annex", "running"),
}


def steps(opened: EventLog, day: str, *readings: str, **ends: str) -> list[dict[str, Any]]:
    """The steps of C1's course over the days about a change of the clock."""
    begin, end = (ends.get(name, each) for name, each in zip(("start", "end"), SPAN[day], strict=True))
    given = Asked(opened, 0, known_at="now", readings=readings, start=begin, end=end)
    found: list[dict[str, Any]] = course_of(given, "C1").as_json()["steps"]
    return found


def result_at(clock: str) -> Log:
    """A candidate whose results were sampled by the clock of Paris."""
    log = Log()
    log.registered("C1", "2024-12-01")
    log.labs("C1", clock, bilirubin="90", creatinine="150")
    return log


def counting(opened: EventLog, day: str, at: str) -> tuple[str, list[tuple[str, str]], list[str]]:
    """Of bilirubin: until when it counts, the stretches in which it did, and when the desk says that it expires."""
    asked = Asked(opened, 0, at, "now", start="2025-01-01", end=SPAN[day][1])
    told = spans_document(asked, "C1")
    until = next(row["until"] for row in told["validity"] if row["analyte"] == "total_bilirubin")
    counted = [(each["from"], each["to"]) for each in told["counted"] if each["analyte"] == "total_bilirubin"]
    desk = expiring_document(dated_list(asked), CENTRE, instant(f"{SPAN[day][1]} 00:00"))["expiring"]
    return until, counted, [row["expires"] for row in desk if row["variable"] == "bilirubin"]


def test_where_the_clock_skips_the_time_results_grow_too_old_at_its_jump_wherever_that_is_said(tmp_path: Path) -> None:
    log, jump = result_at("2024-12-15 02:30"), "2025-03-30T03:00:00+02:00"
    with closing(EventLog.open(log.kept_at(tmp_path / "snagc.db"))) as opened:
        assert [(step["at"], step["why"]) for step in steps(opened, SPRING)[1:]] == [(jump, "expiry")]
        until, counted, desk = counting(opened, SPRING, "2025-03-29T12:00")
    assert (until, counted, desk) == (jump, [("2025-01-01T00:00:00+01:00", jump)], [jump])


def test_where_the_clock_shows_the_time_twice_results_count_again_in_between(tmp_path: Path) -> None:
    log = result_at("2025-07-13 02:30")
    first, back, second = (f"2025-10-26T02:{each}" for each in ("30:00+02:00", "00:00+01:00", "30:00+01:00"))
    begin = "2025-07-13T02:30:00+02:00"
    with closing(EventLog.open(log.kept_at(tmp_path / "snagc.db"))) as opened:
        for at, until, desk in (
            ("2025-10-25T12:00", first, [first]), (first, first, [second]),
            ("2025-10-26T02:31:00+02:00", first, [second]), (back, second, [second]), ("2025-10-26T04:00", second, []),
        ):  # fmt: skip
            assert counting(opened, AUTUMN, at) == (until, [(begin, first), (back, second)], desk)
        ahead = steps(opened, AUTUMN, start="2025-10-26T02:31:00+02:00")
        whole = steps(opened, AUTUMN)
    assert [(step["at"][:19], step["why"]) for step in ahead] == [
        ("2025-10-26T02:31:00", "begin"), (back[:19], "clock"), (second[:19], "expiry"),
    ]  # fmt: skip
    assert [step["why"] for step in whole] == ["begin", "expiry", "clock", "expiry"]


@pytest.mark.parametrize(
    ("day", "start", "zeros"),
    [
        (SPRING, "2025-03-14 02:30", ["2025-03-30T03:00:00+02:00"]),
        (AUTUMN, "2025-10-10 02:30", ["2025-10-26T02:30:00+02:00", "2025-10-26T02:30:00+01:00"]),
    ],
)
def test_on_ecmo_the_points_fall_to_nothing_when_the_clock_comes_to_the_16th_day(
    tmp_path: Path, day: str, start: str, zeros: list[str]
) -> None:
    log = result_at(start)
    log.started("C1", "ecmo", start)
    with closing(EventLog.open(log.kept_at(tmp_path / "snagc.db"))) as opened:
        found = steps(opened, day, start=f"{day}T00:00")
    assert [step["at"] for step in found if step["ccb"] == "0.000000" and step["why"] == "taper"] == zeros


def test_what_age_alone_moves_in_the_hour_that_comes_twice_is_told_both_times(tmp_path: Path) -> None:
    log = Log()
    log.registered("C1", "2025-01-01", birth_date="1979-05-17")
    log.labs("C1", "2025-09-01 08:00", creatinine="101.871543540", bilirubin="90")
    with closing(EventLog.open(log.kept_at(tmp_path / "snagc.db"))) as opened:
        found = steps(opened, AUTUMN)
    assert [(step["at"][:13], step["at"][-6:], step["icar"], step["why"]) for step in found[1:]] == [
        ("2025-10-26T02", "+02:00", 22, "age"), ("2025-10-26T02", "+01:00", 21, "clock"),
        ("2025-10-26T02", "+01:00", 22, "age"),
    ]  # fmt: skip


def test_whole_days_on_ecmo_step_at_the_hour_of_the_implantation_and_dates_at_midnight(tmp_path: Path) -> None:
    log = result_at("2025-03-14 14:30")
    log.started("C1", "ecmo", "2025-03-14 14:30")
    with closing(EventLog.open(log.kept_at(tmp_path / "snagc.db"))) as opened:
        hours = {
            counted: [step["at"][5:16] for step in steps(opened, SPRING, f"elapsed_days={counted}", start="2025-03-26")]
            for counted in ("whole", "dates")
        }
    assert hours["whole"] == ["03-26T00:00", *(f"03-{day}T14:30" for day in (27, 28, 29, 30))]
    assert hours["dates"] == ["03-26T00:00", *(f"03-{day}T00:00" for day in (27, 28, 29, 30))]


def test_until_when_a_result_counts_is_told_as_the_days_are_counted(tmp_path: Path) -> None:
    log = result_at("2025-01-01 14:30")
    with closing(EventLog.open(log.kept_at(tmp_path / "snagc.db"))) as opened:
        for counted, end in (("fractional", "04-16T14:30"), ("whole", "04-17T14:30"), ("dates", "04-17T00:00")):
            asked = Asked(
                opened, 0, "2025-04-16T10:00", "now", None, [f"elapsed_days={counted}"], "2025-01-01", "2025-04-30"
            )
            told, step = spans_document(asked, "C1"), course_of(asked, "C1").as_json()["steps"][-1]
            desk = expiring_document(dated_list(asked), CENTRE, instant("2025-04-30"))["expiring"]
            said = [told["validity"][0]["until"], told["counted"][0]["to"], desk[0]["expires"], step["at"]]
            assert {each[5:16] for each in said} == {end}


def test_a_time_of_the_clock_is_an_instant_or_its_jump_or_both_and_its_going_back() -> None:
    at = {each: instant(each) for each in (f"2025-10-26T0{hour}:00Z" for hour in range(3))}
    first, back, second = at.values()
    shown = 2 * HOUR + instant("2025-10-26T00:00:00Z")
    assert passed(shown - 1) == (first - 1,)
    assert passed(shown) == (first, back)
    assert passed(shown + HOUR // 2) == (first + HOUR // 2, back, back + HOUR // 2)
    assert passed(shown + HOUR) == (second,)
    skipped = instant("2025-03-30T02:00:00Z")
    assert {passed(skipped + each) for each in (0, 1, HOUR - 1, HOUR)} == {(instant("2025-03-30T01:00:00Z"),)}
    assert paris_text(days_later(instant("9999-12-01"), Decimal(STABLE))) == "9999-12-30T00:00:00+01:00"


# ------------------------------------------------------------------------------------------- random instants

NIGHT = st.integers(-2 * HOUR, 26 * HOUR)
BEFORE = st.sampled_from([0, 1, 2, 3, 4, 5, FULL, FULL + 1, 14, ZERO, ZERO + 1, STABLE, STABLE + 1])
"""Days before a change of the clock, so that what counts from there turns about it."""


@settings(max_examples=examples(12, 400), deadline=None)
@given(
    day=st.sampled_from([SPRING, AUTUMN]),
    born=st.sampled_from(["1970-05-05", "2007-03-30", "2007-10-26", "2012-01-01"]),
    sampled=st.lists(st.tuples(BEFORE, NIGHT, st.sampled_from(["12", "60", "250"])), min_size=1, max_size=3),
    treated=st.lists(st.tuples(BEFORE, NIGHT, st.sampled_from(["ecmo", "lvad", "iv_inotropes"])), max_size=2),
    granted=st.lists(st.tuples(st.sampled_from(["XPCA", "XPCP1"]), st.integers(0, 3), NIGHT), max_size=1),
    readings=st.fixed_dictionaries({name: st.sampled_from(options) for name, options in READINGS.items()}),
    looked=st.lists(st.one_of(st.integers(-2 * HOUR, 5 * HOUR), NIGHT), min_size=8, max_size=8),
)
def test_between_its_steps_the_course_says_what_the_list_says_at_any_instant(
    tmp_path_factory: pytest.TempPathFactory,
    day: str,
    born: str,
    sampled: Sequence[tuple[int, int, str]],
    treated: Sequence[tuple[int, int, str]],
    granted: Sequence[tuple[str, int, int]],
    readings: dict[str, Any],
    looked: Sequence[int],
) -> None:
    midnight, log = instant(day), Log()
    log.recorded = "2026-01-01T00:00:00.000000Z"
    log.registered("C1", "2023-10-26 02:30", birth_date=born)

    def clock(days: int, later: int) -> str:
        return paris_text(days_later(midnight, Decimal(-days)) + later)

    for days, later, value in sampled:
        log.labs("C1", clock(days, later), bilirubin=value, creatinine="120", nt_probnp=None)
    for days, later, treatment in treated:
        log.started("C1", treatment, clock(days, later))
    for component, months, later in granted:
        more = {"delay_months": months} if component == "XPCA" else {}
        log.priority("requested", "C1", component, clock(31 * months + 1, later))
        log.granted("C1", component, clock(31 * months, later), **more)
    words, ends = [f"{name}={option}" for name, option in readings.items()], SPAN[day]
    with closing(EventLog.open(log.kept_at(tmp_path_factory.mktemp("clock") / "snagc.db"))) as opened:
        found = steps(opened, day, *words)
    at = [stored_instant(step["at"]) for step in found]
    by_steps = readings["elapsed_days"] != "fractional" and readings["months"] == "mean"
    for each in sorted({midnight + later for later in looked} | {side for step in at[1:] for side in (step - 1, step)}):
        last = max(number for number, step in enumerate(at) if step <= each)
        exact = by_steps or each == at[last]
        names = ("icar", "icar_j", "icar_i", "component", *(("ccb",) if exact else ()))
        place = log.place("C1", paris_text(each), **readings).standing.raw_fields()
        assert [found[last][name] for name in names] == [place[name] for name in names], paris_text(each)
    assert instant(ends[0]) == at[0]
