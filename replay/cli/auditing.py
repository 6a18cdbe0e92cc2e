"""snagc audit, diff, sensitivity and what-if: past runs held against their records, other knowledge, other rules."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.errors import RequestError
from engine.text import counted
from replay.cli import options
from replay.cli.common import DIVERGENCE, asking, guarded
from replay.cli.printing import Progress, bold, console, figures_table, place_said, print_json, print_parts, progress

if TYPE_CHECKING:
    from replay.audit.acts import HeldActs
    from replay.audit.audit import Finding
    from replay.audit.compare import Change
    from replay.audit.hindsight import Hindsight
    from replay.audit.shares import Shared
    from replay.reports.acts import ActsReport
    from replay.reports.audits import AuditReport, WhatIfReport
    from replay.run.asked import Asked, Span

ViewOption = Annotated[list[str] | None, typer.Option(help="known-at=…, ruleset=… or reading=value; may be repeated.")]
OFFERS = "offers replayed"
MOST = 5
"""Lines of one kind about an offer."""


@guarded
def audit(
    log: options.Log = None,
    from_: options.From = None,
    to: options.To = None,
    known_at: options.KnownAt = None,
    workers: options.Readers = None,
    scheduler: options.Scheduler = None,
    acts: Annotated[bool, typer.Option("--acts", help="Hold the human acts against the runs instead.")] = False,
    json: options.Json = False,
) -> None:
    """Replay every offer and hold it against its recorded run; exit code 3 where one differs.

    A run recorded of an offer that the log does not have is found by snagc quality (offer_unknown).

    With --known-at: which past rankings would have differed with what is known there, which could not be made at
    all, and which events decide; exit code 3 where there is one.

    With --acts: the human acts of each offer held against its run (the recorded one, else a replay): who was proposed
    out of order, skipped, accepted twice, not on the run; exit code 3 where something is found, and nothing is judged.

    With --workers or --scheduler processes share the offers (not the acts, which rest on recorded runs): each reads
    the whole log and ranks its part of the span.

    Example: snagc audit --log heart.db --from 2025-12-01
    """
    shared = _shared(log, workers, scheduler)
    with (
        progress(OFFERS) as shown,
        asking(log, json=json, known_at=known_at, start=from_, end=to, tick=shown.tick) as asked,
    ):
        position = asked.position()
        if acts:
            _acts(asked, shown, json)
        elif position is not None:
            _hindsight(asked, position, shared, shown, json)
        else:
            _records(asked, shared, shown, json)


def _shared(log: str | None, workers: int | None, scheduler: str | None) -> "Shared":
    from replay.audit.shares import Shared
    from replay.spread.spread import Spread

    return Shared.of(log, Spread.asked(workers, scheduler))


def _records(asked: "Asked", shared: "Shared", shown: Progress, json: bool) -> None:
    from replay.reports.audits import AuditReport

    report = AuditReport(asked, shared)
    for finding in report.findings():
        if finding.verdict == "differs" and not json:
            shown.clear()
            _show_finding(finding)
    shown.clear()
    if json:
        print_json(report.as_json())
    else:
        _show_counts(report)
    if report.counts["differs"]:
        raise typer.Exit(DIVERGENCE)


def _show_finding(finding: "Finding") -> None:
    out = console()
    out.print(bold(finding.offer), f"at {finding.at}, recorded at position {finding.recorded_at}: differs")
    for cause in finding.causes:
        out.print(f"  {cause.kind}: {cause.detail}")
    _show_changes(finding.changes)


def _show_counts(report: "AuditReport") -> None:
    out = console()
    told = ", ".join(f"{count} {name}" for name, count in report.counts.items())
    out.print(f"{told} of {counted(report.runs, 'run')}{_spanned(report.span)}")
    if report.note:
        out.print(report.note)
    if report.before_the_score:
        early = counted(len(report.before_the_score), "offer")
        out.print(f"{early} of before the score was in force: no rules, nothing to replay")


def _spanned(span: "Span") -> str:
    """The offers that a span took, to be said after what was counted of them."""
    ends = _ends(span)
    return f" of offers{ends}" if ends else ""


def _ends(span: "Span") -> str:
    """The instants that a span took, to be said after its offers."""
    return "".join(f" {name} {text}" for name, text in span.as_json().items() if text is not None)


def _show_changes(changes: Sequence["Change"], most: int = MOST) -> None:
    for change in changes[:most]:
        a, b = place_said(change.rank_a, change.snagc_a), place_said(change.rank_b, change.snagc_b)
        console().print(f"    {change.candidate}: {a}  →  {b}")
    _show_more(len(changes), most)


def _show_more(there_are: int, shown: int) -> None:
    if there_are > shown:
        console().print(f"    … {there_are - shown} more (--json for all)")


def _hindsight(asked: "Asked", position: int, shared: "Shared", shown: Progress, json: bool) -> None:
    from replay.reports.audits import HindsightReport

    report = HindsightReport(asked, position, shared)
    for found in report.findings():
        if not json:
            shown.clear()
            _show_hindsight(found)
    shown.clear()
    if json:
        print_json(report.as_json())
    else:
        differing = f"{counted(len(report.differing), 'past ranking')}{_spanned(report.span)}"
        console().print(f"{differing} would differ as known at position {position}")
        if report.impossible:
            console().print(f"of these, {report.impossible} could not be made at all")
    if report.differing:
        raise typer.Exit(DIVERGENCE)


def _acts(asked: "Asked", shown: Progress, json: bool) -> None:
    from replay.reports.acts import ActsReport

    report = ActsReport(asked)
    if json:
        print_parts(report.parts(), shown)
    else:
        for held in report.offers():
            if held.findings:
                shown.clear()
                _show_acts(held)
        shown.clear()
        _show_act_counts(report)
    if report.codes:
        raise typer.Exit(DIVERGENCE)


def _show_acts(held: "HeldActs", most: int = 8) -> None:
    out = console()
    out.print(bold(f"{held.offer}:"))
    for found in held.findings[:most]:
        about = f"{found.candidate}: " if found.candidate else ""
        out.print(f"    {found.code} at {found.position}: {about}{found.message}")
    if len(held.findings) > most:
        out.print(f"    … {len(held.findings) - most} more (--json for all)")


def _show_act_counts(report: "ActsReport") -> None:
    rows = [[code, str(offers), str(count)] for code, (offers, count) in sorted(report.codes.items())]
    if rows:
        console().print(figures_table(("finding", "offers", "times"), rows, left=("finding",)))
    with_findings = f"{report.with_findings} of {counted(report.held, 'offer')}"
    console().print(f"something was found about the acts of {with_findings}{_ends(report.span)}")


def _show_hindsight(found: "Hindsight") -> None:
    out = console()
    out.print(bold(found.offer), f"at {found.at}, known then at {found.known_then}:")
    if found.problem:
        out.print(f"    {found.problem}")
    _show_changes(found.changes)
    for learnt in found.facts[:MOST]:
        fact = learnt.fact
        by = f", {learnt.how} at {learnt.by[-1].position}" if learnt.by else ""
        named = f"{fact.kind} of {fact.time} ({fact.source}, {fact.id}), position {fact.position}{by}"
        out.print(f"    because {named}")
    _show_more(len(found.facts), MOST)


@guarded
def diff(
    offer: Annotated[str, typer.Argument(help="The offer's id.")],
    a: ViewOption = None,
    b: ViewOption = None,
    log: options.Log = None,
    json: options.Json = False,
) -> None:
    """Two views of one offer: another knowledge, rule set or reading on either side.

    Example: snagc diff O00418 --b known-at=now --b months=mean --log heart.db
    """
    from replay.audit.views import diff as views_of

    if not a and not b:
        raise RequestError("name what differs with --a or --b: known-at=…, ruleset=… or reading=value")
    with asking(log, json=json) as asked:
        found = views_of(asked.log, offer, a or [], b or [])
    if json:
        print_json(found.as_json())
        return
    ranked = f"of those ranked, {len(found.changes)} {'differs' if len(found.changes) == 1 else 'differ'}"
    console().print(bold(offer), f"at {found.a.header()['at']}: {ranked}")
    _show_changes(found.changes, most=40)
    _show_others(found.other_figures(), most=40)


def _show_others(others: Sequence[Mapping[str, Any]], most: int) -> None:
    """Those who are excluded, or have the same rank and SNAGC, and whose figures or reasons differ."""
    if not others:
        return
    console().print(f"excluded, or with the same rank and SNAGC, and other figures or reasons: {len(others)}")
    for each in others[:most]:
        told = [f"{name} {_or_dash(both['a'])} → {_or_dash(both['b'])}" for name, both in each["figures"].items()]
        if each["reasons_a"] != each["reasons_b"]:
            told.insert(0, " → ".join(_reasons(each[f"reasons_{side}"]) for side in ("a", "b")))
        console().print(f"    {each['candidate']}: {', '.join(told)}")
    _show_more(len(others), most)


def _or_dash(figure: object) -> object:
    return "-" if figure is None else figure


def _reasons(reasons: Sequence[str] | None) -> str:
    return "not active" if reasons is None else f"excluded for {', '.join(reasons)}"


@guarded
def sensitivity(
    offer: Annotated[str | None, typer.Argument(help="One offer; or give --from and --to.")] = None,
    log: options.Log = None,
    from_: options.From = None,
    to: options.To = None,
    workers: options.Readers = None,
    scheduler: options.Scheduler = None,
    json: options.Json = False,
) -> None:
    """Each alternative reading of the guide alone: how many rankings and first places it would change.

    Example: snagc sensitivity --from 2025-12-01 --to 2025-12-07 --log heart.db
    """
    from replay.reports.audits import sensitivity_table

    shared = _shared(log, workers, scheduler)
    with progress(OFFERS) as shown, asking(log, json=json, start=from_, end=to, tick=shown.tick) as asked:
        table, span = sensitivity_table(asked, offer, shared), asked.span()
    if json:
        print_json([row.as_json() for row in table])
        return
    if ends := _ends(span):
        console().print(f"{counted(table[0].offers, 'offer')}{ends}")
    columns = ("reading", "option", "offers", "offers changed", "first places changed", "ranks moved")
    rows = [[str(value) for value in row.as_json().values()] for row in table]
    console().print(figures_table(columns, rows, left=("reading", "option")))


@guarded
def what_if(
    rules: Annotated[str, typer.Argument(help="A policy as simulate takes it: a TOML file, or a rule set's id.")],
    log: options.Log = None,
    from_: options.From = None,
    to: options.To = None,
    workers: options.Readers = None,
    scheduler: options.Scheduler = None,
    json: options.Json = False,
) -> None:
    """A changed rule set over the same history: ranks and first places gained and lost, by group.

    Example: snagc what-if more-for-lvad.toml --from 2025-12-01 --log heart.db
    """
    from replay.reports.audits import what_if_report
    from replay.simulation.policy import Policy

    changed, shared = Policy.read(rules).rules, _shared(log, workers, scheduler)
    with progress(OFFERS) as shown, asking(log, json=json, start=from_, end=to, tick=shown.tick) as asked:
        report = what_if_report(asked, changed, shared)
    if json:
        print_json(report.as_json())
    else:
        _show_what_if(report)


def _show_what_if(report: "WhatIfReport") -> None:
    out, result = console(), report.result
    out.print(
        bold(f"{report.rules.title}:"),
        f"{counted(result.offers, 'offer')}{_ends(report.span)}, {counted(result.offers_changed, 'ranking')} and "
        f"{counted(result.first_places_changed, 'first place')} changed",
    )
    columns = ("group", "", "first before", "first after", "ranks gained", "entered", "left")
    rows: list[list[str]] = []
    for name, groups in result.groups.items():
        rows += [
            [name, key, *(str(value) for value in gains.as_json().values())] for key, gains in sorted(groups.items())
        ]
    out.print(figures_table(columns, rows, left=("group", "")))
