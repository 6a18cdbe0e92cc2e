"""How a cell is read: dates, decimals, heights, yes and no, diseases. ValueError says what to mend.

A cell's text is what counts, digit for digit. Only a workbook's number cell is a binary double on disk: it is taken
as the shortest decimal that is the same double (17.1, not 17.100000000000001), and zeros at its end are lost.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from engine.events.vocabulary import DISEASES
from engine.quantities import PARIS, parse_instant, unreal_day

METRES_BELOW = Decimal(3)
"""A height below this is in metres, any other in centimetres: no candidate is 3 cm or 3 m tall."""
HIGHEST_SCORE = 10_000

NUMBERS = ("number", "measured", "height", "counter", "score")
"""The forms whose cells are numbers, by their name in FORMS."""

_NUMBER = re.compile(r"-?[0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
_THREE_AFTER_COMMA = re.compile(r"-?[0-9]+,[0-9]{3}", re.ASCII)
_COMPARATOR = re.compile(r"(<=|>=|[<>≤≥])\s*(.*)")
_DAY_FIRST = re.compile(r"(\d\d)/(\d\d)/(\d{4})(?:[ T](.+))?", re.ASCII)
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T](.+))?", re.ASCII)
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?", re.ASCII)
_OFFSET = re.compile(r"(?:Z|[+-]\d\d:\d\d)$", re.ASCII)


def code(text: str) -> str:
    """A code as it stands; whether it is one, the event's own check says."""
    return text


def number(text: str) -> str:
    """A decimal with point or comma, as the text of the same digits with a point."""
    if not _NUMBER.fullmatch(text):
        raise ValueError("is not a number: write digits with a point or a comma, like 17.10 (no unit, no thousands)")
    if _THREE_AFTER_COMMA.fullmatch(text):
        whole, _, rest = text.partition(",")
        raise ValueError(
            f"may be a number of thousands or three decimals: write {whole}{rest} or, with a fourth decimal, {text}0"
        )
    mantissa, _, exponent = text.replace(",", ".").lower().partition("e")
    whole, point, fraction = mantissa.partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return sign + (digits.lstrip("0") or "0") + point + fraction + (f"e{exponent}" if exponent else "")


def measured(text: str) -> str:
    """A laboratory's number, perhaps behind a comparator: ``<5`` is below the assay's range, ``>35000`` above it.

    The text is the comparator (``<`` or ``>``; ``<=`` and ``>=`` say the same of a bound) and the number.
    """
    match = _COMPARATOR.fullmatch(text)
    return number(text) if match is None else ("<" if match[1] in ("<", "<=", "≤") else ">") + number(match[2])


def decimal_mark(text: str) -> str | None:
    """Which mark a number's text has between whole and fraction: a comma, a point or none."""
    return next((mark for mark in ",." if mark in text), None)


def height_cm(text: str) -> str:
    """A height in centimetres; below 3 it is in metres."""
    given = Decimal(number(text))
    sign, digits, exponent = given.as_tuple()
    in_metres = given < METRES_BELOW
    return format(Decimal((sign, digits, int(exponent) + 2)) if in_metres else given, "f")


def yes_no(text: str) -> str:
    """O (oui) or N (non)."""
    if text.upper() not in ("O", "N"):
        raise ValueError("is neither O (oui) nor N (non)")
    return text.upper()


def disease(text: str) -> str:
    """A code of annex 3.1, or its label there; a number that lost its zeros (0 for 000) has them again."""
    if text.isascii() and text.isdigit():
        return text.zfill(3)
    labels = {_plain(label): found for found, label in DISEASES.items()}
    if _plain(text) not in labels:
        raise ValueError("is neither a code nor a label of annex 3.1: write one like 151 or Cmno idiopathique")
    return labels[_plain(text)]


def _plain(label: str) -> str:
    return " ".join(label.replace("’", "'").casefold().split())


def abo_matching(text: str) -> str:
    """PABM_TYP: COM is compatible, IDE identical."""
    known = {"COM": "compatible", "IDE": "identical"}
    if text.upper() not in known:
        raise ValueError("is neither COM (compatible) nor IDE (identical)")
    return known[text.upper()]


def day(text: str) -> str:
    """A day as YYYY-MM-DD; a time of day other than midnight is refused."""
    found, clock = _day_and_clock(text)
    if clock and clock.strip("0:."):
        raise ValueError("is a time, not a day: leave the hours out")
    return found.isoformat()


def instant(text: str) -> str:
    """RFC 3339 of a day (its midnight) or of a time, by the clock in Paris unless it has an offset of its own."""
    found, clock = _day_and_clock(text)
    if clock and _OFFSET.search(clock):
        parse_instant(given := f"{found.isoformat()}T{clock}")
        return given
    if clock and not _CLOCK.fullmatch(clock):
        raise ValueError("has no time of day after the date: write it like 14:30 or 14:30:00")
    local = datetime.fromisoformat(f"{found.isoformat()}T{clock or '00:00'}")
    parse_instant(given := _in_paris(local).isoformat())
    return given


def _day_and_clock(text: str) -> tuple[date, str]:
    if match := _DAY_FIRST.fullmatch(text):
        iso, clock = f"{match[3]}-{match[2]}-{match[1]}", match[4]
    elif match := _ISO.fullmatch(text):
        iso, clock = match[1], match[2]
    else:
        raise ValueError("is not a date: write YYYY-MM-DD or dd/mm/yyyy")
    try:
        return date.fromisoformat(iso), clock or ""
    except ValueError:
        raise ValueError(f"is not a day of the calendar ({unreal_day(iso)})") from None


def _in_paris(local: datetime) -> datetime:
    """A time on a clock in Paris; one that the change of the clocks skips or shows twice is refused."""
    first, second = (local.replace(tzinfo=PARIS, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        raise ValueError("is skipped or shown twice where the clocks change: write it with its offset, like +02:00")
    return first


def counter(text: str) -> str:
    """Cpteur: a whole number from 1 on."""
    given = Decimal(number(text))
    if given != given.to_integral_value() or not 1 <= given <= 1_000_000_000:
        raise ValueError("is not a number of an offer: a whole number from 1 on")
    return str(int(given))


def score(text: str) -> str:
    """A score: a decimal from 0 to HIGHEST_SCORE."""
    given = Decimal(number(text))
    if not 0 <= given <= HIGHEST_SCORE:
        raise ValueError(f"is no score: it lies between 0 and {HIGHEST_SCORE}")
    return format(given, "f")


FORMS: dict[str, Callable[[str], str]] = {
    "code": code,
    "number": number,
    "measured": measured,
    "height": height_cm,
    "yes_no": yes_no,
    "disease": disease,
    "abo_matching": abo_matching,
    "day": day,
    "instant": instant,
    "counter": counter,
    "score": score,
}
"""Each way to read a cell, by its name in the table of columns."""
