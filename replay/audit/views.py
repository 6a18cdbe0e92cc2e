"""Other views of past offers: another rule set or reading, and what it would have changed over a span."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from engine.errors import RequestError
from engine.log.eventlog import EventLog
from engine.rules.readings import all_readings, choose_readings
from engine.rules.ruleset import RuleSet
from projections.folds import Folds
from replay.audit.compare import Change, changes, other_figures
from replay.run.asked import Span
from replay.run.following import View
from replay.run.matchrun import MatchRun, Moment, match_run
from replay.run.moments import moment_of_offer
from replay.run.one_pass import OnePass, Passed

ALTERNATIVES = tuple((name, option) for name, reading in all_readings().items() for option in reading.options[1:])
"""Every reading that is not a default, alone."""


def parse_view(words: list[str]) -> dict[str, Any]:
    """A view from words ``known-at=…``, ``ruleset=…`` and ``reading=value``; the rest is the offer's own."""
    known_at, ruleset, readings = None, None, {}
    seen: list[str] = []
    for word in words:
        name, separator, value = word.partition("=")
        if not separator:
            raise RequestError(f"view {word!r}: write known-at=…, ruleset=… or reading=value")
        if name in seen:
            raise RequestError(f"view: {name} is given twice, give it once")
        seen.append(name)
        if name == "known-at":
            known_at = value
        elif name == "ruleset":
            ruleset = value
        else:
            readings[name] = value
    return {"readings": choose_readings(readings), "known_at": known_at, "ruleset": ruleset}


@dataclass(frozen=True, slots=True)
class Diff:
    """Two views of an offer and what differs between them."""

    a: MatchRun
    b: MatchRun
    changes: list[Change]

    def as_json(self) -> dict[str, Any]:
        """The document of ``diff``: what each view is about, and the changes."""
        return {
            "a": self.a.header(),
            "b": self.b.header(),
            "changes": [change.as_json() for change in self.changes],
        }

    def other_figures(self) -> list[dict[str, Any]]:
        """Whose figures or reasons differ beside the changes: no part of the document, which is of those ranked."""
        return other_figures(self.a.as_json(), self.b.as_json())


def diff(log: EventLog, offer: str, a: list[str], b: list[str]) -> Diff:
    """Two views of an offer, each in words (see ``parse_view``), compared."""
    runs = [match_run(moment_of_offer(log, offer, **parse_view(words))) for words in (a, b)]
    return Diff(runs[0], runs[1], changes(runs[0], runs[1]))


@dataclass(slots=True)
class Sensitivity:
    """What one alternative reading changes over some offers."""

    reading: str
    option: str
    offers: int = 0
    offers_changed: int = 0
    first_places_changed: int = 0
    ranks_moved: int = 0

    def as_json(self) -> dict[str, Any]:
        """Reading, option and the four counts."""
        return {name: getattr(self, name) for name in self.__slots__}


Ranking = Sequence[tuple[str, str | int]]
"""Candidates with their published scores, as text or in millionths, in order."""


def sensitivity(moments: Iterable[tuple[Moment, Folds]]) -> list[Sensitivity]:
    """Each alternative reading alone over some offers, by first places changed."""

    def rankings(moment: Moment, folds: Folds) -> Iterator[Ranking]:
        for chosen in [{}, *({name: option} for name, option in ALTERNATIVES)]:
            run = match_run(replace(moment, readings=choose_readings(chosen)), folds=folds)
            yield [(entry.standing.id, entry.snagc) for entry in run.ranking]

    return _sensitivity(list(rankings(moment, folds)) for moment, folds in moments)


def sensitivity_over(log: EventLog, span: Span, tick: Callable[[], None] = lambda: None) -> list[Sensitivity]:
    """The same over every offer of a span, in one pass over the log."""
    readings = [choose_readings(), *(choose_readings({name: option}) for name, option in ALTERNATIVES)]

    def views(rules: RuleSet) -> list[View]:
        return [(rules, r) for r in readings]

    passed = (each for each in OnePass(log, span, views, tick=tick) if isinstance(each, Passed))
    return _sensitivity([ranked for ranked, _ in each.orders] for each in passed)


def added(tables: Iterable[list[Sensitivity]]) -> list[Sensitivity]:
    """The table over all offers from those over some each."""
    found = {alternative: Sensitivity(*alternative) for alternative in ALTERNATIVES}
    for row in chain.from_iterable(tables):
        whole = found[row.reading, row.option]
        for name in row.__slots__[2:]:
            setattr(whole, name, getattr(whole, name) + getattr(row, name))
    return _sorted(found.values())


def _sorted(table: Iterable[Sensitivity]) -> list[Sensitivity]:
    return sorted(table, key=lambda row: (-row.first_places_changed, -row.ranks_moved, row.reading))


def _sensitivity(rankings: Iterable[list[Ranking]]) -> list[Sensitivity]:
    """By offer the ranking under the defaults, then that under each alternative."""
    table = [Sensitivity(*alternative) for alternative in ALTERNATIVES]
    for plain, *others in rankings:
        for row, other in zip(table, others, strict=True):
            row.offers += 1
            row.offers_changed += other != plain
            row.first_places_changed += [name for name, _ in plain[:1]] != [name for name, _ in other[:1]]
            row.ranks_moved += _moved(plain, other)
    return _sorted(table)


def _moved(a: Ranking, b: Ranking) -> int:
    """How many candidates have another rank, or one in one ranking alone."""
    if a == b:
        return 0
    ranks_a, ranks_b = ({name: rank for rank, (name, _) in enumerate(ranking)} for ranking in (a, b))
    return sum(ranks_a.get(name) != ranks_b.get(name) for name in {**ranks_a, **ranks_b})
