"""A comparison as the trace prints it says what was found, however near its two sides are."""

import operator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.quantities import exact_arithmetic
from engine.rules.trace import TracingArithmetic, traced_number
from tests.annex.support import D
from tests.long import examples

near = st.decimals(-200, 200, places=9) | st.integers(-200, 200).map(Decimal)
SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq}


@settings(max_examples=examples(60, 500), deadline=None, derandomize=True, database=None)
@given(near, st.integers(-20, 20), st.integers(6, 14), st.sampled_from(list(SIGNS)))
def test_a_comparison_as_it_is_printed_is_as_it_was_found(a: Decimal, steps: int, places: int, sign: str) -> None:
    with exact_arithmetic():
        b = a + Decimal(steps).scaleb(-places)
        first, second, zero = (
            traced_number(value, name, "", None) for value, name in ((a, "a"), (b, "b"), (D(0), "0"))
        )
        compare: Any = TracingArithmetic().same if sign == "=" else SIGNS[sign]
        for found in (compare(first, second), compare(first - second, zero)):
            left, right = found.figures.split(f" {sign} ")
            minuend, _, subtrahend = left.partition(" - ")
            said = SIGNS[sign](Decimal(minuend) - Decimal(subtrahend.strip("()") or 0), Decimal(right))
            assert (said, found.value) == (SIGNS[sign](a, b),) * 2


@pytest.mark.parametrize("whole", ["0", "55", "499999"])
@pytest.mark.parametrize("places", [20, 47, 50, 57])
def test_values_of_more_digits_than_are_reckoned_with_are_still_told_apart(whole: str, places: int) -> None:
    with exact_arithmetic():
        bound = traced_number(D(whole), "bound", "", None)
        sent = traced_number(Decimal(f"{whole}.{'0' * (places - 1)}1"), "sent", "", None)
        found: Any = sent > bound
        left, right = found.figures.split(" > ")
        assert found.value
        assert Decimal(left) > Decimal(right)
