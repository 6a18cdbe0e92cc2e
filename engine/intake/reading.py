"""Reading submissions: NDJSON line by line, or a JSON array of events as a batch.

Blank lines are skipped, a byte order mark at the start is ignored, a last line without newline counts.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from engine.intake.intake import Submission

_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"
_CHUNK = 1 << 20


def read_batches(stream: BinaryIO, most: int = 1000) -> Iterator[list[Submission]]:
    """Submissions in batches: what has arrived is given at once, so a slow feed is answered line by line."""
    first = _first_bytes(stream)
    if first.removeprefix(_BOM).lstrip(_BLANK).startswith(b"["):
        elements = list(_batch(first.removeprefix(_BOM) + stream.read()))
        yield from (elements[begin : begin + most] for begin in range(0, len(elements), most))
        return
    number, unended, chunk = 0, [b""], first
    while chunk:
        *ended, rest = chunk.split(b"\n")
        lines = [b"".join([*unended, ended[0]]), *ended[1:]] if ended else []
        unended = [rest] if ended else [*unended, rest]
        submissions = [each for count, raw in enumerate(lines, number + 1) for each in _line(count, raw)]
        number += len(lines)
        yield from (submissions[begin : begin + most] for begin in range(0, len(submissions), most))
        chunk = _read_some(stream)
    if last := _line(number + 1, b"".join(unended)):
        yield last


def _first_bytes(stream: BinaryIO) -> bytes:
    """The beginning of a stream, long enough to tell a JSON array from lines."""
    first = _read_some(stream)
    while first and not first.removeprefix(_BOM).strip(_BLANK):
        more = _read_some(stream)
        if not more:
            break
        first += more
    return first


def read_submissions(stream: BinaryIO) -> Iterator[Submission]:
    """The submissions of an NDJSON stream or of one JSON array (application/cloudevents-batch+json)."""
    for batch in read_batches(stream):
        yield from batch


def _read_some(stream: BinaryIO) -> bytes:
    """What the stream has now; waits only where it has nothing yet."""
    read = getattr(stream, "read1", stream.read)
    return bytes(read(_CHUNK))


def _line(number: int, raw: bytes) -> list[Submission]:
    line = (raw.removeprefix(_BOM) if number == 1 else raw).strip(_BLANK)
    return [Submission(number, line)] if line else []


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
        yield Submission(number, text[at:end].strip().encode())
        at = after + 1
        if text[after] == "]":
            break
    if rest := text[at:].strip():
        yield Submission(number + 1, rest.encode())


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)


def _element_end(text: str, at: int) -> int | None:
    """Where the element of an array that begins at a place ends, whatever is in it; None where it never does."""
    depth = 0
    for token in _TOKEN.finditer(text, at):
        mark = token.group()
        if depth == 0 and mark in ",]":
            return token.start() if token.start() > at else None
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(mark, 0)
    return None


def _skip(text: str, at: int, blanks: str) -> int:
    while at < len(text) and text[at] in blanks:
        at += 1
    return at
