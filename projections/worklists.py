"""The four work lists of a team (guide 2.5), each a selection of the waiting list with what it asks for."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from engine.errors import UnknownError
from engine.quantities import (
    MICROSECONDS_A_DAY,
    add_months,
    elapsed_days,
    exact_arithmetic,
    paris_clock,
    paris_text,
    published,
)
from engine.rules.annex_3_2_icar import validity_days
from engine.rules.arithmetic import EXACT_ARITHMETIC
from engine.rules.ruleset import RuleSet
from projections.recipient import LAB_VARIABLES, RecipientView
from projections.results import needed_samples
from projections.survival import INELIGIBLE, labs_reasons, survival_by_donor_type, survival_reasons
from projections.waiting_list import Place

_MICROSECOND = timedelta(microseconds=1)
SOON_STABLE_DAYS, SOON_SUPPORTED_DAYS = Decimal(15), Decimal(1)
"""How many days before expiry a value is listed: our choice, the guide says only 'arrive à échéance'."""


def worklist(name: str, places: list[Place], centre: str, at: int, p: RuleSet) -> list[dict[str, Any]]:
    """The rows of a work list for a centre; ``places`` is the whole national list at the instant."""
    if name not in WORKLISTS:
        raise UnknownError(f"no work list {name!r}: there are {', '.join(WORKLISTS)}")
    with exact_arithmetic():
        rows = [WORKLISTS[name](place, at, p) for place in places if place.centre == centre]
    return [row for row in rows if row is not None]


def _identity(place: Place) -> dict[str, Any]:
    return {"candidate": place.standing.id, "team": place.standing.view.candidate.value("team")}


def _score(place: Place, at: int, p: RuleSet) -> dict[str, Any] | None:
    """2.5.1: the team's candidates by descending CCB, with ICAR, national rank, component and alerts."""
    raw = place.standing.raw_fields()
    return {
        **_identity(place),
        "team_rank": place.team_rank,
        "rank": place.rank,
        "ccb": raw["ccb"],
        "icar": raw["icar"],
        "component": raw["component"],
        "alerts": [alert.code for alert in place.alerts],
    }


def _labs(place: Place, at: int, p: RuleSet) -> dict[str, Any] | None:
    """2.5.2: values missing or expiring, with days left, and the follow-up that is due."""
    view = place.standing.view
    recipient = view.variables
    validity = validity_days(EXACT_ARITHMETIC, recipient, p)
    soon = SOON_STABLE_DAYS if validity == p.validity_days_stable else SOON_SUPPORTED_DAYS
    needed = needed_samples(view, p, place.readings)
    days_left = {name: validity - sample.age_days if sample.known else None for name, sample in needed.items()}
    due = follow_up_due(view, at, p)
    pressing = any(left is None or left <= soon for left in days_left.values())
    missing_before = [alert.message for alert in place.alerts if alert.code == "pre_treatment_missing"]
    if not pressing and due["days_left"] is not None and Decimal(due["days_left"]) > 0 and not missing_before:
        return None
    return {
        **_identity(place),
        "icar": place.standing.raw_fields()["icar"],
        "validity_days": int(validity),
        "days_left": {name: None if left is None else published(left) for name, left in days_left.items()},
        "pre_treatment": missing_before,
        "follow_up": due,
    }


def follow_up_due(view: RecipientView, at: int, p: RuleSet) -> dict[str, Any]:
    """When the next follow-up is due: 3 months after the last sampling, 3 days on ECMO or inotropes (guide 2.3)."""
    supported = bool(view.variables.ecmo or view.variables.inotropes)
    sampled = [view.origins[name].instant for name in LAB_VARIABLES if name in view.origins]
    every = f"{p.follow_up_supported_days} days" if supported else f"{p.follow_up_stable_months} months"
    if not sampled:
        return {"every": every, "last": None, "days_left": None}
    last = max(sampled)
    if supported:
        left = p.follow_up_supported_days - elapsed_days(last, at)
    else:
        due = add_months(paris_clock(last), int(p.follow_up_stable_months))
        left = Decimal((due - paris_clock(at)) // _MICROSECOND) / MICROSECONDS_A_DAY
    return {"every": every, "last": paris_text(last), "days_left": published(left)}


def _survival(place: Place, at: int, p: RuleSet) -> dict[str, Any] | None:
    """2.5.3: one-year survival with each of the four donor types."""
    recipient = place.standing.view.variables
    by_type = survival_by_donor_type(recipient, EXACT_ARITHMETIC, p)
    return {
        **_identity(place),
        "survival": [each.as_json() for each in by_type],
        "labs": labs_reasons(recipient, EXACT_ARITHMETIC, p),
    }


def _ineligible(place: Place, at: int, p: RuleSet) -> dict[str, Any] | None:
    """2.5.4: candidates whose survival is too low whatever the donor, and why."""
    recipient = place.standing.view.variables
    by_type = survival_by_donor_type(recipient, EXACT_ARITHMETIC, p)
    if any(each.eligible for each in by_type):
        return None
    return {
        **_identity(place),
        "message": INELIGIBLE,
        "reasons": survival_reasons(recipient, EXACT_ARITHMETIC, p),
        "survival": [each.as_json() for each in by_type],
    }


WORKLISTS: dict[str, Callable[[Place, int, RuleSet], dict[str, Any] | None]] = {
    "score": _score,
    "labs": _labs,
    "survival": _survival,
    "ineligible": _ineligible,
}
