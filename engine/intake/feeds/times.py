"""When a sample was drawn, as HL7 (v2 and CDA) and FHIR write it.

A time without offset takes the message's own, else it is a clock in Paris; a day alone is its midnight in Paris.
"""

import re

from engine.intake.feeds.identity import DAY, MINUTE
from engine.intake.feeds.words import quoted
from engine.quantities import InstantText, paris_text, parse_instant, utc_text
from engine.times import parse_time

_HL7 = re.compile(
    r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(?:(\d\d)(\.\d{1,9})?)?)?(?:([+-]\d\d)(\d\d))?", re.ASCII
)  # fmt: skip
_FHIR = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(:\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII
)  # fmt: skip
_OFFSET = re.compile(r"\d{4,14}(?:\.\d+)?(?:([+-]\d\d)(\d\d))?", re.ASCII)
_PRECISIONS = {4: "Y", 6: "L", 8: "D", 10: "H", 12: "M", 14: "S"}
_HOW_HL7 = "write it YYYYMMDDHHMM[SS][+ZZZZ], or YYYYMMDD"
_HOW_FHIR = "write it 2025-03-01T09:30:00+01:00, or 2025-03-01"


def hl7_offset(text: str) -> str | None:
    """The offset a HL7 time brings along, as RFC 3339 writes it: also that of a time too short to be an instant."""
    found = _OFFSET.fullmatch(text)
    return f"{found[1]}:{found[2]}" if found and found[1] else None


def hl7_precision(text: str) -> str:
    """How precise a HL7 time is, as its data type calls it; empty for what is none."""
    found = _OFFSET.fullmatch(text)
    return _PRECISIONS.get(len(re.split("[.+-]", text)[0]), "") if found else ""


def hl7_time(text: str, offset: str | None) -> InstantText:
    """The instant a HL7 time names; ``offset`` is its message's. ValueError says the remedy."""
    found = _HL7.fullmatch(text)
    if found is None:
        raise ValueError(f"{quoted(text)} is not a time to the minute, or a day: {_HOW_HL7}")
    year, month, day, hour, minute, second, fraction, *own = found.groups()
    date = f"{year}-{month}-{day}"
    if hour is None:
        return _midnight(date)
    given = f"{own[0]}:{own[1]}" if own[0] else offset
    return _instant(f"{date}T{hour}:{minute}:{second or '00'}{fraction or ''}", given)


def fhir_time(text: str) -> InstantText:
    """The instant a FHIR dateTime names; ValueError says the remedy."""
    found = _FHIR.fullmatch(text)
    if found is None:
        raise ValueError(f"{quoted(text)} is not a time, or a day: {_HOW_FHIR}")
    date, clock, seconds, offset = found.groups()
    return _midnight(date) if clock is None else _instant(f"{date}T{clock}{seconds or ':00'}", offset)


def hl7_version(text: str, offset: str | None) -> str:
    """A HL7 time as the version of a result, as precise as it is written; ValueError says the remedy."""
    return _version(hl7_time(text, offset), {"D": DAY, "M": MINUTE}.get(hl7_precision(text), ""))


def fhir_version(text: str) -> str:
    """A FHIR dateTime as the version of a result, as precise as it is written; ValueError says the remedy."""
    found = _FHIR.fullmatch(text)
    precision = "" if found is None or found[3] else MINUTE if found[2] else DAY
    return _version(fhir_time(text), precision)


def _version(time: InstantText, precision: str) -> str:
    return f"t{utc_text(time.instant)}{precision}"


def _midnight(date: str) -> InstantText:
    instant = parse_time(date, end_of_day=False)
    return InstantText.of(paris_text(instant), instant)


def _instant(clock: str, offset: str | None) -> InstantText:
    if offset is not None:
        return InstantText.of(f"{clock}{offset}")
    instant = parse_time(clock, end_of_day=False)
    shown_offset = paris_text(instant)[-6:]
    text = f"{clock}{shown_offset}"
    return InstantText.of(text) if parse_instant(text) == instant else InstantText.of(utc_text(instant), instant)
