"""Numbers and units, as each format writes them: read to the digit, or refused with the remedy."""

import re

import pytest

from engine.intake.feeds.formats import FHIR
from engine.intake.feeds.loinc import Coded, coded
from engine.intake.feeds.numbers import read_number
from engine.intake.feeds.result import Ignored, Measured, Refused
from engine.intake.feeds.units import Unit, UnitNotAllowedError, read_unit
from tests.intake.feeds.support import (
    Number,
    cda,
    cda_observation,
    fhir,
    hl7,
    message,
    observation,
    obx,
    quantity,
    result,
    with_cda,
)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("17.10", (None, "17.10")), (" 17 ", (None, "17")), ("0.5", (None, "0.5")), ("<5", ("<", "5")),
        ("<= 5.0", ("<", "5.0")), (">900", (">", "900")), (">=900", (">", "900")), ("=5", (None, "5")),
        ("-1", (None, "-1")), ("0", (None, "0")),
    ],
)  # fmt: skip
def test_a_plain_number_keeps_its_digits_and_its_bound(text: str, read: tuple[str | None, str]) -> None:
    assert read_number(text) == read


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"), ('""', "no value"), ("1,5", "comma"), ("5-7", "range"), ("1:160", "titre"), ("1/160", "titre"),
        ("1.5e1", "exponent"), ("007", "leading zeros"), ("<00.5", "leading zeros"), ("1 234", "more than one"),
        ("+5", "no number"), (".5", "no number"), ("5.", "no number"), ("5 umol/L", "no number"), ("~5", "no number"),
        ("NaN", "no number"), ("٣", "no number"), ("<>5", "no number"), ("< < 5", "no number"), ("5 *", "no number"),
        ("0x10", "no number"), ("Infinity", "no number"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_its_reason(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_number(text)


BILIRUBIN = Coded("14631-6", "total_bilirubin", ("moles",))
CREATININE_MASS = Coded("2160-0", "creatinine", ("mass",))
BNP = Coded("30934-4", "bnp", ("mass",))


@pytest.mark.parametrize(
    ("unit", "code", "read"),
    [
        *((Unit(text), BILIRUBIN, "umol/L") for text in (
            "umol/L", "µmol/L", "μmol/L", "umol/l", "UMOL/L", "µMOL/L", "micromol/L", "µmol / L", "umol.L-1")),
        *((Unit(text), CREATININE_MASS, "mg/dL") for text in ("mg/dL", "mg/dl", "MG/DL")),
        *((Unit(text), BNP, read) for text, read in (
            ("pg/mL", "pg/mL"), ("pg/ml", "pg/mL"), ("PG/ML", "pg/mL"), ("ng/L", "ng/L"), ("ng/l", "ng/L"))),
        (Unit("umol/L", "micromole par litre", "UCUM"), BILIRUBIN, "umol/L"),
        (Unit("umol/L", "µmol/l", "http://unitsofmeasure.org"), BILIRUBIN, "umol/L"),
        (Unit("pg/mL", "ng/L"), BNP, "pg/mL"),
        (Unit("", "µmol/L"), BILIRUBIN, "umol/L"),
    ],
)  # fmt: skip
def test_spellings_of_one_unit_are_one_unit(unit: Unit, code: Coded, read: str) -> None:
    assert read_unit(unit, code) == read


@pytest.mark.parametrize(
    ("unit", "code", "why"),
    [
        (Unit(""), BILIRUBIN, "no unit"),
        (Unit("umol/L", "", "ISO+"), BILIRUBIN, "not in UCUM"),
        (Unit("umol/L", "mg/dL", "UCUM"), BILIRUBIN, "stands beside"),
        (Unit("umol/L", "something"), BILIRUBIN, "stands beside"),
        (Unit("mg/dL"), BILIRUBIN, "contradicts 14631-6"),
        (Unit("umol/L"), CREATININE_MASS, "contradicts 2160-0"),
        (Unit("mg/L"), CREATININE_MASS, "not a unit of creatinine"),
        (Unit("pmol/L"), BNP, "not a unit of bnp"),
        (Unit("umol/L"), BNP, "not a unit of bnp"),
        (Unit("mmol/L"), BILIRUBIN, "not a unit"),
        (Unit("U/L"), BILIRUBIN, "not a unit"),
        (Unit("%"), BILIRUBIN, "not a unit"),
    ],
)
def test_another_or_a_contradictory_unit_is_refused(unit: Unit, code: Coded, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_unit(unit, code)


@pytest.mark.parametrize("unit", ["umol.L", "umol/L-1", "umol L", "umol/L/1.73m2", "10*-6.mol/L"])
def test_what_is_nearly_a_unit_is_refused_by_name(unit: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f'"{unit}" is not a unit')):
        read_unit(Unit(unit), BILIRUBIN)
    with pytest.raises(ValueError, match="a text of 8 characters"):
        read_unit(Unit("DUPONTEL"), BILIRUBIN)


@pytest.mark.parametrize(
    ("codes", "found"),
    [
        (["14631-6"], "total_bilirubin"), (["L123", "14631-6"], "total_bilirubin"), (["1975-2"], "total_bilirubin"),
        (["77140-2"], "creatinine"), (["14682-9"], "creatinine"), (["2160-0", "14682-9"], "creatinine"),
        (["42637-9"], "bnp"), (["30934-4"], "bnp"), (["71425-3"], "nt_probnp"), (["83107-3"], "nt_probnp"),
        (["33762-6"], "nt_probnp"), (["38483-4"], None), (["59826-8"], None), (["718-7"], None), ([], None),
    ],
)  # fmt: skip
def test_a_code_counts_wherever_it_stands(codes: list[str], found: str | None) -> None:
    read = coded(codes)
    assert (read.analyte if read else None) == found


@pytest.mark.parametrize("codes", [["47092-2"], ["33763-4"], ["83108-1"], ["14631-6", "2160-0"], ["2160-0", "38483-4"]])
def test_molar_peptides_and_contradictory_codes_are_refused(codes: list[str]) -> None:
    with pytest.raises(ValueError, match="send"):
        coded(codes)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (obx("17.10"), Measured("17.10", None, "umol/L")),
        (obx("^17.10", kind="SN"), Measured("17.10", None, "umol/L")),
        (obx("<=^5", kind="SN"), Measured("5", "<", "umol/L")),
        (obx("> 900", kind="ST"), Measured("900", ">", "umol/L")),
        (obx(unit="µmol/l"), Measured("17.10", None, "umol/L")),
        (obx(unit="mcg^^L^umol/L^^UCUM"), Measured("17.10", None, "umol/L")),
        (obx(unit="umol/L^micromole/litre^UCUM^µmol/l^^L"), Measured("17.10", None, "umol/L")),
        (obx(code="B12^Bili^99LAB^14631-6^Bilirubin^LN"), Measured("17.10", None, "umol/L")),
        (obx(code="14631-6"), Measured("17.10", None, "umol/L")),
    ],
)
def test_hl7_values(sent: str, read: Measured) -> None:
    found = result(hl7(sent))
    assert (found.measured, found.faults) == (read, ())


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        (obx("17,1"), "OBX[1]-5"), (obx(""), "OBX[1]-5"), (obx('""'), "OBX[1]-5"), (obx("1~2"), "OBX[1]-5"),
        (obx("17^1"), "OBX[1]-5"), (obx("^5^-^7", kind="SN"), "OBX[1]-5"), (obx("^1^:^160", kind="SN"), "OBX[1]-5"),
        (obx("5", kind="SN"), "OBX[1]-5"), (obx("<>^5", kind="SN"), "OBX[1]-5"), (obx("17", kind="TX"), "OBX[1]-5"),
        (obx("17", kind=""), "OBX[1]-5"), (obx("^5^+", kind="SN"), "OBX[1]-5"), (obx(unit=""), "OBX[1]-6"),
        (obx(unit="umol/L^mg/dL^UCUM"), "OBX[1]-6"), (obx(unit="mg/L^^UCUM^umol/L^^UCUM"), "OBX[1]-5"),
        (obx(unit="umol/L^^ISO+"), "OBX[1]-6"), (obx(status=""), "OBX[1]-11"), (obx(status="Q"), "OBX[1]-11"),
    ],
)  # fmt: skip
def test_hl7_values_refused(sent: str, path: str) -> None:
    assert path in [fault.path for fault in result(hl7(sent)).faults]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (quantity("17.10"), Measured("17.10", None, "umol/L")),
        (quantity("17.10", comparator=">="), Measured("17.10", ">", "umol/L")),
        (quantity("17.10", "µmol/L", code="umol/L"), Measured("17.10", None, "umol/L")),
        ({"value": Number("5"), "unit": "µmol/L"}, Measured("5", None, "umol/L")),
        (quantity("10", "mg/L", extension=[{
            "url": "http://hl7.org/fhir/StructureDefinition/iso21090-PQ-translation",
            "valueQuantity": quantity("17.1"),
        }]), Measured("17.1", None, "umol/L")),
    ],
)  # fmt: skip
def test_fhir_values(value: object, read: Measured) -> None:
    found = result(fhir(observation(valueQuantity=value)), FHIR)
    assert (found.measured, found.faults) == (read, ())


@pytest.mark.parametrize(
    "changed",
    [
        {"valueQuantity": {**quantity("1"), "value": "17.10"}},
        {"valueQuantity": quantity("1.5e1")},
        {"valueQuantity": quantity("5", comparator="ad")},
        {"valueQuantity": quantity("5", comparator="~")},
        {"valueQuantity": {"unit": "umol/L"}},
        {"valueQuantity": {"value": Number("5")}},
        *(
            {"valueQuantity": {**quantity("5"), name: wrong}}
            for name in ("unit", "system", "code")
            for wrong in (["umol/L", "mg/dL"], {"x": "mg/dL"}, Number("5"), True)
        ),
        {"valueQuantity": "17.1"},
        {"valueQuantity": [quantity("5")]},
        {"valueQuantity": quantity("5", "mg/dL")},
        {"valueQuantity": quantity("5", "mg/dL", code="umol/L")},
        {"valueQuantity": None, "valueString": "17.10"},
        {"valueQuantity": None, "valueRange": {"low": quantity("1"), "high": quantity("2")}},
        {"valueQuantity": None, "valueInteger": Number("17")},
        {"valueQuantity": None},
        {"valueString": "x"},
    ],
)
def test_fhir_values_refused(changed: dict[str, object]) -> None:
    found = result(fhir(observation(**changed)), FHIR)
    assert found.faults
    assert all("send" in fault.message for fault in found.faults)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ('<value xsi:type="PQ" value="17.10" unit="µmol/l"/>', Measured("17.10", None, "umol/L")),
        ('<value xsi:type="IVL_PQ"><high value="5" unit="umol/L" inclusive="false"/></value>',
         Measured("5", "<", "umol/L")),
        ('<value xsi:type="IVL_PQ"><low value="900" unit="umol/L"/></value>', Measured("900", ">", "umol/L")),
        ('<value xsi:type="IVL_PQ"><low value="900" unit="umol/L"/><high nullFlavor="PINF"/></value>',
         Measured("900", ">", "umol/L")),
        ('<value xsi:type="PQ" value="10" unit="mg/L"><translation value="17.1" code="umol/L" '
         'codeSystem="2.16.840.1.113883.6.8"/></value>', Measured("17.1", None, "umol/L")),
    ],
)  # fmt: skip
def test_cda_values(value: str, read: Measured) -> None:
    found = result(with_cda(cda(cda_observation(value))))
    assert (found.measured, found.faults) == (read, ())


@pytest.mark.parametrize(
    "value",
    [
        "", '<value xsi:type="ST">17.1</value>', '<value xsi:type="PQ" value="17,1" unit="umol/L"/>',
        '<value xsi:type="PQ" unit="umol/L"/>', '<value xsi:type="PQ" value="17.1"/>',
        '<value value="1" unit="umol/L"/>',
        '<value xsi:type="IVL_PQ"><low value="1" unit="umol/L"/><high value="2" unit="umol/L"/></value>',
        '<value xsi:type="IVL_PQ"><center value="1" unit="umol/L"/></value>',
        '<value xsi:type="PQ" value="1" unit="umol/L"/><value xsi:type="PQ" value="2" unit="umol/L"/>',
        '<value xsi:type="RTO"/>', '<value xsi:type="PQ" value="10" unit="mg/L"/>',
    ],
)  # fmt: skip
def test_cda_values_refused(value: str) -> None:
    found = result(with_cda(cda(cda_observation(value))))
    assert found.faults
    assert all("send" in fault.message for fault in found.faults)


def test_what_is_not_listed_is_ignored_by_name_and_molar_peptides_are_refused() -> None:
    for code, name in (("38483-4^Creat sang^LN", "38483-4"), ("718-7^Hb^LN", "718-7"), ("^Texte libre", "Texte libre")):
        (item,) = message(hl7(obx(code=code))).items
        assert isinstance(item, Ignored)
        assert name in item.why
    for code in ("47092-2", "33763-4", "83108-1"):
        (item,) = message(hl7(obx(code=f"{code}^Peptide^LN", unit="pmol/L"))).items
        assert isinstance(item, Refused)
        assert "ng/L" in item.faults[0].message


def test_a_translation_is_taken_only_where_the_main_unit_is_not() -> None:
    with pytest.raises(UnitNotAllowedError):
        read_unit(Unit("mg/L"), CREATININE_MASS)
    value = '<value xsi:type="PQ" value="10" unit="mg/dL"><translation value="17.1" code="umol/L"/></value>'
    assert result(with_cda(cda(cda_observation(value)))).faults, "mg/dL contradicts 14631-6, whatever stands beside it"
