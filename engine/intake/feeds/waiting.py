"""Preliminary results: they wait in quarantine until their final comes, and are found there by their identity."""

import json
from collections.abc import Callable

from engine.intake.feeds.result import LabResult, Message
from engine.intake.feeds.strangers import NOT_KEPT
from engine.log.eventlog import EventLog

_WAITS = "preliminary: it waits in quarantine until its final result comes: "
_BETWEEN = " ; "

Key = tuple[str, str]
"""Source and stem: what identifies a result."""


def waiting_message(key: Key) -> str:
    """What the quarantine says of a preliminary result."""
    return f"{_WAITS}{_BETWEEN.join(key)}"


def key_in(message: str) -> Key | None:
    """The result that a message of the quarantine says is waiting."""
    source, _, stem = message.removeprefix(_WAITS).rpartition(_BETWEEN)
    return (source, stem) if message.startswith(_WAITS) else None


class Waiting:
    """What waits in a log's quarantine, read once a transaction and only where it is asked for."""

    def __init__(self, log: EventLog, read: Callable[[bytes], Message]) -> None:
        self._log = log
        self._read = read
        self._by_key: dict[Key, list[int]] | None = None
        self._entries: dict[int, set[Key | None]] = {}
        """By entry, all that it was refused for; None stands for something that is not waiting."""

    def entries_of(self, key: Key) -> list[int]:
        """The open entries in which a result waits."""
        if self._by_key is None:
            self._by_key = {}
            for number, errors in self._log.recorder.quarantine_open_with(_WAITS):
                keys = {key_in(fault["message"]) for fault in json.loads(errors) if fault != NOT_KEPT.as_json()}
                self._entries[number] = keys
                for each in keys - {None}:
                    assert each is not None, "taken out just before"
                    self._by_key.setdefault(each, []).append(number)
        return self._by_key.get(key, [])

    def values_of(self, key: Key) -> list[LabResult]:
        """The preliminary results that wait, as their messages state them, in the order they were sent."""
        found: list[LabResult] = []
        for number in self.entries_of(key):
            row = self._log.recorder.quarantine_row(number)
            items = self._read(bytes(row["bytes"])).items if row else ()
            mine = [each for each in items if isinstance(each, LabResult) and (each.source, each.stem) == key]
            found += [each for each in mine if each.standing == "preliminary"]
        return found

    def settled(self, key: Key, is_known: Callable[[Key], bool]) -> list[int]:
        """The entries in which nothing waits any more now that this result is known."""
        done = []
        for number in self.entries_of(key):
            others = self._entries[number] - {key}
            if all(each is not None and is_known(each) for each in others):
                done.append(number)
        return done
