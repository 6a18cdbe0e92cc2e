"""The orders of an HL7 v2 message: their segments, the number each is known by, how each stands and when it changed."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from engine.intake.feeds.hl7_segment import Segment
from engine.intake.feeds.times import hl7_precision, hl7_version
from engine.intake.feeds.words import quoted
from engine.intake.verdicts import Fault

_NUMBERS = (("OBR", 3), ("ORC", 3), ("TXA", 15), ("OBR", 2), ("ORC", 2), ("TXA", 14))
"""The laboratory's own number of the order, else the placer's."""
_NUMBER = (1, 2, 3, 4)
"""The components of an entity identifier: the number, and who gave it."""


@dataclass(frozen=True, slots=True)
class Head:
    """What the message says of all its results."""

    source: str | None
    kind: str
    offset: str | None
    sent: str


class Order(NamedTuple):
    """What an order says of all its results."""

    number: str
    unnumbered: tuple[Fault, ...]
    """What keeps a result from being known by the number."""
    is_withdrawn: bool
    """A document or order is withdrawn as a whole."""
    version: str | None
    faults: tuple[Fault, ...]


@dataclass(slots=True)
class Group:
    """The observations of one order of one patient, with the segments that say more of them."""

    pid: Segment | None
    order: list[Segment] = field(default_factory=list)
    """ORC, OBR and TXA."""
    observations: list[tuple[int, Segment]] = field(default_factory=list)
    specimens: list[Segment] = field(default_factory=list)

    def named(self, name: str) -> Segment | None:
        """The order's segment of a name."""
        return next((segment for segment in self.order if segment.name == name), None)

    def text(self, name: str, number: int) -> str:
        """The first component of a field of the order's segments; empty where there is none."""
        segment = self.named(name)
        return segment.text(number).strip() if segment else ""

    def unread(self, name: str, number: int, used: Collection[int] = (1,)) -> str | None:
        """Why a field of the order's segments can't be read whole; None where it can, or is not there."""
        segment = self.named(name)
        return segment.unread(number, used) if segment else None

    def stated(self, head: Head) -> Order:
        """What the segments of the order say of all its results: read once, however many these are."""
        number, unnumbered = self._number()
        withdrawn = self.text("TXA", 19) == "CA" or self.text("OBR", 25) in ("D", "W")
        return Order(number, tuple(unnumbered), withdrawn, self._version(head), tuple(self._faults()))

    def _number(self) -> tuple[str, list[Fault]]:
        """The number of the order, and what keeps a result from being known by it."""
        for name, number in _NUMBERS:
            if why := self.unread(name, number, _NUMBER):
                return "", [Fault(f"{name}-{number}", why)]
            if (found := self.text(name, number)) not in ("", '""'):
                return found, []
        return "", [Fault("OBR-3", "no order number: send OBR-3 or OBR-2, a result is known by it")]

    def _faults(self) -> Iterator[Fault]:
        """What of an order's status and change is more than can be read."""
        for name, number in (("OBR", 25), ("TXA", 19)):
            if why := self.unread(name, number):
                yield Fault(f"{name}-{number}", why)
        try:
            if changed := self.named("OBR"):
                sent_at(changed, 22)
        except ValueError as error:
            yield Fault("OBR-22", str(error))

    def _version(self, head: Head) -> str | None:
        """When the report was last changed, else when the message was sent."""
        for text in (self.text("OBR", 22), head.sent):
            try:
                return hl7_version(text, head.offset)
            except ValueError:
                continue
        return None


def groups_of(segments: Sequence[Segment]) -> Iterator[Group]:
    """The observations by order and patient, in the order of the message."""
    pid: Segment | None = None
    group: Group | None = None
    number = 0
    for segment in segments:
        if segment.name == "PID":
            pid = segment
        starts = segment.name in ("PID", "ORC") or (segment.name == "OBR" and group and group.named("OBR"))
        if group and starts and (group.observations or segment.name != "ORC"):
            if group.observations:
                yield group
            group = None
        group = group or Group(pid)
        if segment.name in ("ORC", "OBR", "TXA"):
            group.order.append(segment)
        elif segment.name == "SPM":
            group.specimens.append(segment)
        elif segment.name == "OBX":
            number += 1
            group.observations.append((number, segment))
    if group and group.observations:
        yield group


def time_stamp(segment: Segment, number: int) -> str:
    """The text of a time: its second component is how precise it is (2.3 to 2.5). ValueError says the remedy."""
    if why := segment.unread(number, (1, 2)):
        raise ValueError(why)
    text, precision = segment.text(number).strip(), segment.text(number, 2).strip()
    if precision not in ("", hl7_precision(text)):
        raise ValueError(f"{text} says that it is precise to {precision}: send one time and nothing behind it")
    return text


def sent_at(segment: Segment, number: int) -> str:
    """The text of a time that tells versions apart, however precise; ValueError says the remedy."""
    text = time_stamp(segment, number)
    if text not in ("", '""') and not hl7_precision(text):
        raise ValueError(f"{quoted(text)} is no time: write it YYYYMMDDHHMM[SS][+ZZZZ]")
    return text
