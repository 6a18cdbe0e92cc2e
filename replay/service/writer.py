"""The one writer: a thread that takes events and offers in, one transaction after another, answered after its commit.

Single events that wait are taken together, in one transaction: many producers share the price of one commit. A long
batch is taken part by part, and whoever waits meanwhile has a turn between two parts.
"""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from engine.errors import RequestError
from engine.events.sound import Sound
from engine.intake.intake import Intake
from engine.log.eventlog import WriteSession
from replay.run.column_ranker import ColumnRanker
from replay.run.live import LiveRuns
from replay.run.replayed import ReplayedRankings
from replay.service.answers import Problem
from replay.service.crew import busy
from replay.service.memory import Held, RememberedLog
from replay.service.works import Room, Single, Told, Work

MOST_TOGETHER = 100
"""Single events in one transaction."""
MOST_WAITING = 1000


class TimedRuns(LiveRuns):
    """The runs of live offers, each with the time it took."""

    def __init__(self, log: RememberedLog, told: Told) -> None:
        super().__init__(log, ColumnRanker)  # loaded before anybody offers
        self._told = told

    def record(self, session: WriteSession, position: int) -> Sound | None:
        """As ever."""
        begun = time.perf_counter()
        try:
            return super().record(session, position)
        finally:
            self._told.run(time.perf_counter() - begun)


class Writer:
    """Takes work, and does it in its own thread; ``now`` is the clock."""

    def __init__(self, held: Held, now: Callable[[], int], told: Told) -> None:
        self._held, self._now, self._told = held, now, told
        self._queue: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._room: Room | None = None
        self._openings = 0
        self._thread = threading.Thread(target=self._write, name="writer")
        self._thread.start()

    async def do(self, work: Work) -> Any:
        """The answer to some work, once all that it says is durable."""
        if self._queue.qsize() >= MOST_WAITING:
            raise busy(f"{MOST_WAITING} requests wait to be written")
        self._queue.put(work)
        return await work.answer

    def close(self) -> None:
        """Do what waits, and end."""
        self._queue.put(None)
        self._thread.join()

    def _write(self) -> None:
        closing = False
        while not (closing and self._queue.empty()):
            waiting = self._those_waiting()
            closing = closing or None in waiting
            for together, some in groupby(filter(None, waiting), lambda work: isinstance(work, Single)):
                if together:
                    self._take([work for work in some if isinstance(work, Single)])
                else:
                    for work in some:
                        self._step(work)
        self._held.close()

    def _those_waiting(self) -> list[Work | None]:
        """All that waits, at most so many; waits itself for the first."""
        found = [self._queue.get()]
        while len(found) < MOST_TOGETHER and not self._queue.empty():
            found.append(self._queue.get())
        return found

    def _take(self, together: Sequence[Single]) -> None:
        wanted = [work for work in together if work.is_wanted]
        try:
            room = self._opened()
            verdicts = room.counted(room.intake.take([work.submission for work in wanted]))
            self._told.head(room.log.head())
        except Exception:
            self._forget()
            for work in wanted:  # each once more, alone: what is sent again is stored once
                self._step(work)
        else:
            Work.all_done(wanted, verdicts)

    def _step(self, work: Work) -> None:
        """Do one step of some work; what is not at its end waits its turn again."""
        if not work.is_wanted:
            return
        try:
            room = self._opened()
            if not work.step(room):
                self._queue.put(work)
            self._told.head(room.log.head())
        except (RequestError, Problem) as error:
            work.failed(error)
        except Exception as error:
            self._forget()
            work.failed(error)

    def _forget(self) -> None:
        """Open the log anew for the next work: what is known of it may be wrong."""
        self._room = None
        self._held.close()

    def _opened(self) -> Room:
        log = self._held.log()
        if self._room is None or self._held.openings != self._openings:
            runs = TimedRuns(log, self._told)
            rankings = ReplayedRankings(log)
            intake = Intake(log, now=self._now, runs=runs, rankings=rankings)
            self._room = Room(log, intake, runs, rankings, self._now, self._told)
            self._openings = self._held.openings
        return self._room
