"""A feed of a whole hospital by HTTP: who is passed over, and what is answered where the mapping is gone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.intake.feeds.patients import write_patients
from replay.service.config import read_configuration
from tests.intake.feeds.support import PATIENTS, PID, fhir, hl7, obr, observation, obx
from tests.replay.command import asked, refused, snagc
from tests.replay.service.guarded import Guarded
from tests.replay.service.keys import PUBLIC_PEM, SIGNING_PEM
from tests.replay.service.served import serving

STRANGER = PID.replace("P1", "S3CR3T77").replace("X^Y", "DUPONT^JEANNE")
NAMES = ("S3CR3T77", "DUPONT", "JEANNE")
HL7 = "application/hl7-v2"


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Guarded]:
    (tmp_path / "issuer.pem").write_bytes(PUBLIC_PEM)
    (tmp_path / "signing-key.pem").write_bytes(SIGNING_PEM)
    config = tmp_path / "snagc.toml"
    config.write_text(
        '[tokens]\nissuer = "https://login.example.org"\naudience = "snagc"\nkeys = ["issuer.pem"]\n'
        'signing_key = "signing-key.pem"\n[feeds]\npatients = "patients.csv"\nunknown_patients = "ignore"\n'
    )
    write_patients(tmp_path / "patients.csv", PATIENTS)
    with serving(tmp_path / "heart.db", "--config", str(config)) as served:
        yield Guarded(served, read_configuration(config).tokens)


def sent(hospital: Guarded, body: bytes) -> tuple[int, str]:
    """Status, and what is acknowledged."""
    answer = hospital.ask("POST /feeds/hl7v2", hospital.token("producer", sources=["LABO"]), body, HL7)
    return answer.status_code, answer.text.split("\r")[1].split("|")[1] if answer.status_code == 200 else answer.text


def test_a_stranger_is_acknowledged_and_named_nowhere(hospital: Guarded, tmp_path: Path) -> None:
    bodies = (hl7(pid=STRANGER), hl7(pid=STRANGER, kind="ADT^A01"), hl7(obx("bad"), pid=STRANGER))
    assert [sent(hospital, body) for body in bodies * 2] == [(200, "AA")] * 6
    named = observation(
        subject={"identifier": {"system": "urn:oid:1.2.250.1.99.1", "value": NAMES[0]}, "display": "DUPONT"}
    )
    answer = hospital.ask(
        "POST /feeds/fhir", hospital.token("producer", sources=["urn:oid:1.2.250.1.99.9"]), fhir(named),
        "application/fhir+json",
    )  # fmt: skip
    assert [each["status"] for each in answer.json()["verdicts"]] == ["ignored"]
    beside = hl7(obx("bad")) + b"\r" + hl7(pid=STRANGER).split(b"\r", 1)[1]
    assert sent(hospital, beside) == (200, "AE")
    (entry,) = asked("quarantine", "list", "--log", hospital.served.log, "--json")
    said = [
        answer.text, str(entry), hospital.served.errors(), hospital.served.get("/metrics").text,
        hospital.ask("GET /quarantine", hospital.token("operator")).text,
    ]  # fmt: skip
    assert not [name for name in NAMES for each in said if name in each]
    for file in [each for each in tmp_path.rglob("*") if each.is_file()]:
        assert not [name for name in NAMES if name.encode() in file.read_bytes()], file
    assert snagc("verify", "--log", hospital.served.log).exit_code == 0


def test_nobody_is_passed_over_for_want_of_a_mapping(hospital: Guarded, tmp_path: Path) -> None:
    mapping, away = tmp_path / "patients.csv", tmp_path / "away.csv"
    mapping.rename(away)
    for _ in range(2):
        status, said = sent(hospital, hl7())
        assert (status, "snagc patients" in said, str(tmp_path) in said) == (503, True, False)
    mapping.write_text("authority,va")
    assert sent(hospital, hl7())[0] == 503
    away.rename(mapping)
    assert [sent(hospital, hl7()) for _ in range(2)] == [(200, "AA")] * 2
    assert sent(hospital, hl7(pid=STRANGER, order=obr(order="N9"))) == (200, "AA")
    assert asked("quarantine", "list", "--log", hospital.served.log, "--json") == []
    assert len(hospital.ask("GET /events", hospital.token("auditor")).json()["events"]) == 1


def test_the_command_passes_nobody_over_for_want_of_a_mapping(tmp_path: Path) -> None:
    (tmp_path / "message").write_bytes(hl7())
    words = ("ingest", tmp_path / "message", "--format", "hl7v2", "--unknown-patients", "ignore")
    for more in ((), ("--patients", tmp_path / "patients.csv")):
        assert "snagc patients add" in refused(*words, *more, "--log", tmp_path / "heart.db")
    write_patients(tmp_path / "patients.csv", PATIENTS)
    taken = snagc(*words, "--patients", tmp_path / "patients.csv", "--log", tmp_path / "heart.db")
    assert (taken.exit_code, "1 accepted" in taken.stdout) == (0, True)
