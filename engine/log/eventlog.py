"""The log as its users hold it: open, write in one transaction, read a prefix.

A write session holds the write lock from its first look at the log to its commit, so what it decides on is
exactly the prefix it extends: two processes never lose an event, leave a gap or count an offer twice.
"""

import gc
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import InfrastructureFactory
from eventsourcing.utils import Environment, EnvType

from engine.errors import BrokenLogError, LogError, RequestError, UnknownError
from engine.events.subjects import stream_text
from engine.events.upcasts import read_stored
from engine.events.vocabulary import GRAFT_OFFERED
from engine.log.beside import CHECKPOINTS, STATES
from engine.log.history import OFFERED, Fact, History, SubjectHistory, fact_of, history_of, kind_of, stored_instant
from engine.log.index import Index
from engine.log.newrow import Identity, NewRow
from engine.log.recollection import OtherRowsError, Recollection, Survey
from engine.log.recorder import LogRecorder
from engine.log.states import SavedStates
from engine.log.store import Store, store_of
from engine.log.subjects import KeptSubjects
from engine.log.tree import TreeBuilder
from engine.log.witness import Witnesses
from engine.times import NoTimeError, parse_time

if TYPE_CHECKING:
    from engine.events.sound import Sound
    from engine.quantities import InstantText


MOST_WHOLE = 500_000
"""Events of a log of which all that is known is kept while it is surveyed, some two kilobytes each."""


class EventLog(Application[UUID]):
    """An append-only log of events."""

    recorder: LogRecorder  # type: ignore[assignment]
    is_new = False
    """Whether ``open`` made it just now."""

    def __init__(self, store: Store, *, create: bool = False) -> None:
        self.store = store
        super().__init__({"CREATE_TABLE": "y" if create else "n", "MAPPER_TOPIC": "engine.log.mapper:EventMapper"})
        self.witnesses = Witnesses(store.folder(CHECKPOINTS))
        """The checkpoints beside the log, which every reading of a prefix is held against."""
        self.states = SavedStates(store.folder(STATES), self.recorder)
        """The saved states beside the log, from which an answer may start."""
        self._subjects = KeptSubjects(self._histories_of)
        self._offers: list[Fact] = []
        self._offers_by_donor: dict[str, list[Fact]] = {}
        self._offers_read = 0

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """Only what ``open`` says: no variable of the process may turn the log elsewhere."""
        return Environment("", env or {})

    def construct_factory(self, env: Environment) -> InfrastructureFactory[Any]:
        """The store's."""
        return self.store.factory(env)

    @classmethod
    def open(cls, location: str, *, create: bool = False) -> Self:
        """Open the log at a path or address; ``create`` makes it where there is none."""
        store = store_of(location)
        is_new = store.prepare(create=create)
        log = cls(store, create=create)
        log.is_new = is_new
        return log

    @contextmanager
    def writing(self) -> Iterator["WriteSession"]:
        """One transaction: everything appended inside is committed at its end, or nothing."""
        kept, self._subjects = self._subjects, KeptSubjects(self._histories_of)
        with self.recorder.writing():
            session = WriteSession(self, kept.at(self.head()))
            yield session
            session.flush()
        session.kept.clear()  # it looks at the log through the session: neither would be let go of
        session.subjects.leave(session.head)
        self._subjects = session.subjects

    def _histories_of(self, subjects: Sequence[str]) -> dict[str, SubjectHistory]:
        """What is known of some subjects at the end of the log."""
        streams = {stream_text(subject): SubjectHistory() for subject in subjects}
        for stream, position, state in self.recorder.rows_of_streams(list(streams)):
            streams[stream].learn(fact_of(position, read_stored(state)))
        return dict(zip(subjects, streams.values(), strict=True))

    def close(self) -> None:
        """Let go of the store; LostLogError where it was written and has been taken away since."""
        try:
            self.recorder.check_written()
        finally:
            super().close()

    def head(self) -> int:
        """The last position; 0 for an empty log."""
        return self.recorder.head()

    def history(self, last: int | None = None) -> History:
        """What is known at a position (at the end where None)."""
        with without_garbage_collection(), closing(self.recorder.rows(1, last)) as rows:
            history = history_of(rows)
        self.hold(history.size)
        return history

    def survey(self, last: int) -> History:
        """What is known at a position, for whoever goes through all subjects.

        Everything is read, and of a long log read again, some subjects at once: so no more of it is kept.
        """
        if last <= MOST_WHOLE:
            return self.history(last)
        index = Index(TreeBuilder(self.witnesses.sizes(last)))
        with without_garbage_collection(), closing(self.recorder.rows(1, last)) as rows:
            index.learn(rows)
        self.hold(index.size, index.tree)
        return Survey(index, self.recorder.streams)

    def history_and_tree(self, last: int) -> tuple[History, TreeBuilder]:
        """What is known at a position, and the tree over the same rows, in one pass."""
        history, tree = History(), TreeBuilder(self.witnesses.sizes(last))
        with without_garbage_collection(), closing(self.recorder.rows(1, last)) as rows:
            for position, _, state in rows:
                history.learn(position, state)
                tree.add(state)
        self.hold(last, tree)
        return history, tree

    def recollection(self, last: int) -> Recollection:
        """What is known at a position, within a write transaction: from the nearest saved state on, keeping none."""
        return self.states.recollection(self.states.index(last, self.witnesses.sizes(), committed=False))

    def recalled(self, last: int, wanted: Callable[[Index], Iterable[str]]) -> tuple[History, bytes]:
        """What is known at a position and the root there, from the nearest saved state on.

        ``wanted`` names the subjects that an answer rests on, which are read at once; others are when asked for. Where
        the log's rows are not those the state was made of, all is read, as if there were no states.
        """
        with without_garbage_collection():
            index = self.states.index(last, self.witnesses.sizes())
            history = self.states.recollection(index)
            try:
                history.read(wanted(index))
            except OtherRowsError:
                self.states.forget()
                everything, tree = self.history_and_tree(last)
                return everything, tree.root()
            known = {**index.tree.roots, index.size: index.tree.root()}
            self.witnesses.hold(last, self.recorder, known, self._roots_by_states)
            return history, index.tree.root()

    def subject_at(self, subject: str, last: int) -> SubjectHistory:
        """What is known of one subject at a position: its own rows are read alone, held against its whole chain."""
        history, _ = self.recalled(self.head(), lambda _: [subject])
        return history.at(subject, last) if isinstance(history, Recollection) else self.history(last).of(subject)

    def _roots_by_states(self, sizes: Collection[int]) -> dict[int, bytes]:
        head, found = self.head(), dict[int, bytes]()
        for size in sizes:
            tree = self.states.index(min(size, head), tuple(sizes)).tree
            found |= {**tree.roots, tree.size: tree.root()}
        return found

    def offers(self, last: int) -> list[Fact]:
        """The offers up to a committed position as stored, by position; the log remembers those it has read."""
        self._read_offers(last)
        return self._offers[: bisect_right(self._offers, last, key=attrgetter("position"))]

    def offers_of(self, donor: str, last: int) -> list[Fact]:
        """The offers of a donor up to a committed position."""
        self._read_offers(last)
        return [offer for offer in self._offers_by_donor.get(donor, ()) if offer.position <= last]

    def _read_offers(self, last: int) -> None:
        if last <= self._offers_read:
            return
        for position, _, state in self.recorder.rows_of(GRAFT_OFFERED, self._offers_read, last):
            fact = fact_of(position, read_stored(state))
            self._offers.append(fact)
            self._offers_by_donor.setdefault(fact.data["donor"], []).append(fact)
        self._offers_read = last

    def forget_offers(self) -> None:
        """Read them anew."""
        self._offers, self._offers_by_donor, self._offers_read = [], {}, 0

    def hold(self, last: int, tree: TreeBuilder | None = None) -> None:
        """Hold the events up to a position against the checkpoints beside the log; ``tree`` is that over them."""
        self.witnesses.hold(last, self.recorder, {**tree.roots, tree.size: tree.root()} if tree else {})

    def hold_recalled(self, last: int) -> None:
        """The same from saved states: for an answer that reads no prefix."""
        self.witnesses.hold(last, self.recorder, {}, self._roots_by_states)

    def fact(self, position: int) -> Fact:
        """The event at a position as stored."""
        row = self.recorder.row(position)
        if row is None:
            head = self.head()
            message = f"position {position} is not in the log: its last position is {head}"
            raise UnknownError(message, "position", position=position, head=head)
        return fact_of(position, read_stored(row[2]))

    def known_at(self, text: str) -> int:
        """The position a --known-at names: digits alone, ``now``, or the last one recorded at or before a time."""
        head = self.head()
        if text == "now":
            return head
        if text.isascii() and text.isdigit():
            position = int(text[:18])
            if position > head or len(text) > 18:
                message = f"known-at {text[:24]}: the log ends at position {head}"
                raise RequestError(message, "beyond_head", text=text[:24], head=head)
            return position
        try:
            return self.position_at(parse_time(text, end_of_day=True))
        except NoTimeError as error:
            raise RequestError(f"known-at: {error}; or give a position, or now", error.kind, **error.about) from None

    def position_at(self, instant: int) -> int:
        """The last position recorded at or before an instant, 0 if none: recorded times never decrease."""
        low, high = 0, self.head()
        while low < high:
            middle = (low + high + 1) // 2
            if stored_instant(self.fact(middle).recorded) <= instant:
                low = middle
            else:
                high = middle - 1
        return low


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """A bulk read makes many objects and no garbage: looking for some doubles its time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class WriteSession:
    """The log while the write lock is held: what is known, and what is about to be appended."""

    def __init__(self, log: EventLog, subjects: KeptSubjects) -> None:
        self._log = log
        self.subjects = subjects
        self.head = log.head()
        self.last_recorded = stored_instant(log.fact(self.head).recorded) if self.head else None
        self._rows: list[NewRow] = []
        self._row_identities: list[Identity] = []
        """What is pending, and as whose."""
        self._identities: dict[tuple[str, str], tuple[bytes, int] | None] = {}
        self._first_offer: int | None = None
        self._found = self.head
        self._offers: dict[str, list[Fact]] = {}
        """Offers appended by this session, by donor."""
        self.kept: dict[str, Any] = {}
        """What those who look at the log through the session keep for its time."""

    def subject(self, name: str) -> SubjectHistory:
        """What is known of a subject, pending events included."""
        return self.subjects.of(name)

    def look_up(self, asked: Iterable[tuple[str, str]], subjects: Iterable[str] = ()) -> None:
        """Look up many identities (source, id) at once, and what is known of many subjects."""
        self.subjects.ask(subjects)
        unknown = dict.fromkeys(identity for identity in asked if identity not in self._identities)
        self._identities.update(unknown)
        self._identities.update(self._log.recorder.identities(list(unknown)))

    def identity(self, source: str, id_: str) -> tuple[bytes, int] | None:
        """Content hash and position of an event already in the log or pending."""
        identity = source, id_
        try:
            return self._identities[identity]
        except KeyError:
            self.look_up([identity])
            return self._identities[identity]

    def identities_under(self, source: str, stem: str) -> dict[str, int]:
        """The ids of a source that are a stem, or a stem and more behind a ``;``, with their positions."""
        found = self._log.recorder.identities_under(source, stem)
        for (given, id_), known in self._identities.items():
            if known is not None and given == source and (id_ == stem or id_.startswith(f"{stem};")):
                found[id_] = known[1]
        return found

    def attributes(self, position: int) -> dict[str, Any]:
        """The stored attributes of an event already in the log or pending."""
        stored = self.head - len(self._rows)
        if position > stored:
            _, _, _, state = self._rows[position - stored - 1]
            return read_stored(state)
        row = self._log.recorder.row(position)
        if row is None:
            raise BrokenLogError(f"position {position} has an identity but no event: run snagc verify")
        return read_stored(row[2])

    def has_offer(self) -> bool:
        """Whether any graft was ever offered."""
        if self._first_offer is None:
            stored = self._log.recorder.positions_of(GRAFT_OFFERED, self.head)
            self._first_offer = stored[0] if stored else None
        return self._first_offer is not None

    def offers_of(self, donor: str) -> list[Fact]:
        """The offers of a donor, pending ones included, by position."""
        return self._log.offers_of(donor, self._found) + self._offers.get(donor, [])

    def next_fact(self, sound: "Sound", recorded: "InstantText") -> Fact:
        """The fact that an event would state at the next position, recorded as of a time."""
        return Fact(
            self.head + 1,
            kind_of(sound.event_type),
            sound.subject,
            sound.source,
            sound.id,
            sound.instant,
            sound.data,
            sound.time,
            recorded,
            sound.actor,
        )

    def append(self, sound: "Sound", fact: Fact, recorded: int) -> SubjectHistory:
        """Append an event and the fact that it states, recorded at an instant; what is then known of its subject."""
        subject = self.subjects.learn(fact)
        if fact.kind == OFFERED:
            self._first_offer = self._first_offer or fact.position
            self._offers.setdefault(fact.data["donor"], []).append(fact)
        self.head, self.last_recorded = fact.position, recorded
        self._identities[fact.source, fact.id] = (sound.sha256, fact.position)
        state = sound.state if sound.recorded is not None else sound.stored_bytes(fact.recorded)
        self._rows.append((sound.stream, subject.length, sound.event_type, state))
        self._row_identities.append((fact.source, fact.id, sound.sha256, fact.position))
        return subject

    def flush(self) -> None:
        """Hand the pending events to the store, inside the open transaction."""
        if not self._rows:
            return
        positions = self._log.recorder.insert_events(self._rows, identities=self._row_identities)
        if not positions or positions[-1] != self.head:
            raise LogError(f"expected position {self.head}, the store gave {positions and positions[-1]}")
        self._rows, self._row_identities = [], []
