"""Whose a message is: identifiers of an authority, one candidate, or a refusal; the mapping, and erasing a person."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from engine.errors import RequestError
from engine.intake import quarantine
from engine.intake.feeds.erasing import erase_person
from engine.intake.feeds.formats import FHIR
from engine.intake.feeds.patients import Patients, read_patients, write_patients
from engine.intake.feeds.result import Identifier
from engine.intake.intake import Submission
from engine.log.beside import RECEIVED
from engine.log.checkpoint import checkpoints_of, sign_head
from replay.audit.verification.heads import Trust
from replay.audit.verification.verify import verify_file
from tests.faults.tampering import KEY
from tests.intake.feeds.support import (
    OTHER_PID,
    PATIENTS,
    PID,
    bundle,
    cda,
    cda_observation,
    feed,
    fhir,
    hl7,
    observation,
    obx,
    with_cda,
)
from tests.intake.support import NOW

OID = "urn:oid:1.2.250.1.99.1"


@pytest.mark.parametrize(
    "cx",
    [
        "P1^^^HOP&1.2.250.1.99.1&ISO^PI", "P1^^^&1.2.250.1.99.1&ISO", "77^^^IPP", "77^^^IPP&&^PI",
        "P1^^^&https://hospital.example/ids&URI", "9999~P1^^^&1.2.250.1.99.1&ISO", "5^^^NOBODY~77^^^IPP",
        "P1^^^HOP&1.2.250.1.99.1&ISO~77^^^IPP",
    ],
)  # fmt: skip
def test_an_identifier_is_authority_and_value(tmp_path: Path, cx: str) -> None:
    with feed(tmp_path) as log:
        assert log.statuses(hl7(pid=f"PID|1||{cx}")) == ["accepted"]
        assert len(log.known("C1")) == 1


@pytest.mark.parametrize(
    ("cx", "why"),
    [
        ("P1", "without the authority"), ("", "no identifier"), ("P1^^^", "without the authority"),
        ("P1^^^HOP&1.2.3&ISO", "not in the mapping"), ("^^^IPP", "no identifier"), ("77^^^ipp", "not in the mapping"),
        ("P1^^^&1.2.250.1.99.1&ISO~P2^^^&1.2.250.1.99.1&ISO", "2 candidates"), ('""^^^IPP', "without the authority"),
        ("78^^^IPP", "not in the mapping"), ("P1^^^HOP", "not in the mapping"),
    ],
)  # fmt: skip
def test_a_bare_value_two_candidates_and_strangers_are_refused(tmp_path: Path, cx: str, why: str) -> None:
    with feed(tmp_path) as log:
        (verdict,) = log.take(hl7(pid=f"PID|1||{cx}"))
        assert (verdict.status, why in verdict.errors[0].message) == ("refused", True)
        assert len(log.waiting()) == 1
        (verdict,) = log.take(hl7(pid=""))
        assert "PID" in verdict.errors[0].path


@pytest.mark.parametrize(
    "other",
    ["9^^^OTHER&1.2.3&ISO&x^PI", r"9\Zx\^^^OTHER&1.2.3&ISO", "9&8^^^OTHER", "9&8", r"9\X^^^&1.2.3&ISO"],
)  # fmt: skip
def test_another_authority_s_identifier_that_cannot_be_read_whole_keeps_nobody_out(tmp_path: Path, other: str) -> None:
    mine = "P1^^^HOP&1.2.250.1.99.1&ISO^PI"
    with feed(tmp_path) as log:
        assert log.statuses(hl7(pid=f"PID|1||{other}~{mine}")) == ["accepted"]
        assert log.statuses(hl7(obx(sub="2"), pid=f"PID|1||{mine}~{other}")) == ["accepted"]
        assert log.statuses(with_cda(cda(), pid=f"PID|1||{mine}~{other}||X^Y||19700101|F")) == ["accepted"]
        for alone in (other, f"9^^^OTHER~{other}"):
            (verdict,) = log.take(hl7(obx(sub="3"), pid=f"PID|1||{alone}"))
            assert (verdict.status, verdict.errors[0].path) == ("refused", "PID-3")


@pytest.mark.parametrize(
    "other",
    [
        "P2&7^^^HOP&1.2.250.1.99.1&ISO", r"P\Z9\2^^^&1.2.250.1.99.1&ISO", "P2^^^HOP&1.2.250.1.99.1&ISO&x", r"P2^^^HO\P",
        "P2^^^OTHER&IPP&ISO&x", r"P2^^^HOP&1.2.250\Z9\.1.99.1&ISO", "P2&&&HOP&1.2.250.1.99.1&ISO", "7&8^^^IPP",
    ],
)  # fmt: skip
def test_an_identifier_that_may_be_one_of_the_mapping_is_read_whole_or_refused(tmp_path: Path, other: str) -> None:
    with feed(tmp_path) as log:
        for person in (f"P1^^^HOP&1.2.250.1.99.1&ISO~{other}", f"{other}~77^^^IPP"):
            pid = f"PID|1||{person}||X^Y||19700101|F"
            for body in (hl7(pid=pid), with_cda(cda(), pid=pid)):
                (verdict,) = log.take(body)
                assert (verdict.status, verdict.errors[0].path) == ("refused", "PID-3")


def test_an_erased_person_is_also_found_by_what_could_not_be_read_whole(tmp_path: Path) -> None:
    with feed(tmp_path, patients=PATIENTS.without("C2")) as log:
        assert log.statuses(hl7(pid="PID|1||77^^^IPP~S3&1^^^OTHER")) == ["accepted"]
        erased = erase_person(log.log, "C9", [Identifier("OTHER", "S3")], "asked to be forgotten", now=NOW)
        assert len(erased.received) == 1


@pytest.mark.parametrize(
    "subject",
    [
        {"identifier": {"system": OID, "value": "P1"}},
        {"identifier": {"system": "1.2.250.1.99.1", "value": "P1"}, "type": "Patient"},
        {"reference": "Patient/p"}, {"reference": "urn:uuid:1"}, {"reference": "Patient/p/_history/2"},
        {"reference": "Patient/p", "identifier": {"system": OID, "value": "P1"}},
        {"reference": f"Patient?identifier={OID}|P1"}, {"reference": f"Patient?identifier={OID}%7CP1"},
        {"reference": "Patient?identifier=https://hospital.example/NamingSystem/ids|P1"},
    ],
)  # fmt: skip
def test_a_fhir_subject_is_found_by_reference_or_identifier(tmp_path: Path, subject: dict[str, Any]) -> None:
    known = PATIENTS.with_one("https://hospital.example/NamingSystem/ids", "P1", "C1")
    patient = {"resourceType": "Patient", "id": "p", "identifier": [{"system": OID, "value": "P1"}]}
    sent = bundle(observation(subject=subject), patient)
    sent["entry"][1]["fullUrl"] = "urn:uuid:1"
    with feed(tmp_path, patients=known) as log:
        (verdict,) = log.fhir(sent)
        assert (verdict.status, len(log.known("C1"))) == ("accepted", 1)


PATIENT = {"resourceType": "Patient", "id": "p", "identifier": [{"system": OID, "value": "P1"}]}


@pytest.mark.parametrize(
    ("changed", "others"),
    [
        ({"subject": None}, []),
        ({"subject": {"display": "X"}}, []),
        ({"subject": {"identifier": {"value": "P1"}}}, []),
        ({"subject": {"reference": "Patient/q"}}, [PATIENT]),
        ({"subject": {"reference": "#p"}}, [PATIENT]),
        ({"subject": {"reference": "Group/p"}}, [{**PATIENT, "resourceType": "Group"}]),
        ({"subject": {"reference": "Device/p", "type": "Patient"}}, []),
        ({"subject": {"reference": f"Device?identifier={OID}|P1"}}, []),
        ({"subject": {"reference": f"Patient?identifier={OID}"}}, []),
        ({"subject": {"identifier": {"system": OID, "value": "P1"}, "type": "Location"}}, []),
        ({"subject": {"reference": "Patient/p"}}, [{"resourceType": "Patient", "id": "p"}]),
        ({"subject": {"reference": "Patient/p"}}, [PATIENT, {**PATIENT, "gender": "male"}]),
        ({"subject": {"reference": "Patient/p", "identifier": {"system": OID, "value": "P2"}}}, [PATIENT]),
        ({"focus": [{"reference": "Patient/p"}]}, [PATIENT]),
        ({"specimen": {"reference": "Specimen/s"}}, [
            {"resourceType": "Specimen", "id": "s", "subject": {"identifier": {"system": OID, "value": "P2"}}}]),
    ],
)  # fmt: skip
def test_unresolved_contradictory_and_other_subjects_are_refused(
    tmp_path: Path, changed: dict[str, Any], others: list[dict[str, Any]]
) -> None:
    with feed(tmp_path) as log:
        (verdict,) = log.fhir(bundle(observation(**changed), *others))
        assert verdict.status == "refused"
        assert all("send" in fault.message or "snagc" in fault.message for fault in verdict.errors)


def test_a_pid_that_disagrees_with_the_document_inside_is_refused(tmp_path: Path) -> None:
    with feed(tmp_path) as log:
        for document in (cda(patient="P2"), cda(patient="P9"), cda(born="19710101")):
            (verdict,) = log.take(with_cda(document))
            assert (verdict.status, verdict.errors[0].path) == ("refused", "PID")
        assert log.statuses(with_cda(cda(patient="P2"), pid=OTHER_PID)) == ["accepted"]
        assert log.statuses(with_cda(cda(), pid="PID|1||77^^^IPP")) == ["duplicate"] or log.known("C1")
        sibling = cda_observation(more="<subject><relatedSubject/></subject>")
        assert log.statuses(with_cda(cda(sibling))) == ["refused"]


def test_strangers_may_be_ignored_counted_and_not_kept(tmp_path: Path) -> None:
    with feed(tmp_path, ignore_unknown=True) as log:
        stranger = PID.replace("P1", "P9")
        (verdict,) = log.take(hl7(pid=stranger))
        assert (verdict.status, log.waiting()) == ("ignored", [])
        assert log.statuses(hl7(obx("bad"), pid=stranger)) == ["ignored"]
        assert log.statuses(hl7(pid="PID|1||P1")) == ["refused"], "a bare value is nobody's"
        both = hl7() + b"\r" + hl7(pid=stranger).split(b"\r", 1)[1]
        assert log.statuses(both) == ["accepted", "ignored"]
        assert log.log.store.folder(RECEIVED).names() == []


def test_a_stranger_s_message_is_taken_once_the_mapping_knows_them(tmp_path: Path) -> None:
    with feed(tmp_path, patients=Patients()) as log:
        assert log.statuses(hl7()) == ["refused"]
        (number,) = log.waiting()
    with feed(tmp_path) as log:
        ((answered, verdict),) = quarantine.resend(log.log, [number], now=lambda: NOW, feeds=lambda: log.intake)
        assert (answered, verdict.status, log.waiting()) == (number, "accepted", [])


def test_the_mapping_is_a_file_that_is_read_whole_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "patients.csv"
    known = Patients().with_one("1.2.250.1.99.1", "P1", "C1").with_one("IPP", 'a "b", c', "C1")
    write_patients(path, known)
    assert (path.stat().st_mode & 0o777, read_patients(path).known) == (0o600, known.known)
    assert known.of("C1") == [Identifier("IPP", 'a "b", c'), Identifier(OID, "P1")]
    path.write_bytes("\ufeffauthority,value,candidate\r\nIPP, 7 ,C7\r\n\r\n".encode())
    assert read_patients(path).known == {Identifier("IPP", "7"): "C7"}
    for text, why in (
        ("", "begin"), ("a,b,c\n", "begin"), ("authority,value,candidate\nIPP,1\n", "row 2"),
        ("authority,value,candidate\nIPP,1,C1\nIPP,1,C2\n", "row 3"), ("authority,value,candidate\nIPP,,C1\n", "row 2"),
        ("authority,value,candidate\nIPP,1,Jeanne Martin\n", "row 2"),
        ('authority,value,candidate\nIPP,"7\n8",C1\n', "on one line"),
        (f"authority,value,candidate\nIPP,{'7' * 254},C1\n", "row 2"),
    ):  # fmt: skip
        path.write_text(text, encoding="utf-8")
        with pytest.raises(RequestError, match=why):
            read_patients(path)
    path.write_text(f"authority,value,candidate\nIPP,{'7' * 253},C1\n", encoding="utf-8")
    assert list(read_patients(path).known.values()) == ["C1"]
    with pytest.raises(RequestError, match="C1's"):
        known.with_one("IPP", 'a "b", c', "C2")


def test_what_is_received_is_kept_beside_the_log_and_its_digest_within(tmp_path: Path) -> None:
    with feed(tmp_path) as log:
        log.take(hl7())
        log.take(hl7(obx(code="718-7^Hb^LN")))
        log.take(hl7(obx("bad", sub="2")))
        folder = tmp_path / "feed.db.received"
        (path,) = folder.iterdir()
        assert (path.name, path.read_bytes()) == (hashlib.sha256(hl7()).hexdigest(), hl7())
        sign_head(log.log, checkpoints_of(str(tmp_path / "feed.db")), KEY)
    assert b"\nreceived 2 " in (tmp_path / "feed.db.checkpoints" / "1.note").read_bytes()
    assert verify_file(str(tmp_path / "feed.db"), Trust([KEY.verifier])).first is None
    path.write_bytes(b"other")
    first = verify_file(str(tmp_path / "feed.db"), Trust([KEY.verifier])).first
    assert (first and first.step, "others" in str(first)) == (12, True)
    path.unlink()
    assert "gone" in str(verify_file(str(tmp_path / "feed.db"), Trust([KEY.verifier])).first)


def test_an_erased_person_is_in_no_byte_beside_or_within_the_log_and_it_still_verifies(tmp_path: Path) -> None:
    path = tmp_path / "feed.db"
    secret, pid = "S3CR3T77", PID.replace("P1", "S3CR3T77")
    other = Identifier("urn:oid:1.2.250.1.99.1", secret)
    known = Patients({**PATIENTS.known, other: "C3"})
    with feed(tmp_path, patients=known) as log:
        log.take(hl7(pid=pid))
        log.take(hl7(obx("bad", sub="2"), pid=pid))
        log.take(with_cda(cda(patient=secret), pid=pid))
        log.take(fhir(observation(subject={"identifier": {"system": OID, "value": secret}})), FHIR)
        log.take(hl7(obx(sub="3")))
        event = {"specversion": "1.0", "subject": "candidate/C3", "name": "Jeanne"}
        log.intake._intake.take([Submission(1, json.dumps(event).encode())])
        sign_head(log.log, checkpoints_of(str(path)), KEY)
        erased = erase_person(log.log, "C3", known.of("C3"), "asked to be forgotten", now=NOW)
        assert (len(erased.received), len(erased.quarantined)) == (3, 2)
        assert len(log.known("C3")) == 3
        assert erase_person(log.log, "C3", known.of("C3"), "again", now=NOW) == ([], [])
        sign_head(log.log, checkpoints_of(str(path)), KEY)
    for file in [each for each in tmp_path.rglob("*") if each.is_file()]:
        assert secret.encode() not in file.read_bytes(), file
        assert b"Jeanne" not in file.read_bytes(), file
    found = verify_file(str(path), Trust([KEY.verifier]))
    assert (found.first, len(found.erased), len(found.erased_received)) == (None, 2, 3)
    assert len(list((tmp_path / "feed.db.received").iterdir())) == 1


def test_erasing_a_quarantine_entry_erases_the_same_bytes_received(tmp_path: Path) -> None:
    with feed(tmp_path) as log:
        log.take(hl7(obx(), obx("bad", sub="2")))
        (number,) = log.waiting()
        assert len(log.log.store.folder(RECEIVED).names()) == 1
        quarantine.erase(log.log, number, "named somebody", now=NOW)
        assert log.log.store.folder(RECEIVED).names() == []
        assert log.statuses(hl7(obx(), obx("19", sub="2"))) == ["duplicate", "accepted"]
    assert verify_file(str(tmp_path / "feed.db"), Trust()).first is None
