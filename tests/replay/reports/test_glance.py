"""What stands beside the list on its page: thresholds, the last weeks, and what happened between two moments."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.log.eventlog import EventLog
from engine.log.history import stored_instant
from engine.rules.readings import parse_readings
from engine.rules.ruleset import rule_history
from replay.reports.between import MOST, Moment, between_document
from replay.reports.glance import WEEKS, blood_groups, glance_document, next_threshold, thresholds
from replay.reports.lists import dated_list
from replay.run.asked import Asked
from tests.projections.support import Log
from tests.replay.support import adult

AT = "2024-06-15T12:00:00+02:00"


def glance(log: Log, folder: Path, *shown: str) -> dict[str, Any]:
    """The document at an instant, for some candidates."""
    with EventLog.open(log.kept_at(folder / "snagc.db")) as opened:
        found = dated_list(Asked(opened, 0, AT))
        assert blood_groups(found).keys() >= set(shown)
        return glance_document(found, set(shown))


def test_the_thresholds_are_the_beginnings_of_the_guide_s_classes() -> None:
    found = thresholds(rule_history()[-1], parse_readings([]))
    assert found == [
        ("paediatric_standard", Decimal(775)), ("severe_icar", Decimal(826)), ("XPCA", Decimal(900)),
        ("XPCP2", Decimal(1051)), ("XPCP1", Decimal(1101)),
    ]  # fmt: skip


def test_the_next_threshold_is_the_first_above_the_points() -> None:
    found = thresholds(rule_history()[-1], parse_readings([]))
    assert next_threshold(774_999_999, found) == {
        "name": "paediatric_standard", "points": "775.000000", "missing": "0.000001",
    }  # fmt: skip
    assert next_threshold(775_000_000, found) == {"name": "severe_icar", "points": "826.000000", "missing": "51.000000"}
    assert next_threshold(1_101_000_000, found) is None


def test_the_last_weeks_are_what_the_list_said_at_the_end_of_each(tmp_path: Path) -> None:
    log = Log()
    adult(log, labs="2024-05-16")
    told = glance(log, tmp_path, "C1")
    (about,) = told["candidates"]
    with EventLog.open(str(tmp_path / "snagc.db")) as opened:
        for week in about["weeks"]:
            (then,) = dated_list(Asked(opened, 0, week["at"], "now")).as_json()["candidates"]
            assert week["icar"] == then["icar"], week
    assert len(about["weeks"]) == WEEKS + 1
    assert len({week["icar"] for week in about["weeks"]}) > 1
    assert about["weeks"][-1]["at"] == AT


def test_of_others_nothing_is_told_and_ties_between_those_shown_alone(tmp_path: Path) -> None:
    log = Log()
    for name in ("C1", "C2", "C3"):
        adult(log, name)
    told = glance(log, tmp_path, "C1", "C2")
    assert [each["candidate"] for each in told["candidates"]] == ["C1", "C2"]
    assert [(each["first"], each["second"]) for each in told["ties"]] == [("C1", "C2")]


def test_between_two_moments_stand_what_was_learnt_and_what_took_effect(tmp_path: Path) -> None:
    log = Log()
    adult(log)
    log.happened("suspended", "C1", "2024-06-10")
    known = len(log.events)
    log.lab("C1", "bnp", "900", "2024-05-20")
    adult(log, "C2")
    with EventLog.open(log.kept_at(tmp_path / "snagc.db")) as opened:

        def told(first: Moment, second: Moment) -> list[tuple[int, str]]:
            found = between_document(opened, first, second, ["candidate/C1"])
            assert found["more"] == 0
            return [(each["position"], each["why"]) for each in found["events"]]

        june, may = (stored_instant(f"2024-{month}-15T00:00:00+02:00") for month in ("06", "05"))
        later = len(log.events)
        assert told(Moment(june, known), Moment(june, later)) == [(known + 1, "learnt")]
        assert told(Moment(june, later), Moment(june, known)) == [(known + 1, "learnt")]
        assert (known, "effect") in told(Moment(may, known), Moment(june, known))
        assert told(Moment(june, known), Moment(june, known)) == []
    assert later < MOST
