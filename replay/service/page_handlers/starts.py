"""The page one begins at: what there is for whoever came in, most needed first."""

from collections.abc import Callable, Mapping

from replay.pages.start import start_content
from replay.service.answers import Answer
from replay.service.page_handlers.visit import Visit


def start_page(visit: Visit) -> Answer:
    """The pages of a viewer, in the order in which their role needs them."""
    return visit.page("start.html", **start_content(visit.frame, visit.viewer.scopes, visit.may))


PAGES: Mapping[str, Callable[[Visit], Answer]] = {"page GET /": start_page}
