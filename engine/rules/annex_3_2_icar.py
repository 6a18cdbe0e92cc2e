"""Annex 3.2: the index of cardiac risk (ICAR), of the day (j) and before ECMO or inotropes (i).

x is the arithmetic, p the figures in force, r the readings. Docstrings are the annex's lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.rules.arithmetic import Arithmetic, Number, Truth
from engine.rules.readings import Readings
from engine.rules.rule import rule
from engine.rules.ruleset import RuleSet
from engine.rules.variables import Recipient, Sample


def clip(x: Arithmetic, low: Number, value: Number, high: Number) -> Number:
    """min(high, max(low, value)), as the annex writes it."""
    return x.minimum(high, x.maximum(low, value))


def fresh(sample: Sample, validity: Number) -> Truth:
    """Recorded, and not older than Delai_Var_Bio_GRF."""
    return sample.known & (sample.age_days <= validity)


# ------------------------------------------------------------------------------- 3.2.1 and 3.2.2, constants


@rule("3.2.1", symbol="Delai_Var_Bio_GRF", unit="days")
def validity_days(x: Arithmetic, recipient: Recipient, p: RuleSet) -> Number:
    """Delai_Var_Bio_GRF = Si (CEC2 != 'O' ET DRG2 != 'O') Alors 105 Sinon 4."""
    stable = x.negate(recipient.ecmo) & x.negate(recipient.inotropes)
    return x.where(stable, p.validity_days_stable, p.validity_days_supported)


@rule("3.2.2", symbol="C_ICAR")
def icar_constant(x: Arithmetic, p: RuleSet) -> Number:
    """C_ICAR = 1.301335 x 0 + 0.157691 x 1 - 0.510058 x ln(150) + 0.615711 x ln(5)."""
    return _risk(x, x.number(0), p.peptide_decile_missing, x.ln(p.gfr_max), x.ln(p.bilirubin_min), p)


def _risk(x: Arithmetic, ascd: Number, decile: Number, ln_gfr: Number, ln_bilirubin: Number, p: RuleSet) -> Number:
    return (
        p.risk_short_term_support * ascd
        + p.risk_peptide_decile * decile
        - p.risk_ln_gfr * ln_gfr
        + p.risk_ln_bilirubin * ln_bilirubin
    )


# ----------------------------------------------------------------------------------- 3.2.3, ICAR of the day


@rule("3.2.3", symbol="ICAR", unit="points")
def icar(x: Arithmetic, recipient: Recipient, today: Number, before: Number, earlier: Sequence[Number]) -> Number:
    """ICAR = Si (CEC2 != 'O' ET DRG2 != 'O') Alors ICARj Sinon max(ICARj, ICARi)."""
    highest = x.maximum(today, before)
    for icar_then in earlier:  # reading icar_maximum = running: each ICARj since the treatment started
        highest = x.maximum(highest, icar_then)
    return x.where(x.negate(recipient.ecmo) & x.negate(recipient.inotropes), today, highest)


@rule("3.2.3", symbol="ICARj", unit="points")
def icar_today(x: Arithmetic, recipient: Recipient, p: RuleSet, r: Readings) -> Number:
    """ICARj = min(40, max(0, Arrondi((F_RisquePreGRFj - C_ICAR) x 10)))."""
    return _icar_of(x, risk_today(x, recipient, p, r), icar_constant(x, p), p, r)


def _icar_of(x: Arithmetic, risk: Number, constant: Number, p: RuleSet, r: Readings) -> Number:
    if r.icar_rounding == "tens":
        rounded = x.round_half_up(risk - constant) * p.icar_scale
    else:
        rounded = x.round_half_up((risk - constant) * p.icar_scale)
    return clip(x, x.number(0), rounded, p.icar_max)


@rule("3.2.3.1", symbol="F_RisquePreGRFj")
def risk_today(x: Arithmetic, recipient: Recipient, p: RuleSet, r: Readings) -> Number:
    """F_RisquePreGRFj = 1.301335 x F_ASCD + 0.157691 x F_Decile_PNj - 0.510058 x F_Ln_DFG_LAj + 0.615711 x
    F_Ln_BILI_LAj.
    """
    usable = usable_today(x, recipient, p, r)
    return _risk(
        x,
        short_term_support(x, recipient),
        peptide_decile_today(x, recipient, usable, p),
        ln_gfr_today(x, recipient, usable, p),
        ln_bilirubin_today(x, recipient, usable, p),
        p,
    )


@dataclass(frozen=True, slots=True)
class UsableToday:
    """Which of the day's variables count."""

    bilirubin: Truth
    creatinine: Truth
    bnp: Truth
    nt_probnp: Truth


def usable_today(x: Arithmetic, recipient: Recipient, p: RuleSet, r: Readings) -> UsableToday:
    """Recorded and within Delai_Var_Bio_GRF; by the reading ``lowest``, all that are needed or none."""
    validity = validity_days(x, recipient, p)
    bilirubin, creatinine = fresh(recipient.bilirubin, validity), fresh(recipient.creatinine, validity)
    bnp = fresh(recipient.bnp, validity) & bnp_allowed(x, recipient, r)
    nt_probnp = fresh(recipient.nt_probnp, validity)
    if r.incomplete_update == "lowest":
        peptide = bnp | nt_probnp | peptides_not_needed(x, recipient)
        complete = bilirubin & (creatinine | recipient.dialysis) & peptide
        bilirubin, creatinine = bilirubin & complete, creatinine & complete
        bnp, nt_probnp = bnp & complete, nt_probnp & complete
    return UsableToday(bilirubin, creatinine, bnp, nt_probnp)


def bnp_allowed(x: Arithmetic, recipient: Recipient, r: Readings) -> Truth:
    """By the reading ``ignored`` BNP does not count under sacubitril/valsartan."""
    if r.bnp_under_sacubitril == "ignored":
        return x.negate(recipient.sacubitril_valsartan)
    return x.truth(True)


def peptides_not_needed(x: Arithmetic, recipient: Recipient) -> Truth:
    """CEC2='O' OR CAT2='O' OR SIAV2='B': the decile is 10 whatever the peptides (3.2.3.3)."""
    return recipient.ecmo | recipient.total_artificial_heart | x.is_in(recipient.long_term_support, ("B",))


@rule("3.2.3.2", symbol="F_ASCD")
def short_term_support(x: Arithmetic, recipient: Recipient) -> Number:
    """F_ASCD = Si (CEC2='O') Alors 1 Sinon 0."""
    return x.where(recipient.ecmo, x.number(1), x.number(0))


@rule("3.2.3.3", symbol="F_Decile_PNj", unit="decile")
def peptide_decile_today(x: Arithmetic, recipient: Recipient, usable: UsableToday, p: RuleSet) -> Number:
    """Si (CEC2='O' OR CAT2='O' OR SIAV2='B') Alors 10, sinon Fct_Decile_PN de PROBNP2, sinon de BNP2, utilisables,
    sinon 1.
    """
    return _decile(x, recipient, usable.nt_probnp, recipient.nt_probnp, usable.bnp, recipient.bnp, p)


def _decile(
    x: Arithmetic, recipient: Recipient, nt_usable: Truth, nt: Sample, bnp_usable: Truth, bnp: Sample, p: RuleSet
) -> Number:
    from_bnp = x.where(bnp_usable, x.band(bnp.value, p.bnp_bounds), p.peptide_decile_missing)
    from_peptides = x.where(nt_usable, x.band(nt.value, p.nt_probnp_bounds), from_bnp)
    return x.where(peptides_not_needed(x, recipient), p.peptide_decile_supported, from_peptides)


@rule("3.2.3.4", symbol="F_Ln_DFG_LAj")
def ln_gfr_today(x: Arithmetic, recipient: Recipient, usable: UsableToday, p: RuleSet) -> Number:
    """Si (DIA2='O') Alors ln(15), sinon si CREAT2 manque ou a plus de Delai_Var_Bio_GRF ln(150), sinon ln(min(150,
    max(1, F_DFGj))).
    """
    return ln_gfr(x, recipient.dialysis, usable.creatinine, gfr_today(x, recipient, p), p.gfr_max, p)


def ln_gfr(x: Arithmetic, dialysis: Truth, usable: Truth, gfr: Number, missing: Number, p: RuleSet) -> Number:
    """Ln of the filtration rate: 15 under dialysis, ``missing`` without usable creatinine, clipped to 1..150."""
    clipped = x.ln(clip(x, p.gfr_min, gfr, p.gfr_max))
    return x.where(dialysis, x.ln(p.gfr_dialysis), x.where(usable, clipped, x.ln(missing)))


@rule("3.2.3.4", symbol="F_DFGj", unit="mL/min/1.73 m2")
def gfr_today(x: Arithmetic, recipient: Recipient, p: RuleSet) -> Number:
    """F_DFGj = 186.3 x (CREAT2/88.4)^(-1.154) x AGER^(-0.203) x (Si (SEXR='F') alors 0.742 sinon 1) (MDRD)."""
    return _mdrd(x, recipient, recipient.creatinine, p)


def _mdrd(x: Arithmetic, recipient: Recipient, creatinine: Sample, p: RuleSet) -> Number:
    return (
        p.gfr_factor
        * x.power(creatinine.value / p.gfr_creatinine_umol_l_per_mg_dl, p.gfr_creatinine_exponent)
        * x.power(recipient.age_years, p.gfr_age_exponent)
        * x.where(x.is_in(recipient.sex, ("F",)), p.gfr_female_factor, x.number(1))
    )


@rule("3.2.3.5", symbol="F_Ln_BILI_LAj")
def ln_bilirubin_today(x: Arithmetic, recipient: Recipient, usable: UsableToday, p: RuleSet) -> Number:
    """Si BILI2 manque ou a plus de Delai_Var_Bio_GRF Alors ln(5) Sinon ln(min(230, max(5, BILI2)))."""
    return ln_bilirubin(x, usable.bilirubin, recipient.bilirubin, p.bilirubin_min, p)


def ln_bilirubin(x: Arithmetic, usable: Truth, bilirubin: Sample, missing: Number, p: RuleSet) -> Number:
    """Ln of bilirubin (umol/L) clipped to 5..230; ln(``missing``) without a usable value."""
    clipped = x.ln(clip(x, p.bilirubin_min, bilirubin.value, p.bilirubin_max))
    return x.where(usable, clipped, x.ln(missing))


# ------------------------------------- 3.2.1 (second of that number): ICAR before ECMO or inotropes, ICARi


@rule("3.2.1 (ICARi)", symbol="ICARi", unit="points")
def icar_before(x: Arithmetic, recipient: Recipient, p: RuleSet, r: Readings) -> Number:
    """ICARi = min(40, max(0, Arrondi((F_RisquePreGRFi - C_ICAR) x 10)))."""
    return _icar_of(x, risk_before(x, recipient, p, r), icar_constant(x, p), p, r)


@rule("3.2.1.1", symbol="F_RisquePreGRFi")
def risk_before(x: Arithmetic, recipient: Recipient, p: RuleSet, r: Readings) -> Number:
    """F_RisquePreGRFi = 1.301335 x F_ASCD + 0.157691 x F_Decile_PNi - 0.510058 x F_Ln_DFG_LAi + 0.615711 x
    F_Ln_BILI_LAi.
    """
    return _risk(
        x,
        short_term_support(x, recipient),
        peptide_decile_before(x, recipient, p, r),
        ln_gfr_before(x, recipient, p),
        ln_bilirubin_before(x, recipient, p),
        p,
    )


@rule("3.2.1.3", symbol="F_Decile_PNi", unit="decile")
def peptide_decile_before(x: Arithmetic, recipient: Recipient, p: RuleSet, r: Readings) -> Number:
    """Si (CEC2='O' OR CAT2='O' OR SIAV2='B') Alors 10, sinon Fct_Decile_PN de PBN_AVI, sinon de BNP_AVI, sinon 1."""
    nt_probnp, bnp = recipient.nt_probnp_before, recipient.bnp_before
    return _decile(x, recipient, nt_probnp.known, nt_probnp, bnp.known & bnp_allowed(x, recipient, r), bnp, p)


@rule("3.2.1.4", symbol="F_Ln_DFG_LAi")
def ln_gfr_before(x: Arithmetic, recipient: Recipient, p: RuleSet) -> Number:
    """Si (DIA_AVI='O') Alors ln(15), sinon si CRE_AVI is NULL ln(150), sinon ln(min(150, max(1, F_DFGi)))."""
    usable = recipient.creatinine_before.known
    return ln_gfr(x, recipient.dialysis_before, usable, gfr_before(x, recipient, p), p.gfr_max, p)


@rule("3.2.1.4", symbol="F_DFGi", unit="mL/min/1.73 m2")
def gfr_before(x: Arithmetic, recipient: Recipient, p: RuleSet) -> Number:
    """F_DFGi = 186.3 x (CRE_AVI/88.4)^(-1.154) x AGER^(-0.203) x (Si (SEXR='F') alors 0.742 sinon 1)."""
    return _mdrd(x, recipient, recipient.creatinine_before, p)


@rule("3.2.1.5", symbol="F_Ln_BILI_LAi")
def ln_bilirubin_before(x: Arithmetic, recipient: Recipient, p: RuleSet) -> Number:
    """Si BILI_AVI is NULL Alors ln(5) Sinon ln(min(230, max(5, BILI_AVI)))."""
    return ln_bilirubin(x, recipient.bilirubin_before.known, recipient.bilirubin_before, p.bilirubin_min, p)
