"""What is on its way into the store: an event as the row it becomes, its identity, and an input that is refused."""

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


class Refused(NamedTuple):
    """An input to be kept in quarantine, in the order of its columns there."""

    received: str
    """When, in UTC."""
    imported: int
    """1 where it came by an import, else 0."""
    data: bytes
    status: str
    errors: str
    """Its faults, as JSON."""
    digest: bytes
    """The SHA-256 of the bytes."""
    sender: str | None
    """Who sent it and what they might, as JSON; None where it came by command line."""


def row_of(event: StoredEvent | NewRow) -> NewRow:
    """The row that the file keeps of an event."""
    if isinstance(event, NewRow):
        return event
    stream: Any = event.originator_id
    return NewRow(stream if isinstance(stream, str) else stream.hex, event.originator_version, event.topic, event.state)
