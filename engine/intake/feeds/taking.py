"""Takes laboratory messages into a log: each judged alone, what is refused kept in quarantine whole.

The facts go the way of every other event: the same checks, the same verdicts, the same warnings.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from engine.intake.check import LONGEST_EVENT, check, too_long
from engine.intake.feeds import fhir, fhir_json, hl7_text, hl7v2
from engine.intake.feeds.formats import FHIR, HL7V2, format_of
from engine.intake.feeds.known import RESULT
from engine.intake.feeds.patients import Patients
from engine.intake.feeds.result import Message
from engine.intake.feeds.settling import Settling
from engine.intake.feeds.strangers import NOT_KEPT, instead_of
from engine.intake.feeds.told import Told
from engine.intake.feeds.waiting import Waiting
from engine.intake.intake import Cut, Intake, Submission
from engine.intake.noticing import known_to
from engine.intake.sender import Gate
from engine.intake.verdicts import Fault, Verdict, bounded
from engine.log.eventlog import EventLog, WriteSession
from engine.log.received import keep
from engine.quantities import utc_text

_READERS: Mapping[str, Callable[[bytes], Message]] = {FHIR: fhir.read, HL7V2: hl7v2.read}
_SPLITTERS: Mapping[str, Callable[[bytes], list[bytes]]] = {FHIR: fhir_json.split, HL7V2: hl7_text.split}


class Part(NamedTuple):
    """One message as received: its bytes, and what they are said to be."""

    raw: bytes
    format: str
    gate: Gate | None = None
    """What a token lets its sender send; without one everything may be."""


class Answer(NamedTuple):
    """What became of one message: as it was read, and the verdict on each event of it."""

    message: Message
    verdicts: tuple[Verdict, ...]


def parts_of(body: bytes, format_: str, gate: Gate | None = None) -> list[Part]:
    """The messages in what was received."""
    return [Part(raw, format_, gate) for raw in _SPLITTERS[format_](body)]


def read(part: Part) -> Message:
    """A message as its format has it."""
    return _READERS[part.format](part.raw)


def read_any(raw: bytes) -> Message:
    """A message by how it begins; an empty one where it is none."""
    format_ = format_of(raw)
    return read(Part(raw, format_)) if format_ else Message((), readable=False)


class FeedIntake:
    """Takes the messages of feeds into a log. ``now`` is the clock (microseconds since the epoch).

    ``ignore_unknown``: patients whom the mapping does not know are counted and not kept. What a token refuses is no
    matter of the quarantine.
    """

    def __init__(
        self,
        log: EventLog,
        *,
        now: Callable[[], int],
        patients: Patients,
        ignore_unknown: bool = False,
    ) -> None:
        self._log = log
        self._now = now
        self._patients = patients
        self._ignore_unknown = ignore_unknown
        self._intake = Intake(log, now=now)

    def take(self, parts: Sequence[Part], first: int = 1) -> list[Answer]:
        """Take messages in one transaction; ``first`` is the number of the first event in the answer."""
        messages = [read(part) for part in parts]
        with self._log.writing() as session:
            return self._take(parts, messages, session, first, ignore_unknown=self._ignore_unknown)

    def resend(self, entries: Mapping[int, Submission]) -> list[tuple[int, Verdict]]:
        """Send quarantined messages, by number, again; each of which nothing is refused any more is resolved.

        Strangers are refused here: passed over, an entry would be closed before anybody knows them.
        """
        whole = {number: each for number, each in entries.items() if each.cut is None}
        parts = [Part(each.raw, format_of(each.raw) or HL7V2, each.gate) for each in whole.values()]
        messages = [read(part) for part in parts]
        with self._log.writing() as session:
            found = dict(zip(whole, self._take(parts, messages, session, 1, ignore_unknown=False), strict=True))
            for number, answer in found.items():
                taken = [verdict for verdict in answer.verdicts if verdict.position is not None]
                if not any(verdict.is_refusal or verdict.forbidden for verdict in answer.verdicts) and answer.verdicts:
                    self._resolve(number, _outcome(taken[-1] if taken else answer.verdicts[-1]))
        return [
            (number, each) for number in entries for each in (found[number].verdicts if number in found else [_CUT])
        ]

    def _take(
        self, parts: Sequence[Part], messages: Sequence[Message], session: WriteSession, first: int,
        *, ignore_unknown: bool,
    ) -> list[Answer]:  # fmt: skip
        waiting, answers, line = Waiting(self._log, read_any), [], first
        for part, message in zip(parts, messages, strict=True):
            verdicts, line = self._verdicts(part, message, session, waiting, line, ignore_unknown=ignore_unknown)
            answers.append(Answer(message, tuple(verdicts)))
        return answers

    def _verdicts(
        self,
        part: Part,
        message: Message,
        session: WriteSession,
        waiting: Waiting,
        line: int,
        *,
        ignore_unknown: bool,
    ) -> tuple[list[Verdict], int]:
        known = known_to(session)

        def take(raw: bytes) -> Verdict:
            return self._intake.judge(0, check(raw, imported=False), session, known, part.gate)

        settling = Settling(
            session, take, self._patients, waiting,
            Told(self._log, part.raw, part.format, self._now(), read_any), message, ignore_unknown=ignore_unknown,
        )  # fmt: skip
        verdicts: list[Verdict] = []
        refused: list[Fault] = []
        for item in message.items:
            denied = _denied(part.gate, item.source, session) if item.source else None
            found = [denied] if denied else list(settling.verdicts(item))
            refused += [] if denied else _faults(found)
            verdicts += [verdict._replace(line=line) for verdict in found]
            line += bool(found)
        is_whole = not settling.strangers.met
        if refused:
            statuses = {verdict.status for verdict in verdicts if verdict.is_refusal}
            faults = bounded(refused if is_whole else [NOT_KEPT, *refused])
            self._intake.keep(
                _submission(part, is_whole=is_whole), "refused" if "refused" in statuses else "conflict", faults
            )
        if any(verdict.status == "accepted" for verdict in verdicts) and is_whole:
            keep(self._log, part.raw, part.format, self._now())
        for number, position in settling.resolved.items():
            self._resolve(number, f"accepted at position {position}")
        return verdicts, line

    def _resolve(self, number: int, verdict: str) -> None:
        row = self._log.recorder.quarantine_row(number)
        if row is not None and row["resolved"] is None:
            self._log.recorder.quarantine_resolve(number, verdict, utc_text(self._now()))


_CUT = Verdict(1, None, None, "refused", None, errors=(too_long(None),))
"""The verdict on a message of which only the beginning was kept: what it says there is not all that it says."""


def _outcome(verdict: Verdict) -> str:
    return verdict.status if verdict.position is None else f"{verdict.status} at position {verdict.position}"


def _denied(gate: Gate | None, source: str, session: WriteSession) -> Verdict | None:
    """The verdict on results of a source that the sender may not send."""
    fault = gate.refusal({"source": source, "type": RESULT}, session) if gate is not None else None
    return Verdict(0, source, None, "refused", None, errors=(fault,), forbidden=True) if fault else None


def _faults(verdicts: Iterable[Verdict]) -> Iterator[Fault]:
    return (fault for verdict in verdicts if verdict.is_refusal for fault in verdict.errors)


def _submission(part: Part, *, is_whole: bool) -> Submission:
    """A message as the quarantine keeps it: of one too long the beginning, of one not to be kept which it was."""
    if not is_whole:
        return Submission(0, instead_of(part.raw), None, part.gate)
    cut = None if len(part.raw) <= LONGEST_EVENT else Cut(len(part.raw), hashlib.sha256(part.raw).digest())
    return Submission(0, part.raw[:LONGEST_EVENT], cut, part.gate)
