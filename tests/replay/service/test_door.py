"""Who comes in, and how often."""

import asyncio
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from joserfc.jwk import OKPKey

from replay.service.config import read_configuration
from replay.service.door import NOBODY, Door, Rates
from replay.service.fetching import MOST_BYTES
from replay.service.page_routes import PAGE_ROUTES
from replay.service.refusals import ForbiddenError, TokenError, TooManyError, UnavailableError
from replay.service.tokens import make_token
from replay.service.viewer import OPEN, Viewer
from tests.replay.service.keys import PUBLIC_PEM, SIGNING_PEM

NOW = 1_764_201_600


def admitted(door: Door, request: str, token: str | None = None) -> Viewer:
    """Who is let in."""
    headers = [] if token is None else [(b"authorization", f"Bearer {token}".encode())]
    return asyncio.run(door.admit(request, headers))


def test_in_an_open_service_everybody_comes_in_for_what_somebody_may() -> None:
    door = Door(None, lambda: NOW, lambda: 0.0)
    assert admitted(door, "GET /audit") == OPEN
    assert admitted(door, "GET /health") is NOBODY
    with pytest.raises(ForbiddenError, match="is for nobody"):
        admitted(door, "GET /nothing")


@pytest.mark.parametrize("source", ['keys = ["issuer.pem"]', 'jwks = "http://127.0.0.1:9/none"'])
def test_a_token_comes_in_for_what_its_scope_may_and_keys_that_cannot_be_had_let_nobody_in(
    source: str, tmp_path: Path
) -> None:
    (tmp_path / "issuer.pem").write_bytes(PUBLIC_PEM)
    (tmp_path / "signing.pem").write_bytes(SIGNING_PEM)
    config = tmp_path / "snagc.toml"
    config.write_text(f'[tokens]\nissuer = "i"\naudience = "a"\nsigning_key = "signing.pem"\n{source}\n')
    found = read_configuration(config)
    door = Door(found, lambda: NOW, lambda: 0.0)
    given = {"sources": [], "centres": [], "issued": NOW, "minutes": 5}
    token = make_token(found.tokens, sub="T1", scopes=["team"], **given)  # type: ignore[arg-type]
    with pytest.raises(TokenError):
        admitted(door, "GET /list")
    if "jwks" in source:
        with pytest.raises(Exception, match="cannot be had"):
            admitted(door, "GET /list", token)
        return
    assert admitted(door, "GET /list", token).sub == "T1"
    with pytest.raises(ForbiddenError, match="needs the scope auditor, and yours is team") as caught:
        admitted(door, "GET /audit", token)
    assert (
        caught.value.headers["WWW-Authenticate"] == 'Bearer realm="snagc", error="insufficient_scope", scope="auditor"'
    )


def test_a_subject_that_asks_too_often_is_told_when_to_come_back_and_others_are_not() -> None:
    now = [120.0]
    rates = Rates(3, lambda: now[0])
    for _ in range(3):
        rates.count("A1")
    now[0] += 20
    with pytest.raises(TooManyError) as caught:
        rates.count("A1")
    assert (caught.value.status, caught.value.headers["Retry-After"]) == (429, "40")
    rates.count("A2")
    now[0] += 40
    rates.count("A1")


def test_pages_that_somebody_opens_count_among_their_requests(tmp_path: Path) -> None:
    (tmp_path / "issuer.pem").write_bytes(PUBLIC_PEM)
    (tmp_path / "signing.pem").write_bytes(SIGNING_PEM)
    config = tmp_path / "snagc.toml"
    config.write_text(
        '[tokens]\nissuer = "i"\naudience = "a"\nsigning_key = "signing.pem"\nkeys = ["issuer.pem"]\n'
        "[limits]\nrequests_per_minute = 3\n"
    )
    found = read_configuration(config)
    door = Door(found, lambda: NOW, lambda: 0.0)
    given = {"sources": [], "centres": [], "issued": NOW, "minutes": 5}
    token = make_token(found.tokens, sub="A1", scopes=["auditor"], **given)  # type: ignore[arg-type]
    headers = [(b"authorization", f"Bearer {token}".encode())]
    (listed,) = (page for page in PAGE_ROUTES if page.name == "page GET /list")
    for _ in range(2):
        assert asyncio.run(door.admit_to(listed, headers)).sub == "A1"
    assert admitted(door, "GET /list", token).sub == "A1"
    with pytest.raises(TooManyError):
        asyncio.run(door.admit_to(listed, headers))


class Issuer(BaseHTTPRequestHandler):
    """Answers with keys, with another address, or with far too much."""

    answers: ClassVar[list[tuple[int, bytes]]] = []
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        status, body = self.answers[-1]
        self.send_response(status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture
def issuer() -> Iterator[str]:
    """The address of an issuer's keys."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Issuer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        Issuer.answers, Issuer.asked = [], []
        yield f"http://127.0.0.1:{server.server_port}/keys"
        server.shutdown()
        thread.join()


def test_keys_are_fetched_from_the_address_that_was_named_and_from_no_other(issuer: str, tmp_path: Path) -> None:
    (tmp_path / "signing.pem").write_bytes(SIGNING_PEM)
    config = tmp_path / "snagc.toml"
    config.write_text(f'[tokens]\nissuer = "i"\naudience = "a"\nsigning_key = "signing.pem"\njwks = "{issuer}"\n')
    found, now = read_configuration(config), [0.0]
    door = Door(found, lambda: NOW, lambda: now[0])
    token = make_token(found.tokens, sub="A1", scopes=["auditor"], sources=[], centres=[], issued=NOW, minutes=5)
    keys = json.dumps({"keys": [OKPKey.import_key(PUBLIC_PEM).as_dict(private=False)]}).encode()
    for bad in ((302, b""), (200, b"x"), (200, keys + b" " * MOST_BYTES), (500, keys)):
        Issuer.answers.append(bad)
        with pytest.raises(UnavailableError, match="cannot be had"):
            admitted(door, "GET /audit", token)
        now[0] += 61
    Issuer.answers.append((200, keys))
    assert [admitted(door, "GET /audit", token).sub for _ in range(3)] == ["A1"] * 3
    assert Issuer.asked == ["/keys"] * 5
