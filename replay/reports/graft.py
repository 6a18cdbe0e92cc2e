"""A graft and what became of it, beside its run: donor, minutes of travel, human acts, and what was learnt since."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from engine.events.subjects import bare_id
from engine.log.history import Fact
from engine.quantities import exact_arithmetic, paris_clock, paris_text
from engine.rules.annex_3_3_ccb import assist_turn
from engine.rules.arithmetic import EXACT_ARITHMETIC
from engine.rules.ruleset import RuleSet
from projections.candidate import candidate_at
from projections.donor import DonorView, donor_at
from projections.offer import offer_state
from projections.panel import calcium_told, event_of
from projections.travel import TravelTimes, travel_from
from replay.audit.compare import changes_of_places, other_figures
from replay.audit.learnt import learnt_between
from replay.reports.dossier.acts import acts, recorded_runs, withdrawn
from replay.run.asked import Asked
from replay.run.moments import offer_fact, rules_for
from replay.run.one_pass import known_of

Document = Mapping[str, Any]


def graft_document(asked: Asked, offer: str, run: Document) -> dict[str, Any]:
    """What there is to say of an offer beside ``run``, its match run as the decision knew it.

    Donor and minutes as that run knew them; acts, findings and state as known now, or as asked.
    """
    log, fact = asked.log, offer_fact(asked.log, offer)
    last = replace(asked, known_at=asked.known_at or "now").position() or 0
    now, _ = log.recalled(last, lambda _: [fact.subject])
    ranking = {entry["candidate"]: (entry["rank"], entry["snagc"]) for entry in run["ranking"]}
    known, rules = now.of(fact.subject), rules_for(fact.instant, run["ruleset"])
    return {
        "offer": offer_told(fact),
        "known_at": last,
        "counter": run["counter"],
        "ruleset": rules.id,
        "assumed": rules.assumed_on(paris_clock(fact.instant).date()),
        "assist_turn": assist_turn_told(rules, run["counter"]),
        **_donor_and_minutes(asked, fact, rules, run["known_at"]),
        **offer_state(known).as_json(),
        **acts(offer, list(ranking), now, lambda donor: log.offers_of(donor, last)),
        "withdrawn": withdrawn(known),
        "recorded": recorded_runs(ranking, run["digest"], known),
    }


def since_document(asked: Asked, then: Document, now: Document) -> dict[str, Any]:
    """What later facts change of an offer: ``then`` and ``now`` are its match run as known at two positions.

    Which places or scores differ, whose figures or reasons do beside those, and the facts about those candidates, the
    donor and the minutes that were learnt in between.
    """
    log, fact = asked.log, offer_fact(asked.log, then["offer"])
    moved, others = changes_of_places(_places(then), _places(now)), other_figures(then, now)
    names = [*(change.candidate for change in moved), *(each["candidate"] for each in others)]
    about = [f"candidate/{name}" for name in names]
    history, _ = log.recalled(now["known_at"], lambda _: about)
    subjects = [f"donor/{then['donor']}", *about]
    subjects += history.names("travel-times")
    learnt = {
        subject: learnt_between(
            known_of(log, subject, then["known_at"]), history.of(subject), fact.instant, then["known_at"]
        )
        for subject in subjects
    }
    return {
        "offer": then["offer"],
        "known_then": then["known_at"],
        "known_now": now["known_at"],
        "changes": [change.as_json() for change in moved],
        "other_figures": others,
        "learnt": [
            {"subject": subject, "facts": [each.as_json() for each in facts]}
            for subject, facts in learnt.items()
            if facts
        ],
    }


def statuses_document(asked: Asked, names: Sequence[str]) -> dict[str, str]:
    """What has become of candidates by the instant asked, as known then or as asked: status of those not active."""
    at = asked.instant()
    last = asked.log.position_at(at) if asked.known_at is None else asked.position() or 0
    history, _ = asked.log.recalled(last, lambda _: [f"candidate/{name}" for name in names])
    found = {name: candidate_at(history.of(f"candidate/{name}"), at) for name in names}
    return {
        name: candidate.list_status
        for name, candidate in found.items()
        if candidate is not None and candidate.list_status != "listed"
    }


def offer_told(fact: Fact) -> dict[str, Any]:
    """The graft.offered: when, when recorded, by whom, and which event it is."""
    return {
        "id": bare_id(fact.subject),
        "at": paris_text(fact.instant),
        "recorded": fact.recorded,
        "actor": fact.actor,
        **event_of(fact),
    }


def donor_told(donor: DonorView) -> dict[str, Any]:
    """What may be said of a donor: age in completed years, never a birth date."""
    variables = donor.variables
    return {
        "id": donor.id,
        "age": donor.completed_age,
        "sex": variables.sex,
        "blood_group": variables.blood_group,
        "height_cm": f"{variables.height_cm:f}",
        "weight_kg": f"{variables.weight_kg:f}",
        "procurement_site": donor.procurement_site,
        "coronary_calcium": calcium_told(donor.calcium),
        "events": sorted({fact.position for fact in donor.origins.values()}),
    }


def assist_turn_told(rules: RuleSet, counter: int) -> bool | None:
    """Whether the offer is a turn of those on an LVAD (annex 3.3.2); None where the rules have no such turn."""
    if "assist_ratio" not in rules.figures:
        return None
    with exact_arithmetic():
        return bool(assist_turn(EXACT_ARITHMETIC, Decimal(counter), rules))


def _donor_and_minutes(asked: Asked, offer: Fact, rules: RuleSet, known_at: int) -> dict[str, Any]:
    subject = f"donor/{offer.data['donor']}"
    history, _ = asked.log.recalled(known_at, lambda _: [subject])
    with exact_arithmetic():
        donor = donor_at(history.of(subject), subject, offer.instant, asked.chosen_readings())
        travel = travel_from(history, donor.procurement_site, offer.instant, rules.default_travel_minutes)
    return {"donor": donor_told(donor), "travel": _minutes(travel, donor.procurement_site)}


def _minutes(travel: TravelTimes, site: str) -> dict[str, Any]:
    """Minutes from the place of procurement to each centre of the matrix, the nearest first."""
    nearest: Sequence[tuple[str, int]] = sorted(travel.minutes.items(), key=lambda each: (each[1], each[0]))
    return {
        "site": site,
        "default_minutes": travel.default,
        "event": event_of(travel.version)["event"] if travel.version else None,
        "minutes": [{"centre": centre, "minutes": minutes} for centre, minutes in nearest],
    }


def _places(run: Document) -> dict[str, tuple[int, str]]:
    return {entry["candidate"]: (entry["rank"], entry["snagc"]) for entry in run["ranking"]}
