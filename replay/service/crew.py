"""The reading processes: so many at a time, others wait their turn, and who would wait too long is told to come back.

Long work is ended with its process when time is up or nobody waits for it any more; the next one starts another.
"""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from engine.log.note import VerifierKey
from replay.service.answers import Answer, Problem
from replay.service.frames import LENGTHS, framed
from replay.service.persons import Persons
from replay.service.progress import Reached
from replay.service.questions import Question
from replay.service.viewer import Viewer

RETRY_AFTER_S = 5
_HOME = str(Path(__file__).parents[2])
"""Where the packages lie."""


class Member:
    """One reading process."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    async def started(cls, opening: bytes) -> "Member":
        """A new process that knows its log."""
        path = os.pathsep.join(filter(None, (_HOME, os.environ.get("PYTHONPATH"))))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "replay.service.worker",
            stdin=PIPE, stdout=PIPE, env={**os.environ, "PYTHONPATH": path}, start_new_session=True,
        )  # fmt: skip
        assert process.stdin is not None, "a pipe was asked for"
        process.stdin.write(opening)
        return cls(process)

    async def ask(
        self, frame: bytes, progress: Callable[[Reached], None] = lambda _: None
    ) -> tuple[dict[str, Any], bytes]:
        """The answer to a frame; EOFError where the process ended. ``progress`` is told how far it is, if it says."""
        process = self._process
        assert process.stdin is not None, "a pipe was asked for"
        assert process.stdout is not None, "a pipe was asked for"
        try:
            process.stdin.write(frame)
            await process.stdin.drain()
            while True:
                head, body = LENGTHS.unpack(await process.stdout.readexactly(LENGTHS.size))
                header = orjson.loads(await process.stdout.readexactly(head))
                content = await process.stdout.readexactly(body)
                if "progress" not in header:
                    return header, content
                progress(Reached(*header["progress"]))
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            raise EOFError("a reading process ended") from error

    def end(self) -> None:
        """End it now, whatever it does."""
        if not self.is_gone:
            self._process.kill()

    @property
    def is_gone(self) -> bool:
        """Whether its process is known to have ended."""
        return self._process.returncode is not None

    async def ended(self) -> None:
        """Until it is gone."""
        await self._process.wait()


class Ending:
    """Processes that were ended, until they are gone: who closes waits for them, whoever was cancelled meanwhile."""

    def __init__(self) -> None:
        self._members: list[Member] = []

    def end(self, member: Member) -> None:
        """End one now."""
        member.end()
        self._members = [each for each in (*self._members, member) if not each.is_gone]

    async def over(self) -> None:
        """Until all are gone."""
        await asyncio.gather(*(member.ended() for member in self._members))


class Crew:
    """Some reading processes over one log; ``tell`` is told of what went wrong inside them."""

    def __init__(
        self,
        location: str,
        keys: Sequence[VerifierKey],
        *,
        size: int,
        waiting: int,
        seconds: float,
        tell: Callable[[str, Sequence[str]], None],
    ) -> None:
        self._opening = framed({"log": location, "keys": [key.text for key in keys]})
        self._room, self._size = asyncio.Semaphore(size), size
        self._asked, self._most, self._seconds = 0, size + waiting, seconds
        self._idle: list[Member] = []
        self._ending, self._tell = Ending(), tell

    async def warm(self) -> None:
        """Start one process of the crew, so that the first question need not wait for it."""
        self._idle.append(await Member.started(self._opening))

    async def answer(
        self, question: Question, viewer: Viewer, known: Mapping[str, Any] | None = None, body: bytes = b""
    ) -> Answer:
        """The answer of the next process that is free; cancelled, the process that works on it is ended.

        ``known`` and ``body``: what the service itself has to tell a page.
        """
        if self._asked >= self._most:
            raise busy(f"{self._asked} requests of this kind are being answered or wait")
        self._asked += 1
        try:
            async with self._room:
                asked = {"question": question.as_json(), "viewer": asdict(viewer), "known": known}
                return await self._answered(framed(asked, body))
        finally:
            self._asked -= 1

    async def _answered(self, frame: bytes) -> Answer:
        try:
            async with asyncio.timeout(self._seconds):
                try:
                    header, body = await self._asked_of_one(frame)
                except EOFError:  # somebody ended the process, and perhaps those that are idle, too: a new one is asked
                    header, body = await self._asked_of(await Member.started(self._opening), frame)
        except TimeoutError:
            raise busy(f"no answer within {self._seconds:g} s: ask for less, a shorter span") from None
        except EOFError:
            raise Problem(500, "internal error: the processes that were to answer ended; ask again") from None
        if header["trace"]:
            self._tell("internal error", header["trace"])
        return answer_of(header, body)

    async def _asked_of_one(self, frame: bytes) -> tuple[dict[str, Any], bytes]:
        """The answer of a process that is free."""
        return await self._asked_of(self._idle.pop() if self._idle else await Member.started(self._opening), frame)

    async def _asked_of(self, member: Member, frame: bytes) -> tuple[dict[str, Any], bytes]:
        """The answer of a process, which is ended unless it gives one."""
        try:
            found = await member.ask(frame)
        except BaseException:
            self._ending.end(member)
            raise
        self._idle.append(member)
        return found

    async def close(self) -> None:
        """End all processes; those that work were waited for."""
        for member in self._idle:
            self._ending.end(member)
        await self._ending.over()


def answer_of(header: dict[str, Any], body: bytes) -> Answer:
    """The answer that a process gave."""
    persons = Persons(*map(tuple, header["persons"]))
    return Answer(
        header["status"], body, header["media"], header["headers"], persons, kind=header["kind"], about=header["about"]
    )


def busy(why: str, kind: str = "", **about: str | int) -> Problem:
    """Come back later."""
    return Problem(503, f"{why}; try again later", {"Retry-After": str(RETRY_AFTER_S)}, kind, **about)
