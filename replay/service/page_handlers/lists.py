"""The page of the national list."""

from collections.abc import Callable, Mapping

from replay.pages.list import list_content
from replay.service.answers import Answer
from replay.service.page_handlers.visit import Visit


def list_page(visit: Visit) -> Answer:
    """The national list at a moment."""
    sheet = visit.ask("GET /list", **visit.moment)
    return visit.page("list.html", **list_content(visit.frame, sheet))


PAGES: Mapping[str, Callable[[Visit], Answer]] = {"page GET /list": list_page}
