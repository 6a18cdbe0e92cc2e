"""Messages as bytes: wrapping, separators, charsets, kinds, times; and hostile ones, which are refused and no more."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.intake.feeds.formats import FHIR, HL7V2, format_of
from engine.intake.feeds.result import LabResult, Refused
from engine.intake.feeds.taking import parts_of, read
from tests.intake.feeds.support import (
    PID,
    Number,
    bundle,
    cda,
    cda_observation,
    ed,
    feed,
    fhir,
    hl7,
    message,
    msh,
    obr,
    observation,
    obx,
    quantity,
    result,
    with_cda,
)
from tests.long import examples

PLAIN = hl7(obx(unit="µmol/L"))


def results(body: bytes) -> list[LabResult]:
    """All results in some bytes."""
    return [item for part in parts_of(body, HL7V2) for item in read(part).items if isinstance(item, LabResult)]


WRAPPINGS = {
    "bare": lambda body: body,
    "byte order mark": lambda body: b"\xef\xbb\xbf" + body,
    "MLLP": lambda body: b"\x0b" + body + b"\r\x1c\r",
    "MLLP with a mark": lambda body: b"\x0b\xef\xbb\xbf" + body + b"\x1c\r",
    "a batch in a file": lambda body: (
        b"FHS|^~\\&|A\rBHS|^~\\&|A\r" + body + b"\rBTS|1\rFTS|1\r"
    ),
    "blank lines": lambda body: b"\r\n\r\n" + body + b"\r\n\r\n",
}  # fmt: skip


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wrapping=st.sampled_from(sorted(WRAPPINGS)), separator=st.sampled_from([b"\r", b"\n", b"\r\n", b"\r\r\n", b"\n \n"])
)
def test_wrapping_and_separators_say_nothing(wrapping: str, separator: bytes) -> None:
    (found,) = results(WRAPPINGS[wrapping](PLAIN.replace(b"\r", separator)))
    (plain,) = results(PLAIN)
    assert (found.measured, found.stem, found.sampled) == (plain.measured, plain.stem, plain.sampled)
    assert (found.faults, found.patient) == ((), plain.patient)


def test_each_message_of_a_batch_is_judged_alone(tmp_path: Path) -> None:
    bad = hl7(obx("1,2", sub="2"))
    framed = b"".join(b"\x0b" + each + b"\x1c\r" for each in (hl7(), bad, hl7(obx(sub="3"))))
    with feed(tmp_path) as log:
        assert log.statuses(framed) == ["accepted", "refused", "accepted"]
        row = log.log.recorder.quarantine_row(1)
        assert row is not None
        assert (row["bytes"].strip(b"\x0b\x1c\r"), row["imported"]) == (bad, 0)
        assert log.statuses(b"noise\r" + hl7(obx(sub="4"))) == ["refused", "accepted"]
        assert log.statuses(hl7(obx("x"), obx(sub="5"))) == ["refused", "accepted"], "a fault stops no other result"


@pytest.mark.parametrize(
    ("declared", "encoded"),
    [
        ("", "utf-8"), ("UNICODE UTF-8", "utf-8"), ("8859/1", "iso-8859-1"), ("8859/15", "iso-8859-15"),
        ("ISO-8859-1", "iso-8859-1"), ("8859/1~UNICODE UTF-8", "iso-8859-1"), ("ASCII", "ascii"),
    ],
)  # fmt: skip
def test_msh_18_decides_the_charset(declared: str, encoded: str) -> None:
    text = hl7(obx(unit="umol/l" if encoded == "ascii" else "µmol/l"), charset=declared).decode()
    assert result(text.encode(encoded)).faults == ()


@pytest.mark.parametrize(
    ("declared", "encoded"),
    [
        ("", "iso-8859-1"), ("UNICODE UTF-8", "iso-8859-1"), ("ASCII", "utf-8"), ("8859/1", "utf-8"),
        ("8859/15", "utf-8"), ("UNICODE UTF-16", "utf-8"), ("ISO IR87", "utf-8"), ("8859/1", "cp1252"),
    ],
)  # fmt: skip
def test_bytes_that_contradict_it_are_refused(declared: str, encoded: str) -> None:
    text = hl7(obx(code="14631-6^Bilirubine élevée …^LN"), charset=declared).decode()
    found = message(text.encode(encoded, "replace" if encoded == "iso-8859-1" else "strict"))
    assert not found.readable


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"mode": "T"}, "MSH-11"), ({"mode": "D"}, "MSH-11"), ({"version": "2.2"}, "MSH-12"),
        ({"version": ""}, "MSH-12"),
        ({"version": "3.0"}, "MSH-12"), ({"kind": "ADT^A01"}, "MSH-9"), ({"kind": "ORU^R30"}, "MSH-9"),
        ({"kind": "MDM^T11"}, "MSH-9"), ({"source": ""}, "MSH-4"),
    ],
)  # fmt: skip
def test_tests_other_kinds_and_versions_are_refused(changed: dict[str, str], path: str) -> None:
    (item,) = message(hl7(**changed)).items
    assert path in [fault.path for fault in item.faults]  # type: ignore[union-attr]
    for version in ("2.3", "2.3.1", "2.4", "2.5.1", "2.6", "2.7", "2.8"):
        assert result(hl7(version=version)).faults == ()


def test_data_labelled_as_made_for_tests_are_refused() -> None:
    label = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]}
    for document in (
        observation(meta=label),
        {**bundle(observation()), "meta": label},
        bundle(observation(meta=label)),
    ):
        assert all(isinstance(item, Refused) for item in message(fhir(document), FHIR).items)
    for other in ({"resourceType": "Patient"}, {"resourceType": "Medication"}, {}):
        assert isinstance(message(fhir(other), FHIR).items[0], Refused)


SUMMER, WINTER = "2025-07-01T08:00:00+02:00", "2025-02-01T08:00:00+01:00"


@pytest.mark.parametrize(
    ("body", "time"),
    [
        (hl7(order=obr(drawn="20250201080000")), WINTER), (hl7(order=obr(drawn="202502010800")), WINTER),
        (hl7(order=obr(drawn="202507010800"), sent="20250702"), SUMMER),
        (hl7(order=obr(drawn="202507010800"), sent="202507020900+0100"), "2025-07-01T08:00:00+01:00"),
        (hl7(order=obr(drawn="20250201080000.25-0500")), "2025-02-01T08:00:00.25-05:00"),
        (hl7(order=obr(drawn="20250701")), "2025-07-01T00:00:00+02:00"),
        (hl7(order=obr(end='""')), WINTER), (hl7(order=obr(end="20250201080000+0100")), WINTER),
        (hl7(obx(drawn="202502010700")), "2025-02-01T07:00:00+01:00"),
        (hl7(obx(drawn="202502010700"), extra="SPM|1|||SER|||||||||||||202502010630"), "2025-02-01T06:30:00+01:00"),
        (hl7(extra="SPM|1|||SER|||||||||||||202502010630^202502010630"), "2025-02-01T06:30:00+01:00"),
        (hl7(order=obr(drawn="20250201080000", end="20250201080000")), WINTER),
        (with_cda(cda()), "2025-02-01T08:00:00+01:00"), (with_cda(cda(before="")), "2025-02-01T09:00:00+01:00"),
        (with_cda(cda(cda_observation(time='<effectiveTime value="20250701"/>'), before="")),
         "2025-07-01T00:00:00+02:00"),
    ],
)  # fmt: skip
def test_the_sampling_is_taken_by_precedence_with_its_offset(body: bytes, time: str) -> None:
    found = result(body)
    assert (found.faults, found.sampled) == ((), time)


@pytest.mark.parametrize(
    "body",
    [
        hl7(order=obr(drawn="")), hl7(order=obr(drawn="2025")), hl7(order=obr(drawn="202502")),
        hl7(order=obr(drawn="2025020108")), hl7(order=obr(drawn="20250230")), hl7(order=obr(drawn="202502012400")),
        hl7(order=obr(drawn="20250201080060")), hl7(order=obr(drawn="2025-02-01")),
        hl7(order=obr(drawn="202502010800", end="202502020800")), hl7(order=obr(drawn='""')),
        hl7(order=obr(drawn="202503300230"), sent=""), hl7(order=obr(drawn="202510260230"), sent="20251027"),
        hl7(extra="SPM|1|||SER|||||||||||||202502010630^202502010730"),
        hl7(extra="SPM|1|||S|||||||||||||202502010630\rSPM|2|||S|||||||||||||202502010730"),
        with_cda(cda(cda_observation(time=""), before="")),
        with_cda(cda(cda_observation(
            time='<effectiveTime><low value="20250201"/><high value="20250202"/></effectiveTime>'), before="")),
        with_cda(cda(cda_observation(time='<effectiveTime><low value="20250201"/></effectiveTime>'), before="")),
    ],
)  # fmt: skip
def test_no_time_a_period_or_one_that_is_none_is_refused(body: bytes) -> None:
    assert any("send" in fault.message or "check" in fault.message or "write" in fault.message
               or "refused" in fault.message for fault in result(body).faults)  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "time"),
    [
        ({}, WINTER), ({"effectiveDateTime": "2025-07-01T08:00:00"}, SUMMER),
        ({"effectiveDateTime": "2025-07-01"}, "2025-07-01T00:00:00+02:00"),
        ({"effectiveDateTime": "2025-02-01T07:00:00.5Z"}, "2025-02-01T07:00:00.5Z"),
        ({"effectiveDateTime": None, "effectiveInstant": WINTER}, WINTER),
        ({"effectiveDateTime": None, "specimen": {"reference": "#s"}, "contained": [
            {"resourceType": "Specimen", "id": "s", "collection": {"collectedDateTime": WINTER}}]}, WINTER),
        ({"effectiveDateTime": "2025-02"}, None), ({"effectiveDateTime": "2025-03-30T02:30:00"}, None),
        ({"effectiveDateTime": "2025-10-26T02:30:00"}, None), ({"effectiveDateTime": None, "issued": WINTER}, None),
        ({"effectiveDateTime": None, "effectivePeriod": {"start": WINTER, "end": WINTER}}, None),
        ({"effectiveDateTime": None, "specimen": {"reference": "#none"}}, None),
        ({"effectiveDateTime": None, "specimen": {"reference": "#s"}, "contained": [
            {"resourceType": "Specimen", "id": "s", "receivedTime": WINTER}]}, None),
        ({"effectiveDateTime": 20250201}, None), ({"effectiveInstant": WINTER}, None),
    ],
)  # fmt: skip
def test_the_sampling_of_a_fhir_result(changed: dict[str, object], time: str | None) -> None:
    found = result(fhir(observation(**changed)), FHIR)
    assert (found.sampled, bool(found.faults)) == (time, time is None)


def test_components_with_a_listed_code_are_results_of_their_own(tmp_path: Path) -> None:
    parts = [
        {"code": {"coding": [{"code": code}]}, "valueQuantity": quantity(value, unit)}
        for code, value, unit in (("14631-6", "17", "umol/L"), ("14682-9", "90", "umol/L"), ("718-7", "9", "g/L"))
    ]
    panel = observation(code={"coding": [{"code": "24323-8"}]}, component=parts, valueQuantity=None)
    with feed(tmp_path) as log:
        verdicts = log.fhir(panel)
        assert [each.status for each in verdicts] == ["ignored", "accepted", "accepted", "ignored"]
        assert [each.id for each in verdicts[1:3]] == ["R1;14631-6", "R1;14682-9"]
        assert [each.status for each in log.fhir(panel)] == ["ignored", "duplicate", "duplicate", "ignored"]


def test_a_pdf_is_ignored_beside_a_report_and_refused_alone(tmp_path: Path) -> None:
    pdf = "OBX|1|ED|11502-2^CR^LN||^APPLICATION^PDF^Base64^" + base64.b64encode(b"%PDF-1.7 x").decode() + "||||||F"
    with feed(tmp_path) as log:
        assert log.statuses(hl7(pdf, ed(cda()))) == ["ignored", "accepted"]
        assert log.statuses(hl7(obx(), pdf)) == ["accepted", "ignored"]
        assert log.statuses(hl7(pdf)) == ["refused"]
        assert log.statuses(with_cda(cda(body="<nonXMLBody><text>JVBERi0=</text></nonXMLBody>"))) == ["refused"]
        assert log.statuses(hl7("OBX|1|ED|11502-2^CR^LN||^A^XML^Base64^%%%||||||F")) == ["refused"]
        assert log.statuses(with_cda(b"<html/>")) == ["refused"]


@pytest.mark.parametrize("kind", ["MDM^T02", "MDM^T04", "MDM^T10", "ORU^R01"])
def test_reports_come_in_several_kinds_of_message(tmp_path: Path, kind: str) -> None:
    lines = [msh(kind=kind), "EVN||202502011200", PID, "PV1|1|I", "TXA|1|CR|TX|202502011200||||||||DOC1||ORD1|||LA"]
    with feed(tmp_path) as log:
        assert log.statuses("\r".join([*lines, ed(cda())]).encode()) == ["accepted"]
        assert log.statuses("\r".join([*lines, obx(drawn="202502010800")]).encode()) == ["accepted"]


def test_a_document_in_a_stylesheet_is_read_and_what_it_quotes_is_not(tmp_path: Path) -> None:
    inner = cda().decode().partition("?>")[2]
    sheet = (
        '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/">'
        f"<xsl:value-of select=\"document('file:///etc/passwd')\"/></xsl:template>{inner}</xsl:stylesheet>"
    )
    older = cda_observation().replace('value="17.10"', 'value="99"')
    quoted = f'<entryRelationship typeCode="REFR">{older}</entryRelationship>'
    with feed(tmp_path) as log:
        assert log.statuses(with_cda(sheet.encode())) == ["accepted"]
        assert log.statuses(with_cda(cda(cda_observation(more=quoted)))) == ["duplicate", "ignored"]
        assert log.statuses(with_cda(cda(set_id=""))) == ["refused"]


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
HOSTILE = [
    b"", b"MSH", b"MSH|", b"MSH|^~\\&", b"MSHMSHMSH", b"MSH||||||", b"MSH|||||\r", b"MSH|^~\\&|\rOBX", b"\x0b\x1c\r",
    hl7(obx("9" * 100_000)), hl7(obx("1" + "^2" * 5_000)), hl7("OBX|" * 3_000), hl7(PID * 50),
    hl7("OBX"), hl7("OBX|1|NM|14631-6"), hl7(pid="PID"), hl7(order="OBR"), hl7(order=obr(order="x" * 5_000)),
    hl7(order=obr(order="A;B~C%")), hl7(order=obr(order="\u202e")), hl7(obx(code="14631-6^" + "x" * 5_000)),
    hl7(source="x" * 500), hl7(obx(sub="\\X0D\\")), hl7(obx("\\XZZ\\")), hl7(obx("\\H\\17\\N\\")),
    with_cda(cda().replace(b"<ClinicalDocument", BOMB.encode() + b"<ClinicalDocument")),
    with_cda(cda().replace(b"<ClinicalDocument", OUTSIDE.encode() + b"<ClinicalDocument")),
    with_cda(b"<a>" * 100_000), with_cda(b"<a/>" * 10), with_cda(b"<" * 500_000), with_cda(b"\xff\xfe<\0a\0>\0"),
    with_cda(cda()[:-40]), with_cda(cda().decode().encode("utf-16")), with_cda(cda().replace(b"UTF-8", b"UTF-7")),
    hl7(f"OBX|1|ED|X||^A^XML^Base64^{'A' * 401}||||||F"), hl7("OBX|1|ED|X||||||||F"), hl7("OBX|1|RP|X||http://a||||||F"),
]  # fmt: skip


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_hl7_is_answered_and_nothing_of_it_is_a_fact(tmp_path: Path, body: bytes) -> None:
    with feed(tmp_path) as log:
        assert "accepted" not in log.statuses(body) or log.known()[0][0] in ("17.10", "17")
        assert b"root:" not in b"".join(bytes(state) for _, _, state in log.log.recorder.rows())


FIELDS = (
    "identifier", "status", "code", "subject", "effectiveDateTime", "valueQuantity", "component", "contained", "meta",
    "specimen", "focus",
)  # fmt: skip
SHAPES: tuple[object, ...] = ("x", [], {}, [[]], [{}], {"a": {}}, True, Number("1"), [None], ["x"])
FHIR_HOSTILE = [
    b"{", b"[]", b"null", b"1", b'"x"', b"{}", b'{"resourceType": 1}', b'{"a": 1, "a": 2}',
    b"\xff\xfe{\x00", b"[" * 50_000,
    b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b'{"resourceType": "Observation", "status": NaN}',
    *(fhir(observation(**{name: value})) for name in FIELDS for value in SHAPES),
    fhir(observation(valueQuantity=quantity("9" * 500))), fhir(observation(bogus=1)),
    fhir(bundle(*[{"resourceType": "Patient", "id": "p"}] * 3)), fhir({"resourceType": "Bundle", "entry": "x"}),
    fhir({"resourceType": "Bundle", "entry": [{"request": {"method": "DELETE", "url": "Observation/1"}}, None, 1]}),
    fhir({"resourceType": "DiagnosticReport", "status": "final", "result": [{"reference": "Observation/9"}]}),
    fhir({"resourceType": "DiagnosticReport", "status": [], "result": {"reference": []}, "contained": 1}),
    fhir(observation(contained=[{"resourceType": "Nonsense", "id": "n"}], specimen={"reference": "#n"})),
    json.dumps(observation(valueQuantity={"value": "\ud800"})).encode(),
]  # fmt: skip


@pytest.mark.parametrize("body", FHIR_HOSTILE, ids=range(len(FHIR_HOSTILE)))
def test_hostile_fhir_is_answered(tmp_path: Path, body: bytes) -> None:
    with feed(tmp_path) as log:
        for verdict in log.take(body, FHIR):
            assert verdict.status in ("refused", "ignored", "accepted")
            assert verdict.status != "accepted" or log.known()[0][0] == "17.10"


@settings(max_examples=examples(50, 150), deadline=None)
@given(data=st.data())
@example(data=None)
def test_a_damaged_message_is_read_or_refused_but_never_breaks(data: st.DataObject | None) -> None:
    wholes = [hl7(), with_cda(cda()), fhir(observation()), fhir(bundle(observation()))]
    for whole in wholes if data is None else [data.draw(st.sampled_from(wholes))]:
        start = 0 if data is None else data.draw(st.integers(0, len(whole)))
        end = 0 if data is None else data.draw(st.integers(start, min(len(whole), start + 40)))
        put = b"" if data is None else data.draw(st.binary(max_size=8))
        damaged = whole[:start] + put + whole[end:]
        for format_ in (FHIR, HL7V2):
            assert all(read(part).items for part in parts_of(damaged, format_))
        assert format_of(damaged) in (FHIR, HL7V2, None)
