"""Who is registered in random worlds, when, and with what body: at, below and above the thresholds."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from .clock import birthday, wall
from .world_builder import World
from .world_values import (
    CENTRES,
    DISEASES,
    GROUPS,
    back,
    born,
    from_wall,
    months_back,
    near,
    weight_at_ratio,
    years_apart,
)

STAY_DAYS = (0, 1, 30, 31, 59, 90, 365, 500, 730, 900)
GAPS = (15, 16, 20, 30, 39, 40, 41, -10, -39, -40, -41, -50, -64, -65, -66)
AGES = (18, 18, 18, 19, 30, 45, 50, 50, 51, 60, 65, 70)
CHILD_AGES = (0, 5, 10, 14, 15, 17, 17, 17)


def subject(ident: str) -> str:
    """The subject of a candidate."""
    return f"candidate/{ident}"


def birth_date(world: World, profile: str) -> date:
    """By profile: at, before or after a threshold of the annexes, or a set gap from the donor."""
    rng = world.rng
    if profile in ("minor", "minor_xpcp"):
        birth = born(rng, world.now, rng.choice(CHILD_AGES))
        return min(birth, wall(world.now).date())
    if profile == "grown_xpcp":
        return born(rng, world.now, rng.choice((18, 18, 19, 25)))
    if rng.random() < 0.3:
        apart = years_apart(world.donor_birth, -rng.choice(GAPS))
        day = apart + timedelta(days=rng.choice((0, 0, 1, -1)))
        if day.year > 1920 and day < wall(world.now).date() - timedelta(days=18 * 366):
            return day
    return born(rng, world.now, rng.choice(AGES))


def registered_at(world: World, birth: date) -> datetime:
    """The date of registration, after birth, now and then at or just after now."""
    rng = world.rng
    months = rng.choice((0, 1, 6, 12, 23, 24, 24, 25))
    time = months_back(rng, world.now, months) if rng.random() < 0.5 else back(rng, world.now, rng.choice(STAY_DAYS))
    if rng.random() < 0.2:
        time = from_wall(datetime.combine(wall(time).date(), datetime.min.time()))
    if rng.random() < 0.04:
        time = world.now + timedelta(microseconds=rng.choice((0, 1)))
    earliest = from_wall(datetime.combine(birth, datetime.min.time()))
    return max(time, earliest)


def body(world: World, birth: date) -> tuple[str, str]:
    """Height and weight: plausible, or at the surface ratios of annex 3.4.3."""
    rng = world.rng
    age = wall(world.now).year - birth.year
    height = near(rng, 45, 90) if age < 3 else near(rng, 100, 150) if age < 14 else near(rng, 150, 190)
    if rng.random() < 0.15:
        ratio = 0.8 if age >= 18 or rng.random() < 0.5 else 3.0
        return height, weight_at_ratio(rng, world.donor_body, height, ratio)
    weight = near(rng, 3, 12) if age < 3 else near(rng, 15, 45) if age < 14 else near(rng, 45, 100)
    return height, weight


def limits(rng: Random, world: World) -> dict[str, Any]:
    """donor_limits with bounds at, just inside or just outside the donor's own figures."""
    donor_years = wall(world.now).year - world.donor_birth.year
    years = donor_years - (birthday(world.donor_birth, wall(world.now).year) > wall(world.now))
    chosen: dict[str, Any] = {}
    if rng.random() < 0.6:
        low = max(0, years - rng.choice((0, 0, 10, -1)))
        chosen["age"] = [str(low), str(max(low, years + rng.choice((0, 0, 10, -1))))]
    for name, value, ends in (
        ("height_cm", world.donor_body[0], (30, 250)),
        ("weight_kg", world.donor_body[1], (1, 300)),
    ):
        if rng.random() < 0.5:
            low_bound = Decimal(value) - rng.choice((Decimal(0), Decimal(20), Decimal("0.01"), Decimal("-0.01")))
            low_bound = max(low_bound, Decimal(ends[0]))
            high_bound = Decimal(value) + rng.choice((Decimal(0), Decimal(20), Decimal("0.01")))
            chosen[name] = [str(low_bound), str(max(low_bound, min(high_bound, Decimal(ends[1]))))]
    return chosen


def registration_data(world: World, birth: date) -> dict[str, Any]:
    """The data of a registration."""
    rng = world.rng
    height, weight = body(world, birth)
    data: dict[str, Any] = {
        "birth_date": birth.isoformat(),
        "sex": rng.choice("FM"),
        "blood_group": world.donor_group if rng.random() < 0.7 else rng.choice(GROUPS),
        "height_cm": height,
        "weight_kg": weight,
        "diseases": rng.sample(DISEASES, rng.choice((1, 1, 2, 3))),
        "centre": rng.choice(CENTRES),
    }
    if rng.random() < 0.4:
        data["team"] = rng.choice(("T1", "T2"))
    data["abo_matching"] = rng.choice(("identical", "identical", "compatible"))
    if rng.random() < 0.2:
        data["donor_limits"] = limits(rng, world)
    return data


def register(world: World, ident: str, birth: date, time: datetime) -> None:
    """candidate.registered."""
    world.add("candidate.registered", subject(ident), registration_data(world, birth), time)
