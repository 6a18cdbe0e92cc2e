"""Annexes 3.3.3 to 3.3.5: the expert components of adults and children, and the paediatric standard one."""

from decimal import Decimal

import pytest

from engine.quantities import published
from engine.rules.annex_3_3_ccb import adult_expert, ccb, paediatric_expert, paediatric_standard
from engine.rules.variables import Recipient
from tests.annex.support import A_MICROSECOND, DEFAULTS, V6, D, X, recipient


def xpca(delay: int | str, months: str | Decimal, points: int | str = 900, age: str = "45") -> Recipient:
    """A holder of an XPCA of some points within some months, granted some months ago."""
    return recipient(
        urgency="XPCA", expert_points=points, expert_delay_months=delay, expert_months=months, age_years=age
    )


def expert(who: Recipient, f_icar: int = 0) -> Decimal:
    """Comp_Ad_XPCA."""
    value: Decimal = adult_expert(X, who, D(f_icar), D(f_icar), V6, DEFAULTS)
    return value


def child(months: str | Decimal, **changes: object) -> Decimal:
    """Comp_Ped_Std of a child of 8 after some months of waiting."""
    who = recipient(**{"age_years": "8", "waiting_months": months} | changes)
    value: Decimal = paediatric_standard(X, who, V6, DEFAULTS)
    return value


def xpcp(urgency: str, months: str | Decimal, age: str = "8") -> Decimal:
    """Comp_Ped_XPCP some months after the grant."""
    who = recipient(urgency=urgency, expert_months=months, age_years=age)
    value: Decimal = paediatric_expert(X, who, V6, DEFAULTS)
    return value


# -------------------------------------------------------------------------------------- 3.3.3, XPCA


@pytest.mark.parametrize(("months", "points"), [("1", "300.000000"), ("2", "600.000000"), ("3", "900.000000")])
def test_an_xpca_within_three_months_has_300_600_and_900_points_after_each(months: str, points: str) -> None:
    assert published(expert(xpca(3, months))) == points


@pytest.mark.parametrize("months", ["-1", "0", "0.5", "1", "12"])
def test_an_immediate_xpca_has_its_900_points_at_once(months: str) -> None:
    assert expert(xpca(0, months)) == D(900)


@pytest.mark.parametrize(
    ("delay", "months", "points"),
    [
        (1, "0", "0"),
        (1, "0.25", "225"),
        (1, "0.5", "450"),
        (1, "0.999", "899.1"),
        (1, "1", "900"),
        (1, "1.001", "900"),
        (2, "0", "0"),
        (2, "1", "450"),
        (2, "1.998", "899.1"),
        (2, "2", "900"),
        (2, "2.5", "900"),
        (3, "0", "0"),
        (3, "1.5", "450"),
        (3, "2.25", "675"),
        (3, "3", "900"),
        (3, "3.001", "900"),
        (3, "60", "900"),
    ],
)
def test_an_xpca_climbs_from_0_to_its_points_within_its_delay(delay: int, months: str, points: str) -> None:
    assert expert(xpca(delay, months)) == D(points)


@pytest.mark.parametrize("delay", [1, 2, 3])
def test_an_xpca_is_full_at_its_delay_and_not_a_microsecond_before(delay: int) -> None:
    assert expert(xpca(delay, delay - A_MICROSECOND)) < D(900)
    assert expert(xpca(delay, D(delay))) == D(900)
    assert expert(xpca(delay, delay + A_MICROSECOND)) == D(900)


@pytest.mark.parametrize("months", ["-0.001", "-1", "-24"])
def test_an_xpca_not_yet_begun_has_no_points_of_its_own(months: str) -> None:
    assert expert(xpca(2, months)) == D(0)
    assert expert(xpca(2, months), f_icar=275) == D(275)


@pytest.mark.parametrize(
    ("points", "delay", "months", "expected"),
    [(600, 0, "0", "600"), (600, 3, "1.5", "300"), (450, 1, "1", "450"), ("0.5", 0, "0", "0.5")],
)
def test_an_xpca_may_be_granted_fewer_points_than_900(
    points: int | str, delay: int, months: str, expected: str
) -> None:
    assert expert(xpca(delay, months, points)) == D(expected)


@pytest.mark.parametrize(
    ("f_icar", "months", "expected"),
    [(450, "1.5", 450), (449, "1.5", 450), (451, "1.5", 451), (1051, "3", 1051), (900, "3", 900), (25, "0", 25)],
)
def test_an_xpca_never_gives_less_than_the_icar(f_icar: int, months: str, expected: int) -> None:
    assert expert(xpca(3, months), f_icar=f_icar) == D(expected)


@pytest.mark.parametrize(("f_icar", "expected"), [(899, 900), (900, 900), (901, 901), (1051, 1051)])
def test_an_immediate_xpca_never_gives_less_than_the_icar(f_icar: int, expected: int) -> None:
    assert expert(xpca(0, "0"), f_icar=f_icar) == D(expected)


@pytest.mark.parametrize(("age", "points"), [("17.999999", 0), ("18", 900), ("18.000001", 900)])
def test_an_xpca_counts_from_the_18th_birthday(age: str, points: int) -> None:
    assert expert(xpca(0, "0", age=age)) == D(points)


@pytest.mark.parametrize("urgency", ["", "DGN", "XPCP1", "XPCP2"])
def test_no_other_urgency_gives_xpca_points(urgency: str) -> None:
    assert expert(recipient(urgency=urgency, expert_points=900), f_icar=500) == D(0)


def test_under_xpca_the_icar_counts_without_the_ecmo_taper() -> None:
    who = recipient(urgency="XPCA", expert_points=300, ecmo=True, ecmo_days="16")
    assert ccb(X, who, D(40), D(1), V6, DEFAULTS) == D(1051)


def test_under_xpca_an_lvad_has_no_turn() -> None:
    who = recipient(urgency="XPCA", expert_points=300, long_term_support="G", lvad_days="1000")
    assert ccb(X, who, D(8), D(5), V6, DEFAULTS) == D(300)


# --------------------------------------------------------------------------- 3.3.4, paediatric standard


@pytest.mark.parametrize(
    ("months", "points"),
    [
        ("0", "775"),
        ("0.48", "776"),
        ("6", "787.5"),
        ("12", "800"),
        ("18", "812.5"),
        ("23.52", "824"),
        ("23.9952", "824.99"),
        ("24", "825"),
        ("24.0001", "825"),
        ("25", "825"),
        ("120", "825"),
    ],
)
def test_a_child_climbs_from_775_to_825_points_in_24_months(months: str, points: str) -> None:
    assert child(months) == D(points)


def test_a_child_reaches_825_at_24_months_and_not_a_microsecond_before() -> None:
    assert child(24 - A_MICROSECOND) < D(825)
    assert child(24 + A_MICROSECOND) == D(825)


@pytest.mark.parametrize("months", ["-0.0001", "-5"])
def test_a_child_whose_wait_has_not_begun_has_775_points(months: str) -> None:
    assert child(months) == D(775)


@pytest.mark.parametrize(("age", "points"), [("0", 800), ("17.999999", 800), ("18", 0), ("18.000001", 0)])
def test_the_paediatric_standard_component_ends_on_the_18th_birthday(age: str, points: int) -> None:
    assert child("12", age_years=age) == D(points)


@pytest.mark.parametrize(("urgency", "points"), [("", 800), ("XPCA", 800), ("DGN", 800), ("XPCP1", 0), ("XPCP2", 0)])
def test_only_a_paediatric_expert_component_replaces_the_paediatric_standard_one(urgency: str, points: int) -> None:
    assert child("12", urgency=urgency) == D(points)


def test_ecmo_never_tapers_the_points_of_a_child() -> None:
    who = recipient(age_years="8", waiting_months="12", ecmo=True, ecmo_days="30")
    assert ccb(X, who, D(0), D(5), V6, DEFAULTS) == D(800)


def test_an_lvad_has_no_turn_in_a_child() -> None:
    who = recipient(age_years="8", waiting_months="12", long_term_support="G", lvad_days="1000")
    assert ccb(X, who, D(0), D(5), V6, DEFAULTS) == D(800)


# --------------------------------------------------------------------------- 3.3.5, XPCP1 and XPCP2


@pytest.mark.parametrize(("urgency", "base"), [("XPCP1", 1101), ("XPCP2", 1051)])
@pytest.mark.parametrize(
    ("months", "gain"),
    [
        ("-3", "0"),
        ("-0.0001", "0"),
        ("0", "0"),
        ("0.48", "1"),
        ("6", "12.5"),
        ("12", "25"),
        ("23.9952", "49.99"),
        ("24", "50"),
        ("24.0001", "50"),
        ("30", "50"),
    ],
)
def test_a_paediatric_priority_gains_50_points_in_24_months(urgency: str, base: int, months: str, gain: str) -> None:
    assert xpcp(urgency, months) == base + D(gain)


@pytest.mark.parametrize(("urgency", "lowest", "highest"), [("XPCP1", 1101, 1151), ("XPCP2", 1051, 1101)])
def test_the_paediatric_priorities_span_the_guides_ranges(urgency: str, lowest: int, highest: int) -> None:
    assert (xpcp(urgency, "0"), xpcp(urgency, "24")) == (D(lowest), D(highest))


@pytest.mark.parametrize("urgency", ["XPCP1", "XPCP2"])
def test_a_paediatric_priority_is_full_at_24_months_and_not_a_microsecond_before(urgency: str) -> None:
    assert xpcp(urgency, 24 - A_MICROSECOND) < xpcp(urgency, "24") == xpcp(urgency, 24 + A_MICROSECOND)


@pytest.mark.parametrize("age", ["0", "8", "17.999999", "18", "18.000001", "40"])
@pytest.mark.parametrize(("urgency", "points"), [("XPCP1", 1126), ("XPCP2", 1076)])
def test_a_paediatric_priority_is_kept_at_18_and_after(age: str, urgency: str, points: int) -> None:
    assert xpcp(urgency, "12", age) == D(points)
    who = recipient(urgency=urgency, expert_months="12", age_years=age)
    assert ccb(X, who, D(40), D(5), V6, DEFAULTS) == D(points)


@pytest.mark.parametrize("urgency", ["", "DGN", "XPCA"])
@pytest.mark.parametrize("age", ["8", "45"])
def test_no_other_urgency_gives_paediatric_expert_points(urgency: str, age: str) -> None:
    assert xpcp(urgency, "12", age) == D(0)


def test_the_highest_xpcp2_equals_the_lowest_xpcp1_and_the_highest_icar_the_lowest_xpcp2() -> None:
    assert xpcp("XPCP2", "24") == xpcp("XPCP1", "0") == D(1101)
    assert ccb(X, recipient(), D(40), D(1), V6, DEFAULTS) == xpcp("XPCP2", "0") == D(1051)
