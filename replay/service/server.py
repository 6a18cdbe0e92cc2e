"""The service as a process: it listens, says so in one line, and ends when it is told to, its work done."""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, cast

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from engine.errors import RequestError
from replay.service.answers import NOTHING, problem
from replay.service.app import build
from replay.service.connections import Complaints, most_connections
from replay.service.crew import RETRY_AFTER_S
from replay.service.guard import ALWAYS, Guard
from replay.service.logs import ServersOwn
from replay.service.service import Service, Setting

HEADER_SECONDS = 15
"""How long the head of a request may take to arrive."""
BACKLOG = 512


def serve(setting: Setting, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; ``ready`` is told the address once requests are answered."""
    listening = _listening(host, port)
    shown = f"[{host}]" if ":" in host else host
    asyncio.run(_serve(setting, listening, lambda: ready(f"http://{shown}:{listening.getsockname()[1]}")))


def _listening(host: str, port: int) -> socket.socket:
    with contextlib.ExitStack() as unless_bound:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            listening = unless_bound.enter_context(socket.socket(family, kind, protocol))
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
        except (OSError, OverflowError) as error:
            raise _no_listening(host, port, error) from None
        unless_bound.pop_all()
    return listening


def _no_listening(host: str, port: int, why: Exception) -> RequestError:
    return RequestError(f"cannot listen on {host} port {port} ({why}): name others, --host --port")


async def _serve(setting: Setting, listening: socket.socket, ready: Callable[[], None]) -> None:
    most = most_connections()
    service = Service(setting)
    asyncio.get_running_loop().set_exception_handler(Complaints(service.log))
    try:
        await service.prepare()
        application = Guard(
            build(service), metrics=service.metrics, log=service.log, most=setting.limits.concurrent,
            waiting=lambda: service.follower.waiting, is_open=setting.configuration is None,
        )  # fmt: skip
        http = cast(Any, partial(Patient, most=most))
        server = Server(uvicorn.Config(
            cast(Any, application), http=http, ws="none", lifespan="off", log_config=None, access_log=False,
            server_header=False, backlog=BACKLOG, timeout_keep_alive=30,
        ), service, ready)  # fmt: skip
        own = logging.getLogger("uvicorn.error")
        own.propagate = False
        own.addHandler(ServersOwn(service.log))
        await server.serve([listening])
    finally:
        await service.close()
        service.lines.close()


class Server(uvicorn.Server):
    """Says when it is ready, and leaves with 0 where a signal ended it."""

    def __init__(self, config: uvicorn.Config, service: Service, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._service, self._ready = service, ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End at the first signal; the second one ends what is still being answered."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so; RequestError where another service began to while this one was being prepared."""
        try:
            await super().startup(sockets)
        except OSError as error:
            host, port = sockets[0].getsockname()[:2] if sockets else (self.config.host, self.config.port)
            raise _no_listening(host, port, error) from None
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let followers go first: they would wait for events that nobody writes any more."""
        await self._service.follower.close()
        await super().shutdown(sockets)


class Patient(H11Protocol):
    """HTTP/1.1 whose head must arrive in time, and whose faults are problems too; ``most``: connections at once."""

    _late: asyncio.TimerHandle | None = None

    def __init__(self, *given: Any, most: int, **named: Any) -> None:
        super().__init__(*given, **named)
        self._most = most

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first head, for so long; where too many are open, only for the way back."""
        super().connection_made(transport)
        if len(self.connections) > self._most:
            self._refuse(
                503, f"{self._most} connections are open; try again later", {"Retry-After": f"{RETRY_AFTER_S}"}
            )
        else:
            self._expect()

    def data_received(self, data: bytes) -> None:
        """Wait for a head from its first byte on."""
        if self._late is None and self._is_between():
            self._expect()
        super().data_received(data)
        if not self._is_between():
            self._expected()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for."""
        self._expected()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is answered as a problem."""
        self._refuse(400, f"{msg.removesuffix('.')}: send HTTP/1.1 as RFC 9112 has it")

    def _is_between(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or bool(self.cycle.response_complete)

    def _expect(self) -> None:
        self._late = self.loop.call_later(HEADER_SECONDS, self._refuse_late)

    def _expected(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _refuse_late(self) -> None:
        self._late = None
        if not self.transport.is_closing() and self._is_between():
            self._refuse(408, f"no request arrived within {HEADER_SECONDS} s: send its head faster")

    def _refuse(self, status: int, detail: str, more: Mapping[str, str] = NOTHING) -> None:
        answer = problem(status, detail)
        headers = [
            (b"content-type", answer.media.encode()), (b"content-length", str(len(answer.body)).encode()),
            (b"connection", b"close"), *ALWAYS,
            *((name.lower().encode(), said.encode()) for name, said in more.items()),
        ]  # fmt: skip
        with contextlib.suppress(h11.LocalProtocolError):
            for event in (h11.Response(status_code=status, headers=headers), h11.Data(answer.body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
