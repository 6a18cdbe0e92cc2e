"""Builders for the tests of the annexes, and what the expected figures are worked out with.

Expected values come from the guide: exact decimals where the annex stays rational, mpmath at 60 digits where it
takes logarithms, exponentials or powers. Both are compared digit by digit, never within a tolerance.
"""

from dataclasses import fields, replace
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import mpmath  # type: ignore[import-untyped, unused-ignore]

from engine.rules.arithmetic import EXACT_ARITHMETIC
from engine.rules.readings import Readings, choose_readings
from engine.rules.ruleset import RuleSet, rules_named
from engine.rules.variables import Donor, Recipient, Sample

D = Decimal
X = EXACT_ARITHMETIC
START, TAPER, ASSIST, V6 = (
    rules_named(valid_from) for valid_from in ("2018-01-01", "2019-04-09", "2020-01-07", "2023-06-15")
)
DEFAULTS: Readings = choose_readings()
A_MICROSECOND = D("0.00000000001")
"""In days, a little under a microsecond (1/86400000000)."""

M: Any = mpmath.mp.clone()
M.dps = 60

_WIDE = Context(prec=60, rounding=ROUND_HALF_EVEN, Emax=999_999, Emin=-999_999)


# ------------------------------------------------------------------------------------------------ builders


def sample(value: str, days: str | Decimal = "1") -> Sample:
    """A laboratory value so many days old."""
    return Sample(True, D(value), D(days))


UNRECORDED = Sample(False, D(1), D(0))
"""NULL: the placeholder that no formula may use."""

_ADULT = Recipient(
    age_years=D(45),
    sex="M",
    blood_group="A",
    height_cm=D(175),
    weight_kg=D(70),
    diseases=("151",),
    abo_matching="IDE",
    waiting_months=D(10),
    ecmo=False,
    ecmo_days=D(0),
    inotropes=False,
    total_artificial_heart=False,
    long_term_support="",
    lvad_days=D(0),
    lvad_complicated=False,
    dialysis=False,
    sacubitril_valsartan=False,
    bilirubin=UNRECORDED,
    creatinine=UNRECORDED,
    bnp=UNRECORDED,
    nt_probnp=UNRECORDED,
    bilirubin_before=UNRECORDED,
    creatinine_before=UNRECORDED,
    bnp_before=UNRECORDED,
    nt_probnp_before=UNRECORDED,
    dialysis_before=False,
    urgency="",
    expert_points=D(0),
    expert_delay_months=D(0),
    expert_months=D(0),
)
_DONOR = Donor(age_years=D(45), sex="M", blood_group="A", height_cm=D(178), weight_kg=D(69))


def _decimals(default: Recipient | Donor, changes: dict[str, Any]) -> dict[str, Any]:
    numeric = {each.name for each in fields(default) if isinstance(getattr(default, each.name), Decimal)}
    return {name: D(value) if name in numeric else value for name, value in changes.items()}


def recipient(**changes: Any) -> Recipient:
    """A man of 45 with nothing recorded but what a registration needs; numbers may be given as text."""
    return replace(_ADULT, **_decimals(_ADULT, changes))


def examined(**changes: Any) -> Recipient:
    """The same man with fresh results: NT-proBNP 1000, creatinine 90, bilirubin 17."""
    labs = {"nt_probnp": sample("1000"), "creatinine": sample("90"), "bilirubin": sample("17")}
    return recipient(**(labs | changes))


def donor(**changes: Any) -> Donor:
    """A man of 45, group A, 178 cm and 69 kg (just under the weight that settles size alone)."""
    return replace(_DONOR, **_decimals(_DONOR, changes))


def reading(**chosen: str) -> Readings:
    """The defaults with some readings chosen otherwise."""
    return choose_readings(chosen)


def altered(rules: RuleSet, **values: str) -> RuleSet:
    """A rule set with some figures replaced: for values that the guide's own figures never reach."""
    changed = {name: replace(rules.figures[name], value=D(value)) for name, value in values.items()}
    return RuleSet(rules.valid_from, rules.valid_until, rules.title, {**rules.figures, **changed}, rules.formulas)


# ------------------------------------------------------------------------------------------ expected figures


def mp(number: str | int | Decimal) -> Any:
    """An mpmath number of exactly this decimal text."""
    return M.mpf(str(number))


def exactly(value: Any) -> Decimal:
    """A computed value, of the engine's or mpmath's, to 42 decimals: what 50 digits hold of a value up to 10000."""
    number = value if isinstance(value, Decimal) else D(M.nstr(value, 58))
    return number.quantize(D("1e-42"), ROUND_HALF_EVEN, _WIDE)


def printed(value: Any) -> str:
    """The text that publication asks for: 15 decimals, then 6, half to even both times."""
    number = value if isinstance(value, Decimal) else D(M.nstr(value, 58))
    fifteen = number.quantize(D("1e-15"), ROUND_HALF_EVEN, _WIDE)
    return f"{fifteen.quantize(D('1e-6'), ROUND_HALF_EVEN, _WIDE) + 0:f}"


def around(bound: Any, places: int = 2) -> tuple[str, str]:
    """The two decimals of so many places on either side of an irrational bound."""
    step = D(1).scaleb(-places)
    below = D(M.nstr(bound, 50)).quantize(step, ROUND_FLOOR, _WIDE)
    return f"{below:f}", f"{_WIDE.add(below, step):f}"


def mp_gfr(creatinine: str, age: str, *, female: bool = False) -> Any:
    """F_DFG: 186.3 x (CREAT/88.4)^(-1.154) x AGER^(-0.203) x (0.742 for a woman)."""
    by_sex = mp("0.742") if female else mp(1)
    return mp("186.3") * (mp(creatinine) / mp("88.4")) ** mp("-1.154") * mp(age) ** mp("-0.203") * by_sex


def mp_creatinine_for(gfr: str, age: str, *, female: bool = False) -> Any:
    """The creatinine (umol/L) at which F_DFG passes through a value."""
    at_unit_ratio = mp_gfr("88.4", age, female=female)
    return mp("88.4") * (mp(gfr) / at_unit_ratio) ** (1 / mp("-1.154"))


def mp_risk(ascd: int, decile: int, ln_gfr: Any, ln_bilirubin: Any) -> Any:
    """F_RisquePreGRF of its four terms."""
    return (
        mp("1.301335") * ascd
        + mp("0.157691") * decile
        - mp("0.510058") * ln_gfr
        + mp("0.615711") * ln_bilirubin
    )  # fmt: skip


def mp_constant() -> Any:
    """C_ICAR = 1.301335 x 0 + 0.157691 x 1 - 0.510058 x ln(150) + 0.615711 x ln(5)."""
    return mp_risk(0, 1, M.log(150), M.log(5))
