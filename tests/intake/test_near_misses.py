"""Near misses: refused, each with what to write; what comes near to nothing gets no invented remedy."""

from collections.abc import Mapping

import pytest

from engine.events import vocabulary as v
from engine.events.catalogue import EVENT_CLASSES
from engine.intake.check import check
from engine.intake.near_misses import near_miss
from engine.intake.verdicts import Fault
from tests.faults.hostile_support import (
    CALCIUM,
    COUNTER,
    DATA,
    DONOR,
    GRANTED,
    LAB,
    REGISTERED,
    STARTED,
    TRAVEL,
    Json,
    event,
    mode_of,
)

# event, field, what to write (a part of the message), values that are refused with it
NEAR: tuple[tuple[str, str, str, tuple[Json, ...]], ...] = (
    (LAB, "unit", "write umol/L",
     ("µmol/L", "μmol/L", "umol/l", "UMOL/L", "µMOL/l", "umol / L", "micromol/L", "umol.l-1", "Umol/L", "mcmol/L")),
    (LAB, "unit", "multiply the value by 1000 and write umol/L", ("mmol/L", "mmol/l", "MMOL/L")),
    (LAB, "unit", "write mg/dL", ("mg/dl", "MG/DL", "mg / dL", "mgdl", "mg%", "mg/100ml")),
    (LAB, "unit", "divide the value by 10 and write mg/dL", ("mg/L", "mg/l")),
    (DONOR, "blood_group", "write the letter O", ("0", 0, "0+", "0-", "0 neg", "0 Rh+")),
    (DONOR, "blood_group", "write O", ("o", "O+", "O-", "O Rh-", "o pos", "\u041e", "\u039f", "Ｏ", "zero")),
    (DONOR, "blood_group", "write A", ("a", "A+", "A-", "A pos", "A négatif", "A1", "A2", "\u0410", "\u0391", " A")),
    (DONOR, "blood_group", "write AB", ("ab", "Ab", "AB+", "AB-", "A B", "ab rh-", "A1B")),
    (REGISTERED, "blood_group", "write B", ("b", "B+", "B neg", "B positive", "\u0412", "\u0392")),
    (REGISTERED, "sex", "write F", ("f", "female", "Female", "femme", "féminin", "W", "weiblich", "fille", "2", 2)),
    (REGISTERED, "sex", "write M", ("m", "male", "MALE", "homme", "h", "masculin", "männ", "mann", "garçon", 1)),
    (DONOR, "sex", "F and M alone", ("X", "U", "unknown", "0", "9")),
    (REGISTERED, "birth_date", "write 1970-05-17",
     ("17/05/1970", "17.05.1970", "17-05-1970", "17 05 1970", "1970/05/17", "19700517", "1970-5-17", "05/17/1970",
      "1970-05-17T00:00:00Z", "1970.05.17")),
    (REGISTERED, "birth_date", "write 1970-05-17, the day of that instant in Paris, or 1970-05-16",
     ("1970-05-16T23:00:00Z", "1970-05-16T23:00:00.000Z", "1970-05-16T22:30:00-01:00")),
    (REGISTERED, "birth_date", "write 1970-05-16", ("1970-05-16T22:59:59Z", "1970-05-16T23:00:00+01:00",
                                                    "1970-05-16T23:00:00", "1970-05-16 23:00")),
    (REGISTERED, "birth_date", "write 1970-02-01 if the day stands first, 1970-01-02 if the month does",
     ("01/02/1970", "1/2/1970", "01.02.1970", "01-02-1970")),
    (LAB, "value", "write 17.1, with a decimal point", ("17,1",)),
    (LAB, "value", "write 35.000 or 35000", ("35,000",)),
    (LAB, "value", "write 0.850, with a decimal point", ("0,850",)),
    (LAB, "value", "write 1234.567, with a decimal point", ("1234,567",)),
    (LAB, "value", "and < or > as comparator", ("<5", "< 5", ">35000", "<=5", "≤5", ">=17.1", "≥ 17.1")),
    (LAB, "value", "write 17.1 alone", ("17.1 umol/L", "17.1umol/l", "17.1 µmol/L", "17.1 mg/dL")),
    (LAB, "value", "write 17.1", ("+17.1", "017.1", " 17.1", "17.1 ", "１７.１", "٠17.1")),
    (LAB, "value", "write 1234", ("1 234", "1\u202f234", "1_234", "1'234")),
    (LAB, "value", "write 0.5", (".5",)),
    (DONOR, "weight_kg", "write 80 alone", ("80 kg", "80kg")),
    (DONOR, "height_cm", "write 178 if these are metres", ("1.78", 1.78, "1,78")),
    (DONOR, "age", "write 45.5", ("45,5",)),
    (CALCIUM, "agatston", "write 112.5", ("112,5",)),
    (COUNTER, "count", "write 1200", ("1 200", "01200")),
    (REGISTERED, "centre", "write 010000024, with its leading zero", ("10000024", 10000024)),
    (REGISTERED, "centre", "SIRET", ("26750004500011", 26750004500011, "267 500 045 00011")),
    (REGISTERED, "centre", "write 750100125", ("75 010 012 5", "750-100-125", " 750100125", "750.100.125")),
    (DONOR, "procurement_site", "write 020000063, with its leading zero", ("20000063", 20000063)),
    (STARTED, "treatment", "write ecmo",
     ("ECMO", "va_ecmo", "VA-ECMO", "ECLS", "ecls", "CEC", "ecmo_va", "E.C.M.O.", "veno-arterial ECMO", "ecmo ")),
    (STARTED, "treatment", "must not be sent", ("vv_ecmo", "VV-ECMO", "ecmo-vv", "veno-venous ECMO")),
    (STARTED, "treatment", "write lvad", ("LVAD", "Lvad", "l-vad", "HeartMate 3", "HVAD", "SIAV", "VAD")),
    (STARTED, "treatment", "write bivad", ("BIVAD", "BiVAD", "bi-vad", "bvad")),
    (STARTED, "treatment", "write iv_inotropes", ("IV inotropes", "inotropes", "dobutamine", "DRG", "milrinone")),
    (STARTED, "treatment", "write balloon_pump", ("IABP", "balloon pump", "BCPIA", "contre-pulsion")),
    (STARTED, "treatment", "write total_artificial_heart", ("TAH", "Total Artificial Heart", "SynCardia", "CAT")),
    (STARTED, "treatment", "write chronic_dialysis", ("DIA", "Chronic dialysis", "dialyse rénale chronique")),
    (STARTED, "treatment", "if it is chronic", ("dialysis", "hémodialyse", "Dialyse", "CRRT", "haemofiltration")),
    (STARTED, "treatment", "name the device", ("circulatory support", "MCS")),
    (STARTED, "treatment", "write sacubitril_valsartan", ("Entresto", "sacubitril/valsartan", "ARNI")),
    (LAB, "analyte", "write total_bilirubin",
     ("bilirubin", "Bilirubine", "bilirubine totale", "total bilirubin", "14631-6", "1975-2", "BILI2",
      "Total-Bilirubin")),
    (LAB, "analyte", "write creatinine", ("CREATININE", "créatinine", "creat", "14682-9", "2160-0", "77140-2")),
    (LAB, "analyte", "write bnp", ("BNP", "30934-4", "42637-9", "B-type natriuretic peptide")),
    (LAB, "analyte", "write nt_probnp", ("NT-proBNP", "nt-probnp", "NTproBNP", "NT pro BNP", "33762-6", "83107-3")),
    (LAB, "analyte", "molar peptide", ("47092-2", "33763-4", "83108-1")),
    (LAB, "analyte", "only total bilirubin", ("direct_bilirubin", "bilirubine conjuguée")),
    (LAB, "comparator", "write <", ("<=", "≤", "=<", "lt", "&lt;", "< ")),
    (LAB, "comparator", "write >", (">=", "≥", "=>", "gt", " >")),
    (LAB, "comparator", "leave comparator out", ("=", "==", "~", "")),
    (LAB, "context", "write pre_treatment", ("AVI", "pre-treatment", "Pre_Treatment", "pretreatment")),
    (REGISTERED, "abo_matching", "write compatible", ("COM", "Compatible", "compatibel", "COMPATIBLE")),
    (REGISTERED, "abo_matching", "write identical", ("Identical", "identique", "iso", "ISO-group")),
    (GRANTED, "component", "write XPCP2", ("XPC2", "xpcp2", "XPCP-2", "XPCP 2")),
    (GRANTED, "component", "write XPCP1 or XPCP2", ("XPCP", "xpcp")),
    (GRANTED, "situation", "write mcs_thrombosis", ("MCS thrombosis", "mcs-thrombosis", "MCS_THROMBOSIS")),
    ("candidate.delisted", "reason_code", "write died", ("Died", "dead", "décès", "deceased")),
    ("candidate.delisted", "reason_code", "send a candidate.transplanted", ("transplanted", "Transplant")),
    ("offer.closed", "outcome", "write transplanted", ("Transplanted", "accepted", "grafted")),
)  # fmt: skip


def faults(name: str, changes: Mapping[str, Json] | None = None, /, **fields: Json) -> list[Fault]:
    return list(check(event(name, changes, **fields), imported=mode_of(name) == "import").faults)


@pytest.mark.parametrize(
    ("name", "field", "remedy", "value"),
    [(name, field, remedy, value) for name, field, remedy, values in NEAR for value in values],
)
def test_a_near_miss_is_refused_with_what_to_write(name: str, field: str, remedy: str, value: Json) -> None:
    (fault,) = faults(name, **{field: value})
    assert fault.path == f"data.{field}"
    assert remedy in fault.message


@pytest.mark.parametrize(
    ("analyte", "remedy", "units"),
    [
        ("bnp", "write pg/mL", ("pg/ml", "PG/ML", "pg / mL", "pgml")),
        ("nt_probnp", "write ng/L", ("ng/l", "NG/L", "ngl")),
        ("bnp", "molar peptide", ("pmol/L", "pmol/l", "fmol/mL")),
        ("nt_probnp", "multiply the value by 1000 and write ng/L", ("ng/mL", "ug/L")),
        ("bnp", "L: bnp takes ng/L or pg/mL", ("g/L", "mg/dl", "µmol/L")),
        ("creatinine", "L: creatinine takes umol/L or mg/dL", ("ug/L", "pg/ml", "NG/L", "pmol/L")),
    ],
)
def test_a_unit_nearly_right_is_refused_with_one_that_its_analyte_takes(
    analyte: str, remedy: str, units: tuple[str, ...]
) -> None:
    for unit in units:
        (fault,) = faults(LAB, analyte=analyte, unit=unit)
        assert fault.path == "data.unit"
        assert remedy in fault.message
    report = {
        "labs": [{"analyte": "bnp", "value": "1", "unit": "ng/L"}, {"analyte": analyte, "value": "5", "unit": unit}]
    }
    (fault,) = faults("candidate.transplanted", report=report)
    assert fault.path == "data.report.labs.1.unit"
    assert remedy in fault.message


@pytest.mark.parametrize(
    ("codes", "remedy"),
    [
        (["0"], "write 000"),
        (["00"], "write 000"),
        ([151], 'write "151"'),
        ([" 153"], "write 153"),
        (["Myocardite"], "write 153"),
        (["myocardite covid-19"], "write 170"),
        (["CMNO DU POST PARTUM"], "write 154"),
        (["Maladie congénitale"], "write 163"),
        (["maladie congenitale"], "write 163"),
        (["151", "BPCO"], "write 826"),
    ],
)
def test_a_disease_nearly_right_is_refused_with_its_code(codes: list[Json], remedy: str) -> None:
    (fault,) = faults(REGISTERED, diseases=codes)
    assert fault.path == f"data.diseases.{len(codes) - 1}"
    assert remedy in fault.message


TYPES = {
    "snagc.lab-result.recorded.v1": (
        "snagc.lab_result.recorded.v1", "lab-result.recorded.v1", "lab-result.recorded", "snagc.lab-result.recorded",
        "snagc.lab-result.recorded.v2", "SNAGC.LAB-RESULT.RECORDED.V1", "snagc.labresult.recorded.v1",
        "snagc.lab-result.recorded.v1 ",
        "fr.example.snagc.lab-result.recorded.v1", "snagc.lab-result.recorded.v1.0", "snagc.lab-results.recorded.v1",
        "snagc.lab-result.record.v1",
    ),
    "snagc.treatment.started.v1": ("treatment.started", "snagc.treatments.started.v1", "snagc.treatment.start.v1"),
    "snagc.candidate.registered.v1": ("candidate.registered.v1", "snagc.candidate_registered.v1",
                                      "snagc.Candidate.Registered"),
    "snagc.expert-priority.granted.v1": ("snagc.expert_priority.granted.v1", "expertPriority.granted"),
}  # fmt: skip


@pytest.mark.parametrize(("sent", "meant"), [(sent, meant) for meant, them in TYPES.items() for sent in them])
def test_an_event_type_nearly_right_is_refused_with_the_right_one(sent: str, meant: str) -> None:
    (fault,) = faults(LAB, {"type": sent})
    assert fault.path == "type"
    assert meant in fault.message


TIMES = {
    "2024-02-01": "write 2024-02-01T00:00:00+01:00",
    "2024-07-01": "write 2024-07-01T00:00:00+02:00",
    "2024-02-01T10:00:00": "write 2024-02-01T10:00:00+01:00 if it is Paris time",
    "2024-07-01T10:00": "write 2024-07-01T10:00:00+02:00 if it is Paris time",
    "2025-10-26 02:30": "write 2025-10-26T02:30:00+02:00 or 2025-10-26T02:30:00+01:00",
    "2025-03-30T02:30:00": "does not exist in Paris",
    "2024-02-01 10:00:00+01:00": "write 2024-02-01T10:00:00+01:00",
    "2024-02-01T10:00:00+0100": "write 2024-02-01T10:00:00+01:00",
    "2024-02-01T10:00:00+01": "write 2024-02-01T10:00:00+01:00",
    "2024-02-01T10:00Z": "write 2024-02-01T10:00:00Z",
    "20240201T100000Z": "write 2024-02-01T10:00:00Z",
    "2024-02-01T10:00:00,5Z": "write 2024-02-01T10:00:00.5Z",
    "2024-02-01T10:00:00 UTC": "write 2024-02-01T10:00:00Z",
    "2024-02-01T10:00:00.12345678901Z": "write 2024-02-01T10:00:00.123456789Z",
    "2016-12-31T23:59:60Z": "there are no leap seconds",
    " 2024-02-01T10:00:00Z": "write 2024-02-01T10:00:00Z",
}


@pytest.mark.parametrize(("sent", "remedy"), TIMES.items())
def test_a_time_nearly_right_is_refused_with_the_right_one(sent: str, remedy: str) -> None:
    (fault,) = faults(LAB, {"time": sent})
    assert fault.path == "time"
    assert remedy in fault.message


@pytest.mark.parametrize("sent", ["0001-01-01", "9999-12-31", "9999-12-31T23:59:59", "2024-13-01", "2024-02-01T24:00"])
def test_at_an_end_of_the_calendar_and_beside_it_nothing_is_proposed(sent: str) -> None:
    (fault,) = faults(LAB, {"time": sent})
    assert fault.path == "time"
    assert "Paris" not in fault.message


NAMES = {
    "bloodGroup": "blood_group", "blood-group": "blood_group", "BLOOD_GROUP": "blood_group", "abo": "blood_group",
    "birthDate": "birth_date", "dob": "birth_date", "gender": "sex", "height": "height_cm", "weightKg": "weight_kg",
    "taille": "height_cm", "Centre": "centre", "finess": "centre",
}  # fmt: skip


@pytest.mark.parametrize(("sent", "meant"), NAMES.items())
def test_a_field_nearly_named_right_is_refused_with_its_name(sent: str, meant: str) -> None:
    (fault,) = faults(REGISTERED, **{sent: "A"})
    assert fault.path == f"data.{sent}"
    assert f"write {meant}" in fault.message


@pytest.mark.parametrize(
    ("sent", "meant"),
    {
        "Time": "time",
        "SUBJECT": "subject",
        "spec_version": "specversion",
        "recorded_time": "recordedtime",
        "dataContentType": "datacontenttype",
    }.items(),
)
def test_an_attribute_nearly_named_right_is_refused_with_its_name(sent: str, meant: str) -> None:
    (fault,) = faults(LAB, {sent: "x"})
    assert fault.path == sent
    assert f"write {meant}" in fault.message


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        (LAB, "unit", "furlong"), (LAB, "unit", "%"), (LAB, "analyte", "urea"), (LAB, "value", "high"),
        (LAB, "value", "1.2.3"), (LAB, "value", "17-18"), (LAB, "value", "1:80"), (DONOR, "blood_group", "C"),
        (DONOR, "blood_group", "BA"), (STARTED, "treatment", "aspirin"), (REGISTERED, "birth_date", "yesterday"),
        (REGISTERED, "birth_date", "31/02/1970"), (REGISTERED, "centre", "Paris"), (REGISTERED, "centre", ""),
        (GRANTED, "situation", "fatigue"), (REGISTERED, "sex", "A" * 100_000),
        (LAB, "value", "2000.5"), (DONOR, "height_cm", "29.9"), (DONOR, "age", "-1"), (LAB, "value", "1e4"),
    ],
)  # fmt: skip
def test_what_comes_near_to_nothing_gets_no_invented_remedy(name: str, field: str, value: str) -> None:
    (fault,) = faults(name, **{field: value})
    assert near_miss(field, value) is None
    assert len(fault.message) < 400


@pytest.mark.parametrize(("field", "code"), [
    *(("unit", unit) for unit in v.UNITS), *(("treatment", each) for each in v.TREATMENTS),
    *(("analyte", each) for each in v.ANALYTES), *(("diseases", each) for each in v.DISEASES),
    *(("blood_group", each) for each in v.BLOOD_GROUPS), *(("sex", each) for each in v.SEXES),
    *(("situation", each) for each in v.SITUATIONS), *(("component", each) for each in v.COMPONENTS),
])  # fmt: skip
def test_a_right_code_is_no_near_miss_of_another(field: str, code: str) -> None:
    assert near_miss(field, code) is None


@pytest.mark.parametrize("kind", EVENT_CLASSES)
def test_a_type_without_its_prefix_finds_itself(kind: str) -> None:
    assert near_miss("type", kind[6:]) == f"write {kind}"


@pytest.mark.parametrize("name", DATA)
def test_no_sound_event_is_kept_out_by_a_near_miss(name: str) -> None:
    assert faults(name) == []


def test_a_travel_row_with_a_site_that_lost_its_zero_is_refused_with_it() -> None:
    (fault,) = faults(TRAVEL, rows=[["10000024", "750100125", 9]])
    assert (fault.path, "write 010000024" in fault.message) == ("data.rows.0.0", True)
