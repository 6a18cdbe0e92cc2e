"""The page of the offers of some days."""

from collections.abc import Callable, Mapping

from engine.log.history import stored_instant
from engine.quantities import MICROSECONDS_A_DAY, paris_text
from replay.pages.figures import Sheet
from replay.pages.offers import offers_content
from replay.service.answers import Answer
from replay.service.page_handlers.visit import Visit

DAYS = 14
"""Shown before the moment, unless a span is asked."""


def offers_page(visit: Visit) -> Answer:
    """The offers with their state, the last one first."""
    return visit.page("offers.html", **offers_content(visit.frame, visit.compared(_asked)))


def _asked(visit: Visit) -> Sheet:
    at = stored_instant(visit.clocks.at)
    first = visit.said.get("from", paris_text(at - DAYS * MICROSECONDS_A_DAY))
    last = visit.said.get("to", visit.clocks.at)
    return visit.ask("GET /offers", **{"from": first, "to": last, "known_at": visit.moment["known_at"]})


PAGES: Mapping[str, Callable[[Visit], Answer]] = {"page GET /offers": offers_page}
