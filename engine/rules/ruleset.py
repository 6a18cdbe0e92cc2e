"""Dated rule sets: which figures and formulas were in force on a day, each figure with unit and source.

A rule set names its predecessor and says only what changed. Together the sets cover every day from
2018-01-01 on, once: a gap or an overlap is an error when they are loaded.
"""

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, DivisionByZero
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import Any

from engine.errors import NoRulesError, RuleSetError
from engine.quantities import paris_clock

Value = Decimal | tuple[Decimal, ...] | tuple[str, ...]


_KEYS = ("title", "extends", "valid_from", "valid_until", "last_checked_on", "figures", "formulas")
"""What the file of a rule set may say."""
_LARGEST_EXPONENT = 12
_NEVER_ZERO = (
    "icar_full_scale", "gfr_creatinine_umol_l_per_mg_dl", "paediatric_seniority_months", "xpcp_seniority_months",
    "days_per_year", "mean_month_days", "age_gap_span_years", "gfr_min", "gfr_max", "gfr_dialysis", "bilirubin_min",
    "bilirubin_max",
)  # fmt: skip
"""Figures by which the annexes divide, or of which they take the logarithm."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the guide."""

    name: str
    value: Value
    unit: str
    source: str
    attested_from: date


class RuleSet:
    """The figures by name (``p.bilirubin_min``) and the dated formulas of one period; not changed once built."""

    def __init__(
        self,
        valid_from: date,
        valid_until: date | None,
        title: str,
        figures: Mapping[str, Figure],
        formulas: Mapping[str, str],
        origin: str | None = None,
    ) -> None:
        self.valid_from = valid_from
        self.valid_until = valid_until
        self.title = title
        self.figures = dict(figures)
        self.formulas = dict(formulas)
        self.origin = origin
        """The file that changes a set of the guide's; None of these."""
        self.__dict__.update({name: figure.value for name, figure in figures.items()})

    def __getattr__(self, name: str) -> Any:
        raise RuleSetError(f"rule set {self.id} has no figure {name!r}: add it to its TOML file")

    def __reduce__(self) -> tuple[Any, ...]:
        """How it is sent to another process: a figure asked for before it is whole would be one it lacks."""
        return RuleSet, (self.valid_from, self.valid_until, self.title, self.figures, self.formulas, self.origin)

    @property
    def id(self) -> str:
        """``valid_from``, as a match run states it."""
        return self.valid_from.isoformat()

    def assumed_on(self, day: date) -> bool:
        """Whether some figure is only assumed for a day: not attested then, or not while this set was in force."""
        last = day if self.valid_until is None else min(day, self.valid_until)
        return any(figure.attested_from > last for figure in self.figures.values())

    @contextmanager
    def computing(self, what: str) -> Iterator[None]:
        """Say of a changed set with which figures something has no value, and of what; RuleSetError."""
        try:
            yield
        except ArithmeticError as error:
            if self.origin is None:
                raise
            why = "a division by zero" if isinstance(error, DivisionByZero) else "its numbers pass all bounds"
            changed = ", ".join(_changed(self)) or "these formulas"
            remedy = "give figures nearer to the guide's"
            raise RuleSetError(f"{self.origin}: with {changed}, {what} cannot be computed ({why}): {remedy}") from None


def _changed(rules: RuleSet) -> Iterator[str]:
    """The figures of a set that are other than in the newest, each with its value."""
    newest = rule_history()[-1].figures
    for name, figure in rules.figures.items():
        if figure.value != newest[name].value:
            yield f"{name} = {_said(figure.value)}"


def _said(value: Value) -> str:
    return str(value) if isinstance(value, Decimal) else f"[{', '.join(map(str, value))}]"


def read_table(text: str, origin: str) -> dict[str, Any]:
    """A TOML text whose numbers keep every digit; ``origin`` names it in errors."""
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise RuleSetError(f"{origin}: not TOML ({error})") from None
    except (ValueError, ArithmeticError):
        raise RuleSetError(f"{origin}: a number in it is beyond all bounds: give a reasonable one") from None
    except RecursionError:
        raise RuleSetError(f"{origin}: it is nested too deep: write tables and plain arrays") from None


def _value(raw: Any, where: str) -> Value:
    """A number, or an array of numbers or of codes; anything else is refused."""
    if isinstance(raw, list) and raw and all(isinstance(each, str) for each in raw):
        return tuple(raw)
    numbers = raw if isinstance(raw, list) else [raw]
    if not numbers or any(isinstance(each, bool) or not isinstance(each, int | Decimal) for each in numbers):
        raise RuleSetError(f"{where}: {str(raw)[:40]} is not a number or an array of numbers or codes")
    decimals = tuple(Decimal(each) for each in numbers)
    if any(not each.is_finite() or each.adjusted() > _LARGEST_EXPONENT for each in decimals):
        raise RuleSetError(f"{where}: {str(raw)[:40]} is not a finite figure of reasonable size")
    return decimals if isinstance(raw, list) else decimals[0]


def _figure(name: str, entry: Any, origin: str) -> Figure:
    if not isinstance(entry, dict):
        raise RuleSetError(f"{origin}: figure {name} is no table: give value, unit, source and attested_from")
    missing = [key for key in ("value", "unit", "source", "attested_from") if key not in entry]
    if missing:
        raise RuleSetError(f"{origin}: figure {name} lacks {', '.join(missing)}")
    if type(entry["attested_from"]) is not date:
        raise RuleSetError(f"{origin}: figure {name}: attested_from is not a date")
    value = _value(entry["value"], f"{origin}: figure {name}")
    return Figure(name, value, str(entry["unit"]), str(entry["source"]), entry["attested_from"])


def _check_dates(table: Mapping[str, Any], origin: str) -> None:
    if "valid_from" not in table or ("valid_until" in table) == ("last_checked_on" in table):
        raise RuleSetError(f"{origin}: give valid_from, and one of valid_until and last_checked_on")
    for name in ("valid_from", "valid_until", "last_checked_on"):
        if name in table and type(table[name]) is not date:
            raise RuleSetError(f"{origin}: {name} is not a date: write it like 2023-06-15")
    for name in ("figures", "formulas"):
        if not isinstance(table.get(name, {}), dict):
            raise RuleSetError(f"{origin}: {name} is no table")
    texts = {name: table[name] for name in ("title", "extends") if name in table} | table.get("formulas", {})
    for name, value in texts.items():
        if not isinstance(value, str):
            raise RuleSetError(f"{origin}: {name} = {str(value)[:40]} is no text: write it in quotes")


def build_rule_set(table: Mapping[str, Any], origin: str, known: Mapping[str, RuleSet]) -> RuleSet:
    """A rule set from its TOML table, on top of the set it extends."""
    _check_dates(table, origin)
    base = known.get(table["extends"]) if "extends" in table else None
    if "extends" in table and base is None:
        raise RuleSetError(f"{origin}: extends {table['extends']!r}, which does not exist before it")
    figures = dict(base.figures) if base else {}
    figures.update({name: _figure(name, entry, origin) for name, entry in table.get("figures", {}).items()})
    formulas = {**(base.formulas if base else {}), **table.get("formulas", {})}
    return RuleSet(table["valid_from"], table.get("valid_until"), table.get("title", origin), figures, formulas)


def build_history(tables: Mapping[str, Mapping[str, Any]]) -> tuple[RuleSet, ...]:
    """Rule sets in order of validity; a gap, an overlap or an open end before the last is an error."""
    sets: dict[str, RuleSet] = {}
    for origin, table in tables.items():
        _check_dates(table, origin)
    for origin, table in sorted(tables.items(), key=lambda item: item[1]["valid_from"]):
        rules = build_rule_set(table, origin, sets)
        if rules.id in sets:
            raise RuleSetError(f"{origin}: overlap, a rule set from {rules.id} exists already")
        sets[rules.id] = rules
    ordered = tuple(sets.values())
    for earlier, later in pairwise(ordered):
        if earlier.valid_until is None or earlier.valid_until + timedelta(days=1) != later.valid_from:
            kind = "overlap" if earlier.valid_until is None or earlier.valid_until >= later.valid_from else "gap"
            raise RuleSetError(f"{kind} between rule sets {earlier.id} and {later.id}: make valid_until the day before")
    return ordered


@lru_cache(maxsize=1)
def rule_history() -> tuple[RuleSet, ...]:
    """The rule sets of the guide, oldest first."""
    folder = resources.files("engine.rules") / "sets"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return build_history({file.name: read_table(file.read_text(encoding="utf-8"), file.name) for file in files})


def rules_on(day: date) -> RuleSet:
    """The rule set in force on a day."""
    for rules in rule_history():
        if rules.valid_from <= day and (rules.valid_until is None or day <= rules.valid_until):
            return rules
    since = rule_history()[0].id
    raise NoRulesError(
        f"no rules in force on {day}: the score exists since {since}", "no_rules", day=f"{day}", since=since
    )


def rules_at(instant: int) -> RuleSet:
    """The rule set in force at an instant, by the date in Paris."""
    return rules_on(paris_clock(instant).date())


def rules_named(rule_set_id: str) -> RuleSet:
    """The rule set whose ``valid_from`` is given."""
    for rules in rule_history():
        if rules.id == rule_set_id:
            return rules
    raise NoRulesError(f"no rule set {rule_set_id!r}: there are {', '.join(r.id for r in rule_history())}")


def changed_rules(table: Mapping[str, Any], origin: str) -> RuleSet:
    """A changed rule set from its TOML table, which may extend one of the guide's."""
    if unknown := [name for name in table if name not in _KEYS]:
        raise RuleSetError(f"{origin}: {', '.join(unknown)}: not known, a rule set has {', '.join(_KEYS)}")
    known = {rules.id: rules for rules in rule_history()}
    changed = build_rule_set(table, origin, known)
    _check_changed(changed, rule_history()[-1], origin)
    changed.origin = origin
    return changed


def _check_changed(changed: RuleSet, newest: RuleSet, origin: str) -> None:
    """A changed set has the guide's figures, all and no other, of the same kind and sign, and formulas that exist."""
    unknown = [*(set(changed.figures) - set(newest.figures)), *(set(changed.formulas) - set(newest.formulas))]
    if unknown:
        raise RuleSetError(f"{origin}: the guide has no {', '.join(sorted(unknown))}: check the spelling")
    existing = {formula for rules in rule_history() for formula in rules.formulas.values()}
    if wrong := sorted(set(changed.formulas.values()) - existing):
        raise RuleSetError(f"{origin}: no formula {', '.join(wrong)}: there are {', '.join(sorted(existing))}")
    if missing := _missing(changed, newest):
        remedy = f'give all, or name the set of the guide that it changes, as extends = "{newest.id}"'
        raise RuleSetError(f"{origin}: lacks {', '.join(missing[:5])}{' …' if missing[5:] else ''}: {remedy}")
    for name, figure in changed.figures.items():
        guide = newest.figures[name].value
        alike = type(figure.value) is type(guide)
        if not alike or (isinstance(guide, Decimal) and isinstance(figure.value, Decimal) and figure.value * guide < 0):
            raise RuleSetError(f"{origin}: {name} = {figure.value} is of another kind or sign than the guide's {guide}")
    if faults := list(_impossible(changed)):
        raise RuleSetError(f"{origin}: {'; '.join(faults)}")


def _missing(changed: RuleSet, newest: RuleSet) -> list[str]:
    """What a changed set needs and has not: the formulas, and the figures of the guide's sets that have the same."""
    alike = next((rules for rules in reversed(rule_history()) if rules.formulas == changed.formulas), newest)
    return sorted([*(alike.formulas.keys() - changed.formulas), *(alike.figures.keys() - changed.figures)])


def _impossible(rules: RuleSet) -> Iterator[str]:
    """Figures with which a formula of the annexes has no value."""
    for name in _NEVER_ZERO:
        if name in rules.figures and rules.figures[name].value == 0:
            yield f"{name} = 0: a formula of the annexes has no value then, so give another one"
    for name, figure in rules.figures.items():
        values = figure.value if isinstance(figure.value, tuple) else ()
        numbers = [each for each in values if isinstance(each, Decimal)]
        if numbers != sorted(numbers):
            yield f"{name} is not ascending: give its bounds in order"
