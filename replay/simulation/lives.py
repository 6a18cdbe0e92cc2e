"""A candidate's course as it would be without a graft: drawn as far as somebody asks, once for all policies.

The course is the national generator's, each candidate in a world of its own with dice of its own. How often people die
or become too ill says ``rates``: by the state of the course, times what the index of cardiac risk says of them, as the
engine has it under the rules in force.
"""

from typing import Any, NamedTuple

from engine.log.history import Fact, SubjectHistory
from engine.quantities import LATEST, exact_arithmetic
from engine.rules.arithmetic import EXACT_ARITHMETIC
from engine.rules.readings import choose_readings
from engine.rules.ruleset import RuleSet
from fixtures.national.geography import Geography
from fixtures.national.paris import DAY
from fixtures.national.people import Candidate
from fixtures.national.world import World
from projections.candidate import candidate_at
from projections.gather import Gathered, Listed, gather_one
from projections.score import ExactScore
from projections.survival import labs_reasons, survival_by_donor_type
from replay.simulation.rates import Rates

MICROSECONDS = 1_000_000
READINGS = choose_readings()
GRANTED = "expert-priority.granted"


class Told(NamedTuple):
    """A fact, and when it is told: what ``Fact`` says, before it has a place in a log."""

    at: int
    """In seconds since 1970."""
    kind: str
    subject: str
    source: str
    instant: int
    """When it took effect, in microseconds."""
    data: dict[str, Any]
    actor: str | None = None

    def as_fact(self, position: int) -> Fact:
        """The fact at a position of a log."""
        name = str(position)
        return Fact(position, self.kind, self.subject, self.source, name, self.instant, self.data, "", "", self.actor)


class Alone(World):
    """A world with one person in it, who has a name already."""

    def __init__(self, seed: int, geography: Geography, name: str, now: int) -> None:
        super().__init__(seed, geography)
        self.name = name
        self.journal.now = now

    def number(self, prefix: str, digits: int = 5) -> str:
        """The person's name."""
        return self.name


class Life(Alone):
    """One candidate's course. ``told`` grows when more is asked for; what was told stays."""

    def __init__(self, seed: int, geography: Geography, name: str, now: int, rates: Rates, in_force: RuleSet) -> None:
        super().__init__(seed, geography, name, now)
        self._rates, self.in_force = rates, in_force
        self._told: list[Told] = []
        self._at_listing: AtListing | None = None

    @property
    def subject(self) -> str:
        """The subject of the candidate's events."""
        return f"candidate/{self.name}"

    def nth(self, number: int) -> Told | None:
        """What is told of the candidate after so many facts; None where nothing more ever is."""
        while len(self._told) <= number:
            act = self.next_act(LATEST)
            if act is None:
                return None
            act()
        return self._told[number]

    def tell(
        self,
        who: Candidate,
        name: str,
        data: dict[str, Any],
        time: int | None = None,
        source: str | None = None,
        actor: str | None = None,
        after: tuple[int, int] = (0, 0),
    ) -> None:
        """Keep a fact, told at once."""
        when = self.now if time is None else time
        said = _without_default_points(data, self.in_force) if name == GRANTED else data
        origin = source or f"teams.{who.centre}"
        self._told.append(Told(self.now, name, self.subject, origin, when * MICROSECONDS, said, actor))

    def tell_before(self, told: list[Told]) -> None:
        """Take over what was told of the candidate elsewhere."""
        self._told = told

    def turn(self, who: Candidate, days: int) -> str | None:
        """What happens within so many days. The index of risk is only asked for where it decides."""
        left = self.dice.unit() * 1000 / days
        for turn, rate in self._rates.turns[who.state]:
            left -= rate
            if left < 0:
                return turn
        fatal, multipliers = self._rates.fatal[who.state], self._rates.multipliers[who.state]
        if left >= sum(rate for _, rate in fatal) * max(multipliers):
            return None
        risk = self._icar(gather_one(self.known(self.now), self.now * MICROSECONDS, self.in_force, READINGS))
        times = 1.0 if risk is None else multipliers[risk]
        for turn, rate in fatal:
            left -= rate * times
            if left < 0:
                return turn
        return None

    def at_listing(self, registered: int) -> "AtListing":
        """What was known of the candidate a day after the registration."""
        if self._at_listing is None:
            at, number = registered + DAY, 0
            while (told := self.nth(number)) and told.at <= at:
                number += 1
            self._at_listing = self._as_listed(at)
        return self._at_listing

    def _as_listed(self, at: int) -> "AtListing":
        known = self.known(at)
        state = candidate_at(known, at * MICROSECONDS)
        running = tuple(sorted(state.running)) if state else ()
        listed = gather_one(known, at * MICROSECONDS, self.in_force, READINGS)
        if listed is None:
            return AtListing(running, None, None, None, None)
        variables, icar = listed.view.variables, self._icar(listed)
        nt_probnp, bnp = (float(each.value) if each.known else None for each in (variables.nt_probnp, variables.bnp))
        return AtListing(running, icar, nt_probnp, bnp, None if icar is None else self._donor_types(listed))

    def _donor_types(self, listed: Listed) -> int | None:
        """With how many of the four types of donor survival would do; None where results are wanting."""
        with exact_arithmetic():
            variables, p = listed.view.variables, self.in_force
            if labs_reasons(variables, EXACT_ARITHMETIC, p):
                return None
            return sum(each.eligible for each in survival_by_donor_type(variables, EXACT_ARITHMETIC, p))

    def _icar(self, listed: Listed | None) -> int | None:
        """The index of cardiac risk under the rules in force; None of minors and of who is not active."""
        if listed is None:
            return None
        return ExactScore(listed, Gathered((listed,), None, 1, self.in_force, READINGS)).standing.icar

    def known(self, at: int) -> SubjectHistory:
        """What was told by an instant."""
        known = SubjectHistory()
        for position, told in enumerate(self._told, 1):
            if told.at <= at:
                known.learn(told.as_fact(position))
        return known


class AtListing(NamedTuple):
    """A candidate at the beginning of a listing."""

    treatments: tuple[str, ...]
    icar: int | None
    nt_probnp: float | None
    """In ng/L, as BNP; None where it was not measured."""
    bnp: float | None
    donor_types: int | None
    """With how many of the four types of donor survival after the graft would do (guide 2.1.3); of adults."""


def _without_default_points(data: dict[str, Any], in_force: RuleSet) -> dict[str, Any]:
    """A grant that leaves its points to the rule set, so that a policy may raise them; 800 are an expert's own."""
    return {name: value for name, value in data.items() if name != "points" or value != str(in_force.xpca_points)}
