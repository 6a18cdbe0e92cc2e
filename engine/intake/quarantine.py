"""The quarantine: refused input, bytes and reasons, listed and sent again.

No entry leaves it. Its bytes may be erased, with the error messages that quote them: number, digest, when and why
stay, and what the log proves of it is the digest alone.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from engine.errors import LogError, RequestError, UnknownError
from engine.intake.check import LONGEST_EVENT
from engine.intake.feeds.formats import format_of
from engine.intake.intake import Cut, Intake, Rankings, RunRecorder, Submission
from engine.intake.sender import Gate, Sender
from engine.intake.verdicts import Verdict
from engine.log.eventlog import EventLog
from engine.log.received import note_erased, take_out
from engine.log.recorder import HIGHEST
from engine.log.schema import ERASED
from engine.quantities import utc_text
from engine.text import is_printed

LONGEST_REASON = 120
MOST_AT_ONCE = 100
"""Entries sent again in one transaction: other writers wait no longer for it than for a batch of a feed."""


class FeedResender(Protocol):
    """What sends messages of laboratory feeds again."""

    def resend(self, entries: Mapping[int, Submission]) -> Iterable[tuple[int, Verdict]]:
        """Each verdict with the number of its entry."""


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
    sender: Sender | None
    """As whom it was first sent, where a token said so."""

    @property
    def is_message(self) -> bool:
        """Whether it is a laboratory's message."""
        return format_of(self.raw) is not None

    def submission(self, gate_of: Callable[[Sender], Gate]) -> Submission:
        """What is sent again, with its sender's rights; of input too long to be kept whole, that it was."""
        whole = hashlib.sha256(self.raw).hexdigest() == self.sha256
        gate = None if self.sender is None else gate_of(self.sender)
        return Submission(1, self.raw, None if whole else Cut(None, bytes.fromhex(self.sha256)), gate)

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


def entries(log: EventLog, *, include_resolved: bool = False) -> Iterator[Quarantined]:
    """The quarantine's entries, oldest first, read one by one."""
    beside = _beside(log)
    for number in numbers(log, include_resolved=include_resolved):
        yield _read(log, number, beside)


def numbers(log: EventLog, *, include_resolved: bool = False) -> list[int]:
    """The numbers of the entries not yet taken, or of all, ascending."""
    return log.recorder.quarantine_numbers(include_resolved=include_resolved)


def entry(log: EventLog, number: int) -> Quarantined:
    """One entry by its number."""
    return _read(log, number, _beside(log))


class _Beside(NamedTuple):
    """What is kept of entries beside them, by their numbers: what was erased, and who sent them."""

    erased: Mapping[int, Erasure]
    senders: Mapping[int, str]


def _beside(log: EventLog) -> _Beside:
    acts = log.recorder.quarantine_acts()
    erased = {entry: Erasure(at, reason) for _, entry, act, at, reason in acts if act == ERASED}
    return _Beside(erased, dict(log.recorder.quarantine_senders()))


def _read(log: EventLog, number: int, beside: _Beside) -> Quarantined:
    row = log.recorder.quarantine_row(number) if number <= HIGHEST else None
    if row is None:
        raise UnknownError(f"no quarantine entry {number}: see snagc quarantine list", "quarantine", number=number)
    return Quarantined(
        number=row["number"],
        received=row["received"],
        imported=bool(row["imported"]),
        raw=bytes(row["bytes"]),
        status=row["status"],
        errors=json.loads(row["errors"]),
        times=row["times"],
        resolved=row["resolved"],
        erased=beside.erased.get(number),
        sha256=row["digest"].hex(),
        sender=Sender.parse(beside.senders[number]) if number in beside.senders else None,
    )


def _shut(sender: Sender) -> Gate:
    raise RequestError(
        f"entries sent as {sender.sub} are sent again where their rights are known: use snagc quarantine"
    )


def resend(
    log: EventLog,
    chosen: Iterable[int],
    *,
    now: Callable[[], int],
    runs: RunRecorder | None = None,
    rankings: Rankings | None = None,
    gate_of: Callable[[Sender], Gate] = _shut,
    feeds: Callable[[], "FeedResender"] | None = None,
) -> Iterator[tuple[int, Verdict]]:
    """Send entries again by number, each once, the way it came (live or imported); verdicts batch by batch.

    An entry that was first sent under a token has no more right now: ``gate_of`` says what its sender may. Messages
    of laboratory feeds go to what ``feeds`` makes, which may answer with several verdicts on one.
    """
    for batch in _batches(log, chosen):
        if batch[0].is_message and feeds is not None:
            yield from feeds().resend({kept.number: kept.submission(gate_of) for kept in batch})
            continue
        imported = batch[0].imported
        intake = Intake(log, now=now, imported=imported, runs=None if imported else runs, rankings=rankings)
        verdicts = intake.resend({kept.number: kept.submission(gate_of) for kept in batch})
        yield from zip((kept.number for kept in batch), verdicts, strict=True)


def _batches(log: EventLog, chosen: Iterable[int]) -> Iterator[list[Quarantined]]:
    """The entries to send, in order, so many at once as fit a transaction: all live or all imported."""
    batch: list[Quarantined] = []
    size, beside = 0, _beside(log)
    for number in dict.fromkeys(chosen):
        kept = _read(log, number, beside)
        if kept.erased is not None:
            raise RequestError(f"{_already_erased(kept)}: there is nothing to send again")
        if kept.resolved is not None:
            raise RequestError(f"quarantine entry {number} was {kept.resolved}: there is nothing to send again")
        full = len(batch) == MOST_AT_ONCE or size + len(kept.raw) > LONGEST_EVENT
        if batch and (full or (kept.imported, kept.is_message) != (batch[0].imported, batch[0].is_message)):
            yield batch
            batch, size = [], 0
        batch.append(kept)
        size += len(kept.raw)
    if batch:
        yield batch


def check_reason(reason: str) -> None:
    """RequestError where a reason cannot be kept."""
    if not reason.strip() or not is_printed(reason) or len(reason) > LONGEST_REASON:
        raise RequestError(f"--reason: say why in 1 to {LONGEST_REASON} characters on one line, without a name")


def erase(log: EventLog, number: int, reason: str, *, now: int) -> Quarantined:
    """Take an entry's bytes out of the log for ever, and every message that may quote them."""
    check_reason(reason)
    with log.writing():
        kept = entry(log, number)
        if kept.erased is not None:
            raise RequestError(f"{_already_erased(kept)}: there is nothing left to erase")
        log.recorder.quarantine_erase(number, utc_text(now), reason, erased_errors(reason))
        note_erased(log, [kept.sha256], reason, now)
    take_out(log, [kept.sha256])
    if not log.recorder.write_back():
        raise LogError(f"quarantine entry {number} is erased, but {log.recorder.LEFT}")
    return entry(log, number)


def erased_errors(reason: str) -> str:
    """What stands in the place of the error messages of an erased entry."""
    return json.dumps([{"path": "$", "message": f"erased: {reason}"}], ensure_ascii=False)


def _already_erased(kept: Quarantined) -> str:
    assert kept.erased is not None, "asked of an erased entry"
    return f"quarantine entry {kept.number} was erased at {kept.erased.at} ({kept.erased.reason})"
