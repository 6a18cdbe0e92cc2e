"""The snagc command and its help; each command lives in a module of its own."""

from typing import Any

import typer
from typer.core import TyperCommand

from replay.cli import (
    auditing,
    dossiers,
    explaining,
    exporting,
    ingesting,
    listing,
    offering,
    quality,
    quarantining,
    ranking,
    sheets,
    signing,
    verifying,
)


class ReadingsCommand(TyperCommand):
    """A command whose --readings takes several NAME=VALUE words: ``--readings age=completed months=mean``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Repeat the option before each further word of its kind."""
        spread: list[str] = []
        taking = False
        for word in args:
            if taking and "=" in word and not word.startswith("-") and spread[-1] != "--readings":
                spread.append("--readings")
            elif word.startswith("-") or "=" not in word:
                taking = word == "--readings"
            spread.append(word)
        return super().parse_args(ctx, spread)


app = typer.Typer(
    name="snagc",
    help="Who is offered a donated heart in France, decided exactly and replayed years later from its events.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("ingest")(ingesting.ingest)
app.command("offer")(offering.offer)
app.command("rank", cls=ReadingsCommand)(ranking.rank)
app.command("explain", cls=ReadingsCommand)(explaining.explain)
app.command("list", cls=ReadingsCommand)(listing.list_)
app.command("candidate", cls=ReadingsCommand)(listing.candidate)
app.command("worklist", cls=ReadingsCommand)(listing.worklist)
app.command("audit")(auditing.audit)
app.command("diff")(auditing.diff)
app.command("sensitivity")(auditing.sensitivity)
app.command("what-if")(auditing.what_if)
app.command("quality")(quality.quality)
app.add_typer(quarantining.app, name="quarantine")
app.command("dossier")(dossiers.dossier)
app.command("keys")(signing.keys)
app.command("checkpoint")(signing.checkpoint)
app.command("timestamp")(signing.timestamp)
app.command("export")(exporting.export)
app.command("import-sheet", cls=ReadingsCommand, help=sheets.HELP)(sheets.import_sheet)
app.command("verify")(verifying.verify)
app.command("check-proof")(verifying.check_proof)
app.add_typer(verifying.prove, name="prove")


@app.command("demo")
def demo(
    folder: str = typer.Option("snagc-demo", help="Where the demonstration's log goes."),
    seed: int = typer.Option(2025, help="Seed of the synthetic national year."),
    year: int = typer.Option(2025, min=2018, max=2100, help="Which year to build, from 2018 on."),
) -> None:
    """Build a synthetic national year, take it in, and show what the log can tell.

    Example: snagc demo --folder /tmp/demo
    """
    from replay.cli.demonstration import demonstrate

    demonstrate(folder, seed, year)
