"""What became of one candidate under a policy."""

from dataclasses import dataclass

from engine.log.history import Fact, SubjectHistory
from engine.quantities import exact_arithmetic
from engine.rules.annex_3_3_ccb import component_of
from engine.rules.arithmetic import EXACT_ARITHMETIC
from engine.rules.ruleset import RuleSet
from projections.candidate import Candidate, candidate_at
from projections.recipient import recipient_at
from replay.simulation.lives import MICROSECONDS, READINGS, Life, Told

REGISTERED, DELISTED = "candidate.registered", "candidate.delisted"
WAITING, TRANSPLANTED = "waiting", "transplanted"


@dataclass(slots=True)
class Graft:
    """A transplantation."""

    offer: str
    minutes: int
    survivor: bool
    """Whether the recipient is alive a year later."""
    gfr: float | None
    """The recipient's filtration rate when called, in mL/min/1.73 m2; None of minors and where it is not known."""


@dataclass(slots=True)
class Ending:
    """How a stay on the list ended, or stands where nothing ended it."""

    outcome: str
    at: int
    component: str
    """In use then, under the policy."""
    treatments: tuple[str, ...]
    """Running then."""
    graft: Graft | None = None


class Stay:
    """A candidate's stay on the list: how much of the course was told, and what came of it."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self.facts: list[Fact] = []
        self.told = 0
        """How many facts of the course were told."""
        self.registration: Told | None = None
        self.suspended = self.called = self.expert = False
        self.ending: Ending | None = None

    @property
    def listed(self) -> bool:
        """Registered, and not gone."""
        return self.registration is not None and self.ending is None

    def hear(self, told: Told, fact: Fact, rules: RuleSet) -> None:
        """Take in the next fact of the course."""
        self.told += 1
        if told.kind == DELISTED:
            self.end(str(told.data["reason_code"]), told.instant // MICROSECONDS, rules)
        self.facts.append(fact)
        if told.kind == REGISTERED and self.registration is None:
            self.registration = told
        elif told.kind in ("candidate.suspended", "candidate.reinstated"):
            self.suspended = told.kind == "candidate.suspended"
        elif told.kind == "expert-priority.granted":
            self.expert = self.expert or told.data["component"] == "XPCA"

    def end(self, outcome: str, at: int, rules: RuleSet, graft: Graft | None = None) -> None:
        """End the stay, or say how it stands."""
        state = self.state(at)
        running = tuple(sorted(state.running)) if state else ()
        self.ending = Ending(outcome, at, _component(state, at, rules), running, graft)

    def state(self, at: int) -> Candidate | None:
        """The engine's fold of what was told, at an instant."""
        return candidate_at(self.known(), at * MICROSECONDS)

    def known(self, last: int | None = None) -> SubjectHistory:
        """What was told, up to a position of the log."""
        known = SubjectHistory()
        for fact in self.facts:
            if last is None or fact.position <= last:
                known.learn(fact)
        return known


def _component(state: Candidate | None, at: int, rules: RuleSet) -> str:
    """The component in use; none of who was not registered yet."""
    if state is None:
        return ""
    with exact_arithmetic():
        variables = recipient_at(state, at * MICROSECONDS, rules, READINGS).variables
        return str(component_of(EXACT_ARITHMETIC, variables, rules))
