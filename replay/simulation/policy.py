"""Policies: the rule sets that are simulated or tried on the past, one in force or one that changes some of it.

A policy file is TOML: ``inherits`` names a rule set of the guide, ``title`` is free, ``[figures]`` gives other values
by name and ``[formulas]`` picks other dated forms. A rule set with dates of its own (``valid_from``), which may extend
one of the guide's (``extends``), is one too. ``simulate`` and ``what-if`` take the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.errors import NoRulesError, RequestError, RuleSetError
from engine.events.canonical import canonical_json, sha256_hex
from engine.rules.ruleset import Figure, RuleSet, Value, changed_rules, read_table, rule_history, rules_named

_KEYS = ("inherits", "title", "figures", "formulas")


@dataclass(frozen=True, slots=True)
class Policy:
    """A rule set to simulate: its name as asked for, and its text where it is a file. It can be sent to a worker."""

    name: str
    text: str | None = None

    @classmethod
    def read(cls, asked: str) -> "Policy":
        """The policy of a rule set's id or of a file; RuleSetError or RequestError names what is wrong with it."""
        if asked in {rules.id for rules in rule_history()}:
            return cls(asked)
        try:
            policy = cls(asked, Path(asked).read_text(encoding="utf-8"))
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            known = ", ".join(rules.id for rules in rule_history())
            raise RequestError(f"policy {asked!r} is no file and no rule set: rule sets are {known}") from None
        except UnicodeDecodeError:
            raise RuleSetError(f"policy {asked} is no text in UTF-8: save it so, as TOML is") from None
        except OSError as error:
            raise RuleSetError(f"cannot read policy {asked}: {error.strerror}") from None
        assert policy.rules, "a policy that cannot be read says so at once"
        return policy

    @property
    def rules(self) -> RuleSet:
        """The rule set."""
        return rules_named(self.name) if self.text is None else _rules_of(self.name, self.text)

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical JSON of its figures and formulas: who decides alike has the same one."""
        return fingerprint(self.rules)


def fingerprint(rules: RuleSet) -> str:
    """SHA-256 of the canonical JSON of what a rule set decides by: figures (without trailing zeros) and formulas."""
    figures = {name: _plain(figure.value) for name, figure in rules.figures.items()}
    return sha256_hex(canonical_json({"figures": figures, "formulas": rules.formulas}))


def _plain(value: Value) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) if isinstance(each, Decimal) else each for each in value]
    return format(value.normalize(), "f") if value else "0"


@lru_cache(maxsize=64)
def _rules_of(origin: str, text: str) -> RuleSet:
    table = read_table(text, origin)
    is_rule_set = "inherits" not in table and ("extends" in table or "valid_from" in table)
    return changed_rules(table if is_rule_set else _extending(table, origin), origin)


def _extending(table: Mapping[str, Any], origin: str) -> dict[str, Any]:
    """The table of a rule set that says the same as a policy's."""
    known = f"what inherits has {', '.join(_KEYS)} (dates go with extends instead of inherits)"
    faults = [f"{name} is not known: {known}" for name in table if name not in _KEYS]
    faults += [f"{name} is no table" for name in _KEYS[2:] if not isinstance(table.get(name, {}), dict)]
    if not isinstance(table.get("title", ""), str):
        faults.append(f'title = {table["title"]} is no text: write it as title = "…"')
    if not isinstance(table.get("inherits"), str):
        faults.append('inherits is missing: name the rule set it changes, as inherits = "2023-06-15"')
    if faults:
        raise RuleSetError(f"{origin}: {'; '.join(faults)}")
    try:
        base = rules_named(table["inherits"])
    except NoRulesError as error:
        raise RuleSetError(f"{origin}: inherits: {error}") from None
    figures = {
        name: _entry(value, base.figures.get(name), base, origin) for name, value in table.get("figures", {}).items()
    }
    dates = {"valid_from": base.valid_from, "last_checked_on": base.valid_from, "title": table.get("title", origin)}
    return {"extends": base.id, **dates, "figures": figures, "formulas": table.get("formulas", {})}


def _entry(value: Any, figure: Figure | None, base: RuleSet, origin: str) -> dict[str, Any]:
    """A changed figure as a rule set's file has it."""
    said = value if isinstance(value, dict) else {"value": value}
    unit = figure.unit if figure else ""
    return {"unit": unit, "source": f"policy {origin}", "attested_from": base.valid_from, **said}
