"""Erasing a person finds their bytes in whatever field and spelling they stand, and takes nobody else's."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from engine.intake.feeds.erasing import erase_person
from engine.intake.feeds.formats import FHIR
from engine.intake.intake import Submission
from tests.intake.feeds.support import (
    PATIENTS,
    PID,
    bundle,
    cda,
    cda_observation,
    feed,
    fhir,
    hl7,
    observation,
    with_cda,
)
from tests.intake.support import NOW

OID = "urn:oid:1.2.250.1.99.1"


def erased(folder: Path, body: bytes, who: str) -> int:
    """How many messages or entries a person's erasing takes out, of one message taken in."""
    with feed(folder) as log:
        log.take(body, *([FHIR] if body[:1] == b"{" else []))
        found = erase_person(log.log, who, PATIENTS.of(who), "asked", now=NOW)
        return len(found.received) + len(found.quarantined)


def identified(value: str) -> dict[str, Any]:
    return {"identifier": {"system": OID, "value": value}}


OLD = {"use": "old", "system": OID, "value": "P1"}
FHIR_PLACES: dict[str, dict[str, Any]] = {
    "a search": observation(subject={"reference": f"Patient?identifier={OID}|P1"}),
    "a search, escaped": observation(subject={"reference": "Patient?identifier=1.2.250.1.99.1%7CP1"}),
    "a patient alone": {"resourceType": "Patient", "identifier": [{"system": OID, "value": "P1"}]},
    "another type": {"resourceType": "Encounter", "subject": identified("P1")},
    "another reference": {"resourceType": "Coverage", "beneficiary": identified("P1")},
    "a value alone": observation(subject={"identifier": {"value": "P1"}}),
    "a patient with a value alone": {"resourceType": "Patient", "identifier": [{"value": "P1"}]},
    "two subjects": observation(subject=[identified("P1")]),
    "an old identifier": observation(
        subject={"reference": "#p"},
        contained=[{"resourceType": "Patient", "id": "p", "identifier": [OLD]}],
    ),
    "whoever measured it": observation(subject=identified("P9"), performer=[identified("P1")]),
    "a condition of a transaction": {
        **bundle(observation(status=None)), "extra": [{"ifNoneExist": f"active=true&identifier={OID}|P1&x=y"}]
    },
}  # fmt: skip


@pytest.mark.parametrize("place", FHIR_PLACES)
def test_a_person_is_found_wherever_a_resource_has_their_identifier(tmp_path: Path, place: str) -> None:
    (tmp_path / "C1").mkdir()
    (tmp_path / "C2").mkdir()
    assert erased(tmp_path / "C1", fhir(FHIR_PLACES[place]), "C1") == 1
    assert erased(tmp_path / "C2", fhir(FHIR_PLACES[place]), "C2") == 0


IN_CLEAR = cda(cda_observation(code="33763-4")).decode().replace("\n", "")


@pytest.mark.parametrize(
    "body",
    [
        hl7(pid="PID|1||P1"),
        hl7(pid="PID|1|||P1", kind="ADT^A01"),
        hl7(pid="PID|1|P1^^^HOP&1.2.250.1.99.1&ISO|9^^^OTHER"),
        hl7(pid="PID|1||9^^^OTHER|P1^^^&1.2.250.1.99.1&ISO"),
        hl7(pid="PID|1||9^^^OTHER\rNK1|1|||||||||||||||||||||||||||||||P1^^^&1.2.250.1.99.1&ISO"),
        hl7(pid="PID|1||9^^^OTHER\rMRG|8^^^OTHER~P1^^^&1.2.250.1.99.1&ISO", kind="ADT^A40"),
        hl7(pid="PID|1||9^^^OTHER\rPV1|1|I|||||P1^X^Y^^^^^^HOP&1.2.250.1.99.1&ISO"),
        hl7(pid="PID|1||9^^^OTHER\rMRG|P1&1^^^&1.2.250.1.99.1&ISO"),
        with_cda(cda(cda_observation(code="33763-4")), pid="PID|1||9^^^OTHER"),
        hl7(f"OBX|1|ED|11502-2^CR^LN||^APPLICATION^XML^A^{IN_CLEAR}||||||F", pid="PID|1||9^^^OTHER"),
    ],
)
def test_a_person_is_found_wherever_a_message_has_their_identifier(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "C1").mkdir()
    (tmp_path / "C2").mkdir()
    assert erased(tmp_path / "C1", body, "C1") == 1
    assert erased(tmp_path / "C2", body, "C2") == 0


def test_a_value_of_another_authority_or_beside_one_is_nobody_s_identifier(tmp_path: Path) -> None:
    for number, body in enumerate((
        hl7(pid="PID|1||P1^^^OTHER"), hl7(pid="PID|1|P1|9^^^OTHER"), hl7(pid="PID|1||P12"),
        hl7(pid=f"{PID.replace('P1', 'P2')}\rPV1|1|P1|X^^^HOP&1.2.250.1.99.1&ISO"),
        fhir(observation(subject={"identifier": {"system": "urn:oid:1.2.3", "value": "P1"}}, note=[{"text": "P1"}])),
    )):  # fmt: skip
        (tmp_path / str(number)).mkdir()
        assert erased(tmp_path / str(number), body, "C1") == 0


ABOUT = {"specversion": "1.0", "subject": "candidate/C1", "name": "Jeanne"}
ACT = {"specversion": "1.0", "subject": "offer/O1", "data": {"candidate": "C1", "name": "Jeanne"}}
NAMED = {"specversion": "1.0", "subject": "offer/O1", "data": {"reason": "dossier P1"}}
RANKED = {"subject": "offer/O1", "data": {"ranking": [{"candidate": "C1", "rank": 1, "snagc": "1"}]}}


@pytest.mark.parametrize(
    ("raw", "who"),
    [
        (json.dumps(ABOUT).encode(), "C1"),
        (json.dumps(ABOUT).replace("/", r"\/").encode(), "C1"),
        (json.dumps(ABOUT).replace("C1", r"\u00431").encode(), "C1"),
        (json.dumps(ABOUT).encode("utf-16"), "C1"),
        (json.dumps(ABOUT).encode("utf-16-be")[:-4], "C1"),
        (json.dumps(ABOUT)[:-3].encode(), "C1"),
        (json.dumps(ACT).encode(), "C1"),
        (json.dumps(NAMED).encode(), "C1"),
        (json.dumps(NAMED).replace("P1", r"P\u0031").encode(), "C1"),
        (json.dumps(RANKED).encode(), None),
        (json.dumps(RANKED, sort_keys=True).encode(), None),
        (json.dumps(ABOUT).replace("C1", "C12").encode(), None),
        (json.dumps(ACT).replace("C1", "C12").encode(), None),
        (json.dumps(NAMED).replace("P1", "P12").encode(), None),
    ],
)
def test_what_was_refused_about_a_person_is_found_however_it_is_spelt(
    tmp_path: Path, raw: bytes, who: str | None
) -> None:
    with feed(tmp_path) as log:
        log.intake._intake.take([Submission(1, raw)])
        assert erase_person(log.log, "C2", PATIENTS.of("C2"), "asked", now=NOW).quarantined == []
        assert erase_person(log.log, "C1", PATIENTS.of("C1"), "asked", now=NOW).quarantined == ([1] if who else [])


def test_a_resource_that_is_cut_off_is_found_by_an_escaped_identifier_too(tmp_path: Path) -> None:
    body = fhir(observation(subject=identified("P1"))).replace(b"P1", rb"P\u0031")[:-2]
    assert erased(tmp_path, body, "C1") == 1


@pytest.mark.parametrize("blanks", [80, 81, 82, 83])
@pytest.mark.parametrize("fold", ["", "\n", "\r\n", "\r\n  ", " "])
def test_a_file_is_looked_into_on_one_line_or_wrapped(tmp_path: Path, fold: str, blanks: int) -> None:
    packed = base64.b64encode(b"<report>" + b" " * blanks + b"<id>P1</id><!-- the end --></report>").decode()
    wrapped = fold.join(packed[start : start + 76] for start in range(0, len(packed), 76))
    report = {
        "resourceType": "DiagnosticReport", "status": "final", "code": {"text": "CR"}, "subject": identified("P9"),
        "presentedForm": [{"contentType": "text/xml", "data": wrapped}],
    }  # fmt: skip
    obx = f"OBX|1|ED|11502-2^CR^LN||^APPLICATION^XML^Base64^{wrapped}||||||F"
    for name, body in {"fhir": fhir(report), "hl7": hl7(obx, pid="PID|1||9^^^OTHER")}.items():
        (tmp_path / name).mkdir()
        assert erased(tmp_path / name, body, "C1") == 1
