"""What a CDA document says of itself: identity, version, whose it is, and how it stands to another one."""

from dataclasses import dataclass

from lxml.etree import _Element as Element

from engine.events.canonical import shown
from engine.intake.feeds.identity import stem_of
from engine.intake.feeds.people import disagreement, identifier, oid_or_uri, patient_of
from engine.intake.feeds.result import Identifier, Patient, Standing
from engine.intake.feeds.xml import attribute, child, children, is_unknown, name
from engine.intake.verdicts import Fault

_PERSON = ("recordTarget", "patientRole", "patient")
_ONCE = (
    ("setId",), ("versionNumber",), ("statusCode",), _PERSON, (*_PERSON, "birthTime"),
    (*_PERSON, "administrativeGenderCode"),
)  # fmt: skip
_DAY = 8
"""Digits of a date of birth that two statements must share."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What surrounds a document: where it came from, and what the message around it says."""

    place: str
    source: str | None
    offset: str | None
    status: str
    """OBX-11 of the segment it came in; empty where it says nothing."""
    replaces: bool
    patient: Patient
    born: str
    sex: str
    faults: tuple[Fault, ...] = ()
    """What of the message around keeps every result out."""


@dataclass(frozen=True, slots=True)
class Header:
    """What all results of a document share."""

    place: str
    source: str | None
    offset: str | None
    status: str
    set_id: tuple[str, ...]
    version: str | None
    replaces: bool
    taken_back: Standing | None
    """Withdrawn or unobtainable as a whole."""
    patient: Patient
    faults: tuple[Fault, ...]

    @property
    def stem(self) -> str | None:
        """What identifies the document, whatever its version."""
        try:
            return stem_of(*self.set_id) if self.set_id else None
        except ValueError:
            return None

    @property
    def standing(self) -> Standing | None:
        """What the message around the document makes of its final results; None: nothing."""
        if self.status in ("P", "R", "S"):
            return "preliminary"
        return "corrected" if self.status in ("C", "A") else None

    @property
    def no_results(self) -> bool:
        """Whether the message around it says that these are no results (yet)."""
        return self.status in ("I", "N", "O")

    def named(self, code: str) -> str | None:
        """What an answer calls a result that is not kept."""
        try:
            return stem_of(*self.set_id, code) if self.set_id and code else None
        except ValueError:
            return None


def header_of(document: Element, outside: Outside) -> Header:
    """The header of a ClinicalDocument."""
    found = child(document, "setId")
    set_id = tuple(part for part in (attribute(found, "root"), attribute(found, "extension")) if part)
    number = attribute(child(document, "versionNumber"), "value")
    version = f"v{int(number)}" if number.isascii() and number.isdigit() and len(number) < 10 else None
    parents = [each for each in children(document, "relatedDocument") if attribute(each, "typeCode") == "RPLC"]
    patient, wrong = _patient(document, outside)
    faults = [*outside.faults, *wrong]
    faults += [
        Fault(path[-1], "given more than once: send one") for path in _ONCE if len(children(document, *path)) > 1
    ]  # fmt: skip
    ids = [each for each in children(document, "recordTarget", "patientRole", "id") if not is_unknown(each)]
    faults += [
        Fault(name(each), "an identity or version, and a reason why it is absent: send one of them")
        for each in (*ids, *children(document, "setId"), *children(document, "versionNumber"))
        if attribute(each, "nullFlavor") and any(attribute(each, part) for part in ("root", "extension", "value"))
    ]
    if not set_id:
        faults.append(Fault("setId", "no setId: a result of a document is known by it, send it"))
    if outside.source is None:
        faults.append(Fault("MSH-4", "no sending laboratory: name it, its results are known by it"))
    for parent in parents:
        other = child(parent, "parentDocument", "setId")
        if other is not None and (attribute(other, "root"), attribute(other, "extension")) != _pair(found):
            faults.append(Fault("relatedDocument", "replaces a document of another setId: send it under that setId"))
    replaces = bool(parents) or outside.replaces or (version is not None and version not in ("v0", "v1"))
    nullified = attribute(child(document, "statusCode"), "code") == "nullified" or outside.status in ("D", "W")
    taken_back: Standing | None = "withdrawn" if nullified else "unobtainable" if outside.status == "X" else None
    return Header(
        outside.place, outside.source, outside.offset, outside.status, set_id, version, replaces and not taken_back,
        taken_back, patient, tuple(faults),
    )  # fmt: skip


def _pair(element: Element | None) -> tuple[str, str]:
    return attribute(element, "root"), attribute(element, "extension")


def _patient(document: Element, outside: Outside) -> tuple[Patient, list[Fault]]:
    """Whose the document is, held against the message around it."""
    targets = children(document, "recordTarget", "patientRole")
    if len(targets) != 1:
        return outside.patient, [Fault("recordTarget", f"{len(targets)} patients: send the report of one")]
    ids = [each for each in children(targets[0], "id") if not is_unknown(each)]
    found: dict[Identifier, None] = {}
    for each in ids:
        given = identifier(oid_or_uri(attribute(each, "root")), attribute(each, "extension"))
        if given is not None:
            found[given] = None
    bare = next((attribute(each, "root") or attribute(each, "extension") for each in ids), "")
    within = patient_of(found, "recordTarget", bare)
    if not outside.patient.identifiers:
        return Patient(within.identifiers, (*outside.patient.faults, *within.faults)), []
    together = Patient(
        tuple(dict.fromkeys([*outside.patient.identifiers, *within.identifiers])),
        (*outside.patient.faults, *within.faults),
        outside.patient.doubtful,
    )
    why = disagreement(outside.patient, within) or _other_person(child(targets[0], "patient"), outside)
    return together, [Fault("PID", f"PID and the document within: {why}")] if why else []


def _other_person(patient: Element | None, outside: Outside) -> str | None:
    """Why the person described cannot be the one of the message around; None where it may be."""
    born = attribute(child(patient, "birthTime"), "value")[:_DAY] if patient is not None else ""
    sex = attribute(child(patient, "administrativeGenderCode"), "code") if patient is not None else ""
    if len(born) == _DAY == len(outside.born) and born != outside.born:
        return "they give different dates of birth: send the report of one patient"
    if {sex, outside.sex} == {"F", "M"}:
        return f"they give different sexes, {shown(outside.sex)} and {shown(sex)}: send the report of one patient"
    return None
