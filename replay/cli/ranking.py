"""snagc rank: the match run of an offer."""

from typing import TYPE_CHECKING, Annotated

import typer

from replay.cli import options
from replay.cli.common import asking, guarded, unsearched
from replay.cli.printing import bold, console, figures_table, print_json

if TYPE_CHECKING:
    from rich.table import Table

    from projections.standing import Standing
    from replay.cli.terminal import Terminal
    from replay.run.matchrun import MatchRun

SHORTENED = ("ccb", "f1_age", "f2_abo", "f3_bsa", "f4_survival", "ccp", "mg")


@guarded
@unsearched
def rank(
    offer: Annotated[str, typer.Argument(help="The offer's id, as in graft.offered.")],
    log: options.Log = None,
    known_at: options.KnownAt = None,
    ruleset: options.Ruleset = None,
    readings: options.Readings = None,
    top: options.Top = 20,
    json: options.Json = False,
) -> None:
    """The match run of an offer, as known just before it or at another position.

    Example: snagc rank O00418 --log heart.db --json
    """
    from engine.log.imports import recorded_times_note
    from replay.run.matchrun import match_run

    with asking(log, json=json, known_at=known_at, ruleset=ruleset, readings=readings) as asked:
        run = match_run(asked.recalled_moment(offer))
        note = recorded_times_note(asked.log, run.moment.known_at)
    if json:
        print_json(run.as_json())
        return
    show_run(run, top, console())
    if note:
        console().print(f"known at position {run.moment.known_at}: {note}")


def show_run(run: "MatchRun", top: int, out: "Terminal") -> None:
    """A match run for a person: what it is about, the first ranks, and how many were excluded for what."""
    from replay.reports.explain import assumption

    header = run.header()
    donor = run.donor.variables
    out.print(
        bold(f"Offer {header['offer']}"),
        f"· donor {header['donor']}: {donor.age_years:.1f} years, {donor.sex}, "
        f"group {donor.blood_group}, {donor.height_cm} cm, {donor.weight_kg} kg, site {run.donor.procurement_site}",
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
    out.print(f"digest {run.digest()}")
    out.print(f"log root {run.moment.root}")


def tie_column(ranked: "list[tuple[str, Standing]]") -> tuple[list[str], list[list[str]]]:
    """A column for who comes before a neighbour of the same score, by which tie-break; none where nobody does.

    Its name, if there is one, and its cell for each row.
    """
    from projections.ties import ties

    decided = {each.first: each.decided_by.replace("_", " ") for each in ties(ranked)}
    if not decided:
        return [], [[] for _ in ranked]
    return ["same score as next, before it by"], [[decided.get(standing.id, "")] for _, standing in ranked]


def ranking_table(run: "MatchRun", top: int) -> "Table":
    """The first ranks as a table."""
    from replay.reports.documents import short_figure

    rows = []
    name, ties = tie_column(run.scored()[: top + 1])
    for place, (entry, tie) in enumerate(zip(run.ranking[:top], ties, strict=False), 1):
        fields = entry.as_json()
        icar = "" if fields["icar"] is None else str(fields["icar"])
        short = [short_figure(fields[name]) for name in SHORTENED]
        rows.append((
            str(place), fields["candidate"], fields["component"], icar, *short[:6],
            str(fields["travel_minutes"]), short[6], fields["snagc"], *tie,
        ))  # fmt: skip
    columns = (
        "rank",
        "candidate",
        "component",
        "ICAR",
        "CCB",
        "F1",
        "F2",
        "F3",
        "F4",
        "CCP",
        "min",
        "MG",
        "SNAGC",
        *name,
    )
    return figures_table(columns, rows, left=("candidate", "component", *name))
