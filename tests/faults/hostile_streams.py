"""Whole files as somebody may send them: odd ends of line, odd beginnings, a batch, far too much.

Each stream names the bytes of one file and how many verdicts of each status it must get; a status not named
must not occur. Blank lines get no verdict.
"""

import json
from collections.abc import Callable, Mapping
from typing import NamedTuple

from tests.faults.hostile_support import LAB, event

_MEGABYTE = 1_000_000
_BOM = b"\xef\xbb\xbf"


class Stream(NamedTuple):
    """The bytes of a whole file, made when asked for, and its expected count of verdicts by status."""

    name: str
    build: Callable[[], bytes]
    counts: Mapping[str, int]


def _good(number: int) -> bytes:
    return event(LAB, {"id": f"e{number}"})


def _bad(number: int) -> bytes:
    return event(LAB, {"id": f"e{number}"}, value="NaN")


def _batch(*elements: bytes) -> bytes:
    return b"[" + b",".join(elements) + b"]"


def _empty() -> bytes:
    return b""


def _blank_lines() -> bytes:
    return b"\n\n\r\n   \n\t\n\n"


def _byte_order_mark_alone() -> bytes:
    return _BOM


def _blank_lines_between() -> bytes:
    return b"\n" + _good(1) + b"\n\n\n" + _good(2) + b"\n\n"


def _carriage_returns() -> bytes:
    return b"".join(_good(number) + b"\r\n" for number in range(3))


def _no_final_newline() -> bytes:
    return _good(1) + b"\n" + _good(2)


def _cut_last_line() -> bytes:
    return _good(1) + b"\n" + _good(2)[:-20]


def _byte_order_mark() -> bytes:
    return _BOM + _good(1) + b"\n" + _good(2) + b"\n"


def _line_separators() -> bytes:
    """U+2028, U+2029 and U+0085 end no line of NDJSON, though they end one for `str.splitlines`."""
    reasons = ("a\u2028b", "a\u2029b", "a\u0085b")
    return b"".join(
        event("candidate.suspended", {"id": f"e{number}"}, reason=reason) + b"\n"
        for number, reason in enumerate(reasons)
    )


def _bad_bytes_between() -> bytes:
    return b"\n".join((_good(1), b"\xff\xfe\x00", _good(2), b'{"a":"\xe9"}', _good(3))) + b"\n"


def _array() -> bytes:
    return _batch(_good(1), _good(2), _good(3))


def _array_with_byte_order_mark() -> bytes:
    return _BOM + _array()


def _array_over_many_lines() -> bytes:
    return json.dumps(json.loads(_array()), indent=2).encode() + b"\n"


def _array_after_white_space() -> bytes:
    return b"\r\n \t" + _array() + b"\r\n"


def _empty_array() -> bytes:
    return b"[]"


def _array_with_bad_element() -> bytes:
    return _batch(_good(1), _bad(2), _good(3))


def _array_with_foreign_elements() -> bytes:
    return _batch(_good(1), b"42", b"null", b'"text"', b"[]", b"{}", _good(2))


def _array_with_repeats() -> bytes:
    return _batch(_good(1), _good(1), event(LAB, {"id": "e1"}, value="99"))


def _many_bad_lines() -> bytes:
    return b"".join(_bad(number) + b"\n" for number in range(2_000)) + _good(2_000) + b"\n"


def _many_lines_of_noise() -> bytes:
    return b"}{\n" * 2_000 + _good(1) + b"\n"


def _one_huge_line() -> bytes:
    return b"x" * (2 * _MEGABYTE) + b"\n" + _good(1) + b"\n"


def _one_huge_open_string() -> bytes:
    return b'{"specversion":"' + b"x" * (2 * _MEGABYTE) + b"\n" + _good(1) + b"\n"


def _same_line() -> bytes:
    return (_good(1) + b"\n") * 50


STREAMS: tuple[Stream, ...] = (
    Stream("an empty file", _empty, {}),
    Stream("only blank lines", _blank_lines, {}),
    Stream("a byte order mark alone", _byte_order_mark_alone, {}),
    Stream("blank lines between the events", _blank_lines_between, {"accepted": 2}),
    Stream("lines that end with CR LF", _carriage_returns, {"accepted": 3}),
    Stream("no newline after the last line", _no_final_newline, {"accepted": 2}),
    Stream("a last line cut short", _cut_last_line, {"accepted": 1, "refused": 1}),
    Stream("a byte order mark at the start", _byte_order_mark, {"accepted": 2}),
    Stream("Unicode line separators in free text", _line_separators, {"accepted": 3}),
    Stream("lines that are not UTF-8 between good ones", _bad_bytes_between, {"accepted": 3, "refused": 2}),
    Stream("a JSON array as the whole file", _array, {"accepted": 3}),
    Stream("a JSON array after a byte order mark", _array_with_byte_order_mark, {"accepted": 3}),
    Stream("a JSON array over many lines", _array_over_many_lines, {"accepted": 3}),
    Stream("a JSON array after white space", _array_after_white_space, {"accepted": 3}),
    Stream("an empty JSON array", _empty_array, {}),
    Stream("an array with a bad element in the middle", _array_with_bad_element, {"accepted": 2, "refused": 1}),
    Stream(
        "an array with elements that are no event",
        _array_with_foreign_elements,
        {"accepted": 2, "refused": 5},
    ),
    Stream("an array that repeats itself", _array_with_repeats, {"accepted": 1, "duplicate": 1, "conflict": 1}),
    Stream("2,000 bad lines, then a good one", _many_bad_lines, {"accepted": 1, "refused": 2_000}),
    Stream("2,000 lines of noise, then a good one", _many_lines_of_noise, {"accepted": 1, "refused": 2_000}),
    Stream("a line of 2 MB that is not JSON", _one_huge_line, {"accepted": 1, "refused": 1}),
    Stream("a string of 2 MB never closed", _one_huge_open_string, {"accepted": 1, "refused": 1}),
    Stream("one good line 50 times", _same_line, {"accepted": 1, "duplicate": 49}),
)
