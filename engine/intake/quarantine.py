"""The quarantine: refused input, bytes and reasons, listed and sent again. Nothing leaves it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.errors import RequestError
from engine.intake.intake import Intake, RunRecorder
from engine.intake.verdicts import Verdict
from engine.log.eventlog import EventLog


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One kept input: when last refused and how often, whether by an import, why, and what became of it."""

    number: int
    received: str
    imported: bool
    raw: bytes
    status: str
    errors: list[dict[str, str]]
    times: int
    resolved: str | None

    def as_json(self) -> dict[str, Any]:
        """The entry's JSON document; bytes that are not UTF-8 shown with replacement characters."""
        return {
            "number": self.number,
            "received": self.received,
            "imported": self.imported,
            "status": self.status,
            "errors": self.errors,
            "times": self.times,
            "resolved": self.resolved,
            "bytes": self.raw.decode("utf-8", errors="replace"),
        }


def entries(log: EventLog, *, include_resolved: bool = False) -> list[Quarantined]:
    """The quarantine's entries, oldest first."""
    found = []
    for row in log.recorder.quarantine_rows():
        if row["resolved"] is None or include_resolved:
            found.append(
                Quarantined(
                    number=row["number"],
                    received=row["received"],
                    imported=bool(row["imported"]),
                    raw=bytes(row["bytes"]),
                    status=row["status"],
                    errors=json.loads(row["errors"]),
                    times=row["times"],
                    resolved=row["resolved"],
                )
            )
    return found


def entry(log: EventLog, number: int) -> Quarantined:
    """One entry by its number."""
    for found in entries(log, include_resolved=True):
        if found.number == number:
            return found
    raise RequestError(f"no quarantine entry {number}: see snagc quarantine list")


def resend(log: EventLog, number: int, *, now: Callable[[], int], runs: RunRecorder | None = None) -> Verdict:
    """Send an entry again, the way it came (live or imported)."""
    kept = entry(log, number)
    if kept.resolved is not None:
        raise RequestError(f"quarantine entry {number} was {kept.resolved}: there is nothing to send again")
    return Intake(log, now=now, imported=kept.imported, runs=None if kept.imported else runs).resend(number, kept.raw)
