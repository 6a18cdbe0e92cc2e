"""A donor at an instant: its registration, then its updates in effective order."""

from decimal import Decimal

import pytest

from engine.errors import RequestError
from tests.projections.support import SITE, Log

NOW = "2024-05-17 12:00"


@pytest.fixture
def log() -> Log:
    """A log with one donor of a stated age, registered at eight."""
    log = Log()
    log.donor("D1", "2024-05-17 08:00", age="45")
    return log


def test_a_donor_is_what_its_registration_says(log: Log) -> None:
    view = log.donor_view("D1", NOW)
    donor = view.variables
    assert (donor.age_years, donor.sex, donor.blood_group) == (45, "M", "A")
    assert (donor.height_cm, donor.weight_kg) == (180, 80)
    assert (view.id, view.procurement_site, view.completed_age) == ("D1", SITE, 45)


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [("sex", "F", "F"), ("blood_group", "O", "O"), ("height_cm", "170.5", Decimal("170.5"))],
)
def test_an_update_replaces_the_fields_it_names_and_no_other(
    log: Log, field: str, value: str, shown: str | Decimal
) -> None:
    log.donor_updated("D1", "2024-05-17 09:00", **{field: value})
    donor = log.donor_view("D1", NOW).variables
    assert getattr(donor, field) == shown
    assert donor.weight_kg == 80


def test_updates_count_in_effective_order_and_not_as_they_arrive(log: Log) -> None:
    log.donor_updated("D1", "2024-05-17 10:00", weight_kg="82")
    log.donor_updated("D1", "2024-05-17 09:00", weight_kg="81")
    assert log.donor_view("D1", "2024-05-17 09:30").variables.weight_kg == 81
    assert log.donor_view("D1", NOW).variables.weight_kg == 82


def test_updates_of_one_instant_count_by_position(log: Log) -> None:
    log.donor_updated("D1", "2024-05-17T09:00:00+02:00", weight_kg="81")
    log.donor_updated("D1", "2024-05-17T07:00:00Z", weight_kg="82")
    assert log.donor_view("D1", NOW).variables.weight_kg == 82


def test_an_update_dated_before_the_registration_counts_all_the_same(log: Log) -> None:
    log.donor_updated("D1", "2024-05-17 07:00", weight_kg="81")
    assert log.donor_view("D1", NOW).variables.weight_kg == 81


def test_an_update_that_arrived_before_the_registration_counts_all_the_same() -> None:
    log = Log()
    log.donor_updated("D1", "2024-05-17 09:00", weight_kg="81")
    log.donor("D1", "2024-05-17 08:00")
    assert log.donor_view("D1", NOW).variables.weight_kg == 81


def test_an_update_counts_at_its_own_instant_and_not_a_microsecond_before(log: Log) -> None:
    log.donor_updated("D1", "2024-05-17 10:00", weight_kg="82")
    assert log.donor_view("D1", "2024-05-17 09:59:59.999999").variables.weight_kg == 80
    assert log.donor_view("D1", "2024-05-17 10:00").variables.weight_kg == 82


def test_an_update_learnt_after_a_position_is_not_known_there(log: Log) -> None:
    late = log.donor_updated("D1", "2024-05-17 09:00", weight_kg="82")
    assert log.donor_view("D1", NOW, known_at=late - 1).variables.weight_kg == 80
    assert log.donor_view("D1", NOW, known_at=late).variables.weight_kg == 82


def test_a_birth_date_replaces_a_stated_age(log: Log) -> None:
    log.donor_updated("D1", "2024-05-17 09:00", birth_date="1964-05-17")
    view = log.donor_view("D1", "2024-05-17 09:00")
    assert view.completed_age == 60
    assert view.origins["age_years"].position == 2


def test_a_stated_age_replaces_a_birth_date() -> None:
    log = Log()
    log.donor("D1", "2024-05-17 08:00", birth_date="1964-05-17")
    log.donor_updated("D1", "2024-05-17 09:00", age="55.5")
    assert log.donor_view("D1", "2024-05-17 08:00").variables.age_years > 60
    assert log.donor_view("D1", "2024-05-17 09:00").variables.age_years == Decimal("55.5")


def test_of_ages_and_birth_dates_the_last_in_effective_order_stands(log: Log) -> None:
    log.donor_updated("D1", "2024-05-17 11:00", age="50")
    log.donor_updated("D1", "2024-05-17 10:00", birth_date="1964-05-17")
    assert log.donor_view("D1", "2024-05-17 10:30").completed_age == 60
    assert log.donor_view("D1", NOW).variables.age_years == 50


def test_an_age_from_a_birth_date_has_the_fraction_of_the_running_year() -> None:
    log = Log()
    log.donor("D1", "2024-07-01", birth_date="1980-01-01")
    assert log.donor_view("D1", "2024-07-02").variables.age_years == Decimal("44.5")
    assert log.donor_view("D1", "2024-07-02").completed_age == 44


def test_by_the_reading_completed_ages_are_whole_and_a_stated_fraction_is_dropped() -> None:
    log = Log()
    log.donor("D1", "2024-07-01", birth_date="1980-01-01")
    log.donor("D2", "2024-07-01", age="55.9")
    assert log.donor_view("D1", "2024-07-02", age="completed").variables.age_years == 44
    assert log.donor_view("D2", "2024-07-02", age="completed").variables.age_years == 55
    assert log.donor_view("D2", "2024-07-02").variables.age_years == Decimal("55.9")


def test_a_stated_age_is_compared_with_limits_in_completed_years() -> None:
    log = Log()
    log.donor("D1", "2024-07-01", age="55.9")
    assert log.donor_view("D1", "2024-07-02").completed_age == 55


def test_a_corrected_registration_counts_from_the_correction_on(log: Log) -> None:
    log.donor_updated("D1", "2024-05-17 09:00", weight_kg="82")
    correction = log.corrected(1, blood_group="O", age=None, birth_date="1964-05-17")
    assert log.donor_view("D1", NOW, known_at=correction - 1).variables.blood_group == "A"
    view = log.donor_view("D1", NOW)
    assert (view.variables.blood_group, view.completed_age, view.variables.weight_kg) == ("O", 60, 82)


def test_the_latest_coronary_calcium_is_kept_to_be_shown(log: Log) -> None:
    for agatston, time in (("300", "2024-05-17 10:00"), ("100", "2024-05-17 09:00"), ("900", "2024-05-17 13:00")):
        log.add("coronary-calcium.recorded", "donor/D1", time, {"agatston": agatston})
    calcium = log.donor_view("D1", NOW).calcium
    assert calcium is not None
    assert calcium.data["agatston"] == "300"


def test_a_donor_not_registered_by_then_or_not_known_there_is_a_clear_error(log: Log) -> None:
    for at, known_at, why in (("2024-05-17 07:59", 1, "takes effect at"), (NOW, 0, "is not registered")):
        with pytest.raises(RequestError, match=f"donor/D1.* {why}"):
            log.donor_view("D1", at, known_at=known_at)
