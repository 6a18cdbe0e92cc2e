"""Charts of a simulation as SVG, drawn here: no script, no style sheet, nothing from outside."""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from replay.simulation.intervals import Interval

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 720, 58, 14, 34, 34
HEIGHT, ROW, LABEL = 300, 18, 190
INK, GRID, MARK = "#1c1c1c", "#d9d9d9", "#0b4f8a"
COLOURS = ("#0b4f8a", "#b3541e", "#2f7d4f", "#6b4c9a")
DASHES = ("", "6 3", "2 3", "8 3 2 3")
Lines = Sequence[tuple[str, Sequence[float]]]
"""Named lines, each with a value for each place on the x axis."""


def curves(title: str, days: Sequence[int], groups: Mapping[str, Lines], axis: str) -> str:
    """Shares over days: a colour for each group, a dash for each line in it (a policy)."""
    top = max((value for lines in groups.values() for _, values in lines for value in values), default=0.0)
    high = next(step / 20 for step in range(1, 21) if step / 20 >= min(top, 1.0))
    wide, tall = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(day: float, value: float) -> str:
        return f"{LEFT + wide * day / days[-1]:.2f},{HEIGHT - BOTTOM - tall * value / high:.2f}"

    parts = [_text(4, 14, title, 'font-weight="bold"'), _text(WIDTH - RIGHT, HEIGHT - 4, axis, 'text-anchor="end"')]
    for tick in range(6):
        y = HEIGHT - BOTTOM - tall * tick / 5
        parts += [_line(LEFT, y, WIDTH - RIGHT, y, GRID), _text(LEFT - 6, y + 4, f"{high * tick * 20:.0f} %", _END)]
    for day in range(0, days[-1] + 1, 90):
        x = LEFT + wide * day / days[-1]
        parts.append(_text(x, HEIGHT - BOTTOM + 15, str(day), 'text-anchor="middle"'))
    for number, (group, lines) in enumerate(groups.items()):
        colour = COLOURS[number % len(COLOURS)]
        parts.append(_text(LEFT + 8 + 160 * number, TOP - 4, group, f'fill="{colour}"'))
        for which, (name, values) in enumerate(lines):
            points = " ".join(place(day, value) for day, value in zip(days, values, strict=True))
            dash = f'stroke-dasharray="{DASHES[which % len(DASHES)]}"' if which else ""
            said = f"<title>{escape(f'{group}: {name}')}</title>"
            parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" {dash}>{said}</polyline>')
    return _svg(HEIGHT, title, parts)


def forest(title: str, rows: Sequence[tuple[str, Interval]]) -> str:
    """Differences with their intervals, one a row, around zero; those whose interval excludes zero are filled."""
    known = [(name, each) for name, each in rows if each.mean is not None]
    bounds = [abs(bound) for _, each in known for bound in (each.mean, each.low, each.high) if bound is not None]
    reach = max(bounds, default=0.0) or 1.0
    height = TOP + ROW * len(known) + BOTTOM

    def x(value: float) -> float:
        return LABEL + (WIDTH - LABEL - RIGHT) * (value + reach) / (2 * reach)

    parts = [_text(4, 14, title, 'font-weight="bold"'), _line(x(0), TOP - 8, x(0), height - BOTTOM, INK)]
    for value in (-reach, 0.0, reach):
        parts.append(_text(x(value), height - 12, f"{value:.2f}", _MIDDLE if value == 0 else _END if value > 0 else ""))
    for number, (name, each) in enumerate(known):
        y = TOP + ROW * number + ROW / 2
        parts.append(_text(LABEL - 8, y + 4, name, _END))
        if each.low is not None and each.high is not None:
            parts.append(_line(x(each.low), y, x(each.high), y, MARK))
        filled = MARK if each.excludes_zero else "#ffffff"
        parts.append(f'<circle cx="{x(each.mean or 0):.2f}" cy="{y:.2f}" r="4" fill="{filled}" stroke="{MARK}"/>')
    return _svg(height, title, parts)


_END, _MIDDLE = 'text-anchor="end"', 'text-anchor="middle"'


def _svg(height: int, title: str, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" font-size="11"'
    return f'{head} font-family="Georgia, serif" fill="{INK}"><title>{escape(title)}</title>{"".join(parts)}</svg>'


def _text(x: float, y: float, said: str, more: str = "") -> str:
    return f'<text x="{x:.2f}" y="{y:.2f}" {more}>{escape(said)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}" stroke="{colour}"/>'
