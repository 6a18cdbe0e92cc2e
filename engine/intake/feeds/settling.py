"""What becomes of each part of a message, held against the log: a fact, a correction, a retraction, or none."""

from collections.abc import Callable, Iterable, Iterator

from engine.intake.check import check
from engine.intake.feeds import events
from engine.intake.feeds.identity import fact_id, is_newer, is_older, is_within
from engine.intake.feeds.known import KnownFact, facts_of, facts_under, says_the_same
from engine.intake.feeds.patients import Patients
from engine.intake.feeds.result import Ignored, Item, LabResult, Refused, Withdrawal
from engine.intake.feeds.waiting import Key, Waiting, waiting_message
from engine.intake.verdicts import Fault, Notice, Status, Verdict, bounded
from engine.log.eventlog import WriteSession

UNKNOWN_CORRECTION = "correction_of_unknown"
UNKNOWN_PATIENT = "a patient whom the mapping does not know: counted, not kept"
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
        *,
        ignore_unknown: bool = False,
        is_repeated: bool = False,
    ) -> None:
        self._session = session
        self._take = take
        self._patients = patients
        self._waiting = waiting
        self._ignore_unknown = ignore_unknown
        self._is_repeated = is_repeated
        """Whether these very bytes were taken in before: what they say unchanged is a duplicate then."""
        self._said: dict[tuple[str, str, str], LabResult] = {}
        """What the message said so far, by source, stem and candidate."""
        self.resolved: dict[int, int] = {}
        """Quarantine entries whose results are all known now, with the position of the last."""
        self.unknown = 0
        """How many results were passed over, for the mapping does not know their patients."""

    def verdicts(self, item: Item) -> Iterator[Verdict]:
        """The verdict on each event that a part of the message makes; one at least, but for a silent withdrawal."""
        if isinstance(item, Ignored):
            yield _ignored(item.place, item.source, item.id, item.why)
        elif isinstance(item, Refused):
            yield _answer("refused", item.source, None, faults=item.faults)
        elif isinstance(item, Withdrawal):
            yield from self._withdrawal(item)
        else:
            yield from self._result(item)

    # ---------------------------------------------------------------------------------------------- results

    def _result(self, result: LabResult) -> Iterator[Verdict]:
        who = self._patients.who(result.patient)
        if who.unknown and self._ignore_unknown:
            self.unknown += 1
            yield _ignored(result.place, result.source, None, UNKNOWN_PATIENT)
            return
        faults = [*result.faults, *who.faults]
        if faults or who.candidate is None or result.source is None or result.stem is None:
            yield _answer("refused", result.source, result.stem, faults=faults)
            return
        candidate = who.candidate
        known = facts_of(self._session, result.source, result.stem, by_patient=result.by_patient)
        living = _living(known, candidate)
        if result.standing == "preliminary":
            yield self._preliminary(result, living)
        elif result.standing in ("withdrawn", "unobtainable"):
            yield self._withdrawn(result, candidate, known, living)
        elif result.standing == "confirmed":
            yield from self._confirmed(result, candidate, known, living)
        else:
            yield from self._stated(result, candidate, known, living)

    def _preliminary(self, result: LabResult, living: KnownFact | None) -> Verdict:
        if living is not None:
            return _ignored(result.place, result.source, living.id, "its final result is known")
        waits = Fault(result.place, waiting_message(_key(result)))
        return _answer("refused", result.source, result.stem, faults=[waits])

    def _confirmed(
        self, result: LabResult, candidate: str, known: list[KnownFact], living: KnownFact | None
    ) -> Iterator[Verdict]:
        """U: the value that waits is final."""
        waiting = self._waiting.value_of(_key(result))
        if waiting is None and result.measured is None:
            if living is not None:
                yield _ignored(result.place, result.source, living.id, "unchanged: it is final already")
                return
            why = "confirms a preliminary result that is not waiting here: send the value as final"
            yield _answer("refused", result.source, result.stem, faults=[Fault(result.place, why)])
            return
        if waiting is not None and (fault := self._other_than(waiting, result, candidate)):
            yield _answer("refused", result.source, result.stem, faults=[fault])
            return
        yield from self._stated(waiting or result, candidate, known, living)

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

    def _withdrawn(
        self, result: LabResult, candidate: str, known: list[KnownFact], living: KnownFact | None
    ) -> Verdict:
        assert result.source is not None, "asked before"
        if living is None:
            gone = next((each.retraction() for each in reversed(known) if each.retraction()), None)
            if gone is not None:
                return _answer("duplicate", result.source, gone.id, position=gone.position)
            if result.standing == "unobtainable":
                return _ignored(result.place, result.source, result.stem, "no result could be obtained")
            why = "withdraws a result that is not known: check its identity, or send nothing"
            return _answer("refused", result.source, result.stem, faults=[Fault(result.place, why)])
        if living.candidate != candidate:
            why = "withdraws a result that is known under another patient: send it with that patient"
            return _answer("refused", result.source, living.id, faults=[Fault(result.place, why)])
        return self._retract(result.place, result.source, result.version, living, events.IN_ERROR)

    def _retract(self, place: str, source: str, version: str | None, known: KnownFact, reason: str) -> Verdict:
        if any(is_older(version, each) for each in known.versions):
            return _ignored(place, source, known.id, "older than what is known of it")
        _, raw = events.retracted(source, version, known, reason)
        return self._take(raw)

    def _stated(
        self, result: LabResult, candidate: str, known: list[KnownFact], living: KnownFact | None
    ) -> Iterator[Verdict]:
        """A value that is final, first or corrected."""
        assert result.source is not None, "asked before"
        assert result.stem is not None, "asked before"
        place = (result.source, result.stem, candidate)
        before = self._said.setdefault(place, result)
        if before.measured != result.measured or before.sampled != result.sampled:
            why = "the same result stands in this message with another value: send it once"
            yield _answer("conflict", result.source, result.stem, faults=[Fault(result.place, why)])
            return
        verdicts = list(self._of_value(result, candidate, known, living))
        positions = [verdict.position for verdict in verdicts if verdict.position is not None]
        if positions:
            self._resolve(_key(result), positions[-1])
        yield from verdicts

    def _of_value(
        self, result: LabResult, candidate: str, known: list[KnownFact], living: KnownFact | None
    ) -> Iterator[Verdict]:
        again = next((each for each in known if each.candidate == candidate and _is_stored(result, each)), None)
        if again is not None and again is not living and not _comes_after(result, again):
            yield _answer("duplicate", result.source, again.id, position=again.position)
        elif living is None or self._is_another(result, candidate, living):
            yield self._first(result, candidate, known)
        elif living.candidate != candidate:
            yield from self._moved(result, candidate, known, living)
        else:
            yield self._again(result, living)

    def _is_another(self, result: LabResult, candidate: str, living: KnownFact) -> bool:
        """Whether this very message gives another patient a result of that number too: two results, none resent."""
        place = (*_key(result), living.candidate)
        return result.by_patient and living.candidate != candidate and place in self._said

    def _first(self, result: LabResult, candidate: str, known: list[KnownFact]) -> Verdict:
        """A result of which no fact is known, or none any more."""
        verdict = self._take(events.recorded(result, candidate, self._new_id(result, candidate, known)))
        if result.standing == "corrected" and not result.replaces and not known and verdict.status == "accepted":
            words = "corrects a result that was not known here: it is taken as the first"
            return verdict._replace(warnings=(*verdict.warnings, Notice(UNKNOWN_CORRECTION, result.place, words)))
        return verdict

    def _moved(self, result: LabResult, candidate: str, known: list[KnownFact], living: KnownFact) -> Iterator[Verdict]:
        """Known under another patient: retracted there, and a new fact here, both or neither."""
        assert result.source is not None, "asked before"
        if any(is_older(result.version, each) for each in living.versions):
            yield _ignored(result.place, result.source, living.id, "older than what is known of it")
            return
        raw = events.recorded(result, candidate, self._new_id(result, candidate, known))
        if check(raw, imported=False).sound is not None:
            yield self._retract(result.place, result.source, result.version, living, events.OTHER_PATIENT)
        yield self._take(raw)

    def _again(self, result: LabResult, living: KnownFact) -> Verdict:
        """Known of the same patient: the same again, a correction, or a contradiction."""
        assert living.fact is not None, "it lives"
        corrects = result.standing == "corrected" or result.replaces
        same = says_the_same(result, living.fact.data, living.fact.instant)
        if not corrects:
            if same and not _is_stored(result, living):
                return _ignored(result.place, result.source, living.id, "unchanged: it is known so")
            return self._take(events.recorded(result, living.candidate, living.id))
        id_, raw = events.corrected(result, living)
        done = next((each for each in living.amendments if each.id == id_), None)
        if done is not None:
            return _answer("duplicate", result.source, id_, position=done.position)
        if same and self._is_repeated:
            return _answer("duplicate", result.source, living.id, position=living.position)
        if same:
            return _ignored(result.place, result.source, living.id, "unchanged: it is known so")
        if any(is_older(result.version, each) for each in living.versions):
            return _ignored(result.place, result.source, living.id, "older than what is known of it")
        return self._take(raw)

    def _new_id(self, result: LabResult, candidate: str, known: list[KnownFact]) -> str:
        assert result.stem is not None, "asked before"
        mine = [each.number for each in known if not result.by_patient or each.candidate == candidate]
        return fact_id(result.stem, candidate if result.by_patient else None, max(mine, default=0) + 1)

    # ------------------------------------------------------------------------------- withdrawals, quarantine

    def _withdrawal(self, item: Withdrawal) -> Iterator[Verdict]:
        """Retract what is known under a stem and was not stated."""
        living = [
            each
            for id_, each in facts_under(self._session, item.source, item.stem)
            if each.fact is not None and is_within(id_, item.stem, item.parts)
            and not any(is_within(id_, stem, range(1)) for stem in item.kept)
        ]  # fmt: skip
        who = self._patients.who(item.patient)
        if who.unknown and self._ignore_unknown:
            return
        faults = list(who.faults)
        own = [each for each in living if item.replaces or each.candidate == who.candidate]
        if len(own) < len(living) and not faults:
            faults.append(Fault(item.place, "what it takes back is known under another patient: send it with that one"))
        if item.expected and not living and not faults:
            faults.append(Fault(item.place, "withdraws results that are not known: check its identity"))
        for each in own if who.candidate else ():
            yield self._retract(item.place, item.source, item.version, each, item.reason)
        if faults and (living or item.expected):
            yield _answer("refused", item.source, item.stem, faults=faults)

    def _resolve(self, key: Key, position: int) -> None:
        for number in self._waiting.settled(key, self._is_known):
            self.resolved[number] = position

    def _is_known(self, key: Key) -> bool:
        return any(facts_of(self._session, *key, by_patient=each) for each in (True, False))


def _living(known: list[KnownFact], candidate: str) -> KnownFact | None:
    """The fact that stands: the candidate's own, else another's (one message may give two patients one number)."""
    standing = [each for each in known if each.fact is not None]
    own = [each for each in standing if each.candidate == candidate]
    return next(reversed(own or standing), None)


def _key(result: LabResult) -> Key:
    assert result.source is not None, "asked before"
    assert result.stem is not None, "asked before"
    return result.source, result.stem


def _is_stored(result: LabResult, known: KnownFact) -> bool:
    """Whether a result states what was stored first, before any correction."""
    return says_the_same(result, known.stored["data"], known.stored_instant)


def _comes_after(result: LabResult, gone: KnownFact) -> bool:
    """Whether a result is surely a later word than the retraction of the fact."""
    return bool(gone.versions) and all(is_newer(result.version, each) for each in gone.versions)


def _ignored(place: str, source: str | None, id_: str | None, why: str) -> Verdict:
    return Verdict(0, source, id_, "ignored", None, warnings=(Notice("ignored", place, why),))


def _answer(
    status: Status, source: str | None, id_: str | None, *, position: int | None = None, faults: Iterable[Fault] = ()
) -> Verdict:
    return Verdict(0, source, id_, status, position, errors=bounded(faults))
