"""snagc token: a token for a try."""

import time
from pathlib import Path

import pytest

from replay.service.config import read_configuration
from replay.service.keys import keys_of
from replay.service.tokens import Tokens
from replay.service.viewer import PRODUCER, TEAM, Viewer
from tests.replay.command import asked, refused, snagc
from tests.replay.service.keys import PUBLIC_PEM, SIGNING_PEM


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration with its keys beside it."""
    (tmp_path / "issuer.pem").write_bytes(PUBLIC_PEM)
    (tmp_path / "signing-key.pem").write_bytes(SIGNING_PEM)
    path = tmp_path / "snagc.toml"
    path.write_text('[tokens]\nissuer = "i"\naudience = "a"\nkeys = ["issuer.pem"]\nsigning_key = "signing-key.pem"\n')
    return path


def test_it_prints_a_token_that_the_same_configuration_takes(config: Path) -> None:
    given = ["--scope", "producer team", "--source", "urn:a", "--source", "urn:b", "--centre", "750100042"]
    result = snagc("token", "--config", config, "--sub", "lab-7", *given)
    assert (result.exit_code, result.stderr) == (0, "")
    section = read_configuration(config).tokens
    tokens = Tokens(section, keys_of(section, time.monotonic), time.time)
    header = [(b"authorization", b"Bearer " + result.stdout.strip().encode())]
    assert tokens.viewer(header) == Viewer("lab-7", (PRODUCER, TEAM), ("urn:a", "urn:b"), ("750100042",))


def test_it_counts_for_the_minutes_asked(config: Path) -> None:
    made = asked("token", "--config", config, "--sub", "x", "--scope", "auditor", "--minutes", "5")["token"]
    section = read_configuration(config).tokens
    claims = Tokens(section, keys_of(section, time.monotonic), time.time).claims(made)
    assert claims["exp"] - claims["iat"] == 300


def test_what_it_cannot_sign_it_says(config: Path) -> None:
    assert "no such role" in refused("token", "--config", config, "--sub", "x", "--scope", "admin")
    assert "--sub" in refused("token", "--config", config, "--sub", "", "--scope", "team")
    config.write_text(config.read_text().replace("signing_key", "# signing_key"))
    assert "tokens.signing_key is not" in refused("token", "--config", config, "--sub", "x", "--scope", "team")
