"""The page of the national list."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from replay.pages.figures import Sheet
from replay.pages.list import chosen, list_content, page_of
from replay.reports.glance import blood_groups, glance_document
from replay.reports.lists import DatedList
from replay.service.answers import Answer
from replay.service.handlers import listed
from replay.service.page_handlers.visit import Visit
from replay.service.persons import persons_in


def list_page(visit: Visit) -> Answer:
    """The national list at a moment."""
    found: list[DatedList] = []
    comparison = visit.compared(lambda each: _asked(each, found))
    rows: list[Sequence[Sheet]] = []
    glances: list[Mapping[str, Any]] = []
    for side, made in zip(comparison.sides, found, strict=True):
        assert side.sheet is not None, "there is a list at every moment that has rules"
        rows.append(chosen(visit.frame, side.sheet, blood_groups(made), compared=len(comparison.sides) > 1))
        shown = {row["candidate"] for row in page_of(visit.frame, rows[-1])[1]}
        glances.append(glance_document(made, shown))
    return visit.page("list.html", **list_content(visit.frame, comparison, rows, glances))


def _asked(visit: Visit, found: list[DatedList]) -> Sheet:
    """The list's document at a visit's moment; what it was made from is put with those found."""
    question = visit.asked("GET /list", **visit.moment)
    with visit.desk.asking(question) as asked:
        made, document = listed(visit.desk, asked, question, visit.viewer)
    found.append(made)
    visit.tell(persons_in(document))
    return visit.sheet(document, question.route, **visit.moment)


PAGES: Mapping[str, Callable[[Visit], Answer]] = {"page GET /list": list_page}
