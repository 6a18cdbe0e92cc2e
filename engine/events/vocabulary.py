"""The closed lists of codes: annex 3.1, treatments, components, situations, analytes and their units."""

from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Any

GRAFT_OFFERED, RUN_RECORDED = "snagc.graft.offered.v1", "snagc.match-run.recorded.v1"
COUNTER_INITIALISED = "snagc.offer-counter.initialised.v1"
"""The types that who reads a log looks for, who need not load the models of events for it."""

DISEASES: dict[str, str] = {
    "000": "Inconnue ou indéterminée",
    "151": "Cmno idiopathique",
    "152": "Cmno familiale",
    "153": "Myocardite",
    "154": "Cmno du post partum",
    "155": "Cmno toxique",
    "156": "Cardiopathie autre origine",
    "157": "Cardiopathie restrictive",
    "158": "Cardiopathie hypertrophique",
    "159": "Maladie coronarienne",
    "160": "Tumeur cardiaque",
    "161": "Chirurgie thoracique antérieure",
    "162": "Maladie valvulaire",
    "163": "Maladie congénitale",
    "164": "Cmno due à l'alcool",
    "170": "Myocardite COVID-19",
    "803": "Bronchiolite oblitérante",
    "809": "Dilatation des bronches",
    "810": "Hypertension pulmonaire primitive",
    "811": "Eisenmenger",
    "812": "Eisenmenger a.s.d.",
    "813": "Eisenmenger v.s.d.",
    "814": "Eisenmenger p.d.a.",
    "815": "Maladie congénitale non Eisenmenger",
    "818": "Mucoviscidose",
    "819": "Déficit en alpha 1 antitrypsine",
    "820": "Fibrose pulmonaire",
    "821": "Hypertension pulmonaire secondaire",
    "822": "Inhalation",
    "823": "Emphysème",
    "825": "Maladie d'origine toxique",
    "826": "BPCO",
    "827": "Hypertension artérielle primitive",
    "899": "Histiocytose x",
    "900": "Retransplantation cause échec non précisée",
    "901": "Retransplantation rejet hyper-aigu",
    "902": "Retransplantation rejet chronique",
    "910": "Retransplantation rejet aigu",
    "957": "Retransplantation cause restrictive",
    "999": "Autre",
}
"""Annex 3.1: Cristal code and label of the initial disease."""

SEXES = ("F", "M")
SEX_ALIASES = (("H", "M"),)
BLOOD_GROUPS = ("A", "B", "AB", "O")
ABO_MATCHING = ("identical", "compatible")

TREATMENTS = (
    "ecmo",
    "iv_inotropes",
    "balloon_pump",
    "impella",
    "temporary_centrifugal_pump",
    "lvad",
    "bivad",
    "total_artificial_heart",
    "chronic_dialysis",
    "sacubitril_valsartan",
)
COMPONENTS = ("XPCA", "XPCP1", "XPCP2", "DGN")
DELISTING_REASONS = ("died", "worsened", "improved", "refused", "other")
OUTCOMES = ("transplanted", "discarded", "withdrawn")
LAB_CONTEXTS = ("current", "pre_treatment")
COMPARATORS = ("<", ">")

SITUATION_DELAYS: dict[str, dict[str, tuple[int, ...]]] = {
    "XPCA": {
        "mcs_thrombosis": (0,),
        "mcs_dysfunction": (0,),
        "rhythmic_storm": (0,),
        "mcs_haemorrhage": (0, 1, 2, 3),
        "mcs_infection": (0, 1, 2, 3),
        "mcs_contraindicated": (0, 1, 2, 3),
        "bivad_or_tah": (0, 1, 2, 3),
    },
    "XPCP1": {"mcs_complicated": (), "ecmo_complicated": (), "berlin_heart_contraindicated": ()},
    "XPCP2": {"mcs_uncomplicated": (), "ecmo_uncomplicated": (), "iv_inotropes": ()},
    "DGN": {},
}
"""Guide 1.2.2: the situations of each expert component and the delays (months) the table recommends."""


def delay_not_in_table(grant: Mapping[str, Any]) -> bool:
    """Whether a grant's delay is another one than the guide's table gives for its situation."""
    recommended = SITUATION_DELAYS[grant["component"]].get(grant.get("situation", ""), ())
    return bool(recommended) and int(grant.get("delay_months", 0)) not in recommended


SITUATIONS = tuple(situation for table in SITUATION_DELAYS.values() for situation in table)

SI_FACTORS: dict[str, dict[str, Decimal]] = {
    "total_bilirubin": {"umol/L": Decimal(1), "mg/dL": Decimal("17.1")},
    "creatinine": {"umol/L": Decimal(1), "mg/dL": Decimal("88.4")},
    "bnp": {"ng/L": Decimal(1), "pg/mL": Decimal(1)},
    "nt_probnp": {"ng/L": Decimal(1), "pg/mL": Decimal(1)},
}
"""Factor from each accepted UCUM unit to the SI unit of the annex (umol/L, ng/L)."""

PLAUSIBLE_SI: dict[str, tuple[Decimal, Decimal]] = {
    "total_bilirubin": (Decimal(0), Decimal(2000)),
    "creatinine": (Decimal(5), Decimal(3000)),
    "bnp": (Decimal(0), Decimal(100_000)),
    "nt_probnp": (Decimal(0), Decimal(500_000)),
}
"""Plausible range of each analyte in its SI unit, both ends included."""

_EVERY_DIGIT = Context(prec=120)
"""A value as received has at most 64 characters: its product with a factor is never rounded."""

ANALYTES = tuple(SI_FACTORS)
UNITS = ("umol/L", "mg/dL", "ng/L", "pg/mL")


def si_unit(analyte: str) -> str:
    """The unit in which the annex takes the analyte."""
    return next(iter(SI_FACTORS[analyte]))


def plausible(analyte: str) -> str:
    """The range of an analyte in words."""
    low, high = PLAUSIBLE_SI[analyte]
    return f"{low} to {high} {si_unit(analyte)}"


def _other_units(analyte: str) -> str:
    """The units that are no other name of the annex's own, and by what a value in them is multiplied."""
    factors = [f"{unit} x {factor}" for unit, factor in SI_FACTORS[analyte].items() if factor != 1]
    return f" ({', '.join(factors)})" if factors else ""


LIMITS_OF_RESULTS = ", ".join(f"{analyte} {plausible(analyte)}{_other_units(analyte)}" for analyte in ANALYTES)
"""The range of each analyte in words."""
LARGEST_RESULT = max(high for _, high in PLAUSIBLE_SI.values())
"""No result is larger, in whatever unit: none makes a value smaller."""


def to_si(analyte: str, value: Decimal, unit: str) -> Decimal:
    """The value in the annex's unit, exact (mg/dL: bilirubin x 17.1, creatinine x 88.4)."""
    return _EVERY_DIGIT.multiply(value, SI_FACTORS[analyte][unit])
