"""Candidates bent to where a score turns: thresholds, ties, and halves of what is rounded, or nearly so.

Each bend takes a candidate as gathered from a random world and moves one variable to where the exact rules say that an
outcome changes, to between 8 and 45 digits: a float cannot tell on which side it lies.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

from engine.quantities import EXACT, MICROSECONDS_A_DAY, ZERO, exact_arithmetic, paris_clock
from engine.rules.annex_3_2_icar import icar_constant, risk_today
from engine.rules.annex_3_4_ccp import donor_surface, post_graft_risk, recipient_surface
from engine.rules.arithmetic import EXACT_ARITHMETIC as X
from engine.rules.variables import Recipient, Sample
from projections.folds import Folds
from projections.gather import Gathered, Listed, gather
from projections.recipient import Since
from tests.independent.worlds import random_readings, random_world
from tests.support import moment_of, offers_in

DIGITS = (8, 15, 16, 17, 18, 19, 21, 25, 33, 39, 41, 45)


def bent_lists(rng: Random, candidates: int, variants: int) -> Iterator[list[Gathered]]:
    """For each offer of a random world, several lists under one set of readings, each bent in its own way."""
    events = random_world(rng, candidates)
    readings = random_readings(rng) if rng.random() < 0.5 else None
    for offer in offers_in(events):
        moment = moment_of(events, offer, rng.choice((None, len(events))), readings)
        gathered = gather(moment.history, moment.offer, moment.counter, moment.rules, moment.readings, Folds())
        yield [gathered, *(bent(gathered, rng) for _ in range(variants))]


def bent(gathered: Gathered, rng: Random) -> Gathered:
    """The list with most of its candidates bent, some twice on it, and a counter near a multiple of five."""
    with exact_arithmetic():
        people = [rng.choice(BENDS)(listed, gathered, rng) for listed in gathered.people]
    twins = [_twin(listed) for listed in people if rng.random() < 0.2]
    return replace(gathered, people=(*people, *twins), counter=rng.choice((1, 4, 5, 6, 1235, 10**15 + 5)))


def _twin(listed: Listed) -> Listed:
    candidate = replace(listed.profile.candidate, id=f"{listed.id}.twin")
    return replace(listed, profile=replace(listed.profile, candidate=candidate, kept={}))


def _with(listed: Listed, **variables: Any) -> Listed:
    profile = listed.profile
    return replace(listed, profile=replace(profile, variables=replace(profile.variables, **variables), kept={}))


def _about(value: Decimal, rng: Random) -> Decimal:
    context = EXACT.copy()
    context.prec = rng.choice(DIGITS)
    return context.plus(value)


def _nearly(listed: Listed, days: int, r: Any, rng: Random) -> Since:
    """So many days before the instant, or a microsecond or the hour of a clock change beside it."""
    beside = rng.choice((0, 0, 0, 1, -1, 3_600_000_000, -3_600_000_000))
    return Since("days", listed.at - days * MICROSECONDS_A_DAY + beside, r.elapsed_days)


def as_it_is(listed: Listed, gathered: Gathered, rng: Random) -> Listed:
    """Not bent."""
    return listed


def sampled_at_the_edge(listed: Listed, gathered: Gathered, rng: Random) -> Listed:
    """Bilirubin and creatinine just at the end of their validity."""
    now: Recipient = listed.profile.variables
    days = 4 if now.ecmo or now.inotropes else 105
    ages = [_nearly(listed, days, gathered.r, rng) for _ in range(2)]
    bilirubin, creatinine = (Sample(True, Decimal(rng.choice(("5", "17.1", "230"))), age) for age in ages)
    return _with(listed, bilirubin=bilirubin, creatinine=replace(creatinine, value=Decimal(rng.choice(("60", "88.4")))))


def _bilirubin_for(listed: Listed, off: Decimal, weight: Decimal, rng: Random) -> Listed:
    """Bilirubin moved so that a risk moves by so much."""
    now: Recipient = listed.view.variables
    if not Decimal(5) < now.bilirubin.value < Decimal(230) or abs(off) > 5:
        return listed
    value = _about(now.bilirubin.value * EXACT.exp(off / weight), rng)
    return _with(listed, bilirubin=replace(listed.profile.variables.bilirubin, value=value))


def index_at_a_half(listed: Listed, gathered: Gathered, rng: Random) -> Listed:
    """ICAR of the day just where it is rounded up or down."""
    p, r, now = gathered.p, gathered.r, listed.view.variables
    distance = risk_today(X, now, p, r) - icar_constant(X, p)
    target = Decimal(rng.choice((1, 5, 12, 30, 31, 39))) / 10 + Decimal("0.05")
    return _bilirubin_for(listed, target - distance, p.risk_ln_bilirubin, rng)


def survival_at_a_half(listed: Listed, gathered: Gathered, rng: Random) -> Listed:
    """One-year survival just at 0.5."""
    p, donor = gathered.p, gathered.donor
    assert donor is not None
    target = EXACT.ln(EXACT.ln(p.survival_min) / EXACT.ln(p.baseline_survival_1y))
    risk = post_graft_risk(X, listed.view.variables, donor.variables, p)
    return _bilirubin_for(listed, target - risk, p.post_risk_ln_bilirubin, rng)


def surface_at_the_bound(listed: Listed, gathered: Gathered, rng: Random) -> Listed:
    """A weight with which the recipient's body surface times 0.8, or 3, is the donor's."""
    p, donor, now = gathered.p, gathered.donor, listed.view.variables
    assert donor is not None
    ratio = rng.choice((p.bsa_min_ratio, p.bsa_max_ratio))
    wanted = donor_surface(X, donor.variables, p) / (ratio * recipient_surface(X, now, p))
    return _with(listed, weight_kg=_about(now.weight_kg * EXACT.power(wanted, 1 / p.bsa_weight_exponent), rng))


def points_at_a_half(listed: Listed, gathered: Gathered, rng: Random) -> Listed:
    """Expert points whose seventh decimal is a five and then nothing, or nearly nothing; no way to travel."""
    if not listed.profile.priority:
        return listed
    tail = rng.choice(("", "0000000001", "00000000049", "0000000000000000001", "000000000500001"))
    points = Decimal(f"{rng.randrange(100, 900)}.{rng.randrange(10**6):06d}{rng.choice(('5', '49999999'))}{tail}")
    found = _with(listed, urgency="XPCA", expert_points=points, expert_delay_months=ZERO)
    return replace(found, minutes=rng.choice((0, listed.minutes)))


def of_the_donor_s_age(listed: Listed, gathered: Gathered, rng: Random) -> Listed:
    """On a birthday, a whole number of years from the donor's age."""
    assert gathered.donor is not None
    day, age = paris_clock(listed.at).date(), listed.profile.variables.age_years
    years = gathered.donor.completed_age + rng.choice((-25, -15, 0, 0, 40, 65))
    return _with(listed, age_years=replace(age, start=day.replace(year=day.year - max(0, years), day=min(day.day, 28))))


def on_ecmo_for(listed: Listed, gathered: Gathered, rng: Random) -> Listed:
    """ECMO just at a turn of its points."""
    days = rng.choice((0, 4, 12, 13, 16))
    return _with(listed, ecmo=True, ecmo_days=_nearly(listed, days, gathered.r, rng))


def peptides_at_a_bound(listed: Listed, gathered: Gathered, rng: Random) -> Listed:
    """BNP just at a bound of its deciles."""
    value = rng.choice(gathered.p.bnp_bounds) + rng.choice((ZERO, Decimal("1e-20"), Decimal("-1e-30")))
    return _with(listed, bnp=Sample(True, value, _nearly(listed, 1, gathered.r, rng)))


def limited(listed: Listed, gathered: Gathered, rng: Random) -> Listed:
    """Donor limits just at the donor's own values."""
    assert gathered.donor is not None
    bounds = [value + Decimal(rng.choice(("0", "0", "1e-18", "-1e-18"))) for value in gathered.donor.limited.values()]
    low_high = [end for bound in bounds for end in (bound - rng.choice((0, 10)), bound)]
    limits = type(listed.profile.limits)(*low_high)
    return replace(listed, profile=replace(listed.profile, limits=limits, kept={}))


BENDS: tuple[Callable[[Listed, Gathered, Random], Listed], ...] = (
    as_it_is, sampled_at_the_edge, index_at_a_half, survival_at_a_half, surface_at_the_bound, points_at_a_half,
    of_the_donor_s_age, on_ecmo_for, peptides_at_a_bound, limited,
)  # fmt: skip
