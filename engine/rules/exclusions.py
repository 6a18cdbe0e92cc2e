"""Why a candidate is not ranked for a donor: the reasons of a match run, told from what was scored."""

from dataclasses import dataclass

from engine.rules.annex_3_2_icar import fresh, validity_days
from engine.rules.annex_3_3_ccb import ADULT_STANDARD, ecmo_taper
from engine.rules.arithmetic import Arithmetic, Code, Number, Truth
from engine.rules.ruleset import RuleSet
from engine.rules.score import PairScore, RawScore
from engine.rules.variables import DonorLimits, Recipient


@dataclass(frozen=True, slots=True)
class Exclusions:
    """Why a candidate is not ranked for a donor, each by its name in a match run and in that order."""

    age_gap: Truth
    abo: Truth
    body_size: Truth
    labs_missing: Truth
    labs_expired: Truth
    survival: Truth
    ecmo_taper: Truth
    donor_limits: Truth


def exclusions(
    x: Arithmetic, recipient: Recipient, raw: RawScore, pair: PairScore, admitted: Truth, p: RuleSet
) -> Exclusions:
    """What keeps a recipient from being ranked; ``admitted``: whether the team's limits admit the donor."""
    zero = x.number(0)
    fails = x.same(pair.f4_survival, zero)
    missing, expired = labs_wanting(x, recipient, p)
    return Exclusions(
        age_gap=x.same(pair.f1_age, zero),
        abo=x.same(pair.f2_abo, zero),
        body_size=x.same(pair.f3_bsa, zero),
        labs_missing=fails & missing,
        labs_expired=fails & expired,
        survival=fails & x.negate(missing | expired),
        ecmo_taper=tapered_out(x, recipient, raw.component, p),
        donor_limits=x.negate(admitted),
    )


def labs_wanting(x: Arithmetic, recipient: Recipient, p: RuleSet) -> tuple[Truth, Truth]:
    """Whether bilirubin or a needed creatinine is missing, and whether one is too old: its term is then the worst."""
    bilirubin, creatinine = recipient.bilirubin, recipient.creatinine
    validity, needed = validity_days(x, recipient, p), x.negate(recipient.dialysis)
    missing = x.negate(bilirubin.known) | (needed & x.negate(creatinine.known))
    fresh_bilirubin, fresh_creatinine = fresh(bilirubin, validity), fresh(creatinine, validity)
    expired = bilirubin.known & x.negate(fresh_bilirubin)
    return missing, expired | (needed & creatinine.known & x.negate(fresh_creatinine))


def tapered_out(x: Arithmetic, recipient: Recipient, component: Code, p: RuleSet) -> Truth:
    """Whether the adult standard component is zero because ECMO has run too long."""
    if "ecmo_zero_days" not in p.figures:
        return x.truth(False)
    gone = x.same(ecmo_taper(x, recipient, p), x.number(0))
    return recipient.ecmo & x.is_in(component, (ADULT_STANDARD,)) & gone


def limits_admit(limits: DonorLimits, age: Number, weight_kg: Number, height_cm: Number) -> Truth:
    """Whether a team's limits admit a donor; ``age`` in completed years."""
    return (
        (limits.lowest_age <= age)
        & (age <= limits.highest_age)
        & (limits.lowest_weight_kg <= weight_kg)
        & (weight_kg <= limits.highest_weight_kg)
        & (limits.lowest_height_cm <= height_cm)
        & (height_cm <= limits.highest_height_cm)
    )
