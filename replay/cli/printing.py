"""How answers are printed: documents, tables and lines on standard output; progress on standard error."""

import os
import sys
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, NoReturn, TypeVar

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

Item = TypeVar("Item")

WIDEST = 100_000
"""More characters than any line has: nothing is wrapped or cut here, a terminal wraps by itself."""
_REFRESH_S = 0.1


def print_json(document: object) -> None:
    """One JSON document on standard output, fields in their order."""
    from replay.reports.documents import document_bytes

    _write(document_bytes(document))


def print_json_line(document: object) -> None:
    """One JSON document on a line of standard output."""
    from replay.reports.documents import line_bytes

    _write(line_bytes(document))


def _write(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def console() -> "Console":
    """Where tables and lines go: standard output, with styles only where it is a terminal (and NO_COLOR is not set).

    Lines are never cut: a figure without its last digits would be another figure.
    """
    from rich.console import Console

    class Output(Console):
        """A console that leaves a reader who went away to the command."""

        def on_broken_pipe(self) -> NoReturn:
            raise BrokenPipeError

    to_terminal = sys.stdout.isatty()
    styled = to_terminal and not os.environ.get("NO_COLOR")
    return Output(
        file=sys.stdout,
        force_terminal=to_terminal,
        color_system="auto" if styled else None,
        width=WIDEST,
        highlight=False,
    )


def figures_table(columns: Sequence[str], rows: Iterable[Sequence[str]], left: Collection[str] = ()) -> "Table":
    """A table that never cuts a figure: columns are as wide as what they hold; ``left`` names those not of figures."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    lines = list(rows)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for number, column in enumerate(columns):
        width = max((len(line) for row in lines for line in row[number].split("\n")), default=0)
        justify: Literal["left", "right"] = "left" if column in left else "right"
        table.add_column(column, justify=justify, no_wrap=True, min_width=max(width, len(column)))
    for row in lines:
        table.add_row(*(Text(cell) for cell in row))
    return table


class Progress:
    """A count that goes up on one line of standard error, where that is a terminal; else nothing."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._count = 0
        self._at_terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._next_s = 0.0

    def tick(self) -> None:
        """One more."""
        self._count += 1
        if self._at_terminal and time.monotonic() >= self._next_s:
            self._show(f"{self._what}: {self._count}")
            self._next_s = time.monotonic() + _REFRESH_S

    def counted(self, items: Iterable[Item]) -> Iterator[Item]:
        """Each item, counted as it comes."""
        for item in items:
            self.tick()
            yield item

    def clear(self) -> None:
        """Take the line away, so that something else can be printed."""
        if self._next_s:
            self._show("")
            self._next_s = 0.0

    @staticmethod
    def _show(text: str) -> None:
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


@contextmanager
def progress(what: str) -> Iterator[Progress]:
    """Progress whose line is gone at the end."""
    shown = Progress(what)
    try:
        yield shown
    finally:
        shown.clear()
