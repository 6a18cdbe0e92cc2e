"""The snagc command and its help; each command lives in a module of its own."""

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from replay.cli import (
    access,
    auditing,
    copying,
    coursing,
    dossiers,
    explaining,
    exporting,
    ingesting,
    listing,
    offering,
    options,
    patienting,
    quality,
    quarantining,
    ranking,
    serving,
    sheets,
    signing,
    simulating,
    streams,
    tokens,
    verifying,
)
from replay.cli.common import INTERNAL, unusable
from replay.cli.printing import say, tell
from replay.run.version import engine_version


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


class GroupedCommands(TyperGroup):
    """The commands in the groups that ``rich_help_panel`` names, in plain text: rich would double the time to help."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run a command; help and version fail as commands do where they cannot be written."""
        streams.complete()
        try:
            return streams.written(super().main, *arguments, **options)
        except OSError as error:
            tell(f"snagc: {unusable(error)}")
            streams.give_up()
            sys.exit(INTERNAL)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """One section a group, all with one column for the names."""
        groups: dict[str, list[tuple[str, Any]]] = {}
        for name, command in self.commands.items():
            groups.setdefault(str(command.rich_help_panel), []).append((name.ljust(_NAMES), command))  # type: ignore[attr-defined]
        for title, commands in groups.items():
            with formatter.section(title):
                formatter.write_dl([
                    (name, command.get_short_help_str(_WHOLE_SENTENCE)) for name, command in commands
                ])  # fmt: skip


_WHOLE_SENTENCE = 1000
_NAMES = 12
"""Width of the longest command's name."""
TAKE_IN, ASK, AUDIT, PROVE, SHARE, SERVE = "Take in", "Ask", "Audit", "Prove", "Share", "Serve"

app = typer.Typer(
    name="snagc",
    cls=GroupedCommands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _say_version(asked: bool) -> None:
    if asked:
        say(engine_version())
        raise typer.Exit


@app.callback()
def snagc(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_say_version, help="Say the version and leave.")
    ] = False,
) -> None:
    """Who is offered a donated heart in France, decided exactly and replayed years later from its events."""


app.command("ingest", rich_help_panel=TAKE_IN)(ingesting.ingest)
app.command("offer", rich_help_panel=TAKE_IN)(offering.offer)
app.command("import-sheet", rich_help_panel=TAKE_IN, cls=ReadingsCommand, help=sheets.HELP)(sheets.import_sheet)
app.add_typer(quarantining.app, name="quarantine", rich_help_panel=TAKE_IN)
app.add_typer(patienting.app, name="patients", rich_help_panel=TAKE_IN)
app.command("rank", rich_help_panel=ASK, cls=ReadingsCommand)(ranking.rank)
app.command("explain", rich_help_panel=ASK, cls=ReadingsCommand)(explaining.explain)
app.command("list", rich_help_panel=ASK, cls=ReadingsCommand)(listing.list_)
app.command("candidate", rich_help_panel=ASK, cls=ReadingsCommand)(listing.candidate)
app.command("worklist", rich_help_panel=ASK, cls=ReadingsCommand)(listing.worklist)
app.command("offers", rich_help_panel=ASK)(listing.offers)
app.command("course", rich_help_panel=ASK, cls=ReadingsCommand)(coursing.course)
app.command("audit", rich_help_panel=AUDIT)(auditing.audit)
app.command("diff", rich_help_panel=AUDIT)(auditing.diff)
app.command("sensitivity", rich_help_panel=AUDIT)(auditing.sensitivity)
app.command("what-if", rich_help_panel=AUDIT)(auditing.what_if)
app.command("simulate", rich_help_panel=AUDIT)(simulating.simulate)
app.command("quality", rich_help_panel=AUDIT)(quality.quality)
app.command("access", rich_help_panel=AUDIT)(access.access)
app.command("verify", rich_help_panel=PROVE)(verifying.verify)
app.command("copy-log", rich_help_panel=PROVE)(copying.copy_log)
app.command("keys", rich_help_panel=PROVE)(signing.keys)
app.command("checkpoint", rich_help_panel=PROVE)(signing.checkpoint)
app.command("timestamp", rich_help_panel=PROVE)(signing.timestamp)
app.add_typer(verifying.prove, name="prove", rich_help_panel=PROVE)
app.command("check-proof", rich_help_panel=PROVE)(verifying.check_proof)
app.command("dossier", rich_help_panel=SHARE)(dossiers.dossier)
app.command("export", rich_help_panel=SHARE)(exporting.export)
app.command("serve", rich_help_panel=SERVE)(serving.serve)
app.command("token", rich_help_panel=SERVE)(tokens.token)


@app.command("demo", rich_help_panel=TAKE_IN)
def demo(
    folder: str = typer.Option("snagc-demo", help="Where the demonstration's log goes."),
    seed: int = typer.Option(2025, help="Seed of the synthetic national year."),
    year: int = typer.Option(2025, min=2018, max=2100, help="Which year to build, from 2018 on."),
    force: options.Force = False,
) -> None:
    """Build a synthetic national year, take it in, and show what the log can tell.

    Example: snagc demo --folder /tmp/demo
    """
    from replay.cli.demonstration import demonstrate

    demonstrate(folder, seed, year, force)
