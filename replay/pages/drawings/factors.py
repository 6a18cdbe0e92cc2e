"""Where points were lost on the way from the raw score to the national one: a bar that each factor cuts.

The bar begins at the raw score (CCB) of the candidate, on one scale for the whole ranking. Each factor of the guide,
age, blood group, size, survival, minutes, keeps a part; what it takes is a piece of its own colour, named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from replay.pages.drawings.scale import Scale
from replay.pages.drawings.svg import box, picture

WIDTH, HEIGHT = 240, 14
FACTORS = ("f1_age", "f2_abo", "f3_bsa", "f4_survival", "mg")
"""The factors in the order in which the guide multiplies them (annexes 3.4 and 3.5)."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What a factor took: its name, its published value, and the points before and after it, as widths only."""

    factor: str
    value: str
    before: float
    after: float


def losses(entry: Mapping[str, Any]) -> list[Loss]:
    """What each factor of an entry of a match run took; for drawing alone: the points shown are the published ones."""
    found, points = [], float(entry["ccb"])
    for factor in FACTORS:
        after = points * float(entry[factor])
        found.append(Loss(factor, entry[factor], points, after))
        points = after
    return found


def factor_bar(entry: Mapping[str, Any], highest: float, names: Mapping[str, str], label: str) -> Markup:
    """The bar of an entry: what is left, then what each factor took, last first; ``highest`` points fill the width."""
    x = Scale(0, highest or 1, 0, WIDTH)
    lost = losses(entry)
    parts = [box(0, 1, x(lost[-1].after), HEIGHT - 2, "kept")]
    parts += [
        box(x(each.after), 1, x(each.before) - x(each.after), HEIGHT - 2, f"lost {each.factor}", names[each.factor])
        for each in reversed(lost)
        if each.before > each.after
    ]
    return picture(WIDTH, HEIGHT, label, parts, "factors")


def highest_raw(entries: Sequence[Mapping[str, Any]]) -> float:
    """The highest raw score of some entries: what the width of every bar stands for."""
    return max((float(entry["ccb"]) for entry in entries), default=1.0)
