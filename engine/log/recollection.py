"""What is known at a position, of those alone that are asked for: each is read from the log when its turn comes.

It answers as a ``History`` of the same prefix does. What is read of a subject is held against its chain, so an answer
never stands on other bytes than those the prefix's root covers; ``doubt`` is called where it would.
"""

from collections.abc import Callable, Iterable, Iterator

from engine.errors import BrokenLogError
from engine.log.history import Fact, History, SubjectHistory, stored_fact
from engine.log.index import NO_CHAIN, Index, link
from engine.log.subjects import MOST_FACTS, Room, weight_of

Row = tuple[int, str, bytes]
Streams = Callable[[Iterable[str], int], Iterable[tuple[str, list[Row]]]]
"""The rows of each of some subjects up to a position, in order."""


AT_ONCE = 64
"""Subjects that a survey reads at once."""


class OtherRowsError(BrokenLogError):
    """The rows of a subject are not those its chain was made of."""


class Recollection(History):
    """A history read as far as it is asked for; offers are not kept in it, and asking for them is an error."""

    __slots__ = ("_doubt", "_kinds", "_streams", "index")

    def __init__(self, index: Index, streams: Streams, doubt: Callable[[], None] = lambda: None) -> None:
        self.index, self._streams, self._doubt = index, streams, doubt
        self.subjects: dict[str, SubjectHistory] = {}
        self._kinds: dict[str, list[str]] = {}
        """The subjects of a kind, since the last new one."""
        self.size = index.size

    def learn(self, position: int, state: bytes) -> Fact:
        """Take in the next row."""
        before = len(self.index.chains)
        self.index.learn([(position, "", state)])
        self.size = position
        fact = stored_fact(position, state)
        if len(self.index.chains) > before:
            self._kinds.pop(fact.subject.partition("/")[0], None)
        self.add(fact)
        return fact

    def add(self, fact: Fact) -> None:
        """Take in a fact, where its subject was read; who was not is read whole when asked for."""
        if fact.subject in self.subjects:
            self.subjects[fact.subject].learn(fact)

    def of(self, subject: str) -> SubjectHistory:
        """What is known of a subject; OtherRowsError where the log's rows are not those it had."""
        if subject not in self.subjects:
            self.read([subject])
        return self.subjects[subject]

    def of_kind(self, kind: str) -> Iterable[tuple[str, SubjectHistory]]:
        """Subjects of a kind with what is known of them, by ascending subject."""
        return self._known(self.names(kind))

    def names(self, kind: str) -> list[str]:
        """The subjects of a kind, ascending."""
        if kind not in self._kinds:
            self._kinds[kind] = sorted(each for each in self.index.chains if each.startswith(f"{kind}/"))
        return self._kinds[kind]

    def each(self) -> Iterator[tuple[str, SubjectHistory]]:
        """Every subject with what is known of it, by ascending subject."""
        yield from self._known(sorted(self.index.chains))

    def candidates_at(self, at: int, offer: str | None = None) -> Iterable[tuple[str, SubjectHistory]]:
        """The candidates that can be on the list at an instant, by ascending subject."""
        return self._known(self.index.may_be_listed(at, offer))

    def may_lack_registration(self, at: int) -> Iterable[tuple[str, SubjectHistory]]:
        """The candidates of whom no registration may be known by an instant, by ascending subject."""
        return self._known(self.index.may_lack_registration(at))

    def may_be_grafted_from(self, offer: str) -> Iterable[tuple[str, SubjectHistory]]:
        """The candidates of whom a transplantation may name an offer, by ascending subject."""
        return self._known(self.index.may_be_grafted_from(offer))

    def read(self, subjects: Iterable[str]) -> None:
        """Read all that is known of some subjects."""
        wanted = [subject for subject in subjects if subject not in self.subjects]
        for subject, rows in self._streams(wanted, self.size):
            self.subjects[subject] = self._subject(subject, rows)

    def at(self, subject: str, last: int) -> SubjectHistory:
        """What is known of a subject at a position up to the prefix's end, read anew."""
        ((_, rows),) = self._streams([subject], self.size)
        self._check(subject, rows)
        return _history_of(row for row in rows if row[0] <= last)

    def _known(self, subjects: list[str]) -> Iterable[tuple[str, SubjectHistory]]:
        self.read(subjects)
        return [(subject, self.subjects[subject]) for subject in subjects]

    def _subject(self, subject: str, rows: list[Row]) -> SubjectHistory:
        self._check(subject, rows)
        return _history_of(rows)

    def _check(self, subject: str, rows: list[Row]) -> None:
        """OtherRowsError where rows are not all that a subject's chain was made of."""
        if not self._are_chained(subject, rows):
            self._doubt()
            raise OtherRowsError(
                f"the events of {subject} are not those that a saved state of the log was made of: run snagc verify; "
                "where it finds the log whole, ask again (the saved states are deleted)"
            )

    def _are_chained(self, subject: str, rows: list[Row]) -> bool:
        chain = NO_CHAIN
        for _, _, state in rows:
            chain = link(chain, state) if isinstance(state, bytes) else NO_CHAIN
        return chain == self.index.chains.get(subject, NO_CHAIN)


class Survey(Recollection):
    """A recollection for whoever goes through all subjects: those asked for longest ago are let go of."""

    __slots__ = ("_room",)

    def __init__(self, index: Index, streams: Streams) -> None:
        super().__init__(index, streams)
        self._room = Room()
        self.subjects = self._room.histories

    def of(self, subject: str) -> SubjectHistory:
        """What is known of a subject, which is then the last to be let go of."""
        if not self._room.ask(subject):
            self.read([subject])
        return self.subjects[subject]

    def read(self, subjects: Iterable[str]) -> None:
        """Read all that is known of some subjects, in place of those asked for longest ago."""
        wanted = [subject for subject in subjects if not self._room.ask(subject)]
        self._room.leave(MOST_FACTS)
        for subject, rows in self._streams(wanted, self.size):
            known = self._subject(subject, rows)
            self._room.put(subject, known, weight_of(known))

    def _known(self, subjects: list[str]) -> Iterable[tuple[str, SubjectHistory]]:
        for first in range(0, len(subjects), AT_ONCE):
            some = subjects[first : first + AT_ONCE]
            self.read(some)
            yield from [(subject, self.of(subject)) for subject in some]

    def _check(self, subject: str, rows: list[Row]) -> None:
        if not self._are_chained(subject, rows):
            raise BrokenLogError(f"the events of {subject} are no longer what they just were: run snagc verify")


def _history_of(rows: Iterable[Row]) -> SubjectHistory:
    known = SubjectHistory()
    for position, _, state in rows:
        known.learn(stored_fact(position, state))
    return known
