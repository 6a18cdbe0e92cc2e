"""What stands before every request and behind every answer: its id, whether it may come in at all, the log line.

In open mode nobody but this machine is served: a request that names another host, or comes from another origin's page,
is refused, so that no web page can use a browser here to reach the log.
"""

import asyncio
import re
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import structlog

from replay.service.answers import Answer, Problem, answer_to, problem, where
from replay.service.bodies import CLOSING, Receive
from replay.service.crew import busy
from replay.service.loopback import is_loopback
from replay.service.metrics import Metrics
from replay.service.routes import BASE

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

ROUTE, NO_ROUTE = "snagc.route", "none"
"""Where the scope of a request names its route, and what is said of one without."""
REQUEST_ID = "snagc.request_id"
VIEWER = "snagc.viewer"
"""Who asks, once that is known."""
CLIENT_GONE = 499
"""In logs and metrics, the status of a request whose client went away before its answer."""
_VERSIONS = ("1.0", "1.1")
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
READS, SENDS, OFFERS = "reads", "sends", "offers"
LINGER_S, LINGER_BYTES = 3.0, 1 << 28
"""How long, and how much, of a body that is too large is still read, so that its sender gets to read the answer."""
ALWAYS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
"""Headers of every answer that does not say otherwise."""


class Guard:
    """The outermost layer around the application.

    Answered at once are ``most`` live offers, as many other requests that send, and as many that read, without the
    ``waiting`` ones: whatever is read there is room for what is sent, and for an offer whatever is sent.
    """

    def __init__(
        self,
        app: App,
        *,
        metrics: Metrics,
        log: structlog.typing.FilteringBoundLogger,
        most: int,
        waiting: Callable[[], int],
        is_open: bool,
    ) -> None:
        self._app, self._metrics, self._log = app, metrics, log
        self._most, self._is_open, self._waiting = most, is_open, waiting
        self._now: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request whatever happens; what is no request goes by."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = _joined(scope["headers"])
        given = headers.get("x-request-id", "")
        scope[REQUEST_ID] = given if _SANE_ID.fullmatch(given) else secrets.token_hex(8)
        begun, kind = time.perf_counter(), _kind_of(scope)
        self._now[kind] += 1
        try:
            status = await self._answered(scope, headers, receive, send)
        finally:
            self._now[kind] -= 1
        self._tell(scope, status, time.perf_counter() - begun)

    async def _answered(self, scope: Scope, headers: dict[str, str], receive: Receive, send: Send) -> int:
        """The status of the answer that was given."""
        sent: list[int] = []

        async def marked(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                sent.append(message["status"])
                given = list(message.get("headers", ()))
                names = {name for name, _ in given}
                always = [each for each in ALWAYS if each[0] not in names]
                message["headers"] = [*given, *always, (b"x-request-id", scope[REQUEST_ID].encode())]
            await send(message)

        try:
            self._admit(scope, headers)
            await self._app(scope, receive, marked)
        except Exception as error:
            answer = answer_to(error)
            if answer.status == 500:
                self._log.error("internal error", error=type(error).__name__, at=where(error), id=scope[REQUEST_ID])
            if not sent:
                await send_answer(answer, receive, marked)
        return sent[0] if sent else CLIENT_GONE

    def _admit(self, scope: Scope, headers: dict[str, str]) -> None:
        kind = _kind_of(scope)
        if self._now[kind] - (self._waiting() if kind == READS else 0) > self._most:
            raise busy(f"{self._most} requests are being answered")
        if scope["http_version"] not in _VERSIONS:
            raise Problem(400, f"HTTP/{scope['http_version']} in the words of HTTP/1.1: send HTTP/1.1", CLOSING)
        if "content-length" in headers and "transfer-encoding" in headers:
            raise Problem(400, "two lengths of one body: send Content-Length or Transfer-Encoding, not both", CLOSING)
        if b"%2f" in scope["raw_path"].lower():  # it is no slash between two parts, and no id holds one
            raise Problem(404, _no_path(scope["path"]), kind="path", path=scope["path"][:120])
        if self._is_open:
            host, origin = headers.get("host", ""), headers.get("origin")
            if not is_loopback(host):
                raise Problem(403, f"Host {host[:80]!r}: an open service answers requests to this machine's loopback")
            if origin is not None and origin != f"http://{host}":
                raise Problem(403, f"Origin {origin[:80]!r}: an open service takes no requests of other pages")

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route = scope.get(ROUTE, NO_ROUTE)
        self._metrics.answered(route, status, seconds)
        told = scope.get("snagc.told", {})
        self._log.info("request", id=scope[REQUEST_ID], route=route, status=status, seconds=round(seconds, 6), **told)


def _kind_of(scope: Scope) -> str:
    """Among which requests one is counted."""
    if scope["method"] != "POST":
        return READS
    return OFFERS if scope["path"] == f"{BASE}/offers" else SENDS


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by name; of one that came more than once all it says, so that none of it counts unseen."""
    found: dict[str, str] = {}
    for name, value in headers:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


async def send_answer(answer: Answer, receive: Receive, send: Send) -> None:
    """Send an answer; before a connection is closed on somebody who is still sending, some of it is read."""
    headers = {"Content-Type": answer.media, "Content-Length": str(len(answer.body)), **answer.headers}
    named = [*headers.items(), *(("Set-Cookie", cookie) for cookie in answer.cookies)]
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in named]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    if answer.headers.get("Connection") == "close" and answer.status != HTTPStatus.REQUEST_TIMEOUT:
        await send({"type": "http.response.body", "body": answer.body, "more_body": True})
        await _linger(receive)
        await send({"type": "http.response.body", "body": b""})
    else:
        await send({"type": "http.response.body", "body": answer.body})


async def _linger(receive: Receive) -> None:
    read = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_S):
            while read < LINGER_BYTES:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body"):
                    return
                read += len(message.get("body", b""))


def not_found(path: str) -> Answer:
    """What is said of a path that no route has."""
    return problem(404, _no_path(path), kind="path", about={"path": path[:120]})


def _no_path(path: str) -> str:
    return f"{path[:120]!r} is no path here: GET /api/v1/openapi.json lists them all"
