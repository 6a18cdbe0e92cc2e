"""What is a viewer's own, and what it leaves of each answer: nothing of another centre's candidates."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from engine.intake.quarantine import Quarantined
from engine.intake.sender import Sender
from engine.log.history import SubjectHistory
from projections.candidate import centre_at
from projections.panel import state
from replay.reports.dossier.files import html_file, json_file
from replay.reports.explain import explain
from replay.reports.words import Words
from replay.service import handlers
from replay.service import own as narrow
from replay.service.desk import Desk
from replay.service.own import Own
from replay.service.questions import Question
from replay.service.viewer import AUDITOR, COORDINATOR, OPEN, PRODUCER, TEAM, Viewer
from tests.projections.support import CENTRE, ELSEWHERE, SITE, SOURCE, Log, instant
from tests.replay.reports.test_dossier import document, text_of
from tests.replay.support import adult, expert
from tests.support import moment_of

NOW = instant("2024-06-01")
OTHERS = ("X1", "X2", "X3")
SECRET = "313.37"


@pytest.fixture(scope="module")
def log() -> Log:
    """Two centres' candidates at one offer, ranked alternately and level, acts for both, and facts learnt since."""
    log = Log()
    log.travel("V1", "2024-01-01", [[SITE, CENTRE, 0], [SITE, ELSEWHERE, 0]])
    expert(log, "X1", centre=ELSEWHERE)
    expert(log, "C1")
    adult(log, "X2", centre=ELSEWHERE)
    adult(log, "C2")
    adult(log, "X3", blood_group="O", centre=ELSEWHERE)
    adult(log, "C3", blood_group="O")
    log.donor("D1", "2024-05-16", birth_date="1979-03-12", age=None)
    log.offered("O1", "2024-05-17")
    for candidate in ("X1", "C1"):
        log.add("proposal.made", "offer/O1", "2024-05-17 02:00", {"candidate": candidate, "reason": f"for {candidate}"})
    log.add("offer.closed", "offer/O1", "2024-05-17 03:00", {"outcome": "transplanted", "candidate": "X1"})
    log.lab("X2", "creatinine", SECRET, "2024-05-16 10:00")
    log.lab("C2", "creatinine", "222", "2024-05-16 10:00")
    return log


def of(log: Log, *centres: str, scopes: tuple[str, ...] = (TEAM,), sources: tuple[str, ...] = ()) -> Own:
    """What is somebody's own in a log."""
    return Own(Viewer("T1", scopes, sources, centres), log.history().of, NOW)


def named(found: object) -> list[str]:
    """The candidates of another centre that an answer names, and the value only theirs has."""
    text = json.dumps(found)
    return [name for name in (*OTHERS, SECRET) if name in text]


# ---------------------------------------------------------------------------------------------------- centres


def test_a_candidate_is_of_the_centre_that_is_known_now() -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.happened("updated", "C1", "2024-05-01", centre=ELSEWHERE)
    log.happened("updated", "C1", "2024-07-01", centre=CENTRE)
    assert centre_at(log.history().of("candidate/C1"), instant("2024-04-01")) == CENTRE
    assert [of(log, centre).has("C1") for centre in (CENTRE, ELSEWHERE, SITE)] == [False, True, False]
    assert Own(OPEN, log.history().of, NOW).has("C1")


def test_a_candidate_whose_registration_is_to_come_is_of_the_centre_it_names() -> None:
    log = Log()
    log.registered("C1", "2024-07-01")
    log.lab("C2", "bnp", "100", "2024-05-01")
    assert [of(log, CENTRE).has(name) for name in ("C1", "C2", "C3", None)] == [True, False, False, False]


def test_a_listing_that_was_opened_anew_elsewhere_is_of_that_centre() -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.delisted("C1", "2024-02-01")
    log.registered("C1", "2024-03-01", centre=ELSEWHERE)
    assert [of(log, centre).has("C1") for centre in (CENTRE, ELSEWHERE)] == [False, True]


# ----------------------------------------------------------------------------------------------------- events


def test_an_event_is_theirs_by_its_source_or_by_its_candidate(log: Log) -> None:
    team, producer = of(log, CENTRE), of(log, scopes=(PRODUCER,), sources=(SOURCE,))
    about = {event["id"]: event["subject"] + str(event["data"].get("candidate", "")) for event in log.events}
    own = {about[event["id"]] for event in log.events if team.has_event(event)}
    assert own == {"candidate/C1", "candidate/C2", "candidate/C3", "offer/O1C1"}
    assert all(producer.has_event(event) for event in log.events)
    assert not any(of(log, SITE, sources=("urn:other",)).has_event(event) for event in log.events)


@pytest.mark.parametrize(("scopes", "seen"), [((TEAM,), False), ((PRODUCER, TEAM), False), ((COORDINATOR,), True),
                                              ((AUDITOR, TEAM), True)])  # fmt: skip
def test_a_donor_s_birth_date_is_shown_to_coordination_and_auditors_alone(scopes: tuple[str, ...], seen: bool) -> None:
    log = Log()
    position = log.donor("D1", "2024-05-16", birth_date="1979-03-12", age=None)
    log.corrected(position, birth_date="1979-03-13")
    log.registered("C1", "2024-01-01")
    own = of(log, scopes=scopes, sources=(SOURCE,))
    donor, correction, candidate = (own.shown(event) for event in log.events)
    assert ("birth_date" in donor["data"], "birth_date" in correction["data"]["data"]) == (seen, seen)
    assert donor["data"]["sex"] == "M"
    assert "birth_date" in candidate["data"]


def test_a_quarantine_entry_is_theirs_by_its_source_or_if_it_names_none_by_its_sender() -> None:
    def entry(raw: bytes, sub: str | None) -> Quarantined:
        sender = None if sub is None else Sender(sub, (PRODUCER,), ("urn:mine",))
        return Quarantined(1, "", False, raw, "refused", [], 1, None, None, "", sender)

    own = Own(Viewer("P1", (PRODUCER,), ("urn:mine",)), lambda subject: SubjectHistory(), NOW)
    mine, others, none, number = b'{"source":"urn:mine"}', b'{"source":"urn:others"}', b"noise", b'{"source":1}'
    assert [own.has_entry(entry(raw, None)) for raw in (mine, others, none, number)] == [True, False, False, False]
    assert [own.has_entry(entry(raw, "P1")) for raw in (mine, others, none, number)] == [True, False, True, True]
    assert [own.has_entry(entry(raw, "P2")) for raw in (mine, others, none, number)] == [True, False, False, False]


# -------------------------------------------------------------------------------------------------- documents


def test_of_a_run_their_own_are_left_with_their_ranks(log: Log) -> None:
    whole = log.run("O1")
    found = narrow.run(whole, of(log, CENTRE))
    assert {entry["candidate"]: entry["rank"] for entry in found["ranking"]} == {
        entry["candidate"]: entry["rank"] for entry in whole["ranking"] if entry["candidate"] not in OTHERS
    }
    assert [entry["candidate"] for entry in found["excluded"]] == ["C3"]
    assert found["digest"] == whole["digest"]
    assert len(whole["ranking"]) == 4
    assert named(found) == []
    assert narrow.run(whole, of(log, CENTRE, ELSEWHERE)) == whole


def test_of_an_explanation_the_ties_with_others_are_left_out(log: Log) -> None:
    whole = explain(moment_of(log.events, "O1"), "C2").as_json()
    assert named(whole) == ["X2"]
    assert narrow.without_others_ties(whole, of(log, CENTRE)) == {**whole, "ties": []}


@pytest.mark.parametrize(("mine", "others"), [("C1", "C2"), ("C2", "C1")])
def test_whom_a_candidate_stands_level_with_is_told_where_both_are_theirs(
    tmp_path: Path, mine: str, others: str
) -> None:
    log = Log()
    adult(log, mine)
    adult(log, others, centre=ELSEWHERE)
    desk = Desk(log.kept_at(tmp_path / "log.db"), (), lambda: instant("2024-05-17"))
    asked = Question("GET /candidates/{}", {"candidate": mine}, {"at": "2024-05-17"})

    def level(*centres: str, scope: str = TEAM) -> list[tuple[str, str]]:
        document = json.loads(handlers.candidate(desk, asked, Viewer("T1", (scope,), (), centres)).body)
        return [(each["first"], each["second"]) for each in document["ties"]]

    assert level(scope=AUDITOR) == level(CENTRE, ELSEWHERE) == [("C1", "C2")]
    assert level(CENTRE) == []


def test_an_explanation_tells_the_donor_s_age_in_whole_years_alone(log: Log) -> None:
    whole = explain(moment_of(log.events, "O1"), "C2").as_json()
    (age,) = {given["value"] for step in whole["steps"] for given in step["inputs"] if given["symbol"] == "AGED"}
    (difference,) = (step for step in whole["steps"] if step["symbol"] == "F0_DifAge")
    precise = (age, difference["value"], difference["exact"])
    assert (age[:3], len(age)) == ("45.", 9)
    assert [text for text in precise if text in json.dumps(whole)] == [*precise]
    found = narrow.explanation(whole, of(log, CENTRE))
    assert [text for text in precise if text in json.dumps(found)] == []
    (mended,) = (step for step in found["steps"] if step["symbol"] == "F0_DifAge")
    assert (mended["value"], mended["figures"]) == ("…", difference["figures"].replace(age, "45"))
    assert found["score"] == whole["score"]
    assert html_file(narrow.dossier(document(log, "C2"), of(log, CENTRE)), "fr").decode().count(age) == 0


@pytest.mark.parametrize(("age", "whole", "difference"), [("0.5", "0", "-0.18"), ("42.1", "42", "1.484"),
                                                           ("30.5", "30", "1.02")])  # fmt: skip
def test_beside_the_donor_s_age_no_digit_of_an_explanation_changes(age: str, whole: str, difference: str) -> None:
    log = Log()
    adult(log, "C1", weight_kg=f"1{age}", height_cm=f"{age}1" if age > "1" else "170.5")
    log.donor("D1", "2024-05-16", age=age)
    log.offered("O1", "2024-05-17")
    precise = explain(moment_of(log.events, "O1"), "C1").as_json()
    told = narrow.explanation(precise, of(log, CENTRE))
    before, after = (re.split(r'[ "(),]', json.dumps(each, ensure_ascii=False)) for each in (precise, told))
    changed = {pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]}
    assert changed == {
        (age, whole),
        (difference, "…"),
        (f"{difference:0<{len(difference.partition('.')[0]) + 16}}", "…"),
    }


def test_where_the_ages_are_far_apart_the_factor_that_is_their_difference_stands_in_the_score_alone() -> None:
    log = Log()
    adult(log, "C1")
    log.donor("D1", "2024-05-16", birth_date="2014-03-12", age=None)
    log.offered("O1", "2024-05-17")
    whole = explain(moment_of(log.events, "O1"), "C1").as_json()
    found = narrow.explanation(whole, of(log, CENTRE))
    factor = whole["score"]["f1_age"]
    assert "0.000000" < factor < "1.000000"
    assert (factor in json.dumps(whole["steps"]), factor in json.dumps(found["steps"])) == (True, False)
    assert found["score"] == whole["score"]


def test_of_a_candidate_s_state_nothing_is_another_s(log: Log) -> None:
    assert named(state(log.history().of("candidate/C2"), NOW)) == []


def test_of_the_offers_every_one_is_left_with_the_proposals_to_their_own(log: Log) -> None:
    offer = {
        "offer": "O1", "donor": "D1", "candidate": "X1", "accepted": ["X1", "C1"],
        "proposals": [{"candidate": "X1", "answer": None}, {"candidate": "C1", "answer": None}],
    }  # fmt: skip
    (found,) = narrow.offers({"offers": [offer]}, of(log, CENTRE))["offers"]
    assert (found["proposals"], found["accepted"], found["candidate"]) == (offer["proposals"][1:], ["C1"], None)
    assert narrow.offers({"offers": [offer]}, of(log, CENTRE, ELSEWHERE))["offers"] == [offer]


def test_of_the_list_their_own_are_left(log: Log) -> None:
    listed: list[dict[str, Any]] = [{"rank": 1, "candidate": "X1"}, {"rank": 2, "candidate": "C1"}]
    assert narrow.national_list({"candidates": listed}, of(log, CENTRE)) == {"candidates": listed[1:]}


def test_a_dossier_tells_nothing_of_others_but_how_many_there_are_and_what_kind_of_fact_came(log: Log) -> None:
    whole = document(log, "C1")
    assert named(whole) == [*OTHERS, SECRET]
    found = narrow.dossier(whole, of(log, CENTRE))
    assert named(found) == []
    assert "1979-03-12" not in json_file(found).decode()
    assert found["withheld"] == {"ranking": 2, "excluded": 1}
    learnt = {each["subject"]: each["facts"] for each in found["later"]["learnt"]}
    (others,) = learnt["candidate/"]
    assert {name for name, value in others.items() if value} == {"type", "time", "recorded", "how"}
    assert learnt["candidate/C2"][0]["data"]["value"] == "222"
    assert [act["what"] for act in found["acts"]] == ["proposal.made", "offer.closed"]
    assert narrow.dossier(whole, of(log, CENTRE, ELSEWHERE))["run"] == whole["run"]


def test_such_a_dossier_says_nothing_of_what_changed_for_others_and_does_not_deny_it() -> None:
    log = Log()
    for name, centre in (("C1", CENTRE), ("X1", ELSEWHERE), ("X2", ELSEWHERE)):
        adult(log, name, centre=centre, blood_group="O" if name == "X2" else "A")
    log.donor("D1", "2024-05-16")
    log.offered("O1", "2024-05-17")
    for name in ("X1", "X2"):
        log.lab(name, "creatinine", SECRET, "2024-05-16 10:00")
    whole = document(log, "X1")
    assert [each["candidate"] for each in whole["later"]["other_figures"]] == ["X2"]
    found = narrow.dossier(document(log, "C1"), of(log, CENTRE))
    changed = [found["later"][name] for name in ("changes", "other_figures")]
    assert [each["candidate"] for entries in changed for each in entries] == ["C1"]
    of_c1 = {**found, "later": {**found["later"], "changes": []}}
    for language, scoped in (("fr", "candidats qui figurent ici"), ("en", "candidates shown here")):
        text = text_of(html_file(of_c1, language))
        assert scoped in text
        assert [key for key in ("same", "same_ranking") if Words(language)("later", key) in text] == []


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("candidate", ["C1", "C2", "C3"])
def test_such_a_dossier_can_be_read_as_a_page(log: Log, language: str, candidate: str) -> None:
    found = narrow.dossier(document(log, candidate), of(log, CENTRE))
    text = text_of(html_file(found, language))
    assert [name for name in (*OTHERS, SECRET) if name in text] == []
    assert {"en": "Candidates of other centres are left out", "fr": "candidats d’autres centres"}[language] in text
