"""One visit to a page: what the address says, what the viewer may ask, and whom the answers told of."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import Any, NamedTuple

import orjson

from engine.errors import NoRunError, RequestError, UnknownError
from engine.events.canonical import shown
from engine.events.upcasts import read_stored
from engine.log.eventlog import EventLog
from engine.log.history import stored_instant
from engine.quantities import MICROSECONDS_A_DAY, PARIS, instant_of, paris_clock, paris_text
from replay.pages.compare import Comparison, Side, concerned, differing
from replay.pages.dots import in_path
from replay.pages.error import why
from replay.pages.figures import Sheet
from replay.pages.page import BESIDE, CLOCKS, HEADERS, MEDIA, Clocks, Frame, address, render
from replay.reports.between import Moment, between_document
from replay.reports.words import LANGUAGES
from replay.service.answers import Answer, Problem
from replay.service.desk import Desk
from replay.service.handlers import HANDLERS
from replay.service.own import Own
from replay.service.page_routes import BY_PAGE_NAME, menu_of
from replay.service.persons import Persons, persons_in
from replay.service.questions import Question
from replay.service.rights import Reach, reach_of
from replay.service.routes import BY_NAME
from replay.service.viewer import OPEN, Viewer

EVENT = "GET /events/{}"


class Known(NamedTuple):
    """What the service itself knows for a page: of the job it is made of, or of what its form did; and a document."""

    header: Mapping[str, Any] | None = None
    body: bytes = b""


class Visit:
    """A page being made; ``said`` is its query, ``parts`` what varies in its path, ``known`` what the service tells."""

    def __init__(self, desk: Desk, question: Question, viewer: Viewer, known: Known | None = None) -> None:
        if question.said.get("lang", LANGUAGES[0]) not in LANGUAGES:
            raise RequestError(f"lang {shown(question.said['lang'])}: there are {' and '.join(LANGUAGES)}")
        self.desk, self.question, self.viewer = desk, question, viewer
        self.said, self.parts = question.said, question.parts
        self.known = known or Known()
        self._told: list[Persons] = []
        self._opened: dict[int, bool] = {}

    @cached_property
    def clocks(self) -> Clocks:
        """The moment asked about; without ``known_at``, as known at that instant."""
        with self.desk.asking(self.question) as asked:
            at, known = asked.instant(), asked.position()
            position = asked.log.position_at(at) if known is None else known
            recorded = asked.log.fact(position).recorded if position else None
            clocks = Clocks(paris_text(at), position, recorded, _a_day_from(at, -1), _a_day_from(at, 1))
            return replace(clocks, is_ahead=at > asked.clock, **_silence(asked.log, at, position))

    @property
    def moment(self) -> dict[str, str]:
        """The two clocks as a request of the API says them, so that it is the same moment in every document."""
        return {"at": self.clocks.at, "known_at": str(self.clocks.known_at)}

    def may(self, request: str) -> bool:
        """Whether the viewer may make a request of the API, wholly or for what is theirs."""
        return reach_of(self.viewer, request) is not Reach.NONE

    def ask(self, request: str, parts: Mapping[str, str] | None = None, /, **query: str) -> Sheet:
        """The API's answer to a request, by its name in the table of rights, as a sheet to draw from."""
        return self.sheet(self.document(request, parts, **query), request, parts, **query)

    def document(self, request: str, parts: Mapping[str, str] | None = None, /, **query: str) -> Any:
        """The document that the API answers a request with."""
        asked = self.asked(request, parts, **query)
        answer = HANDLERS[request](self.desk, asked, self.viewer)
        self.tell(answer.persons)
        return orjson.loads(answer.body)

    def asked(self, request: str, parts: Mapping[str, str] | None = None, /, **query: str) -> Question:
        """The question of a request to the API; a Problem where the viewer may not ask it."""
        if not self.may(request):
            raise Problem(403, f"{request} is not among what {' '.join(self.viewer.scopes) or 'nobody'} may ask")
        return Question(request, dict(parts or {}), query)

    def sheet(self, document: Any, request: str, parts: Mapping[str, str] | None = None, /, **query: str) -> Sheet:
        """A document as a page draws it, which says by what request the API answers with it."""
        path = BY_NAME[request].path.format(**(parts or {}))
        return Sheet(self._frame.words, document, address(path, query))

    @cached_property
    def _own(self) -> Own:
        """What of the log is the viewer's own."""
        with self.desk.asking(self.question) as asked:
            return self.desk.own_of(asked, self.viewer)

    def _opens(self, position: int) -> bool:
        """Whether the page of an event is one that the viewer may open."""
        reach = reach_of(self.viewer, EVENT)
        if reach is not Reach.OWN:
            return reach is Reach.WHOLE
        if position not in self._opened:
            with self.desk.asking(self.question) as asked:
                row = asked.log.recorder.row(position)
            self._opened[position] = row is not None and self._own.has_event(read_stored(row[2]))
        return self._opened[position]

    def tell(self, persons: Persons) -> None:
        """Note whom an answer told of, for the record of the read."""
        self._told.append(persons)

    def compared(self, ask: Callable[["Visit"], Sheet], *subjects: str) -> Comparison:
        """What ``ask`` finds at the page's moment, and beside it at the other one where one is asked for.

        ``subjects``: whom the page is about, beside the candidates whose figures differ.
        """
        here, other = ask(self), self.beside
        mine = _clocks_of(here, self.clocks)
        if other is None:
            return Comparison((Side(mine, here),), 0, {})
        try:
            there = ask(other)
        except (UnknownError, NoRunError) as error:
            sides = Side(mine, here), Side(other.clocks, None, why(error, self._frame.words))
            return Comparison(sides, 0, self.between(mine, other.clocks, subjects))
        found, theirs = differing(here.document, there.document), _clocks_of(there, other.clocks)
        sides = Side(mine, here.marked(found)), Side(theirs, there.marked(found))
        return Comparison(sides, len(found), self.between(mine, theirs, [*subjects, *concerned(found)]))

    @cached_property
    def beside(self) -> "Visit | None":
        """The same page at the moment that is to be laid beside it; None where none is."""
        if not any(name in self.said for name in BESIDE):
            return None
        other = {name: self.said[f"beside_{name}"] for name in CLOCKS if f"beside_{name}" in self.said}
        other.setdefault("at", self.clocks.at)
        rest = {name: value for name, value in self.said.items() if name not in (*CLOCKS, *BESIDE)}
        visit = Visit(self.desk, replace(self.question, said={**rest, **other}), self.viewer)
        visit._told = self._told
        return visit

    def between(self, one: Clocks, other: Clocks, subjects: Iterable[str]) -> dict[str, Any]:
        """The events that lie between two moments, about some subjects."""
        first, second = (Moment(stored_instant(each.at), each.known_at) for each in (one, other))
        with self.desk.asking(self.question) as asked:
            found = between_document(asked.log, first, second, subjects)
        self.tell(persons_in(found))
        return found

    def page(self, template: str, **content: Any) -> Answer:
        """The page, made of a template and what it shows."""
        candidates = sorted({name for persons in self._told for name in persons.candidates})
        donors = sorted({name for persons in self._told for name in persons.donors})
        body = render(self._frame, template, **content)
        return Answer(200, body, MEDIA, HEADERS, Persons(tuple(candidates), tuple(donors)))

    @cached_property
    def _frame(self) -> Frame:
        path = in_path(BY_PAGE_NAME[self.question.route].path.format(**self.parts))
        who = None if self.viewer.centres is OPEN.centres else self.viewer.sub
        compares = BESIDE[0] in {parameter.name for parameter in BY_PAGE_NAME[self.question.route].parameters}
        return Frame(path, self.said, self.clocks, menu_of(self.viewer), who, compares, self.viewer.csrf, self._opens)

    @property
    def frame(self) -> Frame:
        """What stands around the page."""
        return self._frame


def _clocks_of(sheet: Sheet, clocks: Clocks) -> Clocks:
    """The moment a document tells: of an offer its own instant, as known there, whatever moment the page shows."""
    told = sheet.document
    return replace(clocks, at=told.get("at", clocks.at), known_at=told.get("known_at", clocks.known_at))


def _silence(log: EventLog, at: int, known_at: int) -> dict[str, Any]:
    """For how long nothing had been recorded at an instant; or when the log begins, where nothing is known yet."""
    if not known_at:
        return {"begins": log.fact(1).recorded} if log.head() else {}
    last = log.position_at(at)
    if not last:
        return {}
    recorded = log.fact(last).recorded
    days = (at - stored_instant(recorded)) // MICROSECONDS_A_DAY
    return {"silent_since": recorded, "silent_days": days} if days else {}


def _a_day_from(instant: int, days: int) -> str:
    """The same time by the clock in Paris some days from an instant; at the end of the calendar the instant itself."""
    try:
        return paris_text(instant_of((paris_clock(instant) + timedelta(days=days)).replace(tzinfo=PARIS)))
    except (OverflowError, ValueError):
        return paris_text(instant)
