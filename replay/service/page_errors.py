"""What a page says where it is not answered as asked: the problem that the API would answer with, as a page."""

from http import HTTPStatus
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request

from replay.pages.error import Fault, error_page
from replay.pages.page import CARRIED, HEADERS, MEDIA, Frame
from replay.service.answers import PROBLEM, Answer
from replay.service.guard import REQUEST_ID, VIEWER
from replay.service.page_routes import menu_of


def as_page(answer: Answer, request: Request) -> Answer:
    """A problem as a page, at the same status; any other answer as it is."""
    if answer.media != PROBLEM:
        return answer
    query = dict(parse_qsl(request.url.query, errors="replace"))
    viewer = request.scope.get(VIEWER)
    menu = menu_of(viewer) if viewer else ()
    frame = Frame(request.url.path, {name: query[name] for name in CARRIED if name in query}, menu=menu)
    detail, again = str(orjson.loads(answer.body)["detail"]), "Retry-After" in answer.headers
    status = HTTPStatus(answer.status)
    fault = Fault(detail, answer.kind, answer.about)
    body = error_page(frame, status, fault, request.scope[REQUEST_ID], again=again)
    return Answer(status, body, MEDIA, {**answer.headers, **HEADERS})
