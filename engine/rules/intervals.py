"""Columns of float64 intervals: numbers of a whole list at once, each between two floats that surely enclose it.

The proof is local. Every operation gives an interval that contains the exact result for all numbers within its
operands, so an interval contains the true value after every step, whatever the formula.

How far each operation is widened, and why:

- ``+ - * /`` are correctly rounded by IEEE 754: the float is within half a unit in the last place (ulp) of the exact
  result. Both ends move out by 2^-52 of their magnitude, at least one ulp, and the half ulp that moving out may
  itself lose is covered. Products and quotients move out by 1e-300 more, for results below the smallest normal float.
- A figure of the rule set that is no float (0.157691) is taken as the nearest one, at most half an ulp off: the other
  2^-52 that the ends then move out.
- Minimum, maximum, floor, rounding and the choice of a branch are exact.
- A product with an exact zero is an exact zero; sums and products of whole numbers with whole figures are exact as
  long as they stay below 2^53.
- For exp, ln and power see ``engine.rules.libm``.

A NaN makes every truth about it unsure, so what has no value here is computed again exactly.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Indices: TypeAlias = npt.NDArray[np.intp]
Integers: TypeAlias = npt.NDArray[np.int64]
Scalar: TypeAlias = Decimal

ULP = 2.0**-52
"""At least one unit in the last place, as a share of the magnitude."""
LEAST = 1e-300
WHOLE = 2.0**53
"""Below it every integer is a float."""
_AWAY = np.array([[-1.0], [1.0]])


class Interval:
    """A column of numbers: ``ends[0]`` the lower and ``ends[1]`` the upper end of each."""

    __array_ufunc__ = None
    __slots__ = ("ends",)

    def __init__(self, ends: Floats) -> None:
        self.ends = ends

    def __add__(self, other: "Operand") -> "Interval":
        if isinstance(other, Decimal):
            return self._shifted(other)
        return Interval(_widened(self.ends + ends_of(other)))

    __radd__ = __add__

    def __sub__(self, other: "Operand") -> "Interval":
        if isinstance(other, Decimal):
            return self._shifted(other.copy_negate())
        return Interval(_widened(self.ends - ends_of(other)[::-1]))

    def __rsub__(self, other: Scalar) -> "Interval":
        return Interval(-self.ends[::-1])._shifted(other)

    def _shifted(self, by: Scalar) -> "Interval":
        near, exact = nearest(by)
        found = self.ends + near
        widened = _widened(found, 0.0 if exact else abs(near) * ULP + LEAST)
        return Interval(_whole_kept(self.ends, by, found, widened))

    def __mul__(self, other: "Operand") -> "Interval":
        if isinstance(other, Decimal):
            near, exact = nearest(other)
            ends = self.ends if near >= 0 else self.ends[::-1]
            found = ends * near
            widened = np.where(ends == 0, 0.0, _widened(found, LEAST, ULP if exact else 2 * ULP))
            return Interval(_whole_kept(ends, other, found, widened))
        theirs = ends_of(other)
        found = _widened(_products(self.ends, theirs), LEAST)
        return Interval(np.where(_zero(self.ends) | _zero(theirs), 0.0, found))

    __rmul__ = __mul__

    def __truediv__(self, other: "Operand") -> "Interval":
        if isinstance(other, Decimal) and other:
            near, exact = nearest(other)
            ends = self.ends if near >= 0 else self.ends[::-1]
            found = _widened(ends / near, LEAST, ULP if exact else 2 * ULP)
            return Interval(np.where(ends == 0, 0.0, found))
        theirs = ends_of(other)
        quotients = self.ends[:, None] / np.where(_has_zero(theirs), np.nan, theirs)[None]
        found = _widened(_hull(quotients), LEAST)
        return Interval(np.where(_zero(self.ends) & ~np.isnan(found), 0.0, found))

    def __rtruediv__(self, other: "Operand") -> "Interval":
        return Interval(ends_of(other) + np.zeros_like(self.ends)).__truediv__(self)

    def __lt__(self, other: "Operand") -> "Truth":
        theirs = ends_of(other)
        return truth_of(self.ends[1] < theirs[0], ~(self.ends[0] >= theirs[1]))

    def __le__(self, other: "Operand") -> "Truth":
        theirs = ends_of(other)
        return truth_of(self.ends[1] <= theirs[0], ~(self.ends[0] > theirs[1]))

    def __gt__(self, other: "Operand") -> "Truth":
        theirs = ends_of(other)
        return truth_of(self.ends[0] > theirs[1], ~(self.ends[1] <= theirs[0]))

    def __ge__(self, other: "Operand") -> "Truth":
        theirs = ends_of(other)
        return truth_of(self.ends[0] >= theirs[1], ~(self.ends[1] < theirs[0]))


class Few:
    """A column of exact numbers of which there are few: each is computed once, and spread over its rows where it
    meets another column.
    """

    __array_ufunc__ = None
    __slots__ = ("rows", "values")

    def __init__(self, values: Sequence[Scalar], rows: Indices) -> None:
        self.values = tuple(values)
        self.rows = rows

    def map(self, function: Callable[[Scalar], Scalar]) -> "Few":
        """A function of each number."""
        return Few([function(value) for value in self.values], self.rows)

    def __sub__(self, other: Scalar) -> "Few":
        return self.map(lambda value: value - other)

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Interval):
            return other * self
        return self.map(lambda value: value * other)

    @property
    def ends(self) -> Floats:
        """Both ends, spread over the rows."""
        return np.array([enclosed(value) for value in self.values]).T[:, self.rows]

    def same(self, other: "Few") -> "Truth":
        """Equality, exact; both lie on the same rows."""
        alike = np.array([a == b for a, b in zip(self.values, other.values, strict=True)])[self.rows]
        return Truth(alike, alike)


class Truth:
    """A column of truths: where ``surely`` it holds, where ``possibly`` not it does not, between them it is unsure."""

    __array_ufunc__ = None
    __slots__ = ("possibly", "surely")

    def __init__(self, surely: Bools, possibly: Bools) -> None:
        self.surely = surely
        self.possibly = possibly

    @property
    def sure(self) -> bool:
        """Whether no row is unsure."""
        return self.surely is self.possibly

    def __and__(self, other: "Truth | bool") -> "Truth":
        if isinstance(other, bool):
            return self if other else Truth(*(np.zeros_like(self.surely),) * 2)
        if self.sure and other.sure:
            return Truth(*(self.surely & other.surely,) * 2)
        return Truth(self.surely & other.surely, self.possibly & other.possibly)

    __rand__ = __and__

    def __or__(self, other: "Truth | bool") -> "Truth":
        if isinstance(other, bool):
            return Truth(*(np.ones_like(self.surely),) * 2) if other else self
        if self.sure and other.sure:
            return Truth(*(self.surely | other.surely,) * 2)
        return Truth(self.surely | other.surely, self.possibly | other.possibly)

    __ror__ = __or__

    def __invert__(self) -> "Truth":
        return Truth(*(~self.surely,) * 2) if self.sure else Truth(~self.possibly, ~self.surely)


Operand: TypeAlias = Interval | Few | Decimal


def truth_of(surely: Bools, possibly: Bools) -> Truth:
    """A truth; one without an unsure row is known as such."""
    return Truth(surely, surely) if np.array_equal(surely, possibly) else Truth(surely, possibly)


@lru_cache(maxsize=65_536)
def nearest(value: Scalar) -> tuple[float, bool]:
    """The float nearest to a decimal, and whether it is the decimal."""
    near = float(value)
    return near, not value.is_finite() or Decimal.from_float(near) == value


@lru_cache(maxsize=65_536)
def enclosed(value: Scalar) -> tuple[float, float]:
    """The two floats that a decimal lies between, or the one that it is."""
    near, exact = nearest(value)
    if exact:
        return near, near
    if Decimal.from_float(near) < value:
        return near, float(np.nextafter(near, np.inf))
    return float(np.nextafter(near, -np.inf)), near


@lru_cache(maxsize=4096)
def _scalar_ends(value: Scalar) -> Floats:
    return np.array([[end] for end in enclosed(value)])


def ends_of(operand: Operand) -> Floats:
    """Both ends of a column, or of a number that has just met one."""
    return _scalar_ends(operand) if isinstance(operand, Decimal) else operand.ends


def _widened(ends: Floats, more: float = 0.0, share: float = ULP) -> Floats:
    """Both ends moved out by a share of their magnitude and by so much more."""
    out = np.abs(ends)
    out *= share
    out += more
    out *= _AWAY
    out += ends
    return out


def widened_by(ends: Floats, ulps: int) -> Floats:
    """Both ends moved out by so many units in the last place, and 1e-300."""
    return _widened(ends, LEAST, ulps * ULP)


def _whole_kept(ends: Floats, figure: Scalar, found: Floats, widened: Floats) -> Floats:
    """The widened ends, but where a whole number met a whole figure and gave one below 2^53: that is exact."""
    near, exact = nearest(figure)
    if not (exact and near.is_integer()):
        return widened
    return np.where((ends == np.rint(ends)) & (np.abs(found) < WHOLE), found, widened)


def _products(ends: Floats, others: Floats) -> Floats:
    """The least and the greatest product; of the ends themselves where nothing is negative."""
    if ends[0].min(initial=0) >= 0 and others[0].min(initial=0) >= 0:
        return ends * others
    return _hull(ends[:, None] * others[None])


def _hull(corners: Floats) -> Floats:
    return np.array([corners.min(axis=(0, 1)), corners.max(axis=(0, 1))])


def _zero(ends: Floats) -> Bools:
    """Where a number is exactly zero."""
    zero: Bools = (ends[0] == 0) & (ends[1] == 0)
    return zero


def _has_zero(ends: Floats) -> Bools:
    found: Bools = ~((ends[0] > 0) | (ends[1] < 0))
    return found


class Codes:
    """A column of codes, or of tuples of codes, as indices into ``NAMES``; ``unsure`` where a code is not known."""

    __array_ufunc__ = None
    __slots__ = ("indices", "unsure")

    def __init__(self, indices: Indices, unsure: Bools | None = None) -> None:
        self.indices = indices
        self.unsure = unsure

    def where(self, holds: Bools) -> Truth:
        """Where the code is one of those that a table, by index, says yes to."""
        found = holds[self.indices]
        if self.unsure is None:
            return Truth(found, found)
        return Truth(found & ~self.unsure, found | self.unsure)


NAMES: list[Any] = []
"""Every code that was ever put in a column, in order of appearance; which index a code has changes no outcome."""
_INDICES: dict[Any, int] = {}


def index_of(name: Any) -> int:
    """The index of a code."""
    index = _INDICES.get(name)
    if index is None:
        index = _INDICES[name] = len(NAMES)
        NAMES.append(name)
    return index


def members(codes: Sequence[str]) -> Bools:
    """By index, whether a code, or one of a tuple of codes, is among these."""
    return _members(tuple(codes), len(NAMES))


@lru_cache(maxsize=1024)
def _members(codes: tuple[str, ...], count: int) -> Bools:
    named = (name if isinstance(name, tuple) else (name,) for name in NAMES[:count])
    return np.array([any(code in codes for code in name) for name in named], dtype=np.bool_)
