"""Reading submissions: NDJSON line by line, or a JSON array of events as a batch, in linear time and bounded memory.

Blank lines are skipped, a byte order mark at the start is ignored, a last line without newline counts. Of a line
or an element longer than any event may be, the beginning is kept, with the length and the SHA-256 of the whole.
Where nobody says which of the two a stream is, a bracket begins an array, but where its line can be none and others
follow: then it is a line that is no event, and the others are judged alone.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO, Protocol

from engine.intake.check import LONGEST_EVENT
from engine.intake.intake import Cut, Submission

_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"
_CHUNK = 1 << 20
_MOST_BYTES = 4 * _CHUNK
"""Bytes of lines that are put together for one part."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole lines of NDJSON as they stand: bytes until somebody wants submissions, so they travel far quicker."""

    first: int
    """The number of the first one."""
    data: bytes

    @property
    def many(self) -> int:
        """How many lines there are, blank ones too."""
        return self.data.count(b"\n") + 1

    def __iter__(self) -> Iterator[Submission]:
        """A submission a line that is not blank."""
        for number, piece in enumerate(self.data.split(b"\n"), self.first):
            if line := piece.strip(_BLANK):
                yield Submission(number, line)


def read_batches(stream: BinaryIO, most: int = 1000, array: bool | None = None) -> Iterator[list[Submission]]:
    """Submissions in batches: what has arrived is given at once, so a slow feed is answered line by line.

    A batch holds at most ``most`` submissions and the bytes of one reading beside those of one event.
    """
    for part in _readings(stream, array):
        yield from _batches(iter(part), most)


def read_parts(stream: BinaryIO, most: int) -> Iterator[Iterable[Submission]]:
    """The same of a long file, in parts that may be gone through more than once; readings of few lines are one part."""
    for part in _joined(_readings(stream), most):
        if isinstance(part, Lines) and part.many <= most:
            yield part
        else:
            yield from _batches(iter(part), most)


def read_submissions(stream: BinaryIO, array: bool | None = None) -> Iterator[Submission]:
    """The submissions of an NDJSON stream or of one JSON array (application/cloudevents-batch+json)."""
    for batch in read_batches(stream, array=array):
        yield from batch


def read_one(stream: BinaryIO) -> Submission:
    """The whole stream as one submission, whatever its lines: one event (application/cloudevents+json)."""
    gathered = _Gathered()
    for chunk in _chunks(stream):
        gathered.add(chunk)
    return next(gathered.taken(1), Submission(1, b""))


def _readings(stream: BinaryIO, array: bool | None = None) -> Iterator[Iterable[Submission]]:
    """The submissions that end in each of the pieces a stream is read in."""
    number = 1
    reader: _Reader | None = None
    held = b""
    for chunk in chain(_chunks(stream), [None]):
        if reader is None:
            held += chunk or b""
            blank = len(held) - len(held.lstrip(_BLANK))
            number += held.count(b"\n", 0, blank)
            held = held[blank:]
            is_array = _begins_array(held, array, over=chunk is None or len(held) > _CHUNK)
            if not held or is_array is None:
                continue
            reader = _ArrayReader() if is_array else _LineReader(number)
            yield reader.feed(held[is_array:])
        elif chunk is not None:
            yield reader.feed(chunk)
    if reader is not None:
        yield reader.end()


def _begins_array(held: bytes, array: bool | None, *, over: bool) -> bool | None:
    """Whether what begins so, or is no more than that, is an array; none while that is open."""
    if array is not None or not held.startswith(b"["):
        return array is not False and held.startswith(b"[")
    if (first := held[1:].lstrip(_BLANK)).startswith(b"{") or over:
        return True
    line, newline, others = held.partition(b"\n")
    if not newline or not others.lstrip(_BLANK):
        return None
    line = line.rstrip(_BLANK)
    return line == b"[" or (line.endswith((b"]", b",")) and not first.startswith(b"]"))


def _joined(readings: Iterable[Iterable[Submission]], most: int) -> Iterator[Iterable[Submission]]:
    """Readings of lines put together as long as there are not too many."""
    before: Lines | None = None
    for reading in readings:
        lines = reading if isinstance(reading, Lines) else None
        if before and lines and before.many + lines.many <= most and len(before.data) + len(lines.data) < _MOST_BYTES:
            before = Lines(before.first, before.data + b"\n" + lines.data)
            continue
        if before:
            yield before
        before = lines
        if lines is None:
            yield reading
    if before:
        yield before


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    """What the stream has, a piece at a time, without a byte order mark at its start; waits only for more."""
    read = getattr(stream, "read1", stream.read)
    first = bytes(read(_CHUNK))
    while _BOM.startswith(first) and first != _BOM and (more := bytes(read(_CHUNK))):
        first += more
    if first := first.removeprefix(_BOM):
        yield first
    while chunk := bytes(read(_CHUNK)):
        yield chunk


def _batches(submissions: Iterator[Submission], most: int) -> Iterator[list[Submission]]:
    batch: list[Submission] = []
    for submission in submissions:
        batch.append(submission)
        if len(batch) == most:
            yield batch
            batch = []
    if batch:
        yield batch


class _Reader(Protocol):
    def feed(self, chunk: bytes) -> Iterable[Submission]:
        """The submissions that end in a chunk, to be gone through before the next one is fed."""

    def end(self) -> Iterator[Submission]:
        """The last ones, where the stream has ended."""


class _LineReader:
    """NDJSON: a submission a line, numbered as the lines of the file are."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._line = _Gathered()

    def feed(self, chunk: bytes) -> Iterable[Submission]:
        """The lines that end in a chunk."""
        whole, newline, rest = chunk.rpartition(b"\n")
        if not newline:
            self._line.add(rest)
            return ()
        first, _, others = whole.partition(b"\n")
        self._line.add(first)
        begun = [*self._line.taken(self._number)]
        number, self._number = self._number, self._number + whole.count(b"\n") + 1
        self._line.add(rest)
        if begun and begun[0].cut:
            return chain(begun, Lines(number + 1, others))
        return Lines(number, (begun[0].raw if begun else b"") + whole[len(first) :])

    def end(self) -> Iterator[Submission]:
        """The last line, where no newline ended it."""
        return self._line.taken(self._number)


class _ArrayReader:
    """A JSON array after its bracket: a submission an element, numbered from 1.

    Where an element is missing, all that is left is one submission, refused; what follows the array is read by lines.
    One that is not closed ends with an empty submission, so that what was cut off is not missed.
    """

    def __init__(self) -> None:
        self._number = 1
        self._after: _LineReader | None = None
        self._element = _Gathered()
        self._depth = 0
        self._in_string = self._escaped = False
        self._closed = self._broken = False

    def feed(self, chunk: bytes) -> Iterator[Submission]:
        """The elements that end in a chunk."""
        start = 0
        for end, mark in self._separators(chunk):
            self._element.add(chunk[start:end])
            start = end + 1
            self._closed = mark == b"]"
            if self._element.is_blank and not (self._closed and self._number == 1):
                self._closed, self._broken, start = False, True, end
            for submission in self._element.taken(self._number):
                yield submission
                self._number += 1
        rest = chunk[start:]
        if self._closed and self._after is None and (rest := rest.lstrip(_BLANK)):
            self._after = _LineReader(self._number)
        if self._after is not None:
            yield from self._after.feed(rest)
        elif not self._closed:
            self._element.add(rest)

    def end(self) -> Iterator[Submission]:
        """What is left where the stream has ended."""
        if self._after is not None:
            yield from self._after.end()
        balanced = not self._broken and not self._in_string and self._depth == 0
        for submission in self._element.taken(self._number):
            yield submission
            self._number += 1
        if balanced and not self._closed:
            yield Submission(self._number, b"")

    def _separators(self, chunk: bytes) -> Iterator[tuple[int, bytes]]:
        """Where an element ends, with the comma or bracket that ends it; none once the array is closed or broken."""
        at = 0
        while not self._closed and not self._broken:
            if self._in_string:
                at = self._string_end(chunk, at)
            found = _MARK.search(chunk, at)
            if found is None:
                return
            at, mark = found.end(), found.group()
            if mark == b'"':
                self._in_string = True
            elif self._depth == 0 and mark in (b",", b"]"):
                yield found.start(), mark
            else:
                self._depth += _NESTING.get(mark, 0)

    def _string_end(self, chunk: bytes, at: int) -> int:
        """Where a string goes on after its end in a chunk; the chunk's end where it does not end there."""
        at += self._escaped
        at = _STRING.match(chunk, at).end()  # type: ignore[union-attr]
        self._escaped = chunk[at : at + 1] == b"\\"
        self._in_string = chunk[at : at + 1] != b'"'
        return len(chunk) if self._in_string else at + 1


_STRING = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_MARK = re.compile(rb'"(?:[^"\\]++|\\.)*+"|["\[\]{},]', re.DOTALL)
_NESTING = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}


class _Gathered:
    """One submission as its bytes come, without the blanks at its ends: kept up to the limit, hashed beyond it."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._kept = bytearray()
        self._length = self._solid = 0
        self._running = self._whole = hashlib.sha256()

    @property
    def is_blank(self) -> bool:
        """Whether nothing but blanks came so far."""
        return self._solid == 0

    def add(self, piece: bytes) -> None:
        """Take in what comes next."""
        if not self._length:
            piece = piece.lstrip(_BLANK)
        if not piece:
            return
        solid = len(piece.rstrip(_BLANK))
        room = LONGEST_EVENT - len(self._kept)
        if len(piece) > room:
            if self._length == len(self._kept):
                self._running = hashlib.sha256(self._kept)
            self._hash(piece, solid)
        self._kept += piece[:room]
        self._solid = self._length + solid if solid else self._solid
        self._length += len(piece)

    def _hash(self, piece: bytes, solid: int) -> None:
        """Go on hashing; ``_whole`` ends with the last byte that is no blank."""
        self._running.update(piece[:solid])
        if solid:
            self._whole = self._running.copy()
        self._running.update(piece[solid:])

    def taken(self, number: int) -> Iterator[Submission]:
        """What has come as a submission, if it is more than blanks; then nothing has come."""
        if not self.is_blank:
            cut = Cut(self._solid, self._whole.digest()) if self._solid > LONGEST_EVENT else None
            yield Submission(number, bytes(self._kept[: self._solid]), cut)
        if self._length:
            self._clear()
