"""A prefix of the log in brief: enough to give its root, and to know whose facts an answer has to read.

Of each subject a chain is kept, a hash that goes on with every event: what is read of the subject later is held
against it. Of each candidate, when it may have been on the list, by registrations, departures and suspensions alone.
Going on from a prefix costs what is new in it, whatever lies before.
"""

import hashlib
from bisect import bisect_right, insort
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from engine.errors import BrokenLogError
from engine.events.upcasts import Attributes, read_stored
from engine.events.vocabulary import RUN_RECORDED
from engine.log.history import (
    CORRECTED,
    OFFERED,
    RETRACTED,
    Fact,
    SubjectHistory,
    endings_of,
    kind_of,
    stored_instant,
    subject_of,
)
from engine.log.tree import TreeBuilder

TURNS = {
    "candidate.registered": "on",
    "candidate.delisted": "off",
    "candidate.transplanted": "off",
    "candidate.suspended": "pause",
    "candidate.reinstated": "resume",
}
"""What decides whether a candidate can be on the list, and how."""
_RUN = endings_of([RUN_RECORDED])
"""A recorded run is told by its end: nothing in its long ranking is noted."""
_NOTED = frozenset((*TURNS, CORRECTED, RETRACTED, OFFERED, "offer-counter.initialised"))
CHAIN_BYTES = 16
NO_CHAIN = bytes(CHAIN_BYTES)

Turn: TypeAlias = list[Any]
"""Instant, position, what it does, and the offer that a transplantation names (else None): a list, as JSON has it."""


def link(chain: bytes, state: bytes) -> bytes:
    """The chain of a subject with the bytes of its next event."""
    return hashlib.sha256(chain + state).digest()[:CHAIN_BYTES]


class Index:
    """The brief of a prefix; it only ever learns the next row."""

    __slots__ = ("chains", "counter", "tree", "turns", "unsettled")

    def __init__(self, tree: TreeBuilder) -> None:
        self.tree = tree
        self.chains: dict[str, bytes] = {}
        """The chain of each subject that anything was said of."""
        self.turns: dict[str, list[Turn]] = {}
        """The turns of each candidate, in effective order."""
        self.unsettled: dict[str, None] = {}
        """Candidates whose turns a correction or retraction may have changed since they were noted."""
        self.counter = 0
        """Offers so far, with those made before the log began."""

    @property
    def size(self) -> int:
        """How many events the prefix has."""
        return self.tree.size

    def learn(self, rows: Iterable[tuple[int, str, bytes]]) -> None:
        """Take in the next rows; BrokenLogError where a position is missing or the bytes are no event."""
        chains, add = self.chains, self.tree.add
        position = self.size
        try:
            for position, _, state in rows:
                if position != self.tree.size + 1:
                    raise BrokenLogError(f"position {self.tree.size + 1} is missing from the log (found {position})")
                subject = subject_of(state) if type(state) is bytes and state.endswith(_RUN) else None
                if subject is None:
                    attributes = read_stored(state)
                    subject = attributes["subject"]
                    if (kind := kind_of(attributes["type"])) in _NOTED:
                        self._note(position, kind, subject, attributes)
                chains[subject] = link(chains.get(subject, NO_CHAIN), state)
                add(state)
        except (ValueError, KeyError, TypeError) as error:
            raise BrokenLogError(
                f"position {position}: the stored bytes are no event ({error}): run snagc verify"
            ) from None

    def may_be_listed(self, at: int, offer: str | None = None) -> list[str]:
        """The candidates that can be on the list at an instant, and perhaps some who are not, ascending.

        Of one who is on it the last registration comes after the last departure, and the last turn is no suspension.
        Transplantations from ``offer`` are left out.
        """
        found = {subject for subject, turns in self.turns.items() if _may_be_on(turns, at, offer)}
        return sorted(found | set(self.unsettled))

    def may_be_grafted_from(self, offer: str) -> list[str]:
        """The candidates of whom a transplantation names an offer, and perhaps some more, ascending."""
        found = {subject for subject, turns in self.turns.items() if any(turn[3] == offer for turn in turns)}
        return sorted(found | set(self.unsettled))

    def absent(self, subject: str, at: int) -> tuple[int | None, int | None] | None:
        """From and before which instants, around one, a candidate is surely not on the list (None: ever).

        None where it may be on it.
        """
        turns = self.turns.get(subject, [])
        if subject in self.unsettled or _may_be_on(turns, at, None):
            return None
        instants = [turn[0] for turn in turns]
        place = bisect_right(instants, at)
        return instants[place - 1] if place else None, instants[place] if place < len(instants) else None

    def may_lack_registration(self, at: int) -> list[str]:
        """The candidates without a registration by an instant, and those of whom it is not sure, ascending."""
        return sorted(
            subject
            for subject in self.chains
            if subject.startswith("candidate/")
            and (
                subject in self.unsettled
                or not any(turn[2] == "on" and turn[0] <= at for turn in self.turns.get(subject, ()))
            )
        )

    def settle(self, read: Callable[[str], SubjectHistory]) -> None:
        """Note the turns of those whose may have changed, as ``read`` knows them at the prefix's end."""
        for subject in self.unsettled:
            self.turns[subject] = sorted(_turn(fact) for fact in read(subject).facts.values() if fact.kind in TURNS)
        self.unsettled = {}

    def _note(self, position: int, kind: str, subject: str, attributes: Attributes) -> None:
        data = attributes["data"]
        if kind in TURNS:
            turn = [stored_instant(attributes["time"]), position, TURNS[kind], data.get("offer")]
            insort(self.turns.setdefault(subject, []), turn)
        elif kind == OFFERED:
            self.counter += 1
        elif kind not in (CORRECTED, RETRACTED):
            self.counter += data["count"]
        elif subject.startswith("candidate/") and (
            kind == RETRACTED or "time" in data or "offer" in data.get("data", ())
        ):
            self.unsettled[subject] = None


def _may_be_on(turns: list[Turn], at: int, offer: str | None) -> bool:
    """Whether turns may leave a candidate on the list: looked at from the last one at an instant back."""
    resumed = False
    for instant, _, what, named in reversed(turns):
        if instant > at or (offer is not None and named == offer):
            continue
        if what == "on" or what == "off":
            return bool(what == "on")
        if what == "pause" and not resumed:
            return False
        resumed = True
    return False


def _turn(fact: Fact) -> Turn:
    return [fact.instant, fact.position, TURNS[fact.kind], fact.data.get("offer")]
