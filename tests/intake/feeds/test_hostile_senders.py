"""Messages as careless and hostile systems send them: nothing crashes, nothing is lost unsaid, no person slips in."""

from pathlib import Path
from typing import Any

import pytest

from engine.intake.feeds.erasing import erase_person
from engine.intake.feeds.formats import FHIR
from engine.intake.feeds.patients import Patients
from engine.intake.feeds.result import Identifier
from tests.intake.feeds.support import (
    OTHER_PID,
    PATIENTS,
    PID,
    Number,
    bundle,
    cda,
    cda_observation,
    ed,
    feed,
    fhir,
    hl7,
    msh,
    obr,
    observation,
    obx,
    quantity,
    with_cda,
)
from tests.intake.support import NOW, documents

OID = "urn:oid:1.2.250.1.99.1"
NAMED_PID = "PID|1||P1^^^HOP&1.2.250.1.99.1&ISO^PI||DUPONTEL&de&DUPONTEL^Jeannette||19700101|F|||||0612345678"
PATIENT: dict[str, Any] = {"resourceType": "Patient", "id": "p", "identifier": [{"system": OID, "value": "P1"}]}
PANEL: dict[str, Any] = {"code": {"coding": [{"code": "24323-8"}]}, "valueQuantity": None}


@pytest.mark.parametrize("body", [b"MSH", b"MSH\r", b"\x0bMSH\x1c\r", b"MSH|\rMSH"])
def test_a_header_that_is_cut_off_is_refused(tmp_path: Path, body: bytes) -> None:
    with feed(tmp_path) as log:
        assert set(log.statuses(body)) == {"refused"}


def test_a_report_in_error_with_an_endless_identifier_is_refused(tmp_path: Path) -> None:
    report = {
        "resourceType": "DiagnosticReport", "status": "entered-in-error", "code": {"text": "x"},
        "identifier": [{"system": "urn:x", "value": "R" * 300}],
        "subject": {"identifier": {"system": OID, "value": "P1"}},
    }  # fmt: skip
    with feed(tmp_path) as log:
        (verdict,) = log.fhir(report)
        assert (verdict.status, verdict.errors[0].path) == ("refused", "DiagnosticReport.identifier")


def test_results_within_a_bundle_in_a_bundle_are_refused_and_the_others_taken(tmp_path: Path) -> None:
    with feed(tmp_path) as log:
        assert log.statuses(fhir(bundle(observation(), bundle(observation()))), FHIR) == ["refused", "accepted"]


def test_results_that_a_panel_contains_are_read(tmp_path: Path) -> None:
    panel = observation(
        **PANEL, hasMember=[{"reference": "#m"}, {"reference": "#gone"}],
        contained=[observation(id="m", identifier=[{"system": "urn:x", "value": "M"}])],
    )  # fmt: skip
    with feed(tmp_path) as log:
        assert sorted(log.statuses(fhir(panel), FHIR)) == ["accepted", "ignored", "refused"]


def test_a_patient_made_for_tests_has_no_facts(tmp_path: Path) -> None:
    tested = {**PATIENT, "meta": {"security": [{"code": "HTEST"}]}}
    with feed(tmp_path) as log:
        for sent in (
            bundle(observation(subject={"reference": "Patient/p"}), tested),
            observation(subject={"reference": "#p"}, contained=[tested]),
        ):
            (verdict,) = log.fhir(sent)
            assert (verdict.status, "HTEST" in verdict.errors[0].message) == ("refused", True)


def test_references_are_found_by_the_full_address_and_lead_to_what_they_should(tmp_path: Path) -> None:
    sent = bundle(observation(subject={"reference": "Patient/p"}), {**PATIENT, "id": None})
    del sent["entry"][1]["resource"]["id"]
    sent["entry"][1]["fullUrl"] = "https://hospital.example/fhir/Patient/p"
    collected = {"collectedDateTime": "2025-02-01T08:00:00Z"}
    stray = {"effectiveDateTime": None, "specimen": {"reference": "#s"}}
    with feed(tmp_path) as log:
        assert log.statuses(fhir(sent), FHIR) == ["accepted"]
        (verdict,) = log.fhir(observation(**stray, contained=[{**PATIENT, "id": "s", "collection": collected}]))
        assert (verdict.status, "no Specimen" in verdict.errors[0].message) == ("refused", True)


def test_a_code_in_any_repetition_counts(tmp_path: Path) -> None:
    with feed(tmp_path) as log:
        assert log.statuses(hl7(obx(code="BILI^Bilirubine^L~14631-6^Bilirubine^LN"))) == ["accepted"]


def test_a_time_is_refused_under_the_field_it_stands_in(tmp_path: Path) -> None:
    spm = "SPM|1|||SER|||||||||||||2025"
    with feed(tmp_path) as log:
        for sent, path in (
            (hl7(order=obr(drawn="202410270230"), sent=""), "OBR-7"),
            (hl7(obx(drawn="2025")), "OBX[1]-14"),
            (hl7(extra=spm), "SPM-17"),
            (hl7(order=obr(drawn="")), "OBR-7"),
        ):
            assert [fault.path for verdict in log.take(sent) for fault in verdict.errors] == [path]


def test_a_document_resent_under_another_patient_leaves_nothing_with_the_first(tmp_path: Path) -> None:
    creatinine = cda_observation('<value xsi:type="PQ" value="100" unit="umol/L"/>', code="14682-9")
    with feed(tmp_path) as log:
        assert log.statuses(with_cda(cda(cda_observation(), creatinine))) == ["accepted"] * 2
        assert log.statuses(with_cda(cda(patient="P2", version="2"), pid=OTHER_PID)) == ["accepted"] * 3
        assert (log.known("C1"), len(log.known("C2"))) == ([], 1)


SECRETS = ("DUPONTEL", "Jeannette", "0612345678", "06 12 34 56 78")
_PERSON = {"name": [{"family": "DUPONTEL", "given": ["Jeannette"]}], "telecom": [{"value": "0612345678"}]}
_TALKING = "Bilirubine DUPONTEL Jeannette 06 12 34 56 78"


@pytest.mark.parametrize(
    ("body", "format_"),
    [
        (hl7(obx(code=f"14631-6^{_TALKING}^LN"), pid=NAMED_PID), "hl7v2"),
        (hl7(obx(code=f"X^{_TALKING}^L^14631-6^b^LN"), "NTE|1||DUPONTEL 0612345678", pid=NAMED_PID), "hl7v2"),
        (with_cda(cda(header="<author><given>Jeannette</given><family>DUPONTEL</family></author>").replace(
            b'"Bilirubine"', f'"{_TALKING}"'.encode())), "hl7v2"),
        (fhir(observation(code={"coding": [{"code": "14631-6"}], "text": _TALKING}, subject={"reference": "#p"},
                          contained=[{**PATIENT, **_PERSON}], note=[{"text": "DUPONTEL"}])), FHIR),
    ],
)  # fmt: skip
def test_names_and_phone_numbers_stay_out_of_the_log(tmp_path: Path, body: bytes, format_: str) -> None:
    with feed(tmp_path) as log:
        assert log.statuses(body, format_) == ["accepted"]
        (stored,) = documents(log.log)
        assert "Bilirubine" in stored["data"]["origin"]
        assert not any(secret.casefold() in str(stored).casefold() for secret in SECRETS)


@pytest.mark.parametrize(
    "body",
    [
        hl7(obx("voir DUPONTEL 0612345678", kind="ST"), pid=NAMED_PID),
        hl7(obx("DUPONTEL^Jeannette", kind="NM"), pid=NAMED_PID),
        hl7(obx("06 12 34 56 78", kind="ST"), pid=NAMED_PID),
        hl7(obx("DUPONTEL^5", kind="SN"), pid=NAMED_PID),
        hl7(obx(unit="DUPONTEL 0612345678"), pid=NAMED_PID),
        hl7(obx(unit="umol/L^DUPONTEL^UCUM"), pid=NAMED_PID),
        hl7(obx(kind="DUPONTEL"), obx(status="DUPONTEL"), pid=NAMED_PID),
        hl7(extra="Mme DUPONTEL 0612345678", pid=NAMED_PID),
        hl7(order=obr(order="DUPONTEL-1"), pid=NAMED_PID),
        with_cda(cda(cda_observation('<value xsi:type="PQ" value="DUPONTEL" unit="umol/L"/>'))),
        with_cda(cda(cda_observation(status='<statusCode code="DUPONTEL"/>'))),
        with_cda(cda(cda_observation().replace('"EVN"', '"EVN" negationInd="DUPONTEL"'))),
        with_cda(cda(cda_observation(time='<effectiveTime value="DUPONTEL"/>'), before="")),
        hl7(order=obr(drawn="DUPONTEL")), hl7(order=obr(end="0612345678")), hl7(obx(drawn="Mme DUPONTEL, 8h")),
        hl7(kind="DUPONTEL"), hl7(version="DUPONTEL"), hl7(obx(unit="umol/L^^DUPONTEL")),
        *(fhir(observation(**changed)) for changed in (
            {"valueQuantity": {"value": "voir Mme DUPONTEL"}}, {"valueQuantity": {"value": {"tel": "0612345678"}}},
            {"valueQuantity": quantity("5", comparator="DUPONTEL")}, {"status": "DUPONTEL"},
            {"valueQuantity": {"value": Number("5"), "unit": "umol/L", "system": "DUPONTEL"}},
            {"valueQuantity": {"value": Number("5"), "unit": "umol/L", "system": "http://x.example?name=DUPONTEL"}},
            {"effectiveDateTime": "Mme DUPONTEL, 8h"}, {"subject": {"reference": "Patient?family=DUPONTEL"}},
            {"subject": {"reference": "http://x.example/Patient?name=DUPONTEL"}},
            {"subject": {"reference": "Patient/DUPONTEL"}},
            {"subject": {"reference": "http://x.example/Patient/0612345678/_history/2"}},
        )),
    ],
)  # fmt: skip
def test_what_is_said_of_refused_bytes_names_nobody(tmp_path: Path, body: bytes) -> None:
    with feed(tmp_path) as log:
        said = str(log.take(body, *([FHIR] if body[:1] == b"{" else [])))
        assert ("refused" in said, len(log.waiting())) == (True, 1)
        assert not any(secret.casefold() in said.casefold() for secret in SECRETS)


@pytest.mark.parametrize(
    "name", ["<name/>", "<name><family/><given/></name>", '<name><family nullFlavor="NI"/></name>']
)
def test_a_document_whose_patient_has_no_name_is_read(tmp_path: Path, name: str) -> None:
    with feed(tmp_path) as log:
        document = cda().replace(b"<patient>", f"<patient>{name}".encode())
        assert log.statuses(with_cda(document)) == ["accepted"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"status": "unknown"}, '"unknown" is no status'), ({"status": None}, '"" is no status'),
        ({"valueQuantity": {"value": "17,1"}}, '"17,1" is no JSON number'),
        ({"valueQuantity": {"value": None}}, "null is no JSON number"),
        ({"valueQuantity": {"value": Number("5"), "code": "umol/L", "system": "urn:x"}}, 'coded in "urn:x"'),
        ({"effectiveDateTime": "01/02/2025"}, '"01/02/2025" is not a time'),
        ({"subject": {"reference": "Patient/7"}}, 'the reference "Patient/…" leads nowhere'),
        ({"specimen": {"reference": "Specimen/s"}, "effectiveDateTime": None}, '"Specimen/s" leads nowhere'),
    ],
)  # fmt: skip
def test_what_is_no_name_is_quoted_with_the_remedy(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    with feed(tmp_path) as log:
        assert said in str([fault.message for verdict in log.fhir(observation(**changed)) for fault in verdict.errors])


def test_erasing_a_person_finds_them_in_a_document_that_was_not_read(tmp_path: Path) -> None:
    molar = cda(cda_observation(code="33763-4"), patient="S3CR3T77")
    known = Patients({**PATIENTS.known, Identifier(OID, "S3CR3T77"): "C3"})
    with feed(tmp_path, patients=known) as log:
        log.take(with_cda(molar, pid=""))
        log.take(hl7(ed(molar[:-40]), pid="PID|1||9^^^OTHER"))
        log.take(with_cda(cda(cda_observation(code="33763-4"), patient="P2"), pid=""))
        assert erase_person(log.log, "C3", known.of("C3"), "asked", now=NOW).quarantined == [1, 2]


def test_one_number_of_two_patients_in_one_message_is_two_facts_each_corrected_by_itself(tmp_path: Path) -> None:
    both = hl7() + b"\r" + "\r".join([OTHER_PID, obr(), obx("19")]).encode()
    with feed(tmp_path) as log:
        assert log.statuses(both) == ["accepted", "accepted"]
        assert log.statuses(both) == ["duplicate", "duplicate"]
        assert log.statuses(hl7(obx("18", status="C"))) == ["accepted"]
        assert [[value for value, *_ in log.known(each)] for each in ("C1", "C2")] == [["18"], ["19"]]
        assert log.types() == ["lab-result", "lab-result", "event"]
        assert log.statuses(hl7(obx("", status="D"), sent="20250203120000+0100")) == ["accepted"]
        assert log.statuses(hl7(obx("17", status="C"), sent="20250204120000+0100")) == ["accepted"], "nor is it resent"
        assert [[value for value, *_ in log.known(each)] for each in ("C1", "C2")] == [["17"], ["19"]]
        late = hl7(obx("16", status="C"), pid=OTHER_PID, sent="20250202120000+0100")
        assert log.statuses(late) == ["accepted"], "older than the other patient's, and not than its own"


@pytest.mark.parametrize("known", [hl7(), hl7(pid=OTHER_PID)], ids=["C1", "C2"])
@pytest.mark.parametrize("of_c1", ["17.10", "", "1-2"], ids=["unchanged", "deleted", "refused"])
def test_two_patients_under_one_number_end_the_same_in_whichever_order_their_message_has_them(
    tmp_path: Path, known: bytes, of_c1: str
) -> None:
    parts = [[PID, obr(), obx(of_c1, status="F" if of_c1 else "D")], [OTHER_PID, obr(), obx("19", status="C")]]
    found = []
    for number, each in enumerate((parts, parts[::-1])):
        (tmp_path / str(number)).mkdir()
        with feed(tmp_path / str(number)) as log:
            log.take(known)
            segments = [msh(sent="20250203120000+0100"), *each[0], *each[1]]
            statuses = log.statuses("\r".join(segments).encode())
            stands = {who: [value for value, *_ in log.known(who)] for who in ("C1", "C2")}
            found.append((sorted(statuses), stands))
    assert found[0] == found[1]
    assert found[0][1]["C2"] == ["19"]
