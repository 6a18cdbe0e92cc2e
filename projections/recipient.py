"""From a candidate's state to the annex's variables, each with the fact it came from.

Between two of its facts only the clock changes what a candidate's variables are. So they are made in two steps:
a profile, which holds as long as the facts do and can be kept, and the variables at an instant read off it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any, TypeAlias

from engine.events.vocabulary import to_si
from engine.log.history import Fact
from engine.quantities import (
    EXACT,
    ONE,
    ZERO,
    Stretch,
    age_running,
    days_begin,
    days_running,
    months_running,
    paris_microseconds,
)
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from engine.rules.variables import DonorLimits, Recipient, Sample
from projections.candidate import Candidate, Period
from projections.pre_treatment import PreTreatment, pre_treatment, support_start
from projections.priorities import Priority, priority_in_force

UNRECORDED = Sample(False, ONE, ZERO)
LAB_VARIABLES = {
    "bilirubin": "total_bilirubin",
    "creatinine": "creatinine",
    "bnp": "bnp",
    "nt_probnp": "nt_probnp",
}
"""The annex variable of each analyte."""
LIMIT_FIELDS, UNLIMITED = ("age", "weight_kg", "height_cm"), ("-Infinity", "Infinity")
ABO_MATCHING_CODES = {"compatible": "COM", "identical": "IDE"}
"""PABM_TYP; the guide names COM alone, IDE stands for the other choice."""
SAMPLES = tuple(f"{name}{suffix}" for suffix in ("", "_before") for name in LAB_VARIABLES)
RUNNING = ("age_years", "waiting_months", "ecmo_days", "lvad_days", "expert_months")
"""The variables that run with the clock, besides the ages of the samples."""


@dataclass(frozen=True, slots=True)
class Since:
    """A variable that runs with the clock: days, months or years since something happened."""

    unit: str
    start: int | date
    counted: str
    over: Decimal | None = None
    """Days to a month, where months are counted so."""

    @property
    def ends(self) -> bool:
        """Whether the stretch it is in ends some time, days apart: those are counted off the clock at any time."""
        return self.unit != "days"

    @property
    def begin(self) -> int:
        """The clock time from which days are counted."""
        assert not isinstance(self.start, date), "an age is counted in years"
        return days_begin(self.start, self.counted)

    def stretch(self, at: int) -> Stretch:
        """The stretch it is in at an instant."""
        if isinstance(self.start, date):
            return age_running(self.start, at, completed_only=self.counted == "completed")
        return months_running(self.start, at) if self.unit == "months" else days_running(self.start, at, self.counted)

    def value(self, at: int) -> Decimal:
        """Its value at an instant."""
        value = self.stretch(at).at(paris_microseconds(at))
        return value if self.over is None else EXACT.divide(value, self.over)


@dataclass(frozen=True, slots=True)
class Profile:
    """The variables of a candidate between two of its facts; those that run with the clock are a ``Since``."""

    variables: Recipient
    origins: dict[str, Fact]
    """The fact each variable came from; for a treatment that ran and stopped, the stop."""
    candidate: Candidate
    priority: Priority | None
    before: PreTreatment | None
    limits: DonorLimits
    kept: dict[str, Any] = field(default_factory=dict)
    """What others make of the profile alone; it lasts as long."""

    def at(self, at: int) -> "RecipientView":
        """The variables at an instant at which the profile holds."""
        variables = self.variables
        now = {name: _value(getattr(variables, name), at) for name in RUNNING}
        for name in SAMPLES:
            sample = getattr(variables, name)
            if sample is not UNRECORDED:
                now[name] = Sample(sample.known, sample.value, sample.age_days.value(at))
        return RecipientView(at, replace(variables, **now), self.origins, self.candidate, self.priority, self.before)


def _value(value: Any, at: int) -> Any:
    return value.value(at) if isinstance(value, Since) else value


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


def _days_since(start: int, r: Readings) -> Since:
    """Elapsed days by the reading elapsed_days."""
    return Since("days", start, r.elapsed_days)


def _months_since(start: int, p: RuleSet, r: Readings) -> Since:
    """Elapsed months by the reading months."""
    if r.months == "mean":
        return Since("days", start, r.elapsed_days, p.mean_month_days)
    return Since("months", start, r.months)


def birth_date(candidate: Candidate) -> date:
    """The candidate's birth date."""
    return date.fromisoformat(str(candidate.value("birth_date")))


def recipient_at(candidate: Candidate, at: int, p: RuleSet, r: Readings) -> RecipientView:
    """The annex's variables of a candidate at an instant."""
    return profile_of(candidate, p, r).at(at)


def profile_of(candidate: Candidate, p: RuleSet, r: Readings) -> Profile:
    """What a candidate's facts say of the annex's variables, whatever the clock shows."""
    origins = _treatment_origins(candidate)
    priority, before = priority_of(candidate, p, r), _before(candidate, p, r)
    variables = Recipient(
        **_listing(candidate, p, r),
        **_person(candidate),
        **_treatments(candidate, r),
        **_labs(candidate, r, origins),
        **_labs_before(before, r, origins),
        **_expert(priority, p, r, origins),
    )
    origins.update(_registration_origins(candidate))
    return Profile(variables, origins, candidate, priority, before, _donor_limits(candidate))


def priority_of(candidate: Candidate, p: RuleSet, r: Readings) -> Priority | None:
    """The expert priority in force."""
    if not candidate.priorities:
        return None
    return priority_in_force(candidate.priorities, birth_date(candidate), p.adult_age_years, r.priority_clock)


def _before(candidate: Candidate, p: RuleSet, r: Readings) -> PreTreatment | None:
    derived = r.pre_treatment_values == "derived"
    return pre_treatment(candidate, p.pre_treatment_window_days, derived=derived, counted=r.elapsed_days)


def _listing(candidate: Candidate, p: RuleSet, r: Readings) -> dict[str, Any]:
    return {
        "age_years": Since("years", birth_date(candidate), r.age),
        "waiting_months": _months_since(candidate.registration.instant, p, r),
    }


def _person(candidate: Candidate) -> dict[str, Any]:
    return {
        "sex": candidate.value("sex"),
        "blood_group": candidate.value("blood_group"),
        "height_cm": Decimal(str(candidate.value("height_cm"))),
        "weight_kg": Decimal(str(candidate.value("weight_kg"))),
        "diseases": tuple(candidate.value("diseases")),  # type: ignore[arg-type]
        "abo_matching": ABO_MATCHING_CODES[str(candidate.value("abo_matching"))],
    }


Said: TypeAlias = Callable[[Candidate, RuleSet, Readings], dict[str, Any]]
PARTS: dict[str, Said] = {
    "listing": lambda candidate, p, r: _listing(candidate, p, r),
    "person": lambda candidate, p, r: _person(candidate),
    "limits": lambda candidate, p, r: _limits(candidate),
    "treatments": lambda candidate, p, r: _treatments(candidate, r),
    "labs": lambda candidate, p, r: dict.fromkeys(LAB_VARIABLES, UNRECORDED) | _results(candidate),
    "before": lambda candidate, p, r: _said_before(_before(candidate, p, r)),
    "expert": lambda candidate, p, r: _expert(priority_of(candidate, p, r), p, r, {}),
}
"""All that a profile says, limits included, in parts of which a fact changes one or two; for a sample its result."""


_RECORDED = {
    "labs": attrgetter("labs"),
    "treatments": attrgetter("running"),
    "expert": attrgetter("priorities"),
}
"""Where it is recorded what a part says."""


def is_blank(part: str, candidate: Candidate) -> bool:
    """Whether a part says what it says of somebody of whom nothing is recorded."""
    if part == "before":
        return support_start(candidate) is None
    if part == "limits":
        return not candidate.value("donor_limits")
    recorded = _RECORDED.get(part)
    return recorded is not None and not recorded(candidate)


def _limits(candidate: Candidate) -> dict[str, Any]:
    limits = _donor_limits(candidate)
    return {each.name: getattr(limits, each.name) for each in fields(limits)}


def _donor_limits(candidate: Candidate) -> DonorLimits:
    limits: Any = candidate.value("donor_limits") or {}
    bounds = [limits.get(name, UNLIMITED) for name in LIMIT_FIELDS]
    return DonorLimits(*(Decimal(end) for low_high in bounds for end in low_high))


def _registration_origins(candidate: Candidate) -> dict[str, Fact]:
    names = ("sex", "blood_group", "height_cm", "weight_kg", "diseases", "abo_matching")
    origins = {name: candidate.fields[name] for name in names}
    return origins | {"age_years": candidate.fields["birth_date"], "waiting_months": candidate.registration}


def long_term_support(candidate: Candidate) -> Period | None:
    """SIAV2: of the running LVAD and BiVAD, the one started last."""
    running = [candidate.running[name] for name in ("lvad", "bivad") if name in candidate.running]
    return max(running, key=lambda period: period.start.effective, default=None)


_FLAGS = {
    "ecmo": "ecmo",
    "inotropes": "iv_inotropes",
    "total_artificial_heart": "total_artificial_heart",
    "dialysis": "chronic_dialysis",
    "sacubitril_valsartan": "sacubitril_valsartan",
}
"""The treatment that each of these variables is about."""


def _treatments(candidate: Candidate, r: Readings) -> dict[str, Any]:
    running, support = candidate.running, long_term_support(candidate)
    lvad = support if support and support.treatment == "lvad" else None
    return {
        **{name: treatment in running for name, treatment in _FLAGS.items()},
        "ecmo_days": _days_since(running["ecmo"].start.instant, r) if "ecmo" in running else ZERO,
        "long_term_support": ("G" if lvad else "B") if support else "",
        "lvad_days": _days_since(lvad.start.instant, r) if lvad else ZERO,
        "lvad_complicated": lvad.complicated if lvad else False,
    }


def _treatment_origins(candidate: Candidate) -> dict[str, Fact]:
    running, support = candidate.running, long_term_support(candidate)
    origins: dict[str, Fact] = {}
    for name, treatment in _FLAGS.items():
        periods = [period for period in candidate.periods if period.treatment == treatment]
        if periods:
            origins[name] = periods[-1].ended_by or periods[-1].start
    if support:
        origins["long_term_support"] = support.start
        if support.treatment == "lvad":
            origins["lvad_days"] = origins["lvad_complicated"] = support.start
    if "ecmo" in running:
        origins["ecmo_days"] = running["ecmo"].start
    return origins


def lab_si(fact: Fact) -> Decimal:
    """The value of a laboratory fact in the annex's unit."""
    return to_si(fact.data["analyte"], Decimal(fact.data["value"]), fact.data["unit"])


def _sample(fact: Fact, r: Readings) -> Sample:
    return Sample(True, lab_si(fact), _days_since(fact.instant, r))


def _results(candidate: Candidate) -> dict[str, Fact]:
    """The latest result of each variable that has one."""
    labs = {name: candidate.labs.get((analyte, "current")) for name, analyte in LAB_VARIABLES.items()}
    return {name: facts[-1] for name, facts in labs.items() if facts}


def _results_before(before: PreTreatment) -> dict[str, Fact]:
    """The result from before ECMO or inotropes of each variable that has one."""
    values = before.values
    return {f"{name}_before": values[analyte] for name, analyte in LAB_VARIABLES.items() if analyte in values}


_UNKNOWN_BEFORE = {**{f"{name}_before": UNRECORDED for name in LAB_VARIABLES}, "dialysis_before": False}


def _said_before(before: PreTreatment | None) -> dict[str, Any]:
    if before is None:
        return _UNKNOWN_BEFORE
    return {**_UNKNOWN_BEFORE, **_results_before(before), "dialysis_before": before.dialysis is not None}


def _labs(candidate: Candidate, r: Readings, origins: dict[str, Fact]) -> dict[str, Sample]:
    found = _results(candidate)
    origins.update(found)
    return dict.fromkeys(LAB_VARIABLES, UNRECORDED) | {name: _sample(fact, r) for name, fact in found.items()}


def _labs_before(before: PreTreatment | None, r: Readings, origins: dict[str, Fact]) -> dict[str, Any]:
    if before is None:
        return _UNKNOWN_BEFORE
    found = _results_before(before)
    origins.update(found)
    if before.dialysis:
        origins["dialysis_before"] = before.dialysis.start
    return {**_said_before(before), **{name: _sample(fact, r) for name, fact in found.items()}}


def _expert(priority: Priority | None, p: RuleSet, r: Readings, origins: dict[str, Fact]) -> dict[str, Any]:
    if priority is None:
        return {"urgency": "", "expert_points": ZERO, "expert_delay_months": ZERO, "expert_months": ZERO}
    grant = priority.grant
    given = {"urgency": "component", "expert_points": "points", "expert_delay_months": "delay_months"}
    origins.update({name: grant for name, field in given.items() if field in grant.data})
    origins["expert_months"] = priority.clock
    return {
        "urgency": priority.component,
        # no grant gives more than the rule set's, which one without points gives: a policy may lower them for all
        "expert_points": min(Decimal(grant.data.get("points", p.xpca_points)), p.xpca_points),
        "expert_delay_months": Decimal(grant.data.get("delay_months", 0)),
        "expert_months": _months_since(priority.clock.instant, p, r),
    }
