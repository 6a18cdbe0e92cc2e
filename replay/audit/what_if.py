"""A changed rule set over past offers: who would have been ranked otherwise, by group."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from engine.log.eventlog import EventLog
from engine.rules.ruleset import RuleSet
from projections.bulk_groups import KINDS, groups_of
from projections.bulk_places import Order
from replay.run.asked import Span
from replay.run.following import View
from replay.run.one_pass import OnePass, Passed, own_view


@dataclass(slots=True)
class Gains:
    """Candidates of one group: first places under either rule set, and ranks gained (positive) or lost in all."""

    first_before: int = 0
    first_after: int = 0
    ranks_gained: int = 0
    entered: int = 0
    left: int = 0

    def as_json(self) -> dict[str, int]:
        """The counts."""
        return {name: getattr(self, name) for name in self.__slots__}

    def count(self, before: int | None, after: int | None) -> None:
        """Take in a candidate's rank under either rule set."""
        self.first_before += before == 1
        self.first_after += after == 1
        self.entered += before is None and after is not None
        self.left += before is not None and after is None
        if before is not None and after is not None:
            self.ranks_gained += before - after


@dataclass(slots=True)
class WhatIf:
    """A changed rule set over the same history."""

    offers: int = 0
    offers_changed: int = 0
    first_places_changed: int = 0
    groups: dict[str, dict[str, Gains]] = field(default_factory=lambda: {kind: {} for kind in KINDS})

    def as_json(self) -> dict[str, Any]:
        """Counts, and the gains by blood group, age class, component, sex and centre."""
        return {
            "offers": self.offers,
            "offers_changed": self.offers_changed,
            "first_places_changed": self.first_places_changed,
            "groups": {
                name: {key: gains.as_json() for key, gains in sorted(found.items())}
                for name, found in self.groups.items()
            },
        }

    def count(self, before: Order, after: Order, ids: list[str], groups: dict[str, list[str]]) -> None:
        """Take in an offer: its order under either rule set, who was on its list, and the groups of each."""
        self.offers += 1
        self.offers_changed += before[0] != after[0]
        self.first_places_changed += _first(before) != _first(after)
        ranks = [{name: rank for rank, (name, _) in enumerate(ranked, 1)} for ranked, _ in (before, after)]
        moved = [
            (place, ranks[0].get(name), ranks[1].get(name))
            for place, name in enumerate(ids)
            if name in ranks[0] or name in ranks[1]
        ]
        for kind, group in groups.items():
            gains = self.groups[kind]
            for each in dict.fromkeys(group):
                gains.setdefault(each, Gains())
            for place, rank_before, rank_after in moved:
                gains[group[place]].count(rank_before, rank_after)


def changed_over(changed: RuleSet, log: EventLog, span: Span) -> WhatIf:
    """The same, the rule set first."""
    return what_if(log, span, changed)


def what_if(log: EventLog, span: Span, changed: RuleSet, tick: Callable[[], None] = lambda: None) -> WhatIf:
    """The offers of a span under a changed rule set, in one pass; candidates are grouped as it sees them."""

    def views(rules: RuleSet) -> list[View]:
        ((_, readings),) = own = own_view(rules)
        return [*own, (changed, readings)]

    result, passing = WhatIf(), OnePass(log, span, views, tick=tick)
    for each in passing:
        if isinstance(each, Passed):
            (before, after), listed = each.orders, each.lists[1]
            result.count(before, after, listed.present.ids, groups_of(listed, passing.exactly))
    return result


def added(parts: Iterable[WhatIf]) -> WhatIf:
    """The counts over all offers from those over some each."""
    whole = WhatIf()
    for part in parts:
        _add(whole, part, ("offers", "offers_changed", "first_places_changed"))
        for kind, groups in part.groups.items():
            for group, gains in groups.items():
                _add(whole.groups[kind].setdefault(group, Gains()), gains, Gains.__slots__)
    return whole


def _add(whole: Any, part: Any, names: Iterable[str]) -> None:
    for name in names:
        setattr(whole, name, getattr(whole, name) + getattr(part, name))


def _first(order: Order) -> str | None:
    """Who is ranked first."""
    return order[0][0][0] if order[0] else None
