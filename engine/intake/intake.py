"""The intake: takes submitted bytes in batches, one transaction each, and answers a verdict for every event.

A verdict is given after the commit, so what was acknowledged is in the log (or in quarantine) for ever.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from engine.events.envelope import Event
from engine.intake.check import LONGEST_EVENT, LONGEST_KEPT, Checked, check
from engine.intake.noticing import warnings
from engine.intake.placing import place_faults
from engine.intake.verdicts import Fault, Notice, Verdict
from engine.log.eventlog import EventLog, WriteSession
from engine.quantities import parse_instant, utc_text

OFFERED = "snagc.graft.offered.v1"
UNKNOWN_ACTOR = "operator:unknown"


@dataclass(frozen=True, slots=True)
class Submission:
    """One event as submitted: its line (or ordinal in a batch) and its bytes."""

    line: int
    raw: bytes


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

    def resend(self, number: int, raw: bytes) -> Verdict:
        """Send a quarantined input again; the entry is resolved in the same transaction if it is taken."""
        with self._writing() as session:
            before = session.head
            verdict = self._decide(Submission(1, raw), session)
            self._note_import([Submission(1, raw)], before, session.head)
            if verdict.position is not None:
                taken = f"{verdict.status} at position {verdict.position}"
                self._log.recorder.quarantine_resolve(number, taken, utc_text(self._now()))
            return verdict

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
        checked = check(submission.raw, imported=self._imported)
        if checked.event is None:
            return self._keep(submission, Verdict(
                submission.line, checked.source, checked.id, "refused", None, errors=checked.faults))  # fmt: skip
        content = hashlib.sha256(checked.event.content_bytes()).digest()
        known = session.identity(checked.event.source, checked.event.id)
        if known is not None:
            return self._already_known(submission, checked, content, known)
        faults: list[Fault] = []
        event = self._stamped(checked.event, session, faults)
        faults += place_faults(event, session)
        if faults:
            return self._keep(submission, Verdict(
                submission.line, event.source, event.id, "refused", None, errors=tuple(faults)))  # fmt: skip
        position = session.append(event, content)
        noticed = warnings(event, position, session, self._now())
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
        self, submission: Submission, checked: Checked, content: bytes, known: tuple[bytes, int]
    ) -> Verdict:
        stored, position = known
        if stored == content:
            return Verdict(submission.line, checked.source, checked.id, "duplicate", position)
        message = (
            f"(source, id) stands at position {position} with other content: "
            "send the same event again, a new id, or an event.corrected"
        )
        return self._keep(submission, Verdict(
            submission.line, checked.source, checked.id, "conflict", None, errors=(Fault("id", message),)))  # fmt: skip

    def _stamped(self, event: Event, session: WriteSession, faults: list[Fault]) -> Event:
        """The event with its recorded time: as given by an import, else the later of the clock and the last one."""
        last = session.last_recorded
        if event.recordedtime is not None:
            recorded = parse_instant(event.recordedtime)
            if last is not None and recorded < last:
                faults.append(Fault(
                    "recordedtime",
                    f"{event.recordedtime} steps back behind {utc_text(last)}, the last one: import in recorded order",
                ))  # fmt: skip
        else:
            recorded = self._now() if last is None else max(self._now(), last)
        return event.model_copy(update={"recordedtime": utc_text(recorded)})

    def _keep(self, submission: Submission, verdict: Verdict) -> Verdict:
        self._log.recorder.quarantine_put(
            received=utc_text(self._now()),
            imported=self._imported,
            data=submission.raw if len(submission.raw) <= LONGEST_KEPT else submission.raw[:LONGEST_EVENT],
            digest=hashlib.sha256(submission.raw).digest(),
            status=verdict.status,
            errors=json.dumps([fault.as_json() for fault in verdict.errors], ensure_ascii=False),
        )
        return verdict
