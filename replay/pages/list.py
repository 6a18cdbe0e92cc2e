"""The national list at a moment, as its page shows it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from engine.log.history import stored_instant
from replay.pages.compare import Comparison, Side
from replay.pages.drawings.spark import spark
from replay.pages.figures import Sheet
from replay.pages.page import Frame
from replay.reports.dossier.ranking import tie_said
from replay.reports.words import Words

Glance = Mapping[str, Any]
ROWS = 50
"""Candidates on a page, unless all are asked for."""
ALL = "all"
FILTERS = ("centre", "team", "component", "blood_group")
ORDERS: Mapping[str, Callable[[Sheet], tuple[object, ...]]] = {
    "rank": lambda row: (row["rank"],),
    "candidate": lambda row: (row["candidate"],),
    "icar": lambda row: (-1 if row["icar"] is None else row["icar"], -row["rank"]),
    "centre": lambda row: (row["centre"], row["team"] or "", row["rank"]),
}
"""In what order the rows may stand; ICAR from the highest down."""
_DOWN = ("icar",)


def chosen(frame: Frame, sheet: Sheet, blood_groups: Mapping[str, str], *, compared: bool = False) -> list[Sheet]:
    """The rows that the filters leave, in the order asked for; of two lists compared, those that differ."""
    said = frame.said
    rows = [row for row in sheet.entries("candidates") if said.get("q", "").lower() in row["candidate"].lower()]
    rows = [row for row in rows if all(row[name] == said[name] for name in FILTERS[:3] if name in said)]
    if "blood_group" in said:
        rows = [row for row in rows if blood_groups.get(row["candidate"]) == said["blood_group"]]
    if compared and said.get("rows") != ALL:
        rows = [row for row in rows if row.differs]
    order = said.get("order", "rank")
    return sorted(rows, key=ORDERS.get(order, ORDERS["rank"]), reverse=order in _DOWN)


def page_of(frame: Frame, rows: Sequence[Sheet]) -> tuple[int, list[Sheet]]:
    """Where the rows on this page begin, and those rows."""
    if frame.said.get("rows") == ALL:
        return 0, list(rows)
    after = frame.said.get("after", "")
    start = min(int(after), len(rows)) if after.isascii() and after.isdigit() and len(after) < 7 else 0
    return start, list(rows[start : start + ROWS])


def list_content(
    frame: Frame, comparison: Comparison, rows: Sequence[Sequence[Sheet]], glances: Sequence[Glance]
) -> dict[str, Any]:
    """What the template shows: of each side its rows, and what may be filtered by."""
    sheet = comparison.sides[0].sheet
    assert sheet is not None, "the page's own side is always there"
    entries = list(sheet.entries("candidates"))
    return {
        "title": frame.words("list_page", "title"),
        "comparison": comparison,
        "sides": [
            _side(frame, side, found, glance)
            for side, found, glance in zip(comparison.sides, rows, glances, strict=False)
        ],
        "orders": list(ORDERS),
        "choices": {
            name: sorted({str(row[name]) for row in entries if row[name] is not None}) for name in FILTERS[:3]
        } | {"blood_group": ["A", "AB", "B", "O"]},
    }  # fmt: skip


def _side(frame: Frame, side: Side, found: Sequence[Sheet], glance: Glance) -> dict[str, Any]:
    w, more = frame.words, {each["candidate"]: each for each in glance["candidates"]}
    start, shown = page_of(frame, found)
    return {
        "clocks": side.clocks,
        "why": side.why,
        "sheet": side.sheet,
        "count": len(found),
        "whole": len(side.sheet["candidates"]) if side.sheet else 0,
        "first": start + 1,
        "before": max(start - ROWS, 0) if start else None,
        "after": start + ROWS if start + len(shown) < len(found) else None,
        "rows": [
            {"entry": row, **_glanced(more.get(row["candidate"], _NOTHING), side.clocks.at, w)} for row in shown
        ],
        "ties": [tie_said(each, w) for each in glance["ties"]],
    }  # fmt: skip


_NOTHING: Glance = {"blood_group": "", "next_threshold": None, "weeks": []}


def _glanced(about: Glance, at: str, w: Words) -> dict[str, Any]:
    return {
        "blood_group": about["blood_group"],
        "threshold": about["next_threshold"],
        "spark": _spark(about["weeks"], at, w),
    }


def _spark(weeks: Sequence[Mapping[str, Any]], at: str, w: Words) -> Markup | None:
    """The ICAR of the last weeks; none where there never was one."""
    series = [(stored_instant(week["at"]), week["icar"]) for week in weeks]
    values = [value for _, value in series if value is not None]
    if not values:
        return None
    told = ", ".join(w("list_page", "none") if value is None else str(value) for _, value in series)
    return spark(series, series[0][0], stored_instant(at), w("list_page", "weeks", values=told))
