"""An event on its way into the store: the row it becomes, and its identity."""

from typing import Any, NamedTuple

from eventsourcing.persistence import StoredEvent

Identity = tuple[str, str, bytes]
"""Source and id of an event, and the SHA-256 of its content."""


class NewRow(NamedTuple):
    """An event to be stored, as eventsourcing's StoredEvent; its stream as the file keeps it."""

    originator_id: str
    originator_version: int
    topic: str
    state: bytes


def row_of(event: StoredEvent | NewRow) -> NewRow:
    """The row that the file keeps of an event."""
    if isinstance(event, NewRow):
        return event
    stream: Any = event.originator_id
    return NewRow(stream if isinstance(stream, str) else stream.hex, event.originator_version, event.topic, event.state)
