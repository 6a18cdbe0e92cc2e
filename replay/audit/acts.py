"""The human acts of past offers held against their runs: the one recorded with an offer, else its replay."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine.events.subjects import bare_id
from engine.intake.acts.codes import ACTS, TRANSPLANTED, ActFinding
from engine.intake.acts.held import Offer, findings, recorded_ranking, transplants_from
from engine.log.eventlog import EventLog
from engine.log.history import OFFERED, Fact, History
from replay.run.asked import ALWAYS, Span
from replay.run.one_pass import OnePass, Passed


@dataclass(frozen=True, slots=True)
class HeldActs:
    """An offer and what was found about its acts; nothing where they follow its run."""

    offer: str
    findings: tuple[ActFinding, ...]

    def as_json(self) -> dict[str, Any]:
        """The offer's part of the document."""
        return {"offer": self.offer, "findings": [found.as_json() for found in self.findings]}


def held_acts(log: EventLog, span: Span, known_at: int, tick: Callable[[], None] = lambda: None) -> Iterator[HeldActs]:
    """Every offer of a span, in the order of the log, with the acts known at a position.

    Acts of an offer that nobody made count at the time of the first. Where no rules were in force and no run is
    recorded, acts are held against each other alone.
    """
    history = log.survey(known_at)
    grafts = _grafts_by_offer(history)
    begun = _begun(history, log.offers(known_at), grafts, span)
    offers_of = partial(log.offers_of, last=known_at)
    replayed = _replayed(log, history, begun, span)
    for name, _ in begun:
        tick()
        known = history.of(f"offer/{name}")
        recorded = recorded_ranking(known)
        ranked = replayed.get(name) if recorded is None else recorded
        yield HeldActs(name, tuple(findings(_offer(history, name, ranked, grafts.get(name, ()), offers_of))))


def findings_at(
    history: History, name: str, ranked: Sequence[str], offers_of: Callable[[str], Sequence[Fact]]
) -> list[ActFinding]:
    """What is found about the acts of one offer, as a history knows them, against its run.

    ``offers_of`` gives the offers of a donor by position: a history read as far as it is asked for keeps none.
    """
    about = history.may_be_grafted_from(name)
    grafts = [fact for _, known in about for fact in transplants_from(name, known)]
    return findings(_offer(history, name, ranked, grafts, offers_of))


def _offer(
    history: History,
    name: str,
    ranked: Sequence[str] | None,
    grafts: Sequence[Fact],
    offers_of: Callable[[str], Sequence[Fact]],
) -> Offer:
    """An offer with all that its acts are held against."""
    known = history.of(f"offer/{name}")
    offered = known.of_kind(OFFERED)
    first = offers_of(offered[0].data["donor"])[0] if offered else None
    earlier = None if first is None or first.position == offered[0].position else first
    return Offer(name, known, lambda candidate: history.of(f"candidate/{candidate}"), ranked, grafts, earlier)


def _grafts_by_offer(history: History) -> dict[str, list[Fact]]:
    """Every transplantation that names an offer."""
    found: dict[str, list[Fact]] = {}
    for _, known in history.of_kind("candidate"):
        for fact in known.of_kind(TRANSPLANTED) if TRANSPLANTED in known.kinds else ():
            if "offer" in fact.data:
                found.setdefault(fact.data["offer"], []).append(fact)
    return found


def _begun(
    history: History, offers: Sequence[Fact], grafts: dict[str, list[Fact]], span: Span
) -> list[tuple[str, Fact]]:
    """Each offer of the span with its graft.offered, or where none is known its first act; by position."""
    found = {bare_id(fact.subject): fact for fact in offers}
    for name in [*map(bare_id, history.names("offer")), *sorted(grafts)]:
        if name not in found:
            acts = [*history.of(f"offer/{name}").of_kind(*ACTS), *grafts.get(name, ())]
            if acts:
                found[name] = min(acts, key=lambda fact: fact.position)
    begun = [(name, fact) for name, fact in found.items() if span.holds(fact.instant)]
    return sorted(begun, key=lambda item: item[1].position)


def _replayed(log: EventLog, history: History, begun: Sequence[tuple[str, Fact]], span: Span) -> dict[str, list[str]]:
    """The rankings of the offers that have none recorded, by replay."""
    missing = [name for name, fact in begun if fact.kind == OFFERED and unrecorded(history, name)]
    return replayed_rankings(log, missing, span)


def replayed_rankings(log: EventLog, offers: Collection[str], span: Span = ALWAYS) -> dict[str, list[str]]:
    """The candidates by rank of some offers of a span, by replay."""
    found: dict[str, list[str]] = {}
    wanted = frozenset(offers)
    for each in OnePass(log, span) if wanted else ():
        if isinstance(each, Passed) and bare_id(each.offer.subject) in wanted:
            found[bare_id(each.offer.subject)] = [name for name, _ in each.orders[0][0]]
    return found


def unrecorded(history: History, offer: str) -> bool:
    """Whether no run of an offer is recorded."""
    return recorded_ranking(history.of(f"offer/{offer}")) is None
