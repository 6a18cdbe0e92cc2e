"""Times in forms: what people type or copy from a page becomes what an address says, and is shown as they read it.

What a form shows and sends again untouched is what the address said before, to the letter.
"""

import re

from engine.quantities import paris_text
from engine.times import NoTimeError, parse_time
from replay.reports.words import Words

_TYPED = re.compile(
    r"(?:([0-9][0-9]?)/([0-9][0-9]?)/([0-9]{4})|([0-9]{4})-([0-9][0-9])-([0-9][0-9]))"
    r"(?:[\sT]+(?:à\s+)?(?P<hour>[0-9][0-9]?)(?::|\s?h\s?)(?P<minute>[0-9][0-9])(?P<second>:[0-9][0-9])?"
    r"(?:\s\(UTC(?P<offset>[+-][0-9][0-9]:[0-9][0-9])\))?)?",
)
_SAID = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:[+-][0-9]{2}:[0-9]{2})?)?")


def as_time(text: str) -> str:
    """A time as people type it into a form, or as pages print it, in the way it is read.

    Any other text is as it is, without the blanks around it that come along when it is copied.

    ``30/06/2025``, ``30/06/2025 14:05``, ``26/10/2025 02:30:00 (UTC+02:00)``, ``2025-06-30 14 h 05``. One to the second
    gets the offset that it has in Paris, where it has one alone.
    """
    found = _TYPED.fullmatch(text.strip())
    if found is None:
        return text.strip()
    year, month, day = (found[3], found[2], found[1]) if found[3] else (found[4], found[5], found[6])
    typed = f"{year}-{int(month):02}-{int(day):02}"
    if found["hour"] is None:
        return typed
    clock = f"{typed}T{int(found['hour']):02}:{found['minute']}{found['second'] or ''}"
    if found["offset"]:
        return f"{clock}{found['offset']}"
    return _with_offset(clock) if found["second"] else clock


def as_typed(text: str, w: Words) -> str:
    """What an address says of a time, as people write it in a language; as it is where that would be read otherwise.

    ``07/08/2025 17:30:14`` for ``2025-08-07T17:30:14+02:00``; a fraction of a second, an hour that comes twice and an
    offset that Paris has not stay as they are.
    """
    found = _SAID.fullmatch(text)
    if found is None:
        return text
    shown = w.day_in_figures(found[1]) + (f" {found[2]}" if found[2] else "")
    return shown if as_time(shown) == text else text


def _with_offset(clock: str) -> str:
    try:
        return paris_text(parse_time(clock, end_of_day=True))
    except NoTimeError:
        return clock
