"""snagc offer: a graft is offered, now; its match run is computed and recorded in the same transaction."""

from typing import Annotated

import typer

from replay.cli import options
from replay.cli.common import guarded, now, opened
from replay.cli.printing import console, print_json, tell


@guarded
def offer(
    donor: Annotated[str, typer.Argument(help="The donor's id, as in donor.registered.")],
    log: options.Log = None,
    offer_id: Annotated[
        str | None, typer.Option("--id", help="The offer's id; sent again, the first run is the answer.")
    ] = None,
    actor: Annotated[str | None, typer.Option(help="Who offers: role:id, a pseudonym.")] = None,
    top: options.Top = 20,
    json: options.Json = False,
) -> None:
    """Offer a donor's heart nationally: record the offer and its match run, and show the ranking.

    Give an --id where the command may be tried again: the same id and donor take one number of the counter.

    Example: snagc offer D00042 --log heart.db
    """
    from replay.cli.ranking import show_run
    from replay.run.offering import offer_once

    with opened(log) as opened_log:
        run, noticed = offer_once(opened_log, donor, offer_id, now=now, actor=actor)
    for notice in noticed:
        tell(f"warning: {notice}")
    if json:
        print_json(run.as_json())
    else:
        show_run(run, top, console())
