"""The classes of coronary calcium: both sides of each threshold of the lecture, and nothing between classes."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.coronary_calcium import calcium_caveats, calcium_class, calcium_classes, calcium_source

CLASSES = ["0", "1-99", "100-399", "400-999", "1000+"]


@pytest.mark.parametrize(
    ("agatston", "code"),
    [
        ("0", "0"), ("0.0", "0"), ("-0", "0"),
        ("0.0000001", "1-99"), ("0.4", "1-99"), ("1", "1-99"), ("99", "1-99"), ("99.5", "1-99"), ("99.9999999", "1-99"),
        ("100", "100-399"), ("100.00", "100-399"), ("1E+2", "100-399"), ("399", "100-399"), ("399.999", "100-399"),
        ("400", "400-999"), ("412.5", "400-999"), ("999.9", "400-999"),
        ("1000", "1000+"), ("1e3", "1000+"), ("20000", "1000+"),
    ],
)  # fmt: skip
def test_a_score_is_of_the_class_whose_threshold_it_has_reached(agatston: str, code: str) -> None:
    assert calcium_class(Decimal(agatston)).code == code


def test_the_thresholds_are_those_of_the_lecture_in_order() -> None:
    assert [each.code for each in calcium_classes()] == CLASSES
    assert [each.threshold for each in calcium_classes()] == [0, 0, 100, 400, 1000]
    assert [each.above for each in calcium_classes()] == [False, True, False, False, False]


@given(st.decimals(0, 20000, places=3), st.decimals(0, 20000, places=3))
def test_every_score_has_a_class_and_a_higher_score_never_a_lower_one(a: Decimal, b: Decimal) -> None:
    low, high = sorted((a, b))
    assert CLASSES.index(calcium_class(low).code) <= CLASSES.index(calcium_class(high).code)


def test_each_class_has_a_meaning_and_the_caveats_say_who_when_and_what_is_not_seen() -> None:
    meanings = [each.meaning for each in calcium_classes()]
    for meaning, word in zip(meanings, ("low to very low", "below", "treatment", "ischaemia", "severe"), strict=True):
        assert word in meaning
    caveats = dict(calcium_caveats())
    assert list(caveats) == ["not_for", "repeat", "limits", "evidence", "donor"]
    assert "symptoms" in caveats["not_for"]
    assert "5 years" in caveats["repeat"]
    assert "women" in caveats["limits"]
    assert "graft" in caveats["donor"]
    assert "coroscanner" in calcium_source()
