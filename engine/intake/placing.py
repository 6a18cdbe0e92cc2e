"""What can only be said with the log at hand: refusals for an event's place in it.

Refused (contract): a second use of an offer or donor id; an offer whose donor is not registered before it;
a second or belated counter; a correction or retraction that misses its target or makes it invalid.
Everything else is a fact and is stored, with a warning where it looks wrong (``noticing``).
"""

from collections.abc import Callable, Iterator
from typing import Protocol

from pydantic import ValidationError

from engine.events.correction import CORRECTABLE
from engine.intake.faults import faults_of
from engine.intake.verdicts import Fault
from engine.log.history import CORRECTED, Fact, SubjectHistory, corrected, kind_of

_CORRECTABLE_KINDS = tuple(kind_of(event_class.TYPE) for event_class in CORRECTABLE)


class KnownLog(Protocol):
    """The log up to an event's place, as these rules look at it: a write session, or a replay that verifies."""

    @property
    def head(self) -> int:
        """The position before the event's."""

    def subject(self, name: str) -> SubjectHistory:
        """What is known of a subject."""

    def identity(self, source: str, id_: str) -> tuple[bytes, int] | None:
        """Content hash and position of an event."""

    def has_offer(self) -> bool:
        """Whether any graft was ever offered."""


def place_faults(fact: Fact, session: KnownLog) -> list[Fault]:
    """Why the event may not stand at the next position; empty where it may."""
    check = _PLACE_CHECKS.get(fact.kind)
    return list(check(fact, session)) if check else []


def _second_donor(fact: Fact, session: KnownLog) -> Iterator[Fault]:
    if "donor.registered" in session.subject(fact.subject).kinds:
        yield Fault("subject", f"{fact.subject} is already registered: a donor id is used once, send donor.updated")


def _offer(fact: Fact, session: KnownLog) -> Iterator[Fault]:
    if "graft.offered" in session.subject(fact.subject).kinds:
        yield Fault("subject", f"{fact.subject} was already offered: an offer id is used once, take a new one")
    donor = fact.data["donor"]
    registrations = session.subject(f"donor/{donor}").of_kind("donor.registered")
    if not registrations:
        gone = session.subject(f"donor/{donor}").retracted
        remedy = "its registration was retracted, register the donor under a new id" if gone else "send it first"
        yield Fault("data.donor", f"donor {donor} is not registered by a donor.registered: {remedy}")
    elif registrations[0].instant > fact.instant:
        yield Fault("data.donor", f"donor {donor} is registered as of {registrations[0].time}, after the offer's time")


def _counter(fact: Fact, session: KnownLog) -> Iterator[Fault]:
    if session.subject(fact.subject).facts:
        yield Fault("subject", "the counter is already initialised: it is set once")
    if session.has_offer():
        yield Fault("subject", "a graft was already offered: the counter is set before the first offer")


def _correction(fact: Fact, session: KnownLog) -> Iterator[Fault]:
    known = session.subject(fact.subject)
    target = known.target_of(fact)
    reference = fact.data["event"]
    named = f"({reference['source']}, {reference['id']})"
    if target is None:
        yield Fault("data.event", _why_no_target(named, reference, fact, session))
    elif target.kind not in _CORRECTABLE_KINDS:
        yield Fault(
            "data.event", f"{named} is a {target.kind}: it stands for ever, it cannot be corrected or retracted"
        )
    elif fact.kind == CORRECTED:
        yield from _corrected_faults(corrected(target, fact))


def _why_no_target(named: str, reference: dict[str, str], fact: Fact, session: KnownLog) -> str:
    found = session.identity(reference["source"], reference["id"])
    if found is None:
        return f"{named} is not in the log before this event: check source and id"
    position = found[1]
    if position in session.subject(fact.subject).retracted:
        return f"{named} was retracted at position {session.subject(fact.subject).retracted[position]}"
    if position in session.subject(fact.subject).amendments:
        return f"{named} is itself a correction or retraction: send another correction of the first event"
    return f"{named} at position {position} has another subject than {fact.subject}: send its subject"


def _corrected_faults(target: Fact) -> Iterator[Fault]:
    """Faults of the event as corrected, laid at the correction's fields."""
    event_class = next(cls for cls in CORRECTABLE if kind_of(cls.TYPE) == target.kind)
    attributes = {
        "specversion": "1.0",
        "source": target.source,
        "id": target.id,
        "type": event_class.TYPE,
        "subject": target.subject,
        "time": target.time,
        "data": target.data,
    }
    try:
        event_class.model_validate(attributes)
    except ValidationError as error:
        for fault in faults_of(event_class, attributes, error):
            yield Fault(f"data.{fault.path}", f"the corrected event would be invalid: {fault.message}")


_PLACE_CHECKS: dict[str, Callable[[Fact, KnownLog], Iterator[Fault]]] = {
    "donor.registered": _second_donor,
    "graft.offered": _offer,
    "offer-counter.initialised": _counter,
    "event.corrected": _correction,
    "event.retracted": _correction,
}
