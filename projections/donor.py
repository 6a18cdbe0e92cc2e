"""A donor at an instant: the registration, then the updates in effective order."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from engine.errors import RequestError
from engine.events.subjects import bare_id
from engine.log.history import Fact, SubjectHistory
from engine.quantities import age_years
from engine.rules.readings import Readings
from engine.rules.variables import Donor


@dataclass(frozen=True, slots=True)
class DonorView:
    """The annex's variables of a donor, where each came from, and what else is shown."""

    id: str
    variables: Donor
    origins: dict[str, Fact]
    completed_age: int
    procurement_site: str
    calcium: Fact | None

    @property
    def limited(self) -> dict[str, Decimal]:
        """The values that a team's limits are compared with; age in completed years."""
        return {
            "age": Decimal(self.completed_age),
            "weight_kg": self.variables.weight_kg,
            "height_cm": self.variables.height_cm,
        }


def donor_at(known: SubjectHistory, subject: str, at: int, r: Readings) -> DonorView:
    """The donor at an instant; an error where it is not registered by then."""
    registrations = [fact for fact in known.of_kind("donor.registered") if fact.instant <= at]
    if not registrations:
        raise RequestError(_why_unregistered(known, subject))
    fields: dict[str, Fact] = dict.fromkeys(registrations[0].data, registrations[0])
    calcium: Fact | None = None
    for fact in known.in_effective_order():
        if fact.instant > at:
            break
        if fact.kind == "donor.updated":
            if "age" in fact.data or "birth_date" in fact.data:
                fields.pop("age", None)
                fields.pop("birth_date", None)
            fields.update(dict.fromkeys(fact.data, fact))
        elif fact.kind == "coronary-calcium.recorded":
            calcium = fact
    values = {name: fact.data[name] for name, fact in fields.items()}
    age, completed = _ages(values, at, r)
    variables = Donor(
        age_years=age,
        sex=values["sex"],
        blood_group=values["blood_group"],
        height_cm=Decimal(values["height_cm"]),
        weight_kg=Decimal(values["weight_kg"]),
    )
    origins = dict(fields) | {"age_years": fields.get("age") or fields["birth_date"]}
    return DonorView(bare_id(subject), variables, origins, completed, values["procurement_site"], calcium)


def _why_unregistered(known: SubjectHistory, subject: str) -> str:
    later = known.of_kind("donor.registered")
    if known.retracted:
        return f"{subject} was retracted at position {max(known.retracted.values())}: choose a --known-at before it"
    if later:
        return f"the registration of {subject}, as known there, takes effect at {later[0].time}, after the offer"
    return f"{subject} is not registered as known at that position: choose a later --known-at"


def _ages(values: dict[str, str], at: int, r: Readings) -> tuple[Decimal, int]:
    """AGED by the reading ``age``, and the age in completed years that donor limits are compared with."""
    if "age" in values:
        stated = Decimal(values["age"])
        return (Decimal(int(stated)) if r.age == "completed" else stated), int(stated)
    birth = date.fromisoformat(values["birth_date"])
    completed = age_years(birth, at, completed_only=True)
    return (completed if r.age == "completed" else age_years(birth, at)), int(completed)
