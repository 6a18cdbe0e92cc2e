"""snagc ingest: events in, a verdict for each.

The intake is imported where it is used: only this command needs the catalogue of events, and the others
start twice as fast without it.
"""

import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from engine.errors import RequestError
from engine.text import counted
from replay.cli import options
from replay.cli.common import DIVERGENCE, INTERNAL, fail, guarded, now, opened
from replay.cli.feeding import CLOUDEVENTS, REFUSE, Feed
from replay.cli.printing import Progress, console, print_json_line, progress, tell
from replay.cli.streams import give_up

if TYPE_CHECKING:
    from engine.intake.intake import Intake
    from engine.intake.verdicts import Verdict
    from engine.log.eventlog import EventLog

BATCH, IMPORTED_AT_ONCE = 1000, 4000
"""Events that are committed together at most: of a feed, of a history."""
LONG = 8 << 20
"""Bytes from which on a history is worth a second process."""


@guarded
def ingest(
    files: Annotated[
        list[str], typer.Argument(help="Files of events (NDJSON, JSON arrays) or messages; - for standard input.")
    ],
    log: options.Log = None,
    import_: Annotated[
        bool, typer.Option("--import", help="Keep recordedtime as given (a history, not a feed).")
    ] = False,
    actor: Annotated[
        str | None,
        typer.Option(envvar="SNAGC_ACTOR", help="Who imports: role:id, a pseudonym; kept with the import."),
    ] = None,
    format_: options.Format = CLOUDEVENTS,
    patients: options.Patients = None,
    unknown_patients: options.UnknownPatients = REFUSE,
    json: options.Json = False,
) -> None:
    """Take events in, or laboratory messages; refused ones are kept in quarantine and the exit code is 3.

    With --json each verdict is printed once it is durable; without it nothing is acknowledged before the summary at
    the end. Each import leaves a record beside the log: the file's SHA-256, the instant, the actor, the positions.

    Example: snagc ingest --log heart.db events.ndjson
    """
    who = _checked_actor(actor)
    feed = None if format_ == CLOUDEVENTS else Feed.of(format_, patients, unknown_patients, import_=import_)
    _check_inputs(files)
    counts, answered = dict.fromkeys(("accepted", "duplicate", "conflict", "refused", "ignored"), 0), True
    with progress("events taken in") as shown, opened(log, create=True) as opened_log:
        _say_when(json)
        take = _events(opened_log, who, import_=import_) if feed is None else feed.into(opened_log)
        for name in files:
            with _input(name, whole=import_) as stream:
                for verdict in shown.counted(take(stream)):
                    counts[verdict.status] += 1
                    answered &= _answered(verdict, name, json, shown)
        shown.clear()
        _summary(counts, opened_log, json)
    _leave(counts, answered)


def _events(log: "EventLog", who: str | None, *, import_: bool) -> Callable[[BinaryIO], Iterator["Verdict"]]:
    """What takes the events of a stream into a log."""
    from engine.intake.intake import Intake
    from replay.run.live import LiveRuns
    from replay.run.replayed import ReplayedRankings

    runs, rankings = None if import_ else LiveRuns(log), ReplayedRankings(log)

    def take(stream: BinaryIO) -> Iterator["Verdict"]:
        digest = _digest(stream) if import_ else None
        intake = Intake(log, now=now, imported=import_, file_sha256=digest, actor=who, runs=runs, rankings=rankings)
        return _imported(intake, stream) if import_ else _taken(intake, stream)

    return take


def _check_inputs(files: list[str]) -> None:
    """Look at the inputs before a log is made for them."""
    for name in files:
        if name != "-" and not Path(name).exists():  # not opened: a pipe is opened once
            raise RequestError(f"cannot read {name}: no such file")


def _say_when(json: bool) -> None:
    if not json:
        tell("snagc: acknowledged at the end only; with --json event by event")


def _leave(counts: dict[str, int], answered: bool) -> None:
    """The exit code: 3 where something was refused, 1 where nobody read the verdicts to their end."""
    if not answered:
        fail("all was taken in, but nobody read the verdicts to the end: send the file again for them", INTERNAL)
    if counts["refused"] or counts["conflict"]:
        raise typer.Exit(DIVERGENCE)


def _checked_actor(actor: str | None) -> str | None:
    from engine.events.envelope import check_actor

    try:
        return check_actor(actor) if actor else None
    except ValueError as error:
        raise RequestError(f"--actor: {error}") from None


@contextmanager
def _input(name: str, *, whole: bool) -> Iterator[BinaryIO]:
    """The named file or standard input; ``whole``: such that it can be read twice, once for its digest."""
    with _file(name) as stream:
        if not whole or stream.seekable():
            yield stream
            return
        with TemporaryFile() as copy:
            shutil.copyfileobj(stream, copy)
            copy.seek(0)
            yield copy


def _file(name: str) -> AbstractContextManager[BinaryIO]:
    if name == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise RequestError(f"cannot read {name}: {error.strerror}") from None


def _digest(stream: BinaryIO) -> str:
    """SHA-256 of what is left of a stream, which then stands where it stood."""
    start = stream.tell()
    digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
    stream.seek(start)
    return digest


def _taken(intake: "Intake", stream: BinaryIO) -> Iterator["Verdict"]:
    """Verdicts batch by batch, of what has arrived."""
    from engine.intake.reading import read_batches

    for batch in read_batches(stream, BATCH):
        yield from intake.take(batch)


def _imported(intake: "Intake", stream: BinaryIO) -> Iterator["Verdict"]:
    """Verdicts of a whole file; of a long one the next batch is checked while the last one is taken in."""
    from engine.intake.intake import check_history, checked_history
    from engine.intake.reading import read_parts
    from engine.log.eventlog import without_garbage_collection
    from engine.processes import second_process

    worth_it = _bytes_left(stream) >= LONG
    with second_process(check_history, worth_it=worth_it) as over, without_garbage_collection():
        for part, checked in over(read_parts(stream, IMPORTED_AT_ONCE)):
            yield from intake.take([*part], checked_history(checked))


def _bytes_left(stream: BinaryIO) -> int:
    start = stream.tell()
    end = stream.seek(0, os.SEEK_END)
    stream.seek(start)
    return end - start


def _answered(verdict: "Verdict", name: str, json: bool, shown: Progress) -> bool:
    """Print a verdict; the intake goes on to its end even where nobody reads any more."""
    if not (json or verdict.errors or verdict.warnings):
        return True
    shown.clear()
    try:
        _answer(verdict, name, json)
    except BrokenPipeError:
        give_up()
        return False
    return True


def _answer(verdict: "Verdict", name: str, json: bool) -> None:
    if json:
        print_json_line(verdict.as_json())
        sys.stdout.flush()
        return
    for fault in verdict.errors:
        tell(f"{name}:{verdict.line}: {verdict.status}: {fault.path}: {fault.message}")
    for warning in verdict.warnings:
        tell(f"{name}:{verdict.line}: warning: {warning}")


def _summary(counts: dict[str, int], log: "EventLog", json: bool) -> None:
    if json:
        return
    said = ", ".join(f"{count} {status}" for status, count in counts.items() if count) or "nothing to take in"
    try:
        console().print(f"{said}; the log has {counted(log.head(), 'event')}")
        sys.stdout.flush()
    except BrokenPipeError:  # who reads no more may still ask for the exit code
        give_up()
    if counts["refused"] or counts["conflict"]:
        tell("refused input is kept: snagc quarantine list")
