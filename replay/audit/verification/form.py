"""Step 3 of verification: what a row's bytes say, read by themselves; so many rows can be read beside one another."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import orjson
from pydantic import ValidationError

from engine.events.canonical import canonical_json
from engine.events.catalogue import EVENT_CLASSES
from engine.events.stored_form import stored_form
from engine.events.upcasts import UPCASTS, Attributes, read_stored
from engine.log.eventlog import without_garbage_collection
from engine.log.tree import leaf_hash
from engine.quantities import is_utc_text


class Form(NamedTuple):
    """What is to be known of an event's bytes: what stands in them, and in today's form its type and subject."""

    topic: str
    source: str
    id: str
    content: bytes
    """SHA-256 of the stored bytes without the recorded time."""
    event_type: str
    subject: str
    recorded: str
    """As the log writes it, so the order of texts is that of instants."""


Read = tuple[bytes, Form | str]
"""A row's leaf hash and its form, or why it has none."""


def read_all(states: Sequence[Any]) -> list[Read]:
    """The forms of some rows."""
    with without_garbage_collection():
        return [(leaf_hash(_as_bytes(state)), _form_or_why(state)) for state in states]


def _as_bytes(state: Any) -> bytes:
    return state if isinstance(state, bytes) else str(state).encode("utf-8", "surrogateescape")


def _form_or_why(state: Any) -> Form | str:
    try:
        return _form(state)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        return f"the bytes are no event of the catalogue: {'.'.join(map(str, detail['loc']))}: {detail['msg']}"
    except (ValueError, KeyError, TypeError) as error:
        return f"the bytes are not what the log stores: {error}"


def _form(state: Any) -> Form:
    """The event of stored bytes; ValueError, KeyError or TypeError where they hold none or are written otherwise."""
    if not isinstance(state, bytes):
        raise TypeError(f"{type(state).__name__} instead of bytes")
    told = stored_form(state)
    if told is None or not is_utc_text(told.recorded):
        return _form_read(state, orjson.loads(state))
    digest = sha256(told.content).digest()
    return Form(told.event_type, told.source, told.id, digest, told.event_type, told.subject, told.recorded)


def _form_read(state: bytes, attributes: Attributes) -> Form:
    """The same for old forms, rare ones and what is not as the log writes it: the first thing wrong is said."""
    if canonical_json(attributes) != state:
        raise ValueError("they are not canonical JSON (RFC 8785)")
    today = read_stored(state)
    event_class = EVENT_CLASSES.get(today["type"])
    if event_class is None:
        raise ValueError(f"{today['type']!r} is no type of event")
    event = event_class.model_validate(today)
    recorded = event.recordedtime
    if recorded is None or not is_utc_text(recorded):
        raise ValueError(f"recordedtime {event.recordedtime!r} is not as the log writes it")
    if attributes["type"] not in UPCASTS and event.stored_bytes() != state:
        raise ValueError("the log writes this event in other bytes")
    content = {name: value for name, value in attributes.items() if name != "recordedtime"}
    digest = sha256(canonical_json(content)).digest()
    topic, source, id_ = (attributes[name] for name in ("type", "source", "id"))
    return Form(topic, source, id_, digest, event.type, event.subject, str(recorded))
