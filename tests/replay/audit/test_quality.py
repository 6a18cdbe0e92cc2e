"""snagc quality: what each rule looked at and found, as known then, in a span, of a centre; never a score moved."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.intake.plausibility import registry
from engine.intake.plausibility.registry import RULES
from projections.data_quality import ALERTS
from replay.audit import quality as audit
from replay.audit.quality import quality_by_centre
from replay.run.asked import Asked
from replay.service.desk import Desk
from replay.service.handlers import quality_
from replay.service.questions import Question
from replay.service.viewer import TEAM, Viewer
from tests.intake.support import opened
from tests.projections.support import CENTRE, ELSEWHERE, SITE, Log, instant
from tests.replay.command import asked, refused, snagc
from tests.replay.support import adult, offered, one_town

FIELDS = ["code", "checked", "found", "share", "events"]


def quality(log: Log, folder: Path, *words: object) -> dict[str, dict[str, Any]]:
    """The rules' lines by code."""
    path = folder / f"{len(log.events)}.db"
    document = asked("quality", "--log", path if path.exists() else log.kept_at(path), *words)
    assert list(document) == ["rules"]
    assert all(list(rule) == FIELDS for rule in document["rules"])
    return {rule["code"]: rule for rule in document["rules"]}


def found(rules: dict[str, dict[str, Any]]) -> list[str]:
    """The codes of the rules that found something."""
    return [code for code, rule in rules.items() if rule["found"]]


def test_every_rule_has_a_line_and_what_looked_at_nothing_has_no_share(tmp_path: Path) -> None:
    log = Log()
    adult(log)
    rules = quality(log, tmp_path)
    assert list(rules) == [*(rule.code for rule in RULES), *ALERTS]
    assert rules["stop_without_start"] == {
        "code": "stop_without_start", "checked": 0, "found": 0, "share": None, "events": [],
    }  # fmt: skip
    assert (rules["lab_unit_jump"]["checked"], rules["lab_unit_jump"]["share"]) == (3, "0.000000")
    assert found(rules) == []


def test_what_is_found_is_named_with_its_share(tmp_path: Path) -> None:
    log = Log()
    adult(log)
    stop = log.stopped("C1", "ecmo", "2024-05-16 10:00")
    log.started("C1", "ecmo", "2024-05-16 11:00")
    log.stopped("C1", "ecmo", "2024-05-16 12:00")
    again = log.stopped("C1", "ecmo", "2024-05-16 13:00")
    rule = quality(log, tmp_path)["stop_without_start"]
    assert (rule["checked"], rule["found"], rule["share"]) == (3, 2, "0.666667")
    assert [event["position"] for event in rule["events"]] == [stop, again]
    assert rule["events"][0] == {"source": "urn:test:words", "id": f"e{stop}", "position": stop}


def test_a_second_offer_of_a_donor_is_found_and_the_first_is_not(tmp_path: Path) -> None:
    log = one_town()
    adult(log)
    offered(log)
    again = log.add("graft.offered", "offer/O2", "2024-05-17 12:00", {"donor": "D1"})
    rule = quality(log, tmp_path)["donor_offered_twice"]
    assert (rule["checked"], [event["position"] for event in rule["events"]]) == (2, [again])


def test_what_a_later_fact_a_correction_or_a_retraction_settled_is_not_found_but_was_then(tmp_path: Path) -> None:
    log = Log()
    lab = log.lab("C1", "creatinine", "100", "2024-01-09 08:00")
    adult(log)
    stop = log.stopped("C1", "ecmo", "2024-05-16 10:00")
    log.happened("suspended", "C1", "2024-05-16 11:00")
    twice = log.happened("suspended", "C1", "2024-05-16 12:00")
    before = len(log.events)
    log.started("C1", "ecmo", "2024-05-15 10:00")
    log.retracted(twice)
    assert found(quality(log, tmp_path, "--known-at", lab)) == ["candidate_unknown"]
    then = quality(log, tmp_path, "--known-at", before)
    assert [code for code in found(then) if code not in ALERTS] == ["stop_without_start", "suspended_while_suspended"]
    assert [event["position"] for event in then["stop_without_start"]["events"]] == [stop]
    assert [code for code in found(quality(log, tmp_path)) if code not in ALERTS] == []


def test_a_span_and_a_centre_narrow_what_is_looked_at(tmp_path: Path) -> None:
    log = Log()
    adult(log, "C1", centre=CENTRE)
    adult(log, "C2", centre=ELSEWHERE)
    log.stopped("C1", "ecmo", "2024-05-10 10:00")
    stop = log.stopped("C2", "ecmo", "2024-05-17 10:00")
    in_span = quality(log, tmp_path, "--from", "2024-05-17", "--to", "2024-05-17")["stop_without_start"]
    assert (in_span["checked"], [event["position"] for event in in_span["events"]]) == (1, [stop])
    of_centre = quality(log, tmp_path, "--centre", ELSEWHERE)
    assert [event["position"] for event in of_centre["stop_without_start"]["events"]] == [stop]
    assert (of_centre["registered_while_listed"]["checked"], of_centre["bilirubin_missing"]["checked"]) == (1, 1)
    assert "check --centre" in refused("quality", "--log", tmp_path / f"{len(log.events)}.db", "--centre", "000000000")


def test_by_centre_each_has_the_lines_that_it_alone_is_answered_with_and_the_whole_has_its_own(tmp_path: Path) -> None:
    log = Log()
    adult(log, "C1", centre=CENTRE)
    adult(log, "C2", centre=ELSEWHERE, labs=None)
    for candidate in ("C1", "C2", "C2"):
        log.stopped(candidate, "ecmo", "2024-05-10 10:00")
    log.donor("D1", "2024-05-17 11:00")
    log.offered("O1", "2024-05-17 12:00")
    path = log.kept_at(tmp_path / "log.db")
    with opened(path, create=False) as held:
        for start in (None, "2024-05-11"):
            about = Asked(held, instant("2024-06-01"), start=start)
            found = quality_by_centre(about)
            assert found["rules"] == audit.quality(about)["rules"]
            assert found["centres"] == [
                {"centre": centre, **audit.quality(about, centre)} for centre in sorted((CENTRE, ELSEWHERE))
            ]
        assert any(rule["found"] for rule in found["rules"])
        among = quality_by_centre(about, among="C2".__eq__)
        assert [each["centre"] for each in among["centres"]] == [ELSEWHERE]
        assert among["rules"] == among["centres"][0]["rules"]


@pytest.mark.parametrize("told", ["a registration while listed", "an update dated before the registration",
                                  "an update to come", "an update"])  # fmt: skip
def test_what_is_found_of_a_candidate_is_its_centre_s_as_the_list_has_it(tmp_path: Path, told: str) -> None:
    log = Log()
    log.travel("V1", "2024-01-01", [[SITE, CENTRE, 5], [SITE, ELSEWHERE, 5]])
    adult(log, "C1", centre=CENTRE)
    log.stopped("C1", "ecmo", "2024-05-16 10:00")
    if told == "a registration while listed":
        log.registered("C1", "2024-05-16", centre=ELSEWHERE)
    else:
        dated = {"an update dated before the registration": "2023-05-01", "an update to come": "2024-05-18"}
        log.happened("updated", "C1", dated.get(told, "2024-05-16"), centre=ELSEWHERE)
    log.happened("updated", "C1", "2024-05-17 10:00", weight_kg="75")
    listed = log.candidate("C1", "2024-05-17 10:00").value("centre")
    assert (listed == ELSEWHERE) == (told in ("an update", "an update dated before the registration"))
    for centre in (CENTRE, ELSEWHERE):
        rules = quality(log, tmp_path, "--centre", centre, "--to", "2024-05-17T10:00:00+02:00")
        assert rules["stop_without_start"]["found"] == rules["bilirubin_missing"]["checked"] == (centre == listed)


def test_a_team_is_told_what_is_found_of_its_own_candidates_as_known_now_whenever_it_asks_about(tmp_path: Path) -> None:
    log = Log()
    adult(log, "C1", centre=CENTRE)
    adult(log, "C2", centre=ELSEWHERE)
    for candidate in ("C1", "C2"):
        log.stopped(candidate, "ecmo", "2024-05-16 10:00")
    before = len(log.events)
    log.happened("updated", "C1", "2024-05-17", centre=ELSEWHERE)
    desk = Desk(log.kept_at(tmp_path / "log.db"), (), lambda: instant("2024-06-01"))
    for centre, expected in ((CENTRE, []), (ELSEWHERE, ["C1", "C2"])):
        for said in ({}, {"known_at": str(before)}, {"to": "2024-05-16"}):
            answer = quality_(desk, Question("GET /quality", {}, said), Viewer("T1", (TEAM,), (), (centre,)))
            (rule,) = (rule for rule in json.loads(answer.body)["rules"] if rule["code"] == "stop_without_start")
            events = [log.events[event["position"] - 1]["subject"] for event in rule["events"]]
            assert events == [f"candidate/{name}" for name in expected], (centre, said)


def test_the_alerts_about_variables_count_the_candidates_on_the_list(tmp_path: Path) -> None:
    log = Log()
    adult(log, "C1")
    adult(log, "C2", labs=None)
    log.happened("suspended", "C1", "2024-05-17 11:00")
    rules = quality(log, tmp_path)
    assert {name: rules["bilirubin_missing"][name] for name in FIELDS[1:4]} == {
        "checked": 1, "found": 1, "share": "1.000000",
    }  # fmt: skip
    assert rules["bilirubin_missing"]["events"] == []
    earlier = quality(log, tmp_path, "--to", "2024-05-17T10:00:00+02:00")
    assert (earlier["bilirubin_missing"]["checked"], earlier["bilirubin_missing"]["share"]) == (2, "0.500000")


def test_one_person_under_two_ids_is_found(tmp_path: Path) -> None:
    log = Log()
    adult(log, "C1")
    second = len(log.events) + 1
    adult(log, "C2")
    assert [event["position"] for event in quality(log, tmp_path)["same_person_twice"]["events"]] == [second]


def test_an_empty_log_and_one_of_before_the_score_are_answered(tmp_path: Path) -> None:
    log = Log()
    log.registered("C1", "2016-01-01")
    rules = quality(log, tmp_path)
    assert (rules["candidate_too_old"]["checked"], rules["bilirubin_missing"]["share"]) == (1, None)
    assert {rule["share"] for rule in quality(log, tmp_path, "--known-at", "0").values()} == {None}


def test_the_table_stands_on_standard_output(tmp_path: Path) -> None:
    log = Log()
    adult(log)
    log.stopped("C1", "ecmo", "2024-05-16 10:00")
    result = snagc("quality", "--log", log.kept_at(tmp_path / "log.db"))
    assert (result.exit_code, result.stderr) == (0, "")
    assert any(
        line.split()[:5] == ["stop_without_start", "1", "1", "1.000000", "5"] for line in result.stdout.splitlines()
    )


def test_every_rule_has_a_code_of_its_own_and_a_sentence() -> None:
    codes = [rule.code for rule in RULES] + list(ALERTS) + list(registry.INTAKE_ONLY)
    assert len(set(codes)) == len(codes)
    sentences = [rule.sentence for rule in RULES] + list(ALERTS.values()) + list(registry.INTAKE_ONLY.values())
    assert all(sentence.endswith(".") and len(sentence) > 20 for sentence in sentences)


def test_without_any_rule_the_list_and_the_stored_bytes_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log()
    adult(log)
    log.stopped("C1", "ecmo", "2024-05-16 10:00")
    log.granted("C1", "XPCA", "2024-05-16 11:00", situation="rhythmic_storm", delay_months=3)
    place = log.place("C1", "2024-05-17").as_json()
    stored = Path(log.kept_at(tmp_path / "with.db")).read_bytes()
    monkeypatch.setattr(registry, "RULES_OF", {})
    bare = log.place("C1", "2024-05-17").as_json()
    assert place.pop("alerts") == ["stop_without_start", "delay_not_in_table"]
    assert bare.pop("alerts") == []
    assert bare == place
    assert Path(log.kept_at(tmp_path / "without.db")).read_bytes() == stored
