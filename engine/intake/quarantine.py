"""The quarantine: refused input, bytes and reasons, listed and sent again.

No entry leaves it. Its bytes may be erased, with the error messages that quote them: number, digest, when and why
stay, and what the log proves of it is the digest alone.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.errors import LogError, RequestError
from engine.intake.intake import Intake, RunRecorder
from engine.intake.verdicts import Verdict
from engine.log.eventlog import EventLog
from engine.log.schema import ERASED
from engine.quantities import utc_text

LONGEST_REASON = 120


class Erasure(NamedTuple):
    """When an entry's bytes were erased, and why."""

    at: str
    reason: str


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
    erased: Erasure | None
    sha256: str
    """Of the bytes as received, lower-case hexadecimal."""

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
            "sha256": self.sha256,
            "erased": None if self.erased is None else self.erased._asdict(),
        }


def entries(log: EventLog, *, include_resolved: bool = False) -> list[Quarantined]:
    """The quarantine's entries, oldest first."""
    found = []
    erased = {entry: Erasure(at, text) for _, entry, act, at, text in log.recorder.quarantine_acts() if act == ERASED}
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
                    erased=erased.get(row["number"]),
                    sha256=row["digest"].hex(),
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
    if kept.erased is not None:
        raise RequestError(f"{_already_erased(kept)}: there is nothing to send again")
    if kept.resolved is not None:
        raise RequestError(f"quarantine entry {number} was {kept.resolved}: there is nothing to send again")
    return Intake(log, now=now, imported=kept.imported, runs=None if kept.imported else runs).resend(number, kept.raw)


def erase(log: EventLog, number: int, reason: str, *, now: int) -> Quarantined:
    """Take an entry's bytes out of the log for ever, and every message that may quote them."""
    if not reason.strip() or not reason.isprintable() or len(reason) > LONGEST_REASON:
        raise RequestError(f"--reason: say why in 1 to {LONGEST_REASON} characters on one line, without a name")
    with log.writing():
        kept = entry(log, number)
        if kept.erased is not None:
            raise RequestError(f"{_already_erased(kept)}: there is nothing left to erase")
        log.recorder.quarantine_erase(number, utc_text(now), reason, erased_errors(reason))
    if not log.recorder.write_back():
        raise LogError(
            f"quarantine entry {number} is erased, but another process still reads its bytes from the -wal file: "
            "they go with the next command once it has ended"
        )
    return entry(log, number)


def erased_errors(reason: str) -> str:
    """What stands in the place of the error messages of an erased entry."""
    return json.dumps([{"path": "$", "message": f"erased: {reason}"}], ensure_ascii=False)


def _already_erased(kept: Quarantined) -> str:
    assert kept.erased is not None, "asked of an erased entry"
    return f"quarantine entry {kept.number} was erased at {kept.erased.at} ({kept.erased.reason})"
