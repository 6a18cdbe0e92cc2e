"""The page of the offers of some days."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from engine.log.history import stored_instant
from engine.quantities import paris_text
from replay.pages.figures import Sheet
from replay.pages.offers import offers_content
from replay.reports.offers import instants_of, last_offer
from replay.reports.turns import days_later
from replay.service.answers import Answer
from replay.service.page_handlers.visit import Visit

DAYS = 14
"""Shown before the moment, unless a span is asked or an id is looked for."""


def offers_page(visit: Visit) -> Answer:
    """The offers with their state, the last one first."""
    comparison = visit.compared(_asked)
    sheet = comparison.sides[0].sheet
    last = None if sheet is None or sheet["offers"] else _last(visit)
    return visit.page("offers.html", **offers_content(visit.frame, comparison, last))


def _asked(visit: Visit) -> Sheet:
    said, known = visit.said, visit.moment["known_at"]
    span = {name: said[name] for name in ("from", "to") if name in said}
    if "from" not in span:
        span = _looked_for(visit) if "q" in said else {"from": paris_text(days_later(_at(visit), Decimal(-DAYS)))}
        span |= {"to": said["to"]} if "to" in said else {}
    return visit.ask("GET /offers", **{"to": visit.clocks.at, **span, "known_at": known})


def _looked_for(visit: Visit) -> dict[str, str]:
    """The span of what an id names, so that it is found however old; all offers where it may be a candidate's."""
    with visit.desk.asking(visit.question) as asked:
        found = instants_of(asked.log, visit.clocks.known_at, visit.said["q"])
    return {"from": paris_text(found[0]), "to": paris_text(found[-1])} if found else {}


def _last(visit: Visit) -> Mapping[str, str] | None:
    with visit.desk.asking(visit.question) as asked:
        return last_offer(asked.log, visit.clocks.known_at, _at(visit))


def _at(visit: Visit) -> int:
    return stored_instant(visit.clocks.at)


PAGES: Mapping[str, Callable[[Visit], Answer]] = {"page GET /offers": offers_page}
