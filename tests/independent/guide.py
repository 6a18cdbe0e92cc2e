"""The annexes 3.2 to 3.5 of the guide (V6, 15/06/2023), formula by formula, in the guide's symbols.

Functions carry the guide's names in lower case. What is rational stays an exact Fraction; logarithms,
exponentials and powers are mpmath numbers at 60 digits. Nothing is rounded but ICAR.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import mpmath  # type: ignore[import-untyped, unused-ignore]

mp: Any = mpmath.mp.clone()
mp.dps = 60

# Every reading, its options, the default first, in the order of the table of readings.
READINGS: dict[str, tuple[str, ...]] = {
    "icar_rounding": ("nearest", "tens"),
    "elapsed_days": ("fractional", "whole", "dates"),
    "xpcp1_base": ("1101", "1102"),
    "paediatric_base": ("775", "776"),
    "priority_clock": ("agreement", "request"),
    "months": ("calendar", "mean"),
    "xpca_floor": ("annex", "adult-standard"),
    "abo_guard": ("compatible", "annex"),
    "bsa_bounds": ("strict", "inclusive"),
    "lvad_assist": ("annex", "max"),
    "lvad_complicated": ("annex", "uncomplicated"),
    "age": ("fractional", "completed"),
    "bnp_under_sacubitril": ("annex", "ignored"),
    "pre_treatment_values": ("derived", "explicit"),
    "incomplete_update": ("per_variable", "lowest"),
    "icar_maximum": ("annex", "running"),
}
PROBNP_BOUNDS = (928, 1478, 2044, 2661, 3416, 4406, 5645, 8000, 11332)
BNP_BOUNDS = (189, 314, 481, 622, 818, 1074, 1317, 1702, 2696)
# Maladie valvulaire, Maladie congénitale, Maladie congénitale non Eisenmenger (annex 3.1).
MALADIES_A_RISQUE = ("162", "163", "815")
COMPATIBLE = {"O": ("O", "A", "B", "AB"), "A": ("A", "AB"), "B": ("B", "AB"), "AB": ("AB",)}


@dataclass(frozen=True)
class Rules:
    """The rules in force from a date on (text 1.2)."""

    valid_from: str
    ecmo_taper: bool
    lvad_every_fifth: bool


RULES = (
    Rules("2018-01-01", ecmo_taper=False, lvad_every_fifth=False),
    Rules("2019-04-09", ecmo_taper=True, lvad_every_fifth=False),
    Rules("2020-01-07", ecmo_taper=True, lvad_every_fifth=True),
    Rules("2023-06-15", ecmo_taper=True, lvad_every_fifth=True),
)


def rules_on(day: date) -> Rules:
    """The rules in force on that day in Europe/Paris; before 2018 there are none."""
    begun = [rules for rules in RULES if date.fromisoformat(rules.valid_from) <= day]
    if not begun:
        raise ValueError(f"no rules in force on {day.isoformat()}")
    return begun[-1]


def rules_named(valid_from: str) -> Rules:
    """The rules by their first day."""
    for rules in RULES:
        if rules.valid_from == valid_from:
            return rules
    raise ValueError(f"no rules begin on {valid_from}")


def all_readings(chosen: dict[str, str] | None) -> dict[str, str]:
    """All readings in the table's order: the ones chosen, the defaults for the rest."""
    chosen = chosen or {}
    for name, option in chosen.items():
        if option not in READINGS.get(name, ()):
            raise ValueError(f"no reading {name}={option}")
    return {name: chosen.get(name, options[0]) for name, options in READINGS.items()}


@dataclass(frozen=True)
class Dosage:
    """A lab value in SI units and Date_Courante minus its sampling date, in days."""

    valeur: Fraction
    jours: Fraction


def num(value: Fraction | int | str) -> Any:
    """An exact number as an mpmath number."""
    if isinstance(value, Fraction):
        return mp.mpf(value.numerator) / mp.mpf(value.denominator)
    return mp.mpf(value)


def delai_var_bio_grf(cec2: bool, drg2: bool) -> int:
    """3.2.1 Delai_Var_Bio_GRF, days."""
    return 105 if not cec2 and not drg2 else 4


def utilisable(dosage: Dosage | None, delai: int) -> bool:
    """Not NULL and (Date_Courante - date) <= Delai_Var_Bio_GRF."""
    return dosage is not None and dosage.jours <= delai


def c_icar() -> Any:
    """3.2.2 C_ICAR."""
    return f_risque_pre_grf(0, 1, mp.log(150), mp.log(5))


def f_risque_pre_grf(f_ascd: int, f_decile_pn: int, f_ln_dfg_la: Any, f_ln_bili_la: Any) -> Any:
    """3.2.3.2 F_RisquePreGRFj and 3.2.1.1 F_RisquePreGRFi."""
    return (
        num("1.301335") * f_ascd
        + num("0.157691") * f_decile_pn
        - num("0.510058") * f_ln_dfg_la
        + num("0.615711") * f_ln_bili_la
    )


def arrondi(value: Any) -> int:
    """Arrondi: to the nearest whole number, half up."""
    return int(mp.floor(value + num("0.5")))


def icar_de(f_risque: Any, icar_rounding: str) -> int:
    """3.2.3 ICARj and 3.2.1 ICARi = min(40, max(0, Arrondi((F - C_ICAR) x 10)))."""
    excess = f_risque - c_icar()
    points = arrondi(excess) * 10 if icar_rounding == "tens" else arrondi(excess * 10)
    return min(40, max(0, points))


def f_ascd(cec2: bool) -> int:
    """3.2.3.2 F_ASCD."""
    return 1 if cec2 else 0


def fct_decile_pn(value: Fraction, bounds: tuple[int, ...]) -> int:
    """3.2.3.3 the tables: below the first bound 1, ... at or above the last 10."""
    for decile, bound in enumerate(bounds, 1):
        if value < bound:
            return decile
    return 10


def f_decile_pn_j(
    cec2: bool, cat2: bool, siav2: str | None, probnp2: Dosage | None, bnp2: Dosage | None, delai: int
) -> int:
    """3.2.3.3 F_Decile_PNj."""
    if cec2 or cat2 or siav2 == "B":
        return 10
    if probnp2 is not None and probnp2.jours <= delai:
        return fct_decile_pn(probnp2.valeur, PROBNP_BOUNDS)
    if bnp2 is not None and bnp2.jours <= delai:
        return fct_decile_pn(bnp2.valeur, BNP_BOUNDS)
    return 1


def f_decile_pn_i(cec2: bool, cat2: bool, siav2: str | None, pbn_avi: Fraction | None, bnp_avi: Fraction | None) -> int:
    """3.2.1.3 F_Decile_PNi."""
    if cec2 or cat2 or siav2 == "B":
        return 10
    if pbn_avi is not None:
        return fct_decile_pn(pbn_avi, PROBNP_BOUNDS)
    if bnp_avi is not None:
        return fct_decile_pn(bnp_avi, BNP_BOUNDS)
    return 1


def f_dfg(creat: Fraction, ager: Fraction, sexr: str) -> Any:
    """3.2.3.4 F_DFGj and 3.2.1.4 F_DFGi (MDRD); at age 0, where it has no value, 150."""
    if ager == 0:
        return num(150)
    sexe = num("0.742") if sexr == "F" else num(1)
    return num("186.3") * (num(creat) / num("88.4")) ** num("-1.154") * num(ager) ** num("-0.203") * sexe


def ln_dfg_borne(creat: Fraction, ager: Fraction, sexr: str) -> Any:
    """ln(min(150, max(1, F_DFG)))."""
    return mp.log(min(num(150), max(num(1), f_dfg(creat, ager, sexr))))


def f_ln_dfg_la_j(dia2: bool, creat2: Dosage | None, delai: int, ager: Fraction, sexr: str) -> Any:
    """3.2.3.4 F_Ln_DFG_LAj."""
    if dia2:
        return mp.log(15)
    if creat2 is None or creat2.jours > delai:
        return mp.log(150)
    return ln_dfg_borne(creat2.valeur, ager, sexr)


def f_ln_dfg_la_i(dia_avi: bool, cre_avi: Fraction | None, ager: Fraction, sexr: str) -> Any:
    """3.2.1.4 F_Ln_DFG_LAi."""
    if dia_avi:
        return mp.log(15)
    if cre_avi is None:
        return mp.log(150)
    return ln_dfg_borne(cre_avi, ager, sexr)


def ln_bili_borne(bili: Fraction) -> Any:
    """ln(min(230, max(5, BILI)))."""
    return mp.log(num(min(Fraction(230), max(Fraction(5), bili))))


def f_ln_bili_la_j(bili2: Dosage | None, delai: int) -> Any:
    """3.2.3.5 F_Ln_BILI_LAj."""
    if bili2 is None or bili2.jours > delai:
        return mp.log(5)
    return ln_bili_borne(bili2.valeur)


def f_ln_bili_la_i(bili_avi: Fraction | None) -> Any:
    """3.2.1.5 F_Ln_BILI_LAi."""
    return mp.log(5) if bili_avi is None else ln_bili_borne(bili_avi)


def f_icar(icar: int) -> Fraction:
    """3.3.1 F_ICAR."""
    return Fraction(1000 * icar, 40) if icar < 31 else Fraction(1000 * icar, 40) + 51


def f_comp_ascd(delai_cec: Fraction, s1: int, s2: int, decote: Fraction) -> Fraction:
    """3.3.2 F_Comp_ASCD(Delai_CEC, S1, S2, Decote)."""
    if delai_cec <= s1:
        return Fraction(1)
    if delai_cec < s2:
        return 1 - decote * (delai_cec - (s1 - 1))
    return Fraction(0)


def decote_ecmo(delai_cec: Fraction, rules: Rules) -> Fraction:
    """3.3.2 F_Comp_ASCD(SYSTEM.DATE()-DCEC2, 12, 16, 0.1); before 2019-04-09 there was none."""
    return f_comp_ascd(delai_cec, 12, 16, Fraction("0.1")) if rules.ecmo_taper else Fraction(1)


def f_choix_bras_deter(ratio: Fraction, cpteur: int) -> str:
    """3.3.2 F_Choix_Bras_Deter(Ratio, Cpteur)."""
    return "ASSIST" if (cpteur - 1) * ratio // 1 != cpteur * ratio // 1 else "AMBUL"


@dataclass(frozen=True)
class Assistance:
    """SYSTEM.DATE()-DCEC2, SIAV2, Date_Courante-DAV2 (days), and whether that LVAD is marked complicated."""

    delai_cec: Fraction | None
    siav2: str | None
    delai_av2: Fraction | None
    complicated: bool


def points_adulte_standard(
    ficar: Fraction, assistance: Assistance, cpteur: int, rules: Rules, readings: dict[str, str]
) -> Fraction:
    """3.3.2 the inner part of Comp_Ad_Std, whatever the age and URGENCE."""
    if assistance.delai_cec is not None:
        return ficar * decote_ecmo(assistance.delai_cec, rules)
    left_out = readings["lvad_complicated"] == "uncomplicated" and assistance.complicated
    if assistance.siav2 != "G" or assistance.delai_av2 is None or not rules.lvad_every_fifth or left_out:
        return ficar
    if f_choix_bras_deter(Fraction("0.2"), cpteur) != "ASSIST":
        return ficar
    assist = 750 + 5 * min(Fraction(5), assistance.delai_av2 / Fraction("365.25"))
    return max(ficar, assist) if readings["lvad_assist"] == "max" else assist


def borne01(value: Fraction) -> Fraction:
    """max(0, min(1, value))."""
    return max(Fraction(0), min(Fraction(1), value))


def comp_ad_xpca(floor: Fraction, kxpc: Fraction, xpc: int, daurg: Fraction) -> Fraction:
    """3.3.3 Comp_Ad_XPCA, the floor being F_ICAR in the annex."""
    if xpc == 0:
        return max(floor, kxpc)
    return max(floor, kxpc * borne01(daurg / xpc))


def comp_ped_std(da: Fraction, paediatric_base: str) -> Fraction:
    """3.3.4 Comp_Ped_Std = 775 + 50 x max(0, min(1, DA/24))."""
    return Fraction(paediatric_base) + 50 * borne01(da / 24)


def comp_ped_xpcp(urgence: str, daurg: Fraction, xpcp1_base: str) -> Fraction:
    """3.3.5 Comp_Ped_XPCP = KXPC + 50 x max(0, min(1, DAURG/24)); KXPC 1101 or 1051."""
    kxpc = Fraction(xpcp1_base) if urgence == "XPCP1" else Fraction(1051)
    return kxpc + 50 * borne01(daurg / 24)


def composante(ager: Fraction, urgence: str | None) -> str:
    """3.3.2 to 3.3.5: the one component whose conditions on AGER and URGENCE hold."""
    if urgence in ("XPCP1", "XPCP2"):
        return str(urgence)
    if ager < 18:
        return "paediatric_standard"
    return "XPCA" if urgence == "XPCA" else "adult_standard"
