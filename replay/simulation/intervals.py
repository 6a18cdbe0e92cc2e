"""Means over replicates with their 95 % intervals, by Student's t, as texts with 6 decimals.

Replicates are independent: each has its own people and its own dice. So their mean is as unsure as their spread says;
of a difference between two policies it is the spread of the differences, replicate by replicate. Where all have one
value, their spread says nothing: of a count the interval is then that of Poisson's law, of anything else none is given.
Where a policy changes no graft in many replicates, only those in which it does say how much days and minutes differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import fsum, sqrt

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and the bounds of its interval; None of no value, bounds None of a single one."""

    mean: float | None
    low: float | None
    high: float | None

    def as_json(self) -> dict[str, str | None]:
        """Texts with 6 decimals."""
        return {"mean": figure(self.mean), "low": figure(self.low), "high": figure(self.high)}

    @property
    def excludes_zero(self) -> bool:
        """Whether the whole interval lies on one side of zero."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def interval_of_mean(values: Sequence[float | None], *, counted: bool = False) -> Interval:
    """Where the mean of many more replicates would be; replicates without a value are left out."""
    return _interval(values, counted=counted)


def interval_of_one(values: Sequence[float | None], spans: float = 1.0) -> Interval:
    """Where the mean of further replicates would be that cover so many times the span of one.

    What one real year is held against is one more simulated year; what six are, the mean of six. None is below zero.
    """
    found = _interval(values, further=1 / spans)
    return found if found.low is None else replace(found, low=max(found.low, 0.0))


def interval_of_differences(
    of: Sequence[float | None], against: Sequence[float | None], *, counted: bool = False
) -> Interval:
    """The mean difference, paired by replicate; pairs that lack a value are left out."""
    pairs = zip(of, against, strict=True)
    differences = [None if a is None or b is None else a - b for a, b in pairs]
    if counted:
        return interval_of_mean(differences, counted=True)
    return _interval(differences, told_by=sum(bool(each) for each in differences))


def figure(value: float | None) -> str | None:
    """A figure as documents have it; zero has no sign."""
    if value is None:
        return None
    text = f"{value:.6f}"
    return text.removeprefix("-") if float(text) == 0 else text


def _interval(
    values: Sequence[float | None], *, further: float = 0.0, counted: bool = False, told_by: int | None = None
) -> Interval:
    """``further``: what the spread of one replicate adds, where it is not the mean of all that is asked for.
    ``told_by``: how many of the values say how much they vary; None if all do.
    """
    known = [value for value in values if value is not None]
    size = len(known)
    if not size:
        return Interval(None, None, None)
    mean = fsum(known) / size
    if size == 1:
        return Interval(mean, None, None)
    if min(known) == max(known):
        return _of_one_value(mean, size) if counted else Interval(mean, None, None)
    variance = fsum((value - mean) ** 2 for value in known) / (size - 1)
    freedom = (size if told_by is None else told_by) - 1
    if not freedom:
        return Interval(mean, None, None)
    reach = t_quantile(freedom) * sqrt(variance * (1 / size + further))
    return Interval(mean, mean - reach, mean + reach)


def _of_one_value(mean: float, size: int) -> Interval:
    """A count that is the same in all replicates, or differs by the same: the exact bounds of Poisson's law."""
    from scipy.special import gammaincinv  # type: ignore[import-untyped, unused-ignore]

    total, below = abs(mean) * size, (1 - LEVEL) / 2
    high = float(gammaincinv(total + 1, 1 - below)) / size
    low = float(gammaincinv(total, below)) / size if total else -high
    return Interval(mean, low, high) if mean >= 0 else Interval(mean, -high, -low)


@cache
def t_quantile(freedom: int) -> float:
    """Student's t at the upper end of the interval."""
    from scipy.special import stdtrit  # type: ignore[import-untyped, unused-ignore]

    return float(stdtrit(freedom, (1 + LEVEL) / 2))
