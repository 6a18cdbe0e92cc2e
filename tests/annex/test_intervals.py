"""Intervals enclose: after every operation the exact result lies within, wherever the operands lie within theirs.

The judge of the basic operations is exact rational arithmetic, that of exp, ln and power is mpmath at 60 digits.
"""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

import mpmath  # type: ignore[import-untyped, unused-ignore]
import numpy as np
import pytest

from engine.quantities import exact_arithmetic, millionths
from engine.rules import libm
from engine.rules.columns import ColumnArithmetic, integers_of, millionths_of
from engine.rules.intervals import Few, Floats, Interval, Truth, enclosed

ROWS = 3000
FIGURES = ("0.157691", "-0.510058", "88.4", "1000", "40", "-1", "1E-7", "3", "0.1", "186.3", "1E-12", "7E11", "0.625",
           "-2.5", "1.00000000000000033306690738754", "1.00000000000000033306690738755")  # fmt: skip
"""The last two lie nearly half a unit from the nearest float, below and above."""
X = ColumnArithmetic()


def numbers(seed: int) -> Floats:
    """Every magnitude and sign, whole numbers, zeros, neighbours of powers of two and what is below normal floats."""
    rng = np.random.default_rng(seed)
    wide = np.ldexp(rng.uniform(-1, 1, ROWS), rng.integers(-60, 60, ROWS))
    whole = rng.integers(-50, 50, ROWS).astype(float)
    powers = np.nextafter(np.ldexp(1.0, rng.integers(-9, 9, ROWS)), rng.choice([-9e9, 0, 9e9], ROWS))
    tiny = np.ldexp(rng.uniform(-1, 1, ROWS), rng.integers(-1070, -500, ROWS))
    large = np.rint(np.ldexp(rng.uniform(-1, 1, ROWS), 53))
    return np.choose(rng.integers(0, 7, ROWS), [wide, wide, whole, powers, tiny, large, np.zeros(ROWS)])


def column(seed: int) -> Interval:
    """Points, and intervals of some or many ulps, that begin or end at zero, or that reach over it."""
    rng, low = np.random.default_rng(seed + 1000), numbers(seed)
    high = low + np.abs(low) * rng.choice([0, 2.0**-50, 2.0**-30, 0.5, 1, 3], ROWS)
    low = np.where((rng.random(ROWS) < 0.1) & (high > 0), 0.0, low)
    return Interval(np.array([low, high]))


def within(interval: Interval, row: int, value: Any) -> bool:
    """Whether a row encloses a rational or an mpmath number; a NaN says that nothing is known."""
    low, high = interval.ends[:, row].tolist()
    if low != low or high != high:
        return True
    if isinstance(value, Fraction):
        return (low == -np.inf or Fraction(low) <= value) and (high == np.inf or value <= Fraction(high))
    return bool(mpmath.mpf(low) <= value <= mpmath.mpf(high))


OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}


@pytest.mark.parametrize("signs", ["of both signs", "the first without negatives", "both without"])
@pytest.mark.parametrize("sign", OPERATIONS)
def test_sums_differences_products_and_quotients_of_columns_enclose_the_exact_ones(sign: str, signs: str) -> None:
    operation, a, b = OPERATIONS[sign], column(1), column(2)
    if signs != "of both signs":
        a = Interval(np.sort(np.abs(a.ends), axis=0))
    if signs == "both without":
        b = Interval(np.sort(np.abs(b.ends), axis=0))
    with np.errstate(all="ignore"):
        found = operation(a, b)
    known = 0
    for row in range(ROWS):
        if sign == "/" and b.ends[0, row] <= 0 <= b.ends[1, row]:
            assert np.isnan(found.ends[:, row]).all(), "a divisor that may be zero gives nothing"
            continue
        known += not np.isnan(found.ends[:, row]).any()
        for x, y in product(a.ends[:, row].tolist(), b.ends[:, row].tolist()):
            assert within(found, row, operation(Fraction(x), Fraction(y))), (row, x, sign, y)
    assert known > ROWS / 2


@pytest.mark.parametrize(("sign", "figure"), list(product(OPERATIONS, FIGURES)))
def test_a_figure_that_meets_a_column_counts_with_all_its_digits(sign: str, figure: str) -> None:
    operation, a, number = OPERATIONS[sign], column(3), Decimal(figure)
    with np.errstate(all="ignore"):
        results = [(operation(a, number), False), (operation(number, a), True)]
    for row in range(0, ROWS, 7):
        for found, turned in results:
            if turned and sign == "/" and a.ends[0, row] <= 0 <= a.ends[1, row]:
                continue
            for x in a.ends[:, row].tolist():
                pair = (Fraction(number), Fraction(x)) if turned else (Fraction(x), Fraction(number))
                assert within(found, row, operation(*pair)), (row, x, sign, figure, turned)


COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: X.same(a, b) if isinstance(a, Interval) else a == b,
}


@pytest.mark.parametrize("sign", COMPARISONS)
def test_a_comparison_is_sure_where_all_within_say_so_and_only_there(sign: str) -> None:
    compared, few = COMPARISONS[sign], [-2.0, -1.0, 0.0, 1.0, 2.0]
    pairs = [(low, high) for low in few for high in few if low <= high]
    rows = list(product(pairs, pairs))
    a, b = (Interval(np.array([each[side] for each in rows]).T) for side in (0, 1))
    truths = [compared(a, b), ~(~compared(a, b))]
    points = [Decimal(number) for number in (-1, 0, 2)]
    for row, (ours, theirs) in enumerate(rows):
        # of the numbers between two ends these are all that tell
        every = [compared(x, y) for x in {*ours, sum(ours) / 2} for y in {*theirs, sum(theirs) / 2}]
        for truth in truths:
            assert (truth.surely[row], truth.possibly[row]) == (all(every), any(every) or _meet(sign, ours, theirs))
    for point in points:
        truth = compared(a, point)
        for row, (ours, _) in enumerate(rows):
            every = [compared(x, float(point)) for x in {*ours, sum(ours) / 2}]
            assert (truth.surely[row], truth.possibly[row]) == (
                all(every), any(every) or _meet(sign, ours, (float(point),) * 2)
            )  # fmt: skip


def _meet(sign: str, ours: tuple[float, float], theirs: tuple[float, float]) -> bool:
    """Whether two intervals have a number in common, of equality alone."""
    return sign == "==" and ours[0] <= theirs[1] and theirs[0] <= ours[1]


def test_what_is_unsure_of_two_truths_is_unsure_of_both_together() -> None:
    kinds = {"yes": (True, True), "no": (False, False), "unsure": (False, True)}
    rows = list(product(kinds.values(), kinds.values()))
    both = [Truth(*(np.array([each[side][n] for each in rows]) for n in (0, 1))) for side in (0, 1)]
    sure = Truth(*(np.ones(9, dtype=bool),) * 2)
    for (a, b), found in (((0, 1), both[0] & both[1]), ((1, 0), both[1] & both[0])):
        assert found.surely.tolist() == [each[a][0] and each[b][0] for each in rows]
        assert found.possibly.tolist() == [each[a][1] and each[b][1] for each in rows]
    found = both[0] | both[1]
    assert found.surely.tolist() == [a[0] or b[0] for a, b in rows]
    assert found.possibly.tolist() == [a[1] or b[1] for a, b in rows]
    for truth in (both[0] & sure, sure & both[0], both[0] | ~sure, ~sure | both[0], ~~both[0]):
        assert (truth.surely.tolist(), truth.possibly.tolist()) == (both[0].surely.tolist(), both[0].possibly.tolist())
    assert X.needed(Truth(np.array([False]), np.array([True])))
    assert not X.needed(Truth(np.array([False]), np.array([False])))


def test_a_code_chosen_by_an_unsure_condition_is_unsure_as_is_all_that_is_asked_of_it() -> None:
    yes, no, unsure = (True, True), (False, False), (False, True)
    doubtful = X.where(Truth(np.array([True, False]), np.array([True, True])), "A", "B")
    assert [doubtful.unsure.tolist(), X.is_in(doubtful, ["A"]).surely.tolist()] == [[False, True], [True, False]]
    assert X.is_in(doubtful, ["C"]).possibly.tolist() == [False, True]
    assert X.is_in(doubtful, ["A", "B"]).surely.tolist() == [True, False]
    for first, branch in product((yes, no, unsure), ("then", "otherwise")):
        condition = Truth(*(np.array([each, each]) for each in first))
        branches = (doubtful, "C") if branch == "then" else ("C", doubtful)
        chosen = X.where(condition, *branches)
        reached = first[1] if branch == "then" else not first[0]
        expected = [first == unsure, first == unsure or reached]
        assert (chosen.unsure.tolist() if chosen.unsure is not None else [False, False]) == expected, (first, branch)


def positive(seed: int, low: float, high: float) -> Interval:
    """Numbers above zero between two powers of e."""
    rng = np.random.default_rng(seed)
    start = np.exp(rng.uniform(low, high, 600))
    return Interval(np.array([start, start * (1 + rng.choice([0, 2.0**-50, 2.0**-20], 600))]))


def test_logarithms_and_exponentials_enclose_those_of_sixty_digits() -> None:
    numbers, exponents = positive(4, -20, 20), positive(5, -8, 6)
    negative = Interval(-exponents.ends[::-1])
    with mpmath.workdps(60):
        for value, found, judge in (
            (numbers, libm.ln(numbers), mpmath.log),
            (exponents, libm.exp(exponents), mpmath.exp),
            (negative, libm.exp(negative), mpmath.exp),
        ):
            for row, x in product(range(600), (0, 1)):
                assert within(found, row, judge(mpmath.mpf(float(value.ends[x, row]))))


@pytest.mark.parametrize("figure", ["-1.154", "-0.203", "0.725", "0.425", "2.9", "0.6785748856"])
def test_powers_enclose_those_of_sixty_digits(figure: str) -> None:
    value, number = positive(6, -7, 7), Decimal(figure)
    with exact_arithmetic(), mpmath.workdps(60), np.errstate(all="ignore"):
        powers = libm.power(value, number)
        bases = libm.power_of(number, value) if number > 0 else None
        for row, x in product(range(600), (0, 1)):
            at = mpmath.mpf(float(value.ends[x, row]))
            assert within(powers, row, at ** mpmath.mpf(figure))
            assert bases is None or within(bases, row, mpmath.mpf(figure) ** at)


def test_powers_of_zero_are_zero_or_have_no_value() -> None:
    with np.errstate(all="ignore"):
        zero = Interval(np.zeros((2, 1)))
        assert libm.power(zero, Decimal("2.9")).ends.tolist() == [[0.0], [0.0]]
        assert libm.power(zero, Decimal("-0.203")).ends[1].tolist() == [np.inf]
        from_zero = Interval(np.array([[0.0], [4.0]]))
        (low,), (high,) = libm.power(from_zero, Decimal("-0.5")).ends.tolist()
        assert (low <= 0.5, high) == (True, np.inf)
        (low,), (high,) = libm.power(from_zero, Decimal("0.5")).ends.tolist()
        assert (low, high >= 2) == (0.0, True)


def off_by(steps: int, function: Callable[[Floats], Floats], only: Callable[[int], bool] = lambda length: True) -> Any:
    """A function that is so many floats above or below, where ``only`` so many arguments come at once."""

    def found(values: Floats) -> Floats:
        results = function(values)
        for _ in range(abs(steps) if only(values.shape[-1]) else 0):
            results = np.nextafter(results, np.inf * steps)
        return results

    return found


RUNS: dict[str, Callable[[int], bool]] = {
    "one alone": lambda length: length == 1,
    "a few": lambda length: length == 7,
    "many": lambda length: length > 100,
}


@pytest.mark.parametrize("steps", [3, -3])
@pytest.mark.parametrize("run", RUNS)
def test_a_library_off_by_three_units_in_the_last_place_is_not_trusted(steps: int, run: str) -> None:
    assert libm.exact_enough(np.exp, np.log)
    assert not libm.exact_enough(off_by(steps, np.exp, RUNS[run]), np.log)
    assert not libm.exact_enough(np.exp, off_by(steps, np.log, RUNS[run]))


def test_a_library_without_a_value_is_not_trusted() -> None:
    assert not libm.exact_enough(np.exp, lambda values: np.where(values > 3999, np.nan, np.log(values)))


@pytest.mark.parametrize("steps", [1, -1])
def test_what_is_trusted_is_enclosed_though_it_be_off(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    exponential, logarithm = off_by(steps, np.exp), off_by(steps, np.log)
    assert libm.exact_enough(exponential, logarithm)
    monkeypatch.setattr(np, "exp", exponential)
    monkeypatch.setattr(np, "log", logarithm)
    test_logarithms_and_exponentials_enclose_those_of_sixty_digits()


def test_a_product_with_an_exact_zero_is_one_and_no_minus_zero() -> None:
    zero = Interval(np.zeros((2, 1)))
    for found in (zero * Decimal("-0.1"), zero * column(1), zero / Decimal("-3"), column(1) * zero):
        assert (found.ends == 0).all()


def test_whole_numbers_that_meet_whole_figures_stay_whole() -> None:
    whole = Interval(np.array([[3.0, -4.0, 2.0**52], [3.0, 7.0, 2.0**52 + 1]]))
    assert (whole * Decimal(10) - Decimal(1)).ends[:, :2].tolist() == [[29, -41], [29, 69]]
    far = Interval(np.array([[-1e17], [-1e17]])) + (Decimal(10) ** 17 + 1)
    assert within(far, 0, Fraction(1)), "a whole figure that is no float"
    assert (whole * Decimal(10)).ends[1, 2] > 10 * (2.0**52 + 1), "beyond the integers that are floats"
    last = Interval(np.full((2, 1), 2.0**53))
    assert within(last + Decimal(1), 0, Fraction(2**53 + 1)), "at the last of them"


EDGES = ("0", "1", "0.0000005", "0.00000049999999999999999", "-0.0000005", "12.3456785", "12.34567850000000049",
         "999.9999995", "1151", "0.1", "-0.000000000000000000000001", "123456789012.3456785",
         "0.0000014999999996", "-0.0000014999999996", "0.00000149999999999999999")  # fmt: skip


@pytest.mark.parametrize("text", EDGES)
def test_a_figure_that_columns_are_sure_of_is_the_published_one(text: str) -> None:
    low, high = enclosed(Decimal(text))
    found, sure = millionths_of(Interval(np.array([[low], [high]])), 1)
    assert not sure[0] or found[0] == millionths(Decimal(text))
    if Decimal(text) * 10**6 % 1 in (Decimal("0.5"), Decimal("-0.5")):
        assert not sure[0], "a half of the sixth decimal is left to exact arithmetic"


def test_a_column_is_sure_of_a_figure_or_an_integer_that_both_ends_say() -> None:
    ends = np.array([[1.0e-6, 1.0e-6, 1.0e-6, 1.2e-6], [1.4999999999999998e-6, 1.2e-6, 1.6e-6, 1.6e-6]])
    assert millionths_of(Interval(ends), 4)[1].tolist() == [False, True, False, False]
    found, sure = integers_of(Interval(np.array([[3.0, 3.0, 2.0**53, np.nan], [3.0, 4.0, 2.0**53, np.nan]])), 4)
    assert (found[0], sure.tolist()) == (3, [True, False, False, False])


def test_what_is_unsure_is_the_hull_of_both_branches() -> None:
    unsure = Truth(np.array([True, False, False]), np.array([True, True, False]))
    found = X.where(unsure, Decimal(1), Interval(np.array([[5.0] * 3, [7.0] * 3])))
    assert found.ends.tolist() == [[1, 1, 5], [1, 7, 7]]


def test_a_truth_about_no_number_is_unsure() -> None:
    nothing = Interval(np.full((2, 1), np.nan))
    for truth in (nothing < Decimal(1), nothing <= Decimal(1), nothing > Decimal(1), nothing >= Decimal(1)):
        assert (truth.surely[0], truth.possibly[0]) == (False, True)
    assert X.same(nothing, Decimal(1)).possibly[0]


@pytest.mark.parametrize(
    ("low", "high", "rounded"),
    [
        (0.49999999999999994, 0.49999999999999994, (0, 0)),
        (0.5, 0.5, (1, 1)),
        (-0.5, -0.5, (-1, -1)),
        (2.4, 2.6, (2, 3)),
    ],
)
def test_halves_are_rounded_away_from_zero(low: float, high: float, rounded: tuple[int, int]) -> None:
    assert X.round_half_up(Interval(np.array([[low], [high]]))).ends.ravel().tolist() == list(rounded)


def test_a_value_at_a_bound_is_in_the_band_above_it() -> None:
    bounds = (Decimal(189), Decimal("313.1"))
    ends = np.array([[188.0, 189.0, 188.9, *enclosed(bounds[1])[:1]], [188.0, 189.0, 189.1, *enclosed(bounds[1])[1:]]])
    assert X.band(Interval(ends), bounds).ends.tolist() == [[1, 2, 1, 2], [1, 2, 2, 3]]
    assert np.isnan(X.band(Interval(np.full((2, 1), np.nan)), bounds).ends).all()


def test_a_counter_is_exact_until_it_meets_a_column() -> None:
    rows = np.array([0, 1, 1])
    counters = Few([Decimal(10**17 + 4), Decimal(10**17 + 5)], rows)
    with exact_arithmetic():
        before, now = X.floor((counters - Decimal(1)) * Decimal("0.2")), X.floor(counters * Decimal("0.2"))
    assert X.same(before, now).surely.tolist() == [True, False, False]
    found = counters * Interval(np.array([[2.0] * 3, [3.0] * 3]))
    assert all(within(found, row, Fraction(2 * (10**17 + (4, 5, 5)[row]))) for row in range(3))


def test_a_figure_below_every_float_still_counts() -> None:
    for found in (Interval(np.zeros((2, 1))) + Decimal("1E-400"), Interval(np.ones((2, 1))) * Decimal("1E-400")):
        assert within(found, 0, Fraction(Decimal("1E-400")))
