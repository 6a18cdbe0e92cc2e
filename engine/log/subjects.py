"""Histories of subjects, kept by an open log from one write transaction to the next while nobody else appends.

Without them a batch would read the streams of its subjects again, and long courses make long streams.
"""

from collections.abc import Callable, Iterable, Sequence

from engine.log.history import Fact, SubjectHistory

MOST_FACTS = 50_000
"""Facts (and subjects) kept between two transactions, some 50 MB; the histories asked for longest ago go first."""


class KeptSubjects:
    """What is known of subjects at a head; ``read`` gives what the log knows of some."""

    def __init__(self, read: Callable[[Sequence[str]], dict[str, SubjectHistory]]) -> None:
        self._read = read
        self._head = 0
        self._histories: dict[str, SubjectHistory] = {}
        self._facts = 0
        """How many facts and subjects they hold."""

    def at(self, head: int) -> "KeptSubjects":
        """The same where the log still ends where they were left; without any where somebody else appended."""
        return self if head == self._head else KeptSubjects(self._read)

    def ask(self, names: Iterable[str]) -> None:
        """Read what is not yet known of some subjects, all at once."""
        asked = dict.fromkeys(names)
        known = {name: self._histories.pop(name) for name in asked if name in self._histories}
        unknown = [name for name in asked if name not in known]
        read = self._read(unknown) if unknown else {}
        self._facts += sum(history.length + 1 for history in read.values())
        self._histories |= known | read  # what was asked for last stands last

    def of(self, name: str) -> SubjectHistory:
        """What is known of a subject."""
        known = self._histories.get(name)
        if known is None:
            self.ask([name])
            return self._histories[name]
        return known

    def learn(self, fact: Fact) -> SubjectHistory:
        """Take in a fact that stands at the log's end from now on; what is then known of its subject."""
        subject = self.of(fact.subject)
        subject.learn(fact)
        self._facts += 1
        return subject

    def leave(self, head: int) -> None:
        """Keep as many as may be for the next transaction, which finds the log at a head."""
        self._head = head
        while self._facts > MOST_FACTS:
            self._facts -= self._histories.pop(next(iter(self._histories))).length + 1
