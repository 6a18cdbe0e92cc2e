"""From bytes to a checked event: everything that can be said of it without the log, all faults at once."""

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from engine.events.canonical import NumberText, StrictJsonError, read_strict, shown
from engine.events.catalogue import EVENT_CLASSES
from engine.events.envelope import STORED_ATTRIBUTES, UNSTORED_ATTRIBUTES, Event
from engine.intake.faults import faults_of
from engine.intake.verdicts import Fault

LONGEST_EVENT = 16 * 1024 * 1024
LONGEST_KEPT = 256 * 1024 * 1024
"""Refused input is kept whole up to this many bytes; of more, which no event can be, the beginning."""
RUN_RECORDED = "snagc.match-run.recorded.v1"
_JSON_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Checked:
    """An event, or the faults that make it none; the identity as far as it can be read."""

    event: Event | None
    source: str | None
    id: str | None
    faults: tuple[Fault, ...]


def check(raw: bytes, *, imported: bool) -> Checked:
    """Check one submitted event by itself."""
    if len(raw) > LONGEST_EVENT:
        cut = "" if len(raw) <= LONGEST_KEPT else f"; quarantine keeps its first {LONGEST_EVENT} bytes"
        return _refused(None, [Fault("$", f"{len(raw)} bytes: an event has at most {LONGEST_EVENT}, split it{cut}")])
    try:
        document = read_strict(raw)
    except StrictJsonError as error:
        return _refused(None, [Fault("$", str(error))])
    if not isinstance(document, dict):
        return _refused(None, [Fault("$", f"{shown(document)} is not an object: send one event object a line")])
    faults = _attribute_faults(document, imported)
    event_class = EVENT_CLASSES.get(document["type"]) if isinstance(document.get("type"), str) else None
    if event_class is None:
        faults += _envelope_only_faults(document)
        return _refused(document, faults)
    given = {name: document[name] for name in STORED_ATTRIBUTES if name in document}
    try:
        event = event_class.model_validate(given)
    except ValidationError as error:
        return _refused(document, faults + faults_of(event_class, given, error))
    if faults:
        return _refused(document, faults)
    return Checked(event, event.source, event.id, ())


def _attribute_faults(document: dict[str, Any], imported: bool) -> list[Fault]:
    faults = [
        Fault(name, "unknown attribute: take it out, nothing unknown is stored")
        for name in sorted(document)
        if name not in STORED_ATTRIBUTES and name not in UNSTORED_ATTRIBUTES
    ]
    for name in sorted(document):
        if document[name] is None and name != "data":
            faults.append(Fault(name, "null says nothing: leave the attribute out"))
    if document.get("type") == RUN_RECORDED and not imported:
        faults.append(Fault("type", "match runs of live offers are written by the engine: import official ones"))
    if "recordedtime" in document and not imported:
        faults.append(Fault("recordedtime", "is set by the log itself: leave it out, or use ingest --import"))
    kind = document.get("datacontenttype", _JSON_TYPE)
    if not isinstance(kind, str) or kind.lower() != _JSON_TYPE:
        faults.append(Fault("datacontenttype", f"{shown(kind)} is not {_JSON_TYPE}: send JSON data"))
    return faults


def _envelope_only_faults(document: dict[str, Any]) -> list[Fault]:
    """The envelope's own faults where the type is unknown, so that every one is named at once."""
    given = {name: document[name] for name in STORED_ATTRIBUTES if name in document and name != "data"}
    faults = []
    try:
        Event.model_validate({**given, "data": {}})
    except ValidationError as error:
        faults = list(faults_of(Event, {**given, "data": {}}, error))
    if isinstance(document.get("type"), str):
        faults.append(Fault("type", f"{shown(document['type'])} is not an event type: send one like {EXAMPLE_TYPE}"))
    if "data" not in document:
        faults.append(Fault("data", "is required and missing: give it"))
    return faults


EXAMPLE_TYPE = next(iter(EVENT_CLASSES))


def _refused(document: dict[str, Any] | None, faults: list[Fault]) -> Checked:
    unique = tuple(dict.fromkeys(faults))
    return Checked(None, _text(document, "source"), _text(document, "id"), unique)


def _text(document: dict[str, Any] | None, name: str) -> str | None:
    value = document.get(name) if document else None
    return value if isinstance(value, str) and not isinstance(value, NumberText) else None
