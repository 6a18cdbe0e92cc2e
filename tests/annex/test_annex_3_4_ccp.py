"""Annex 3.4.1 to 3.4.3: the matching of recipient and donor in age, blood group and size, and the product."""

from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from engine.rules.annex_3_4_ccp import (
    abo_match,
    age_gap,
    age_match,
    ccp,
    donor_surface,
    recipient_surface,
    size_match,
)
from engine.rules.variables import Donor, Recipient
from tests.annex.support import DEFAULTS, V6, D, M, X, around, donor, exactly, mp, reading, recipient

GROUPS = ("A", "B", "AB", "O")
PAIRS = tuple(product(GROUPS, GROUPS))


# ------------------------------------------------------------------------------------------- 3.4, the product


@pytest.mark.parametrize(
    ("ccb", "f1", "f2", "f3", "f4", "expected"),
    [
        ("1051", "1", "1", "1", "1", "1051"),
        ("900", "0.5", "1", "1", "1", "450"),
        ("900", "1", "0.1", "1", "1", "90"),
        ("900", "0.5", "0.1", "1", "1", "45"),
        ("900", "0", "1", "1", "1", "0"),
        ("900", "1", "0", "1", "1", "0"),
        ("900", "1", "1", "0", "1", "0"),
        ("900", "1", "1", "1", "0", "0"),
        ("0", "1", "1", "1", "1", "0"),
    ],
)
def test_the_weighted_score_is_the_product_of_raw_score_and_four_factors(
    ccb: str, f1: str, f2: str, f3: str, f4: str, expected: str
) -> None:
    assert ccp(X, D(ccb), D(f1), D(f2), D(f3), D(f4)) == D(expected)


# --------------------------------------------------------------------------------- 3.4.1, ages of both


def f1_age(age_r: str, age_d: str) -> Decimal:
    """F1_DifAge."""
    value: Decimal = age_match(X, recipient(age_years=age_r), donor(age_years=age_d), V6)
    return value


@pytest.mark.parametrize(
    ("gap", "factor"),
    [
        ("0", "1"),
        ("0.000001", "1"),
        ("14.999999", "1"),
        ("15", "1"),
        ("15.000001", "0.99999996"),
        ("16", "0.96"),
        ("20", "0.8"),
        ("27.5", "0.5"),
        ("39", "0.04"),
        ("39.999999", "0.00000004"),
        ("40", "0"),
        ("40.000001", "0"),
        ("41", "0"),
        ("60", "0"),
    ],
)
def test_a_younger_donor_keeps_all_points_up_to_15_years_and_none_from_40(gap: str, factor: str) -> None:
    assert f1_age("65", str(D(65) - D(gap))) == D(factor)


@pytest.mark.parametrize(
    ("gap", "factor"),
    [
        ("0.000001", "1"),
        ("15", "1"),
        ("39.999999", "1"),
        ("40", "1"),
        ("40.000001", "0.99999996"),
        ("41", "0.96"),
        ("52.5", "0.5"),
        ("64", "0.04"),
        ("64.999999", "0.00000004"),
        ("65", "0"),
        ("65.000001", "0"),
        ("70", "0"),
    ],
)
def test_an_older_donor_keeps_all_points_up_to_40_years_and_none_from_65(gap: str, factor: str) -> None:
    assert f1_age("20", str(D(20) + D(gap))) == D(factor)


@pytest.mark.parametrize(
    ("gap", "factor"),
    [("-65", "0"), ("-40", "1"), ("-0.5", "2.58"), ("0", "1.6"), ("15", "1"), ("40", "0"), ("50", "-0.4")],
)
def test_the_age_function_before_its_cut_follows_two_lines(gap: str, factor: str) -> None:
    """(gap + 65)/25 for an older donor, 1 - (gap - 15)/25 for one as old or younger."""
    assert age_gap(X, recipient(age_years=str(D(90) + D(gap))), donor(age_years="90"), V6) == D(factor)


@pytest.mark.parametrize("age", ["0", "8", "17.999999"])
@pytest.mark.parametrize("age_d", ["0", "18", "58", "83", "90"])
def test_age_never_takes_points_from_a_minor(age: str, age_d: str) -> None:
    assert f1_age(age, age_d) == D(1)


@pytest.mark.parametrize(("age", "factor"), [("17.999999", "1"), ("18", "0.2"), ("18.000001", "0.20000004")])
def test_the_ages_are_compared_from_the_18th_birthday(age: str, factor: str) -> None:
    """Donor of 78: (18 - 78 + 65)/25 = 0.2."""
    assert f1_age(age, "78") == D(factor)


@pytest.mark.parametrize("urgency", ["", "XPCA", "DGN", "XPCP1", "XPCP2"])
def test_no_urgency_spares_an_adult_the_comparison_of_ages(urgency: str) -> None:
    assert age_match(X, recipient(age_years="60", urgency=urgency), donor(age_years="20"), V6) == D(0)


# ------------------------------------------------------------------------------------- 3.4.2, blood groups

ADULT_TABLE = {("A", "A"): 1, ("A", "AB"): 1, ("AB", "AB"): 1, ("B", "B"): 1, ("O", "O"): 1, ("O", "B"): 1}
"""(donor, recipient): the guide's arrows of 1.2.3.2, B to AB apart."""
COMPATIBLE = {
    *(("A", "A"), ("A", "AB"), ("B", "B"), ("B", "AB"), ("AB", "AB")),
    *(("O", "A"), ("O", "B"), ("O", "AB"), ("O", "O")),
}
EXEMPT: list[dict[str, Any]] = [
    {"age_years": "8"},
    {"age_years": "17.999999"},
    {"age_years": "8", "urgency": "XPCA"},
    {"age_years": "8", "urgency": "XPCP1"},
    {"age_years": "8", "urgency": "XPCP2", "abo_matching": "COM"},
    {"urgency": "XPCP1"},
    {"urgency": "XPCP2"},
    {"age_years": "18", "urgency": "XPCP2"},
    {"urgency": "XPCA", "abo_matching": "COM"},
    {"urgency": "DGN", "abo_matching": "COM"},
]
RESTRICTED: list[dict[str, Any]] = [
    {},
    {"age_years": "18"},
    {"abo_matching": "COM"},
    {"urgency": "XPCA"},
    {"urgency": "DGN"},
]


def f2_abo(from_group: str, to_group: str, guard: str = "compatible", **changes: Any) -> Decimal:
    """F2_ABO."""
    who = recipient(blood_group=to_group, **changes)
    value: Decimal = abo_match(X, who, donor(blood_group=from_group), V6, reading(abo_guard=guard))
    return value


@pytest.mark.parametrize("changes", RESTRICTED, ids=str)
def test_an_adult_is_matched_by_the_restricted_table(changes: dict[str, Any]) -> None:
    expected = {pair: D("0.1") if pair == ("B", "AB") else D(ADULT_TABLE.get(pair, 0)) for pair in PAIRS}
    for guard in ("compatible", "annex"):
        assert {pair: f2_abo(*pair, guard, **changes) for pair in PAIRS} == expected


@pytest.mark.parametrize("changes", EXEMPT, ids=str)
def test_an_exemption_gives_every_compatible_pair_all_points_and_no_other(changes: dict[str, Any]) -> None:
    assert {pair: f2_abo(*pair, **changes) for pair in PAIRS} == {pair: D(pair in COMPATIBLE) for pair in PAIRS}


@pytest.mark.parametrize("changes", EXEMPT, ids=str)
def test_as_annexed_an_exemption_gives_every_pair_all_points(changes: dict[str, Any]) -> None:
    assert {pair: f2_abo(*pair, "annex", **changes) for pair in PAIRS} == dict.fromkeys(PAIRS, D(1))


def test_the_restricted_tables_hold_7_and_9_of_the_16_pairs() -> None:
    assert sum(f2_abo(*pair) > 0 for pair in PAIRS) == 7
    assert sum(f2_abo(*pair, age_years="8") > 0 for pair in PAIRS) == 9


# ------------------------------------------------------------------------------------------ 3.4.3, sizes


def f3_size(who: Recipient, whose: Donor) -> Decimal:
    """F3_SC."""
    value: Decimal = size_match(X, who, whose, V6, DEFAULTS)
    return value


def mp_surface(height: str, weight: str) -> Any:
    """0.007184 x height^0.725 x weight^0.425."""
    return mp("0.007184") * mp(height) ** mp("0.725") * mp(weight) ** mp("0.425")


def mp_weight_for(ratio: str, of_height: str, of_weight: str, at_height: str) -> Any:
    """The donor's weight at which the surface is so many times the recipient's."""
    return (mp(ratio) * mp_surface(of_height, of_weight) / mp_surface(at_height, "1")) ** (1 / mp("0.425"))


@pytest.mark.parametrize(("height", "weight"), [("175", "70"), ("160", "50"), ("30", "1"), ("250", "300"), ("1", "1")])
def test_body_surface_is_that_of_du_bois(height: str, weight: str) -> None:
    assert exactly(recipient_surface(X, recipient(height_cm=height, weight_kg=weight), V6)) == exactly(
        mp_surface(height, weight)
    )
    assert exactly(donor_surface(X, donor(height_cm=height, weight_kg=weight), V6)) == exactly(
        mp_surface(height, weight)
    )


def test_a_man_of_175_cm_and_70_kg_has_a_surface_of_1_85_square_metres() -> None:
    expected = D("1.848143018121346730775053153042202562756925")
    assert exactly(recipient_surface(X, recipient(), V6)) == expected


@pytest.mark.parametrize("sex", ["F", "M"])
@pytest.mark.parametrize(("age", "height", "weight"), [("45", "175", "70"), ("18", "150", "45"), ("8", "120", "25")])
def test_a_donor_must_be_larger_than_four_fifths_of_the_recipient(sex: str, age: str, height: str, weight: str) -> None:
    who = recipient(age_years=age, height_cm=height, weight_kg=weight)
    below, above = around(mp_weight_for("0.8", height, weight, "160"), 9)
    assert D(above) < 70
    assert f3_size(who, donor(sex=sex, height_cm="160", weight_kg=below)) == D(0)
    assert f3_size(who, donor(sex=sex, height_cm="160", weight_kg=above)) == D(1)


@pytest.mark.parametrize("sex", ["F", "M"])
def test_a_childs_donor_must_be_smaller_than_three_times_the_child(sex: str) -> None:
    child = recipient(age_years="2", height_cm="80", weight_kg="9")
    below, above = around(mp_weight_for("3", "80", "9", "150"), 9)
    assert D(above) < 70
    assert f3_size(child, donor(sex=sex, height_cm="150", weight_kg=below)) == D(1)
    assert f3_size(child, donor(sex=sex, height_cm="150", weight_kg=above)) == D(0)


@pytest.mark.parametrize(("age", "factor"), [("17.999999", 0), ("18", 1), ("18.000001", 1)])
def test_the_upper_bound_ends_on_the_18th_birthday(age: str, factor: int) -> None:
    who = recipient(age_years=age, height_cm="80", weight_kg="9")
    assert f3_size(who, donor(sex="F", height_cm="190", weight_kg="120")) == D(factor)


@pytest.mark.parametrize(
    ("sex", "weight", "factor"),
    [("M", "69.999", 0), ("M", "70", 1), ("M", "70.001", 1), ("F", "69.999", 0), ("F", "70", 0), ("F", "70.001", 0)],
)
@pytest.mark.parametrize(("age", "height", "weight_r"), [("45", "200", "180"), ("17", "200", "180"), ("2", "80", "9")])
def test_a_male_donor_of_70_kg_fits_everyone(
    age: str, height: str, weight_r: str, sex: str, weight: str, factor: int
) -> None:
    """Too small for the first two recipients, too large for the third: only weight and sex decide."""
    who = recipient(age_years=age, height_cm=height, weight_kg=weight_r)
    height_d = "150" if age != "2" else "190"
    assert f3_size(who, donor(sex=sex, weight_kg=weight, height_cm=height_d)) == D(factor)


def test_for_an_adult_no_donor_is_too_large() -> None:
    assert f3_size(recipient(height_cm="140", weight_kg="35"), donor(sex="F", height_cm="200", weight_kg="200")) == 1


# (5/4)^8 and (4/5)^16: (5/4)^(8 x 0.725) x (4/5)^(16 x 0.425) = 4/5 exactly.
FOUR_FIFTHS = {"height_cm": D(40) * D("1.25") ** 8, "weight_kg": D(200) * D("0.8") ** 16}
# 2^17/3^8 and 3^16/2^29: 2^(17 x 0.725 - 29 x 0.425) x 3^(16 x 0.425 - 8 x 0.725) = 3 exactly.
THRICE = {"height_cm": D(2**17) / 1000, "weight_kg": D(3**16) / 10**7}
LITTLE = D("0.0000000000000001")


@pytest.mark.parametrize("age", ["45", "8"])
def test_a_donor_of_exactly_four_fifths_is_too_small(age: str) -> None:
    who = recipient(age_years=age, height_cm="40", weight_kg="200")
    height, weight = FOUR_FIFTHS["height_cm"], FOUR_FIFTHS["weight_kg"]
    for change, factor in ((-LITTLE, 0), (D(0), 0), (LITTLE, 1)):
        assert f3_size(who, donor(height_cm=height, weight_kg=weight + change)) == D(factor)


def test_a_donor_of_exactly_three_times_the_child_is_too_large() -> None:
    child = recipient(age_years="8", height_cm=D(3**8) / 1000, weight_kg=D(2**29) / 10**7)
    height, weight = THRICE["height_cm"], THRICE["weight_kg"]
    for change, factor in ((-LITTLE, 1), (D(0), 0), (LITTLE, 0)):
        assert f3_size(child, donor(height_cm=height, weight_kg=weight + change)) == D(factor)


def test_the_exact_ratios_are_four_fifths_and_three() -> None:
    small = mp_surface(str(FOUR_FIFTHS["height_cm"]), str(FOUR_FIFTHS["weight_kg"])) / mp_surface("40", "200")
    large = mp_surface("131.072", "4.3046721") / mp_surface("6.561", "53.6870912")
    assert (M.nstr(small, 55), M.nstr(large, 55)) == ("0.8", "3.0")
