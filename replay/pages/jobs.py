"""A page made of long work: how far the work is, what came of it, and lists too long for one page."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from replay.pages.page import Frame

LINES = 60
"""Of a list on one page."""
Line = TypeVar("Line")


class Work(NamedTuple):
    """The work as a page tells of it: ``state`` none, running, done, stopped or failed."""

    state: str
    done: int = 0
    total: int | None = None
    step: int = 0
    head: int = 0
    since: int = 0
    """Events that the log has learnt since the work began."""
    detail: str | None = None
    """Why it failed, where that is for whoever asked."""
    unit: str = "offers"
    """What it goes over, as the words name it."""


def work_of(header: Mapping[str, Any], head: int, unit: str, total: int | None, failure: Any = None) -> Work:
    """The work by what the service tells of it; ``head``: where the log ends now."""
    if header["state"] == "none":
        return Work("none", total=total, unit=unit)
    detail = str(failure["detail"]) if header["state"] == "failed" and failure else None
    since = max(0, head - header["head"])
    return Work(header["state"], header["done"], total, header["step"], header["head"], since, detail, unit)


class Part(NamedTuple):
    """The lines of a list that one page shows."""

    lines: Sequence[Any]
    total: int
    page: int
    pages: int


def part_of(lines: Sequence[Line], frame: Frame) -> Part:
    """The part of a list that the address asks for, the last where it asks for more than there is."""
    pages = max(1, -(-len(lines) // LINES))
    page = min(max(1, int(frame.said.get("page", "1"))), pages)
    return Part(lines[(page - 1) * LINES : page * LINES], len(lines), page, pages)
