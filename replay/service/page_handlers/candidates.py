"""The page of a candidate."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from engine.errors import RequestError
from engine.events.canonical import shown
from engine.log.history import stored_instant
from engine.quantities import paris_text
from replay.pages.candidate import CHANGES, Supposing, candidate_content, unfit_said
from replay.pages.figures import Sheet
from replay.pages.page import FRENCH
from replay.reports.person import person_document
from replay.reports.proposals import proposals_document
from replay.reports.spans import spans_document
from replay.reports.supposed import Supposed, supposed_document
from replay.reports.turns import days_later
from replay.run.asked import Asked
from replay.service.answers import Answer
from replay.service.page_handlers.visit import Visit

PANEL, COURSE, OFFERS = "GET /candidates/{}", "GET /candidates/{}/course", "GET /offers"
DAYS, MOST_DAYS = 120, 1100
"""Days shown before the moment, unless asked otherwise, and at most."""
MOST_PROPOSALS = 10
"""Shown unless all are asked for."""
_WITH_COMMA = re.compile(r"\d+,\d+", re.ASCII)
AHEAD = 16 * 7
"""Days shown after it: a stable candidate's results count for 105 days (annex 3.2.1)."""


def candidate_page(visit: Visit) -> Answer:
    """A candidate at a moment; the course and what stands behind it for those alone who may ask for the course."""
    candidate = visit.parts["candidate"]
    comparison = visit.compared(lambda each: each.ask(PANEL, each.parts, **each.moment), f"candidate/{candidate}")
    sheet = comparison.sides[0].sheet
    assert sheet is not None, "where it is not known, nothing is answered"
    with visit.desk.asking(visit.question) as asked:
        person = person_document(_then(asked, visit), candidate)
    proposals = _proposals(visit) if visit.may(OFFERS) else None
    if not visit.may(COURSE):
        content = candidate_content(visit.frame, comparison, person, None, None, Supposing(), proposals)
        return visit.page("candidate.html", **content)
    ends = _window(visit, sheet["registered"])
    course = visit.ask(COURSE, visit.parts, **ends, known_at=visit.moment["known_at"])
    with visit.desk.asking(visit.question) as asked:
        spans = spans_document(replace(_then(asked, visit), start=ends["from"], end=ends["to"]), candidate)
    supposing = _supposing(visit, stored_instant(ends["to"]))
    content = candidate_content(visit.frame, comparison, person, course, spans, supposing, proposals)
    return visit.page("candidate.html", **content, days=_days(visit))


def _proposals(visit: Visit) -> Mapping[str, Any]:
    most = None if visit.said.get("proposals") == "all" else MOST_PROPOSALS
    with visit.desk.asking(visit.question) as asked:
        return proposals_document(_then(asked, visit), visit.parts["candidate"], most)


def _window(visit: Visit, registered: str) -> dict[str, str]:
    """From some days before the moment, or the registration where that is later, to some weeks after it."""
    at = stored_instant(visit.clocks.at)
    begin = max(days_later(at, Decimal(-_days(visit))), stored_instant(registered))
    return {"from": paris_text(min(begin, at)), "to": paris_text(days_later(at, Decimal(AHEAD)))}


def _then(asked: Asked, visit: Visit) -> Asked:
    """The log asked about the moment of the page."""
    return replace(asked, at=visit.clocks.at, known_at=str(visit.clocks.known_at))


def _days(visit: Visit) -> int:
    return visit.question.whole("days", DAYS, 1, MOST_DAYS)


def _supposing(visit: Visit, until: int) -> Supposing:
    """The answer to what is supposed, or what is wrong with it: said where it was entered."""
    supposed = _supposed(visit.said, visit.clocks.at, visit.frame.language)
    if not supposed:
        return Supposing()
    with visit.desk.asking(visit.question) as asked:
        try:
            found = supposed_document(_then(asked, visit), visit.parts["candidate"], supposed, until)
        except RequestError as error:
            return Supposing(fault=unfit_said(error, visit.frame.words))
    return Supposing(Sheet(visit.frame.words, found))


def _supposed(said: Mapping[str, str], now: str, language: str) -> list[Supposed]:
    """What the form says: a result, where a value is given, and a treatment, where one is chosen.

    A French form is filled in with the decimal comma; everywhere else a comma is refused.
    """
    change = said.get("change", CHANGES[0])
    if change not in CHANGES:
        raise RequestError(f"change {shown(change)}: there are {' and '.join(CHANGES)}")
    found = []
    if "value" in said:
        data: dict[str, Any] = {name: said[name] for name in ("analyte", "value", "unit") if name in said}
        if language == FRENCH and _WITH_COMMA.fullmatch(data["value"]):
            data["value"] = data["value"].replace(",", ".")
        found.append(Supposed("lab-result.recorded", data, said.get("sampled", now)))
    if "treatment" in said:
        found.append(Supposed(f"treatment.{change}", {"treatment": said["treatment"]}, said.get("since", now)))
    return found


PAGES: Mapping[str, Callable[[Visit], Answer]] = {"page GET /candidates/{}": candidate_page}
