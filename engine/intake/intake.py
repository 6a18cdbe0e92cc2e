"""The intake: takes submitted bytes in batches, one transaction each, and answers a verdict for every event.

A verdict is given after the commit, so what was acknowledged is in the log (or in quarantine) for ever.
"""

import hashlib
import json
import marshal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple, Protocol

from engine.events.canonical import sha256_hex
from engine.events.sound import Sound
from engine.intake.check import Checked, check, too_long
from engine.intake.clocks import clock_faults, recorded_time
from engine.intake.noticing import known_to, warnings
from engine.intake.placing import place_faults
from engine.intake.plausibility.rule import Known
from engine.intake.sender import Gate
from engine.intake.spelling import conflict
from engine.intake.verdicts import Fault, Notice, Status, Verdict, bounded
from engine.log.eventlog import EventLog, WriteSession, without_garbage_collection
from engine.log.history import OFFERED, Fact
from engine.log.newrow import Refused
from engine.quantities import instant_text, utc_text

UNKNOWN_ACTOR = "operator:unknown"


class Cut(NamedTuple):
    """Of a submission longer than any event: the length (None where no longer known) and SHA-256 of the whole."""

    length: int | None
    sha256: bytes


class Submission(NamedTuple):
    """One event as submitted: its line (or ordinal in a batch) and its bytes, or the beginning of too many.

    ``gate``: what a token lets its sender send; without one everything may be.
    """

    line: int
    raw: bytes
    cut: Cut | None = None
    gate: Gate | None = None

    @property
    def sha256(self) -> bytes:
        """Digest of all that was received."""
        return self.cut.sha256 if self.cut else hashlib.sha256(self.raw).digest()


def check_all(submissions: Sequence[Submission], *, imported: bool) -> list[Checked]:
    """What can be said of each without the log, and so before anybody else is kept from writing."""
    with without_garbage_collection():
        return [
            check(submission.raw, imported=imported)
            if submission.cut is None
            else Checked(None, None, None, (too_long(submission.cut.length),))
            for submission in submissions
        ]


Sent = tuple[bytes, list[Checked]]
"""What one process tells another of a history: its sound events (nothing in place of another), and the others."""


def check_history(submissions: Iterable[Submission]) -> Sent:
    """The same of a history to be imported, as one process sends it to another."""
    checked = check_all([*submissions], imported=True)
    sound = [each.sound and tuple(each.sound) for each in checked]
    return marshal.dumps(sound), [each for each in checked if each.sound is None]


def checked_history(sent: Sent) -> list[Checked | Sound]:
    """What ``check_history`` said: a sound event, or what keeps another from being one."""
    sound, others = marshal.loads(sent[0]), iter(sent[1])  # noqa: S302 - written by this program
    return [next(others) if each is None else Sound._make(each) for each in sound]


class RunRecorder(Protocol):
    """What computes the match run of a live offer, inside the transaction that takes the offer in."""

    def record(self, session: WriteSession, position: int) -> Sound | None:
        """The event that records the run of the offer at a position."""

    def forget(self) -> None:
        """The transaction was not committed."""


class Rankings(Protocol):
    """What ranks offers that have no recorded run, so that acts can be held against them."""

    def ranking(self, session: WriteSession, offer: Fact) -> Sequence[str] | None:
        """Candidates by rank for an offer of the log; None where no run was possible."""

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
        rankings: Rankings | None = None,
    ) -> None:
        self._log = log
        self._now = now
        self._imported = imported
        self._file_sha256 = file_sha256
        self._actor = actor or UNKNOWN_ACTOR
        self._runs = runs
        self._rankings = rankings

    def take(
        self, submissions: Sequence[Submission], checked: Sequence[Checked | Sound] | None = None
    ) -> list[Verdict]:
        """Take a batch in one transaction; one bad event never stops the others.

        ``checked`` is what ``checked_history`` says of the submissions, where it was asked beforehand.
        """
        with without_garbage_collection():
            checked = check_all(submissions, imported=self._imported) if checked is None else checked
            with self._writing() as session:
                return self._decide_all(submissions, checked, session)

    def resend(self, entries: Mapping[int, Submission]) -> list[Verdict]:
        """Send quarantined inputs, by number, again; each that is taken is resolved in the same transaction."""
        submissions = list(entries.values())
        checked = check_all(submissions, imported=self._imported)
        with self._writing() as session:
            verdicts = self._decide_all(submissions, checked, session)
            for number, verdict in zip(entries, verdicts, strict=True):
                if verdict.position is not None:
                    taken = f"{verdict.status} at position {verdict.position}"
                    self._log.recorder.quarantine_resolve(number, taken, utc_text(self._now()))
            return verdicts

    def _decide_all(
        self, submissions: Sequence[Submission], checked: Sequence[Checked | Sound], session: WriteSession
    ) -> list[Verdict]:
        before = session.head
        found = (each if isinstance(each, Sound) else each.sound for each in checked)
        sound = [each for each in found if each is not None]
        session.look_up([(each.source, each.id) for each in sound], [each.subject for each in sound])
        known = known_to(session, partial(self._ranking, session))
        verdicts = []
        for submission, each in zip(submissions, checked, strict=True):
            verdict = self.judge(submission.line, each, session, known, submission.gate)
            if verdict.is_refusal:
                self.keep(submission, verdict.status, verdict.errors)
            verdicts.append(verdict)
        self._note_import(submissions, before, session.head)
        return verdicts

    @contextmanager
    def _writing(self) -> Iterator[WriteSession]:
        try:
            with self._log.writing() as session:
                yield session
        except BaseException:
            for each in (self._runs, self._rankings):
                if each is not None:
                    each.forget()
            raise

    def _ranking(self, session: WriteSession, offer: Fact) -> Sequence[str] | None:
        return None if self._rankings is None else self._rankings.ranking(session, offer)

    def _note_import(self, submissions: Sequence[Submission], before: int, head: int) -> None:
        """Leave the record of an import that added something; what added nothing leaves nothing."""
        if self._imported and head > before:
            self._log.recorder.import_put(
                self._file_sha256 or sha256_hex(b"".join(submission.raw + b"\n" for submission in submissions)),
                utc_text(self._now()),
                self._actor,
                first=before + 1,
                last=head,
            )

    def judge(
        self, line: int, checked: Checked | Sound, session: WriteSession, known: Known, gate: Gate | None = None
    ) -> Verdict:
        """The verdict on one event, which is appended where it is accepted; refused input is for others to keep."""
        if isinstance(checked, Sound):
            assert gate is None, "whoever imports a history holds the log: rights are asked of what was received"
            return self._placed(line, checked, session, known, None)
        if gate is not None and (why := gate.refusal(checked.received, session)) is not None:
            return Verdict(line, checked.source, checked.id, "refused", None, errors=bounded([why]), forbidden=True)
        if checked.sound is None:
            return _refused(line, checked.source, checked.id, checked.faults)
        return self._placed(line, checked.sound, session, known, gate)

    def _placed(self, line: int, sound: Sound, session: WriteSession, known: Known, gate: Gate | None) -> Verdict:
        """The verdict on a sound event, by what is known."""
        source, id_ = sound.source, sound.id
        stored = session.identity(source, id_)
        if stored is not None:
            return _already_known(line, sound, stored, session)
        now, last = self._now(), session.last_recorded
        recorded = recorded_time(sound, now, last)
        fact = session.next_fact(sound, recorded)
        if faults := clock_faults(fact, sound.given, recorded.instant, now, last) + place_faults(fact, session):
            return _refused(line, source, id_, faults)
        subject = session.append(sound, fact, recorded.instant)
        reads = _reads_nothing if gate is None else gate.reads(session.subject, now)
        noticed = warnings(fact, subject, known, recorded.instant, now, None if self._imported else reads)
        if self._runs is not None and fact.kind == OFFERED:
            noticed += self._record_run(self._runs, session, fact.position)
        return Verdict(line, source, id_, "accepted", fact.position, noticed)

    def _record_run(self, runs: RunRecorder, session: WriteSession, position: int) -> tuple[Notice, ...]:
        """Append the offer's match run behind it; what to warn of where there is none."""
        run = runs.record(session, position)
        if run is None:
            return (
                Notice("no_run_recorded", "time", "no match run recorded: no rules were in force at the offer's time"),
            )
        assert session.last_recorded is not None, "the offer was just recorded"
        recorded = session.last_recorded
        session.append(run, session.next_fact(run, instant_text(recorded)), recorded)
        return ()

    def keep(self, submission: Submission, status: Status, errors: Iterable[Fault]) -> None:
        """Keep refused input in quarantine."""
        self._log.recorder.quarantine_put(
            Refused(
                utc_text(self._now()),
                int(self._imported),
                submission.raw,
                status,
                json.dumps([fault.as_json() for fault in errors], ensure_ascii=False),
                submission.sha256,
                None if submission.gate is None else submission.gate.sender.text,
            )
        )


def _reads_nothing(fact: Fact) -> bool:
    """What is known to be read by whoever sent something without saying who: nothing."""
    return False


def _refused(line: int, source: str | None, id_: str | None, faults: Iterable[Fault]) -> Verdict:
    return Verdict(line, source, id_, "refused", None, errors=bounded(faults))


def _already_known(line: int, sound: Sound, known: tuple[bytes, int], session: WriteSession) -> Verdict:
    stored, position = known
    if stored == sound.sha256:
        return Verdict(line, sound.source, sound.id, "duplicate", position)
    why = Fault("id", conflict(sound.attributes, session.attributes(position), position))
    return Verdict(line, sound.source, sound.id, "conflict", None, errors=(why,))
