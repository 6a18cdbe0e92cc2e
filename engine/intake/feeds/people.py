"""Whose a result is, as each format identifies a patient: an authority and a value, never a value alone."""

import re
from collections.abc import Iterator
from dataclasses import replace

from engine.events.canonical import shown
from engine.intake.feeds.hl7_segment import Parts, Segment
from engine.intake.feeds.result import Doubtful, Identifier, Patient
from engine.intake.verdicts import Fault

_OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))+", re.ASCII)
LONGEST_IDENTIFIER = 256
_NOT_PLAIN = (
    "an identifier with subcomponents, or with an escape that is not known or not closed: send it as one plain text"
)


def authority(name: str, universal: str) -> str | None:
    """Who assigns (HD of HL7): an OID as ``urn:oid:…``, a URI, or without either the name."""
    given = oid_or_uri(universal)
    return given if ":" in given else name or given or None


def oid_or_uri(text: str) -> str:
    """An OID with or without ``urn:oid:`` as one text; anything else as it is."""
    bare = text.strip().removeprefix("urn:oid:")
    return f"urn:oid:{bare}" if _OID.fullmatch(bare) else text.strip()


def identifier(given_by: str | None, value: str) -> Identifier | None:
    """An identifier, if it has both halves."""
    value = value.strip()
    if not given_by or not value or value == '""' or len(given_by) + len(value) > LONGEST_IDENTIFIER:
        return None
    return Identifier(given_by, value)


def patient_of_pid(pid: Segment | None) -> Patient:
    """The patient of a PID segment."""
    if pid is None:
        return Patient(faults=(Fault("PID", "no patient: send PID with PID-3"),))
    broken = pid.broken(3, (1, 4), {4: 3})
    doubtful = tuple(_doubtful(pid, number, parts) for number, parts in broken.items())
    found = dict.fromkeys(
        each for number in range(1, pid.repetitions(3) + 1) if number not in broken
        for each in _readings(pid, number, (0,))
    )  # fmt: skip
    if doubtful and not found:
        return Patient(faults=(doubtful[0].fault,), doubtful=doubtful)
    return replace(patient_of(found, "PID-3", pid.text(3).strip()), doubtful=doubtful)


def everybody_in(segment: Segment) -> Iterator[Identifier]:
    """Every identifier that stands in a segment, in whatever field and whoever's it is: CX has who gave it in its
    fourth component, XCN in its ninth.
    """
    for field in range(1, segment.fields + 1):
        for number in range(1, segment.repetitions(field) + 1):
            for place in (4, 9):
                yield from _readings(segment, number, (0, 1), field=field, given_by=place)


def _readings(
    segment: Segment, number: int, subs: tuple[int, ...], *, field: int = 3, given_by: int = 4
) -> Iterator[Identifier]:
    """What one repetition of PID-3 or of another field identifies.

    ``subs``: the subcomponents of its value, 0 for the whole; ``given_by``: the component that says who gave it.
    """
    name, universal = (segment.text(field, given_by, sub, number).strip() for sub in (1, 2))
    found = (identifier(authority(name, universal), segment.text(field, 1, sub, number)) for sub in subs)
    return (each for each in found if each is not None)


def _doubtful(pid: Segment, number: int, parts: Parts) -> Doubtful:
    """A repetition of PID-3 that can't be read whole. Whatever stands in it may be the authority it means."""
    authorities = None if None in parts[4] else frozenset(oid_or_uri(each or "") for each in parts[1] + parts[4])
    return Doubtful(tuple(_readings(pid, number, (0, 1))), authorities, Fault("PID-3", _NOT_PLAIN))


def patient_of(found: dict[Identifier, None], path: str, bare: str) -> Patient:
    """A patient by the identifiers found; ``bare`` is a value that came without authority."""
    if found:
        return Patient(tuple(found))
    if bare:
        return Patient(faults=(Fault(path, "an identifier without the authority that gave it: send both"),))
    return Patient(faults=(Fault(path, "no identifier of the patient: send value and authority"),))


def disagreement(one: Patient, other: Patient) -> str | None:
    """Why two statements cannot be of one person; None where they may be.

    Under one authority a person has one value of an identifier, or at least one that both statements give.
    """
    for given_by in dict.fromkeys(each.authority for each in one.identifiers):
        ours, theirs = (
            {each.value for each in patient.identifiers if each.authority == given_by} for patient in (one, other)
        )
        if theirs and not ours & theirs:
            return f"they give different identifiers of {shown(given_by)}: send the report of one patient"
    return None
