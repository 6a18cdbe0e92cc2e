"""How many examples a property tries: few by default, many with ``pytest --long``."""

from typing import Final

ASKED: Final[list[bool]] = []
"""Holds True once the session was asked for its long form (tests.conftest says so before any test is read)."""


def examples(short: int, long: int) -> int:
    """The number for this session."""
    return long if ASKED else short
