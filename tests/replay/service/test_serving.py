"""The service as a process: how it starts, whom it lets in, what it says of itself, how it ends."""

import asyncio
import json
import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from engine.errors import RequestError
from engine.log.eventlog import EventLog
from replay.service import server
from replay.service.service import Setting
from tests.replay.command import in_a_process, snagc
from tests.replay.service.served import Served, serving
from tests.replay.service.test_following_the_log import children


@pytest.mark.parametrize("words", [[], ["--open", "--host", "0.0.0.0"], ["--open", "--port", "70000"]])
def test_a_service_for_nobody_or_for_everybody_does_not_start(words: list[str], tmp_path: Path) -> None:
    done = in_a_process("serve", "--log", tmp_path / "heart.db", *words)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr


def test_it_says_one_line_when_ready_makes_the_log_and_ends_with_0_once_all_is_answered(tmp_path: Path) -> None:
    with serving(tmp_path / "heart.db") as served, ThreadPoolExecutor(1) as elsewhere:
        assert served.address.startswith("http://127.0.0.1:")
        waiting = elsewhere.submit(served.get, "/events", after=0, wait=60)
        while served.get("/metrics").text.count("snagc_followers 1.0") == 0:
            time.sleep(0.02)
        code, said, told = served.end()
        assert waiting.result().json() == {"events": [], "head": 0}
    assert (code, said) == (0, "")
    lines = told.splitlines()
    assert lines[0] == f"snagc: new log {tmp_path / 'heart.db'}"
    assert {json.loads(line)["event"] for line in lines[1:]} == {"request"}
    assert (tmp_path / "heart.db").exists()


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = snagc("serve", "--open", "--log", tmp_path / "heart.db", "--port", port)
    assert done.exit_code == 2
    assert str(port) in done.stderr


def test_a_port_that_another_service_took_meanwhile_is_said_and_what_was_begun_ends(tmp_path: Path) -> None:
    EventLog.open(str(tmp_path / "heart.db"), create=True).close()
    before = children(os.getpid())
    with closing(server._listening("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        with closing(server._listening("127.0.0.1", port)) as second:
            first.listen()  # both had the port before either listened
            setting = Setting(str(tmp_path / "heart.db"))
            with pytest.raises(RequestError, match=rf"cannot listen on 127\.0\.0\.1 port {port} .*: name others"):
                asyncio.run(server._serve(setting, second, lambda: pytest.fail("it is not ready")))
    assert set(children(os.getpid())) <= set(before)
    assert "writer" not in {each.name for each in threading.enumerate()}


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200), ("127.0.0.1:9", 200), ("localhost", 200), ("LOCALHOST:8420", 200), ("[::1]:8420", 200),
        ("example.org", 403), ("127.0.0.1.example.org", 403), ("10.0.0.1", 403), ("localhost@example.org", 403),
        ("127.0.0.1:x", 403), ("[::2]", 403),
    ],
)  # fmt: skip
def test_an_open_service_answers_to_the_names_of_loopback_alone(host: str, status: int, served: Served) -> None:
    assert served.client.get("/health", headers={"Host": host}).status_code == status


def test_an_open_service_takes_no_requests_of_other_pages(served: Served) -> None:
    for origin in ("https://example.org", "null", "http://localhost:1", served.address.replace("http", "https")):
        answer = served.client.get("/list", headers={"Origin": origin})
        assert (answer.status_code, answer.headers["Content-Type"]) == (403, "application/problem+json")
    assert served.client.get("/health", headers={"Origin": served.address}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/nothing", 404, None), ("GET", "", 404, None), ("GET", "/list/", 404, None),
        ("GET", "//list", 404, None),
        ("GET", "/offers/O1%2f..%2fO1/match-run", 404, None), ("GET", "/%2e%2e/%2e%2e/etc/passwd", 404, None),
        ("GET", "/candidates/%00", 404, None), ("GET", "/candidates/%ff", 404, None),
        ("GET", f"/candidates/{'C' * 500}", 404, None), ("GET", f"/candidates/{'C' * 65_000}", 404, None),
        ("HEAD", "/list", 405, "GET"), ("DELETE", "/events", 405, "POST, GET"), ("PUT", "/offers", 405, "POST, GET"),
        ("OPTIONS", "/list", 405, "GET"), ("BREW", "/events/3", 405, "GET"),
    ],
)  # fmt: skip
def test_a_path_or_a_method_that_is_not_in_the_table_is_a_problem(
    method: str, path: str, status: int, allow: str | None, served: Served
) -> None:
    answer = served.client.request(method, f"{served.address}/api/v1{path}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.headers.get("Allow") == allow
    assert method == "HEAD" or answer.json()["status"] == status


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("at=2024-07-01T12:00:00+02:00", "%2B"), ("known_at=2024-07-01T12:00:00+02:00", "%2B"),
        ("at=2024-07-01&at=2024-07-02", "twice"), ("date=2024-07-01", "no parameter"), ("at=%ff", "UTF-8"),
        ("at=" + "1" * 9000, "bytes"),
    ],
)  # fmt: skip
def test_a_query_that_is_unknown_doubled_or_ambiguous_is_refused(query: str, says: str, served: Served) -> None:
    answer = served.client.get(f"/list?{query}")
    assert answer.status_code == 400
    assert says in answer.json()["detail"]


def test_a_request_id_is_kept_where_it_is_sane_and_answers_are_not_cached(served: Served) -> None:
    kept = served.client.get("/health", headers={"X-Request-Id": "lab-7.a"})
    assert (kept.headers["X-Request-Id"], kept.headers["Cache-Control"]) == ("lab-7.a", "no-store")
    made = served.client.get("/health", headers={"X-Request-Id": "a b"}).headers["X-Request-Id"]
    assert len(made) == 16


def test_metrics_count_requests_by_route_and_never_by_path(served: Served) -> None:
    served.get("/candidates/SECRET")
    text = served.get("/metrics").text
    assert 'snagc_requests_total{route="GET /candidates/{}",status="404"}' in text
    assert "snagc_position 35.0" in text
    assert "SECRET" not in text
