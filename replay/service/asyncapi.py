"""The events as an AsyncAPI document: what may be sent to the log, and what those who follow it are told."""

from typing import Any

from engine.events.catalogue import EVENT_CLASSES
from engine.events.envelope import Event
from replay.service.routes import BASE, EVENT
from replay.service.schemas import event_schemas


def asyncapi() -> dict[str, Any]:
    """The document."""
    names = [each.__name__ for each in EVENT_CLASSES.values()]
    channel = {"address": f"{BASE}/events", "messages": {name: _reference("messages", name) for name in names}}
    taken = "Events are taken in by POST; each is answered with a verdict once it is durable."
    told = "Stored events are told in their order, none skipped and none twice, by GET with `after`."
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "snagc",
            "version": "1",
            "description": "The events of the log: facts about candidates, donors, grafts and the acts around them.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": EVENT,
        "channels": {"events": channel},
        "operations": {"take": _operation("receive", "POST", taken), "follow": _operation("send", "GET", told)},
        "components": {"messages": dict(map(_message, EVENT_CLASSES.values())), "schemas": event_schemas()},
    }


def _operation(action: str, method: str, summary: str) -> dict[str, Any]:
    bindings = {"http": {"method": method}}
    return {"action": action, "channel": {"$ref": "#/channels/events"}, "summary": summary, "bindings": bindings}


def _message(event_class: type[Event]) -> tuple[str, dict[str, Any]]:
    name, summary = event_class.__name__, (event_class.__doc__ or "").partition("\n")[0]
    return name, {"name": event_class.TYPE, "summary": summary, "payload": _reference("schemas", name)}


def _reference(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}
