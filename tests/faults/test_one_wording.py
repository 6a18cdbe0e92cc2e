"""Whatever version of Python runs: the same is refused, in the same words.

Versions differ in what their readers of JSON and of times take, in how deep they read, and in what they say; the
texts here are those of all of them.
"""

import sys
import unicodedata

import pytest

from engine.events.canonical import DEEPEST_READ, TOO_DEEP, StrictJsonError, read_strict
from engine.intake.feeds.fhir_json import read_resource, split
from engine.quantities import parse_date, parse_instant
from engine.text import is_printed, printed
from engine.times import parse_time
from replay.reports.sheet.forms import instant
from replay.service.answers import title_of
from replay.service.routes import ROUTES

DEEP, DEEPER = (b"[" * levels + b"]" * levels for levels in (DEEPEST_READ, DEEPEST_READ + 1))

FLAWS = {
    b"[1,]": "a comma before the end of an array or object at character 2",
    b'{"a":1, \n\t}': "a comma before the end of an array or object at character 6",
    b"[1,2 , ]]": "a comma before the end of an array or object at character 5",
    '{"é":[1,]}'.encode(): "a comma before the end of an array or object at character 7",
    b"[,]": "a comma before the end of an array or object at character 1",
    b'{"a":1,': "Expecting property name enclosed in double quotes at character 7",
    b"[1,": "Expecting value at character 3",
    b"[1,,2]": "Expecting value at character 3",
    b"[1 2]": "Expecting ',' delimiter at character 3",
    b'{"a" 1}': "Expecting ':' delimiter at character 5",
    b"{1:2}": "Expecting property name enclosed in double quotes at character 1",
    b"[1]]": "Extra data at character 3",
    b"[1],": "Extra data at character 3",
    b"": "Expecting value at character 0",
    b"nul": "Expecting value at character 0",
    b'"a': "Unterminated string starting at character 0",
    b'["a", "b\\u00e9': "Unterminated string starting at character 6",
    b'"\\ud800\\u00e9': "Unterminated string starting at character 0",
    b'"a\n"': "Invalid control character at character 2",
    b'["a,\t]"]': "Invalid control character at character 4",
    b'{"a":1} ,]': "Extra data at character 8",
    b"u1234": "Expecting value at character 0",
    b'["a" u1234': "Expecting ',' delimiter at character 5",
    b'"\\x"': "Invalid \\escape at character 1",
    b'"\\u12g4"': "Invalid \\uXXXX escape at character 2",
}


@pytest.mark.parametrize(("data", "flaw"), FLAWS.items(), ids=repr)
def test_what_is_no_json_is_told_so(data: bytes, flaw: str) -> None:
    with pytest.raises(StrictJsonError) as told:
        read_strict(data)
    assert str(told.value) == f"not JSON ({flaw}): send one object a line"
    with pytest.raises(StrictJsonError) as told:
        read_resource(data)
    assert str(told.value) == f"not JSON ({flaw}): send one FHIR resource"


@pytest.mark.parametrize(
    "data",
    [DEEP, DEEPER, b"[" * 1000, b"[" * 100_000, b'{"a":' * 1000, b'{"a":1,"a":2,"b":' + DEEPER + b"}", DEEPER + b"x",
     b'{"a":' + DEEPER + b",}"],
    ids=range(8),
)  # fmt: skip
def test_what_is_nested_too_deeply_is_told_so_whatever_else_is_wrong_with_it(data: bytes) -> None:
    with pytest.raises(StrictJsonError) as told:
        read_strict(data)
    assert str(told.value) == TOO_DEEP
    with pytest.raises(StrictJsonError, match=r"nested too deeply: at most 48 levels are read|no FHIR resource"):
        read_resource(data)


def test_brackets_in_a_text_are_no_nesting() -> None:
    text = "[" * 1000 + '\\"' + "{" * 1000
    assert read_strict(f'{{"a":"{text}"}}'.encode()) == {"a": text.replace("\\", "")}
    with pytest.raises(StrictJsonError, match="a comma before the end of an array or object at character 2009"):
        read_strict(f'{{"a":"{text}",}}'.encode())


@pytest.mark.parametrize("levels", [DEEPEST_READ + 1, 2000, 20_000])
def test_after_a_resource_that_is_nested_too_deeply_nothing_is_cut_off(levels: int) -> None:
    deep = b"[" * levels + b"]" * levels
    assert split(b'{"a":1} ' + deep + b' {"b":2}') == [b'{"a":1}', deep + b' {"b":2}']
    assert split(b'{"a":1} ' + DEEP + b' {"b":2}') == [b'{"a":1}', DEEP, b'{"b":2}']


DAYS = {
    "2025-02-29": "day is out of range for month",
    "2024-04-31": "day is out of range for month",
    "2024-01-00": "day is out of range for month",
    "2024-13-01": "month must be in 1..12",
    "2024-00-10": "month must be in 1..12",
    "0000-01-01": "year 0 is out of range",
}


@pytest.mark.parametrize(("day", "why"), DAYS.items())
def test_a_day_that_is_not_in_the_calendar_is_told_so(day: str, why: str) -> None:
    with pytest.raises(ValueError, match="calendar") as told:
        parse_date(day)
    assert str(told.value) == f"'{day}' is not a day of the calendar ({why})"
    with pytest.raises(ValueError, match="real time") as told:
        parse_instant(f"{day}T10:00:00+01:00")
    assert str(told.value) == f"'{day}T10:00:00+01:00' is not a real time ({why}); leap seconds and 24:00 are refused"
    with pytest.raises(ValueError, match="calendar") as told:
        parse_time(day, end_of_day=False)
    assert str(told.value) == f"'{day}' is no day of the calendar ({why}): check it"
    with pytest.raises(ValueError, match="calendar") as told:
        instant(day)
    assert str(told.value) == f"is not a day of the calendar ({why})"


@pytest.mark.parametrize("clock", ["24:00", "24:00:00", "24:30", "25:00", "12:60", "12:00:60"])
def test_no_day_has_a_24th_hour_in_a_sheet(clock: str) -> None:
    for text in (f"2025-02-03 {clock}", f"03/02/2025 {clock}"):
        with pytest.raises(ValueError, match="has no time of day after the date: write it like 14:30 or 14:30:00"):
            instant(text)
    assert instant("03/02/2025 23:59:59.5") == "2025-02-03T23:59:59.500000+01:00"


def test_statuses_have_the_names_of_rfc_9110() -> None:
    names = {
        400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
        408: "Request Timeout", 409: "Conflict", 413: "Content Too Large", 415: "Unsupported Media Type",
        422: "Unprocessable Content", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
        500: "Internal Server Error", 503: "Service Unavailable",
    }  # fmt: skip
    assert {status: title_of(status) for status in names} == names
    assert {status for route in ROUTES for status in route.faults} <= set(names)


def test_what_is_printed_is_what_python_prints_and_what_it_does_not_know_yet() -> None:
    for char in map(chr, range(sys.maxunicode + 1)):
        if unicodedata.category(char) != "Cn":
            assert is_printed(char) == char.isprintable(), hex(ord(char))
    assert is_printed("\U0001fae8\u0897\U00016d40")  # of Unicode 15 and 16
    assert printed("5\u2028 \xa0mg\x1b[0m\U0001ffff/l") == "5 mg[0m/l"
