"""snagc export: events, match runs and ranks as tables."""

import hashlib
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.log.eventlog import EventLog
from engine.log.outputs import Output
from replay.cli.common import JsonOption, KnownAtOption, LogOption, console, guarded, instant_option, opened, print_json
from replay.cli.outputs import ForceOption, format_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from replay.reports.export.tables import Span, Table
    from replay.run.matchrun import MatchRun


class What(StrEnum):
    """The tables."""

    EVENTS = "events"
    RUNS = "runs"
    RANKS = "ranks"


class Format(StrEnum):
    """The file formats."""

    CSV = "csv"
    PARQUET = "parquet"
    XLSX = "xlsx"


FromOption = Annotated[
    str | None, typer.Option("--from", help="From this time on, included.", metavar="TIME", show_default=False)
]
ToOption = Annotated[
    str | None, typer.Option("--to", help="Up to this time, included.", metavar="TIME", show_default=False)
]


@guarded
def export(
    what: Annotated[What, typer.Argument(help="One row an event, an offer, or a candidate of each offer.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write; its ending names the format.")],
    format_: Annotated[Format | None, typer.Option("--format", help="The format of a file without an ending.")] = None,
    log: LogOption = None,
    from_: FromOption = None,
    to: ToOption = None,
    known_at: KnownAtOption = None,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """Export events, match runs or ranks as a table; every score is the exact text that a match run publishes.

    --from and --to cut by an event's time (an offer's instant), not by when it was recorded. Each offer is
    replayed as known just before it, under the rules then in force and the default readings; with --known-at, all
    as known there, and what stands at later positions is left out. Events are as stored: a correction is a row.

    CSV is RFC 4180 in UTF-8. In its text columns, never in figures, a cell that begins with = + - @, a tab, a
    carriage return or an apostrophe gets an apostrophe before it, or a spreadsheet would run it as a formula: take
    one away to have the text back. XLSX holds text cells, which are never run, and Parquet strings: neither needs it.

    Example: snagc export ranks --out ranks.csv --log heart.db --from 2025-01-01T00:00:00+01:00
    """
    from replay.reports.export.tables import Span
    from replay.reports.export.writing import write_table

    form, output = format_of(out, format_, Format), Output(out, log, force=force)
    output.check()
    first, last = (instant_option(text, name) if text else None for text, name in ((from_, "from"), (to, "to")))
    with opened(log) as opened_log:
        table = _table(opened_log, what, Span(first, last), known_at)
        with output.writing() as file:
            rows = write_table(table, form.value, file)
    with out.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if json:
        print_json({"what": what.value, "format": form.value, "out": str(out), "rows": rows, "sha256": digest})
    else:
        console().print(f"{rows} {what.value} in {out}\nSHA-256 {digest}", markup=False, soft_wrap=True)


def _table(log: EventLog, what: What, span: "Span", known_at: str | None) -> "Table":
    from engine.rules.readings import choose_readings
    from replay.reports.export.runs import runs_in
    from replay.reports.export.tables import events_table, ranks_table, runs_table

    if what is What.EVENTS:
        return events_table(log, span, log.known_at(known_at or "now"))
    runs = _with_progress(runs_in(log, span, choose_readings(), known_at))
    return runs_table(runs) if what is What.RUNS else ranks_table(runs)


def _with_progress(runs: "Iterator[MatchRun]") -> "Iterator[MatchRun]":
    """The runs, counted on a terminal as they come: a national year takes a minute or so."""
    out = console()
    if not out.is_terminal:
        yield from runs
        return
    with out.status("replaying offers") as status:
        for number, run in enumerate(runs, 1):
            status.update(f"replaying offers: {number}")
            yield run
