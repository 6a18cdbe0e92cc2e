"""What is supposed is scored as if it had been sent, and nothing of it stays."""

from pathlib import Path
from typing import Any

import pytest

from engine.errors import RequestError
from engine.log.eventlog import EventLog
from replay.reports.course import course
from replay.reports.lists import candidate_document
from replay.reports.spans import spans_document
from replay.reports.supposed import Supposed, supposed_document
from replay.run.asked import Asked
from tests.projections.support import Log, instant
from tests.replay.support import adult, expert

NOW, UNTIL = "2024-06-01 12:00", instant("2024-09-30")
LAB = "lab-result.recorded"


def world() -> Log:
    log = Log()
    expert(log, "C1", points="500")
    adult(log, "C2", labs="2024-05-20")
    adult(log, "C3", labs="2024-02-20")
    log.happened("suspended", "C4", "2024-05-01")
    log.registered("C4", "2024-01-01")
    return log


def opened(log: Log, folder: Path, name: str = "log.db") -> EventLog:
    return EventLog.open(log.kept_at(folder / name))


def asked(log: EventLog, **more: Any) -> Asked:
    return Asked(log, instant(NOW), at="2024-06-01T12:00:00+02:00", known_at="now", **more)


def result(analyte: str, value: str, time: str = "2024-05-31T08:00", unit: str = "umol/L") -> Supposed:
    return Supposed(LAB, {"analyte": analyte, "value": value, "unit": unit}, time)


STORIES: dict[str, tuple[str, list[Supposed]]] = {
    "a worse bilirubin": ("C2", [result("total_bilirubin", "120")]),
    "fresh results": ("C3", [result("total_bilirubin", "30"), result("creatinine", "1.7", unit="mg/dL")]),
    "an older result than the one known": ("C2", [result("creatinine", "300", "2024-05-01T08:00")]),
    "ECMO": ("C2", [Supposed("treatment.started", {"treatment": "ecmo"}, "2024-05-28T10:00")]),
    "an expert's agreement": ("C2", [Supposed("expert-priority.granted", {"component": "XPCA"}, "2024-05-31")]),
    "the end of one": ("C1", [Supposed("expert-priority.ended", {"component": "XPCA"}, "2024-05-31")]),
    "a suspension": ("C1", [Supposed("candidate.suspended", {}, "2024-05-31")]),
    "a return": ("C4", [Supposed("candidate.reinstated", {}, "2024-05-31")]),
}


@pytest.mark.parametrize("story", STORIES)
def test_what_is_supposed_gives_the_panel_that_the_event_itself_would_give(story: str, tmp_path: Path) -> None:
    candidate, supposed = STORIES[story]
    log = opened(world(), tmp_path)
    found = supposed_document(asked(log), candidate, supposed, UNTIL)
    sent = world()
    for each in supposed:
        sent.add(each.kind, f"candidate/{candidate}", each.time.replace("T", " "), dict(each.data))
    really = opened(sent, tmp_path, "sent.db")
    before, after = (candidate_document(asked(each), candidate)["panel"] for each in (log, really))
    for told, panel in ((found["before"], before), (found["after"], after)):
        assert (told and {name: told[name] for name in panel}) == panel
    ahead = course(asked(really, start="2024-06-01T12:00:00+02:00", end="2024-09-30T00:00:00+02:00"), candidate)
    same = ("at", "status", "component", "icar", "icar_j", "icar_i", "ccb", "why", "expired")
    told_steps = [[step[name] for name in same] for step in found["ahead"]["steps"]]
    assert told_steps == [[step[name] for name in same] for step in ahead.as_json()["steps"]]
    assert log.head() == len(world().events)
    assert candidate_document(asked(log), candidate)["panel"] == before


@pytest.mark.parametrize(
    ("supposed", "said"),
    [
        (result("total_bilirubin", "9000"), "data.value: 9000 umol/L of total_bilirubin is outside"),
        (result("total_bilirubin", "12,5"), 'data.value: "12,5" is not a decimal number'),
        (result("troponin", "9"), 'data.analyte: "troponin" is not one of'),
        (result("bnp", "90"), "data"),
        (result("creatinine", "90", "2024-06-02"), "time: 2024-06-02 lies after 2024-06-01T12:00:00+02:00"),
        (result("creatinine", "90", "yesterday"), "time: 'yesterday' is no time"),
        (Supposed("treatment.started", {"treatment": "<b>"}, "2024-05-31"), 'data.treatment: "<b>" is not one of'),
    ],
)
def test_what_could_not_be_sent_cannot_be_supposed_and_the_fault_is_named(
    supposed: Supposed, said: str, tmp_path: Path
) -> None:
    with pytest.raises(RequestError) as error:
        supposed_document(asked(opened(world(), tmp_path)), "C2", [supposed], UNTIL)
    assert said in str(error.value)


def test_what_looks_wrong_about_it_is_said_as_it_would_be_of_the_event(tmp_path: Path) -> None:
    stop = Supposed("treatment.stopped", {"treatment": "lvad"}, "2024-05-31")
    found = supposed_document(asked(opened(world(), tmp_path)), "C2", [stop], UNTIL)
    assert [notice["code"] for notice in found["notices"]] == ["stop_without_start"]


def test_each_result_says_until_when_it_counts(tmp_path: Path) -> None:
    log = world()
    log.lab("C2", "bnp", "900", "2024-05-20", comparator=">")
    log.started("C2", "lvad", "2024-04-01")
    log.stopped("C2", "lvad", "2024-05-25")
    log.registered("C5", "2024-01-01")
    log.lab("C5", "creatinine", "90", "2024-03-01")
    log.started("C5", "iv_inotropes", "2024-04-02")
    log.stopped("C5", "iv_inotropes", "2024-04-20")
    store = opened(log, tmp_path)
    found = spans_document(asked(store, start="2024-05-01", end="2024-12-31"), "C2")
    rows = {row["analyte"]: row for row in found["validity"]}
    assert rows["total_bilirubin"]["until"] == "2024-09-02T00:00:00+02:00"
    assert rows["total_bilirubin"]["days_left"] == "92.500000"
    assert {name: (row["needed"], row["fresh"]) for name, row in rows.items()} == {
        "total_bilirubin": (True, True), "creatinine": (True, True), "bnp": (False, True), "nt_probnp": (True, True),
    }  # fmt: skip
    assert rows["bnp"]["result"]["comparator"] == ">"
    assert [(each["analyte"], each["from"][:10], each["to"][:10]) for each in found["counted"]] == [
        ("total_bilirubin", "2024-05-20", "2024-09-02"), ("creatinine", "2024-05-20", "2024-09-02"),
        ("nt_probnp", "2024-05-20", "2024-09-02"),
    ]  # fmt: skip
    for at, counts in (("2024-09-02T00:00:00+02:00", True), ("2024-09-02T00:00:00.000001+02:00", False)):
        later = spans_document(Asked(store, instant(NOW), at=at, known_at="now"), "C2")["validity"][0]
        assert later["fresh"] is counts
    assert [(each["treatment"], each["to"]) for each in found["treatments"]] == [("lvad", "2024-05-25T00:00:00+02:00")]
    assert not spans_document(asked(store, start="2024-05-26"), "C2")["treatments"]
    on_support = spans_document(asked(store, start="2024-02-01", end="2024-12-31"), "C5")["counted"]
    assert [(each["analyte"], each["from"][:13], each["to"][:13]) for each in on_support] == [
        ("creatinine", "2024-03-01T00", "2024-04-02T00"), ("creatinine", "2024-04-20T00", "2024-06-14T00"),
    ]  # fmt: skip
    positions = [fact["event"]["position"] for fact in found["facts"]]
    assert positions == [
        p for p, e in enumerate(log.events, 1) if e["subject"].endswith("C2") and e["time"] >= "2024-05"
    ]
