"""Providers of identities on loopback: a real one as a process, and a strict one whose tokens can be spoilt."""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jws
from joserfc.jwk import RSAKey

from tests.replay.service.keys import private_pem
from tests.replay.service.served import NO_TLS

RSA = rsa.generate_private_key(65537, 2048)
STRANGER = rsa.generate_private_key(65537, 2048)
CLIENT, SECRET, SUB = "snagc-pages", "well-kept", "899700001234"


def base64url(data: bytes) -> str:
    """Without its padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Strict:
    """A provider that gives a token for a code once, to the client whose verifier fits; ``spoil`` changes the token."""

    issuer: str = ""
    now: float = 0.0
    grants: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    spoil: Callable[[dict[str, Any], dict[str, Any]], Any] | None = None
    """Of header and claims; a text that it gives stands in the place of the token."""
    key: rsa.RSAPrivateKey = RSA
    metadata: dict[str, Any] = field(default_factory=dict)
    slow: float = 0.0
    is_away: bool = False

    def code(self, address: str, sub: str = SUB) -> tuple[str, str]:
        """Somebody signs in at an address of ours: code and state."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert (asked["client_id"], asked["acr_values"]) == (CLIENT, "eidas1")
        code = f"code-{len(self.grants)}"
        self.grants[code] = {**asked, "sub": sub}
        return code, asked["state"]

    def signed_in_at(self, address: str, sub: str = SUB) -> str:
        """Where it sends the browser of somebody who signs in at an address of ours."""
        code, state = self.code(address, sub)
        self.now = time.time()
        return f"{self.grants[code]['redirect_uri']}?code={code}&state={state}"

    def get(self, path: str) -> tuple[int, bytes]:
        self.asked.append(path)
        time.sleep(self.slow)
        if self.is_away:
            return 503, b""
        if path.startswith("/authorization"):  # a page with a button, for browsers
            return 200, b"<!DOCTYPE html><form method=post><button>It is me</button></form>"
        if path.startswith("/keys"):
            entry = RSAKey.import_key(private_pem(RSA)).as_dict(private=False)
            return 200, json.dumps({"keys": [entry]}).encode()
        names = ("authorization", "token", "end_session")
        places = {f"{name}_endpoint": f"{self.issuer}/{name}" for name in names}
        return 200, json.dumps({
            "issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys", **places, **self.metadata,
        }).encode()  # fmt: skip

    def post(self, authorization: str, body: str) -> tuple[int, bytes]:
        self.asked.append("token")
        if self.is_away:
            return 503, b""
        sent = {name: values[0] for name, values in parse_qs(body).items()}
        grant = self.grants.pop(sent.get("code", ""), None)
        challenge = base64url(hashlib.sha256(sent.get("code_verifier", "").encode()).digest())
        client = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if grant is None or authorization != client or challenge != grant["code_challenge"]:
            return 400, b'{"error": "invalid_grant"}'
        if sent["redirect_uri"] != grant["redirect_uri"]:
            return 400, b'{"error": "invalid_grant"}'
        header: dict[str, Any] = {"alg": "RS256"}
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": grant["sub"], "iat": int(self.now), "exp": int(self.now) + 60,
            "nonce": grant["nonce"], "acr": "eidas1",
        }  # fmt: skip
        instead = self.spoil(header, claims) if self.spoil else None
        token = instead if isinstance(instead, str) else self.signed(header, claims)
        return 200, json.dumps({"access_token": "a", "token_type": "Bearer", "id_token": token}).encode()

    def signed(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        """A token, truly signed."""
        key = RSAKey.import_key(private_pem(self.key))
        return jws.serialize_compact(header, json.dumps(claims), key, algorithms=[header["alg"]])


@contextmanager
def strict_provider(host: str = "127.0.0.1") -> Iterator[Strict]:
    """The strict one, answering; ``host``: its name of loopback."""
    provider = Strict()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(*provider.get(self.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if self.path.startswith("/authorization"):
                self.send_response(302)
                self.send_header("Location", provider.signed_in_at(f"{provider.issuer}{self.path}"))
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self._answer(*provider.post(self.headers.get("Authorization", ""), body))

        def _answer(self, status: int, body: bytes) -> None:
            with suppress(BrokenPipeError):  # whoever asked did not wait
                self.send_response(status)
                self.send_header("Content-Type", "text/html" if body.startswith(b"<") else "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        provider.issuer = f"http://{host}:{server.server_port}"
        yield provider
        server.shutdown()
        thread.join()


@contextmanager
def real_provider(*users: str) -> Iterator[str]:
    """The issuer of a real provider, a process of its own, that knows some users."""
    words = [word for sub in users for word in ("--user-claims", json.dumps({"sub": sub, "acr": "eidas1"}))]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", "0", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "NO_COLOR": "1"}) as process:
        try:
            assert process.stderr is not None
            told = next(found for line in process.stderr if (found := re.search(r"running on (\S+)", line)))
            drain = Thread(target=process.stderr.read)
            drain.start()
            yield told[1].rstrip("/")
        finally:
            process.terminate()
            process.wait(30)
            drain.join()


def signed_in_at(address: str, sub: str) -> str:
    """Where a real provider sends the browser of somebody who signs in there."""
    answer = httpx.post(address, data={"sub": sub}, verify=NO_TLS)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]
