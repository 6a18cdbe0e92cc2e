"""snagc list, candidate, worklist and offers: the national list, one panel, a team's work lists, the offers."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.text import counted
from replay.cli import options
from replay.cli.common import asking, guarded, unsearched
from replay.cli.printing import bold, console, figures_table, print_json
from replay.cli.ranking import tie_column

if TYPE_CHECKING:
    from rich.table import Table

    from replay.reports.lists import DatedList


@guarded
@unsearched
def list_(
    at: options.At = None,
    log: options.Log = None,
    known_at: options.KnownAt = None,
    ruleset: options.Ruleset = None,
    readings: options.Readings = None,
    top: options.Top = 30,
    json: options.Json = False,
) -> None:
    """The national list without a donor, by raw composite score (CCB).

    Example: snagc list --at 2025-06-30 --log heart.db
    """
    from projections.data_quality import unregistered
    from replay.reports.lists import dated_list

    with asking(log, json=json, at=at, known_at=known_at, ruleset=ruleset, readings=readings) as asked:
        found = dated_list(asked)
        # alerts are found as they are asked for: some rest on offers, which are then read from the log
        document = found.as_json() if json else None
        table, strays = (None, []) if json else (list_table(found, top), unregistered(found.history, found.at))
    if document is not None:
        print_json(document)
        return
    out = console()
    show_header(found)
    out.print(table)
    if len(found.places) > top:
        out.print(f"… {len(found.places) - top} more (--top, or --json for all)")
    if strays:
        out.print(f"facts without a registration: {', '.join(f'{name} ({count})' for name, count in strays)}")


def show_header(found: "DatedList") -> None:
    """What a list is about, on one line."""
    header = found.header()
    console().print(
        bold("National list"),
        f"at {header['at']} · known at position {header['known_at']} · "
        f"next offer {header['counter']} · rules {header['ruleset']} · {len(found.places)} active candidates"
        + (f" · {found.note}" if found.note else ""),
    )


def list_table(found: "DatedList", top: int) -> "Table":
    """The first places as a table."""
    rows = []
    name, ties = tie_column(found.scored()[: top + 1])
    for place, tie in zip(found.places[:top], ties, strict=False):
        row = place.as_json()
        icars = ["" if row[name] is None else str(row[name]) for name in ("icar", "icar_j", "icar_i")]
        rows.append((
            str(place.rank), str(place.team_rank), row["candidate"], row["centre"], row["component"], *icars,
            row["ccb"], *tie, ", ".join(row["alerts"]),
        ))  # fmt: skip
    columns = ("rank", "team rank", "candidate", "centre", "component", "ICAR", "j", "i", "CCB", *name, "alerts")
    return figures_table(columns, rows, left=("candidate", "centre", "component", *name, "alerts"))


@guarded
def candidate(
    candidate_id: Annotated[str, typer.Argument(metavar="ID", help="The candidate's id.")],
    at: options.At = None,
    log: options.Log = None,
    known_at: options.KnownAt = None,
    ruleset: options.Ruleset = None,
    readings: options.Readings = None,
    json: options.Json = False,
) -> None:
    """The score panel of a candidate: the eight items of guide 2.1.3, and the state behind them.

    Example: snagc candidate C01386 --at 2025-08-07T17:30 --log heart.db
    """
    from replay.reports.lists import candidate_document

    with asking(log, json=json, at=at, known_at=known_at, ruleset=ruleset, readings=readings) as asked:
        document = candidate_document(asked, candidate_id)
    if json:
        print_json(document)
    else:
        _show_candidate(document)


def _show_candidate(document: dict[str, Any]) -> None:
    from replay.cli.explanation_text import show_calcium

    out = console()
    out.print(
        bold(f"Candidate {document['candidate']}"),
        f"at {document['at']} · known at position {document['known_at']} · {document['status']} · registered "
        f"{document['registered']} · centre {document['centre']}",
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
    show_calcium(document["coronary_calcium"], "coronary calcium", out)
    for tie in document["ties"]:
        out.print(f"{tie['first']} before {tie['second']} with the same score: {tie['why']}")
    for alert in document["alerts"]:
        out.print(f"alert {alert['code']}: {alert['message']}")


def _panel_table(items: dict[str, Any]) -> "Table":
    from replay.reports.explain import EXCLUSIONS

    survival = [survival_said(each) for each in items["survival_1y"]]
    child = items["icar"] is None
    survival += [EXCLUSIONS[reason] for reason in items["survival_labs"]]
    survival += ["before 18 survival keeps nobody out"] * (child and bool(items["survival_labs"]))
    survival += [items["message"]] * bool(items["message"])
    none = "none that the score needs before 18" if child else "none"
    missing = ", ".join(each["message"] for each in items["variables_missing_or_expired"]) or none
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
    rows = [(f"({number})", name, _cell(value)) for number, (name, value) in enumerate(items_shown, 1)]
    columns = ("", "item of guide 2.1.3", "value")
    return figures_table(columns, rows, left=columns)


def survival_said(row: dict[str, Any]) -> str:
    """Survival with one type of donor, and whether it is too low for a graft."""
    from replay.reports.documents import percent_down

    share = f"donor {row['donor_age']} years, {row['donor_sex']}: {percent_down(row['survival_1y'])}%"
    return share if row["eligible"] else f"{share} (too low)"


@guarded
def worklist(
    name: Annotated[str, typer.Argument(help="Which list: score, labs, survival or ineligible.")],
    centre: Annotated[str, typer.Option(help="FINESS number of the centre.")],
    at: options.At = None,
    log: options.Log = None,
    known_at: options.KnownAt = None,
    ruleset: options.Ruleset = None,
    readings: options.Readings = None,
    json: options.Json = False,
) -> None:
    """A team's work list (guide 2.5): score, labs, survival or ineligible.

    Example: snagc worklist labs --centre 750100125 --at 2025-06-30T12:00 --log heart.db
    """
    from replay.reports.lists import worklist_document

    with asking(log, json=json, at=at, known_at=known_at, ruleset=ruleset, readings=readings) as asked:
        document = worklist_document(asked, name, centre)
    if json:
        print_json(document)
        return
    rows = document["candidates"]
    about = f"{name}, centre {centre}, {document['at']}, known at position {document['known_at']}"
    if not rows:
        console().print(f"{about}: nobody")
        return
    console().print(bold(about))
    cells = [[_cell(value) for value in row.values()] for row in rows]
    console().print(figures_table(list(rows[0]), cells, left=list(rows[0])))


def _cell(value: Any) -> list[str]:
    """A value as the lines of a cell."""
    if isinstance(value, dict):
        return [f"{key}: {_one_line(each)}" for key, each in value.items()]
    if isinstance(value, list):
        return [_one_line(each) for each in value]
    return ["" if value is None else str(value)]


def _one_line(value: Any) -> str:
    """An entry of a list: the fields of an object on one line, a flag by its name."""
    if not isinstance(value, dict):
        return " ".join(_cell(value))
    words = [key if each is True else "" if each is False else _one_line(each) for key, each in value.items()]
    return " ".join(word for word in words if word)


@guarded
def offers(
    log: options.Log = None,
    from_: options.From = None,
    to: options.To = None,
    known_at: options.KnownAt = None,
    json: options.Json = False,
) -> None:
    """The offers in order: number, donor, proposals and answers, how each ended, its recorded run.

    Example: snagc offers --from 2025-12-01 --to 2025-12-07 --log heart.db
    """
    from replay.reports.offers import offers_document

    with asking(log, json=json, known_at=known_at, start=from_, end=to) as asked:
        document = offers_document(asked)
    if json:
        print_json(document)
        return
    found = document["offers"]
    ends = " ".join(f"{name} {document[name]}" for name in ("from", "to") if document[name])
    console().print(bold(counted(len(found), "offer")), f"{ends} · known at position {document['known_at']}")
    rows = [
        [str(each["counter"]), each["offer"], each["donor"], each["at"], str(each["position"]), *_became(each)]
        for each in found
    ]
    columns = ("number", "offer", "donor", "at", "position", "state", "proposals", "recorded run")
    console().print(figures_table(columns, rows, left=("offer", "donor", "at", "state", "proposals")))


def _became(offer: dict[str, Any]) -> tuple[str, str, str]:
    """State, how many proposals with which answers, and recorded runs of an offer, in words."""
    answers = [each["answer"] or "not answered" for each in offer["proposals"]]
    proposals = ", ".join(f"{answers.count(answer)} {answer}" for answer in dict.fromkeys(answers))
    state = f"{offer['state']} {offer['candidate']}" if offer["candidate"] else offer["state"]
    return state, proposals, ", ".join(map(str, offer["recorded_runs"])) or "none"
