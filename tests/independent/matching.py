"""The annexes 3.4 and 3.5: donor and recipient, survival, travel; and how figures are printed."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from mpmath.libmp import to_rational  # type: ignore[import-untyped, unused-ignore]

from .guide import COMPATIBLE, MALADIES_A_RISQUE, Dosage, ln_bili_borne, ln_dfg_borne, mp, num


def f1_dif_age(ager: Fraction, aged: Fraction) -> Fraction:
    """3.4.1 F1_DifAge."""
    delta = ager - aged
    f0_dif_age = (delta + 65) / 25 if delta < 0 else 1 - (delta - 15) / 25
    return min(Fraction(1), max(Fraction(0), f0_dif_age)) if ager >= 18 else Fraction(1)


def f2_abo(
    abod: str, abor: str, ager: Fraction, urgence: str | None, compatible_asked: bool, abo_guard: str
) -> Fraction:
    """3.4.2 F2ABO; reading abo_guard: the first branch's 1 to compatible pairs only, or to all."""
    exempt = (ager < 18 or urgence in ("XPCP1", "XPCP2")) or (urgence in ("XPCA", "DGN") and compatible_asked)
    if exempt and abo_guard == "annex":
        return Fraction(1)
    if exempt:
        return Fraction(1) if abor in COMPATIBLE[abod] else Fraction(0)
    if abod == abor or (abod, abor) in (("A", "AB"), ("O", "B")):
        return Fraction(1)
    return Fraction("0.1") if (abod, abor) == ("B", "AB") else Fraction(0)


def f_sc(taille: Fraction, poids: Fraction) -> Any:
    """3.4.3 F_SC(Taille, Poids) = 0.007184 x Taille^0.725 x Poids^0.425, m2."""
    return num("0.007184") * num(taille) ** num("0.725") * num(poids) ** num("0.425")


Corps = tuple[Fraction, Fraction]  # height in cm, weight in kg


def f_sc_power_40(corps: Corps) -> Fraction:
    """(Taille^0.725 x Poids^0.425)^40, a whole power, so that two surfaces compare without error."""
    return corps[0] ** 29 * corps[1] ** 17


def above(left: Corps, factor: Fraction, right: Corps, inclusive: bool) -> bool:
    """Whether F_SC(left) > factor x F_SC(right) (or >=), decided exactly."""
    one, other = f_sc_power_40(left), factor**40 * f_sc_power_40(right)
    return one >= other if inclusive else one > other


def f3_sc(ager: Fraction, receveur: Corps, donneur: Corps, sexd: str, bsa_bounds: str) -> Fraction:
    """3.4.3 F3_SC; reading bsa_bounds=inclusive closes the paediatric bounds only, as the text does."""
    heavy_man = sexd == "M" and donneur[1] >= 70
    inclusive = bsa_bounds == "inclusive" and ager < 18
    large_enough = above(donneur, Fraction("0.8"), receveur, inclusive)
    if ager >= 18:
        return Fraction(1 if large_enough or heavy_man else 0)
    small_enough = above(receveur, Fraction(1, 3), donneur, inclusive)
    return Fraction(1 if (large_enough and small_enough) or heavy_man else 0)


def f_ln_bili_grf(bili: Dosage | None, delai: int) -> Any:
    """3.4.4.5 F_Ln_BILI_GRF."""
    if bili is None or bili.jours > delai:
        return mp.log(230)
    return ln_bili_borne(bili.valeur)


def f_ln_dfg_grf(dialyse: bool, creat: Dosage | None, delai: int, ager: Fraction, sexr: str) -> Any:
    """3.4.4.6 F_Ln_DFG_GRF."""
    if dialyse:
        return mp.log(15)
    if creat is None or creat.jours > delai:
        return mp.log(1)
    return ln_dfg_borne(creat.valeur, ager, sexr)


def f_mal(maladies: list[str]) -> int:
    """3.4.4.4 F_MAL."""
    return 1 if any(code in MALADIES_A_RISQUE for code in maladies) else 0


def f_risk_post_grf(ager: Fraction, mal: int, ln_bili: Any, ln_dfg: Any, sexes: tuple[str, str], aged: Fraction) -> Any:
    """3.4.4.2 F_RiskPostGRF; sexes are SEXD, SEXR."""
    return (
        num("0.50608") * (1 if ager > 50 else 0)
        + num("0.50754") * mal
        + num("0.40268") * ln_bili
        - num("0.54443") * ln_dfg
        + num("0.36262") * (1 if sexes == ("F", "M") else 0)
        + num("0.41714") * (1 if aged > 55 else 0)
    )


def f_surv_post_grf(risk: Any) -> Any:
    """3.4.4.1 F_SurvPostGRF = 0.6785748856 ^ exp(F_RiskPostGRF)."""
    return num("0.6785748856") ** mp.exp(risk)


def f4_surv_post_grf(survival: Any, ager: Fraction) -> Fraction:
    """3.4.4 F4_SurvPostGRF."""
    return Fraction(1) if survival > num("0.5") or ager < 18 else Fraction(0)


def mg(ttlgp: int) -> Any:
    """3.5 MG = 1/exp(0.0000002 x TTLGP^2.9); at 0 minutes, 1."""
    return 1 / mp.exp(num("0.0000002") * num(ttlgp) ** num("2.9"))


def figure(value: Any) -> str:
    """Rounded to 15 decimals, then to 6, half to even both times; 6 decimals printed."""
    exact = value if isinstance(value, Fraction) else Fraction(*to_rational(mp.mpf(value)._mpf_))
    fifteen = round(exact * 10**15)
    six = round(Fraction(fifteen, 10**9))
    sign = "-" if six < 0 else ""
    return f"{sign}{abs(six) // 10**6}.{abs(six) % 10**6:06d}"
