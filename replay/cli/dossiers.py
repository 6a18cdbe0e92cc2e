"""snagc dossier: an allocation laid open in one file, for a court's expert and a cardiologist."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.errors import RequestError
from engine.log.eventlog import EventLog
from engine.log.outputs import Output
from replay.cli.common import LogOption, guarded, opened
from replay.cli.outputs import ForceOption, format_of


class Language(StrEnum):
    """The languages of a dossier."""

    fr = "fr"
    en = "en"


class Format(StrEnum):
    """What a dossier is written as."""

    html = "html"
    pdf = "pdf"
    json = "json"


@guarded
def dossier(
    offer: Annotated[str, typer.Argument(help="The offer's id.")],
    candidate: Annotated[str | None, typer.Argument(help="The candidate's id; the first ranked if absent.")] = None,
    log: LogOption = None,
    lang: Annotated[Language, typer.Option(help="Language of the dossier.")] = Language.fr,
    format_: Annotated[
        Format | None,
        typer.Option("--format", help="What to write; by default what --out ends in, else html.", show_default=False),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The file to write; standard output if absent.")] = None,
    known_at: Annotated[
        str,
        typer.Option(
            help="What is known since: a position, 'now', or an RFC 3339 time with offset. The decision itself is "
            "always as known just before the offer.",
            metavar="POSITION|TIME|now",
        ),
    ] = "now",
    force: ForceOption = False,
) -> None:
    """One self-contained file: graft, rules, ranking, the candidate's whole chain, acts, proofs and limits.

    Example: snagc dossier O00418 C01386 --format pdf --out dossier.pdf --log heart.db
    """
    form = format_of(out, format_, Format, Format.html)
    output = None if out is None else Output(out, log, force=force)
    if output is not None:
        output.check()
    with opened(log) as opened_log:
        document = _document(opened_log, offer, candidate, known_at)
    written = _written(document, lang, form)
    if output is None:
        if form is Format.pdf and sys.stdout.isatty():
            raise RequestError("a PDF is no text for a terminal: name a file with --out")
        sys.stdout.buffer.write(written)
        sys.stdout.buffer.flush()
    else:
        output.write(written)
        print(f"{out}: {len(written)} bytes", file=sys.stderr)


def _document(log: EventLog, offer: str, candidate: str | None, known_at: str) -> dict[str, Any]:
    from engine.log.imports import recorded_times_note
    from engine.rules.readings import choose_readings
    from replay.reports.dossier.content import Provenance
    from replay.reports.dossier.content import dossier as content
    from replay.run.live import engine_version
    from replay.run.moments import moment_of_offer

    readings = choose_readings()
    then = moment_of_offer(log, offer, readings)
    now = moment_of_offer(log, offer, readings, known_at=known_at)
    declared = recorded_times_note(log, then.known_at) is not None if then.known_at else False
    recorded = log.fact(now.known_at or 1).recorded
    return content(then, now, candidate, Provenance(engine_version(), recorded, declared))


def _written(document: dict[str, Any], language: str, format_: Format) -> bytes:
    from replay.reports.dossier.files import html_file, json_file, pdf_file

    writers = {Format.html: html_file, Format.pdf: pdf_file}
    return json_file(document) if format_ is Format.json else writers[format_](document, language)
