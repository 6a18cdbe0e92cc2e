"""Requests that are too large, too slow, too many, no HTTP, or left alone: each is answered, and nobody else waits."""

import json
import select
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from tests.replay.command import snagc
from tests.replay.service.served import EVENT, Served, bounded, lines, worked_events

BODY, SECONDS = 200_000, 2


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service of small limits over the worked example."""
    log = tmp_path_factory.mktemp("limits") / "heart.db"
    assert snagc("ingest", "-", "--log", log, given=lines(worked_events())).exit_code == 0
    with bounded(log, body_bytes=BODY, seconds=SECONDS, concurrent=8) as served:
        until = time.monotonic() + 60
        while served.get("/quarantine").status_code == 503 and time.monotonic() < until:
            # its reading process may take longer to start, where the machine is busy, than it has for an answer
            time.sleep(0.1)
        yield served


def said(served: Served, *pieces: bytes, pause: float = 0.0) -> bytes:
    """What the service answers to bytes sent piece by piece over a connection of their own."""
    place = urlsplit(served.address)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=30) as connection:
        for piece in pieces:
            if select.select([connection], [], [], 0)[0]:
                break  # it has answered: who goes on sending is cut off, and may lose the answer
            try:
                connection.sendall(piece)
            except OSError:
                break
            time.sleep(pause)
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
        except ConnectionResetError:
            pass
        return answer


def head(served: Served, *lines_: str, method: str = "POST", path: str = "/events") -> bytes:
    """The head of a request."""
    host = urlsplit(served.address).netloc
    return "\r\n".join([f"{method} /api/v1{path} HTTP/1.1", f"Host: {host}", *lines_, "", ""]).encode()


def status(answer: bytes) -> int:
    """The status of an answer, which is a problem unless it is what was asked for."""
    first, _, rest = answer.partition(b"\r\n")
    assert b"application/problem+json" in rest, answer
    return int(first.split()[1])


def test_a_body_that_is_too_large_is_413_whether_or_not_it_says_so(strict: Served) -> None:
    large = b'{"data":"' + b"x" * (4 * BODY) + b'"}'
    assert strict.send(large).status_code == 413
    chunk = b"%x\r\n%s\r\n" % (50_000, b" " * 50_000)
    endless = said(strict, head(strict, f"Content-Type: {EVENT}", "Transfer-Encoding: chunked"), *[chunk] * 40)
    assert status(endless) == 413
    assert strict.get("/quarantine").json() == []


def test_a_body_or_a_head_that_does_not_arrive_is_408(strict: Served) -> None:
    begun = head(strict, f"Content-Type: {EVENT}", "Content-Length: 1000")
    halves = [
        [begun, b"{"],
        [begun, b"{", b" ", b" "],
        [b"GET /api/v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\n", b"X-A: 1\r\n"],
    ]
    with ThreadPoolExecutor(len(halves)) as many:
        answers = list(many.map(lambda pieces: said(strict, *pieces, pause=0.3), halves))
    assert [status(answer) for answer in answers] == [408] * 3


@pytest.mark.parametrize(
    "bytes_",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /api/v1/health\r\n\r\n",
        b"GET /api/v1/health HTTP/1.1\r\n\r\n",
        b"GET /api/v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: localhost\r\n\r\n",
        b"POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nBad Name: x\r\n\r\n",
        b"GET /api/v1/hea\x00lth HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
def test_what_is_no_http_is_a_problem_and_the_connection_ends(bytes_: bytes, strict: Served) -> None:
    assert status(said(strict, bytes_)) == 400


def test_a_length_beside_chunks_smuggles_no_second_request(strict: Served) -> None:
    inner = head(strict, method="GET", path="/list")
    answer = said(
        strict,
        head(strict, f"Content-Type: {EVENT}", "Content-Length: 4", "Transfer-Encoding: chunked"),
        b"0\r\n\r\n" + inner,
    )
    assert status(answer) == 400
    assert b"candidates" not in answer


def test_whoever_leaves_in_the_middle_of_a_body_has_sent_nothing(strict: Served) -> None:
    before = strict.get("/events").json()["head"]
    event = json.dumps({**worked_events()[0], "id": "left"}).encode()
    place = urlsplit(strict.address)
    with socket.create_connection((place.hostname or "", place.port or 0)) as connection:
        connection.sendall(head(strict, f"Content-Type: {EVENT}", f"Content-Length: {len(event)}") + event[:-1])
    time.sleep(0.2)
    assert strict.get("/events").json()["head"] == before
    assert strict.get("/quarantine").json() == []


def test_more_requests_at_once_than_are_served_are_told_to_come_back(strict: Served) -> None:
    after = strict.get("/events").json()["head"]
    with ThreadPoolExecutor(20) as many:
        answers = list(many.map(lambda _: strict.get("/events", after=after, wait=1), range(20)))
    busy = [answer for answer in answers if answer.status_code == 503]
    assert busy
    assert {answer.status_code for answer in answers} == {200, 503}
    assert {answer.headers["Retry-After"] for answer in busy} == {"5"}
    assert strict.get("/health").status_code == 200


def test_short_requests_are_answered_while_long_ones_run_out_of_time(strict: Served) -> None:
    with ThreadPoolExecutor(3) as many:
        long = [many.submit(strict.get, "/offers/O1/dossier", format="pdf") for _ in range(3)]
        while not all(each.done() for each in long):
            assert strict.get("/offers/O1/match-run").status_code == 200
            time.sleep(0.02)
    assert {each.result().status_code for each in long} <= {200, 503}
