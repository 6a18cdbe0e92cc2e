"""The national list at a moment, as its page shows it."""

from collections.abc import Iterator, Mapping
from typing import Any

from replay.pages.figures import Sheet
from replay.pages.page import Frame

FILTERS = ("centre", "team", "component", "blood_group")


def list_content(frame: Frame, sheet: Sheet) -> dict[str, Any]:
    """What the template shows: the rows that the filters leave, and what may be filtered by."""
    rows = list(sheet.entries("candidates"))
    return {
        "title": frame.words("list_page", "title"),
        "sheet": sheet,
        "rows": [row for row in rows if _is_shown(row, frame.said)],
        "count": len(rows),
        "choices": {name: sorted(_values(rows, name)) for name in FILTERS if name in ("centre", "team", "component")},
    }


def _is_shown(row: Sheet, said: Mapping[str, str]) -> bool:
    if said.get("q", "").lower() not in row["candidate"].lower():
        return False
    return all(row[name] == said[name] for name in ("centre", "team", "component") if name in said)


def _values(rows: list[Sheet], name: str) -> Iterator[str]:
    return iter({row[name] for row in rows if row[name] is not None})
