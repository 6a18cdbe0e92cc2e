"""From a candidate's state to the annex's variables at an instant, each with the fact it came from."""

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from engine.events.vocabulary import to_si
from engine.log.history import Fact
from engine.quantities import EXACT, ONE, ZERO, age_years, calendar_months, elapsed_days
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from engine.rules.variables import Recipient, Sample
from projections.candidate import Candidate, Period
from projections.pre_treatment import PreTreatment, pre_treatment
from projections.priorities import Priority, priority_in_force

UNRECORDED = Sample(False, ONE, ZERO)
LAB_VARIABLES = {
    "bilirubin": "total_bilirubin",
    "creatinine": "creatinine",
    "bnp": "bnp",
    "nt_probnp": "nt_probnp",
}
"""The annex variable of each analyte."""
ABO_MATCHING_CODES = {"compatible": "COM", "identical": "IDE"}
"""PABM_TYP; the guide names COM alone, IDE stands for the other choice."""
_PERSON = ("age_years", "sex", "blood_group", "height_cm", "weight_kg", "diseases", "abo_matching")
_UNASKED: dict[str, Any] = {each.name: None for each in fields(Recipient) if each.name not in _PERSON}


@dataclass(frozen=True, slots=True)
class RecipientView:
    """The variables, where each came from, and the state behind them."""

    at: int
    variables: Recipient
    origins: dict[str, Fact]
    """The fact each variable came from; for a treatment that ran and stopped, the stop."""
    candidate: Candidate
    priority: Priority | None
    before: PreTreatment | None


def days_between(start: int, at: int, r: Readings) -> Decimal:
    """Elapsed days by the reading elapsed_days."""
    return elapsed_days(start, at, r.elapsed_days)


def months_between(start: int, at: int, p: RuleSet, r: Readings) -> Decimal:
    """Elapsed months by the reading months."""
    if r.months == "mean":
        return EXACT.divide(days_between(start, at, r), p.mean_month_days)
    return calendar_months(start, at)


def birth_date(candidate: Candidate) -> date:
    """The candidate's birth date."""
    return date.fromisoformat(str(candidate.value("birth_date")))


def recipient_at(candidate: Candidate, at: int, p: RuleSet, r: Readings) -> RecipientView:
    """The annex's variables of a candidate at an instant."""
    origins: dict[str, Fact] = {}
    birth = birth_date(candidate)
    priority = priority_in_force(candidate.priorities, birth, p.adult_age_years, r.priority_clock)
    before = pre_treatment(
        candidate,
        p.pre_treatment_window_days,
        derived=r.pre_treatment_values == "derived",
        counted=r.elapsed_days,
    )
    variables = Recipient(
        **_person(candidate, birth, at, r),
        waiting_months=months_between(candidate.registration.instant, at, p, r),
        **_treatments(candidate, at, r, origins),
        **_labs(candidate, at, r, origins),
        **_labs_before(before, at, r, origins),
        **_expert(priority, at, p, r, origins),
    )
    origins.update(_registration_origins(candidate))
    return RecipientView(at, variables, origins, candidate, priority, before)


def matching_variables(candidate: Candidate, at: int, p: RuleSet, r: Readings) -> Recipient:
    """The variables that matching with a donor asks for (annexes 3.4.1 to 3.4.3); the others are not filled in."""
    birth = birth_date(candidate)
    priority = priority_in_force(candidate.priorities, birth, p.adult_age_years, r.priority_clock)
    urgency = priority.component if priority else ""
    return Recipient(**_person(candidate, birth, at, r), **(_UNASKED | {"urgency": urgency}))


def _person(candidate: Candidate, birth: date, at: int, r: Readings) -> dict[str, Any]:
    return {
        "age_years": age_years(birth, at, completed_only=r.age == "completed"),
        "sex": candidate.value("sex"),
        "blood_group": candidate.value("blood_group"),
        "height_cm": Decimal(str(candidate.value("height_cm"))),
        "weight_kg": Decimal(str(candidate.value("weight_kg"))),
        "diseases": tuple(candidate.value("diseases")),  # type: ignore[arg-type]
        "abo_matching": ABO_MATCHING_CODES[str(candidate.value("abo_matching"))],
    }


def _registration_origins(candidate: Candidate) -> dict[str, Fact]:
    names = ("sex", "blood_group", "height_cm", "weight_kg", "diseases", "abo_matching")
    origins = {name: candidate.fields[name] for name in names}
    return origins | {"age_years": candidate.fields["birth_date"], "waiting_months": candidate.registration}


def long_term_support(candidate: Candidate) -> Period | None:
    """SIAV2: of the running LVAD and BiVAD, the one started last."""
    running = [candidate.running[name] for name in ("lvad", "bivad") if name in candidate.running]
    return max(running, key=lambda period: period.start.effective, default=None)


def _treatments(candidate: Candidate, at: int, r: Readings, origins: dict[str, Fact]) -> dict[str, Any]:
    running = candidate.running
    flags = {
        "ecmo": "ecmo",
        "inotropes": "iv_inotropes",
        "total_artificial_heart": "total_artificial_heart",
        "dialysis": "chronic_dialysis",
        "sacubitril_valsartan": "sacubitril_valsartan",
    }
    for name, treatment in flags.items():
        periods = [period for period in candidate.periods if period.treatment == treatment]
        if periods:
            origins[name] = periods[-1].ended_by or periods[-1].start
    support = long_term_support(candidate)
    lvad = support if support and support.treatment == "lvad" else None
    if support:
        origins["long_term_support"] = support.start
    if lvad:
        origins["lvad_days"] = origins["lvad_complicated"] = lvad.start
    if "ecmo" in running:
        origins["ecmo_days"] = running["ecmo"].start
    return {
        **{name: treatment in running for name, treatment in flags.items()},
        "ecmo_days": days_between(running["ecmo"].start.instant, at, r) if "ecmo" in running else ZERO,
        "long_term_support": ("G" if lvad else "B") if support else "",
        "lvad_days": days_between(lvad.start.instant, at, r) if lvad else ZERO,
        "lvad_complicated": lvad.complicated if lvad else False,
    }


def lab_si(fact: Fact) -> Decimal:
    """The value of a laboratory fact in the annex's unit."""
    return to_si(fact.data["analyte"], Decimal(fact.data["value"]), fact.data["unit"])


def _sample(fact: Fact, at: int, r: Readings) -> Sample:
    return Sample(True, lab_si(fact), days_between(fact.instant, at, r))


def _labs(candidate: Candidate, at: int, r: Readings, origins: dict[str, Fact]) -> dict[str, Sample]:
    samples = dict.fromkeys(LAB_VARIABLES, UNRECORDED)
    for name, analyte in LAB_VARIABLES.items():
        if facts := candidate.labs.get((analyte, "current")):
            samples[name], origins[name] = _sample(facts[-1], at, r), facts[-1]
    return samples


def _labs_before(before: PreTreatment | None, at: int, r: Readings, origins: dict[str, Fact]) -> dict[str, Any]:
    values: dict[str, Any] = {f"{name}_before": UNRECORDED for name in LAB_VARIABLES}
    values["dialysis_before"] = False
    if before is None:
        return values
    for name, analyte in LAB_VARIABLES.items():
        if analyte in before.values:
            fact = before.values[analyte]
            values[f"{name}_before"], origins[f"{name}_before"] = _sample(fact, at, r), fact
    if before.dialysis:
        values["dialysis_before"], origins["dialysis_before"] = True, before.dialysis.start
    return values


def _expert(priority: Priority | None, at: int, p: RuleSet, r: Readings, origins: dict[str, Fact]) -> dict[str, Any]:
    if priority is None:
        return {"urgency": "", "expert_points": ZERO, "expert_delay_months": ZERO, "expert_months": ZERO}
    grant = priority.grant
    given = {"urgency": "component", "expert_points": "points", "expert_delay_months": "delay_months"}
    origins.update({name: grant for name, field in given.items() if field in grant.data})
    origins["expert_months"] = priority.clock
    return {
        "urgency": priority.component,
        "expert_points": Decimal(grant.data["points"]) if "points" in grant.data else p.xpca_points,
        "expert_delay_months": Decimal(grant.data.get("delay_months", 0)),
        "expert_months": months_between(priority.clock.instant, at, p, r),
    }
