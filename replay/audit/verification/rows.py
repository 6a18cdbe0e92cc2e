"""Steps 2 to 7 of verification: every row looked at once, in the order of positions, each step a method."""

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import orjson

from engine.events.subjects import stream_text
from engine.events.upcasts import read_stored
from engine.events.vocabulary import GRAFT_OFFERED
from engine.intake.placing import PLACED_TYPES, place_faults
from engine.log.evidence import StoredIdentity, StoredRow
from engine.log.history import Fact, SubjectHistory, fact_of
from engine.log.tree import TreeBuilder
from replay.audit.verification.findings import Faults
from replay.audit.verification.form import Form, Read
from replay.audit.verification.leaves import KeptLeaves


class Rows(Protocol):
    """What is read of rows and identities, in order and once more."""

    def identities(self) -> Iterator[StoredIdentity]:
        """Rows of identities, by position."""

    def row(self, position: int) -> StoredRow | None:
        """The row of events at a position."""

    def position_of(self, source: str, id_: str) -> Any:
        """The position that an identity is said to stand at."""


class RowChecks:
    """What the rows so far tell; faults are noted as they are met. ``sizes`` are those whose roots are wanted.

    Held are eight bytes an event, some hundreds a stream, and nothing else that grows with the log.
    """

    def __init__(
        self, rows: Rows, faults: Faults, sizes: Collection[int] = (), kept_leaves: Iterable[bytes] = ()
    ) -> None:
        self._tree = TreeBuilder(sizes)
        self.kept_leaves = KeptLeaves(kept_leaves, self._tree, sizes)
        self._faults = faults
        self._position = 0
        self._streams: dict[Any, array[int]] = {}
        """The positions of each stream's rows so far."""
        self._last_recorded = ""
        self._identities = rows.identities()
        self._next_identity = next(self._identities, None)
        self._known = KnownSoFar(rows, self._streams)

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

    def see(self, row: StoredRow, read: Read) -> None:
        """Check the next row, its bytes read."""
        leaf, found = read
        self._step_2_position(row)
        form = self._step_3_form(row, found)
        self._step_4_stream(row, form)
        self._step_5_recorded(row, form)
        self._step_6_identity(row, form)
        self._step_7_place(row, form)
        self.kept_leaves.hold(leaf)
        self._tree.add_leaf(leaf)

    def end_positions(self, given: Sequence[Any]) -> None:
        """Check the last position, once there are no more rows; ``given``: what the file says it gave out."""
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

    def end_identities(self) -> None:
        """Check the identities that are left once there are no more rows."""
        while self._next_identity is not None:
            self._identity_without_row(self._next_identity)

    def _step_2_position(self, row: StoredRow) -> None:
        expected = self._position + 1
        if row.position > expected:
            self._faults.add(2, f"position {expected} is missing (the next one there is {row.position})", expected)
        elif row.position < expected:
            self._faults.add(2, f"position {row.position} is none: positions begin at 1", row.position)
        self._position = row.position

    def _step_3_form(self, row: StoredRow, form: Form | str) -> Form | None:
        if isinstance(form, Form):
            return form
        self._faults.add(3, form, row.position)
        return None

    def _step_4_stream(self, row: StoredRow, form: Form | None) -> None:
        positions = self._streams.get(row.stream)
        if positions is None:
            positions = self._streams[row.stream] = array("q")
        positions.append(row.position)
        if row.version != len(positions):
            what = f"version {row.version!r} in stream {row.stream!r}, where {len(positions)} follows"
            self._faults.add(4, what, row.position)
        if form is None:
            return
        if row.topic != form.topic:
            what = f"the topic is {row.topic!r}, the event's type is {form.topic}"
            self._faults.add(4, what, row.position)
        if row.stream != stream_text(form.subject):
            what = f"the row stands in stream {row.stream!r}, which is not that of its subject {form.subject}"
            self._faults.add(4, what, row.position)

    def _step_5_recorded(self, row: StoredRow, form: Form | None) -> None:
        if form is None:
            return
        if form.recorded < self._last_recorded:
            what = f"recorded at {form.recorded}, before an earlier position ({self._last_recorded})"
            self._faults.add(5, what, row.position)
        self._last_recorded = form.recorded

    def _step_6_identity(self, row: StoredRow, form: Form | None) -> None:
        identity = self._next_identity
        if identity is None or identity.position != row.position:
            while self._next_identity is not None and _place(self._next_identity) < row.position:
                self._identity_without_row(self._next_identity)
            identity = self._next_identity
            if identity is None or identity.position != row.position:
                self._faults.add(6, "the row has no identity", row.position)
                return
        self._next_identity = next(self._identities, None)
        if form is None:
            return
        if identity.content != form.content or identity.id != form.id or identity.source != form.source:
            what = f"the identity kept of it ({identity.source!r}, {identity.id!r}) has another source, id or content"
            self._faults.add(6, what, row.position)

    def _identity_without_row(self, identity: StoredIdentity) -> None:
        position = identity.position if isinstance(identity.position, int) else None
        what = f"the identity ({identity.source!r}, {identity.id!r}) stands at {identity.position!r}, where no row is"
        self._faults.add(6, what, position)
        self._next_identity = next(self._identities, None)

    def _step_7_place(self, row: StoredRow, form: Form | None) -> None:
        if form is None:
            self._known.leave_out(row)
        elif form.event_type in PLACED_TYPES and (fault := self._known.first_fault(_fact(row))):
            self._known.leave_out(row)
            self._faults.add(7, fault, row.position)
        else:
            self._known.take_in(row, form)


class KnownSoFar:
    """The log up to a row, as the place rules look at it: what they ask about is read again, they ask about little.

    ``streams`` are the positions of each stream's rows; which of these are not of its subject, or may not stand where
    they do, is noted here, and which rows of a subject stand in another stream.
    """

    def __init__(self, rows: Rows, streams: Mapping[Any, Sequence[int]]) -> None:
        self.head = 0
        self._rows = rows
        self._streams = streams
        self._left_out = set[int]()
        self._elsewhere = defaultdict[str, list[int]](list)
        self._offered = False

    def take_in(self, row: StoredRow, form: Form) -> None:
        """The next row stands where it may."""
        if row.stream != stream_text(form.subject):
            self._left_out.add(row.position)
            self._elsewhere[form.subject].append(row.position)
        self._offered = self._offered or form.event_type == GRAFT_OFFERED

    def leave_out(self, row: StoredRow) -> None:
        """The next row is no event, or may not stand there."""
        self._left_out.add(row.position)

    def first_fault(self, fact: Fact) -> str | None:
        """Why the event of the next row may not stand there."""
        self.head = fact.position - 1
        faults = place_faults(fact, self)
        return f"{faults[0].path}: {faults[0].message}" if faults else None

    def subject(self, name: str) -> SubjectHistory:
        """What is known of a subject."""
        known = SubjectHistory()
        for position in self._positions_of(name):
            row = self._rows.row(position)
            assert row is not None, "the row was read before, in the same snapshot"
            known.learn(_fact(row))
        return known

    def identity(self, source: str, id_: str) -> tuple[bytes, int] | None:
        """The position of an event (asked only to word a fault; its content is not kept)."""
        position = self._rows.position_of(source, id_)
        row = self._rows.row(position) if isinstance(position, int) else None
        try:
            stored = orjson.loads(row.state) if row else {}
            stands = position in self._positions_of(stored["subject"])
            return (b"", position) if stands and (stored["source"], stored["id"]) == (source, id_) else None
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    def has_offer(self) -> bool:
        """Whether any graft was offered so far."""
        return self._offered

    def _positions_of(self, subject: str) -> list[int]:
        """A subject's rows so far that stand where they may."""
        there = self._streams.get(stream_text(subject), ())
        found = [position for position in there if position <= self.head and position not in self._left_out]
        return sorted(found + self._elsewhere.get(subject, [])) if self._elsewhere else found


def _fact(row: StoredRow) -> Fact:
    """The fact of a row whose bytes are an event."""
    return fact_of(row.position, read_stored(row.state))


def _place(identity: StoredIdentity) -> float:
    """Its position for ordering; one that is no number comes after all rows."""
    return identity.position if isinstance(identity.position, int) else float("inf")
