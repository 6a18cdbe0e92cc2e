"""Who a candidate is, as its page tells: what matters for a graft beside the score, and never a birth date."""

from typing import Any

from engine.quantities import age_years, exact_arithmetic
from projections.candidate import candidate_at
from projections.recipient import birth_date
from replay.run.asked import Asked

TOLD = ("sex", "blood_group", "height_cm", "weight_kg", "abo_matching", "donor_limits")
"""What is told as the registration, or what updated it, says it."""


def person_document(asked: Asked, candidate: str) -> dict[str, Any]:
    """Age in completed years, what ``TOLD`` names, and the events that say so, at the instant and as known as asked."""
    at, known, subject = asked.instant(), asked.position(), f"candidate/{candidate}"
    last = asked.log.position_at(at) if known is None else known
    history, _ = asked.log.recalled(last, lambda _: [subject])
    found = candidate_at(history.of(subject), at)
    assert found is not None, "asked for those alone who are registered then"
    with exact_arithmetic():
        age = int(age_years(birth_date(found), at, completed_only=True))
    facts = {found.fields[name].position for name in ("birth_date", *TOLD) if name in found.fields}
    return {"id": found.id, "age": age, **{name: found.value(name) for name in TOLD}, "events": sorted(facts)}
