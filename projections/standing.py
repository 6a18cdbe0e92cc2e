"""A candidate's standing at an instant: its raw score as published, as every list and run uses it."""

from dataclasses import dataclass

from engine.quantities import LATEST, published_text
from engine.rules.annex_3_3_ccb import EXPERT_COMPONENTS
from projections.candidate import Candidate
from projections.gather import Listed
from projections.priorities import Priority
from projections.recipient import Profile, RecipientView, long_term_support


@dataclass(frozen=True, slots=True)
class Standing:
    """A candidate on the list with its component, index of cardiac risk and raw score; ICARs None under 18."""

    listed: Listed
    component: str
    icar: int | None
    icar_j: int | None
    icar_i: int | None
    """None without ECMO and inotropes."""
    ccb: int
    """In millionths."""

    @property
    def id(self) -> str:
        """The candidate's bare id."""
        return self.listed.id

    @property
    def view(self) -> RecipientView:
        """The variables, where each came from, and the state behind them."""
        return self.listed.view

    def raw_fields(self) -> dict[str, object]:
        """component, icar, icar_j, icar_i and ccb as published."""
        return raw_fields(self.component, self.icar, self.icar_j, self.icar_i, self.ccb)


RawFigures = tuple[str, int | None, int | None, int | None, int]
"""Component, the three ICARs, and CCB in millionths."""


def raw_fields(component: str, icar: int | None, icar_j: int | None, icar_i: int | None, ccb: int) -> dict[str, object]:
    """Raw figures as published."""
    return {"component": component, "icar": icar, "icar_j": icar_j, "icar_i": icar_i, "ccb": published_text(ccb)}


def tie_break(listed: Listed, component: str) -> tuple[int, int, int, str]:
    """Earlier expert component in force, then LVAD implantation, then registration, then id."""
    expert, lvad, registration = ties_of(listed.profile)
    return expert if component in EXPERT_COMPONENTS else LATEST, lvad, registration, listed.id


def ties_of(profile: Profile) -> tuple[int, int, int]:
    """What breaks ties: the expert priority's clock, which counts where its component is in use; LVAD; registration."""
    return expert_clock(profile.priority), lvad_since(profile.candidate), profile.candidate.registration.instant


def expert_clock(priority: Priority | None) -> int:
    """When the clock of a priority in force began."""
    return priority.clock.instant if priority else LATEST


def lvad_since(candidate: Candidate) -> int:
    """When the LVAD was implanted, where it is the long-term support in use."""
    support = long_term_support(candidate)
    return support.start.instant if support and support.treatment == "lvad" else LATEST
