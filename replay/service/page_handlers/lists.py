"""The page of the national list."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from replay.pages.figures import Sheet
from replay.pages.list import chosen, list_content, page_of
from replay.pages.page import BESIDE
from replay.reports.glance import blood_groups, glance_document
from replay.reports.lists import DatedList
from replay.service.answers import Answer
from replay.service.handlers import listed
from replay.service.page_handlers.visit import Visit
from replay.service.persons import persons_in


class Made(NamedTuple):
    """A list and its document."""

    of: DatedList
    document: dict[str, Any]


def list_page(visit: Visit) -> Answer:
    """The national list at a moment."""
    found: list[Made] = []
    is_compared = any(name in visit.said for name in BESIDE)
    comparison = visit.compared(lambda each: _asked(each, found, alerts=is_compared))
    rows: list[Sequence[Sheet]] = []
    glances: list[Mapping[str, Any]] = []
    for side, made in zip(comparison.sides, found, strict=True):
        assert side.sheet is not None, "there is a list at every moment that has rules"
        rows.append(chosen(visit.frame, side.sheet, blood_groups(made.of), compared=is_compared))
        shown = {row["candidate"] for row in page_of(visit.frame, rows[-1])[1]}
        if not is_compared:
            made.of.fill_in(made.document, shown)
        glances.append(glance_document(made.of, shown))
    return visit.page("list.html", **list_content(visit.frame, comparison, rows, glances))


def _asked(visit: Visit, found: list[Made], *, alerts: bool) -> Sheet:
    """The list's document at a visit's moment; what it was made from is put with those found.

    Of two lists the alerts that differ are marked, so all are asked for; of one list those that are shown.
    """
    question = visit.asked("GET /list", **visit.moment)
    with visit.desk.asking(question) as asked:
        of, document = listed(visit.desk, asked, question, visit.viewer, alerts=alerts)
    found.append(Made(of, document))
    visit.tell(persons_in(document))
    return visit.sheet(document, question.route, **visit.moment)


PAGES: Mapping[str, Callable[[Visit], Answer]] = {"page GET /list": list_page}
