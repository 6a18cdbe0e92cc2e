"""The application: built from the tables of routes, so that nothing is reachable that is not in one of them."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.routing import Route as Path

from replay.service.answers import Answer, problem
from replay.service.bodies import GoneError, Receive
from replay.service.guard import CLIENT_GONE, REQUEST_ID, ROUTE, VIEWER, not_found, send_answer
from replay.service.page_errors import as_page
from replay.service.page_jobs import MADE
from replay.service.page_routes import PAGE_ROUTES, PageRoute
from replay.service.page_turns import DIRECT, to_sign_in
from replay.service.questions import Question, question
from replay.service.refusals import TokenError, UnavailableError
from replay.service.routes import BASE, ROUTES, Route, Work
from replay.service.service import Service
from replay.service.taking import TAKERS
from replay.service.viewer import Viewer

Asgi = Any


class Sent(Response):
    """An answer as Starlette sends it."""

    def __init__(self, answer: Answer, receive: Receive) -> None:
        super().__init__()
        self._answer, self._receive = answer, receive

    async def __call__(self, scope: Asgi, receive: Asgi, send: Asgi) -> None:
        """Send it."""
        await send_answer(self._answer, self._receive, send)


def build(service: Service) -> Starlette:
    """The application of a service."""
    paths = [(f"{BASE}{route.path}", route) for route in ROUTES] + [(page.path, page) for page in PAGE_ROUTES]
    app = Starlette(
        routes=[_path(path, route, partial(_serve, service, route)) for path, route in paths],
        exception_handlers={HTTPException: _no_route},
    )
    app.router.redirect_slashes = False
    return app


def _path(path: str, route: Route, endpoint: Callable[[Request], Awaitable[Response]]) -> Path:
    """What a route answers, and no method that its table does not name: Starlette would add HEAD."""
    found = Path(path, endpoint)
    found.methods = {route.method}
    return found


async def _serve(service: Service, route: Route, request: Request) -> Response:
    """Answer one request to a route."""
    request.scope[ROUTE] = route.name
    try:
        answer = await _answer(service, route, request)
    except GoneError:
        answer = Answer(CLIENT_GONE, b"")
    except TokenError as error:
        answer = to_sign_in(service, route, request) or service.answer_to(error, request.scope[REQUEST_ID])
    except Exception as error:
        answer = service.answer_to(error, request.scope[REQUEST_ID])
    answer = service.discreet(answer)
    if isinstance(route, PageRoute):
        answer = as_page(answer, request)
    return Sent(answer, request.receive)


async def _answer(service: Service, route: Route, request: Request) -> Answer:
    viewer = await service.viewer(route, request.scope["headers"])
    request.scope[VIEWER] = viewer
    is_page = isinstance(route, PageRoute)
    asked = question(route, request.path_params, request.scope["query_string"], form=is_page)
    answer = await _answer_to(asked, viewer, service, route, request)
    address = request.client.host if request.client else ""
    try:
        await service.record(viewer, asked, answer, address=address, request_id=request.scope[REQUEST_ID])
    except UnavailableError:
        if answer.unrecorded is None:
            raise
        return answer.unrecorded
    return answer


async def _answer_to(asked: Question, viewer: Viewer, service: Service, route: Route, request: Request) -> Answer:
    if isinstance(route, PageRoute) and route.name in DIRECT:
        return await DIRECT[route.name](service, asked, viewer, request)
    match route.work:
        case Work.AT_ONCE:
            return service.at_once(route)
        case Work.READ if asked.route in MADE:
            return await service.made(asked, viewer)
        case Work.READ:
            return await service.reading.answer(asked, viewer)
        case Work.LONG:
            return await _unless_gone(service.long.answer(asked, viewer), request.receive)
        case Work.FOLLOW:
            return await _unless_gone(service.page(asked, viewer), request.receive)
        case Work.WRITE:
            return await TAKERS[route.name](service, route, asked, viewer, request)


async def _unless_gone(answer: Awaitable[Answer], receive: Receive) -> Answer:
    """An answer, given up where the client goes first."""
    working, going = asyncio.ensure_future(answer), asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait((working, going), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise GoneError
    finally:
        for task in (working, going):
            task.cancel()
        await asyncio.gather(working, going, return_exceptions=True)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _no_route(request: Request, error: Exception) -> Response:
    """404 and 405 as problems, outside the API as pages."""
    allowed = ", ".join(dict.fromkeys(_allowed(request)))
    answer = not_found(request.url.path)
    if allowed:
        detail = f"{request.method[:20]} is not for {request.url.path[:120]!r}: it takes {allowed}"
        answer = problem(405, detail, {"Allow": allowed})
    is_of_api = request.url.path.startswith(f"{BASE}/") or request.url.path == BASE
    return Sent(answer if is_of_api else as_page(answer, request), request.receive)


def _allowed(request: Request) -> list[str]:
    matching = (route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE)
    return [method for route in matching for method in sorted(getattr(route, "methods", None) or ())]
