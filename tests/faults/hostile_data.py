"""Every field of every type: taken away, given in another JSON type, joined by an unknown one, too long."""

from collections.abc import Iterator

from tests.faults.hostile_support import (
    ABSENT,
    CALCIUM,
    CORRECTED,
    COUNTER,
    DATA,
    DONOR,
    GRANTED,
    LAB,
    MATCH_RUN,
    OFFERED,
    PARIS,
    REGISTERED,
    RETRACTED,
    SITE,
    STARTED,
    STOPPED,
    TRAVEL,
    Case,
    Json,
    sound,
    spoilt,
)

_REQUIRED: dict[str, tuple[str, ...]] = {
    REGISTERED: (
        "birth_date",
        "sex",
        "blood_group",
        "height_cm",
        "weight_kg",
        "diseases",
        "centre",
        "abo_matching",
    ),
    "candidate.delisted": ("reason_code",),
    LAB: ("analyte", "value", "unit"),
    STARTED: ("treatment",),
    STOPPED: ("treatment",),
    "expert-priority.requested": ("component",),
    GRANTED: ("component",),
    "expert-priority.refused": ("component",),
    "expert-priority.ended": ("component",),
    DONOR: ("sex", "blood_group", "height_cm", "weight_kg", "procurement_site"),
    OFFERED: ("donor",),
    MATCH_RUN: ("offer", "counter", "ruleset", "readings", "log_size", "ranking"),
    "proposal.made": ("candidate",),
    "proposal.accepted": ("candidate",),
    "proposal.declined": ("candidate",),
    "offer.closed": ("outcome",),
    COUNTER: ("count",),
    TRAVEL: ("version", "rows"),
    CALCIUM: ("agatston",),
    CORRECTED: ("event", "reason"),
    RETRACTED: ("event", "reason"),
}

_NUMBERS: dict[str, tuple[str, ...]] = {
    REGISTERED: ("height_cm", "weight_kg"),
    "candidate.updated": ("height_cm", "weight_kg"),
    LAB: ("value",),
    GRANTED: ("points", "delay_months"),
    DONOR: ("age", "height_cm", "weight_kg"),
    "donor.updated": ("age", "height_cm", "weight_kg"),
    MATCH_RUN: ("counter", "log_size"),
    COUNTER: ("count",),
    TRAVEL: ("default_minutes",),
    CALCIUM: ("agatston",),
}

_TEXTS: dict[str, tuple[str, ...]] = {
    REGISTERED: ("birth_date", "sex", "blood_group", "centre", "team", "abo_matching"),
    "candidate.updated": ("centre", "team", "abo_matching"),
    "candidate.suspended": ("reason",),
    "candidate.reinstated": ("reason",),
    "candidate.delisted": ("reason_code", "reason"),
    "candidate.transplanted": ("offer",),
    LAB: ("analyte", "unit", "comparator", "context"),
    STARTED: ("treatment", "device"),
    STOPPED: ("treatment",),
    "expert-priority.requested": ("component", "situation"),
    GRANTED: ("component", "situation", "expert"),
    "expert-priority.refused": ("component", "reason"),
    "expert-priority.ended": ("component", "reason"),
    DONOR: ("sex", "blood_group", "procurement_site"),
    "donor.updated": ("sex", "blood_group", "procurement_site"),
    OFFERED: ("donor",),
    MATCH_RUN: ("offer", "ruleset", "digest", "engine"),
    "proposal.made": ("candidate", "reason"),
    "proposal.accepted": ("candidate", "reason"),
    "proposal.declined": ("candidate", "reason"),
    "offer.closed": ("outcome", "candidate"),
    TRAVEL: ("source",),
    CALCIUM: ("method",),
    CORRECTED: ("reason",),
    RETRACTED: ("reason",),
}

_STRUCTURES: dict[str, tuple[str, ...]] = {
    REGISTERED: ("diseases", "donor_limits"),
    "candidate.updated": ("diseases", "donor_limits"),
    "candidate.transplanted": ("report",),
    MATCH_RUN: ("readings", "ranking"),
    TRAVEL: ("rows",),
    CORRECTED: ("event", "data"),
    RETRACTED: ("event",),
}

_FREE_TEXTS: tuple[tuple[str, str], ...] = (
    ("candidate.suspended", "reason"),
    ("candidate.reinstated", "reason"),
    ("candidate.delisted", "reason"),
    (LAB, "origin"),
    (STARTED, "device"),
    ("expert-priority.refused", "reason"),
    ("expert-priority.ended", "reason"),
    ("proposal.made", "reason"),
    ("proposal.accepted", "reason"),
    ("proposal.declined", "reason"),
    (TRAVEL, "source"),
    (CALCIUM, "method"),
    (CORRECTED, "reason"),
    (RETRACTED, "reason"),
)

# What the neighbouring types know and this one does not.
_STRAYS: tuple[tuple[str, str, Json], ...] = (
    (REGISTERED, "age", "53"),
    (REGISTERED, "treatment", "ecmo"),
    ("candidate.updated", "birth_date", "1970-05-17"),
    ("candidate.updated", "sex", "F"),
    ("candidate.updated", "blood_group", "A"),
    (LAB, "note", "haemolysed"),
    (LAB, "time", "2024-02-01T10:00:00Z"),
    (LAB, "candidate", "C1"),
    (STOPPED, "device", "pump"),
    (STOPPED, "complicated", True),
    ("expert-priority.requested", "points", "900"),
    ("expert-priority.requested", "delay_months", 1),
    ("expert-priority.refused", "points", "900"),
    ("expert-priority.ended", "situation", "rhythmic_storm"),
    (DONOR, "diseases", ["151"]),
    (OFFERED, "candidate", "C1"),
    ("proposal.made", "donor", "D1"),
    ("offer.closed", "donor", "D1"),
    (COUNTER, "counter", 3),
    (TRAVEL, "minutes", 12),
    (CALCIUM, "unit", "Agatston"),
    (CORRECTED, "subject", "candidate/C2"),
    (RETRACTED, "data", {"value": "1"}),
    (RETRACTED, "time", "2024-02-01T10:00:00Z"),
)

_REPORT_LAB: dict[str, Json] = {"analyte": "creatinine", "value": "88", "unit": "umol/L"}
_REPORTS: dict[str, tuple[dict[str, Json], str | None]] = {
    "a name": ({"treatments": [], "labs": [], "name": "Jeanne Dupont"}, "data.report.name"),
    "an unknown treatment": ({"treatments": ["ecmo", "magic"], "labs": []}, "data.report.treatments.1"),
    "a treatment that is a number": ({"treatments": [1], "labs": []}, "data.report.treatments.0"),
    "labs that are no list": ({"treatments": [], "labs": _REPORT_LAB}, "data.report.labs"),
    "a lab that is a string": ({"treatments": [], "labs": ["88"]}, "data.report.labs.0"),
    "a lab with a phone number": (
        {"treatments": [], "labs": [{**_REPORT_LAB, "phone": "06"}]},
        "data.report.labs.0.phone",
    ),
    "a lab in an unknown unit": (
        {"treatments": [], "labs": [{**_REPORT_LAB, "unit": "mmol/L"}]},
        "data.report.labs.0.unit",
    ),
    "a lab that is not a number": (
        {"treatments": [], "labs": [_REPORT_LAB, {**_REPORT_LAB, "value": "NaN"}]},
        "data.report.labs.1.value",
    ),
    "a lab out of range": ({"treatments": [], "labs": [{**_REPORT_LAB, "value": "3001"}]}, None),
    "a lab without its unit": (
        {"treatments": [], "labs": [{"analyte": "creatinine", "value": "88"}]},
        "data.report.labs.0.unit",
    ),
}


def _missing() -> Iterator[Case]:
    for name, fields in _REQUIRED.items():
        for field in fields:
            yield spoilt(name, f"{name} without {field} is refused", f"data.{field}", **{field: ABSENT})
            yield spoilt(name, f"{name} with a null {field} is refused", f"data.{field}", **{field: None})
        yield spoilt(
            name,
            f"{name} without any data is refused",
            f"data.{fields[0]}",
            **dict.fromkeys(DATA[name], ABSENT),
        )


def _wrong_types() -> Iterator[Case]:
    wrong: tuple[tuple[dict[str, tuple[str, ...]], dict[str, Json]], ...] = (
        (_NUMBERS, {"a boolean": True, "a list": [1], "an object": {"value": 1}}),
        (_TEXTS, {"a boolean": False, "a list": ["F"], "an object": {"text": "F"}}),
        (_STRUCTURES, {"a number": 7, "a boolean": True, "a string": "151"}),
    )
    for table, values in wrong:
        for name, fields in table.items():
            for field in fields:
                for what, value in values.items():
                    sentence = f"{name} with {what} for {field} is refused"
                    yield spoilt(name, sentence, f"data.{field}", **{field: value})


def _unknown_fields() -> Iterator[Case]:
    slips: dict[str, Json] = {"name": "Jeanne Dupont", "phone": "0600000000"}
    for name in DATA:
        for field, value in slips.items():
            yield spoilt(name, f"{name} with a {field} is refused", f"data.{field}", **{field: value})
    for name, field, value in _STRAYS:
        sentence = f"{name} with the field {field} of other types is refused"
        yield spoilt(name, sentence, f"data.{field}", **{field: value})
    yield spoilt(TRAVEL, "a travel row with a name is refused", None, rows=[[SITE, PARIS, 95, "Jeanne Dupont"]])
    yield spoilt(LAB, "a field in capitals is refused", "data.VALUE", VALUE="17.1")
    yield spoilt(LAB, "a field with a space after it is refused", "data.value ", **{"value ": "17.1"})
    yield spoilt(LAB, "a field without a name is refused", None, **{"": "17.1"})


def _free_texts() -> Iterator[Case]:
    for name, field in _FREE_TEXTS:
        yield sound(name, f"{name} whose {field} has 120 characters is accepted", **{field: "x" * 120})
        yield spoilt(name, f"{name} whose {field} has 121 characters is refused", f"data.{field}", **{field: "x" * 121})
    name, field = "candidate.suspended", "data.reason"
    for what, character in {
        "accented letters": "\u00e9",
        "emoji": "\U0001f600",
        "euro signs": "\u20ac",
    }.items():
        yield sound(name, f"a reason of 120 {what} is accepted", reason=character * 120)
        yield spoilt(name, f"a reason of 121 {what} is refused", field, reason=character * 121)


def _reports() -> Iterator[Case]:
    """Faults one floor down, where an unchecked object would let anything through."""
    transplanted = "candidate.transplanted"
    for what, (report, path) in _REPORTS.items():
        yield spoilt(transplanted, f"a report with {what} is refused", path, report=report)
    yield sound(
        transplanted,
        "a report with a treatment and a lab is accepted",
        offer="O1",
        report={"treatments": ["ecmo"], "labs": [_REPORT_LAB]},
    )


def _rankings() -> Iterator[Case]:
    entry: dict[str, Json] = {"rank": 1, "candidate": "C1", "snagc": "812.345678"}
    changes: tuple[tuple[str, Json], ...] = (
        ("rank", "first"),
        ("rank", True),
        ("rank", 1.5),
        ("candidate", "candidate/C1"),
        ("candidate", "Jeanne Dupont"),
        ("snagc", "NaN"),
        ("snagc", "812,345678"),
        ("snagc", True),
        ("name", "Jeanne Dupont"),
    )
    for field, value in changes:
        ranking: Json = [entry, {**entry, "rank": 2, "candidate": "C2", field: value}]
        sentence = f"an imported ranking whose second {field} is {value} is refused"
        yield spoilt(MATCH_RUN, sentence, f"data.ranking.1.{field}", ranking=ranking)
    for field in entry:
        short: Json = [{key: value for key, value in entry.items() if key != field}]
        sentence = f"an imported ranking without {field} is refused"
        yield spoilt(MATCH_RUN, sentence, f"data.ranking.0.{field}", ranking=short)


DATA_CASES: tuple[Case, ...] = (
    *_missing(),
    *_wrong_types(),
    *_unknown_fields(),
    *_free_texts(),
    *_reports(),
    *_rankings(),
)
