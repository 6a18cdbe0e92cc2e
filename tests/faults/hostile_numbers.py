"""Numbers: texts that only look like one, and both sides of both ends of every range."""

from collections.abc import Iterator
from decimal import Decimal

from tests.faults.hostile_support import (
    CALCIUM,
    COUNTER,
    DONOR,
    GRANTED,
    HOLE,
    LAB,
    LYON,
    PARIS,
    REGISTERED,
    SITE,
    TRAVEL,
    Case,
    Json,
    accepted,
    before,
    event,
    mode_of,
    refused,
    sound,
    spliced,
    spoilt,
)

# Most of these would be in range if a lenient reader made a number of them.
_NO_NUMBERS: dict[str, str] = {
    "a decimal comma": "1,5",
    "a space before": " 5",
    "a space after": "5 ",
    "a newline after": "5\n",
    "a tab before": "\t5",
    "a no-break space after": "5\u00a0",
    "a plus sign": "+5",
    "no whole part": ".5",
    "no fraction after its point": "5.",
    "a hexadecimal prefix": "0x10",
    "a binary prefix": "0b101",
    "an underscore": "1_0",
    "a thousands space": "1 000",
    "a thousands narrow space": "1\u202f000",
    "two points": "1.2.3",
    "two minus signs": "--5",
    "a minus sign after": "5-",
    "an exponent without digits": "5e",
    "an exponent alone": "e5",
    "a unit": "5 umol/L",
    "a comparator": "<5",
    "an approximation": "~5",
    "a fraction bar": "1/2",
    "a per cent sign": "5%",
    "a range": "5-6",
    "a word": "five",
    "a dash": "-",
    "a point alone": ".",
    "nothing in it": "",
    "a space alone": " ",
    "NaN": "NaN",
    "sNaN": "sNaN",
    "nan": "nan",
    "Infinity": "Infinity",
    "-Infinity": "-Infinity",
    "inf": "inf",
    "null": "null",
    "true": "true",
    "an Arabic digit": "\u0665",
    "a Devanagari digit": "\u096b",
    "a full-width digit": "\uff15",
    "a superscript digit": "\u00b2",
    "a half sign": "\u00bd",
    "a Roman numeral": "\u2164",
    "a true minus sign": "\u22125",
    "a NUL after": "5\x00",
    "a byte order mark before": "\ufeff5",
    "quotes of its own": '"5"',
}

_NO_WHOLE_NUMBERS: dict[str, Json] = {
    "a fraction": 1.5,
    "a fraction in a string": "1.5",
    "a decimal comma": "1,0",
    "a plus sign": "+1",
    "a space before": " 1",
    "an underscore": "1_0",
    "nothing in it": "",
    "NaN": "NaN",
    "an Arabic digit": "\u0661",
    "a superscript digit": "\u00b9",
    "a word": "one",
}

_RANGES: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    # type, field, inside, outside
    (
        REGISTERED,
        "height_cm",
        ("30", "250", "30.0", "249.9"),
        ("29.9", "29.999999999999999999", "250.1", "0", "-170"),
    ),
    (
        REGISTERED,
        "weight_kg",
        ("1", "300", "1.0", "299.9"),
        ("0.9", "300.1", "300.000000000000000001", "0", "-65"),
    ),
    ("candidate.updated", "height_cm", ("30", "250"), ("29.9", "250.1", "1.70")),
    ("candidate.updated", "weight_kg", ("1", "300"), ("0.9", "300.1", "65500")),
    (DONOR, "height_cm", ("178", "178.5"), ("0", "-178", "1000", "1.78")),
    (DONOR, "weight_kg", ("80", "80.5"), ("0", "-80", "1000", "80000")),
    (DONOR, "age", ("0", "17", "18", "45.5"), ("-1", "1000", "-0.1")),
    (
        GRANTED,
        "points",
        ("0.01", "1", "899.99", "900"),
        ("0", "-1", "900.01", "901", "0.00", "900.000000000000001"),
    ),
    (GRANTED, "delay_months", ("0", "1", "2", "3"), ("4", "-1", "12")),
    (COUNTER, "count", ("0", "1", "100000"), ("-1", "-1200")),
    (CALCIUM, "agatston", ("0", "20000", "19999.9"), ("-1", "-0.1", "20000.1", "20001")),
)

# analyte, unit, inside, outside; the ranges are in SI, so 17.1 and 88.4 come first.
_LAB_RANGES: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "total_bilirubin",
        "umol/L",
        ("0", "0.1", "2000", "2000.0"),
        ("-0.1", "-17.1", "2000.1", "2000.000000000000001"),
    ),
    ("total_bilirubin", "mg/dL", ("0", "1.0", "116.95"), ("-0.1", "116.96", "117", "2000")),
    ("creatinine", "umol/L", ("5", "5.0", "3000"), ("4.9", "4.999999999999999999", "0", "-80", "3000.1")),
    ("creatinine", "mg/dL", ("0.0566", "1.0", "33.93"), ("0.0565", "0", "-1", "33.94", "34", "80")),
    ("bnp", "ng/L", ("0", "100000"), ("-1", "100000.1", "100001")),
    ("bnp", "pg/mL", ("0", "100000"), ("-1", "100000.1", "200000")),
    ("nt_probnp", "ng/L", ("0", "500000"), ("-1", "500000.1", "500001")),
    ("nt_probnp", "pg/mL", ("0", "500000"), ("-1", "500000.1", "1000000")),
)

# A number in a string is a number; so is its decimal text as a JSON number.
_RAW_NUMBERS: tuple[tuple[str, str, bytes], ...] = (
    (LAB, "value", b"17.10"),
    (LAB, "value", b"0.1"),
    (LAB, "value", b"17.100000000000000000000000000001"),
    (REGISTERED, "height_cm", b"170"),
    ("candidate.updated", "weight_kg", b"64.0"),
    (DONOR, "age", b"45"),
    (GRANTED, "points", b"900"),
    (GRANTED, "delay_months", b"2"),
    (COUNTER, "count", b"12"),
    (TRAVEL, "default_minutes", b"150"),
    (CALCIUM, "agatston", b"112.50"),
)

_ROW_MINUTES: tuple[tuple[str, bytes], ...] = (
    ("-1", b"-1"),
    ("1441", b"1441"),
    ("12.5", b"12.5"),
    ("12.5 in a string", b'"12.5"'),
    ("true", b"true"),
    ("null", b"null"),
    ("a list", b"[95]"),
    ("an empty string", b'""'),
    ("1h35", b'"1h35"'),
    ("1:35", b'"1:35"'),
    ("a space and 95", b'" 95"'),
)


def _texts() -> Iterator[Case]:
    for what, text in _NO_NUMBERS.items():
        yield spoilt(LAB, f"a bilirubin with {what} is refused", "data.value", value=text)
        yield spoilt(CALCIUM, f"an Agatston score with {what} is refused", "data.agatston", agatston=text)
    for what, value in _NO_WHOLE_NUMBERS.items():
        yield spoilt(COUNTER, f"a count of offers with {what} is refused", "data.count", count=value)
        yield spoilt(GRANTED, f"a delay with {what} is refused", "data.delay_months", delay_months=value)
        yield spoilt(TRAVEL, f"default minutes with {what} are refused", "data.default_minutes", default_minutes=value)
    for name, field, raw in _RAW_NUMBERS:
        text = raw.decode()
        yield sound(name, f"{name} with {field} as the string {text} is accepted", **{field: text})
        yield accepted(
            f"{name} with {field} as the number {text} is accepted",
            spliced(event(name, **{field: HOLE}), raw),
            after=before(name),
            mode=mode_of(name),
        )


def _ranges() -> Iterator[Case]:
    for name, field, inside, outside in _RANGES:
        for text in inside:
            yield sound(name, f"{name} with {field} {text} is in range", **{field: text})
        for text in outside:
            yield spoilt(name, f"{name} with {field} {text} is out of range", f"data.{field}", **{field: text})
    for analyte, unit, inside, outside in _LAB_RANGES:
        for text in inside:
            yield sound(LAB, f"{analyte} {text} {unit} is in range", analyte=analyte, value=text, unit=unit)
        for text in outside:
            sentence = f"{analyte} {text} {unit} is out of range"
            yield spoilt(LAB, sentence, None, analyte=analyte, value=text, unit=unit)


def _precision() -> Iterator[Case]:
    """A decimal range must not be compared in binary floating point, nor in one with too few digits."""
    digits = "0" * 60
    for text in (f"2000.{digits}1", f"-0.{digits}1"):
        yield spoilt(
            LAB,
            f"a bilirubin out of range by its last of {len(text)} characters is refused",
            None,
            value=text,
        )
    yield sound(LAB, "a bilirubin with 60 zeros after its point is accepted", value=f"17.{digits}")
    outside = Decimal(2000) / Decimal("17.1")
    above = str(outside.quantize(Decimal("1e-20"), rounding="ROUND_CEILING"))
    below = str(outside.quantize(Decimal("1e-20"), rounding="ROUND_FLOOR"))
    yield spoilt(LAB, "a bilirubin just above 2000 umol/L in mg/dL is refused", None, value=above, unit="mg/dL")
    yield sound(LAB, "a bilirubin just below 2000 umol/L in mg/dL is accepted", value=below, unit="mg/dL")


def _travel() -> Iterator[Case]:
    rows: Json = [[SITE, PARIS, 95], [SITE, LYON, HOLE]]
    line = event(TRAVEL, rows=rows)
    for what, raw in _ROW_MINUTES:
        yield refused(f"a travel row of {what} minutes is refused", spliced(line, raw), "data.rows.1.2")
    for raw in (b"0", b"1440", b'"95"', b'"0"'):
        yield accepted(f"a travel row of {raw.decode()} minutes is accepted", spliced(line, raw))
    yield spoilt(TRAVEL, "default minutes of -1 are refused", "data.default_minutes", default_minutes=-1)


NUMBER_CASES: tuple[Case, ...] = (*_texts(), *_ranges(), *_precision(), *_travel())
