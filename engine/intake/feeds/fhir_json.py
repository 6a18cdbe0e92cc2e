"""JSON of FHIR: every digit kept, bounded in size and depth, looked into without trusting its shape."""

import re
from collections.abc import Iterator
from json import JSONDecodeError
from typing import Any

from engine.events.canonical import (
    MOST_VALUES,
    STRICT_DECODER,
    NumberText,
    StrictJsonError,
    first_too_deep,
    flaw_of,
)
from engine.intake.check import LONGEST_EVENT

DEEPEST = 48
"""Levels of nesting; a bundle with contained resources and extensions has some twenty."""
_TOO_DEEP = f"nested too deeply: at most {DEEPEST} levels are read"
_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANKS = re.compile(r"[ \t\r\n]*")

Resource = dict[str, Any]


def split(body: bytes) -> list[bytes]:
    """The resources one after another in what was received (one alone, or NDJSON); what is no JSON is the last."""
    data = body.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return [body]
    pieces, at, deep = [], _blank(text, 0), first_too_deep(text)
    while at < len(text):
        try:
            _, end = STRICT_DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = len(text)
        if end > deep:
            end = len(text)
        pieces.append(text[at:end].encode())
        at = _blank(text, end)
    return [body] if len(pieces) == 1 else pieces


def _blank(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at


def read_resource(raw: bytes) -> Resource:
    """The resource that bytes hold; StrictJsonError says the remedy."""
    if len(raw) > LONGEST_EVENT:
        raise StrictJsonError(f"{len(raw)} bytes: a resource has at most {LONGEST_EVENT}, split it")
    if sum(raw.count(mark) for mark in (b",", b"[", b"{")) > MOST_VALUES:
        raise StrictJsonError(f"over {MOST_VALUES} values: split the bundle")
    try:
        text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        raise StrictJsonError(f"not UTF-8 (byte {error.start}): send UTF-8") from None
    if first_too_deep(text) < len(text):
        raise StrictJsonError(_TOO_DEEP)
    try:
        document = STRICT_DECODER.decode(text)
    except JSONDecodeError as error:
        raise StrictJsonError(f"not JSON ({flaw_of(text, error)}): send one FHIR resource") from None
    if not isinstance(document, dict):
        raise StrictJsonError("no FHIR resource: send a JSON object with its resourceType")
    _check(document)
    return document


def _check(document: Resource) -> None:
    """Refuse what is nested too deeply, and half characters."""
    layer: list[Any] = [document]
    for _ in range(DEEPEST):
        texts = [each for each in layer if isinstance(each, str)]
        texts += [key for each in layer if isinstance(each, dict) for key in each]
        if any(not each.isascii() and _SURROGATE.search(each) for each in texts):
            raise StrictJsonError("a lone surrogate (half a character) in a string: send whole characters")
        inner = [each.values() if isinstance(each, dict) else each for each in layer]
        layer = [value for each in inner if not isinstance(each, str | bool | None) for value in each]
        if not layer:
            return
    raise StrictJsonError(_TOO_DEEP)


def objects(value: object) -> list[Resource]:
    """The objects of a list; of one object, itself."""
    if isinstance(value, dict):
        return [value]
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def object_of(value: object) -> Resource:
    """An object, empty where there is none."""
    return value if isinstance(value, dict) else {}


def text_of(value: object) -> str:
    """A text without blanks around it, empty where there is none."""
    return value.strip() if isinstance(value, str) and not isinstance(value, NumberText) else ""


def is_test(resource: Resource) -> bool:
    """Whether a resource is labelled as made for tests (HTEST)."""
    meta = object_of(resource.get("meta"))
    labels = [*objects(meta.get("security")), *objects(meta.get("tag"))]
    return any(text_of(label.get("code")) == "HTEST" for label in labels)


def choices(resource: Resource, stem: str) -> Iterator[str]:
    """The names of the fields of a choice, as ``value`` of valueQuantity, that are given."""
    return (name for name in resource if name.startswith(stem) and name[len(stem) : len(stem) + 1].isupper())
