"""The end of the log, watched: who waits for the next event holds no thread, and no place of those answered.

One thread looks how far the log goes, whoever writes to it; the writer here tells it at once.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TypeVar

from engine.log.trouble import trouble_of
from replay.service.answers import Answer, Problem
from replay.service.crew import busy
from replay.service.memory import Held, RememberedLog
from replay.service.pages import events_page

T = TypeVar("T")
EVERY_S = 0.1
"""How soon an event that another process wrote is told."""


class Places:
    """Where requests wait: so many in all, and so many of one ``sub``. They take no place of those that are answered.

    Whoever finds none is told to come back: an answer at once would have it ask again at once.
    """

    def __init__(self, in_all: int, of_one: int) -> None:
        self._in_all, self._of_one = in_all, of_one
        self._by_sub: Counter[str] = Counter()
        self.held = 0
        """How many are taken just now."""

    @contextmanager
    def taken(self, sub: str) -> Iterator[None]:
        """A place for as long as it is needed; 429 where the sub has too many, 503 where there is none."""
        if self.held >= self._in_all:
            raise busy(f"{self._in_all} requests wait for the next event")
        if self._by_sub[sub] >= self._of_one:
            raise Problem(
                429, f"{self._of_one} requests of yours wait for the next event: let them", {"Retry-After": "5"}
            )
        self._by_sub[sub] += 1
        self.held += 1
        try:
            yield
        finally:
            self.held -= 1
            self._by_sub[sub] -= 1
            self._by_sub += Counter()  # without those at nothing


class Follower:
    """Tells those who wait that the log has grown. All but ``written`` belongs to the event loop's thread."""

    def __init__(self, open_log: Callable[[], Held], places: Places) -> None:
        self._places = places
        self._loop = asyncio.get_running_loop()
        self._reading = ThreadPoolExecutor(1, "followers")
        self._held = open_log()
        self._grown = asyncio.Event()
        self._closing = False
        self.head = 0
        """The last position known; the log may go further for as long as it takes to look."""
        self._watch = asyncio.create_task(self._watching())

    @property
    def waiting(self) -> int:
        """How many wait just now, or are told what they waited for."""
        return self._places.held

    async def page(self, after: int, limit: int, wait_s: int, sub: str) -> Answer:
        """The next events after a position, as soon as there is one or the wait is over."""
        if wait_s and after >= self.head:
            await self._look()
            if after == self.head:
                with self._places.taken(sub):
                    await self._wait(after, wait_s)
                    return await self._page(after, limit)
        return await self._page(after, limit)

    def written(self, head: int) -> None:
        """The writer here has brought the log so far; called in its thread."""
        self._loop.call_soon_threadsafe(self._grown_to, head)

    async def close(self) -> None:
        """Let everybody go who waits, with what there is."""
        self._closing = True
        self._wake()
        self._watch.cancel()
        with suppress(asyncio.CancelledError):
            await self._watch

    def let_go(self) -> None:
        """Close the log, once nobody reads any more."""
        self._reading.submit(self._held.close)
        self._reading.shutdown()

    def _grown_to(self, head: int) -> None:
        if head > self.head:
            self.head = head
            self._wake()

    def _wake(self) -> None:
        self._grown.set()
        self._grown = asyncio.Event()

    async def _wait(self, after: int, wait_s: int) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                while self.head == after and not self._closing:
                    await self._grown.wait()

    async def _page(self, after: int, limit: int) -> Answer:
        return await self._read(lambda log: events_page(log, after, limit))

    async def _read(self, answer: Callable[[RememberedLog], T]) -> T:
        """What the log says, in the thread that reads it."""

        def read() -> T:
            try:
                return answer(self._held.log())
            except Exception as error:
                if trouble_of(error) is not None:
                    self._held.close()
                raise

        return await self._loop.run_in_executor(self._reading, read)

    async def _watching(self) -> None:
        while True:
            with suppress(Exception):  # what is wrong with the log is told to whoever asks for it
                await self._look()
            await asyncio.sleep(EVERY_S)

    async def _look(self) -> None:
        head = await self._read(lambda log: log.head())
        if head != self.head:
            self.head = head
            self._wake()
