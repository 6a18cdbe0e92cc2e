"""Canonical JSON (RFC 8785) and the strict reading of JSON that keeps every digit.

Stored events hold ASCII keys, strings, integers, booleans, arrays and objects, never floats; for these,
orjson with sorted keys writes RFC 8785 to the byte.
"""

import hashlib
import json
import re
from typing import Any

import orjson

DEEPEST = 16
"""Levels of nesting an event may have; today's have six."""
TOO_DEEP = f"nested too deeply: an event has at most {DEEPEST} levels"
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class NumberText(str):
    """A JSON number as it was written; no float ever stands in between."""


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
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise StrictJsonError(f"not UTF-8 (byte {error.start}): send UTF-8") from None
    try:
        document: object = STRICT_DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise StrictJsonError(f"not JSON ({error.msg} at character {error.pos}): send one object a line") from None
    except RecursionError:
        raise StrictJsonError(TOO_DEEP) from None
    _check_depth_and_text(document)
    return document


def _check_depth_and_text(document: object) -> None:
    """Refuse a document nested deeper than any event, and half characters in its strings."""
    layer: list[object] = [document]
    for _ in range(DEEPEST):
        texts = [each for each in layer if isinstance(each, str)]
        texts += [key for each in layer if isinstance(each, dict) for key in each]
        for text in texts:
            if not text.isascii() and _LONE_SURROGATE.search(text):
                raise StrictJsonError("a lone surrogate (half a character) in a string: send whole characters")
        inner = [list(each.values()) if isinstance(each, dict) else each for each in layer]
        layer = [value for each in inner if isinstance(each, list) for value in each]
        if not layer:
            return
    raise StrictJsonError(TOO_DEEP)


def _no_constant(name: str) -> Any:
    raise StrictJsonError(f"{name} is not a JSON number: send a finite value or leave the field out")


def _object_without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for key, value in pairs:
        if key in document:
            raise StrictJsonError(f"the key {shown(key)} stands twice in one object: keep one of the two")
        document[key] = value
    return document


def shown(value: object) -> str:
    """A value as an error message quotes it: short, and never the whole of a huge input."""
    text = str(value) if isinstance(value, NumberText) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}…"


STRICT_DECODER = json.JSONDecoder(
    parse_float=NumberText,
    parse_int=NumberText,
    parse_constant=_no_constant,
    object_pairs_hook=_object_without_duplicates,
)
