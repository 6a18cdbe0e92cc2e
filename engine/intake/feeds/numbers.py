"""Numbers as laboratories write them in text: one plain decimal, perhaps after a comparator; every digit is kept."""

import re

from engine.intake.feeds.words import quoted

COMPARATORS = {"": None, "=": None, "<": "<", "<=": "<", ">": ">", ">=": ">"}
"""Each comparator that is read, and how it is stored: a bound is a bound, included or not."""
_NUMBER = re.compile(r"(<=|>=|<|>|=|)\s*+(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?)", re.ASCII)
_HOW = "send one plain number like 17.10, perhaps after < <= > or >="


def read_number(text: str) -> tuple[str | None, str]:
    """The comparator as stored, and the number as written; ValueError says the remedy."""
    found = _NUMBER.fullmatch(text.strip(" "))
    if found is None:
        raise ValueError(f"{quoted(text)} {_what_is_wrong(text)}: {_HOW}")
    return COMPARATORS[found[1]], found[2]


def _what_is_wrong(text: str) -> str:
    """The likeliest reason, in words."""
    return next((why for pattern, why in _WRONG if pattern.search(text)), "is no number")


_WRONG = [
    (re.compile(pattern), why)
    for pattern, why in (
        (r"^\s*$", "is empty"),
        (r'^\s*""\s*$', "says that there is no value"),
        (r"\d,\d", "has a decimal comma"),
        (r"\d\s*[-–]\s*\d", "is a range"),
        (r"\d\s*[:/]\s*\d", "is a ratio or a titre"),
        (r"\d[eE][+-]?\d", "has an exponent"),
        (r"\d[\s\u00a0\u202f]+\d", "holds more than one number"),
        (r"(?<![\d.])0\d", "has leading zeros"),
    )
]
