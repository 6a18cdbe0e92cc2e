"""A stored event, as its page shows it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from replay.pages.figures import Sheet
from replay.pages.page import Frame

LINKED = {"candidate": "/candidates/{}", "offer": "/offers/{}"}
_NEEDED = {"candidate": "GET /candidates/{}", "offer": "GET /offers/{}/match-run"}
LONGEST = 60
"""Rows of a list within an event that are shown one by one: a travel matrix has thousands."""


def event_content(frame: Frame, sheet: Sheet, amended: Mapping[str, Any], may: Callable[[str], bool]) -> dict[str, Any]:
    """What the template shows."""
    w, event = frame.words, sheet.within("event")
    kind, _, name = event["subject"].partition("/")
    return {
        "title": w("event_page", "title", n=sheet["position"]),
        "sheet": sheet,
        "event": event,
        "kind": event["type"][6:].rpartition(".")[0],
        "subject_link": LINKED[kind].format(name) if kind in LINKED and may(_NEEDED[kind]) else None,
        "fields": list(_fields(event["data"])),
        "amended": amended,
        "is_later": sheet["position"] > (frame.clocks.known_at if frame.clocks else 0),
    }


def _fields(data: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, str]]:
    """Every field with its value; what is nested under a dotted name, long lists by their length."""
    for name, value in data.items():
        if isinstance(value, Mapping):
            yield from _fields(value, f"{within}{name}.")
        elif isinstance(value, list) and len(value) > LONGEST:
            yield f"{within}{name}", f"[{len(value)} …]"
        elif isinstance(value, list):
            yield f"{within}{name}", ", ".join(_plain(each) for each in value)
        else:
            yield f"{within}{name}", _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(_plain(each) for each in value.values())
    return str(value) if not isinstance(value, list) else " ".join(map(str, value))
