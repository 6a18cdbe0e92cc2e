"""The match run and the national list, as whole documents, from a log in position order."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

from . import guide, ledger, matching
from .clock import completed, instant, paris_text, wall
from .guide import Rules
from .history import (
    Candidate,
    Event,
    Fact,
    counter_at,
    facts_of,
    fold_candidate,
    fold_donor,
    kind_of,
    known_facts,
    travel_minutes,
)
from .scoring import Brut, Setting, brut, delai_var_bio, dosage, survival, tie_key

Document = dict[str, Any]


def match_run(
    events: list[Event],
    offer: str,
    known_at: int | None = None,
    ruleset: str | None = None,
    readings: dict[str, str] | None = None,
) -> Document:
    """The ranking of an offer, as of its instant, as known at a position (default: just before the offer)."""
    position, offered = find_offer(events, offer)
    known_at = position - 1 if known_at is None else known_at
    moment = instant(offered["time"])
    setting = Setting(moment, counter_at(events, position), rules_for(moment, ruleset), guide.all_readings(readings))
    facts = known_facts(events, known_at)
    donor_id = offered["data"]["donor"]
    donor = fold_donor(donor_id, facts_of(facts, f"donor/{donor_id}", moment))
    ranking, excluded = judged(facts, offer, donor, setting)
    head = {
        "offer": offer,
        "donor": donor_id,
        "at": paris_text(moment),
        "known_at": known_at,
        "counter": setting.cpteur,
        "ruleset": setting.rules.valid_from,
        "readings": setting.readings,
        "log": {"size": known_at, "root": ledger.root(events, known_at)},
    }
    return finished(head, ranking, excluded)


def judged(facts: list[Fact], offer: str, donor: Document, setting: Setting) -> tuple[list[Document], list[Document]]:
    """Every active candidate, in the ranking or among the excluded."""
    ranked: list[tuple[Any, Document]] = []
    excluded: list[Document] = []
    moment = setting.moment
    for ident in candidates(facts, moment):
        mine = facts_of(facts, f"candidate/{ident}", moment, ignored_offer=offer)
        candidate = fold_candidate(ident, mine)
        if candidate is None or not candidate.active:
            continue
        gross = brut(candidate, mine, setting)
        minutes = travel_minutes(facts, moment, donor["procurement_site"], candidate.registration["centre"])
        entry, reasons = pair(candidate, gross, donor, minutes, setting)
        if reasons:
            excluded.append({"candidate": ident, "reasons": reasons, **without(entry, "candidate")})
        else:
            ranked.append(((-Fraction(entry["snagc"]), tie_key(candidate, gross.component, setting)), entry))
    ranked.sort(key=lambda row: row[0])
    return [{"rank": rank, **entry} for rank, (_, entry) in enumerate(ranked, 1)], excluded


def finished(head: Document, ranking: list[Document], excluded: list[Document]) -> Document:
    """The document with its digest, which covers the decision alone."""
    decision = {
        **head,
        "ranking": [{name: row[name] for name in ("rank", "candidate", "snagc")} for row in ranking],
        "excluded": [row["candidate"] for row in excluded],
    }
    return {**head, "ranking": ranking, "excluded": excluded, "digest": ledger.digest(decision)}


def find_offer(events: list[Event], offer: str) -> tuple[int, Event]:
    """The position and the event of an offer."""
    for position, event in enumerate(events, 1):
        if kind_of(event) == "graft.offered" and event["subject"] == f"offer/{offer}":
            return position, event
    raise ValueError(f"no offer {offer}")


def rules_for(moment: datetime, ruleset: str | None) -> Rules:
    """The rules asked for, else those in force on the day in Europe/Paris."""
    return guide.rules_named(ruleset) if ruleset else guide.rules_on(wall(moment).date())


def candidates(facts: list[Fact], moment: datetime) -> list[str]:
    """Every candidate registered at or before the instant, by ascending id."""
    return sorted(
        {
            fact.subject.removeprefix("candidate/")
            for fact in facts
            if fact.kind == "candidate.registered" and fact.time <= moment
        }
    )


def without(entry: Document, name: str) -> Document:
    """The entry without one field."""
    return {key: value for key, value in entry.items() if key != name}


def corps(fields: Document) -> matching.Corps:
    """Height and weight, exact."""
    return Fraction(fields["height_cm"]), Fraction(fields["weight_kg"])


def donor_age(donor: Document, setting: Setting) -> Fraction:
    """AGED: from the birth date, or the age given as it stands; floored under age=completed."""
    if "birth_date" in donor:
        return setting.age(datetime.fromisoformat(donor["birth_date"]).date())
    given = Fraction(donor["age"])
    return completed(given) if setting.readings["age"] == "completed" else given


def pair(
    candidate: Candidate, gross: Brut, donor: Document, minutes: int, setting: Setting
) -> tuple[Document, list[str]]:
    """3.4 and 3.5 for one candidate and the donor: the published entry, and the reasons it is out."""
    own = candidate.registration
    ager, aged = setting.age(candidate.birth_date), donor_age(donor, setting)
    urgence = candidate.urgence.component if candidate.urgence else None
    asked = own.get("abo_matching") == "compatible"
    f1 = matching.f1_dif_age(ager, aged)
    f2 = matching.f2_abo(donor["blood_group"], own["blood_group"], ager, urgence, asked, setting.readings["abo_guard"])
    f3 = matching.f3_sc(ager, corps(own), corps(donor), donor["sex"], setting.readings["bsa_bounds"])
    survival_1y = survival(candidate, donor, aged, setting)
    f4 = matching.f4_surv_post_grf(survival_1y, ager)
    ccp = gross.ccb * f1 * f2 * f3 * f4
    mg = matching.mg(minutes)
    entry = {
        **published(candidate, gross),
        "f1_age": matching.figure(f1),
        "f2_abo": matching.figure(f2),
        "f3_bsa": matching.figure(f3),
        "f4_survival": matching.figure(f4),
        "survival_1y": matching.figure(survival_1y),
        "ccp": matching.figure(ccp),
        "travel_minutes": minutes,
        "mg": matching.figure(mg),
        "snagc": matching.figure(guide.num(ccp) * mg),
    }
    reasons = factor_reasons(f1, f2, f3)
    if f4 == 0:
        reasons += lab_reasons(candidate, setting) or ["survival"]
    reasons += ["ecmo_taper"] if gross.taper_zero else []
    reasons += [] if admits(own.get("donor_limits", {}), donor, aged) else ["donor_limits"]
    if not reasons and Fraction(entry["snagc"]) <= 0:
        reasons = ["score_zero"]
    return entry, reasons


def published(candidate: Candidate, gross: Brut) -> Document:
    """The fields that the ranking and the national list share."""
    return {
        "candidate": candidate.ident,
        "component": gross.component,
        "icar": gross.icar,
        "icar_j": gross.icar_j,
        "icar_i": gross.icar_i,
        "ccb": matching.figure(gross.ccb),
    }


def factor_reasons(f1: Fraction, f2: Fraction, f3: Fraction) -> list[str]:
    """The factors of 3.4.1 to 3.4.3 that are 0, unrounded."""
    named = (("age_gap", f1), ("abo", f2), ("body_size", f3))
    return [reason for reason, factor in named if factor == 0]


def lab_reasons(candidate: Candidate, setting: Setting) -> list[str]:
    """Why the survival is 0 for want of labs: none there, or there but too old."""
    delai = delai_var_bio(candidate)
    needed = [dosage(candidate, "total_bilirubin", setting)]
    if not candidate.runs("chronic_dialysis"):
        needed.append(dosage(candidate, "creatinine", setting))
    missing = any(found is None for found in needed)
    expired = any(found is not None and found.jours > delai for found in needed)
    return (["labs_missing"] if missing else []) + (["labs_expired"] if expired else [])


def admits(limits: Document, donor: Document, aged: Fraction) -> bool:
    """2.1.2: the donor's completed years, weight and height within the team's bounds, both included."""
    values = {
        "age": completed(aged),
        "weight_kg": Fraction(donor["weight_kg"]),
        "height_cm": Fraction(donor["height_cm"]),
    }
    return all(Fraction(low) <= values[name] <= Fraction(high) for name, (low, high) in limits.items())


def national_list(
    events: list[Event], at: str, known_at: int | None = None, readings: dict[str, str] | None = None
) -> Document:
    """Every active candidate at an instant, without a donor, by CCB then the ties."""
    moment = instant(at)
    if known_at is None:
        known_at = sum(1 for event in events if instant(event["recordedtime"]) <= moment)
    counter = counter_at(events, known_at) + 1
    setting = Setting(moment, counter, rules_for(moment, None), guide.all_readings(readings))
    facts = known_facts(events, known_at)
    rows: list[tuple[Any, Document, Any]] = []
    for ident in candidates(facts, moment):
        mine = facts_of(facts, f"candidate/{ident}", moment)
        candidate = fold_candidate(ident, mine)
        if candidate is None or not candidate.active:
            continue
        gross = brut(candidate, mine, setting)
        entry = published(candidate, gross)
        team = (candidate.registration["centre"], candidate.registration.get("team"))
        rows.append(((-Fraction(entry["ccb"]), tie_key(candidate, gross.component, setting)), entry, team))
    rows.sort(key=lambda row: row[0])
    return {
        "at": paris_text(moment),
        "known_at": known_at,
        "counter": counter,
        "ruleset": setting.rules.valid_from,
        "readings": setting.readings,
        "candidates": numbered([(entry, team) for _, entry, team in rows]),
    }


def numbered(rows: list[tuple[Document, Any]]) -> list[Document]:
    """Ranks on the national list and within each team (centre and team)."""
    listed = []
    for index, (entry, team) in enumerate(rows):
        team_rank = sum(1 for _, other in rows[: index + 1] if other == team)
        listed.append({"rank": index + 1, "team_rank": team_rank, **entry})
    return listed
