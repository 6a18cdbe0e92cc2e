"""A team's desk, as its page shows it."""

from collections.abc import Mapping
from typing import Any

from replay.pages.figures import Sheet
from replay.pages.page import Frame

Document = Mapping[str, Any]


def choice_content(frame: Frame, centres: Mapping[str, int]) -> dict[str, Any]:
    """The centres of a list, with how many candidates each has."""
    return {"title": frame.words("desk_page", "title"), "centres": sorted(centres.items())}


def desk_content(
    frame: Frame, centre: str, lists: Mapping[str, Sheet], expiring: Document, changes: Document, why: str
) -> dict[str, Any]:
    """What the template shows: what has changed, what expires, the four work lists."""
    w = frame.words
    return {
        "title": w("desk_page", "title_of", centre=centre),
        "centre": centre,
        "lists": {name: {"sheet": sheet, "rows": list(sheet.entries("candidates"))} for name, sheet in lists.items()},
        "expiring": expiring,
        "changes": changes,
        "since_why": w("desk_page", f"since_{why}", since=w.stamp(changes["since"]["at"])),
    }
