"""Annex 3.3: the raw composite score (Score CCB), four components of which at most one is not zero."""

from collections.abc import Callable
from decimal import Decimal

from engine.rules.annex_3_2_icar import clip
from engine.rules.arithmetic import Arithmetic, Code, Number, Truth
from engine.rules.readings import Readings
from engine.rules.rule import rule
from engine.rules.ruleset import RuleSet
from engine.rules.variables import Recipient

ADULT_STANDARD, PAEDIATRIC_STANDARD = "adult_standard", "paediatric_standard"
XPCA, XPCP1, XPCP2 = "XPCA", "XPCP1", "XPCP2"
EXPERT_COMPONENTS = (XPCA, XPCP1, XPCP2)


def is_adult(recipient: Recipient, p: RuleSet) -> Truth:
    """AGER >= 18."""
    return recipient.age_years >= p.adult_age_years


def component_of(x: Arithmetic, recipient: Recipient, p: RuleSet) -> Code:
    """The component in use: an expert paediatric one whatever the age, else by age and URGENCE."""
    adult = x.where(x.is_in(recipient.urgency, (XPCA,)), XPCA, ADULT_STANDARD)
    by_age = x.where(is_adult(recipient, p), adult, PAEDIATRIC_STANDARD)
    return x.where(x.is_in(recipient.urgency, (XPCP1, XPCP2)), recipient.urgency, by_age)


@rule("3.3", symbol="Score CCB", unit="points")
def ccb(x: Arithmetic, recipient: Recipient, icar: Number, counter: Number, p: RuleSet, r: Readings) -> Number:
    """Score CCB = Comp_Ad_Std + Comp_Ad_XPCA + Comp_Ped_Std + Comp_Ped_XPCP."""
    f_icar = standard_points(x, icar, p)
    adult_standard_points = ADULT_STANDARD_BY_NAME[p.formulas["adult_standard"]](x, recipient, f_icar, counter, p, r)
    return (
        adult_standard(x, recipient, adult_standard_points, p)
        + adult_expert(x, recipient, f_icar, adult_standard_points, p, r)
        + paediatric_standard(x, recipient, p, r)
        + paediatric_expert(x, recipient, p, r)
    )


@rule("3.3.1", symbol="F_ICAR", unit="points")
def standard_points(x: Arithmetic, icar: Number, p: RuleSet) -> Number:
    """F_ICAR = Si ICAR<31 Alors 1000*ICAR/40 Sinon (1000*ICAR/40) + 51."""
    scaled = p.points_full_scale * icar / p.icar_full_scale
    return x.where(icar < p.severe_icar, scaled, scaled + p.severe_bonus)


# ------------------------------------------------------------------------------------- 3.3.2, adult standard


@rule("3.3.2", symbol="Comp_Ad_Std", unit="points")
def adult_standard(x: Arithmetic, recipient: Recipient, points: Number, p: RuleSet) -> Number:
    """Comp_Ad_Std = Si (AGER>=18 ET URGENCE NOT IN ('XPCA','XPCP1','XPCP2')) Alors … Sinon 0."""
    applies = is_adult(recipient, p) & x.negate(x.is_in(recipient.urgency, EXPERT_COMPONENTS))
    return x.where(applies, points, x.number(0))


@rule("3.3.2", symbol="Comp_Ad_Std (points)", unit="points")
def adult_standard_2018(
    x: Arithmetic, recipient: Recipient, f_icar: Number, counter: Number, p: RuleSet, r: Readings
) -> Number:
    """From 2018-01-01: F_ICAR."""
    return f_icar


@rule("3.3.2", symbol="Comp_Ad_Std (points)", unit="points")
def adult_standard_2019(
    x: Arithmetic, recipient: Recipient, f_icar: Number, counter: Number, p: RuleSet, r: Readings
) -> Number:
    """From 2019-04-09: Si CEC2='O' F_ICAR x F_Comp_ASCD(SYSTEM.DATE()-DCEC2, 12, 16, 0.1) Sinon F_ICAR."""
    return x.where(recipient.ecmo, f_icar * ecmo_taper(x, recipient, p), f_icar)


@rule("3.3.2", symbol="Comp_Ad_Std (points)", unit="points")
def adult_standard_2020(
    x: Arithmetic, recipient: Recipient, f_icar: Number, counter: Number, p: RuleSet, r: Readings
) -> Number:
    """From 2020-01-07: Si CEC2='O' F_ICAR x F_Comp_ASCD, sinon si SIAV2='G' et ASSIST 750 + 5*min(5, (Date_Courante-
    DAV2)/365.25), sinon F_ICAR.
    """
    assisted = x.is_in(recipient.long_term_support, ("G",)) & assist_turn(x, counter, p)
    if r.lvad_complicated == "uncomplicated":
        assisted = assisted & x.negate(recipient.lvad_complicated)
    points = assist_points(x, recipient, p)
    if r.lvad_assist == "max":
        points = x.maximum(f_icar, points)
    return x.where(recipient.ecmo, f_icar * ecmo_taper(x, recipient, p), x.where(assisted, points, f_icar))


ADULT_STANDARD_BY_NAME: dict[str, Callable[..., Number]] = {
    "adult_standard_2018": adult_standard_2018,
    "adult_standard_2019": adult_standard_2019,
    "adult_standard_2020": adult_standard_2020,
}
"""The dated forms of the adult standard component; a rule set names the one in force."""


@rule("3.3.2", symbol="F_Comp_ASCD")
def ecmo_taper(x: Arithmetic, recipient: Recipient, p: RuleSet) -> Number:
    """F_Comp_ASCD(Delai_CEC, S1, S2, Decote) = Si Delai_CEC <= S1 Alors 1 Sinon Si Delai_CEC < S2 Alors 1 - Decote x
    (Delai_CEC-(S1-1)) Sinon 0.
    """
    days = recipient.ecmo_days
    reduced = x.number(1) - p.ecmo_daily_reduction * (days - (p.ecmo_full_days - x.number(1)))
    after_s1 = x.where(days < p.ecmo_zero_days, reduced, x.number(0))
    return x.where(days <= p.ecmo_full_days, x.number(1), after_s1)


@rule("3.3.2", symbol="F_Choix_Bras_Deter='ASSIST'")
def assist_turn(x: Arithmetic, counter: Number, p: RuleSet) -> Truth:
    """F_Choix_Bras_Deter(Ratio, Cpteur) = Si Floor((Cpteur-1)*Ratio) != Floor(Cpteur*Ratio) Alors 'ASSIST' Sinon
    'AMBUL'.
    """
    return x.negate(x.same(x.floor((counter - x.number(1)) * p.assist_ratio), x.floor(counter * p.assist_ratio)))


@rule("3.3.2", symbol="Bras ASSIST", unit="points")
def assist_points(x: Arithmetic, recipient: Recipient, p: RuleSet) -> Number:
    """750 + 5*min(5, (Date_Courante-DAV2)/365.25)."""
    years = x.minimum(p.assist_years_max, recipient.lvad_days / p.days_per_year)
    return p.assist_points + p.assist_points_per_year * years


# ------------------------------------------------------------------------------ 3.3.3 to 3.3.5, the others


@rule("3.3.3", symbol="Comp_Ad_XPCA", unit="points")
def adult_expert(
    x: Arithmetic, recipient: Recipient, f_icar: Number, adult_standard_points: Number, p: RuleSet, r: Readings
) -> Number:
    """Comp_Ad_XPCA = Si (AGER>=18 ET URGENCE='XPCA') Alors Si XPC=0 max(F_ICAR, KXPC) Sinon max(F_ICAR, KXPC x
    max(0, min(1, DAURG/XPC))) Sinon 0.
    """
    immediate = x.same(recipient.expert_delay_months, x.number(0))
    delay = x.where(immediate, x.number(1), recipient.expert_delay_months)
    ramp = x.maximum(x.number(0), x.minimum(x.number(1), recipient.expert_months / delay))
    granted = x.where(immediate, recipient.expert_points, recipient.expert_points * ramp)
    floor = adult_standard_points if r.xpca_floor == "adult-standard" else f_icar
    applies = is_adult(recipient, p) & x.is_in(recipient.urgency, (XPCA,))
    return x.where(applies, x.maximum(floor, granted), x.number(0))


@rule("3.3.4", symbol="Comp_Ped_Std", unit="points")
def paediatric_standard(x: Arithmetic, recipient: Recipient, p: RuleSet, r: Readings) -> Number:
    """Comp_Ped_Std = Si [AGER<18 ET URGENCE NOT IN ('XPCP1','XPCP2')] Alors 775 + 50 x max(0, min(1, DA/24)) Sinon
    0.
    """
    applies = x.negate(is_adult(recipient, p)) & x.negate(x.is_in(recipient.urgency, (XPCP1, XPCP2)))
    waited = clip(x, x.number(0), recipient.waiting_months / p.paediatric_seniority_months, x.number(1))
    base = x.given("paediatric_base", Decimal(r.paediatric_base))
    return x.where(applies, base + p.paediatric_seniority_points * waited, x.number(0))


@rule("3.3.5", symbol="Comp_Ped_XPCP", unit="points")
def paediatric_expert(x: Arithmetic, recipient: Recipient, p: RuleSet, r: Readings) -> Number:
    """Comp_Ped_XPCP = Si (URGENCE IN ('XPCP1','XPCP2')) Alors KXPC + 50 x max(0, min(1, DAURG/24)) Sinon 0."""
    applies = x.is_in(recipient.urgency, (XPCP1, XPCP2))
    xpcp1, xpcp2 = x.given("xpcp1_base", Decimal(r.xpcp1_base)), p.xpcp2_points
    base = x.where(x.is_in(recipient.urgency, (XPCP1,)), x.named(xpcp1, "KXPC"), x.named(xpcp2, "KXPC"))
    waited = clip(x, x.number(0), recipient.expert_months / p.xpcp_seniority_months, x.number(1))
    return x.where(applies, base + p.xpcp_seniority_points * waited, x.number(0))
