"""Step 3 of verification: what a row's bytes say, read by themselves; so many rows can be read beside one another."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import orjson
from pydantic import ValidationError

from engine.events.canonical import canonical_json
from engine.events.catalogue import EVENT_CLASSES
from engine.events.sound import sound_attributes
from engine.events.upcasts import UPCASTS, Attributes, read_stored
from engine.log.eventlog import without_garbage_collection
from engine.log.tree import leaf_hash
from engine.quantities import InstantText, is_utc_text


class Form(NamedTuple):
    """What is to be known of an event's bytes: what stands in them, and in today's form its type and subject."""

    topic: str
    source: str
    id: str
    content: bytes
    """SHA-256 of the stored bytes without the recorded time."""
    event_type: str
    subject: str
    recorded: int
    recorded_text: str


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
    attributes = orjson.loads(state)
    sound = None if _is_old(attributes) else sound_attributes(attributes)
    if sound is None or canonical_json(sound) != state or not _is_as_stored(sound.get("recordedtime")):
        return _form_told_apart(state, attributes)
    recorded = sound["recordedtime"]
    content = state.replace(b',"recordedtime":"%b"' % recorded.encode(), b"", 1)
    return _of(sound, content, sound)


def _is_old(attributes: Any) -> bool:
    return not isinstance(attributes, dict) or attributes.get("type") in UPCASTS


def _form_told_apart(state: bytes, attributes: Attributes) -> Form:
    """The same for old forms and for what is not as the log writes it: the first thing wrong is said."""
    if canonical_json(attributes) != state:
        raise ValueError("they are not canonical JSON (RFC 8785)")
    today = read_stored(state)
    event_class = EVENT_CLASSES.get(today["type"])
    if event_class is None:
        raise ValueError(f"{today['type']!r} is no type of event")
    event = event_class.model_validate(today)
    if not _is_as_stored(event.recordedtime):
        raise ValueError(f"recordedtime {event.recordedtime!r} is not as the log writes it")
    if attributes["type"] not in UPCASTS and event.stored_bytes() != state:
        raise ValueError("the log writes this event in other bytes")
    content = {name: value for name, value in attributes.items() if name != "recordedtime"}
    return _of(attributes, canonical_json(content), event.attributes())


def _of(stored: Attributes, content: bytes, today: Attributes) -> Form:
    event_type, recorded = EVENT_CLASSES[today["type"]].TYPE, today["recordedtime"]
    return Form(
        stored["type"],
        stored["source"],
        stored["id"],
        sha256(content).digest(),
        event_type,
        today["subject"],
        recorded.instant,
        str(recorded),
    )


def _is_as_stored(recorded: InstantText | None) -> bool:
    """Whether a recorded time is written as the log does."""
    return recorded is not None and is_utc_text(recorded)
