"""Canonical JSON (RFC 8785) and the strict reading of JSON that keeps every digit.

Stored events hold ASCII keys, strings, integers, booleans, arrays and objects, never floats; for these,
orjson with sorted keys writes RFC 8785 to the byte.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import orjson

DEEPEST = 16
"""Levels of nesting an event may have; today's have six."""
TOO_DEEP = f"nested too deeply: an event has at most {DEEPEST} levels"
MOST_VALUES = 1_000_000
"""Values an event may have; a national travel matrix of every site has some 20,000."""
DEEPEST_READ = 200
"""Levels of nesting that are read at all: as many as every version of Python reads."""
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_STRING_OR_BRACKET = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)
_BLANKS = " \t\n\r"
_CUT_ESCAPE = re.compile("u[0-9a-fA-F]{4}")
_BEFORE_AN_END = "Expecting value", "Expecting property name", "Illegal trailing comma"
_IN_ESCAPE = "Invalid \\uXXXX escape"
_END = re.compile(rf"[{_BLANKS}]*[\]}}]")


class NumberText(str):
    """A JSON number as it was written; no float ever stands in between."""

    __slots__ = ()


class StrictJsonError(ValueError):
    """Text that is not JSON as this log takes it; the message says what to mend."""


def canonical_json(document: object) -> bytes:
    """RFC 8785 bytes of a document without floats."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def sha256_hex(data: bytes) -> str:
    """SHA-256 of the bytes, lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def read_strict(data: bytes) -> object:
    """Parse UTF-8 JSON; numbers come back as NumberText. Refuses NaN, duplicate keys and lone surrogates."""
    if len(data) > MOST_VALUES and sum(data.count(mark) for mark in (b",", b"[", b"{")) > MOST_VALUES:
        raise StrictJsonError(f"over {MOST_VALUES} values: no event has so many, split it")
    try:
        text = data.decode("utf-8")
        document, end = STRICT_DECODER.raw_decode(text)
        if end < len(text):
            document = _read_or_say_why(data)
    except (ValueError, RecursionError):
        document = _read_or_say_why(data)
    if data.count(b"[") + data.count(b"{") >= DEEPEST:
        _check_depth(document)
    if _SURROGATE_ESCAPE.search(data):
        _check_text(document)
    return document


def read_plain(data: bytes) -> object:
    """Parse JSON without blanks far quicker, whatever its depth; None where it is not written plainly.

    What is written again byte for byte as it stood names no key twice and loses no digit: numbers may be int and float.
    """
    if len(data) > MOST_VALUES:
        return None
    try:
        document: object = orjson.loads(data)
    except ValueError:
        return None
    is_same = orjson.dumps(document) == data or (b"\\" in data and _IN_ASCII.encode(document).encode() == data)
    return document if is_same else None


def _read_or_say_why(data: bytes) -> object:
    """The document, blanks around it or not; where there is none, what to mend."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data[:4]:
        raise StrictJsonError("looks like UTF-16 or UTF-32: save and send it as UTF-8")
    if data.startswith(b"\xef\xbb\xbf"):
        raise StrictJsonError("a byte order mark before the object: it may stand at the start of a file alone")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise StrictJsonError(f"not UTF-8 (byte {error.start}): send UTF-8") from None
    if first_too_deep(text) < len(text):
        raise StrictJsonError(TOO_DEEP)
    try:
        document: object = STRICT_DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise StrictJsonError(f"not JSON ({flaw_of(text, error)}): send one object a line") from None
    return document


def first_too_deep(text: str) -> int:
    """Where in a JSON text nesting goes deeper than is read; its length where it nowhere does.

    Deeper down some versions of Python give up and others don't.
    """
    if text.count("[") + text.count("{") <= DEEPEST_READ:
        return len(text)
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        if found[0] in ("[", "{"):
            depth += 1
            if depth > DEEPEST_READ:
                return found.start()
        elif found[0] in ("]", "}"):
            depth -= 1
    return len(text)


def flaw_of(text: str, error: json.JSONDecodeError) -> str:
    """What makes a text no JSON, and where, also of what Python's words change with its version."""
    stem = text[: error.pos + 1].rstrip(f"{_BLANKS}]}}")
    if error.msg.startswith(_BEFORE_AN_END) and stem.endswith(",") and _END.match(text, len(stem)):
        return f"a comma before the end of an array or object at character {len(stem) - 1}"
    if error.msg.startswith(_IN_ESCAPE) and _CUT_ESCAPE.fullmatch(text, error.pos):  # its string is not closed
        (*_, last) = _STRING_OR_BRACKET.finditer(text)
        return f"Unterminated string starting at character {last.start()}"
    return f"{error.msg.removesuffix(' at')} at character {error.pos}"


def layers(document: object) -> Iterator[list[dict[str, Any] | list[Any]]]:
    """The objects and arrays of a document, level by level."""
    layer = [each for each in (document,) if isinstance(each, dict | list)]
    while layer:
        yield layer
        values = [each.values() if isinstance(each, dict) else each for each in layer]
        layer = [value for inner in values for value in inner if type(value) in _CONTAINERS]


_CONTAINERS = frozenset([dict, list])


def _check_depth(document: object) -> None:
    """Refuse a document nested deeper than any event."""
    for level, layer in enumerate(layers(document), 1):
        if level >= DEEPEST and any(layer):  # what is inside stands a level deeper
            raise StrictJsonError(TOO_DEEP)


def _check_text(document: object) -> None:
    """Refuse half characters in a document's strings: only an escape can bring them in."""
    for layer in islice(layers([document]), DEEPEST + 1):
        for each in layer:
            texts = [*each, *each.values()] if isinstance(each, dict) else each
            if any(isinstance(text, str) and _LONE_SURROGATE.search(text) for text in texts):
                raise StrictJsonError("a lone surrogate (half a character) in a string: send whole characters")


def _no_constant(name: str) -> Any:
    raise StrictJsonError(f"{name} is not a JSON number: send a finite value or leave the field out")


def _object_without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise StrictJsonError(f"the key {shown(_first_twice(pairs))} stands twice in one object: keep one of the two")
    return document


def _first_twice(pairs: list[tuple[str, Any]]) -> str | None:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            return key
        seen.add(key)
    return None


def shown(value: object) -> str:
    """A value as an error message quotes it: short, and never the whole of a huge input."""
    if isinstance(value, NumberText):
        text = str(value[: _SHOWN + 1])
    elif isinstance(value, str):
        text = json.dumps(value[: _SHOWN + 1], ensure_ascii=False)
    else:
        text = "".join(islice(_ENCODER.iterencode(value), _SHOWN + 1))
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}…"


_SHOWN = 60
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=str)
_IN_ASCII = json.JSONEncoder(separators=(",", ":"))


STRICT_DECODER = json.JSONDecoder(
    parse_float=NumberText,
    parse_int=NumberText,
    parse_constant=_no_constant,
    object_pairs_hook=_object_without_duplicates,
)
