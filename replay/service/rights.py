"""Who may what: the one table of every request and every event type (contract section 7). Nothing else decides.

What no row names nobody may. ``own``: of the token's sources, or of the candidates whose centre, as known now, is
among its centres; what that leaves of an answer is in ``replay.service.own``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from replay.service.viewer import AUDITOR, COORDINATOR, EXPERT, OPERATOR, PRODUCER, SCOPES, TEAM, Viewer


class Reach(Enum):
    """How far a right reaches."""

    NONE = ""
    OWN = "own"
    WHOLE = "✓"


@dataclass(frozen=True, slots=True)
class Row:
    """Requests or event types that the same scopes may; ``public``: requests that need no token."""

    requests: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    public: bool = False

    def reach(self, scope: str) -> Reach:
        """How far a scope reaches here."""
        return Reach.WHOLE if scope in self.whole else Reach.OWN if scope in self.own else Reach.NONE


TABLE = (
    Row(
        types=(
            "candidate.registered", "candidate.updated", "candidate.suspended", "candidate.reinstated",
            "candidate.delisted", "candidate.transplanted", "lab-result.recorded", "treatment.started",
            "treatment.stopped", "coronary-calcium.recorded", "expert-priority.requested",
        ),
        requests=("POST /feeds/fhir", "POST /feeds/hl7v2"),
        whole=(PRODUCER,),
    ),
    Row(
        types=("expert-priority.granted", "expert-priority.refused", "expert-priority.ended"),
        whole=(EXPERT,),
    ),
    Row(
        types=(
            "donor.registered", "donor.updated", "graft.offered", "proposal.made", "proposal.accepted",
            "proposal.declined", "offer.closed",
        ),
        requests=("POST /offers",),
        whole=(COORDINATOR,),
    ),
    Row(types=("match-run.recorded", "travel-times.published", "offer-counter.initialised")),
    Row(
        types=("event.corrected", "event.retracted"),
        requests=("POST /events",),
        whole=(PRODUCER, EXPERT, COORDINATOR),
    ),
    Row(
        requests=(
            "GET /offers", "GET /offers/{}/match-run", "GET /offers/{}/candidates/{}/explanation",
            "GET /offers/{}/dossier",
        ),
        whole=(COORDINATOR, AUDITOR),
        own=(TEAM,),
    ),
    Row(requests=("GET /candidates/{}",), whole=(EXPERT, COORDINATOR, AUDITOR), own=(TEAM,)),
    Row(
        requests=("GET /list", "GET /candidates/{}/course", "GET /worklists/{}"),
        whole=(COORDINATOR, AUDITOR),
        own=(TEAM,),
    ),
    Row(requests=("GET /audit", "GET /acts", "GET /sensitivity"), whole=(AUDITOR,)),
    Row(requests=("GET /quality",), whole=(AUDITOR,), own=(TEAM,)),
    Row(requests=("GET /events", "GET /access"), whole=(AUDITOR,)),
    Row(requests=("GET /events/{}",), whole=(AUDITOR,), own=(PRODUCER, EXPERT, COORDINATOR, TEAM)),
    Row(requests=("GET /quarantine",), whole=(AUDITOR, OPERATOR), own=(PRODUCER, EXPERT, COORDINATOR)),
    Row(requests=("POST /quarantine/{}/resend",), whole=(OPERATOR,)),
    Row(
        requests=("GET /checkpoint", "GET /proofs/inclusion/{}", "GET /proofs/consistency"),
        whole=SCOPES,
    ),
    Row(requests=("GET /health", "GET /ready", "GET /metrics", "GET /openapi.json"), public=True),
)  # fmt: skip
"""A correction or retraction needs, further, the right to send its target (``replay.service.sending``)."""


def _by_name(column: str, *, full: bool) -> Mapping[str, Row]:
    found = {}
    for row in TABLE:
        for name in getattr(row, column):
            key = f"snagc.{name}.v1" if full else name
            assert key not in found, f"{key} stands in two rows"
            found[key] = row
    return MappingProxyType(found)


REQUESTS = _by_name("requests", full=False)
"""The row of each request: method and path below /api/v1, ``{}`` for each part that varies."""
TYPES = _by_name("types", full=True)
"""The row of each event type."""
NOBODY = Row()


def request_of(method: str, path: str) -> str:
    """A route's name in the table: ``GET /offers/{}/match-run`` of ``/api/v1/offers/{offer}/match-run``."""
    below = path.removeprefix("/api/v1")
    return f"{method} {re.sub(r'{[^}]*}', '{}', below)}"


def is_public(request: str) -> bool:
    """Whether a request needs no token."""
    return REQUESTS.get(request, NOBODY).public


def reach_of(viewer: Viewer, request: str) -> Reach:
    """How far a viewer's request reaches: the furthest of their scopes."""
    return _furthest(REQUESTS.get(request, NOBODY), viewer)


def may_send(viewer: Viewer, event_type: str) -> bool:
    """Whether a type is one that a viewer's scopes may send (whatever its source); a type nobody knows is."""
    from engine.events.catalogue import EVENT_CLASSES  # who only reads needs none of what checks events

    if event_type not in EVENT_CLASSES:
        return True  # the intake refuses it, and says the remedy
    return _furthest(TYPES.get(event_type, NOBODY), viewer) is Reach.WHOLE


def senders_of(event_type: str) -> tuple[str, ...]:
    """The scopes that may send a type."""
    return TYPES.get(event_type, NOBODY).whole


def readers_of(request: str) -> tuple[str, ...]:
    """The scopes that may make a request, wholly or for what is their own."""
    row = REQUESTS.get(request, NOBODY)
    return tuple(scope for scope in SCOPES if row.reach(scope) is not Reach.NONE)


def _furthest(row: Row, viewer: Viewer) -> Reach:
    reaches = [row.reach(scope) for scope in SCOPES if viewer.has(scope)]
    return next((reach for reach in (Reach.WHOLE, Reach.OWN) if reach in reaches), Reach.NONE)


def table_lines() -> Iterator[str]:
    """The table in Markdown, as the room's page shows it."""
    yield f"| | {' | '.join(SCOPES)} |"
    yield f"|---|{'---|' * len(SCOPES)}"
    for row in TABLE:
        what = ", ".join([*(f"send `{name}`" for name in row.types), *(f"`{name}`" for name in row.requests)])
        if row.public:
            yield f"| {what} | {' | '.join(['no token'] * len(SCOPES))} |"
        elif not (row.whole or row.own):
            yield f"| {what} | {' | '.join(['command line'] * len(SCOPES))} |"
        else:
            yield f"| {what} | {' | '.join(row.reach(scope).value for scope in SCOPES)} |"
