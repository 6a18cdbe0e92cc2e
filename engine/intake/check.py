"""From bytes to a checked event: everything that can be said of it without the log, all faults at once."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic import ValidationError

from engine.events.canonical import NumberText, StrictJsonError, layers, read_plain, read_strict, shown
from engine.events.catalogue import EVENT_CLASSES
from engine.events.envelope import STORED_ATTRIBUTES, UNSTORED_EXTENSIONS, Event
from engine.events.sound import Sound, sound_attributes, sound_of
from engine.events.stored_form import told_sound
from engine.events.upcasts import Attributes
from engine.events.vocabulary import RUN_RECORDED
from engine.intake.faults import faults_of
from engine.intake.media_type import json_fault
from engine.intake.near_misses import near_miss
from engine.intake.verdicts import Fault, bounded

LONGEST_EVENT = 16 * 1024 * 1024
MOST_FIELDS = 100
"""Fields an object inside ``data`` may have; the widest of today's has sixteen."""
LONGEST_IDENTITY = 256
DATA_FORMAT = "datacontenttype"


class Checked(NamedTuple):
    """An event, or the faults that make it none; the identity as far as it can be read."""

    sound: Sound | None
    source: str | None
    id: str | None
    faults: tuple[Fault, ...]
    received: Mapping[str, Any] = {}
    """The attributes as far as they can be read, also of what is no event; of a history nobody asks for them."""


def check(raw: bytes, *, imported: bool) -> Checked:
    """Check one submitted event by itself."""
    if len(raw) > LONGEST_EVENT:
        return _refused({}, [too_long(len(raw))])
    if not raw:
        return _refused({}, [Fault("$", "nothing where an event should stand: it was cut off, send it whole")])
    if imported and (sound := _told(raw)) is not None:
        return accepted(sound)
    try:
        received = read_strict(raw)
    except StrictJsonError as error:
        return _refused({}, [Fault("$", str(error))])
    if not isinstance(received, dict):
        return _refused({}, [Fault("$", f"{shown(received)} is not an object: send one event object a line")])
    attributes = _attributes_of_sound(received, raw, imported)
    if attributes is None:
        return _looked_into(received, raw, imported)
    return accepted(sound_of(attributes), attributes)


def _told(raw: bytes) -> Sound | None:
    """An event of a history that is written as it will be stored, but for the order of its names: nearly all are.

    Its names are known and its depth is, but that an object in ``data`` may name what it likes (readings).
    """
    document = read_plain(raw)
    sound = told_sound(document) if isinstance(document, dict) else None
    if sound is not None and raw.count(b":") > MOST_FIELDS and _is_wide([*sound.data.values()]):
        return None
    return sound


def _attributes_of_sound(received: dict[str, Any], raw: bytes, imported: bool) -> Attributes | None:
    """What is to be stored of an event without fault that gives stored attributes alone: nearly all are such."""
    if not (imported or _is_live(received)):
        return None
    if raw.count(b":") > MOST_FIELDS and any(_is_wide(layer) for layer in layers(received.get("data"))):
        return None
    return sound_attributes(received)


def _is_wide(layer: list[Any]) -> bool:
    return any(len(each) > MOST_FIELDS for each in layer if isinstance(each, dict))


def _is_live(received: dict[str, Any]) -> bool:
    return "recordedtime" not in received and received.get("type") != RUN_RECORDED


def _looked_into(received: dict[str, Any], raw: bytes, imported: bool) -> Checked:
    """The verdict on an event that is not plainly without fault: every fault is named."""
    document = {name: value for name, value in received.items() if value is not None}
    faults = _attribute_faults(document, imported)
    event_class = EVENT_CLASSES.get(document["type"]) if isinstance(document.get("type"), str) else None
    too_wide = list(_too_wide(document.get("data"), "data")) if len(raw) > MOST_FIELDS else []
    if event_class is None or too_wide:
        return _refused(document, chain(faults, too_wide, _envelope_faults(document)))
    given = {name: document[name] for name in STORED_ATTRIBUTES if name in document}
    try:
        event = event_class.model_validate(given)
    except ValidationError as error:
        return _refused(document, chain(faults, faults_of(event_class, given, error)))
    if first := next(faults, None):
        return _refused(document, chain([first], faults))
    attributes = event.attributes()
    return accepted(sound_of(attributes), attributes)


def accepted(sound: Sound, received: Mapping[str, Any] = MappingProxyType({})) -> Checked:
    """An event without fault."""
    return Checked(sound, sound.source, sound.id, (), received)


def too_long(length: int | None) -> Fault:
    """The fault of a submission of so many bytes; None: of which only the beginning was kept."""
    if length is None:
        return Fault("$", f"only its first {LONGEST_EVENT} bytes were kept: split the event and send it anew")
    kept = f"quarantine keeps its first {LONGEST_EVENT} and the SHA-256 of all"
    return Fault("$", f"{length} bytes: an event has at most {LONGEST_EVENT}, split it; {kept}")


def _attribute_faults(document: dict[str, Any], imported: bool) -> Iterator[Fault]:
    for name in sorted(document.keys() - set(STORED_ATTRIBUTES) - set(UNSTORED_EXTENSIONS) - {DATA_FORMAT}):
        yield Fault(
            name, f"unknown attribute: {near_miss('attribute', name) or 'take it out'}, nothing unknown is stored"
        )
    for name in UNSTORED_EXTENSIONS:
        if name in document and not _is_cloudevents_scalar(document[name]):
            yield Fault(name, f"{shown(document[name])} is no attribute value: send text, an integer, true or false")
    if document.get("type") == RUN_RECORDED and not imported:
        yield Fault("type", "match runs of live offers are written by the engine: import official ones")
    if "recordedtime" in document and not imported:
        yield Fault("recordedtime", "is set by the log itself: leave it out, or use ingest --import")
    if DATA_FORMAT in document and (why := json_fault(document[DATA_FORMAT])):
        yield Fault(DATA_FORMAT, why)


def _is_cloudevents_scalar(value: object) -> bool:
    """Whether JSON writes a CloudEvents attribute so: text, true or false, or a number without fraction."""
    if isinstance(value, NumberText):
        return value.removeprefix("-").isdigit()
    return isinstance(value, str | bool)


def _too_wide(value: object, path: str) -> Iterator[Fault]:
    """Objects with far more fields than any event has; they are not looked into."""
    if isinstance(value, dict) and len(value) > MOST_FIELDS:
        first = ", ".join(shown(name) for name in sorted(value)[:3])
        yield Fault(
            path, f"{len(value):,} fields ({first} …): no event has over {MOST_FIELDS}, take out what is unknown"
        )
    elif isinstance(value, dict | list):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(inner, dict | list):
                yield from _too_wide(inner, f"{path}.{name}")


def _envelope_faults(document: dict[str, Any]) -> Iterator[Fault]:
    """The envelope's own faults where its data cannot be checked, so that every one is named at once."""
    given = {name: document[name] for name in STORED_ATTRIBUTES if name in document and name != "data"}
    try:
        Event.model_validate({**given, "data": {}})
    except ValidationError as error:
        yield from faults_of(Event, {**given, "data": {}}, error)
    kind = document.get("type")
    if isinstance(kind, str) and kind not in EVENT_CLASSES:
        remedy = near_miss("type", kind) or f"send one like {EXAMPLE_TYPE}"
        yield Fault("type", f"{shown(kind)} is not an event type: {remedy}")
    if "data" not in document:
        yield Fault("data", "is required and missing: give it")


EXAMPLE_TYPE = next(iter(EVENT_CLASSES))


def _refused(document: dict[str, Any], faults: Iterable[Fault]) -> Checked:
    return Checked(None, _identity(document, "source"), _identity(document, "id"), bounded(faults), document)


def _identity(document: dict[str, Any], name: str) -> str | None:
    """A source or id that may be one."""
    value = document.get(name)
    if not isinstance(value, str) or isinstance(value, NumberText) or len(value) > LONGEST_IDENTITY:
        return None
    return value
