"""Histories of subjects, kept by an open log from one write transaction to the next while nobody else appends.

Without them a batch would read the streams of its subjects again, and long courses make long streams. What is kept
grows with the candidates on the list: of one who left, of a donor or of an offer little is said any more, so these
have a smaller room of their own.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from engine.events.subjects import subject_kind
from engine.log.history import Fact, SubjectHistory
from engine.log.index import TURNS

MOST_FACTS, MOST_PASSING = 250_000, 40_000
"""Facts (and subjects) kept between two transactions, of candidates on the list and of all others: some kilobyte each.
The histories asked for longest ago go first."""
LINES_A_FACT = 3
"""Lines of a ranking that take the room of a fact."""


class KeptSubjects:
    """What is known of subjects at a head; ``read`` gives what the log knows of some."""

    def __init__(self, read: Callable[[Sequence[str]], dict[str, SubjectHistory]]) -> None:
        self._read = read
        self._head = 0
        self._lasting, self._passing = Room(), Room()

    def at(self, head: int) -> "KeptSubjects":
        """The same where the log still ends where they were left; without any where somebody else appended."""
        return self if head == self._head else KeptSubjects(self._read)

    def ask(self, names: Iterable[str]) -> None:
        """Read what is not yet known of some subjects, all at once."""
        unknown = [name for name in dict.fromkeys(names) if not (self._lasting.ask(name) or self._passing.ask(name))]
        for name, history in (self._read(unknown) if unknown else {}).items():
            room = self._lasting if subject_kind(name) == "candidate" and not _has_left(history) else self._passing
            room.put(name, history, weight_of(history))

    def of(self, name: str) -> SubjectHistory:
        """What is known of a subject."""
        known = self._lasting.histories.get(name) or self._passing.histories.get(name)
        if known is None:
            self.ask([name])
            return self.of(name)
        return known

    def learn(self, fact: Fact) -> SubjectHistory:
        """Take in a fact that stands at the log's end from now on; what is then known of its subject."""
        name, subject = fact.subject, self.of(fact.subject)
        subject.learn(fact)
        if name in self._passing.histories:
            self._passing.weigh(name, _weight(fact))
        elif _has_left(subject):
            self._passing.put(name, subject, self._lasting.take(name) + 1)
        else:
            self._lasting.weigh(name, 1)
        return subject

    def leave(self, head: int) -> None:
        """Keep as many as may be for the next transaction, which finds the log at a head."""
        self._head = head
        self._lasting.leave(MOST_FACTS)
        self._passing.leave(MOST_PASSING)


class Room:
    """Some histories, those asked for last standing last."""

    def __init__(self) -> None:
        self.histories: dict[str, SubjectHistory] = {}
        self._weights = Counter[str]()
        self._weight = 0

    def ask(self, name: str) -> bool:
        """Whether a history is there; it was asked for."""
        history = self.histories.pop(name, None)
        if history is not None:
            self.histories[name] = history
        return history is not None

    def put(self, name: str, history: SubjectHistory, weight: int) -> None:
        """Take a history in."""
        self.histories[name] = history
        self.weigh(name, weight)

    def weigh(self, name: str, more: int) -> None:
        """A history has become longer."""
        self._weights[name] += more
        self._weight += more

    def take(self, name: str) -> int:
        """Let go of a history; what it weighed."""
        del self.histories[name]
        weight = self._weights.pop(name)
        self._weight -= weight
        return weight

    def leave(self, most: int) -> None:
        """Let go of those asked for longest ago until the others have room."""
        while self._weight > most:
            self.take(next(iter(self.histories)))


def weight_of(history: SubjectHistory) -> int:
    """What a history weighs, in facts of an ordinary size."""
    return 1 + sum(map(_weight, history.facts.values()))


def _has_left(history: SubjectHistory) -> bool:
    return not _LEAVING.isdisjoint(history.kinds)


_LEAVING = frozenset(kind for kind, turn in TURNS.items() if turn == "off")


def _weight(fact: Fact) -> int:
    """In facts of an ordinary size: a recorded run holds a whole ranking."""
    return 1 + len(fact.data.get("ranking", ())) // LINES_A_FACT
