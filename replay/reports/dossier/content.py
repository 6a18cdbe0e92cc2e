"""What a dossier holds: one JSON document, without a word of prose, from two moments of one offer.

``then`` is the moment of the decision: the log before the offer, the rules in force, the default readings.
``now`` is the same offer as known at a later position, which the dossier names as the state of knowledge it
was drawn up at. Nothing else goes in, so the same log and the same position give the same bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.errors import NoRunError, RequestError
from engine.events.subjects import bare_id
from engine.events.vocabulary import DISEASES
from engine.log.history import Fact
from engine.quantities import paris_clock, paris_text
from engine.rules.readings import all_readings
from engine.rules.ruleset import RuleSet
from engine.rules.trace import Input
from projections.donor import REGISTERED
from projections.panel import calcium_told, event_of
from projections.standing import Standing
from replay.audit.compare import Change, changes, other_figures, places
from replay.audit.learnt import Learnt, amendment_json, learnt_since
from replay.reports.dossier.acts import acts, recorded_runs, withdrawn
from replay.reports.dossier.course import birth_year, course
from replay.reports.explain import Explanation, explain
from replay.reports.graft import assist_turn_told, donor_told, offer_told
from replay.run.matchrun import MatchRun, Moment, match_run

SCHEMA = "snagc.dossier.v1"


@dataclass(frozen=True, slots=True)
class Provenance:
    """What two moments cannot tell: the software, when the log learnt its last event, who says when it learnt."""

    made_by: str
    recorded: str
    """Recorded time of the event at the later position."""
    declared: bool
    """Whether recorded times at the decision were declared by an importer, not set by the log itself."""
    checkpoint: dict[str, Any] | None = None
    """The checkpoint that the log was held against: file, origin, size, root, who signed, what it contradicts."""


def dossier(then: Moment, now: Moment, candidate: str | None, provenance: Provenance) -> dict[str, Any]:
    """The dossier of a candidate at an offer; the first ranked unless named."""
    if now.known_at < then.offer.position:
        raise RequestError(
            f"known-at {now.known_at}: the offer stands at position {then.offer.position}, and a dossier tells what "
            "followed: give that position or a later one"
        )
    run = match_run(then)
    explained = explain(then, _first(run) if candidate is None else candidate)
    standing, name = explained.entry.standing, explained.entry.standing.id
    return {
        "schema": SCHEMA,
        "made_by": provenance.made_by,
        "offer": offer_told(then.offer),
        "candidate": _candidate(standing),
        "donor": donor_told(run.donor),
        "run": run.as_json(),
        "rules": _rules(then),
        "readings": _readings(then),
        "explanation": explained.as_json(),
        "cited": [_cited(fact) for fact in _cited_facts(explained)],
        "course": _courses(then, now, name),
        "later": {"recorded": provenance.recorded, **_later(then, now, run, name)},
        **_acts(run, now),
        "log": {
            "size": then.known_at,
            "root": then.root,
            "size_now": now.known_at,
            "root_now": now.root,
            "digest": run.digest(),
            "recorded_times_declared": provenance.declared,
            "checkpoint": provenance.checkpoint,
        },
        "decision": run.decision(),
    }


def _acts(run: MatchRun, now: Moment) -> dict[str, Any]:
    """The human acts as known later, and the rankings recorded at the time."""
    ranked, name = places(run), bare_id(now.offer.subject)
    offer = now.history.of(now.offer.subject)
    return {
        **acts(name, list(ranked), now.history, now.history.offers_of),
        "withdrawn": withdrawn(offer),
        "recorded": recorded_runs(ranked, run.digest(), offer),
    }


def _first(run: MatchRun) -> str:
    if not run.ranking:
        raise RequestError("nobody is ranked at this offer: name a candidate")
    return run.ranking[0].standing.id


def _courses(then: Moment, now: Moment, candidate: str) -> dict[str, Any]:
    """The points as known then; as known now where that differs, else None."""
    first, known = course(then, then.history, candidate), f"candidate/{candidate}"
    if now.history.of(known).length == then.history.of(known).length:
        return {"then": first, "now": None}  # nothing was learnt of them since
    second = course(then, now.history, candidate)
    return {"then": first, "now": None if first["points"] == second["points"] else second}


def _candidate(standing: Standing) -> dict[str, Any]:
    """What the dossier says of a person: a pseudonym, a year of birth, what the score rests on."""
    candidate, variables = standing.view.candidate, standing.view.variables
    return {
        "id": standing.id,
        "birth_year": birth_year(standing),
        "age": int(variables.age_years),
        "sex": candidate.value("sex"),
        "blood_group": candidate.value("blood_group"),
        "height_cm": candidate.value("height_cm"),
        "weight_kg": candidate.value("weight_kg"),
        "diseases": [{"code": code, "label": DISEASES[code]} for code in variables.diseases],
        "centre": candidate.value("centre"),
        "team": candidate.value("team"),
        "coronary_calcium": calcium_told(candidate.calcium),
        "registered": paris_text(candidate.registration.instant),
        "abo_matching": candidate.value("abo_matching"),
        "donor_limits": candidate.value("donor_limits") or {},
        "treatments": [
            {
                "treatment": period.treatment,
                "since": paris_text(period.start.instant),
                "complicated": period.complicated,
                "device": period.start.data.get("device"),
                **event_of(period.start),
            }
            for period in candidate.running.values()
        ],
    }


def _rules(moment: Moment) -> dict[str, Any]:
    rules = moment.rules
    day = paris_clock(moment.offer.instant).date()
    return {
        "id": rules.id,
        "title": rules.title,
        "valid_from": rules.id,
        "valid_until": rules.valid_until.isoformat() if rules.valid_until else None,
        "assumed": rules.assumed_on(day),
        "assist_turn": assist_turn_told(rules, moment.counter),
        "figures": [_figure(rules, name) for name in rules.figures],
    }


def _figure(rules: RuleSet, name: str) -> dict[str, Any]:
    figure = rules.figures[name]
    value = f"{figure.value:f}" if isinstance(figure.value, Decimal) else [str(each) for each in figure.value]
    return {
        "name": name,
        "value": value,
        "unit": figure.unit,
        "source": figure.source,
        "attested_from": figure.attested_from.isoformat(),
    }


def _readings(moment: Moment) -> list[dict[str, Any]]:
    chosen = moment.readings.as_json()
    return [
        {
            "name": name,
            "value": chosen[name],
            "options": list(reading.options),
            "text": reading.text,
            "annex": reading.annex,
            "why": reading.why,
        }
        for name, reading in all_readings().items()
    ]


# ---------------------------------------------------------------------------------------- events and knowledge


def _cited_facts(explained: Explanation) -> list[Fact]:
    """The events behind the figures of the chain, by position."""
    inputs: Iterator[Input] = (given for step in explained.steps for given in step.inputs)
    facts = {given.origin.position: given.origin for given in inputs if isinstance(given.origin, Fact)}
    return [fact for _, fact in sorted(facts.items())]


def _cited(fact: Fact) -> dict[str, Any]:
    """An event with what it says, but for what would point at a person or fill pages: birth date, travel matrix."""
    hidden = ("birth_date", "rows")
    data = {name: value for name, value in fact.data.items() if name not in hidden}
    return {
        "position": fact.position,
        "type": fact.kind,
        "subject": fact.subject,
        "source": fact.source,
        "id": fact.id,
        "time": fact.time,
        "recorded": fact.recorded,
        "actor": fact.actor,
        "data": data,
        "corrected_at": list(fact.corrected_at),
    }


def _later(then: Moment, now: Moment, run: MatchRun, candidate: str) -> dict[str, Any]:
    """What is known since: what differs, or why there is no run any more, and the facts learnt about whom."""
    try:
        later, problem = match_run(now), None
    except NoRunError as error:
        later, problem = None, _problem(error, run.donor.id, now)
    moved = changes(run, later) if later else []
    others = other_figures(run.as_json(), later.as_json()) if later else []
    concerned = [change.candidate for change in moved] + [each["candidate"] for each in others]
    if later is None:
        concerned = [entry.standing.id for entry in run.ranking]
    subjects = [f"donor/{run.donor.id}", *(f"candidate/{name}" for name in dict.fromkeys([candidate, *concerned]))]
    subjects += now.history.names("travel-times")
    about = {subject: learnt_since(then, now.history, subject) for subject in subjects}
    return {
        "known_at": now.known_at,
        "digest": later.digest() if later else None,
        "problem": problem,
        "changes": [_change(change) for change in moved],
        "other_figures": others,
        "learnt": [
            {"subject": subject, "facts": [_learnt(each) for each in facts]}
            for subject, facts in about.items()
            if facts
        ],
    }


def _problem(error: NoRunError, donor: str, now: Moment) -> dict[str, Any]:
    """Why the offer has no run as known now: a code, and the retraction or correction that made it so."""
    known = now.history.of(f"donor/{donor}")
    registered = known.of_kind(REGISTERED)
    return {
        "code": error.code,
        "donor": donor,
        "registered": registered[0].time if registered else None,
        "by": amendment_json(known.amendments[error.position]) if error.position else None,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "candidate": change.candidate,
        "rank_then": change.rank_a,
        "rank_now": change.rank_b,
        "snagc_then": change.snagc_a,
        "snagc_now": change.snagc_b,
    }


def _learnt(learnt: Learnt) -> dict[str, Any]:
    by = [amendment_json(each) for each in learnt.by]
    return {**_cited(learnt.fact), "how": learnt.how, "at": [each["position"] for each in by], "by": by}
