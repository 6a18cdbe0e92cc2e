"""The events as an AsyncAPI document: what may be sent to the log, and what those who follow it are told."""

from typing import Any

from engine.events.catalogue import EVENT_CLASSES
from replay.service.routes import BASE, EVENT
from replay.service.schemas import event_schemas


def asyncapi() -> dict[str, Any]:
    """The document."""
    classes = EVENT_CLASSES.values()
    messages = {each.__name__: {"$ref": f"#/components/messages/{each.__name__}"} for each in classes}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "snagc",
            "version": "1",
            "description": "The events of the log: facts about candidates, donors, grafts and the acts around them.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": EVENT,
        "channels": {"events": {"address": f"{BASE}/events", "messages": messages}},
        "operations": {
            "take": {
                "action": "receive",
                "channel": {"$ref": "#/channels/events"},
                "summary": "Events are taken in by POST; each is answered with a verdict once it is durable.",
                "bindings": {"http": {"method": "POST"}},
            },
            "follow": {
                "action": "send",
                "channel": {"$ref": "#/channels/events"},
                "summary": "Stored events are told in their order, none skipped and none twice, by GET with `after`.",
                "bindings": {"http": {"method": "GET"}},
            },
        },
        "components": {
            "messages": {
                each.__name__: {
                    "name": each.TYPE,
                    "summary": (each.__doc__ or "").split("\n")[0],
                    "payload": {"$ref": f"#/components/schemas/{each.__name__}"},
                }
                for each in classes
            },
            "schemas": event_schemas(),
        },
    }
