"""The pages of auditors: what was found of past offers, of the data, of the readings; each made of long work.

Each can be laid beside itself at another moment, which is work of its own: what differs is marked once both are done.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from markupsafe import Markup

from engine.log.recorder import HIGHEST
from replay.pages.audit import acts_content, audit_content, hindsight_content
from replay.pages.compare import Comparison, concerned, differing
from replay.pages.compare import Side as Moment
from replay.pages.figures import Sheet
from replay.pages.jobs import Work, work_of
from replay.pages.page import Clocks, address, render_part
from replay.pages.quality import quality_content
from replay.reports.offers import offers_in_brief
from replay.service.answers import Answer
from replay.service.page_handlers.visit import Known, Visit
from replay.service.page_jobs import MADE
from replay.service.page_routes import BY_PAGE_NAME
from replay.service.persons import Persons

OF_SPAN = "offers of the span"
"""The unit of what is led by a calendar of offers."""
MOST_SUBJECTS = 200
"""Offers that differ between two moments, up to which the events about them are told."""


@dataclass(frozen=True, slots=True)
class Made:
    """What there is of a page's work at one moment; the document that came of it, None while there is none."""

    visit: Visit
    header: Mapping[str, Any]
    document: Any
    work: Work
    brief: Mapping[str, Any] | None
    """The offers of its span, where it is led by them."""

    @property
    def is_done(self) -> bool:
        """Whether there is a document."""
        return self.work.state == "done"

    def source(self, path: str = "", **query: str) -> str:
        """The request of the API that answers with the same document."""
        return address(path or self.header["request"].removeprefix("GET "), {**self.header["said"], **query})

    def sheet(self, marked: frozenset[str], request: str = "") -> Sheet | None:
        """The document as it is drawn, some of its figures marked."""
        return Sheet(self.visit.frame.words, self.document, self.source(request), marked) if self.is_done else None


@dataclass(frozen=True, slots=True)
class Side:
    """One moment of the page as its template shows it; ``asked``: whether the work can be begun."""

    clocks: Clocks
    work: Work
    found: Markup
    asked: bool = True


Page = Callable[[Visit], Answer]
Content = Callable[[Made, frozenset[str]], dict[str, Any]]
"""What the template of a page's result shows, some figures marked."""


def made(visit: Visit) -> tuple[Mapping[str, Any], Any]:
    """What the service tells of a page's work, and the document that came of it; None while there is none."""
    for number in ("page", "position"):
        visit.question.whole(number, 1, 1, HIGHEST)
    header, body = visit.known.header or {"state": "none"}, visit.known.body
    document = orjson.loads(body) if body else None
    if header["state"] == "done":
        visit.tell(Persons(*map(tuple, header["persons"])))
    return header, document


def _visits(visit: Visit) -> list[Visit]:
    """The page at its moment and, where another is to be laid beside it, at that one, each with what is known of it."""
    other = visit.beside
    if other is None:
        return [visit]
    header, body = visit.known.header or {}, visit.known.body
    beside = header.get("beside") or {"state": "none", "length": 0}
    split = len(body) - beside["length"]
    visit.known, other.known = Known(header or None, body[:split]), Known(beside, body[split:])
    return [visit, other]


def _page(name: str, unit: str, content: Content, told: Callable[[Any], Any] = lambda document: document) -> Page:
    """A page of the audit; ``told``: what of its document is compared with that of another moment."""

    def page(visit: Visit) -> Answer:
        works = [_made(each, unit) for each in _visits(visit)]
        is_compared = len(works) == 2 and all(work.is_done for work in works)
        marked = differing(*(told(work.document) for work in works)) if is_compared else frozenset[str]()
        sides = [_side(name, content, work, marked, nth or "") for nth, work in enumerate(works)]
        return visit.page(
            "audited.html", name=name, title=visit.frame.words("audits", name), extra=EXTRA.get(name, ""),
            tabs=[path for path in TABS if BY_PAGE_NAME[f"page GET {path}"].is_for(visit.viewer)], sides=sides,
            running=any(work.work.state == "running" for work in works),
            comparison=_compared(visit, works, marked) if is_compared else None,
        )  # fmt: skip

    return page


def _made(visit: Visit, unit: str) -> Made:
    header, document = made(visit)
    with visit.desk.asking(replace(visit.question, said=_span(visit))) as asked:
        brief = offers_in_brief(asked) if unit == OF_SPAN else None
        head = asked.log.head()
    total = len(brief["offers"]) if brief else None
    work = work_of(header, head, "offers" if brief else unit, total, document)
    return Made(visit, header, document, work, brief)


def _span(visit: Visit) -> dict[str, str]:
    """From when to when the page is about."""
    said = MADE[visit.question.route].question(visit.said).said
    return {name: said[name] for name in ("from", "to") if name in said}


def _side(name: str, content: Content, made: Made, marked: frozenset[str], nth: int | str) -> Side:
    found = content(made, marked)
    visit = made.visit
    asked = name != "sensitivity" or any(visit.said.get(each) for each in ("offer", "from", "to", "at"))
    drawn = render_part(visit.frame, f"{name}.html", nth=nth, work=made.work, **found)
    return Side(visit.clocks, made.work, drawn, asked)


def _compared(visit: Visit, works: Sequence[Made], marked: frozenset[str]) -> Comparison:
    """How many figures differ, and the events between the two moments about the offers that do."""
    one, other = (work.visit.clocks for work in works)
    subjects = concerned(marked)
    events = visit.between(one, other, subjects) if len(subjects) <= MOST_SUBJECTS else {"events": [], "more": 0}
    return Comparison((Moment(one, None), Moment(other, None)), len(marked), events)


def _over_offers(content: Callable[..., dict[str, Any]], request: str = "") -> Content:
    """What is led by a calendar of the offers of the span; ``request``: of the API, where the work has another name."""

    def over(made: Made, marked: frozenset[str]) -> dict[str, Any]:
        return content(made.visit.frame, made.brief, made.sheet(marked, request), made.work.head)

    return over


def _quality(made: Made, marked: frozenset[str]) -> dict[str, Any]:
    """Data quality by rule and centre."""
    words = made.visit.frame.words
    sheet = Sheet(words, made.document, made.source("/quality"), marked) if made.is_done else None
    centres = {
        each["centre"]: Sheet(words, each, made.source("/quality", centre=each["centre"]))
        for each in (made.document["centres"] if made.is_done else ())
    }
    return quality_content(made.visit.frame, sheet, centres)


def _findings(document: Any) -> Any:
    """Of the human acts what the API answers, without what the sentences name."""
    return {name: value for name, value in document.items() if name != "details"}


def _counts(document: Any) -> Any:
    """Of data quality what is counted, by rule; the events are told by their number."""
    names = ("code", "checked", "found", "share")
    return {"rules": [{name: rule[name] for name in names} for rule in document["rules"]]}


def _sensitivity(made: Made, marked: frozenset[str]) -> dict[str, Any]:
    """What each other reading of the guide alone would change, over one offer or a span."""
    rows = made.document if made.is_done else []
    sheets = [Sheet(made.visit.frame.words, row, "", marked, f"/{number}") for number, row in enumerate(rows)]
    return {"rows": sheets, "source": made.source() if rows else ""}


EXTRA = {"quality": "centre", "sensitivity": "offer"}
"""What else may be asked of some."""
TABS = ("/audit", "/hindsight", "/acts", "/quality", "/sensitivity")
PAGES: Mapping[str, Page] = {
    "page GET /audit": _page("audit", OF_SPAN, _over_offers(audit_content)),
    "page GET /hindsight": _page("hindsight", OF_SPAN, _over_offers(hindsight_content)),
    "page GET /acts": _page("acts", OF_SPAN, _over_offers(acts_content, "/acts"), _findings),
    "page GET /quality": _page("quality", "subjects", _quality, _counts),
    "page GET /sensitivity": _page("sensitivity", "offers", _sensitivity),
}
