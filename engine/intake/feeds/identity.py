"""Ids of results in the log, made of what the laboratory calls them; the version stands apart.

    STEM                       the fact: parts of the laboratory's identity, joined by ";"
    STEM;CANDIDATE             the same where the laboratory's numbers are only told apart by patient (HL7)
    …;~2                       the second fact of that identity: after a retraction, or under another patient
    …;~c:VERSION:DIGEST        a correction of it
    …;~r:VERSION               its retraction

No part of an id is a patient's identifier: erasing the mapping leaves pseudonyms.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import NamedTuple

from engine.quantities import paris_clock, parse_instant
from engine.text import is_printed
from engine.times import day_bounds

LONGEST_STEM = 150
"""Characters: so that whatever is added, an id stays within the 256 of an event's."""
_ESCAPED = str.maketrans({"%": "%25", ";": "%3B", "~": "%7E"})
_LONGEST_VERSION = 30
DAY, MINUTE = "D", "M"
"""Behind the instant of a version: that it was written no more precisely."""
_SECOND, _MINUTE = 1_000_000, 60_000_000
_ORDERED = re.compile(r"v([0-9]{1,9})|t([0-9T:.-]{26}Z)([DM]?)", re.ASCII)


def stem_of(*parts: str) -> str:
    """The stem that some parts make; ValueError where it is too long or no text."""
    stem = ";".join(part.strip().translate(_ESCAPED) for part in parts)
    if len(stem) > LONGEST_STEM or not is_printed(stem):
        raise ValueError(f"an identity of {len(stem)} characters: at most {LONGEST_STEM}, printable, can be kept")
    return stem


def fact_id(stem: str, candidate: str | None, number: int) -> str:
    """The id of the fact of that number under a stem; ``candidate`` where it is named."""
    base = stem if candidate is None else f"{stem};{candidate}"
    return base if number == 1 else f"{base};~{number}"


def correction_id(fact: str, version: str | None, content: Iterable[str]) -> str:
    """The id of the correction of a fact to some content."""
    digest = hashlib.sha256("\n".join(content).encode()).hexdigest()[:16]
    return f"{fact};~c:{_short(version)}:{digest}"


def retraction_id(fact: str, version: str | None) -> str:
    """The id of the retraction of a fact."""
    return f"{fact};~r:{_short(version)}"


def version_in(amendment: str) -> str | None:
    """The version that the id of a correction or retraction names."""
    found = _AMENDMENT.search(amendment)
    return found[1] or None if found else None


_AMENDMENT = re.compile(r";~[cr]:([^;]*?)(?::[0-9a-f]{16})?$")
_NUMBER = re.compile(r";~[1-9][0-9]*$", re.ASCII)
_FACT = re.compile(r"(?:;([A-Za-z0-9._-]{1,64}))?(?:;~([1-9][0-9]{0,5}))?", re.ASCII)


def _short(version: str | None) -> str:
    if version is None:
        return ""
    kept = re.sub(r"[^A-Za-z0-9.:+_-]", "_", version)
    return kept if len(kept) <= _LONGEST_VERSION else f"x{hashlib.sha256(version.encode()).hexdigest()[:16]}"


def number_of(id_: str, stem: str, *, by_patient: bool) -> int | None:
    """The number of the fact under a stem that an id names; None where it names none of that stem."""
    found = _FACT.fullmatch(id_, len(stem))
    if not id_.startswith(stem) or found is None or (found[1] is None) is by_patient:
        return None
    return int(found[2] or 1)


def stem_in(fact: str) -> str:
    """The stem in the id of a fact that names no candidate."""
    return _NUMBER.sub("", fact)


def is_within(id_: str, stem: str, parts: range) -> bool:
    """Whether an id is of a fact under a stem, with so many parts more, whatever its number."""
    rest = id_.removeprefix(stem).split(";")[1:]
    return id_.startswith(stem) and len(rest) - bool(rest and rest[-1].startswith("~")) in parts


def is_older(version: str | None, than: str | None) -> bool:
    """Whether one version is surely older than another: a lower number, or a time that ends before the other begins."""
    mine, other = _span(version), _span(than)
    return mine is not None and other is not None and mine.kind == other.kind and mine.last < other.first


def is_newer(version: str | None, than: str | None) -> bool:
    """Whether one version is surely newer than another."""
    return is_older(than, version)


class _Span(NamedTuple):
    """From where to where a version may lie: a number is one point, a time as long as it was written precisely."""

    kind: str
    first: int
    last: int


def _span(version: str | None) -> _Span | None:
    """None of what has no order: none at all, or words."""
    found = _ORDERED.fullmatch(version or "")
    if found is None:
        return None
    number, time, precision = found.groups()
    if number:
        return _Span("v", int(number), int(number))
    try:
        first = parse_instant(time)
        return _Span("t", first, _last(first, precision))
    except ValueError:
        return None


def _last(first: int, precision: str) -> int:
    """The last instant that a time may mean: of a fraction of a second, itself."""
    if precision == DAY:
        return day_bounds(paris_clock(first).date())[1]
    if precision == MINUTE:
        return first + _MINUTE - 1
    return first if first % _SECOND else first + _SECOND - 1
