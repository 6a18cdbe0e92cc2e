"""Steps 2 to 7 of verification: every row looked at once, in the order of positions, each step a method."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

import orjson
from pydantic import ValidationError

from engine.events.canonical import canonical_json
from engine.events.catalogue import EVENT_CLASSES
from engine.events.envelope import Event
from engine.events.subjects import stream_id
from engine.events.upcasts import UPCASTS, read_stored
from engine.intake.placing import place_faults
from engine.log.evidence import StoredIdentity, StoredRow
from engine.log.history import OFFERED, Fact, SubjectHistory, fact_of
from engine.log.tree import TreeBuilder, leaf_hash
from engine.quantities import parse_instant, utc_text
from replay.audit.verification.findings import Faults


class Read(NamedTuple):
    """A row that could be read: its attributes as stored, in today's form, and the event they make."""

    attributes: dict[str, Any]
    today: dict[str, Any]
    event: Event


class RowChecks:
    """What the rows so far tell; faults are noted as they are met. ``sizes`` are those whose roots are wanted."""

    def __init__(self, identities: Iterator[StoredIdentity], faults: Faults, sizes: Collection[int]) -> None:
        self.leaves: list[bytes] = []
        self._tree = TreeBuilder(sizes)
        self._faults = faults
        self._position = 0
        self._versions: dict[str, int] = {}
        self._last_recorded: tuple[int, str] | None = None
        self._identities = identities
        self._next_identity = next(identities, None)
        self._known = KnownSoFar()

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
        if read is not None and row.topic != read.attributes["type"]:
            what = f"the topic is {row.topic!r}, the event's type is {read.attributes['type']}"
            self._faults.add(4, what, row.position)
        if read is not None and row.stream != stream_id(read.event.subject).hex:
            what = f"the row stands in stream {row.stream!r}, which is not that of its subject {read.event.subject}"
            self._faults.add(4, what, row.position)
        if row.version != expected:
            what = f"version {row.version!r} in stream {row.stream!r}, where {expected} follows"
            self._faults.add(4, what, row.position)

    def _step_5_recorded(self, row: StoredRow, read: Read | None) -> None:
        if read is None or read.event.recordedtime is None:
            return
        recorded = parse_instant(read.event.recordedtime), read.event.recordedtime
        if self._last_recorded is not None and recorded < self._last_recorded:
            what = f"recorded at {recorded[1]}, before an earlier position ({self._last_recorded[1]})"
            self._faults.add(5, what, row.position)
        self._last_recorded = recorded

    def _step_6_identity(self, row: StoredRow, read: Read | None) -> None:
        while self._next_identity is not None and _place(self._next_identity) < row.position:
            self._identity_without_row(self._next_identity)
        identity = self._next_identity
        if identity is None or identity.position != row.position:
            self._faults.add(6, "the row has no identity", row.position)
            return
        self._next_identity = next(self._identities, None)
        if read is not None and identity != _identity_of(row.position, read):
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
        self._known.head = row.position - 1
        fact = fact_of(row.position, read.today)
        if faults := place_faults(fact, self._known):
            self._faults.add(7, f"{faults[0].path}: {faults[0].message}", row.position)
        else:
            self._known.learn(fact)

    def _grow(self, row: StoredRow) -> None:
        state = row.state if isinstance(row.state, bytes) else str(row.state).encode("utf-8", "surrogateescape")
        self.leaves.append(leaf_hash(state))
        self._tree.add(state)


class KnownSoFar:
    """The log up to a row, as the place rules look at it."""

    def __init__(self) -> None:
        self.head = 0
        self._subjects: dict[str, SubjectHistory] = {}
        self._offered = False

    def learn(self, fact: Fact) -> None:
        """Take in the event of a row."""
        self.subject(fact.subject).learn(fact)
        self._offered = self._offered or fact.kind == OFFERED

    def subject(self, name: str) -> SubjectHistory:
        """What is known of a subject."""
        return self._subjects.setdefault(name, SubjectHistory())

    def identity(self, source: str, id_: str) -> tuple[bytes, int] | None:
        """The position of an event (asked only to word a fault; its content is not kept)."""
        found = (known.positions.get((source, id_)) for known in self._subjects.values())
        return next(((b"", position) for position in found if position is not None), None)

    def has_offer(self) -> bool:
        """Whether any graft was offered so far."""
        return self._offered


def _read(state: Any) -> Read:
    """The event of stored bytes; ValueError, KeyError or TypeError where they hold none or are written otherwise."""
    if not isinstance(state, bytes):
        raise TypeError(f"{type(state).__name__} instead of bytes")
    attributes = orjson.loads(state)
    if canonical_json(attributes) != state:
        raise ValueError("they are not canonical JSON (RFC 8785)")
    today = read_stored(state)
    event_class = EVENT_CLASSES.get(today["type"])
    if event_class is None:
        raise ValueError(f"{today['type']!r} is no type of event")
    event = event_class.model_validate(today)
    if event.recordedtime is None or utc_text(parse_instant(event.recordedtime)) != event.recordedtime:
        raise ValueError(f"recordedtime {event.recordedtime!r} is not as the log writes it")
    if attributes["type"] not in UPCASTS and event.stored_bytes() != state:
        raise ValueError("the log writes this event in other bytes")
    return Read(attributes, today, event)


def _identity_of(position: int, read: Read) -> StoredIdentity:
    content = {name: value for name, value in read.attributes.items() if name != "recordedtime"}
    digest = hashlib.sha256(canonical_json(content)).digest()
    return StoredIdentity(position, read.attributes["source"], read.attributes["id"], digest)


def _place(identity: StoredIdentity) -> float:
    """Its position for ordering; one that is no number comes after all rows."""
    return identity.position if isinstance(identity.position, int) else float("inf")
