"""The near misses themselves: words that people and systems send, by field, and the code each stands for."""

from collections.abc import Mapping

from engine.events import vocabulary as v

_ECMO = ("va_ecmo", "ecmo_va", "vaecmo", "ecmo va", "ecls", "cec", "ec_ls", "veno-arterial ecmo")
_TREATMENTS: Mapping[str, tuple[str, ...]] = {
    "ecmo": _ECMO,
    "iv_inotropes": ("inotropes", "inotrope", "inotropic", "drg", "dobutamine", "milrinone", "adrenaline", "drogues"),
    "balloon_pump": ("iabp", "bcpia", "cpbia", "cpia", "balloon", "intra-aortic balloon pump", "contre-pulsion"),
    "impella": ("impella 5.0", "impella 5.5", "impella cp", "impella 2.5"),
    "temporary_centrifugal_pump": ("centrimag", "tandemheart", "centrifugal_pump", "levitronix"),
    "lvad": (
        "left_vad",
        "davg",
        "vad_left",
        "heartmate",
        "heartmate 3",
        "heartmate3",
        "hm3",
        "hvad",
        "heartware",
        "lvas",
    ),
    "bivad": ("biventricular_vad", "bi-vad", "davbi", "bvad", "vad_biventricular"),
    "total_artificial_heart": (
        "tah",
        "cat",
        "syncardia",
        "carmat",
        "aeson",
        "artificial_heart",
        "coeur artificiel total",
    ),
    "chronic_dialysis": (
        "dia",
        "dialyse chronique",
        "dialyse renale chronique",
    ),
    "sacubitril_valsartan": ("sacubitril", "entresto", "sacubitril/valsartan", "arni", "lcz696"),
}

_RHESUS = ("+", "-", "pos", "neg", "positive", "negative", "positif", "negatif", "rh+", "rh-", " rh pos", " rh neg")
_SUBGROUPS = {"A": ("a1", "a2"), "AB": ("a1b", "a2b"), "O": ("zero",)}

SYNONYMS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "abo_matching": {
        "identical": ("iso", "iso-group", "iso_groupe", "identique", "identic", "same"),
        "compatible": ("com", "compatibel", "compat", "compatibles"),
    },
    "analyte": {
        "total_bilirubin": (
            "bilirubin", "bilirubine", "bili", "bilirubine totale", "bilirubin total", "tbil", "bili2", "bilt",
            "14631-6", "1975-2",
        ),
        "creatinine": ("creat", "crea", "creatininemia", "creatininemie", "kreatinin", "scr", "14682-9", "2160-0",
                       "77140-2"),
        "bnp": ("b-type natriuretic peptide", "pbn", "30934-4", "42637-9"),
        "nt_probnp": ("nt-pro-bnp", "ntpro", "probnp", "nt_pro_bnp", "33762-6", "83107-3", "71425-3"),
    },
    "blood_group": {
        group: (*(group + sign for sign in _RHESUS), *_SUBGROUPS.get(group, ())) for group in v.BLOOD_GROUPS
    },
    "comparator": {
        "<": ("<=", "=<", "lt", "le", "&lt;", "less than", "inferieur"),
        ">": (">=", "=>", "gt", "ge", "&gt;", "greater than", "superieur"),
    },
    "component": {"XPCA": ("xpc", "expert_adult"), "XPCP1": ("xpc1", "pcp1"), "XPCP2": ("xpc2", "pcp2")},
    "context": {
        "pre_treatment": ("avi", "before", "pretreatment", "before_treatment", "pre", "baseline"),
        "current": ("now", "suivi", "follow_up", "actual"),
    },
    "diseases": {code: (label,) for code, label in reversed(v.DISEASES.items())} | {"000": ("0", "00", "unknown")},
    "field": {
        "birth_date": ("dob", "date_of_birth", "birthday", "born"),
        "blood_group": ("abo", "blood_type", "blood"),
        "height_cm": ("height", "size", "taille"),
        "weight_kg": ("weight", "poids"),
        "sex": ("gender", "sexe"),
        "diseases": ("disease", "diagnosis", "diagnoses"),
        "centre": ("center", "finess", "hospital"),
        "unit": ("units",),
        "analyte": ("test", "loinc"),
        "value": ("result",),
        "procurement_site": ("site", "hospital_site"),
        "delay_months": ("delay",),
        "reason": ("comment", "note"),
    },
    "outcome": {
        "transplanted": ("transplant", "grafted", "accepted"),
        "discarded": ("discard", "not_used", "rejected"),
        "withdrawn": ("withdraw", "cancelled", "canceled"),
    },
    "reason_code": {
        "died": ("dead", "death", "deceased", "deces"),
        "worsened": ("worse", "worsening", "too_sick", "aggravation"),
        "improved": ("better", "recovered", "recovery", "amelioration"),
        "refused": ("refusal", "refus", "patient_refused", "declined"),
        "other": ("autre", "others"),
    },
    "sex": {
        "F": ("female", "femme", "feminin", "w", "woman", "weiblich", "fille", "girl", "2"),
        "M": ("male", "homme", "masculin", "h", "man", "mann", "garcon", "boy", "1"),
    },
    "specversion": {"1.0": ("1", "1.0.0", "1.0.1", "1.0.2", "v1", "v1.0")},
    "treatment": _TREATMENTS,
    "treatments": _TREATMENTS,
    "unit": {
        "umol/L": ("umol", "umol l-1", "umol.l-1", "umoll", "micromol/l", "micromole/l", "micromoles/l", "mcmol/l"),
        "mg/dL": ("mgdl", "mg/100ml", "mg%", "mg dl-1"),
        "ng/L": ("ngl", "ng l-1"),
        "pg/mL": ("pgml", "pg ml-1", "pg/cc", "pg"),
    },
}  # fmt: skip

_VENO_VENOUS = "veno-venous ECMO must not be sent: it is no treatment of the score"
_MOLAR = "a molar peptide result is not taken: ask the laboratory for ng/L or pg/mL"
_DIALYSIS = "write chronic_dialysis if it is chronic: an acute dialysis is no treatment of the score"
_SUPPORT = (
    "name the device: ecmo, impella, balloon_pump, temporary_centrifugal_pump, lvad, bivad or total_artificial_heart"
)
_LETTER_O = "write the letter O"
_NO_RHESUS = "write the letter O: the rhesus factor is not sent"

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "analyte": {
        **dict.fromkeys(("directbilirubin", "conjugatedbilirubin", "bilirubineconjuguee", "dbil"),
                        "only total bilirubin is taken: write total_bilirubin, with its value"),
        **dict.fromkeys(("470922", "337634", "831081"), _MOLAR),
        **dict.fromkeys(("384834", "598268"), "creatinine in whole blood is not taken: send that of serum or plasma"),
    },
    "attribute": {"database64": "send data as JSON"},
    "blood_group": {
        **dict.fromkeys(("0",), _LETTER_O),
        **dict.fromkeys(("0+", "0pos", "0neg", "0positive", "0negative", "0positif", "0negatif", "0rh+"), _NO_RHESUS),
    },
    "comparator": dict.fromkeys(("=", "==", "~", "eq", "none", ""), "leave comparator out where the value is exact"),
    "component": {"xpcp": "write XPCP1 or XPCP2, as the expert gave it"},
    "reason_code": dict.fromkeys(("transplanted", "grafted", "transplant"), "send a candidate.transplanted instead"),
    "sex": dict.fromkeys(("x", "u", "unknown", "other", "i", "0", "9"), "the score knows F and M alone: ask the team"),
    "treatment": {
        **dict.fromkeys(("vvecmo", "ecmovv", "venovenousecmo", "vvecls"), _VENO_VENOUS),
        **dict.fromkeys(("dialysis", "dialyse", "haemodialysis", "hemodialysis", "hemodialyse", "crrt", "cvvh",
                         "hemofiltration", "haemofiltration"), _DIALYSIS),
        **dict.fromkeys(("circulatorysupport", "mcs", "mechanicalcirculatorysupport"), _SUPPORT),
        **dict.fromkeys(("siav", "vad", "dav", "assist"), "write lvad for a left one, bivad for a biventricular one"),
        **dict.fromkeys(("rvad", "davd", "rightvad"), "a right assist alone is no treatment of the score"),
    },
    "unit": {
        "mmol/l": "multiply the value by 1000 and write umol/L",
        "nmol/l": "divide the value by 1000 and write umol/L; of a peptide molar values are not taken, ask for ng/L",
        "mol/l": "multiply the value by 1000000 and write umol/L",
        "mg/l": "divide the value by 10 and write mg/dL",
        "g/l": "multiply the value by 100 and write mg/dL",
        "g/dl": "multiply the value by 1000 and write mg/dL",
        "ug/dl": "divide the value by 1000 and write mg/dL",
        "ug/ml": "divide the value by 10 and write mg/dL, for a peptide multiply it by 1000000 and write ng/L",
        "ng/ml": "multiply the value by 1000 and write ng/L",
        "ug/l": "multiply the value by 1000 and write ng/L",
        "ng/dl": "multiply the value by 10 and write ng/L",
        "pg/l": "divide the value by 1000 and write ng/L",
        "pg/dl": "divide the value by 100 and write ng/L",
        **dict.fromkeys(("pmol/l", "fmol/l", "fmol/ml"), _MOLAR),
    },
}  # fmt: skip
