"""What a sender hears of its warnings: words about what it may read, and of others' facts the meaning of the code."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from engine.intake import quarantine
from engine.intake.intake import Intake, Submission
from engine.intake.plausibility.registry import MEANINGS
from engine.intake.verdicts import Notice, Verdict
from engine.log.eventlog import EventLog
from replay.service import page_turns
from replay.service.access import UNRECORDED, WHERE_TOLD
from replay.service.persons import Persons
from replay.service.questions import Question
from replay.service.said import UNREAD, said, unread
from replay.service.sending import Rights
from replay.service.service import Service, Setting
from replay.service.viewer import AUDITOR, COORDINATOR, EXPERT, OPEN, OPERATOR, PRODUCER, TEAM, Viewer
from tests.faults.hostile_support import DATA
from tests.intake.support import NOW, opened
from tests.replay.service.guarded import Guarded, records
from tests.replay.service.served import EVENT, lines

HOSPITAL, LAB = "/hospital", "/laboratory"
CENTRE = str(DATA["candidate.registered"]["centre"])
HOSPITAL_SENDS = Viewer("H1", (PRODUCER, EXPERT, COORDINATOR), (HOSPITAL,))
_MADE = iter(range(1, 10_000))


def event(kind: str, subject: str, time: str, source: str = LAB, /, **data: Any) -> dict[str, Any]:
    """An event of the laboratory, or of another source."""
    return {
        "specversion": "1.0", "source": source, "id": f"{kind}-{next(_MADE)}", "type": f"snagc.{kind}.v1",
        "subject": subject, "time": time, "data": data,
    }  # fmt: skip


def result(value: str, time: str = "2024-05-06T08:00:00+02:00", source: str = LAB, **more: Any) -> dict[str, Any]:
    """A result of the candidate's creatinine, unless told otherwise."""
    data = {"analyte": "creatinine", "value": value, "unit": "umol/L", **more}
    return event("lab-result.recorded", "candidate/C1", time, source, **data)


PERSON = dict(DATA["candidate.registered"], birth_date="1961-03-09", height_cm="173.5", weight_kg="71.3")
KNOWN = [
    event("candidate.registered", "candidate/C1", "2024-01-10T00:00:00+01:00", HOSPITAL, **PERSON),
    event("candidate.registered", "candidate/C2", "2024-01-10T00:00:00+01:00", HOSPITAL, **PERSON),
    result("81.7", source=HOSPITAL),
    event("lab-result.recorded", "candidate/C1", "2024-05-06T08:00:00+02:00", HOSPITAL,
          analyte="nt_probnp", value="417", unit="ng/L"),
    event("treatment.started", "candidate/C1", "2024-04-03T07:11:00+02:00", HOSPITAL, treatment="bivad"),
    event("candidate.delisted", "candidate/C2", "2024-04-04T07:12:00+02:00", HOSPITAL, reason_code="died"),
    event("donor.registered", "donor/D1", "2024-03-01T08:00:00+01:00", HOSPITAL, **DATA["donor.registered"]),
    event("graft.offered", "offer/O1", "2024-03-01T12:00:00+01:00", HOSPITAL, donor="D1"),
    event("proposal.made", "offer/O1", "2024-03-01T13:17:00+01:00", HOSPITAL, candidate="C2"),
    event("proposal.accepted", "offer/O1", "2024-03-01T13:18:00+01:00", HOSPITAL, candidate="C2"),
]  # fmt: skip
SECRETS = ("1961", "173", "71.3", "81.7", "417", "07:11", "07:12", "13:17", "13:18", "C2", "position", "bivad")
"""What of the hospital's facts words might tell."""
SENT = {
    "other_value_same_sampling": result("400"),
    "lab_decimal_slip": result("817", "2024-05-07T08:00:00+02:00"),
    "lab_unit_jump": event(
        "lab-result.recorded",
        "candidate/C1",
        "2024-05-08T08:00:00+02:00",
        analyte="nt_probnp",
        value="420000",
        unit="ng/L",
    ),
    "bnp_above_nt_probnp": event(
        "lab-result.recorded", "candidate/C1", "2024-05-06T08:00:00+02:00", analyte="bnp", value="900", unit="ng/L"
    ),
    "height_jump": event("candidate.updated", "candidate/C1", "2024-06-01T00:00:00+02:00", height_cm="150"),
    "weight_jump": event("candidate.updated", "candidate/C1", "2024-06-02T00:00:00+02:00", weight_kg="30"),
    "weight_in_pounds": event("candidate.updated", "candidate/C1", "2024-06-03T00:00:00+02:00", weight_kg="280"),
    "person_changed": event(
        "candidate.registered", "candidate/C1", "2024-06-04T00:00:00+02:00", **dict(PERSON, birth_date="1971-03-09")
    ),
    "before_birth": result("80", "1955-01-01T00:00:00+01:00"),
    "devices_together": event("treatment.started", "candidate/C1", "2024-05-01T08:00:00+02:00", treatment="lvad"),
    "opposite_facts": event("treatment.stopped", "candidate/C1", "2024-04-03T07:11:00+02:00", treatment="bivad"),
    "after_death": event("candidate.updated", "candidate/C2", "2024-06-01T00:00:00+02:00", height_cm="173"),
    "transplanted_another": event("candidate.transplanted", "candidate/C1", "2024-03-02T00:00:00+01:00", offer="O1"),
}


def sent(log: EventLog, viewer: Viewer, *events: dict[str, Any]) -> list[Verdict]:
    """The verdicts on events sent under a token, each in a batch of its own."""
    intake, gate = Intake(log, now=lambda: NOW), Rights(viewer)
    return [
        intake.take([Submission(number, json.dumps(each).encode(), gate=gate)])[0]
        for number, each in enumerate(events, 1)
    ]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    with opened(tmp_path / "log.db") as log:
        assert {each.status for each in sent(log, HOSPITAL_SENDS, *KNOWN)} == {"accepted"}
        yield log


def words(verdicts: list[Verdict], viewer: Viewer, **how: bool) -> tuple[list[dict[str, str]], Persons]:
    """The warnings that a viewer hears, and whom they tell of."""
    told, persons = said(verdicts, viewer, **how)
    return [warning for each in told for warning in each["warnings"]], persons


@pytest.mark.parametrize("code", SENT)
def test_a_laboratory_hears_what_a_code_means_and_nothing_of_the_hospital_s_facts(log: EventLog, code: str) -> None:
    laboratory = Viewer("L1", (PRODUCER,), (LAB,))
    verdicts = sent(log, laboratory, SENT[code])
    whole = {each.code: each for each in verdicts[0].warnings}
    assert code in whole, whole
    told, persons = words(verdicts, laboratory)
    assert [(each["code"], each["path"]) for each in told] == [(each.code, each.path) for each in verdicts[0].warnings]
    assert not any(secret in each["message"] for each in told for secret in SECRETS), told
    assert next(each["message"] for each in told if each["code"] == code) == f"{MEANINGS[code][:-1]} ({UNREAD})"
    assert persons == Persons()
    full, read = words(verdicts, Viewer("K1", (COORDINATOR,), ()), sent=False)
    assert [each["message"] for each in full] == [each.message for each in verdicts[0].warnings]
    assert verdicts[0].position is not None
    assert log.fact(verdicts[0].position).subject.partition("/")[2] in read.candidates
    assert words(verdicts, OPEN)[0] == full
    for viewer in (Viewer("P1", (OPERATOR,)), Viewer("X1", (EXPERT,)), Viewer("T1", (TEAM,), (), (CENTRE,))):
        assert words(verdicts, viewer, sent=False) == (told, Persons())


def test_whose_own_the_facts_are_hears_the_words_and_is_recorded_as_their_reader(log: EventLog) -> None:
    hospital, of_the_centre = Viewer("H1", (PRODUCER,), (HOSPITAL,)), Viewer("H2", (PRODUCER,), (LAB,), (CENTRE,))
    slip = result("817", "2024-05-07T08:00:00+02:00", HOSPITAL)
    for viewer, again in ((hospital, slip), (of_the_centre, result("8", "2024-05-08T08:00:00+02:00"))):
        verdicts = sent(log, viewer, again)
        assert "lab_decimal_slip" in {each.code for each in verdicts[0].warnings}
        told, persons = words(verdicts, viewer)
        assert [each["message"] for each in told] == [each.message for each in verdicts[0].warnings]
        assert any("(position " in each["message"] for each in told)
        assert persons == Persons(("C1",))
        assert "(position" not in str(words(verdicts, viewer, sent=False)) + str(unread(verdicts))


def test_words_that_tell_of_the_sent_event_alone_are_for_everybody_and_no_read(log: EventLog) -> None:
    laboratory = Viewer("L1", (PRODUCER,), (LAB,))
    own = [
        event("candidate.registered", "candidate/N1", "2024-05-01T00:00:00+02:00", **dict(PERSON, weight_kg="17")),
        event("candidate.updated", "candidate/C1", "2024-05-01T00:00:00+02:00"),
        result("9", "2031-01-01T00:00:00+01:00"),
        event("treatment.stopped", "candidate/C1", "2024-05-01T00:00:00+02:00", treatment="ecmo"),
    ]
    verdicts = sent(log, laboratory, *own)
    codes = {each.code for verdict in verdicts for each in verdict.warnings if each.alone == each.message}
    assert {"weight_for_age", "empty_update", "dated_ahead", "stop_without_start"} <= codes
    for verdict in verdicts:
        told, persons = words([verdict], laboratory)
        if all(each.alone == each.message for each in verdict.warnings):
            assert [each["message"] for each in told] == [each.message for each in verdict.warnings]
            assert persons == Persons()


def test_a_correction_tells_its_target_s_sender_alone_what_it_corrects(log: EventLog) -> None:
    laboratory = Viewer("L1", (PRODUCER,), (LAB,))
    sent(log, laboratory, result("390", "2024-05-09T08:00:00+02:00"))
    first = result("395", "2024-05-09T08:00:00+02:00")
    sent(log, laboratory, first)
    target = {"source": LAB, "id": first["id"]}
    corrections = [
        event("event.corrected", "candidate/C1", "2024-05-09T09:00:00+02:00", event=target, reason="typo", **change)
        for change in ({"data": {"value": "391"}}, {"time": "2024-05-06T08:00:00+02:00"})
    ]
    own, others = ([each] for each in sent(log, laboratory, *corrections))
    told, persons = words(own, laboratory)
    assert any(re.search(r"as corrected: .*390 umol/L \(position", each["message"]) for each in told), told
    assert persons.candidates == ("C1",)
    assert "other_value_same_sampling" in {each["code"] for each in words(others, laboratory)[0]}
    assert "81.7" not in str(words(others, laboratory))
    by_others = dict(corrections[0], source=HOSPITAL, data=dict(corrections[0]["data"], data={"value": "39"}))
    verdicts = sent(log, Viewer("L2", (PRODUCER,), (HOSPITAL, LAB)), by_others)
    verdicts += sent(log, laboratory, dict(corrections[1], id="once more"))
    assert [each.status for each in verdicts] == ["accepted", "accepted"]
    assert "81.7" not in str(words(verdicts[1:], laboratory))


def test_a_donor_s_birth_date_is_told_to_auditors_and_to_the_coordination_that_sent_it(log: EventLog) -> None:
    born = dict(DATA["donor.registered"], birth_date="1958-11-23")
    del born["age"]
    sent(log, HOSPITAL_SENDS, event("donor.registered", "donor/D2", "2024-03-01T08:00:00+01:00", HOSPITAL, **born))
    elsewhere = Viewer("K2", (COORDINATOR,), (LAB,))
    verdicts = sent(log, elsewhere, event("donor.updated", "donor/D2", "2024-03-02T08:00:00+01:00",
                                          birth_date="1959-11-23"))  # fmt: skip
    assert "person_changed" in {each.code for each in verdicts[0].warnings}
    assert "1958" not in str(words(verdicts, elsewhere))
    told, persons = words(verdicts, Viewer("A1", (AUDITOR,)), sent=False)
    assert "1958-11-23" in str(told)
    assert persons.donors == ("D2",)


def test_what_words_about_acts_name_is_recorded_by_name(log: EventLog) -> None:
    coordination = Viewer("K1", (COORDINATOR,), (LAB,))
    act = event("proposal.accepted", "offer/O1", "2024-03-01T14:00:00+01:00", candidate="C1")
    verdicts = sent(log, coordination, act)
    told, persons = words(verdicts, coordination)
    assert any("C2" in each["message"] for each in told), told
    assert persons.candidates == ("C1", "C2")


def test_an_entry_sent_again_tells_its_operator_no_more_than_the_sender_s_own_event(log: EventLog) -> None:
    laboratory, bad = Viewer("L1", (PRODUCER,), (LAB,)), result("400")
    intake, entry = Intake(log, now=lambda: NOW), Submission(1, json.dumps(bad).encode(), gate=Rights(laboratory))
    with log.writing():
        intake.keep(entry, "refused", [])
    again = [verdict for _, verdict in quarantine.resend(log, [1], now=lambda: NOW, gate_of=Rights.of)]
    assert "81.7" in str(again[0].warnings)
    assert "81.7" not in str(said(again, Viewer("P1", (OPERATOR,)), sent=False))
    assert "81.7" in str(said(again, Viewer("P1", (OPERATOR, AUDITOR)), sent=False))


def test_by_http_too_and_what_is_read_leaves_a_record(service: Guarded) -> None:
    def lab(source: str, value: str) -> dict[str, Any]:
        data = {"analyte": "creatinine", "value": value, "unit": "umol/L"}
        return event("lab-result.recorded", "candidate/A3", "2024-05-06T08:00:00+02:00", source, **data)

    def warned(token: str, *events: dict[str, Any]) -> str:
        before = len(records(service.served.log))
        answer = (
            service.ask("POST /events", token, json.dumps(events[0]).encode(), EVENT)
            if len(events) == 1
            else service.ask("POST /events", token, lines(events))
        )
        assert answer.status_code in (200, 201), answer.text
        made.extend(records(service.served.log)[before:])
        return answer.text

    made: list[dict[str, Any]] = []
    others, mine = (service.token(PRODUCER, sources=[each], centres=[]) for each in ("/first", "/second"))
    warned(others, lab("/first", "301"))
    assert made == []
    alone, batch = warned(mine, lab("/second", "302")), warned(mine, lab("/second", "302"), lab("/second", "302"))
    assert "other_value_same_sampling" in alone
    assert UNREAD in alone
    assert "301" not in alone + batch
    assert made == []
    again = warned(others, lab("/first", "303"))
    assert "301 umol/L (position" in again
    assert [(each["route"], each["sub"], each["candidates"]) for each in made] == [("POST /events", "K7", ["A3"])]
    assert WHERE_TOLD.isdisjoint(UNRECORDED)


def test_what_is_sent_again_by_http_tells_an_operator_nothing_of_the_log(service: Guarded) -> None:
    mine = service.token(PRODUCER, sources=["/third"], centres=[], sub="L3")
    late = result("309", "2024-05-06T08:00:00+02:00", "/third") | {"subject": "candidate/A3"}
    target = {"source": "/third", "id": late["id"]}
    early = event("event.corrected", "candidate/A3", "2024-05-06T09:00:00+02:00", "/third", event=target, reason="typo",
                  data={"value": "310"})  # fmt: skip
    assert service.ask("POST /events", mine, json.dumps(early).encode(), EVENT).status_code == 422
    assert service.ask("POST /events", mine, json.dumps(late).encode(), EVENT).status_code == 201
    operator, auditor = service.token(OPERATOR), service.token(AUDITOR)
    entries = service.ask("GET /quarantine", auditor).json()
    number = next(each["number"] for each in entries if early["id"] in each["bytes"])
    before = len(records(service.served.log))
    answer = service.ask(f"POST /quarantine/{number}/resend", operator, b"")
    (verdict,) = answer.json()
    assert (verdict["number"], verdict["status"]) == (number, "accepted")
    assert "other_value_same_sampling" in {each["code"] for each in verdict["warnings"]}
    assert all(each["message"].endswith(f"({UNREAD})") for each in verdict["warnings"])
    assert len(records(service.served.log)) == before


def test_the_page_that_tells_what_came_of_an_entry_tells_its_operator_nothing_of_the_log_either(tmp_path: Path) -> None:
    place, sender = str(tmp_path / "log.db"), Viewer("L3", (PRODUCER,), ("/third",))
    with opened(place) as log:
        sent(log, sender, result("309", source="/third"))
        with log.writing():
            again = json.dumps(result("310", source="/third")).encode()
            Intake(log, now=lambda: NOW).keep(Submission(1, again, gate=Rights(sender)), "refused", [])
    operator = Viewer("P1", (OPERATOR,), csrf="token")

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"csrf=token&number=1"}

    async def told() -> tuple[str, Persons]:
        service = Service(Setting(place))
        try:
            scope = {"type": "http", "method": "POST", "path": "/quarantine", "headers": [], "query_string": b""}
            asked = Question("page POST /quarantine", {}, {"lang": "en"})
            answer = await page_turns.resend(service, asked, operator, Request(scope, receive))
            return answer.body.decode(), answer.persons
        finally:
            await service.close()

    text, persons = asyncio.run(told())
    assert UNREAD in text
    assert "309 umol" not in text
    assert persons == Persons()


def test_where_no_record_can_be_left_an_event_is_taken_and_told_of_in_general_words(service: Guarded) -> None:
    mine, access = service.token(PRODUCER, sources=["/fourth"], centres=[]), Path(f"{service.served.log}.access")
    first, second, third = (
        json.dumps(result(value, "2024-05-09T08:00:00+02:00", "/fourth") | {"subject": "candidate/A3"}).encode()
        for value in ("311", "312", "313")
    )
    assert service.ask("POST /events", mine, first, EVENT).status_code == 201
    away = access.rename(access.with_name("away"))
    access.touch()
    try:
        unrecorded = service.ask("POST /events", mine, second, EVENT)
    finally:
        access.unlink()
        away.rename(access)
    assert (unrecorded.status_code, UNREAD in unrecorded.text, "311" in unrecorded.text) == (201, True, False)
    assert "311 umol/L (position" in service.ask("POST /events", mine, third, EVENT).text


def test_words_that_name_nobody_whom_a_record_could_tell_of_are_for_nobody() -> None:
    notice = Notice("stop_without_start", "data.treatment", "since 2024-05-01 of C9", alone=None, own=None, about=())
    verdict = Verdict(1, "urn:a", "1", "accepted", 1, (notice,), ())
    for scope in (COORDINATOR, AUDITOR, PRODUCER):
        told, persons = said([verdict], Viewer("A1", (scope,)))
        assert ("C9" in str(told), UNREAD in str(told), persons) == (False, True, Persons())
