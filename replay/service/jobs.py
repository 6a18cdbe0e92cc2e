"""Long work that somebody starts from a page, follows and may stop: each job a process, its answer kept when done.

A job is known by its question and by what its viewer may see. Its answer is the API's, made by the API's own handler;
it is kept, with the position where the log ended, until the same is started again or others need the room.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any

from engine.log.note import VerifierKey
from replay.service.answers import Answer, where
from replay.service.crew import Ending, Member, answer_of, busy
from replay.service.frames import framed
from replay.service.progress import Reached
from replay.service.questions import Question
from replay.service.viewer import Viewer

AT_ONCE = 2
MOST_KEPT, MOST_BYTES = 64, 64 << 20
"""Jobs that are done with, and bytes of their answers, that are kept."""
Key = tuple[Any, ...]


class State(Enum):
    """Where a job stands."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(slots=True)
class Job:
    """One job: how far it is or, once it is done, what came of it; ``head``: where the log ended when it began."""

    head: int
    state: State = State.RUNNING
    reached: Reached = field(default_factory=Reached)
    answer: Answer | None = None
    task: "asyncio.Task[None] | None" = None


class Jobs:
    """The jobs of a service, made in its event loop; ``tell`` is told of what went wrong inside them.

    ``discreet`` makes of an answer one that may be told: a page quotes it.
    """

    def __init__(
        self,
        location: str,
        keys: Sequence[VerifierKey],
        tell: Callable[[str, Sequence[str]], None],
        discreet: Callable[[Answer], Answer] = lambda answer: answer,
    ) -> None:
        self._opening = framed({"log": location, "keys": [key.text for key in keys]})
        self._tell, self._discreet = tell, discreet
        self._jobs: dict[Key, Job] = {}
        self._ending = Ending()

    def of(self, question: Question, viewer: Viewer) -> Job | None:
        """The job of a question, if it was started."""
        return self._jobs.get(_key(question, viewer))

    def start(self, question: Question, viewer: Viewer, head: int) -> None:
        """Start a job, unless it runs already; Problem (503) where too many run."""
        key = _key(question, viewer)
        known = self._jobs.get(key)
        if known is not None and known.state is State.RUNNING:
            return
        if sum(job.state is State.RUNNING for job in self._jobs.values()) >= AT_ONCE:
            raise busy(f"{AT_ONCE} long jobs are under way, as many as run at once", "working", most=AT_ONCE)
        self._jobs.pop(key, None)
        job = self._jobs[key] = Job(head)
        job.task = asyncio.create_task(self._run(job, question, viewer))
        self._make_room()

    def stop(self, question: Question, viewer: Viewer) -> None:
        """Stop a job, with its process."""
        job = self.of(question, viewer)
        if job is not None and job.state is State.RUNNING and job.task is not None:
            job.state = State.STOPPED
            job.task.cancel()

    async def close(self) -> None:
        """Stop all."""
        tasks = [job.task for job in self._jobs.values() if job.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._ending.over()

    async def _run(self, job: Job, question: Question, viewer: Viewer) -> None:
        try:
            job.answer = await self._answered(job, question, viewer)
            job.state = State.DONE if job.answer.status < 400 else State.FAILED
        except Exception as error:
            job.state = State.FAILED
            if not isinstance(error, EOFError):
                self._tell("internal error", [type(error).__name__, *where(error)])

    async def _answered(self, job: Job, question: Question, viewer: Viewer) -> Answer:
        """The answer of a process of its own, which ends with it; EOFError where the process ended first."""

        def progress(reached: Reached) -> None:
            job.reached = reached

        member = await Member.started(self._opening)
        try:
            asked = {"question": question.as_json(), "viewer": asdict(viewer), "progress": True}
            header, body = await member.ask(framed(asked), progress)
        finally:
            self._ending.end(member)
            await member.ended()
        if header["trace"]:
            self._tell("internal error", header["trace"])
        return self._discreet(answer_of(header, body))

    def _make_room(self) -> None:
        """Forget the oldest answers where there are too many."""
        over = [key for key, job in self._jobs.items() if job.state is not State.RUNNING]
        size = sum(len(job.answer.body) for job in self._jobs.values() if job.answer is not None)
        while over and (len(self._jobs) > MOST_KEPT or size > MOST_BYTES):
            gone = self._jobs.pop(over.pop(0))
            size -= len(gone.answer.body) if gone.answer is not None else 0


def _key(question: Question, viewer: Viewer) -> Key:
    """What a job's answer depends on."""
    return (
        question.route, tuple(sorted(question.parts.items())), tuple(sorted(question.said.items())), question.readings,
        viewer.scopes, viewer.sources, viewer.centres,
    )  # fmt: skip
