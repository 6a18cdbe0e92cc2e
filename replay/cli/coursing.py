"""snagc course: a candidate's points through time."""

from typing import TYPE_CHECKING, Annotated

import typer

from replay.cli import options
from replay.cli.common import asking, guarded
from replay.cli.printing import bold, console, figures_table, print_json, progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from replay.reports.course import Course, Step


@guarded
def course(
    candidate: Annotated[str, typer.Argument(metavar="ID", help="The candidate's id.")],
    log: options.Log = None,
    from_: options.From = None,
    to: options.To = None,
    known_at: options.KnownAt = None,
    ruleset: options.Ruleset = None,
    readings: options.Readings = None,
    json: options.Json = False,
) -> None:
    """A candidate's points through time, each step with the event that made it.

    From the registration to now unless told otherwise, as known now, for the next offer's number. The table shows a
    gradual change by its beginning and its end; --json has every day.

    Example: snagc course C01386 --from 2025-07-01 --to 2025-08-31 --log heart.db
    """
    from replay.reports.course import course as course_of

    with (
        progress("instants looked at") as shown,
        asking(
            log, json=json, known_at=known_at, ruleset=ruleset, readings=readings, start=from_, end=to, tick=shown.tick
        ) as asked,
    ):
        found = course_of(asked, candidate)
    if json:
        print_json(found.as_json())
    else:
        _show(found)


def _show(found: "Course") -> None:
    document = found.as_json()
    out = console()
    out.print(
        bold(f"Candidate {found.candidate}"),
        f"from {document['from']} to {document['to']} · known at position "
        f"{found.known_at} · next offer {found.counter}",
    )
    rows = []
    for step in _in_short(found):
        row = step.as_json()
        icar = "" if row["icar"] is None else str(row["icar"])
        status = row["status"] or "not registered"
        rows.append((row["at"], status, row["component"] or "", icar, row["ccb"] or "", _made_by(step)))
    columns = ("at", "status", "component", "ICAR", "CCB", "because of")
    out.print(figures_table(columns, rows, left=("at", "status", "component", "because of")))


def _in_short(found: "Course") -> "Iterator[Step]":
    """The steps, but of a gradual change only the first and the last."""
    from replay.reports.reasons import GRADUAL

    steps = found.steps
    for number, step in enumerate(steps):
        inner = 0 < number < len(steps) - 1 and step.why in GRADUAL
        if not inner or {steps[number - 1].why, steps[number + 1].why} != {step.why}:
            yield step


def _made_by(step: "Step") -> str:
    from replay.reports.reasons import REASONS

    named = "; ".join(f"{fact.kind} (position {fact.position})" for fact in step.facts)
    expired = f" ({', '.join(step.expired)})" if step.expired else ""
    return named or REASONS[step.why] + expired
