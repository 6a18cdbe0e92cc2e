"""What the commands share: opening the log, the clock, JSON and tables, errors and exit codes."""

import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn, TypeVar, cast

import orjson
import typer
from eventsourcing.persistence import PersistenceError

from engine.errors import RequestError, SnagcError
from engine.log.eventlog import EventLog
from engine.quantities import parse_instant

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

OK, INTERNAL, USAGE, DIVERGENCE, BROKEN = range(5)
"""Exit codes: as asked, internal error, usage, refused events or divergence, integrity broken."""

WIDEST = 200
"""Width of the widest table in characters."""

LogOption = Annotated[
    str | None, typer.Option("--log", envvar="SNAGC_LOG", help="The log: path of a SQLite file.", metavar="PATH")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
KnownAtOption = Annotated[
    str | None,
    typer.Option(
        help="What was known: a position, 'now', or an RFC 3339 time with offset.", metavar="POSITION|TIME|now"
    ),
]
RulesetOption = Annotated[
    str | None, typer.Option(help="Another rule set than the one in force, by its date.", metavar="YYYY-MM-DD")
]
ReadingsOption = Annotated[
    list[str] | None,
    typer.Option("--readings", help="Another reading of the guide; may be repeated.", metavar="NAME=VALUE"),
]
Command = TypeVar("Command", bound=Callable[..., Any])


def now() -> int:
    """The clock: microseconds since the epoch."""
    return time.time_ns() // 1000


def guarded(command: Command) -> Command:
    """Turn the project's errors into a message and their exit code."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> Any:
        try:
            return command(*arguments, **options)
        except SnagcError as error:
            fail(str(error), error.exit_code)
        except (sqlite3.Error, PersistenceError) as error:
            damaged = "malformed" in str(error) or "not a database" in str(error)
            why = "run snagc verify on a copy" if damaged else "check free space, rights and the path of the log"
            fail(f"the log cannot be used ({error}): {why}", BROKEN if damaged else INTERNAL)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(OK) from None
        except OSError as error:
            fail(f"{error}: check free space, rights and paths", INTERNAL)

    return cast(Command, run)


def fail(message: str, code: int) -> NoReturn:
    """Say what is wrong on standard error and leave with an exit code."""
    print(f"snagc: {message}", file=sys.stderr)
    raise typer.Exit(code)


@contextmanager
def opened(location: str | None, *, create: bool = False) -> Iterator[EventLog]:
    """The log that --log or SNAGC_LOG names."""
    if not location:
        raise RequestError("no log named: give --log PATH or set SNAGC_LOG")
    log = EventLog.open(location, create=create)
    try:
        yield log
    finally:
        log.close()


def instant_option(text: str | None, name: str) -> int:
    """An instant given on the command line; the present where it is absent or 'now'."""
    if text is None or text == "now":
        return now()
    try:
        return parse_instant(text)
    except ValueError as error:
        raise RequestError(f"--{name}: {error}") from None


def print_json(document: object) -> None:
    """One JSON document on standard output, fields in their order."""
    sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


def print_json_line(document: object) -> None:
    """One JSON document on a line of standard output."""
    sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))


def console() -> "Console":
    """Where tables go: standard output if it is a terminal, else standard error.

    Lines are never cut: a figure without its last digits would be another figure. A narrow terminal wraps them.
    """
    from rich.console import Console

    to_terminal = sys.stdout.isatty()
    width = max(shutil.get_terminal_size().columns if to_terminal else 0, WIDEST)
    return Console(stderr=not to_terminal, width=width, highlight=False)


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
