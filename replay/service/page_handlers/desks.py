"""A team's desk: the four work lists, what expires soon, what has changed since the last visit."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from engine.log.history import stored_instant
from engine.quantities import MICROSECONDS_A_DAY, paris_clock
from engine.times import day_bounds
from projections.worklists import WORKLISTS
from replay.pages.desk import choice_content, desk_content
from replay.reports.access import last_read
from replay.reports.between import Moment
from replay.reports.team import changes_document, expiring_document
from replay.run.asked import Asked, instant_named
from replay.service.answers import Answer
from replay.service.handlers import worklists
from replay.service.page_handlers.visit import Visit
from replay.service.persons import persons_in
from replay.service.viewer import OPEN

PAGE, WORKLIST = "page GET /desk", "GET /worklists/{}"
ANOTHER_VISIT = 30 * 60 * 1_000_000
"""Microseconds after which opening the desk again is another visit: as long as a session may idle."""


def desk_page(visit: Visit) -> Answer:
    """The desk of a centre; of several, which."""
    centre = visit.said.get("centre") or _only(visit.viewer.centres)
    if centre is None:
        sheet = visit.ask("GET /list", **visit.moment)
        return visit.page("desk_choice.html", **choice_content(visit.frame, Counter(_centres(sheet["candidates"]))))
    question = visit.asked(WORKLIST, {"name": "score"}, **visit.moment, centre=centre)
    with visit.desk.asking(question) as asked:
        found, lists = worklists(visit.desk, asked, question, visit.viewer, tuple(WORKLISTS))
        own = visit.desk.own(asked, question, visit.viewer)
        expiring = expiring_document(found, centre, _until(visit, found.at))
        since, why = _since(visit, asked)
        changes = changes_document(asked.log, found, centre, since)
    if own is not None:
        expiring["expiring"] = [each for each in expiring["expiring"] if own.has(each["candidate"])]
        changes["candidates"] = [each for each in changes["candidates"] if own.has(each["candidate"])]
    visit.tell(persons_in([*lists, expiring, changes]))
    sheets = {
        name: visit.sheet(each, WORKLIST, {"name": name}, **visit.moment, centre=centre)
        for name, each in zip(WORKLISTS, lists, strict=True)
    }
    return visit.page("desk.html", **desk_content(visit.frame, centre, sheets, expiring, changes, why))


def _only(centres: tuple[str, ...] | None) -> str | None:
    """The viewer's centre, where there is one alone."""
    return centres[0] if centres and len(centres) == 1 else None


def _centres(candidates: list[dict[str, Any]]) -> list[str]:
    return [each["centre"] for each in candidates]


def _until(visit: Visit, at: int) -> int:
    """The instant asked, of a day its last; the end of the week's Sunday where none is asked."""
    if "until" in visit.said:
        return instant_named(visit.said["until"], "until", at)
    today = paris_clock(at).date()
    return day_bounds(today + timedelta(days=6 - today.weekday()))[1]


def _since(visit: Visit, asked: Asked) -> tuple[Moment, str]:
    """Since when changes are told, and why: asked, the last visit, or a day."""
    at = stored_instant(visit.clocks.at)
    if "since" in visit.said:
        then, why = instant_named(visit.said["since"], "since", at, end_of_day=False), "asked"
    else:
        follows = visit.frame.follows and visit.viewer.sub != OPEN.sub
        last = last_read(asked, visit.viewer.sub, PAGE, at - ANOTHER_VISIT) if follows else None
        then, why = (at - MICROSECONDS_A_DAY, "day") if last is None else (last, "visit")
    then = min(then, at)
    return Moment(then, min(asked.log.position_at(then), visit.clocks.known_at)), why


PAGES: Mapping[str, Callable[[Visit], Answer]] = {PAGE: desk_page}
