"""Versions of one result in the wrong order, again, or under another patient: the last word stands, and no other."""

import json
from pathlib import Path

import pytest

from engine.intake import quarantine
from engine.intake.feeds.erasing import erase_person
from engine.intake.feeds.formats import HL7V2
from engine.intake.feeds.patients import Patients
from engine.intake.feeds.result import Identifier
from engine.intake.intake import Intake, Submission
from engine.log.received import keep
from replay.audit.verification.heads import Trust
from replay.audit.verification.verify import verify_file
from tests.intake.feeds.support import (
    OTHER_PID,
    PATIENTS,
    PID,
    Feed,
    bundle,
    cda,
    cda_observation,
    feed,
    fhir,
    hl7,
    obr,
    observation,
    obx,
    quantity,
    taken,
    values,
    with_cda,
)
from tests.intake.support import NOW

CREATININE = "14682-9"


def at(hour: str, value: str = "20", status: str = "F", pid: str = PID, control: str = "M1") -> bytes:
    """A result as last changed at an hour."""
    return hl7(obx(value, status=status), order=obr(changed=f"20250202{hour}00"), pid=pid, control=control)


def reading(value: str, code: str = "14631-6") -> str:
    """An observation of a document."""
    return cda_observation(f'<value xsi:type="PQ" value="{value}" unit="umol/L"/>', code=code)


def document(version: int, *observations: str, status: str = "F", **more: str) -> bytes:
    """A document in a message."""
    return with_cda(cda(*observations, version=str(version), **more), status=status)


def resource(version: int, value: str = "20", status: str = "final") -> bytes:
    """An Observation of some version."""
    gone = {"valueQuantity": None, "effectiveDateTime": None} if status == "entered-in-error" else {}
    given = {"status": status, "meta": {"versionId": str(version)}, "valueQuantity": quantity(value)}
    return fhir(observation(**{**given, **gone}))


AGAIN = {
    "withdrawn": ((at("10"), at("11", "25", "C"), at("12", "", "D")), at("11", "25", "C"), {}),
    "moved": ((at("10"), at("11", "25", "C"), at("12", "25", pid=OTHER_PID)), at("11", "25", "C"), {"C2": ["25"]}),
    "a resource": ((resource(1), resource(2, "25", "amended"), resource(3, status="entered-in-error")),
                   resource(2, "25", "amended"), {}),
    "a document": ((document(1, reading("20")), document(2, reading("25")), document(3, reading("25"), status="W")),
                   document(2, reading("25")), {}),
}  # fmt: skip


@pytest.mark.parametrize("case", AGAIN)
def test_a_message_again_brings_nothing_back(tmp_path: Path, case: str) -> None:
    messages, again, end = AGAIN[case]
    with feed(tmp_path) as log:
        taken(log, *messages)
        head = log.log.head()
        assert taken(log, again, messages[0], messages[-1]).count("duplicate") >= 3
        assert (log.log.head(), values(log)) == (head, end)


def test_a_result_that_a_document_dropped_stays_away(tmp_path: Path) -> None:
    both = document(2, reading("25"), reading("90", CREATININE))
    with feed(tmp_path) as log:
        taken(log, document(1, reading("20"), reading("80", CREATININE)), both, document(3, reading("25")))
        assert taken(log, both) == ["duplicate", "duplicate"]
        assert values(log) == {"C1": ["25"]}
    (tmp_path / "other").mkdir()
    with feed(tmp_path / "other") as log:
        taken(log, document(3, reading("25")), both)
        assert values(log) == {"C1": ["25"]}, "the last document was there first"


LATE = {
    "corrections": (at("12", "25", "C"), at("11", "22", "C"), {"C1": ["25"]}),
    "a final after a correction": (at("12", "25", "C"), at("11"), {"C1": ["25"]}),
    "documents": (document(3, reading("30")), document(2, reading("25")), {"C1": ["30"]}),
    "resources": (resource(4, status="entered-in-error"), resource(3, "25", "amended"), {}),
    "a withdrawal of none known": (at("12", "", "D"), at("11"), {}),
    "an X of none known": (at("12", "", "X"), at("11", "25", "C"), {}),
    "patients": (at("12", pid=OTHER_PID), at("11"), {"C2": ["20"]}),
    "an old withdrawal": (at("12"), at("11", "", "D"), {"C1": ["20"]}),
    "unchanged since": (at("12", "20", "C"), at("11", "22", "C"), {"C1": ["20"]}),
}


@pytest.mark.parametrize("case", LATE)
def test_an_older_version_that_comes_late_changes_nothing_also_where_no_correction_is_known(
    tmp_path: Path, case: str
) -> None:
    newer, older, end = LATE[case]
    with feed(tmp_path) as log:
        taken(log, newer)
        assert taken(log, older) == ["ignored"]
        assert values(log) == end


def test_after_a_withdrawal_an_older_value_of_another_number_stays_away_and_a_later_one_counts(tmp_path: Path) -> None:
    with feed(tmp_path) as log:
        taken(log, at("10"), at("12", "", "D"))
        assert taken(log, at("11", "22", "C"), at("11", "21")) == ["ignored", "ignored"]
        assert values(log) == {}
        assert taken(log, at("13", "23", "C")) == ["accepted"]
        assert values(log) == {"C1": ["23"]}


def test_what_waited_for_its_patient_takes_nothing_from_the_right_one(tmp_path: Path) -> None:
    stranger = PID.replace("P1", "P9")
    with feed(tmp_path) as log:
        early = at("11", pid=stranger)
        assert taken(log, early, at("12")) == ["refused", "accepted"]
        mapped = Patients({**PATIENTS.known, Identifier("urn:oid:1.2.250.1.99.1", "P9"): "C2"})
        (number,) = log.waiting()
        (answer,) = Feed(log.log, patients=mapped).intake.resend({number: Submission(1, early)})
        assert answer[1].status == "ignored"
        assert (values(log), log.waiting()) == ({"C1": ["20"]}, []), "nothing of it is left to do"


def test_a_final_of_a_later_version_with_the_value_before_its_correction_is_a_conflict(tmp_path: Path) -> None:
    with feed(tmp_path) as log:
        taken(log, at("10"), at("11", "25", "C"))
        assert taken(log, at("12")) == ["conflict"]
        assert values(log) == {"C1": ["25"]}
        assert taken(log, at("12", status="C")) == ["accepted"]


def test_a_set_id_without_extension_touches_no_other_document(tmp_path: Path) -> None:
    root = '<setId root="1.2.250.1.99.7"/>'
    with feed(tmp_path) as log:
        taken(log, document(1, reading("20")))
        other = '<setId root="1.2.250.1.99.7" extension="DOC2"/>'
        log.take(with_cda(cda(reading("60"), patient="P2", set_id=other), pid=OTHER_PID))
        assert taken(log, document(2, reading("90", CREATININE), set_id=root)) == ["accepted"]
        assert taken(log, document(3, reading("91", CREATININE), set_id=root)) == ["accepted"]
        assert taken(log, document(4, reading("15"), set_id=root)) == ["accepted", "accepted"]
        assert values(log) == {"C1": ["20", "15"], "C2": ["60"]}


SEX = "PID|1||P1^^^HOP&1.2.250.1.99.1&ISO^PI||X^Y||19700101|M"
RPLC = (
    '<relatedDocument typeCode="RPLC"><parentDocument><setId root="1.2.250.1.99.7" extension="DOC0"/>'
    "</parentDocument></relatedDocument>"
)
FAULTY = {
    "another sex": lambda status: with_cda(cda(reading("22"), version="2"), pid=SEX, status=status),
    "another day of birth": lambda status: document(2, reading("22"), status=status, born="19710101"),
    "another document": lambda status: document(2, reading("22"), status=status, header=RPLC),
}


@pytest.mark.parametrize("status", ["F", "W", "X"])
@pytest.mark.parametrize("case", FAULTY)
def test_a_document_with_a_fault_of_its_own_takes_nothing_back(tmp_path: Path, case: str, status: str) -> None:
    with feed(tmp_path) as log:
        taken(log, document(1, reading("20"), reading("90", CREATININE)))
        assert set(log.statuses(FAULTY[case](status))) == {"refused"}
        assert values(log) == {"C1": ["20", "90"]}


def test_a_result_that_is_refused_where_it_stands_is_not_missing(tmp_path: Path) -> None:
    code = '<code code="14631-6" codeSystem="2.16.840.1.113883.6.1" displayName="Bilirubine"/>'
    two = code.replace("/>", '><translation code="38483-4"/></code>')
    refused = {
        "two codes": reading("22").replace(code, two),
        "no unit": reading("22").replace(' unit="umol/L"', ""),
        "no status": reading("22").replace('code="completed"', 'code="done"'),
    }
    for number, each in enumerate(refused.values()):
        (tmp_path / str(number)).mkdir()
        with feed(tmp_path / str(number)) as log:
            taken(log, document(1, reading("20"), reading("90", CREATININE)))
            assert log.statuses(document(2, each)) == ["refused", "accepted"]
            assert values(log) == {"C1": ["20"]}


@pytest.mark.parametrize("status", ["I", "N", "O", "P"])
def test_a_document_that_is_not_final_takes_nothing_back_yet(tmp_path: Path, status: str) -> None:
    with feed(tmp_path) as log:
        taken(log, document(1, reading("20"), reading("90", CREATININE)))
        assert taken(log, document(2, reading("20"), status=status)) == ["ignored"]
        assert values(log) == {"C1": ["20", "90"]}
        assert taken(log, document(2, reading("20"))) == ["ignored", "accepted"]
        assert values(log) == {"C1": ["20"]}


def test_one_identity_of_two_patients_in_one_message_is_a_conflict(tmp_path: Path) -> None:
    other = {"identifier": {"system": "urn:oid:1.2.250.1.99.1", "value": "P2"}}
    both = fhir(bundle(observation(), observation(subject=other)))
    with feed(tmp_path) as log:
        assert taken(log, both, both) == ["accepted", "conflict", "duplicate", "conflict"]
        assert values(log) == {"C1": ["17.10"]}


def test_a_version_dated_far_ahead_of_the_clock_is_no_later_than_what_comes_after_it(tmp_path: Path) -> None:
    ahead = hl7(order=obr(changed="20620101120000"))
    with feed(tmp_path) as log:
        assert taken(log, ahead, ahead, hl7(obx("19", status="C"), order=obr(changed="20250220110000"))) == [
            "accepted", "duplicate", "accepted",
        ]  # fmt: skip
        assert values(log) == {"C1": ["19"]}


def test_without_versions_a_correction_back_to_an_earlier_one_is_refused_and_not_passed_over(tmp_path: Path) -> None:
    said = [("20", "final", "a"), ("25", "amended", "b"), ("22", "amended", "c"), ("25", "amended", "d")]
    with feed(tmp_path) as log:
        bodies = [
            fhir(observation(valueQuantity=quantity(value), status=status, id=id_)) for value, status, id_ in said
        ]
        assert taken(log, *bodies) == ["accepted", "accepted", "accepted", "conflict"]
        assert values(log) == {"C1": ["22"]}


def test_u_confirms_the_latest_preliminary_that_was_not_withdrawn(tmp_path: Path) -> None:
    confirms = at("12", "", "U")
    for number, (before, end) in enumerate([
        ((at("10", status="P"), at("11", "", "D")), {}),
        ((at("10", status="P"), at("11", "", "X")), {}),
        ((at("11", "25", "P"), at("10", status="P")), {"C1": ["25"]}),
        ((at("13", "25", "P"), at("10", status="P")), {"C1": ["20"]}),
        ((at("09", status="P"), at("10", "", "D"), at("11", "26", "P")), {"C1": ["26"]}),
    ]):  # fmt: skip
        (tmp_path / str(number)).mkdir()
        with feed(tmp_path / str(number)) as log:
            taken(log, *before)
            assert taken(log, confirms) == ["accepted" if end else "refused"]
            assert values(log) == end
            assert taken(log, confirms) == ["duplicate" if end else "refused"]


def test_a_withdrawal_of_a_whole_report_again_is_a_duplicate(tmp_path: Path) -> None:
    inner = observation(identifier=None, id="o1")
    report = {
        "resourceType": "DiagnosticReport", "status": "final", "code": {"text": "Biologie"},
        "identifier": [{"system": "urn:oid:1.2.250.1.99.9", "value": "CR1"}],
        "contained": [inner], "result": [{"reference": "#o1"}], "subject": inner["subject"],
    }  # fmt: skip
    bare = fhir({**{name: each for name, each in report.items() if name != "contained"}, "status": "entered-in-error"})
    with feed(tmp_path) as log:
        assert taken(log, fhir(report), bare, bare, fhir(report)) == ["accepted", "accepted", "duplicate", "duplicate"]
        assert values(log) == {}


def stored_before_notes(log: Feed, value: str = "20", received: bytes = b"") -> None:
    """What an earlier program left of a result: the fact, and perhaps the bytes of its message."""
    event = {
        "specversion": "1.0", "source": "LABO", "id": "ORD1;14631-6;;C1", "type": "snagc.lab-result.recorded.v1",
        "subject": "candidate/C1", "time": "2025-02-01T08:00:00+01:00",
        "data": {"analyte": "total_bilirubin", "value": value, "unit": "umol/L", "origin": "14631-6 Bilirubine totale"},
    }  # fmt: skip
    (verdict,) = Intake(log.log, now=lambda: NOW).take([Submission(1, json.dumps(event).encode())])
    assert verdict.status == "accepted"
    if received:
        with log.log.writing():
            keep(log.log, received, HL7V2, NOW)


def test_a_fact_whose_version_nobody_noted_gives_way_to_what_is_surely_later_alone(tmp_path: Path) -> None:
    with feed(tmp_path) as log:
        stored_before_notes(log)
        assert taken(log, at("11", status="C"), at("11")) == ["ignored", "duplicate"], "it says nothing new"
        for each in (at("11", "22", "C"), at("11", "", "D"), at("11", pid=OTHER_PID)):
            (verdict,) = log.take(each)
            assert (verdict.status, "without its version" in verdict.errors[0].message) == ("refused", True)
        assert values(log) == {"C1": ["20"]}
        later = hl7(obx("23", status="C"), order=obr(changed="20250220110000"))
        assert taken(log, later) == ["accepted"], "sent after the fact was recorded"
        assert values(log) == {"C1": ["23"]}


def test_the_version_of_a_fact_that_nobody_noted_is_read_in_the_bytes_of_its_message(tmp_path: Path) -> None:
    with feed(tmp_path) as log:
        stored_before_notes(log, received=at("12"))
        assert taken(log, at("12"), at("11", "22", "C"), at("11", "", "D")) == ["duplicate", "ignored", "ignored"]
        assert values(log) == {"C1": ["20"]}
        assert taken(log, at("13", "23", "C"), at("12")) == ["accepted", "duplicate"]
        assert values(log) == {"C1": ["23"]}


def test_what_was_stated_stays_noted_when_the_bytes_are_erased(tmp_path: Path) -> None:
    with feed(tmp_path) as log:
        taken(log, at("12", "25", "C"))
        erase_person(log.log, "C1", PATIENTS.of("C1"), "asked", now=NOW)
        assert taken(log, at("11", "22", "C"), at("12", "25", "C")) == ["ignored", "duplicate"]
        assert values(log) == {"C1": ["25"]}
        assert verify_file(str(tmp_path / "feed.db"), Trust()).first is None


@pytest.mark.parametrize("late", [at("11", "22"), at("11", "22", "P")], ids=["a final", "a preliminary"])
def test_a_message_sent_again_that_has_nothing_left_to_say_leaves_the_log_whole(late: bytes, tmp_path: Path) -> None:
    with feed(tmp_path, patients=Patients()) as log:
        assert log.statuses(late) == ["refused"]
        (number,) = log.waiting()
    with feed(tmp_path) as log:
        assert taken(log, at("12", "25")) == ["accepted"]
        ((_, verdict),) = quarantine.resend(log.log, [number], now=lambda: NOW, feeds=lambda: log.intake)
        assert (verdict.status, log.waiting(), values(log)) == ("ignored", [], {"C1": ["25"]})
    verified = verify_file(str(tmp_path / "feed.db"), Trust())
    assert verified.first is None, verified.faults


def test_a_document_named_like_its_patient_is_noted_nowhere(tmp_path: Path) -> None:
    set_id = '<setId root="1.2.250.1.99.7" extension="DUPONTEL-1"/>'
    named = b'<patient><name><family>DUPONTEL</family></name><administrativeGenderCode code="F"/>'
    with feed(tmp_path) as log:
        for version in ("1", "2"):
            body = cda(version=version, set_id=set_id).replace(b'<patient><administrativeGenderCode code="F"/>', named)
            (verdict,) = log.take(with_cda(body))
            assert verdict.status == "refused"
            assert "its identity has a person's name in it" in verdict.errors[0].message
        assert log.log.recorder.received_rows() == []
        other = cda(cda_observation(code="2345-7"), version="3", set_id=set_id).replace(
            b'<patient><administrativeGenderCode code="F"/>', named
        )
        assert [(each.status, each.id) for each in log.take(with_cda(other))] == [("ignored", None)]
        assert log.log.recorder.received_rows() == []
