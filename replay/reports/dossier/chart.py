"""The chart of a candidate's points before an offer, as SVG: no script, no style sheet, nothing from outside.

The line is the Score CCB known at the decision; a dashed one what is known since, where it differs. Gaps are
times off the active list. Numbered flags stand for the marks of a day; their table says what happened.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from engine.log.history import stored_instant
from engine.quantities import MICROSECONDS_A_DAY, paris_text
from replay.reports.words import Words

WIDTH, HEIGHT = 720, 290
LEFT, RIGHT, TOP, BOTTOM = 58, 14, 62, 34
FLAG, FLAG_ROWS = 17, 3
TICKS, SHORTEST = 10, 14
INK, LINE, SINCE, GRID, FLAG_INK = "#1c1c1c", "#0b4f8a", "#b3541e", "#d9d9d9", "#5a5a5a"
FONT = "'Libertinus Serif', Georgia, serif"

Numbered = Sequence[tuple[int, Mapping[str, Any]]]


def chart(course: Mapping[str, Any], since: Mapping[str, Any] | None, marks: Numbered, w: Words) -> str:
    """The SVG of a course; ``marks`` are numbered, one number a day."""
    frame = _Frame(course, since)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="{FONT}" font-size="11" fill="{INK}">',
        *_grid(frame, w),
        *_off_list(frame, course, w),
        *_flags(frame, marks),
    ]
    if since:
        parts += _line(frame, since, SINCE, 'stroke-dasharray="5 3"')
    parts += _line(frame, course, LINE, "")
    parts += _legend(since, w)
    return "".join(parts) + "</svg>"


class _Frame:
    """Scales: instants to x, points to y."""

    def __init__(self, course: Mapping[str, Any], since: Mapping[str, Any] | None) -> None:
        points = [*course["points"], *(since["points"] if since else ())]
        self.end, self.days = stored_instant(course["to"]), days_shown(course)
        self.begin = self.end - self.days * MICROSECONDS_A_DAY
        self.tick = next(tick for tick in (1, 2, 5, 10, 15) if self.days / tick <= TICKS or tick == 15)
        highest = max((float(point["ccb"]) for point in points if point["ccb"]), default=0.0)
        self.step = 200 if highest > 500 else 100 if highest > 200 else 50
        self.top = max(self.step, (int(highest) // self.step + 1) * self.step)

    def x(self, instant: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (instant - self.begin) / (self.end - self.begin)

    def y(self, points: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * points / self.top


def days_shown(course: Mapping[str, Any]) -> int:
    """How many days the chart shows: all, or from shortly before the candidate is first active on the list."""
    active = [stored_instant(point["at"]) for point in course["points"] if point["ccb"]]
    first = min(active, default=stored_instant(course["from"])) - 2 * MICROSECONDS_A_DAY
    needed = -((first - stored_instant(course["to"])) // MICROSECONDS_A_DAY)
    return min(int(course["days"]), max(SHORTEST, needed))


def _place(value: float) -> str:
    """A coordinate to two decimals."""
    return f"{value:.2f}"


def _label(x: float, y: float, text: str, more: str = "") -> str:
    return f'<text x="{_place(x)}" y="{_place(y)}" {more}>{escape(text)}</text>'


def _stroke(x1: float, y1: float, x2: float, y2: float, colour: str, more: str = "") -> str:
    ends = f'x1="{_place(x1)}" y1="{_place(y1)}" x2="{_place(x2)}" y2="{_place(y2)}"'
    return f'<line {ends} stroke="{colour}" {more}/>'


def _grid(frame: _Frame, w: Words) -> list[str]:
    parts = []
    for points in range(0, frame.top + 1, frame.step):
        y = frame.y(points)
        parts.append(_stroke(LEFT, y, WIDTH - RIGHT, y, GRID if points else INK))
        parts.append(_label(LEFT - 6, y + 4, str(points), 'text-anchor="end"'))
    for day in range(0, frame.days + 1, frame.tick):
        instant = frame.end - day * MICROSECONDS_A_DAY
        x = frame.x(instant)
        parts.append(_stroke(x, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 4, INK))
        anchor = "middle" if day else "end"
        name = w.day_month(paris_text(instant)) if day else w("course", "offer")
        parts.append(_label(x, HEIGHT - BOTTOM + 17, name, f'text-anchor="{anchor}"'))
    parts.append(_label(4, 14, w("course", "axis"), 'font-style="italic"'))
    return parts


def _off_list(frame: _Frame, course: Mapping[str, Any], w: Words) -> list[str]:
    """Grey bands where the candidate was not active, named where there is room."""
    parts = []
    for begin, end in _gaps(course["points"]):
        left, right = frame.x(max(begin, frame.begin)), frame.x(end)
        size = f'width="{_place(right - left)}" height="{_place(HEIGHT - TOP - BOTTOM)}"'
        parts.append(f'<rect x="{_place(left)}" y="{TOP}" {size} fill="#f0f0f0"/>')
        if right - left > 90:
            middle = (left + right) / 2
            parts.append(_label(middle, HEIGHT - BOTTOM - 10, w("course", "off_list"), 'text-anchor="middle"'))
    return parts


def _gaps(points: Sequence[Mapping[str, Any]]) -> list[tuple[int, int]]:
    gaps: list[tuple[int, int]] = []
    begin: int | None = None
    last = 0
    for point in points:
        last = stored_instant(point["at"])
        if point["ccb"] is None and begin is None:
            begin = last
        elif point["ccb"] is not None and begin is not None:
            gaps.append((begin, last))
            begin = None
    return [*gaps, (begin, last)] if begin is not None else gaps


def _line(frame: _Frame, course: Mapping[str, Any], colour: str, more: str) -> list[str]:
    """The points as lines, broken where the candidate was off the list, and a dot at the offer."""
    runs: list[list[str]] = [[]]
    for point in course["points"]:
        if point["ccb"] is None:
            runs.append([])
        else:
            runs[-1].append(f"{_place(frame.x(stored_instant(point['at'])))},{_place(frame.y(float(point['ccb'])))}")
    style = f'fill="none" stroke="{colour}" stroke-width="2" stroke-linejoin="round" {more}'
    parts = [f'<polyline points="{" ".join(run)}" {style}/>' for run in runs if len(run) > 1]
    if runs[-1]:
        x, y = runs[-1][-1].split(",")
        parts.append(f'<circle cx="{x}" cy="{y}" r="3.5" fill="{colour}"/>')
    return parts


def _flags(frame: _Frame, marks: Numbered) -> list[str]:
    """A dotted line and a numbered flag for each mark's day, in rows where they would touch."""
    ends = [0.0] * FLAG_ROWS
    parts = []
    for number, mark in marks:
        if int(mark["instant"]) < frame.begin:
            continue
        x = frame.x(int(mark["instant"]))
        row = next((row for row in range(FLAG_ROWS) if ends[row] <= x - FLAG), ends.index(min(ends)))
        ends[row] = x
        y = TOP - 12 - row * FLAG * 0.85
        parts.append(_stroke(x, y + 6, x, HEIGHT - BOTTOM, FLAG_INK, 'stroke-width="0.6" stroke-dasharray="1.5 2.5"'))
        parts.append(f'<circle cx="{_place(x)}" cy="{_place(y)}" r="7" fill="#ffffff" stroke="{FLAG_INK}"/>')
        parts.append(_label(x, y + 3.2, str(number), 'text-anchor="middle" font-size="9"'))
    return parts


def _legend(since: Mapping[str, Any] | None, w: Words) -> list[str]:
    if not since:
        return []
    x = WIDTH - RIGHT - 190
    return [
        _stroke(x, 10, x + 22, 10, LINE, 'stroke-width="2"'),
        _label(x + 27, 14, w("course", "then")),
        _stroke(x + 95, 10, x + 117, 10, SINCE, 'stroke-width="2" stroke-dasharray="5 3"'),
        _label(x + 122, 14, w("course", "since")),
    ]
