"""snagc list, candidate and worklist: the national list without a donor, one panel, a team's work lists."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.errors import RequestError
from engine.log.eventlog import EventLog
from engine.log.history import History
from engine.log.imports import recorded_times_note
from engine.quantities import paris_text
from engine.rules.readings import Readings, parse_readings
from engine.rules.ruleset import RuleSet
from projections.data_quality import unregistered
from projections.panel import panel, state
from projections.waiting_list import Place, knows_centre, waiting_list
from projections.worklists import WORKLISTS
from projections.worklists import worklist as worklist_rows
from replay.cli.common import (
    JsonOption,
    KnownAtOption,
    LogOption,
    ReadingsOption,
    RulesetOption,
    console,
    figures_table,
    guarded,
    instant_option,
    opened,
    print_json,
)
from replay.run.moments import counter_at, rules_for

if TYPE_CHECKING:
    from rich.table import Table

AtOption = Annotated[str | None, typer.Option("--at", help="When: RFC 3339 with offset, or now.", metavar="TIME|now")]


@dataclass(frozen=True, slots=True)
class DatedList:
    """The national list at an instant, with what it was made from."""

    history: History
    at: int
    counter: int
    rules: RuleSet
    readings: Readings
    places: list[Place]
    note: str | None
    """What to say of recorded times that an importer declared."""

    def header(self) -> dict[str, Any]:
        """at, known_at, counter, ruleset and readings."""
        return {
            "at": paris_text(self.at),
            "known_at": self.history.size,
            "counter": self.counter,
            "ruleset": self.rules.id,
            "readings": self.readings.as_json(),
        }


def dated_list(
    log: EventLog, at: int, known_at: str | None, ruleset: str | None, readings: list[str] | None
) -> DatedList:
    """The list at an instant, as known then or at ``known_at``, for the offer that would come next."""
    chosen, rules = parse_readings(readings or []), rules_for(at, ruleset)
    last = log.position_at(at) if known_at is None else log.known_at(known_at)
    history, counter = log.history(last), counter_at(log, last) + 1
    places, note = waiting_list(history, at, counter, rules, chosen), recorded_times_note(log, last)
    return DatedList(history, at, counter, rules, chosen, places, note)


@guarded
def list_(
    at: AtOption = None,
    log: LogOption = None,
    known_at: KnownAtOption = None,
    ruleset: RulesetOption = None,
    readings: ReadingsOption = None,
    top: Annotated[int, typer.Option(min=0, help="How many ranks the table shows; --json has them all.")] = 30,
    json: JsonOption = False,
) -> None:
    """The national list without a donor, by raw composite score (CCB).

    Example: snagc list --at 2025-06-30T12:00:00+02:00 --log heart.db
    """
    with opened(log) as opened_log:
        found = dated_list(opened_log, instant_option(at, "at"), known_at, ruleset, readings)
    if json:
        print_json({**found.header(), "candidates": [place.as_json() for place in found.places]})
        return
    out = console()
    show_header(found)
    out.print(list_table(found.places[:top]))
    if len(found.places) > top:
        out.print(f"… {len(found.places) - top} more (--top, or --json for all)")
    if strays := unregistered(found.history, found.at):
        out.print(f"facts without a registration: {', '.join(f'{name} ({count})' for name, count in strays)}")


def show_header(found: DatedList) -> None:
    """What a list is about, on one line."""
    header = found.header()
    console().print(
        f"[bold]National list[/bold] at {header['at']} · known at position {header['known_at']} · "
        f"next offer {header['counter']} · rules {header['ruleset']} · {len(found.places)} active candidates"
        + (f" · {found.note}" if found.note else "")
    )


def list_table(places: list[Place]) -> "Table":
    """Places as a table."""
    rows = []
    for place in places:
        row = place.as_json()
        icars = ["" if row[name] is None else str(row[name]) for name in ("icar", "icar_j", "icar_i")]
        rows.append((
            str(place.rank), str(place.team_rank), row["candidate"], row["centre"], row["component"], *icars,
            row["ccb"], ", ".join(row["alerts"]),
        ))  # fmt: skip
    columns = ("rank", "team rank", "candidate", "centre", "component", "ICAR", "j", "i", "CCB", "alerts")
    return figures_table(columns, rows, left=("candidate", "centre", "component", "alerts"))


@guarded
def candidate(
    candidate_id: Annotated[str, typer.Argument(metavar="ID", help="The candidate's id.")],
    at: AtOption = None,
    log: LogOption = None,
    known_at: KnownAtOption = None,
    ruleset: RulesetOption = None,
    readings: ReadingsOption = None,
    json: JsonOption = False,
) -> None:
    """The score panel of a candidate: the eight items of guide 2.1.3, and the state behind them.

    Example: snagc candidate C00123 --at 2025-06-30T12:00:00+02:00 --log heart.db
    """
    with opened(log) as opened_log:
        found = dated_list(opened_log, instant_option(at, "at"), known_at, ruleset, readings)
    known = found.history.of(f"candidate/{candidate_id}")
    about = state(known, found.at)
    if about is None:
        counted = sum(fact.instant <= found.at for fact in known.facts.values())
        detail = f"; {counted} facts are known about it" if counted else ""
        raise RequestError(
            f"candidate {candidate_id!r} is not registered at {paris_text(found.at)} "
            f"as known at position {found.history.size}{detail}"
        )
    place = next((place for place in found.places if place.standing.id == candidate_id), None)
    document = {
        "candidate": candidate_id,
        **found.header(),
        **about,
        "panel": panel(place, found.at, found.rules) if place else None,
        "alerts": [alert.as_json() for alert in place.alerts] if place else [],
    }
    if json:
        print_json(document)
    else:
        _show_candidate(document)


def _show_candidate(document: dict[str, Any]) -> None:
    out = console()
    out.print(
        f"[bold]Candidate {document['candidate']}[/bold] at {document['at']} · {document['status']} · registered "
        f"{document['registered']} · centre {document['centre']}"
    )
    out.print(", ".join(f"{disease['code']} {disease['label']}" for disease in document["diseases"]))
    if items := document["panel"]:
        out.print(_panel_table(items))
    else:
        out.print("off the list or suspended: no score")
    for period in document["treatments"]:
        out.print(f"{period['treatment']} since {period['since']} (position {period['event']['position']})")
    for lab in document["labs"]:
        out.print(
            f"{lab['analyte']} ({lab['context']}) {lab.get('comparator', '')}{lab['value']} {lab['unit']} "
            f"sampled {lab['sampled']} (position {lab['event']['position']})"
        )
    for priority in document["priorities"]:
        out.print(
            f"{priority['component']} {priority['what']} {priority['time']} (position {priority['event']['position']})"
        )
    if calcium := document["coronary_calcium"]:
        out.print(f"coronary calcium {calcium['agatston']} Agatston units on {calcium['time']} (shown, never scored)")
    for alert in document["alerts"]:
        out.print(f"alert {alert['code']}: {alert['message']}", markup=False)


def _panel_table(items: dict[str, Any]) -> "Table":
    survival = "\n".join(
        f"donor {each['donor_age']} years, {each['donor_sex']}: {Decimal(each['survival_1y']):.2%}"
        + ("" if each["eligible"] else " (too low)")
        for each in items["survival_1y"]
    )
    remarks = [*items["survival_labs"], *([items["message"]] if items["message"] else [])]
    survival += f"\n{', '.join(remarks)}" if remarks else ""
    missing = ", ".join(each["message"] for each in items["variables_missing_or_expired"]) or "none"
    items_shown = (
        ("Score CCB updated at", items["updated_at"]),
        ("rank in the team", items["team_rank"]),
        ("national rank", items["rank"]),
        ("Score CCB", items["ccb"]),
        ("ICAR", "none before 18" if items["icar"] is None else items["icar"]),
        ("allocation category", items["component"]),
        ("survival one year after the graft", survival),
        ("variables missing or too old", missing),
    )
    rows = [(f"({number})", name, str(value)) for number, (name, value) in enumerate(items_shown, 1)]
    columns = ("", "item of guide 2.1.3", "value")
    return figures_table(columns, rows, left=columns)


@guarded
def worklist(
    name: Annotated[str, typer.Argument(help=f"Which list: {', '.join(WORKLISTS)}.")],
    centre: Annotated[str, typer.Option(help="FINESS number of the centre.")],
    at: AtOption = None,
    log: LogOption = None,
    known_at: KnownAtOption = None,
    ruleset: RulesetOption = None,
    readings: ReadingsOption = None,
    json: JsonOption = False,
) -> None:
    """A team's work list (guide 2.5): score, labs, survival or ineligible.

    Example: snagc worklist labs --centre 750100125 --at 2025-06-30T12:00:00+02:00 --log heart.db
    """
    with opened(log) as opened_log:
        found = dated_list(opened_log, instant_option(at, "at"), known_at, ruleset, readings)
    if not knows_centre(found.history, centre):
        raise RequestError(f"centre {centre!r} is in no registration and no travel matrix of this log: check --centre")
    rows = worklist_rows(name, found.places, centre, found.at, found.rules)
    if json:
        print_json({"worklist": name, "centre": centre, **found.header(), "candidates": rows})
        return
    if not rows:
        console().print(f"{name}, centre {centre}, {paris_text(found.at)}: nobody")
        return
    console().print(f"[bold]{name}, centre {centre}, {paris_text(found.at)}[/bold]")
    cells = [[_cell(value) for value in row.values()] for row in rows]
    console().print(figures_table(list(rows[0]), cells, left=list(rows[0])))


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{key}: {_cell(each)}" for key, each in value.items())
    if isinstance(value, list):
        return "\n".join(_one_line(each) for each in value)
    return "" if value is None else str(value)


def _one_line(value: Any) -> str:
    """An entry of a list: the fields of an object on one line, a flag by its name."""
    if not isinstance(value, dict):
        return _cell(value)
    words = [key if each is True else "" if each is False else _cell(each) for key, each in value.items()]
    return " ".join(word for word in words if word)
