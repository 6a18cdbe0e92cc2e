"""The named readings: their options and defaults, and the effect of each that a rule decides."""

from decimal import Decimal
from typing import Any

import pytest

from engine.errors import RequestError
from engine.rules.annex_3_2_icar import icar_before, icar_today
from engine.rules.annex_3_3_ccb import ccb
from engine.rules.annex_3_4_ccp import abo_match, size_match
from engine.rules.readings import all_readings, choose_readings, parse_readings
from engine.rules.score import raw_score
from engine.rules.variables import Recipient
from tests.annex.support import (
    UNRECORDED,
    V6,
    D,
    M,
    X,
    altered,
    around,
    donor,
    mp,
    reading,
    recipient,
    sample,
)

# Name and options, the default first, in the published order.
OPTIONS: dict[str, tuple[str, ...]] = {
    "icar_rounding": ("nearest", "tens"),
    "elapsed_days": ("fractional", "whole", "dates"),
    "xpcp1_base": ("1101", "1102"),
    "paediatric_base": ("775", "776"),
    "priority_clock": ("agreement", "request"),
    "months": ("calendar", "mean"),
    "xpca_floor": ("annex", "adult-standard"),
    "abo_guard": ("compatible", "annex"),
    "bsa_bounds": ("strict", "inclusive"),
    "lvad_assist": ("annex", "max"),
    "lvad_complicated": ("annex", "uncomplicated"),
    "age": ("fractional", "completed"),
    "bnp_under_sacubitril": ("annex", "ignored"),
    "pre_treatment_values": ("derived", "explicit"),
    "incomplete_update": ("per_variable", "lowest"),
    "icar_maximum": ("annex", "running"),
}


def icar_j(who: Recipient, **chosen: str) -> Decimal:
    """ICARj by some readings."""
    value: Decimal = icar_today(X, who, V6, reading(**chosen))
    return value


def score(who: Recipient, icar: int, counter: int = 1, **chosen: str) -> Decimal:
    """Score CCB by some readings."""
    value: Decimal = ccb(X, who, D(icar), D(counter), V6, reading(**chosen))
    return value


# ----------------------------------------------------------------------------------------- the table


def test_there_are_sixteen_readings_in_the_published_order() -> None:
    assert {name: entry.options for name, entry in all_readings().items()} == OPTIONS
    assert list(all_readings()) == list(OPTIONS)


def test_the_first_option_is_the_default() -> None:
    assert choose_readings().as_json() == {name: options[0] for name, options in OPTIONS.items()}
    assert list(choose_readings().as_json()) == list(OPTIONS)


@pytest.mark.parametrize("name", OPTIONS)
def test_each_reading_quotes_text_and_annex_and_gives_its_reason(name: str) -> None:
    entry = all_readings()[name]
    assert entry.name == name
    assert all(part.strip() for part in (entry.text, entry.annex, entry.why))


@pytest.mark.parametrize(("name", "option"), [(name, each) for name, two in OPTIONS.items() for each in two])
def test_each_option_can_be_chosen_alone(name: str, option: str) -> None:
    defaults = {each: options[0] for each, options in OPTIONS.items()}
    assert choose_readings({name: option}).as_json() == {**defaults, name: option}
    assert parse_readings([f"{name}={option}"]) == choose_readings({name: option})


def test_several_readings_can_be_chosen_together() -> None:
    chosen = parse_readings(["age=completed", "months=mean"])
    assert (chosen.age, chosen.months, chosen.elapsed_days) == ("completed", "mean", "fractional")
    assert parse_readings([]) == choose_readings()


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["colour=red"], "no reading 'colour'"),
        (["age=exact"], "its options are fractional, completed"),
        (["age="], "its options are fractional, completed"),
        (["Age=completed"], "no reading 'Age'"),
        (["age"], "write name=value"),
        ([""], "write name=value"),
        (["age=completed", "age=fractional"], "given twice"),
        (["age=completed", "age=completed"], "given twice"),
    ],
)
def test_what_is_no_reading_or_no_option_of_it_is_refused(words: list[str], fault: str) -> None:
    with pytest.raises(RequestError, match=fault):
        parse_readings(words)


# ------------------------------------------------------------------------------------------ icar_rounding


@pytest.mark.parametrize(
    ("changes", "nearest", "tens"),
    [
        ({}, 0, 0),
        ({"ecmo": True}, 27, 30),  # 2.720554
        ({"total_artificial_heart": True}, 14, 10),  # 1.419219
        ({"dialysis": True}, 12, 10),  # 1.17445
        ({"bilirubin": sample("230")}, 24, 20),  # 2.35733
        ({"ecmo": True, "dialysis": True}, 39, 40),  # 3.89501
        ({"ecmo": True, "bilirubin": sample("230")}, 40, 40),  # 5.07788, cut to 40
    ],
)
def test_icar_is_rounded_to_points_or_to_tens(changes: dict[str, Any], nearest: int, tens: int) -> None:
    assert icar_j(recipient(**changes)) == D(nearest)
    assert icar_j(recipient(**changes), icar_rounding="tens") == D(tens)
    earlier = recipient(inotropes=True, **{_earlier(name): value for name, value in changes.items()})
    assert icar_before(X, earlier, V6, reading(icar_rounding="nearest")) == D(nearest)
    assert icar_before(X, earlier, V6, reading(icar_rounding="tens")) == D(tens)


def _earlier(name: str) -> str:
    return f"{name}_before" if name in ("bilirubin", "dialysis") else name


@pytest.mark.parametrize("tens", [0, 1])
def test_by_tens_icar_steps_at_5_15_points(tens: int) -> None:
    below, above = around(5 * M.exp((10 * tens + 5) / mp("6.15711")), 9)
    moved = [icar_j(recipient(bilirubin=sample(each)), icar_rounding="tens") for each in (below, above)]
    assert moved == [D(10 * tens), D(10 * tens + 10)]


@pytest.mark.parametrize(("weight", "nearest", "tens"), [("0.5", 5, 10), ("0.499999", 5, 0), ("0.05", 1, 0)])
def test_both_roundings_take_halves_up(weight: str, nearest: int, tens: int) -> None:
    rules = altered(V6, risk_peptide_decile=weight, risk_ln_gfr="0", risk_ln_bilirubin="0")
    who = recipient(nt_probnp=sample("928"))
    assert icar_today(X, who, rules, reading()) == D(nearest)
    assert icar_today(X, who, rules, reading(icar_rounding="tens")) == D(tens)


# ------------------------------------------------------------------------- xpcp1_base, paediatric_base


@pytest.mark.parametrize(("base", "lowest"), [("1101", 1101), ("1102", 1102)])
def test_the_base_of_xpcp1_is_1101_or_1102(base: str, lowest: int) -> None:
    for months, gain in (("0", 0), ("12", 25), ("24", 50)):
        who = recipient(age_years="8", urgency="XPCP1", expert_months=months)
        assert score(who, 0, xpcp1_base=base) == D(lowest + gain)


@pytest.mark.parametrize("base", ["1101", "1102"])
def test_the_base_of_xpcp2_is_1051_by_either_reading(base: str) -> None:
    assert score(recipient(age_years="8", urgency="XPCP2"), 0, xpcp1_base=base) == D(1051)


@pytest.mark.parametrize(("base", "lowest"), [("775", 775), ("776", 776)])
def test_the_paediatric_base_is_775_or_776(base: str, lowest: int) -> None:
    for months, gain in (("0", 0), ("12", 25), ("24", 50), ("48", 50)):
        who = recipient(age_years="8", waiting_months=months)
        assert score(who, 0, paediatric_base=base) == D(lowest + gain)


# --------------------------------------------------------------------------------------------- xpca_floor


@pytest.mark.parametrize(
    ("changes", "icar", "counter", "annex", "adult_standard"),
    [
        ({}, 20, 1, 500, 500),
        ({}, 8, 1, 300, 300),
        ({}, 40, 1, 1051, 1051),
        # on ECMO the floor falls with the taper
        ({"ecmo": True, "ecmo_days": "12"}, 40, 1, "1051", "1051"),
        ({"ecmo": True, "ecmo_days": "13"}, 40, 1, "1051", "840.8"),
        ({"ecmo": True, "ecmo_days": "16"}, 40, 1, "1051", "300"),
        # on an LVAD's turn it is that of the turn
        ({"long_term_support": "G", "lvad_days": "365.25"}, 8, 5, "300", "755"),
        ({"long_term_support": "G", "lvad_days": "365.25"}, 8, 4, "300", "300"),
        ({"long_term_support": "G", "lvad_days": "365.25"}, 40, 5, "1051", "755"),
    ],
)
def test_the_floor_under_xpca_is_the_icar_or_the_whole_adult_component(
    changes: dict[str, Any], icar: int, counter: int, annex: str, adult_standard: str
) -> None:
    who = recipient(urgency="XPCA", expert_points=300, **changes)
    assert score(who, icar, counter) == D(annex)
    assert score(who, icar, counter, xpca_floor="adult-standard") == D(adult_standard)


def test_the_other_readings_of_the_adult_component_reach_its_floor() -> None:
    who = recipient(urgency="XPCA", expert_points=300, long_term_support="G", lvad_days="0", lvad_complicated=True)
    assert score(who, 36, 5, xpca_floor="adult-standard") == D(750)
    assert score(who, 36, 5, xpca_floor="adult-standard", lvad_assist="max") == D(951)
    assert score(who, 36, 5, xpca_floor="adult-standard", lvad_complicated="uncomplicated") == D(951)


# ---------------------------------------------------------------------------- abo_guard, bsa_bounds


@pytest.mark.parametrize(
    ("from_group", "to_group", "compatible"),
    [("A", "O", 0), ("AB", "A", 0), ("B", "A", 0), ("O", "A", 1), ("B", "AB", 1), ("A", "A", 1)],
)
@pytest.mark.parametrize(
    "exempt", [{"age_years": "8"}, {"urgency": "XPCP1"}, {"urgency": "XPCA", "abo_matching": "COM"}], ids=str
)
def test_an_exemption_covers_compatible_pairs_only_unless_read_as_annexed(
    from_group: str, to_group: str, compatible: int, exempt: dict[str, Any]
) -> None:
    who, whose = recipient(blood_group=to_group, **exempt), donor(blood_group=from_group)
    assert abo_match(X, who, whose, V6, reading()) == D(compatible)
    assert abo_match(X, who, whose, V6, reading(abo_guard="annex")) == D(1)


# 0.8 and 3 times the recipient's surface exactly: (5/4)^8, (4/5)^16, and 2^17/3^8, 3^16/2^29.
EXACT_SIZES = [
    ("40", "200", D(40) * D("1.25") ** 8, D(200) * D("0.8") ** 16),
    ("6.561", "53.6870912", D("131.072"), D("4.3046721")),
]


@pytest.mark.parametrize(("height_r", "weight_r", "height_d", "weight_d"), EXACT_SIZES)
@pytest.mark.parametrize(("age", "inclusive"), [("8", 1), ("17.999999", 1), ("45", None)])
def test_a_childs_donor_exactly_at_a_bound_fits_only_if_bounds_are_included(
    height_r: str, weight_r: str, height_d: Decimal, weight_d: Decimal, age: str, inclusive: int | None
) -> None:
    who = recipient(age_years=age, height_cm=height_r, weight_kg=weight_r)
    whose = donor(height_cm=height_d, weight_kg=weight_d)
    strict = size_match(X, who, whose, V6, reading())
    if inclusive is None:  # an adult: four fifths is too small by either reading, thrice is no bound
        expected = D(0) if height_r == "40" else D(1)
        assert (strict, size_match(X, who, whose, V6, reading(bsa_bounds="inclusive"))) == (expected, expected)
    else:
        assert strict == D(0)
        assert size_match(X, who, whose, V6, reading(bsa_bounds="inclusive")) == D(inclusive)


@pytest.mark.parametrize("change", ["-0.0000000000000001", "0.0000000000000001"])
@pytest.mark.parametrize("bounds", ["strict", "inclusive"])
def test_beside_a_bound_both_readings_agree(change: str, bounds: str) -> None:
    small, large = EXACT_SIZES
    larger = D(change) > 0
    for (height_r, weight_r, height_d, weight_d), fits in ((small, larger), (large, not larger)):
        who = recipient(age_years="8", height_cm=height_r, weight_kg=weight_r)
        whose = donor(height_cm=height_d, weight_kg=weight_d + D(change))
        assert size_match(X, who, whose, V6, reading(bsa_bounds=bounds)) == D(int(fits))


# ------------------------------------------------------------------------ lvad_assist, lvad_complicated


@pytest.mark.parametrize(("icar", "annex", "highest"), [(0, 755, 755), (30, 755, 755), (31, 755, 826), (40, 755, 1051)])
def test_a_turn_replaces_the_icar_or_only_raises_it(icar: int, annex: int, highest: int) -> None:
    who = recipient(long_term_support="G", lvad_days="365.25")
    assert score(who, icar, 5) == D(annex)
    assert score(who, icar, 5, lvad_assist="max") == D(highest)
    assert score(who, icar, 4, lvad_assist="max") == score(who, icar, 4)


@pytest.mark.parametrize(("complicated", "uncomplicated"), [(False, 755), (True, 300)])
def test_a_complicated_lvad_has_a_turn_unless_left_out(complicated: bool, uncomplicated: int) -> None:
    who = recipient(long_term_support="G", lvad_days="365.25", lvad_complicated=complicated)
    assert score(who, 12, 5) == D(755)
    assert score(who, 12, 5, lvad_complicated="uncomplicated") == D(uncomplicated)


# ------------------------------------------------------------------------------- bnp_under_sacubitril


@pytest.mark.parametrize(
    ("changes", "annex", "ignored"),
    [
        ({"bnp": sample("2696")}, 14, 0),  # 9 x 1.57691 = 14.19
        ({"bnp": sample("2696"), "nt_probnp": sample("928")}, 2, 2),
        ({"bnp": sample("2696"), "nt_probnp": sample("928", "106")}, 14, 0),
        ({"bnp": sample("2696"), "long_term_support": "B"}, 14, 14),
    ],
)
def test_bnp_under_sacubitril_counts_or_not(changes: dict[str, Any], annex: int, ignored: int) -> None:
    under = recipient(sacubitril_valsartan=True, **changes)
    assert icar_j(under) == D(annex)
    assert icar_j(under, bnp_under_sacubitril="ignored") == D(ignored)
    assert icar_j(recipient(**changes), bnp_under_sacubitril="ignored") == D(annex)


def test_an_earlier_bnp_under_sacubitril_counts_or_not() -> None:
    who = recipient(inotropes=True, sacubitril_valsartan=True, bnp_before=sample("2696"))
    assert icar_before(X, who, V6, reading()) == D(14)
    assert icar_before(X, who, V6, reading(bnp_under_sacubitril="ignored")) == D(0)


# --------------------------------------------------------------------------------- incomplete_update

# NT-proBNP 14.19, creatinine 5.10058 x ln(150/84.26) = 2.94, bilirubin 23.57.
COMPLETE: dict[str, Any] = {
    "nt_probnp": sample("11332"),
    "creatinine": sample("90"),
    "bilirubin": sample("230"),
}


@pytest.mark.parametrize(
    ("changes", "per_variable", "lowest"),
    [
        ({}, 40, 40),
        ({"nt_probnp": UNRECORDED}, 27, 0),
        ({"nt_probnp": sample("11332", "105.001")}, 27, 0),
        ({"nt_probnp": sample("11332", "105")}, 40, 40),
        ({"nt_probnp": UNRECORDED, "bnp": sample("189")}, 28, 28),
        ({"creatinine": UNRECORDED}, 38, 0),
        ({"creatinine": sample("90", "105.001")}, 38, 0),
        ({"bilirubin": UNRECORDED}, 17, 0),
        ({"bilirubin": UNRECORDED, "nt_probnp": UNRECORDED, "bnp": sample("2696")}, 17, 0),
        ({"bilirubin": sample("230", "105.001")}, 17, 0),
        # a peptide is not needed with an artificial heart, a BiVAD or ECMO; decile 10 stays
        ({"nt_probnp": UNRECORDED, "total_artificial_heart": True}, 40, 40),
        ({"nt_probnp": UNRECORDED, "long_term_support": "B"}, 40, 40),
        ({"nt_probnp": UNRECORDED, "long_term_support": "G"}, 27, 0),
        ({"nt_probnp": UNRECORDED, "bilirubin": sample("5"), "ecmo": True}, 30, 30),
        ({"bilirubin": UNRECORDED, "total_artificial_heart": True}, 17, 14),
        ({"bilirubin": UNRECORDED, "ecmo": True}, 30, 27),
        # creatinine is not needed under dialysis; its 15 mL/min stay
        ({"creatinine": UNRECORDED, "dialysis": True, "nt_probnp": sample("1")}, 35, 35),
        ({"bilirubin": UNRECORDED, "dialysis": True, "nt_probnp": sample("1")}, 12, 12),
        ({"nt_probnp": UNRECORDED, "dialysis": True}, 35, 12),
    ],
)
def test_an_incomplete_update_counts_by_variable_or_not_at_all(
    changes: dict[str, Any], per_variable: int, lowest: int
) -> None:
    who = recipient(**(COMPLETE | changes))
    assert icar_j(who) == D(per_variable)
    assert icar_j(who, incomplete_update="lowest") == D(lowest)


def test_a_bnp_that_does_not_count_leaves_an_update_incomplete() -> None:
    who = recipient(**(COMPLETE | {"nt_probnp": UNRECORDED, "bnp": sample("189"), "sacubitril_valsartan": True}))
    assert icar_j(who, incomplete_update="lowest") == D(28)
    assert icar_j(who, incomplete_update="lowest", bnp_under_sacubitril="ignored") == D(0)


def test_an_incomplete_update_leaves_the_index_from_before_as_it_is() -> None:
    who = recipient(**COMPLETE | {"nt_probnp": UNRECORDED, "inotropes": True, "bilirubin_before": sample("230")})
    for option in OPTIONS["incomplete_update"]:
        assert icar_before(X, who, V6, reading(incomplete_update=option)) == D(24)


# -------------------------------------------------------------------------------------- icar_maximum


@pytest.mark.parametrize(
    ("state", "past", "expected"),
    [
        ({"inotropes": True}, ["60"], 15),  # 6.15711 x ln(12) = 15.30
        ({"inotropes": True}, ["60", "230", "5"], 24),
        ({"inotropes": True}, [], 8),
        ({"inotropes": True}, ["5"], 8),
        ({"ecmo": True}, ["230"], 35),
        ({}, ["230"], 8),
    ],
)
def test_the_running_maximum_also_counts_the_days_since_the_treatment_started(
    state: dict[str, Any], past: list[str], expected: int
) -> None:
    """Today 6.15711 x ln(17/5) = 7.535, under ECMO 34.74; the past ones were without ECMO."""
    who = recipient(bilirubin=sample("17"), **state)
    earlier = [(f"day {n}", recipient(bilirubin=sample(each), inotropes=True)) for n, each in enumerate(past)]
    raw = raw_score(X, who, earlier, D(1), V6, reading(icar_maximum="running"))
    assert raw.icar == D(expected)
    assert raw.ccb == D(expected) * 25 + (51 if expected >= 31 else 0)


def test_as_annexed_only_today_and_before_count() -> None:
    who = recipient(bilirubin=sample("17"), bilirubin_before=sample("60"), inotropes=True)
    raw = raw_score(X, who, [], D(1), V6, reading())
    assert (raw.icar_today, raw.icar_before, raw.icar) == (D(8), D(15), D(15))
