"""A candidate's standing at an instant: its variables and its raw score, as every list and run uses them."""

from dataclasses import dataclass
from decimal import Decimal

from engine.log.history import SubjectHistory
from engine.quantities import paris_text, published
from engine.rules.annex_3_3_ccb import EXPERT_COMPONENTS
from engine.rules.arithmetic import Arithmetic
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from engine.rules.score import RawScore, raw_score
from projections.candidate import candidate_at
from projections.recipient import RecipientView, recipient_at

LATER = 1 << 62
"""Sorts after every instant: what a candidate without a date gets."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A candidate with its variables and raw score at an instant."""

    view: RecipientView
    earlier: list[RecipientView]
    """The variables at each sampling since ECMO or inotropes started (reading icar_maximum=running)."""
    raw: RawScore

    @property
    def id(self) -> str:
        """The candidate's bare id."""
        return self.view.candidate.id

    @property
    def tie_break(self) -> tuple[int, int, int, str]:
        """Earlier expert component in force, then LVAD implantation, then registration, then id."""
        view = self.view
        expert = view.priority.clock.instant if view.priority and self.raw.component in EXPERT_COMPONENTS else LATER
        lvad = view.origins["lvad_days"].instant if view.variables.long_term_support == "G" else LATER
        return expert, lvad, view.candidate.registration.instant, self.id

    def raw_fields(self) -> dict[str, object]:
        """component, icar, icar_j, icar_i and ccb as published."""
        raw = self.raw
        return {
            "component": raw.component,
            "icar": int(raw.icar) if raw.adult else None,
            "icar_j": int(raw.icar_today) if raw.adult else None,
            "icar_i": int(raw.icar_before) if raw.adult and raw.on_support else None,
            "ccb": published(raw.ccb),
        }


def standing_of(
    view: RecipientView,
    known: SubjectHistory,
    counter: int,
    x: Arithmetic,
    p: RuleSet,
    r: Readings,
    ignoring_offer: str | None = None,
) -> Standing:
    """A candidate's standing at the instant of its variables, for the offer that has the given counter."""
    earlier = _earlier_states(view, known, p, r, ignoring_offer)
    then = [(paris_text(past.at), past.variables) for past in earlier]
    return Standing(view, earlier, raw_score(x, view.variables, then, Decimal(counter), p, r))


def _earlier_states(
    view: RecipientView, known: SubjectHistory, p: RuleSet, r: Readings, ignoring_offer: str | None
) -> list[RecipientView]:
    """Variables at each current sampling since ECMO or inotropes started; only the reading ``running`` asks."""
    if r.icar_maximum != "running" or view.before is None:
        return []
    start = view.before.start.instant
    samplings = {
        fact.instant: None
        for (_, context), facts in view.candidate.labs.items()
        for fact in facts
        if context == "current" and fact.instant >= start
    }
    views = []
    for then in sorted(samplings):
        state = candidate_at(known, then, ignoring_offer=ignoring_offer, registered_by=view.at)
        if state is not None:
            views.append(recipient_at(state, then, p, r))
    return [past for past in views if past.variables.age_years >= p.adult_age_years]
