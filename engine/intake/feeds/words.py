"""Words of a laboratory as the log keeps them: short, printable, as sent, and without persons.

A name or a phone number stands in no event and in no message about one: what may be one is counted, not quoted.
"""

import re
from collections.abc import Iterable

from engine.events.canonical import shown

LONGEST_ORIGIN = 120
_WORDS = re.compile(r"[^\W\d_]{4}")
_PHONE = re.compile(r"(?<!\d)(?:\+|0)\d(?:[ .\u00a0\u202f-]?\d){7,}")

_NAME = re.compile(r"[^\W\d_]{3,}")


def quoted(text: str) -> str:
    """A value as a message quotes it; of words or a phone number only how long they are."""
    if _WORDS.search(text) or _PHONE.search(text):
        return f"a text of {len(text)} characters"
    return shown(text)


def origin_of(code: str, text: str) -> str | None:
    """Code and text of a result as the laboratory sent them; None where there is neither."""
    words = " ".join(part for part in (code.strip(), text.strip()) if part)
    kept = "".join(char for char in words if char.isprintable())[:LONGEST_ORIGIN].strip()
    return kept or None


def names_in(texts: Iterable[str]) -> frozenset[str]:
    """The words of persons' names, in small letters."""
    return frozenset(word.casefold() for text in texts for word in _NAME.findall(text))


def names_anybody(text: str, names: frozenset[str]) -> bool:
    """Whether a text has a word of a person's name."""
    return not names.isdisjoint(names_in([text]))


def without_persons(text: str, names: frozenset[str]) -> str | None:
    """A text without words of persons' names and without phone numbers; None where nothing is left."""
    nameless = _NAME.sub(lambda found: "" if found[0].casefold() in names else found[0], text)
    return " ".join(_PHONE.sub("", nameless).split()) or None
