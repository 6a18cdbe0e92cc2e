"""Live offers ranked on the columns of everybody on the list, which stay between offers and only learn what is new."""

from engine.log.history import Fact
from engine.log.recollection import Recollection
from engine.quantities import published_text
from engine.rules.readings import choose_readings
from engine.rules.ruleset import RuleSet
from projections.bulk_places import OfferedList, Order, order_stacked
from replay.run.following import Following
from replay.run.live import Ranked

_DEFAULTS = choose_readings()


class ColumnRanker:
    """Ranks on the columns of a list that follows the log, beginning with what is known before an offer."""

    def __init__(self, known: Recollection, first: Fact) -> None:
        self._following = Following(known.at, known)
        self._following.recall(known.index, first.instant)

    def learn(self, fact: Fact) -> None:
        """Hear of the next fact; of donors and travel times the recollection has heard."""
        if fact.subject.startswith("candidate/"):
            self._following.learn(fact)

    def ranked(self, offer: Fact, counter: int, rules: RuleSet) -> Ranked:
        """The order of its list."""
        listed = self.listed(offer, counter, rules)
        places, excluded = self.order(listed)
        return listed.donor.id, [(name, published_text(points)) for name, points in places], excluded

    def listed(self, offer: Fact, counter: int, rules: RuleSet) -> OfferedList:
        """The list of an offer, to be put in order now or later."""
        (listed,) = self._following.lists_at(offer, counter, [(rules, _DEFAULTS)])
        return listed

    def order(self, listed: OfferedList) -> Order:
        """A list put in order."""
        return order_stacked([listed], self._following.exactly)[0]
