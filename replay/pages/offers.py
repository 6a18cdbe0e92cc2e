"""The offers of some days, as their page shows them."""

from collections.abc import Mapping
from typing import Any

from replay.pages.compare import Comparison, Side
from replay.pages.figures import Sheet
from replay.pages.page import Frame

MOST = 200
"""Offers on a page: of more, the last ones."""
STATES = ("offered", "proposed", "accepted", "transplanted", "discarded", "withdrawn")


def offers_content(frame: Frame, comparison: Comparison, last: Mapping[str, str] | None) -> dict[str, Any]:
    """What the template shows: of each side its offers, the last one first; ``last`` where none is."""
    return {
        "title": frame.words("offers_page", "title"),
        "comparison": comparison,
        "sides": [_side(frame, side) for side in comparison.sides],
        "states": STATES,
        "last": last,
        "filtered": any(frame.said.get(name) for name in ("state", "q")),
    }


def _side(frame: Frame, side: Side) -> dict[str, Any]:
    sheet = side.sheet
    found = list(sheet.entries("offers")) if sheet else []
    state, asked = frame.said.get("state"), frame.said.get("q", "").lower()
    rows = [each for each in reversed(found) if state in (None, each["state"]) and _holds(each.document, asked)]
    if frame.is_compared:
        rows = [each for each in rows if each.differs]
    return {
        "clocks": side.clocks,
        "why": side.why,
        "sheet": sheet,
        "count": len(rows),
        "rows": [{"entry": row, **_proposals(row)} for row in rows[:MOST]],
    }


def _holds(offer: Mapping[str, Any], asked: str) -> bool:
    """Whether the offer, or anybody it was proposed to, is what is looked for."""
    names = (offer["offer"], offer["donor"], *(each["candidate"] for each in offer["proposals"]))
    return not asked or any(asked in name.lower() for name in names)


def _proposals(row: Sheet) -> dict[str, Any]:
    """How many were asked, how many declined, and who is being asked or accepted."""
    proposals = row["proposals"]
    return {
        "asked": len(proposals),
        "declined": sum(each["answer"] == "declined" for each in proposals),
        "waiting": [each["candidate"] for each in proposals if each["answer"] is None],
        "accepted": row["accepted"],
    }
