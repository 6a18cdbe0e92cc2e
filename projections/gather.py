"""First stage: who is on the list at an instant, and what the rules may ask about each.

What a candidate's facts say is kept between offers (``Folds``), so that a replay of many offers reads each fact
once. The donor and the minutes of travel are gathered here too; the rules then see nothing but what is here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from engine.events.subjects import bare_id
from engine.log.history import Fact, History, SubjectHistory
from engine.quantities import exact_arithmetic
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from projections.candidate import Candidate, candidate_at
from projections.donor import DonorView, donor_at
from projections.folds import Folds
from projections.pre_treatment import support_start
from projections.recipient import Profile, RecipientView, profile_of
from projections.travel import travel_from


@dataclass(frozen=True)
class Listed:
    """One candidate on the list at an instant."""

    profile: Profile
    earlier: tuple["Listed", ...]
    """The candidate at each sampling since ECMO or inotropes started (reading icar_maximum=running)."""
    at: int
    minutes: int | None
    """Of travel from the donor; None without one."""

    @property
    def id(self) -> str:
        """The candidate's bare id."""
        return self.profile.candidate.id

    @cached_property
    def view(self) -> RecipientView:
        """The variables at the instant, as exact numbers."""
        return self.profile.at(self.at)


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that a scoring rests on. Without a donor each candidate is scored alone."""

    people: tuple[Listed, ...]
    donor: DonorView | None
    counter: int
    p: RuleSet
    r: Readings


def gather(history: History, offer: Fact, counter: int, p: RuleSet, r: Readings, folds: Folds) -> Gathered:
    """Every active candidate at an offer, by ascending id, the donor, and the minutes between them."""
    subject = f"donor/{offer.data['donor']}"
    with exact_arithmetic():
        donor = donor_at(history.of(subject), subject, offer.instant, r)
        travel = travel_from(history, donor.procurement_site, offer.instant, p.default_travel_minutes)
        people = tuple(
            Listed(profile, earlier, offer.instant, travel.to(str(profile.candidate.value("centre"))))
            for profile, earlier in _profiles(history, offer.instant, p, r, folds, bare_id(offer.subject))
        )
    return Gathered(people, donor, counter, p, r)


def gather_list(history: History, at: int, counter: int, p: RuleSet, r: Readings) -> Gathered:
    """Every active candidate at an instant, by ascending id, for the offer that would come next (``counter``)."""
    with exact_arithmetic():
        found = _profiles(history, at, p, r, Folds(), None)
        return Gathered(tuple(Listed(profile, earlier, at, None) for profile, earlier in found), None, counter, p, r)


def gather_one(known: SubjectHistory, at: int, p: RuleSet, r: Readings, offer: str | None = None) -> Listed | None:
    """One candidate at an instant; None where it is not active then."""
    with exact_arithmetic():
        candidate = candidate_at(known, at, ignoring_offer=offer)
        if candidate is None or not candidate.active:
            return None
        profile = profile_of(candidate, p, r)
        return Listed(profile, _earlier_states(profile, known, at, p, r, offer), at, None)


def _profiles(
    history: History, at: int, p: RuleSet, r: Readings, folds: Folds, offer: str | None
) -> Iterator[tuple[Profile, tuple[Listed, ...]]]:
    """The profile and earlier states of each active candidate, made anew only where a fact has come in between."""
    kept = folds.derived(p, r)
    for subject, known in history.candidates_at(at, offer):
        candidate = folds.candidate(subject, known, at, offer)
        if candidate is None or not candidate.active:
            kept.pop(subject, None)
            continue
        found = kept.get(subject)
        if found is None or found[0].candidate is not candidate:
            profile = profile_of(candidate, p, r)
            found = kept[subject] = profile, _earlier_states(profile, known, at, p, r, offer)
        yield found


def _earlier_states(
    profile: Profile, known: SubjectHistory, at: int, p: RuleSet, r: Readings, offer: str | None
) -> tuple[Listed, ...]:
    """The candidate at each current sampling since ECMO or inotropes started; only the reading ``running`` asks."""
    if r.icar_maximum != "running":
        return ()
    states = [earlier_state(known, then, at, p, r, offer) for then in samplings_since(profile.candidate)]
    return tuple(past for past in states if past is not None)


def samplings_since(candidate: Candidate) -> list[int]:
    """The instants of current samplings since ECMO or inotropes started, ascending; none without them."""
    start = support_start(candidate)
    if start is None:
        return []
    current = (facts for (_, context), facts in candidate.labs.items() if context == "current")
    return sorted({fact.instant: None for facts in current for fact in facts if fact.instant >= start.instant})


def earlier_state(
    known: SubjectHistory, then: int, at: int, p: RuleSet, r: Readings, offer: str | None
) -> Listed | None:
    """A candidate as it was then, looked back at from a later instant; None of who was a minor."""
    state = candidate_at(known, then, ignoring_offer=offer, registered_by=at)
    if state is None:
        return None
    with exact_arithmetic():
        past = Listed(profile_of(state, p, r), (), then, None)
        return past if past.view.variables.age_years >= p.adult_age_years else None
