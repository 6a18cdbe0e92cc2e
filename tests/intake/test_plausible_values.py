"""Bodies, laboratory values and persons that look wrong: both sides of each bound."""

from decimal import Decimal

import pytest

from engine.intake.plausibility.bodies import extremes_at
from engine.intake.plausibility.registry import notices_of
from engine.intake.plausibility.rule import Known, Person
from engine.log.history import Fact
from tests.intake.plausible import REGISTERED, codes, notices, registered
from tests.projections.support import Log


def body(height: str, weight: str, birth: str = "1979-06-01") -> list[str]:
    """What is found about a registration with a body."""
    return codes(registered(height_cm=height, weight_kg=weight, birth_date=birth), 1)


@pytest.mark.parametrize(
    ("height", "weight", "found"),
    [
        ("178", "75", []),
        ("100", "20", []),
        ("99", "30", ["height_for_age"]),
        ("235", "120", []),
        ("235.5", "120", ["height_for_age"]),
        ("178", "19.9", ["weight_for_age"]),
        ("200", "40", []),
        ("200", "39.9", ["body_mass_index_extreme"]),
        ("180", "226.8", []),
        ("160", "179.2", []),
        ("160", "179.3", ["height_weight_swapped"]),
        ("120", "100.9", ["weight_in_pounds"]),
        ("75", "178", ["height_weight_swapped"]),
        ("70", "75", ["height_in_inches"]),
        ("178", "250", ["weight_in_pounds"]),
        ("110", "290", ["body_mass_index_extreme"]),
    ],
)
def test_an_adult_body_is_held_against_the_extremes(height: str, weight: str, found: list[str]) -> None:
    assert body(height, weight) == found


@pytest.mark.parametrize(
    ("years", "cm", "kg"),
    [
        ("0", ("30", "62"), ("1", "8")), ("0.25", ("40", "76"), ("1.5", "13")), ("1", ("55", "92"), ("3.5", "23")),
        ("2", ("65", "108"), ("5", "32")), ("5", ("80", "140"), ("7.5", "70")), ("10", ("95", "178"), ("12", "150")),
        ("15", ("100", "218"), ("18", "250")), ("18", ("100", "235"), ("20", "300")),
        ("60", ("100", "235"), ("20", "300")), ("0.125", ("35", "69"), ("1.25", "10.5")),
        ("16.5", ("100", "226.5"), ("19", "275")),
    ],
)  # fmt: skip
def test_the_extremes_lie_on_straight_lines_between_the_ages_of_the_table(
    years: str, cm: tuple[str, str], kg: tuple[str, str]
) -> None:
    found = extremes_at(Decimal(years))
    assert found == (tuple(map(Decimal, cm)), tuple(map(Decimal, kg)))


@pytest.mark.parametrize(
    ("birth", "height", "weight", "found"),
    [
        ("2024-01-01", "50", "3.5", []),
        ("2024-01-01", "84", "12", ["height_for_age"]),
        ("2023-01-10", "75", "9.5", []),
        ("2023-01-10", "92", "14", []),
        ("2023-01-10", "93", "14", ["height_for_age"]),
        ("2023-01-10", "55.1", "4.5", []),
        ("2023-01-10", "54", "4.5", ["height_for_age"]),
        ("2019-01-10", "110", "7.4", ["weight_for_age"]),
        ("2019-01-10", "110", "18", []),
        ("2014-01-10", "138", "31", []),
        ("2014-01-10", "179", "60", ["height_for_age"]),
        ("2014-01-10", "96", "60", ["weight_in_pounds"]),
    ],
)
def test_a_child_is_held_against_its_age(birth: str, height: str, weight: str, found: list[str]) -> None:
    assert body(height, weight, birth) == found


def test_a_donor_of_stated_age_is_held_against_it_too() -> None:
    log = registered()
    assert codes(log, log.donor("D1", "2024-02-01 08:00", age="10", height_cm="180")) == ["height_for_age"]
    assert codes(log, log.donor("D2", "2024-02-01 08:00", age="40", height_cm="180")) == []


def test_a_body_of_which_height_weight_or_age_is_not_known_is_held_against_nothing() -> None:
    log = Log()
    for fields in ({"age": "40", "weight_kg": "250"}, {"age": "40", "height_cm": "30"}, {"height_cm": "30"}):
        assert codes(log, log.donor_updated(f"D{len(log.events)}", "2024-02-01 08:00", **fields)) == ["donor_unknown"]


def test_an_update_is_held_against_what_stands_beside_it_and_laid_at_its_own_field() -> None:
    log = registered()
    found = notices(log, log.happened("updated", "C1", "2024-03-01 08:00", weight_kg="17.8"))
    assert {code: notice.path for code, notice in found.items()} == {
        "weight_for_age": "data.weight_kg",
        "weight_jump": "data.weight_kg",
    }


@pytest.mark.parametrize(
    ("stated", "update", "code"),
    [
        ({"height_cm": "180", "weight_kg": "45"}, {"height_cm": "230"}, "body_mass_index_extreme"),
        ({"height_cm": "230", "weight_kg": "60"}, {"weight_kg": "45"}, "body_mass_index_extreme"),
        ({"height_cm": "160", "weight_kg": "178"}, {"height_cm": "80"}, "height_weight_swapped"),
        ({"height_cm": "110", "weight_kg": "25"}, {"weight_kg": "170"}, "height_weight_swapped"),
    ],
)
def test_two_that_are_no_body_together_are_laid_at_the_one_that_the_update_states(
    stated: dict[str, str], update: dict[str, str], code: str
) -> None:
    log = registered(**stated)
    found = notices(log, log.happened("updated", "C1", "2024-03-01 08:00", **update))
    assert found[code].path in {f"data.{name}" for name in update}


def test_a_wrong_birth_date_is_corrected_and_the_body_is_one() -> None:
    log = registered(birth_date="2023-12-01")
    assert codes(log, 1) == ["height_for_age"]
    log.corrected(1, birth_date="1983-12-01")
    assert codes(log, 1) == []


@pytest.mark.parametrize(
    ("birth", "height", "found"),
    [
        ("1979-06-01", "173", []),
        ("1979-06-01", "172.9", ["height_jump"]),
        ("1979-06-01", "183", []),
        ("1979-06-01", "183.1", ["height_jump"]),
    ],
)
def test_the_height_of_an_adult_stays_within_five_centimetres(birth: str, height: str, found: list[str]) -> None:
    log = registered(birth_date=birth)
    assert codes(log, log.happened("updated", "C1", "2024-06-10 08:00", height_cm=height)) == found


@pytest.mark.parametrize(("height", "found"), [("74", []), ("78", ["height_jump"])])
def test_a_childs_height_grows_no_faster_than_children(height: str, found: list[str]) -> None:
    log = registered(birth_date="2023-12-01", height_cm="55", weight_kg="5")
    assert codes(log, log.happened("updated", "C1", "2024-04-10 08:00", height_cm=height)) == found


def test_growth_is_held_against_the_age_at_the_first_measurement() -> None:
    baby = registered(birth_date="2023-11-20", height_cm="50", weight_kg="3.5")
    assert codes(baby, baby.happened("updated", "C1", "2024-12-20 08:00", height_cm="75", weight_kg="9.8")) == []
    teenager = registered(birth_date="2006-06-01", height_cm="164", weight_kg="52")
    assert codes(teenager, teenager.happened("updated", "C1", "2024-12-20 08:00", height_cm="172")) == []
    grown = registered(birth_date="2005-12-01", height_cm="164", weight_kg="52")
    assert codes(grown, grown.happened("updated", "C1", "2024-12-20 08:00", height_cm="172")) == ["height_jump"]


@pytest.mark.parametrize(
    ("weight", "found"),
    [("93.7", []), ("93.8", ["weight_jump"]), ("56.25", []), ("56.2", ["weight_jump"])],
)
def test_a_weight_changes_by_a_quarter_at_most_in_a_month(weight: str, found: list[str]) -> None:
    log = registered()
    assert codes(log, log.happened("updated", "C1", "2024-02-10 08:00", weight_kg=weight)) == found


def test_a_weight_may_change_by_more_in_a_long_time_and_a_child_grows() -> None:
    log = registered()
    assert codes(log, log.happened("updated", "C1", "2024-12-10 08:00", weight_kg="95")) == []
    child = registered(birth_date="2023-12-01", height_cm="55", weight_kg="4")
    assert codes(child, child.happened("updated", "C1", "2024-03-10 08:00", weight_kg="7")) == []


# ------------------------------------------------------------------------------------------------- laboratory


def after(first: str, second: str, *, analyte: str = "creatinine", days: int = 10, **more: str) -> list[str]:
    """What is found about a result some days after a first one."""
    log = registered()
    log.lab("C1", analyte, first, "2024-02-01 08:00")
    time = f"2024-02-{1 + days:02} 08:00" if days < 29 else f"2024-03-{days - 28:02} 08:00"
    return codes(log, log.lab("C1", analyte, second, time, **more))


def test_another_value_at_one_sampling_instant_is_found_and_the_same_value_is_not() -> None:
    log = registered()
    log.lab("C1", "creatinine", "100", "2024-02-01 08:00")
    same = log.lab("C1", "creatinine", "100.0", "2024-02-01 08:00")
    other = log.lab("C1", "creatinine", "101", "2024-02-01 08:00")
    before = log.lab("C1", "creatinine", "101", "2024-02-01 08:00", context="pre_treatment")
    assert [codes(log, each) for each in (same, other, before)] == [[], ["other_value_same_sampling"], []]


@pytest.mark.parametrize(
    ("analyte", "first", "second", "found"),
    [
        ("total_bilirubin", "10", "136", []),
        ("total_bilirubin", "10", "137", ["lab_unit_jump"]),
        ("total_bilirubin", "10", "213", ["lab_unit_jump"]),
        ("total_bilirubin", "10", "214", []),
        ("total_bilirubin", "171", "10", ["lab_unit_jump"]),
        ("creatinine", "10", "707", []),
        ("creatinine", "10", "708", ["lab_unit_jump"]),
        ("creatinine", "10", "1105", ["lab_unit_jump"]),
        ("creatinine", "10", "1106", []),
        ("nt_probnp", "100", "79999", []),
        ("nt_probnp", "100", "80000", ["lab_unit_jump"]),
        ("bnp", "90000", "90", ["lab_unit_jump"]),
        ("nt_probnp", "1000", "17100", []),
        ("total_bilirubin", "0", "171", []),
    ],
)
def test_a_jump_by_the_factor_between_two_units_is_found(
    analyte: str, first: str, second: str, found: list[str]
) -> None:
    assert after(first, second, analyte=analyte) == found


def test_a_unit_jump_is_found_within_31_days_and_not_later() -> None:
    assert after("10", "171", analyte="total_bilirubin", days=31) == ["lab_unit_jump"]
    assert after("10", "171", analyte="total_bilirubin", days=32) == []
    assert after("10", "10", analyte="total_bilirubin", unit="mg/dL") == ["lab_unit_jump"]


@pytest.mark.parametrize(
    ("first", "second", "days", "found"),
    [
        ("100", "1000", 3, ["lab_decimal_slip"]),
        ("100", "1000", 4, []),
        ("100", "1100", 1, ["lab_decimal_slip"]),
        ("100", "1101", 1, []),
        ("100", "910", 1, ["lab_decimal_slip"]),
        ("100", "909", 1, []),
        ("1000", "100", 1, ["lab_decimal_slip"]),
    ],
)
def test_a_decimal_point_out_of_place_is_found(first: str, second: str, days: int, found: list[str]) -> None:
    assert after(first, second, days=days) == found


@pytest.mark.parametrize(("value", "found"), [("105", ["lab_repeated"]), ("1.05", ["lab_repeated"]), ("95", [])])
def test_the_fourth_identical_result_is_found_where_it_has_three_digits(value: str, found: list[str]) -> None:
    log = registered()
    unit = {"unit": "mg/dL"} if "." in value else {}
    row = [log.lab("C1", "creatinine", value, f"2024-02-0{day} 08:00", **unit) for day in range(1, 5)]
    assert [codes(log, position) for position in row] == [[], [], [], found]


def test_a_bound_may_repeat() -> None:
    log = registered()
    row = [log.lab("C1", "nt_probnp", "35000", f"2024-02-0{day} 08:00", comparator=">") for day in range(1, 5)]
    assert codes(log, row[-1]) == []


@pytest.mark.parametrize("bounded", ["bnp", "nt_probnp"])
def test_a_bound_of_bnp_or_nt_probnp_is_held_against_nothing(bounded: str) -> None:
    log = registered()
    more = {each: {"comparator": ">"} if each == bounded else {} for each in ("bnp", "nt_probnp")}
    log.lab("C1", "nt_probnp", "500", "2024-02-01 08:00", **more["nt_probnp"])
    assert codes(log, log.lab("C1", "bnp", "900", "2024-02-01 08:00", **more["bnp"])) == []


@pytest.mark.parametrize(("bnp", "found"), [("500", []), ("501", ["bnp_above_nt_probnp"])])
def test_bnp_above_nt_probnp_in_one_sample_is_found(bnp: str, found: list[str]) -> None:
    log = registered()
    log.lab("C1", "nt_probnp", "500", "2024-02-01 08:00")
    assert codes(log, log.lab("C1", "bnp", bnp, "2024-02-01 08:00")) == found
    assert codes(log, log.lab("C1", "bnp", bnp, "2024-02-02 08:00")) == []


# ---------------------------------------------------------------------------------------------------- persons


@pytest.mark.parametrize(("birth", "found"), [("1970-01-01", ["birth_default"]), ("1970-01-02", [])])
def test_a_default_birth_date_is_found(birth: str, found: list[str]) -> None:
    assert body("178", "75", birth) == found


def test_the_day_of_registration_as_birth_date_is_found_and_the_day_before_is_not() -> None:
    assert body("50", "3.5", "2024-01-10") == ["birth_is_registration"]
    log = Log()
    log.registered("C1", "2024-01-09T23:00:00Z", birth_date="2024-01-10", height_cm="50", weight_kg="3.5")
    assert codes(log, 1) == ["birth_is_registration"], "the midnight of that day in Paris"
    assert body("50", "3.5", "2024-01-09") == []


@pytest.mark.parametrize(("birth", "found"), [("1949-01-10", []), ("1949-01-09", ["candidate_too_old"])])
def test_a_candidate_over_75_is_found(birth: str, found: list[str]) -> None:
    log = registered()
    assert codes(log, log.registered("C2", "2024-01-10 00:00", birth_date=birth)) == found


@pytest.mark.parametrize(("age", "found"), [("80", []), ("80.1", ["donor_too_old"])])
def test_a_donor_over_80_is_found(age: str, found: list[str]) -> None:
    log = registered()
    assert codes(log, log.donor("D1", "2024-02-01 08:00", age=age)) == found


def test_an_id_that_means_two_persons_is_found() -> None:
    log = registered()
    log.delisted("C1", "2024-02-01 08:00")
    same = log.registered("C1", "2024-03-01 08:00", weight_kg="71")
    other = log.registered("C1", "2024-03-02 08:00", blood_group="B")
    log.donor("D1", "2024-02-01 08:00")
    donor = log.donor_updated("D1", "2024-02-01 09:00", sex="F")
    assert codes(log, same) == []
    assert notices(log, other)["person_changed"].path == "data.blood_group"
    assert notices(log, donor)["person_changed"].path == "data.sex"


def test_one_person_under_two_ids_is_found_where_the_whole_log_is_looked_at() -> None:
    log = registered()
    second, third = log.registered("C2", REGISTERED), log.registered("C3", REGISTERED, weight_kg="76")
    history = log.history()
    first = history.of("candidate/C1").facts[1]
    persons: dict[Person, list[Fact]] = {("candidate", "1979-06-01", "M", "A", "178", "75"): [first]}

    def found(position: int, candidate: str) -> list[str]:
        subject = history.of(f"candidate/{candidate}")
        return [each.code for each in notices_of(subject.facts[position], subject, Known(history.of, persons))]

    assert (found(second, "C2"), found(third, "C3"), found(1, "C1")) == (["same_person_twice"], [], [])
    assert codes(log, second) == []


@pytest.mark.parametrize(("first", "second"), [("lvad", "bivad"), ("bivad", "total_artificial_heart")])
def test_two_devices_that_exclude_each_other_are_found_until_the_stop_comes(first: str, second: str) -> None:
    log = registered()
    log.started("C1", first, "2024-02-01 08:00")
    start = log.started("C1", second, "2024-02-03 08:00")
    assert codes(log, start) == ["devices_together"]
    log.stopped("C1", first, "2024-02-02 08:00")
    assert codes(log, start) == []


def test_an_offer_is_found_over_ten_days_after_its_donor() -> None:
    log = registered()
    log.donor("D1", "2024-02-01 08:00")
    assert codes(log, log.offered("O1", "2024-02-11 08:00")) == []
    assert codes(log, log.offered("O2", "2024-02-11 08:01")) == ["offer_long_after_donor"]
