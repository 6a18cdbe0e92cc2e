"""snagc quarantine: what was refused, and sending it again."""

import sys
from typing import Annotated

import typer

from engine.errors import RequestError
from replay.cli.common import (
    DIVERGENCE,
    JsonOption,
    LogOption,
    console,
    guarded,
    now,
    opened,
    print_json,
)

app = typer.Typer(help="Refused input: list it, show it, send it again.", no_args_is_help=True)


@app.command("list")
@guarded
def list_(
    log: LogOption = None,
    all_: Annotated[bool, typer.Option("--all", help="Entries already taken as well.")] = False,
    json: JsonOption = False,
) -> None:
    """List refused inputs, oldest first.

    Example: snagc quarantine list --log heart.db
    """
    from engine.intake import quarantine

    with opened(log) as opened_log:
        found = quarantine.entries(opened_log, include_resolved=all_)
        if json:
            print_json([entry.as_json() for entry in found])
            return
        out = console()
        for entry in found:
            state = entry.resolved or f"refused {entry.times} times, last {entry.received}"
            out.print(f"{entry.number}: {state}", markup=False)
            for error in entry.errors:
                out.print(f"    {error['path']}: {error['message']}", markup=False, soft_wrap=True)


@app.command("show")
@guarded
def show(
    number: Annotated[int, typer.Argument(help="The entry's number.")], log: LogOption = None, json: JsonOption = False
) -> None:
    """Show one refused input whole, with the reasons.

    Example: snagc quarantine show 3 --log heart.db
    """
    from engine.intake import quarantine

    with opened(log) as opened_log:
        entry = quarantine.entry(opened_log, number)
    if json:
        print_json(entry.as_json())
        return
    out = console()
    for error in entry.errors:
        out.print(f"{error['path']}: {error['message']}", markup=False)
    print(entry.raw.decode("utf-8", errors="replace"), file=sys.stdout if sys.stdout.isatty() else sys.stderr)


@app.command("resend")
@guarded
def resend(
    numbers: Annotated[list[int] | None, typer.Argument(help="Entries to send again.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every entry not yet taken.")] = False,
    log: LogOption = None,
    json: JsonOption = False,
) -> None:
    """Send refused inputs again, as they came; what is still refused stays.

    Example: snagc quarantine resend --all --log heart.db
    """
    if bool(numbers) == all_:
        raise RequestError("name the entries to send again, or --all")
    from engine.intake import quarantine
    from replay.run.live import LiveRuns

    refused, answers = False, []
    with opened(log) as opened_log:
        runs = LiveRuns(opened_log)
        chosen = numbers or quarantine.numbers(opened_log)
        for number, verdict in quarantine.resend(opened_log, chosen, now=now, runs=runs):
            refused = refused or verdict.position is None
            answers.append({"number": number, **verdict.as_json()})
            if not json:
                console().print(f"{number}: {verdict.status}", markup=False)
    if json:
        print_json(answers)
    if refused:
        raise typer.Exit(DIVERGENCE)
