"""The audit on live logs and on copies with one thing planted: each cause is named, nothing else is."""

import json
import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from engine.intake.intake import Intake, Submission
from engine.log.eventlog import EventLog
from engine.rules.readings import choose_readings
from replay.audit import causes
from replay.audit.audit import Finding, audit, replay_offers
from replay.audit.hindsight import hindsight
from replay.audit.views import ALTERNATIVES, sensitivity, sensitivity_over
from replay.cli.app import app
from replay.run.asked import ALWAYS
from replay.run.live import LiveRuns
from replay.run.matchrun import MatchRun, Moment, decide, match_run
from replay.run.moments import moment_of_offer
from tests.independent.worlds import random_world
from tests.long import examples
from tests.projections.support import CLOCK
from tests.stores import new_log
from tests.support import moment_of, offers_in

Event = dict[str, Any]


def fact(number: str, kind: str, subject: str, data: dict[str, Any], day: int = 1, hour: int = 8) -> Event:
    """An event of November 2025."""
    return {
        "specversion": "1.0",
        "source": "test",
        "id": number,
        "type": f"snagc.{kind}.v1",
        "subject": subject,
        "time": f"2025-11-{day:02}T{hour:02}:00:00+01:00",
        "recordedtime": f"2025-11-{day:02}T{hour:02}:30:00.000000Z",
        "data": data,
    }


def story() -> list[Event]:
    """Six adults with labs, a donor, and a lab of C3 drawn before the offer of the 20th."""
    events = []
    for number in range(1, 7):
        registration = {
            "birth_date": f"19{60 + number}-03-05", "sex": "F", "blood_group": "A", "height_cm": "170",
            "weight_kg": "70", "diseases": ["151"], "centre": "750100125", "abo_matching": "identical",
        }  # fmt: skip
        events.append(fact(f"r{number}", "candidate.registered", f"candidate/C{number}", registration))
        for analyte, value in (("total_bilirubin", 10 * number), ("creatinine", 80 + number)):
            lab = {"analyte": analyte, "value": str(value), "unit": "umol/L"}
            events.append(fact(f"{analyte}{number}", "lab-result.recorded", f"candidate/C{number}", lab, day=2))
    donor = {
        "age": "45", "sex": "F", "blood_group": "A", "height_cm": "170", "weight_kg": "70",
        "procurement_site": "750100125",
    }  # fmt: skip
    events.append(fact("d", "donor.registered", "donor/D1", donor, day=18))
    late = {"analyte": "total_bilirubin", "value": "200", "unit": "umol/L"}
    events.append(fact("late", "lab-result.recorded", "candidate/C3", late, day=19))
    events.append(fact("o", "graft.offered", "offer/O1", {"donor": "D1"}, day=20))
    return events


def taken(path: Path, events: list[Event], *, runs: bool = False) -> EventLog:
    """A log that holds the events, each offer's run recorded behind it if wanted."""
    log = new_log(path)
    intake = Intake(log, now=lambda: CLOCK, imported=True, runs=LiveRuns(log) if runs else None)
    ordered = sorted(events, key=lambda event: str(event["recordedtime"]))
    verdicts = intake.take([Submission(n, orjson.dumps(event)) for n, event in enumerate(ordered, 1)])
    assert {verdict.status for verdict in verdicts} == {"accepted"}
    return log


def stored(log: EventLog) -> list[Event]:
    """Every event as stored."""
    return [orjson.loads(state) for _, _, state in log.recorder.rows()]


@pytest.fixture
def whole(tmp_path: Path) -> list[Event]:
    """The story with the run of its offer as recorded in time."""
    log = taken(tmp_path / "whole.db", story(), runs=True)
    events = stored(log)
    log.close()
    return events


def findings(tmp_path: Path, events: list[Event]) -> list[Finding]:
    """What the audit says of a log with the events."""
    tmp_path.mkdir(exist_ok=True)
    log = taken(tmp_path / "copy.db", events)
    found = list(audit(log))
    log.close()
    return found


def run_of(events: list[Event]) -> Event:
    """The recorded run."""
    return next(event for event in events if event["type"] == "snagc.match-run.recorded.v1")


def planted(events: list[Event], change: Callable[[dict[str, Any]], None]) -> list[Event]:
    """A copy in which the recorded run's data is changed."""
    copy = json.loads(json.dumps(events))
    change(run_of(copy)["data"])
    return list(copy)


def test_a_log_whose_offers_recorded_their_runs_is_identical(tmp_path: Path, whole: list[Event]) -> None:
    (finding,) = findings(tmp_path, whole)
    assert (finding.verdict, finding.causes, finding.changes) == ("identical", (), ())


def test_a_wrong_digit_is_named_as_arithmetic_with_its_size(tmp_path: Path, whole: list[Event]) -> None:
    def change(data: dict[str, Any]) -> None:
        digits = data["ranking"][1]["snagc"]
        data["ranking"][1]["snagc"] = digits[:-1] + str((int(digits[-1]) + 1) % 10)

    (finding,) = findings(tmp_path, planted(whole, change))
    (cause,) = finding.causes
    assert (finding.verdict, cause.kind) == ("differs", "arithmetic")
    assert "0.000001" in cause.detail or "0.000009" in cause.detail
    assert [each.candidate for each in finding.changes] == [run_of(whole)["data"]["ranking"][1]["candidate"]]


def test_a_late_lab_is_named_by_its_source_id_and_position(tmp_path: Path, whole: list[Event]) -> None:
    late = next(event for event in whole if event["id"] == "late")
    rest = [event for event in whole if event is not late]
    moved = [*rest, {**late, "recordedtime": "2025-11-25T08:00:00.000000Z"}]
    (finding,) = findings(tmp_path, moved)
    (cause,) = finding.causes
    assert (cause.kind, cause.positions) == ("late fact", (len(moved),))
    assert "(test, late)" in cause.detail


def test_a_changed_reading_is_named_whether_it_is_stated_or_not(tmp_path: Path, whole: list[Event]) -> None:
    other = tmp_path / "other.db"
    log = taken(other, story())
    run = match_run(moment_of_offer(log, "O1", choose_readings({"age": "completed"})))
    log.close()

    def change(data: dict[str, Any]) -> None:
        data.update(ranking=run.decision()["ranking"], readings=run.header()["readings"], digest=run.digest())

    (stated,) = findings(tmp_path, planted(whole, change))
    assert [(cause.kind, "age=completed" in cause.detail) for cause in stated.causes] == [("reading", True)]


def test_a_reading_the_record_does_not_state_is_found_by_replaying(tmp_path: Path, whole: list[Event]) -> None:
    log = taken(tmp_path / "other.db", story())
    run = match_run(moment_of_offer(log, "O1", choose_readings({"age": "completed"})))
    log.close()
    changed = planted(whole, lambda data: data.update(ranking=run.decision()["ranking"]))
    (finding,) = findings(tmp_path, changed)
    assert [cause.kind for cause in finding.causes] == ["reading"]
    assert "age=completed" in finding.causes[0].detail


def test_a_rule_set_stated_otherwise_is_named_where_it_explains_the_ranking(tmp_path: Path) -> None:
    pump = fact("lvad", "treatment.started", "candidate/C1", {"treatment": "lvad"}, day=3)
    offers = [fact(f"o{n}", "graft.offered", f"offer/P{n}", {"donor": "D1"}, day=20) for n in range(4)]
    events = [*story()[:-1], pump | {"recordedtime": story()[-1]["recordedtime"]}, *offers, story()[-1]]
    log = taken(tmp_path / "fifth.db", events, runs=True)
    old = match_run(moment_of_offer(log, "O1", choose_readings(), ruleset="2018-01-01"))
    recorded = stored(log)
    log.close()
    last = recorded[-1]["data"]
    last.update(ruleset="2018-01-01", ranking=old.decision()["ranking"], digest=old.digest())
    found = findings(tmp_path, recorded)[-1]
    assert [cause.kind for cause in found.causes] == ["rule set"]


def test_a_ranking_nothing_explains_is_called_unexplained(tmp_path: Path, whole: list[Event]) -> None:
    def change(data: dict[str, Any]) -> None:
        data["ranking"] = [{**line, "rank": rank} for rank, line in enumerate(data["ranking"][2:], 1)]

    (finding,) = findings(tmp_path, planted(whole, change))
    assert [cause.kind for cause in finding.causes] == ["unexplained"]


@pytest.mark.parametrize(
    ("stated", "word"),
    [
        ({"ruleset": "2018-01-01"}, "ruleset: 2018-01-01"),
        ({"ruleset": "1999-01-01"}, "ruleset: 1999-01-01"),
        ({"readings": {"months": "mean"}}, "months: mean"),
        ({"readings": {"quantum_age": "v2"}}, "quantum_age: v2"),
    ],
)
def test_rules_or_readings_stated_otherwise_are_a_difference_even_with_the_right_ranking(
    tmp_path: Path, whole: list[Event], stated: dict[str, Any], word: str
) -> None:
    (finding,) = findings(tmp_path, planted(whole, lambda data: data.update(stated)))
    assert finding.verdict == "differs"
    assert any(word in cause.detail for cause in finding.causes)


def test_a_candidate_that_stands_twice_in_a_record_is_named(tmp_path: Path, whole: list[Event]) -> None:
    def change(data: dict[str, Any]) -> None:
        data["ranking"].insert(0, {"rank": 9, "candidate": data["ranking"][0]["candidate"], "snagc": "9999.000000"})

    (finding,) = findings(tmp_path, planted(whole, change))
    assert finding.verdict == "differs"
    assert any("twice" in cause.detail for cause in finding.causes)


def test_a_record_with_few_decimals_that_ranks_equal_figures_otherwise_differs_in_order(tmp_path: Path) -> None:
    def change(data: dict[str, Any]) -> None:
        for line in data["ranking"]:
            line["snagc"] = f"{Decimal(line['snagc']):.2f}"
        first, second = data["ranking"][:2]
        assert first["snagc"] == second["snagc"]
        first["candidate"], second["candidate"] = second["candidate"], first["candidate"]

    near = [
        {**each, "id": f"{each['id']}-{name}", "subject": f"candidate/{name}"}
        for each in story()
        for name in ("C7", "C8")
        if each["subject"] == "candidate/C1"
    ]
    grants = [
        fact(f"g{name}", "expert-priority.granted", f"candidate/{name}", {"component": "XPCA", "points": points})
        for name, points in (("C7", "800.001"), ("C8", "800.002"))
    ]
    log = taken(tmp_path / "near.db", [*story(), *near, *grants], runs=True)
    (finding,) = findings(tmp_path, planted(stored(log), change))
    log.close()
    assert [cause.kind for cause in finding.causes] == ["order"]


def test_facts_dated_after_an_offer_are_not_tried_as_causes(
    tmp_path: Path, whole: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = 0

    def counted(moment: Moment, **more: Any) -> MatchRun:
        nonlocal tried
        tried += 1
        return match_run(moment, **more)

    def change(data: dict[str, Any]) -> None:
        for line in data["ranking"]:
            line["snagc"] = f"{Decimal(line['snagc']) - 1}"

    monkeypatch.setattr(causes, "match_run", counted)
    copy = planted(whole, change)
    findings(tmp_path / "before", copy)
    without, tried = tried, 0
    lab = {"analyte": "bnp", "value": "400", "unit": "ng/L"}
    later = [fact(f"n{hour}", "lab-result.recorded", "candidate/C1", lab, day=21, hour=hour) for hour in range(24)]
    (finding,) = findings(tmp_path / "after", copy + later)
    assert {cause.kind for cause in finding.causes} == {"arithmetic"}
    assert 0 < tried == without


def test_an_order_that_contradicts_its_own_scores_is_said_so(tmp_path: Path, whole: list[Event]) -> None:
    def change(data: dict[str, Any]) -> None:
        first, second = data["ranking"][:2]
        first["snagc"], second["snagc"] = second["snagc"], first["snagc"]

    (finding,) = findings(tmp_path, planted(whole, change))
    assert any("contradicts its own scores" in cause.detail for cause in finding.causes)


def test_a_late_lab_and_a_wrong_digit_are_both_named(tmp_path: Path, whole: list[Event]) -> None:
    def change(data: dict[str, Any]) -> None:
        line = next(each for each in data["ranking"] if each["candidate"] == "C1")
        line["snagc"] = line["snagc"][:-1] + str((int(line["snagc"][-1]) + 1) % 10)

    copy = planted(whole, change)
    late = next(event for event in copy if event["id"] == "late")
    moved = [*(event for event in copy if event is not late), {**late, "recordedtime": "2025-11-25T08:00:00.000000Z"}]
    (finding,) = findings(tmp_path, moved)
    assert {cause.kind for cause in finding.causes} >= {"late fact", "arithmetic"}


def test_an_offer_of_before_the_score_does_not_stop_the_audit(tmp_path: Path, whole: list[Event]) -> None:
    donor = next(event for event in story() if event["id"] == "d")
    early = [
        {**donor, "id": "old", "subject": "donor/D0", "time": "2017-04-01T08:00:00+02:00"},
        fact("oo", "graft.offered", "offer/O0", {"donor": "D0"}) | {"time": "2017-05-01T08:00:00+02:00"},
    ]
    events = [{**event, "recordedtime": "2025-10-01T08:00:00.000000Z"} for event in early] + story()
    log = taken(tmp_path / "early.db", events, runs=True)
    unruled: list[Any] = []
    assert [finding.verdict for finding in audit(log, unruled=unruled)] == ["identical"]
    assert [each.subject for each in unruled] == ["offer/O0"]
    log.close()


def test_hindsight_goes_on_where_a_donor_was_retracted(tmp_path: Path, whole: list[Event]) -> None:
    gone = {"event": {"source": "test", "id": "d"}, "reason": "wrong donor"}
    log = taken(tmp_path / "gone.db", [*whole, fact("gone", "event.retracted", "donor/D1", gone, day=28)])
    (found,) = hindsight(log, ALWAYS, log.head())
    assert found.problem is not None
    assert "retracted" in found.problem
    log.close()


def test_a_wrong_counter_or_size_with_the_right_ranking_is_a_difference(tmp_path: Path, whole: list[Event]) -> None:
    (finding,) = findings(tmp_path, planted(whole, lambda data: data.update(counter=7)))
    assert (finding.verdict, finding.causes[0].kind) == ("differs", "header")
    assert "7 recorded, 1 replayed" in finding.causes[0].detail


def test_an_offer_without_a_recorded_run_says_so(tmp_path: Path) -> None:
    assert [finding.verdict for finding in findings(tmp_path, story())] == ["not recorded"]


def test_an_official_ranking_with_fewer_decimals_agrees(tmp_path: Path, whole: list[Event]) -> None:
    def change(data: dict[str, Any]) -> None:
        del data["digest"]
        for line in data["ranking"]:
            line["snagc"] = f"{float(line['snagc']):.2f}"

    (finding,) = findings(tmp_path, planted(whole, change))
    assert finding.verdict == "identical"


def test_hindsight_names_the_facts_learnt_since(tmp_path: Path, whole: list[Event]) -> None:
    late = next(event for event in whole if event["id"] == "late")
    rest = [event for event in whole if event is not late]
    log = taken(tmp_path / "late.db", [*rest, {**late, "recordedtime": "2025-11-25T08:00:00.000000Z"}])
    (found,) = hindsight(log, ALWAYS, log.head())
    assert [each.fact.id for each in found.facts] == ["late"]
    assert "C3" in [change.candidate for change in found.changes]
    assert not list(hindsight(log, ALWAYS, log.head() - 1))
    log.close()


def test_the_audit_command_leaves_with_3_where_a_run_differs(tmp_path: Path, whole: list[Event]) -> None:
    log = taken(tmp_path / "copy.db", planted(whole, lambda data: data.update(counter=9)))
    log.close()
    result = CliRunner().invoke(app, ["audit", "--log", str(tmp_path / "copy.db"), "--json"])
    document = json.loads(result.stdout)
    assert (result.exit_code, document["differs"], document["identical"]) == (3, 1, 0)


def test_the_decision_alone_is_the_match_runs_on_random_worlds() -> None:
    for number in range(examples(8, 60)):
        events = random_world(random.Random(f"decide-{number}"), 8)
        for offer in offers_in(events):
            moment = moment_of(events, offer, known_at=len(events))
            assert decide(moment) == match_run(moment).decision()


def test_sensitivity_counts_each_alternative_reading_once(tmp_path: Path, whole: list[Event]) -> None:
    log = taken(tmp_path / "copy.db", whole)
    table = sensitivity((moment, folds) for moment, _, folds in replay_offers(log))
    assert sensitivity_over(log, ALWAYS) == table
    log.close()
    assert sorted((row.reading, row.option) for row in table) == sorted(ALTERNATIVES)
    assert {row.offers for row in table} == {1}
    assert next(row for row in table if row.reading == "age").offers_changed == 1


def test_a_late_fact_that_changes_no_score_is_never_blamed(tmp_path: Path, whole: list[Event]) -> None:
    """C1 and C2 exchanged in rank alone; a late lab about each explains nothing."""

    def change(data: dict[str, Any]) -> None:
        first, second = data["ranking"][:2]
        first["rank"], second["rank"] = second["rank"], first["rank"]

    copy = planted(whole, change)
    peptide = {"analyte": "bnp", "value": "10", "unit": "ng/L"}
    idle = [
        fact(f"idle{n}", "lab-result.recorded", f"candidate/C{n}", peptide, day=19)
        | {"recordedtime": "2025-11-26T08:00:00.000000Z"}
        for n in range(1, 7)
    ]
    (finding,) = findings(tmp_path, [*copy, *idle])
    assert {cause.kind for cause in finding.causes} == {"order", "record"}
