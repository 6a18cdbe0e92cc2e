"""How text that others wrote is shown: as it stands, but for what would act, hide, turn round or cover.

Whoever shows a text to a person (terminal, HTML, PDF, CSV, XLSX) passes it through ``visible`` first; JSON keeps it
exact. A free text may hold anything that Unicode has: a command for the terminal, a sign that turns round the words
of its neighbours, signs nobody sees, a pile of accents that covers the lines above. Each is shown by its number,
``[U+202E]``, so that a reader sees that something stands there, and what.
"""

import json
import re
import unicodedata
from collections.abc import Callable
from typing import Any

Fits = Callable[[str], bool]
"""Whether a surface can print a character."""

MOST_MARKS = 3
"""Accents that may stand on one letter: what Greek, Vietnamese and pointed Hebrew need; more would cover neighbours."""

ISOLATE, END_OF_ISOLATE = "\u2068", "\u2069"

_NO_CHARACTERS = "".join(chr(plane << 16 | last) for plane in range(1, 15) for last in (0xFFFE, 0xFFFF))
_NEVER_SHOWN = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # controls of the terminal: C0, DEL, C1
    "\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2"  # soft hyphen, Arabic number signs and letter mark
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"  # fillers and joiners that show nothing
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # no width, ends of lines and paragraphs, direction
    "\ud800-\udfff"  # halves of a character
    "\ue000-\uf8ff\U000f0000-\U0010ffff"  # private use: without a meaning that both sides know
    "\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\ufff0-\ufffb\ufffe\uffff"  # no characters, variations, byte order mark
    "\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # formats of old scripts
    "\U000e0000-\U000e0fff"  # tags: a whole text that nobody sees
    f"{_NO_CHARACTERS}]"
)
_NOT_PRINTED = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u1680\u180e\u2000-\u200f\u2028-\u202f"
    "\u205f-\u206f\u3000\ud800-\uf8ff\ufdd0-\ufdef\ufeff\ufff0-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000f0000-\U0010ffff"
    f"{_NO_CHARACTERS}]"
)
"""Controls, formats, blanks but the space, halves, private use: of a list of ours, as Python's grows with its version,
and a message that is sent again is to be read as it was the first time."""
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]")
"""The blocks that Unicode keeps for letters written from right to left."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """So many of a thing, in English: ``1 offer``, ``0 offers``; ``plural`` where an s does not make it."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def stand_in(char: str) -> str:
    """A character by its number."""
    return f"[U+{ord(char):04X}]"


def visible(text: str, fits: Fits | None = None, instead: Callable[[str], str] = stand_in) -> str:
    """A text on one line as it may be shown; ``fits`` says what else a surface can't print (never asked of ASCII).

    Shown by their number: controls (a line feed too: one text is one line), signs of direction, of no width or of
    no meaning, and accents without a letter or beyond the third on one. Shown again it is the same.
    """
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    marks = MOST_MARKS  # an accent at the beginning would stand on what is written before the text
    for char in text:
        marks = marks + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if marks > MOST_MARKS or _NEVER_SHOWN.match(char) or not (fits is None or char.isascii() or fits(char)):
            shown.append(instead(char))
            marks = MOST_MARKS
        else:
            shown.append(char)
    return "".join(shown)


def json_shown(document: str) -> str:
    """A JSON text as it may be shown: escaped as JSON escapes it, so that it still says the same."""
    return visible(document, instead=lambda char: json.dumps(char)[1:-1])


def is_printed(text: str) -> bool:
    """Whether a text is of characters that are printed, on one line."""
    return _NOT_PRINTED.search(text) is None


def printed(text: str) -> str:
    """A text without the characters that are not printed."""
    return _NOT_PRINTED.sub("", text)


def never_shown(char: str) -> bool:
    """Whether a character is shown by its number on every surface."""
    return _NEVER_SHOWN.match(char) is not None


def isolated(text: str) -> str:
    """A shown text for a page: between signs of isolation where it is written from right to left.

    Without them its letters would draw the figures beside it to their side. Only what was made visible may be
    isolated: no sign of direction is left in it.
    """
    return f"{ISOLATE}{text}{END_OF_ISOLATE}" if _RIGHT_TO_LEFT.search(text) else text


def each_text(document: Any, show: Callable[[str], str]) -> Any:
    """A JSON document with every text in it shown; the names of its fields are our own and stay."""
    if isinstance(document, str):
        return show(document)
    if isinstance(document, dict):
        return {name: each_text(value, show) for name, value in document.items()}
    if isinstance(document, list | tuple):
        return [each_text(value, show) for value in document]
    return document
