"""The second calculation against the guide's own worked figures, checked by hand."""

from __future__ import annotations

from datetime import date
from fractions import Fraction as Fr

import pytest

from . import guide, ledger, matching
from .clock import age_years, calendar_months, days_between, instant, months_between, paris_text
from .guide import READINGS, Assistance, Dosage

ANNEX = guide.all_readings(None)
V6 = guide.rules_named("2023-06-15")
ALONE = Assistance(delai_cec=None, siav2=None, delai_av2=None, complicated=False)


def assisted(days: str) -> Assistance:
    """An LVAD for so many days."""
    return Assistance(delai_cec=None, siav2="G", delai_av2=Fr(days), complicated=False)


def icar_of(ecmo: bool = False, decile: int = 1, ln_dfg: object = None, ln_bili: object = None) -> int:
    """ICAR from its four terms, the lowest where not given."""
    risque = guide.f_risque_pre_grf(guide.f_ascd(ecmo), decile, ln_dfg or guide.mp.log(150), ln_bili or guide.mp.log(5))
    return guide.icar_de(risque, "nearest")


def test_there_are_sixteen_readings_and_the_first_option_is_the_default() -> None:
    assert len(READINGS) == 16
    assert ANNEX["icar_rounding"] == "nearest"
    assert list(ANNEX) == list(READINGS)


def test_an_unknown_reading_or_option_is_an_error() -> None:
    for chosen in ({"colour": "red"}, {"age": "exact"}):
        with pytest.raises(ValueError):
            guide.all_readings(chosen)


def test_the_lowest_risk_gives_an_icar_of_zero() -> None:
    assert icar_of() == 0


@pytest.mark.parametrize(
    ("icar", "expected"),
    [
        (icar_of(ecmo=True, decile=10), 27),  # 13.01335 + 9 x 1.57691 = 27.2
        (icar_of(decile=10), 14),  # 14.19
        (icar_of(ln_dfg=guide.mp.log(15)), 12),  # 5.10058 x ln(10) = 11.74
        (icar_of(ln_bili=guide.mp.log(230)), 24),  # 6.15711 x ln(46) = 23.57
        (icar_of(ecmo=True, decile=10, ln_dfg=guide.mp.log(15), ln_bili=guide.mp.log(230)), 40),
    ],
)
def test_icar_by_hand(icar: int, expected: int) -> None:
    assert icar == expected


def test_icar_rounded_to_tens_moves_by_tens() -> None:
    assert guide.icar_de(guide.c_icar() + guide.num("2.72"), "tens") == 30
    assert guide.icar_de(guide.c_icar() + guide.num("2.72"), "nearest") == 27


def test_arrondi_rounds_halves_up() -> None:
    assert [guide.arrondi(guide.num(text)) for text in ("0.5", "1.5", "2.5", "2.4", "-0.5")] == [
        1,
        2,
        3,
        2,
        0,
    ]


def test_the_peptide_tables_change_at_their_bounds() -> None:
    assert [guide.fct_decile_pn(Fr(v), guide.PROBNP_BOUNDS) for v in ("927.999", "928", "11331.9", "11332")] == [
        1,
        2,
        9,
        10,
    ]
    assert [guide.fct_decile_pn(Fr(v), guide.BNP_BOUNDS) for v in ("188.9", "189", "2695", "2696")] == [
        1,
        2,
        9,
        10,
    ]


def test_nt_probnp_goes_before_bnp_while_it_is_valid() -> None:
    probnp, bnp = Dosage(Fr(928), Fr(105)), Dosage(Fr(2696), Fr(1))
    assert guide.f_decile_pn_j(False, False, None, probnp, bnp, 105) == 2
    assert guide.f_decile_pn_j(False, False, None, Dosage(Fr(928), Fr(106)), bnp, 105) == 10
    assert guide.f_decile_pn_j(False, False, "B", None, None, 105) == 10


def test_labs_are_valid_105_days_and_4_under_ecmo_or_inotropes() -> None:
    assert guide.delai_var_bio_grf(False, False) == 105
    assert guide.delai_var_bio_grf(True, False) == 4
    assert guide.delai_var_bio_grf(False, True) == 4
    just_valid, just_expired = Dosage(Fr(230), Fr(105)), Dosage(Fr(230), 105 + Fr(1, 10**9))
    assert guide.f_ln_bili_la_j(just_valid, 105) == guide.mp.log(230)
    assert guide.f_ln_bili_la_j(just_expired, 105) == guide.mp.log(5)


def test_filtration_at_age_zero_is_150() -> None:
    assert guide.f_dfg(Fr(30), Fr(0), "F") == 150


def test_filtration_by_hand() -> None:
    # 186.3 x (88.4/88.4)^-1.154 x 50^-0.203 = 84.2; 0.742 for a woman: 62.5
    assert round(float(guide.f_dfg(Fr("88.4"), Fr(50), "M")), 1) == 84.2
    assert round(float(guide.f_dfg(Fr("88.4"), Fr(50), "F")), 1) == 62.5


def test_the_adult_standard_component_spans_0_to_775_and_826_to_1051() -> None:
    points = [guide.f_icar(icar) for icar in range(41)]
    assert [points[0], points[30], points[31], points[40]] == [0, 750, 826, 1051]
    assert points[1] == 25


@pytest.mark.parametrize(
    ("days", "factor"),
    [
        ("0", "1"),
        ("12", "1"),
        ("12.5", "0.85"),
        ("13", "0.8"),
        ("14", "0.7"),
        ("15", "0.6"),
        ("15.5", "0.55"),
        ("16", "0"),
        ("17", "0"),
    ],
)
def test_ecmo_points_fall_from_the_thirteenth_day_to_zero_on_the_sixteenth(days: str, factor: str) -> None:
    assert guide.decote_ecmo(Fr(days), V6) == Fr(factor)


def test_the_thirteenth_day_opens_at_nine_tenths() -> None:
    assert guide.decote_ecmo(12 + Fr(1, 10**12), V6) == Fr("0.9") - Fr(1, 10**13)


def test_there_was_no_ecmo_taper_before_april_2019() -> None:
    assert guide.decote_ecmo(Fr(40), guide.rules_on(date(2019, 4, 8))) == 1
    assert guide.decote_ecmo(Fr(40), guide.rules_on(date(2019, 4, 9))) == 0


def test_every_fifth_offer_is_an_assist_offer() -> None:
    assert [n for n in range(1, 21) if guide.f_choix_bras_deter(Fr("0.2"), n) == "ASSIST"] == [5, 10, 15, 20]


def test_an_lvad_gives_750_to_775_points_on_assist_offers() -> None:
    def points(days: str, offer: int, icar: int = 8) -> Fr:
        return guide.points_adulte_standard(guide.f_icar(icar), assisted(days), offer, V6, ANNEX)

    assert points("0", 5) == 750
    assert points("365.25", 5) == 755
    assert points("1826.25", 5) == 775
    assert points("5000", 5) == 775
    assert points("5000", 4) == 200
    assert points("0", 5, icar=40) == 750


def test_the_lvad_readings_keep_the_higher_or_leave_out_the_complicated() -> None:
    high = guide.f_icar(40)
    kept = guide.points_adulte_standard(high, assisted("0"), 5, V6, ANNEX | {"lvad_assist": "max"})
    ill = Assistance(None, "G", Fr(0), complicated=True)
    left_out = guide.points_adulte_standard(Fr(100), ill, 5, V6, ANNEX | {"lvad_complicated": "uncomplicated"})
    assert [kept, left_out] == [1051, 100]


def test_lvads_had_no_fifth_offer_before_2020() -> None:
    before = guide.rules_on(date(2020, 1, 6))
    assert guide.points_adulte_standard(Fr(200), assisted("0"), 5, before, ANNEX) == 200


def test_ecmo_goes_before_the_lvad_arm() -> None:
    both = Assistance(Fr(13), "G", Fr(0), complicated=False)
    assert guide.points_adulte_standard(Fr(1000), both, 5, V6, ANNEX) == 800


def test_xpca_over_three_months_gives_300_600_and_900_points() -> None:
    assert [guide.comp_ad_xpca(Fr(0), Fr(900), 3, Fr(months)) for months in range(5)] == [
        0,
        300,
        600,
        900,
        900,
    ]


def test_xpca_is_never_under_the_index_of_the_candidate() -> None:
    assert guide.comp_ad_xpca(Fr(1051), Fr(900), 0, Fr(0)) == 1051
    assert guide.comp_ad_xpca(Fr(500), Fr(900), 3, Fr(1)) == 500


def test_the_paediatric_components_span_their_printed_ranges() -> None:
    assert [guide.comp_ped_std(Fr(da), "775") for da in (0, 12, 24, 60)] == [775, 800, 825, 825]
    assert [guide.comp_ped_xpcp("XPCP1", Fr(da), "1101") for da in (0, 24, 60)] == [1101, 1151, 1151]
    assert [guide.comp_ped_xpcp("XPCP2", Fr(da), "1101") for da in (0, 24, 60)] == [1051, 1101, 1101]
    assert guide.comp_ped_xpcp("XPCP1", Fr(0), "1102") == 1102
    assert guide.comp_ped_std(Fr(0), "776") == 776


def test_the_components_exclude_each_other() -> None:
    assert guide.composante(Fr(18), None) == "adult_standard"
    assert guide.composante(Fr(18), "DGN") == "adult_standard"
    assert guide.composante(Fr(18), "XPCA") == "XPCA"
    assert guide.composante(Fr(17), "XPCA") == "paediatric_standard"
    assert guide.composante(Fr(40), "XPCP1") == "XPCP1"


@pytest.mark.parametrize(
    ("gap", "factor"),
    [
        (15, "1"),
        (20, "0.8"),
        (40, "0"),
        (41, "0"),
        (0, "1"),
        (-40, "1"),
        (-45, "0.8"),
        (-65, "0"),
        (-70, "0"),
    ],
)
def test_age_gaps_weigh_as_the_text_says(gap: int, factor: str) -> None:
    assert matching.f1_dif_age(Fr(80), Fr(80 - gap)) == Fr(factor)
    assert matching.f1_dif_age(Fr(17), Fr(17 - gap)) == 1


def test_the_adult_blood_group_table() -> None:
    groups = ("A", "AB", "B", "O")
    table = {
        (donor, own): matching.f2_abo(donor, own, Fr(40), None, False, "compatible")
        for donor in groups
        for own in groups
    }
    ones = {("A", "A"), ("A", "AB"), ("AB", "AB"), ("B", "B"), ("O", "O"), ("O", "B")}
    assert {pair for pair, factor in table.items() if factor == 1} == ones
    assert table["B", "AB"] == Fr("0.1")
    assert sum(1 for factor in table.values() if factor == 0) == 9


def test_minors_xpcp_and_com_take_any_compatible_group() -> None:
    exempt = [(Fr(17), None, False), (Fr(18), "XPCP2", False), (Fr(40), "XPCA", True), (Fr(40), "DGN", True)]
    for age, urgence, asked in exempt:
        assert matching.f2_abo("O", "AB", age, urgence, asked, "compatible") == 1
        assert matching.f2_abo("A", "O", age, urgence, asked, "compatible") == 0
        assert matching.f2_abo("A", "O", age, urgence, asked, "annex") == 1
    assert matching.f2_abo("O", "A", Fr(40), "XPCA", False, "compatible") == 0
    assert matching.f2_abo("O", "A", Fr(40), None, True, "compatible") == 0


def test_body_surface_of_an_average_man() -> None:
    assert round(float(matching.f_sc(Fr(175), Fr(70))), 2) == 1.85


def test_a_man_of_70_kg_fits_everybody() -> None:
    big, small = (Fr(200), Fr(140)), (Fr(150), Fr(70))
    assert matching.f3_sc(Fr(40), big, small, "M", "strict") == 1
    assert matching.f3_sc(Fr(40), big, small, "F", "strict") == 0
    assert matching.f3_sc(Fr(40), big, (Fr(150), Fr("69.99")), "M", "strict") == 0


def test_an_exact_equality_of_surfaces_is_out_unless_the_paediatric_bounds_are_closed() -> None:
    own, donor = (Fr(250), Fr("6.7108864")), (Fr("33.554432"), Fr("122.0703125"))
    assert matching.f3_sc(Fr(10), own, donor, "F", "strict") == 0
    assert matching.f3_sc(Fr(10), own, donor, "F", "inclusive") == 1
    assert matching.f3_sc(Fr(40), own, donor, "F", "inclusive") == 0


def test_a_child_refuses_a_heart_of_more_than_three_times_its_surface() -> None:
    assert matching.f3_sc(Fr(1), (Fr(70), Fr(8)), (Fr(170), Fr(60)), "F", "strict") == 0
    assert matching.f3_sc(Fr(40), (Fr(70), Fr(8)), (Fr(170), Fr(60)), "F", "strict") == 1


def test_survival_without_labs_falls_to_three_percent() -> None:
    ln_bili = matching.f_ln_bili_grf(None, 105)
    ln_dfg = matching.f_ln_dfg_grf(False, None, 105, Fr(40), "M")
    survival = matching.f_surv_post_grf(matching.f_risk_post_grf(Fr(40), 0, ln_bili, ln_dfg, ("M", "M"), Fr(30)))
    assert round(float(survival), 3) == 0.031
    assert matching.f4_surv_post_grf(survival, Fr(40)) == 0
    assert matching.f4_surv_post_grf(survival, Fr(17)) == 1


def test_survival_by_hand() -> None:
    # 0.50608 + 0.40268 ln 12 - 0.54443 ln 90 = -0.9431; 0.67857^0.3894 = 0.860
    risk = matching.f_risk_post_grf(Fr(51), 0, guide.mp.log(12), guide.mp.log(90), ("M", "F"), Fr(55))
    assert round(float(matching.f_surv_post_grf(risk)), 3) == 0.860


def test_each_post_graft_term_counts_from_just_above_its_threshold() -> None:
    zero = guide.num(0)
    risk = matching.f_risk_post_grf
    assert risk(Fr(50), 0, zero, zero, ("M", "F"), Fr(55)) == 0
    assert risk(50 + Fr(1, 10**9), 0, zero, zero, ("M", "F"), Fr(55)) == guide.num("0.50608")
    assert risk(Fr(50), 0, zero, zero, ("F", "M"), Fr(55)) == guide.num("0.36262")
    assert risk(Fr(50), 0, zero, zero, ("F", "F"), Fr(56)) == guide.num("0.41714")
    assert [matching.f_mal([code]) for code in ("162", "163", "815", "814", "151")] == [1, 1, 1, 0, 0]


def test_the_gravity_model_by_hand() -> None:
    # 60^2.9 = 143 430; exp(-0.028686) = 0.9717
    assert matching.mg(0) == 1
    assert round(float(matching.mg(60)), 4) == 0.9717


def test_figures_round_twice_half_to_even() -> None:
    values = (Fr(1, 3), Fr("0.0000005"), Fr("0.0000015"), Fr("-0.0000001"), Fr(1151))
    assert [matching.figure(v) for v in values] == [
        "0.333333",
        "0.000000",
        "0.000002",
        "0.000000",
        "1151.000000",
    ]
    assert matching.figure(Fr("0.0000024999999999999")) == "0.000002"
    assert matching.figure(Fr("0.00000249999999999999")) == "0.000002"
    assert matching.figure(guide.num("0.1")) == "0.100000"


def test_days_are_those_of_the_paris_wall_clock() -> None:
    spring = days_between(instant("2021-03-27T12:00:00+01:00"), instant("2021-03-28T12:00:00+02:00"), "fractional")
    autumn = days_between(instant("2021-10-30T12:00:00+02:00"), instant("2021-10-31T12:00:00+01:00"), "fractional")
    assert spring == autumn == 1
    assert days_between(instant("2021-01-01T00:00:00Z"), instant("2021-01-05T23:00:00Z"), "whole") == 4
    assert days_between(instant("2021-01-01T23:30:00Z"), instant("2021-01-05T22:30:00Z"), "dates") == 3
    assert days_between(instant("2021-01-01T22:30:00Z"), instant("2021-01-05T23:30:00Z"), "dates") == 5


def test_calendar_months_clamp_to_the_month_end_of_the_first_day() -> None:
    start = instant("2021-01-31T10:00:00+01:00")
    assert calendar_months(start, instant("2021-02-28T10:00:00+01:00")) == 1
    assert calendar_months(start, instant("2021-03-31T10:00:00+02:00")) == 2
    assert calendar_months(start, instant("2021-02-14T10:00:00+01:00")) == Fr(1, 2)
    assert months_between(start, instant("2021-03-02T21:00:00+01:00"), "mean", "whole") == 30 / Fr("30.4375")


def test_eighteen_falls_exactly_on_the_birthday() -> None:
    birth = date(2004, 2, 29)
    assert age_years(birth, instant("2022-02-28T00:00:00+01:00")) == 18
    assert age_years(birth, instant("2022-02-27T23:59:59.999999+01:00")) < 18
    assert age_years(birth, instant("2024-02-29T00:00:00+01:00")) == 20
    assert age_years(date(2000, 7, 1), instant("2021-07-01T00:00:00+02:00")) == 21


def test_rules_are_dated_and_none_stand_before_2018() -> None:
    days = (date(2018, 1, 1), date(2019, 4, 9), date(2020, 1, 6), date(2020, 1, 7), date(2023, 6, 15))
    names = ["2018-01-01", "2019-04-09", "2019-04-09", "2020-01-07", "2023-06-15"]
    assert [guide.rules_on(day).valid_from for day in days] == names
    with pytest.raises(ValueError):
        guide.rules_on(date(2017, 12, 31))


def test_instants_print_in_paris_with_a_fraction_only_if_not_zero() -> None:
    assert paris_text(instant("2024-02-28T23:00:00.0Z")) == "2024-02-29T00:00:00+01:00"
    assert paris_text(instant("2024-07-01T10:00:00.25Z")) == "2024-07-01T12:00:00.250000+02:00"


def test_the_tree_hash_agrees_with_the_published_vectors() -> None:
    leaves = [bytes.fromhex(text) for text in ("", "00", "10")]
    assert ledger.tree_hash(leaves[:1]).hex().startswith("6e340b9cffb37a98")
    assert ledger.tree_hash(leaves[:2]).hex().startswith("fac54203e7cc696c")
    assert ledger.tree_hash(leaves).hex().startswith("aeb6bcfe274b70a1")
    assert ledger.canonical({"b": 1, "a": "é"}) == '{"a":"é","b":1}'.encode()
