"""snagc verify, prove and check-proof: the log proved whole, and proofs that others check without it."""

from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from engine.errors import RequestError
from engine.log.outputs import Output
from engine.log.store import shown
from engine.text import counted
from replay.cli import options
from replay.cli.common import BROKEN, fail, guarded, opened
from replay.cli.keyring import VKEY_VARIABLE, known_keys
from replay.cli.outputs import planned
from replay.cli.printing import console, print_json, progress, tell
from replay.cli.signing import note_files, read_file
from replay.cli.streams import give_up

if TYPE_CHECKING:
    from replay.audit.verification.findings import Verification

VkeyOption = Annotated[
    list[str] | None,
    typer.Option(
        "--vkey",
        envvar=VKEY_VARIABLE,
        help="A verifier key, or a file of them; may be repeated. Default: those in your configuration.",
        metavar="KEY|FILE",
    ),
]
CheckpointOption = Annotated[
    list[str] | None,
    typer.Option("--checkpoint", help="A checkpoint kept elsewhere; may be repeated.", metavar="FILE"),
]
OutOption = Annotated[str | None, typer.Option(help="Write the proof here; default: standard output.", metavar="FILE")]


@guarded
def verify(
    log: options.Log = None,
    vkey: VkeyOption = None,
    checkpoint: CheckpointOption = None,
    certificates: Annotated[
        str | None, typer.Option(help="PEM certificates that vouch for timestamps.", metavar="FILE")
    ] = None,
    json: options.Json = False,
) -> None:
    """Prove the log whole in twelve steps, or name its first bad position (exit code 4). The file is only read.

    Example: snagc verify --log heart.db --vkey heart.vkey --checkpoint /mnt/elsewhere/heart.note
    """
    from replay.audit.verification.heads import Trust
    from replay.audit.verification.verify import verify_file

    if not log:
        raise RequestError("no log named: give --log PATH-or-postgresql://… or set SNAGC_LOG")
    trusted = read_file(certificates) if certificates else None
    with progress("events verified") as told:
        found = verify_file(log, Trust(known_keys(vkey), note_files(checkpoint), trusted), told.tick)
    try:
        if json:
            print_json({"log": shown(log), **found.as_json()})
        else:
            _show(found)
    except BrokenPipeError:
        give_up()  # a broken log is broken, whether or not anybody reads to the end
    if found.first is not None:
        if json:
            raise typer.Exit(BROKEN)
        fail(f"the log is broken at {found.first.where}: {found.first.message}", BROKEN)


def _show(found: "Verification") -> None:
    from engine.log.imports import DECLARED
    from replay.audit.verification.findings import STEPS

    for step, title in STEPS.items():
        fault = found.faults.earliest.get(step)
        result = "not reached" if step > found.reached else "ok" if fault is None else "BROKEN"
        _say(f"{step}. {result:<6} {title}")
        if fault is not None:
            more = found.faults.counts[step] - 1
            _say(f"          {fault.where}: {fault.message}" + (f" (and {more} more)" if more else ""))
    for head in found.checkpoints:
        signed = f"signed by {', '.join(head.signed_by)}" if head.signed_by else "signature not checked"
        dated = f", timestamped {head.timestamp}" if head.timestamp else ""
        _say(f"checkpoint of {counted(head.size, 'event')}: {signed}{dated}")
    for positions in found.imported:
        _say(f"positions {positions.start} to {positions.stop - 1}: {DECLARED}")
    for entry in found.erased:
        _say(f"quarantine entry {entry.number}: erased at {entry.at}: {entry.reason} (SHA-256 {entry.sha256})")
    for entry in found.erased_received:
        _say(f"message received: erased at {entry.at}: {entry.reason} (SHA-256 {entry.sha256})")
    for limit in found.limits:
        _say(f"not shown: {limit}")
    if found.first is None:
        _say(f"whole: {counted(found.size, 'event')}, root {found.root}")


def _say(line: str) -> None:
    console().print(line, soft_wrap=True)


# --------------------------------------------------------------------------------------------------- proofs

prove = typer.Typer(help="Proofs as files that others can check without the log.", no_args_is_help=True)


@prove.command("inclusion")
@guarded
def inclusion(
    position: Annotated[int, typer.Argument(help="The event's position.")],
    size: Annotated[int | None, typer.Option(help="In the log of this size; default: the last checkpoint's.")] = None,
    out: OutOption = None,
    log: options.Log = None,
    force: options.Force = False,
    json: options.AlwaysJson = False,
) -> None:
    """Prove that an event stands at its position in the log.

    Example: snagc prove inclusion 7 --log heart.db --out event-7.proof.json
    """
    from engine.log.checkpoint import checkpoints_of
    from engine.log.proof_file import inclusion_proof

    output = planned(out, log, force=force)
    with opened(log) as opened_log:
        _write(inclusion_proof(opened_log, checkpoints_of(str(log)), position, size), output)


@prove.command("consistency")
@guarded
def consistency(
    old: Annotated[int, typer.Argument(help="Size of the older log.")],
    new: Annotated[int, typer.Argument(help="Size of the later log.")],
    out: OutOption = None,
    log: options.Log = None,
    force: options.Force = False,
    json: options.AlwaysJson = False,
) -> None:
    """Prove that the log of one size is the beginning of the log of a later size: nothing was changed since.

    Example: snagc prove consistency 20 35 --log heart.db --out 20-to-35.proof.json
    """
    from engine.log.checkpoint import checkpoints_of
    from engine.log.proof_file import consistency_proof

    output = planned(out, log, force=force)
    with opened(log) as opened_log:
        _write(consistency_proof(opened_log, checkpoints_of(str(log)), old, new), output)


def _write(proof: dict[str, Any], output: Output | None) -> None:
    if output is None:
        print_json(proof)
        return
    output.write(orjson.dumps(proof, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    tell(f"{output.path}: check it with snagc check-proof {output.path}")


@guarded
def check_proof(
    file: Annotated[str, typer.Argument(help="A proof that snagc prove wrote.")],
    vkey: VkeyOption = None,
    checkpoint: CheckpointOption = None,
    json: options.Json = False,
) -> None:
    """Check a proof without the log; exit code 4 where it does not hold.

    Example: snagc check-proof event-7.proof.json --vkey heart.vkey
    """
    from engine.log.proof_file import check_proof as checked

    found = checked(read_file(file), known_keys(vkey), note_files(checkpoint))
    if json:
        print_json({
            "holds": True, "statement": found.statement, "signed_by": found.signed_by, "cannot_show": found.limits,
        })  # fmt: skip
        return
    _say(f"holds: {found.statement}")
    if found.signed_by:
        _say(f"signed by {', '.join(found.signed_by)}")
    for limit in found.limits:
        _say(f"not shown: {limit}")
