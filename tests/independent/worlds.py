"""random_world: a small valid log that hammers the edges, its offers last (some facts may follow them)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from .clock import wall
from .world_builder import World
from .world_registrations import GAPS, subject
from .world_stories import lab, nudged, story
from .world_values import (
    CENTRES,
    GROUPS,
    SITES,
    back,
    born,
    from_wall,
    near,
    offer_moment,
    random_readings,
    years_apart,
)

__all__ = ["random_readings", "random_world"]

# Bodies whose surfaces stand exactly 0.8 apart: 0.8^9 in height and 1.25^13 in weight.
EXACT_DONOR = ("33.554432", "122.0703125")
EXACT_RECIPIENT = ("250", "6.7108864")
EXACT_CHANCE = 0.03


def random_world(rng: Random, candidates: int) -> list[dict[str, Any]]:
    """A random log in stored form, in position order, with one or two offers to run."""
    moments = offer_moments(rng)
    world = World(
        rng=rng,
        now=rng.choice(moments),
        end=max(moments) + timedelta(seconds=30),
        donor_birth=born(rng, moments[-1], rng.choice((0, 7, 20, 35, 45, 55, 55, 56, 70))),
        donor_body=rng.choice(
            ((near(rng, 150, 195), rng.choice(("69.99", "70", "70.0", "55", "82.5", "95"))), ("160", "60"))
        ),
        donor_group=rng.choice(GROUPS),
    )
    if rng.random() < EXACT_CHANCE:
        world.donor_body = EXACT_DONOR
    offers(world, moments)
    travel(world)
    for number in range(1, candidates + 1):
        story(world, f"C{number}")
        if rng.random() < 0.4:
            polish(world, f"C{number}")
        if number > 1 and rng.random() < 0.2:
            world.drafts = [draft for draft in world.drafts if draft.subject != subject(f"C{number}")]
            world.clone(subject(f"C{rng.randrange(1, number)}"), subject(f"C{number}"))
    if world.donor_body == EXACT_DONOR:
        give_exact_bodies(world)
    aftermath(world, candidates)
    unique_ids(world)
    world.amend(rng.choice((0, 0.05, 0.15)))
    return world.log()


def offer_moments(rng: Random) -> list[datetime]:
    """One or two offers' instants, the second at or after the first."""
    first = offer_moment(rng)
    if rng.random() < 0.6:
        return [first]
    later = rng.choice((0, 0, 1, 3_600_000_000, 86_400_000_000, 4 * 86_400_000_000))
    return [first, first + timedelta(microseconds=later)]


def unique_ids(world: World) -> None:
    """Numbers the drafts afresh (clones took the place of dropped stories)."""
    for number, draft in enumerate(world.drafts, 1):
        draft.ident = f"e{number}"


def polish(world: World, ident: str) -> None:
    """Makes a match likely: the donor's group and size, no donor limits, fresh bilirubin and creatinine."""
    for draft in world.drafts:
        if draft.subject == subject(ident) and draft.kind == "candidate.registered":
            draft.data["blood_group"] = world.donor_group
            draft.data["height_cm"], draft.data["weight_kg"] = world.donor_body
            draft.data.pop("donor_limits", None)
    values = {"total_bilirubin": ("12", "0.90", "30.5"), "creatinine": ("60", "75", "82.5")}
    for analyte, texts in values.items():
        text = world.rng.choice(texts)
        data = {"analyte": analyte, "value": text, "unit": "mg/dL" if text == "0.90" else "umol/L"}
        time = back(world.rng, world.now, 0.125)
        world.add("lab-result.recorded", subject(ident), data, time, time)


def give_exact_bodies(world: World) -> None:
    """Some candidates exactly at 0.8 of the recipient's surface."""
    for draft in world.drafts:
        if draft.kind == "candidate.registered" and world.rng.random() < 0.5:
            draft.data["height_cm"], draft.data["weight_kg"] = EXACT_RECIPIENT


def offers(world: World, moments: list[datetime]) -> None:
    """The counter's start, earlier offers, then the ones to run; so that every fifth is reached."""
    rng = world.rng
    earlier = rng.choice((0, 0, 1, 3, 4)) if wall(moments[0]) > datetime(2018, 3, 1) else 0
    if rng.random() < 0.8:
        to_a_fifth = -(earlier + len(moments)) % 5
        count = rng.choice((to_a_fifth, to_a_fifth + 1230, rng.randrange(10)))
        start = from_wall(datetime(2018, 1, 1))
        long_ago = datetime(2001, 1, 1, tzinfo=start.tzinfo)
        world.add("offer-counter.initialised", "offer-counter", {"count": count}, start, long_ago)
    for number in range(earlier):
        time = moments[0] - timedelta(days=earlier - number, hours=2)
        offer(world, f"O{number + 1}", f"D{number + 1}", time)
    for number, time in enumerate(moments, earlier + 1):
        offer(world, f"O{number}", f"D{number}", time)


def offer(world: World, ident: str, donor: str, time: datetime) -> None:
    """A donor, its updates before and after the offer's position, and the graft offered."""
    rng = world.rng
    registered = time - timedelta(hours=rng.choice((0, 5, 48)))
    recorded = time + timedelta(seconds=10)
    world.add("donor.registered", f"donor/{donor}", donor_data(world), registered, recorded)
    for _ in range(rng.choice((0, 0, 1, 2))):
        at = rng.choice((time, time + timedelta(microseconds=1), nudged(rng, time), back(rng, time, 1)))
        world.add("donor.updated", f"donor/{donor}", donor_update(world), at)
    world.add("graft.offered", f"offer/{ident}", {"donor": donor}, time, recorded)


def donor_data(world: World) -> dict[str, Any]:
    """donor.registered, by birth date or by age."""
    rng = world.rng
    data: dict[str, Any] = {
        "sex": rng.choice("FM"),
        "blood_group": world.donor_group if rng.random() < 0.9 else rng.choice(GROUPS),
        "height_cm": world.donor_body[0],
        "weight_kg": world.donor_body[1],
        "procurement_site": rng.choice(SITES),
    }
    if rng.random() < 0.65 and birth_is_safe(world, world.donor_birth):
        data["birth_date"] = world.donor_birth.isoformat()
    else:
        data["age"] = rng.choice(("55", "55.0", "55.01", "54.999", "30", "20.5", "5", "78"))
    return data


def birth_is_safe(world: World, birth: date) -> bool:
    """Born well before the earliest donor's registration."""
    return birth < wall(world.end).date() - timedelta(days=30)


def donor_update(world: World) -> dict[str, Any]:
    """donor.updated: age and birth date replace each other."""
    rng = world.rng
    birth = years_apart(world.donor_birth, rng.choice(GAPS))
    options: list[dict[str, Any]] = [
        {"age": rng.choice(("55", "56", "40.5", "61"))},
        {"weight_kg": rng.choice(("69.999", "70", "95"))},
        {"sex": rng.choice("FM"), "blood_group": rng.choice(GROUPS)},
        {"procurement_site": rng.choice(SITES), "height_cm": near(rng, 150, 195)},
    ]
    if birth_is_safe(world, birth) and birth.year > 1925:
        options.append({"birth_date": birth.isoformat()})
    return rng.choice(options)


def travel(world: World) -> None:
    """None to three versions of the travel times, with rows missing, at the edges of now."""
    rng = world.rng
    for number in range(rng.choice((0, 1, 1, 2, 3))):
        pairs = [(site, centre) for site in SITES for centre in CENTRES if rng.random() < 0.7]
        minutes = (0, 1, 35, 90, 149, 150, 151, 240, 400, 1440)
        data: dict[str, Any] = {
            "version": f"V{number}",
            "rows": [[site, centre, rng.choice(minutes)] for site, centre in pairs],
        }
        if rng.random() < 0.4:
            data["default_minutes"] = rng.choice((0, 60, 150, 200))
        time = rng.choice((back(rng, world.now, 100), world.now, world.now + timedelta(microseconds=1)))
        world.add("travel-times.published", f"travel-times/V{number}", data, time)


def aftermath(world: World, candidates: int) -> None:
    """Proposals, transplantations that name an offer, facts of the unregistered, facts after the offers."""
    rng = world.rng
    offered = [draft for draft in world.drafts if draft.kind == "graft.offered"]
    after = world.end + timedelta(hours=1)
    chosen, taken = f"C{rng.randrange(1, candidates + 1)}", offered[-1]
    if rng.random() < 0.5:
        world.add("proposal.made", taken.subject, {"candidate": chosen}, after, after)
        world.add("proposal.accepted", taken.subject, {"candidate": chosen}, after, after)
        outcome = {"outcome": "transplanted", "candidate": chosen}
        world.add("offer.closed", taken.subject, outcome, after, after)
    if rng.random() < 0.5:
        named = rng.choice(offered).subject.removeprefix("offer/")
        time = rng.choice((world.now, nudged(rng, world.now), back(rng, world.now, 1)))
        world.add("candidate.transplanted", subject(chosen), {"offer": named}, time)
    if rng.random() < 0.3:
        lab(world, "ghost", "creatinine", back(rng, world.now, 1))
    for _ in range(rng.choice((0, 2, 5))):
        ident = f"C{rng.randrange(1, candidates + 1)}"
        lab(world, ident, rng.choice(("creatinine", "total_bilirubin", "bnp")), nudged(rng, world.now))
