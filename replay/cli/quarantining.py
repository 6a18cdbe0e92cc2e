"""snagc quarantine: what was refused, and sending it again."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import RequestError
from replay.cli import options
from replay.cli.common import DIVERGENCE, asking, guarded, now, opened
from replay.cli.printing import console, print_json, say, tell

if TYPE_CHECKING:
    from engine.intake.quarantine import Quarantined
    from engine.intake.verdicts import Verdict

app = typer.Typer(help="Refused input: list it, show it, send it again.", no_args_is_help=True)

NOTHING_WAITS = "nothing waits in quarantine"


@app.command("list")
@guarded
def list_(
    log: options.Log = None,
    all_: Annotated[bool, typer.Option("--all", help="Entries already taken as well.")] = False,
    json: options.Json = False,
) -> None:
    """List refused inputs, oldest first.

    Example: snagc quarantine list --log heart.db
    """
    from engine.intake import quarantine

    with asking(log, json=json) as asked:
        asked.log.hold(asked.log.head())
        found = quarantine.entries(asked.log, include_resolved=all_)
        if json:
            print_json([entry.as_json() for entry in found])
            return
        out = console()
        if not quarantine.numbers(asked.log, include_resolved=all_):
            out.print("nothing was ever refused" if all_ else NOTHING_WAITS)
        for entry in found:
            out.print(f"{entry.number}: {_state(entry)}", soft_wrap=True)
            for error in entry.errors:
                out.print(f"    {error['path']}: {error['message']}", soft_wrap=True)


@app.command("show")
@guarded
def show(
    number: Annotated[int, typer.Argument(help="The entry's number.")],
    log: options.Log = None,
    json: options.Json = False,
) -> None:
    """Show one refused input whole, with the reasons.

    Example: snagc quarantine show 3 --log heart.db
    """
    from engine.intake import quarantine

    with asking(log, json=json) as asked:
        asked.log.hold(asked.log.head())
        entry = quarantine.entry(asked.log, number)
    if json:
        print_json(entry.as_json())
        return
    out = console()
    if entry.erased:
        out.print(_state(entry), soft_wrap=True)
        return
    for error in entry.errors:
        out.print(f"{error['path']}: {error['message']}")
    for line in entry.raw.decode("utf-8", errors="replace").split("\n"):
        say(line)


def _state(entry: "Quarantined") -> str:
    """What became of an entry, in words."""
    if entry.erased:
        taken = "" if entry.resolved == "erased" else f"{entry.resolved}; "
        return f"{taken}bytes erased at {entry.erased.at}: {entry.erased.reason} (SHA-256 {entry.sha256})"
    return entry.resolved or f"refused {entry.times} times, last {entry.received}"


@app.command("erase")
@guarded
def erase(
    number: Annotated[int, typer.Argument(help="The entry's number.")],
    reason: Annotated[str, typer.Option(help="Why, on one line, without naming anybody; it is kept.")],
    log: options.Log = None,
    json: options.Json = False,
) -> None:
    """Erase the bytes of one refused input for ever, and the messages that quote them.

    Its number, SHA-256, when and why stay: the log proves no more of it than that. What was taken from it into the
    log stays there; copies of the log made before keep the bytes.

    Example: snagc quarantine erase 3 --reason "named a patient" --log heart.db
    """
    from engine.intake import quarantine

    with opened(log) as opened_log:
        erased = quarantine.erase(opened_log, number, reason, now=now())
    if json:
        print_json(erased.as_json())
    else:
        console().print(f"{number}: {_state(erased)}", soft_wrap=True)


@app.command("resend")
@guarded
def resend(
    numbers: Annotated[list[int] | None, typer.Argument(help="Entries to send again.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every entry not yet taken.")] = False,
    patients: options.Patients = None,
    log: options.Log = None,
    json: options.Json = False,
) -> None:
    """Send refused inputs again, as they came and with their first sender's rights; what is still refused stays.

    Example: snagc quarantine resend --all --log heart.db
    """
    if bool(numbers) == all_:
        raise RequestError("name the entries to send again, or --all")
    from engine.intake import quarantine
    from engine.intake.verdicts import REFUSALS
    from replay.cli.feeding import feed_intake
    from replay.run.live import LiveRuns
    from replay.run.replayed import ReplayedRankings
    from replay.service.sending import Rights

    refused, answers = False, []
    with opened(log) as opened_log:
        runs, rankings = LiveRuns(opened_log), ReplayedRankings(opened_log)
        feeds = partial(feed_intake, opened_log, patients)
        chosen = numbers or quarantine.numbers(opened_log)
        if not chosen and not json:
            console().print(NOTHING_WAITS)
        for number, verdict in quarantine.resend(
            opened_log, chosen, now=now, runs=runs, rankings=rankings, gate_of=Rights.of, feeds=feeds
        ):
            refused = refused or verdict.status in REFUSALS
            answers.append({"number": number, **verdict.as_json()})
            if not json:
                console().print(f"{number}: {verdict.status}")
                _tell_why(number, verdict)
    if json:
        print_json(answers)
    if refused:
        raise typer.Exit(DIVERGENCE)


def _tell_why(number: int, verdict: "Verdict") -> None:
    for fault in verdict.errors:
        tell(f"{number}: {fault.path}: {fault.message}")
    for warning in verdict.warnings:
        tell(f"{number}: warning: {warning}")
