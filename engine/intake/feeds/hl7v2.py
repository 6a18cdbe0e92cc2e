"""HL7 v2 (2.3 to 2.8): results of ORU^R01 and MDM^T02, T04 and T10, in OBX or in a CDA report within one."""

import re
from collections.abc import Iterator, Sequence

from engine.intake.feeds import hl7_document, people
from engine.intake.feeds.hl7_order import Group, Head, Order, groups_of, sent_at
from engine.intake.feeds.hl7_sampling import Sampling
from engine.intake.feeds.hl7_segment import Segment, codings
from engine.intake.feeds.hl7_text import UnreadableError, segments_of
from engine.intake.feeds.identity import stem_of
from engine.intake.feeds.loinc import Coded, coded
from engine.intake.feeds.measures import measured
from engine.intake.feeds.result import (
    WITHOUT_VALUE,
    Identifier,
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
from engine.intake.feeds.times import hl7_offset
from engine.intake.feeds.units import Unit, contradicts, named
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


def read(raw: bytes) -> Message:
    """The results of one message."""
    try:
        segments = segments_of(raw)
    except UnreadableError as error:
        return unreadable(str(error))
    msh = segments[0]
    head = Head(_source(msh), f"{msh.text(9, 1)}^{msh.text(9, 2)}", hl7_offset(msh.text(7)), msh.text(7).strip())
    named = {f"msh{number}": msh.echoed(number) for number in (3, 4, 5, 6, 10, 11)}
    named |= {"version": msh.text(12), "event": msh.text(9, 2)}
    groups = list(groups_of(segments[1:]))
    known = {id(pid): people.patient_of_pid(pid) for pid in {id(group.pid): group.pid for group in groups}.values()}
    persons = [known[id(group.pid)] for group in groups]
    found = frozenset(each for patient in known.values() for each in patient.named)
    unclear = any(patient.faults or patient.doubtful for patient in known.values())
    if faults := (*_message_faults(msh, head), *_in_parts(segments)):
        return Message((Refused(faults, head.source),), head=named, patients=found, is_unclear=unclear)
    items: list[Item] = []
    for group, patient in zip(groups, persons, strict=True):
        items += _items(group, patient, head)
    found |= {each for item in items if isinstance(item, LabResult) for each in item.patient.identifiers}
    items = unnamed(hl7_document.settled(items), names_in(_names(segments)))
    return Message(tuple(items) or (_NOTHING,), head=named, patients=found, is_unclear=unclear)


_HEAD = {4: (1, 2), 9: (1, 2), 11: (1,), 12: (1,)}
"""The fields of MSH that count, and the components of each; when the message was sent (MSH-7) besides."""
_NOTHING = Ignored("$", None, None, "the message holds no result")


def everybody_in(raw: bytes) -> frozenset[Identifier]:
    """Every identifier anywhere in a message, whoever's it is; none of what can't be read."""
    try:
        segments = segments_of(raw)
    except UnreadableError:
        return frozenset()
    return frozenset(each for segment in segments[1:] for each in people.everybody_in(segment))


def _message_faults(msh: Segment, head: Head) -> Iterator[Fault]:
    """What keeps the message as a whole out."""
    for number, used in _HEAD.items():
        if why := msh.unread(number, used, more=True):
            yield Fault(f"MSH-{number}", why)
    try:
        sent_at(msh, 7)
    except ValueError as error:
        yield Fault("MSH-7", str(error))
    if head.kind not in TYPES:
        yield Fault("MSH-9", f"{quoted(head.kind)} is not taken: send one of {', '.join(TYPES)}")
    if msh.text(11).strip() in ("T", "D"):
        yield Fault("MSH-11", f"{msh.text(11).strip()}: a message for tests is no fact, send P (production)")
    if not _VERSION.fullmatch(msh.text(12)):
        yield Fault("MSH-12", f"{quoted(msh.text(12))} is not HL7 2.3 to 2.8: send one of these")


def _in_parts(segments: Sequence[Segment]) -> Iterator[Fault]:
    """What says that a field or the message goes on elsewhere."""
    if segments[0].raw(14).strip():
        yield Fault("MSH-14", "a message in parts: send it whole")
    for name in sorted({each.name for each in segments if each.name == "ADD" or (each.name == "DSC" and each.raw(1))}):
        yield Fault(name, "a field or message that goes on elsewhere: send it whole")


def _names(segments: Sequence[Segment]) -> Iterator[str]:
    """The names of the patient and of those around them."""
    places = {"PID": (5, 6, 9), "NK1": (2,)}
    found = [(segment, number) for segment in segments for number in places.get(segment.name, ())]
    return (text for segment, number in found for text in (segment.raw(number), *segment.texts(number)))


def _source(msh: Segment) -> str | None:
    """The sending laboratory: its OID or URI where MSH-4 has one, else its name."""
    return people.authority(msh.text(4, 1).strip(), msh.text(4, 2).strip())


def _items(group: Group, patient: Patient, head: Head) -> Iterator[Item]:
    order, sampling = group.stated(head), Sampling(group, head)
    for number, obx in group.observations:
        place = f"OBX[{number}]"
        if hl7_document.is_aside(obx):
            yield hl7_document.Aside(place, head.source, None, f"{obx.text(3, 1)}: about the delivery, no result")
        elif hl7_document.is_document(obx):
            yield from hl7_document.items_of(obx, place, patient, hl7_document.Around(
                head.source, head.offset, _standing(obx, order), head.kind == "MDM^T10", group.pid,
                (*order.faults, *_status_faults(obx, place, order)),
            ))  # fmt: skip
        else:
            yield _item(obx, place, order, sampling, patient, head)


def _standing(obx: Segment, order: Order) -> str:
    """The result's own status; a document or order withdrawn as a whole withdraws it."""
    return "W" if order.is_withdrawn else obx.plain(11)


def _status_faults(obx: Segment, place: str, order: Order) -> Iterator[Fault]:
    """A document may leave its status to what stands in it; one that is none says something else."""
    status = _standing(obx, order)
    if status and status not in STANDINGS and status not in NO_RESULTS:
        yield _no_status(place, status)


def _no_status(place: str, status: str) -> Fault:
    wanted = " ".join([*STANDINGS, *NO_RESULTS])
    return Fault(f"{place}-11", f"{quoted(status)} is no status of a result: send one of {wanted}")


def _item(obx: Segment, place: str, order: Order, sampling: Sampling, patient: Patient, head: Head) -> Item:
    """What one OBX says."""
    named = " ".join(part for part in (obx.text(3, 1), obx.text(3, 2)) if part) or "no code"
    status = _standing(obx, order)
    try:
        code = _coded(obx)
    except ValueError as error:
        return Refused((Fault(f"{place}-3", str(error)),), head.source)
    sub, unnumbered = _sub(obx, place)
    if code is None:
        return Ignored(
            place, head.source, _shown_id(order.number, obx.text(3, 1), sub), f"{named}: not a code of this log"
        )
    if status in NO_RESULTS:
        return Ignored(place, head.source, _shown_id(order.number, code.loinc, sub), f"{named}: {NO_RESULTS[status]}")
    standing = STANDINGS.get(status)
    if standing == "preliminary" and not obx.raw(5).strip():
        return Ignored(place, head.source, _shown_id(order.number, code.loinc, sub), f"{named}: no value yet")
    faults = [*order.unnumbered, *unnumbered, *order.faults]
    if head.source is None:
        faults.append(Fault("MSH-4", "no sending laboratory: name it, its results are known by it"))
    if standing is None:
        faults.append(_no_status(place, status))
    value, drawn, more = _contents(obx, place, sampling, code, standing)
    stem, identity = _stem(order.number, code.loinc, sub)
    return LabResult(
        place, head.source, stem, True, order.version, code.analyte, standing or "final", value, drawn,
        patient, origin_of(obx.text(3, 1), obx.text(3, 2)), (*faults, *identity, *more), head.kind == "MDM^T10",
    )  # fmt: skip


def _coded(obx: Segment) -> Coded | None:
    """The code of an OBX: anywhere in its coding. ValueError where it stands there, and not as a whole component."""
    code = coded(part for each in range(1, obx.repetitions(3) + 1) for part in obx.components(3, each))
    why = obx.unread(3, (1, 4, 10), more=True, repeated=True)
    if why and (code or coded(obx.pieces(3))):
        raise ValueError(why)
    return code


def _contents(
    obx: Segment, place: str, sampling: Sampling, code: Coded, standing: Standing | None
) -> tuple[Measured | None, InstantText | None, list[Fault]]:
    """Value and sampling, as far as the status asks for them."""
    if standing in WITHOUT_VALUE or (standing == "confirmed" and not obx.raw(5).strip()):
        return None, None, []
    value, wrong = _measured(obx, place, code)
    drawn, untimed = sampling.of(obx, place)
    return value, drawn, [*wrong, *untimed]


def _measured(obx: Segment, place: str, code: Coded) -> tuple[Measured | None, tuple[Fault, ...]]:
    main, *others = (Unit(*each) for each in codings(obx, 6))
    stated = [*others, Unit("", obx.text(6, 9))]
    try:
        number = _number_text(obx, obx.plain(2))
        if other := next((each for each in stated if contradicts(main, each)), None):
            raise ValueError(f"two units of another size in OBX-6, {main.shown} and {other.shown}: send one")
    except ValueError as error:
        return None, (Fault(f"{place}-5", str(error)),)
    if why := obx.unread(6, range(1, 23), quote=named):
        return None, (Fault(f"{place}-6", why),)
    return measured(
        (number, main), code, value_path=f"{place}-5", unit_path=f"{place}-6",
        translations=[(number, each) for each in others],
    )  # fmt: skip


def _number_text(obx: Segment, kind: str) -> str:
    """The number of an OBX in words: comparator, then digits. ValueError says the remedy."""
    if kind not in _NUMERIC:
        raise ValueError(f"OBX-2 {quoted(kind)} is no number: send NM, SN or ST")
    if obx.repetitions(5) > 1:
        raise ValueError(f"{obx.repetitions(5)} values in one OBX-5: send each in an OBX of its own, with its OBX-4")
    parts = [part.strip() for part in obx.components(5)]
    if kind != "SN" and any(parts[1:]):
        raise ValueError(f"{quoted(obx.raw(5))} has components, {kind} has none: send one number")
    if why := obx.unread(5, range(1, len(parts) + 1)):
        raise ValueError(why)
    if kind != "SN":
        return obx.text(5)
    if any(parts[2:]):
        raise ValueError(f"{quoted(obx.raw(5))} is a range, a ratio or a titre: send one number, perhaps a bound")
    if parts[0] and not parts[1]:
        raise ValueError(f"{quoted(obx.raw(5))}: SN is comparator^number, send ^17.1 or <^17.1")
    if parts[0] not in ("", "<", "<=", ">", ">=", "="):
        raise ValueError(f"{quoted(parts[0])} is no comparator: send < <= > or >=, or none")
    return f"{parts[0]}{parts[1]}"


# ------------------------------------------------------------------------------------------------- identity


def _sub(obx: Segment, place: str) -> tuple[str, list[Fault]]:
    """OBX-4, its components (2.8 has four) as they were sent; and what keeps a result from being known by it."""
    parts = [part.strip() for part in obx.components(4)]
    while parts and not parts[-1]:
        parts.pop()
    if why := obx.unread(4, range(1, len(parts) + 1)):
        return "", [Fault(f"{place}-4", why)]
    if any("^" in part for part in parts):
        return "", [Fault(f"{place}-4", f"{quoted(obx.raw(4))} has an escaped separator in it: send a plain number")]
    return "^".join(parts), []


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
