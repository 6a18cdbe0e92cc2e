"""What becomes of each part of a message, held against the log: a fact, a correction, a retraction, or none."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from engine.intake.check import check
from engine.intake.feeds import events
from engine.intake.feeds.case import (
    Case,
    is_late,
    is_latest,
    living_of,
    versions_of,
)
from engine.intake.feeds.identity import is_newer, is_older, is_within, stem_in
from engine.intake.feeds.known import KnownFact, facts_of, facts_under, is_stored, says_the_same
from engine.intake.feeds.patients import Patients
from engine.intake.feeds.result import WITHOUT_VALUE, Ignored, Item, LabResult, Message, Refused, Withdrawal
from engine.intake.feeds.strangers import KNOWN_OF_ANOTHER, PASSED_OVER, Strangers
from engine.intake.feeds.told import Statement, Told, What, is_undated, told_apart
from engine.intake.feeds.waiting import Key, Waiting, waiting_message
from engine.intake.verdicts import Fault, Notice, Status, Verdict, bounded
from engine.log.eventlog import WriteSession

UNKNOWN_CORRECTION = "correction_of_unknown"
LATE, UNCHANGED = "older than what is known of it", "unchanged: it is known so"
NOT_WAITING = "confirms a preliminary result that is not waiting here, or was withdrawn: send the value as final"
UNDATED = (
    "what is known of it was stored without its version, and this one may be older: send it dated later than that was "
    "recorded (OBR-22, MSH-7, meta.lastUpdated), or correct it as an event (event.corrected)"
)
Taken = Callable[[bytes], Verdict]
"""Takes one event into the log, with the verdict of every other event; refused ones are not kept."""


class Settling:
    """One message against the log, within the transaction that takes it in."""

    def __init__(
        self,
        session: WriteSession,
        take: Taken,
        patients: Patients,
        waiting: Waiting,
        told: Told,
        message: Message,
        *,
        ignore_unknown: bool = False,
    ) -> None:
        self._session = session
        self._take = take
        self._patients = patients
        self._waiting = waiting
        self._told = told
        self.strangers = Strangers(session, patients, told, message, ignored=ignore_unknown)
        self._said: dict[tuple[str, str, str], LabResult] = {}
        """What the message said so far, by source, stem and candidate."""
        self._held = {
            (each.source, each.stem, patients.who(each.patient).candidate)
            for each in message.items if isinstance(each, LabResult) and each.by_patient
        }  # fmt: skip
        """Whose results stand anywhere in the message, so that the order of its parts decides nothing."""
        self.resolved: dict[int, int] = {}
        """Quarantine entries whose results are all known now, with the position of the last."""

    def verdicts(self, item: Item) -> Iterator[Verdict]:
        """The verdict on each event that a part of the message makes; one at least, but for a silent withdrawal."""
        if isinstance(item, Ignored):
            yield _ignored(item.place, item.source, item.id, item.why)
        elif isinstance(item, Refused) and self.strangers.has_part():
            yield _ignored("patient", item.source, None, PASSED_OVER)
        elif isinstance(item, Refused):
            yield _answer("refused", item.source, None, faults=item.faults)
        elif isinstance(item, Withdrawal):
            yield from self._withdrawal(replace(item, version=self._told.dated(item.version)))
        else:
            yield from self._result(replace(item, version=self._told.dated(item.version)))

    # ---------------------------------------------------------------------------------------------- results

    def _result(self, result: LabResult) -> Iterator[Verdict]:
        who = self._patients.who(result.patient)
        apart = {each or "" for source, stem, each in self._held if (source, stem) == (result.source, result.stem)}
        if self.strangers.has_result(result, who, apart):
            yield _ignored(result.place, result.source, None, PASSED_OVER)
            return
        faults = [*result.faults, *who.faults]
        if who.unknown and self.strangers.is_of_another(result, apart):
            faults.append(Fault(result.place, KNOWN_OF_ANOTHER))
        if faults or who.candidate is None or result.source is None or result.stem is None:
            yield _answer("refused", result.source, result.stem, faults=faults)
            return
        case = self._case(result, who.candidate)
        if result.standing == "preliminary":
            yield self._preliminary(case)
            return
        if result.standing in WITHOUT_VALUE:
            verdicts = [self._withdrawn(case)]
        else:
            verdicts = list(self._confirmed(case) if result.standing == "confirmed" else self._stated(case))
        self._note(case, verdicts)
        yield from verdicts

    def _case(self, result: LabResult, candidate: str) -> Case:
        source, stem = _key(result)
        known = facts_of(self._session, source, stem, by_patient=result.by_patient)
        living = living_of(known, candidate)
        said = self._told.of(source, stem) if result.by_patient else self._told.of_result(source, stem)
        if living is not None:
            said = self._told.of_fact(said, source, stem, living, result.version)
        own = living is not None and living.candidate == candidate
        in_this = living is not None and (source, stem, living.candidate) in self._held
        is_apart = own or in_this or (result.by_patient and told_apart(said, candidate))
        return Case(result, candidate, known, living, said, is_apart)

    def _note(self, case: Case, verdicts: list[Verdict]) -> None:
        """Note what the message says of a result. What was refused says nothing, but that it is withdrawn."""
        result, last = case.result, verdicts[-1]
        is_refused = any(verdict.status in ("refused", "conflict") for verdict in verdicts)
        what: What = "withdrawn" if result.standing in WITHOUT_VALUE else "value"
        if what == "value" and (is_refused or (last.status == "duplicate" and not case.is_new)):
            return
        own = case.living.position if case.living and case.living.candidate == case.candidate else None
        position = None if is_refused else last.position or own
        status: Status = "refused" if is_refused else last.status
        statement = Statement(case.candidate, result.version, what, status, position)
        self._told.note(*_key(result), statement, case.said)

    def _said_again(self, case: Case, what: What) -> Verdict | None:
        """The answer to what this very message said before."""
        said = self._told.again(case.said, case.candidate, what)
        if said is None:
            return None
        id_ = case.result.stem if said.position is None else self._session.attributes(said.position)["id"]
        return _answer("duplicate", case.result.source, id_, position=said.position)

    def _preliminary(self, case: Case) -> Verdict:
        result, living = case.result, case.living
        if living is not None:
            return _ignored(result.place, result.source, living.id, "its final result is known")
        if case.is_late:
            return _ignored(result.place, result.source, result.stem, LATE)
        return _refused(result, waiting_message(_key(result)))

    def _confirmed(self, case: Case) -> Iterator[Verdict]:
        """U: the value that waits is final."""
        result, living = case.result, case.living
        if result.measured is None and (again := self._said_again(case, "value")):
            yield again
            return
        waiting = self._awaited(case)
        if waiting is not None and case.is_withdrawn(waiting):
            waiting = None
        if waiting is None and result.measured is None:
            if living is not None:
                yield _ignored(result.place, result.source, living.id, "unchanged: it is final already")
            else:
                yield _refused(result, NOT_WAITING)
        elif waiting is not None and (fault := self._other_than(waiting, result, case.candidate)):
            yield _answer("refused", result.source, result.stem, faults=[fault])
        elif waiting is not None:
            yield from self._stated(case._replace(result=replace(waiting, version=result.version, standing="final")))
        else:
            yield from self._stated(case)

    def _awaited(self, case: Case) -> LabResult | None:
        """The preliminary result that a confirmation means: the latest that it does not come before."""
        found: LabResult | None = None
        for each in self._waiting.values_of(_key(case.result)):
            is_own = self._patients.who(each.patient).candidate == case.candidate
            is_older_word = found is not None and is_older(each.version, found.version)
            if is_older(case.result.version, each.version) or is_older_word:
                continue
            if found is None or is_own or is_newer(each.version, found.version):
                found = each
        return found

    def _other_than(self, waiting: LabResult, result: LabResult, candidate: str) -> Fault | None:
        """Why a waiting result is not the one that is confirmed."""
        if self._patients.who(waiting.patient).candidate != candidate:
            return Fault(result.place, "the preliminary result waits under another patient: send the value as final")
        if waiting.faults:
            return waiting.faults[0]
        if result.measured is not None and result.measured != waiting.measured:
            return Fault(
                result.place, "another value than the preliminary one it confirms: send it as final or corrected"
            )
        return None

    def _withdrawn(self, case: Case) -> Verdict:
        result, living = case.result, case.living
        if again := self._said_again(case, "withdrawn"):
            return again
        if living is None:
            return self._withdraws_nothing(case)
        if living.candidate != case.candidate:
            return _refused(result, "withdraws a result that is known under another patient: send it with that patient")
        if case.is_late:
            return _ignored(result.place, result.source, living.id, LATE)
        if case.is_undated:
            return _refused(result, UNDATED)
        return self._retract(result.version, living, events.IN_ERROR)

    def _withdraws_nothing(self, case: Case) -> Verdict:
        result = case.result
        gone = next((each.retraction() for each in reversed(case.known) if each.retraction()), None)
        if gone is not None:
            return _answer("duplicate", result.source, gone.id, position=gone.position)
        if result.standing == "unobtainable":
            return _ignored(result.place, result.source, result.stem, "no result could be obtained")
        if any(each.what == "value" for each in case.said):
            return _ignored(result.place, result.source, result.stem, "nothing stands of it")
        return _refused(result, "withdraws a result that is not known: check its identity, or send nothing")

    def _retract(self, version: str | None, known: KnownFact, reason: str) -> Verdict:
        return self._take(events.retracted(known.stored["source"], version, known, reason)[1])

    def _stated(self, case: Case) -> Iterator[Verdict]:
        """A value that is final, first or corrected."""
        result = case.result
        key = _key(result)
        if not result.by_patient and any(each[:2] == key and each[2] != case.candidate for each in self._said):
            yield _conflict(result, "the same result stands in this message for another patient: send it once")
            return
        before = self._said.setdefault((*key, case.candidate), result)
        if before.measured != result.measured or before.sampled != result.sampled:
            yield _conflict(result, "the same result stands in this message with another value: send it once")
            return
        if again := self._said_again(case, "value") or self._known_before_notes(case):
            yield again
            return
        verdicts = list(self._of_value(case))
        positions = [verdict.position for verdict in verdicts if verdict.position is not None]
        if positions:
            self._resolve(key, positions[-1])
        yield from verdicts

    def _known_before_notes(self, case: Case) -> Verdict | None:
        """The answer to a message that was taken in when nothing was noted of it but that it was."""
        mine = [each for each in case.known if each.candidate == case.candidate]
        if not mine or case.said or not self._told.is_repeated:
            return None
        return _answer("duplicate", case.result.source, mine[-1].id, position=mine[-1].position)

    def _of_value(self, case: Case) -> Iterator[Verdict]:
        result, living = case.result, case.living
        again = case.stored_so()
        if again is not None and case.says_again(again):
            yield _answer("duplicate", result.source, again.id, position=again.position)
        elif case.is_late:
            yield self._late(case)
        elif living is None and (done := case.corrected_so()):
            yield _answer("duplicate", result.source, done.id, position=done.position)
        elif living is None or (case.is_apart and living.candidate != case.candidate):
            yield self._first(case)
        elif living.candidate != case.candidate:
            yield from self._moved(case, living)
        else:
            yield self._again(case, living)

    def _late(self, case: Case) -> Verdict:
        """Older than what is known: nothing, but that a result which was withdrawn since is not another patient's."""
        result, living = case.result, case.living
        if living is None or living.candidate == case.candidate:
            return _ignored(result.place, result.source, living.id if living else result.stem, LATE)
        theirs = versions_of(case.said, case.known, living.candidate)
        if not is_latest(result.version, theirs) or case.is_undated:
            return _ignored(result.place, result.source, living.id, LATE)
        return self._retract(result.version, living, events.OTHER_PATIENT)

    def _first(self, case: Case) -> Verdict:
        """A result of which no fact is known, or none any more."""
        result = case.result
        verdict = self._take(events.recorded(result, case.candidate, case.new_id()))
        if result.standing == "corrected" and not result.replaces and not case.known and verdict.status == "accepted":
            words = "corrects a result that was not known here: it is taken as the first"
            return verdict._replace(warnings=(*verdict.warnings, Notice(UNKNOWN_CORRECTION, result.place, words)))
        return verdict

    def _moved(self, case: Case, living: KnownFact) -> Iterator[Verdict]:
        """Known under another patient: retracted there, and a new fact here, both or neither."""
        result = case.result
        if case.is_undated:
            yield _refused(result, UNDATED)
            return
        raw = events.recorded(result, case.candidate, case.new_id())
        if check(raw, imported=False).sound is not None:
            yield self._retract(result.version, living, events.OTHER_PATIENT)
        yield self._take(raw)

    def _again(self, case: Case, living: KnownFact) -> Verdict:
        """Known of the same patient: the same again, a correction, or a contradiction."""
        assert living.fact is not None, "it lives"
        result = case.result
        same = says_the_same(result, living.fact.data, living.fact.instant)
        if not (result.standing == "corrected" or result.replaces):
            if same and not is_stored(result, living):
                return _ignored(result.place, result.source, living.id, UNCHANGED)
            if not same and is_latest(result.version, living.versions):
                return _conflict(result, "final, with another value than is known: send it as corrected")
            return self._take(events.recorded(result, living.candidate, living.id))
        id_, raw = events.corrected(result, living)
        done = next((each for each in living.amendments if each.id == id_), None)
        if done is not None and (same or self._told.is_repeated):
            return _answer("duplicate", result.source, id_, position=done.position)
        if done is not None:
            return _conflict(result, "corrected so before, and to another value since: send it with a later version")
        if same:
            return _ignored(result.place, result.source, living.id, UNCHANGED)
        return _refused(result, UNDATED) if case.is_undated else self._take(raw)

    # ------------------------------------------------------------------------------- withdrawals, quarantine

    def _withdrawal(self, item: Withdrawal) -> Iterator[Verdict]:
        """Retract what is known under a stem and was not stated."""
        who = self._patients.who(item.patient)
        if self.strangers.has_document(item, who):
            return
        said = self._told.of(item.source, item.stem)
        before = self._told.again(said, who.candidate or "", "document")
        if before is not None or (self._told.is_repeated and not said):
            if item.expected:
                yield _answer("duplicate", item.source, item.stem, position=before.position if before else None)
            return
        living = [
            each
            for id_, each in facts_under(self._session, item.source, item.stem)
            if each.fact is not None and is_within(id_, item.stem, item.parts)
            and not any(is_within(id_, stem, range(1)) for stem in item.kept)
        ]  # fmt: skip
        faults = list(who.faults)
        own = [each for each in living if item.replaces or each.candidate == who.candidate]
        if len(own) < len(living) and not faults:
            faults.append(Fault(item.place, "what it takes back is known under another patient: send it with that one"))
        if item.expected and not living and not faults:
            faults.append(Fault(item.place, "withdraws results that are not known: check its identity"))
        verdicts = [self._taken_back(item, each) for each in own if who.candidate is not None]
        if faults and (living or item.expected):
            verdicts.append(_answer("refused", item.source, item.stem, faults=faults))
        if who.candidate is not None:
            self._note_document(item, who.candidate, verdicts, said)
        yield from verdicts

    def _taken_back(self, item: Withdrawal, fact: KnownFact) -> Verdict:
        """A fact that a document does not hold (any more)."""
        stem = stem_in(fact.id)
        said = self._told.of_fact(self._told.of(item.source, stem), item.source, stem, fact, item.version)
        if is_late(item.version, versions_of(said, [fact], fact.candidate)):
            return _ignored(item.place, item.source, fact.id, LATE)
        if is_undated(item.version, fact, said):
            return _answer("refused", item.source, fact.id, faults=[Fault(item.place, UNDATED)])
        return self._retract(item.version, fact, item.reason)

    def _note_document(self, item: Withdrawal, candidate: str, verdicts: list[Verdict], said: list[Statement]) -> None:
        status: Status = "refused" if any(verdict.status == "refused" for verdict in verdicts) else "accepted"
        position = next((each.position for each in reversed(verdicts) if each.position is not None), None)
        parts, kept = (item.parts.start, item.parts.stop), tuple(sorted(item.kept))
        statement = Statement(candidate, item.version, "document", status, position, kept, parts)
        self._told.note(item.source, item.stem, statement, said)

    def _resolve(self, key: Key, position: int) -> None:
        for number in self._waiting.settled(key, self._is_known):
            self.resolved[number] = position

    def _is_known(self, key: Key) -> bool:
        return any(facts_of(self._session, *key, by_patient=each) for each in (True, False))


def _key(result: LabResult) -> Key:
    assert result.source is not None, "asked before"
    assert result.stem is not None, "asked before"
    return result.source, result.stem


def _ignored(place: str, source: str | None, id_: str | None, why: str) -> Verdict:
    return Verdict(0, source, id_, "ignored", None, warnings=(Notice("ignored", place, why),))


def _refused(result: LabResult, why: str) -> Verdict:
    return _answer("refused", result.source, result.stem, faults=[Fault(result.place, why)])


def _conflict(result: LabResult, why: str) -> Verdict:
    return _answer("conflict", result.source, result.stem, faults=[Fault(result.place, why)])


def _answer(
    status: Status, source: str | None, id_: str | None, *, position: int | None = None, faults: Iterable[Fault] = ()
) -> Verdict:
    return Verdict(0, source, id_, status, position, errors=bounded(faults))
