"""What a laboratory said, whatever the format it said it in: the one form that all readers give and all rules take."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from engine.intake.feeds.words import names_anybody, without_persons
from engine.intake.verdicts import Fault
from engine.quantities import InstantText

Standing = Literal["final", "corrected", "confirmed", "preliminary", "withdrawn", "unobtainable"]
"""How a result stands: ``confirmed`` is U of HL7 (the value sent before is final), ``unobtainable`` is X."""
WITHOUT_VALUE: tuple[Standing, ...] = ("withdrawn", "unobtainable")


class Identifier(NamedTuple):
    """A patient's identifier: who gave it (``urn:oid:…``, a URI or a name), and what they gave."""

    authority: str
    value: str


class Measured(NamedTuple):
    """The value as the laboratory wrote it, its comparator if any, and its UCUM unit."""

    value: str
    comparator: str | None
    unit: str


class Doubtful(NamedTuple):
    """An identifier that can't be read whole."""

    readings: tuple[Identifier, ...]
    """What it may be, so that erasing a person finds what may be theirs."""
    authorities: frozenset[str] | None
    """All who may have given it; None: that can't be read either."""
    fault: Fault

    def may_be_of(self, known: AbstractSet[str]) -> bool:
        """Whether one of these authorities may have given it."""
        return self.authorities is None or not known.isdisjoint(self.authorities)


@dataclass(frozen=True, slots=True)
class Patient:
    """Whose a message is: the identifiers that have an authority, and what keeps it from being anybody's."""

    identifiers: tuple[Identifier, ...] = ()
    faults: tuple[Fault, ...] = ()
    doubtful: tuple[Doubtful, ...] = ()
    """Counts where no other identifier says who it is, or where it may be one of the mapping."""

    @property
    def named(self) -> Iterator[Identifier]:
        """Every identifier it has or may have."""
        yield from self.identifiers
        for each in self.doubtful:
            yield from each.readings


@dataclass(frozen=True, slots=True)
class LabResult:
    """One result, as its message states it; ``faults`` are all that keep it from being a fact."""

    place: str
    """Where in its message, for people."""
    source: str | None
    """The sending laboratory."""
    stem: str | None
    """What identifies it at that laboratory, whatever its version; escaped parts joined by ``;``."""
    by_patient: bool
    """Whether its id also names the candidate."""
    version: str | None
    """``v12`` (a number), ``t2025-03-01T…Z`` (an instant; ``…ZD`` a day, ``…ZM`` a minute) or another text.
    See ``identity.is_older``.
    """
    analyte: str
    standing: Standing
    measured: Measured | None
    sampled: InstantText | None
    patient: Patient
    origin: str | None
    faults: tuple[Fault, ...] = ()
    replaces: bool = False
    """Whether it stands in a document that takes the place of an earlier one."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """A part of a message that is no fact of this log, and why."""

    place: str
    source: str | None
    id: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A part of a message that is no result at all, or the whole of one."""

    faults: tuple[Fault, ...]
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What is known under a stem is withdrawn, but for the results that the message itself states.

    ``parts``: how many parts the id of a result of it has more than the stem. ``expected``: there must be some, for
    the sender says that there are. ``replaces``: the document was replaced, so that what it said is void, whoever it
    was filed under.
    """

    place: str
    source: str
    stem: str
    version: str | None
    patient: Patient
    kept: frozenset[str]
    reason: str
    expected: bool
    parts: range
    replaces: bool = False


Item = LabResult | Ignored | Refused | Withdrawal


@dataclass(frozen=True, slots=True)
class Message:
    """A message as read: its items in order, and what an acknowledgement needs of its head (HL7)."""

    items: tuple[Item, ...]
    readable: bool = True
    head: dict[str, str] = field(default_factory=dict)
    patients: frozenset[Identifier] = frozenset()
    """Every identifier of a person in it, also those that no result is filed under."""
    is_unclear: bool = False
    """Whether it is of somebody, too, whom nothing in it identifies."""


_NAMED = "its identity has a person's name in it: send a number"


def unnamed(items: Iterable[Item], names: frozenset[str]) -> list[Item]:
    """Items that bring no name of their message's persons into a log or an answer: not in words, not in an identity."""
    return [found for item in items for found in _unnamed(item, names)]


def _unnamed(item: Item, names: frozenset[str]) -> Iterator[Item]:
    if isinstance(item, LabResult):
        faults, stem = item.faults, item.stem
        if stem and names_anybody(stem, names):
            faults, stem = (*faults, Fault(item.place, _NAMED)), None
        yield replace(item, origin=without_persons(item.origin or "", names), stem=stem, faults=faults)
    elif isinstance(item, Withdrawal) and any(names_anybody(each, names) for each in (item.stem, *item.kept)):
        if not item.replaces:  # else it takes the place of what was never taken in
            yield Refused((Fault(item.place, _NAMED),), item.source)
    elif isinstance(item, Ignored):
        id_ = None if names_anybody(item.id or "", names) else item.id
        yield replace(item, id=id_, why=without_persons(item.why, names) or "")
    else:
        yield item


def unreadable(why: str, path: str = "$") -> Message:
    """A message that can't be read at all."""
    return Message((Refused((Fault(path, why),)),), readable=False)
