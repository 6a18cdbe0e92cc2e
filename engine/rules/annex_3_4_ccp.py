"""Annex 3.4: the weighted composite score (Score CCP): matching in age, blood group and size, and survival."""

from engine.rules.annex_3_2_icar import clip, fresh, gfr_today, ln_bilirubin, ln_gfr, validity_days
from engine.rules.annex_3_3_ccb import XPCA, XPCP1, XPCP2, is_adult
from engine.rules.arithmetic import Arithmetic, Number, Truth
from engine.rules.readings import Readings
from engine.rules.rule import rule
from engine.rules.ruleset import RuleSet
from engine.rules.variables import Donor, Recipient


@rule("3.4", symbol="Score CCP", unit="points")
def ccp(x: Arithmetic, ccb: Number, f1: Number, f2: Number, f3: Number, f4: Number) -> Number:
    """Score CCP = Score CCB x F1_DifAge x F2_ABO x F3_SC x F4_SurvPostGRF."""
    return ccb * f1 * f2 * f3 * f4


@rule("3.4.1", symbol="F1_DifAge")
def age_match(x: Arithmetic, recipient: Recipient, donor: Donor, p: RuleSet) -> Number:
    """F1_DifAge = Si (AGER>=18) Alors min(1, max(0, F0_DifAge)) Sinon 1."""
    clipped = clip(x, x.number(0), age_gap(x, recipient, donor, p), x.number(1))
    return x.where(is_adult(recipient, p), clipped, x.number(1))


@rule("3.4.1", symbol="F0_DifAge")
def age_gap(x: Arithmetic, recipient: Recipient, donor: Donor, p: RuleSet) -> Number:
    """F0_DifAge = Si AGER-AGED<0 Alors (AGER-AGED+65)/25 Sinon 1-(AGER-AGED-15)/25."""
    gap = recipient.age_years - donor.age_years
    donor_older = (gap + p.older_donor_zero_gap_years) / p.age_gap_span_years
    donor_younger = x.number(1) - (gap - p.younger_donor_full_gap_years) / p.age_gap_span_years
    return x.where(gap < x.number(0), donor_older, donor_younger)


@rule("3.4.2", symbol="F2_ABO")
def abo_match(x: Arithmetic, recipient: Recipient, donor: Donor, p: RuleSet, r: Readings) -> Number:
    """Si ([AGER<18 OU URGENCE IN ('XPCP1','XPCP2')] OU [URGENCE IN ('XPCA','DGN') ET PABM_TYP='COM']) Alors 1, sinon
    si ABOD=ABOR, A vers AB ou O vers B 1, sinon si B vers AB 0.1, sinon 0.
    """
    one, zero = x.number(1), x.number(0)
    exempt = x.negate(is_adult(recipient, p)) | x.is_in(recipient.urgency, (XPCP1, XPCP2))
    exempt = exempt | (x.is_in(recipient.urgency, (XPCA, "DGN")) & x.is_in(recipient.abo_matching, ("COM",)))
    exempted = one if r.abo_guard == "annex" else x.where(_abo_compatible(x, recipient, donor), one, zero)
    full = x.same(donor.blood_group, recipient.blood_group) | _pair(x, recipient, donor, "A", "AB")
    full = full | _pair(x, recipient, donor, "O", "B")
    restricted = x.where(full, one, x.where(_pair(x, recipient, donor, "B", "AB"), p.abo_b_to_ab_factor, zero))
    return x.where(exempt, exempted, restricted)


def _pair(x: Arithmetic, recipient: Recipient, donor: Donor, group: str, to: str) -> Truth:
    return x.is_in(donor.blood_group, (group,)) & x.is_in(recipient.blood_group, (to,))


def _abo_compatible(x: Arithmetic, recipient: Recipient, donor: Donor) -> Truth:
    """Red-cell compatibility: the same group, an O donor, or an AB recipient (guide 1.2.3.2 'Groupe compatible')."""
    same = x.same(donor.blood_group, recipient.blood_group)
    return same | x.is_in(donor.blood_group, ("O",)) | x.is_in(recipient.blood_group, ("AB",))


@rule("3.4.3", symbol="F3_SC")
def size_match(x: Arithmetic, recipient: Recipient, donor: Donor, p: RuleSet, r: Readings) -> Number:
    """F3_SC = 1 si 0.8 x F_SC(TAILLER,POIDSR) < F_SC(TAILLED,POIDSD) (avant 18 ans aussi 3 x F_SC(R) > F_SC(D)) OU
    (SEXD='H' ET POIDSD >= 70), sinon 0.
    """
    of_recipient = recipient_surface(x, recipient, p)
    of_donor = x.settled(donor_surface(x, donor, p))
    low, high = x.settled(p.bsa_min_ratio * of_recipient), x.settled(p.bsa_max_ratio * of_recipient)
    large_enough = low < of_donor
    child_range = (low < of_donor) & (high > of_donor)
    if r.bsa_bounds == "inclusive":
        child_range = (low <= of_donor) & (high >= of_donor)
    heavy_male = x.is_in(donor.sex, ("M",)) & (donor.weight_kg >= p.heavy_male_donor_kg)
    fits = x.where(is_adult(recipient, p), large_enough, child_range) | heavy_male
    return x.where(fits, x.number(1), x.number(0))


@rule("3.4.3", symbol="F_SC(TAILLER,POIDSR)", unit="m2")
def recipient_surface(x: Arithmetic, recipient: Recipient, p: RuleSet) -> Number:
    """F_SC(Taille,Poids) = 0.007184 x Taille^0.725 x Poids^0.425."""
    return _surface(x, recipient.height_cm, recipient.weight_kg, p)


@rule("3.4.3", symbol="F_SC(TAILLED,POIDSD)", unit="m2")
def donor_surface(x: Arithmetic, donor: Donor, p: RuleSet) -> Number:
    """F_SC(Taille,Poids) = 0.007184 x Taille^0.725 x Poids^0.425."""
    return _surface(x, donor.height_cm, donor.weight_kg, p)


def _surface(x: Arithmetic, height_cm: Number, weight_kg: Number, p: RuleSet) -> Number:
    return p.bsa_factor * x.power(height_cm, p.bsa_height_exponent) * x.power(weight_kg, p.bsa_weight_exponent)


# --------------------------------------------------------------------- 3.4.4, survival one year after the graft


@rule("3.4.4", symbol="F4_SurvPostGRF")
def survival_filter(x: Arithmetic, recipient: Recipient, survival: Number, p: RuleSet) -> Number:
    """F4_SurvPostGRF = Si (F_SurvPostGRF > 0.5) OU (AGER<18) Alors 1 Sinon 0."""
    passes = (survival > p.survival_min) | x.negate(is_adult(recipient, p))
    return x.where(passes, x.number(1), x.number(0))


@rule("3.4.4.1", symbol="F_SurvPostGRF", unit="probability")
def survival_1y(x: Arithmetic, recipient: Recipient, donor: Donor, p: RuleSet) -> Number:
    """F_SurvPostGRF = 0.6785748856^exp(F_RiskPostGRF)."""
    return x.power(p.baseline_survival_1y, x.exp(post_graft_risk(x, recipient, donor, p)))


@rule("3.4.4.2", symbol="F_RiskPostGRF")
def post_graft_risk(x: Arithmetic, recipient: Recipient, donor: Donor, p: RuleSet) -> Number:
    """0.50608 x F_AGER + 0.50754 x F_MAL + 0.40268 x F_Ln_BILI_GRF - 0.54443 x F_Ln_DFG_GRF + 0.36262 x F_SEXRD +
    0.41714 x F_AGED.
    """
    return (
        p.post_risk_recipient_age * older_recipient(x, recipient, p)
        + p.post_risk_disease * high_risk_disease(x, recipient, p)
        + p.post_risk_ln_bilirubin * ln_bilirubin_post(x, recipient, p)
        - p.post_risk_ln_gfr * ln_gfr_post(x, recipient, p)
        + p.post_risk_sex_mismatch * sex_mismatch(x, recipient, donor)
        + p.post_risk_donor_age * older_donor(x, donor, p)
    )


@rule("3.4.4.3", symbol="F_AGER")
def older_recipient(x: Arithmetic, recipient: Recipient, p: RuleSet) -> Number:
    """F_AGER = Si (AGER > 50) alors 1 sinon 0."""
    return x.where(recipient.age_years > p.older_recipient_age_years, x.number(1), x.number(0))


@rule("3.4.4.4", symbol="F_MAL")
def high_risk_disease(x: Arithmetic, recipient: Recipient, p: RuleSet) -> Number:
    """F_MAL = Si [(MAL OR MAL2 OR MAL3) IN ('Maladie valvulaire','Maladie congénitale','Maladie congénitale non
    Eisenmenger')] Alors 1 Sinon 0.
    """
    return x.where(x.any_in(recipient.diseases, p.high_risk_diseases), x.number(1), x.number(0))


@rule("3.4.4.5", symbol="F_Ln_BILI_GRF")
def ln_bilirubin_post(x: Arithmetic, recipient: Recipient, p: RuleSet) -> Number:
    """Si BILI manque ou a plus de Delai_Var_Bio_GRF Alors ln(230) Sinon ln(min(230, max(5, BILI)))."""
    usable = fresh(recipient.bilirubin, validity_days(x, recipient, p))
    return ln_bilirubin(x, usable, recipient.bilirubin, p.bilirubin_max, p)


@rule("3.4.4.6", symbol="F_Ln_DFG_GRF")
def ln_gfr_post(x: Arithmetic, recipient: Recipient, p: RuleSet) -> Number:
    """Si (DIALYSE='O') Alors ln(15), sinon si CREAT manque ou a plus de Delai_Var_Bio_GRF ln(1), sinon ln(min(150,
    max(1, F_DFGj))).
    """
    usable = fresh(recipient.creatinine, validity_days(x, recipient, p))
    return ln_gfr(x, recipient.dialysis, usable, gfr_today(x, recipient, p), p.gfr_min, p)


@rule("3.4.4.7", symbol="F_SEXRD")
def sex_mismatch(x: Arithmetic, recipient: Recipient, donor: Donor) -> Number:
    """F_SEXRD = Si (SEXD='F' ET SEXR='M') Alors 1 Sinon 0."""
    mismatch = x.is_in(donor.sex, ("F",)) & x.is_in(recipient.sex, ("M",))
    return x.where(mismatch, x.number(1), x.number(0))


@rule("3.4.4.8", symbol="F_AGED")
def older_donor(x: Arithmetic, donor: Donor, p: RuleSet) -> Number:
    """F_AGED = Si (AGED > 55) Alors 1 Sinon 0."""
    return x.where(donor.age_years > p.older_donor_age_years, x.number(1), x.number(0))
