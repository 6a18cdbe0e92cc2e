"""Who comes in, and how often."""

import asyncio
from pathlib import Path

import pytest

from replay.service.config import read_configuration
from replay.service.door import NOBODY, Door, Rates
from replay.service.refusals import ForbiddenError, TokenError, TooManyError
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
    assert admitted(door, "GET /audit") is OPEN
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
    with pytest.raises(ForbiddenError, match="needs the scope auditor, and this token's scope is team") as caught:
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
