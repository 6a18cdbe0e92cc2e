"""More connections than the process has files for: who is in is answered, who is not is told; the log stays small."""

import asyncio
import logging
import resource
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import structlog

from replay.service.connections import EVERY_S, KEPT_FREE, WANTED, Complaints, most_connections
from tests.replay.command import RUN, snagc
from tests.replay.service.served import NO_TLS, WORKED, Served, started
from tests.replay.service.test_both_stores import weight

FILES = 150


@pytest.fixture
def narrow(tmp_path: Path) -> Iterator[Served]:
    """A service that may open few files."""
    log = tmp_path / "heart.db"
    assert snagc("ingest", "--import", WORKED, "--log", log).exit_code == 0
    run = f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({FILES}, {FILES})); {RUN}"
    with started([sys.executable, "-c", run, "serve", "--log", str(log), "--port", "0", "--open"], log) as served:
        yield served


def test_whoever_is_connected_is_answered_whatever_others_open(narrow: Served) -> None:
    assert narrow.send(weight(1)).status_code == 201
    parts = urlsplit(narrow.address)
    with ExitStack() as stack:
        for _ in range(2 * FILES):
            stack.enter_context(socket.create_connection((str(parts.hostname), int(parts.port or 0)), 10))
        assert narrow.send(weight(2)).status_code == 201
        assert narrow.get("/list").status_code == 200
        assert narrow.client.post("/offers", json={"offer": "L1", "donor": "D1"}).status_code == 201
        with httpx.Client(base_url=narrow.address, timeout=60, verify=NO_TLS) as another:
            refused = another.get("/api/v1/health")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert "connections are open; try again later" in refused.json()["detail"]
    until = time.monotonic() + 60
    while httpx.get(f"{narrow.address}/api/v1/health", verify=NO_TLS).status_code == 503:
        assert time.monotonic() < until
    assert narrow.get("/list").status_code == 200
    assert len(narrow.errors().splitlines()) < 20


def test_files_are_asked_for_and_some_kept_free() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, before[1]), before[1]))
        soft = min(WANTED, before[1])
        assert most_connections() == soft - KEPT_FREE
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (soft, before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_event_loop_s_complaints_are_lines_once_a_minute_without_what_was_sent() -> None:
    lines, now = list[str](), [0.0]

    class Kept:
        def write(self, text: str) -> None:
            lines.append(text)

        def flush(self) -> None:
            """Nothing to do."""

    log = structlog.wrap_logger(
        structlog.WriteLogger(Kept()),  # type: ignore[arg-type]
        processors=[structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )  # fmt: skip
    told, loop = Complaints(log, lambda: now[0]), asyncio.new_event_loop()
    for _ in range(1000):
        told(loop, {"message": "socket.accept() out of system resource", "exception": OSError(24, "JEANNE DUPONT")})
    told(loop, {"message": "Task exception was never retrieved", "exception": ValueError("JEANNE DUPONT")})
    assert len(lines) == 2
    assert "JEANNE" not in "".join(lines)
    now[0] += EVERY_S
    told(loop, {"message": "socket.accept() out of system resource", "exception": OSError(24, "x")})
    loop.close()
    assert len(lines) == 3
