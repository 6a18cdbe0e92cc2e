"""A log read once: every offer put in order as it passes, on columns, and stacked with those that follow.

What is kept grows with the candidates on the list and not with the events: an offer's list is copied when it passes
and scored with its neighbours later; whoever the columns are unsure of is then read from the log again.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from itertools import count, islice
from typing import Any

from engine.errors import BrokenLogError, NoRulesError
from engine.events.subjects import stream_id
from engine.events.vocabulary import RUN_RECORDED
from engine.log.eventlog import EventLog, without_garbage_collection
from engine.log.history import OFFERED, Fact, SubjectHistory, endings_of, stored_fact, subject_of
from engine.log.recorder import State
from engine.log.tree import TreeBuilder
from engine.quantities import published_text
from engine.rules.readings import choose_readings
from engine.rules.ruleset import RuleSet, rules_at
from projections.bulk_places import OfferedList, Order, order_stacked
from projections.score import ExactScore
from replay.run.asked import ALWAYS, Span
from replay.run.following import Following, View
from replay.run.matchrun import header
from replay.run.moments import counter_start

STACK, MOST_STACKED = 256, 65_536
"""Lists put in order together, and candidates on them: enough that numbers cost more than calls, and no more kept."""
_ACTS = endings_of(
    f"snagc.{name}.v1" for name in ("proposal.made", "proposal.accepted", "proposal.declined", "offer.closed")
)
"""Of no say in any list, and two fifths of all events: they are hashed and not read."""
_RUNS = endings_of([RUN_RECORDED])
_UNREAD = _ACTS + _RUNS
_DEFAULTS = choose_readings()


def own_view(rules: RuleSet) -> Sequence[View]:
    """The rules in force and the default readings, as an offer's run is recorded."""
    return [(rules, _DEFAULTS)]


@dataclass(slots=True)
class Passed:
    """An offer that has passed, and its order under each view."""

    offer: Fact
    known_at: int
    root: str
    counter: int
    rules: RuleSet
    donor: str
    lists: Sequence[OfferedList]
    orders: list[Order] = field(default_factory=list)
    recorded: list[tuple[int, bytes]] = field(default_factory=list)
    """Positions and stored bytes of its recorded runs that came before it was put in order."""
    told: list[Fact] = field(default_factory=list)
    """What else was told of it before."""

    def header(self) -> dict[str, Any]:
        """What the run under the first view is about."""
        first = self.lists[0]
        return header(self.offer, self.donor, self.known_at, self.root, self.counter, first.p, first.r)

    def ranking(self, view: int = 0) -> list[tuple[str, str]]:
        """Candidates with their published scores, in order."""
        return [(name, published_text(points)) for name, points in self.orders[view][0]]


class OnePass:
    """One reading of a log from its beginning to its end."""

    def __init__(
        self,
        log: EventLog,
        span: Span = ALWAYS,
        views: Callable[[RuleSet], Sequence[View]] = own_view,
        unruled: list[Fact] | None = None,
        tick: Callable[[], None] = lambda: None,
    ) -> None:
        self._log, self._span, self._views, self._unruled, self._tick = log, span, views, unruled, tick
        self._following = self._beginning()
        self._offers = 0
        self._stack: dict[str, Passed] = {}
        self._size = 0
        """How many are on the lists that are stacked, under one view."""
        self._counter_start = counter_start(log, log.head())

    def __iter__(self) -> Iterator[Fact | Passed]:
        """Every offer of the span once it is put in order, and every fact about an offer, but human acts, as it comes.

        What is told of an offer while it waits to be put in order comes with it.
        At the end the log has been held against the checkpoints beside it.
        """
        log, tree = self._log, TreeBuilder(self._log.witnesses.sizes())
        with without_garbage_collection(), closing(log.recorder.states()) as batches:
            for states in _dense(batches):
                yield from self._learn(states, tree)
            yield from self._flush()
            log.hold(tree.size, tree)
            self._following = self._beginning()  # what was kept is given back before garbage is looked for

    def _learn(self, states: Sequence[bytes], tree: TreeBuilder) -> Iterator[Fact | Passed]:
        """Take in the next events, and the tree over them as far as it goes."""
        before = tree.size
        for position, state in enumerate(states, before + 1):
            if not state.endswith(_UNREAD):
                fact = stored_fact(position, state)
                if not fact.subject.startswith("offer/"):
                    self._following.learn(fact)
                else:
                    if fact.kind == OFFERED:
                        tree.extend(states[tree.size - before : position - 1 - before])
                    yield from self._about_offer(fact, tree)
            elif state.endswith(_RUNS):
                yield from self._run(position, state)
        tree.extend(states[tree.size - before :])

    def _beginning(self) -> Following:
        return Following(partial(known_of, self._log))

    def _run(self, position: int, state: bytes) -> Iterator[Fact]:
        """A recorded run, kept as it is while its offer waits to be put in order."""
        waits = self._stack.get(subject_of(state) or "")
        if waits is None:
            yield stored_fact(position, state)
        else:
            waits.recorded.append((position, state))

    def _about_offer(self, fact: Fact, tree: TreeBuilder) -> Iterator[Fact | Passed]:
        if fact.kind == OFFERED:
            yield from self._offered(fact, tree)
        if fact.subject in self._stack:
            self._stack[fact.subject].told.append(fact)
        else:
            yield fact

    def exactly(self, listed: OfferedList, name: str) -> ExactScore:
        """One candidate of a list that has passed, on exact arithmetic."""
        return self._following.exactly(listed, name)

    def _offered(self, offer: Fact, tree: TreeBuilder) -> Iterator[Passed]:
        self._offers += 1
        if not self._span.holds(offer.instant):
            return
        self._tick()
        try:
            rules = rules_at(offer.instant)
        except NoRulesError:
            if self._unruled is not None:
                self._unruled.append(offer)
            return
        counter = self._counter_start + self._offers
        lists = self._following.lists_at(offer, counter, self._views(rules))
        if any(_views(passed.lists) != _views(lists) for passed in islice(self._stack.values(), 1)):
            yield from self._flush()
        root, donor = tree.root().hex(), lists[0].donor.id
        self._stack[offer.subject] = Passed(offer, tree.size, root, counter, rules, donor, lists)
        self._size += len(lists[0].present.ids)
        if len(self._stack) == STACK or self._size >= MOST_STACKED:
            yield from self._flush()

    def _flush(self) -> Iterator[Passed]:
        """Put the stacked lists in order."""
        stack, self._stack, self._size = list(self._stack.values()), {}, 0
        if stack:
            for view in range(len(stack[0].lists)):
                orders = order_stacked([passed.lists[view] for passed in stack], self._following.exactly)
                for passed, order in zip(stack, orders, strict=True):
                    passed.orders.append(order)
        yield from stack


def _dense(batches: Iterable[Sequence[State]]) -> Iterator[tuple[bytes, ...]]:
    """The stored bytes of events; BrokenLogError where a position is missing, or what is stored is no bytes."""
    size = 0
    for batch in batches:
        positions, states = zip(*batch, strict=True)
        if positions != tuple(range(size + 1, size + 1 + len(batch))):
            found, missing = next(pair for pair in zip(positions, count(size + 1), strict=False) if pair[0] != pair[1])
            raise BrokenLogError(f"position {missing} is missing from the log (found {found})")
        if set(map(type, states)) != {bytes}:
            for position, state in batch:
                if type(state) is not bytes:
                    stored_fact(position, state)
        size += len(batch)
        yield states


def known_of(log: EventLog, subject: str, last: int) -> SubjectHistory:
    """What is known of a subject at a position."""
    known = SubjectHistory()
    for position, _, state in log.recorder.stream_rows(stream_id(subject).hex, last):
        known.learn(stored_fact(position, state))
    return known


def _views(lists: Sequence[OfferedList]) -> list[View]:
    return [(each.p, each.r) for each in lists]
