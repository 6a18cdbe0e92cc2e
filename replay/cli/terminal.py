"""The terminal as the commands print on it, and tables: what others wrote is made visible, and is never markup.

Imported where it is used: a command that answers in JSON starts without it.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Literal, NoReturn

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from engine.text import visible

Cell = str | Sequence[str]
"""A cell of a table: a line, or several."""


class Terminal(Console):
    """A console for lines and tables; a reader who went away is left to the command.

    A text is one line: a line feed in it came from a text that others wrote, and is shown by its number.
    """

    def render_str(self, text: str, *, style: Any = "", **_: Any) -> Text:
        """A text as it is printed: brackets, colons and figures in it mean nothing."""
        return Text(visible(text), style)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is written: every text passes here, whatever it was printed with."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(_visible_lines(segment.text), segment.style)

    def on_broken_pipe(self) -> NoReturn:
        """Nobody reads any more."""
        raise BrokenPipeError


def _visible_lines(text: str) -> str:
    return "\n".join(map(visible, text.split("\n")))


def bold_text(text: str) -> Text:
    """The part of a line that stands out."""
    return Text(visible(text), "bold")


def table_of(columns: Sequence[str], rows: Iterable[Sequence[Cell]], left: Collection[str]) -> Table:
    """A table that never cuts a figure; ``left`` names the columns that are not of figures."""
    shown = [[_lines(cell) for cell in row] for row in rows]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for number, column in enumerate(columns):
        width = max((cell_len(line) for row in shown for line in row[number]), default=0)
        justify: Literal["left", "right"] = "left" if column in left else "right"
        table.add_column(column, justify=justify, no_wrap=True, min_width=max(width, cell_len(column)))
    for row in shown:
        table.add_row(*(Text("\n".join(lines)) for lines in row))
    return table


def _lines(cell: Cell) -> list[str]:
    return [visible(line) for line in ([cell] if isinstance(cell, str) else cell)]
