"""Alerts: what a team should look at in a candidate's data.

Those of this module are the guide's (2.2 and 2.3), about the variables of an instant; those about single facts come
from the plausibility rules. Alerts never change a score. Each has a stable code, for programs, and a sentence, for
people.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.intake.plausibility.registry import Looking
from engine.intake.plausibility.rule import Known
from engine.log.course import STANDING
from engine.log.history import Fact, History
from engine.quantities import elapsed_days
from engine.rules.annex_3_2_icar import fresh, peptides_not_needed, validity_days
from engine.rules.arithmetic import EXACT_ARITHMETIC
from engine.rules.ruleset import RuleSet
from engine.rules.variables import Sample
from projections.priorities import too_old_for_xpcp
from projections.recipient import RecipientView, birth_date

ALERTS: dict[str, str] = {
    "bilirubin_missing": "No current bilirubin, which an adult's score needs.",
    "creatinine_missing": "No current creatinine, which an adult's score needs without dialysis.",
    "peptides_missing": "No current BNP or NT-proBNP, which an adult's score needs without ECMO, BiVAD or TAH.",
    "bilirubin_expired": "The bilirubin is older than the guide lets it count (3.2.1).",
    "creatinine_expired": "The creatinine is older than the guide lets it count (3.2.1).",
    "peptides_expired": "The peptide is older than the guide lets it count (3.2.1).",
    "sampling_spread": "The day's values were sampled too far apart (2.2.1).",
    "sampling_window": "Some of the day's values were sampled too long before the latest (2.2.1).",
    "bound_used": "A result was sent as a bound (< or >), which stands for the value.",
    "peptides_not_needed": "ECMO, total artificial heart or BiVAD: peptides need not be given (2.2.1).",
    "bnp_under_sacubitril": "BNP under sacubitril/valsartan, where only NT-proBNP tells (2.2.1).",
    "pre_treatment_missing": "No value from before ECMO or inotropes (1.2.1, 2.3.1).",
    "pre_treatment_spread": "The values from before the treatment were sampled too far apart.",
    "pre_treatment_after_start": "A value from before the treatment was sampled after its start.",
    "pre_treatment_window": "A value from before the treatment was sampled too long before its start.",
    "xpcp_after_18": "A paediatric priority granted on or after the 18th birthday has no effect.",
}
"""The codes of the alerts about variables, each with what it says."""


EVER = -(1 << 62)
"""Before every instant."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to look at: a code, a sentence, and the positions of the facts it is about."""

    code: str
    message: str
    positions: tuple[int, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Code, sentence and positions."""
        return {"code": self.code, "message": self.message, "positions": list(self.positions)}


def alerts_of(view: RecipientView, p: RuleSet, history: History) -> list[Alert]:
    """Every alert about a candidate at the instant of its variables, as known."""
    found = [*variable_alerts(view, p)]
    if view.variables.age_years >= p.adult_age_years:
        found += _sampling_alerts(view, p)
        found += _pre_treatment_alerts(view, p)
    found += _priority_alerts(view, p)
    return found + _fact_alerts(view, history)


def _fact_alerts(view: RecipientView, history: History) -> list[Alert]:
    """What the plausibility rules find about the facts of this listing, as known, up to the instant: one a code."""
    subject = history.of(view.candidate.registration.subject)
    looking = Looking(subject, Known(history.of))
    left = subject.course().before(view.candidate.registration, STANDING)
    before = left.effective if left and left.kind != "candidate.registered" else (EVER, 0)
    found: dict[str, list[tuple[Fact, str]]] = {}
    for fact in subject.in_effective_order():
        if before < fact.effective and fact.instant <= view.at:
            for notice in looking.notices_of(fact):
                found.setdefault(notice.code, []).append((fact, notice.message))
    return [_one_alert(code, about) for code, about in found.items()]


def _one_alert(code: str, about: list[tuple[Fact, str]]) -> Alert:
    more = f" (and {len(about) - 1} more like it)" if len(about) > 1 else ""
    return Alert(code, about[-1][1] + more, tuple(fact.position for fact, _ in about))


def needed_samples(view: RecipientView, p: RuleSet) -> dict[str, Sample]:
    """The day's variables that an adult's score needs now: bilirubin, creatinine without dialysis, one peptide."""
    recipient = view.variables
    if recipient.age_years < p.adult_age_years:
        return {}
    needed = {"bilirubin": recipient.bilirubin}
    if not recipient.dialysis:
        needed["creatinine"] = recipient.creatinine
    if not peptides_not_needed(EXACT_ARITHMETIC, recipient):
        peptides = [sample for sample in (recipient.nt_probnp, recipient.bnp) if sample.known]
        needed["peptides"] = min(peptides, key=lambda sample: sample.age_days, default=recipient.nt_probnp)
    return needed


def variable_alerts(view: RecipientView, p: RuleSet) -> Iterator[Alert]:
    """Panel item 8: the day's variables that are missing or too old."""
    validity = validity_days(EXACT_ARITHMETIC, view.variables, p)
    for name, sample in needed_samples(view, p).items():
        if not sample.known:
            yield Alert(f"{name}_missing", f"{name}: no current value")
        elif not fresh(sample, validity):
            yield Alert(f"{name}_expired", f"{name}: sampled over {validity} days ago")


def _sampling_alerts(view: RecipientView, p: RuleSet) -> Iterator[Alert]:
    facts = _used_facts(view)
    yield from _spread(facts, "day's", p)
    if facts:
        latest = max(fact.instant for fact in facts)
        old = [fact for fact in facts if elapsed_days(fact.instant, latest) > p.sampling_window_days]
        if old:
            words = f"values sampled over {p.sampling_window_days} days before the latest: {_analytes(old)}"
            yield Alert("sampling_window", words, _positions(old))
    bounds = [fact for fact in facts if "comparator" in fact.data]
    if bounds:
        yield Alert("bound_used", f"a bound stands for the value: {_analytes(bounds)}", _positions(bounds))
    yield from _peptide_alerts(view)


def _used_facts(view: RecipientView) -> list[Fact]:
    """The latest facts that an adult's score uses: no creatinine under dialysis, one peptide, or none."""
    names = ["bilirubin"] + ([] if view.variables.dialysis else ["creatinine"])
    if not peptides_not_needed(EXACT_ARITHMETIC, view.variables):
        names += ["nt_probnp"] if "nt_probnp" in view.origins else ["bnp"]
    return [view.origins[name] for name in names if name in view.origins]


def _peptide_alerts(view: RecipientView) -> Iterator[Alert]:
    """Peptides on a support that needs none (2.2.1), and BNP under sacubitril/valsartan."""
    if peptides_not_needed(EXACT_ARITHMETIC, view.variables):
        yield Alert("peptides_not_needed", "ECMO, total artificial heart or BiVAD: peptides need not be given")
    elif "bnp" in view.origins and view.variables.sacubitril_valsartan:
        words = "BNP under sacubitril/valsartan: give NT-proBNP alone"
        yield Alert("bnp_under_sacubitril", words, (view.origins["bnp"].position,))


def _spread(facts: list[Fact], which: str, p: RuleSet) -> Iterator[Alert]:
    if len(facts) > 1:
        first, last = min(fact.instant for fact in facts), max(fact.instant for fact in facts)
        if elapsed_days(first, last) > p.sampling_spread_days:
            code = "sampling_spread" if which == "day's" else "pre_treatment_spread"
            words = f"the {which} values are over {p.sampling_spread_days} days apart"
            yield Alert(code, words, _positions(facts))


def _pre_treatment_alerts(view: RecipientView, p: RuleSet) -> Iterator[Alert]:
    before = view.before
    if before is None:
        return
    given = set(before.values)
    lacking = [] if "total_bilirubin" in given else ["bilirubin"]
    lacking += [] if "creatinine" in given or before.dialysis else ["creatinine"]
    lacking += (
        [] if given & {"bnp", "nt_probnp"} or peptides_not_needed(EXACT_ARITHMETIC, view.variables) else ["peptides"]
    )
    if lacking:
        words = f"no value from before {before.start.data['treatment']}: {', '.join(lacking)}"
        yield Alert("pre_treatment_missing", words, (before.start.position,))
    facts = sorted(before.values.values(), key=lambda fact: fact.position)
    yield from _spread(facts, "pre-treatment", p)
    after = [fact for fact in facts if fact.instant > before.start.instant]
    if after:
        yield Alert("pre_treatment_after_start", f"sampled after the start: {_analytes(after)}", _positions(after))
    window = p.pre_treatment_window_days
    early = [fact for fact in facts if elapsed_days(fact.instant, before.start.instant) > window]
    if early:
        words = f"sampled over {window} days before the start: {_analytes(early)}"
        yield Alert("pre_treatment_window", words, _positions(early))


def _priority_alerts(view: RecipientView, p: RuleSet) -> Iterator[Alert]:
    birth = birth_date(view.candidate)
    for fact in view.candidate.priorities:
        if fact.kind != "expert-priority.granted":
            continue
        if too_old_for_xpcp(fact, birth, p.adult_age_years):
            words = f"{fact.data['component']} granted on or after the 18th birthday: it has no effect"
            yield Alert("xpcp_after_18", words, (fact.position,))


def _analytes(facts: list[Fact]) -> str:
    return ", ".join(fact.data["analyte"] for fact in facts)


def _positions(facts: list[Fact]) -> tuple[int, ...]:
    return tuple(sorted(fact.position for fact in facts))


def unregistered(history: History, at: int) -> list[tuple[str, int]]:
    """Candidates with facts but no registration by the instant, and how many facts each has."""
    found = []
    for subject, known in history.may_lack_registration(at):
        registered = any(fact.kind == "candidate.registered" and fact.instant <= at for fact in known.facts.values())
        count = sum(fact.instant <= at for fact in known.facts.values())
        if count and not registered:
            found.append((subject.partition("/")[2], count))
    return found
