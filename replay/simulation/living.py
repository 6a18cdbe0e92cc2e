"""A replicate lived under a policy: facts told, offers ranked by the engine, grafts accepted and given, in time.

What is known of candidates is the engine's own fold, and the order of an offer its own match run in columns. Nothing
that happens to people but the grafts themselves depends on the policy.
"""

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from engine.log.history import Fact, SubjectHistory
from engine.quantities import exact_arithmetic
from engine.rules.annex_3_2_icar import gfr_today
from engine.rules.annex_3_3_ccb import is_adult
from engine.rules.annex_3_4_ccp import survival_1y
from engine.rules.arithmetic import EXACT_ARITHMETIC
from engine.rules.ruleset import RuleSet
from engine.rules.variables import Recipient
from fixtures.national.paris import MINUTE
from projections.bulk_places import OfferedList, Order, order_stacked
from replay.run.following import Following
from replay.simulation.arrivals import Arrivals
from replay.simulation.chance import throw
from replay.simulation.distance import Distances
from replay.simulation.donations import Donation
from replay.simulation.lives import MICROSECONDS, READINGS, Life, Told
from replay.simulation.request import Request
from replay.simulation.stays import TRANSPLANTED, Graft, Stay

COORDINATION = "donor-coordination"
Act = Callable[[], object]
Called = tuple[Stay, Graft]
"""A candidate called for a graft, and what will have become of it if it is given."""


class Listener:
    """Hears of all that a log of the replicate would hold; here of nothing."""

    def tell(self, told: Told, position: int, now: int) -> None:
        """Hear of the fact at a position, told now."""

    def ranked(self, offer: Fact, listed: OfferedList, order: Order) -> None:
        """Hear of the run of an offer, whose record has the next position."""


@dataclass(frozen=True, slots=True)
class Census:
    """The list at an instant."""

    at: int
    listed: int
    suspended: int


class Living:
    """One replicate under one policy."""

    def __init__(self, request: Request, arrivals: Arrivals, rules: RuleSet, listener: Listener | None = None) -> None:
        self._request, self._arrivals, self._rules = request, arrivals, rules
        self._listener = listener or Listener()
        self._following = Following(self._known)
        self._agenda: list[tuple[int, int, Act]] = []
        self._planned = self._position = 0
        self._offers = arrivals.offers_before
        self.now = arrivals.begin
        self.distances = Distances(arrivals.reference, request.in_force.default_travel_minutes)
        self.stays: dict[str, Stay] = {}
        self.counts: Counter[str] = Counter()
        number = request.rates.number
        self._accept = {True: number("teams.accept_good"), False: number("teams.accept_doubtful")}
        self._accept_on_ecmo = number("teams.accept_on_ecmo")
        self._mortality = Decimal(request.rates.said["risk.one_year_mortality"])
        self._proposals_at_most = int(number("teams.proposals_at_most"))
        self._minutes_a_proposal = int(number("teams.minutes_a_proposal")) * MINUTE
        self._minutes_to_procurement = int(number("teams.minutes_to_procurement")) * MINUTE
        self._begin()

    def live_until(self, instant: int) -> None:
        """Let everything happen that happens before an instant."""
        while self._agenda and self._agenda[0][0] < instant:
            self.now, _, act = heapq.heappop(self._agenda)
            act()
        self.now = instant

    def census(self) -> Census:
        """The list as it is now."""
        listed = [stay for stay in self.stays.values() if stay.listed]
        return Census(self.now, len(listed), sum(stay.suspended for stay in listed))

    def stand(self, stay: Stay, outcome: str) -> None:
        """Say how a stay stands now that nothing has ended it."""
        stay.end(outcome, self.now, self._rules)

    # ------------------------------------------------------------------------------------------- what is told

    def _begin(self) -> None:
        """What is known at the beginning, and what comes."""
        for told in self._arrivals.reference:
            self._at(told.at, partial(self._tell, told))
        for life in self._arrivals.standing:
            self._at(self.now, partial(self._expect, life))
        for at, life in self._arrivals.newcomers:
            self._at(at, partial(self._expect, life))
        for donation in self._arrivals.donations:
            for told in donation.told:
                self._at(told.at, partial(self._tell, told))
            self._at(donation.offered, partial(self._offer, donation))

    def _at(self, instant: int, act: Act) -> None:
        """Plan an act; those of one instant happen in the order they were planned, those of the past now."""
        self._planned += 1
        heapq.heappush(self._agenda, (max(instant, self.now), self._planned, act))

    def _tell(self, told: Told) -> Fact:
        """Put a fact in its place."""
        self._position += 1
        fact = told.as_fact(self._position)
        self._following.learn(fact)
        self._listener.tell(told, self._position, self.now)
        return fact

    def _act(self, kind: str, offer: str, at: int, **data: str) -> Fact:
        """Tell of a human act about an offer."""
        return self._tell(Told(self.now, kind, f"offer/{offer}", COORDINATION, at * MICROSECONDS, data))

    def _expect(self, life: Life) -> None:
        """Take in a candidate whose course begins."""
        stay = self.stays[life.name] = Stay(life)
        self._go_on(stay)

    def _go_on(self, stay: Stay) -> None:
        """Tell what is due of a course, and plan the rest; a graft or another end is the end of it."""
        while stay.ending is None:
            told = stay.life.nth(stay.told)
            if told is None:
                return
            if told.at > self.now:
                self._at(told.at, partial(self._go_on, stay))
                return
            stay.hear(told, self._tell(told), self._rules)

    def _known(self, subject: str, last: int) -> SubjectHistory:
        """What is known of a candidate at a position."""
        return self.stays[subject.partition("/")[2]].known(last)

    # ----------------------------------------------------------------------------------------------- offers

    def _offer(self, donation: Donation) -> None:
        """Rank everybody for a graft, and ask the teams in that order."""
        self._offers += 1
        self.counts["offers"] += 1
        offer = self._act("graft.offered", donation.offer, self.now, donor=donation.donor)
        ranked, listed = self._rank(offer)
        self._position += 1  # the record of the run
        if donation.withdrawn:
            self._close(donation, "withdrawn")
            return
        asked, accepted = self._ask(donation, ranked)
        self.counts["proposals"] += len(asked)
        called = None if accepted is None else self._call(accepted, donation, listed)
        answered = self.now + len(asked) * self._minutes_a_proposal
        self._at(answered, partial(self._answers, donation, asked, called, self.now))

    def _rank(self, offer: Fact) -> tuple[list[str], OfferedList]:
        """The match run: who is on it, in order, and the list it was made of."""
        (listed,) = self._following.lists_at(offer, self._offers, [(self._rules, READINGS)])
        (order,) = order_stacked([listed], self._following.exactly)
        self._listener.ranked(offer, listed, order)
        return [name for name, _ in order[0]], listed

    def _ask(self, donation: Donation, ranked: list[str]) -> tuple[list[str], str | None]:
        """Who is asked, in order, and who accepts, if anybody does: a team operates on one patient at a time."""
        asked = []
        for name in ranked[: self._proposals_at_most]:
            asked.append(name)
            if not self.stays[name].called and self._throw("team", donation.offer, name) < self._willing(
                donation, name
            ):
                return asked, name
        return asked, None

    def _willing(self, donation: Donation, name: str) -> float:
        """How likely a team is to accept the graft for a candidate."""
        state = self._following.state(name)
        times = self._accept_on_ecmo if state and "ecmo" in state.running else 1.0
        return self._accept[donation.good] * times

    def _call(self, name: str, donation: Donation, listed: OfferedList) -> Called:
        """Call a candidate for a graft. What comes after it is what the rules in force foretell."""
        stay, p = self.stays[name], self._request.in_force
        stay.called = True
        person = self._following.exactly(replace(listed, p=p), name).listed
        with exact_arithmetic():
            survival = survival_1y(EXACT_ARITHMETIC, person.view.variables, listed.donor.variables, p)
            survivor = Decimal.from_float(self._throw("survival", name)) < 1 - self._mortality * (1 - survival)
            gfr = _gfr(person.view.variables, p)
        return stay, Graft(donation.offer, person.minutes or 0, survivor, gfr)

    def _answers(self, donation: Donation, asked: list[str], called: Called | None, at: int) -> None:
        """Tell of the proposals and their answers once the last one is in."""
        for number, name in enumerate(asked):
            proposed = at + number * self._minutes_a_proposal
            accepted = called is not None and called[0].life.name == name
            self._act("proposal.made", donation.offer, proposed, candidate=name)
            answer = "proposal.accepted" if accepted else "proposal.declined"
            self._act(answer, donation.offer, proposed + self._minutes_a_proposal, candidate=name)
        if called is None:
            self._close(donation, "discarded")
        else:
            self._at(self.now + self._minutes_to_procurement, partial(self._procure, donation, called))

    def _procure(self, donation: Donation, called: Called) -> None:
        """Transplant the graft, where it proves fit and the candidate is still there for it."""
        stay, graft = called
        stay.called = False
        state = stay.state(self.now)
        if donation.lost or state is None or not state.active:
            self._close(donation, "discarded")
            return
        self._close(donation, "transplanted", candidate=stay.life.name)
        stay.end(TRANSPLANTED, self.now, self._rules, graft)
        source, data = f"teams.{state.value('centre')}", {"offer": donation.offer}
        told = Told(self.now, "candidate.transplanted", stay.life.subject, source, self.now * MICROSECONDS, data)
        stay.facts.append(self._tell(told))

    def _close(self, donation: Donation, outcome: str, **data: str) -> None:
        self.counts[outcome] += 1
        self._act("offer.closed", donation.offer, self.now, outcome=outcome, **data)

    def _throw(self, *about: str) -> float:
        return throw(self._request.seed, self._arrivals.replicate, *about)


def _gfr(recipient: Recipient, p: RuleSet) -> float | None:
    """An adult's filtration rate by the latest creatinine."""
    if not (recipient.creatinine.known and is_adult(recipient, p)):
        return None
    return float(gfr_today(EXACT_ARITHMETIC, recipient, p))
