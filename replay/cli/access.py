"""snagc access: who read whose data through the service."""

from typing import Annotated

import typer

from replay.cli import options
from replay.cli.common import asking, guarded
from replay.cli.printing import console, figures_table, print_json

SHOWN = 5
"""Ids that a line of the table names; --json has them all."""


@guarded
def access(
    log: options.Log = None,
    candidate: Annotated[str | None, typer.Option(help="Only reads that told of this candidate, by its id.")] = None,
    from_: options.From = None,
    to: options.To = None,
    json: options.Json = False,
) -> None:
    """Who read whose data through the service, and when. Reads by command line are not recorded.

    Example: snagc access --log heart.db --candidate C01386
    """
    from replay.reports.access import access_document

    with asking(log, json=json, start=from_, end=to) as asked:
        document = access_document(asked, candidate)
    if json:
        print_json(document)
        return
    if not document["records"]:
        console().print("no read is on record that these options ask for")
        return
    columns = ("", "at", "who", "scopes", "what", "candidates", "donors", "from")
    rows = [
        (
            str(record["number"]),
            record["at"],
            record["sub"],
            " ".join(record["scopes"]),
            record["route"],
            _first(record["candidates"]),
            _first(record["donors"]),
            record["address"],
        )
        for record in document["records"]
    ]
    console().print(figures_table(columns, rows, left=columns[1:]))


def _first(names: list[str]) -> str:
    more = f" … {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
