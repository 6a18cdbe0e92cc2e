"""From bytes to a checked event: everything that can be said of it without the log, all faults at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from engine.events.canonical import NumberText, StrictJsonError, read_strict, shown
from engine.events.catalogue import EVENT_CLASSES
from engine.events.envelope import STORED_ATTRIBUTES, UNSTORED_ATTRIBUTES, Event
from engine.intake.verdicts import Fault

LONGEST_EVENT = 16 * 1024 * 1024
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
        return _refused(None, [Fault("$", f"{len(raw)} bytes: an event has at most {LONGEST_EVENT}, split it")])
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
        return _refused(document, faults + _all_faults(event_class, given, error))
    if faults:
        return _refused(document, faults)
    return Checked(event, event.source, event.id, ())


def _all_faults(event_class: type[Event], given: dict[str, Any], error: ValidationError) -> list[Fault]:
    """Every fault at once: checks across fields run only without unknown fields, so look again without them."""
    details = error.errors(include_url=False)
    faults = [fault_of(detail) for detail in details]
    unknown = [
        detail["loc"][1] for detail in details if detail["type"] == "extra_forbidden" and len(detail["loc"]) == 2
    ]
    if unknown and len(unknown) == len(details):
        known = {name: value for name, value in given["data"].items() if name not in unknown}
        try:
            event_class.model_validate({**given, "data": known})
        except ValidationError as second:
            faults += [fault_of(detail) for detail in second.errors(include_url=False)]
    return faults


def fault_of(detail: ErrorDetails) -> Fault:
    """A pydantic error as a fault: dotted path, and a message that names value and remedy."""
    path = [str(step) for step in detail["loc"]]
    context: Mapping[str, Any] = detail.get("ctx") or {}
    if detail["type"] == "field":
        path.append(str(context["field"]))
    return Fault(".".join(path) or "$", _MESSAGES.get(detail["type"], _as_is)(detail))


def _as_is(detail: ErrorDetails) -> str:
    return str(detail["msg"])


def _not_an_object(detail: ErrorDetails) -> str:
    return f"{shown(detail['input'])} is not an object: send {{…}}"


def _not_a_list(detail: ErrorDetails) -> str:
    return f"{shown(detail['input'])} is not an array: send […]"


_MESSAGES: dict[str, Callable[[ErrorDetails], str]] = {
    "missing": lambda detail: "is required and missing: give it",
    "extra_forbidden": lambda detail: (
        f"unknown field ({shown(detail['input'])}): take it out, nothing unknown is stored"
    ),
    "model_type": _not_an_object,
    "model_attributes_type": _not_an_object,
    "dict_type": _not_an_object,
    "tuple_type": _not_a_list,
    "bool_type": lambda detail: f"{shown(detail['input'])} is not true or false",
    "too_short": lambda detail: f"{shown(detail['input'])} has too few entries: {detail['msg']}",
    "too_long": lambda detail: f"{shown(detail['input'])} has too many entries: {detail['msg']}",
}


def _attribute_faults(document: dict[str, Any], imported: bool) -> list[Fault]:
    faults = [
        Fault(name, "unknown attribute: take it out, nothing unknown is stored")
        for name in sorted(document)
        if name not in STORED_ATTRIBUTES and name not in UNSTORED_ATTRIBUTES
    ]
    for name in sorted(document):
        if document[name] is None and name != "data":
            faults.append(Fault(name, "null says nothing: leave the attribute out"))
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
        faults = [fault_of(detail) for detail in error.errors(include_url=False)]
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
