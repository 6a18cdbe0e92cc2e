"""snagc dossier: an allocation laid open in one file, for a court's expert and a cardiologist."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.errors import RequestError
from engine.log.outputs import Output
from replay.cli import options
from replay.cli.common import asking, guarded
from replay.cli.outputs import format_of, planned
from replay.cli.printing import tell


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
    log: options.Log = None,
    lang: Annotated[Language, typer.Option(help="Language of the dossier.")] = Language.fr,
    format_: Annotated[
        Format | None,
        typer.Option("--format", help="What to write; by default what --out ends in, else html.", show_default=False),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The file to write; standard output if absent.")] = None,
    known_at: Annotated[
        str,
        typer.Option(
            help="What is known since, named as in the other commands; the decision itself is always as known just "
            "before the offer.",
            metavar="POSITION|TIME|DAY|now",
        ),
    ] = "now",
    force: options.Force = False,
    json: Annotated[bool, typer.Option("--json", help="As --format json.")] = False,
) -> None:
    """One self-contained file: graft, rules, ranking, the candidate's whole chain, acts, proofs and limits.

    Example: snagc dossier O00418 C01386 --format pdf --out dossier.pdf --log heart.db
    """
    from replay.reports.dossier.asking import dossier_document

    if json and format_ not in (None, Format.json):
        raise RequestError(f"--json stands for --format json, and --format says {format_}: leave one out")
    form = format_of(out, Format.json if json else format_, Format, Format.html)
    output = planned(out, log, force=force)
    shown = output is None
    with asking(log, json=shown and form is Format.json, document=shown, known_at=known_at) as asked:
        document = dossier_document(asked, offer, candidate)
    _put(_written(document, lang, form), output, form)


def _put(written: bytes, output: Output | None, form: Format) -> None:
    if output is None:
        if form is Format.pdf and sys.stdout.isatty():
            raise RequestError("a PDF is no text for a terminal: name a file with --out")
        sys.stdout.buffer.write(written)
        sys.stdout.buffer.flush()
    else:
        output.write(written)
        tell(f"{output.path}: {len(written)} bytes")


def _written(document: dict[str, Any], language: str, format_: Format) -> bytes:
    from replay.reports.dossier.files import html_file, json_file, pdf_file

    writers = {Format.html: html_file, Format.pdf: pdf_file}
    return json_file(document) if format_ is Format.json else writers[format_](document, language)
