"""Words of a laboratory as the log keeps them: short, printable, as sent, and without persons.

A name or a phone number stands in no event and in no message about one: what may be one is counted, not quoted.
"""

import re
from collections.abc import Iterable

from engine.events.canonical import shown
from engine.text import printed

LONGEST_ORIGIN = 120
_WORDS = re.compile(r"[^\W\d_]{4}")
_PHONE = re.compile(r"(?<!\d)(?:\+|0)\d(?:[ .\u00a0\u202f-]?\d){7,}")

_NAME = re.compile(r"[^\W\d_]{3,}")
_CODE = re.compile(r"[a-z]+(?:-[a-z]+)*", re.ASCII)
_ADDRESSES = ("http://", "https://", "urn:")


def quoted(value: object) -> str:
    """A value as a message quotes it; of words or a phone number only how long they are."""
    text = value if isinstance(value, str) else shown(value)
    is_plain = value is None or isinstance(value, bool)
    if not is_plain and (_WORDS.search(text) or _PHONE.search(text)):
        return f"a text of {len(text)} characters"
    return shown(value)


def quoted_code(text: str) -> str:
    """A code as a message quotes it, where it is written as one: in small letters."""
    return shown(text) if _CODE.fullmatch(text) else quoted(text)


def quoted_address(text: str) -> str:
    """The address of a system or extension as a message quotes it; of other words how long they are."""
    return shown(text) if text.startswith(_ADDRESSES) and "?" not in text else quoted(text)


def origin_of(code: str, text: str) -> str | None:
    """Code and text of a result as the laboratory sent them; None where there is neither."""
    words = " ".join(part for part in (code.strip(), text.strip()) if part)
    kept = printed(words)[:LONGEST_ORIGIN].strip()
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
