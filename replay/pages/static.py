"""The files that pages fetch: our stylesheet and our script, each under a name that says its content.

A name holds the digest of what it names, so a browser may keep it for ever; a new file has a new name.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from types import MappingProxyType

BASE = "/static"
MEDIAS = MappingProxyType({"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"})


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is served."""

    body: bytes
    media: str


@lru_cache(maxsize=1)
def static_files() -> Mapping[str, StaticFile]:
    """By the name in the address: ``snagc.0123456789abcdef.css``."""
    return MappingProxyType({_named(name, body): StaticFile(body, MEDIAS[_ending(name)]) for name, body in _read()})


def address_of(name: str) -> str:
    """The address of ``snagc.css``."""
    return f"{BASE}/{next(_named(each, body) for each, body in _read() if each == name)}"


@lru_cache(maxsize=1)
def _read() -> tuple[tuple[str, bytes], ...]:
    folder = resources.files("replay.pages") / "static"
    found = sorted(folder.iterdir(), key=lambda each: each.name)
    return tuple((each.name, each.read_bytes()) for each in found if _ending(each.name) in MEDIAS)


def _ending(name: str) -> str:
    return name.rpartition(".")[2]


def _named(name: str, body: bytes) -> str:
    stem, _, ending = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(body).hexdigest()[:16]}.{ending}"
