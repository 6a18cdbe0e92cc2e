"""The service's configuration: checked whole, every fault by its key, value and remedy."""

import tomllib
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from engine.errors import RequestError
from replay.service.config import EXAMPLE, Configuration, read_configuration
from tests.replay.service.keys import PUBLIC_PEM, SIGNING_PEM

TOKENS = '[tokens]\nissuer = "https://login.example.org"\naudience = "snagc"\n'

SIGNING = f'{TOKENS}keys = ["issuer.pem"]\n[oidc]\nclient_id = "c"\n'
PAGES = f'{TOKENS}keys = ["issuer.pem"]\n[pages]\n'
WHO = '{ iss = "i", sub = "s", scopes = ["team"] }'


def written(folder: Path, text: str) -> Path:
    """A configuration beside its keys."""
    (folder / "issuer.pem").write_bytes(PUBLIC_PEM)
    (folder / "signing-key.pem").write_bytes(SIGNING_PEM)
    path = folder / "snagc.toml"
    path.write_text(text)
    return path


def refusal(folder: Path, text: str) -> str:
    """What is said of a configuration."""
    with pytest.raises(RequestError) as caught:
        read_configuration(written(folder, text))
    return str(caught.value)


def test_the_example_is_a_configuration_with_every_default_as_it_is(tmp_path: Path) -> None:
    found = read_configuration(written(tmp_path, EXAMPLE.read_text()))
    least = read_configuration(written(tmp_path, TOKENS + 'keys = ["issuer.pem"]'))
    assert found.model_copy(update={"tokens": least.tokens}) == least
    assert found.tokens.algorithms == least.tokens.algorithms
    assert found.tokens.keys[0].file == tmp_path / "issuer.pem"


def test_the_example_shows_every_key() -> None:
    text = EXAMPLE.read_text()

    for name, field in Configuration.model_fields.items():
        assert f"[{name}]" in text
        section = next(kind for kind in (field.annotation, *get_args(field.annotation)) if isinstance(kind, type))
        assert issubclass(section, BaseModel)
        assert [key for key in section.model_fields if f"{key} = " not in text] == []


def test_the_commented_lines_of_the_example_are_toml_and_with_them_it_is_a_configuration(tmp_path: Path) -> None:
    lines = EXAMPLE.read_text().splitlines()
    commented = [line.removeprefix("# ") for line in lines if line.startswith("# ") and " = " in line]
    assert len(commented) == 13
    assert all(tomllib.loads(line) for line in commented)
    left_out = ("jwks", "patients = ", "client_secret =", "identities = []")
    shown = [line.removeprefix("# ") for line in lines if line.startswith(("# ", "[")) or " = " in line]
    text = [line for line in shown if (line.startswith("[") or " = " in line) and not line.startswith(left_out)]
    (tmp_path / "client-secret").write_text("secret")
    found = read_configuration(written(tmp_path, "\n".join(text)))
    assert found.oidc is not None
    assert (found.oidc.secret, found.pages.identities[0].scopes) == ("secret", ("team",))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "tokens: is required and missing: give it"),
        (TOKENS, "tokens: give either keys (PEM files) or jwks"),
        (TOKENS + 'keys = ["issuer.pem"]\njwks = "issuer.pem"', "tokens: give either keys (PEM files) or jwks"),
        (TOKENS + 'keys = ["none.pem"]', "tokens.keys.0.file = none.pem: no file"),
        (TOKENS + "keys = []", "tokens.keys = []: give a list with at least one"),
        (TOKENS + 'keys = ["issuer.pem"]\nalgoritms = ["ES256"]', "tokens.algoritms = ['ES256']: is no key here"),
        (
            TOKENS + 'keys = ["issuer.pem"]\nalgorithms = ["none"]',
            "tokens.algorithms.0 = none: input should be 'EdDSA'",
        ),
        (TOKENS + 'keys = ["issuer.pem"]\nalgorithms = ["HS256"]', "tokens.algorithms.0 = HS256: input should be"),
        (
            TOKENS + 'jwks = "http://keys.example.org/jwks"',
            "tokens.jwks = http://keys.example.org/jwks: keys come from",
        ),
        (TOKENS + 'jwks = "https://a:b@keys.example.org/"', "tokens.jwks = https://a:b@keys.example.org/: keys come"),
        (TOKENS + 'jwks = "file:///etc/passwd"', "tokens.jwks = file:///etc/passwd: keys come from"),
        (TOKENS + 'keys = ["issuer.pem"]\n[limits]\nseconds = 0', "limits.seconds = 0: input should be greater than"),
        (
            TOKENS + 'keys = ["issuer.pem"]\n[limits]\nseconds = "9"',
            "limits.seconds = 9: input should be a valid integer",
        ),
        (TOKENS + 'keys = ["issuer.pem"]\n[feeds]\nunknown_patients = "keep"', "feeds.unknown_patients = keep: input"),
        ("[tokens\n", "is no TOML"),
        (SIGNING + 'issuer = "http://login.example.org"', "oidc.issuer = http://login.example.org: give https://"),
        (SIGNING + 'issuer = "https://login.example.org"', "oidc needs pages.address"),
        (SIGNING + "acr_values = 1", "oidc.acr_values = 1: input should be a valid string"),
        (SIGNING + 'algorithms = ["HS256"]', "oidc.algorithms.0 = HS256: input should be"),
        (SIGNING + 'client_secret = "a"\nclient_secret_file = "issuer.pem"', "oidc.issuer: is required and missing"),
        (SIGNING + 'client_secret_file = "none"', "oidc.client_secret_file = none: no file"),
        (SIGNING + 'scope = "profile"', "oidc.scope = profile: string should match pattern"),
        (PAGES + 'address = "http://heart.example.org"', "pages.address = http://heart.example.org: give https://HOST"),
        (PAGES + 'address = "https://heart.example.org/a"', "pages.address = https://heart.example.org/a: give"),
        (
            PAGES + 'identities = [{ iss = "i", sub = "s", scopes = ["admin"] }]',
            "admin is no scope: there are producer",
        ),
        (PAGES + f"identities = [{WHO}, {WHO}]", "identities has s twice"),
    ],
)
def test_a_fault_is_told_by_its_key_its_value_and_the_remedy(tmp_path: Path, text: str, told: str) -> None:
    assert told in refusal(tmp_path, text)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    said = refusal(tmp_path, '[tokens]\nissuer = 3\nkeys = ["none.pem"]\n[limits]\nbody_bytes = 1\n[sign_in]\n')
    assert [
        key
        for key in ("tokens.issuer", "tokens.audience", "tokens.keys", "limits.body_bytes", "sign_in")
        if key not in said
    ] == []


def test_a_configuration_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="check --config"):
        read_configuration(tmp_path / "none.toml")


def test_fetched_keys_come_from_loopback_without_encryption(tmp_path: Path) -> None:
    found = read_configuration(written(tmp_path, TOKENS + 'jwks = "http://127.0.0.1:9/jwks"'))
    assert found.tokens.jwks == "http://127.0.0.1:9/jwks"
