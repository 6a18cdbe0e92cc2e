"""The page of an explanation: a candidate's score for a graft, line by line beside the guide's own formula."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from replay.pages.compare import Comparison
from replay.pages.drawings.factors import FACTORS, factor_bar
from replay.pages.figures import Sheet
from replay.pages.offer import bar_said
from replay.pages.page import Frame
from replay.reports.dossier.chain import STAGES, formula_lines, reason_said, symbol_said, value_said
from replay.reports.dossier.ranking import tie_said
from replay.reports.words import Words

Document = Mapping[str, Any]
_SINCE = re.compile(r"From (\d{4}-\d\d-\d\d): ", re.ASCII)

SHOWN = (
    "icar",
    "ccb",
    "f1_age",
    "f2_abo",
    "f3_bsa",
    "f4_survival",
    "survival_1y",
    "ccp",
    "travel_minutes",
    "mg",
    "snagc",
)
"""The figures of two candidates that are laid beside each other, in the order in which they are made."""


@dataclass(frozen=True, slots=True)
class Line:
    """One step: the sheet it is drawn from, what its symbol stands for, its formula, and what went into it."""

    step: Sheet
    law: str
    """The guide's own text, and since when it is so."""
    title: str
    formula: list[str]
    """In symbols and with its values, without what it comes to."""
    result: str
    reasons: list[str]
    given: list[tuple[str, str, int, str]]
    """Symbol, value, position and kind of event of each figure that came from one."""
    rules: list[tuple[str, str, str]]
    """Symbol, value and source of each figure that the rules, a reading or a default give."""


@dataclass(frozen=True, slots=True)
class Told:
    """An explanation at one moment: the score with its bar, the lines by stage, why not, ties and alerts in words."""

    score: Sheet
    bar: Markup
    stages: list[tuple[str, list[Line]]]
    minor: bool
    reasons: list[str]
    ties: list[str]
    alerts: list[tuple[str, list[int]]]


@dataclass(frozen=True, slots=True)
class Against:
    """Another candidate's explanation for the same graft, or why there is none; nothing where nobody was named."""

    sheet: Sheet | None = None
    fault: Markup | None = None


def explanation_content(frame: Frame, comparison: Comparison, candidate: str, against: Against) -> dict[str, Any]:
    """What the template shows."""
    w, sheet = frame.words, comparison.sides[0].sheet
    assert sheet is not None, "the page's own moment has an explanation, or there is no page"
    return {
        "title": w("explanation_page", "title", candidate=candidate, offer=sheet["offer"]),
        "sheet": sheet,
        "candidate": candidate,
        "comparison": comparison,
        "told": [_told(side.sheet, w) if side.sheet else None for side in comparison.sides],
        "factors": FACTORS,
        "against": against,
        "others": [each.within("score") for each in (sheet, against.sheet) if each is not None],
        "shown": SHOWN,
    }


def _told(sheet: Sheet, w: Words) -> Told:
    score = sheet["score"]
    names = {factor: w("drawings", factor) for factor in FACTORS}
    return Told(
        sheet.within("score"),
        factor_bar(score, float(score["ccb"]), names, bar_said(score, w)),
        [(w("chain", title), list(_lines(sheet, prefix, w))) for prefix, title in STAGES],
        score["icar"] is None,
        [w("meanings", each["reason"]) for each in sheet.document.get("reasons", ())],
        [tie_said(tie, w) for tie in sheet["ties"]],
        [(w("alerts", alert["code"]), alert["positions"]) for alert in sheet["alerts"]],
    )


def _lines(sheet: Sheet, prefix: str, w: Words) -> Iterator[Line]:
    for step in sheet.entries("steps"):
        if step["annex"].startswith(prefix):
            *formula, result = formula_lines(step.document, w)
            events = [each for each in step["inputs"] if "event" in each]
            others = [each for each in step["inputs"] if "event" not in each]
            yield Line(
                step,
                law_said(step["text"], w),
                symbol_said(step["symbol"], w),
                formula,
                result,
                [reason_said(note, w) for note in step["because"]],
                [(*_said(each, w), each["event"]["position"], w.named("types", each["type"])) for each in events],
                [(*_said(each, w), _source(each, w)) for each in others],
            )


def law_said(text: str, w: Words) -> str:
    """A formula of the guide; the day from which it holds, where its text begins with it, in the page's language."""
    since = _SINCE.match(text)
    return w("explanation_page", "law_since", day=w.day_of(since[1]), text=text[since.end() :]) if since else text


def _said(given: Document, w: Words) -> tuple[str, str]:
    return given["symbol"], value_said(given, w)


def _source(given: Document, w: Words) -> str:
    """Where a figure without an event stands in the guide, or that it is a default."""
    source = given["source"]
    return w.source(source) if source.startswith(("V6", "reading")) else w("candidate", "no_event")
