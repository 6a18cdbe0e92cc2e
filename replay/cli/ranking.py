"""snagc rank: the match run of an offer."""

from typing import TYPE_CHECKING, Annotated

import typer

from engine.log.imports import recorded_times_note
from engine.rules.readings import parse_readings
from replay.cli.common import (
    JsonOption,
    KnownAtOption,
    LogOption,
    ReadingsOption,
    RulesetOption,
    console,
    figures_table,
    guarded,
    opened,
    print_json,
)
from replay.run.matchrun import MatchRun, match_run
from replay.run.moments import moment_of_offer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

SHORTENED = ("ccb", "f1_age", "f2_abo", "f3_bsa", "f4_survival", "ccp", "mg")


@guarded
def rank(
    offer: Annotated[str, typer.Argument(help="The offer's id, as in graft.offered.")],
    log: LogOption = None,
    known_at: KnownAtOption = None,
    ruleset: RulesetOption = None,
    readings: ReadingsOption = None,
    top: Annotated[int, typer.Option(min=0, help="How many ranks the table shows; --json has them all.")] = 20,
    json: JsonOption = False,
) -> None:
    """The match run of an offer, as known just before it or at another position.

    Example: snagc rank O00700 --log heart.db --json
    """
    chosen = parse_readings(readings or [])
    with opened(log) as opened_log:
        run = match_run(moment_of_offer(opened_log, offer, chosen, known_at=known_at, ruleset=ruleset))
        note = recorded_times_note(opened_log, run.moment.known_at)
    if json:
        print_json(run.as_json())
        return
    show_run(run, top, console())
    if note:
        console().print(f"known at position {run.moment.known_at}: {note}")


def show_run(run: MatchRun, top: int, out: "Console") -> None:
    """A match run for a person: what it is about, the first ranks, and how many were excluded for what."""
    from replay.reports.explain import assumption

    header = run.header()
    donor = run.donor.variables
    out.print(
        f"[bold]Offer {header['offer']}[/bold] · donor {header['donor']}: {donor.age_years:.1f} years, {donor.sex}, "
        f"group {donor.blood_group}, {donor.height_cm} cm, {donor.weight_kg} kg, site {run.donor.procurement_site}"
    )
    out.print(
        f"at {header['at']} · known at position {header['known_at']} · counter {header['counter']} · "
        f"rules {header['ruleset']} ({assumption(run.moment)})"
    )
    out.print(ranking_table(run, top))
    if len(run.ranking) > top:
        out.print(f"… {len(run.ranking) - top} more ranks (--top, or --json for all)")
    counts: dict[str, int] = {}
    for entry in run.excluded:
        for reason in entry.reasons:
            counts[reason] = counts.get(reason, 0) + 1
    listed = ", ".join(f"{reason} {count}" for reason, count in sorted(counts.items()))
    out.print(f"{len(run.ranking)} ranked, {len(run.excluded)} excluded ({listed or 'none'})")
    out.print(f"digest {run.digest()}\nlog root {run.moment.root}")


def short_figure(figure: str) -> str:
    """A figure of a table without its trailing zeros; --json has all six decimals."""
    return figure.rstrip("0").rstrip(".")


def ranking_table(run: MatchRun, top: int) -> "Table":
    """The first ranks as a table."""
    rows = []
    for place, entry in enumerate(run.ranking[:top], 1):
        fields = entry.as_json()
        icar = "" if fields["icar"] is None else str(fields["icar"])
        short = [short_figure(fields[name]) for name in SHORTENED]
        rows.append((
            str(place), fields["candidate"], fields["component"], icar, *short[:6],
            str(fields["travel_minutes"]), short[6], fields["snagc"],
        ))  # fmt: skip
    columns = ("rank", "candidate", "component", "ICAR", "CCB", "F1", "F2", "F3", "F4", "CCP", "min", "MG", "SNAGC")
    return figures_table(columns, rows, left=("candidate", "component"))
