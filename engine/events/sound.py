"""Reading sound events quickly: the checks of an event class one after another, without building its models.

The classes stay the one definition of what is valid: what is called here are the checks of their own fields and
their own looks between fields. Whatever these refuse is left to the class itself, which names every fault.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from hashlib import sha256
from operator import attrgetter
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

import orjson
from pydantic import TypeAdapter

from engine.events.canonical import canonical_json
from engine.events.catalogue import EVENT_CLASSES
from engine.events.envelope import STORED_ATTRIBUTES, Between, Data, Event
from engine.events.fields import FieldKind, StopAtFirstFault
from engine.events.subjects import stream_text, subject_kind
from engine.events.upcasts import Attributes
from engine.quantities import is_utc_text, utc_text


class Sound(NamedTuple):
    """A sound event on its way into the log: what it states, and its bytes; plain values throughout."""

    event_type: str
    subject: str
    source: str
    id: str
    instant: int
    """Of its time, in microseconds since the epoch."""
    data: dict[str, Any]
    time: str
    actor: str | None
    stream: str
    """Of its subject, as it stands in a row."""
    state: bytes
    """RFC 8785 bytes: what the log keeps, still without the recorded time where the event brought none along."""
    sha256: bytes
    """Digest of the bytes without the recorded time: what makes two events of one (source, id) the same."""
    given: str | None
    """The recorded time that it brought along."""
    recorded: str | None
    """The same as it is stored."""
    recorded_at: int | None
    """Its instant."""

    @property
    def attributes(self) -> Attributes:
        """The stored attributes without the recorded time."""
        attributes: Attributes = orjson.loads(self.state)
        attributes.pop("recordedtime", None)
        return attributes

    def stored_bytes(self, recorded: str) -> bytes:
        """What the log keeps and what the tree hashes; ``recorded`` is the recorded time of one that brought none."""
        return self.state if self.recorded is not None else _with_recorded(self.state, recorded)


def sound_of(attributes: Attributes) -> Sound:
    """A sound event by its stored attributes."""
    given, time = attributes.pop("recordedtime", None), attributes["time"]
    recorded = given and str(given if is_utc_text(given) else utc_text(given.instant))
    content = canonical_json(attributes)
    return Sound(
        attributes["type"],
        attributes["subject"],
        attributes["source"],
        attributes["id"],
        time.instant,
        attributes["data"],
        str(time),
        attributes.get("actor"),
        stream_text(attributes["subject"]),
        content if recorded is None else _with_recorded(content, recorded),
        sha256(content).digest(),
        given and str(given),
        recorded,
        given and given.instant,
    )


def _with_recorded(content: bytes, recorded: str) -> bytes:
    place = content.rindex(_AFTER_RECORDED)
    return b"".join((content[:place], b',"recordedtime":"', recorded.encode(), b'"', content[place:]))


_AFTER_RECORDED = b',"source":'
"""The attribute that follows ``recordedtime``: behind ``data``, so its last place in the bytes is the attribute's."""


def sound_attributes(given: Mapping[str, Any]) -> Attributes | None:
    """The attributes to be stored of an event, its times with their instants; None where anything is wrong."""
    kind = given.get("type")
    event_class = EVENT_CLASSES.get(kind) if isinstance(kind, str) else None
    if event_class is None:
        return None
    try:
        return _event_reader(event_class)(given)
    except (ValueError, KeyError):
        return None


class _Read(NamedTuple):
    """The fields of ``data``, or of a model inside it, as they are understood and as they are stored."""

    given: dict[str, Any]
    stored: dict[str, Any]


class Reading(NamedTuple):
    """How a field is read (ValueError or KeyError where it is none), and how that is stored if otherwise."""

    check: Callable[[Any], Any]
    written: Callable[[Any], Any] | None = None


@cache
def _event_reader(event_class: type[Event]) -> Callable[[Mapping[str, Any]], Attributes]:
    fields = {name: event_class.model_fields[name] for name in STORED_ATTRIBUTES}
    checks = {name: reading_of(field.rebuild_annotation()).check for name, field in fields.items()}
    required = frozenset(name for name, field in fields.items() if field.is_required())
    between, is_about = looks_between(event_class, Event), cache(event_class.is_about)

    def read(given: Mapping[str, Any]) -> Attributes:
        attributes = {name: checks[name](value) for name, value in given.items()}
        if not required.issubset(attributes):
            raise ValueError(_MISSING)
        data, subject = attributes["data"], attributes["subject"]
        if between:
            refuse_first(
                event_class.faults_between({"subject": subject, "time": attributes["time"], "data": data.given})
            )
        elif not is_about(subject_kind(subject)):
            raise ValueError("the subject is of another kind")
        attributes["data"] = data.stored
        return attributes

    return read


@cache
def _data_reader(model: type[Data]) -> Callable[[Any], _Read]:
    readings = {name: reading_of(field.rebuild_annotation()) for name, field in model.model_fields.items()}
    checks = {name: reading.check for name, reading in readings.items()}
    written = [(name, reading.written) for name, reading in readings.items() if reading.written is not None]
    required = frozenset(name for name, field in model.model_fields.items() if field.is_required())
    between = looks_between(model, Data)

    def read(value: Any) -> _Read:
        if not isinstance(value, dict):
            raise ValueError("no object")
        given = {name: checks[name](each) for name, each in value.items()}
        if not required.issubset(given):
            raise ValueError(_MISSING)
        if between:
            refuse_first(model.faults_between(given))
        stored = given.copy() if written else given
        for name, write in written:
            if name in given:
                stored[name] = write(given[name])
        return _Read(given, stored)

    return read


_MISSING = "a required field is missing"


def looks_between(model: type[Data | Event], base: type[Data | Event]) -> bool:
    """Whether a class looks between its fields in another way than the base does."""
    method: Any = model.faults_between
    return method.__func__ is not base.faults_between.__func__  # type: ignore[attr-defined]


def refuse_first(faults: Iterable[Between]) -> None:
    """ValueError where there is a fault at all."""
    for _, why in faults:
        raise ValueError(why)


def kind_within(kind: Any) -> Any:
    """What checks the values of a field's kind, where one thing does; an optional field is absent, never null."""
    if get_origin(kind) in (Union, UnionType):
        (kind,) = (each for each in get_args(kind) if each is not type(None))
    metadata = get_args(kind)[1:] if get_origin(kind) is Annotated else ()
    return metadata[0] if len(metadata) == 1 and isinstance(metadata[0], FieldKind) else kind


def reading_of(kind: Any) -> Reading:
    """How values of a field's kind are read."""
    kind = kind_within(kind)
    if isinstance(kind, FieldKind):
        return Reading(kind.check, kind.written)
    if _is_data(kind):
        return Reading(_data_reader(kind), attrgetter("stored"))
    if (entry := entries_of(kind)) is not None:
        return _entries(_data_reader(entry))
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    return Reading(adapter.validate_python, lambda value: adapter.dump_python(value, mode="json", exclude_unset=True))


def entries_of(kind: Any) -> type[Data] | None:
    """The model of a list's entries, where it is a list of any length of one model."""
    plain, *metadata = get_args(kind) if get_origin(kind) is Annotated else (kind,)
    entry = get_args(plain)[0] if get_origin(plain) is tuple and metadata == [StopAtFirstFault()] else None
    return entry if _is_data(entry) else None


def _is_data(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Data)


def _entries(read: Callable[[Any], _Read]) -> Reading:
    """How a list of objects is read."""

    def check(value: Any) -> list[_Read]:
        if not isinstance(value, list):
            raise ValueError("no array")
        return [read(each) for each in value]

    return Reading(check, lambda entries: [entry.stored for entry in entries])
