"""Rules about bodies: a height and weight that nobody of that age has, and changes that no body makes."""

from bisect import bisect_right
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from engine.intake.plausibility.rule import Found, Known, Rule, rule
from engine.log.course import Course
from engine.log.history import Fact
from engine.quantities import EXACT, MICROSECONDS_A_DAY, age_years

RULES: list[Rule] = []
MEASURED = ("candidate.registered", "candidate.updated", "donor.registered", "donor.updated")


class Bounds(NamedTuple):
    """The extremes of an age (in years): heights in cm and weights in kg, both ends included."""

    years: Decimal
    cm: tuple[Decimal, Decimal]
    kg: tuple[Decimal, Decimal]


def _bounds(years: str, cm: tuple[int, int], kg: tuple[str, int]) -> Bounds:
    return Bounds(Decimal(years), (Decimal(cm[0]), Decimal(cm[1])), (Decimal(kg[0]), Decimal(kg[1])))


EXTREMES = (
    _bounds("0", (30, 62), ("1", 8)),
    _bounds("0.25", (40, 76), ("1.5", 13)),
    _bounds("1", (55, 92), ("3.5", 23)),
    _bounds("2", (65, 108), ("5", 32)),
    _bounds("5", (80, 140), ("7.5", 70)),
    _bounds("10", (95, 178), ("12", 150)),
    _bounds("15", (100, 218), ("18", 250)),
    _bounds("18", (100, 235), ("20", 300)),
)
"""Straight lines between these ages, both sexes together, rounded outwards: about six standard deviations beside
the medians of the WHO Child Growth Standards (2006) and the WHO Reference (2007), the flags of WHO Anthro; weights
above reach to the CDC's +8 of biologically implausible values. Newborns begin at the contract's own smallest, for
those born too early. Adults: small stature of skeletal dysplasia to the tallest on record."""
BMI = (
    (Decimal(0), Decimal(6), Decimal(35)),
    (Decimal(2), Decimal(8), Decimal(60)),
    (Decimal(18), Decimal(10), Decimal(70)),
)
"""From an age on, the lowest and the highest body mass index (kg/m²): below 10 and above 70 only single cases of
adults are described; children: about five standard deviations beside the medians of WHO 2006 and 2007."""
CM_AN_INCH, KG_A_POUND = Decimal("2.54"), Decimal("0.45359237")
TOGETHER = ("height_weight_swapped", "body_mass_index_extreme")
ADULT_YEARS, INFANT_YEARS = 18, 1
INFANT_CM_A_MONTH, CHILD_CM_A_MONTH, ADULT_CM_A_MONTH = Decimal(5), Decimal("1.5"), Decimal(0)
SLACK_CM, SLACK_KG, KG_A_MONTH = Decimal(5), Decimal(3), Decimal(2)
GROWN_YEARS = ADULT_YEARS + 1
"""Calendar years apart of which one more surely makes an adult, wherever the clock of a time is."""
GROWN = tuple((float(low) * 1.01, float(high) * 0.99) for low, high in (EXTREMES[-1].cm, EXTREMES[-1].kg, BMI[-1][1:]))
"""An adult's bounds of height, weight and body mass index, narrowed by more than a float can err."""
_DAYS_A_MONTH, _TENTH = Decimal("30.4375"), Decimal("0.1")


class Body(NamedTuple):
    """Height and weight in force at a fact, and the age then."""

    cm: Decimal
    kg: Decimal
    years: Decimal


# ------------------------------------------------------------------------------------------------ one look at a body


@lru_cache(maxsize=64)  # six rules look at each body
def fault_of(body: Body) -> tuple[str, str] | None:
    """The one rule that a body breaks, the likeliest slip first, and the field at fault; None for a body."""
    if _is_body(body):
        return None
    if _is_body(body._replace(cm=body.kg, kg=body.cm)):
        return "height_weight_swapped", "height_cm"
    if _is_body(body._replace(cm=EXACT.multiply(body.cm, CM_AN_INCH))):
        return "height_in_inches", "height_cm"
    if _is_body(body._replace(kg=EXACT.multiply(body.kg, KG_A_POUND))):
        return "weight_in_pounds", "weight_kg"
    low_high_cm, low_high_kg = extremes_at(body.years)
    if not _within(body.cm, low_high_cm):
        return "height_for_age", "height_cm"
    return ("body_mass_index_extreme" if _within(body.kg, low_high_kg) else "weight_for_age"), "weight_kg"


def extremes_at(years: Decimal) -> tuple[tuple[Decimal, Decimal], tuple[Decimal, Decimal]]:
    """Lowest and highest height and weight at an age, on a straight line between the table's ages."""
    index = bisect_right(EXTREMES, years, key=lambda each: each.years)
    before, after = EXTREMES[index - 1], EXTREMES[min(index, len(EXTREMES) - 1)]
    if before is after:
        return before.cm, before.kg
    part = EXACT.divide(years - before.years, after.years - before.years)
    cm, kg = ((_between(low[0], high[0], part), _between(low[1], high[1], part)) for low, high in _pairs(before, after))
    return cm, kg


def body_mass_index(body: Body) -> Decimal:
    """kg/m²."""
    metres = EXACT.divide(body.cm, Decimal(100))
    return EXACT.divide(body.kg, EXACT.multiply(metres, metres))


def _is_body(body: Body) -> bool:
    cm, kg = extremes_at(body.years)
    if not _within(body.cm, cm) or not _within(body.kg, kg):
        return False
    low, high = next((low, high) for years, low, high in reversed(BMI) if body.years >= years)
    return low <= body_mass_index(body) <= high


def _pairs(before: Bounds, after: Bounds) -> tuple[tuple[tuple[Decimal, Decimal], tuple[Decimal, Decimal]], ...]:
    return (before.cm, after.cm), (before.kg, after.kg)


def _between(low: Decimal, high: Decimal, part: Decimal) -> Decimal:
    return EXACT.add(low, EXACT.multiply(high - low, part))


def _within(value: Decimal, bounds: tuple[Decimal, Decimal]) -> bool:
    return bounds[0] <= value <= bounds[1]


# ------------------------------------------------------------------------------------------------------ the rules


def _is_no_body(fact: Fact, course: Course, known: Known) -> bool:
    """Whether the height, weight and age in force at a fact break any rule."""
    if _is_plainly_grown(fact, course):
        return False
    body = body_at(fact, course)
    return body is not None and fault_of(body) is not None


def _is_plainly_grown(fact: Fact, course: Course) -> bool:
    """Whether a candidate surely has an adult's body, a hundredth within every bound: nearly all have, at a look."""
    births = course.thread("birth_date")
    if not births or course.thread("age") or int(fact.time[:4]) - int(births[-1].data["birth_date"][:4]) <= GROWN_YEARS:
        return False
    cm, kg = _value(fact, course, "height_cm"), _value(fact, course, "weight_kg")
    if cm is None or kg is None:
        return False
    body = float(cm), float(kg), float(kg) / float(cm) ** 2 * 10_000
    return all(low < each < high for each, (low, high) in zip(body, GROWN, strict=True))


@rule(RULES, *MEASURED, where=_is_no_body)
def height_weight_swapped(fact: Fact, course: Course, known: Known) -> Found | None:
    """A height and weight that are a body only the other way round (growthcleanr: swapped measurements)."""
    return _fault(fact, course, "height_weight_swapped", "height and weight look swapped")


@rule(RULES, *MEASURED, where=_is_no_body)
def height_in_inches(fact: Fact, course: Course, known: Known) -> Found | None:
    """A height that belongs to a body only if read in inches (growthcleanr: unit errors)."""
    return _fault(fact, course, "height_in_inches", "the height looks like inches, send centimetres")


@rule(RULES, *MEASURED, where=_is_no_body)
def weight_in_pounds(fact: Fact, course: Course, known: Known) -> Found | None:
    """A weight that belongs to a body only if read in pounds (growthcleanr: unit errors)."""
    return _fault(fact, course, "weight_in_pounds", "the weight looks like pounds, send kilograms")


@rule(RULES, *MEASURED, where=_is_no_body)
def height_for_age(fact: Fact, course: Course, known: Known) -> Found | None:
    """A height that nobody of that age has: about six standard deviations beside the WHO medians (2006, 2007)."""
    return _fault(fact, course, "height_for_age", "no height for the age, check it and the birth date")


@rule(RULES, *MEASURED, where=_is_no_body)
def weight_for_age(fact: Fact, course: Course, known: Known) -> Found | None:
    """A weight that nobody of that age has: WHO medians (2006, 2007) and the CDC's implausible values."""
    return _fault(fact, course, "weight_for_age", "no weight for the age, check it and the birth date")


@rule(RULES, *MEASURED, where=_is_no_body)
def body_mass_index_extreme(fact: Fact, course: Course, known: Known) -> Found | None:
    """A height and weight each possible, but no body together: 10 to 70 kg/m², children 8 to 60, under 2: 6 to 35."""
    return _fault(fact, course, "body_mass_index_extreme", "no body together, check both")


@rule(RULES, "candidate.updated", "donor.updated")
def height_jump(fact: Fact, course: Course, known: Known) -> Found | None:
    """A height that changes by over 5 cm, and faster than children of the age at the first measurement grow: 5 cm a
    month under one year, 1.5 cm up to 18 (WHO and Tanner velocities, over their third standard deviation); nobody
    shrinks by over 5 cm.
    """
    earlier = _earlier(fact, course, "height_cm")
    if earlier is None:
        return None
    was, is_, months = earlier
    growth = EXACT.multiply(_cm_a_month(_years_before(fact, course)), months)
    if -SLACK_CM <= is_ - was <= EXACT.add(SLACK_CM, growth):
        return None
    return "data.height_cm", f"from {was} to {is_} cm in {_shown(months)} months: no growth, check unit and value"


@rule(RULES, "candidate.updated", "donor.updated")
def weight_jump(fact: Fact, course: Course, known: Known) -> Found | None:
    """A weight that changes by over a quarter, and by over 3 kg plus 2 kg a month: neither growth nor oedema."""
    earlier = _earlier(fact, course, "weight_kg")
    if earlier is None:
        return None
    was, is_, months = earlier
    change = abs(is_ - was)
    if change * 4 <= was or change <= EXACT.add(SLACK_KG, EXACT.multiply(KG_A_MONTH, months)):
        return None
    return "data.weight_kg", f"from {was} to {is_} kg in {_shown(months)} months: check unit and value"


def _fault(fact: Fact, course: Course, code: str, words: str) -> Found | None:
    """What a body rule finds: the body's one fault, if it is the rule's own."""
    body = body_at(fact, course)
    fault = fault_of(body) if body else None
    if body is None or fault is None or fault[0] != code:
        return None
    field = fault[1]
    if field not in fact.data:  # a field that another fact stated is found there, but for two that no body has together
        if code not in TOGETHER:
            return None
        field = "weight_kg" if field == "height_cm" else "height_cm"
    return f"data.{field}", f"{body.cm} cm and {body.kg} kg at {_shown(body.years)} years: {words}"


def body_at(fact: Fact, course: Course) -> Body | None:
    """Height, weight and age at a fact that states one of them; None where one is not known."""
    if "height_cm" not in fact.data and "weight_kg" not in fact.data:
        return None
    cm, kg, years = _value(fact, course, "height_cm"), _value(fact, course, "weight_kg"), _years(fact, course)
    return None if cm is None or kg is None or years is None else Body(Decimal(cm), Decimal(kg), years)


def _value(fact: Fact, course: Course, name: str) -> str | None:
    """A field as the fact states it, else as last stated before."""
    stating = fact if name in fact.data else course.before(fact, name)
    return stating.data[name] if stating else None


def _years(fact: Fact, course: Course) -> Decimal | None:
    """Age in years at a fact: by birth date, or a donor's as stated; None where unknown or before the birth."""
    if "age" in fact.data:
        return Decimal(fact.data["age"])
    births, ages = course.thread("birth_date"), course.thread("age")
    if ages and (not births or ages[-1].effective > births[-1].effective):
        return Decimal(ages[-1].data["age"])
    if not births:
        return None
    years = age_at(births[-1].data["birth_date"], fact.instant)
    return years if years >= 0 else None


@lru_cache(maxsize=64)  # several rules look at each registration
def age_at(birth: str, instant: int) -> Decimal:
    """Age in years at an instant by a birth date as stored; below zero before the birth."""
    return age_years(date.fromisoformat(birth), instant)


def _earlier(fact: Fact, course: Course, name: str) -> tuple[Decimal, Decimal, Decimal] | None:
    """The value before, the fact's own, and the months between; None where the fact changes nothing there."""
    before = course.before(fact, name)
    if before is None or name not in fact.data:
        return None
    days = EXACT.divide(Decimal(fact.instant - before.instant), Decimal(MICROSECONDS_A_DAY))
    return Decimal(before.data[name]), Decimal(fact.data[name]), EXACT.divide(days, _DAYS_A_MONTH)


def _years_before(fact: Fact, course: Course) -> Decimal | None:
    """Age in years at the height before a fact's: the fastest growth of the time between."""
    before = course.before(fact, "height_cm")
    return None if before is None else _years(before, course)


def _cm_a_month(years: Decimal | None) -> Decimal:
    if years is None or years >= ADULT_YEARS:
        return ADULT_CM_A_MONTH
    return INFANT_CM_A_MONTH if years < INFANT_YEARS else CHILD_CM_A_MONTH


def _shown(number: Decimal) -> str:
    return f"{number.quantize(_TENTH):f}"
