"""The page of a stored event."""

from collections.abc import Callable, Mapping

from replay.pages.event import event_content
from replay.reports.between import amended_document
from replay.service.answers import Answer
from replay.service.page_handlers.visit import Visit


def event_page(visit: Visit) -> Answer:
    """An event as it is stored, with what corrected it."""
    sheet = visit.ask("GET /events/{}", visit.parts)
    with visit.desk.asking(visit.question) as asked:
        amended = amended_document(asked.log, sheet["position"], visit.clocks.known_at)
    return visit.page("event.html", **event_content(visit.frame, sheet, amended, visit.may))


PAGES: Mapping[str, Callable[[Visit], Answer]] = {"page GET /events/{}": event_page}
