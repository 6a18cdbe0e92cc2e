"""snagc offer: a graft is offered, now; its match run is computed and recorded in the same transaction."""

from typing import Annotated

import orjson
import typer

from engine.quantities import paris_text
from replay.cli import options
from replay.cli.common import DIVERGENCE, fail, guarded, now, opened
from replay.cli.printing import console, print_json


@guarded
def offer(
    donor: Annotated[str, typer.Argument(help="The donor's id, as in donor.registered.")],
    log: options.Log = None,
    offer_id: Annotated[
        str | None, typer.Option("--id", help="The offer's id; made from the instant if absent.")
    ] = None,
    actor: Annotated[str | None, typer.Option(help="Who offers: role:id, a pseudonym.")] = None,
    top: options.Top = 20,
    json: options.Json = False,
) -> None:
    """Offer a donor's heart nationally: record the offer and its match run, and show the ranking.

    Example: snagc offer D00042 --log heart.db
    """
    from engine.intake.intake import Intake, Submission
    from engine.rules.readings import choose_readings
    from replay.cli.ranking import show_run
    from replay.run.live import LiveRuns
    from replay.run.matchrun import match_run
    from replay.run.moments import moment_of_offer

    instant = now()
    name = offer_id or f"O{instant}"
    event = {
        "specversion": "1.0", "source": "snagc offer", "id": name, "type": "snagc.graft.offered.v1",
        "subject": f"offer/{name}", "time": paris_text(instant), "data": {"donor": donor},
    }  # fmt: skip
    if actor:
        event["actor"] = actor
    with opened(log) as opened_log:
        intake = Intake(opened_log, now=now, runs=LiveRuns(opened_log))
        verdict = intake.take([Submission(1, orjson.dumps(event))])[0]
        if verdict.position is None:
            fail("; ".join(f"{fault.path}: {fault.message}" for fault in verdict.errors), DIVERGENCE)
        run = match_run(moment_of_offer(opened_log, name, choose_readings()))
    if json:
        print_json(run.as_json())
    else:
        show_run(run, top, console())
