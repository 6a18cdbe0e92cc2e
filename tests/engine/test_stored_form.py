"""Stored bytes told at a look: whatever passes is sound, in canonical bytes, and says what the event's class says."""

import json
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from engine.events.canonical import canonical_json
from engine.events.stored_form import stored_form
from tests.engine.test_sound import attributes_by_the_class, documents, spoilt
from tests.faults.hostile_support import DATA, DONOR, LAB, MATCH_RUN

RECORDED = "2024-06-01T08:00:00.500000Z"
WRONG = (b'"', b"\\", b",", b"}", b"{", b"]", b"0", b"9", b" ", b"A", b"\x00", b"\x7f", b"\xc3\xa9", b"\xff", b"\n")


def stored(name: str) -> Iterator[bytes]:
    """Stored bytes of an event of a type: with the required fields alone, and with all."""
    for given in documents(name):
        attributes = attributes_by_the_class({**given, "recordedtime": RECORDED})
        if attributes is not None:
            yield canonical_json(attributes)


def assert_told_right(state: bytes) -> bool:
    """Whether the bytes pass; if so they are sound, and as the log writes them."""
    told = stored_form(state)
    if told is None:
        return False
    document: dict[str, Any] = orjson.loads(state)
    attributes = attributes_by_the_class(document)
    assert attributes is not None, state
    assert canonical_json(attributes) == state
    expected = [document[name] for name in ("type", "source", "id", "subject", "recordedtime")]
    assert list(told[:5]) == expected
    without = {name: value for name, value in document.items() if name != "recordedtime"}
    assert told.content == canonical_json(without)
    return True


@pytest.mark.parametrize("name", DATA)
def test_what_the_log_stores_passes(name: str) -> None:
    assert [assert_told_right(state) for state in stored(name)] == [True] * (1 if name == DONOR else 2)


@pytest.mark.parametrize("name", DATA)
def test_nothing_that_an_event_class_refuses_passes(name: str) -> None:
    passed = []
    for state in stored(name):
        for each in spoilt(json.loads(state)):
            try:
                passed.append(assert_told_right(canonical_json(each)))
            except TypeError:
                continue  # no JSON: a number that no log holds
    assert 0 < sum(passed) < len(passed)


@pytest.mark.parametrize("name", DATA)
def test_no_byte_can_be_put_in_taken_out_or_replaced_so_that_unsound_bytes_pass(name: str, long_run: bool) -> None:
    for state in stored(name) if long_run or name in (LAB, MATCH_RUN) else [next(stored(name))]:
        for place in range(0, len(state), 1 if long_run else 3):
            for wrong in WRONG:
                for end in (place, place + 1):
                    assert_told_right(state[:place] + wrong + state[end:])
            assert_told_right(state[:place] + state[place + 1 :])


def test_bytes_in_other_words_have_to_be_read() -> None:
    (state, *_) = stored(LAB)
    assert stored_form(json.dumps(json.loads(state)).encode()) is None
    assert stored_form(state.replace(b'"id":"', b'"id":"\\"')) is None
    assert stored_form(b"") is None
    assert stored_form(state.replace(b"lab-result", b"lab-rumour")) is None
    assert assert_told_right(state.replace(b'"id":"', '"id":"é€😀'.encode()))
