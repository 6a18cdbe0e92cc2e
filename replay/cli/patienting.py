"""snagc patients: whose identifiers are which candidate's, in a file outside every log; and erasing a person."""

from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import RequestError
from engine.text import counted
from replay.cli import options
from replay.cli.common import guarded, now, opened
from replay.cli.feeding import known_patients, patients_file
from replay.cli.printing import console, print_json, tell

if TYPE_CHECKING:
    from engine.intake.feeds.patients import Patients

app = typer.Typer(help="Patients of laboratory feeds: which identifiers are which candidate's.", no_args_is_help=True)
REASON = "patient erased"


@app.command("add")
@guarded
def add(
    authority: Annotated[str, typer.Argument(help="Who gave it: urn:oid:…, a URI, or the name in CX.4.")],
    value: Annotated[str, typer.Argument(help="The identifier.")],
    candidate: Annotated[str, typer.Argument(help="The candidate's id, a pseudonym.")],
    patients: options.Patients = None,
    log: options.Log = None,
    json: options.Json = False,
) -> None:
    """Say that an identifier is a candidate's; messages refused for want of it can then be sent again.

    The mapping is a CSV file (authority,value,candidate) that its owner alone can read: the one named, else the one
    in your configuration. No log is read or written.

    Example: snagc patients add urn:oid:1.2.250.1.71.4.2.2 4711 C01386 --patients patients.csv
    """
    from engine.intake.feeds.patients import checked, write_patients

    known = _there(patients).with_one(authority, value, candidate)
    write_patients(patients_file(patients), known)
    given = checked(authority, value, candidate)
    if json:
        print_json({"authority": given.authority, "value": given.value, "candidate": candidate})
    else:
        console().print(f"{candidate}: {counted(len(known.of(candidate)), 'identifier')} in {patients_file(patients)}")


@app.command("list")
@guarded
def list_(
    patients: options.Patients = None,
    log: options.Log = None,
    json: options.Json = False,
) -> None:
    """List the mapping: personal data.

    Example: snagc patients list --patients patients.csv
    """
    known = sorted(_there(patients).known.items())
    if json:
        print_json([{**each._asdict(), "candidate": candidate} for each, candidate in known])
        return
    if not known:
        console().print("nobody")
    for each, candidate in known:
        console().print(f"{candidate}: {each.value} of {each.authority}", soft_wrap=True)


@app.command("erase")
@guarded
def erase(
    candidate: Annotated[str, typer.Argument(help="The candidate's id.")],
    patients: options.Patients = None,
    reason: Annotated[str, typer.Option(help="Why, on one line, without naming anybody; it is kept.")] = REASON,
    log: options.Log = None,
    json: options.Json = False,
) -> None:
    """Erase a person: their bytes received and in quarantine, then their identifiers in the mapping.

    The log keeps the facts under a pseudonym that nobody can resolve any more, and still verifies. Copies of the log
    made before keep the bytes.

    Example: snagc patients erase C01386 --patients patients.csv --log heart.db
    """
    from engine.intake.feeds.erasing import erase_person
    from engine.intake.feeds.patients import write_patients

    known = _there(patients)
    identifiers = known.of(candidate)
    if not identifiers and not log:
        raise RequestError(f"{candidate} is not in the mapping, and no log is named: check the id, or give --log")
    with opened(log) as opened_log:
        erased = erase_person(opened_log, candidate, identifiers, reason, now=now())
    if identifiers:
        write_patients(patients_file(patients), known.without(candidate))
    if json:
        print_json({"candidate": candidate, "identifiers": len(identifiers), **erased._asdict()})
        return
    if not identifiers:
        tell(f"{candidate} was not in {patients_file(patients)}")
    messages, entries = len(erased.received), len(erased.quarantined)
    console().print(
        f"{candidate}: {counted(len(identifiers), 'identifier')}, {counted(messages, 'message')} received and "
        f"{counted(entries, 'quarantine entry', 'quarantine entries')} erased"
    )


def _there(patients: str | None) -> "Patients":
    """The mapping; an empty one where the file is not there yet."""
    from engine.intake.feeds.patients import Patients

    return known_patients(patients) if patients_file(patients).exists() else Patients()
