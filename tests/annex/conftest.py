"""Every test of the annexes runs in the project's exact arithmetic, as every rule must."""

from collections.abc import Iterator

import pytest

from engine.quantities import exact_arithmetic


@pytest.fixture(autouse=True)
def fifty_digits() -> Iterator[None]:
    """The 50-digit decimal context, around the test."""
    with exact_arithmetic():
        yield
