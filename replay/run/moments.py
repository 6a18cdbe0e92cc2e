"""Finding a moment in a log: which prefix is known, which offer, its counter, the rules in force."""

from engine.errors import UnknownError
from engine.events.subjects import stream_id
from engine.events.upcasts import read_stored
from engine.events.vocabulary import COUNTER_INITIALISED, GRAFT_OFFERED
from engine.log.eventlog import EventLog
from engine.log.history import Fact, fact_of
from engine.log.index import Index
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet, rules_at, rules_named
from replay.run.matchrun import Moment


def offer_fact(log: EventLog, offer: str) -> Fact:
    """The graft.offered of an offer id."""
    if not offer.isascii():
        raise UnknownError(f"offer {offer!a}: an id has only A-Z a-z 0-9 . _ -", "offer", offer=offer)
    for position, topic, state in log.recorder.stream_rows(stream_id(f"offer/{offer}").hex):
        if topic == GRAFT_OFFERED:
            return fact_of(position, read_stored(state))
    message = f"offer {offer!r} is not in this log: give the id of a graft.offered, without offer/"
    raise UnknownError(message, "offer", offer=offer)


def counter_start(log: EventLog, position: int) -> int:
    """Cpteur before the first offer of this log, as known at a position.

    It is set once: the intake refuses a second offer-counter.initialised, and any after the first offer. Where one
    stands all the same, ``verify`` names it, and the first is the one that counts.
    """
    starts = log.recorder.positions_of(COUNTER_INITIALISED, position)
    return int(log.fact(starts[0]).data["count"]) if starts else 0


def counter_at(log: EventLog, position: int) -> int:
    """Cpteur after the event at a position: offers before this log began, and those in it so far."""
    return counter_start(log, position) + log.recorder.count_of(GRAFT_OFFERED, position)


def moment_of_offer(
    log: EventLog, offer: str, readings: Readings, *, known_at: str | None = None, ruleset: str | None = None
) -> Moment:
    """The moment of an offer, as known just before it or at ``known_at``, under the rules in force or ``ruleset``."""
    fact, last, rules = _asked(log, offer, known_at, ruleset)
    history, tree = log.history_and_tree(last)
    return Moment(history, last, tree.root().hex(), fact, counter_at(log, fact.position), rules, readings)


def recalled_moment(
    log: EventLog, offer: str, readings: Readings, *, known_at: str | None = None, ruleset: str | None = None
) -> Moment:
    """The same from the nearest saved state on: of the history only what a run asks for is read."""
    fact, last, rules = _asked(log, offer, known_at, ruleset)

    def wanted(index: Index) -> list[str]:
        return [fact.subject, f"donor/{fact.data['donor']}", *index.may_be_listed(fact.instant, offer)]

    history, root = log.recalled(last, wanted)
    return Moment(history, last, root.hex(), fact, counter_at(log, fact.position), rules, readings)


def _asked(log: EventLog, offer: str, known_at: str | None, ruleset: str | None) -> tuple[Fact, int, RuleSet]:
    """The offer, the position of what is known, and the rules."""
    fact = offer_fact(log, offer)
    last = fact.position - 1 if known_at is None else log.known_at(known_at)
    return fact, last, rules_for(fact.instant, ruleset)


def rules_for(instant: int, ruleset: str | None) -> RuleSet:
    """The rule set in force at an instant, or the one asked for."""
    return rules_at(instant) if ruleset is None else rules_named(ruleset)
