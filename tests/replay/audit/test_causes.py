"""Why a record differs: each cause that a record states or that a later event gives is named, and no other."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.rules.readings import choose_readings
from replay.audit.audit import Finding
from replay.audit.compare import Change
from replay.run.matchrun import MatchRun, match_run
from replay.run.moments import moment_of_offer
from tests.replay.audit.test_audit import Event, fact, findings, planted, run_of, stored, story, taken

LATER = {"recordedtime": "2025-11-25T08:00:00.000000Z"}
LATEST = {"recordedtime": "2025-11-27T08:00:00.000000Z"}


@pytest.fixture
def whole(tmp_path: Path) -> list[Event]:
    """The story with the run of its offer as recorded in time."""
    return recorded(tmp_path, story())


def recorded(tmp_path: Path, events: list[Event]) -> list[Event]:
    """Events with the runs of their offers."""
    log = taken(tmp_path / "recorded.db", events, runs=True)
    found = stored(log)
    log.close()
    return found


def run(tmp_path: Path, events: list[Event], offer: str = "O1", **view: Any) -> MatchRun:
    """The run of an offer as a view has it."""
    log = taken(tmp_path / "view.db", events)
    found = match_run(moment_of_offer(log, offer, choose_readings(), **view))
    log.close()
    (tmp_path / "view.db").unlink()
    return found


def bilirubin(number: str, value: str, candidate: str, day: int = 19) -> Event:
    lab = {"analyte": "total_bilirubin", "value": value, "unit": "umol/L"}
    return fact(number, "lab-result.recorded", f"candidate/{candidate}", lab, day=day)


def kinds(finding: Finding) -> list[str]:
    return [cause.kind for cause in finding.causes]


def off_by_a_millionth(data: dict[str, Any], candidate: str) -> None:
    line = next(each for each in data["ranking"] if each["candidate"] == candidate)
    line["snagc"] = line["snagc"][:-1] + str((int(line["snagc"][-1]) + 1) % 10)


def test_a_counter_that_gives_the_recorded_ranking_is_named_and_that_it_is_wrong(tmp_path: Path) -> None:
    pump = fact("lvad", "treatment.started", "candidate/C1", {"treatment": "lvad"}, day=3)
    offers = [fact(f"o{n}", "graft.offered", f"offer/P{n}", {"donor": "D1"}, day=20) for n in range(4)]
    events = [*story()[:-1], pump | {"recordedtime": story()[-1]["recordedtime"]}, *offers, story()[-1]]
    found = recorded(tmp_path, events)
    fourth = run(tmp_path, events, "P3").decision()["ranking"]
    assert fourth != found[-1]["data"]["ranking"]
    found[-1]["data"].update(counter=4, ranking=fourth)
    del found[-1]["data"]["digest"]
    finding = findings(tmp_path, found)[-1]
    assert [(cause.kind, cause.detail) for cause in finding.causes] == [
        ("counter", "recorded with counter 4, not 5"), ("header", "counter: 4 recorded, 5 replayed")
    ]  # fmt: skip


def test_with_another_ranking_of_what_the_record_states_the_counter_alone_is_a_difference_by_itself(
    tmp_path: Path, whole: list[Event]
) -> None:
    def change(data: dict[str, Any]) -> None:
        off_by_a_millionth(data, "C1")
        data.update(counter=7, ruleset="1999-01-01", readings={"quantum_age": "v2"})

    (finding,) = findings(tmp_path, planted(whole, change))
    assert kinds(finding) == ["arithmetic", "header"]
    assert finding.causes[1].detail == "counter: 7 recorded, 1 replayed"


def test_a_log_size_that_gives_the_recorded_ranking_is_named(tmp_path: Path, whole: list[Event]) -> None:
    before = next(position for position, event in enumerate(whole, 1) if event["id"] == "late") - 1
    events = [event for event in whole if not event["type"].startswith("snagc.match-run")]
    earlier = run(tmp_path, events, known_at=str(before)).decision()["ranking"]
    changed = planted(whole, lambda data: data.update(ranking=earlier, log_size=before))
    (finding,) = findings(tmp_path, changed)
    assert [cause.kind for cause in finding.causes] == ["knowledge"]
    assert f"as known at position {before}" in finding.causes[0].detail


def test_what_was_known_when_the_run_was_recorded_is_told_from_what_is_known_now(tmp_path: Path) -> None:
    late = [bilirubin(f"late{name}", "150", name) | LATER for name in ("C1", "C2")]
    after = [bilirubin(f"later{name}", "20", name, day=20) | {"time": "2025-11-20T07:00:00+01:00"} | LATEST
             for name in ("C1", "C2")]  # fmt: skip
    found = recorded(tmp_path, story())
    record = run_of(found) | {"recordedtime": "2025-11-26T08:00:00.000000Z", "source": "official", "id": "run"}
    facts = [event for event in found if event is not run_of(found)]
    then = run(tmp_path, [*facts, *late], known_at="now").decision()["ranking"]
    record["data"] = record["data"] | {"ranking": then}
    record["data"].pop("digest")
    (finding,) = findings(tmp_path, [*facts, *late, record, *after])
    position = len(facts) + 2
    assert [(cause.kind, cause.detail.split(" the ")[0]) for cause in finding.causes] == [
        ("knowledge", f"as known at position {position}")
    ]


@pytest.mark.parametrize("how", ["corrected", "retracted"])
def test_an_amendment_that_came_late_is_named_where_it_gives_the_recorded_ranking(tmp_path: Path, how: str) -> None:
    data: dict[str, Any] = {"event": {"source": "test", "id": "late"}, "reason": "mistyped"}
    data |= {"data": {"value": "31"}} if how == "corrected" else {}
    amendment = fact("mended", f"event.{how}", "candidate/C3", data, day=21)
    found = recorded(tmp_path, story())
    known = run(tmp_path, [*story(), amendment], known_at="now").decision()["ranking"]
    changed = planted([*found, amendment], lambda data: data.update(ranking=known, digest="0" * 64))
    (finding,) = findings(tmp_path, changed)
    assert kinds(finding) == ["late fact"]
    assert f"event.{how} of" in finding.causes[0].detail
    assert finding.causes[0].positions == (len(changed),)


def test_a_late_fact_that_does_not_give_its_candidate_s_score_is_not_blamed_beside_one_that_does(
    tmp_path: Path, whole: list[Event]
) -> None:
    late = next(event for event in whole if event["id"] == "late")
    idle = [
        fact("idle", "lab-result.recorded", "candidate/C1", {"analyte": "bnp", "value": "10", "unit": "ng/L"}, day=19)
        | LATER
    ]
    events = [*(event for event in whole if event is not late), {**late, **LATER}, *idle]
    (finding,) = findings(tmp_path, planted(events, lambda data: off_by_a_millionth(data, "C1")))
    assert kinds(finding) == ["late fact", "arithmetic"]
    assert "(test, late)" in finding.causes[0].detail


def test_late_facts_that_give_the_whole_ranking_between_them_are_named_and_nothing_else(
    tmp_path: Path, whole: list[Event]
) -> None:
    late = [bilirubin(f"late{name}", value, name) | LATER for name, value in (("C1", "150"), ("C2", "160"))]
    known = run(tmp_path, [*story(), *late], known_at="now").decision()["ranking"]
    since = [*late, bilirubin("since", "120", "C5") | LATEST]
    (finding,) = findings(tmp_path, [*planted(whole, lambda data: data.update(ranking=known)), *since])
    assert kinds(finding) == ["late fact", "late fact"]
    assert sorted("lateC1" in cause.detail for cause in finding.causes) == [False, True]


def test_a_late_fact_that_gives_the_score_is_named_though_another_s_figure_moves_the_rank(tmp_path: Path) -> None:
    found = recorded(tmp_path, story())
    late = next(event for event in found if event["id"] == "late")

    def change(data: dict[str, Any]) -> None:
        lines = data["ranking"]
        lowest = next(each for each in lines if each["candidate"] == "C6")
        lowest["snagc"] = "999.000000"
        ordered = sorted(lines, key=lambda each: -float(each["snagc"]))
        data["ranking"] = [{**line, "rank": rank} for rank, line in enumerate(ordered, 1)]

    events = [*(event for event in found if event is not late), {**late, **LATER}]
    (finding,) = findings(tmp_path, planted(events, change))
    assert sorted(set(kinds(finding))) == ["arithmetic", "late fact"]
    assert any("(test, late)" in cause.detail for cause in finding.causes)


def test_a_record_that_differs_is_told_of_beside_one_that_does_not(tmp_path: Path, whole: list[Event]) -> None:
    wrong = planted(whole, lambda data: off_by_a_millionth(data, "C1"))
    again = run_of(whole) | {"source": "again", **LATER}
    assert [each.verdict for each in findings(tmp_path / "first", [*wrong, again])] == ["differs", "identical"]
    wrong_again = run_of(wrong) | {"source": "again", **LATER}
    assert [each.verdict for each in findings(tmp_path / "last", [*whole, wrong_again])] == ["identical", "differs"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda data: data.update(digest="0" * 64), ["digest"]),
        (lambda data: data.update(digest="0" * 64, counter=7), ["header"]),
        (lambda data: data.update(ranking=[{**each, "snagc": f"{float(each['snagc']):.3f}"}
                                           for each in data["ranking"]]), []),
    ],
    ids=["another digest", "another digest and counter", "few decimals and the whole digest"],
)  # fmt: skip
def test_a_digest_is_held_where_nothing_else_is_stated_otherwise(
    tmp_path: Path, whole: list[Event], change: Callable[[dict[str, Any]], None], expected: list[str]
) -> None:
    (finding,) = findings(tmp_path, planted(whole, change))
    assert kinds(finding) == expected


def test_a_change_tells_by_how_much_where_both_have_a_score() -> None:
    pairs = [("1.500000", "4.000000"), ("4.000000", "1.500000"), (None, "1.000000"), ("1.000000", None)]
    told = [Change("C1", 1, 1, a, b).as_json()["difference"] for a, b in pairs]
    assert told == ["2.500000", "-2.500000", None, None]
