"""Readings: the open choices where the guide leaves one, each with a default and switchable for a run."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib import resources

from engine.errors import RequestError


@dataclass(frozen=True, slots=True)
class Reading:
    """One choice: its options (the default first), both quotations, and the reason."""

    name: str
    options: tuple[str, ...]
    text: str
    annex: str
    why: str


@lru_cache(maxsize=1)
def all_readings() -> dict[str, Reading]:
    """Every reading by name, in the published order."""
    table = tomllib.loads((resources.files("engine.rules") / "readings.toml").read_text(encoding="utf-8"))
    return {
        name: Reading(name, tuple(entry["options"]), entry["text"], entry["annex"], entry["why"])
        for name, entry in table.items()
    }


@dataclass(frozen=True, slots=True)
class Readings:
    """The value of every reading in a run. Rules ask for them by name."""

    icar_rounding: str
    elapsed_days: str
    xpcp1_base: str
    paediatric_base: str
    priority_clock: str
    months: str
    xpca_floor: str
    abo_guard: str
    bsa_bounds: str
    lvad_assist: str
    lvad_complicated: str
    age: str
    bnp_under_sacubitril: str
    pre_treatment_values: str
    incomplete_update: str
    icar_maximum: str

    def as_json(self) -> dict[str, str]:
        """Names and values, in the published order."""
        return {name: getattr(self, name) for name in self.__slots__}


def choose_readings(chosen: Mapping[str, str] | None = None) -> Readings:
    """The defaults with some readings chosen otherwise; an unknown name or option is an error."""
    known = all_readings()
    assert tuple(known) == tuple(field.name for field in fields(Readings)), "readings.toml and Readings differ"
    values = {name: reading.options[0] for name, reading in known.items()}
    for name, value in (chosen or {}).items():
        if name not in known:
            raise RequestError(f"no reading {name!r}: the readings are {', '.join(known)}")
        if value not in known[name].options:
            raise RequestError(f"reading {name}={value!r}: its options are {', '.join(known[name].options)}")
        values[name] = value
    return Readings(**values)


def parse_readings(pairs: list[str]) -> Readings:
    """Readings from ``name=value`` words of a command line."""
    chosen: dict[str, str] = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator:
            raise RequestError(f"reading {pair!r}: write name=value")
        if name in chosen:
            raise RequestError(f"reading {name!r} is given twice: give it once")
        chosen[name] = value
    return choose_readings(chosen)
