"""The page one begins at: the pages that are one's own, in the order in which one's role needs them."""

from collections.abc import Callable, Sequence
from typing import Any

from replay.pages.page import Frame

FIRST = {
    "team": ("/desk", "/list", "/offers"),
    "coordinator": ("/offers", "/list", "/desk"),
    "expert": (),
    "auditor": ("/audit", "/offers", "/list"),
    "operator": ("/quarantine", "/integrity"),
    "producer": ("/quarantine", "/integrity"),
}
"""What each role needs first; whoever has several has those of the first one here."""


def start_content(frame: Frame, scopes: Sequence[str], may: Callable[[str], bool]) -> dict[str, Any]:
    """What the template shows."""
    first = next((pages for scope, pages in FIRST.items() if scope in scopes), ())
    pages = [path for path in first if path in frame.menu]
    return {
        "title": frame.words("start_page", "title"),
        "pages": [*pages, *(path for path in frame.menu if path not in pages)],
        "searches": may("GET /list"),
    }
