"""Data quality over a whole log: for each rule, how many were looked at and what was found, as known at a position.

What a later fact, correction or retraction settled is not found: the rules look at what is known at the position.
Rules about facts count facts; the guide's alerts about variables count the candidates on the list at the
span's end (where that is open, when the last event was recorded).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

from engine.errors import NoRulesError, UnknownError
from engine.events.subjects import bare_id
from engine.intake.plausibility.persons import person_of
from engine.intake.plausibility.registry import RULES, RULES_OF, Looking
from engine.intake.plausibility.rule import Known, Person
from engine.log.eventlog import EventLog
from engine.log.history import Fact, History, SubjectHistory, stored_instant
from engine.quantities import EXACT, exact_arithmetic, published
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet, rules_at
from projections.candidate import candidate_at
from projections.data_quality import ALERTS, Alert, alerts_of
from projections.recipient import recipient_at
from projections.waiting_list import knows_centre
from replay.audit.acts import replayed_rankings, unrecorded
from replay.run.asked import Asked, Span


@dataclass(slots=True)
class Tally:
    """What a rule looked at and what it found."""

    checked: int = 0
    found: int = 0
    events: list[Fact] = field(default_factory=list)

    def as_json(self, code: str) -> dict[str, Any]:
        """The rule's line; the share is null where nothing was looked at."""
        share = published(EXACT.divide(Decimal(self.found), Decimal(self.checked))) if self.checked else None
        events = [{"source": fact.source, "id": fact.id, "position": fact.position} for fact in self.events]
        return {"code": code, "checked": self.checked, "found": self.found, "share": share, "events": events}


@dataclass(frozen=True, slots=True)
class Scope:
    """Which facts are looked at: those dated in a span, and of some centres' candidates where such are named."""

    span: Span
    centres: Collection[str] | None = None

    def holds(self, fact: Fact, history: History) -> bool:
        """Whether a fact is looked at."""
        if not self.span.holds(fact.instant):
            return False
        if self.centres is None:
            return True
        candidate = fact.data.get("candidate") if fact.subject.startswith("offer/") else None
        subject = f"candidate/{candidate}" if candidate else fact.subject
        return subject.startswith("candidate/") and centre_of(history.of(subject)) in self.centres


def quality(asked: Asked, centre: str | None = None, among: Collection[str] | None = None) -> dict[str, Any]:
    """The document: every rule's line in the order of the registry, then those about variables.

    ``centre``: of its candidates alone; ``among``: of those of several centres, known or not.
    """
    position, span, readings = asked.position(), asked.span(), asked.chosen_readings()
    log, last = asked.log, asked.log.head() if position is None else position
    history = log.history(last)
    if centre is not None and not knows_centre(history, centre):
        raise UnknownError(f"centre {centre!r} is in no registration and no travel matrix of this log: check --centre")
    scope = Scope(span, among if centre is None else (centre,))
    tallies = {rule.code: Tally() for rule in RULES} | {code: Tally() for code in ALERTS}
    _look_at_facts(history, scope, tallies, asked.tick, _rankings(log, history))
    if last:
        at = stored_instant(log.fact(last).recorded) if span.last is None else span.last
        _look_at_variables(history, scope, at, readings, tallies)
    return {"rules": [tally.as_json(code) for code, tally in tallies.items()]}


def centre_of(known: SubjectHistory) -> str | None:
    """The centre that a candidate's registrations and updates name last."""
    named = [fact for fact in known.of_kind("candidate.registered", "candidate.updated") if "centre" in fact.data]
    return named[-1].data["centre"] if named else None


def _rankings(log: EventLog, history: History) -> Callable[[Fact], Sequence[str] | None]:
    """What ranks offers without a recorded run: all of them are replayed when the first is asked about."""

    @cache
    def replayed() -> dict[str, list[str]]:
        offers = (bare_id(fact.subject) for fact in history.offers)
        return replayed_rankings(log, [name for name in offers if unrecorded(history, name)])

    return lambda offer: replayed().get(bare_id(offer.subject))


def _look_at_facts(
    history: History,
    scope: Scope,
    tallies: dict[str, Tally],
    tick: Callable[[], None],
    ranking: Callable[[Fact], Sequence[str] | None],
) -> None:
    known, kinds = Known(history.of, _persons(history), history.offers_of, ranking), Counter[str]()
    for name in sorted(history.subjects):
        tick()
        subject = history.subjects[name]
        looking = Looking(subject, known)
        for fact in subject.facts.values():
            if fact.kind in RULES_OF and scope.holds(fact, history):
                kinds[fact.kind] += 1
                for notice in looking.notices_of(fact):
                    tallies[notice.code].events.append(fact)
    for rule in RULES:
        tally = tallies[rule.code]
        tally.checked, tally.found = sum(kinds[kind] for kind in rule.kinds), len(tally.events)
        tally.events.sort(key=lambda fact: fact.position)


def _persons(history: History) -> dict[Person, list[Fact]]:
    """Registrations by what tells persons apart, in the order of their positions."""
    found: defaultdict[Person, list[Fact]] = defaultdict(list)
    for subject in history.subjects.values():
        for fact in subject.facts.values():
            person = person_of(fact) if fact.kind.endswith(".registered") else None
            if person:
                found[person].append(fact)
    return {person: sorted(facts, key=lambda fact: fact.position) for person, facts in found.items()}


def _look_at_variables(history: History, scope: Scope, at: int, readings: Readings, tallies: dict[str, Tally]) -> None:
    try:
        rules = rules_at(at)
    except NoRulesError:  # before the score nothing is needed for it
        return
    positions: defaultdict[str, list[int]] = defaultdict(list)
    checked = 0
    for alerts in _alerts_at(history, scope, at, rules, readings):
        checked += 1
        for alert in alerts:
            tallies[alert.code].found += 1
            positions[alert.code] += alert.positions
    facts = {fact.position: fact for known in history.subjects.values() for fact in known.facts.values()}
    for code in ALERTS:
        tallies[code].checked = checked
        tallies[code].events = [facts[position] for position in sorted(set(positions[code]))]


def _alerts_at(history: History, scope: Scope, at: int, rules: RuleSet, readings: Readings) -> Iterator[list[Alert]]:
    """The alerts about the variables of each active candidate."""
    with exact_arithmetic():
        for _, known in history.of_kind("candidate"):
            candidate = candidate_at(known, at)
            if candidate is None or not candidate.active:
                continue
            if scope.centres is not None and candidate.value("centre") not in scope.centres:
                continue
            alerts = alerts_of(recipient_at(candidate, at, rules, readings), rules, history)
            yield [alert for alert in alerts if alert.code in ALERTS]
