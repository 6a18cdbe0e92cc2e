"""Sound events read quickly: what the event classes accept, and nothing else, in the very same bytes."""

import json
import marshal
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from engine.events.canonical import canonical_json, read_strict
from engine.events.catalogue import EVENT_CLASSES
from engine.events.sound import Sound, sound_attributes, sound_of
from engine.quantities import InstantText, parse_instant
from tests.faults.hostile_support import (
    CALCIUM,
    CORRECTED,
    DATA,
    DONOR,
    GRANTED,
    LAB,
    MATCH_RUN,
    REGISTERED,
    STARTED,
    TRAVEL,
    event,
)  # fmt: skip

FULL: Mapping[str, Mapping[str, Any]] = {
    REGISTERED: {"team": "T1", "donor_limits": {"age": ["10", "60"], "weight_kg": [40, "90.50"]}, "sex": "H"},
    "candidate.updated": {"diseases": ["151", "152"], "donor_limits": {}, "abo_matching": "compatible"},
    "candidate.transplanted": {
        "offer": "O1",
        "report": {"treatments": ["lvad"], "labs": [{"analyte": "bnp", "value": "9", "unit": "ng/L"}]},
    },
    LAB: {"comparator": "<", "context": "pre_treatment", "origin": "CREA 14682-9", "value": 17.1},
    STARTED: {"complicated": True, "device": "Impella 5.5"},
    GRANTED: {"points": "850.5", "delay_months": 2.0, "situation": "mcs_infection", "expert": "E1"},
    DONOR: {"birth_date": "1970-01-02", "age": "45"},
    CORRECTED: {"data": {"value": "18.20", "comparator": None}, "time": "2024-02-01T10:00:00.123456789z"},
    TRAVEL: {"default_minutes": 150, "source": "IGN"},
    CALCIUM: {"method": "CT"},
    MATCH_RUN: {"digest": "0" * 64, "engine": "0.1.0", "counter": "1"},
}
JUNK: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2.0, 17.10, 1e3, "", "x", "1", "1.50", "-0", "01", "1e400", "NaN", "A" * 300, "a\tb",
    "é", [], {}, [None], ["x"], ["151", "151"], {"x": 1}, {"age": None}, "M", "H", "ecmo", "2024-02-30", "2024-02-29",
    "1970-05-17", "2024-02-29T24:00:00Z", "2024-02-29t10:00:00.1z", "9999-12-31T23:59:59-23:59", "candidate/C1",
    "offer/O1", "travel-times/2024-2", "offer-counter", "XPCA", "DGN", "total_bilirubin", "mg/dL", "producer:K7", "0",
)  # fmt: skip


def attributes_by_the_class(given: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the event's class makes of it; None where it refuses."""
    event_class = EVENT_CLASSES.get(given["type"]) if isinstance(given.get("type"), str) else None
    if event_class is None:
        return None
    try:
        return event_class.model_validate(given).attributes()
    except ValidationError:
        return None


def assert_read_alike(given: dict[str, Any]) -> bool:
    by_class, quickly = attributes_by_the_class(given), sound_attributes(given)
    assert (by_class is None) == (quickly is None), given
    if by_class is not None and quickly is not None:
        assert canonical_json(by_class) == canonical_json(quickly)
    return quickly is not None


def documents(name: str) -> Iterator[dict[str, Any]]:
    """An event with its required fields, and with all of them, numbers as they are received."""
    for fields in ({}, FULL.get(name, {})):
        line = event(name, {"recordedtime": "2024-06-01T10:00:00.5+02:00", "actor": "coordinator:K7"}, **fields)
        document = read_strict(line)
        assert isinstance(document, dict)
        yield document


def received(document: dict[str, Any]) -> dict[str, Any]:
    """A document as the intake looks at it once it was sent: attributes that are null count as absent."""
    read = read_strict(json.dumps(document).encode())
    assert isinstance(read, dict)
    return {name: value for name, value in read.items() if value is not None}


def spoilt(value: Any) -> Iterator[Any]:
    """A document with one thing at a time in it replaced, taken out or added."""
    yield from JUNK
    if isinstance(value, dict):
        yield {**value, "unknown": "1"}
        for name in value:
            yield {key: each for key, each in value.items() if key != name}
            for other in spoilt(value[name]):
                yield {**value, name: other}
    if isinstance(value, list):
        yield [*value, *value]
        for number, each in enumerate(value):
            for other in spoilt(each):
                yield [*value[:number], other, *value[number + 1 :]]


@pytest.mark.parametrize("name", DATA)
def test_a_sound_event_is_read_as_its_class_reads_it(name: str) -> None:
    given, full = documents(name)
    assert assert_read_alike(given)
    assert assert_read_alike(full) == (name != DONOR)  # which takes birth date or age, not both


@pytest.mark.parametrize("name", DATA)
def test_whatever_is_wrong_with_an_event_neither_reading_takes_it(name: str) -> None:
    read = [
        assert_read_alike(received(each)) for full in documents(name) for each in spoilt(full) if isinstance(each, dict)
    ]
    assert len(read) > 500
    assert 0 < sum(read) < len(read)


def test_times_come_with_their_instants() -> None:
    given, _ = documents(LAB)
    read = sound_attributes(given)
    assert read is not None
    for name in ("time", "recordedtime"):
        assert isinstance(read[name], InstantText)
        assert (read[name], read[name].instant) == (given[name], parse_instant(given[name]))


@pytest.mark.parametrize("name", DATA)
def test_the_recorded_time_stands_in_its_canonical_place(name: str) -> None:
    for given in documents(name):
        read = attributes_by_the_class(given)
        if read is not None:
            recorded = "2024-06-01T08:00:00.500000Z"
            stored = sound_of(dict(read)).stored_bytes(recorded)
            assert stored == canonical_json({**read, "recordedtime": recorded})


@pytest.mark.parametrize("name", DATA)
def test_a_sound_event_holds_plain_values_that_another_process_reads_as_they_were(name: str) -> None:
    for given in documents(name):
        for read in (sound_attributes(given), attributes_by_the_class(given)):
            if read is not None:
                sound = sound_of(dict(read))
                assert Sound._make(marshal.loads(marshal.dumps(tuple(sound)))) == sound
                assert sound.attributes == {each: read[each] for each in read if each != "recordedtime"}
