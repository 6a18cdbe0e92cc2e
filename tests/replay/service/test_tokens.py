"""Tokens: who is let in, and every way in that is none."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from engine.errors import RequestError
from replay.service.config import Algorithm, KeyFile, TokensSection, read_configuration
from replay.service.keys import FetchedKeys, PublicKey, keys_of, keys_of_set
from replay.service.refusals import TokenError, UnavailableError
from replay.service.tokens import LONGEST_TOKEN, Pinned, Tokens, bearer_token, make_token, viewer_of
from replay.service.viewer import AUDITOR, PRODUCER, TEAM, Viewer
from tests.replay.service.keys import PUBLIC_PEM, SIGNING, SIGNING_PEM, Private, private_pem, public_pem

NOW = 1_764_201_600
RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
CLAIMS: dict[str, Any] = {
    "iss": "https://login.example.org", "aud": "snagc", "sub": "lab-7", "exp": NOW + 600, "iat": NOW,
    "scope": "producer team", "sources": ["urn:lab:7"], "centres": ["750100042"],
}  # fmt: skip
WITHOUT = object()


@pytest.fixture(scope="module")
def section(tmp_path_factory: pytest.TempPathFactory) -> TokensSection:
    """A configuration that knows three keys, the last under a name."""
    folder = tmp_path_factory.mktemp("keys")
    (folder / "signing.pem").write_bytes(SIGNING_PEM)
    for name, data in {"ed": PUBLIC_PEM, "rsa": public_pem(RSA_KEY), "ec": public_pem(EC_KEY)}.items():
        (folder / name).write_bytes(data)
    (folder / "snagc.toml").write_text(
        '[tokens]\nissuer = "https://login.example.org"\naudience = "snagc"\nsigning_key = "signing.pem"\n'
        'keys = ["ed", "rsa", { file = "ec", kid = "2026-1" }]\n'
    )
    return read_configuration(folder / "snagc.toml").tokens


@pytest.fixture(scope="module")
def tokens(section: TokensSection) -> Tokens:
    """What checks tokens, at one instant."""
    return Tokens(section, keys_of(section, lambda: 0.0), lambda: NOW)


def signed(key: Private, claims: object, header: dict[str, Any]) -> str:
    """A token with any header and claims, truly signed."""
    kind: Any = {"Ed25519PrivateKey": OKPKey, "RSAPrivateKey": RSAKey}.get(type(key).__name__.lstrip("_"), ECKey)
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    return jws.serialize_compact(header, payload, kind.import_key(private_pem(key)), registry=Pinned([header["alg"]]))


def token(**changed: Any) -> str:
    """A good token but for some claims."""
    claims = {name: value for name, value in {**CLAIMS, **changed}.items() if value is not WITHOUT}
    return signed(SIGNING, claims, {"alg": "EdDSA", "typ": "JWT"})


def encoded(data: bytes) -> str:
    """Base64 as a JWT has it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def asked(tokens: Tokens, text: str) -> Viewer:
    """Who sent a token."""
    return tokens.viewer([(b"host", b"localhost"), (b"authorization", b"Bearer " + text.encode())])


def test_a_good_token_says_who_asks_and_what_is_theirs(tokens: Tokens) -> None:
    assert asked(tokens, token()) == Viewer("lab-7", (PRODUCER, TEAM), ("urn:lab:7",), ("750100042",))


@pytest.mark.parametrize(
    ("key", "algorithm", "kid"),
    [(SIGNING, "EdDSA", None), (RSA_KEY, "RS256", None), (RSA_KEY, "PS256", "any"), (EC_KEY, "ES256", None),
     (EC_KEY, "ES256", "2026-1")],
)  # fmt: skip
def test_each_key_signs_by_the_algorithms_of_its_kind(tokens: Tokens, key: Private, algorithm: str, kid: str) -> None:
    header = {"alg": algorithm, **({"kid": kid} if kid else {})}
    assert asked(tokens, signed(key, CLAIMS, header)).sub == "lab-7"


@pytest.mark.parametrize(
    ("changed", "counts"),
    [
        ({"exp": NOW - 59}, True), ({"exp": NOW - 60}, False), ({"exp": WITHOUT}, False), ({"exp": "soon"}, False),
        ({"exp": True}, False), ({"exp": 1e300}, False), ({"exp": float("nan")}, False), ({"exp": NOW + 0.5}, True),
        ({"nbf": NOW + 60}, True), ({"nbf": NOW + 61}, False), ({"nbf": "x"}, False), ({"nbf": None}, False),
        ({"nbf": True}, False), ({"iat": True}, False),
        ({"iat": NOW + 60}, True), ({"iat": NOW + 61}, False), ({"iat": WITHOUT}, True),
        ({"iss": "https://login.example.org/"}, False), ({"iss": WITHOUT}, False), ({"iss": [CLAIMS["iss"]]}, False),
        ({"aud": "other"}, False), ({"aud": ["other", "snagc"]}, True), ({"aud": []}, False), ({"aud": WITHOUT}, False),
        ({"aud": {"snagc": 1}}, False), ({"sub": WITHOUT}, False), ({"sub": ""}, False), ({"sub": 7}, False),
        ({"sub": "a\nb"}, False), ({"sub": "x" * 256}, False), ({"scope": ["auditor"]}, False), ({"scope": 1}, False),
        ({"sources": "urn:lab:7"}, False), ({"sources": [1]}, False), ({"centres": {"a": 1}}, False),
        ({"centres": WITHOUT, "sources": WITHOUT, "scope": WITHOUT}, True),
    ],
)  # fmt: skip
def test_claims_count_or_they_do_not(tokens: Tokens, changed: dict[str, Any], counts: bool) -> None:
    if counts:
        assert asked(tokens, token(**changed)).sub == "lab-7"
        return
    with pytest.raises(TokenError, match="the token is refused"):
        asked(tokens, token(**changed))


def test_a_scope_that_nobody_knows_is_no_right() -> None:
    assert viewer_of({**CLAIMS, "scope": "admin Auditor producer,auditor openid"}).scopes == ()
    assert viewer_of({**CLAIMS, "scope": "openid auditor"}).scopes == (AUDITOR,)


# ----------------------------------------------------------------------------------------------------- attacks


def unsigned(header: dict[str, Any], signature: str = "") -> str:
    """A token nobody signed."""
    return f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(CLAIMS).encode())}.{signature}"


def by_hand(header: dict[str, Any]) -> str:
    """A token whose header the library would not sign."""
    text = unsigned(header).rstrip(".")
    return f"{text}.{encoded(SIGNING.sign(text.encode()))}"


def by_public_key(header: dict[str, Any], secret: bytes) -> str:
    """A token signed with HMAC, a public key as the secret."""
    text = unsigned(header).rstrip(".")
    return f"{text}.{encoded(hmac.digest(secret, text.encode(), hashlib.sha256))}"


STRANGER = ed25519.Ed25519PrivateKey.generate()
ATTACKS: dict[str, Callable[[], str]] = {
    "alg none": lambda: unsigned({"alg": "none"}),
    "alg None": lambda: unsigned({"alg": "None"}),
    "no alg": lambda: unsigned({"typ": "JWT"}),
    "alg a list": lambda: unsigned({"alg": ["EdDSA"]}),
    "no signature": lambda: unsigned({"alg": "EdDSA"}),
    "HS256 by a public key": lambda: by_public_key({"alg": "HS256"}, public_pem(RSA_KEY)),
    "RS256 that is an HMAC": lambda: by_public_key({"alg": "RS256"}, public_pem(RSA_KEY)),
    "an algorithm of another kind of key": lambda: token().replace(
        encoded(b'{"alg":"EdDSA","typ":"JWT"}'), encoded(b'{"alg":"ES256","typ":"JWT"}')
    ),
    "an algorithm not pinned": lambda: signed(RSA_KEY, CLAIMS, {"alg": "RS512"}),
    "a stranger's key": lambda: signed(STRANGER, CLAIMS, {"alg": "EdDSA"}),
    "a stranger's key in the header": lambda: signed(
        STRANGER, CLAIMS, {"alg": "EdDSA", "jwk": OKPKey.import_key(public_pem(STRANGER)).as_dict(private=False)}
    ),
    "a stranger's key elsewhere": lambda: signed(
        STRANGER, CLAIMS, {"alg": "EdDSA", "jku": "http://127.0.0.1:1/jwks", "x5u": "http://127.0.0.1:1/"}
    ),
    "a kid nobody has": lambda: signed(EC_KEY, CLAIMS, {"alg": "ES256", "kid": "2026-2"}),
    "a kid that is a path": lambda: signed(EC_KEY, CLAIMS, {"alg": "ES256", "kid": "../../dev/null"}),
    "a kid that is no text": lambda: token().replace(
        encoded(b'{"alg":"EdDSA","typ":"JWT"}'), encoded(b'{"alg":"EdDSA","kid":1}')
    ),
    "crit": lambda: by_hand({"alg": "EdDSA", "crit": ["exp"], "exp": NOW}),
    "detached": lambda: signed(SIGNING, CLAIMS, {"alg": "EdDSA", "b64": True}),
    "nested": lambda: signed(SIGNING, CLAIMS, {"alg": "EdDSA", "cty": "JWT"}),
    "another typ": lambda: signed(SIGNING, CLAIMS, {"alg": "EdDSA", "typ": "secevent+jwt"}),
    "encrypted": lambda: f"{encoded(b'{}')}.a.b.c.d",
    "changed claims": lambda: ".".join(
        [*token().split(".")[:1], encoded(json.dumps({**CLAIMS, "scope": "auditor"}).encode()), *token().split(".")[2:]]
    ),
    "changed signature": lambda: token()[:-4] + ("AAAA" if not token().endswith("AAAA") else "BBBB"),
    "claims twice": lambda: signed(SIGNING, json.dumps(CLAIMS).encode()[:-1] + b', "sub": "x"}', {"alg": "EdDSA"}),
    "claims no object": lambda: signed(SIGNING, b"[]", {"alg": "EdDSA"}),
    "claims no JSON": lambda: signed(SIGNING, b"{", {"alg": "EdDSA"}),
    "claims not UTF-8": lambda: signed(SIGNING, b'{"sub": "\xff"}', {"alg": "EdDSA"}),
    "deep claims": lambda: signed(SIGNING, b"[" * 4000, {"alg": "EdDSA"}),
    "huge": lambda: token(pad="x" * LONGEST_TOKEN),
    "no dots": lambda: "abc",
    "dots alone": lambda: "..",
    "no base64": lambda: "?.!.*",
    "JSON": lambda: '{"payload":"","signatures":[]}',
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_token_that_is_none_lets_nobody_in_and_is_not_quoted(tokens: Tokens, attack: str) -> None:
    text = ATTACKS[attack]()
    with pytest.raises(TokenError) as caught:
        asked(tokens, text)
    assert caught.value.status == 401
    assert caught.value.headers["WWW-Authenticate"].startswith('Bearer realm="snagc", error="invalid_token"')
    assert caught.value.headers["WWW-Authenticate"].isascii()
    assert text not in str(caught.value) or len(text) < 4


@pytest.mark.parametrize(
    "headers",
    [
        [b"Basic bGFiOjc="], [b"Bearer"], [b"Bearer "], [b""], [b"Token a.b.c"], [b"Bearer a.b.c", b"Bearer a.b.c"],
        [b"Bearer\xe9 a.b.c"],
    ],
)  # fmt: skip
def test_a_request_has_one_bearer_token(headers: list[bytes]) -> None:
    with pytest.raises(TokenError, match="refused"):
        bearer_token([(b"authorization", value) for value in headers])


def test_without_a_token_the_challenge_names_no_error() -> None:
    with pytest.raises(TokenError) as caught:
        bearer_token([(b"cookie", b"access_token=a.b.c")])
    assert caught.value.headers["WWW-Authenticate"] == 'Bearer realm="snagc"'


# --------------------------------------------------------------------------------------------------------- keys


def jwks(*keys: tuple[Private, str]) -> bytes:
    """A JWKS of some keys with their names."""
    kinds: dict[str, Any] = {"Ed25519PrivateKey": OKPKey, "RSAPrivateKey": RSAKey}
    entries = [
        {
            **kinds.get(type(key).__name__.lstrip("_"), ECKey).import_key(public_pem(key)).as_dict(private=False),
            "kid": kid,
        }
        for key, kid in keys
    ]
    return json.dumps({"keys": entries}).encode()


def test_of_a_jwks_only_public_signing_keys_are_taken() -> None:
    document = json.loads(jwks((EC_KEY, "e"), (RSA_KEY, "r"), (SIGNING, "o")))
    document["keys"][1]["use"] = "enc"
    document["keys"][2]["alg"] = "EdDSA"
    document["keys"] += [
        {"kty": "RSA", "e": "AQAB", "n": "short"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "s"}, {"kty": "AKP", "pub": "x"}, {"kty": "EC", "crv": "P-256"}, 7,
        OKPKey.generate_key("X25519").as_dict(private=False),
        ECKey.import_key(private_pem(EC_KEY)).as_dict(private=True),
    ]  # fmt: skip
    found = keys_of_set(json.dumps(document).encode())
    assert [(key.kid, key.algorithms) for key in found] == [("e", ("ES256",)), ("o", ("EdDSA",))]
    for nothing in (b"{}", b"[]", b'{"keys": []}', b"x", b'{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}'):
        with pytest.raises(ValueError):
            keys_of_set(nothing)


def test_fetched_keys_are_kept_fetched_anew_for_an_unknown_one_and_never_more_often_than_allowed() -> None:
    now, fetched, answers = [1000.0], list[float](), [jwks((EC_KEY, "a"))]

    def fetch() -> bytes:
        fetched.append(now[0])
        if not answers:
            raise OSError("connection refused")
        return answers[-1]

    keys = FetchedKeys(fetch, keep=3600, refresh=60, monotonic=lambda: now[0])

    def kids(asked: str | None) -> list[str | None]:
        return [key.kid for key in keys.now(asked)]

    assert [kids("a"), kids("b"), kids(None)] == [["a"]] * 3
    assert fetched == [1000.0]
    answers.append(jwks((EC_KEY, "b")))
    now[0] += 59
    assert kids("b") == ["a"]
    now[0] += 1
    assert [kids("b"), kids("a")] == [["b"]] * 2
    assert fetched == [1000.0, 1060.0]
    answers.clear()
    now[0] += 3601
    assert [kids("b"), kids("c")] == [["b"]] * 2
    now[0] += 3600
    with pytest.raises(UnavailableError, match="connection refused"):
        keys.now("b")
    assert len(fetched) == 4


@pytest.mark.parametrize("kid", [None, "the same"])
def test_a_key_that_stands_in_the_place_of_another_under_its_name_or_none_is_fetched_when_it_signs(
    section: TokensSection, kid: str | None
) -> None:
    now, fetched, old, new = [float(NOW)], list[float](), SIGNING, ed25519.Ed25519PrivateKey.generate()
    served = [old]

    def fetch() -> bytes:
        fetched.append(now[0])
        (entry,) = json.loads(jwks((served[0], "the same")))["keys"]
        return json.dumps({"keys": [{name: said for name, said in entry.items() if name != "kid" or kid}]}).encode()

    tokens = Tokens(section, FetchedKeys(fetch, keep=3600, refresh=60, monotonic=lambda: now[0]), lambda: now[0])
    header = {"alg": "EdDSA", **({"kid": kid} if kid else {})}
    assert asked(tokens, signed(old, CLAIMS, header)).sub == "lab-7"
    served[0] = new
    with pytest.raises(TokenError, match="by no key"):
        asked(tokens, signed(new, CLAIMS, header))
    now[0] += 60
    assert asked(tokens, signed(new, CLAIMS, header)).sub == "lab-7"
    assert fetched == [NOW, NOW + 60.0]
    for _ in range(3):
        with pytest.raises(TokenError, match="by no key"):
            asked(tokens, signed(old, {**CLAIMS, "sub": "older"}, header))
    assert len(fetched) == 2, "no more often than allowed"


def test_keys_that_are_none_stop_the_start(tmp_path: Path, section: TokensSection) -> None:
    for name, data in {
        "private": SIGNING_PEM,
        "text": b"x",
        "short": public_pem(rsa.generate_private_key(65537, 1024)),
    }.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(RequestError, match=name):
            keys_of(section.model_copy(update={"keys": (KeyFile.model_construct(file=tmp_path / name),)}), lambda: 0.0)
    with pytest.raises(RequestError, match="jwks"):
        keys_of(section.model_copy(update={"keys": (), "jwks": tmp_path / "text"}), lambda: 0.0)


def test_a_token_made_for_a_try_counts_until_it_expires(section: TokensSection) -> None:
    made = make_token(section, sub="t", scopes=["team"], sources=[], centres=["c"], issued=NOW, minutes=10)
    keys = keys_of(section, lambda: 0.0)
    assert asked(Tokens(section, keys, lambda: NOW + 659), made) == Viewer("t", (TEAM,), (), ("c",))
    with pytest.raises(TokenError, match="expired"):
        asked(Tokens(section, keys, lambda: NOW + 660), made)


def test_a_token_that_counted_is_checked_again_after_a_minute_and_never_outlives_itself(section: TokensSection) -> None:
    now, asked_for = [float(NOW)], list[str | None]()
    known = keys_of(section, lambda: 0.0)

    class Counted:
        def now(self, kid: str | None, *, doubted: bool = False) -> Sequence[PublicKey]:
            asked_for.append(kid)
            return known.now(kid, doubted=doubted)

    tokens, text = Tokens(section, Counted(), lambda: now[0]), token(exp=NOW + 70)
    for later in (0, 59, 60, 119, 120, 129):
        now[0] = NOW + later
        assert asked(tokens, text).sub == "lab-7"
    assert len(asked_for) == 3
    now[0] = NOW + 130
    with pytest.raises(TokenError, match="expired"):
        asked(tokens, text)
    now[0] = NOW - 61
    with pytest.raises(TokenError, match="not valid yet"):
        asked(tokens, text)


def test_a_token_made_for_a_try_names_its_key_as_the_configuration_does(section: TokensSection, tmp_path: Path) -> None:
    (tmp_path / "ec.pem").write_bytes(private_pem(EC_KEY))
    named = section.model_copy(update={"signing_key": tmp_path / "ec.pem"})
    made = make_token(named, sub="t", scopes=[], sources=[], centres=[], issued=NOW, minutes=1)
    assert json.loads(base64.urlsafe_b64decode(made.split(".")[0] + "==")) == {
        "typ": "JWT", "alg": "ES256", "kid": "2026-1",
    }  # fmt: skip
    pinned: tuple[Algorithm, ...] = ("RS256",)
    with pytest.raises(RequestError, match="put one of them into"):
        make_token(
            named.model_copy(update={"algorithms": pinned}),
            sub="t",
            scopes=[],
            sources=[],
            centres=[],
            issued=NOW,
            minutes=1,
        )
