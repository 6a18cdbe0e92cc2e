"""What a client did and was told, kept by itself; instants are of one monotonic clock, which all clients share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Document = Mapping[str, Any]
"""An event as it was sent, or as it is stored."""
Identity = tuple[str, str]


class Row(NamedTuple):
    """A stored event at its position."""

    position: int
    event: Document


class Span(NamedTuple):
    """When a request went out and when its answer was there."""

    began: float
    ended: float


class Verdict(NamedTuple):
    """The answer to an event that was sent."""

    span: Span
    event: Document
    status: str
    position: int | None


class Run(NamedTuple):
    """A match run that was answered to a live offer, or read later."""

    span: Span
    offer: str
    digest: str
    counter: int
    known_at: int


class Page(NamedTuple):
    """What a follower was told."""

    span: Span
    after: int
    rows: tuple[Row, ...]
    head: int


class Seen(NamedTuple):
    """The position that an answer was read at."""

    span: Span
    position: int


class Trouble(NamedTuple):
    """An answer that was none: the status and what it said."""

    status: int
    detail: str


@dataclass
class History:
    """All of one client."""

    client: str
    sent: list[Document] = field(default_factory=list)
    """Events whose request was begun, whole."""
    half: list[Document] = field(default_factory=list)
    """Events of bodies that were never sent to their end."""
    offered: list[str] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    unanswered: int = 0
    """Requests that ended without any answer."""


def identity(event: Document) -> Identity:
    """Source and id."""
    return event["source"], event["id"]


def content(event: Document) -> dict[str, Any]:
    """What makes two events the same: all but when the log learnt it."""
    return {name: value for name, value in event.items() if name != "recordedtime"}
