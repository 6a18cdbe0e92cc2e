"""The class of a coronary calcium score, with what it means and what to beware of, as the lecture on it says.

It is shown beside the score of allocation and never enters it: no rule imports this module.
"""

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class CalciumClass:
    """A class of Agatston scores: from a threshold on (or just above it) up to the next one."""

    code: str
    threshold: Decimal
    above: bool
    """Whether the threshold itself is still of the class before."""
    meaning: str

    def reached_by(self, agatston: Decimal) -> bool:
        """Whether a score is of this class or a higher one."""
        return agatston > self.threshold if self.above else agatston >= self.threshold


def calcium_class(agatston: Decimal) -> CalciumClass:
    """The class of an Agatston score (0 or more): 0; above 0 and below 100; 100, 400 and 1000 and over.

    A fraction below 1 is calcium that was seen, so it is no 0; one below a threshold has not reached it (99.5 is
    1-99). Source: the lecture "Le coroscanner", in coronary_calcium.toml.
    """
    return next(each for each in reversed(calcium_classes()) if each.reached_by(agatston))


@cache
def calcium_classes() -> tuple[CalciumClass, ...]:
    """The classes, lowest first."""
    return tuple(
        CalciumClass(each["code"], Decimal(each.get("from", each.get("above"))), "above" in each, each["meaning"])
        for each in _lecture()["classes"]
    )


def calcium_caveats() -> tuple[tuple[str, str], ...]:
    """What to beware of whatever the class: codes with their sentence."""
    return tuple((each["code"], each["text"]) for each in _lecture()["caveats"])


def calcium_source() -> str:
    """Where classes, meanings and caveats come from, and of when that is."""
    return f"{_lecture()['source']} ({_lecture()['dated']})"


@cache
def _lecture() -> dict[str, Any]:
    return tomllib.loads((resources.files("engine") / "coronary_calcium.toml").read_text(encoding="utf-8"))
