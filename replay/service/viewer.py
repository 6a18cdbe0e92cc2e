"""Who asks: the subject of a token with what it may, or whoever reaches a service that is open.

What each scope is good for stands in one place, ``replay.service.rights``.
"""

from dataclasses import dataclass, field

PRODUCER, EXPERT, COORDINATOR, TEAM, AUDITOR, OPERATOR = (
    "producer",
    "expert",
    "coordinator",
    "team",
    "auditor",
    "operator",
)
SCOPES = (PRODUCER, EXPERT, COORDINATOR, TEAM, AUDITOR, OPERATOR)
"""The scopes a token may hold, as contract section 7 lists them; any other name is no right."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whoever sends or reads: ``sub`` names them, ``scopes`` say what they may.

    ``sources``: the CloudEvents sources they write for; ``centres``: the transplant centres (FINESS) whose candidates
    are theirs; None is every one.
    """

    sub: str
    scopes: tuple[str, ...]
    sources: tuple[str, ...] | None = ()
    centres: tuple[str, ...] | None = ()
    csrf: str = field(default="", compare=False)
    """What the forms of their pages carry (``replay.service.csrf``); empty where they may send none."""

    def has(self, *scopes: str) -> bool:
        """Whether any of these scopes is theirs."""
        return any(scope in self.scopes for scope in scopes)

    def writes_for(self, source: str) -> bool:
        """Whether a source is theirs."""
        return self.sources is None or source in self.sources

    def is_of(self, centre: str) -> bool:
        """Whether a transplant centre is theirs."""
        return self.centres is None or centre in self.centres


OPEN = Viewer("open", SCOPES, sources=None, centres=None)
"""Whoever reaches a service without authentication: every role."""
