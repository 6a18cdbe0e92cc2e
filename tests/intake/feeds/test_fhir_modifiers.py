"""FHIR: what changes the meaning of what it stands in, or says that it is absent, is never passed over."""

import copy
from pathlib import Path
from typing import Any

import pytest

from engine.intake.feeds.formats import FHIR
from engine.intake.feeds.result import Ignored, LabResult, Refused
from tests.intake.feeds.support import Number, bundle, feed, fhir, message, observation, quantity

OID = "urn:oid:1.2.250.1.99.1"
NEGATED: dict[str, Any] = {"modifierExtension": [{"url": "https://lab.example/negated", "valueBoolean": True}]}
RULES: dict[str, Any] = {"implicitRules": "https://lab.example/rules"}
AWAY = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]}
PATIENT = {"resourceType": "Patient", "id": "p", "identifier": [{"system": OID, "value": "P1"}], "contact": [{}]}
SPECIMEN = {"resourceType": "Specimen", "id": "s", "collection": {"collectedDateTime": "2025-02-01T08:00:00+01:00"}}
REPORT = {
    "resourceType": "DiagnosticReport", "status": "final", "code": {"text": "x"},
    "result": [{"reference": "Observation/o"}], "identifier": [{"system": "urn:x", "value": "REP"}],
}  # fmt: skip
PART = {"code": {"coding": [{"code": "14631-6"}]}, "valueQuantity": quantity("17.10")}


def sent() -> dict[str, Any]:
    """A bundle in which every resource that counts is used."""
    result = observation(
        id="o", subject={"reference": "Patient/p"}, specimen={"reference": "Specimen/s"}, effectiveDateTime=None,
        code={"coding": [{"code": "24323-8"}]}, valueQuantity=None, component=[PART], referenceRange=[{"text": "x"}],
        meta={"versionId": "1"},
    )  # fmt: skip
    return copy.deepcopy(bundle(result, PATIENT, SPECIMEN, REPORT))


def within(document: dict[str, Any], path: str) -> dict[str, Any]:
    """The object at a path."""
    at: Any = document
    for step in filter(None, path.split("/")):
        at = at[int(step)] if step.isdigit() else at[step]
    assert isinstance(at, dict)
    return at


USED = {
    "an entry": "entry/0", "the Observation": "entry/0/resource", "its subject": "entry/0/resource/subject",
    "its range": "entry/0/resource/referenceRange/0", "a component": "entry/0/resource/component/0",
    "a value": "entry/0/resource/component/0/valueQuantity", "the bundle": "", "the patient's entry": "entry/1",
    "the patient": "entry/1/resource", "a contact of the patient": "entry/1/resource/contact/0",
    "the specimen": "entry/2/resource", "its collection": "entry/2/resource/collection",
    "the report": "entry/3/resource",
}  # fmt: skip


@pytest.mark.parametrize("place", USED)
def test_a_modifier_extension_in_anything_used_is_refused(tmp_path: Path, place: str) -> None:
    document = sent()
    with feed(tmp_path) as log:
        assert log.statuses(fhir(document), FHIR)[-1] == "accepted"
    within(document, USED[place]).update(NEGATED)
    found = message(fhir(document), FHIR).items
    assert not any(isinstance(each, LabResult) and not (each.faults or each.patient.faults) for each in found)
    faults = [fault for each in found if isinstance(each, Refused) for fault in each.faults]
    faults += [fault for each in found if isinstance(each, LabResult) for fault in (*each.faults, *each.patient.faults)]
    assert any("modifierExtension" in fault.path and "send" in fault.message for fault in faults)


@pytest.mark.parametrize("place", ["", *(f"entry/{number}/resource" for number in range(4))])
@pytest.mark.parametrize("rules", [RULES, {"_implicitRules": AWAY}])
def test_rules_of_its_own_keep_a_resource_out(tmp_path: Path, place: str, rules: dict[str, Any]) -> None:
    document = sent()
    within(document, place).update(rules)
    with feed(tmp_path) as log:
        verdicts = log.fhir(document)
        assert "accepted" not in [each.status for each in verdicts]
        assert any("implicitRules" in fault.path for each in verdicts for fault in each.errors)


def test_what_is_not_used_may_have_modifiers(tmp_path: Path) -> None:
    document = sent()
    document["entry"].append({"resource": {"resourceType": "Encounter", **NEGATED, **RULES}, **NEGATED})
    document["entry"].append({"resource": observation(code={"coding": [{"code": "718-7"}]}, **NEGATED)})
    with feed(tmp_path) as log:
        assert sorted(log.statuses(fhir(document), FHIR)) == ["accepted", "ignored", "ignored"]


def test_a_panel_that_contains_a_result_counts_for_it() -> None:
    panel = observation(
        code={"coding": [{"code": "24323-8"}]}, valueQuantity=None, hasMember=[{"reference": "#m"}],
        contained=[observation(id="m")], **NEGATED,
    )  # fmt: skip
    (found,) = [each for each in message(fhir(panel), FHIR).items if isinstance(each, LabResult)]
    assert "modifierExtension" in found.faults[0].path


@pytest.mark.parametrize("said", [NEGATED, RULES])
def test_a_panel_beside_its_members_counts_for_all_of_them_and_no_other(said: dict[str, Any]) -> None:
    def panel(number: int, *members: str, **changed: Any) -> dict[str, Any]:
        made = observation(id=f"p{number}", code={"coding": [{"code": "24323-8"}]}, valueQuantity=None, **changed)
        return {**made, "hasMember": [{"reference": each} for each in members]}

    inner = panel(2, "Observation/m2/_history/1", "#m3", "Observation/p1", contained=[observation(id="m3")])
    document = bundle(
        observation(id="m1"), observation(id="m2"), observation(id="m4"), panel(3, "Observation/m4"), inner,
        panel(1, "Observation/m1", "Observation/p2", "Observation/gone", **said),
    )  # fmt: skip
    found = {each.place: each for each in message(fhir(document), FHIR).items if isinstance(each, LabResult)}
    kept_out = {place for place, each in found.items() if any("entry[5]." in fault.path for fault in each.faults)}
    assert kept_out == {"entry[0]", "entry[1]", "entry[4].hasMember[1]"}
    assert found["entry[2]"].faults == ()


def test_a_report_in_error_with_a_modifier_takes_nothing_back(tmp_path: Path) -> None:
    report = {**REPORT, "status": "entered-in-error", "subject": {"identifier": {"system": OID, "value": "P1"}}}
    with feed(tmp_path) as log:
        (verdict,) = log.fhir({**report, **NEGATED})
        assert "modifierExtension" in verdict.errors[0].path


@pytest.mark.parametrize(
    "changed",
    [
        *({"valueQuantity": {**quantity("17"), f"_{name}": AWAY}} for name in ("value", "unit", "code", "system")),
        {"valueQuantity": {**quantity("17"), "_comparator": AWAY}},
        {"valueQuantity": {"value": Number("17"), "unit": "umol/L", "_code": AWAY}},
        {"valueQuantity": {**quantity("17"), **AWAY}},
        {"valueQuantity": {"value": Number("17"), "unit": "umol/L", **AWAY}},
        {"code": {"coding": [{"code": "14631-6", **AWAY}]}},
        {"subject": {"reference": f"Patient?identifier={OID}|P1", **AWAY}},
        {"subject": {"identifier": {"system": OID, "value": "P1", **AWAY}}},
        {"_valueQuantity": AWAY},
        {"_effectiveDateTime": AWAY},
        {"_status": AWAY},
        {"code": {"coding": [{"code": "14631-6", "_code": AWAY}]}},
        {"code": {"coding": [{"code": "14631-6"}], **AWAY}},
        {"subject": {"identifier": {"system": OID, "value": "P1", "_value": AWAY}}},
        {"subject": {"identifier": {"system": OID, "value": "P1"}, **AWAY}},
        {"identifier": [{"system": "urn:x", "value": "R1", "_system": AWAY}]},
        {"subject": {"reference": "#p"}, "contained": [
            {**PATIENT, "identifier": [{"system": OID, "value": "P1", "_value": AWAY}]}]},
    ],
)  # fmt: skip
def test_a_value_that_is_said_to_be_absent_is_refused(changed: dict[str, Any]) -> None:
    (found,) = message(fhir(observation(**changed)), FHIR).items
    assert isinstance(found, LabResult)
    assert found.faults or found.patient.faults


@pytest.mark.parametrize(
    "changed",
    [
        {"valueQuantity": {"unit": "umol/L", "_value": AWAY}},
        {"valueQuantity": {"unit": "umol/L", "code": "umol/L", **AWAY}},
        {"valueQuantity": None, "_valueString": AWAY},
    ],
)
def test_a_value_that_is_absent_and_says_why_is_ignored(changed: dict[str, Any]) -> None:
    (found,) = message(fhir(observation(**changed)), FHIR).items
    assert isinstance(found, Ignored)


def test_a_specimen_entered_in_error_gives_no_time(tmp_path: Path) -> None:
    document = sent()
    within(document, "entry/2/resource")["status"] = "entered-in-error"
    with feed(tmp_path) as log:
        verdict = log.fhir(document)[-1]
        assert (verdict.status, [fault.path for fault in verdict.errors]) == ("refused", ["entry[0].specimen"])


def test_other_extensions_change_nothing(tmp_path: Path) -> None:
    other = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/rendered-value", "valueString": "17,10"}]}
    with feed(tmp_path) as log:
        value = {**quantity("17.10"), "_value": other}
        assert log.statuses(fhir(observation(valueQuantity=value, _status=other, **other)), FHIR) == ["accepted"]
