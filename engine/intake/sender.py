"""As whom something is sent, where a token says so, and whether they may: asked within the transaction that takes it.

What a token refuses is no quarantine matter: the verdict is refused and nothing is kept. What the intake refuses is
kept with who sent it, and sent again with no more right than that.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

import orjson

from engine.events.canonical import canonical_json
from engine.intake.grounds import MayRead
from engine.intake.verdicts import Fault
from engine.log.history import SubjectHistory


class Sender(NamedTuple):
    """The rights under which something was sent; ``sources`` None: any."""

    sub: str
    scopes: tuple[str, ...]
    sources: tuple[str, ...] | None

    @property
    def text(self) -> str:
        """As the log keeps it beside a quarantine entry: canonical JSON."""
        return canonical_json(self._asdict()).decode()

    @classmethod
    def parse(cls, text: Any) -> "Sender":
        """What a log kept; ValueError or TypeError where it is none."""
        given = orjson.loads(text)
        found = cls(given["sub"], tuple(given["scopes"]), None if given["sources"] is None else tuple(given["sources"]))
        words = (found.sub, *found.scopes, *(found.sources or ()))
        if found.text != text or not all(isinstance(word, str) for word in words):
            raise ValueError(f"{text!r} is not how a sender is kept")
        return found


class Stored(Protocol):
    """The log up to an event's place, as far as a target must be found; a write session is one."""

    def identity(self, source: str, id_: str) -> tuple[bytes, int] | None:
        """Content hash and position of an event."""

    def attributes(self, position: int) -> dict[str, Any]:
        """The stored attributes of an event."""


class Gate(Protocol):
    """What says whether a sender may."""

    @property
    def sender(self) -> Sender:
        """As whom."""

    def refusal(self, received: Mapping[str, Any], log: Stored) -> Fault | None:
        """Why an event may not be sent, sound or not; None where it may be, or does not even say what it is."""

    def reads(self, known: Callable[[str], SubjectHistory], now: int) -> MayRead:
        """What tells whether a stored event is one that the sender may read, as known now of each subject."""
