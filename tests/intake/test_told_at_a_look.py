"""Events of a history told at a look: the same verdict, to the byte, as where every value is read."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from engine.events.canonical import read_plain
from engine.intake.check import MOST_FIELDS, check
from tests.engine.test_sound import documents, spoilt
from tests.faults.hostile_support import DATA, LAB, MATCH_RUN

RECORDED = ("2024-06-01T08:00:00.500000Z", "2024-06-01T08:00:00.5Z", "2024-06-01t10:00:00.500000+02:00")


def spellings(document: dict[str, Any]) -> Iterator[bytes]:
    """A document as programs write it: in UTF-8, in ASCII, and with blanks."""
    yield json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode(errors="surrogatepass")
    yield json.dumps(document, separators=(",", ":")).encode()
    yield json.dumps(document).encode()


def assert_alike(raw: bytes) -> bool:
    """Whether an event is sound; a blank behind it has every value read, and changes nothing."""
    looked_at, read = check(raw, imported=True), check(raw + b" ", imported=True)
    assert looked_at[:4] == read[:4], raw
    return looked_at.sound is not None


@pytest.mark.parametrize("name", DATA)
def test_an_event_told_at_a_look_is_the_event_that_is_read(name: str) -> None:
    for full in documents(name):
        for recorded in RECORDED:
            sound = [assert_alike(raw) for raw in spellings({**full, "recordedtime": recorded})]
            assert len(set(sound)) == 1
    sound = [
        assert_alike(raw)
        for each in [*spoilt({**full, "recordedtime": RECORDED[0]})][::3]
        for raw in [next(spellings(each))]
        if isinstance(each, dict)
    ]
    assert sum(sound) < len(sound)


def test_a_key_that_stands_twice_and_a_number_written_otherwise_are_read() -> None:
    for text in ('{"a":1,"a":1}', '{"a":1.50}', '{"a":1e2}', '{"a":-0}', '{"a": 1}', '{"a":"\\/"}', '["\\ud800"]', "x"):
        assert read_plain(text.encode()) is None
    assert read_plain(b'{"a":[1,2.5,"\\u00e9"]}') == {"a": [1, 2.5, "é"]}


def test_names_that_are_free_are_counted_at_a_look_as_well() -> None:
    (*_, full) = documents(MATCH_RUN)
    for many in (MOST_FIELDS, MOST_FIELDS + 1):
        readings = {f"r{number}": "annex" for number in range(many)}
        event = {**full, "recordedtime": RECORDED[0], "data": {**full["data"], "readings": readings}}
        assert assert_alike(next(spellings(event))) == (many == MOST_FIELDS)


def test_a_lone_surrogate_is_refused_at_a_look_as_well() -> None:
    (*_, full) = documents(LAB)
    event = {**full, "recordedtime": RECORDED[0], "data": {**full["data"], "origin": "\ud800"}}
    assert [assert_alike(raw) for raw in spellings(event)] == [False] * 3
