"""Offers followed through a log as it is told: what is known of candidates, donors and travel, and the list at each.

What is kept grows with the candidates on the list and not with the events: an offer's list is a copy, which may be
put in order at once or together with those that follow it.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.events.subjects import bare_id
from engine.log.history import Fact, History
from engine.log.index import Index
from engine.quantities import exact_arithmetic
from engine.rules.intervals import Floats
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from projections.bulk_places import OfferedList
from projections.candidate import Candidate
from projections.donor import donor_at
from projections.gather import Gathered, gather_one
from projections.icar_since import IcarsSince
from projections.roster import Reader
from projections.roster_rows import Lists
from projections.score import ExactScore
from projections.sheet import Present
from projections.travel import TravelTimes, travel_from

View = tuple[RuleSet, Readings]
"""Rules and readings under which a list is put in order."""


class Following:
    """What lists at offers rest on, as far as it was told.

    ``read`` gives what was told of a candidate before; ``reference``, where it is given, knows donors and travel times.
    """

    def __init__(self, read: Reader, reference: History | None = None) -> None:
        self._read = read
        self._lists = Lists(read)
        self._reference = History() if reference is None else reference
        self._icars: dict[View, IcarsSince] = {}

    def learn(self, fact: Fact) -> None:
        """Take in the next fact; of those about offers none bears on a list."""
        subject = fact.subject
        if subject.startswith("candidate/"):
            self._lists.roster.learn(fact)
        elif not subject.startswith("offer/"):
            self._reference.add(fact)

    def recall(self, index: Index, at: int) -> None:
        """Begin where an index ends, for offers about an instant: of candidates only that they are there.

        What an amendment may have changed is settled first: which offer a transplantation names, among others.
        """
        index.settle(lambda subject: self._read(subject, index.size))
        roster = self._lists.roster
        for subject in index.chains:
            if subject.startswith("candidate/"):
                roster.recall(subject, index.size, index.absent(subject, at))
        for subject, turns in index.turns.items():
            for *_, offer in turns:
                if offer is not None:
                    roster.recall_graft(offer, subject)

    def lists_at(self, offer: Fact, counter: int, views: Sequence[View]) -> list[OfferedList]:
        """The list at an offer under each view; the offer has the next position."""
        name, at = bare_id(offer.subject), offer.instant
        with exact_arithmetic():
            presents = self._lists.present(name, at, views)
            return [self._offered(offer, each, counter, *view) for view, each in zip(views, presents, strict=True)]

    def state(self, name: str) -> Candidate | None:
        """A candidate of the last list as of then."""
        return self._lists.roster.state(f"candidate/{name}")

    def _offered(self, offer: Fact, present: Present, counter: int, p: RuleSet, r: Readings) -> OfferedList:
        at, subject = offer.instant, f"donor/{offer.data['donor']}"
        donor = donor_at(self._reference.of(subject), subject, at, r)
        travel = travel_from(self._reference, donor.procurement_site, at, p.default_travel_minutes)
        name, known_at = bare_id(offer.subject), offer.position - 1
        listed = OfferedList(present, minutes_of(present, travel), at, name, known_at, donor, counter, p, r)
        return replace(listed, icar_since=self._icar_since(listed)) if r.icar_maximum == "running" else listed

    def _icar_since(self, listed: OfferedList) -> Floats:
        """The highest ICARj of everybody since ECMO or inotropes began; 0 without."""
        view, at, offer, roster = (listed.p, listed.r), listed.at, listed.offer, self._lists.roster
        icars = self._icars.setdefault(view, IcarsSince(*view))
        found = icars.highest(roster.active(), at)
        for member, state in roster.without_offer(offer, at):
            if state is not None:
                found[member.id] = icars.apart(state, self._read(member.subject, listed.known_at), at, offer)
        return np.array([float(found.get(name, 0)) for name in listed.present.ids])

    def exactly(self, listed: OfferedList, name: str) -> ExactScore:
        """One candidate of a list on exact arithmetic, its facts read again."""
        known = self._read(f"candidate/{name}", listed.known_at)
        found = gather_one(known, listed.at, listed.p, listed.r, listed.offer)
        assert found is not None, "who stands on a list is active"
        person = replace(found, minutes=int(listed.minutes[listed.present.ids.index(name)]))
        return ExactScore(person, Gathered((person,), listed.donor, listed.counter, listed.p, listed.r))


def minutes_of(present: Present, travel: TravelTimes) -> Floats:
    """The minutes of travel to everybody."""
    return np.array([travel.to(centre) for centre in present.centres], dtype=np.float64)[present.centre]
