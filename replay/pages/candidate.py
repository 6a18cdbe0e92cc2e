"""The page of a candidate: the panel of guide 2.1.3, the chart with what falls when, results, and what is supposed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from engine.errors import RequestError
from engine.events.vocabulary import ANALYTES, TREATMENTS
from engine.log.history import stored_instant
from engine.text import visible
from replay.pages.compare import Comparison
from replay.pages.drawings.course import Chart, course_chart
from replay.pages.drawings.marks import FAMILIES, shape
from replay.pages.drawings.svg import picture
from replay.pages.error import why
from replay.pages.facts import fact_said, result_said
from replay.pages.figures import Sheet
from replay.pages.page import Frame
from replay.reports.dossier.chain import limits_said, person_said
from replay.reports.dossier.ranking import tie_said
from replay.reports.reasons import GRADUAL
from replay.reports.supposed import UNFIT
from replay.reports.words import Words

UNITS = ("umol/L", "mg/dL", "ng/L", "pg/mL")
CHANGES = ("started", "stopped")
SUPPOSED = ("analyte", "value", "unit", "sampled", "treatment", "change", "since")
"""What the form of what is supposed asks."""

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Move:
    """The points from one step of a course to another: at once, or little by little for one reason."""

    since: str | None
    """When a gradual stretch begins: at the first of its steps, or at the moment shown; None for a sudden step."""
    before: Sheet | None
    """What stood there then, or before a sudden step."""
    last: Sheet
    said: str
    events: Sequence[tuple[int, str]]
    """Positions of the facts that moved them, and what each says."""


@dataclass(frozen=True, slots=True)
class Panel:
    """The panel at one moment, None where there is none then, with alerts and ties in words."""

    panel: Sheet | None
    alerts: Sequence[tuple[str, Sequence[int]]]
    ties: Sequence[str]


@dataclass(frozen=True, slots=True)
class Supposing:
    """What is supposed and its answer, or why it cannot be answered; nothing where nothing is supposed."""

    told: Sheet | None = None
    fault: Markup | None = None


def candidate_content(
    frame: Frame,
    comparison: Comparison,
    person: Document,
    course: Sheet | None,
    spans: Document | None,
    supposing: Supposing,
    proposals: Document | None,
) -> dict[str, Any]:
    """What the template shows; without course, spans and proposals where the viewer may not ask for them."""
    w, sheet = frame.words, comparison.sides[0].sheet
    assert sheet is not None, "the page's own moment has a document, or there is no page"
    content: dict[str, Any] = {
        "title": w("candidate_page", "title", candidate=sheet["candidate"]),
        "sheet": sheet,
        "person": person,
        "person_said": person_said(person, w),
        "limits_said": limits_said(person["donor_limits"] or {}, w),
        "panels": [_panel(side.sheet, w) for side in comparison.sides],
        "chart": None,
        "comparison": comparison, "course": course, "supposing": supposing, "proposals": proposals,
        "choices": {"analyte": ANALYTES, "unit": UNITS, "treatment": TREATMENTS, "change": CHANGES},
        "result_said": lambda result: result_said(result, w),
        "donor_said": lambda row: _donor(row, w),
    }  # fmt: skip
    if course is None or spans is None:
        return content
    at = stored_instant(sheet["at"])
    moves = moves_of(course, spans, sheet, w)
    return {
        **content,
        "chart": _drawn(frame, sheet, Chart(course.document, spans, at, _ahead(supposing)), w),
        "ahead": [move for move in moves if stored_instant(move.last["at"]) > at],
        "behind": [move for move in reversed(moves) if stored_instant(move.last["at"]) <= at],
        "validity": list(Sheet(w, spans).entries("validity")),
        "facts": [(fact, fact_said(fact, w)) for fact in reversed(spans["facts"])],
        "legend": [(name, _sample(name, w)) for name in dict.fromkeys([*FAMILIES.values(), "listing"])],
    }


def unfit_said(error: RequestError, w: Words) -> Markup:
    """What is wrong with what is supposed: the fields to look at, and the fault itself as a verdict words it."""
    if error.kind != UNFIT:
        return why(error, w)
    names = [path.rpartition(".")[2] for path in str(error.about["fields"]).split()]
    fields = ", ".join(dict.fromkeys(w.named("candidate_page", name) for name in names))
    told = w("candidate_page", "unfit", fields=fields)
    return Markup('{} <span class="soft" lang="en">{}</span>').format(told, visible(str(error)))


def moves_of(course: Sheet, spans: Document, present: Sheet, w: Words) -> list[Move]:
    """The course in rows: each sudden step one, each gradual stretch one up to the moment shown, and one from there.

    ``present`` is what stands at that moment: between two steps, and so where the first row after it begins.
    """
    facts = {fact["event"]["position"]: fact for fact in spans["facts"]}
    now = present.within("panel") if present["panel"] else None
    at, found, before = stored_instant(present["at"]), list[Move](), None
    for step in course.entries("steps"):
        last = found[-1] if found else None
        if last is not None and _goes_on(last.last, step, at):
            begins = last if last.since else replace(last, since=last.last["at"], before=last.last)
            found[-1] = replace(begins, last=step)
        else:
            is_next = before is not None and stored_instant(before["at"]) <= at < stored_instant(step["at"])
            since = present["at"] if is_next and step["why"] in GRADUAL else None
            start = now if is_next else before
            found.append(Move(since, start, step, _why(step, w), _events(step, facts, w)))
        before = step
    return found


def _goes_on(last: Sheet, step: Sheet, at: int) -> bool:
    """Whether a step goes on with a gradual change, on the same side of the moment shown."""
    same = step["why"] in GRADUAL and last["why"] == step["why"]
    return same and (stored_instant(last["at"]) <= at) == (stored_instant(step["at"]) <= at)


def _donor(row: Document | Sheet, w: Words) -> str:
    """A type of donor that survival is told for (guide 2.1.3, item 7)."""
    age = w("candidate_page", "age_low" if row["donor_age"].startswith("<") else "age_high")
    return w("candidate_page", "donor", sex=w("candidate_page", f"donor_{row['donor_sex']}"), age=age)


def _why(step: Sheet, w: Words) -> str:
    """Why the points moved, in words."""
    said = w("course_reasons", step["why"])
    if step["expired"]:
        names = ", ".join(w("lab_variables", name) for name in step["expired"])
        return f"{said}{w('drawings', 'colon')}{names}"
    return said


def _events(step: Sheet, facts: Mapping[int, Document], w: Words) -> list[tuple[int, str]]:
    told = [*step["with"], *([step["event"]] if step["event"] else [])]
    return [
        (
            each["position"],
            fact_said(facts[each["position"]], w) if each["position"] in facts else w("types", each["type"]),
        )
        for each in told
    ]


def _panel(sheet: Sheet | None, w: Words) -> Panel | None:
    if sheet is None:
        return None
    alerts = [(w("alerts", alert["code"]), alert["positions"]) for alert in sheet["alerts"]]
    return Panel(sheet.within("panel") if sheet["panel"] else None, alerts, [tie_said(tie, w) for tie in sheet["ties"]])


def _ahead(supposing: Supposing) -> Document | None:
    ahead: Document | None = supposing.told["ahead"] if supposing.told else None
    return ahead


def _drawn(frame: Frame, sheet: Sheet, chart: Chart, w: Words) -> Markup:
    values = [float(step["ccb"]) for step in chart.course["steps"] if step["ccb"]]
    about = {
        "candidate": sheet["candidate"],
        "begin": w.stamp(chart.course["from"]),
        "end": w.stamp(chart.course["to"]),
    }
    label = w("drawings", "course_none", **about)
    if values:
        low, high = (w.number(f"{value:.0f}") for value in (min(values), max(values)))
        label = w("drawings", "course_label", low=low, high=high, **about)
    return course_chart(chart, w, frame.event_link, label)


def _sample(family: str, w: Words) -> Markup:
    """A mark alone, for the legend."""
    return picture(16, 16, w("drawings", family), [shape(family, 8, 8)], "legend")
