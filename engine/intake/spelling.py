"""Two contents under one (source, id): whether only their spelling differs, and what to say of it."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from engine.events.canonical import shown
from engine.events.catalogue import EVENT_CLASSES
from engine.quantities import parse_instant

_TIMES = ("time", "data.time")


def conflict(sent: Mapping[str, Any], stored: Mapping[str, Any], position: int) -> str:
    """What to say to the sender of a sound event whose identity stands at a position with other stored attributes."""
    where = f"(source, id) stands at position {position}"
    differences = list(_spellings(sent, stored))
    if not differences or None in differences:
        return f"{where} with other content: send the same event again, a new id, or an event.corrected"
    named = "; ".join(each for each in differences[:5] if each)
    return (
        f"{where} and only the spelling differs ({named}): the fact is stored, send an event again in the very same "
        "spelling, or not at all"
    )


def _spellings(sent: Mapping[str, Any], stored: Mapping[str, Any]) -> Iterator[str | None]:
    """Each field spelt otherwise though it says the same; None where what is said differs."""
    if any(sent.get(name) != stored.get(name) for name in ("type", "subject", "actor")):
        yield None
        return
    event_class = EVENT_CLASSES[sent["type"]]
    here, there = (event_class.model_validate(attributes) for attributes in (sent, stored))
    yield from _differences("time", here.time, there.time)
    yield from _differences("data", here.data, there.data)


def _differences(path: str, sent: Any, kept: Any) -> Iterator[str | None]:
    """Differences of spelling between two checked values, depth first; None for a difference in what they say."""
    if isinstance(sent, BaseModel) and type(sent) is type(kept):
        sent, kept = _fields(sent), _fields(kept)
    if isinstance(sent, Mapping) and isinstance(kept, Mapping) and sent.keys() == kept.keys():
        for name in sent:
            yield from _differences(f"{path}.{name}", sent[name], kept[name])
    elif isinstance(sent, tuple) and isinstance(kept, tuple) and len(sent) == len(kept):
        for number, pair in enumerate(zip(sent, kept, strict=True)):
            yield from _differences(f"{path}.{number}", *pair)
    elif _text(sent) != _text(kept):
        same = sent == kept if isinstance(sent, Decimal) else path in _TIMES and _same_instant(sent, kept)
        yield f"{path}: {shown(_text(sent))} here, {shown(_text(kept))} there" if same else None


def _fields(model: BaseModel) -> dict[str, Any]:
    return {name: getattr(model, name) for name in model.model_fields_set}


def _text(value: Any) -> Any:
    """A number as it was written."""
    return getattr(value, "text", value)


def _same_instant(sent: object, kept: object) -> bool:
    return isinstance(sent, str) and isinstance(kept, str) and parse_instant(sent) == parse_instant(kept)
