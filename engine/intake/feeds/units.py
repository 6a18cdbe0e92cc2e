"""Units of measure: spellings of the few that count here, and everything that contradicts them."""

import re
from typing import NamedTuple

from engine.events.canonical import shown
from engine.events.vocabulary import SI_FACTORS
from engine.intake.feeds.loinc import MASS, MOLES, Coded
from engine.intake.feeds.words import quoted, quoted_address

UCUM = ("", "UCUM", "HTTP://UNITSOFMEASURE.ORG", "2.16.840.1.113883.6.8", "URN:OID:2.16.840.1.113883.6.8")
"""How a coding system says that it is UCUM, in capitals; none at all is read as UCUM."""

_PREFIXES = {"micro": "u", "milli": "m", "nano": "n", "pico": "p", "femto": "f", "deci": "d", "centi": "c", "mc": "u"}
_UNIT = re.compile(
    r"(micro|milli|nano|pico|femto|mc|[munpf])?(mol(?:e?s?)|g(?:r|ram(?:me)?s?)?|eq|i?u|ui)"
    r"(?:(?P<dot>\.)|/|per|par)"
    r"(deci|centi|milli|micro|[dcmu])?(l(?:it(?:er|re)s?)?)(?(dot)\^?-1)"
)
_LONG_WORDS = re.compile(r"[^\W\d_]{4,}")
_WORD = re.compile(r"(?:micro|milli|nano|pico|femto|deci|centi|[munpfµμ])?(?:mole?s?|gram(?:me)?s?|lit(?:er|re)s?)")
"""What a longer word of a unit may be: another one may be a name."""
_MICRO = str.maketrans({"\u00b5": "u", "\u03bc": "u", " ": None, "\u00a0": None})


class Unit(NamedTuple):
    """A unit as sent: its code, the words beside it, and the system the code is said to be of."""

    code: str
    words: str = ""
    system: str = ""

    @property
    def shown(self) -> str:
        """What to call it in a message."""
        return named(self.code or self.words)


class _Parsed(NamedTuple):
    prefix: str
    base: str
    volume: str

    @property
    def ucum(self) -> str:
        """As UCUM writes it."""
        return f"{self.prefix}{self.base}/{self.volume}L"

    @property
    def size(self) -> tuple[str, int]:
        """The base, and the power of ten a litre: equal for ng/L and pg/mL."""
        return self.base, _POWERS[self.prefix] - _POWERS[self.volume]

    @property
    def kind(self) -> str:
        """What it counts."""
        return {"mol": MOLES, "g": MASS}.get(self.base, self.base)


_POWERS = {"": 0, "d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15}


def named(text: str) -> str:
    """What a message calls a unit: as it was sent, unless it may be anything else."""
    words = _LONG_WORDS.findall(text.lower())
    return shown(text) if all(map(_WORD.fullmatch, words)) else quoted(text)


def _parsed(text: str) -> _Parsed | None:
    """A unit by any of its spellings, whatever the case; None where it is none of these."""
    found = _UNIT.fullmatch(text.translate(_MICRO).lower())
    if found is None:
        return None
    prefix, base, volume = found[1] or "", found[2], found[4] or ""
    plain = "mol" if base.startswith("mol") else "g" if base.startswith("g") else base
    return _Parsed(_PREFIXES.get(prefix, prefix), plain, _PREFIXES.get(volume, volume))


def read_unit(unit: Unit, coded: Coded, *, also: tuple[str, ...] = ()) -> str:
    """The UCUM unit of a result. ValueError says the remedy; UnitNotAllowedError: a translation may help.

    ``also``: kinds that count besides those its codes name.
    """
    text = unit.code or unit.words
    if not text.strip():
        raise ValueError(f"no unit: send {_allowed(coded)} (UCUM)")
    if unit.system.strip().upper() not in UCUM:
        raise UnitNotAllowedError(
            f"{unit.shown} is coded in {quoted_address(unit.system)}, not in UCUM: send {_allowed(coded)}"
        )
    parsed = _parsed(text)
    _check_words(unit, parsed)
    if parsed is None or parsed.ucum not in SI_FACTORS[coded.analyte]:
        raise UnitNotAllowedError(f"{unit.shown} is not a unit of {coded.analyte} here: send {_allowed(coded)} (UCUM)")
    if parsed.kind not in (*coded.kinds, *also):
        raise ValueError(
            f"{unit.shown} contradicts {coded.loinc}, which is {' or '.join(coded.kinds)} a volume: send the code of "
            "the unit, or the unit of the code"
        )
    return parsed.ucum


def kind_of(unit: Unit) -> str | None:
    """What a unit counts; None where it can't be told."""
    parsed = _parsed(unit.code or unit.words)
    return parsed.kind if parsed else None


def contradicts(one: Unit, other: Unit) -> bool:
    """Whether two units stated of one number are of different sizes."""
    here, there = (_parsed(unit.code or unit.words) for unit in (one, other))
    return here is not None and there is not None and here.size != there.size


class UnitNotAllowedError(ValueError):
    """Another unit than those taken: a translation by the laboratory itself may help."""


def _check_words(unit: Unit, parsed: _Parsed | None) -> None:
    """The words beside a code say the same as it does."""
    if not unit.code or not unit.words.strip():
        return
    words = _parsed(unit.words)
    if parsed is not None and (words is None or words.size != parsed.size):
        raise ValueError(f"{unit.shown} stands beside the words {named(unit.words)}: send one unit, in UCUM")


def _allowed(coded: Coded) -> str:
    return " or ".join(SI_FACTORS[coded.analyte])
