"""URGENCE: the expert priority in force, its clock, and what turning 18 does to it."""

from decimal import Decimal
from typing import Any

import pytest

from projections.priorities import Priority
from tests.projections.support import Log, instant

CHILD = "2010-05-17"
EIGHTEEN = "2028-05-17"


@pytest.fixture
def log() -> Log:
    """A log with an adult, registered on 1 January 2024."""
    log = Log()
    log.registered("C1", "2024-01-01")
    return log


@pytest.fixture
def child() -> Log:
    """A log with a candidate who turns 18 on 17 May 2028."""
    log = Log()
    log.registered("C1", "2024-01-01", birth_date=CHILD)
    return log


def priority(log: Log, at: str, **readings: Any) -> Priority | None:
    """The priority in force."""
    return log.view("C1", at, **readings).priority


def urgency(log: Log, at: str = "2024-12-31") -> str:
    """URGENCE."""
    return str(log.view("C1", at).variables.urgency)


# ------------------------------------------------------------------------------------- which grant is in force


@pytest.mark.parametrize("component", ["XPCA", "XPCP1", "XPCP2", "DGN"])
def test_a_grant_is_in_force_from_its_own_instant(child: Log, component: str) -> None:
    child.granted("C1", component, "2024-02-01 10:00")
    assert urgency(child, "2024-02-01 09:59:59.999999") == ""
    assert urgency(child, "2024-02-01 10:00") == component


@pytest.mark.parametrize("what", ["requested", "refused"])
def test_a_request_or_a_refusal_gives_nothing_and_takes_nothing(log: Log, what: str) -> None:
    log.priority(what, "C1", "XPCA", "2024-02-01")
    assert urgency(log) == ""
    log.granted("C1", "DGN", "2024-02-02")
    log.priority(what, "C1", "DGN", "2024-02-03")
    assert urgency(log) == "DGN"


@pytest.mark.parametrize(("first", "second"), [("XPCA", "DGN"), ("DGN", "XPCA"), ("XPCP1", "XPCP2"), ("XPCP2", "XPCA")])
def test_the_latest_grant_counts_whatever_its_component(child: Log, first: str, second: str) -> None:
    child.granted("C1", first, "2024-02-01")
    child.granted("C1", second, "2024-03-01")
    assert urgency(child) == second


def test_the_latest_grant_is_the_latest_agreement_and_not_the_latest_arrival(log: Log) -> None:
    log.granted("C1", "DGN", "2024-03-01")
    log.granted("C1", "XPCA", "2024-02-01")
    assert urgency(log) == "DGN"
    assert urgency(log, "2024-02-15") == "XPCA"


def test_of_two_grants_of_one_instant_the_later_position_counts(log: Log) -> None:
    log.granted("C1", "DGN", "2024-02-01T10:00:00+01:00")
    log.granted("C1", "XPCA", "2024-02-01T09:00:00Z")
    assert urgency(log) == "XPCA"


def test_a_second_grant_of_the_same_component_brings_its_own_points_delay_and_clock(log: Log) -> None:
    log.granted("C1", "XPCA", "2024-02-01", points="600", delay_months=3)
    log.granted("C1", "XPCA", "2024-03-01")
    variables = log.view("C1", "2024-04-01").variables
    assert (variables.expert_points, variables.expert_delay_months, variables.expert_months) == (900, 0, 1)


def test_an_end_of_the_component_in_force_ends_it_at_its_own_instant(log: Log) -> None:
    log.granted("C1", "XPCA", "2024-02-01")
    log.priority("ended", "C1", "XPCA", "2024-03-01")
    assert urgency(log, "2024-02-29 23:59:59.999999") == "XPCA"
    assert urgency(log, "2024-03-01") == ""


def test_an_end_that_names_another_component_changes_nothing(log: Log) -> None:
    log.granted("C1", "XPCA", "2024-02-01")
    log.priority("ended", "C1", "DGN", "2024-03-01")
    assert urgency(log) == "XPCA"


def test_an_old_priority_that_ends_under_a_new_one_changes_nothing(log: Log) -> None:
    log.granted("C1", "DGN", "2024-02-01")
    log.granted("C1", "XPCA", "2024-03-01")
    log.priority("ended", "C1", "DGN", "2024-04-01")
    assert urgency(log) == "XPCA"


def test_a_replaced_grant_never_revives_when_the_new_one_ends(log: Log) -> None:
    log.granted("C1", "DGN", "2024-02-01")
    log.granted("C1", "XPCA", "2024-03-01")
    log.priority("ended", "C1", "XPCA", "2024-04-01")
    assert urgency(log) == ""


def test_a_grant_after_an_end_is_in_force_with_a_clock_of_its_own(log: Log) -> None:
    log.granted("C1", "XPCA", "2024-02-01")
    log.priority("ended", "C1", "XPCA", "2024-03-01")
    log.granted("C1", "XPCA", "2024-04-01")
    assert urgency(log) == "XPCA"
    assert log.view("C1", "2024-05-01").variables.expert_months == 1


def test_an_end_dated_before_the_grant_does_not_touch_it(log: Log) -> None:
    log.granted("C1", "XPCA", "2024-03-01")
    log.priority("ended", "C1", "XPCA", "2024-02-01")
    assert urgency(log) == "XPCA"


def test_a_retracted_grant_lets_the_grant_before_it_stand(log: Log) -> None:
    log.granted("C1", "DGN", "2024-02-01")
    wrong = log.granted("C1", "XPCA", "2024-03-01")
    log.retracted(wrong)
    assert urgency(log) == "DGN"


# -------------------------------------------------------------------------------------------- the 18th birthday


@pytest.mark.parametrize("component", ["XPCP1", "XPCP2"])
def test_a_paediatric_priority_granted_on_the_18th_birthday_has_no_effect_and_raises_an_alert(
    child: Log, component: str
) -> None:
    grant = child.granted("C1", component, EIGHTEEN)
    assert urgency(child, "2028-06-01") == ""
    assert child.alerts("C1", "2028-06-01")["xpcp_after_18"].positions == (grant,)


@pytest.mark.parametrize("component", ["XPCP1", "XPCP2"])
def test_a_paediatric_priority_granted_a_microsecond_before_18_is_kept_for_ever(child: Log, component: str) -> None:
    child.granted("C1", component, "2028-05-16 23:59:59.999999")
    assert urgency(child, "2028-05-17") == component
    assert child.place("C1", "2035-01-01").as_json()["component"] == component
    assert "xpcp_after_18" not in child.alerts("C1", "2035-01-01")


def test_a_paediatric_priority_granted_after_18_leaves_the_priority_in_force_untouched(log: Log) -> None:
    log.granted("C1", "XPCA", "2024-02-01")
    log.granted("C1", "XPCP1", "2024-03-01")
    log.priority("ended", "C1", "XPCP1", "2024-04-01")
    assert urgency(log) == "XPCA"


def test_a_child_of_the_leap_day_is_too_old_for_a_paediatric_priority_from_28_february() -> None:
    log = Log()
    log.registered("C1", "2020-01-01", birth_date="2004-02-29")
    log.granted("C1", "XPCP1", "2022-02-28")
    assert urgency(log, "2022-03-01") == ""


def test_an_adult_priority_of_a_minor_scores_from_the_18th_birthday_on(child: Log) -> None:
    child.granted("C1", "XPCA", "2028-05-01")
    assert child.place("C1", "2028-05-16").as_json()["component"] == "paediatric_standard"
    assert child.place("C1", EIGHTEEN).as_json()["component"] == "XPCA"
    assert child.place("C1", EIGHTEEN).as_json()["ccb"] == "900.000000"


def test_a_corrected_birth_date_decides_whether_a_paediatric_priority_counts(child: Log) -> None:
    grant = child.granted("C1", "XPCP1", "2024-02-01")
    child.corrected(1, birth_date="2000-05-17")
    assert str(child.view("C1", "2024-03-01", known_at=grant).variables.urgency) == "XPCP1"
    assert urgency(child, "2024-03-01") == ""


# ---------------------------------------------------------------------------------------- points and their clock


@pytest.mark.parametrize(
    ("delay", "at", "ccb"),
    [
        (0, "2024-02-01", "900.000000"),
        (0, "2024-05-01", "900.000000"),
        (1, "2024-02-01", "0.000000"),
        (1, "2024-03-01", "900.000000"),
        (2, "2024-03-01", "450.000000"),
        (3, "2024-02-01", "0.000000"),
        (3, "2024-02-15 12:00", "150.000000"),
        (3, "2024-03-01", "300.000000"),
        (3, "2024-04-01", "600.000000"),
        (3, "2024-05-01", "900.000000"),
        (3, "2024-06-01", "900.000000"),
    ],
)
def test_an_adult_priority_grows_from_nothing_to_its_points_within_its_delay(
    log: Log, delay: int, at: str, ccb: str
) -> None:
    log.granted("C1", "XPCA", "2024-02-01", delay_months=delay)
    assert log.place("C1", at).as_json()["ccb"] == ccb


def test_an_adult_priority_without_a_delay_gives_its_points_at_once(log: Log) -> None:
    log.granted("C1", "XPCA", "2024-02-01", points="750.5")
    assert log.place("C1", "2024-02-01").as_json()["ccb"] == "750.500000"


@pytest.mark.parametrize(("at", "ccb"), [("2024-03-01", "350.000000"), ("2024-04-01", "600.000000")])
def test_an_adult_priority_never_scores_below_the_standardised_icar(log: Log, at: str, ccb: str) -> None:
    log.labs("C1", "2024-01-31", nt_probnp="11332")  # ICAR 14: 1000 x 14 / 40 = 350
    log.granted("C1", "XPCA", "2024-02-01", delay_months=3)
    assert log.place("C1", at).as_json()["ccb"] == ccb


@pytest.mark.parametrize(
    ("component", "at", "ccb"),
    [
        ("XPCP1", "2024-02-01", "1101.000000"),
        ("XPCP1", "2025-02-01", "1126.000000"),
        ("XPCP1", "2026-02-01", "1151.000000"),
        ("XPCP1", "2027-02-01", "1151.000000"),
        ("XPCP2", "2024-02-01", "1051.000000"),
        ("XPCP2", "2026-02-01", "1101.000000"),
    ],
)
def test_a_paediatric_priority_gains_fifty_points_in_24_months(child: Log, component: str, at: str, ccb: str) -> None:
    child.granted("C1", component, "2024-02-01")
    assert child.place("C1", at).as_json()["ccb"] == ccb


def test_dgn_leaves_an_adult_in_the_standard_component(log: Log) -> None:
    log.granted("C1", "DGN", "2024-02-01")
    assert log.place("C1", "2024-03-01").as_json()["component"] == "adult_standard"


# -------------------------------------------------------------------------------- the reading priority_clock


def months(log: Log, **readings: Any) -> Decimal:
    """DAURG on 1 July 2024."""
    found: Decimal = log.view("C1", "2024-07-01", **readings).variables.expert_months
    return found


def test_by_default_the_clock_starts_with_the_agreement(log: Log) -> None:
    log.priority("requested", "C1", "XPCA", "2024-04-01")
    log.granted("C1", "XPCA", "2024-05-01")
    assert months(log) == 2


def test_by_the_reading_request_it_starts_with_the_latest_request_of_the_component_before_the_grant(log: Log) -> None:
    log.priority("requested", "C1", "XPCA", "2024-02-01")
    log.priority("requested", "C1", "XPCA", "2024-03-01")
    log.priority("requested", "C1", "DGN", "2024-04-01")
    log.granted("C1", "XPCA", "2024-05-01")
    log.priority("requested", "C1", "XPCA", "2024-06-01")
    assert months(log, priority_clock="request") == 4


def test_a_request_at_the_very_instant_of_the_grant_starts_the_clock_there(log: Log) -> None:
    log.priority("requested", "C1", "XPCA", "2024-05-01")
    log.granted("C1", "XPCA", "2024-05-01")
    assert months(log, priority_clock="request") == 2


@pytest.mark.parametrize("between", ["XPCA", "DGN"])
def test_a_request_from_before_the_previous_grant_of_any_component_does_not_start_it(log: Log, between: str) -> None:
    log.priority("requested", "C1", "XPCA", "2024-02-01")
    log.granted("C1", between, "2024-03-01")
    log.granted("C1", "XPCA", "2024-05-01")
    assert months(log, priority_clock="request") == 2


def test_without_a_request_the_clock_starts_with_the_agreement_by_either_reading(log: Log) -> None:
    log.granted("C1", "XPCA", "2024-05-01")
    assert months(log, priority_clock="request") == months(log, priority_clock="agreement") == 2


def test_the_priority_names_the_grant_and_the_fact_that_starts_its_clock(log: Log) -> None:
    request = log.priority("requested", "C1", "XPCA", "2024-04-01")
    grant = log.granted("C1", "XPCA", "2024-05-01")
    by_request = priority(log, "2024-07-01", priority_clock="request")
    by_agreement = priority(log, "2024-07-01")
    assert by_request is not None
    assert by_agreement is not None
    assert (by_request.grant.position, by_request.clock.position) == (grant, request)
    assert (by_agreement.grant.position, by_agreement.clock.instant) == (grant, instant("2024-05-01"))
