"""Rules about persons: default dates, ages, an id that means two persons, and one person under two ids."""

from decimal import Decimal

from engine.events.subjects import bare_id
from engine.intake.plausibility.bodies import age_at
from engine.intake.plausibility.rule import Found, Known, Person, Rule, rule
from engine.intake.plausibility.timeline import running
from engine.log.course import REGISTRATION, Course
from engine.log.history import Fact
from engine.quantities import MICROSECONDS_A_DAY, paris_clock

RULES: list[Rule] = []
REGISTERED, DONOR_REGISTERED = "candidate.registered", "donor.registered"
DEFAULT_BIRTHS = ("1900-01-01", "1901-01-01", "1970-01-01")
"""What programs put where no date is known: the first day of the century or of their calendar."""
CANDIDATE_YEARS, DONOR_YEARS = Decimal(75), Decimal(80)
"""No heart was allocated in France to anyone near this age, nor procured from a donor of it (yearly reports of the
Agence de la biomédecine: candidates up to about 70, donors rarely above 70)."""
OFFER_DAYS = 10
"""A heart is procured within some days of the donor's report; days known apart leave a margin."""
TOGETHER = {"total_artificial_heart": ("lvad", "bivad"), "lvad": ("bivad", "total_artificial_heart"),
            "bivad": ("lvad", "total_artificial_heart")}  # fmt: skip


@rule(RULES, REGISTERED, DONOR_REGISTERED, "donor.updated")
def birth_default(fact: Fact, course: Course, known: Known) -> Found | None:
    """A birth date that programs put where none is known: 1 January 1900, 1901 or 1970."""
    birth = fact.data.get("birth_date")
    return (
        ("data.birth_date", f"{birth} is a default of programs: is it the birth date?")
        if birth in DEFAULT_BIRTHS
        else None
    )


@rule(RULES, REGISTERED, DONOR_REGISTERED)
def birth_is_registration(fact: Fact, course: Course, known: Known) -> Found | None:
    """A birth date that is the day of registration: the date of the day slipped in."""
    birth = fact.data.get("birth_date")
    if birth is None or paris_clock(fact.instant).date().isoformat() != birth:
        return None
    return "data.birth_date", f"{birth} is the day of the registration: is it the birth date?"


@rule(RULES, REGISTERED)
def candidate_too_old(fact: Fact, course: Course, known: Known) -> Found | None:
    """A candidate aged over 75 at registration."""
    return _over("data.birth_date", fact, CANDIDATE_YEARS, "a candidate")


@rule(RULES, DONOR_REGISTERED, "donor.updated")
def donor_too_old(fact: Fact, course: Course, known: Known) -> Found | None:
    """A donor of a heart aged over 80."""
    return _over("data.age" if "age" in fact.data else "data.birth_date", fact, DONOR_YEARS, "a donor of a heart")


@rule(RULES, REGISTERED, "donor.updated")
def person_changed(fact: Fact, course: Course, known: Known) -> Found | None:
    """Another sex, blood group or birth date than stated before under the same id: two persons, or a wrong entry."""
    for earlier in (*course.all_before(fact, REGISTRATION), *course.all_before(fact, "donor.updated")):
        for name in ("birth_date", "sex", "blood_group"):
            if name in fact.data and earlier.data.get(name, fact.data[name]) != fact.data[name]:
                was = f"{name} {earlier.data[name]} at position {earlier.position}"
                return f"data.{name}", f"{fact.data[name]}, but {was}: is it the same person?"
    return None


@rule(RULES, REGISTERED, DONOR_REGISTERED)
def same_person_twice(fact: Fact, course: Course, known: Known) -> Found | None:
    """Two ids with the same birth date, sex, blood group, height and weight: one person registered twice, or twins.
    Only over the whole log.
    """
    person = person_of(fact)
    for other in known.persons.get(person, ()) if person else ():
        if other.subject != fact.subject and other.position < fact.position:
            return (
                "subject",
                f"{bare_id(other.subject)} (position {other.position}) is the same in all: one person twice, or twins?",
            )
    return None


@rule(RULES, "treatment.started")
def devices_together(fact: Fact, course: Course, known: Known) -> Found | None:
    """A total artificial heart, a BiVAD or an LVAD that starts while another of the three runs: a stop is missing."""
    for other in TOGETHER.get(fact.data["treatment"], ()):
        start = running(other, fact, course)
        if start is not None:
            return "data.treatment", f"{other} still runs (position {start.position}): was its stop not sent?"
    return None


@rule(RULES, "graft.offered")
def offer_long_after_donor(fact: Fact, course: Course, known: Known) -> Found | None:
    """A graft offered over 10 days after its donor was registered."""
    registrations = known.subject(f"donor/{fact.data['donor']}").course().thread(REGISTRATION)
    if not registrations or fact.instant - registrations[0].instant <= OFFER_DAYS * MICROSECONDS_A_DAY:
        return None
    return "time", f"donor {fact.data['donor']} was registered on {registrations[0].time}: check both dates"


def person_of(fact: Fact) -> Person | None:
    """What tells persons apart in a registration; None where no birth date is given."""
    data = fact.data
    if "birth_date" not in data:
        return None
    kind = fact.subject.partition("/")[0]
    return (kind, *(str(data[name]) for name in ("birth_date", "sex", "blood_group", "height_cm", "weight_kg")))


def _over(path: str, fact: Fact, years: Decimal, who: str) -> Found | None:
    if "age" in fact.data:
        age = Decimal(fact.data["age"])
    elif "birth_date" in fact.data:
        age = age_at(fact.data["birth_date"], fact.instant)
    else:
        return None
    return (path, f"{int(age)} years: {who} over {years}, check the birth date") if age > years else None
