"""URGENCE: the expert priority in force, and the clock its points run on.

The latest grant counts, whatever its component; an end acts only on the component it names; a replaced
grant never revives. An XPCP granted on or after the 18th birthday has no effect (an alert says so).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from engine.log.history import Fact
from engine.quantities import age_years
from engine.rules.annex_3_3_ccb import XPCP1, XPCP2

XPCP = (XPCP1, XPCP2)


@dataclass(frozen=True, slots=True)
class Priority:
    """The grant in force, and the fact that starts its clock (the grant, or the request by that reading)."""

    grant: Fact
    clock: Fact

    @property
    def component(self) -> str:
        """URGENCE."""
        return str(self.grant.data["component"])


def too_old_for_xpcp(grant: Fact, birth: date, adult_age: Decimal) -> bool:
    """Whether an XPCP was granted on or after the 18th birthday."""
    return grant.data["component"] in XPCP and age_years(birth, grant.instant, completed_only=True) >= adult_age


def priority_in_force(facts: Sequence[Fact], birth: date, adult_age: Decimal, clock: str) -> Priority | None:
    """The priority that the facts of a listing (in effective order) leave in force.

    ``clock`` is the reading priority_clock: ``agreement``, or ``request`` for the latest request of the same
    component at or before the grant and after the grant before it; one without effect is none here.
    """
    in_force: Priority | None = None
    requests: dict[str, Fact] = {}
    for fact in facts:
        component = fact.data["component"]
        if fact.kind == "expert-priority.requested":
            requests[component] = fact
        elif fact.kind == "expert-priority.granted" and not too_old_for_xpcp(fact, birth, adult_age):
            request = requests.get(component) if clock == "request" else None
            in_force = Priority(fact, request or fact)
            requests.clear()
        elif fact.kind == "expert-priority.ended" and in_force and in_force.component == component:
            in_force = None
    return in_force
