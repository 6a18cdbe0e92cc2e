"""Types of the fields in ``data``: exact decimals, whole numbers, strict times and dates, codes and texts.

Each refusal names the value and the remedy. A field name has the same type in every event.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from operator import attrgetter
from typing import Annotated, Any, cast

from pydantic import GetCoreSchemaHandler, StrictBool
from pydantic_core import PydanticCustomError, core_schema

from engine.events.canonical import NumberText, shown
from engine.quantities import RFC_3339, InstantText, parse_date, real_day

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
_LONGEST_NUMBER = 64
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
PLAIN = r'[^"\\\x00-\x1f\x7f-\x9f]'
"""A character that no text refuses, and that stands in JSON as it is."""
_TERMINAL_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class DecimalText(Decimal):
    """An exact decimal that remembers how it was written: 17.10 stays ``17.10``."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> "DecimalText":
        """The number a decimal text writes."""
        number = Decimal.__new__(cls, text)
        number.text = text
        return number


def _number_text(value: object) -> str:
    if isinstance(value, str):
        text = value if type(value) is str else str(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        text = str(value)
    else:
        raise PydanticCustomError("number", "{given} is not a number: send a JSON number", {"given": shown(value)})
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        raise PydanticCustomError(
            "number",
            "{given} is not a decimal number: write digits with a point, like 17.10 (at most 64 characters)",
            {"given": shown(value)},
        )
    return text


class FieldKind(ABC):
    """What the values of a field are checked by, and what they are stored as if not as they are."""

    @abstractmethod
    def check(self, value: object) -> object:
        """The value as it is understood; PydanticCustomError (a ValueError) names it and the remedy."""

    @property
    def written(self) -> Callable[[Any], Any] | None:
        """What the value is stored as; None where as it is understood."""
        return None

    @property
    def look(self) -> str | None:
        """A pattern of texts that look right, of characters that stand in JSON as they are."""
        return None

    @property
    def settle(self) -> Callable[[str], object] | None:
        """What tells whether a text that looks right is; None where a look is enough."""
        return self.check

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        serialise = core_schema.plain_serializer_function_ser_schema(self.written) if self.written else None
        return core_schema.no_info_plain_validator_function(self.check, serialization=serialise)


@dataclass(frozen=True)
class DecimalIn(FieldKind):
    """A decimal in [low, high] (or above low), with the unit named in the refusal."""

    low: str
    high: str
    unit: str
    above: bool = False
    apart: str = ""
    """The bounds in words, where the event's class sets narrower ones by what other fields say."""

    def check(self, value: object) -> DecimalText:
        """The value as an exact decimal within the bounds."""
        number = value if isinstance(value, DecimalText) else DecimalText(_number_text(value))
        low, high = self._bounds
        if not low <= number <= high or (self.above and number == low):
            bounds = f"above {self.low}, at most {self.high}" if self.above else f"{self.low} to {self.high}"
            raise PydanticCustomError(
                "range",
                "{given} is outside the plausible range ({bounds}): check value and unit",
                {"given": shown(value), "bounds": self.apart or f"{bounds} {self.unit}"},
            )
        return number

    @property
    def written(self) -> Callable[[Any], Any]:
        """The text that was received."""
        return attrgetter("text")

    @property
    def look(self) -> str | None:
        """Numbers of fewer digits than the upper bound, where all from 0 on are allowed."""
        if self.low != "0" or self.above:
            return None
        return rf"{_whole_below(self.high)}(?:\.[0-9]{{1,30}})?"

    @property
    def settle(self) -> Callable[[str], object] | None:
        """What tells whether a text that looks right is."""
        return None if self.look else self.check

    @cached_property
    def _bounds(self) -> tuple[Decimal, Decimal]:
        return Decimal(self.low), Decimal(self.high)


@dataclass(frozen=True)
class WholeIn(FieldKind):
    """A whole number in [low, high]."""

    low: int
    high: int
    unit: str

    def check(self, value: object) -> int:
        """The value as an int within the bounds; 2.0 is 2."""
        number = value if type(value) is int else _whole(_number_text(value))
        if number is None or not self.low <= number <= self.high:
            raise PydanticCustomError(
                "range",
                "{given} is not a whole number from {low} to {high} ({unit})",
                {"given": shown(value), "low": self.low, "high": self.high, "unit": self.unit},
            )
        return number

    @property
    def look(self) -> str:
        """Numbers of fewer digits than the upper bound; where it has one digit, those that are within."""
        if self.high < 10:
            return f"[{self.low}-{self.high}]"
        return _whole_below(str(self.high)) if self.low == 0 else rf"[1-9][0-9]{{0,{len(str(self.high)) - 2}}}"

    @property
    def settle(self) -> None:
        """A look is enough."""
        return None


def _whole_below(high: str) -> str:
    """A pattern of the whole numbers that have fewer digits than another."""
    return rf"(?:0|[1-9][0-9]{{0,{len(high) - 2}}})"


def _whole(text: str) -> int | None:
    """The whole number that a decimal text writes; None where it writes none."""
    if text.isdigit():
        return int(text)
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else None


@dataclass(frozen=True)
class CodeIn(FieldKind):
    """One of a closed list of codes; ``aliases`` are read as the code they stand for."""

    codes: tuple[str, ...]
    aliases: tuple[tuple[str, str], ...] = ()

    def check(self, value: object) -> str:
        """The code itself, aliases resolved."""
        code = self._known.get(value) if type(value) is str else None
        if code is not None:
            return code
        if isinstance(value, NumberText):
            raise PydanticCustomError("code", "{given} is a number: send text in quotes", {"given": shown(value)})
        listed = ", ".join(self.codes) if len(self.codes) <= 12 else f"{len(self.codes)} codes, see the guide"
        raise PydanticCustomError("code", "{given} is not one of: {codes}", {"given": shown(value), "codes": listed})

    @property
    def look(self) -> str:
        """The codes."""
        return "|".join(map(re.escape, self.codes))

    @property
    def settle(self) -> None:
        """A look is enough."""
        return None

    @cached_property
    def _known(self) -> dict[str, str]:
        """Each code and alias, and the code it stands for."""
        return {**{code: code for code in self.codes}, **dict(self.aliases)}


@dataclass(frozen=True)
class StopAtFirstFault:
    """Of a list: its validation ends at the first bad entry, so a list of a million bad ones costs no memory.

    The intake names the others one by one. pydantic's own ``FailFast`` says the same but cannot be part of a union.
    """

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return cast(core_schema.CoreSchema, {**handler(source), "fail_fast": True})


@dataclass(frozen=True)
class Parsed(FieldKind):
    """Text with a strict form, kept as received; ``parse`` raises ValueError with the remedy."""

    parse: Callable[[str], object]
    keep_text: bool = True
    looks: str | None = None
    """A pattern of plain texts that are right, all but what ``told`` tells; None: ``parse`` alone can tell."""
    told: Callable[[str], object] | None = None

    @property
    def look(self) -> str | None:
        """A pattern of plain texts that look right."""
        return self.looks

    @property
    def settle(self) -> Callable[[str], object] | None:
        """What tells whether a text that looks right is."""
        return self.check if self.looks is None else self.told

    def check(self, value: object) -> object:
        """The text, or what it parses to."""
        if type(value) is not str and (not isinstance(value, str) or isinstance(value, NumberText)):
            if isinstance(value, date) and not self.keep_text:
                return value
            raise PydanticCustomError("text", "{given} is not a string: send text in quotes", {"given": shown(value)})
        try:
            parsed = self.parse(value)
        except ValueError as error:
            raise PydanticCustomError("text", "{why}", {"why": str(error)}) from None
        return value if self.keep_text else parsed

    @property
    def written(self) -> Callable[[Any], Any] | None:
        """The text of what it was parsed to."""
        return None if self.keep_text else str


def patterned(pattern: str, remedy: str) -> Parsed:
    """Text of a pattern, which needs no escape in JSON."""
    compiled = re.compile(pattern, re.ASCII)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(f"{shown(text)} {remedy}")
        return text

    return Parsed(check, looks=pattern)


def _printable(longest: int, unprintable: re.Pattern[str]) -> Parsed:
    def check(text: str) -> str:
        if not text:
            raise ValueError("empty text: give it or leave the field out")
        if len(text) > longest:
            raise ValueError(f"{len(text)} characters ({shown(text)}): at most {longest}")
        if not text.isprintable() and unprintable.search(text):
            raise ValueError(f"{shown(text)} holds a control character: send plain text")
        return text

    return Parsed(check, looks=rf"{PLAIN}{{1,{longest}}}")


READING_NAME = patterned(r"[a-z0-9_]{1,64}", "is not a reading: 1 to 64 of a-z 0-9 _, like icar_rounding")
HEX_DIGEST = patterned(r"[0-9a-f]{64}", "is not a SHA-256 digest: 64 lower-case hexadecimal digits")
hex_digest = HEX_DIGEST.parse

Instant = Annotated[InstantText, Parsed(InstantText.of, keep_text=False, looks=RFC_3339, told=real_day)]
Day = Annotated[date, Parsed(parse_date, keep_text=False)]
Pseudonym = Annotated[
    str, patterned(r"[A-Za-z0-9._-]{1,64}", "is not an id: 1 to 64 of A-Z a-z 0-9 . _ - (a pseudonym)")
]
Finess = Annotated[str, patterned(r"[0-9A-Za-z]{9}", "is not a FINESS number: 9 characters, like 750100125")]
FreeText = Annotated[str, _printable(120, _TERMINAL_CONTROL)]
ShortText = Annotated[str, _printable(64, _CONTROL)]
Reference = Annotated[str, _printable(256, _CONTROL)]
Flag = StrictBool

HeightCm = Annotated[DecimalText, DecimalIn("30", "250", "cm")]
WeightKg = Annotated[DecimalText, DecimalIn("1", "300", "kg")]
AgeYears = Annotated[DecimalText, DecimalIn("0", "120", "years")]
ScoreText = Annotated[DecimalText, DecimalIn("0", "10000", "points")]
