"""Which of a candidate's results its score uses at an instant, and which it needs."""

from engine.log.history import Fact
from engine.rules.annex_3_2_icar import bnp_allowed, peptides_not_needed
from engine.rules.arithmetic import EXACT_ARITHMETIC
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from engine.rules.sources import results_used
from engine.rules.variables import Recipient, Sample
from projections.recipient import LAB_VARIABLES, RecipientView

PEPTIDES = ("nt_probnp", "bnp")
"""The variables of which one is enough, the one that the annex takes first first."""
GROUPS = {"bilirubin": "bilirubin", "creatinine": "creatinine"} | dict.fromkeys(PEPTIDES, "peptides")
"""What a score needs, by the variables that may stand for it."""


def used_results(view: RecipientView, p: RuleSet, r: Readings) -> dict[str, Fact]:
    """The facts that an adult's score uses, by variable, those from before ECMO or inotropes (``_before``) too."""
    return {name: view.origins[name] for name in results_used(view.variables, p, r)}


def used_today(view: RecipientView, p: RuleSet, r: Readings) -> dict[str, Fact]:
    """Of these the results of the day."""
    return {name: fact for name, fact in used_results(view, p, r).items() if name in LAB_VARIABLES}


def needed_results(view: RecipientView, p: RuleSet, r: Readings) -> dict[str, str]:
    """The day's results that an adult's score needs, each with the variable that it is or would be taken from.

    bilirubin, creatinine without dialysis, and one peptide: the one used; none used, the one sampled last.
    """
    recipient = view.variables
    if recipient.age_years < p.adult_age_years:
        return {}
    needed = {"bilirubin": "bilirubin"}
    if not recipient.dialysis:
        needed["creatinine"] = "creatinine"
    if not peptides_not_needed(EXACT_ARITHMETIC, recipient):
        needed["peptides"] = _peptide(recipient, p, r)
    return needed


def needed_samples(view: RecipientView, p: RuleSet, r: Readings) -> dict[str, Sample]:
    """The same with the variables' values."""
    return {name: getattr(view.variables, variable) for name, variable in needed_results(view, p, r).items()}


def _peptide(recipient: Recipient, p: RuleSet, r: Readings) -> str:
    allowed = PEPTIDES if bnp_allowed(EXACT_ARITHMETIC, recipient, r) else PEPTIDES[:1]
    given = [name for name in allowed if getattr(recipient, name).known]
    if len(given) > 1:
        used = results_used(recipient, p, r)
        given = [name for name in given if name in used] or given
    return min(given, key=lambda name: getattr(recipient, name).age_days, default=PEPTIDES[0])
