"""HL7 v2 (2.3 to 2.8): results of ORU^R01 and MDM^T02, T04 and T10, in OBX or in a CDA report within one."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine.events.canonical import shown
from engine.intake.feeds import hl7_document
from engine.intake.feeds.hl7_text import Segment, UnreadableError, codings, segments_of
from engine.intake.feeds.identity import stem_of
from engine.intake.feeds.loinc import Coded, coded
from engine.intake.feeds.measures import measured
from engine.intake.feeds.people import authority, patient_of_pid
from engine.intake.feeds.result import (
    WITHOUT_VALUE,
    Ignored,
    Item,
    LabResult,
    Measured,
    Message,
    Patient,
    Refused,
    Standing,
    unnamed,
    unreadable,
)
from engine.intake.feeds.times import hl7_offset, hl7_time, version_instant
from engine.intake.feeds.units import Unit, contradicts
from engine.intake.feeds.words import names_in, origin_of, quoted
from engine.intake.verdicts import Fault
from engine.quantities import InstantText

TYPES = ("ORU^R01", "MDM^T02", "MDM^T04", "MDM^T10")
_VERSION = re.compile(r"2\.[3-8](\.[0-9])?", re.ASCII)
STANDINGS: dict[str, Standing] = {
    "F": "final", "B": "final", "V": "final", "C": "corrected", "A": "corrected", "P": "preliminary",
    "R": "preliminary", "S": "preliminary", "U": "confirmed", "D": "withdrawn", "W": "withdrawn", "X": "unobtainable",
}  # fmt: skip
"""OBX-11 (table 0085): what each status makes of a result."""
NO_RESULTS = {"I": "the result is pending", "N": "not asked for", "O": "an order, no result"}
"""OBX-11 of what is no result (yet)."""
_NUMERIC = ("NM", "SN", "ST")


@dataclass(slots=True)
class Group:
    """The observations of one order of one patient, with the segments that say more of them."""

    pid: Segment | None
    order: list[Segment] = field(default_factory=list)
    """ORC, OBR and TXA."""
    observations: list[tuple[int, Segment]] = field(default_factory=list)
    specimens: list[Segment] = field(default_factory=list)

    def text(self, name: str, number: int) -> str:
        """The first component of a field of the order's segments; empty where there is none."""
        return next((segment.text(number) for segment in self.order if segment.name == name), "")


@dataclass(frozen=True, slots=True)
class Head:
    """What the message says of all its results."""

    source: str | None
    kind: str
    offset: str | None
    sent: str


def read(raw: bytes) -> Message:
    """The results of one message."""
    try:
        segments = segments_of(raw)
    except UnreadableError as error:
        return unreadable(str(error))
    msh = segments[0]
    head = Head(_source(msh), f"{msh.text(9, 1)}^{msh.text(9, 2)}", hl7_offset(msh.text(7)), msh.text(7))
    named = {"control": msh.text(10), "version": msh.text(12), "event": msh.text(9, 2)}
    named |= {f"msh{number}": msh.raw(number) for number in (3, 4, 5, 6, 11)}
    groups = list(_groups(segments[1:]))
    people = [patient_of_pid(group.pid) for group in groups]
    found = frozenset(each for patient in people for each in patient.identifiers)
    if faults := tuple(_message_faults(msh, head)):
        return Message((Refused(faults, head.source),), head=named, patients=found)
    items: list[Item] = []
    for group, patient in zip(groups, people, strict=True):
        items += _items(group, patient, head)
    found |= {each for item in items if isinstance(item, LabResult) for each in item.patient.identifiers}
    items = unnamed(hl7_document.settled(items), names_in(_names(segments)))
    return Message(tuple(items) or (_NOTHING,), head=named, patients=found)


_NOTHING = Ignored("$", None, None, "the message holds no result")


def _message_faults(msh: Segment, head: Head) -> Iterator[Fault]:
    """What keeps the message as a whole out."""
    if head.kind not in TYPES:
        yield Fault("MSH-9", f"{shown(head.kind)} is not taken: send one of {', '.join(TYPES)}")
    if msh.text(11) in ("T", "D"):
        yield Fault("MSH-11", f"{msh.text(11)}: a message for tests is no fact, send P (production)")
    if not _VERSION.fullmatch(msh.text(12)):
        yield Fault("MSH-12", f"{shown(msh.text(12))} is not HL7 2.3 to 2.8: send one of these")


def _names(segments: Sequence[Segment]) -> Iterator[str]:
    """The names of the patient and of those around them."""
    places = {"PID": (5, 6, 9), "NK1": (2,)}
    return (segment.raw(number) for segment in segments for number in places.get(segment.name, ()))


def _source(msh: Segment) -> str | None:
    """The sending laboratory: its OID or URI where MSH-4 has one, else its name."""
    return authority(msh.text(4, 1).strip(), msh.text(4, 2).strip())


def _groups(segments: Sequence[Segment]) -> Iterator[Group]:
    """The observations by order and patient, in the order of the message."""
    pid: Segment | None = None
    group: Group | None = None
    number = 0
    for segment in segments:
        if segment.name == "PID":
            pid = segment
        starts = segment.name in ("PID", "ORC") or (segment.name == "OBR" and group and _has_obr(group))
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


def _has_obr(group: Group) -> bool:
    return any(segment.name == "OBR" for segment in group.order)


def _items(group: Group, patient: Patient, head: Head) -> Iterator[Item]:
    for number, obx in group.observations:
        place = f"OBX[{number}]"
        if hl7_document.is_aside(obx):
            yield hl7_document.Aside(place, head.source, None, f"{obx.text(3, 1)}: about the delivery, no result")
        elif hl7_document.is_document(obx):
            yield from hl7_document.items_of(obx, place, patient, hl7_document.Around(
                head.source, head.offset, _standing(obx, group), _replaces(group, head), group.pid,
            ))  # fmt: skip
        else:
            yield _item(obx, place, group, patient, head)


def _standing(obx: Segment, group: Group) -> str:
    """The result's own status; a document or order withdrawn as a whole withdraws it."""
    withdrawn = group.text("TXA", 19) == "CA" or group.text("OBR", 25) in ("D", "W")
    return "W" if withdrawn else obx.text(11).strip()


def _replaces(group: Group, head: Head) -> bool:
    return head.kind == "MDM^T10"


def _item(obx: Segment, place: str, group: Group, patient: Patient, head: Head) -> Item:
    """What one OBX says."""
    named = " ".join(part for part in (obx.text(3, 1), obx.text(3, 2)) if part) or "no code"
    status, sub = _standing(obx, group), obx.text(4).strip()
    try:
        code = coded(part for each in range(1, obx.repetitions(3) + 1) for part in obx.components(3, each))
    except ValueError as error:
        return Refused((Fault(f"{place}-3", str(error)),), head.source)
    order = _order_number(group)
    if code is None:
        return Ignored(place, head.source, _shown_id(order, obx.text(3, 1), sub), f"{named}: not a code of this log")
    if status in NO_RESULTS:
        return Ignored(place, head.source, _shown_id(order, code.loinc, sub), f"{named}: {NO_RESULTS[status]}")
    standing = STANDINGS.get(status)
    if standing == "preliminary" and not obx.raw(5).strip():
        return Ignored(place, head.source, _shown_id(order, code.loinc, sub), f"{named}: no value yet")
    faults = list(_identity_faults(order, head))
    if standing is None:
        wanted = " ".join([*STANDINGS, *NO_RESULTS])
        faults.append(Fault(f"{place}-11", f"{quoted(status)} is no status of a result: send one of {wanted}"))
    value, sampled, more = _contents(obx, place, group, head, code, standing)
    stem, identity = _stem(order, code.loinc, sub)
    return LabResult(
        place, head.source, stem, True, _version(group, head), code.analyte, standing or "final", value, sampled,
        patient, origin_of(obx.text(3, 1), obx.text(3, 2)), (*faults, *identity, *more), _replaces(group, head),
    )  # fmt: skip


def _contents(
    obx: Segment, place: str, group: Group, head: Head, code: Coded, standing: Standing | None
) -> tuple[Measured | None, InstantText | None, list[Fault]]:
    """Value and sampling, as far as the status asks for them."""
    if standing in WITHOUT_VALUE or (standing == "confirmed" and not obx.raw(5).strip()):
        return None, None, []
    value, wrong = _measured(obx, place, code)
    faults = list(wrong)
    try:
        return value, _sampled(obx, group, head), faults
    except ValueError as error:
        return value, None, [*faults, Fault(_sampling_field(obx, place, group), str(error))]


def _measured(obx: Segment, place: str, code: Coded) -> tuple[Measured | None, tuple[Fault, ...]]:
    kind = obx.text(2).strip()
    main, alternate = (Unit(*each) for each in codings(obx, 6)[:2])
    try:
        number = _number_text(obx, kind)
        if contradicts(main, alternate):
            raise ValueError(f"two units of another size in OBX-6, {main.shown} and {alternate.shown}: send one")
    except ValueError as error:
        return None, (Fault(f"{place}-5", str(error)),)
    return measured(
        (number, main), code, value_path=f"{place}-5", unit_path=f"{place}-6", translations=[(number, alternate)]
    )


def _number_text(obx: Segment, kind: str) -> str:
    """The number of an OBX in words: comparator, then digits. ValueError says the remedy."""
    if kind not in _NUMERIC:
        raise ValueError(f"OBX-2 {quoted(kind)} is no number: send NM, SN or ST")
    if obx.repetitions(5) > 1:
        raise ValueError(f"{obx.repetitions(5)} values in one OBX-5: send each in an OBX of its own, with its OBX-4")
    parts = [part.strip() for part in obx.components(5)]
    if kind != "SN":
        if any(parts[1:]):
            raise ValueError(f"{quoted(obx.raw(5))} has components, {kind} has none: send one number")
        return obx.text(5)
    if any(parts[2:]):
        raise ValueError(f"{quoted(obx.raw(5))} is a range, a ratio or a titre: send one number, perhaps a bound")
    if parts[0] and not parts[1]:
        raise ValueError(f"{quoted(obx.raw(5))}: SN is comparator^number, send ^17.1 or <^17.1")
    if parts[0] not in ("", "<", "<=", ">", ">=", "="):
        raise ValueError(f"{quoted(parts[0])} is no comparator: send < <= > or >=, or none")
    return f"{parts[0]}{parts[1]}"


def _sampling_field(obx: Segment, place: str, group: Group) -> str:
    """Which field says when the sample was drawn."""
    if any(spm.text(17).strip() for spm in group.specimens):
        return "SPM-17"
    return f"{place}-14" if obx.text(14).strip() else "OBR-7"


def _sampled(obx: Segment, group: Group, head: Head) -> InstantText:
    """When the sample was drawn: SPM-17, else OBX-14, else OBR-7. ValueError says the remedy."""
    collected = {spm.raw(17).strip() for spm in group.specimens if spm.text(17)}
    if len(collected) > 1:
        raise ValueError(f"{len(collected)} specimens drawn at different times: send an order for each")
    for spm in group.specimens:
        if start := spm.text(17).strip():
            return _instant(start, spm.text(17, 2).strip(), "SPM-17", head)
    if given := obx.text(14).strip():
        return hl7_time(given, head.offset)
    if start := group.text("OBR", 7).strip():
        return _instant(start, group.text("OBR", 8).strip(), "OBR-7 to OBR-8", head)
    raise ValueError("no time of sampling: send it in SPM-17, OBX-14 or OBR-7")


def _instant(start: str, end: str, where: str, head: Head) -> InstantText:
    if start == '""':
        raise ValueError(f"{where} says that there is no time: send when the sample was drawn")
    instant = hl7_time(start, head.offset)
    if end and end != '""' and hl7_time(end, head.offset).instant != instant.instant:
        raise ValueError(f"{where} is a period, {shown(start)} to {shown(end)}: send the instant of sampling")
    return instant


# ------------------------------------------------------------------------------------------------- identity


def _order_number(group: Group) -> str:
    """The laboratory's own number of the order, else the placer's."""
    places = (("OBR", 3), ("ORC", 3), ("TXA", 15), ("OBR", 2), ("ORC", 2), ("TXA", 14))
    return next((found for name, number in places if (found := group.text(name, number).strip())), "")


def _identity_faults(order: str, head: Head) -> Iterator[Fault]:
    if head.source is None:
        yield Fault("MSH-4", "no sending laboratory: name it, its results are known by it")
    if not order:
        yield Fault("OBR-3", "no order number: send OBR-3 or OBR-2, a result is known by it")


def _stem(order: str, loinc: str, sub: str) -> tuple[str | None, list[Fault]]:
    if not order:
        return None, []
    try:
        return stem_of(order, loinc, sub), []
    except ValueError as error:
        return None, [Fault("OBR-3", str(error))]


def _shown_id(order: str, code: str, sub: str) -> str | None:
    """What an answer calls a result that is not kept."""
    try:
        return stem_of(order, code, sub)
    except ValueError:
        return None


def _version(group: Group, head: Head) -> str | None:
    """When the report was last changed, else when the message was sent."""
    for text in (group.text("OBR", 22), head.sent):
        try:
            return version_instant(hl7_time(text, head.offset))
        except ValueError:
            continue
    return None
