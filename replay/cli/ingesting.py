"""snagc ingest: events in, a verdict for each.

The intake is imported where it is used: only this command needs the catalogue of events, and the others
start twice as fast without it.
"""

import sys
from collections.abc import Iterator
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from engine.errors import RequestError
from engine.log.eventlog import EventLog
from replay.cli.common import DIVERGENCE, JsonOption, LogOption, console, guarded, now, opened, print_json_line

if TYPE_CHECKING:
    from engine.intake.intake import Intake, Submission
    from engine.intake.verdicts import Verdict

BATCH = 1000
LONG_FILE_BYTES = 1_000_000


@guarded
def ingest(
    files: Annotated[list[str], typer.Argument(help="NDJSON files, JSON arrays of events, or - for standard input.")],
    log: LogOption = None,
    import_: Annotated[
        bool, typer.Option("--import", help="Keep recordedtime as given (a history, not a feed).")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Take events in; refused ones are kept in quarantine and the exit code is 3.

    Example: snagc ingest --log heart.db events.ndjson
    """
    from engine.intake.intake import Intake

    with opened(log, create=True) as opened_log:
        intake = Intake(opened_log, now=now, imported=import_)
        counts = {"accepted": 0, "duplicate": 0, "conflict": 0, "refused": 0}
        for name in files:
            with _input(name) as stream:
                for verdict in _take(intake, stream, _size(name), progress=not json):
                    counts[verdict.status] += 1
                    _answer(verdict, name, json)
        if not json:
            _summary(counts, opened_log)
    if counts["refused"] or counts["conflict"]:
        raise typer.Exit(DIVERGENCE)


def _input(name: str) -> Any:
    if name == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise RequestError(f"cannot read {name}: {error.strerror}") from None


def _size(name: str) -> int:
    return 0 if name == "-" else Path(name).stat().st_size


def _take(intake: "Intake", stream: BinaryIO, size: int, *, progress: bool) -> Iterator["Verdict"]:
    """Verdicts batch by batch; a progress bar on long files."""
    from engine.intake.reading import read_submissions

    submissions = read_submissions(stream)
    if not progress or size < LONG_FILE_BYTES:
        while batch := list(islice(submissions, BATCH)):
            yield from intake.take(batch)
        return
    from rich.progress import Progress

    with Progress(console=console(), transient=True) as bar:
        task = bar.add_task("taking events in", total=size)
        while batch := list(islice(submissions, BATCH)):
            yield from intake.take(batch)
            bar.advance(task, _length(batch))


def _length(batch: list["Submission"]) -> int:
    return sum(len(submission.raw) + 1 for submission in batch)


def _answer(verdict: "Verdict", name: str, json: bool) -> None:
    if json:
        print_json_line(verdict.as_json())
        return
    for fault in verdict.errors:
        print(f"{name}:{verdict.line}: {verdict.status}: {fault.path}: {fault.message}", file=sys.stderr)
    for warning in verdict.warnings:
        print(f"{name}:{verdict.line}: warning: {warning}", file=sys.stderr)


def _summary(counts: dict[str, int], log: EventLog) -> None:
    said = ", ".join(f"{count} {status}" for status, count in counts.items() if count) or "nothing to take in"
    console().print(f"{said}; the log has {log.head()} events")
    if counts["refused"] or counts["conflict"]:
        console().print("refused input is kept: snagc quarantine list")
