"""Data quality over a whole log: for each rule, how many were looked at and what was found, as known at a position.

What a later fact, correction or retraction settled is not found: the rules look at what is known at the position.
Rules about facts count facts; the guide's alerts about variables count the candidates on the list at the
span's end (where that is open, when the last event was recorded).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache, partial
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
from projections.candidate import centre_at
from projections.data_quality import ALERTS, Alert, alerts_of
from projections.gather import gather_one
from projections.waiting_list import knows_centre
from replay.audit.acts import replayed_rankings, unrecorded
from replay.run.asked import Asked, Span

Among = Callable[[str], bool]
"""Whether a candidate is among those that somebody asks about."""


@dataclass(slots=True)
class Tally:
    """What a rule looked at and what it found."""

    checked: int = 0
    found: int = 0
    events: list[tuple[int, str, str]] = field(default_factory=list)
    """Position, source and id of each."""

    def as_json(self, code: str) -> dict[str, Any]:
        """The rule's line; the share is null where nothing was looked at."""
        share = published(EXACT.divide(Decimal(self.found), Decimal(self.checked))) if self.checked else None
        events = [{"source": source, "id": id_, "position": position} for position, source, id_ in self.events]
        return {"code": code, "checked": self.checked, "found": self.found, "share": share, "events": events}


class Tallies:
    """What each rule looked at and found, in all or at one centre."""

    def __init__(self) -> None:
        self._by_code = {rule.code: Tally() for rule in RULES} | {code: Tally() for code in ALERTS}
        self._kinds = Counter[str]()
        self._candidates = 0

    def note(self, fact: Fact, codes: Sequence[str]) -> None:
        """A fact was looked at, and rules were found broken by it."""
        self._kinds[fact.kind] += 1
        for code in codes:
            tally = self._by_code[code]
            tally.found += 1
            tally.events.append(_named(fact))

    def note_candidate(self, alerts: Sequence[Alert], facts: Mapping[int, Fact]) -> None:
        """A candidate's variables were looked at; ``facts``: those that alerts name, by position."""
        self._candidates += 1
        for alert in alerts:
            tally = self._by_code[alert.code]
            tally.found += 1
            tally.events += [_named(facts[position]) for position in alert.positions]

    def as_json(self) -> list[dict[str, Any]]:
        """Every rule's line, in the order of the registry, then those about variables."""
        for rule in RULES:
            self._by_code[rule.code].checked = sum(self._kinds[kind] for kind in rule.kinds)
        for code in ALERTS:
            tally = self._by_code[code]
            tally.checked, tally.events = self._candidates, list(dict.fromkeys(tally.events))
        for tally in self._by_code.values():
            tally.events.sort()
        return [tally.as_json(code) for code, tally in self._by_code.items()]


def _named(fact: Fact) -> tuple[int, str, str]:
    return fact.position, fact.source, fact.id


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in all and, where ``apart``, at each centre."""

    apart: bool
    whole: Tallies = field(default_factory=Tallies)
    centres: dict[str, Tallies] = field(default_factory=dict)

    def of(self, centre: str | None) -> Sequence[Tallies]:
        """Where that counts which is about a candidate of a centre, or about none."""
        if centre is None or not self.apart:
            return (self.whole,)
        return self.whole, self.centres.setdefault(centre, Tallies())


class Scope:
    """Which facts are looked at: those dated in a span, and of a centre's or somebody's own candidates where so asked.

    A candidate's centre is that at the instant ``at``.
    """

    def __init__(self, history: History, span: Span, at: int, centre: str | None, among: Among | None) -> None:
        self.history, self._span, self._at, self._centre, self._among = history, span, at, centre, among
        self._known: dict[str, str | None] = {}

    def holds(self, fact: Fact) -> bool:
        """Whether a fact is looked at."""
        return self._span.holds(fact.instant) and self.is_of(candidate_of(fact))

    def is_of(self, candidate: str | None) -> bool:
        """Whether what is about a candidate, or about none, is looked at."""
        if candidate is None:
            return self._centre is None and self._among is None
        if self._centre is not None and self.centre(candidate) != self._centre:
            return False
        return self._among is None or self._among(candidate)

    def centre(self, candidate: str | None) -> str | None:
        """The centre of a candidate; None of none."""
        if candidate is None:
            return None
        if candidate not in self._known:
            self._known[candidate] = centre_at(self.history.of(f"candidate/{candidate}"), self._at)
        return self._known[candidate]


def candidate_of(fact: Fact) -> str | None:
    """The candidate that a fact is about."""
    if fact.subject.startswith("candidate/"):
        return bare_id(fact.subject)
    named: str | None = fact.data.get("candidate") if fact.subject.startswith("offer/") else None
    return named


def quality(asked: Asked, centre: str | None = None, among: Among | None = None) -> dict[str, Any]:
    """The document: every rule's line in the order of the registry, then those about variables.

    ``centre``: of its candidates alone; ``among``: of those alone that it holds of.
    """
    return {"rules": _findings(asked, centre, among, apart=False).whole.as_json()}


def quality_by_centre(asked: Asked, centre: str | None = None, among: Among | None = None) -> dict[str, Any]:
    """The same, and under ``centres`` the lines of each centre whose candidates were looked at, of one pass."""
    found = _findings(asked, centre, among, apart=True)
    centres = [{"centre": name, "rules": tallies.as_json()} for name, tallies in sorted(found.centres.items())]
    return {"rules": found.whole.as_json(), "centres": centres}


def _findings(asked: Asked, centre: str | None, among: Among | None, *, apart: bool) -> Findings:
    position, span, readings = asked.position(), asked.span(), asked.chosen_readings()
    log, last = asked.log, asked.log.head() if position is None else position
    history = log.survey(last)
    if centre is not None and not knows_centre(history, centre):
        message = f"centre {centre!r} is in no registration and no travel matrix of this log: check --centre"
        raise UnknownError(message, "centre", centre=centre)
    found = Findings(apart)
    if last:
        at = stored_instant(log.fact(last).recorded) if span.last is None else span.last
        scope = Scope(history, span, at, centre, among)
        offers_of = partial(log.offers_of, last=last)
        known = Known(history.of, _persons(history), offers_of, _rankings(log, history))
        _look_at_facts(scope, found, asked.tick, known)
        _look_at_variables(scope, at, readings, found)
    return found


def _rankings(log: EventLog, history: History) -> Callable[[Fact], Sequence[str] | None]:
    """What ranks offers without a recorded run: all of them are replayed when the first is asked about."""

    @cache
    def replayed() -> dict[str, list[str]]:
        offers = (bare_id(fact.subject) for fact in log.offers(history.size))
        return replayed_rankings(log, [name for name in offers if unrecorded(history, name)])

    return lambda offer: replayed().get(bare_id(offer.subject))


def _look_at_facts(scope: Scope, found: Findings, tick: Callable[[], None], known: Known) -> None:
    for _, subject in scope.history.each():
        tick()
        looking = Looking(subject, replace(known, kept={}))
        for fact in subject.facts.values():
            if fact.kind in RULES_OF and scope.holds(fact):
                codes = [notice.code for notice in looking.notices_of(fact)]
                for tallies in found.of(scope.centre(candidate_of(fact)) if found.apart else None):
                    tallies.note(fact, codes)


def _persons(history: History) -> dict[Person, list[Fact]]:
    """Registrations by what tells persons apart, in the order of their positions."""
    found: defaultdict[Person, list[Fact]] = defaultdict(list)
    for kind in ("candidate", "donor"):
        for _, subject in history.of_kind(kind):
            for fact in subject.facts.values():
                person = person_of(fact) if fact.kind == f"{kind}.registered" else None
                if person:
                    found[person].append(fact)
    return {person: sorted(facts, key=lambda fact: fact.position) for person, facts in found.items()}


def _look_at_variables(scope: Scope, at: int, readings: Readings, found: Findings) -> None:
    try:
        rules = rules_at(at)
    except NoRulesError:  # before the score nothing is needed for it
        return
    for centre, alerts, known in _alerts_at(scope, at, rules, readings):
        for tallies in found.of(centre):
            tallies.note_candidate(alerts, known.facts)


def _alerts_at(
    scope: Scope, at: int, rules: RuleSet, readings: Readings
) -> Iterator[tuple[str, list[Alert], SubjectHistory]]:
    """The centre of each active candidate, the alerts about its variables, and what is known of it."""
    with exact_arithmetic():
        for subject, known in scope.history.of_kind("candidate"):
            listed = gather_one(known, at, rules, readings)
            if listed is None or not scope.is_of(bare_id(subject)):
                continue
            alerts = alerts_of(listed, rules, readings, scope.history)
            centre = str(listed.profile.candidate.value("centre"))
            yield centre, [alert for alert in alerts if alert.code in ALERTS], known
