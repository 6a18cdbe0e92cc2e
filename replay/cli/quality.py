"""snagc quality: every plausibility and data-quality rule over the log."""

from typing import Annotated

import typer

from replay.cli import options
from replay.cli.common import asking, guarded
from replay.cli.printing import console, figures_table, print_json, progress


@guarded
def quality(
    log: options.Log = None,
    from_: options.From = None,
    to: options.To = None,
    centre: Annotated[str | None, typer.Option(help="Only the candidates of a centre, by its FINESS number.")] = None,
    known_at: options.KnownAt = None,
    json: options.Json = False,
) -> None:
    """How many facts each plausibility rule looked at, and which look wrong, as known now or then.

    --from and --to cut by when a fact took effect. What a later fact or correction settled is not found.

    Example: snagc quality --log heart.db --from 2025-12-01
    """
    from replay.audit import quality as audit

    with (
        progress("subjects looked at") as shown,
        asking(log, json=json, known_at=known_at, start=from_, end=to, tick=shown.tick) as asked,
    ):
        document = audit.quality(asked, centre)
    if json:
        print_json(document)
        return
    columns = ("rule", "checked", "found", "share", "positions")
    rows = [
        (
            rule["code"],
            str(rule["checked"]),
            str(rule["found"]),
            rule["share"] or "none",
            _first([str(event["position"]) for event in rule["events"]]),
        )
        for rule in document["rules"]
    ]
    console().print(figures_table(columns, rows, left=("rule", "positions")))


def _first(positions: list[str], most: int = 5) -> str:
    more = f" … {len(positions) - most} more" if len(positions) > most else ""
    return ", ".join(positions[:most]) + more
