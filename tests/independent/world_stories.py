"""Candidates' stories for random worlds: registrations, labs, treatments, priorities, and their accidents."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from .clock import birthday
from .world_builder import World
from .world_registrations import birth_date, body, limits, register, registered_at, subject
from .world_values import (
    CENTRES,
    DISEASES,
    NUDGES,
    back,
    from_wall,
    lab_data,
    months_back,
)

ANALYTES = ("total_bilirubin", "creatinine", "nt_probnp", "bnp")
ECMO_DAYS = (0, 0.5, 3, 4, 11, 11.99, 12, 12, 12.5, 13, 13, 14, 15, 15.999, 16, 16, 17, 40)
LVAD_DAYS = (0, 1, 100.5, 365.25, 730, 1095.75, 1461, 1826.25, 1826.25, 1827, 2500)
LAB_DAYS = (0, 0.25, 1, 2, 3.5, 4, 4, 4.04, 30, 60, 104, 105, 105, 105.2, 200)
SITUATIONS = {
    "XPCA": ("mcs_thrombosis", "mcs_haemorrhage", "bivad_or_tah"),
    "XPCP1": ("mcs_complicated", "berlin_heart_contraindicated"),
    "XPCP2": ("mcs_uncomplicated", "iv_inotropes"),
}
PROFILES = {
    "adult": 5,
    "ecmo": 5,
    "inotropes": 3,
    "lvad": 4,
    "xpca": 4,
    "dgn": 2,
    "grown_xpcp": 3,
    "minor": 3,
    "minor_xpcp": 3,
    "messy": 4,
}


def story(world: World, ident: str) -> None:
    """One candidate from registration to the accidents of the list."""
    rng = world.rng
    profile = rng.choices(list(PROFILES), list(PROFILES.values()))[0]
    birth = birth_date(world, profile)
    register(world, ident, birth, registered_at(world, birth))
    labs(world, ident)
    if profile in ("ecmo", "messy"):
        short_term(world, ident, "ecmo")
    if profile == "inotropes" or rng.random() < (0.5 if profile in ("ecmo", "messy") else 0.08):
        short_term(world, ident, "iv_inotropes")
    if profile in ("lvad", "messy") or rng.random() < 0.15:
        long_term(world, ident)
    chronic(world, ident)
    priorities(world, ident, profile, birth)
    for twist, chance in TWISTS:
        if rng.random() < chance:
            twist(world, ident, birth)


def lab(world: World, ident: str, analyte: str, time: datetime, context: str = "current") -> None:
    """lab-result.recorded."""
    world.add("lab-result.recorded", subject(ident), lab_data(world.rng, analyte, context), time)


def labs(world: World, ident: str) -> None:
    """Recent current labs, some at the edges of their validity, a few missing, a few twice at one instant."""
    rng = world.rng
    fresh = rng.random() < 0.7
    for analyte in ANALYTES:
        if rng.random() < 0.03 or (analyte == "bnp" and rng.random() < 0.4):
            continue
        days = rng.choice((0.25, 1, 2, 3.5)) if fresh and rng.random() < 0.8 else rng.choice(LAB_DAYS)
        time = back(rng, world.now, days)
        lab(world, ident, analyte, time)
        if rng.random() < 0.15:
            lab(world, ident, analyte, time)
        if rng.random() < 0.4:
            lab(world, ident, analyte, back(rng, world.now, rng.choice(LAB_DAYS)))


def treat(world: World, ident: str, treatment: str, start: datetime, stop: datetime | None = None) -> None:
    """treatment.started and, if asked, treatment.stopped."""
    data: dict[str, Any] = {"treatment": treatment}
    if treatment == "lvad" and world.rng.random() < 0.5:
        data["complicated"] = world.rng.choice((True, False))
    if treatment in ("lvad", "bivad") and world.rng.random() < 0.3:
        data["device"] = "HeartMate 3"
    world.add("treatment.started", subject(ident), data, start)
    if stop is not None:
        world.add("treatment.stopped", subject(ident), {"treatment": treatment}, stop)


def nudged(rng: Random, time: datetime) -> datetime:
    """At an instant or a little off."""
    return time + timedelta(microseconds=rng.choice(NUDGES))


def short_term(world: World, ident: str, treatment: str) -> None:
    """ECMO or inotropes: the running period, perhaps an earlier one, labs before and after its start."""
    rng = world.rng
    start = back(rng, world.now, rng.choice(ECMO_DAYS))
    if rng.random() < 0.4:
        ended = start if rng.random() < 0.3 else nudged(rng, back(rng, start, rng.choice((1, 5, 29, 30))))
        began = back(rng, min(ended, start), rng.choice((1, 3, 10)))
        treat(world, ident, rng.choice((treatment, "ecmo", "iv_inotropes")), began, ended)
        if rng.random() < 0.6:
            lab(world, ident, rng.choice(ANALYTES), nudged(rng, ended), "pre_treatment")
    treat(world, ident, treatment, start, world.now if rng.random() < 0.06 else None)
    if rng.random() < 0.12:
        treat(world, ident, treatment, nudged(rng, start + timedelta(days=1)))
    for analyte in ANALYTES:
        luck = rng.random()
        if luck < 0.4:
            before = rng.choice((0, 0.5, 5, 29.9, 30, 30, 30.1, 45))
            lab(world, ident, analyte, back(rng, start, before), "pre_treatment")
        if luck > 0.3 and rng.random() < 0.6:
            lab(world, ident, analyte, back(rng, start, rng.choice((0, 0, 3, 29.5, 30, 30, 30.5, 31))))
        if rng.random() < 0.1:
            lab(world, ident, analyte, nudged(rng, start + timedelta(days=1)), "pre_treatment")
        if rng.random() < 0.3:
            lab(world, ident, analyte, nudged(rng, start))


def long_term(world: World, ident: str) -> None:
    """LVAD and its rivals for SIAV2, at the edges of five years."""
    rng = world.rng
    start = back(rng, world.now, rng.choice(LVAD_DAYS))
    name = rng.choice(("lvad", "lvad", "lvad", "bivad", "total_artificial_heart"))
    treat(world, ident, name, start)
    if rng.random() < 0.25:
        other = rng.choice(("lvad", "bivad"))
        at = rng.choice((start, nudged(rng, start), back(rng, world.now, rng.choice((0, 1, 50)))))
        treat(world, ident, other, at, world.now if rng.random() < 0.2 else None)
    if rng.random() < 0.15:
        world.add("treatment.stopped", subject(ident), {"treatment": name}, start)
        treat(world, ident, name, nudged(rng, start))


def chronic(world: World, ident: str) -> None:
    """Dialysis periods and sacubitril/valsartan, at the edges of short-term starts and of now."""
    rng = world.rng
    anchors = [
        draft.time
        for draft in world.drafts
        if draft.subject == subject(ident) and draft.data.get("treatment") in ("ecmo", "iv_inotropes")
    ]
    anchor = rng.choice(anchors) if anchors else world.now
    if rng.random() < 0.15:
        start = rng.choice((nudged(rng, anchor), back(rng, anchor, 100)))
        stop = rng.choice((None, None, nudged(rng, max(start, anchor)), world.now))
        treat(world, ident, "chronic_dialysis", start, stop)
    if rng.random() < 0.2:
        stop = rng.choice((None, None, nudged(rng, world.now)))
        treat(world, ident, "sacubitril_valsartan", back(rng, world.now, 40), stop)
    if rng.random() < 0.1:
        name = rng.choice(("impella", "balloon_pump", "temporary_centrifugal_pump"))
        treat(world, ident, name, back(rng, world.now, 3))


def grant(world: World, ident: str, component: str, time: datetime) -> None:
    """expert-priority.granted, with the request or requests that led to it."""
    rng = world.rng
    for _ in range(rng.choice((0, 1, 1, 2))):
        ask(
            world,
            ident,
            component,
            rng.choice((time, nudged(rng, time), back(rng, time, rng.choice((1, 7, 31))))),
        )
    data: dict[str, Any] = {"component": component}
    if component == "XPCA":
        if rng.random() < 0.7:
            data["delay_months"] = rng.choice((0, 1, 2, 3))
        if rng.random() < 0.3:
            data["points"] = rng.choice(("900", "900.0", "750", "600.5", "0.01"))
    if component in SITUATIONS and rng.random() < 0.4:
        data["situation"] = rng.choice(SITUATIONS[component])
    if rng.random() < 0.3:
        data["expert"] = "EXP-4"
    world.add("expert-priority.granted", subject(ident), data, time)


def ask(world: World, ident: str, component: str, time: datetime) -> None:
    """expert-priority.requested."""
    world.add("expert-priority.requested", subject(ident), {"component": component}, time)


def granted_at(world: World, birth: date, component: str) -> datetime:
    """A grant's instant: calendar months ago, or about the 18th birthday for a paediatric one."""
    rng = world.rng
    eighteenth = from_wall(birthday(birth, birth.year + 18))
    if component.startswith("XPCP") and eighteenth <= world.now + timedelta(days=2) and rng.random() < 0.85:
        return rng.choice((eighteenth, nudged(rng, eighteenth), back(rng, eighteenth, rng.choice((1, 31, 400)))))
    return months_back(rng, world.now, rng.choice((0, 1, 1, 2, 3, 3, 4, 12, 24, 25)))


def priorities(world: World, ident: str, profile: str, birth: date) -> None:
    """Grants by profile; messy ones replace, end and repeat them."""
    rng = world.rng
    wanted = {
        "xpca": ["XPCA"],
        "dgn": ["DGN"],
        "grown_xpcp": [rng.choice(("XPCP1", "XPCP2"))],
        "minor_xpcp": [rng.choice(("XPCP1", "XPCP2"))],
        "messy": rng.choices(("XPCA", "XPCA", "DGN", "XPCP1", "XPCP2"), k=rng.choice((0, 1, 2, 3))),
        "minor": rng.choice(([], [], ["XPCA"])),
    }.get(profile, [])
    for component in wanted:
        time = granted_at(world, birth, component)
        grant(world, ident, component, time)
        if rng.random() < (0.4 if profile == "messy" else 0.06):
            ended = rng.choice((component, "XPCA", "XPCP1"))
            at = rng.choice((time, nudged(rng, time), back(rng, world.now, rng.choice((0, 1)))))
            world.add("expert-priority.ended", subject(ident), {"component": ended}, at)
        if rng.random() < 0.1:
            data = {"component": component, "reason": "not met"}
            world.add("expert-priority.refused", subject(ident), data, back(rng, world.now, 1))


def suspension(world: World, ident: str, _birth: date) -> None:
    """Suspended, most often reinstated, at times at one instant or only after now."""
    time = back(world.rng, world.now, world.rng.choice((0, 1, 10)))
    world.add("candidate.suspended", subject(ident), {"reason": "infection"}, time)
    if world.rng.random() < 0.75:
        again = world.rng.choice((time, nudged(world.rng, time), nudged(world.rng, world.now)))
        world.add("candidate.reinstated", subject(ident), {}, again)


def reopening(world: World, ident: str, birth: date) -> None:
    """Delisted or transplanted, most often registered again, with requests between and a grant after."""
    rng = world.rng
    left = back(rng, world.now, rng.choice((1, 20, 40)))
    if rng.random() < 0.5:
        code = rng.choice(("died", "worsened", "improved", "refused", "other"))
        world.add("candidate.delisted", subject(ident), {"reason_code": code}, left)
    else:
        world.add("candidate.transplanted", subject(ident), {}, left)
    if rng.random() < 0.3:
        ask(world, ident, "XPCA", nudged(rng, left))
    if rng.random() < 0.8:
        again = rng.choice((left, nudged(rng, left), left + timedelta(hours=20)))
        register(world, ident, birth, max(again, from_wall(datetime.combine(birth, datetime.min.time()))))
        if rng.random() < 0.4:
            grant(world, ident, "XPCA", nudged(rng, back(rng, world.now, 0.5)))


def second_registration(world: World, ident: str, birth: date) -> None:
    """A second registration while listed, earlier or later than the first."""
    earliest = from_wall(datetime.combine(birth, datetime.min.time()))
    time = back(world.rng, world.now, world.rng.choice((0, 3, 400)))
    register(world, ident, birth, max(time, earliest))


def update(world: World, ident: str, birth: date) -> None:
    """candidate.updated, at times removing the donor limits."""
    rng = world.rng
    height, weight = body(world, birth)
    data: dict[str, Any] = rng.choice(
        (
            {"weight_kg": weight, "height_cm": height},
            {"donor_limits": {}},
            {"donor_limits": limits(rng, world)},
            {"diseases": [rng.choice(DISEASES)], "centre": rng.choice(CENTRES)},
            {"abo_matching": rng.choice(("identical", "compatible"))},
            {"team": "T3"},
        )
    )
    world.add("candidate.updated", subject(ident), data, nudged(rng, back(rng, world.now, rng.choice((0, 5, 800)))))


def calcium(world: World, ident: str, _birth: date) -> None:
    """coronary-calcium.recorded: never scored."""
    world.add("coronary-calcium.recorded", subject(ident), {"agatston": "412.5"}, back(world.rng, world.now, 9))


TWISTS: tuple[tuple[Callable[[World, str, date], None], float], ...] = (
    (suspension, 0.12),
    (reopening, 0.15),
    (second_registration, 0.1),
    (update, 0.3),
    (calcium, 0.05),
)
