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
from engine.quantities import EARLIEST, elapsed_days
from engine.rules.annex_3_2_icar import fresh, peptides_not_needed, validity_days
from engine.rules.arithmetic import EXACT_ARITHMETIC
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from projections.gather import Listed
from projections.priorities import too_old_for_xpcp
from projections.recipient import LAB_VARIABLES, RecipientView, birth_date
from projections.results import PEPTIDES, needed_samples, used_results, used_today

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


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to look at: a code, a sentence, and the positions of the facts it is about."""

    code: str
    message: str
    positions: tuple[int, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Code, sentence and positions."""
        return {"code": self.code, "message": self.message, "positions": list(self.positions)}


def alerts_of(listed: Listed, p: RuleSet, r: Readings, history: History) -> list[Alert]:
    """Every alert about a candidate at the instant it is listed at, as known."""
    view = listed.view
    found = [*variable_alerts(view, p, r)]
    if view.variables.age_years >= p.adult_age_years:
        used = used_results(view, p, r)
        found += _sampling_alerts(used, p)
        found += _bound_alerts([*used.values(), *_used_earlier(listed, p, r)])
        found += _peptide_alerts(view, p)
        found += _pre_treatment_alerts(view, used, p)
    found += _priority_alerts(view, p)
    return found + _fact_alerts(view, history)


def _fact_alerts(view: RecipientView, history: History) -> list[Alert]:
    """What the plausibility rules find about the facts of this listing, as known, up to the instant: one a code."""
    subject = history.of(view.candidate.registration.subject)
    looking = Looking(subject, Known(history.of))
    left = subject.course().before(view.candidate.registration, STANDING)
    before = left.effective if left and left.kind != "candidate.registered" else (EARLIEST, 0)
    found: dict[str, list[tuple[Fact, str]]] = {}
    for fact in subject.in_effective_order():
        if before < fact.effective and fact.instant <= view.at:
            for notice in looking.notices_of(fact):
                found.setdefault(notice.code, []).append((fact, notice.message))
    return [_one_alert(code, about) for code, about in found.items()]


def _one_alert(code: str, about: list[tuple[Fact, str]]) -> Alert:
    more = f" (and {len(about) - 1} more like it)" if len(about) > 1 else ""
    return Alert(code, about[-1][1] + more, tuple(fact.position for fact, _ in about))


def variable_alerts(view: RecipientView, p: RuleSet, r: Readings) -> Iterator[Alert]:
    """Panel item 8: the day's variables that are missing or too old."""
    validity = validity_days(EXACT_ARITHMETIC, view.variables, p)
    for name, sample in needed_samples(view, p, r).items():
        if not sample.known:
            yield Alert(f"{name}_missing", f"{name}: no current value")
        elif not fresh(sample, validity):
            yield Alert(f"{name}_expired", f"{name}: sampled over {validity} days ago")


def _sampling_alerts(used: dict[str, Fact], p: RuleSet) -> Iterator[Alert]:
    facts = [fact for name, fact in used.items() if name in LAB_VARIABLES]
    yield from _spread(facts, "day's", p)
    if facts:
        latest = max(fact.instant for fact in facts)
        old = [fact for fact in facts if elapsed_days(fact.instant, latest) > p.sampling_window_days]
        if old:
            words = f"values sampled over {p.sampling_window_days} days before the latest: {_analytes(old)}"
            yield Alert("sampling_window", words, _positions(old))


def _used_earlier(listed: Listed, p: RuleSet, r: Readings) -> Iterator[Fact]:
    """The results of each earlier index of the day that counts beside today's (reading icar_maximum=running)."""
    for past in listed.earlier:
        yield from used_today(past.view, p, r).values()


def _bound_alerts(used: list[Fact]) -> Iterator[Alert]:
    """Bounds among the results used, of the day or of before."""
    bounds = list({fact.position: fact for fact in used if "comparator" in fact.data}.values())
    if bounds:
        yield Alert("bound_used", f"a bound stands for the value: {_analytes(bounds)}", _positions(bounds))


def _peptide_alerts(view: RecipientView, p: RuleSet) -> Iterator[Alert]:
    """Peptides on a support that needs none (2.2.1), and BNP under sacubitril/valsartan."""
    variables, validity = view.variables, validity_days(EXACT_ARITHMETIC, view.variables, p)
    if peptides_not_needed(EXACT_ARITHMETIC, variables):
        yield Alert("peptides_not_needed", "ECMO, total artificial heart or BiVAD: peptides need not be given")
    elif fresh(variables.bnp, validity) and variables.sacubitril_valsartan:
        words = "BNP under sacubitril/valsartan: give NT-proBNP alone"
        yield Alert("bnp_under_sacubitril", words, (view.origins["bnp"].position,))


def _spread(facts: list[Fact], which: str, p: RuleSet) -> Iterator[Alert]:
    if len(facts) > 1:
        first, last = min(fact.instant for fact in facts), max(fact.instant for fact in facts)
        if elapsed_days(first, last) > p.sampling_spread_days:
            code = "sampling_spread" if which == "day's" else "pre_treatment_spread"
            words = f"the {which} values are over {p.sampling_spread_days} days apart"
            yield Alert(code, words, _positions(facts))


def _pre_treatment_alerts(view: RecipientView, used: dict[str, Fact], p: RuleSet) -> Iterator[Alert]:
    before = view.before
    if before is None:
        return
    lacking = [] if "bilirubin_before" in used else ["bilirubin"]
    lacking += [] if "creatinine_before" in used or before.dialysis else ["creatinine"]
    given = any(f"{name}_before" in used for name in PEPTIDES)
    lacking += [] if given or peptides_not_needed(EXACT_ARITHMETIC, view.variables) else ["peptides"]
    if lacking:
        words = f"no value from before {before.start.data['treatment']}: {', '.join(lacking)}"
        yield Alert("pre_treatment_missing", words, (before.start.position,))
    facts = sorted((used[name] for name in used if name not in LAB_VARIABLES), key=lambda fact: fact.position)
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
    return ", ".join(dict.fromkeys(fact.data["analyte"] for fact in facts))


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
