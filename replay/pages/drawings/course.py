"""The big chart of a candidate: Score CCB through time, past and ahead, and under it what it is made of.

Above stands a mark for each event, which opens it. Below the score, on the same days: the component in use, the index
of cardiac risk, how long each result counts, the treatments as they ran. What lies after the moment of the page is what
comes with nothing new happening: shaded, its lines dashed. A second line, where there is one, is what is supposed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from engine.log.history import stored_instant
from engine.quantities import MICROSECONDS_A_DAY
from replay.pages.drawings.lanes import LANE, component_lane, result_lanes, treatment_lanes
from replay.pages.drawings.marks import event_marks
from replay.pages.drawings.scale import Scale, days_between, round_step
from replay.pages.drawings.svg import box, element, line, path, picture, text
from replay.reports.reasons import GRADUAL
from replay.reports.words import Words

Document = Mapping[str, Any]
Corner = tuple[float, float]

WIDTH, LEFT, RIGHT = 960, 128, 14
SCORE, ICAR, GAP = 210, 44, 10


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn: the course and what stands behind it, from one instant to another, and the instant of the page."""

    course: Document
    spans: Document
    at: int
    supposed: Document | None = None
    """The course ahead with what is supposed."""

    @property
    def begin(self) -> int:
        """The instant at the left edge."""
        return stored_instant(self.course["from"])

    @property
    def end(self) -> int:
        """The instant at the right edge."""
        return stored_instant(self.course["to"])


def course_chart(chart: Chart, w: Words, event: Callable[[int], str], label: str) -> Markup:
    """The picture; ``event`` gives the address of an event by its position, ``label`` says in words what it shows."""
    x = Scale(chart.begin, chart.end, LEFT, WIDTH - RIGHT)
    marks, top = event_marks(chart.spans["facts"], x, w, event)
    floor = top + SCORE
    lanes: list[Markup] = []
    y: float = floor + GAP
    for lane in _lanes(chart, x, w, event):
        lanes.append(element("g", lane.drawn, transform=f"translate(0 {y:.0f})"))
        y += lane.height + GAP / 2
    height = round(y + 24)
    return picture(
        WIDTH, height, label,
        [
            box(x(chart.at), top, WIDTH - RIGHT - x(chart.at), y - top, "ahead"),
            *_days(chart, x, top, y, w), *_score(chart, x, top, floor, w), *lanes, *_now(chart, x, top, y, w), *marks,
        ],
        "course", opens=True,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Lane:
    height: float
    drawn: Sequence[Markup]


def _lanes(chart: Chart, x: Scale, w: Words, event: Callable[[int], str]) -> Iterator[_Lane]:
    steps = chart.course["steps"]
    yield _Lane(LANE, component_lane(steps, chart.end, x, w))
    if any(step["icar"] is not None for step in steps):
        yield _Lane(ICAR, list(_icar(chart, x, w)))
    for drawn in result_lanes(chart.spans, steps, x, w):
        yield _Lane(LANE, drawn)
    for drawn in treatment_lanes(chart.spans["treatments"], (chart.begin, chart.end), x, w, event):
        yield _Lane(LANE, drawn)


def _days(chart: Chart, x: Scale, top: float, bottom: float, w: Words) -> Iterator[Markup]:
    """A line for each day that has a name under it."""
    for at, day in days_between(chart.begin, chart.end):
        yield line(x(at), top, x(at), bottom, "grid")
        yield text(x(at), bottom + 15, w.day_month(f"{day.isoformat()}T12:00:00+00:00"), "tick", "middle")


def _now(chart: Chart, x: Scale, top: float, bottom: float, w: Words) -> Iterator[Markup]:
    if chart.begin < chart.at < chart.end:
        yield line(x(chart.at), top - 4, x(chart.at), bottom, "now")
        room = WIDTH - x(chart.at) > 150
        anchor, side = ("start", 5) if room else ("end", -5)
        yield text(x(chart.at) + side, top + 8, w("drawings", "ahead" if room else "moment"), "tick", anchor)


def _score(chart: Chart, x: Scale, top: float, floor: float, w: Words) -> Iterator[Markup]:
    """The score with its scale, and a ring where it moved though nothing happened."""
    courses = [chart.course, *([chart.supposed] if chart.supposed else [])]
    highest = max((float(step["ccb"]) for each in courses for step in each["steps"] if step["ccb"]), default=0.0)
    step = max(round_step(highest), 10)
    ceiling = (int(highest) // step + 1) * step
    y = Scale(0, ceiling, floor, top + 16)
    for points in range(0, ceiling + 1, step):
        yield line(LEFT, y(points), WIDTH - RIGHT, y(points), "grid" if points else "axis")
        yield text(LEFT - 6, y(points) + 4, str(points), "tick", "end")
    yield text(0, top + 8, w("drawings", "ccb"), "lane-name")
    for run in _runs(chart.course["steps"], chart.end, "ccb"):
        yield from _line_parts(run, chart.at, x, y, "score")
    for run in _runs(chart.supposed["steps"], chart.end, "ccb") if chart.supposed else ():
        yield path([(x(at), y(value)) for at, value in run], "score supposed")
    yield from _moved_alone(chart.course["steps"], x, y, w)


def _icar(chart: Chart, x: Scale, w: Words) -> Iterator[Markup]:
    """The index as steps, with its value where it changes and there is room."""
    y = Scale(0, 40, ICAR - 4, 6)
    yield text(0, ICAR / 2 + 4, w("drawings", "icar"), "lane-name")
    yield line(LEFT, ICAR - 4, WIDTH - RIGHT, ICAR - 4, "grid")
    last = float("-inf")
    for run in _runs(chart.course["steps"], chart.end, "icar"):
        yield from _line_parts(run, chart.at, x, y, "icar")
        for at, value in _changes(run):
            if x(at) - last > 22 and WIDTH - RIGHT - x(at) > 14:
                yield text(x(at) + 3, y(value) - 4 if value < 30 else y(value) + 13, f"{value:.0f}", "value")
                last = x(at)


def _changes(run: Sequence[Corner]) -> Iterator[Corner]:
    yield run[0]
    yield from (second for first, second in pairwise(run) if first[1] != second[1])


def _runs(steps: Sequence[Document], end: int, name: str) -> list[list[Corner]]:
    """Corners of a figure's line in instants and values: a run for each stretch in which there is one."""
    runs: list[list[Corner]] = []
    before: tuple[int, float] | None = None
    for step in steps:
        at, value = stored_instant(step["at"]), None if step[name] is None else float(step[name])
        if before is not None:
            gradual = step["why"] in GRADUAL and value is not None
            held = max(before[0], at - MICROSECONDS_A_DAY) if gradual else at
            runs[-1].append((held, before[1]))
        if value is None:
            before = None
            continue
        if before is None:
            runs.append([])
        runs[-1].append((at, value))
        before = at, value
    if before is not None:
        runs[-1].append((end, before[1]))
    return runs


def _line_parts(run: Sequence[Corner], at: int, x: Scale, y: Scale, class_: str) -> Iterator[Markup]:
    """A line: whole up to the moment of the page, dashed from there on."""
    past, ahead = _cut(run, at)
    for part, name in ((past, class_), (ahead, f"{class_} dashed")):
        if len(part) > 1:
            yield path([(x(instant), y(value)) for instant, value in part], name)


def _cut(run: Sequence[Corner], at: int) -> tuple[list[Corner], list[Corner]]:
    past = [corner for corner in run if corner[0] <= at]
    ahead = [corner for corner in run if corner[0] > at]
    if past and ahead:
        (t0, v0), (t1, v1) = past[-1], ahead[0]
        here = (at, v0 + (v1 - v0) * (at - t0) / (t1 - t0))
        past, ahead = [*past, here], [here, *ahead]
    return past, ahead


def _moved_alone(steps: Sequence[Document], x: Scale, y: Scale, w: Words) -> Iterator[Markup]:
    """A ring where a result grew too old, somebody came of age, other rules came: moved by no event, and at once."""
    for step in steps:
        if step["event"] is None and step["why"] in ("expiry", "birthday", "rules", "age") and step["ccb"] is not None:
            said = f"{w.stamp(step['at'])} · {w('course_reasons', step['why'])} · {w.short(step['ccb'])}"
            ring = element("title", [said])
            place = x(stored_instant(step["at"])), y(float(step["ccb"]))
            yield element("circle", [ring], cx=place[0], cy=place[1], r=4.5, class_=f"moved {step['why']}")
