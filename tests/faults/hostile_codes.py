"""Codes, units and ids: near misses of the few words the contract knows."""

from collections.abc import Iterator

from tests.faults.hostile_support import (
    CALCIUM,
    CORSICA,
    DONOR,
    GRANTED,
    LAB,
    LYON,
    MATCH_RUN,
    OFFERED,
    REGISTERED,
    SITE,
    STARTED,
    STOPPED,
    TRAVEL,
    Case,
    Json,
    sound,
    spoilt,
)

_UNKNOWN_UNITS: dict[str, str] = {
    "umol/L with the micro sign": "\u00b5mol/L",
    "umol/L with the Greek mu": "\u03bcmol/L",
    "mmol/L": "mmol/L",
    "nmol/L": "nmol/L",
    "mg/L": "mg/L",
    "g/L": "g/L",
    "ug/dL": "ug/dL",
    "umol/l": "umol/l",
    "UMOL/L": "UMOL/L",
    "mg/dl": "mg/dl",
    "mg": "mg",
    "umol/L and a space": "umol/L ",
    "umol per litre": "umol per litre",
    "nothing": "",
}

_FOREIGN_UNITS: tuple[tuple[str, str], ...] = (
    ("total_bilirubin", "ng/L"),
    ("total_bilirubin", "pg/mL"),
    ("creatinine", "ng/L"),
    ("creatinine", "pg/mL"),
    ("bnp", "mg/dL"),
    ("bnp", "umol/L"),
    ("nt_probnp", "mg/dL"),
    ("nt_probnp", "umol/L"),
)

# type, field, codes that are known, codes that are not
_CODES: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        LAB,
        "analyte",
        (),
        ("bilirubin", "direct_bilirubin", "CREATININE", "bnp ", "nt-probnp", "BILI2", "urea", ""),
    ),
    (LAB, "comparator", ("<", ">"), ("<=", ">=", "\u2264", "\u2265", "=", "~", "<<", "< ", "lt", "&lt;", "")),
    (LAB, "context", ("current", "pre_treatment"), ("AVI", "Current", "pre-treatment", "post_treatment", "")),
    (REGISTERED, "sex", ("F", "M", "H"), ("f", "m", "h", "X", "U", "FM", "female", "homme", "1", "F ", "")),
    (
        REGISTERED,
        "blood_group",
        ("A", "B", "AB", "O"),
        ("0", "a", "ab", "o", "A+", "O-", "ABO", "A1", "AB ", "BA", "\u0410", "\u039f", "A,B", ""),
    ),
    (REGISTERED, "abo_matching", ("identical", "compatible"), ("COM", "Identical", "compatibel", "none", "")),
    (DONOR, "sex", ("F", "M", "H"), ("f", "homme", "")),
    (DONOR, "blood_group", ("A", "B", "AB", "O"), ("0", "a", "O+", "")),
    ("donor.updated", "blood_group", ("O",), ("0", "o")),
    ("candidate.updated", "abo_matching", ("compatible",), ("COM", "")),
    (
        "candidate.delisted",
        "reason_code",
        ("died", "worsened", "improved", "refused", "other"),
        ("transplanted", "dead", "Died", "died ", ""),
    ),
    (
        STARTED,
        "treatment",
        (
            "ecmo",
            "iv_inotropes",
            "balloon_pump",
            "impella",
            "temporary_centrifugal_pump",
            "lvad",
            "bivad",
            "total_artificial_heart",
            "chronic_dialysis",
            "sacubitril_valsartan",
        ),
        (
            "CEC",
            "ECMO",
            "ecls",
            "vv_ecmo",
            "ecmo_vv",
            "inotropes",
            "dialysis",
            "LVAD",
            "rvad",
            "SIAV",
            "ecmo ",
            "",
        ),
    ),
    (STOPPED, "treatment", ("lvad",), ("CEC", "all", "*", "")),
    (
        GRANTED,
        "component",
        ("XPCA", "XPCP1", "XPCP2", "DGN"),
        ("XPC", "XPCP", "XPCP3", "XPC2", "xpca", "XPCA ", "adult_standard", ""),
    ),
    ("expert-priority.requested", "component", ("XPCP1", "DGN"), ("XPCP", "dgn", "")),
    ("expert-priority.refused", "component", ("XPCP2",), ("XPCP", "")),
    ("expert-priority.ended", "component", ("DGN",), ("all", "")),
    (
        "offer.closed",
        "outcome",
        ("transplanted", "discarded", "withdrawn"),
        ("accepted", "closed", "Discarded", ""),
    ),
)

_SITUATIONS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    # component, its situations, situations of another component
    (
        "XPCA",
        (
            "mcs_thrombosis",
            "mcs_dysfunction",
            "rhythmic_storm",
            "mcs_haemorrhage",
            "mcs_infection",
            "mcs_contraindicated",
            "bivad_or_tah",
        ),
        (
            "mcs_complicated",
            "ecmo_complicated",
            "berlin_heart_contraindicated",
            "iv_inotropes",
            "mcs_uncomplicated",
        ),
    ),
    (
        "XPCP1",
        ("mcs_complicated", "ecmo_complicated", "berlin_heart_contraindicated"),
        ("rhythmic_storm", "mcs_uncomplicated", "ecmo_uncomplicated", "iv_inotropes"),
    ),
    (
        "XPCP2",
        ("mcs_uncomplicated", "ecmo_uncomplicated", "iv_inotropes"),
        ("bivad_or_tah", "mcs_complicated", "ecmo_complicated"),
    ),
)

_SITE_FIELDS: tuple[tuple[str, str], ...] = (
    (REGISTERED, "centre"),
    ("candidate.updated", "centre"),
    (DONOR, "procurement_site"),
    ("donor.updated", "procurement_site"),
)

_ID_FIELDS: tuple[tuple[str, str], ...] = (
    (OFFERED, "donor"),
    ("proposal.made", "candidate"),
    ("proposal.accepted", "candidate"),
    ("proposal.declined", "candidate"),
    ("offer.closed", "candidate"),
    ("candidate.transplanted", "offer"),
    (MATCH_RUN, "offer"),
)

_BAD_IDS: dict[str, str] = {
    "an empty id": "",
    "an id of 65 characters": "D" * 65,
    "a name": "Jeanne Dupont",
    "an accent": "D\u00e9",
    "a newline": "D1\n",
    "a slash": "D/1",
}


def _units() -> Iterator[Case]:
    for what, unit in _UNKNOWN_UNITS.items():
        yield spoilt(LAB, f"a bilirubin whose unit is {what} is refused", "data.unit", unit=unit)
    for analyte, unit in _FOREIGN_UNITS:
        yield spoilt(LAB, f"{analyte} in {unit} is refused", None, analyte=analyte, unit=unit, value="80")


def _codes() -> Iterator[Case]:
    for name, field, known, unknown in _CODES:
        for code in known:
            yield sound(name, f"{name} with {field} '{code}' is accepted", **{field: code})
        for code in unknown:
            yield spoilt(name, f"{name} with {field} '{code}' is refused", f"data.{field}", **{field: code})
    yield sound(STARTED, "a complicated LVAD is accepted", treatment="lvad", complicated=True)
    flags: dict[str, Json] = {"the number 1": 1, "the string true": "true", "the string O": "O", "0.0": 0.0}
    for what, value in flags.items():
        yield spoilt(STARTED, f"complicated as {what} is refused", "data.complicated", complicated=value)


def _situations() -> Iterator[Case]:
    requested = "expert-priority.requested"
    for component, own, foreign in _SITUATIONS:
        for situation in own:
            yield sound(GRANTED, f"{component} for {situation} is accepted", component=component, situation=situation)
        for situation in foreign:
            fields = {"component": component, "situation": situation}
            yield spoilt(GRANTED, f"{component} granted for {situation} is refused", None, **fields)
            yield spoilt(requested, f"{component} requested for {situation} is refused", None, **fields)
    yield spoilt(GRANTED, "an unknown situation is refused", "data.situation", situation="fatigue")
    yield spoilt(requested, "an empty situation is refused", "data.situation", situation="")


def _components() -> Iterator[Case]:
    """Points and a delay belong to XPCA alone."""
    for component in ("DGN", "XPCP1", "XPCP2"):
        yield spoilt(GRANTED, f"points on {component} are refused", None, component=component, points="900")
        yield spoilt(GRANTED, f"a delay on {component} is refused", None, component=component, delay_months=1)
        yield spoilt(GRANTED, f"a delay of 0 on {component} is refused", None, component=component, delay_months=0)
    yield sound(GRANTED, "points and a delay on XPCA are accepted", points="450.5", delay_months=3)


def _sites() -> Iterator[Case]:
    bad = {
        "8 characters": "75010012",
        "10 characters": "7501001250",
        "no characters": "",
        "14 digits": "7" * 14,
    }
    for name, field in _SITE_FIELDS:
        for what, site in bad.items():
            yield spoilt(name, f"{name} with a {field} of {what} is refused", f"data.{field}", **{field: site})
        yield spoilt(name, f"{name} with a {field} as a number is refused", f"data.{field}", **{field: 750100125})
        yield sound(name, f"{name} with a {field} in Corsica is accepted", **{field: CORSICA})
    yield spoilt(
        TRAVEL,
        "a travel row from a site of 8 characters is refused",
        "data.rows.0.0",
        rows=[["75010012", LYON, 9]],
    )
    yield spoilt(
        TRAVEL,
        "a travel row to a centre of 10 characters is refused",
        "data.rows.1.1",
        rows=[[SITE, SITE, 0], [SITE, "6907841860", 9]],
    )
    yield spoilt(TRAVEL, "a travel row from a number is refused", "data.rows.0.0", rows=[[10000024, LYON, 9]])


def _ids() -> Iterator[Case]:
    for name, field in _ID_FIELDS:
        prefixed = f"{field}/X1"
        for what, bad in {**_BAD_IDS, "its kind before it": prefixed}.items():
            yield spoilt(name, f"{name} whose {field} has {what} is refused", f"data.{field}", **{field: bad})
    yield sound(CALCIUM, "coronary calcium of 0 with its method is accepted", agatston="0", method="CT, 120 kV")


CODE_CASES: tuple[Case, ...] = (
    *_units(),
    *_codes(),
    *_situations(),
    *_components(),
    *_sites(),
    *_ids(),
)
