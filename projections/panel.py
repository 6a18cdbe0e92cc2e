"""The score panel of a candidate: the eight items of guide 2.1.3, with the state behind them."""

from decimal import Decimal
from typing import Any

from engine.coronary_calcium import calcium_caveats, calcium_class, calcium_source
from engine.log.history import Fact, SubjectHistory
from engine.quantities import exact_arithmetic, paris_text
from engine.rules.annex_3_1_diseases import disease_label
from engine.rules.arithmetic import EXACT_ARITHMETIC
from engine.rules.ruleset import RuleSet
from projections.candidate import Candidate, candidate_at
from projections.data_quality import variable_alerts
from projections.recipient import lab_si
from projections.survival import INELIGIBLE, labs_reasons, survival_by_donor_type
from projections.waiting_list import Place


def panel(place: Place, at: int, p: RuleSet) -> dict[str, Any]:
    """Items 1 to 8 of the panel, in the guide's order."""
    raw = place.standing.raw_fields()
    with exact_arithmetic():
        survival = survival_by_donor_type(place.standing.view.variables, EXACT_ARITHMETIC, p)
        wanting = labs_reasons(place.standing.view.variables, EXACT_ARITHMETIC, p)
        variables = [alert.as_json() for alert in variable_alerts(place.standing.view, p, place.readings)]
    return {
        "updated_at": paris_text(at),
        "team_rank": place.team_rank,
        "rank": place.rank,
        "ccb": raw["ccb"],
        "icar": raw["icar"],
        "component": raw["component"],
        "survival_1y": [each.as_json() for each in survival],
        "survival_labs": wanting,
        "message": None if any(each.eligible for each in survival) else INELIGIBLE,
        "variables_missing_or_expired": variables,
    }


def state(known: SubjectHistory, at: int) -> dict[str, Any] | None:
    """What is known of the candidate: status, treatments, latest values, priorities, calcium; None if unknown."""
    candidate = candidate_at(known, at)
    if candidate is None:
        return None
    return {
        "status": candidate.list_status,
        "registered": paris_text(candidate.registration.instant),
        "centre": candidate.value("centre"),
        "team": candidate.value("team"),
        "diseases": [
            {"code": code, "label": disease_label(code)}
            for code in candidate.value("diseases")  # type: ignore[attr-defined]
        ],
        "treatments": [
            {"treatment": period.treatment, "since": paris_text(period.start.instant), **event_of(period.start)}
            for period in candidate.running.values()
        ],
        "labs": _latest_values(candidate),
        "priorities": [
            {"what": fact.kind.rpartition(".")[2], "component": fact.data["component"], "time": fact.time}
            | event_of(fact)
            for fact in candidate.priorities
        ],
        "coronary_calcium": calcium_told(candidate.calcium),
    }


def event_of(fact: Fact) -> dict[str, Any]:
    """The event a value came from."""
    return {"event": {"source": fact.source, "id": fact.id, "position": fact.position}}


def _latest_values(candidate: Candidate) -> list[dict[str, Any]]:
    found = []
    with exact_arithmetic():
        for (analyte, context), facts in sorted(candidate.labs.items()):
            fact = facts[-1]
            value = {"analyte": analyte, "context": context, "value": fact.data["value"], "unit": fact.data["unit"]}
            if "comparator" in fact.data:
                value["comparator"] = fact.data["comparator"]
            found.append({**value, "si": f"{lab_si(fact):f}", "sampled": paris_text(fact.instant), **event_of(fact)})
    return found


def calcium_told(fact: Fact | None) -> dict[str, Any] | None:
    """A coronary calcium score of a candidate or donor with its class, what it means and what to beware of.

    It is shown beside the score of allocation and never enters it.
    """
    if fact is None:
        return None
    found = calcium_class(Decimal(fact.data["agatston"]))
    return {
        "agatston": fact.data["agatston"],
        "time": fact.time,
        **({"method": fact.data["method"]} if "method" in fact.data else {}),
        "class": found.code,
        "meaning": found.meaning,
        "caveats": [{"code": code, "text": text} for code, text in calcium_caveats()],
        "lecture": calcium_source(),
        **event_of(fact),
    }
