"""The public keys that tokens are checked by: from PEM files, from a JWKS file, or fetched.

Each key serves the algorithms of its own kind alone, so a token that names another finds no key: a public key is
never a secret that both sides share.
"""

import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from engine.errors import RequestError
from engine.text import visible
from replay.service.config import KeyFile, TokensSection
from replay.service.fetching import MOST_BYTES, fetched
from replay.service.refusals import UnavailableError

Key = ECKey | OKPKey | RSAKey
ALGORITHMS: dict[tuple[str, str | None], tuple[str, ...]] = {
    ("OKP", "Ed25519"): ("EdDSA", "Ed25519"),
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("RSA", None): ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
}
"""What each kind of key signs: type and curve."""
_KINDS: Mapping[type[Key], tuple[type, ...]] = {
    OKPKey: (ed25519.Ed25519PublicKey, ed25519.Ed25519PrivateKey),
    ECKey: (ec.EllipticCurvePublicKey, ec.EllipticCurvePrivateKey),
    RSAKey: (rsa.RSAPublicKey, rsa.RSAPrivateKey),
}
SHORTEST_RSA = 2048
MOST_KEYS = 100
"""Of a JWKS."""


class PublicKey(NamedTuple):
    """A key with the name that tokens may give it, and the algorithms it serves."""

    key: Key
    kid: str | None
    algorithms: tuple[str, ...]

    def serves(self, algorithm: str, kid: str | None) -> bool:
        """Whether a token of an algorithm that names a key (or none) may be signed by this one."""
        return algorithm in self.algorithms and (kid is None or self.kid is None or kid == self.kid)


class Keys(Protocol):
    """Where the keys come from."""

    def now(self, kid: str | None, *, doubted: bool = False) -> Sequence[PublicKey]:
        """The keys as they are known; a name that none of them has may have them fetched anew.

        ``doubted``: those that are known did not sign a token, so that others may stand in their place by now.
        """


class FixedKeys:
    """Keys read once, from files."""

    def __init__(self, keys: Iterable[PublicKey]) -> None:
        self._keys = tuple(keys)

    def now(self, kid: str | None, *, doubted: bool = False) -> Sequence[PublicKey]:
        """Always the same."""
        return self._keys


class FetchedKeys:
    """Keys from an address, kept for a time. They serve on, at most as long again, where it does not answer."""

    def __init__(
        self, fetch: Callable[[], bytes], *, keep: float, refresh: float, monotonic: Callable[[], float]
    ) -> None:
        self._fetch, self._keep, self._refresh, self._monotonic = fetch, keep, refresh, monotonic
        self._lock = threading.Lock()
        self._keys: Sequence[PublicKey] = ()
        self._fetched: float | None = None
        self._tried: float | None = None
        self._why = ""

    def now(self, kid: str | None, *, doubted: bool = False) -> Sequence[PublicKey]:
        """The keys; UnavailableError where there are none, or they are too old."""
        if self._is_due(kid, doubted):
            with self._lock:
                if self._is_due(kid, doubted):  # not fetched meanwhile by another request
                    self._try()
        if self._fetched is None or self._monotonic() - self._fetched > 2 * self._keep:
            raise UnavailableError(f"the keys of the issuer cannot be had ({self._why}): ask again later")
        return self._keys

    def _is_due(self, kid: str | None, doubted: bool) -> bool:
        now = self._monotonic()
        if self._tried is not None and now - self._tried < self._refresh:
            return False
        known = not doubted and (kid is None or any(key.kid in (None, kid) for key in self._keys))
        return self._fetched is None or now - self._fetched > self._keep or not known

    def _try(self) -> None:
        try:
            self._keys = keys_of_set(self._fetch())
            self._fetched = self._monotonic()
        except (OSError, ValueError) as error:
            self._why = visible(str(error))[:200]
        finally:
            self._tried = self._monotonic()


def keys_of(tokens: TokensSection, monotonic: Callable[[], float]) -> Keys:
    """The keys that a configuration names; RequestError says which file is none and why."""
    if tokens.keys:
        return FixedKeys(_key_of_file(each) for each in tokens.keys)
    if isinstance(tokens.jwks, Path):
        try:
            return FixedKeys(keys_of_set(tokens.jwks.read_bytes()))
        except (OSError, ValueError) as error:
            raise RequestError(f"tokens.jwks = {tokens.jwks}: {error}") from None
    address = str(tokens.jwks)
    keep, refresh = tokens.jwks_keep_minutes * 60, tokens.jwks_refresh_seconds
    return FetchedKeys(lambda: fetched(address), keep=keep, refresh=refresh, monotonic=monotonic)


def keys_of_set(data: bytes) -> tuple[PublicKey, ...]:
    """The signing keys of a JWKS; those of other kinds are passed over. ValueError where there is none."""
    document = json.loads(data) if len(data) <= MOST_BYTES else None
    given = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(given, list) or len(given) > MOST_KEYS:
        raise ValueError(f"no JWKS of at most {MOST_KEYS} keys and {MOST_BYTES} bytes")
    found = tuple(key for each in given if (key := _key_of_entry(each)) is not None)
    if not found:
        raise ValueError("no public signing key in the JWKS: EC P-256 or P-384, Ed25519, or RSA of 2048 bits")
    return found


def signing_key(tokens: TokensSection) -> PublicKey:
    """The private key that signs tokens for a try, named as its public half is; RequestError where there is none."""
    path = tokens.signing_key
    if path is None:
        raise RequestError("tokens.signing_key is not in the configuration: name a private key in PEM there")
    try:
        loaded = serialization.load_pem_private_key(path.read_bytes(), password=None)
        key = _imported(path.read_bytes(), loaded)
    except (OSError, ValueError, TypeError, JoseError) as error:
        raise RequestError(
            f"tokens.signing_key = {path}: no private key in PEM ({error}): make one with openssl genpkey"
        ) from None
    thumbprint = key.thumbprint()
    known = keys_of(tokens, lambda: 0.0).now(None) if not isinstance(tokens.jwks, str) else ()
    kid = next((each.kid for each in known if each.key.thumbprint() == thumbprint), None)
    return PublicKey(key, kid, _algorithms_of(key))


def _key_of_file(each: KeyFile) -> PublicKey:
    data = each.file.read_bytes()
    if b"PRIVATE KEY" in data:
        raise RequestError(f"tokens.keys: {each.file} is a private key: give its public half (openssl pkey -pubout)")
    try:
        key = _imported(data, serialization.load_pem_public_key(data))
        return PublicKey(key, each.kid, _algorithms_of(key))
    except (ValueError, JoseError) as error:
        raise RequestError(f"tokens.keys: {each.file} is no public key in PEM ({error})") from None


def _imported(data: bytes, loaded: object) -> Key:
    """The key of PEM bytes, as the library that checks signatures holds it."""
    if isinstance(loaded, _KINDS[RSAKey]) and getattr(loaded, "key_size", 0) < SHORTEST_RSA:
        raise ValueError(f"an RSA key has at least {SHORTEST_RSA} bits")
    for kind, holds in _KINDS.items():
        if isinstance(loaded, holds):
            return kind.import_key(data)
    raise ValueError(f"{type(loaded).__name__}: take Ed25519, P-256, P-384 or RSA")


def _key_of_entry(entry: Any) -> PublicKey | None:
    """A public key of a JWKS; None for one of another kind or use."""
    if not isinstance(entry, dict) or "d" in entry or entry.get("kty") not in ("EC", "OKP", "RSA"):
        return None
    if entry.get("use", "sig") != "sig" or "verify" not in entry.get("key_ops", ["verify"]):
        return None
    if entry["kty"] == "RSA" and len(str(entry.get("n"))) * 6 < SHORTEST_RSA:
        return None
    try:
        (key,) = KeySet.import_key_set({"keys": [entry]}).keys
        assert isinstance(key, Key), "of the three types asked for above"
        algorithms = _algorithms_of(key)
    except (ValueError, TypeError, KeyError, JoseError):
        return None
    named = entry.get("alg")
    kid = entry.get("kid")
    return PublicKey(
        key, kid if isinstance(kid, str) else None, tuple(each for each in algorithms if named in (None, each))
    )


def _algorithms_of(key: Key) -> tuple[str, ...]:
    """What a key signs; ValueError where nothing that is taken here."""
    curve = None if isinstance(key, RSAKey) else key.curve_name
    try:
        return ALGORITHMS[key.key_type, curve]
    except KeyError:
        raise ValueError(f"{key.key_type} {curve}: take Ed25519, P-256, P-384 or RSA") from None
