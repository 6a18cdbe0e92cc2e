"""Feeds of a whole hospital: strangers are counted and not kept, and nothing of those who are known is lost by it."""

import hashlib
from pathlib import Path

import pytest

from engine.intake import quarantine
from engine.intake.feeds.formats import FHIR, HL7V2
from engine.intake.feeds.patients import Patients
from engine.log.beside import RECEIVED
from replay.audit.verification.heads import Trust
from replay.audit.verification.verify import verify_file
from tests.intake.feeds.support import (
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
    with_cda,
)
from tests.intake.support import NOW

STRANGER = PID.replace("P1", "P9")
SOMEBODY = {"identifier": {"system": "urn:oid:1.2.250.1.99.1", "value": "P9"}}
LATER = "20250202120000+0100"
PDF = "OBX|1|ED|11502-2^CR^LN||^APPLICATION^PDF^Base64^JVBERi0x||||||F"
TESTS = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]}
FAULTY: dict[str, tuple[bytes, str]] = {
    "another type": (hl7(pid=STRANGER, kind="ADT^A01"), HL7V2),
    "for tests": (hl7(pid=STRANGER, mode="T"), HL7V2),
    "another version": (hl7(pid=STRANGER, version="3.0"), HL7V2),
    "no time": (hl7(pid=STRANGER, sent="hier"), HL7V2),
    "in parts": (hl7(pid=STRANGER, extra="DSC|x"), HL7V2),
    "a code in pieces": (hl7(obx(code="14631-6&x^Bilirubine^LN"), pid=STRANGER), HL7V2),
    "a PDF alone": (hl7(PDF, pid=STRANGER), HL7V2),
    "a report cut off": (with_cda(cda(patient="P9")[:-20], pid=STRANGER), HL7V2),
    "no status": (fhir(observation(subject=SOMEBODY, status=None)), FHIR),
    "data for tests": (fhir(observation(subject=SOMEBODY, meta=TESTS)), FHIR),
    "a patient alone": (fhir({"resourceType": "Patient", "identifier": [SOMEBODY["identifier"]]}), FHIR),
    "another resource": (fhir({"resourceType": "Encounter", "subject": SOMEBODY}), FHIR),
    "of whom is searched": (
        fhir(observation(subject={"reference": "Patient?identifier=urn:oid:1.2.250.1.99.1|P9"}, meta=TESTS)), FHIR,
    ),
    "a report of a file": (fhir({
        "resourceType": "DiagnosticReport", "status": "final", "subject": SOMEBODY, "code": {"text": "CR"},
        "presentedForm": [{"contentType": "application/pdf"}],
    }), FHIR),
}  # fmt: skip


def kept_of(log: Feed, value: bytes) -> list[bytes]:
    """All bytes within the log or beside it that name somebody."""
    folder = log.log.store.folder(RECEIVED)
    kept = [folder.read(name) or b"" for name in folder.names()]
    kept += [entry.raw for entry in quarantine.entries(log.log, include_resolved=True)]
    return [each for each in kept if value in each]


@pytest.mark.parametrize("name", FAULTY)
def test_a_stranger_s_message_is_passed_over_whatever_is_wrong_with_it(name: str, tmp_path: Path) -> None:
    body, format_ = FAULTY[name]
    with feed(tmp_path, ignore_unknown=True) as log:
        assert (set(log.statuses(body, format_)), log.waiting()) == ({"ignored"}, [])
    known = body.replace(b"P9", b"P1")
    with feed(tmp_path, ignore_unknown=True) as log:
        assert (set(log.statuses(known, format_)), len(log.waiting())) == ({"refused"}, 1), (
            "of somebody known it counts"
        )


@pytest.mark.parametrize("body", [
    hl7(pid="PID|1||P9", kind="ADT^A01"), hl7(pid="", kind="ADT^A01"),
    hl7(pid=STRANGER, charset="8859/1") + "é".encode(), hl7(pid=f"{STRANGER}\rPID|2||77", kind="ADT^A01"),
    hl7(pid="PID|1||9^^^OTHER~X1&7^^^HOP&1.2.250.1.99.1&ISO", kind="ADT^A01"),
    fhir(bundle(observation(meta=TESTS), observation(subject=SOMEBODY, identifier=None))),
])  # fmt: skip
def test_a_faulty_message_that_may_be_of_anybody_is_kept(body: bytes, tmp_path: Path) -> None:
    with feed(tmp_path, ignore_unknown=True) as log:
        assert "refused" in log.statuses(body, FHIR if body[:1] == b"{" else HL7V2)
        assert len(log.waiting()) == 1


def test_where_a_stranger_stands_beside_what_is_refused_the_reason_is_kept_and_no_byte(tmp_path: Path) -> None:
    theirs = hl7(obx(sub="8"), pid=STRANGER).split(b"\r", 1)[1]
    with feed(tmp_path, ignore_unknown=True) as log:
        for _ in range(2):
            assert log.statuses(hl7(obx("bad", sub="7")) + b"\r" + theirs) == ["refused", "ignored"]
        (entry,) = quarantine.entries(log.log)
        assert (entry.times, kept_of(log, b"P9"), kept_of(log, b"X^Y")) == (2, [], [])
        assert hashlib.sha256(hl7(obx("bad", sub="7")) + b"\r" + theirs).hexdigest().encode() in entry.raw
        assert [each["path"] for each in entry.errors] == ["patient", "OBX[1]-5"]
        ((_, again),) = quarantine.resend(log.log, [entry.number], now=lambda: NOW, feeds=lambda: log.intake)
        assert (again.status, len(log.waiting())) == ("refused", 1)
        assert log.statuses(hl7(obx("17", sub="7")) + b"\r" + theirs) == ["accepted", "ignored"]
        assert kept_of(log, b"P9") == []
    assert verify_file(str(tmp_path / "feed.db"), Trust()).first is None


def test_a_preliminary_result_beside_a_stranger_s_is_waited_for_by_its_reason(tmp_path: Path) -> None:
    theirs = hl7(obx(sub="8"), pid=STRANGER).split(b"\r", 1)[1]
    with feed(tmp_path, ignore_unknown=True) as log:
        assert log.statuses(hl7(obx(status="P")) + b"\r" + theirs) == ["refused", "ignored"]
        assert log.statuses(hl7(obx(status="U"), sent=LATER)) == ["accepted"], "it brings the value again"
        assert kept_of(log, b"P9") == []
        assert [entry.resolved for entry in quarantine.entries(log.log, include_resolved=True)] != [None]


AGAIN: dict[str, tuple[tuple[bytes, str], tuple[bytes, str]]] = {
    "FHIR, corrected": (
        (fhir(observation(meta={"versionId": "1"})), FHIR),
        (fhir(observation(subject=SOMEBODY, status="corrected", meta={"versionId": "2"})), FHIR),
    ),
    "FHIR, withdrawn": (
        (fhir(observation(meta={"versionId": "1"})), FHIR),
        (fhir(observation(subject=SOMEBODY, status="entered-in-error", meta={"versionId": "2"})), FHIR),
    ),
    "HL7, final": ((hl7(), HL7V2), (hl7(pid=STRANGER, sent=LATER), HL7V2)),
    "HL7, withdrawn": ((hl7(), HL7V2), (hl7(obx(status="D"), pid=STRANGER, sent=LATER), HL7V2)),
    "CDA": ((with_cda(cda()), HL7V2), (with_cda(cda(patient="P9", version="2"), pid=STRANGER), HL7V2)),
    "CDA, without the result": (
        (with_cda(cda()), HL7V2),
        (with_cda(cda(
            cda_observation(code="718-7"), patient="P9", version="2",
            header='<relatedDocument typeCode="RPLC"><parentDocument><id root="1" extension="X"/></parentDocument>'
            "</relatedDocument>",
        ), pid=STRANGER), HL7V2),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", AGAIN)
def test_a_result_that_turns_out_to_be_a_stranger_s_is_not_passed_over(name: str, tmp_path: Path) -> None:
    (first, format_), (second, other) = AGAIN[name]
    with feed(tmp_path, ignore_unknown=True) as log:
        assert set(log.statuses(second, other)) <= {"ignored"}, "of nobody known"
        assert (log.statuses(first, format_), len(log.known())) == (["accepted"], 1)
        verdicts = log.take(second, other)
        assert "refused" in [verdict.status for verdict in verdicts]
        (number,) = log.waiting()
    known = PATIENTS.with_one("1.2.250.1.99.1", "P9", "C9")
    with feed(tmp_path, ignore_unknown=True, patients=known) as log:
        found = list(quarantine.resend(log.log, [number], now=lambda: NOW, feeds=lambda: log.intake))
        assert {verdict.status for _, verdict in found} <= {"accepted", "refused", "ignored"}
        if "withdrawn" not in name:
            assert log.known() == [], "it is theirs"


@pytest.mark.parametrize("name", AGAIN)
def test_it_is_passed_over_where_it_is_the_older_word_or_the_other_is_erased(name: str, tmp_path: Path) -> None:
    (first, format_), (second, other) = AGAIN[name]
    late = first.replace(b'"versionId": "1"', b'"versionId": "3"').replace(
        b"20250201120000+0100", b"20250203120000+0100"
    )
    with feed(tmp_path, ignore_unknown=True) as log:
        newest = with_cda(cda(version="3")) if name.startswith("CDA") else late
        assert log.statuses(newest, format_) == ["accepted"]
        assert (set(log.statuses(second, other)) <= {"ignored"}, log.waiting()) == (True, [])
    with feed(tmp_path, ignore_unknown=True, patients=PATIENTS.without("C1")) as log:
        changed = second.replace(b'"versionId": "2"', b'"versionId": "4"').replace(
            LATER.encode(), b"20250204120000+0100"
        )
        assert (set(log.statuses(changed, other)) <= {"ignored"}, log.waiting()) == (True, [])


def test_two_of_one_number_in_one_message_are_two_though_one_is_a_stranger(tmp_path: Path) -> None:
    mine, theirs = hl7(order=obr(order="N1")), hl7(order=obr(order="N1"), pid=STRANGER)
    with feed(tmp_path, ignore_unknown=True) as log:
        assert log.statuses(theirs + b"\r" + mine.split(b"\r", 1)[1]) == ["ignored", "accepted"]
        assert log.statuses(mine + b"\r" + theirs.split(b"\r", 1)[1]) == ["duplicate", "ignored"]
        assert log.waiting() == []


def test_an_entry_that_is_sent_again_is_not_closed_because_strangers_are_passed_over_by_now(tmp_path: Path) -> None:
    with feed(tmp_path, patients=Patients()) as log:
        assert log.statuses(hl7()) == ["refused"]
        (number,) = log.waiting()
    with feed(tmp_path, patients=Patients(), ignore_unknown=True) as log:
        ((_, verdict),) = quarantine.resend(log.log, [number], now=lambda: NOW, feeds=lambda: log.intake)
        assert (verdict.status, log.waiting()) == ("refused", [number])
    with feed(tmp_path, ignore_unknown=True) as log:
        ((_, verdict),) = quarantine.resend(log.log, [number], now=lambda: NOW, feeds=lambda: log.intake)
        assert (verdict.status, log.waiting()) == ("accepted", [])


def test_of_a_message_longer_than_any_its_beginning_is_not_sent_again_for_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = hl7(obx("bad", sub="1"), obx("18", sub="2"), obx("1750", sub="3"))
    monkeypatch.setattr("engine.intake.feeds.taking.LONGEST_EVENT", body.index(b"1750") + 2)
    with feed(tmp_path, patients=Patients()) as log:
        log.take(body)
        (number,) = log.waiting()
    with feed(tmp_path) as log:
        found = list(quarantine.resend(log.log, [number], now=lambda: NOW, feeds=lambda: log.intake))
        assert [(each, verdict.status) for each, verdict in found] == [(number, "refused")]
        assert "only its first" in found[0][1].errors[0].message
        assert (log.waiting(), log.known()) == ([number], [])
