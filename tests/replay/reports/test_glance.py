"""What stands beside the list on its page: thresholds, the last weeks, and what happened between two moments."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.log.eventlog import EventLog
from engine.log.history import stored_instant
from engine.rules.ruleset import rule_history
from projections.standing import Standing
from replay.reports.between import MOST, Moment, between_document
from replay.reports.glance import WEEKS, blood_groups, glance_document, next_threshold
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


@pytest.mark.parametrize(
    ("component", "icar", "points", "ahead"),
    [
        ("adult_standard", 30, "750", ("severe_icar", "826.000000", "76.000000")),
        ("adult_standard", 0, "825.999999", ("severe_icar", "826.000000", "0.000001")),
        ("adult_standard", 31, "400", None),
        ("adult_standard", 40, "1051", None),
        ("XPCA", 12, "450.5", ("XPCA", "900.000000", "449.500000")),
        ("XPCA", 12, "900", None),
        ("paediatric_standard", None, "820.03", None),
        ("XPCP2", None, "1051", None),
    ],
)
def test_the_threshold_ahead_is_of_a_class_that_points_lead_to_and_of_no_other_component(
    component: str, icar: int | None, points: str, ahead: tuple[str, str, str] | None, standing: Standing
) -> None:
    at = replace(standing, component=component, icar=icar, ccb=int(Decimal(points) * 1_000_000))
    found = next_threshold(at, rule_history()[-1])
    assert (found and (found["name"], found["points"], found["missing"])) == ahead


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Standing:
    log = Log()
    adult(log)
    log.granted("C1", "XPCA", "2024-05-20", delay_months=2)
    with EventLog.open(log.kept_at(tmp_path_factory.mktemp("log") / "snagc.db")) as opened:
        return dated_list(Asked(opened, 0, AT)).places[0].standing


@pytest.mark.parametrize(("delay", "missing"), [(0, None), (2, ("600.000000", "58.064516"))])
def test_an_expert_adult_of_fewer_points_is_on_the_way_to_those_and_not_to_all(
    tmp_path: Path, delay: int, missing: tuple[str, str] | None
) -> None:
    log = Log()
    adult(log)
    log.granted("C1", "XPCA", "2024-04-21 12:00", points="600", delay_months=delay)
    (told,) = glance(log, tmp_path, "C1")["candidates"]
    ahead = told["next_threshold"]
    assert (ahead and (ahead["points"], ahead["missing"])) == missing


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
