"""What is answered: a status, bytes and what they are; and problems (RFC 9457), which are answers too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

from engine.errors import SnagcError, UnknownError
from engine.log.store import is_database, shown
from engine.log.trouble import trouble_of
from replay.reports.documents import document_bytes, line_bytes
from replay.service.persons import Persons, persons_in

JSON, PROBLEM = "application/json", "application/problem+json"
NOTHING: Mapping[str, str] = MappingProxyType({})
EMPTY: Mapping[str, str | int] = MappingProxyType({})
_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}
"""As RFC 9110 has them."""
_STATUSES = {2: HTTPStatus.BAD_REQUEST, 4: HTTPStatus.SERVICE_UNAVAILABLE}
"""By the exit code that the command line would leave with; any other is an internal error."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request."""

    status: int
    body: bytes
    media: str = JSON
    headers: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    persons: Persons = field(default_factory=Persons)
    """Whom it tells of."""
    cookies: tuple[str, ...] = ()
    """What ``Set-Cookie`` says, each in a header of its own."""
    unrecorded: "Answer | None" = None
    """What is answered where no record of it can be left: without what it tells of anybody. Nothing where None."""
    kind: str = ""
    """Of a problem, what is wrong, for who says it in words of their own; and what it is about."""
    about: Mapping[str, str | int] = field(default_factory=lambda: EMPTY)


class Problem(Exception):  # noqa: N818  (it is an answer, and is raised to give it)
    """A request that is not answered as asked: its status, and what is wrong with the remedy."""

    def __init__(
        self, status: int, detail: str, headers: Mapping[str, str] = NOTHING, kind: str = "", **about: str | int
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers
        self.kind, self.about = kind, about


def document(content: object, status: int = 200) -> Answer:
    """A JSON document, as the command line prints it."""
    return Answer(status, document_bytes(content))


def told(content: object) -> Answer:
    """A JSON document that tells of persons, as the command line prints it."""
    return Answer(200, document_bytes(content), persons=persons_in(content))


def line(content: object, status: int = 200) -> Answer:
    """A JSON document on a line, as the command line prints verdicts."""
    return Answer(status, line_bytes(content))


def see_other(address: str, cookies: tuple[str, ...] = ()) -> Answer:
    """Where the browser goes on, with GET."""
    return Answer(HTTPStatus.SEE_OTHER, b"", headers={"Location": address}, cookies=cookies)


def title_of(status: int) -> str:
    """What a status is called; two of them Python calls otherwise from 3.13 on."""
    return _TITLES.get(status) or HTTPStatus(status).phrase


def problem(
    status: int,
    detail: str,
    headers: Mapping[str, str] = NOTHING,
    kind: str = "",
    about: Mapping[str, str | int] = EMPTY,
) -> Answer:
    """A problem as an answer."""
    content = {"type": "about:blank", "title": title_of(status), "status": status, "detail": detail}
    return Answer(status, line_bytes(content), PROBLEM, headers, kind=kind, about=about)


def answer_to(error: Exception) -> Answer:
    """What is said where an error ended the work: the command line's own message; of what is ours alone, nothing."""
    if isinstance(error, Problem):
        return problem(error.status, error.detail, error.headers, error.kind, error.about)
    if (trouble := trouble_of(error)) is not None:
        error = trouble
    if isinstance(error, UnknownError):
        return problem(HTTPStatus.NOT_FOUND, str(error), kind=error.kind, about=error.about)
    if isinstance(error, SnagcError):
        status = _STATUSES.get(error.exit_code, HTTPStatus.INTERNAL_SERVER_ERROR)
        return problem(status, str(error), kind=error.kind, about=error.about)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal error: see the service's own log under the request id")


def places_of(location: str) -> tuple[Sequence[str], str]:
    """The names by which messages tell where a log lies, and what is said in their place."""
    if is_database(location):
        return (shown(location),), "the log's database"
    paths = (str(Path(location).absolute()), str(Path(location).resolve()), location)
    return [each for each in paths if "/" in each], "the log"


def unplaced(content: Any, places: Sequence[str], instead: str) -> Any:
    """A document whose texts name none of the places where the log lies."""
    if isinstance(content, str):
        for place in places:
            content = content.replace(place, instead)
        return content
    if isinstance(content, dict):
        return {name: unplaced(value, places, instead) for name, value in content.items()}
    return [unplaced(each, places, instead) for each in content] if isinstance(content, list) else content


def discreet(answer: Answer, places: Sequence[str], instead: str) -> Answer:
    """A problem that names none of the places where the log lies, nor quotes what its server says of itself."""
    if answer.media != PROBLEM:
        return answer
    content = orjson.loads(answer.body)
    detail = str(content["detail"])
    if "said" in answer.about:
        detail = detail.replace(f" ({answer.about['said']})", "")
    detail = unplaced(detail, places, instead)
    about = {name: value for name, value in answer.about.items() if name != "said"}
    return replace(answer, body=line_bytes({**content, "detail": detail}), about=about)


def where(error: BaseException) -> Sequence[str]:
    """Where an error came from, as files and lines: never a value, which may be somebody's."""
    found, place = [], error.__traceback__
    while place is not None:
        found.append(f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}")
        place = place.tb_next
    return found
