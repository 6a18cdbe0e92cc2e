"""From bytes to HL7 v2 segments: wrapping taken off, messages apart, the declared charset held against the bytes."""

import re

import hl7  # type: ignore[import-untyped]

from engine.events.canonical import shown
from engine.intake.check import LONGEST_EVENT
from engine.intake.feeds.hl7_segment import Segment

BOM = b"\xef\xbb\xbf"
_START = re.compile(rb"(?:\A|(?<=[\r\n\x0b\x1c]))(?:\xef\xbb\xbf)?[ \t]*(?=MSH)")
_AROUND = re.compile(rb"[\s\x0b\x1c]*(?:(?:\xef\xbb\xbf)?(?:FHS|BHS|BTS|FTS)[^\r\n\x0b\x1c]*[\s\x0b\x1c]*)*")
_ENVELOPES = ("FHS", "BHS", "BTS", "FTS")
_HEADER = re.compile(r"MSH([^\w\s])([^\w\s]{4,5})\1")
_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}")
_LINES = re.compile(r"[\r\n\x0b\x1c]+")
MOST_PARTS = 500_000
"""Fields, components and repetitions of one message; a large report has some thousands."""

_CHARSETS = {
    "": "utf-8", "UNICODE": "utf-8", "UNICODE UTF-8": "utf-8", "UTF-8": "utf-8", "UTF8": "utf-8", "ASCII": "ascii",
    **{f"8859/{part}": f"iso-8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
}  # fmt: skip
_SPELT = re.compile(r"ISO[ -]?8859[-/]")
_C1 = re.compile("[\x80-\x9f]")


class UnreadableError(ValueError):
    """Bytes that are no HL7 message; says the remedy."""


def split(body: bytes) -> list[bytes]:
    """The messages in what was received, each with its own bytes; what stands between them is one more, unreadable.

    A single message keeps all the bytes around it, so that its digest is that of what was received.
    """
    starts = [found.start() for found in _START.finditer(body)]
    if not starts:
        return [body] if _AROUND.fullmatch(body) is None else []
    before = body[: starts[0]]
    if len(starts) == 1 and _AROUND.fullmatch(before.removeprefix(BOM)):
        return [body]
    pieces = [body[start:end] for start, end in zip(starts, [*starts[1:], len(body)], strict=True)]
    return pieces if _AROUND.fullmatch(before.removeprefix(BOM)) else [before, *pieces]


def segments_of(raw: bytes) -> list[Segment]:
    """The segments of one message, envelopes of files and batches left out; UnreadableError where it is none."""
    if len(raw) > LONGEST_EVENT:
        raise UnreadableError(f"{len(raw)} bytes: a message has at most {LONGEST_EVENT}, split it")
    text, charset = _decoded(raw)
    lines = [line.lstrip(" \t") for line in _LINES.split(text)]
    lines = [line for line in lines if line.strip() and line[:3] not in _ENVELOPES]
    header = _HEADER.match(lines[0]) if lines else None
    if header is None or len(set(header[2] + header[1])) != len(header[2]) + 1:
        raise UnreadableError("no HL7 v2 message: it begins with MSH and its separators, as MSH|^~\\&|")
    for number, line in enumerate(lines, 1):
        if not _SEGMENT.fullmatch(line[:3]) or line[3:4] not in ("", header[1]):
            raise UnreadableError(f"line {number} begins with no segment's name: send each segment on one line")
    if sum(line.count(mark) for line in lines for mark in header[1] + header[2][:2]) > MOST_PARTS:
        raise UnreadableError(f"over {MOST_PARTS:,} fields and components: no report has so many, split it")
    return [Segment(segment, charset, header[2][4:]) for segment in hl7.parse("\r".join(lines) + "\r")]


def _decoded(raw: bytes) -> tuple[str, str]:
    """The text of a message, and the charset it is written in."""
    start = _START.search(raw)
    if start is None:
        raise UnreadableError("no HL7 v2 message: it begins with MSH and its separators, as MSH|^~\\&|")
    data = raw[start.end() :]
    declared = _declared(data)
    charset = _CHARSETS.get(_SPELT.sub("8859/", declared.strip().upper()))
    if charset is None:
        raise UnreadableError(f"MSH-18 {shown(declared)} is not read here: send UNICODE UTF-8, ASCII or 8859/1 to 15")
    try:
        text = data.decode(charset)
    except UnicodeDecodeError as error:
        raise UnreadableError(
            f"byte {error.start} is not {charset.upper()}, which MSH-18 {shown(declared)} means: name the charset that "
            "was sent"
        ) from None
    if charset.startswith("iso") and not data.isascii() and (_C1.search(text) or _is_utf_8(data)):
        raise UnreadableError(f"these bytes are not {charset.upper()}, which MSH-18 names: send what MSH-18 says")
    return text, charset


def _declared(data: bytes) -> str:
    """The first charset that MSH-18 names."""
    fields = re.split(rb"[\r\n]", data, maxsplit=1)[0][:10_000].split(data[3:4] or b"|")
    return fields[17].split(data[5:6] or b"~")[0].decode("ascii", "replace") if len(fields) > 17 else ""


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
