"""Readings that decide before any rule runs: from facts to the annex's variables, and on to the score."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from engine.log.history import SubjectHistory, fact_of
from engine.quantities import age_years, parse_instant, published
from engine.rules.annex_3_2_icar import icar_before, validity_days
from engine.rules.annex_3_3_ccb import ccb, component_of, ecmo_taper
from engine.rules.annex_3_4_ccp import older_donor, older_recipient
from engine.rules.variables import Recipient
from projections.candidate import candidate_at
from projections.donor import donor_at
from projections.recipient import recipient_at
from tests.annex.support import V6, D, X, reading

Facts = list[tuple[str, str, dict[str, Any]]]

REGISTRATION: dict[str, Any] = {
    "birth_date": "1980-05-17",
    "sex": "M",
    "blood_group": "A",
    "height_cm": "175",
    "weight_kg": "70",
    "diseases": ["151"],
    "centre": "750100042",
    "abo_matching": "identical",
}
DONOR: dict[str, Any] = {
    "sex": "M",
    "blood_group": "A",
    "height_cm": "178",
    "weight_kg": "80",
    "procurement_site": "690000001",
}


def history(subject: str, facts: Facts) -> SubjectHistory:
    """What these facts (kind, time, data) tell of a subject."""
    known = SubjectHistory()
    for position, (kind, time, data) in enumerate(facts, 1):
        attributes = {
            "type": f"snagc.{kind}.v1",
            "subject": subject,
            "source": "test",
            "id": str(position),
            "time": time,
            "recordedtime": time,
            "data": data,
        }
        known.learn(fact_of(position, attributes))
    return known


def seen(at: str, facts: Facts, chosen: dict[str, str] | None = None, **registration: str) -> Recipient:
    """The annex's variables of a candidate registered on 1 January 2024, at a time and by some readings."""
    first = ("candidate.registered", "2024-01-01T00:00:00+01:00", REGISTRATION | registration)
    known = history("candidate/C1", [first, *facts])
    candidate = candidate_at(known, parse_instant(at))
    assert candidate is not None
    return recipient_at(candidate, parse_instant(at), V6, reading(**(chosen or {}))).variables


def started(treatment: str, time: str) -> tuple[str, str, dict[str, Any]]:
    """The start of a treatment."""
    return "treatment.started", time, {"treatment": treatment}


def bilirubin(value: str, time: str, context: str = "current") -> tuple[str, str, dict[str, Any]]:
    """A bilirubin in umol/L."""
    lab = {"analyte": "total_bilirubin", "value": value, "unit": "umol/L", "context": context}
    return "lab-result.recorded", time, lab


def priority(act: str, time: str, component: str = "XPCA", **more: Any) -> tuple[str, str, dict[str, Any]]:
    """An act on an expert priority."""
    return f"expert-priority.{act}", time, {"component": component, **more}


# --------------------------------------------------------------------------------- nothing recorded (SQL NULL)


@pytest.mark.parametrize(
    "facts",
    [
        [],
        [("treatment.stopped", "2024-02-01T00:00:00+01:00", {"treatment": "ecmo"})],
        [started("impella", "2024-02-01T00:00:00+01:00")],
        [started("ecmo", "2024-03-01T00:00:00.000001+01:00")],
        [
            started("ecmo", "2024-02-01T00:00:00+01:00"),
            ("treatment.stopped", "2024-03-01T00:00:00+01:00", {"treatment": "ecmo"}),
        ],
    ],
    ids=["nothing", "a stop without a start", "another treatment", "a start to come", "stopped at that instant"],
)
def test_where_no_ecmo_runs_it_counts_as_not_on_ecmo(facts: Facts) -> None:
    """CEC2 != 'O' would be unknown in SQL where CEC2 is NULL: it is true here."""
    who = seen("2024-03-01T00:00:00+01:00", facts)
    assert (who.ecmo, who.inotropes) == (False, False)
    assert validity_days(X, who, V6) == D(105)


def test_an_ecmo_counts_from_the_instant_it_starts() -> None:
    who = seen("2024-03-01T00:00:00+01:00", [started("ecmo", "2024-03-01T00:00:00+01:00")])
    assert (who.ecmo, who.ecmo_days) == (True, D(0))
    assert validity_days(X, who, V6) == D(4)


# ------------------------------------------------------------------------------------------- elapsed_days


@pytest.mark.parametrize(
    ("at", "fractional", "whole"),
    [
        ("2024-03-13T00:00:00+01:00", "1", "1"),
        ("2024-03-13T12:00:00+01:00", "0.85", "1"),
        ("2024-03-13T23:59:59.999999+01:00", "0.8", "1"),
        ("2024-03-14T00:00:00+01:00", "0.8", "0.8"),
        ("2024-03-15T00:00:00+01:00", "0.7", "0.7"),
        ("2024-03-16T12:00:00+01:00", "0.55", "0.6"),
        ("2024-03-16T23:59:59.999999+01:00", "0.5", "0.6"),
        ("2024-03-17T00:00:00+01:00", "0", "0"),
    ],
)
def test_an_ecmo_loses_its_points_by_the_fraction_or_by_the_whole_day(at: str, fractional: str, whole: str) -> None:
    """Implanted on 1 March at midnight: 12 days are over on the 13th at midnight, 16 on the 17th."""
    facts = [started("ecmo", "2024-03-01T00:00:00+01:00")]
    for option, expected in (("fractional", fractional), ("whole", whole)):
        taper = ecmo_taper(X, seen(at, facts, {"elapsed_days": option}), V6)
        assert published(taper) == f"{D(expected):.6f}"


@pytest.mark.parametrize(
    ("at", "fractional", "whole"),
    [
        ("2024-06-15T00:00:00+02:00", True, True),
        ("2024-06-15T00:00:00.000001+02:00", False, True),
        ("2024-06-15T10:00:00+02:00", False, True),
        ("2024-06-15T23:59:59.999999+02:00", False, True),
        ("2024-06-16T00:00:00+02:00", False, False),
    ],
)
def test_a_result_of_105_days_ago_is_too_old_at_ten_unless_days_are_whole(
    at: str, fractional: bool, whole: bool
) -> None:
    """2 March at midnight and 105 days: 15 June at midnight, by the clock in Paris."""
    facts = [bilirubin("60", "2024-03-02T00:00:00+01:00")]
    for option, fresh in (("fractional", fractional), ("whole", whole)):
        age = seen(at, facts, {"elapsed_days": option}).bilirubin.age_days
        assert (age <= 105) is fresh


@pytest.mark.parametrize(
    ("at", "dates", "whole"),
    [
        ("2024-03-13T23:59:59.999999+01:00", "1", "1"),
        ("2024-03-14T00:00:00+01:00", "0.8", "1"),
        ("2024-03-14T18:00:00+01:00", "0.8", "0.8"),
        ("2024-03-16T23:59:59.999999+01:00", "0.6", "0.6"),
        ("2024-03-17T00:00:00+01:00", "0", "0.6"),
    ],
)
def test_by_dates_an_ecmo_of_six_in_the_evening_loses_its_points_at_midnight(at: str, dates: str, whole: str) -> None:
    """Implanted on 1 March at 18:00: 13 calendar days on 14 March, 16 on 17 March."""
    facts = [started("ecmo", "2024-03-01T18:00:00+01:00")]
    for option, expected in (("dates", dates), ("whole", whole)):
        taper = ecmo_taper(X, seen(at, facts, {"elapsed_days": option}), V6)
        assert published(taper) == f"{D(expected):.6f}"


@pytest.mark.parametrize(
    ("at", "dates", "fractional"),
    [
        ("2024-06-15T23:59:59.999999+02:00", True, False),
        ("2024-06-15T18:00:00+02:00", True, True),
        ("2024-06-16T00:00:00+02:00", False, False),
    ],
)
def test_by_dates_a_result_is_fresh_to_the_end_of_the_105th_day(at: str, dates: bool, fractional: bool) -> None:
    """2 March at 18:00 and 105 days: 15 June."""
    facts = [bilirubin("60", "2024-03-02T18:00:00+01:00")]
    for option, fresh in (("dates", dates), ("fractional", fractional)):
        assert (seen(at, facts, {"elapsed_days": option}).bilirubin.age_days <= 105) is fresh


def test_dates_make_mean_months_step_at_midnight() -> None:
    facts = [priority("granted", "2024-01-01T23:00:00+01:00", delay_months=1)]
    both = {"months": "mean", "elapsed_days": "dates"}
    assert seen("2024-01-16T01:00:00+01:00", facts, both).expert_months == D(15) / D("30.4375")


# ------------------------------------------------------------------------------------------------ months


@pytest.mark.parametrize(
    ("at", "calendar", "mean"),
    [
        ("2024-02-01T00:00:00+01:00", "300.000000", "305.544148"),  # 31 days
        ("2024-03-01T00:00:00+01:00", "600.000000", "591.375770"),  # 60 days
        ("2024-03-31T20:00:00+02:00", "898.387097", "895.277207"),  # 30 days 20 hours of 31; 90 days 20 hours
        ("2024-04-01T00:00:00+02:00", "900.000000", "896.919918"),  # 91 days
        ("2024-04-02T00:00:00+02:00", "900.000000", "900.000000"),  # 92 days
    ],
)
def test_the_guides_300_600_and_900_points_fall_on_the_day_of_the_month(at: str, calendar: str, mean: str) -> None:
    """Granted on 1 January 2024, within three months. Mean: 900 x days / (3 x 30.4375)."""
    facts = [priority("granted", "2024-01-01T00:00:00+01:00", delay_months=3)]
    for option, points in (("calendar", calendar), ("mean", mean)):
        who = seen(at, facts, {"months": option})
        assert published(ccb(X, who, D(0), D(1), V6, reading(months=option))) == points


def test_whole_days_make_mean_months_step_by_the_day() -> None:
    facts = [priority("granted", "2024-01-01T00:00:00+01:00", delay_months=1)]
    both = {"months": "mean", "elapsed_days": "whole"}
    assert seen("2024-01-16T23:00:00+01:00", facts, both).expert_months == D(15) / D("30.4375")


@pytest.mark.parametrize(("option", "months"), [("calendar", "24"), ("mean", "24.016427")])
def test_waiting_time_is_in_the_same_months(option: str, months: str) -> None:
    """731 days from 1 January 2024 to 1 January 2026."""
    who = seen("2026-01-01T00:00:00+01:00", [], {"months": option}, birth_date="2015-01-01")
    assert published(who.waiting_months) == f"{D(months):.6f}"
    assert ccb(X, who, D(0), D(1), V6, reading(months=option)) == D(825)


# ------------------------------------------------------------------------------------- priority_clock

MONTH_1, MONTH_2, MONTH_3, MONTH_4 = (f"2024-0{month}-01T00:00:00+0{1 + (month > 3)}:00" for month in (1, 2, 3, 4))
AN_OLD_PRIORITY = (priority("requested", MONTH_1), priority("granted", MONTH_1))


@pytest.mark.parametrize(
    ("facts", "by_request"),
    [
        ([priority("granted", MONTH_3)], 1),
        ([priority("requested", MONTH_2), priority("granted", MONTH_3)], 2),
        ([priority("requested", MONTH_3), priority("granted", MONTH_3)], 1),
        ([priority("requested", MONTH_1), priority("requested", MONTH_2), priority("granted", MONTH_3)], 2),
        ([priority("requested", MONTH_2, "DGN"), priority("granted", MONTH_3)], 1),
        ([priority("requested", MONTH_2), priority("requested", MONTH_2, "DGN"), priority("granted", MONTH_3)], 2),
        ([priority("granted", MONTH_3), priority("requested", "2024-03-15T00:00:00+01:00")], 1),
        ([priority("requested", MONTH_1), priority("granted", MONTH_2), priority("granted", MONTH_3)], 1),
        ([priority("requested", MONTH_1), priority("granted", MONTH_2, "DGN"), priority("granted", MONTH_3)], 1),
        ([*AN_OLD_PRIORITY, priority("requested", MONTH_2), priority("granted", MONTH_3)], 2),
    ],
    ids=[
        "no request",
        "a request",
        "a request of that instant",
        "the latest of two",
        "of another component",
        "one of two components",
        "after the grant",
        "before the grant before",
        "before a grant of another component",
        "after the grant before",
    ],
)
def test_the_clock_runs_from_the_agreement_or_from_its_request(facts: Facts, by_request: int) -> None:
    """Granted on 1 March, seen on 1 April."""
    for option, months in (("agreement", 1), ("request", by_request)):
        assert seen(MONTH_4, facts, {"priority_clock": option}).expert_months == D(months)


# ------------------------------------------------------------------------------------------------- age


@pytest.mark.parametrize(
    ("at", "fractional", "completed"),
    [
        ("2024-05-16T23:59:59.999999+02:00", 0, 0),
        ("2024-05-17T00:00:00+02:00", 0, 0),
        ("2024-05-17T00:00:00.000001+02:00", 1, 0),
        ("2025-05-16T23:59:59.999999+02:00", 1, 0),
        ("2025-05-17T00:00:00+02:00", 1, 1),
    ],
)
def test_over_50_and_over_55_mean_from_the_next_instant_or_from_the_next_birthday(
    at: str, fractional: int, completed: int
) -> None:
    for option, factor in (("fractional", fractional), ("completed", completed)):
        chosen = {"age": option}
        who = seen(at, [], chosen, birth_date="1974-05-17")
        assert older_recipient(X, who, V6) == D(factor)
        born = {"birth_date": "1969-05-17", **DONOR}
        known = history("donor/D1", [("donor.registered", "2024-01-01T00:00:00+01:00", born)])
        whose = donor_at(known, "donor/D1", parse_instant(at), reading(**chosen)).variables
        assert older_donor(X, whose, V6) == D(factor)


@pytest.mark.parametrize(("stated", "fractional", "completed"), [("55", 0, 0), ("55.9", 1, 0), ("56", 1, 1)])
def test_a_stated_age_of_a_donor_is_read_likewise(stated: str, fractional: int, completed: int) -> None:
    known = history("donor/D1", [("donor.registered", "2024-01-01T00:00:00+01:00", {"age": stated, **DONOR})])
    for option, factor in (("fractional", fractional), ("completed", completed)):
        view = donor_at(known, "donor/D1", parse_instant("2024-02-01T00:00:00+01:00"), reading(age=option))
        assert older_donor(X, view.variables, V6) == D(factor)


@pytest.mark.parametrize("option", ["fractional", "completed"])
@pytest.mark.parametrize(
    ("at", "component"),
    [("2024-05-16T23:59:59.999999+02:00", "paediatric_standard"), ("2024-05-17T00:00:00+02:00", "adult_standard")],
)
def test_by_either_reading_adulthood_begins_with_the_18th_birthday(option: str, at: str, component: str) -> None:
    assert component_of(X, seen(at, [], {"age": option}, birth_date="2006-05-17"), V6) == component


def test_a_completed_age_of_0_leaves_the_filtration_rate_without_a_value() -> None:
    who = seen("2024-12-01T00:00:00+01:00", [], {"age": "completed"}, birth_date="2024-01-01")
    assert who.age_years == D(0)
    assert age_years(date(2024, 1, 1), parse_instant("2024-12-01T00:00:00+01:00")) == D(335) / D(366)


# -------------------------------------------------------------------------------------- pre_treatment_values

ECMO = started("ecmo", "2024-03-01T00:00:00+01:00")
LATER = "2024-03-05T00:00:00+01:00"


@pytest.mark.parametrize(
    ("labs", "derived", "explicit"),
    [
        ([], None, None),
        ([bilirubin("60", "2024-02-29T00:00:00+01:00")], "60", None),
        ([bilirubin("60", "2024-03-01T00:00:00+01:00")], "60", None),
        ([bilirubin("60", "2024-03-01T00:00:00.000001+01:00")], None, None),
        ([bilirubin("60", "2024-01-31T00:00:00+01:00")], "60", None),  # 30 days before
        ([bilirubin("60", "2024-01-30T23:59:59.999999+01:00")], None, None),
        ([bilirubin("60", "2024-02-01T00:00:00+01:00"), bilirubin("70", "2024-02-20T00:00:00+01:00")], "70", None),
        ([bilirubin("90", "2024-02-10T00:00:00+01:00", "pre_treatment")], "90", "90"),
        (
            [
                bilirubin("90", "2024-01-02T00:00:00+01:00", "pre_treatment"),
                bilirubin("60", "2024-02-29T00:00:00+01:00"),
            ],
            "90",
            "90",
        ),
        ([bilirubin("90", "2024-03-02T00:00:00+01:00", "pre_treatment")], "90", "90"),
    ],
    ids=[
        "none",
        "the day before",
        "at the start",
        "just after the start",
        "30 days before",
        "just over 30 days before",
        "the latest of two",
        "explicit",
        "explicit goes before a later current one",
        "explicit, sampled after the start",
    ],
)
def test_values_from_before_are_derived_or_must_be_explicit(
    labs: Facts, derived: str | None, explicit: str | None
) -> None:
    for option, value in (("derived", derived), ("explicit", explicit)):
        found = seen(LATER, [ECMO, *labs], {"pre_treatment_values": option}).bilirubin_before
        assert (found.value if found.known else None) == (D(value) if value else None)


def test_whole_days_stretch_the_30_days_before() -> None:
    facts = [ECMO, bilirubin("60", "2024-01-30T00:00:00.000001+01:00")]
    assert not seen(LATER, facts).bilirubin_before.known
    assert seen(LATER, facts, {"elapsed_days": "whole"}).bilirubin_before.known


def test_a_derived_value_makes_the_index_from_before() -> None:
    """On ECMO 27.20554, and 6.15711 x ln(60/5) = 15.30 more: cut to 40."""
    facts = [ECMO, bilirubin("60", "2024-02-29T00:00:00+01:00")]
    for option, points in (("derived", 40), ("explicit", 27)):
        chosen = {"pre_treatment_values": option}
        value: Decimal = icar_before(X, seen(LATER, facts, chosen), V6, reading(**chosen))
        assert value == D(points)


def test_without_ecmo_and_inotropes_there_are_no_values_from_before() -> None:
    facts = [bilirubin("90", "2024-02-10T00:00:00+01:00", "pre_treatment")]
    assert not seen(LATER, facts).bilirubin_before.known
