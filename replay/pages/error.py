"""The page of a request that was not answered as asked: what is wrong, with the remedy, and nothing of the inside."""

from replay.pages.page import Frame, render

BUSY, BROKEN = "busy", "broken"
SHOWN = (400, 401, 403, 404, 405, 409, 413, 415, 422, 429)
"""Statuses whose message is for whoever asked; of others the page says no more than what to do."""
_KINDS = {400: "bad", 401: "unsigned", 403: "forbidden", 404: "missing", 405: "method", 429: "often"}


def error_page(frame: Frame, status: int, detail: str, request: str, *, again: bool = False) -> bytes:
    """The page; ``request`` is the id under which the service's own log has it, ``again``: it may do later."""
    kind = _KINDS.get(status, "bad") if status in SHOWN else BUSY if again else BROKEN
    return render(
        frame, "error.html", status=status, kind=kind, detail=detail if status in SHOWN else None, request=request
    )
