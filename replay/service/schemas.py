"""The event types as JSON schemas, made from their classes: what a sender's own program can check before it sends.

A schema is no looser than the intake where it can say what the intake asks; what it cannot say (the place in the log,
what is plausible between fields) the intake says in its verdict.
"""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from engine.events.catalogue import EVENT_CLASSES
from engine.events.envelope import UNSTORED_EXTENSIONS, Event
from engine.events.fields import CodeIn, DecimalIn, FieldKind, WholeIn
from engine.quantities import InstantText, parse_date

REFERENCES = "#/components/schemas/{model}"
_TEXT = {"type": "string", "minLength": 1}


def event_schemas() -> dict[str, JsonSchemaValue]:
    """By name every event, and what its data holds."""
    found: dict[str, JsonSchemaValue] = {}
    for event_class in EVENT_CLASSES.values():
        schema = _Generator(ref_template=REFERENCES).generate(event_class.__pydantic_core_schema__)
        found |= schema.pop("$defs", {})
        found[event_class.__name__] = _as_sent(schema, event_class)
    found["Replacements"]["properties"] = {
        name: {"anyOf": [schema, {"type": "null"}]} for name, schema in found["Replacements"]["properties"].items()
    }
    return dict(sorted(found.items()))


def _as_sent(schema: JsonSchemaValue, event_class: type[Event]) -> JsonSchemaValue:
    """An event's schema with what every sender may add, and without what no sender sends."""
    properties = {name: value for name, value in schema["properties"].items() if name != "originator_version"}
    properties["recordedtime"] |= {"readOnly": True, "description": "when the log learnt it: the log sets it"}
    properties["type"] = {"const": event_class.TYPE}
    properties["subject"] = {"type": "string", "pattern": f"^({'|'.join(map(_subject, _kinds(event_class)))})$"}
    properties["datacontenttype"] = {"type": "string"}
    properties |= {name: {"type": ["string", "integer", "boolean"]} for name in UNSTORED_EXTENSIONS}
    return {**schema, "properties": properties}


def _kinds(event_class: type[Event]) -> tuple[str, ...]:
    return event_class.SUBJECTS or ("candidate", "donor", "offer", "travel-times", "offer-counter")


def _subject(kind: str) -> str:
    return kind if kind == "offer-counter" else f"{kind}/[A-Za-z0-9._-]{{1,64}}"


class _Generator(GenerateJsonSchema):
    """What pydantic makes of a class, with our kinds of fields in it; null is nothing that is sent."""

    def function_plain_schema(self, schema: core_schema.PlainValidatorFunctionSchema) -> JsonSchemaValue:
        """A field of one of our kinds, which checks its values itself."""
        check: Any = schema["function"]["function"]
        return _kind_schema(check.__self__)

    def field_title_should_be_set(self, schema: object) -> bool:
        """A field's name says it."""
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """A field that may be left out."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """The same: nothing is filled in."""
        return self.generate_inner(schema["schema"])


def _kind_schema(kind: FieldKind) -> JsonSchemaValue:
    """What values of a kind look like in JSON; numbers are taken as JSON numbers and as text alike."""
    if isinstance(kind, CodeIn):
        return {"enum": [*kind.codes, *(alias for alias, _ in kind.aliases)]}
    if isinstance(kind, WholeIn):
        number = {"type": "integer", "minimum": kind.low, "maximum": kind.high}
        return {"description": kind.unit, "anyOf": [number, {"type": "string", "pattern": "^[0-9]+$"}]}
    if isinstance(kind, DecimalIn):
        low = {"exclusiveMinimum" if kind.above else "minimum": _number(kind.low)}
        number = {"type": "number", **low, "maximum": _number(kind.high)}
        said = kind.apart or kind.unit
        return {"description": said, "anyOf": [number, {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"}]}
    return _text_schema(getattr(kind, "parse", None))


def _text_schema(parse: Any) -> JsonSchemaValue:
    if parse == InstantText.of:
        return {**_TEXT, "format": "date-time"}
    if parse == parse_date:
        return {**_TEXT, "format": "date"}
    return dict(_TEXT)


def _number(text: str) -> float | int:
    return int(text) if text.removeprefix("-").isdigit() else float(text)
