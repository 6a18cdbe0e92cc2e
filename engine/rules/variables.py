"""The annex's variables: what a rule may know of a recipient, a donor and the offer, with the guide's symbols.

Values are those at one instant (``Date_Courante``). Where nothing is recorded, ``known`` is false and the
value a harmless placeholder that no formula uses. Units end the names; all are those of the annex.
"""

from dataclasses import dataclass, field
from typing import Any

from engine.rules.arithmetic import Code, Number, Truth


def symbol(text: str, unit: str = "") -> Any:
    """A field with the guide's symbol and its unit."""
    return field(metadata={"symbol": text, "unit": unit})


@dataclass(frozen=True, slots=True)
class Sample:
    """A laboratory value: whether there is one, its value, and its age in days at the instant."""

    known: Truth
    value: Number
    age_days: Number


@dataclass(frozen=True, slots=True)
class Recipient:
    """A candidate as the annexes see it."""

    age_years: Number = symbol("AGER", "years")
    sex: Code = symbol("SEXR")
    blood_group: Code = symbol("ABOR")
    height_cm: Number = symbol("TAILLER", "cm")
    weight_kg: Number = symbol("POIDSR", "kg")
    diseases: Code = symbol("MAL")
    abo_matching: Code = symbol("PABM_TYP")
    waiting_months: Number = symbol("DA", "months")
    ecmo: Truth = symbol("CEC2")
    ecmo_days: Number = symbol("SYSTEM.DATE()-DCEC2", "days")
    inotropes: Truth = symbol("DRG2")
    total_artificial_heart: Truth = symbol("CAT2")
    long_term_support: Code = symbol("SIAV2")
    lvad_days: Number = symbol("Date_Courante-DAV2", "days")
    lvad_complicated: Truth = symbol("LVAD_complicated")
    dialysis: Truth = symbol("DIA2")
    sacubitril_valsartan: Truth = symbol("Sacubitril_Valsartan")
    bilirubin: Sample = symbol("BILI2", "umol/L")
    creatinine: Sample = symbol("CREAT2", "umol/L")
    bnp: Sample = symbol("BNP2", "ng/L")
    nt_probnp: Sample = symbol("PROBNP2", "ng/L")
    bilirubin_before: Sample = symbol("BILI_AVI", "umol/L")
    creatinine_before: Sample = symbol("CRE_AVI", "umol/L")
    bnp_before: Sample = symbol("BNP_AVI", "ng/L")
    nt_probnp_before: Sample = symbol("PBN_AVI", "ng/L")
    dialysis_before: Truth = symbol("DIA_AVI")
    urgency: Code = symbol("URGENCE")
    expert_points: Number = symbol("KXPC", "points")
    expert_delay_months: Number = symbol("XPC", "months")
    expert_months: Number = symbol("DAURG", "months")


@dataclass(frozen=True, slots=True)
class Donor:
    """A donor as the annexes see it."""

    age_years: Number = symbol("AGED", "years")
    sex: Code = symbol("SEXD")
    blood_group: Code = symbol("ABOD")
    height_cm: Number = symbol("TAILLED", "cm")
    weight_kg: Number = symbol("POIDSD", "kg")


@dataclass(frozen=True, slots=True)
class DonorLimits:
    """The bounds a team sets on donors (guide 2.1.2), both ends allowed; minus and plus infinity where it set none."""

    lowest_age: Number
    highest_age: Number
    lowest_weight_kg: Number
    highest_weight_kg: Number
    lowest_height_cm: Number
    highest_height_cm: Number
