"""How answers are printed: documents, tables and lines on standard output; progress on standard error.

Nothing else in the command line writes to a terminal: what others wrote is made visible here, once (``engine.text``).
"""

import codecs
import os
import sys
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING, TextIO, TypeVar

from engine.text import stand_in, visible
from replay.cli.streams import give_up

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from replay.cli.terminal import Cell, Terminal

Item = TypeVar("Item")

WIDEST = 100_000
"""More characters than any line has: nothing is wrapped or cut here, a terminal wraps by itself."""
_REFRESH_S = 0.1
_MOST_IN_MEMORY = 16 << 20
"""Bytes of a document that is printed at its end."""
STAND_IN = "snagc.stand-in"
"""How a stream writes what its encoding lacks."""


def print_json(document: object) -> None:
    """One JSON document on standard output, fields in their order."""
    from replay.reports.documents import document_bytes

    _write(document_bytes(document))


def print_parts(parts: Iterable[bytes], shown: "Progress") -> None:
    """One JSON document in parts, printed once all of them are there: until then a long document waits in a file."""
    from shutil import copyfileobj
    from tempfile import SpooledTemporaryFile

    with SpooledTemporaryFile(_MOST_IN_MEMORY) as kept:
        for part in parts:
            kept.write(part)
        shown.clear()
        kept.seek(0)
        copyfileobj(kept, sys.stdout.buffer)
    sys.stdout.buffer.flush()


def print_json_line(document: object) -> None:
    """One JSON document on a line of standard output."""
    from replay.reports.documents import line_bytes

    _write(line_bytes(document))


def _write(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def console() -> "Terminal":
    """Where tables and lines go: standard output, with styles only where it is a terminal (and NO_COLOR is not set).

    Lines are never cut: a figure without its last digits would be another figure.
    """
    from replay.cli.terminal import Terminal

    to_terminal = sys.stdout.isatty()
    styled = to_terminal and not os.environ.get("NO_COLOR")
    return Terminal(
        file=_lenient(sys.stdout),
        force_terminal=to_terminal,
        color_system="auto" if styled else None,
        width=WIDEST,
        highlight=False,
    )


def bold(text: str) -> "Text":
    """The part of a line that stands out."""
    from replay.cli.terminal import bold_text

    return bold_text(text)


def figures_table(columns: Sequence[str], rows: "Iterable[Sequence[Cell]]", left: Collection[str] = ()) -> "Table":
    """A table that never cuts a figure: columns are as wide as what they hold; ``left`` names those not of figures."""
    from replay.cli.terminal import table_of

    return table_of(columns, rows, left)


def say(line: str) -> None:
    """A line on standard output, never wrapped."""
    print(visible(line), file=_lenient(sys.stdout))


def tell(line: str) -> None:
    """A line on standard error: what is wrong, or what was done; what nobody reads is lost."""
    try:
        print(visible(line), file=_lenient(sys.stderr))
    except BrokenPipeError:
        give_up()


def _lenient(stream: TextIO) -> TextIO:
    """The stream, such that what its own encoding cannot write is shown by its number, too."""
    if isinstance(stream, TextIOWrapper) and stream.errors != STAND_IN:
        stream.reconfigure(errors=STAND_IN)
    return stream


def _stand_ins(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(stand_in, error.object[error.start : error.end])), error.end


codecs.register_error(STAND_IN, _stand_ins)


class Progress:
    """A count that goes up on one line of standard error, where that is a terminal; else nothing."""

    def __init__(self, what: str) -> None:
        self._what = visible(what)
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
        """Each item, counted as it comes where anybody sees it."""
        return self._counted(items) if self._at_terminal else iter(items)

    def _counted(self, items: Iterable[Item]) -> Iterator[Item]:
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


def place_said(rank: int | None, snagc: str | None) -> str:
    """A place in a ranking in words."""
    return "not ranked" if rank is None else f"rank {rank} with {snagc}"
