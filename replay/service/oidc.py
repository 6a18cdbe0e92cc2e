"""Who signs in, as the provider of identities tells it: OpenID Connect Core 1.0, code flow with PKCE (RFC 7636).

The profile is Pro Santé Connect's: discovery, ``acr_values=eidas1``, ``nonce``, ``state``, an ID token signed by a key
of the provider's. Nothing is taken from the browser but the code, which the provider gives against the client's secret
and the verifier of this very attempt. All here waits for the network: it is called in a thread, never in the loop.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.error import HTTPError

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError

from engine.text import visible
from replay.service.answers import Problem
from replay.service.config import OidcSection, is_safe
from replay.service.fetching import fetched
from replay.service.keys import FetchedKeys
from replay.service.refusals import UnavailableError
from replay.service.tokens import SKEW, Tokens

DISCOVERY = "/.well-known/openid-configuration"
KEEP_S = 3600
"""How long what the provider says of itself, and its keys, are used before they are asked for again."""
REFRESH_S = 60
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one attempt to sign in is recognised by, and where it leads: secrets of this service and one browser."""

    state: str
    nonce: str
    verifier: str
    back: str


class Identity(NamedTuple):
    """Who it is, and the token that said so."""

    iss: str
    sub: str
    id_token: str


class _Trust(NamedTuple):
    issuer: str
    audience: str
    algorithms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Metadata:
    """What the provider says of itself, as far as it is used."""

    authorization: str
    token: str
    end_session: str | None
    authentication: str
    tokens: Tokens


class Provider:
    """The provider of a configuration; ``redirect``: where it sends browsers back to; clocks in seconds."""

    def __init__(
        self, section: OidcSection, redirect: str, clock: Callable[[], float], monotonic: Callable[[], float]
    ) -> None:
        self._section, self._redirect, self._secret = section, redirect, section.secret
        self._clock, self._monotonic = clock, monotonic
        self._known: _Metadata | None = None
        self._asked = 0.0

    def address(self, attempt: Attempt) -> str:
        """Where the browser goes to sign in."""
        given = {"acr_values": self._section.acr_values or None, "nonce": attempt.nonce}
        address: str = prepare_grant_uri(
            self._metadata().authorization, self._section.client_id, "code", self._redirect, self._section.scope,
            attempt.state, **given, code_challenge=create_s256_code_challenge(attempt.verifier),
            code_challenge_method="S256",
        )  # fmt: skip
        return address

    def identity(self, code: str, attempt: Attempt) -> Identity:
        """Who signed in, for a code that the browser brought back; Problem where nobody did that counts."""
        metadata = self._metadata()
        given = self._exchanged(metadata, code, attempt)
        claims = self._checked(metadata, given, attempt)
        return Identity(claims["iss"], claims["sub"], given["id_token"])

    def sign_out_address(self, id_token: str, back: str) -> str | None:
        """Where one signs out of the provider as well; None where it has no such place, or does not answer."""
        try:
            place = self._metadata().end_session
        except UnavailableError:
            return None
        if place is None:
            return None
        address: str = add_params_to_uri(place, [("id_token_hint", id_token), ("post_logout_redirect_uri", back)])
        return address

    def _metadata(self) -> _Metadata:
        """As it is known; what was known longer serves on where the provider does not answer."""
        now = self._monotonic()
        if self._known is None or now - self._asked > KEEP_S:
            try:
                self._known, self._asked = self._discovered(), now
            except (OSError, ValueError) as error:
                if self._known is None:
                    raise _unavailable(error) from None
        return self._known

    def _discovered(self) -> _Metadata:
        section = self._section
        found = _object(fetched(section.issuer.removesuffix("/") + DISCOVERY))
        if found.get("issuer") != section.issuer:
            raise ValueError("it names another issuer than oidc.issuer")
        methods = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        by_post = isinstance(methods, list) and "client_secret_basic" not in methods
        address = _address(found, "jwks_uri")
        keys = FetchedKeys(lambda: fetched(address), keep=KEEP_S, refresh=REFRESH_S, monotonic=self._monotonic)
        return _Metadata(
            _address(found, "authorization_endpoint"),
            _address(found, "token_endpoint"),
            _address(found, "end_session_endpoint") if found.get("end_session_endpoint") else None,
            "none" if self._secret is None else "client_secret_post" if by_post else "client_secret_basic",
            Tokens(_Trust(section.issuer, section.client_id, section.algorithms), keys, self._clock),
        )

    def _exchanged(self, metadata: _Metadata, code: str, attempt: Attempt) -> dict[str, Any]:
        """What the provider gives for a code."""
        body = prepare_token_request(
            "authorization_code", redirect_uri=self._redirect, code=code, code_verifier=attempt.verifier
        )
        client = ClientAuth(self._section.client_id, self._secret, metadata.authentication)
        address, headers, body = client.prepare("POST", metadata.token, dict(_FORM), body)
        try:
            given = _object(fetched(address, body.encode(), headers))
        except HTTPError as error:
            if error.code < HTTPStatus.INTERNAL_SERVER_ERROR:
                raise _refused(f"the provider does not take its code (HTTP {error.code})") from None
            raise _unavailable(error) from None
        except (OSError, ValueError) as error:
            raise _unavailable(error) from None
        if not isinstance(given.get("id_token"), str):
            raise _refused("the provider gave no ID token")
        return given

    def _checked(self, metadata: _Metadata, given: dict[str, Any], attempt: Attempt) -> dict[str, Any]:
        """The claims of an ID token that is the provider's, ours, of now and of this attempt."""
        try:
            claims = metadata.tokens.claims(given["id_token"])
            header = _object(given["id_token"].partition(".")[0].encode(), encoded=True)
            of_this = {
                "nonce": attempt.nonce, "client_id": self._section.client_id, "access_token": given.get("access_token"),
            }  # fmt: skip
            CodeIDToken(claims, header, params=of_this).validate(int(self._clock()), SKEW)
        except UnavailableError as error:
            raise _unavailable(error) from None
        except Problem as error:
            raise _refused(error.detail) from None
        except (JoseError, ValueError, TypeError) as error:
            raise _refused(visible(str(error))[:200]) from None
        wanted = self._section.acr_values.split()
        if wanted and claims.get("acr") not in wanted:
            raise _refused(f"the provider does not say that it knows surely who it is (acr is not {wanted[0]})")
        return claims


def _address(found: dict[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not is_safe(value):
        raise ValueError(f"its {name} is no https address")
    return value


def _object(data: bytes, *, encoded: bool = False) -> dict[str, Any]:
    """A JSON object that the provider sent."""
    found = json.loads(urlsafe_b64decode(data + b"=" * (-len(data) % 4)) if encoded else data)
    if not isinstance(found, dict):
        raise ValueError("what it sends is no JSON object")
    return found


def _refused(why: str) -> Problem:
    return Problem(403, f"this sign-in does not count: {why}; sign in again", kind="sign_in_refused")


def _unavailable(error: Exception) -> UnavailableError:
    away = UnavailableError(f"the provider of identities cannot be asked ({visible(str(error))[:200]}): try again")
    away.kind = "provider_away"
    return away
