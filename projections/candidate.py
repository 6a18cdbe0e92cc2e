"""A candidate at an instant, folded from its facts.

The first registration is folded before all other facts, whatever their times, so that a treatment or a sample
older than the registration counts. A registration after a delisting or a transplantation opens a new listing.
"""

from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass, field

from engine.errors import BrokenLogError
from engine.events.subjects import bare_id
from engine.log.course import EFFECTIVE
from engine.log.history import Fact, SubjectHistory

REGISTERED, TRANSPLANTED, DELISTED = "candidate.registered", "candidate.transplanted", "candidate.delisted"
LAB = "lab-result.recorded"
OUTLIVES_TRANSPLANT = "chronic_dialysis"


@dataclass(slots=True)
class Period:
    """One run of a treatment, from its start to its end (None while it runs)."""

    treatment: str
    start: Fact
    end: int | None = None
    ended_by: Fact | None = None

    @property
    def complicated(self) -> bool:
        """Marked as complicated when it started."""
        return bool(self.start.data.get("complicated", False))


@dataclass(slots=True)
class Candidate:
    """What is known of a candidate at an instant; ``fields`` names the fact each registration field came from."""

    id: str
    registration: Fact
    fields: dict[str, Fact]
    status: str = "listed"
    suspended: bool = False
    periods: list[Period] = field(default_factory=list)
    running: dict[str, Period] = field(default_factory=dict)
    labs: dict[tuple[str, str], list[Fact]] = field(default_factory=dict)
    priorities: list[Fact] = field(default_factory=list)
    calcium: Fact | None = None
    unmatched: list[Fact] = field(default_factory=list)
    """Stops without a start, starts while running, registrations while listed: facts that change nothing."""

    @property
    def active(self) -> bool:
        """On the list and not suspended."""
        return self.status == "listed" and not self.suspended

    @property
    def list_status(self) -> str:
        """listed, suspended, delisted or transplanted."""
        return "suspended" if self.status == "listed" and self.suspended else self.status

    def value(self, name: str) -> object:
        """A registration field as last given; None where it was not given."""
        fact = self.fields.get(name)
        return fact.data.get(name) if fact else None


def candidate_at(
    known: SubjectHistory, at: int, *, ignoring_offer: str | None = None, registered_by: int | None = None
) -> Candidate | None:
    """The candidate at an instant, None if not registered by then.

    ``ignoring_offer`` leaves out the transplantation that names that offer: a replay of the offer precedes it.
    ``registered_by`` looks back from a later instant, at which the first registration is known to apply.
    """
    facts = [fact for fact in known.in_effective_order() if fact.instant <= (registered_by or at)]
    first = next((fact for fact in facts if fact.kind == REGISTERED), None)
    facts = [fact for fact in facts if fact.instant <= at]
    if first is None:
        return None
    candidate = first_registered(first)
    for fact in facts:
        if fact is first or (fact.kind == TRANSPLANTED and fact.data.get("offer", "") == ignoring_offer):
            continue
        take_in(candidate, fact)
    return candidate


def centre_at(known: SubjectHistory, at: int) -> str | None:
    """A candidate's centre at an instant; before the first registration takes effect, the one that it names."""
    candidate = candidate_at(known, at)
    if candidate is not None:
        return str(candidate.value("centre"))
    to_come = known.of_kind(REGISTERED)
    return str(to_come[0].data["centre"]) if to_come else None


def first_registered(fact: Fact) -> Candidate:
    """A candidate of whom no more is known than the first registration."""
    return Candidate(bare_id(fact.subject), fact, dict.fromkeys(fact.data, fact))


def take_in(candidate: Candidate, fact: Fact) -> None:
    """Change a candidate by the next fact in effective order, which is not the first registration.

    Results of one analyte keep their order whenever they come, and all else that is said of a candidate rests on
    none of them: they may be taken in at any time.
    """
    fold = _FOLDS.get(fact.kind)
    if fold is None:
        raise BrokenLogError(f"position {fact.position}: {fact.kind} is no event about a candidate")
    fold(candidate, fact)


def _registered(candidate: Candidate, fact: Fact) -> None:
    if candidate.status == "listed":
        candidate.unmatched.append(fact)
        return
    candidate.registration, candidate.fields = fact, dict.fromkeys(fact.data, fact)
    candidate.status, candidate.suspended = "listed", False
    candidate.priorities.clear()
    candidate.unmatched.clear()


def _updated(candidate: Candidate, fact: Fact) -> None:
    candidate.fields.update(dict.fromkeys(fact.data, fact))


def _suspended(candidate: Candidate, fact: Fact) -> None:
    candidate.suspended = True


def _reinstated(candidate: Candidate, fact: Fact) -> None:
    candidate.suspended = False


def _delisted(candidate: Candidate, fact: Fact) -> None:
    candidate.status = "delisted"


def _transplanted(candidate: Candidate, fact: Fact) -> None:
    candidate.status = "transplanted"
    for treatment in [name for name in candidate.running if name != OUTLIVES_TRANSPLANT]:
        _end(candidate.running.pop(treatment), fact)


def _started(candidate: Candidate, fact: Fact) -> None:
    treatment = fact.data["treatment"]
    if treatment in candidate.running:
        candidate.unmatched.append(fact)
        return
    candidate.running[treatment] = period = Period(treatment, fact)
    candidate.periods.append(period)


def _stopped(candidate: Candidate, fact: Fact) -> None:
    period = candidate.running.pop(fact.data["treatment"], None)
    if period is None:
        candidate.unmatched.append(fact)
    else:
        _end(period, fact)


def _end(period: Period, fact: Fact) -> None:
    period.end, period.ended_by = fact.instant, fact


def take_in_result(candidate: Candidate, fact: Fact) -> bool:
    """Change a candidate by a laboratory result, whenever it comes; whether it is the latest of its kind."""
    key = fact.data["analyte"], fact.data.get("context", "current")
    facts = candidate.labs.get(key)
    if facts is None:
        candidate.labs[key] = [fact]
        return True
    last = facts[-1]
    if last.instant >= fact.instant and last.effective > fact.effective:
        insort(facts, fact, key=EFFECTIVE)
        return False
    facts.append(fact)
    return True


def _priority(candidate: Candidate, fact: Fact) -> None:
    candidate.priorities.append(fact)


def _calcium(candidate: Candidate, fact: Fact) -> None:
    candidate.calcium = fact


_FOLDS: dict[str, Callable[[Candidate, Fact], object]] = {
    REGISTERED: _registered,
    "candidate.updated": _updated,
    "candidate.suspended": _suspended,
    "candidate.reinstated": _reinstated,
    DELISTED: _delisted,
    TRANSPLANTED: _transplanted,
    LAB: take_in_result,
    "treatment.started": _started,
    "treatment.stopped": _stopped,
    "expert-priority.requested": _priority,
    "expert-priority.granted": _priority,
    "expert-priority.refused": _priority,
    "expert-priority.ended": _priority,
    "coronary-calcium.recorded": _calcium,
}
