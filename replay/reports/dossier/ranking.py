"""The sections on the ranking: the places that matter here, the whole ranking, and who is excluded for what."""

from collections.abc import Mapping
from typing import Any

from replay.reports.dossier.blocks import Block, Facts, Heading, Listing, Table, Text
from replay.reports.words import Words

SHOWN_WHOLE = 15
"""A ranking up to so long is shown whole in its section; a longer one in an annex."""

FIRST = 10
DASH = "–"
_FIGURES = ("ccb", "f1_age", "f2_abo", "f3_bsa", "f4_survival", "survival_1y", "ccp")
_ALIGN = "rllrrrrrrrrrrr"
_WIDTHS = (1, 1.6, 2.1, 1.1, 2, 1.6, 0.9, 0.9, 0.8, 1.6, 2, 1.1, 1.6, 2.1)


COUNTED = {"ranked": "ranking", "excluded": "excluded"}


def withheld(document: Mapping[str, Any]) -> bool:
    """Whether others' candidates are left out: a dossier as the service gives it to a team."""
    return "withheld" in document


def count_of(document: Mapping[str, Any], name: str) -> int:
    """How many were ranked, or excluded, those left out here included."""
    entries = COUNTED[name]
    left_out: int = document["withheld"][entries] if withheld(document) else 0
    return len(document["run"][entries]) + left_out


def place_of(rank: int | None, w: Words) -> str:
    """A rank in words."""
    return w("summary", "unranked_place") if rank is None else w("summary", "rank_place", rank=rank)


def ranking(document: Mapping[str, Any], w: Words, refs: Mapping[str, str]) -> list[Block]:
    """The ranking, or its part that matters here, and the reasons of exclusion counted."""
    entries, out = document["run"]["ranking"], document["run"]["excluded"]
    counts = {name: w("ranking", name, n=count_of(document, name)) for name in COUNTED}
    blocks: list[Block] = [Text(w("ranking", "intro", **counts))]
    if withheld(document):
        blocks.append(Text(w("ranking", "withheld"), "callout"))
    if "full_ranking" in refs:
        blocks.append(Text(w("ranking", "extract", letter=refs["full_ranking"])))
        entries = _extract(document)
    blocks += [_ranking_table(document, entries, w), *_ties(document, w), Text(w("ranking", "legend"), "note")]
    blocks.append(Heading(w("ranking", "excluded_summary")))
    if not out:
        return [*blocks, Text(w("ranking", "nobody"))]
    return [*blocks, _reasons_counted(out, w), Text(w("ranking", "excluded_note", letter=refs["excluded"]), "note")]


def _ties(document: Mapping[str, Any], w: Words) -> list[Block]:
    """Why the candidate comes before or after a neighbour with the same score; nothing where no score is equal."""
    told = [tie_said(tie, w) for tie in document["explanation"]["ties"]]
    return [Listing(told)] if told else []


def tie_said(tie: Mapping[str, Any], w: Words) -> str:
    """Why one of two candidates with the same score comes first."""
    return w("ranking", "tie", first=tie["first"], second=tie["second"], why=_tie_break(tie, w))


def _tie_break(tie: Mapping[str, Any], w: Words) -> str:
    """What decided a tie, with the two dates that were compared, or that only one of the two has any."""
    name = tie["decided_by"]
    if name == "candidate":
        return w("ties", name)
    if tie["of_second"] is None:
        return w("ties", f"{name}_only", of_first=w.moment(tie["of_first"]))
    return w("ties", name, of_first=w.moment(tie["of_first"]), of_second=w.moment(tie["of_second"]))


def _extract(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    wanted = {document["candidate"]["id"], *(act["candidate"] for act in document["acts"])}
    return [entry for entry in document["run"]["ranking"] if entry["rank"] <= FIRST or entry["candidate"] in wanted]


def full_ranking(document: Mapping[str, Any], w: Words, refs: Mapping[str, str]) -> list[Block]:
    """Every ranked candidate."""
    return [_ranking_table(document, document["run"]["ranking"], w), Text(w("ranking", "legend"), "note")]


def _ranking_table(document: Mapping[str, Any], entries: list[Mapping[str, Any]], w: Words) -> Table:
    rows = [[str(entry["rank"]), entry["candidate"], *_cells(entry, w)] for entry in entries]
    marked = [index for index, entry in enumerate(entries) if entry["candidate"] == document["candidate"]["id"]]
    return Table(w.all("ranking", "columns"), rows, _ALIGN, _WIDTHS, marked, small=True)


def _cells(entry: Mapping[str, Any], w: Words) -> list[str]:
    icar = DASH if entry["icar"] is None else str(entry["icar"])
    adults_only = () if entry["icar"] is not None else ("survival_1y",)
    figures = [DASH if name in adults_only else w.short(entry[name]) for name in _FIGURES]
    component = w("components_short", entry["component"])
    return [component, icar, *figures, str(entry["travel_minutes"]), w.short(entry["mg"]), w.number(entry["snagc"])]


def _reasons_counted(out: list[Mapping[str, Any]], w: Words) -> Table:
    counts: dict[str, int] = {}
    for entry in out:
        for reason in entry["reasons"]:
            counts[reason] = counts.get(reason, 0) + 1
    rows = [[w("reasons", reason), w("meanings", reason), str(count)] for reason, count in sorted(counts.items())]
    return Table(w.all("ranking", "excluded_columns_summary"), rows, "llr", (2, 7, 1.2))


def excluded(document: Mapping[str, Any], w: Words, refs: Mapping[str, str]) -> list[Block]:
    """Every candidate who was active and is not ranked, with all reasons."""
    rows = [
        [entry["candidate"], ", ".join(w("reasons", reason) for reason in entry["reasons"]), *_cells(entry, w)]
        for entry in document["run"]["excluded"]
    ]
    marked = [index for index, row in enumerate(rows) if row[0] == document["candidate"]["id"]]
    columns = w.all("ranking", "excluded_columns")
    widths = (1.8, 2.6, *_WIDTHS[2:])
    table = Table(columns, rows, "ll" + _ALIGN[2:], widths, marked, small=True)
    return [Text(w("ranking", "excluded_intro")), table]


def summary_facts(rows: list[tuple[str, str]]) -> Facts:
    """Facts without those that have no value."""
    return Facts([row for row in rows if row[1]])
