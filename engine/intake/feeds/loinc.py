"""Which LOINC codes are results of this log, and which look like it and are not.

The code may stand anywhere in a coding, labelled as LOINC or not: a laboratory's own code beside it says nothing more.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

MOLES, MASS = "moles", "mass"


class Listed(NamedTuple):
    """An analyte, and what is counted in a volume of it."""

    analyte: str
    kind: str


LISTED = {
    "14631-6": Listed("total_bilirubin", MOLES),
    "1975-2": Listed("total_bilirubin", MASS),
    "14682-9": Listed("creatinine", MOLES),
    "77140-2": Listed("creatinine", MOLES),
    "2160-0": Listed("creatinine", MASS),
    "30934-4": Listed("bnp", MASS),
    "42637-9": Listed("bnp", MASS),
    "33762-6": Listed("nt_probnp", MASS),
    "83107-3": Listed("nt_probnp", MASS),
    "71425-3": Listed("nt_probnp", MASS),
}
"""Serum or plasma; bilirubin and creatinine by moles (umol/L) or mass (mg/dL), peptides by mass (ng/L, pg/mL)."""

MOLAR = {"47092-2": "BNP", "33763-4": "NT-proBNP", "83108-1": "NT-proBNP"}
"""Peptides in moles a volume: the score has no way from there to ng/L."""
OTHER_SPECIMENS = ("38483-4", "59826-8")
"""Creatinine in whole blood: another quantity, never scored."""


class Coded(NamedTuple):
    """The code a result counts by, its analyte, and the kinds its codes name."""

    loinc: str
    analyte: str
    kinds: tuple[str, ...]


def coded(codes: Iterable[str]) -> Coded | None:
    """What the codes of one result name; None where nothing that counts here. ValueError says the remedy."""
    given = [code.strip() for code in codes]
    if molar := [code for code in given if code in MOLAR]:
        raise ValueError(
            f"{molar[0]} is {MOLAR[molar[0]]} in moles a volume: send it in ng/L or pg/mL under a mass code, as "
            f"{' or '.join(_codes_of(MOLAR[molar[0]].lower().replace('-', '_')))}"
        )
    listed = sorted({code for code in given if code in LISTED})
    if not listed:
        return None
    analytes = sorted({LISTED[code].analyte for code in listed})
    others = [code for code in given if code in OTHER_SPECIMENS]
    if len(analytes) > 1 or others:
        raise ValueError(f"{' and '.join([*listed, *others])} are codes of different quantities: send one of them")
    return Coded(listed[0], analytes[0], tuple(sorted({LISTED[code].kind for code in listed})))


def _codes_of(analyte: str) -> Sequence[str]:
    return [code for code, listed in LISTED.items() if listed.analyte == analyte]
