"""Charts of a simulation as SVG, drawn here: no script, no style sheet, nothing from outside."""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from xml.sax.saxutils import escape

from replay.simulation.intervals import Interval

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 720, 58, 150, 34, 34
HEIGHT, ROW, LABEL, MARGIN, LINE = 320, 18, 210, 14, 16
INK, GRID, MARK, PAPER = "#1c1c1c", "#d9d9d9", "#0b4f8a", "#ffffff"
COLOURS = ("#0b4f8a", "#b3541e", "#2f7d4f", "#6b4c9a")
DASHES = ("", "6 3", "2 3", "8 3 2 3")
Lines = Sequence[tuple[str, Sequence[float]]]
"""Named lines, each with a value for each place on the x axis."""
Rows = list[tuple[str, Interval]]


def curves(title: str, days: Sequence[int], groups: Mapping[str, Lines], axis: str) -> str:
    """Shares over days: a colour for each group, named at the end of its lines; a dash for each line (a policy)."""
    top = max((value for lines in groups.values() for _, values in lines for value in values), default=0.0)
    step = 0.1 if top <= 0.5 else 0.2
    high = step * max(1, ceil(top / step - 1e-9))
    wide, tall = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - tall * value / high

    parts = [_text(4, 14, title, 'font-weight="bold"'), _text(LEFT + wide, HEIGHT - 4, axis, _END)]
    for tick in range(round(high / step) + 1):
        at = y(tick * step)
        parts += [_line(LEFT, at, LEFT + wide, at, GRID), _text(LEFT - 6, at + 4, f"{tick * step * 100:.0f} %", _END)]
    for day in range(0, days[-1] + 1, 90):
        parts.append(_text(LEFT + wide * day / days[-1], HEIGHT - BOTTOM + 15, str(day), _MIDDLE))
    for number, (group, lines) in enumerate(groups.items()):
        for which, (name, values) in enumerate(lines):
            points = " ".join(
                f"{LEFT + wide * day / days[-1]:.2f},{y(value):.2f}" for day, value in zip(days, values, strict=True)
            )
            parts.append(_polyline(points, f"{group}: {name}", _stroke(number, which)))
    ends = [(y(lines[0][1][-1]), group, number) for number, (group, lines) in enumerate(groups.items()) if lines]
    parts += _names_at_the_end(ends, LEFT + wide + 6)
    parts += _policies([name for name, _ in next(iter(groups.values()), ())])
    return _svg(HEIGHT + LINE, title, parts)


def _names_at_the_end(ends: list[tuple[float, str, int]], x: float) -> Iterator[str]:
    """Each group's name beside the end of its line, none over another."""
    lowest = 0.0
    for end, group, number in sorted(ends):
        lowest = max(end + 4, lowest + 12)
        yield _text(x, lowest, group, f'fill="{COLOURS[number % len(COLOURS)]}"')


def _policies(names: Sequence[str]) -> Iterator[str]:
    """Below, which dash is which policy."""
    if len(names) < 2:
        return
    each = (WIDTH - LEFT) / len(names)
    for which, name in enumerate(names):
        x, y = LEFT + each * which, HEIGHT + LINE - 4
        dash = _dash(which)
        yield f'<line x1="{x:.2f}" y1="{y - 4}" x2="{x + 28:.2f}" y2="{y - 4}" stroke="{INK}" {dash}/>'
        yield _text(x + 34, y, name)


def forest(title: str, rows: Rows) -> str:
    """Differences with their intervals, one a row, around zero; those whose interval excludes zero are filled."""
    known = [(name, each) for name, each in rows if each.mean is not None]
    bounds = [abs(bound) for _, each in known for bound in (each.mean, each.low, each.high) if bound is not None]
    reach = max(bounds, default=0.0) or 1.0
    height = TOP + ROW * len(known) + BOTTOM

    def x(value: float) -> float:
        return LABEL + (WIDTH - LABEL - MARGIN) * (value + reach) / (2 * reach)

    parts = [_text(4, 14, title, 'font-weight="bold"'), _line(x(0), TOP - 8, x(0), height - BOTTOM, INK)]
    for value in (-reach, 0.0, reach):
        parts.append(_text(x(value), height - 12, f"{value:.2f}", _MIDDLE if value == 0 else _END if value > 0 else ""))
    for number, (name, each) in enumerate(known):
        y = TOP + ROW * number + ROW / 2
        weight = ' font-weight="bold"' if each.excludes_zero else ""
        parts.append(_text(LABEL - 8, y + 4, name, _END + weight))
        if each.low is not None and each.high is not None:
            parts.append(_line(x(each.low), y, x(each.high), y, MARK))
        filled = MARK if each.excludes_zero else PAPER
        parts.append(f'<circle cx="{x(each.mean or 0):.2f}" cy="{y:.2f}" r="4" fill="{filled}" stroke="{MARK}"/>')
    return _svg(height, title, parts)


_END, _MIDDLE = 'text-anchor="end"', 'text-anchor="middle"'


def _stroke(number: int, which: int) -> str:
    return f'stroke="{COLOURS[number % len(COLOURS)]}" {_dash(which)}'


def _dash(which: int) -> str:
    return f'stroke-dasharray="{DASHES[which % len(DASHES)]}"' if which % len(DASHES) else ""


def _svg(height: int, title: str, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" font-size="11"'
    return f'{head} font-family="Georgia, serif" fill="{INK}"><title>{escape(title)}</title>{"".join(parts)}</svg>'


def _polyline(points: str, said: str, stroke: str) -> str:
    return f'<polyline points="{points}" fill="none" {stroke}><title>{escape(said)}</title></polyline>'


def _text(x: float, y: float, said: str, more: str = "") -> str:
    return f'<text x="{x:.2f}" y="{y:.2f}" {more}>{escape(said)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}" stroke="{colour}"/>'
