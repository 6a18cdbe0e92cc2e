"""From pydantic's errors to faults: a path, and a message that names the value and the remedy.

Fields are checked one by one, and then against each other as far as they are right, so that a verdict names
every fault at once.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from engine.events.canonical import shown
from engine.events.envelope import Data, Event, RightFields
from engine.intake.near_misses import near_miss
from engine.intake.verdicts import MOST_FAULTS, Fault


def faults_of(model: type[BaseModel], given: Mapping[str, Any], error: ValidationError) -> Iterator[Fault]:
    """Every fault of what was given: of each field, of each entry of a list, and between those that are right."""
    details = [detail for detail in error.errors(include_url=False) if detail["type"] != "between"]
    inner = {detail["loc"][:-1] for detail in details}
    for detail in details:
        if not (detail["type"] == "too_short" and detail["loc"] in inner):
            yield _fault(detail, (), given)
    yield from _entry_faults(model, given, ())
    for path, why in _between(model, given, ()):
        yield Fault(".".join(path) or "$", why)


def _fault(detail: ErrorDetails, path: tuple[str | int, ...], given: Any) -> Fault:
    """A pydantic error of what was given at a path as a fault: dotted path, and a message with value and remedy."""
    place = (*path, *detail["loc"])
    message = _MESSAGES.get(detail["type"], _as_is)(detail)
    name = next((step for step in reversed(place) if isinstance(step, str)), "$")
    if detail["type"] == "extra_forbidden":
        remedy = near_miss("field", name)
    else:
        remedy = near_miss(name, detail["input"], _beside(given, detail["loc"]))
    return Fault(".".join(map(str, place)) or "$", f"{message}: {remedy}" if remedy else message)


def _beside(given: Any, place: tuple[str | int, ...]) -> Any:
    """What a field was given with; None of a place that is none of what was given."""
    try:
        for step in place[:-1]:
            given = given[step]
    except (LookupError, TypeError):
        return None
    return given


def _entry_faults(model: type[BaseModel], raw: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[Fault]:
    """Faults of every entry of the lists of a model: its own validation stops at a list's first bad entry."""
    for name, value in raw.items():
        if name not in model.model_fields:
            continue
        _, entry = _adapters(model, name)
        if entry is not None and isinstance(value, list):
            found = False
            for fault in _faults_of_list(entry, value, (*path, name)):
                found = True
                yield fault
            most = _most_entries(model.model_fields[name].rebuild_annotation())
            if found and most is not None and len(value) > most:
                yield Fault(".".join((*path, name)), f"{shown(value)} has too many entries: at most {most}")
    for name, inner, many in _models_inside(model):
        if not many and isinstance(raw.get(name), Mapping):
            yield from _entry_faults(inner, raw[name], (*path, name))


def _most_entries(kind: Any) -> int | None:
    """How many entries a list may have; none where that is not said of its kind."""
    marks = [each for mark in getattr(kind, "__metadata__", ()) for each in getattr(mark, "metadata", [mark])]
    said = [mark.max_length for mark in marks if hasattr(mark, "max_length")]
    inside = get_args(kind) if get_origin(kind) in (Annotated, Union, UnionType) else ()
    return said[0] if said else next(filter(None, map(_most_entries, inside)), None)


def _faults_of_list(entry: TypeAdapter[Any], values: list[Any], path: tuple[str, ...]) -> Iterator[Fault]:
    """Faults of the entries of one list; of those that a verdict only counts, the place alone."""
    found = 0
    for number, each in enumerate(values):
        try:
            entry.validate_python(each)
        except ValidationError as error:
            said = found < MOST_FAULTS
            details = error.errors(include_url=False, include_context=said, include_input=said)
            for detail in details:
                if detail["type"] != "between":
                    found += 1
                    yield _fault(detail, (*path, number), each) if said else Fault(f"{'.'.join(path)}.{number}", "")


def _between(model: type[BaseModel], raw: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Faults between right fields, of a model and the models inside it."""
    if not isinstance(raw, Mapping):
        return
    if issubclass(model, Data | Event):
        for field, why in model.faults_between(_right_fields(model, raw)):
            yield (*path, *field.split(".")), why
    for name, inner, many in _models_inside(model):
        if name in raw:
            values = enumerate(raw[name]) if many and isinstance(raw[name], list) else [(None, raw[name])]
            for number, value in values:
                yield from _between(inner, value, (*path, name) if number is None else (*path, name, str(number)))


def _right_fields(model: type[BaseModel], raw: Mapping[str, Any]) -> RightFields:
    """The fields that are right by themselves; of a list, its right entries; of an event's data, its right fields."""
    right: dict[str, Any] = {}
    inside = {name: inner for name, inner, many in _models_inside(model) if not many}
    for name in model.model_fields:
        if raw.get(name) is None:
            continue
        if name in inside and isinstance(raw[name], Mapping):
            right[name] = _right_fields(inside[name], raw[name])
            continue
        whole, entry = _adapters(model, name)
        try:
            right[name] = whole.validate_python(raw[name])
        except ValidationError:
            if entry is not None and isinstance(raw[name], list):
                right[name] = [value for each in raw[name] for value in _right(entry, each)]
    return RightFields(right, (name for name, value in raw.items() if value is not None))


def _right(adapter: TypeAdapter[Any], raw: Any) -> list[Any]:
    try:
        return [adapter.validate_python(raw)]
    except ValidationError:
        return []


@lru_cache(maxsize=512)
def _adapters(model: type[BaseModel], name: str) -> tuple[TypeAdapter[Any], TypeAdapter[Any] | None]:
    """Validators of a field and, where it is a list, of its entries."""
    kind = model.model_fields[name].rebuild_annotation()
    plain = _without_none(model.model_fields[name].annotation)
    entry = TypeAdapter(get_args(plain)[0]) if get_origin(plain) is tuple else None
    return TypeAdapter(kind), entry


@lru_cache(maxsize=64)
def _models_inside(model: type[BaseModel]) -> tuple[tuple[str, type[BaseModel], bool], ...]:
    """Fields that hold a model, or many."""
    found = []
    for name, field in model.model_fields.items():
        kind = _without_none(field.annotation)
        many = get_origin(kind) is tuple
        inner = get_args(kind)[0] if many else kind
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found.append((name, inner, many))
    return tuple(found)


def _without_none(kind: Any) -> Any:
    """X of ``X | None``, and of Annotated[X, …]."""
    if get_origin(kind) in (Union, UnionType):
        kind = next(each for each in get_args(kind) if each is not type(None))
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


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
