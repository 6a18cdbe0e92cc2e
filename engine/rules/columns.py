"""Column arithmetic: the rules as they stand, on a whole list at once.

Numbers are columns of intervals, truths are three-valued, codes are categories; what meets no column stays an exact
decimal (so a counter is still whole when its floor is taken). Where a condition is unsure, ``where`` gives the hull
of both branches. Whoever asks takes a row's outcome only where it is sure, and computes the other rows exactly.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from engine.rules import libm
from engine.rules.arithmetic import EXACT_ARITHMETIC, Code, Number, Rule
from engine.rules.arithmetic import Truth as AnyTruth
from engine.rules.intervals import (
    WHOLE,
    Bools,
    Codes,
    Few,
    Integers,
    Interval,
    Truth,
    enclosed,
    ends_of,
    index_of,
    members,
    truth_of,
)


class ColumnArithmetic:
    """One pass over one set of columns; a rule asked twice about the same columns answers from the first time."""

    def __init__(self) -> None:
        self._done: dict[tuple[Any, ...], tuple[Any, tuple[Any, ...]]] = {}
        self._exact = EXACT_ARITHMETIC

    def know(self, rule: Callable[..., Any], arguments: tuple[Any, ...], answer: Any) -> None:
        """Take over what a rule, already asked on fewer rows, says."""
        self._done[rule.__name__, *map(id, arguments)] = answer, arguments

    def number(self, value: int) -> Number:
        """The integer as an exact decimal."""
        return Decimal(value)

    def given(self, reading: str, value: Decimal) -> Number:
        """The number itself."""
        return value

    def named(self, value: Number, name: str) -> Number:
        """The value itself."""
        return value

    def truth(self, value: bool) -> AnyTruth:
        """The bool itself."""
        return value

    def needed(self, condition: AnyTruth) -> bool:
        """Whether the condition possibly holds in some row."""
        return bool(condition.possibly.any()) if isinstance(condition, Truth) else bool(condition)

    def where(self, condition: AnyTruth, then: Any, otherwise: Any) -> Any:
        """The branch that is sure, or the hull of both."""
        if not isinstance(condition, Truth):
            return then if condition else otherwise
        if isinstance(then, str | Codes):
            return _choose_code(condition, _codes(then), _codes(otherwise))
        if isinstance(then, Truth | bool):
            return (condition & then) | (~condition & otherwise)
        a, b = ends_of(then), ends_of(otherwise)
        if condition.sure:
            return Interval(np.where(condition.surely, a, b))
        hull = np.array([np.minimum(a[0], b[0]), np.maximum(a[1], b[1])])
        return Interval(np.where(condition.surely, a, np.where(condition.possibly, hull, b)))

    def same(self, a: Any, b: Any) -> AnyTruth:
        """Equality; sure of numbers only where both are known to the last digit, or apart."""
        if isinstance(a, Few):
            return a.same(b)
        if isinstance(a, str | Codes):
            return _same_code(a, b)
        if isinstance(a, Decimal) and isinstance(b, Decimal):
            return self._exact.same(a, b)
        ours, theirs = ends_of(a), ends_of(b)
        known = (ours[0] == ours[1]) & (theirs[0] == theirs[1]) & (ours[0] == theirs[0])
        return truth_of(known, ~((ours[1] < theirs[0]) | (ours[0] > theirs[1])))

    def negate(self, condition: AnyTruth) -> AnyTruth:
        """Not the condition."""
        return ~condition if isinstance(condition, Truth) else not condition

    def is_in(self, code: Code, codes: Sequence[str]) -> AnyTruth:
        """Membership of one code."""
        return code.where(members(codes)) if isinstance(code, Codes) else code in codes

    def any_in(self, codes: Code, wanted: Sequence[str]) -> AnyTruth:
        """Membership of any of several codes."""
        if isinstance(codes, Codes):
            return codes.where(members(wanted))
        return self._exact.any_in(codes, wanted)

    def minimum(self, a: Number, b: Number) -> Number:
        """The smaller, exact."""
        if isinstance(a, Decimal) and isinstance(b, Decimal):
            return self._exact.minimum(a, b)
        return Interval(np.minimum(ends_of(a), ends_of(b)))

    def maximum(self, a: Number, b: Number) -> Number:
        """The larger, exact."""
        if isinstance(a, Decimal) and isinstance(b, Decimal):
            return self._exact.maximum(a, b)
        return Interval(np.maximum(ends_of(a), ends_of(b)))

    def ln(self, value: Number) -> Number:
        """Natural logarithm."""
        return libm.ln(value) if isinstance(value, Interval) else self._exact.ln(value)

    def exp(self, value: Number) -> Number:
        """Exponential."""
        return libm.exp(value) if isinstance(value, Interval) else self._exact.exp(value)

    def power(self, base: Number, exponent: Number) -> Number:
        """Power, of which one side is a column and the other a figure."""
        if isinstance(base, Interval):
            return libm.power(base, exponent)
        if isinstance(exponent, Interval):
            return libm.power_of(base, exponent)
        return self._exact.power(base, exponent)

    def settled(self, value: Number) -> Number:
        """The value: intervals that do not touch keep their order when 40 of 50 digits are kept."""
        return value if isinstance(value, Interval) else self._exact.settled(value)

    def floor(self, value: Number) -> Number:
        """Largest integer not above, exact of a float."""
        if isinstance(value, Interval):
            return Interval(np.floor(value.ends))
        return value.map(self._exact.floor) if isinstance(value, Few) else self._exact.floor(value)

    def round_half_up(self, value: Number) -> Number:
        """Nearest integer, halves away from zero, exact of a float: a float's fraction is one."""
        if not isinstance(value, Interval):
            return self._exact.round_half_up(value)
        whole = np.trunc(value.ends)
        fraction = value.ends - whole
        return Interval(whole + (fraction >= 0.5) - (fraction <= -0.5))

    def band(self, value: Number, bounds: Sequence[Number]) -> Number:
        """The band the value falls in; where a bound lies within the interval, all that it may be."""
        if not isinstance(value, Interval):
            return self._exact.band(value, bounds)
        sides = np.array([enclosed(bound) for bound in bounds])
        lowest = np.searchsorted(sides[:, 1], value.ends[0], "right")
        highest = np.searchsorted(sides[:, 0], value.ends[1], "right")
        found = np.array([lowest, highest], dtype=np.float64) + 1
        return Interval(np.where(np.isnan(value.ends), np.nan, found))

    def apply(self, rule: Rule, arguments: tuple[Any, ...]) -> Any:
        """The body, once for the same arguments."""
        key = (rule.name, *map(id, arguments))
        found = self._done.get(key)
        if found is None:
            found = self._done[key] = rule.body(self, *arguments), arguments
        return found[0]


def _codes(code: Code) -> Codes:
    return code if isinstance(code, Codes) else Codes(np.array([index_of(code)]))


def _choose_code(condition: Truth, then: Codes, otherwise: Codes) -> Codes:
    indices = np.where(condition.surely, then.indices, otherwise.indices)
    unsure = None if condition.sure else condition.surely != condition.possibly
    for chosen, branch in ((condition.possibly, then), (~condition.surely, otherwise)):
        if branch.unsure is not None:
            unsure = chosen & branch.unsure if unsure is None else unsure | (chosen & branch.unsure)
    return Codes(indices, unsure)


def _same_code(a: Code, b: Code) -> AnyTruth:
    """Equality of codes; those that are compared come from events and are sure."""
    if isinstance(a, str) and isinstance(b, str):
        return a == b
    ours, theirs = _codes(a), _codes(b)
    assert ours.unsure is None and theirs.unsure is None, "compared codes come from events"  # noqa: PT018
    alike = ours.indices == theirs.indices
    return Truth(alike, alike)


# ------------------------------------------------------------------------------------------------ publishing


def millionths_of(value: Number, rows: int) -> tuple[Integers, Bools]:
    """The published figures of a column in millionths, and where they are sure.

    A figure is sure where both ends, times a million, lie nearer than a half to one integer, with room for the two
    ways by which the exact value is rounded: first to 15 decimals (1e-9 of a millionth) and then to 6, and for the
    product with a million (2^-51 of its magnitude).
    """
    millions = np.broadcast_to(ends_of(value), (2, rows)) * 1e6
    nearest = np.rint(millions)
    room = 0.5 - 1e-9 - np.abs(millions) * 2.0**-51
    sure = (np.abs(millions - nearest) < room).all(axis=0) & (nearest[0] == nearest[1])
    return np.where(sure, nearest[0], 0.0).astype(np.int64), sure


def integers_of(value: Number, rows: int) -> tuple[Integers, Bools]:
    """The integers of a column, and where they are sure."""
    ends = np.broadcast_to(ends_of(value), (2, rows))
    sure = (ends[0] == ends[1]) & (np.abs(ends[0]) < WHOLE)
    return np.where(sure, ends[0], 0.0).astype(np.int64), sure
