"""Rules about laboratory results: other values of one sample, slips of unit or decimal point, values carried on."""

from decimal import Decimal
from functools import lru_cache

from engine.events.vocabulary import to_si
from engine.intake.plausibility.rule import Found, Known, Rule, rule
from engine.log.course import Course, lab_thread
from engine.log.history import Fact
from engine.quantities import EXACT, MICROSECONDS_A_DAY

RULES: list[Rule] = []
LABS = "lab-result.recorded"

UNIT_RATIOS: dict[str, tuple[Decimal, ...]] = {
    "total_bilirubin": (Decimal("17.1"), Decimal(1000)),
    "creatinine": (Decimal("88.4"), Decimal(1000)),
    "bnp": (Decimal(1000),),
    "nt_probnp": (Decimal(1000),),
}
"""What a value is multiplied or divided by where it was sent in another unit: mg/dL for umol/L (contract, section 2),
or a thousandfold unit (nmol/L, mmol/L, ug/L)."""
NEAR, NEAR_SLIP = Decimal("1.25"), Decimal("1.1")
"""How far beside the ratio still counts: what a result changes by itself from one week to the next."""
UNIT_DAYS, SLIP_DAYS = 31, 3
SLIPS = (Decimal(10), Decimal(100))
REPEATS, DIGITS = 4, 3
LEAST_JUMP = 9
"""No factor of a slip or between two units, and nothing near one, is so small."""


@rule(RULES, LABS)
def other_value_same_sampling(fact: Fact, course: Course, known: Known) -> Found | None:
    """Another value of one analyte at one sampling instant: a correction belongs in an event.corrected."""
    for other in course.at_instant(fact, _thread(fact)):
        if _si(other) != _si(fact) or other.data.get("comparator") != fact.data.get("comparator"):
            given = f"{_shown(other)} (position {other.position})"
            return "data.value", f"{given} was sampled at the same instant: correct it with event.corrected"
    return None


@rule(RULES, LABS)
def lab_unit_jump(fact: Fact, course: Course, known: Known) -> Found | None:
    """A jump from one result to the next, within 31 days, by about the factor between two units: 17.1 (bilirubin) or
    88.4 (creatinine) from mg/dL to umol/L, 1000 between units a thousandfold apart; within a quarter of it.
    """
    before, ratio = _jump(fact, course, UNIT_DAYS)
    factor = _about(ratio, UNIT_RATIOS[fact.data["analyte"]], NEAR)
    if before is None or factor is None:
        return None
    return "data.unit", f"{_apart(fact, before, factor)}: check the unit"


@rule(RULES, LABS)
def lab_decimal_slip(fact: Fact, course: Course, known: Known) -> Found | None:
    """A jump by about 10 or 100 (within a tenth) from one bilirubin or creatinine to the next within 3 days: a decimal
    point out of place.
    """
    if fact.data["analyte"] not in ("total_bilirubin", "creatinine"):
        return None
    before, ratio = _jump(fact, course, SLIP_DAYS)
    factor = _about(ratio, SLIPS, NEAR_SLIP)
    if before is None or factor is None:
        return None
    return "data.value", f"{_apart(fact, before, factor)}: check the decimal point"


@rule(RULES, LABS)
def lab_repeated(fact: Fact, course: Course, known: Known) -> Found | None:
    """The fourth identical result of three digits or more in a row, sampled at other instants: a value carried forward
    (growthcleanr), not measured.
    """
    if "comparator" in fact.data or len(fact.data["value"].replace(".", "").lstrip("0")) < DIGITS:
        return None
    row, last = 1, fact
    while row < REPEATS:
        before = course.before(last, _thread(fact))
        if before is None or before.instant == last.instant or before.data["value"] != fact.data["value"]:
            return None
        row, last = row + 1, before
    return "data.value", f"{_shown(fact)} for the {REPEATS}th time in a row: measured, or carried forward?"


@rule(RULES, LABS)
def bnp_above_nt_probnp(fact: Fact, course: Course, known: Known) -> Found | None:
    """BNP above NT-proBNP in one sample: both come of one molecule, and NT-proBNP stays longer; they look swapped."""
    analyte, context = fact.data["analyte"], fact.data.get("context", "current")
    if analyte not in ("bnp", "nt_probnp"):
        return None
    other_analyte = "nt_probnp" if analyte == "bnp" else "bnp"
    for other in course.at_instant(fact, lab_thread(other_analyte, context)):
        bnp, nt_probnp = (fact, other) if analyte == "bnp" else (other, fact)
        if _si(bnp) > _si(nt_probnp) and "comparator" not in {**bnp.data, **nt_probnp.data}:
            return "data.analyte", f"{_shown(bnp)} above {_shown(nt_probnp)} in one sample: are they swapped?"
    return None


def _thread(fact: Fact) -> str:
    return lab_thread(fact.data["analyte"], fact.data.get("context", "current"))


def _jump(fact: Fact, course: Course, days: int) -> tuple[Fact | None, Decimal]:
    """The result before, if it was sampled within so many days, and how many times the two differ (at least 1)."""
    before = course.before(fact, _thread(fact))
    if before is None or fact.instant - before.instant > days * MICROSECONDS_A_DAY or _alike(before, fact):
        return None, Decimal(1)
    low, high = sorted((_si(before), _si(fact)))
    return (before, EXACT.divide(high, low)) if low > 0 else (None, Decimal(1))


def _alike(before: Fact, fact: Fact) -> bool:
    """Whether two results in one unit surely differ by less than any jump (the least is 9): most do, and at a look."""
    if before.data["unit"] != fact.data["unit"]:
        return False
    first, second = float(before.data["value"]), float(fact.data["value"])
    return first < LEAST_JUMP * second and second < LEAST_JUMP * first


@lru_cache
def _near(factor: Decimal, within: Decimal) -> tuple[Decimal, Decimal]:
    """The lowest and the highest ratio that are about a factor."""
    return EXACT.divide(factor, within), EXACT.multiply(factor, within)


def _about(ratio: Decimal, factors: tuple[Decimal, ...], within: Decimal) -> Decimal | None:
    """The factor that a ratio is near to; None where there is none."""
    for factor in factors:
        low, high = _near(factor, within)
        if low <= ratio <= high:
            return factor
    return None


def _si(fact: Fact) -> Decimal:
    return to_si(fact.data["analyte"], Decimal(fact.data["value"]), fact.data["unit"])


def _apart(fact: Fact, before: Fact, factor: Decimal) -> str:
    return f"{_shown(fact)} is about {factor} times apart from {_shown(before)} (position {before.position})"


def _shown(fact: Fact) -> str:
    data = fact.data
    return f"{data['analyte']} {data.get('comparator', '')}{data['value']} {data['unit']}"
