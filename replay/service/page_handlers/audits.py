"""The pages of auditors: what was found of past offers, of the data, of the readings; each made of long work."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from replay.pages.audit import acts_content, audit_content, hindsight_content
from replay.pages.figures import Sheet
from replay.pages.jobs import Work, work_of
from replay.pages.page import address
from replay.pages.quality import quality_content, sensitivity_content
from replay.reports.offers import offers_in_brief
from replay.service.answers import Answer
from replay.service.page_handlers.visit import Visit
from replay.service.page_jobs import MADE
from replay.service.page_routes import BY_PAGE_NAME
from replay.service.persons import Persons

Content = Callable[..., dict[str, Any]]
MOST = (1 << 63) - 1


def made(visit: Visit) -> tuple[Mapping[str, Any], Any]:
    """What the service tells of a page's work, and the document that came of it; None while there is none."""
    for number in ("page", "position"):
        visit.question.whole(number, 1, 1, MOST)
    header, body = visit.known.header or {"state": "none"}, visit.known.body
    document = orjson.loads(body) if body else None
    if header["state"] == "done":
        visit.tell(Persons(*map(tuple, header["persons"])))
    return header, document


def source(header: Mapping[str, Any]) -> str:
    """The request of the API that answers with the same document."""
    return address(header["request"].removeprefix("GET "), header["said"])


def _over_offers(template: str, content: Content) -> Callable[[Visit], Answer]:
    """A page led by a calendar of the offers of its span."""

    def page(visit: Visit) -> Answer:
        header, document = made(visit)
        said = MADE[visit.question.route].question(visit.said).said
        span = {name: said[name] for name in ("from", "to") if name in said}
        with visit.desk.asking(replace(visit.question, said=span)) as asked:
            brief = offers_in_brief(asked)
        work = work_of(header, brief["known_at"], "offers", len(brief["offers"]), document)
        sheet = _sheet(visit, header, document, work)
        found = content(visit.frame, brief, sheet, work.head)
        return visit.page(f"{template}.html", name=template, work=work, span=span, **_titled(visit, template), **found)

    return page


def quality(visit: Visit) -> Answer:
    """Data quality by rule and centre."""
    header, document = made(visit)
    work = work_of(header, _head(visit), "subjects", None, document)
    is_done, said = work.state == "done", header.get("said", {})
    sheet = Sheet(visit.frame.words, document, address("/quality", said)) if is_done else None
    centres = {
        each["centre"]: Sheet(visit.frame.words, each, address("/quality", {**said, "centre": each["centre"]}))
        for each in (document["centres"] if is_done else ())
    }
    found = quality_content(visit.frame, sheet, centres)
    return visit.page("quality.html", name="quality", work=work, **_titled(visit, "quality"), **found)


def sensitivity(visit: Visit) -> Answer:
    """What each other reading of the guide alone would change, over one offer or a span."""
    header, document = made(visit)
    work = work_of(header, _head(visit), "offers", None, document)
    rows = document if work.state == "done" else []
    sheets = [Sheet(visit.frame.words, row, "", at=f"/{number}") for number, row in enumerate(rows)]
    at = source(header) if rows else ""
    found = sensitivity_content(visit.frame, sheets)
    return visit.page(
        "sensitivity.html", name="sensitivity", work=work, source=at, **_titled(visit, "sensitivity"), **found
    )


def _sheet(visit: Visit, header: Mapping[str, Any], document: Any, work: Work) -> Sheet | None:
    return Sheet(visit.frame.words, document, source(header)) if work.state == "done" else None


def _titled(visit: Visit, name: str) -> dict[str, Any]:
    return {"title": visit.frame.words("audits", name), "tabs": [path for path in TABS if _may(visit, path)]}


def _may(visit: Visit, path: str) -> bool:
    return BY_PAGE_NAME[f"page GET {path}"].is_for(visit.viewer)


def _head(visit: Visit) -> int:
    with visit.desk.asking(replace(visit.question, said={})) as asked:
        return asked.log.head()


TABS = ("/audit", "/hindsight", "/acts", "/quality", "/sensitivity")
PAGES: Mapping[str, Callable[[Visit], Answer]] = {
    "page GET /audit": _over_offers("audit", audit_content),
    "page GET /hindsight": _over_offers("hindsight", hindsight_content),
    "page GET /acts": _over_offers("acts", acts_content),
    "page GET /quality": quality,
    "page GET /sensitivity": sensitivity,
}
