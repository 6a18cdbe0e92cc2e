"""Why a recorded run differs from its replay: each cause is tried by replaying with it, and named if it fits.

It fits if it gives the recorded ranking; where none does, a late fact that gives one candidate's recorded score does.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from engine.errors import RequestError
from engine.events.subjects import stream_id
from engine.events.upcasts import read_stored
from engine.log.eventlog import EventLog
from engine.log.history import CORRECTED, RETRACTED, Fact, History, SubjectHistory, fact_of
from engine.rules.readings import all_readings, choose_readings
from engine.rules.ruleset import rule_history, rules_named
from engine.text import counted
from replay.audit.compare import Change, changes_between
from replay.run.matchrun import MatchRun, Moment, match_run
from replay.run.one_pass import known_of

Ranking = dict[str, tuple[int, str]]
AMENDMENTS = (CORRECTED, RETRACTED)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why two rankings differ: arithmetic, rule set, reading, late fact, knowledge, or unexplained."""

    kind: str
    detail: str
    positions: tuple[int, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Kind, words, and the positions of the events concerned."""
        return {"kind": self.kind, "detail": self.detail, "positions": list(self.positions)}


class Replayer:
    """Replays one offer with something changed: rules, readings, or what is known."""

    def __init__(self, log: EventLog, run: MatchRun, everything: History) -> None:
        self.log = log
        self.run = run
        self.everything = everything

    @property
    def moment(self) -> Moment:
        """The offer's own moment."""
        return self.run.moment

    def gives(self, ranking: Ranking, **changed: Any) -> bool:
        """Whether the replay with something changed gives the recorded ranking, at the decimals it is given with."""
        try:
            return not changes_between(ranking, match_run(replace(self.moment, **changed)))
        except RequestError:
            return False

    def known_at(self, position: int) -> dict[str, Any]:
        """What to change for another state of knowledge."""
        return {"history": self.log.history(position), "known_at": position}

    def knowing(self, history: History, fact: Fact) -> History:
        """A history that knows one later event of a subject as well, and nothing else."""
        known = known_of(self.log, fact.subject, self.moment.known_at)
        if fact.kind not in AMENDMENTS or known.target_of(fact) is not None:
            known.learn(fact)
        return replace(history, subjects={**history.subjects, fact.subject: known})


def find_causes(replayer: Replayer, record: Fact, ranking: Ranking, found: list[Change]) -> list[Cause]:
    """The causes that reproduce the record; else late facts and arithmetic by candidate; else unexplained."""
    for search in (_stated, _late_facts, _other_reading, _other_rules, _other_knowledge):
        causes = list(search(replayer, record, ranking, found))
        if causes:
            return causes
    late, rest = _late_by_candidate(replayer, ranking, found)
    if all(change.rank_a and change.rank_b for change in rest):
        figures = [_arithmetic(change, record) for change in rest if change.rescored]
        moved = [] if figures or not rest else [Cause("order", "the same scores, ranked otherwise", (record.position,))]
        return [*late, *figures, *moved]
    differ = f"{counted(len(rest), 'candidate')} {'differs' if len(rest) == 1 else 'differ'}"
    words = f"{differ} and no replay gives the record"
    return [*late, Cause("unexplained", words, (record.position,))]


def _late_by_candidate(replayer: Replayer, ranking: Ranking, found: list[Change]) -> tuple[list[Cause], list[Change]]:
    """Late facts that explain one candidate's recorded score each, and what still differs with all of them known."""
    causes, known = [], replayer.moment.history
    for change in (each for each in found if each.rescored):
        for cause, history in _late_rows(replayer, f"candidate/{change.candidate}", known):
            run = match_run(replace(replayer.moment, history=history))
            left = {each.candidate: each for each in changes_between(ranking, run)}
            if change.candidate not in left or not left[change.candidate].rescored:
                causes.append(replace(cause, detail=f"{cause.detail}: known in time it gives its recorded score"))
                known = history
                break
    rest = changes_between(ranking, match_run(replace(replayer.moment, history=known)))
    return causes, rest


def _late_rows(replayer: Replayer, subject: str, known: History) -> Iterator[tuple[Cause, History]]:
    """Each later event of a subject that bears on the offer, and the history that knows it besides."""
    moment = replayer.moment
    for position, _, state in replayer.log.recorder.stream_rows(stream_id(subject).hex):
        if position <= moment.known_at:
            continue
        fact = fact_of(position, read_stored(state))
        if _bears(fact, known.of(subject), moment.offer):
            words = f"{fact.kind} of {fact.time} ({fact.source}, {fact.id}) about {subject}"
            when = f"stored at position {position}, after the offer at {moment.offer.position}"
            cause = Cause("late fact", f"{words}, {when}", (position,))
            yield cause, replayer.knowing(known, fact)


def _bears(fact: Fact, known: SubjectHistory, offer: Fact) -> bool:
    """Whether an offer's run can change with one event known besides: by its instant, or amending what is known."""
    if fact.kind in AMENDMENTS:
        return known.target_of(fact) is not None
    return fact.instant <= offer.instant


def _stated(replayer: Replayer, record: Fact, ranking: Ranking, found: list[Change]) -> Iterator[Cause]:
    """What the record itself states otherwise, as far as it is needed to give the recorded ranking."""
    told = dict(_told(replayer, record))
    if not told or not replayer.gives(ranking, **_together(told.values())):
        return
    for cause in list(told):
        rest = [change for each, change in told.items() if each != cause]
        if replayer.gives(ranking, **_together(rest)):
            del told[cause]
    yield from told


def _together(changed: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Several changes at once; readings add up."""
    all_of: dict[str, Any] = {}
    chosen: dict[str, str] = {}
    for each in changed:
        chosen |= each.get("reading", {})
        all_of |= {name: value for name, value in each.items() if name != "reading"}
    return all_of | ({"readings": choose_readings(chosen)} if chosen else {})


def _told(replayer: Replayer, record: Fact) -> Iterator[tuple[Cause, dict[str, Any]]]:
    """Each thing a record states otherwise than the offer's own moment, and what to change to replay with it."""
    moment, data, known = replayer.moment, record.data, all_readings()
    if data["counter"] != moment.counter:
        words = f"recorded with counter {data['counter']}, not {moment.counter}"
        yield Cause("counter", words), {"counter": data["counter"]}
    if data["ruleset"] != moment.rules.id and data["ruleset"] in [rules.id for rules in rule_history()]:
        words = f"recorded under {data['ruleset']}, in force was {moment.rules.id}"
        yield Cause("rule set", words), {"rules": rules_named(data["ruleset"])}
    for name, value in data["readings"].items():
        if name in known and value in known[name].options[1:]:
            words = f"recorded with {name}={value}, not {known[name].options[0]}"
            yield Cause("reading", words), {"reading": {name: value}}
    if data["log_size"] != moment.known_at and data["log_size"] <= replayer.everything.size:
        words = f"recorded as known at position {data['log_size']}, the offer's own is {moment.known_at}"
        yield Cause("knowledge", words), replayer.known_at(data["log_size"])


def _other_reading(replayer: Replayer, record: Fact, ranking: Ranking, found: list[Change]) -> Iterator[Cause]:
    for name, reading in all_readings().items():
        for option in reading.options[1:]:
            if replayer.gives(ranking, readings=choose_readings({name: option})):
                yield Cause("reading", f"{name}={option} gives the recorded ranking", (record.position,))


def _other_rules(replayer: Replayer, record: Fact, ranking: Ranking, found: list[Change]) -> Iterator[Cause]:
    for rules in rule_history():
        if rules.id != replayer.moment.rules.id and replayer.gives(ranking, rules=rules):
            yield Cause("rule set", f"{rules.id} gives the recorded ranking", (record.position,))


def _late_facts(replayer: Replayer, record: Fact, ranking: Ranking, found: list[Change]) -> Iterator[Cause]:
    """One later event about a candidate that differs, the donor or the travel times, that explains all."""
    rescored = [change for change in found if change.rescored]
    alone = [] if len(rescored) > 1 else rescored or found  # nobody's score rests on what is known of another
    subjects = [f"candidate/{change.candidate}" for change in alone]
    subjects += [f"donor/{replayer.moment.offer.data['donor']}"]
    subjects += [name for name in replayer.everything.subjects if name.startswith("travel-times/")]
    for subject in subjects:
        for cause, history in _late_rows(replayer, subject, replayer.moment.history):
            if replayer.gives(ranking, history=history):
                yield replace(cause, detail=f"{cause.detail}: known in time it gives the recorded ranking")
                return


def _other_knowledge(replayer: Replayer, record: Fact, ranking: Ranking, found: list[Change]) -> Iterator[Cause]:
    """All that was known when the run was recorded, or is known now."""
    for position in dict.fromkeys((record.position - 1, replayer.everything.size)):
        if position != replayer.moment.known_at and replayer.gives(ranking, **replayer.known_at(position)):
            yield Cause("knowledge", f"as known at position {position} the replay gives the recorded ranking")
            return


def _arithmetic(change: Change, record: Fact) -> Cause:
    """A score that differs by itself."""
    recorded, replayed = Decimal(change.snagc_a or 0), Decimal(change.snagc_b or 0)
    words = f"{change.candidate}: {change.snagc_a} recorded, {change.snagc_b} replayed ({recorded - replayed:+f})"
    return Cause("arithmetic", words, (record.position,))
