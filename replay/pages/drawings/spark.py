"""A small course in the width of a word: how a figure moved in the last weeks, for the row of a list."""

from collections.abc import Sequence

from markupsafe import Markup

from replay.pages.drawings.scale import Scale
from replay.pages.drawings.svg import element, path, picture

WIDTH, HEIGHT, MARGIN = 96, 22, 3

Series = Sequence[tuple[int, float | None]]
"""Instants, ascending, from each of which on the figure has a value until the next; None where it has none."""


def spark(series: Series, begin: int, end: int, label: str) -> Markup:
    """The steps of a figure from ``begin`` to ``end``, a dot at its last value; ``label`` says it in words."""
    runs = _runs(series, begin, end)
    values = [value for run in runs for _, value in run]
    low, high = min(values, default=0.0), max(values, default=0.0)
    x = Scale(begin, end, MARGIN, WIDTH - MARGIN)
    y = Scale(low, high, HEIGHT - MARGIN, MARGIN) if high > low else Scale(low - 1, low + 1, HEIGHT - MARGIN, MARGIN)
    drawn = [path([(x(at), y(value)) for at, value in run], "spark-line") for run in runs]
    if runs and runs[-1][-1][0] == end:
        drawn.append(element("circle", cx=x(end), cy=y(runs[-1][-1][1]), r=2.5, class_="spark-dot"))
    return picture(WIDTH, HEIGHT, label, drawn, "spark")


def _runs(series: Series, begin: int, end: int) -> list[list[tuple[int, float]]]:
    """Corners of the steps, one run for each stretch in which there is a value."""
    runs: list[list[tuple[int, float]]] = []
    last: float | None = None
    for at, value in [*_within(series, begin, end), (end, None)]:
        if last is not None:
            runs[-1].append((at, last))
        if value is not None and last is None:
            runs.append([])
        if value is not None:
            runs[-1].append((at, value))
        last = value
    return runs


def _within(series: Series, begin: int, end: int) -> Series:
    """The part between two instants; what held at the beginning holds from there on."""
    before = [value for at, value in series if at <= begin]
    first = [(begin, before[-1])] if before else []
    return [*first, *((at, value) for at, value in series if begin < at < end)]
