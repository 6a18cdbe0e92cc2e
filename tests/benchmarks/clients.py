"""Clients of the service that keep their connections: many of them in one event loop, each with little to do itself."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import NamedTuple
from urllib.parse import urlsplit

Ask = tuple[str, str, bytes, str]
"""Method, path below the API, body, content type."""
Next = Callable[[], Ask]


class Client:
    """One connection, kept: a question at a time."""

    def __init__(self, address: str) -> None:
        found = urlsplit(address)
        self._host, self._port = found.hostname or "", found.port or 80

    async def __aenter__(self) -> "Client":
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port, limit=1 << 24)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    async def ask(self, asked: Ask) -> bytes:
        """The body of an answer that is none of a refusal."""
        method, path, body, media = asked
        head = (
            f"{method} /api/v1{path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n"
            f"Content-Type: {media}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answer.partition(b"content-length:")[2].partition(b"\r\n")[0])
        found = await self._reader.readexactly(length)
        assert answer[9:10] == b"2", (method, path, answer, found[:500])
        return found


class Crowd(NamedTuple):
    """Clients that ask one thing after another; ``pause``: seconds between two questions, 0 as fast as each can."""

    clients: int
    next: Next
    pause: float = 0.0


async def each_once(address: str, clients: int, questions: Sequence[Ask]) -> list[float]:
    """All questions asked, shared out among so many clients: the seconds of each."""
    waiting, took = list(reversed(questions)), []

    async def work() -> None:
        async with Client(address) as client:
            while waiting:
                took.append(await timed(client.ask(waiting.pop())))

    await asyncio.gather(*(work() for _ in range(clients)))
    return took


async def meanwhile(
    address: str, crowds: Sequence[Crowd], work: Awaitable[list[float]]
) -> tuple[list[float], list[int]]:
    """What some work found while crowds are asking, and how often each of them was answered meanwhile."""
    answered, ended = [0] * len(crowds), asyncio.Event()

    async def ask(number: int, crowd: Crowd, turn: int) -> None:
        async with Client(address) as client:
            await _pause(ended, crowd.pause * turn / crowd.clients)
            while not ended.is_set():
                await client.ask(crowd.next())
                answered[number] += 1
                await _pause(ended, crowd.pause)

    asking = [
        asyncio.create_task(ask(number, crowd, turn))
        for number, crowd in enumerate(crowds)
        for turn in range(crowd.clients)
    ]
    try:
        found = await work
    finally:
        ended.set()
    answered_by_then = list(answered)
    await asyncio.gather(*asking)
    return found, answered_by_then


async def timed(work: Awaitable[object]) -> float:
    """The seconds some work takes."""
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


async def _pause(ended: asyncio.Event, seconds: float) -> None:
    if seconds:
        try:
            await asyncio.wait_for(ended.wait(), seconds)
        except TimeoutError:
            return
