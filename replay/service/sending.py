"""What a token lets its sender send: the types of its scopes, for its sources, under its own name.

A correction or retraction needs the right to send its target: of one of the token's sources, by what it names itself
(so nobody learns of another's event whether it is there), and of a type of its scopes, by what stands in the log.
"""

from collections.abc import Callable, Mapping
from typing import Any

from engine.events.canonical import NumberText
from engine.events.correction import EventCorrected, EventRetracted
from engine.intake.grounds import MayRead
from engine.intake.sender import Sender, Stored
from engine.intake.verdicts import Fault
from engine.log.history import SubjectHistory
from replay.service.own import Own
from replay.service.rights import may_send, senders_of
from replay.service.viewer import Viewer

_AMENDMENTS = (EventCorrected.TYPE, EventRetracted.TYPE)


class Rights:
    """The gate of one viewer."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer

    @classmethod
    def of(cls, sender: Sender) -> "Rights":
        """Those under which something was first sent."""
        return cls(Viewer(sender.sub, sender.scopes, sender.sources))

    @property
    def sender(self) -> Sender:
        """As whom."""
        return Sender(self._viewer.sub, self._viewer.scopes, self._viewer.sources)

    def reads(self, known: Callable[[str], SubjectHistory], now: int) -> MayRead:
        """What they may read: events of their sources, and those about candidates of their centres."""
        own = Own(self._viewer, known, now)
        return lambda fact: own.has_fact(fact.source, fact.subject, fact.data)

    def refusal(self, received: Mapping[str, Any], log: Stored) -> Fault | None:
        """Why an event may not be sent; None where it may be, or does not even say what it is."""
        kind = _text(received.get("type")) or ""
        return (
            self._of_type(kind, "type")
            or self._of_source(received.get("source"), "source")
            or self._of_actor(received.get("actor"))
            or (self._of_target(received.get("data"), log) if kind in _AMENDMENTS else None)
        )

    def _of_type(self, kind: str, path: str) -> Fault | None:
        if may_send(self._viewer, kind):
            return None
        scopes = senders_of(kind)
        if not scopes:
            return Fault(path, f"{kind} comes by command line only: use snagc ingest")
        held = " ".join(self._viewer.scopes) or "none"
        return Fault(path, f"{kind} is sent with the scope {' or '.join(scopes)}, and this token's scope is {held}")

    def _of_source(self, source: object, path: str) -> Fault | None:
        text = _text(source)
        if text is None or self._viewer.writes_for(text):
            return None
        return Fault(path, "the token does not name this source among its sources: send with a token that does")

    def _of_actor(self, actor: object) -> Fault | None:
        """An actor is ``role:id``; the token's ``sub`` is that whole, or the id."""
        text = _text(actor)
        if text is None or self._viewer.sources is None or self._viewer.sub in (text, text.partition(":")[2]):
            return None
        return Fault("actor", "the actor is not the token's sub: leave it out, or send role:sub")

    def _of_target(self, data: object, log: Stored) -> Fault | None:
        event = data.get("event") if isinstance(data, Mapping) else None
        source, id_ = (
            (_text(event.get(name)) for name in ("source", "id")) if isinstance(event, Mapping) else (None, None)
        )
        if source is None or id_ is None:
            return None  # the intake refuses it
        if (why := self._of_source(source, "data.event.source")) is not None:
            return why
        stored = log.identity(source, id_)
        return None if stored is None else self._of_type(log.attributes(stored[1])["type"], "data.event")


def _text(value: object) -> str | None:
    """A text, which a number as it was written is not."""
    return value if isinstance(value, str) and not isinstance(value, NumberText) else None
