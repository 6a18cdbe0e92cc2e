"""Which facts learnt since an offer decide its ranking as known now: as few as give it, each tried by doing without it.

A ranking rests on what all candidates share, the donor and the minutes of travel, and on each candidate's own facts.
What is shared is tried first, on the whole list; what then still differs is tried candidate by candidate.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from itertools import chain, pairwise

from engine.errors import NoRunError
from engine.events.subjects import bare_id
from engine.log.eventlog import EventLog
from engine.log.history import Fact, History
from engine.quantities import exact_arithmetic
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from projections.bulk_places import OfferedList, Order
from projections.donor import DonorView, donor_at
from projections.gather import Gathered, gather_one
from projections.score import ExactScore
from projections.standing import tie_break
from projections.travel import TravelTimes, travel_from
from replay.audit.learnt import Learnt, Since
from replay.run.following import minutes_of
from replay.run.one_pass import known_of

InOrder = Callable[[OfferedList], Order]
"""Puts a list in order."""
Shared = tuple[DonorView, TravelTimes]
"""What all candidates at an offer share."""
Place = tuple[int, int, int, int, str]
"""What a candidate is ranked by: points in millionths, the most first, then what breaks ties."""


class Later:
    """What is known of subjects later, and was just before an offer."""

    def __init__(self, log: EventLog, history: History) -> None:
        self.history = history
        self._travel = history.names("travel-times")
        self._was = lru_cache(maxsize=64)(partial(known_of, log))

    def since(self, offer: Fact, subject: str) -> Since:
        """What was learnt of a subject since an offer."""
        now = self.history.of(subject)
        positions = now.positions.values()
        before = max((at for at in positions if at < offer.position), default=0)
        if before == max(positions, default=0):
            return Since(now, now, offer.instant, before)
        return Since(self._was(subject, before), now, offer.instant, before)

    def common(self, offer: Fact) -> "Common":
        """What was learnt since an offer that all its candidates share."""
        donor = f"donor/{offer.data['donor']}"
        return Common(offer, donor, {subject: self.since(offer, subject) for subject in (donor, *self._travel)})


class Common:
    """What all candidates share at an offer: its donor and the travel times."""

    def __init__(self, offer: Fact, donor: str, since: dict[str, Since]) -> None:
        self._offer, self._donor, self._since = offer, donor, since
        self.learnt = [each for known in since.values() for each in known.learnt]

    def known(self, some: Sequence[Learnt], p: RuleSet, r: Readings) -> Shared:
        """Donor and travel times as they were known then, and by some of what was learnt besides."""
        at = self._offer.instant
        history = History(subjects={subject: since.knowing(some) for subject, since in self._since.items()})
        with exact_arithmetic():
            donor = donor_at(history.of(self._donor), self._donor, at, r)
            return donor, travel_from(history, donor.procurement_site, at, p.default_travel_minutes)

    def shown(self, listed: OfferedList, some: Sequence[Learnt]) -> OfferedList:
        """A list as it is with that known."""
        donor, travel = self.known(some, listed.p, listed.r)
        return replace(listed, donor=donor, minutes=minutes_of(listed.present, travel))

    def deciding(self, listed: OfferedList, order: Order, in_order: InOrder) -> list[Learnt]:
        """As few as give a list its order."""

        def enough(some: list[Learnt]) -> bool:
            try:
                shown = self.shown(listed, some)
            except NoRunError:
                return False
            return _alike(shown, listed) or in_order(shown)[0] == order[0]

        return fewest(self.learnt, enough) if self.learnt else []

    def preventing(self, p: RuleSet, r: Readings) -> list[Learnt]:
        """As few as leave no run possible."""

        def enough(some: list[Learnt]) -> bool:
            try:
                self.known(some, p, r)
            except NoRunError:
                return True
            return False

        return fewest(self.learnt, enough)


class Own:
    """Candidates whose own facts make the order ``now`` of the order ``base``, in which what all share is known."""

    def __init__(self, later: Later, offer: Fact, shared: Shared, listed: OfferedList, base: Order, now: Order) -> None:
        self._later, self._offer, self._listed = later, offer, listed
        self._donor, self._travel = shared
        self._base, self._now = dict(base[0]), dict(now[0])
        self._tied_before, self._tied = _tied(base), _tied(now)
        self._kept: dict[str, list[Learnt]] = {}

    def deciding(self) -> list[Learnt]:
        """As few of the facts of each as give the order."""
        for name in {**self._base, **self._now}:
            scored_otherwise = self._scored_otherwise(name)
            if scored_otherwise or self._tied_otherwise(name):
                learnt = self._since(name).learnt
                self._kept[name] = fewest(learnt, partial(self._placed, name), one_at_least=scored_otherwise)
        return list(chain.from_iterable(self._kept.values()))

    def given_by(self, some: Sequence[Learnt]) -> bool:
        """Whether some of their facts, and no others, give the order."""
        self._kept = {name: [] for name in (*self._base, *self._now)}
        for each in some:
            self._kept.setdefault(bare_id(each.fact.subject), []).append(each)
        return all(
            self._placed(name, known)
            for name, known in self._kept.items()
            if known or self._scored_otherwise(name) or self._tied_otherwise(name)
        )

    def _scored_otherwise(self, name: str) -> bool:
        return self._base.get(name) != self._now.get(name)

    def _tied_otherwise(self, name: str) -> bool:
        """Whether those that have a candidate's score are others, or in another order."""
        points = self._now[name]
        group = self._tied[points]
        return len(group) > 1 and group != self._tied_before.get(points)

    def _placed(self, name: str, some: list[Learnt]) -> bool:
        """Whether a candidate stands where it does now, with some of its facts known."""
        place = self._place(name, some)
        points = None if place is None else -place[0]
        if points != self._now.get(name):
            return False
        group = self._tied[points] if points is not None else []
        if len(group) < 2:
            return True
        places = [place if each == name else self._place(each, self._kept.get(each)) for each in group]
        return all(a is not None and b is not None and a < b for a, b in pairwise(places))

    def _since(self, name: str) -> Since:
        return self._later.since(self._offer, f"candidate/{name}")

    def _place(self, name: str, some: list[Learnt] | None) -> Place | None:
        """What a candidate is ranked by with some of its facts known, or all of them; None of whom is not ranked."""
        since, listed, at = self._since(name), self._listed, self._offer.instant
        known = since.now if some is None else since.knowing(some)
        found = gather_one(known, at, listed.p, listed.r, bare_id(self._offer.subject))
        if found is None:
            return None
        person = replace(found, minutes=self._travel.to(str(found.profile.candidate.value("centre"))))
        score = ExactScore(person, Gathered((person,), self._donor, listed.counter, listed.p, listed.r))
        return (-score.points, *tie_break(person, score.component)) if score.ranked else None


def fewest(
    learnt: Sequence[Learnt], enough: Callable[[list[Learnt]], bool], *, one_at_least: bool = False
) -> list[Learnt]:
    """Of facts that are enough together, as few as are: what took effect first is the first to be left out."""
    if not learnt or (not one_at_least and enough([])):
        return []
    kept, size = sorted(learnt, key=lambda each: each.fact.effective), 0
    while len(kept) != size:  # what was needed beside another need not be without it
        size = len(kept)
        kept = _needed(kept, enough)
    return sorted(kept, key=lambda each: each.fact.position)


def _needed(learnt: Sequence[Learnt], enough: Callable[[list[Learnt]], bool]) -> list[Learnt]:
    """Those of some facts that the others are not enough without, from the first on.

    Stretches that can be done without go at once, and others are halved: of thousands few are tried alone.
    """
    needed: list[Learnt] = []
    stretches = [learnt]
    """Not tried yet, the first one last."""
    while stretches:
        some = stretches.pop()
        rest = [*needed, *chain.from_iterable(reversed(stretches))]
        if rest and enough(rest):
            continue
        if len(some) == 1:
            needed += some
        else:
            half = len(some) // 2
            stretches += [some[half:], some[:half]]
    return needed


def _alike(a: OfferedList, b: OfferedList) -> bool:
    """Whether the same donor, as the rules see it, is as far from everybody."""
    same = a.donor.variables == b.donor.variables and a.donor.limited == b.donor.limited
    return same and bool((a.minutes == b.minutes).all())


def _tied(order: Order) -> dict[int, list[str]]:
    """Candidates by their points, each group in order."""
    found: dict[int, list[str]] = {}
    for name, points in order[0]:
        found.setdefault(points, []).append(name)
    return found
