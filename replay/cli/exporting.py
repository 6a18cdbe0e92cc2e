"""snagc export: events, match runs and ranks as tables."""

import hashlib
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.log.outputs import Output
from replay.cli import options
from replay.cli.common import asking, guarded
from replay.cli.outputs import format_of
from replay.cli.printing import Progress, print_json, progress, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from replay.reports.export.tables import Run, Table, Unmade
    from replay.run.asked import Asked


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


@guarded
def export(
    what: Annotated[What, typer.Argument(help="One row an event, an offer, or a candidate of each offer.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write; its ending names the format.")],
    format_: Annotated[Format | None, typer.Option("--format", help="The format of a file without an ending.")] = None,
    log: options.Log = None,
    from_: options.From = None,
    to: options.To = None,
    known_at: options.KnownAt = None,
    force: options.Force = False,
    json: options.Json = False,
) -> None:
    """Export events, match runs or ranks as a table; every score is the exact text that a match run publishes.

    --from and --to cut by an event's time (an offer's instant), not by when it was recorded. Each offer is
    replayed as known just before it, under the rules then in force and the default readings; with --known-at, all
    as known there, and what stands at later positions is left out. An offer that has no run (its donor retracted
    since, or from before the score) keeps its place, its column problem says why. Events are as stored.

    CSV is RFC 4180 in UTF-8. In its text columns, never in figures, a cell that begins with = + - @ or an apostrophe
    gets an apostrophe before it, or a spreadsheet would run it as a formula: take one away to have the text back.
    XLSX holds text cells, which are never run. In both, a sign that is not seen or acts on the text around it is shown
    by its number, [U+202E] (in JSON by its escape); Parquet keeps it.

    Example: snagc export ranks --out ranks.csv --log heart.db --from 2025-01-01
    """
    from replay.reports.export.writing import write_table

    form, output = format_of(out, format_, Format), Output(out, log, force=force)
    unmade: list[str] = []
    with (
        output.writing() as written,
        progress("offers replayed") as shown,
        asking(log, json=json, known_at=known_at, start=from_, end=to) as asked,
    ):
        span, rows = asked.span(), write_table(_table(asked, what, shown, unmade), form.value, written)
    document = {"what": what.value, "format": form.value, "out": str(out), "rows": rows, "sha256": _digest(out)}
    _answer(document | span.as_json() | {"without_run": unmade}, json)


def _digest(out: Path) -> str:
    with out.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _answer(document: dict[str, Any], json: bool) -> None:
    if json:
        print_json(document)
        return
    ends = "".join(f" {name} {document[name]}" for name in ("from", "to") if document[name])
    say(f"{document['rows']} {document['what']}{ends} in {document['out']}")
    say(f"SHA-256 {document['sha256']}")
    if unmade := document["without_run"]:
        say(f"no run could be made of {', '.join(unmade)}: see the column problem")


def _table(asked: "Asked", what: What, shown: Progress, unmade: list[str]) -> "Table":
    from replay.reports.export.runs import runs_in
    from replay.reports.export.tables import events_table, ranks_table, runs_table

    position, span = asked.position(), asked.span()
    if what is What.EVENTS:
        return events_table(asked.log, span, asked.log.head() if position is None else position)
    figures = what is What.RANKS
    found = runs_in(asked.log, span, asked.chosen_readings(), asked.known_at, figures=figures)
    runs = _noting(shown.counted(found), unmade)
    return runs_table(runs) if what is What.RUNS else ranks_table(runs)


def _noting(runs: "Iterator[Run | Unmade]", unmade: list[str]) -> "Iterator[Run | Unmade]":
    """The runs as they come; the offers that have none are noted."""
    from replay.reports.export.tables import Unmade

    for run in runs:
        if isinstance(run, Unmade):
            unmade.append(run.offer.subject.partition("/")[2])
        yield run
