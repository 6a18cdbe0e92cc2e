"""snagc audit, diff, sensitivity and what-if: past runs held against their records, other knowledge, other rules."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.errors import RequestError
from engine.log.eventlog import EventLog
from engine.quantities import paris_text
from replay.cli.common import (
    DIVERGENCE,
    JsonOption,
    KnownAtOption,
    LogOption,
    console,
    figures_table,
    guarded,
    instant_option,
    opened,
    print_json,
)

if TYPE_CHECKING:
    from replay.audit.audit import Finding, Hindsight
    from replay.audit.compare import Change

FromOption = Annotated[str | None, typer.Option("--from", help="Offers from this instant on.", metavar="TIME")]
ToOption = Annotated[str | None, typer.Option("--to", help="Offers up to this instant.", metavar="TIME")]
ViewOption = Annotated[list[str] | None, typer.Option(help="known-at=…, ruleset=… or reading=value; may be repeated.")]


@guarded
def audit(
    log: LogOption = None,
    from_: FromOption = None,
    to: ToOption = None,
    known_at: KnownAtOption = None,
    json: JsonOption = False,
) -> None:
    """Replay every offer and hold it against its recorded run; exit code 3 where one differs.

    With --known-at: which past rankings would have differed with what is known there, which could not be made at
    all, and which events decide; exit code 3 where there is one.

    Example: snagc audit --log heart.db --from 2025-12-01T00:00:00+01:00
    """
    from replay.audit.audit import audit as findings_of

    start, end = _span(from_, to)
    with opened(log) as opened_log:
        if known_at is not None:
            _hindsight(opened_log, start, end, known_at, json)
            return
        unruled: list[Any] = []
        findings = list(findings_of(opened_log, start, end, unruled))
        note = _declared(opened_log)
    counts = dict.fromkeys(("identical", "differs", "not recorded"), 0)
    for finding in findings:
        counts[finding.verdict] += 1
    if json:
        differing = [finding.as_json() for finding in findings if finding.verdict != "identical"]
        early = [fact.subject.partition("/")[2] for fact in unruled]
        document = {"runs": len(findings), **counts, "before_the_score": early, "recorded_times": note}
        print_json({**document, "findings": differing})
    else:
        _show_findings(findings, counts, note)
        if unruled:
            console().print(f"{len(unruled)} offers of before the score was in force: no rules, nothing to replay")
    if counts["differs"]:
        raise typer.Exit(DIVERGENCE)


def _span(from_: str | None, to: str | None) -> tuple[int | None, int | None]:
    start = None if from_ is None else instant_option(from_, "from")
    end = None if to is None else instant_option(to, "to")
    if start is not None and end is not None and start > end:
        raise RequestError(f"--from {from_} lies after --to {to}: give the earlier one first")
    return start, end


def _declared(log: EventLog) -> str | None:
    """What an audit of imported positions must say of their recorded times."""
    from engine.log.imports import DECLARED, imported_positions

    return DECLARED if list(imported_positions(log)) else None


def _show_findings(findings: Sequence["Finding"], counts: dict[str, int], note: str | None) -> None:
    out = console()
    for finding in findings:
        if finding.verdict == "differs":
            out.print(
                f"[bold]{finding.offer}[/bold] at {finding.at}, recorded at position {finding.recorded_at}: differs"
            )
            for cause in finding.causes:
                out.print(f"  {cause.kind}: {cause.detail}", markup=False)
            _show_changes(finding.changes)
    out.print(", ".join(f"{count} {name}" for name, count in counts.items()) + f" of {len(findings)} runs")
    if note:
        out.print(note)


def _show_changes(changes: Sequence["Change"], most: int = 5) -> None:
    for change in changes[:most]:
        a = f"rank {change.rank_a or 'none'} with {change.snagc_a or '-'}"
        b = f"rank {change.rank_b or 'none'} with {change.snagc_b or '-'}"
        console().print(f"    {change.candidate}: {a}  →  {b}", markup=False)
    if len(changes) > most:
        console().print(f"    … {len(changes) - most} more (--json for all)")


def _hindsight(log: EventLog, start: int | None, end: int | None, known_at: str, json: bool) -> None:
    from replay.audit.audit import hindsight

    position = log.known_at(known_at)
    found = list(hindsight(log, start, end, position))
    impossible = sum(each.problem is not None for each in found)
    if json:
        differing = [each.as_json() for each in found]
        print_json({"known_at": position, "impossible": impossible, "differing": differing})
    else:
        for each in found:
            _show_hindsight(each)
        console().print(f"{len(found)} past rankings would differ as known at position {position}")
        if impossible:
            console().print(f"of these, {impossible} could not be made at all")
    if found:
        raise typer.Exit(DIVERGENCE)


def _show_hindsight(found: "Hindsight") -> None:
    out = console()
    out.print(f"[bold]{found.offer}[/bold] at {found.at}, known then at {found.known_then}:")
    if found.problem:
        out.print(f"    {found.problem}", markup=False)
    _show_changes(found.changes)
    for learnt in found.facts[:5]:
        fact = learnt.fact
        by = f", {learnt.how} at {learnt.by[-1].position}" if learnt.by else ""
        named = f"{fact.kind} of {fact.time} ({fact.source}, {fact.id}), position {fact.position}{by}"
        out.print(f"    because {named}", markup=False)


@guarded
def diff(
    offer: Annotated[str, typer.Argument(help="The offer's id.")],
    a: ViewOption = None,
    b: ViewOption = None,
    log: LogOption = None,
    json: JsonOption = False,
) -> None:
    """Two views of one offer: another knowledge, rule set or reading on either side.

    Example: snagc diff O00418 --b known-at=now --b months=mean --log heart.db
    """
    from replay.audit.views import diff as views_of

    if not a and not b:
        raise RequestError("name what differs with --a or --b: known-at=…, ruleset=… or reading=value")
    with opened(log) as opened_log:
        run_a, run_b, found = views_of(opened_log, offer, a or [], b or [])
    if json:
        print_json({"a": run_a.header(), "b": run_b.header(), "changes": [change.as_json() for change in found]})
        return
    console().print(f"[bold]{offer}[/bold] at {run_a.header()['at']}: {len(found)} candidates differ")
    _show_changes(found, most=40)


@guarded
def sensitivity(
    offer: Annotated[str | None, typer.Argument(help="One offer; or give --from and --to.")] = None,
    log: LogOption = None,
    from_: FromOption = None,
    to: ToOption = None,
    json: JsonOption = False,
) -> None:
    """Each alternative reading of the guide alone: how many rankings and first places it would change.

    Example: snagc sensitivity --from 2025-12-01T00:00:00+01:00 --to 2025-12-08T00:00:00+01:00 --log heart.db
    """
    from engine.rules.readings import choose_readings
    from projections.folds import Folds
    from replay.audit.views import sensitivity as table_of
    from replay.audit.views import span
    from replay.run.moments import moment_of_offer

    if (offer is None) == (from_ is None and to is None):
        raise RequestError("name one offer, or a span with --from and --to")
    start, end = _span(from_, to)
    with opened(log) as opened_log:
        if offer is not None:
            table = table_of([(moment_of_offer(opened_log, offer, choose_readings()), Folds())])
        else:
            table = table_of(span(opened_log, start, end))
    if json:
        print_json([row.as_json() for row in table])
        return
    columns = ("reading", "option", "offers", "offers changed", "first places changed", "ranks moved")
    rows = [[str(value) for value in row.as_json().values()] for row in table]
    console().print(figures_table(columns, rows, left=("reading", "option")))


@guarded
def what_if(
    rules: Annotated[Path, typer.Argument(help="A rule set in TOML; it may extend one of the guide's.")],
    log: LogOption = None,
    from_: FromOption = None,
    to: ToOption = None,
    json: JsonOption = False,
) -> None:
    """A changed rule set over the same history: ranks and first places gained and lost, by group.

    Example: snagc what-if more-for-lvad.toml --from 2025-12-01T00:00:00+01:00 --log heart.db
    """
    from engine.rules.ruleset import rules_from_file
    from replay.audit.views import span
    from replay.audit.views import what_if as result_of

    changed = rules_from_file(rules)
    start, end = _span(from_, to)
    with opened(log) as opened_log:
        result = result_of(span(opened_log, start, end), changed)
    if json:
        print_json({"rules": changed.id, "from": _shown(start), "to": _shown(end), **result.as_json()})
        return
    out = console()
    out.print(
        f"[bold]{changed.title}[/bold]: {result.offers} offers, {result.offers_changed} rankings and "
        f"{result.first_places_changed} first places changed"
    )
    columns = ("group", "", "first before", "first after", "ranks gained", "entered", "left")
    rows: list[list[str]] = []
    for name, groups in result.groups.items():
        rows += [
            [name, key, *(str(value) for value in gains.as_json().values())] for key, gains in sorted(groups.items())
        ]
    out.print(figures_table(columns, rows, left=("group", "")))


def _shown(instant: int | None) -> Any:
    return None if instant is None else paris_text(instant)
