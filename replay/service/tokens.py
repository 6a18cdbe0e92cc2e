"""Tokens: who asks, read from a signed JWT (RFC 7519, RFC 6750), and one made for a try.

A token is looked at in this order: its size and form, its header (the algorithm among those pinned, nothing that
would change what is signed or by whom), its signature by a key of that algorithm's own kind, then its claims:

    iss, aud, exp, sub    required        nbf, iat              honoured, with 60 s of skew either way
    scope                 words           sources, centres      arrays of texts

Keys that a token brings or points at (``jwk``, ``jku``, ``x5u``, ``x5c``) are never looked at. A scope with a name
nobody knows is no right.
"""

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, NoReturn, Protocol

from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jws import JWSRegistry

from engine.errors import RequestError
from engine.text import is_printed
from replay.service.config import TokensSection
from replay.service.keys import Keys, PublicKey, signing_key
from replay.service.refusals import TokenError
from replay.service.viewer import SCOPES, Viewer

SKEW = 60
"""Seconds that two clocks may differ."""
LONGEST_TOKEN = 8192
LONGEST_SUBJECT = 255
MOST_ENTRIES = 1000
"""Sources, or centres, of one token."""
KEPT_SECONDS, MOST_KEPT = 60, 2000
"""How long a token that counted is not checked again (a key taken back counts so long), and how many of them."""
_CHANGES_THE_MEANING = ("crit", "b64", "cty", "zip", "enc")
"""What a header may not have: extensions that must be understood, detached, nested or encrypted content."""
_TYPES = ("jwt", "at+jwt", "application/jwt", "application/at+jwt")


class Pinned(JWSRegistry):
    """The algorithms of the configuration and no other."""

    def __init__(self, algorithms: Sequence[str]) -> None:
        super().__init__(algorithms=algorithms, strict_check_header=False)
        self._pinned = tuple(algorithms)

    def get_alg(self, name: str) -> Any:
        """One of the pinned; the library's own would also take what it recommends."""
        if name not in self._pinned:
            raise UnsupportedAlgorithmError("not pinned")
        return self.algorithms[name]


class Trust(Protocol):
    """Whose tokens are taken, for whom they must be, and by which algorithms they may be signed."""

    @property
    def issuer(self) -> str:
        """The claim ``iss``, to the letter."""

    @property
    def audience(self) -> str:
        """What the claim ``aud`` has to name."""

    @property
    def algorithms(self) -> Sequence[str]:
        """Those pinned."""


class _Found(NamedTuple):
    """Who a token speaks for, and the instants between which that need not be found out again."""

    viewer: Viewer
    since: float
    until: float


class Tokens:
    """Checks tokens by the keys of a configuration; ``clock``: seconds since the epoch."""

    def __init__(self, trust: Trust, keys: Keys, clock: Callable[[], float]) -> None:
        self._trust, self._keys, self._clock = trust, keys, clock
        self._registry = Pinned(trust.algorithms)
        self._found: dict[str, _Found] = {}

    def viewer(self, headers: Iterable[tuple[bytes, bytes]]) -> Viewer:
        """Who sent a request with these headers (names in lower case); TokenError where nobody that counts.

        A token that counted is looked at again after a minute, or when it expires.
        """
        token, now = bearer_token(headers), self._clock()
        found = self._found.get(token)
        if found is None or not found.since <= now < found.until:
            claims = self.claims(token)
            if len(self._found) >= MOST_KEPT:
                self._found.clear()
            found = _Found(viewer_of(claims), now, min(now + KEPT_SECONDS, claims["exp"] + SKEW))
            self._found[token] = found
        return found.viewer

    def claims(self, token: str) -> dict[str, Any]:
        """The claims of a token that counts now."""
        algorithm, kid = self._header(token)
        signed = self._signed(token, algorithm, kid)
        claims = _object(signed, "claims")
        self._check_claims(claims)
        return claims

    def _header(self, token: str) -> tuple[str, str | None]:
        header = _object(_decoded(token.partition(".")[0]), "header")
        algorithm, kid, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
        if not isinstance(algorithm, str) or algorithm not in self._trust.algorithms:
            _refuse("its algorithm is none of those this service takes")
        if kid is not None and not isinstance(kid, str):
            _refuse("its kid is no text")
        if not isinstance(kind, str) or kind.lower() not in _TYPES:
            _refuse("its typ is not JWT")
        if any(name in header for name in _CHANGES_THE_MEANING):
            _refuse(f"its header holds one of {' '.join(_CHANGES_THE_MEANING)}")
        return algorithm, kid

    def _signed(self, token: str, algorithm: str, kid: str | None) -> bytes:
        """What a key of the algorithm's kind has signed."""
        for doubted in (False, True):
            for each in self._keys.now(kid, doubted=doubted):
                if each.serves(algorithm, kid) and (signed := self._by(each, token)) is not None:
                    return signed
        raise _refused("its signature is by no key this service knows for its algorithm and kid")

    def _by(self, public: PublicKey, token: str) -> bytes | None:
        try:
            return jws.deserialize_compact(token, public.key, registry=self._registry).payload
        except (JoseError, ValueError):
            return None

    def _check_claims(self, claims: dict[str, Any]) -> None:
        now, audience = self._clock(), claims.get("aud")
        if claims.get("iss") != self._trust.issuer:
            _refuse("iss is not the issuer this service trusts")
        if self._trust.audience not in (audience if isinstance(audience, list) else [audience]):
            _refuse("aud does not name this service")
        if now >= _instant(claims, "exp", required=True) + SKEW:
            _refuse("it has expired: get a new one")
        if now < max(_instant(claims, "nbf"), _instant(claims, "iat")) - SKEW:
            _refuse("it is not valid yet: check the clocks")
        if not _is_subject(claims.get("sub")):
            _refuse("sub is missing or no text of 1 to 255 characters")


def bearer_token(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The token of a request, which has one header for it, ``Authorization: Bearer``."""
    given = [value for name, value in headers if name == b"authorization"]
    if not given:
        raise TokenError("a token is needed: send Authorization: Bearer TOKEN", sent=False)
    scheme, _, token = given[0].decode("latin-1").partition(" ")
    token = token.strip(" ")
    if len(given) > 1 or scheme.lower() != "bearer" or not token:
        _refuse("send one header Authorization: Bearer TOKEN")
    if len(token) > LONGEST_TOKEN or token.count(".") != 2:
        _refuse(f"it is no signed JWT of at most {LONGEST_TOKEN} characters")
    return token


def viewer_of(claims: dict[str, Any]) -> Viewer:
    """Who a token with these claims speaks for."""
    scope = claims.get("scope", "")
    if not isinstance(scope, str):
        _refuse("scope is no text of words separated by spaces")
    held = scope.split(" ")
    scopes = tuple(name for name in SCOPES if name in held)
    return Viewer(claims["sub"], scopes, _texts(claims, "sources"), _texts(claims, "centres"))


def checked_subject(text: str) -> str:
    """A sub that a token may have; RequestError where none may."""
    if not _is_subject(text):
        raise RequestError(f"--sub: write 1 to {LONGEST_SUBJECT} characters on one line")
    return text


def _is_subject(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_SUBJECT and is_printed(value)


def make_token(
    section: TokensSection,
    *,
    sub: str,
    scopes: Sequence[str],
    sources: Sequence[str],
    centres: Sequence[str],
    issued: int,
    minutes: int,
) -> str:
    """A token for a try, signed with the configuration's signing key; ``issued``: seconds since the epoch."""
    key, kid, served = signing_key(section)
    algorithm = next((each for each in section.algorithms if each in served), None)
    if algorithm is None:
        raise RequestError(f"tokens.signing_key signs {', '.join(served)}: put one of them into tokens.algorithms")
    header = {"typ": "JWT", "alg": algorithm, **({"kid": kid} if kid else {})}
    claims = {
        "iss": section.issuer, "aud": section.audience, "sub": sub, "iat": issued, "exp": issued + 60 * minutes,
        "scope": " ".join(scopes), "sources": list(sources), "centres": list(centres),
    }  # fmt: skip
    return jws.serialize_compact(header, json.dumps(claims), key, registry=Pinned([algorithm]))


def _refuse(why: str) -> NoReturn:
    raise _refused(why)


def _refused(why: str) -> TokenError:
    return TokenError(f"the token is refused: {why}")


def _decoded(segment: str) -> bytes:
    try:
        return base64.b64decode(segment + "=" * (-len(segment) % 4), altchars=b"-_", validate=True)
    except ValueError:
        _refuse("it is no JWT")


def _object(data: bytes, what: str) -> dict[str, Any]:
    """A JSON object without a name twice: two readers would read it differently."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError("a name twice")
        return dict(pairs)

    try:
        document = json.loads(data.decode(), object_pairs_hook=once, parse_constant=lambda name: float("nan"))
    except (ValueError, RecursionError):
        _refuse(f"its {what} are no JSON object, or hold a name twice")
    if not isinstance(document, dict):
        _refuse(f"its {what} are no JSON object")
    return document


def _instant(claims: dict[str, Any], name: str, *, required: bool = False) -> float:
    """A time in seconds since the epoch; where absent and not required, before all times."""
    value = claims.get(name, None if required else 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1 << 53:
        _refuse(f"{name} is missing or no number of seconds")
    return value


def _texts(claims: dict[str, Any], name: str) -> tuple[str, ...]:
    value = claims.get(name, [])
    if not isinstance(value, list) or len(value) > MOST_ENTRIES or not all(isinstance(each, str) for each in value):
        _refuse(f"{name} is no array of texts")
    return tuple(value)
