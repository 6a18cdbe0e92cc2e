"""Senders that are too large, too slow, or never done: refused in bounded memory, while everybody else is answered."""

import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.faults.hostile_wire import BASE, Reply, connected, filled, get, head, reply
from tests.replay.service.served import BATCH, EVENT, NDJSON, Served, bounded

MOST, SECONDS = 8 << 20, 2
ROOM_KB = 64 << 10
"""By how much the service may grow, whatever is sent."""
PIECE = 1 << 20


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service that takes 8 MiB in 2 s, 1 s for a head."""
    with bounded(
        tmp_path_factory.mktemp("senders") / "heart.db", body_bytes=MOST, seconds=SECONDS, concurrent=50
    ) as served:
        yield served


def grown_to(served: Served) -> int:
    """The most memory that the service has held, in kB."""
    status = Path(f"/proc/{served.process.pid}/status").read_text().splitlines()
    return int(next(line for line in status if line.startswith("VmHWM")).split()[1])


def poured(served: Served, sent: bytes, pieces: Iterator[bytes], pause: float = 0.0) -> Reply:
    """The answer to a request whose body goes on until the service has enough of it."""
    with connected(served) as connection:
        connection.sendall(filled(sent, served, {}))
        try:
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(pause)
        except OSError:
            pass
        return reply(connection)


def of_zeros(megabytes: int) -> Iterator[bytes]:
    """So many, plain."""
    return (bytes(PIECE) for _ in range(megabytes))


def in_chunks(pieces: int) -> Iterator[bytes]:
    """So many megabytes, in chunks and without an end."""
    return (b"%x\r\n%s\r\n" % (PIECE, b"[" * PIECE) for _ in range(pieces))


@pytest.mark.parametrize("media", [EVENT, BATCH, NDJSON])
def test_bodies_of_100_megabytes_and_without_end_are_refused_in_bounded_memory(
    small: Served, media: str, *, long_run: bool
) -> None:
    whole = 100 if long_run else 20
    before = grown_to(small)
    said = head("POST", f"{BASE}/events", f"Content-Type: {media}", f"Content-Length: {100 << 20}")
    endless = head("POST", f"{BASE}/events", f"Content-Type: {media}", "Transfer-Encoding: chunked")
    assert poured(small, said, of_zeros(whole)).status == 413
    assert poured(small, endless, in_chunks(4 * whole if long_run else 40)).status == 413
    assert grown_to(small) - before < ROOM_KB
    assert small.get("/quarantine").json() == []


def test_a_head_without_end_is_refused_in_bounded_memory(small: Served) -> None:
    before = grown_to(small)
    answer = poured(
        small, b"GET /api/v1/health HTTP/1.1\r\nHost: $HOST\r\n", (b"X-A: " + b"a" * PIECE for _ in range(20))
    )
    assert answer.status in (0, 400)  # it may be gone before its answer is read: more was sent than anybody takes
    assert grown_to(small) - before < ROOM_KB


def dripped(sent: bytes, served: Served) -> int:
    """The status that a sender of a byte every tenth of a second gets."""
    return poured(served, b"", (filled(sent, served, {})[at : at + 1] for at in range(len(sent))), 0.1).status


@pytest.mark.long_only
def test_slow_senders_are_told_to_be_faster_and_nobody_waits_for_them(small: Served) -> None:
    drops = {
        b"GET /api/v1/health HTTP/1.1\r\n" + b"X-A: 1\r\n" * 20: 408,
        head("POST", f"{BASE}/events", f"Content-Type: {EVENT}", "Content-Length: 500"): 408,
        b"POST": 408, b"\r\n": 400,
    }  # fmt: skip
    body = head("POST", f"{BASE}/offers", "Content-Type: application/json", "Transfer-Encoding: chunked")
    with ThreadPoolExecutor(50) as many:
        heads = [(many.submit(dripped, sent, small), status) for sent, status in drops.items() for _ in range(4)]
        bodies = [many.submit(poured, small, body, (b"1\r\n \r\n" for _ in range(60)), 0.1) for _ in range(8)]
        held = [connected(small) for _ in range(200)]
        under_way: list[Future[Any]] = [*(each for each, _ in heads), *bodies]
        while not all(each.done() for each in under_way):
            begun = time.monotonic()
            assert small.get("/health").status_code == 200
            assert time.monotonic() - begun < SECONDS
            time.sleep(0.05)
    assert [(each.result(), status) for each, status in heads if each.result() != status] == []
    assert [each.result().status for each in bodies] == [408] * len(bodies)
    ends = [ended(connection) for connection in held]
    assert ends == [b"HTTP/1.1 408"] * len(held)


def ended(connection: socket.socket) -> bytes:
    """How a connection on which nothing was said ended."""
    with connection:
        return connection.recv(12)


def test_requests_on_one_connection_are_answered_in_order_and_after_a_bad_one_none(small: Served) -> None:
    one, none = (filled(head("GET", f"{BASE}{path}"), small, {}) for path in ("/health", "/nothing"))
    last = filled(get("/health"), small, {})
    assert statuses(small, one * 3 + none + last) == [b"200", b"200", b"200", b"404", b"200"]
    assert statuses(small, one + b"nonsense\r\n\r\n" + last) == [b"200", b"400"]


def statuses(served: Served, sent: bytes) -> list[bytes]:
    """Of all answers until the connection ends."""
    with connected(served) as connection:
        connection.sendall(sent)
        answered = b""
        while part := connection.recv(PIECE):
            answered += part
    return re.findall(rb"^HTTP/1\.1 ([0-9]+) ", answered, re.MULTILINE)
