"""Edge values for random worlds: instants, ages, lab values, bodies, at and about each threshold."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from random import Random

from .clock import PARIS, birthday, months_later, wall
from .guide import BNP_BOUNDS, PROBNP_BOUNDS, READINGS

GROUPS = ("A", "B", "AB", "O")
SITES = ("750100125", "690007555", "130007222")
CENTRES = ("750100042", "350000022", "310000033")
DISEASES = ("151", "159", "162", "163", "815", "814", "000", "999", "170")
NUDGES = (0, 0, 0, 1, -1, 1_000_000, -1_000_000, 3_600_000_000, -3_600_000_000, 500_000, -500_000)
ZONES = (UTC, timezone(timedelta(hours=5, minutes=30)), timezone(-timedelta(hours=3)))

# Rule changes to the microsecond, both clock changes of several years, leap days, month ends.
OFFER_WALLS = (
    "2018-01-01T00:00:00",
    "2018-01-31T12:00:00",
    "2019-04-08T23:59:59.999999",
    "2019-04-09T00:00:00",
    "2019-04-12T09:15:00",
    "2020-01-06T23:59:59.999999",
    "2020-01-07T00:00:00",
    "2020-02-29T10:00:00",
    "2021-02-28T23:30:00",
    "2021-03-01T00:00:00",
    "2021-03-28T01:59:59.999999",
    "2021-03-28T03:00:00",
    "2021-03-28T12:00:00",
    "2021-10-31T02:30:00",
    "2021-10-31T02:30:00.000001",
    "2021-11-04T02:30:00",
    "2022-03-31T00:00:00",
    "2023-06-14T23:59:59.999999",
    "2023-06-15T00:00:00",
    "2023-10-29T12:00:00",
    "2024-02-29T00:00:00",
    "2024-02-29T00:00:00.000001",
    "2024-04-01T02:30:00",
    "2025-02-28T00:00:00",
    "2025-04-30T15:45:30.25",
)
LAB_VALUES = {
    "total_bilirubin": {
        "umol/L": (
            "0",
            "4.999",
            "5",
            "5.0",
            "5.001",
            "12",
            "17.10",
            "34.2",
            "60",
            "229.999",
            "230",
            "230.001",
            "2000",
        ),
        "mg/dL": ("0.29", "0.2924", "0.3", "1.0", "2.55", "13.45", "13.46", "14"),
    },
    "creatinine": {
        "umol/L": ("5", "30", "45.5", "60", "70", "88.4", "95", "110", "140", "180.0", "250", "600", "3000"),
        "mg/dL": ("0.06", "0.5", "0.80", "1", "1.0", "1.35", "2.2", "6", "33.9"),
    },
}


def from_wall(naive: datetime, fold: int = 0) -> datetime:
    """The instant, in UTC, at which Europe/Paris clocks show that."""
    return naive.replace(tzinfo=PARIS, fold=fold).astimezone(UTC)


def offer_moment(rng: Random) -> datetime:
    """An offer's instant: an edge, or anywhere from 2018 to 2026."""
    if rng.random() < 0.6:
        return from_wall(datetime.fromisoformat(rng.choice(OFFER_WALLS)), rng.choice((0, 1)))
    days = rng.randrange(1, 365 * 8)
    moment = datetime(2018, 1, 1) + timedelta(days=days, seconds=rng.randrange(86400))
    return from_wall(moment.replace(microsecond=rng.choice((0, 0, 1, 999999, 250000))))


def moment_text(rng: Random, moment: datetime) -> str:
    """One of the RFC 3339 texts of an instant: in Paris, in UTC, or elsewhere; with or without idle zeros."""
    zone = rng.choice((PARIS, PARIS, *ZONES))
    local = moment.astimezone(zone)
    text, offset = local.replace(tzinfo=None).isoformat(), local.isoformat()[-6:]
    if "." in text and rng.random() < 0.5:
        text = text.rstrip("0")
    elif "." not in text and rng.random() < 0.2:
        text += rng.choice((".0", ".000", ".000000"))
    return text + ("Z" if offset == "+00:00" and rng.random() < 0.7 else offset)


def back(rng: Random, now: datetime, days: float | Decimal, nudge: bool = True) -> datetime:
    """So many wall-clock days before an instant, exactly or a little off."""
    span = timedelta(microseconds=int(Decimal(str(days)) * 86_400_000_000))
    span += timedelta(microseconds=rng.choice(NUDGES) if nudge else 0)
    return from_wall(wall(now) - span, rng.choice((0, 1)))


def months_back(rng: Random, now: datetime, months: int) -> datetime:
    """So many calendar months before an instant, exactly or a little off, or from a clamped month end."""
    start = months_later(wall(now), -months)
    if rng.random() < 0.2:
        start = months_later(start.replace(day=1), 1) - timedelta(days=1)
    return from_wall(start + timedelta(microseconds=rng.choice(NUDGES)), rng.choice((0, 1)))


def born(rng: Random, now: datetime, years: int) -> date:
    """A birth date that makes someone exactly that old today, or a day off, or on a leap day near by."""
    today = wall(now).date()
    exact = birthday(today, today.year - years).date()
    leap = date(exact.year - exact.year % 4, 2, 29)
    return rng.choice((exact, exact, exact + timedelta(days=1), exact - timedelta(days=1), leap))


def years_apart(other: date, years: int) -> date:
    """The same day of another year (28 February for a 29th where there is none)."""
    return birthday(other, other.year - years).date()


def peptide_text(rng: Random, analyte: str) -> str:
    """A natriuretic peptide at, below or above a decile bound."""
    bound = rng.choice(PROBNP_BOUNDS if analyte == "nt_probnp" else BNP_BOUNDS)
    return rng.choice((str(bound), f"{bound}.0", f"{bound - 1}.999", f"{bound}.001", str(rng.randrange(0, 14000))))


def lab_data(rng: Random, analyte: str, context: str) -> dict[str, str]:
    """The data of a lab result."""
    if analyte in LAB_VALUES:
        unit = rng.choice(("umol/L", "umol/L", "mg/dL"))
        value = rng.choice(LAB_VALUES[analyte][unit])
        if rng.random() < 0.4:
            unit, value = "umol/L", str(Decimal(rng.randrange(600, 14000)) / 100)
    else:
        unit, value = rng.choice(("ng/L", "pg/mL")), peptide_text(rng, analyte)
    data = {"analyte": analyte, "value": value, "unit": unit}
    if rng.random() < 0.1:
        data["comparator"] = rng.choice(("<", ">"))
    if context == "pre_treatment" or rng.random() < 0.2:
        data["context"] = context
    return data


def near(rng: Random, low: int, high: int) -> str:
    """A height or a weight, with 0 to 2 decimals."""
    return rng.choice(
        (str(rng.randrange(low, high)), f"{rng.randrange(low, high)}.5", f"{rng.randrange(low, high)}.25")
    )


def weight_at_ratio(rng: Random, donor: tuple[str, str], height: str, ratio: float) -> str:
    """The recipient's weight for which F_SC(donor) = ratio x F_SC(recipient), to 3 decimals, or one off."""
    surface = float(donor[0]) ** 0.725 * float(donor[1]) ** 0.425 / ratio
    weight = (surface / float(height) ** 0.725) ** (1 / 0.425)
    text = Decimal(str(round(weight, 3))) + rng.choice((Decimal(0), Decimal("0.001"), Decimal("-0.001")))
    return str(min(Decimal(300), max(Decimal(1), text)))


def random_readings(rng: Random) -> dict[str, str]:
    """Some of the readings, one of their options each."""
    return {name: rng.choice(options) for name, options in READINGS.items() if rng.random() < 0.3}
