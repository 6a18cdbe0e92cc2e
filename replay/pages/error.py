"""What was not answered as asked: what is wrong, with the remedy, in the page's language; nothing of the inside."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

from markupsafe import Markup, escape

from engine.text import visible
from replay.pages.page import Frame, address, render, said
from replay.reports.words import Words

BUSY, WORKING, BROKEN, UNSENT = "busy", "working", "broken", "unsent"
_OF_FORMS = ("form", "form_abroad")
"""What is wrong with a form that came from elsewhere than a page of the session: no matter of roles."""
SHOWN = (400, 401, 403, 404, 405, 409, 413, 415, 422, 429)
"""Statuses whose message is for whoever asked; of others the page says no more than what to do."""
_KINDS = {400: "bad", 401: "unsigned", 403: "forbidden", 404: "missing", 405: "method", 429: "often"}


class Faulty(Protocol):
    """An error that says what is wrong in English, and of what kind it is."""

    @property
    def kind(self) -> str:
        """What is wrong."""

    @property
    def about(self) -> Mapping[str, str | int]:
        """What that is about."""


class Fault(NamedTuple):
    """What is wrong as the API says it; its kind and what it is about, where it has one."""

    message: str
    kind: str = ""
    about: Mapping[str, str | int] = MappingProxyType({})

    def is_known(self, words: Words) -> bool:
        """Whether the catalogue has words of its own for it."""
        return words.has("errors_said", self.kind)


def why(error: Faulty, words: Words) -> Markup:
    """What is wrong, in words of the catalogue where it has some for the kind of error; else in the error's own."""
    return why_of(Fault(str(error), error.kind, error.about), words)


def why_of(fault: Fault, words: Words) -> Markup:
    """The same of an error that is told."""
    if fault.is_known(words):
        given = {name: words.stamp(str(told)) if name == "at" else told for name, told in fault.about.items()}
        return escape(visible(words("errors_said", fault.kind, **given)))
    return Markup('<span lang="en">{}</span>').format(said(fault.message))


def error_page(frame: Frame, status: int, fault: Fault, request: str, *, again: bool = False) -> bytes:
    """The page; ``request`` is the id under which the service's own log has it, ``again``: it may do later.

    What is wrong stands in words, and small beside the request, as the API says it.
    """
    later = WORKING if fault.kind == WORKING else BUSY
    shown = UNSENT if fault.kind in _OF_FORMS else _KINDS.get(status, "bad")
    kind = shown if status in SHOWN else later if again else BROKEN
    told = why_of(fault, frame.words) if status in SHOWN or kind == WORKING else None
    quoted = fault.message if told is not None and fault.is_known(frame.words) else None
    return render(
        frame, "error.html", status=status, kind=kind, request=request, fault=told, detail=quoted,
        asks=_asks(status, fault), here=address(frame.path, {}), home=_home(frame, status),
    )  # fmt: skip


def _home(frame: Frame, status: int) -> str:
    """Where one begins again: at the same moment, unless that may be what is wrong."""
    return address("/", {"lang": frame.said.get("lang")}) if status == 400 else frame.link("/")


def _asks(status: int, fault: Fault) -> bool:
    """Whether another moment may mend it, so that the page has the form of the clocks."""
    return status in (400, 404) and fault.kind != "path"
