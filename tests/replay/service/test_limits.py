"""Requests that are too large, too slow, too many, no HTTP, or left alone: each is answered, and nobody else waits."""

import json
import select
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from replay.service.answers import Problem
from replay.service.following import Places
from tests.replay.command import snagc
from tests.replay.service.served import EVENT, Served, bounded, lines, worked_events

BODY, SECONDS, WAITING = 200_000, 2, 12


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service of small limits over the worked example."""
    log = tmp_path_factory.mktemp("limits") / "heart.db"
    assert snagc("ingest", "-", "--log", log, given=lines(worked_events())).exit_code == 0
    with bounded(log, body_bytes=BODY, seconds=SECONDS, concurrent=8, waiting=WAITING) as served:
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


def test_whoever_waits_for_the_next_event_takes_no_place_of_those_who_ask_or_send(strict: Served) -> None:
    after = strict.get("/events").json()["head"]
    with ThreadPoolExecutor(20) as many:
        waiting, until = [], time.monotonic() + 20
        for places in (4, 8, WAITING, WAITING):  # 4 come at a time, so that never more than 8 are on their way
            waiting += [many.submit(strict.get, "/events", after=after, wait=10) for _ in range(4)]
            while f"snagc_followers {places}.0" not in strict.get("/metrics").text and time.monotonic() < until:
                time.sleep(0.02)
        while sum(each.done() for each in waiting) < 4 and time.monotonic() < until:
            time.sleep(0.02)
        assert strict.get("/offers/O1/match-run").status_code == 200
        assert strict.send({**worked_events()[5], "id": "meanwhile"}).status_code == 201
        answers = [each.result() for each in waiting]
    refused = [answer for answer in answers if answer.status_code == 503]
    assert len(refused) == 4
    assert {(answer.headers["Retry-After"], answer.json()["detail"]) for answer in refused} == {
        ("5", f"{WAITING} requests wait for the next event; try again later")
    }
    assert {len(answer.json()["events"]) for answer in answers if answer.status_code == 200} == {1}


def test_readers_beyond_those_answered_at_once_are_told_to_come_back_and_senders_are_not(strict: Served) -> None:
    with ThreadPoolExecutor(20) as many:
        reading = [many.submit(strict.get, "/offers/O1/dossier", format="pdf") for _ in range(20)]
        while not any(each.done() for each in reading):
            assert strict.send(worked_events()[5]).status_code == 200
        answers = [each.result() for each in reading]
    busy = [answer for answer in answers if "8 requests are being answered" in answer.text]
    assert {(answer.status_code, answer.headers["Retry-After"]) for answer in busy} == {(503, "5")}
    assert strict.get("/health").status_code == 200


def test_a_live_offer_has_room_though_senders_are_slow(strict: Served) -> None:
    begun = head(strict, f"Content-Type: {EVENT}", "Content-Length: 1000") + b"{"
    place, until = urlsplit(strict.address), time.monotonic() + 20
    with ExitStack() as slow:
        busy = False
        while not busy and time.monotonic() < until:  # each is given up after 2 s, which may be before all have come
            for _ in range(10):
                slow.enter_context(socket.create_connection((place.hostname or "", place.port or 0))).sendall(begun)
            busy = "8 requests are being answered" in strict.send(worked_events()[5]).text
        assert busy
        assert strict.client.post("/offers", json={"offer": "O1", "donor": "D1"}).status_code == 200


def test_one_token_s_followers_leave_room_for_those_of_others() -> None:
    places = Places(in_all=3, of_one=2)

    def refused(sub: str) -> tuple[int, bool]:
        with pytest.raises(Problem) as problem, places.taken(sub):
            raise AssertionError(sub)
        return problem.value.status, "Retry-After" in problem.value.headers

    with places.taken("a"), places.taken("a"):
        assert refused("a") == (429, True)
        with places.taken("b"):
            assert [refused(sub) for sub in ("a", "b", "c")] == [(503, True)] * 3
            assert places.held == 3
    with places.taken("a"), places.taken("a"):
        assert places.held == 2
    assert places.held == 0


def test_short_requests_are_answered_while_long_ones_run_out_of_time(strict: Served) -> None:
    with ThreadPoolExecutor(3) as many:
        long = [many.submit(strict.get, "/offers/O1/dossier", format="pdf") for _ in range(3)]
        while not all(each.done() for each in long):
            assert strict.get("/offers/O1/match-run").status_code == 200
            time.sleep(0.02)
    assert {each.result().status_code for each in long} <= {200, 503}
