"""A mark for each event above a chart: its shape says of what kind it is, and it opens the event."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from engine.log.history import stored_instant
from replay.pages.drawings.scale import Scale
from replay.pages.drawings.svg import element, link, text
from replay.pages.facts import fact_said
from replay.reports.words import Words

ROW, MOST_ROWS, APART, RADIUS = 14, 12, 13, 5
FAMILIES = {
    "lab-result": "lab", "treatment": "treatment", "expert-priority": "expert", "coronary-calcium": "calcium",
}  # fmt: skip
"""By the beginning of an event's type; any other is about the candidate's place on the list."""
_CORNERS = {
    "expert": ((0, -6), (6, 0), (0, 6), (-6, 0)),
    "treatment": ((0, -6), (6, 5), (-6, 5)),
    "calcium": ((0, 6), (6, -5), (-6, -5)),
    "listing": ((-5, -5), (5, -5), (5, 5), (-5, 5)),
}  # fmt: skip


def event_marks(
    facts: Sequence[Mapping[str, Any]], x: Scale, w: Words, event: Callable[[int], str]
) -> tuple[list[Markup], float]:
    """The marks in rows so that none hides another while there is room; and how high they stand."""
    ends: list[float] = []
    placed = []
    for fact in facts:
        place = x(stored_instant(fact["at"]))
        row = next((row for row, end in enumerate(ends) if place - end >= APART), len(ends))
        if row == len(ends) and row < MOST_ROWS:
            ends.append(place)
        row = min(row, MOST_ROWS - 1)
        ends[row] = place
        placed.append((fact, place, row))
    rows = len(ends)
    drawn = [_mark(fact, place, (rows - row) * ROW, w, event(fact["event"]["position"])) for fact, place, row in placed]
    names = [text(0, rows * ROW + 4, w("drawings", "events"), "lane-name")] if drawn else []
    return [*names, *drawn], max(rows, 1) * ROW + 16


def family_of(kind: str) -> str:
    """What kind of mark an event has: its class and its shape."""
    return FAMILIES.get(kind.partition(".")[0], "listing")


def _mark(fact: Mapping[str, Any], x: float, y: float, w: Words, address: str) -> Markup:
    family = family_of(fact["type"])
    return link(address, f"{w.stamp(fact['at'])} · {fact_said(fact, w)}", [shape(family, x, y)])


def shape(family: str, x: float, y: float) -> Markup:
    """The shape of a family: no two are told apart by colour alone."""
    class_ = f"event {family}"
    if family not in _CORNERS:
        return element("circle", cx=x, cy=y, r=RADIUS, class_=class_)
    points = " ".join(f"{x + right:.2f},{y + down:.2f}" for right, down in _CORNERS[family])
    return element("polygon", points=points, class_=class_)
