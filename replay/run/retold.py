"""What is known at one position told again in the order in which it took effect, and offers ranked on the way.

So the lists of many offers, all as known there, come out of one pass: each candidate's state goes forward with time.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from engine.errors import NoRulesError, NoRunError
from engine.log.course import EFFECTIVE
from engine.log.history import Fact, History, SubjectHistory
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet, rules_at
from projections.bulk_places import OfferedList
from replay.run.asked import Span
from replay.run.following import Following
from replay.run.one_pass import STACK


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer with its number, and the list it has as known at the position; ``problem`` where it has none."""

    offer: Fact
    counter: int
    listed: OfferedList | None
    problem: str | None = None


class Retold:
    """The offers known in a history, each with its list as known there."""

    def __init__(self, history: History, readings: Readings) -> None:
        self._history, self._readings = history, readings
        facts = (fact for _, known in history.of_kind("candidate") for fact in known.facts.values())
        self._facts = sorted(facts, key=EFFECTIVE)
        self._following = Following(self._known, history)
        self.exactly = self._following.exactly

    def stacks(self, span: Span) -> Iterator[Sequence[Offered]]:
        """The offers of a span by their instants, so many at a time; those of one stack are under the same rules."""
        start = self._history.counter_start
        offers = [
            (offer, start + number) for number, offer in enumerate(self._history.offers, 1) if span.holds(offer.instant)
        ]
        stack: list[Offered] = []
        told = 0
        for offer, counter in sorted(offers, key=lambda each: EFFECTIVE(each[0])):
            last = bisect_right(self._facts, offer.instant, lo=told, key=attrgetter("instant"))
            for number in range(told, last):
                self._following.learn(self._facts[number]._replace(position=number + 1))
            told = last
            found = self._offered(offer, counter, told)
            if len(stack) == STACK or (stack and _rules(stack[-1].offer) is not _rules(offer)):
                yield stack
                stack = []
            stack.append(found)
        if stack:
            yield stack

    def _offered(self, offer: Fact, counter: int, told: int) -> Offered:
        try:
            rules = rules_at(offer.instant)
            renumbered = offer._replace(position=told + 1)
            (listed,) = self._following.lists_at(renumbered, counter, [(rules, self._readings)])
        except (NoRulesError, NoRunError) as error:
            return Offered(offer, counter, None, str(error))
        return Offered(offer, counter, listed)

    def _known(self, subject: str, last: int) -> SubjectHistory:
        """What was told of a candidate so far."""
        known = SubjectHistory()
        for fact in self._history.of(subject).in_effective_order():
            number = bisect_right(self._facts, EFFECTIVE(fact), key=EFFECTIVE)
            if number <= last:
                known.learn(fact._replace(position=number))
        return known


def _rules(offer: Fact) -> RuleSet | None:
    """The rules in force at an offer; None before any."""
    try:
        return rules_at(offer.instant)
    except NoRulesError:
        return None
