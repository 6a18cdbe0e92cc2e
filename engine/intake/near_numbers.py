"""What to write instead of a number, a date, a time or a FINESS number in nearly the right form."""

import re
import unicodedata
from datetime import date

from engine.quantities import paris_text, parse_instant
from engine.times import parse_time

_PLAIN = r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"
_COMMA = re.compile(r"-?[0-9]+,[0-9]+", re.ASCII)
_GROUPED = re.compile(r"-?[1-9][0-9]{0,2},[0-9]{3}", re.ASCII)
_SIGNED = re.compile(rf"([<>≤≥]=?|=[<>]?)\s*({_PLAIN})", re.ASCII)
_WITH_UNIT = re.compile(rf"({_PLAIN})\s*[^0-9.,;:/\s-][^0-9;:-]*", re.ASCII)
_SPACED = re.compile(r"[0-9]{1,3}([ _'’\u00a0\u202f\u2009][0-9]{3})+(\.[0-9]+)?")


def near_number(text: str) -> str | None:
    """A decimal point, no sign, no unit, no grouping, ASCII digits."""
    plain = _ascii_digits(text.strip())
    if _COMMA.fullmatch(plain):
        point, whole = plain.replace(",", "."), plain.replace(",", "")
        if _GROUPED.fullmatch(plain):
            return f"write {point} or {whole}, whichever is meant"
        return f"write {point}, with a decimal point"
    if found := _SIGNED.fullmatch(plain):
        return f"write {found.group(2)}, and < or > as comparator"
    if found := _WITH_UNIT.fullmatch(plain):
        return f"write {found.group(1)} alone, without its unit"
    if _SPACED.fullmatch(plain):
        return f"write {re.sub('[^0-9.]', '', plain)}"
    tidy = re.sub(r"^(-?)0+(?=[0-9])", r"\1", plain.removeprefix("+").rstrip(".").removeprefix("."))
    tidy = f"0.{tidy}" if plain.startswith(".") else tidy
    return f"write {tidy}" if tidy != text and re.fullmatch(f"-?{_PLAIN}", tidy, re.ASCII) else None


def near_height(text: str) -> str | None:
    """A height in metres."""
    if re.fullmatch(r"[0-2][.,][0-9]{1,2}", text, re.ASCII):
        whole, _, part = text.replace(",", ".").partition(".")
        return f"write {int(whole + part.ljust(2, '0'))} if these are metres"
    return None


def near_finess(text: str) -> str | None:
    """Nine characters: a leading zero lost, a number grouped, a SIRET instead."""
    plain = re.sub(r"[\s._-]", "", text)
    if not plain.isascii() or not plain.isalnum():
        return None
    if len(plain) == 9 and plain != text:
        return f"write {plain}"
    if len(plain) == 8 and plain.isdigit():
        return f"write 0{plain}, with its leading zero"
    if len(plain) == 14 and plain.isdigit():
        return "14 digits are a SIRET: write the site's FINESS number, 9 characters"
    return f'write "{plain}"' if len(plain) == 9 else None


_YEAR_FIRST = re.compile(r"(\d{4})[-/. ]?(\d\d?)[-/. ]?(\d\d?)([T ].*)?", re.ASCII)
_YEAR_LAST = re.compile(r"(\d\d?)[-/. ](\d\d?)[-/. ](\d{4})", re.ASCII)


def near_date(text: str) -> str | None:
    """YYYY-MM-DD; a day and a month that could be exchanged are both named, and two days of one instant."""
    plain = _ascii_digits(text.strip())
    if found := _YEAR_FIRST.fullmatch(plain):
        *parts, clock = found.groups()
        day = _day(*parts)
        if day and clock and (in_paris := _day_in_paris(f"{day}{clock}")) not in (None, day):
            return f"write {in_paris}, the day of that instant in Paris, or {day}, whichever is meant"
        return f"write {day}" if day and day != text else None
    found = _YEAR_LAST.fullmatch(plain)
    if not found:
        return None
    first, second, year = found.groups()
    day_first, month_first = _day(year, second, first), _day(year, first, second)
    if day_first and month_first and day_first != month_first:
        return f"write {day_first} if the day stands first, {month_first} if the month does"
    return f"write {day_first or month_first}" if day_first or month_first else None


def _day_in_paris(text: str) -> str | None:
    """The day of an instant by the clock in Paris: many programs send a day as its midnight there, in UTC."""
    try:
        return paris_text(parse_instant(text))[:10]
    except ValueError:
        return None


def _day(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


_TIME = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)[Tt _]+(\d\d):?(\d\d)(?::?(\d\d))?([.,]\d+)?\s*([Zz]|UTC|[+-]\d\d(?::?\d\d)?)?", re.ASCII
)


def near_time(text: str) -> str | None:
    """RFC 3339 with offset: what is missing is put in, Paris time where no offset says otherwise."""
    plain = _ascii_digits(text.strip()).replace("\u2212", "-")
    if re.fullmatch(r"\d{4}-\d\d-\d\d", plain, re.ASCII) and (day := _day(*plain.split("-"))):
        return _in_paris(f"{day}T00:00:00", "for a day alone, its midnight in Paris")
    found = _TIME.fullmatch(plain)
    if not found:
        return None
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    if second == "60":
        return "there are no leap seconds: write the second before it"
    clock = f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}{(fraction or '').replace(',', '.')[:10]}"
    if offset is None:
        return _in_paris(clock, "if it is Paris time")
    written = _written(clock, offset)
    return f"write {written}" if written and written != text else None


def _written(clock: str, offset: str) -> str | None:
    """A time with its offset, if it is one."""
    if offset in ("Z", "z", "UTC"):
        written = f"{clock}Z"
    else:
        digits = offset[1:].replace(":", "").ljust(4, "0")
        written = f"{clock}{offset[0]}{digits[:2]}:{digits[2:]}"
    try:
        parse_instant(written)
    except ValueError:
        return None
    return written


def _in_paris(clock: str, why: str) -> str | None:
    """What to write instead of a time by the clock in Paris: with its offset, or both where the clock is changed."""
    if _written(clock, "Z") is None:
        return None
    try:
        return f"write {paris_text(parse_time(clock, end_of_day=False))} {why}"
    except ValueError as error:
        return str(error)


def _ascii_digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(each, each)) for each in text)
