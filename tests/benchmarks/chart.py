"""Cost against size as SVG: seconds and peak memory over the number of events, both axes in powers of ten."""

import math
from collections.abc import Callable, Iterable, Sequence
from xml.sax.saxutils import escape

Point = tuple[str, int, float, float]
"""A figure, events, seconds, megabytes."""

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 400, 320, 52, 8, 34, 40
BEYOND = 24
"""Room on the right for the half of the last label that stands there."""
COLOURS = ("#0b4f8a", "#b3541e", "#2e7d4f", "#7b3f98", "#a8871a", "#5a5a5a", "#c2185b")
GRID, INK = "#d9d9d9", "#1c1c1c"


def chart(points: Sequence[Point]) -> str:
    """The SVG: one line for each figure; one of slope one grows in proportion to the events."""
    names = list(dict.fromkeys(name for name, *_ in points))
    colours = {name: COLOURS[number % len(COLOURS)] for number, name in enumerate(names)}
    legend = 16 * len(names) + 16
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * WIDTH + BEYOND} {HEIGHT + legend}" '
            f'font-family="Georgia, serif" font-size="11" fill="{INK}">',
            *_panel(0, "seconds", points, lambda point: point[2], colours),
            *_panel(WIDTH, "peak memory, MB", points, lambda point: point[3], colours),
            *_legend(colours),
            "</svg>\n",
        ]
    )


def _panel(
    offset: int, title: str, points: Sequence[Point], value: Callable[[Point], float], colours: dict[str, str]
) -> Iterable[str]:
    if not points:
        return
    xs, ys = _decades(events for _, events, _, _ in points), _decades(map(value, points))

    def place(events: float, cost: float) -> tuple[float, float]:
        x = (math.log10(events) - xs[0]) / (xs[-1] - xs[0])
        y = (math.log10(cost) - ys[0]) / (ys[-1] - ys[0])
        return offset + LEFT + x * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - y * (HEIGHT - TOP - BOTTOM)

    yield _text(offset + LEFT, TOP - 12, title, 'font-weight="bold"')
    yield _text(offset + WIDTH - RIGHT, HEIGHT - 8, "events", 'text-anchor="end"')
    for power in xs:
        x, _ = place(10**power, 10 ** ys[0])
        yield _line(x, TOP, x, HEIGHT - BOTTOM)
        yield _text(x, HEIGHT - BOTTOM + 16, f"{10**power:,.0f}", 'text-anchor="middle"')
    for power in ys:
        _, y = place(10 ** xs[0], 10**power)
        yield _line(offset + LEFT, y, offset + WIDTH - RIGHT, y)
        yield _text(offset + LEFT - 6, y + 4, f"{10**power:,g}", 'text-anchor="end"')
    for name, colour in colours.items():
        own = sorted((point for point in points if point[0] == name), key=lambda point: point[1])
        places = [place(point[1], value(point)) for point in own]
        way = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        yield f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
        for x, y in places:
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>'


def _decades(values: Iterable[float]) -> list[int]:
    """The powers of ten around some values, at least two."""
    logs = [math.log10(value) for value in values]
    low, high = math.floor(min(logs)), math.ceil(max(logs))
    return list(range(low, max(high, low + 1) + 1))


def _legend(colours: dict[str, str]) -> Iterable[str]:
    for number, (name, colour) in enumerate(colours.items()):
        y = HEIGHT + 12 + 16 * number
        yield _line(LEFT, y - 4, LEFT + 24, y - 4, colour, 'stroke-width="2"')
        yield _text(LEFT + 32, y, name)


def _text(x: float, y: float, text: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str = GRID, more: str = "") -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" {more}/>'
