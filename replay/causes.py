"""Why a recorded run differs from its replay: each cause is tried by replaying with it, and named if it fits."""

from collections.abc import Iterator, Mapping
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
from replay.compare import Change, changes_between
from replay.matchrun import MatchRun, Moment, match_run

Ranking = dict[str, tuple[int, str]]


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
        """Whether the replay with something changed gives the recorded ranking exactly."""
        try:
            return not changes_between(ranking, match_run(replace(self.moment, **changed)))
        except RequestError:
            return False

    def known_at(self, position: int) -> dict[str, Any]:
        """What to change for another state of knowledge."""
        return {"history": self.log.history(position), "known_at": position}

    def with_row(self, subject: str, position: int) -> dict[str, Any]:
        """What to change to know one later event of a subject as well, and nothing else."""
        known = SubjectHistory()
        for at, _, state in self.log.recorder.stream_rows(stream_id(subject).hex):
            fact = fact_of(at, read_stored(state))
            amends = fact.kind in (CORRECTED, RETRACTED)
            if (at <= self.moment.known_at or at == position) and not (amends and known.target_of(fact) is None):
                known.learn(fact)
        history = replace(self.moment.history, subjects={**self.moment.history.subjects, subject: known})
        return {"history": history}


def find_causes(replayer: Replayer, record: Fact, ranking: Ranking, found: list[Change]) -> list[Cause]:
    """The causes that reproduce the record; else arithmetic or unexplained."""
    for search in (_stated, _other_reading, _other_rules, _late_facts, _other_knowledge):
        causes = list(search(replayer, record, ranking, found))
        if causes:
            return causes
    if all(change.rank_a and change.rank_b for change in found):
        return [_arithmetic(change, record) for change in found if change.snagc_a != change.snagc_b] or [
            Cause("order", "the same scores stand in another order: ties broken otherwise", (record.position,))
        ]
    return [Cause("unexplained", f"{len(found)} candidates differ and no replay gives the record", (record.position,))]


def _stated(replayer: Replayer, record: Fact, ranking: Ranking, found: list[Change]) -> Iterator[Cause]:
    """The rule set, readings and log size that the record itself states."""
    moment, data = replayer.moment, record.data
    changed: dict[str, Any] = {}
    causes: list[Cause] = []
    if data["ruleset"] != moment.rules.id and data["ruleset"] in [rules.id for rules in rule_history()]:
        changed["rules"] = rules_named(data["ruleset"])
        causes.append(Cause("rule set", f"recorded under {data['ruleset']}, in force was {moment.rules.id}"))
    ours = moment.readings.as_json()
    other = {name: value for name, value in data["readings"].items() if name in ours and value != ours[name]}
    if other:
        changed["readings"] = _readings(other)
        causes += [Cause("reading", f"recorded with {name}={value}, not {ours[name]}") for name, value in other.items()]
    if data["log_size"] != moment.known_at and data["log_size"] <= replayer.everything.size:
        changed |= replayer.known_at(data["log_size"])
        words = f"recorded as known at position {data['log_size']}, the offer's own is {moment.known_at}"
        causes.append(Cause("knowledge", words))
    if changed and replayer.gives(ranking, **changed):
        yield from causes


def _readings(chosen: Mapping[str, str]) -> Any:
    """The defaults with some readings chosen; what this version does not know is left at its default."""
    known = all_readings()
    return choose_readings({n: v for n, v in chosen.items() if n in known and v in known[n].options})


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
    moment = replayer.moment
    subjects = [f"candidate/{change.candidate}" for change in found]
    subjects += [f"donor/{moment.offer.data['donor']}"]
    subjects += [name for name in replayer.everything.subjects if name.startswith("travel-times/")]
    for subject in subjects:
        for position, _, state in replayer.log.recorder.stream_rows(stream_id(subject).hex):
            if position > moment.known_at and replayer.gives(ranking, **replayer.with_row(subject, position)):
                fact = fact_of(position, read_stored(state))
                words = f"{fact.kind} of {fact.time} ({fact.source}, {fact.id}) about {subject}"
                when = f"stored at position {position}, after the offer at {moment.offer.position}"
                yield Cause("late fact", f"{words}, {when}: known in time it gives the recorded ranking", (position,))
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
