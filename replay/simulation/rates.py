"""The rates at which things happen to people, read from TOML: each figure with its source beside it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import orjson

from engine.errors import RequestError
from engine.quantities import exact_arithmetic, exp
from engine.rules.ruleset import read_table
from fixtures.national.calibration import TURNS
from fixtures.national.dice import Curve

FATAL = "died", "worsened"
"""The turns whose rates the index of cardiac risk multiplies."""
_STATES_WITH_ICAR = tuple(state for state in TURNS if state != "suspended")
SHARES = ("grafts.withdrawn", "grafts.lost_at_procurement", "teams.accept_good", "teams.accept_doubtful")
_NUMBERS = (
    "volumes.registrations_a_year", "volumes.donors_a_year", "volumes.standing", "volumes.warm_up_days",
    "risk.hazard_per_icar_point", "risk.one_year_mortality", "teams.accept_on_ecmo",
    "teams.proposals_at_most", "teams.minutes_a_proposal", "teams.minutes_to_procurement", *SHARES,
    *(f"risk.reference_icar.{state}" for state in _STATES_WITH_ICAR),
)  # fmt: skip
_CURVE = "grafts.good_by_donor_age"


@dataclass(frozen=True)
class Rates:
    """Rates as a text that can be sent to a worker; what it says is read when it is asked for."""

    text: str
    origin: str = "rates.toml"

    @classmethod
    def read(cls, path: Path | None = None) -> "Rates":
        """Those of a file, or the project's own; RequestError names every fault at once."""
        if path is None:
            return own_rates()
        try:
            rates = cls(path.read_text(encoding="utf-8"), str(path))
        except UnicodeDecodeError:
            raise RequestError(f"rates {path} are no text in UTF-8: save them so, as TOML is") from None
        except OSError as error:
            raise RequestError(f"cannot read rates {path}: {error.strerror}") from None
        assert rates.said, "rates that cannot be read say so at once"
        return rates

    @cached_property
    def said(self) -> Mapping[str, Any]:
        """By dotted name the value of each figure."""
        return {name: entry["value"] for name, entry in self.entries.items()}

    @cached_property
    def entries(self) -> Mapping[str, Mapping[str, Any]]:
        """By dotted name each figure with its source, checked."""
        return _checked(dict(_entries("", read_table(self.text, self.origin))), self.origin)

    def changed(self, values: Mapping[str, Decimal | int]) -> "Rates":
        """The same rates but for some, by dotted name; RequestError names what is wrong with them."""
        lines = (
            f"{name} = {{ value = {_toml(values.get(name, entry['value']))}, source = {_toml(entry['source'])} }}"
            for name, entry in self.entries.items()
        )
        rates = Rates("".join(f"{line}\n" for line in lines), self.origin)
        unknown = [name for name in values if name not in self.entries]
        if unknown:
            raise RequestError(f"{self.origin}: {', '.join(unknown)} is not known")
        assert rates.said, "rates that cannot be read say so at once"
        return rates

    def number(self, name: str) -> float:
        """A figure by its dotted name."""
        return float(self.said[name])

    @cached_property
    def good_graft(self) -> Curve:
        """The share of grafts that suit most teams, by the donor's age in years."""
        return tuple((float(age), float(share)) for age, share in self.said[_CURVE])

    @cached_property
    def turns(self) -> Mapping[str, tuple[tuple[str, float], ...]]:
        """By state the turns that are not fatal, with their rates per 1,000 days."""
        return {state: tuple(pair for pair in self._rates(state) if pair[0] not in FATAL) for state in TURNS}

    @cached_property
    def fatal(self) -> Mapping[str, tuple[tuple[str, float], ...]]:
        """By state death and worsening, with their rates per 1,000 days at the state's reference ICAR."""
        return {state: tuple(pair for pair in self._rates(state) if pair[0] in FATAL) for state in TURNS}

    def _rates(self, state: str) -> list[tuple[str, float]]:
        names = [name for name in self.said if name.startswith(f"turns.{state}.")]
        return [(name.rpartition(".")[2], float(self.said[name])) for name in names]

    @cached_property
    def multipliers(self) -> Mapping[str, tuple[float, ...]]:
        """By state how many times the fatal rates they are at ICAR 0, 1 … 40; for the suspended always once.

        From exact exponentials, so that they are the same floats on every machine.
        """
        slope = Decimal(self.said["risk.hazard_per_icar_point"])
        found: dict[str, tuple[float, ...]] = {"suspended": (1.0,) * 41}
        with exact_arithmetic():
            for state in _STATES_WITH_ICAR:
                reference = Decimal(self.said[f"risk.reference_icar.{state}"])
                found[state] = tuple(float(exp(slope * (icar - reference))) for icar in range(41))
        return found


@lru_cache(maxsize=1)
def own_rates() -> Rates:
    """The project's own rates."""
    return Rates((resources.files("replay.simulation") / "rates.toml").read_text(encoding="utf-8"))


def _toml(value: Any) -> str:
    """A value of rates as TOML has it: a text, a number, or a list of these."""
    if isinstance(value, str):
        return orjson.dumps(value).decode()
    return f"[{', '.join(_toml(each) for each in value)}]" if isinstance(value, list) else str(value)


def _entries(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict) and "value" not in value and "source" not in value:
            yield from _entries(f"{prefix}{name}.", value)
        else:
            yield f"{prefix}{name}", value


def _checked(entries: Mapping[str, Any], origin: str) -> Mapping[str, Mapping[str, Any]]:
    faults = [fault for name, entry in entries.items() for fault in _faults(name, entry)]
    faults += [f"{name} is missing" for name in (*_NUMBERS, _CURVE) if name not in entries]
    if faults:
        raise RequestError(f"{origin}: {'; '.join(faults)}")
    return entries


def _faults(name: str, entry: Any) -> Iterator[str]:
    state, turn = [*name.split("."), "", ""][1:3]
    if name.startswith("turns."):
        possible = [each for each, _ in TURNS.get(state, ())] + list(FATAL)
        if turn not in possible:
            yield f"{name} is not known: from there to {', '.join(dict.fromkeys(possible)) or 'nowhere'}"
    elif name not in _NUMBERS and name != _CURVE:
        yield f"{name} is not known"
    if not isinstance(entry, dict) or set(entry) != {"value", "source"} or not str(entry.get("source", "")).strip():
        yield f"{name}: give it a value and a source, {{ value = …, source = … }}"
    elif name == _CURVE:
        yield from _curve_faults(entry["value"])
    else:
        yield from _number_faults(name, entry["value"])


def _number_faults(name: str, value: Any) -> Iterator[str]:
    if not _is_number(value) or not 0 <= value <= 100_000:
        yield f"{name} = {value}: give a number from 0 to 100000"
    elif name in SHARES and value > 1:
        yield f"{name} = {value}: a share is at most 1"
    elif name.startswith("risk.reference_icar.") and value > 40:
        yield f"{name} = {value}: an ICAR is at most 40"
    elif name == "risk.hazard_per_icar_point" and value > 1:
        yield f"{name} = {value}: give at most 1"


def _curve_faults(value: Any) -> Iterator[str]:
    pairs = isinstance(value, list) and all(isinstance(each, list) and len(each) == 2 for each in value)
    numbers = [x for each in value for x in each] if pairs else []
    if not numbers or not all(map(_is_number, numbers)):
        yield f"{_CURVE}: give pairs of an age and a share"
    elif numbers[::2] != sorted(set(numbers[::2])) or not all(0 <= share <= 1 for share in numbers[1::2]):
        yield f"{_CURVE}: give ascending ages, and shares from 0 to 1"


def _is_number(value: Any) -> bool:
    return type(value) is int or (isinstance(value, Decimal) and value.is_finite())
