"""The service's parts, brought together: the writer, the reading processes, the followers, what is counted and told."""

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from engine.intake.verdicts import Verdict
from engine.log.beside import ACCESS
from engine.log.note import VerifierKey
from engine.log.recorder import HIGHEST
from engine.log.store import store_of
from replay.service.access import UNRECORDED, AccessRecords, access_record
from replay.service.answers import Answer, Problem, answer_to, discreet, document, places_of, where
from replay.service.config import Configuration, FeedsSection, LimitsSection
from replay.service.crew import Crew
from replay.service.door import Door
from replay.service.feeding import Mapping
from replay.service.following import Follower, Places
from replay.service.jobs import Jobs
from replay.service.logs import Lines, logger
from replay.service.memory import Held
from replay.service.metrics import Metrics
from replay.service.openapi import openapi_bytes
from replay.service.page_jobs import told
from replay.service.page_routes import PageRoute, is_unrecorded, is_where_told
from replay.service.pages import EVENTS, LONGEST_WAIT_S, MOST_EVENTS
from replay.service.persons import Persons
from replay.service.questions import Question
from replay.service.routes import Route
from replay.service.viewer import OPEN, Viewer
from replay.service.writer import Writer

LARGE_DOCUMENT = 4 << 20
"""Bytes of a document from which on drawing it takes a while."""
LONG_AT_ONCE, LONG_WAITING, READS_WAITING = 2, 8, 256


@dataclass(frozen=True, slots=True)
class Setting:
    """What a service is started with; without a configuration it is open."""

    location: str
    keys: Sequence[VerifierKey] = ()
    configuration: Configuration | None = None
    bounds: LimitsSection | None = None
    """Other limits than the configuration's."""
    patients: Path | None = None
    """The mapping of patients, where the configuration names none."""

    @property
    def limits(self) -> LimitsSection:
        """How much one request may take."""
        return self.bounds or (self.configuration.limits if self.configuration else LimitsSection())


def _mapping(setting: Setting) -> Mapping:
    """Whose patients are known."""
    feeds = setting.configuration.feeds if setting.configuration else FeedsSection()
    return Mapping(feeds.patients or setting.patients, ignore_unknown=feeds.unknown_patients == "ignore")


def _places(setting: Setting) -> Places:
    """Where followers wait; where the service is open, all of them are one."""
    most = setting.limits.waiting
    return Places(most, most if setting.configuration is None else min(most, setting.limits.waiting_of_one))


def now() -> int:
    """The clock: microseconds since the epoch."""
    return time.time_ns() // 1000


class Service:
    """What the application answers from; made in the event loop that it lives in."""

    def __init__(self, setting: Setting) -> None:
        self._setting, self.limits = setting, setting.limits
        self.metrics, self.lines = Metrics(), Lines()
        self.patients = _mapping(setting)
        self.log = logger(self.lines)
        self.reading = self._crew(max(1, (os.cpu_count() or 2) - 1), READS_WAITING)
        self.offering = self._crew(1, READS_WAITING)
        """Tells the runs of live offers, whatever else is read meanwhile."""
        self.long = self._crew(LONG_AT_ONCE, LONG_WAITING)
        self._preparing: list[asyncio.Future[Answer]] = []
        self.follower = Follower(self._held, _places(setting))
        self._door = Door(setting.configuration, time.time, time.monotonic)
        self.sign_in = self._door.sign_in
        self.jobs = Jobs(setting.location, setting.keys, self._tell_where, self.discreet)
        self._access = AccessRecords(store_of(setting.location).journal(ACCESS))
        self.writer = Writer(self._held(), now, _Told(self.metrics, self.follower))

    async def viewer(self, route: Route, headers: Iterable[tuple[bytes, bytes]]) -> Viewer:
        """Who asks, and may."""
        if isinstance(route, PageRoute):
            return await self._door.admit_to(route, headers)
        return await self._door.admit(route.name, headers)

    async def record(self, viewer: Viewer, asked: Question, answer: Answer, *, address: str, request_id: str) -> None:
        """Leave the record of a read, before its answer does."""
        if answer.status >= HTTPStatus.BAD_REQUEST or asked.route in UNRECORDED or is_unrecorded(asked.route):
            return
        if is_where_told(asked.route) and answer.persons == Persons():
            return
        await self._access.keep(access_record(
            viewer, at=now(), route=asked.route, asked=asked.plainly(), persons=answer.persons, address=address,
            request=request_id,
        ))  # fmt: skip

    async def prepare(self) -> None:
        """Start the processes that answer at once, and have them read the end of the log before anybody asks."""
        await asyncio.gather(self.reading.warm(), self.offering.warm())
        now_listed = Question("GET /list", {})
        self._preparing = [
            asyncio.ensure_future(crew.answer(now_listed, OPEN)) for crew in (self.offering, self.reading)
        ]

    def at_once(self, route: Route) -> Answer:
        """What is answered from memory."""
        return AT_ONCE[route.name](self)

    async def page(self, asked: Question, viewer: Viewer) -> Answer:
        """The next events for a follower."""
        after = asked.whole("after", 0, 0, HIGHEST)
        limit = asked.whole("limit", EVENTS, 1, MOST_EVENTS)
        return await self.follower.page(after, limit, asked.whole("wait", 0, 0, LONGEST_WAIT_S), viewer.sub)

    async def made(self, asked: Question, viewer: Viewer) -> Answer:
        """A page made of long work, as far as that is; a large document is drawn where nobody else waits for it."""
        header, body = told(self.jobs, asked, viewer)
        crew = self.long if len(body) > LARGE_DOCUMENT else self.reading
        return await crew.answer(asked, viewer, header, body)

    def measured(self) -> Answer:
        """The metrics as they are now."""
        self.metrics.position.set(self.follower.head)
        self.metrics.followers.set(self.follower.waiting)
        return self.metrics.answer()

    def answer_to(self, error: Exception, request_id: str) -> Answer:
        """What is said where an error ended the work; one of ours is told to the log as well."""
        answer = answer_to(error)
        if answer.status == HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, Problem):
            self.log.error("internal error", error=type(error).__name__, at=where(error), id=request_id)
        return answer

    def discreet(self, answer: Answer) -> Answer:
        """An answer that does not tell where the log lies: whoever reaches an open service is on its machine."""
        if self._setting.configuration is None:
            return answer
        return discreet(answer, *places_of(self._setting.location))

    async def close(self) -> None:
        """Finish what was begun, and let go of everything."""
        await asyncio.gather(*self._preparing, return_exceptions=True)
        await self.jobs.close()
        if self.sign_in is not None:
            self.sign_in.close()
        self.writer.close()
        self.follower.let_go()
        await asyncio.gather(*(crew.close() for crew in (self.reading, self.offering, self.long)))
        self._access.close()

    def _held(self) -> Held:
        return Held(self._setting.location, self._setting.keys)

    def _tell_where(self, what: str, where: Sequence[str]) -> None:
        self.log.error(what, at=list(where))

    def _crew(self, size: int, waiting: int) -> Crew:
        return Crew(
            self._setting.location, self._setting.keys, size=size, waiting=waiting, seconds=self.limits.seconds,
            tell=self._tell_where,
        )  # fmt: skip


class _Told:
    """Carries what the writer did to the event loop's thread."""

    def __init__(self, metrics: Metrics, follower: Follower) -> None:
        self._metrics, self._follower = metrics, follower

    def verdict(self, verdict: Verdict) -> None:
        self._metrics.verdict(verdict)

    def run(self, seconds: float) -> None:
        self._metrics.run(seconds)

    def head(self, head: int) -> None:
        self._follower.written(head)


AT_ONCE: dict[str, Callable[[Service], Answer]] = {
    "GET /health": lambda service: document({"status": "ok"}),
    "GET /metrics": Service.measured,
    "GET /openapi.json": lambda service: Answer(200, openapi_bytes()),
}
