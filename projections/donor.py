"""A donor at an instant: the registration, then the updates in effective order."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from engine.errors import NoRunError
from engine.events.canonical import shown
from engine.events.subjects import bare_id
from engine.log.history import Fact, SubjectHistory
from engine.quantities import age_running, paris_microseconds
from engine.rules.readings import Readings
from engine.rules.variables import Donor

REGISTERED = "donor.registered"


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
    """The donor at an instant; NoRunError where it is not registered by then."""
    registrations = [fact for fact in known.of_kind(REGISTERED) if fact.instant <= at]
    if not registrations:
        raise _unregistered(known, subject)
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


def _unregistered(known: SubjectHistory, subject: str) -> NoRunError:
    """Why there is no donor: the registration was retracted, or moved to after the offer, or is not known there."""
    if REGISTERED not in known.kinds:
        words = f"{subject} is not registered as known at that position: choose a later --known-at"
        return NoRunError("donor_unknown", None, words)
    later = known.of_kind(REGISTERED)
    if later:
        moves = [known.amendments[at] for at in later[0].corrected_at if "time" in known.amendments[at].data]
        what = f"the registration of {subject}, as known there, takes effect at {later[0].time}, after the offer"
        return _amended("donor_moved", what, moves[-1] if moves else None)
    retracted = next(by for at, by in known.retracted.items() if known.gone[at].kind == REGISTERED)
    what = f"the registration of {subject}, as known there, is retracted"
    return _amended("donor_retracted", what, known.amendments[retracted])


def _amended(code: str, what: str, by: Fact | None) -> NoRunError:
    """The error, with the event that made it so and what to ask for instead."""
    if by is None:
        return NoRunError(code, None, f"{what}: choose another --known-at")
    event = f"({by.source}, {by.id}) at position {by.position}, recorded {by.recorded}, for {shown(by.data['reason'])}"
    remedy = f"no run is possible any more: ask without --known-at, or with one before {by.position}"
    return NoRunError(code, by.position, f"{what}, by {event}; {remedy}")


def _ages(values: dict[str, str], at: int, r: Readings) -> tuple[Decimal, int]:
    """AGED by the reading ``age``, and the age in completed years that donor limits are compared with."""
    if "age" in values:
        stated = Decimal(values["age"])
        return (Decimal(int(stated)) if r.age == "completed" else stated), int(stated)
    running = age_running(date.fromisoformat(values["birth_date"]), at, completed_only=r.age == "completed")
    return running.at(paris_microseconds(at)), running.whole
