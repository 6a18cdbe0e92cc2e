"""Logs of stored events put into a store as they are, past the intake."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.events.subjects import stream_text
from engine.log.eventlog import EventLog
from tests.stores import new_log
from tests.support import rows_of


def store(path: Path, events: Sequence[Mapping[str, Any]]) -> EventLog:
    """A log that holds just these events."""
    log = new_log(path)
    lengths: dict[str, int] = {}
    rows, identities = [], []
    for (position, topic, state), event in zip(rows_of(events), events, strict=True):
        stream = stream_text(event["subject"])
        lengths[stream] = lengths.get(stream, 0) + 1
        rows.append((stream, lengths[stream], topic, state))
        identities.append((event["source"], event["id"], b"content", position))
    log.recorder.insert_events(rows, identities=identities)
    return log
