"""Candidates and donors who cannot be: birth dates, ages, diseases, limits; and impossible travel rows."""

from collections.abc import Iterator

from tests.faults.hostile_support import (
    ABSENT,
    DONOR,
    LYON,
    OTHER_SITE,
    PARIS,
    REGISTERED,
    SITE,
    TRAVEL,
    Case,
    Json,
    accepted,
    event,
    refused,
    sound,
    spoilt,
)

_BAD_DATES: dict[str, Json] = {
    "the 30th of February": "1970-02-30",
    "the 29th of February in a common year": "1971-02-29",
    "the 31st of April": "1970-04-31",
    "a month of 13": "1970-13-01",
    "a day of 0": "1970-05-00",
    "the year 0000": "0000-05-17",
    "a time of day": "1970-05-17T00:00:00",
    "a time of day and an offset": "1970-05-17T00:00:00Z",
    "a year and a month alone": "1970-05",
    "a year alone": "1970",
    "a French date": "17/05/1970",
    "a date without hyphens": "19700517",
    "a week date": "1970-W20-7",
    "an ordinal date": "1970-137",
    "a month of one digit": "1970-5-17",
    "a year of two digits": "70-05-17",
    "a space before": " 1970-05-17",
    "a newline after": "1970-05-17\n",
    "Arabic digits": "\u0661\u0669\u0667\u0660-05-17",
    "a number of days": 136,
    "the string 0": "0",
    "an empty string": "",
    "the word unknown": "unknown",
}

_BAD_DISEASES: dict[str, tuple[Json, str | None]] = {
    "none": ([], "data.diseases"),
    "four": (["151", "152", "153", "154"], "data.diseases"),
    "an unknown code alone": (["150"], "data.diseases.0"),
    "an unknown code after a known one": (["151", "171"], "data.diseases.1"),
    "a code of an ICD": (["151", "159", "I42.0"], "data.diseases.2"),
    "a code of two digits": (["51"], "data.diseases.0"),
    "a code without its leading zeros": (["0"], "data.diseases.0"),
    "a label instead of a code": (["Myocardite"], "data.diseases.0"),
    "a code with a space": (["151 "], "data.diseases.0"),
    "an empty code": ([""], "data.diseases.0"),
    "a code that is a boolean": ([True], "data.diseases.0"),
    "a code that is null": (["151", None], "data.diseases.1"),
    "a list in the list": ([["151"]], "data.diseases.0"),
    "a code as the whole field": ("151", "data.diseases"),
}

_BAD_LIMITS: dict[str, tuple[Json, str | None]] = {
    "a weight whose minimum is above its maximum": (
        {"weight_kg": ["90", "50"]},
        "data.donor_limits.weight_kg",
    ),
    "an age whose minimum is above its maximum": ({"age": [60, 18]}, "data.donor_limits.age"),
    "bounds that a comparison of texts would pass": (
        {"height_cm": ["170", "90"]},
        "data.donor_limits.height_cm",
    ),
    "one bound": ({"weight_kg": ["50"]}, "data.donor_limits.weight_kg.1"),
    "no bound": ({"weight_kg": []}, "data.donor_limits.weight_kg.0"),
    "three bounds": ({"age": [18, 40, 60]}, "data.donor_limits.age"),
    "a number instead of bounds": ({"age": 60}, "data.donor_limits.age"),
    "a text instead of bounds": ({"age": "18-60"}, "data.donor_limits.age"),
    "bounds by name": ({"age": {"min": 18, "max": 60}}, "data.donor_limits.age"),
    "a null bound": ({"age": [None, 60]}, None),
    "a boolean bound": ({"age": [True, 60]}, None),
    "a bound that is a word": ({"age": ["young", 60]}, None),
    "a bound with a comma": ({"weight_kg": ["50,5", "90"]}, None),
    "a NaN bound": ({"weight_kg": ["NaN", "90"]}, None),
    "an infinite bound": ({"weight_kg": ["50", "Infinity"]}, None),
    "an unknown key": ({"sex": ["F", "F"]}, "data.donor_limits.sex"),
    "an unknown key beside a known one": ({"age": [18, 60], "name": "x"}, "data.donor_limits.name"),
    "a list of bounds": ([[18, 60]], "data.donor_limits"),
}

_SOUND_LIMITS: dict[str, Json] = {
    "all three limits": {"age": [18, 60], "weight_kg": ["50", "90.5"], "height_cm": ["150", "190"]},
    "one limit": {"age": ["18", "60"]},
    "equal bounds": {"weight_kg": ["70", "70.0"]},
    "bounds that a comparison of texts would refuse": {"height_cm": ["90", "170"]},
    "no limits": {},
}

_BAD_ROWS: dict[str, tuple[Json, str | None]] = {
    "a pair twice": ([[SITE, PARIS, 95], [SITE, LYON, 40], [SITE, PARIS, 96]], None),
    "a pair twice with the same minutes": ([[SITE, PARIS, 95], [SITE, PARIS, 95]], None),
    "a row of two": ([[SITE, PARIS]], None),
    "a row of four": ([[SITE, PARIS, 95, "road"]], None),
    "an empty row": ([[]], None),
    "a row by name": ([{"site": SITE, "centre": PARIS, "minutes": 95}], None),
    "a row as a text": ([f"{SITE},{PARIS},95"], None),
    "a fourth row of 1441 minutes": (
        [[SITE, PARIS, 95], [SITE, LYON, 40], [OTHER_SITE, PARIS, 60], [OTHER_SITE, LYON, 1441]],
        "data.rows.3.2",
    ),
}


def _born(birth: str, time: str) -> bytes:
    return event(REGISTERED, {"time": time}, birth_date=birth)


def _donor_born(birth: Json, time: str = "2024-03-01T08:00:00+01:00") -> bytes:
    return event(DONOR, {"time": time}, age=ABSENT, birth_date=birth)


def _birth_dates() -> Iterator[Case]:
    field = "data.birth_date"
    for what, bad in _BAD_DATES.items():
        yield spoilt(REGISTERED, f"a candidate's birth date with {what} is refused", field, birth_date=bad)
        yield refused(f"a donor's birth date with {what} is refused", _donor_born(bad), field)
    midnight = "2024-03-01T00:00:00+01:00"
    yield refused("a candidate born the day after registration is refused", _born("2024-03-02", midnight), None)
    yield refused("a candidate born in the future is refused", _born("2999-01-01", midnight), None)
    yield accepted("a candidate born on the day of registration is accepted", _born("2024-03-01", midnight))
    yield accepted("a candidate born on a 29th of February is accepted", _born("1972-02-29", midnight))
    yield accepted("a candidate born 120 years ago to the instant is accepted", _born("1904-03-01", midnight))
    yield refused(
        "a candidate born over 120 years ago is refused", _born("1904-03-01", "2024-03-01T00:00:01+01:00"), None
    )
    yield accepted(
        "a candidate of the last century that has a date is accepted", _born("9980-01-01", "9990-01-01T00:00:00Z")
    )
    yield refused("a donor born over 120 years ago is refused", _donor_born("1904-02-29", midnight), None)
    yield refused("a donor born the day after its registration is refused", _donor_born("2024-03-02", midnight), None)
    yield refused("a donor born in the future is refused", _donor_born("2999-01-01"), None)
    yield accepted("a donor born on the day of its registration is accepted", _donor_born("2024-03-01", midnight))


def _ages() -> Iterator[Case]:
    yield spoilt(DONOR, "a donor with both an age and a birth date is refused", None, birth_date="1979-01-01")
    yield spoilt(DONOR, "a donor with neither an age nor a birth date is refused", None, age=ABSENT)
    yield accepted("a donor with a birth date is accepted", _donor_born("1979-01-01"))
    yield spoilt(DONOR, "a donor's age in words is refused", "data.age", age="45 years")


def _diseases() -> Iterator[Case]:
    for what, (diseases, path) in _BAD_DISEASES.items():
        yield spoilt(REGISTERED, f"a registration whose diseases are {what} is refused", path, diseases=diseases)
        yield spoilt("candidate.updated", f"an update whose diseases are {what} is refused", path, diseases=diseases)
    for code in ("000", "151", "170", "815", "899", "957", "999"):
        yield sound(REGISTERED, f"disease {code} is accepted", diseases=[code])
    yield sound(REGISTERED, "three diseases are accepted", diseases=["163", "900", "999"])
    for name, what in ((REGISTERED, "a registration"), ("candidate.updated", "an update")):
        yield sound(name, f"{what} whose diseases are a repeated code is accepted", diseases=["151", "151"])
        yield sound(name, f"{what} with a code apart from its twin is accepted", diseases=["151", "163", "151"])


def _limits() -> Iterator[Case]:
    for what, (limits, path) in _BAD_LIMITS.items():
        yield spoilt(REGISTERED, f"donor limits with {what} are refused", path, donor_limits=limits)
        yield spoilt("candidate.updated", f"updated donor limits with {what} are refused", path, donor_limits=limits)
    for what, limits in _SOUND_LIMITS.items():
        yield sound("candidate.updated", f"an update of donor limits with {what} is accepted", donor_limits=limits)


def _travel() -> Iterator[Case]:
    for what, (rows, path) in _BAD_ROWS.items():
        yield spoilt(TRAVEL, f"travel times with {what} are refused", path, rows=rows)
    yield sound(TRAVEL, "travel times there and back are accepted", rows=[[SITE, PARIS, 95], [PARIS, SITE, 95]])


PEOPLE_CASES: tuple[Case, ...] = (*_birth_dates(), *_ages(), *_diseases(), *_limits(), *_travel())
