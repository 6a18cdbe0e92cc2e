"""Quantities: rounding as published, the 50-digit functions, and strict times and dates."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, FloatOperation, InvalidOperation, localcontext
from typing import Any

import mpmath  # type: ignore[import-untyped, unused-ignore]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import quantities
from engine.quantities import (
    EXACT,
    exact_arithmetic,
    exp,
    fifteen_places,
    ln,
    midnight,
    paris_text,
    parse_date,
    parse_instant,
    power,
    published,
    round_half_up,
    settled,
    utc_text,
)

D = Decimal
M: Any = mpmath.mp.clone()
M.dps = 70
FORTY_FIVE = Context(prec=45, rounding=ROUND_HALF_EVEN, Emin=-999_999, Emax=999_999)
a_few = settings(max_examples=100, deadline=None, derandomize=True, database=None)


def digits(value: Any) -> Decimal:
    """A value of the engine's or mpmath's to 45 significant digits."""
    return FORTY_FIVE.plus(value if isinstance(value, Decimal) else D(M.nstr(value, 65)))


# ---------------------------------------------------------------------------------------------- rounding


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0.000000"),
        ("1051", "1051.000000"),
        ("1.1234564", "1.123456"),
        ("1.1234566", "1.123457"),
        ("0.0000005", "0.000000"),
        ("0.0000015", "0.000002"),
        ("0.0000025", "0.000002"),
        ("0.0000035", "0.000004"),
        ("0.9999985", "0.999998"),
        ("0.9999995", "1.000000"),
        ("0.000000500000001", "0.000001"),
        ("299.99999999999999999999999999999999999999999999970", "300.000000"),
    ],
)
def test_figures_have_six_decimals_with_halves_to_even(value: str, text: str) -> None:
    assert published(D(value)) == text


@pytest.mark.parametrize(
    ("value", "fifteen", "six"),
    [
        # to 15 decimals first: what lies just above or below a half becomes one, and goes to the even digit
        ("0.00000050000000000000049", "0.000000500000000", "0.000000"),
        ("0.0000014999999999999996", "0.000001500000000", "0.000002"),
        ("0.0000024999999999999995", "0.000002500000000", "0.000002"),
        ("0.0000025000000000000004", "0.000002500000000", "0.000002"),
        # halves of the fifteenth decimal go to the even digit too
        ("0.0000005000000005", "0.000000500000000", "0.000000"),
        ("0.0000005000000015", "0.000000500000002", "0.000001"),
        ("0.0000004999999995", "0.000000500000000", "0.000000"),
        ("0.0000014999999985", "0.000001499999998", "0.000001"),
    ],
)
def test_figures_are_rounded_twice_by_way_of_15_decimals(value: str, fifteen: str, six: str) -> None:
    assert f"{fifteen_places(D(value)):f}" == fifteen
    assert published(D(value)) == six


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("-0", "0.000000"),
        ("-0.0000001", "0.000000"),
        ("-0.0000005", "0.000000"),
        ("-0.0000015", "-0.000002"),
        ("-1.5", "-1.500000"),
    ],
)
def test_there_is_no_negative_zero(value: str, text: str) -> None:
    assert published(D(value)) == text


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        *(("0", 0), ("0.49999999999999999999999999", 0), ("0.5", 1), ("1.4999", 1), ("1.5", 2), ("2.5", 3)),
        *(("39.5", 40), ("40.5", 41), ("-0.4", 0), ("-0.6", -1), ("-1.2", -1)),
    ],
)
def test_arrondi_takes_halves_up(value: str, rounded: int) -> None:
    assert round_half_up(D(value)) == D(rounded)


def test_two_computed_values_are_equal_once_settled_to_40_digits() -> None:
    with exact_arithmetic():
        third = D(1) / D(3)
        assert third * 3 != D(1)
        assert settled(third * 3) == D(1)
        assert settled(D(1) + D("1e-39")) != D(1)
        assert settled(D(1) + D("1e-41")) == D(1)


# ------------------------------------------------------------------------------------------------ context


def test_exact_arithmetic_has_50_digits_and_ends_with_its_block() -> None:
    with localcontext(Context(prec=7)) as outer:
        with exact_arithmetic():
            assert f"{D(1) / D(3)}" == "0." + "3" * 50
        assert f"{D(1) / D(3)}" == "0.3333333"
        assert outer.prec == 7


def test_floats_and_values_that_do_not_exist_are_refused() -> None:
    with exact_arithmetic():
        with pytest.raises(FloatOperation):
            D(0.1)
        with pytest.raises(DivisionByZero):
            D(1) / D(0)
        with pytest.raises(InvalidOperation):
            D(0) / D(0)


@pytest.mark.parametrize("precision", [5, 28, 90])
def test_the_functions_give_50_digits_whatever_the_callers_precision(precision: int) -> None:
    def figures() -> list[Decimal]:
        start, at = parse_instant("2024-01-01T00:00:00Z"), parse_instant("2024-01-08T01:02:03.456789Z")
        return [
            ln(D(7)),
            exp(D("0.7")),
            power(D(7), D("0.725")),
            fifteen_places(D("1.2345678901234567")),
            quantities.elapsed_days(start, at),
            quantities.calendar_months(start, at),
            quantities.age_years(date(1980, 5, 17), at),
        ]

    with exact_arithmetic():
        expected = figures()
    with localcontext(Context(prec=precision)):
        found = figures()
    assert found == expected


@pytest.mark.parametrize("precision", [5, 28, 90])
def test_figures_are_published_whole_whatever_the_callers_precision(precision: int) -> None:
    with localcontext(Context(prec=precision)):
        assert published(D("1051.1234565")) == "1051.123456"


# ------------------------------------------------------------------------------------- ln, exp and powers


@pytest.mark.parametrize("value", ["0.0000001", "0.5", "1", "1.000000000001", "2", "5", "15", "150", "230", "99999.99"])
def test_ln_is_exact_to_45_digits(value: str) -> None:
    assert digits(ln(D(value))) == digits(M.log(M.mpf(value)))


@pytest.mark.parametrize("value", ["-600", "-5.5", "-0.000001", "0", "0.7", "1", "2.1898", "10"])
def test_exp_is_exact_to_45_digits(value: str) -> None:
    assert digits(exp(D(value))) == digits(M.exp(M.mpf(value)))


@pytest.mark.parametrize(
    ("base", "exponent"),
    [
        *(("175", "0.725"), ("70", "0.425"), ("1.018", "-1.154"), ("45", "-0.203"), ("150", "2.9"), ("1440", "2.9")),
        *(("0.6785748856", "8.93"), ("1", "2.9"), ("0.00001", "-0.203"), ("2", "10")),
    ],
)
def test_powers_are_exact_to_45_digits(base: str, exponent: str) -> None:
    assert digits(power(D(base), D(exponent))) == digits(M.mpf(base) ** M.mpf(exponent))


positive = st.decimals("0.001", "5000", places=6)


@a_few
@given(positive)
def test_any_ln_agrees_with_mpmath(value: Decimal) -> None:
    assert digits(ln(value)) == digits(M.log(M.mpf(str(value))))


@a_few
@given(st.decimals("-300", "20", places=8))
def test_any_exp_agrees_with_mpmath(value: Decimal) -> None:
    assert digits(exp(value)) == digits(M.exp(M.mpf(str(value))))


@a_few
@given(positive, st.sampled_from([D(text) for text in ("0.725", "0.425", "-1.154", "-0.203", "2.9")]))
def test_any_power_of_the_annexes_agrees_with_mpmath(base: Decimal, exponent: Decimal) -> None:
    assert digits(power(base, exponent)) == digits(M.mpf(str(base)) ** M.mpf(str(exponent)))


def test_zero_to_a_negative_power_is_infinite_and_to_a_positive_one_zero() -> None:
    assert power(D(0), D("-0.203")) == D("Infinity")
    assert power(D("0.0"), D("-1.154")) == D("Infinity")
    assert power(D(0), D("2.9")) == D(0)


def test_the_functions_work_in_the_exact_context() -> None:
    assert EXACT.prec == 50
    assert len(ln(D(2)).as_tuple().digits) == 50


# ------------------------------------------------------------------------------------------- strict times

ACCEPTED = [
    ("1970-01-01T00:00:00Z", 0),
    ("1970-01-01T00:00:00.000001Z", 1),
    ("1970-01-01T00:00:01.5Z", 1_500_000),
    ("1970-01-01T00:00:00.0000019Z", 1),
    ("1970-01-01T00:00:00.123456789Z", 123_456),
    ("1969-12-31T23:59:59.999999999Z", -1),
    ("1970-01-01T01:00:00+01:00", 0),
    ("1969-12-31T19:00:00-05:00", 0),
    ("1970-01-01T23:59:00+23:59", 0),
    ("1970-01-01T05:45:00+05:45", 0),
    ("1970-01-01T00:00:00-00:00", 0),
    ("1970-01-01t00:00:00z", 0),
    ("1969-12-31T23:59:59.999999Z", -1),
    ("2024-02-29T00:00:00Z", 1_709_164_800_000_000),
    ("2024-03-31T02:30:00+01:00", 1_711_848_600_000_000),
    ("0001-01-03T00:00:00Z", -62_135_424_000_000_000),
    ("9999-12-29T00:00:00Z", 253_402_041_600_000_000),
]
REFUSED = [
    "",
    "0",
    "now",
    "2024-03-01",
    "2024-03-01T12:00:00",
    "2024-03-01 12:00:00Z",
    "2024-03-01T12:00Z",
    "2024-03-01T12:00:00.Z",
    "2024-03-01T12:00:00.1234567891Z",
    "2024-03-01T12:00:00,5Z",
    "2024-03-01T12:00:00+01",
    "2024-03-01T12:00:00+0100",
    "2024-03-01T12:00:00+1:00",
    "2024-03-01T12:00:00+24:00",
    "2024-03-01T12:00:00+01:60",
    "2024-03-01T12:00:00+01:00:30",
    "2024-03-01T12:00:00 Z",
    "2024-03-01T12:00:00ZZ",
    " 2024-03-01T12:00:00Z",
    "2024-03-01T12:00:00Z\n",
    "2024-03-01T24:00:00Z",
    "2024-03-01T23:60:00Z",
    "2016-12-31T23:59:60Z",
    "2023-02-29T00:00:00Z",
    "2024-13-01T00:00:00Z",
    "2024-00-01T00:00:00Z",
    "2024-04-31T00:00:00Z",
    "2024-04-00T00:00:00Z",
    "20240301T120000Z",
    "2024-060T12:00:00Z",
    "2024-W09-5T12:00:00Z",
    "24-03-01T12:00:00Z",
    "12024-03-01T12:00:00Z",
    "+2024-03-01T12:00:00Z",
    "-001-03-01T12:00:00Z",
    "2024-3-1T12:00:00Z",
    "2024-03-01T1:00:00Z",
    "２０２４-03-01T12:00:00Z",
    "٢٠٢٤-03-01T12:00:00Z",
    "2024-03-01T12:00:00−01:00",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "0001-01-02T23:59:59.999999Z",
    "9999-12-29T00:00:00.000001Z",
    "9999-12-31T23:59:59-23:59",
]


@pytest.mark.parametrize(("text", "instant"), ACCEPTED)
def test_a_time_with_offset_is_microseconds_since_the_epoch(text: str, instant: int) -> None:
    assert parse_instant(text) == instant


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_rfc_3339_time_with_offset_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_instant(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2024-03-31T02:30:00.5+01:00", "2024-03-31T01:30:00.500000Z"),
        ("2024-03-01T00:00:00Z", "2024-03-01T00:00:00.000000Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
        ("1000-01-01T00:00:00Z", "1000-01-01T00:00:00.000000Z"),
        ("0999-12-31T00:00:00Z", "0999-12-31T00:00:00.000000Z"),
        ("0002-01-01T00:00:00Z", "0002-01-01T00:00:00.000000Z"),
        ("9999-12-29T00:00:00Z", "9999-12-29T00:00:00.000000Z"),
    ],
)
def test_recorded_times_are_written_in_utc_with_four_digits_of_year_and_six_of_fraction(
    text: str, written: str
) -> None:
    assert utc_text(parse_instant(text)) == written


@a_few
@given(st.integers(-62_135_424_000_000_000, 253_402_041_600_000_000))
def test_a_written_time_reads_back(instant: int) -> None:
    assert parse_instant(utc_text(instant)) == instant


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2024-01-15T12:00:00Z", "2024-01-15T13:00:00+01:00"),
        ("2024-07-15T12:00:00Z", "2024-07-15T14:00:00+02:00"),
        ("2024-07-15T12:00:00.25Z", "2024-07-15T14:00:00.250000+02:00"),
        ("2024-03-31T00:59:59Z", "2024-03-31T01:59:59+01:00"),
        ("2024-03-31T01:00:00Z", "2024-03-31T03:00:00+02:00"),
        ("2024-10-27T00:30:00Z", "2024-10-27T02:30:00+02:00"),
        ("2024-10-27T01:30:00Z", "2024-10-27T02:30:00+01:00"),
    ],
)
def test_an_offers_instant_is_shown_in_paris_with_its_offset(text: str, shown: str) -> None:
    assert paris_text(parse_instant(text)) == shown


def test_a_day_begins_at_midnight() -> None:
    assert midnight(date(2024, 2, 29)) == datetime(2024, 2, 29)


@pytest.mark.parametrize("text", ["2024-02-29", "1900-01-01", "0001-01-01", "9999-12-31"])
def test_a_date_is_year_month_and_day(text: str) -> None:
    assert parse_date(text).isoformat() == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "2024", "2024-02", "2024-2-29", "20240229", "2023-02-29", "2024-02-30", "2024-13-01", "2024-00-01"),
        *("0000-01-01", "2024-02-29T00:00:00Z", " 2024-02-29", "2024-02-29\n", "29/02/2024", "2024-060", "٢٠٢٤-02-29"),
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_date(text)


@pytest.mark.parametrize("read", [parse_instant, parse_date])
def test_a_refusal_names_the_value(read: Callable[[str], object]) -> None:
    with pytest.raises(ValueError, match="31/03/2024"):
        read("31/03/2024")
