"""What the writer does for a request: one event, or something in one or several transactions of its own."""

import asyncio
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from os import SEEK_END
from typing import Any, BinaryIO, Protocol

from engine.errors import LostLogError
from engine.intake import quarantine
from engine.intake.intake import Intake, Submission
from engine.intake.quarantine import FeedResender
from engine.intake.reading import read_batches, read_one
from engine.intake.sender import Gate
from engine.intake.verdicts import Verdict
from engine.log.eventlog import EventLog
from engine.quantities import paris_text
from replay.run.live import LiveRuns
from replay.run.offering import take_offer
from replay.run.replayed import ReplayedRankings
from replay.service.memory import RememberedLog
from replay.service.sending import Rights

PART = 1000
"""Events of a batch in one transaction."""
LARGE = 1 << 16
"""Bytes of an event that is taken alone."""


class Told(Protocol):
    """Who is told what the writer did; called in the writer's thread."""

    def verdict(self, verdict: Verdict) -> None:
        """A verdict was given."""

    def run(self, seconds: float) -> None:
        """The run of a live offer was computed in so many seconds."""

    def head(self, head: int) -> None:
        """The log goes so far."""


@dataclass(frozen=True, slots=True)
class Room:
    """What the writer works with."""

    log: RememberedLog
    intake: Intake
    runs: LiveRuns
    rankings: ReplayedRankings
    now: Callable[[], int]
    told: Told

    def counted(self, verdicts: list[Verdict]) -> list[Verdict]:
        """Verdicts just given, once they were told."""
        for verdict in verdicts:
            self.told.verdict(verdict)
        return verdicts

    def follows(self, before: "Room", verdicts: Sequence[Verdict]) -> bool:
        """Whether the log was opened anew since ``before``; LostLogError where it does not hold what was taken then."""
        last = next((each for each in reversed(verdicts) if each.position is not None), None)
        if self is not before and last is not None:
            identity = last.source or "", last.id or ""
            _, position = self.log.recorder.identities([identity]).get(identity, (b"", 0))
            if position != last.position:
                raise LostLogError(
                    f"{self.log.store.name} is not the one that took the first {len(verdicts)} of these events: "
                    "send all of them again, what is there is answered as a duplicate"
                )
        return self is not before


Steps = Generator[None, Room, Any]
"""Steps of work, each a transaction, and at their end the answer; each is given the room as it is then."""


class Work:
    """Something to be done by the writer, and the answer that a request waits for."""

    def __init__(self, steps: Callable[[Room], Steps]) -> None:
        self._loop = asyncio.get_running_loop()
        self._make = steps
        self._steps: Steps | None = None
        self.answer: asyncio.Future[Any] = self._loop.create_future()

    @property
    def is_wanted(self) -> bool:
        """Whether anybody still waits for the answer."""
        return not self.answer.cancelled()

    def step(self, room: Room) -> bool:
        """Do the next step; whether it was the last."""
        try:
            if self._steps is None:
                self._steps = self._make(room)
                next(self._steps)
            else:
                self._steps.send(room)
        except StopIteration as end:
            self.done(end.value)
            return True
        return False

    def done(self, found: object) -> None:
        """Answer."""
        self._loop.call_soon_threadsafe(self._settle, found, None)

    @staticmethod
    def all_done(works: "Sequence[Work]", found: Sequence[object]) -> None:
        """Answer several at once."""

        def settle() -> None:
            for work, each in zip(works, found, strict=True):
                work._settle(each, None)

        if works:
            works[0]._loop.call_soon_threadsafe(settle)

    def failed(self, error: Exception) -> None:
        """Answer that it went wrong."""
        self._loop.call_soon_threadsafe(self._settle, None, error)

    def _settle(self, found: object, error: Exception | None) -> None:
        if self.answer.done():
            return
        if error is None:
            self.answer.set_result(found)
        else:
            self.answer.set_exception(error)


class Single(Work):
    """One event, which may be taken together with others; its answer is the verdict."""

    def __init__(self, submission: Submission) -> None:
        super().__init__(self._alone)
        self.submission = submission

    def _alone(self, room: Room) -> Steps:
        yield from ()
        return room.counted(room.intake.take([self.submission]))[0]


def single(stream: BinaryIO, gate: Gate) -> Work:
    """One event; a long one is read into memory when its turn has come, so that many of them never are at once."""
    if stream.seek(0, SEEK_END) <= LARGE:
        stream.seek(0)
        return Single(read_one(stream)._replace(gate=gate))

    def steps(room: Room) -> Steps:
        yield from ()
        stream.seek(0)
        return room.counted(room.intake.take([read_one(stream)._replace(gate=gate)]))[0]

    return Work(steps)


def batch(stream: BinaryIO, gate: Gate, *, array: bool) -> Work:
    """A JSON array of events, or events line by line; the answer is their verdicts."""

    def steps(room: Room) -> Steps:
        verdicts: list[Verdict] = []
        for part in read_batches(stream, PART, array):
            verdicts += room.counted(room.intake.take([each._replace(gate=gate) for each in part]))
            room, before = (yield), room
            room.follows(before, verdicts)
        return verdicts

    return Work(steps)


def offer(donor: str, name: str, time: str | None, gate: Gate) -> Work:
    """A live offer; the answer is whether it was new, and what looks wrong about it."""

    def steps(room: Room) -> Steps:
        yield from ()
        taken = take_offer(room.log, room.intake, donor, name, time or paris_text(room.now()), gate=gate)
        if taken.verdict is not None:
            room.told.verdict(taken.verdict)
        return taken

    return Work(steps)


class Feeds(Protocol):
    """Who takes messages of laboratory feeds."""

    def intake(self, log: EventLog, now: Callable[[], int]) -> FeedResender:
        """What takes them into a log."""


def resend(number: int, feeds: Feeds) -> Work:
    """A quarantined input, sent again; the answer is its verdicts."""

    def steps(room: Room) -> Steps:
        yield from ()
        resent = quarantine.resend(
            room.log, [number], now=room.now, runs=room.runs, rankings=room.rankings, gate_of=Rights.of,
            feeds=lambda: feeds.intake(room.log, room.now),
        )  # fmt: skip
        found = list(resent)
        room.counted([verdict for _, verdict in found])
        return found

    return Work(steps)
