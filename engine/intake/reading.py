"""Reading submissions: NDJSON line by line, or a JSON array of events as a batch.

Blank lines are skipped, a byte order mark at the start is ignored, a last line without newline counts.
"""

import json
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from engine.events.canonical import STRICT_DECODER, StrictJsonError
from engine.intake.intake import Submission

_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"


def read_submissions(stream: BinaryIO) -> Iterator[Submission]:
    """The submissions of an NDJSON stream or of one JSON array (application/cloudevents-batch+json)."""
    lines = iter(stream)
    number = 0
    for raw in lines:
        number += 1
        first = raw.removeprefix(_BOM) if number == 1 else raw
        if not first.strip(_BLANK):
            continue
        if first.lstrip(_BLANK).startswith(b"["):
            yield from _batch(b"".join(chain([first], lines)))
            return
        yield Submission(number, first.strip(_BLANK))
        break
    for raw in lines:
        number += 1
        if line := raw.strip(_BLANK):
            yield Submission(number, line)


def _batch(data: bytes) -> Iterator[Submission]:
    """The elements of a JSON array, each with its own bytes; from a syntax error on, the rest as one."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        yield Submission(1, data)
        return
    number, at = 0, text.index("[") + 1
    while True:
        at = _skip(text, at, " \t\r\n")
        if text[at : at + 1] == "]" and number == 0:
            at += 1
            break
        number += 1
        end = _element_end(text, at)
        after = _skip(text, end, " \t\r\n") if end is not None else len(text)
        if end is None or text[after : after + 1] not in (",", "]"):
            yield Submission(number, text[at:].strip().encode())
            return
        yield Submission(number, text[at:end].encode())
        at = after + 1
        if text[after] == "]":
            break
    if rest := text[at:].strip():
        yield Submission(number + 1, rest.encode())


def _element_end(text: str, at: int) -> int | None:
    """Where the JSON value at a place ends; for a value only the strict reading refuses, too. None: no JSON."""
    try:
        return STRICT_DECODER.raw_decode(text, at)[1]
    except (json.JSONDecodeError, RecursionError):
        return None
    except StrictJsonError:
        try:
            return json.JSONDecoder().raw_decode(text, at)[1]
        except ValueError:
            return None


def _skip(text: str, at: int, blanks: str) -> int:
    while at < len(text) and text[at] in blanks:
        at += 1
    return at
