"""What is on its way into the store: an event as the row it becomes, its identity, and an input that is refused."""

from typing import NamedTuple

NewRow = tuple[str, int, str, bytes]
"""Stream (as a file keeps it), version, topic and stored bytes of an event."""
Identity = tuple[str, str, bytes, int]
"""Source and id of an event, the SHA-256 of its content and its position."""


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
