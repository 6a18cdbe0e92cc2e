"""The intake: takes submitted bytes in batches, one transaction each, and answers a verdict for every event.

A verdict is given after the commit, so what was acknowledged is in the log (or in quarantine) for ever.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from engine.events.envelope import Event
from engine.intake.check import check, too_long
from engine.intake.clocks import clock_faults, stamped
from engine.intake.noticing import warnings
from engine.intake.placing import place_faults
from engine.intake.spelling import conflict
from engine.intake.verdicts import Fault, Notice, Verdict, bounded
from engine.log.eventlog import EventLog, WriteSession
from engine.quantities import utc_text

OFFERED = "snagc.graft.offered.v1"
UNKNOWN_ACTOR = "operator:unknown"


@dataclass(frozen=True, slots=True)
class Cut:
    """Of a submission longer than any event: the length (None where no longer known) and SHA-256 of the whole."""

    length: int | None
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Submission:
    """One event as submitted: its line (or ordinal in a batch) and its bytes, or the beginning of too many."""

    line: int
    raw: bytes
    cut: Cut | None = None

    @property
    def sha256(self) -> bytes:
        """Digest of all that was received."""
        return self.cut.sha256 if self.cut else hashlib.sha256(self.raw).digest()


class RunRecorder(Protocol):
    """What computes the match run of a live offer, inside the transaction that takes the offer in."""

    def record(self, session: WriteSession, position: int) -> Event | None:
        """The event that records the run of the offer at a position."""

    def forget(self) -> None:
        """The transaction was not committed."""


class Intake:
    """Takes events into a log. ``now`` is the clock (microseconds since the epoch); ``imported`` keeps recordedtime.

    Every transaction of an import leaves a record beside the events: ``file_sha256`` is the digest of the file
    they came in (where there is none, that of the lines taken), ``actor`` who imports it, as ``role:id``.
    """

    def __init__(
        self,
        log: EventLog,
        *,
        now: Callable[[], int],
        imported: bool = False,
        file_sha256: str | None = None,
        actor: str | None = None,
        runs: RunRecorder | None = None,
    ) -> None:
        self._log = log
        self._now = now
        self._imported = imported
        self._file_sha256 = file_sha256
        self._actor = actor or UNKNOWN_ACTOR
        self._runs = runs

    def take(self, submissions: Sequence[Submission]) -> list[Verdict]:
        """Take a batch in one transaction; one bad event never stops the others."""
        with self._writing() as session:
            before = session.head
            verdicts = [self._decide(submission, session) for submission in submissions]
            self._note_import(submissions, before, session.head)
            return verdicts

    def resend(self, entries: Mapping[int, Submission]) -> list[Verdict]:
        """Send quarantined inputs, by number, again; each that is taken is resolved in the same transaction."""
        with self._writing() as session:
            before = session.head
            verdicts = [self._decide(submission, session) for submission in entries.values()]
            self._note_import(list(entries.values()), before, session.head)
            for number, verdict in zip(entries, verdicts, strict=True):
                if verdict.position is not None:
                    taken = f"{verdict.status} at position {verdict.position}"
                    self._log.recorder.quarantine_resolve(number, taken, utc_text(self._now()))
            return verdicts

    @contextmanager
    def _writing(self) -> Iterator[WriteSession]:
        try:
            with self._log.writing() as session:
                yield session
        except BaseException:
            if self._runs is not None:
                self._runs.forget()
            raise

    def _note_import(self, submissions: Sequence[Submission], before: int, head: int) -> None:
        """Leave the record of an import that added something; what added nothing leaves nothing."""
        if self._imported and head > before:
            lines = b"".join(submission.raw + b"\n" for submission in submissions)
            self._log.recorder.import_put(
                self._file_sha256 or hashlib.sha256(lines).hexdigest(),
                utc_text(self._now()),
                self._actor,
                first=before + 1,
                last=head,
            )

    def _decide(self, submission: Submission, session: WriteSession) -> Verdict:
        if submission.cut is not None:
            return self._refuse(submission, None, None, [too_long(submission.cut.length)])
        checked = check(submission.raw, imported=self._imported)
        if checked.event is None:
            return self._refuse(submission, checked.source, checked.id, checked.faults)
        content = hashlib.sha256(checked.event.content_bytes()).digest()
        known = session.identity(checked.event.source, checked.event.id)
        if known is not None:
            return self._already_known(submission, checked.event, content, known, session)
        now = self._now()
        event = stamped(checked.event, now, session.last_recorded)
        if faults := [*clock_faults(checked.event, event, now, session.last_recorded), *place_faults(event, session)]:
            return self._refuse(submission, event.source, event.id, faults)
        position = session.append(event, content)
        noticed = warnings(event, position, session, now)
        if self._runs is not None and event.TYPE == OFFERED:
            noticed += self._record_run(self._runs, session, position)
        return Verdict(submission.line, event.source, event.id, "accepted", position, warnings=noticed)

    def _record_run(self, runs: RunRecorder, session: WriteSession, position: int) -> tuple[Notice, ...]:
        """Append the offer's match run behind it; what to warn of where there is none."""
        run = runs.record(session, position)
        if run is None:
            return (
                Notice("no_run_recorded", "time", "no match run recorded: no rules were in force at the offer's time"),
            )
        assert session.last_recorded is not None, "the offer was just recorded"
        stamped = run.model_copy(update={"recordedtime": utc_text(session.last_recorded)})
        session.append(stamped, hashlib.sha256(run.content_bytes()).digest())
        return ()

    def _already_known(
        self, submission: Submission, event: Event, content: bytes, known: tuple[bytes, int], session: WriteSession
    ) -> Verdict:
        stored, position = known
        if stored == content:
            return Verdict(submission.line, event.source, event.id, "duplicate", position)
        why = Fault("id", conflict(event, session.attributes(position), position))
        return self._keep(submission, Verdict(
            submission.line, event.source, event.id, "conflict", None, errors=(why,)))  # fmt: skip

    def _refuse(self, submission: Submission, source: str | None, id_: str | None, faults: Iterable[Fault]) -> Verdict:
        return self._keep(submission, Verdict(submission.line, source, id_, "refused", None, errors=bounded(faults)))

    def _keep(self, submission: Submission, verdict: Verdict) -> Verdict:
        self._log.recorder.quarantine_put(
            received=utc_text(self._now()),
            imported=self._imported,
            data=submission.raw,
            digest=submission.sha256,
            status=verdict.status,
            errors=json.dumps([fault.as_json() for fault in verdict.errors], ensure_ascii=False),
        )
        return verdict
