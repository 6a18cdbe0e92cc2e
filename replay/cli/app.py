"""The snagc command and its help; each command lives in a module of its own."""

import typer

from replay.cli import explaining, ingesting, listing, quarantining, ranking

app = typer.Typer(
    name="snagc",
    help="Who is offered a donated heart in France, decided exactly and replayed years later from its events.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("ingest")(ingesting.ingest)
app.command("rank")(ranking.rank)
app.command("explain")(explaining.explain)
app.command("list")(listing.list_)
app.command("candidate")(listing.candidate)
app.command("worklist")(listing.worklist)
app.add_typer(quarantining.app, name="quarantine")


@app.command("demo")
def demo(
    folder: str = typer.Option("snagc-demo", help="Where the demonstration's log goes."),
    seed: int = typer.Option(2025, help="Seed of the synthetic national year."),
    year: int = typer.Option(2025, help="Which year to build."),
) -> None:
    """Build a synthetic national year, take it in, and show what the log can tell.

    Example: snagc demo --folder /tmp/demo
    """
    from replay.cli.demonstration import demonstrate

    demonstrate(folder, seed, year)
