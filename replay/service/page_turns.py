"""Pages that the service answers itself, without a reading process: signing in and out, files, forms that send.

Each form carries the token of its session (``replay.service.csrf``); a session alone sends nothing else.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

from starlette.requests import Request

from engine.errors import UnknownError
from replay.pages.error import why
from replay.pages.page import CARRIED, FRENCH, HEADERS, MEDIA, Frame, address, render
from replay.service.answers import Answer, Problem, see_other
from replay.service.bodies import read_body
from replay.service.cookies import is_of_a_person
from replay.service.csrf import FIELD, check, check_origin
from replay.service.door import has_token
from replay.service.page_jobs import MADE, turn
from replay.service.page_routes import BY_PAGE_NAME, PageRoute
from replay.service.page_static import static_file
from replay.service.questions import Question
from replay.service.routes import Route
from replay.service.said import said
from replay.service.service import Service
from replay.service.taking import resent
from replay.service.viewer import Viewer

if TYPE_CHECKING:
    from replay.service.signing_in import SignIn

Turn = Callable[[Service, Question, Viewer, Request], Awaitable[Answer]]
MOST_OF_A_FORM = 64 * 1024
SIGN_IN = "/sign-in"


def to_sign_in(service: Service, route: Route, request: Request) -> Answer | None:
    """The way to sign in for a person who asks for a page without a session; None for whoever else asks."""
    headers = request.scope["headers"]
    is_visit = isinstance(route, PageRoute) and service.sign_in is not None
    if not is_visit or has_token(headers) or not is_of_a_person(headers):
        return None
    query = request.url.query
    back = f"{request.url.path}?{query}" if query else request.url.path
    has_page = route.name.replace("POST", "GET") in BY_PAGE_NAME
    return see_other(f"{SIGN_IN}?back={quote(back if has_page else '/', safe='')}")


async def sign_in(service: Service, asked: Question, viewer: Viewer, request: Request) -> Answer:
    """On to the provider, by a page that goes on by itself.

    An answer that only names the place would be one way with the form that led here, whose page lets no browser be
    sent to another site by it.
    """
    door, back = _of(service), asked.said.get("back") or address("/", {"lang": asked.said.get("lang")})
    try:
        there, cookies = await door.begin(back, request.scope["headers"])
    except Problem as error:
        return _not_signed_in(asked, error)
    frame = _frame(SIGN_IN, asked)
    body = render(frame, "signing_in.html", title=frame.words("sign_in", "begins"), there=there)
    return Answer(200, body, MEDIA, HEADERS, cookies=tuple(cookies))


async def signed_in(service: Service, asked: Question, viewer: Viewer, request: Request) -> Answer:
    """Back from the provider, and on to where the visitor was."""
    try:
        there, cookies = await _of(service).finish(asked.said, request.scope["headers"])
    except Problem as error:
        return _not_signed_in(asked, error)
    return see_other(there, tuple(cookies))


async def sign_out(service: Service, asked: Question, viewer: Viewer, request: Request) -> Answer:
    """The session ends; the page says where one leaves the provider as well."""
    door, headers = _of(service), request.scope["headers"]
    session = door.viewer(headers)
    if session is None:
        return see_other(address("/signed-out", asked.said))
    await form_of(service, session, request)
    elsewhere, cookie = await door.end(headers)
    return Answer(200, _signed_out(asked, elsewhere), MEDIA, HEADERS, cookies=(cookie,))


async def signed_out(service: Service, asked: Question, viewer: Viewer, request: Request) -> Answer:
    """That one is signed out."""
    _of(service)
    return Answer(200, _signed_out(asked, None), MEDIA, HEADERS)


async def file(service: Service, asked: Question, viewer: Viewer, request: Request) -> Answer:
    """A file that pages fetch."""
    return static_file(asked)


async def job(service: Service, asked: Question, viewer: Viewer, request: Request) -> Answer:
    """The long work of a page started, or stopped; then the page again."""
    fields = await form_of(service, viewer, request)
    page = replace(asked, route=asked.route.replace("POST", "GET"))
    turn(service.jobs, page, viewer, fields, service.follower.head)
    return see_other(address(request.url.path, asked.said))


async def resend(service: Service, asked: Question, viewer: Viewer, request: Request) -> Answer:
    """A quarantined input sent again, and the page that says what came of it."""
    fields = await form_of(service, viewer, request)
    found = await resent(service, fields.get("number", ""))
    told, persons = said([verdict for _, verdict in found], viewer, sent=False)
    verdicts = [{"number": number, **each} for (number, _), each in zip(found, told, strict=True)]
    page = replace(asked, route="page GET /quarantine")
    return replace(await service.reading.answer(page, viewer, {"verdicts": verdicts}), persons=persons)


async def form_of(service: Service, viewer: Viewer, request: Request) -> Mapping[str, str]:
    """What a form says that one of the viewer's own pages sent; Problem (403) of any other."""
    limits, headers = service.limits, request.headers
    address = service.sign_in.address if service.sign_in is not None else None
    check_origin(headers.getlist("origin"), headers.get("host", ""), address)
    with await read_body(request.receive, headers, MOST_OF_A_FORM, limits.seconds) as body:
        fields = dict(parse_qsl(body.read().decode(errors="replace")))
    check(viewer.csrf, fields.get(FIELD, ""))
    return fields


def _of(service: Service) -> "SignIn":
    if service.sign_in is None:
        raise UnknownError("nobody signs in here: pages take tokens alone, or the service is open")
    return service.sign_in


def _not_signed_in(asked: Question, error: Problem) -> Answer:
    """Why somebody did not come in, at the error's own status, and the way to try again."""
    frame = _frame(SIGN_IN, asked)
    kind = "unavailable" if error.status == HTTPStatus.SERVICE_UNAVAILABLE else "refused"
    title = frame.words("sign_in", kind)
    detail = error.detail if frame.words.has("errors_said", error.kind) else None
    body = render(
        frame, "not_signed_in.html", title=title, kind=kind, fault=why(error, frame.words), detail=detail
    )  # fmt: skip
    return Answer(error.status, body, MEDIA, {**error.headers, **HEADERS})


def _signed_out(asked: Question, elsewhere: str | None) -> bytes:
    frame = _frame("/signed-out", asked)
    return render(frame, "signed_out.html", title=frame.words("sign_in", "signed_out"), elsewhere=elsewhere)


def _frame(path: str, asked: Question) -> Frame:
    """What stands around a page of signing in and out: in the language that was asked for, or in which it was begun."""
    said = {name: asked.said[name] for name in CARRIED if name in asked.said}
    if "lang" not in said and (begun := _language(asked.said)) != FRENCH:
        said["lang"] = begun
    return Frame(path, said)


def _language(said: Mapping[str, str]) -> str:
    from replay.service.signing_in import language_back, language_begun

    return language_back(said["back"]) if "back" in said else language_begun(said.get("state", ""))


DIRECT: Mapping[str, Turn] = MappingProxyType(
    {
        "page GET /sign-in": sign_in,
        "page GET /signed-in": signed_in,
        "page POST /sign-out": sign_out,
        "page GET /signed-out": signed_out,
        "page GET /static/{}": file,
        **{name.replace("GET", "POST"): job for name in MADE},
        "page POST /quarantine": resend,
    }
)
"""By the name of the page."""
