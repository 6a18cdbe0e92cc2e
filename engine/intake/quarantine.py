"""The quarantine: refused input, bytes and reasons, listed and sent again. Nothing leaves it."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from engine.errors import RequestError
from engine.intake.check import LONGEST_EVENT
from engine.intake.intake import Cut, Intake, RunRecorder, Submission
from engine.intake.verdicts import Verdict
from engine.log.eventlog import EventLog

MOST_AT_ONCE = 100
"""Entries sent again in one transaction: other writers wait no longer for it than for a batch of a feed."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One kept input: when last refused and how often, whether by an import, why, and what became of it."""

    number: int
    received: str
    imported: bool
    raw: bytes
    sha256: bytes
    status: str
    errors: list[dict[str, str]]
    times: int
    resolved: str | None

    @property
    def submission(self) -> Submission:
        """What is sent again; of input too long to be kept whole, that it was."""
        whole = hashlib.sha256(self.raw).digest() == self.sha256
        return Submission(1, self.raw, None if whole else Cut(None, self.sha256))

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


def entries(log: EventLog, *, include_resolved: bool = False) -> Iterator[Quarantined]:
    """The quarantine's entries, oldest first, read one by one."""
    for number in numbers(log, include_resolved=include_resolved):
        yield entry(log, number)


def numbers(log: EventLog, *, include_resolved: bool = False) -> list[int]:
    """The numbers of the entries not yet taken, or of all, ascending."""
    return log.recorder.quarantine_numbers(include_resolved=include_resolved)


def entry(log: EventLog, number: int) -> Quarantined:
    """One entry by its number."""
    row = log.recorder.quarantine_row(number)
    if row is None:
        raise RequestError(f"no quarantine entry {number}: see snagc quarantine list")
    return Quarantined(
        number=row["number"],
        received=row["received"],
        imported=bool(row["imported"]),
        raw=bytes(row["bytes"]),
        sha256=bytes(row["digest"]),
        status=row["status"],
        errors=json.loads(row["errors"]),
        times=row["times"],
        resolved=row["resolved"],
    )


def resend(
    log: EventLog, chosen: Iterable[int], *, now: Callable[[], int], runs: RunRecorder | None = None
) -> Iterator[tuple[int, Verdict]]:
    """Send entries again by number, each once, the way it came (live or imported); verdicts batch by batch."""
    for batch in _batches(log, chosen):
        imported = batch[0].imported
        intake = Intake(log, now=now, imported=imported, runs=None if imported else runs)
        verdicts = intake.resend({kept.number: kept.submission for kept in batch})
        yield from zip((kept.number for kept in batch), verdicts, strict=True)


def _batches(log: EventLog, chosen: Iterable[int]) -> Iterator[list[Quarantined]]:
    """The entries to send, in order, so many at a time as fit a transaction: all live or all imported."""
    batch: list[Quarantined] = []
    size = 0
    for number in dict.fromkeys(chosen):
        kept = entry(log, number)
        if kept.resolved is not None:
            raise RequestError(f"quarantine entry {number} was {kept.resolved}: there is nothing to send again")
        full = len(batch) == MOST_AT_ONCE or size + len(kept.raw) > LONGEST_EVENT
        if batch and (full or kept.imported != batch[0].imported):
            yield batch
            batch, size = [], 0
        batch.append(kept)
        size += len(kept.raw)
    if batch:
        yield batch
