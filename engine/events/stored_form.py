"""Stored bytes told at a look: the canonical JSON of each event type as one regular expression, made from its class.

What matches is canonical JSON with every field in its place, and right as far as a look can tell; the class's own
checks settle the rest: that a day is real, a number within its bounds, that fields go together. Bytes that do not
match may be sound all the same (a quote in a text): they have to be read.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from engine.events.canonical import canonical_json
from engine.events.catalogue import EVENT_CLASSES
from engine.events.envelope import STORED_ATTRIBUTES, Data, Event
from engine.events.fields import PLAIN, FieldKind, WholeIn
from engine.events.sound import Reading, Sound, entries_of, kind_within, looks_between, reading_of, refuse_first
from engine.events.subjects import stream_text, subject_kind
from engine.events.upcasts import UPCASTS, Attributes
from engine.quantities import is_utc_text, sound_instant


class StoredForm(NamedTuple):
    """What stored bytes that were told at a look say of their event."""

    event_type: str
    source: str
    id: str
    subject: str
    recorded: str
    content: bytes
    """The bytes without the recorded time."""


def stored_form(state: bytes) -> StoredForm | None:
    """What stored bytes say, where they are surely sound; None where they have to be read."""
    event_type = state[state.rfind(_TYPE) + len(_TYPE) : -2]
    try:
        reader = _reader(event_type.decode("ascii"))
        return reader(state.decode("utf-8")) if reader else None
    except (ValueError, KeyError):
        return None


def told_sound(document: Attributes) -> Sound | None:
    """The sound event of a document that is to be stored as it is, recorded time and all; None as above."""
    state = canonical_json(document)
    told = stored_form(state)
    if told is None or not is_utc_text(told.recorded):
        return None
    event_type, source, id_, subject, recorded, content = told
    time = document["time"]
    return Sound(
        event_type,
        subject,
        source,
        id_,
        sound_instant(time),
        document["data"],
        time,
        document.get("actor"),
        stream_text(subject),
        state,
        sha256(content).digest(),
        recorded,
        recorded,
        sound_instant(recorded),
    )


_TYPE = b'"type":"'
_KEPT = ("source", "id", "subject", "recordedtime")


class _Field(NamedTuple):
    """A field in an expression: whether it is of ``data``, and how its text is settled where a look is not enough."""

    in_data: bool
    name: str
    settle: Callable[[str], Any] | None


@cache
def _reader(event_type: str) -> Callable[[str], StoredForm | None] | None:
    event_class = EVENT_CLASSES.get(event_type)
    if event_class is None or event_type in UPCASTS:
        return None
    model: type[Data] = event_class.model_fields["data"].annotation  # type: ignore[assignment]
    captured: list[_Field] = []
    expression = re.compile("".join(_envelope(event_class, model, captured)), re.ASCII).fullmatch
    places = {field.name: place for place, field in enumerate(captured) if not field.in_data}
    source, id_, subject, recorded = (places[name] for name in _KEPT)
    settled = [(place, field.settle) for place, field in enumerate(captured) if field.settle]
    fields = [(place, field.name) for place, field in enumerate(captured) if field.in_data]
    between_data, between = looks_between(model, Data), looks_between(event_class, Event)
    is_about = cache(event_class.is_about)

    def read(text: str) -> StoredForm | None:
        found = expression(text)
        if found is None:
            return None
        values: list[Any] = list(found.groups())
        for place, settle in settled:
            if values[place] is not None:
                values[place] = settle(values[place])
        if between_data or between:
            data = {name: values[place] for place, name in fields if values[place] is not None}
            refuse_first(model.faults_between(data))
            if between:
                given = {"subject": values[subject], "time": values[places["time"]], "data": data}
                refuse_first(event_class.faults_between(given))
        if not is_about(subject_kind(values[subject])):
            return None
        begin, end = found.span(recorded + 1)
        content = (text[: begin - len(',"recordedtime":"')] + text[end + 1 :]).encode()
        return StoredForm(event_type, values[source], values[id_], values[subject], found[recorded + 1], content)

    return read


def _envelope(event_class: type[Event], model: type[Data], captured: list[_Field]) -> Iterator[str]:
    """The expression of an event's attributes, in the order of their names."""
    kinds = {name: event_class.model_fields[name].rebuild_annotation() for name in STORED_ATTRIBUTES}
    between = looks_between(event_class, Event)
    yield r"\{"
    yield f"(?:{_member('actor', kinds['actor'], captured)},)?"
    yield f'"data":{_object(model, captured, between=between)}'
    for name in ("id", "recordedtime", "source", "specversion", "subject", "time"):
        yield "," + _member(name, kinds[name], captured, keep=name in _KEPT or between)
    yield rf',"type":"{re.escape(event_class.TYPE)}"\}}'


def _object(model: type[Data], captured: list[_Field], *, between: bool = False) -> str:
    """The expression of an object; its fields are captured where the event looks between them, or its data does."""
    parts = []
    for name, field in sorted(model.model_fields.items()):
        kind = field.rebuild_annotation()
        keep = looks_between(model, Data) or (between and isinstance(kind_within(kind), FieldKind))
        member = _member(name, kind, captured, understood=keep) + r"(?:,(?!\})|(?=\}))"
        parts.append(member if field.is_required() else f"(?:{member})?")
    return rf"\{{{''.join(parts)}\}}"


def _member(name: str, kind: Any, captured: list[_Field], *, keep: bool = False, understood: bool | None = None) -> str:
    """The expression of a field with its name; captured as it stands, as ``data`` understands it, or to be settled."""
    pattern, settle, is_text = _look(kind, bool(understood))
    group = f"(?:{pattern})"
    if keep or understood or settle:
        captured.append(_Field(understood is not None, name, settle))
        group = f"({pattern})"
    return f'"{name}":"{group}"' if is_text else f'"{name}":{group}'


class _Look(NamedTuple):
    """How a field's canonical JSON looks, and what settles it where a look does not, or where it must be understood."""

    pattern: str
    settle: Callable[[str], Any] | None
    is_text: bool = False
    """Whether it stands between quotes."""


def _look(kind: Any, understood: bool) -> _Look:
    inner = kind_within(kind)
    if isinstance(inner, WholeIn):
        return _Look(inner.look, (lambda text: inner.check(int(text))) if understood else None)
    if isinstance(inner, FieldKind):
        settle = inner.check if understood and inner.written else inner.settle
        return _Look(inner.look or f"{PLAIN}*", settle, is_text=True)
    entry = entries_of(inner)
    if entry is not None and not understood and not looks_between(entry, Data):
        unsettled: list[_Field] = []
        one = _object(entry, unsettled)
        if not unsettled:
            return _Look(rf"\[(?:{one}(?:,{one})*)?\]", None)
    return _Look(r"\[.*\]|\{.*\}|true|false", _composed(reading_of(kind)))


def _composed(reading: Reading) -> Callable[[str], Any]:
    """What settles a list or an object: it is read, and must be written as it stood."""

    def settle(text: str) -> Any:
        value = reading.check(orjson.loads(text))
        stored = reading.written(value) if reading.written else value
        if canonical_json(stored) != text.encode():
            raise ValueError("written otherwise")
        return value

    return settle
