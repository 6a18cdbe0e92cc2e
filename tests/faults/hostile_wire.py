"""Requests as bytes on a wire: what no polite client would send, the answer to it, and what no answer may hold."""

import json
import re
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from http.client import HTTPException, HTTPResponse
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from tests.replay.command import ROOT
from tests.replay.service.served import Served

BASE = "/api/v1"
PATIENCE_S = 30
_TOKEN = re.compile(rb"\$\{([^}]*)\}")
_OURS = re.compile(r'Traceback|File "|\.py\b|site-packages|sqlite3|0x[0-9a-f]{6}|\bline \d+, in ')
"""What a stack, or the inside of the process, would show."""
_PERSON = re.compile(r"\bA[0-9]+\b")
"""A candidate of the worked example."""
PROBLEM, JSON = "application/problem+json", "application/json"


class Hostile(NamedTuple):
    """A request, and the answer it must get."""

    name: str
    sent: bytes
    """``$HOST`` stands for the host and port, ``${NAME}`` for a token of that name."""
    status: int
    says: str = ""
    """What the answer must say."""


class Reply(NamedTuple):
    """An answer, or what was said where nothing was answered (status 0)."""

    status: int
    media: str
    headers: Mapping[str, str]
    body: bytes


def head(method: str, target: str, *lines: str, token: str = "", host: str = "$HOST") -> bytes:
    """The head of a request; ``target`` below the API unless it starts otherwise than with a slash and a letter."""
    bearer = (f"Authorization: Bearer ${{{token}}}",) if token else ()
    return "\r\n".join([f"{method} {target} HTTP/1.1", f"Host: {host}", *bearer, *lines, "", ""]).encode("latin-1")


def get(path: str, *lines: str, token: str = "", method: str = "GET") -> bytes:
    """A request below the API without a body, and the last of its connection."""
    return head(method, f"{BASE}{path}", "Connection: close", *lines, token=token)


def post(path: str, media: str | None, body: bytes | str, *lines: str, token: str = "") -> bytes:
    """A request below the API with a body."""
    data = body.encode() if isinstance(body, str) else body
    kind = () if media is None else (f"Content-Type: {media}",)
    length = f"Content-Length: {len(data)}"
    return head("POST", f"{BASE}{path}", "Connection: close", *kind, length, *lines, token=token) + data


def filled(sent: bytes, served: Served, tokens: Mapping[str, str]) -> bytes:
    """A request with the host and the tokens in it."""
    host = urlsplit(served.address).netloc.encode()
    return _TOKEN.sub(lambda found: tokens[found[1].decode()].encode(), sent.replace(b"$HOST", host))


def connected(served: Served) -> socket.socket:
    """A connection of one's own."""
    place = urlsplit(served.address)
    return socket.create_connection((place.hostname or "", place.port or 0), timeout=PATIENCE_S)


def reply(connection: socket.socket, method: str = "GET") -> Reply:
    """The next answer on a connection."""
    with closing(HTTPResponse(connection, method=method)) as found:
        try:
            found.begin()
            body = found.read()
        except (HTTPException, OSError):
            return Reply(0, "", {}, b"")
        headers = {name.lower(): value for name, value in found.getheaders()}
        return Reply(found.status, headers.get("content-type", ""), headers, body)


def asked(served: Served, sent: bytes) -> Reply:
    """The answer to a request over a connection of its own."""
    with connected(served) as connection:
        with suppress(OSError):
            connection.sendall(sent)
        return reply(connection, sent.split(b" ", 1)[0].decode("latin-1"))


def faults(case: Hostile, sent: bytes, found: Reply, hidden: Sequence[str]) -> list[str]:
    """What is wrong with an answer; ``hidden``: texts that none may hold."""
    text = found.body.decode(errors="replace")
    told = (
        [f"{case.name}: {found.status} instead of {case.status}: {text[:200]}"] if found.status != case.status else []
    )
    if case.says not in text:
        told.append(f"{case.name}: does not say {case.says!r}: {text[:300]}")
    told += [f"{case.name}: shows {each!r}" for each in _shown(text, hidden)]
    if case.status >= 400 and not sent.startswith(b"HEAD "):
        told += [f"{case.name}: {each}: {found.media} {text[:200]}" for each in _form(case.status, sent, found)]
        others = set(_PERSON.findall(text)) - set(_PERSON.findall(unquote(sent.decode("latin-1"))))
        told += [f"{case.name}: names {sorted(others)}"] if others else []
    return told


def _shown(text: str, hidden: Sequence[str]) -> list[str]:
    """What of this machine an answer holds."""
    places = [place for place in (str(ROOT), sys.prefix, sys.base_prefix, *hidden) if place in text]
    return places + [found[0] for found in [_OURS.search(text)] if found]


def _form(status: int, sent: bytes, found: Reply) -> list[str]:
    """What a problem, the verdict of a single event or, outside the API, a page lacks."""
    if found.media.startswith("text/html"):
        is_of_api = sent.split(b" ", 2)[1].startswith(BASE.encode())
        return ["is a page"] if is_of_api or not found.body.startswith(b"<!DOCTYPE html>") else []
    try:
        content = json.loads(found.body)
    except ValueError:
        return ["is no JSON"]
    if found.media == PROBLEM:
        expected = {"type": "about:blank", "status": status}
        if not (expected.items() <= content.items() and content["title"] and len(content["detail"]) > 10):
            return ["is no whole problem"]
        return [] if status != 401 or "www-authenticate" in found.headers else ["has no challenge"]
    if status in (409, 422) and found.media == JSON:
        return [] if content["errors"] and content["position"] is None else ["is no verdict of refusal"]
    return ["is no problem"]
