"""A page as the service makes it, without the service: asked by address, answered as HTML."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
from lxml import html

from replay.pages.figures import exact, places
from replay.service.desk import Desk
from replay.service.handlers import HANDLERS
from replay.service.page_handlers import PAGES
from replay.service.page_handlers.visit import Visit
from replay.service.page_routes import PAGE_ROUTES
from replay.service.questions import question
from replay.service.routes import ROUTES
from replay.service.viewer import OPEN, Viewer
from tests.projections.support import Log, instant

NOW = "2024-06-01 12:00"
HOSTILE = "<script>alert('x')</script>&\"'{{ 7*7 }}"
"""A text that would act wherever it did not stand as text."""


class Visits:
    """Pages of a log, at a fixed present."""

    def __init__(self, log: Log, folder: Path) -> None:
        self.desk = Desk(log.kept_at(folder / "pages.db"), (), lambda: instant(NOW))

    def page(self, address: str, viewer: Viewer = OPEN) -> html.HtmlElement:
        """The page at an address, read as HTML."""
        return html.fromstring(self.text(address, viewer))

    def text(self, address: str, viewer: Viewer = OPEN) -> str:
        """Its bytes as text."""
        asked = urlsplit(address)
        for route in PAGE_ROUTES:
            parts = _parts(route.path, asked.path)
            if parts is not None:
                said = question(route, parts, asked.query.encode(), form=True)
                return PAGES[route.name](Visit(self.desk, said, viewer)).body.decode()
        raise AssertionError(f"no page at {address}")


def figures(page: html.HtmlElement, ending: str) -> list[str]:
    """What the figures whose place ends so say exactly, in the order of the page."""
    return [each.get("data-exact") for each in page.iter("data") if each.get("data-figure").endswith(ending)]


def wrong_figures(page: html.HtmlElement, desk: Desk, viewer: Viewer = OPEN) -> list[str]:
    """The figures of a page that are not what the API answers to the request that the part around them names."""
    parts = [(document, part) for part in page.iter() if (document := part.get("data-document"))]
    told = {document: dict(places(_answered(document, desk, viewer))) for document in dict(parts)}
    return [
        f"{document}: {place}"
        for document, part in parts
        for each in part.iter("data")
        if (place := each.get("data-figure")) not in told[document]
        or exact(told[document][place]) != each.get("data-exact")
    ]


def _answered(address: str, desk: Desk, viewer: Viewer) -> Any:
    asked = urlsplit(address)
    for route in ROUTES:
        parts = _parts(route.path, asked.path)
        if parts is not None and route.name in HANDLERS:
            said = question(route, parts, asked.query.encode())
            return orjson.loads(HANDLERS[route.name](desk, said, viewer).body)
    raise AssertionError(f"no request at {address}")


def words(element: html.HtmlElement) -> str:
    """The words of a part of a page, blanks made one."""
    return " ".join(element.text_content().split())


def _parts(pattern: str, path: str) -> dict[str, str] | None:
    wanted, given = pattern.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    found = {}
    for name, value in zip(wanted, given, strict=True):
        if name.startswith("{"):
            found[name[1:-1]] = value
        elif name != value:
            return None
    return found


def opened(part: html.HtmlElement, path: str = ".//*[name()='a']/@href") -> list[int]:
    """The positions of the events that links in a part of a page open, in order."""
    addresses = [href.partition("?")[0] for href in part.xpath(path)]
    return [int(address.rpartition("/")[2]) for address in addresses if address.startswith("/events/")]
