"""Steps 2 to 7 of verification: every row looked at once, in the order of positions, each step a method."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

import orjson
from pydantic import ValidationError

from engine.events.canonical import canonical_json
from engine.events.catalogue import EVENT_CLASSES
from engine.events.offer import GraftOffered
from engine.events.sound import sound_attributes
from engine.events.subjects import stream_id
from engine.events.upcasts import UPCASTS, Attributes, read_stored
from engine.intake.placing import PLACED_TYPES, place_faults
from engine.log.evidence import StoredIdentity, StoredRow
from engine.log.history import Fact, SubjectHistory, fact_of
from engine.log.tree import TreeBuilder, leaf_hash
from engine.quantities import InstantText, is_utc_text
from replay.audit.verification.findings import Faults


class Rows(Protocol):
    """What is read of rows and identities, in order and once more."""

    def identities(self) -> Iterator[StoredIdentity]:
        """Rows of identities, by position."""

    def row(self, position: int) -> StoredRow | None:
        """The row of events at a position."""

    def position_of(self, source: str, id_: str) -> Any:
        """The position that an identity is said to stand at."""


class Read(NamedTuple):
    """A row that could be read: its attributes as stored and in today's form, times with their instants, and digest."""

    attributes: Attributes
    today: Attributes
    content: bytes
    """SHA-256 of the stored bytes without the recorded time."""


class RowChecks:
    """What the rows so far tell; faults are noted as they are met. ``sizes`` are those whose roots are wanted."""

    def __init__(self, rows: Rows, faults: Faults, sizes: Collection[int]) -> None:
        self.leaves: list[bytes] = []
        self._tree = TreeBuilder(sizes)
        self._faults = faults
        self._position = 0
        self._versions: dict[str, int] = {}
        self._streams: dict[str, str] = {}
        self._last_recorded = InstantText.of("0001-01-03T00:00:00Z")
        self._identities = rows.identities()
        self._next_identity = next(self._identities, None)
        self._known = KnownSoFar(rows)

    @property
    def size(self) -> int:
        """How many rows there were."""
        return self._tree.size

    def root(self) -> bytes:
        """The tree hash of all rows so far."""
        return self._tree.root()

    @property
    def roots(self) -> dict[int, bytes]:
        """The tree hashes at the sizes wanted, as far as they were reached."""
        return {0: TreeBuilder().root()} | self._tree.roots

    def see(self, row: StoredRow) -> None:
        """Check the next row."""
        self._step_2_position(row)
        read = self._step_3_form(row)
        self._step_4_stream(row, read)
        self._step_5_recorded(row, read)
        self._step_6_identity(row, read)
        self._step_7_place(row, read)
        self._grow(row)

    def end(self, given: Sequence[Any]) -> None:
        """Check what is left once there are no more rows; ``given`` is what the file says of positions given out."""
        last = self._position
        told = next(iter(given), 0)
        if len(given) > 1 or not isinstance(told, int):
            self._faults.add(2, f"the file does not say how many positions it gave out, but {list(given)!r}")
        elif told > last:
            what = f"positions up to {told} were given out, the log ends at {last}: the tail is missing"
            self._faults.add(2, what, last + 1)
        elif told < last:
            what = f"the file says it gave out {told} positions: this row was not appended by the log"
            self._faults.add(2, what, told + 1)
        while self._next_identity is not None:
            self._identity_without_row(self._next_identity)

    def _step_2_position(self, row: StoredRow) -> None:
        expected = self._position + 1
        if row.position > expected:
            self._faults.add(2, f"position {expected} is missing (the next one there is {row.position})", expected)
        elif row.position < expected:
            self._faults.add(2, f"position {row.position} is none: positions begin at 1", row.position)
        self._position = row.position

    def _step_3_form(self, row: StoredRow) -> Read | None:
        try:
            return _read(row.state)
        except ValidationError as error:
            detail = error.errors(include_url=False)[0]
            message = f"the bytes are no event of the catalogue: {'.'.join(map(str, detail['loc']))}: {detail['msg']}"
        except (ValueError, KeyError, TypeError) as error:
            message = f"the bytes are not what the log stores: {error}"
        self._faults.add(3, message, row.position)
        return None

    def _step_4_stream(self, row: StoredRow, read: Read | None) -> None:
        expected = self._versions[row.stream] = self._versions.get(row.stream, 0) + 1
        if row.version != expected:
            what = f"version {row.version!r} in stream {row.stream!r}, where {expected} follows"
            self._faults.add(4, what, row.position)
        if read is None:
            return
        if row.topic != read.attributes["type"]:
            what = f"the topic is {row.topic!r}, the event's type is {read.attributes['type']}"
            self._faults.add(4, what, row.position)
        subject = read.today["subject"]
        if row.stream != (self._streams.get(subject) or self._stream_of(subject)):
            what = f"the row stands in stream {row.stream!r}, which is not that of its subject {subject}"
            self._faults.add(4, what, row.position)

    def _stream_of(self, subject: str) -> str:
        stream = self._streams[subject] = stream_id(subject).hex
        return stream

    def _step_5_recorded(self, row: StoredRow, read: Read | None) -> None:
        if read is None:
            return
        recorded: InstantText = read.today["recordedtime"]
        if recorded.instant < self._last_recorded.instant:
            what = f"recorded at {recorded}, before an earlier position ({self._last_recorded})"
            self._faults.add(5, what, row.position)
        self._last_recorded = recorded

    def _step_6_identity(self, row: StoredRow, read: Read | None) -> None:
        identity = self._next_identity
        if identity is None or identity.position != row.position:
            while self._next_identity is not None and _place(self._next_identity) < row.position:
                self._identity_without_row(self._next_identity)
            identity = self._next_identity
            if identity is None or identity.position != row.position:
                self._faults.add(6, "the row has no identity", row.position)
                return
        self._next_identity = next(self._identities, None)
        if read is None:
            return
        stored = read.attributes
        if identity.content != read.content or identity.id != stored["id"] or identity.source != stored["source"]:
            what = f"the identity kept of it ({identity.source!r}, {identity.id!r}) has another source, id or content"
            self._faults.add(6, what, row.position)

    def _identity_without_row(self, identity: StoredIdentity) -> None:
        position = identity.position if isinstance(identity.position, int) else None
        what = f"the identity ({identity.source!r}, {identity.id!r}) stands at {identity.position!r}, where no row is"
        self._faults.add(6, what, position)
        self._next_identity = next(self._identities, None)

    def _step_7_place(self, row: StoredRow, read: Read | None) -> None:
        if read is None:
            return
        event_type = read.today["type"]
        if event_type in PLACED_TYPES and (fault := self._known.first_fault(fact_of(row.position, read.today))):
            self._faults.add(7, fault, row.position)
        else:
            self._known.positions[read.today["subject"]].append(row.position)
            self._known.offered = self._known.offered or event_type == GraftOffered.TYPE

    def _grow(self, row: StoredRow) -> None:
        state = row.state if isinstance(row.state, bytes) else str(row.state).encode("utf-8", "surrogateescape")
        leaf = leaf_hash(state)
        self.leaves.append(leaf)
        self._tree.add_leaf(leaf)


class KnownSoFar:
    """The log up to a row, as the place rules look at it: what they ask about is read again, they ask about little."""

    def __init__(self, rows: Rows) -> None:
        self.head = 0
        self.positions = defaultdict[str, list[int]](list)
        """Of each subject, the rows so far that stand where they may."""
        self.offered = False
        self._rows = rows

    def first_fault(self, fact: Fact) -> str | None:
        """Why the event of the next row may not stand there."""
        self.head = fact.position - 1
        faults = place_faults(fact, self)
        return f"{faults[0].path}: {faults[0].message}" if faults else None

    def subject(self, name: str) -> SubjectHistory:
        """What is known of a subject."""
        known = SubjectHistory()
        for position in self.positions.get(name, ()):
            row = self._rows.row(position)
            assert row is not None, "the row was read before, in the same snapshot"
            known.learn(fact_of(position, read_stored(row.state)))
        return known

    def identity(self, source: str, id_: str) -> tuple[bytes, int] | None:
        """The position of an event (asked only to word a fault; its content is not kept)."""
        position = self._rows.position_of(source, id_)
        row = self._rows.row(position) if isinstance(position, int) else None
        try:
            stored = orjson.loads(row.state) if row else {}
            stands = position in self.positions.get(stored["subject"], ())
            return (b"", position) if stands and (stored["source"], stored["id"]) == (source, id_) else None
        except (ValueError, KeyError, TypeError):
            return None

    def has_offer(self) -> bool:
        """Whether any graft was offered so far."""
        return self.offered


def _read(state: Any) -> Read:
    """The event of stored bytes; ValueError, KeyError or TypeError where they hold none or are written otherwise."""
    if not isinstance(state, bytes):
        raise TypeError(f"{type(state).__name__} instead of bytes")
    attributes = orjson.loads(state)
    sound = (
        sound_attributes(attributes) if isinstance(attributes, dict) and attributes.get("type") not in UPCASTS else None
    )
    if sound is None or canonical_json(sound) != state or not _is_as_stored(sound.get("recordedtime")):
        return _read_or_say_why(state, attributes)
    recorded = b',"recordedtime":"%b"' % sound["recordedtime"].encode()
    return Read(sound, sound, sha256(state.replace(recorded, b"", 1)).digest())


def _is_old(attributes: Any) -> bool:
    return not isinstance(attributes, dict) or attributes.get("type") in UPCASTS


def _read_or_say_why(state: bytes, attributes: Attributes) -> Read:
    """The same for old forms and for what is not as the log writes it: the first thing wrong is said."""
    if canonical_json(attributes) != state:
        raise ValueError("they are not canonical JSON (RFC 8785)")
    today = read_stored(state)
    event_class = EVENT_CLASSES.get(today["type"])
    if event_class is None:
        raise ValueError(f"{today['type']!r} is no type of event")
    event = event_class.model_validate(today)
    if not _is_as_stored(event.recordedtime):
        raise ValueError(f"recordedtime {event.recordedtime!r} is not as the log writes it")
    if attributes["type"] not in UPCASTS and event.stored_bytes() != state:
        raise ValueError("the log writes this event in other bytes")
    content = {name: value for name, value in attributes.items() if name != "recordedtime"}
    return Read(attributes, event.attributes(), sha256(canonical_json(content)).digest())


def _is_as_stored(recorded: InstantText | None) -> bool:
    """Whether a recorded time is written as the log does."""
    return recorded is not None and is_utc_text(recorded)


def _place(identity: StoredIdentity) -> float:
    """Its position for ordering; one that is no number comes after all rows."""
    return identity.position if isinstance(identity.position, int) else float("inf")
