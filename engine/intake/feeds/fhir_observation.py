"""One FHIR Observation, and its components: code, status, value, sampling, identity, patient."""

from collections.abc import Iterator
from typing import NamedTuple

from engine.events.canonical import NumberText, shown
from engine.intake.feeds.fhir_json import Resource, choices, object_of, objects, text_of
from engine.intake.feeds.fhir_modifiers import absent_value, not_understood, unsure
from engine.intake.feeds.fhir_references import References, patient_of_subject
from engine.intake.feeds.fhir_shape import shape_faults
from engine.intake.feeds.identity import stem_of
from engine.intake.feeds.loinc import Coded, coded
from engine.intake.feeds.measures import Sent, measured
from engine.intake.feeds.people import disagreement
from engine.intake.feeds.result import Ignored, Item, LabResult, Measured, Patient, Refused, Standing
from engine.intake.feeds.times import fhir_time, fhir_version
from engine.intake.feeds.units import Unit
from engine.intake.feeds.words import origin_of, quoted, quoted_code
from engine.intake.verdicts import Fault
from engine.quantities import InstantText

STANDINGS: dict[str, Standing] = {
    "preliminary": "preliminary", "final": "final", "amended": "corrected", "corrected": "corrected",
    "entered-in-error": "withdrawn",
}  # fmt: skip
"""Observation.status: what each makes of a result."""
NO_RESULTS = ("registered", "cancelled")
"""Observation.status of what is no result (yet)."""
TRANSLATION = "http://hl7.org/fhir/StructureDefinition/iso21090-PQ-translation"
_USES = ("official", "usual", "secondary", "", "temp")


class Reported(NamedTuple):
    """A report, its place and its status."""

    place: str
    resource: Resource
    status: str


class _Whole(NamedTuple):
    """What an Observation says of all the results in it."""

    place: str
    resource: Resource
    status: str
    source: str | None
    key: tuple[str, ...]
    version: str | None
    patient: Patient
    sampled: InstantText | None
    faults: tuple[Fault, ...]
    sampling: tuple[Fault, ...]


def items_of(
    place: str, observation: Resource, container: Resource, reports: list[Reported], references: References
) -> Iterator[Item]:
    """The results of an Observation: its own, and those of components with a listed code of their own."""
    parts = [(place, observation, ()), *(
        (f"{place}.component[{number}]", each, ("component",))
        for number, each in enumerate(objects(observation.get("component")))
    )]  # fmt: skip
    source, key = identity_of(observation, reports)
    whole: _Whole | None = None
    for path, part, inner in parts:
        concept = object_of(part.get("code"))
        said = _said(concept)
        try:
            code = coded(text_of(each.get("code")) for each in objects(concept.get("coding")))
        except ValueError as error:
            yield Refused((Fault(f"{path}.code", str(error)),), source)
            continue
        if code is None:
            yield Ignored(
                path, source, _shown_id(key, said if inner else ""), f"{said or 'no code'}: not a code of this log"
            )
            continue
        whole = whole or _whole(place, observation, container, reports, references)
        yield _item(path, part, code, whole, own_code=bool(inner))


def _whole(
    place: str, observation: Resource, container: Resource, reports: list[Reported], references: References
) -> _Whole:
    source, key = identity_of(observation, reports)
    faults = list(shape_faults(observation, place))
    faults += _not_understood(observation, container, reports, references, place)
    if not (source and key):
        faults.append(Fault(f"{place}.identifier", "no identifier with its system, nor a report's: send one"))
    status = text_of(observation.get("status"))
    if any(report.status == "entered-in-error" for report in reports):
        status = "entered-in-error"
    elif status not in STANDINGS and status not in NO_RESULTS:
        wanted = ", ".join([*STANDINGS, *NO_RESULTS])
        faults.append(Fault(f"{place}.status", f"{quoted_code(status)} is no status of a result: send one of {wanted}"))
    if observation.get("focus"):
        faults.append(Fault(f"{place}.focus", "about something else than its subject: send the patient's own results"))
    patient = patient_of_subject(observation.get("subject"), container, references, f"{place}.subject")
    specimen: Resource | None = None
    unresolved: Fault | None = None
    try:
        specimen = references.resolve(object_of(observation.get("specimen")), container)
        if specimen is not None and text_of(specimen.get("resourceType")) != "Specimen":
            raise ValueError(f"{shown(specimen.get('resourceType'))} is no Specimen: send the one it was measured in")
        if specimen is not None and text_of(specimen.get("status")) == "entered-in-error":
            raise ValueError("a Specimen entered in error: send the one it was measured in")
        if specimen is not None:
            faults += references.faults_of(specimen, f"{place}.specimen")
    except ValueError as error:
        unresolved = Fault(f"{place}.specimen", str(error))
    faults += _other_subjects(patient, specimen, reports, references, place)
    sampled, sampling = _sampled(observation, specimen, unresolved, place)
    return _Whole(place, observation, status, source, key, version_of(observation), patient, sampled,
                  tuple(faults), tuple(sampling))  # fmt: skip


def _not_understood(
    observation: Resource, container: Resource, reports: list[Reported], references: References, place: str
) -> Iterator[Fault]:
    """What of an Observation, or of what holds it, may change what it says."""
    yield from references.faults_of(observation, place)
    for report in reports:
        yield from references.faults_of(report.resource, report.place)
    if container is not observation and not any(report.resource is container for report in reports):
        yield from references.faults_of(container, f"{place} within")
    panel_place, panel = references.kept_out.get(id(observation), ("", container))
    if panel is not container:
        yield from references.faults_of(panel, panel_place)


def _other_subjects(
    patient: Patient, specimen: Resource | None, reports: list[Reported], references: References, place: str
) -> Iterator[Fault]:
    """Reports and specimens that are of another patient."""
    stated = [(f"{report.place}.subject", report.resource) for report in reports]
    stated += [(f"{place}.specimen", specimen)] if specimen is not None else []
    for path, resource in stated:
        if resource.get("subject"):
            other = patient_of_subject(resource.get("subject"), resource, references, path)
            why = disagreement(patient, other)
            if other.faults or why:
                yield Fault(path, f"not the subject of the result: {why or other.faults[0].message}")


def _item(path: str, part: Resource, code: Coded, whole: _Whole, *, own_code: bool) -> Item:
    named = (*whole.key, code.loinc) if own_code and whole.key else whole.key
    said = _said(object_of(part.get("code")))
    standing = STANDINGS.get(whole.status, "final")
    why = f"status {whole.status}" if whole.status in NO_RESULTS else None
    if standing != "withdrawn" and (part.get("dataAbsentReason") or absent_value(part)):
        why = why or "no value, says its dataAbsentReason"
    if why:
        return Ignored(path, whole.source, _shown_id(named, ""), f"{said}: {why}")
    value: Measured | None = None
    faults, sampled = list(whole.faults), None
    if own_code:
        faults += (Fault(f"{path}.{each.path}", each.message) for each in not_understood(part))
    if standing != "withdrawn":
        value, wrong = _measured(part, code, path)
        faults += [*wrong, *whole.sampling]
        sampled = whole.sampled
    stem = None
    if named:
        try:
            stem = stem_of(*named)
        except ValueError as error:
            faults.append(Fault(f"{whole.place}.identifier", str(error)))
    return LabResult(
        path, whole.source, stem, False, whole.version, code.analyte, standing, value, sampled, whole.patient,
        origin_of("", said), tuple(faults),
    )  # fmt: skip


def _said(concept: Resource) -> str:
    """Code and text as sent."""
    first = next(iter(objects(concept.get("coding"))), {})
    words = text_of(concept.get("text")) or text_of(first.get("display"))
    return " ".join(part for part in (text_of(first.get("code")), words) if part)


# --------------------------------------------------------------------------------------- value and sampling


def _measured(part: Resource, code: Coded, path: str) -> tuple[Measured | None, tuple[Fault, ...]]:
    given = list(choices(part, "value"))
    try:
        if not given:
            raise ValueError("no value: send valueQuantity, or a dataAbsentReason")
        if given != ["valueQuantity"]:
            raise ValueError(f"{' and '.join(given[:3])}: send one valueQuantity")
        sent = _sent(object_of(part["valueQuantity"]))
    except ValueError as error:
        return None, (Fault(f"{path}.{given[0] if given else 'value'}", str(error)),)
    return measured(
        sent, code, value_path=f"{path}.valueQuantity.value", unit_path=f"{path}.valueQuantity.code",
        translations=_translations(object_of(part["valueQuantity"])),
    )  # fmt: skip


def _sent(quantity: Resource) -> Sent:
    """The number and unit of a Quantity; ValueError says the remedy."""
    if name := unsure(quantity):
        raise ValueError(f"its {name} is said to be absent or not known: send it plainly, or no value at all")
    for name in ("unit", "system", "code"):
        stated = quantity.get(name)
        if stated is not None and (not isinstance(stated, str) or isinstance(stated, NumberText)):
            raise ValueError(f"its {name} is no text: send one unit, in UCUM")
    number, comparator = quantity.get("value"), quantity.get("comparator", "")
    if not isinstance(number, NumberText):
        raise ValueError(f"{quoted(number)} is no JSON number: send value as a number, without quotes")
    if comparator not in ("", "<", "<=", ">", ">="):
        raise ValueError(f"{quoted(comparator)} is no comparator: send < <= > or >=, or none")
    unit = Unit(text_of(quantity.get("code")), text_of(quantity.get("unit")), text_of(quantity.get("system")))
    return f"{comparator}{number}", unit


def _translations(quantity: Resource) -> Iterator[Sent]:
    for extension in objects(quantity.get("extension")):
        if text_of(extension.get("url")) == TRANSLATION:
            try:
                yield _sent(object_of(extension.get("valueQuantity")))
            except ValueError:
                continue


def _sampled(
    observation: Resource, specimen: Resource | None, unresolved: Fault | None, place: str
) -> tuple[InstantText | None, list[Fault]]:
    """When the sample was drawn: effective, else the specimen's collection."""
    path, holder, stem = f"{place}.effective", observation, "effective"
    if not list(choices(holder, stem)):
        if unresolved is not None:
            return None, [unresolved]
        path, holder, stem = f"{place}.specimen.collection", object_of((specimen or {}).get("collection")), "collected"
    given = list(choices(holder, stem))
    if len(given) != 1:
        why = "no time of sampling: send effectiveDateTime" if not given else "more than one time: send one"
        return None, [Fault(path, why)]
    if given[0] not in ("effectiveDateTime", "effectiveInstant", "collectedDateTime"):
        return None, [Fault(path, f"{given[0]} is no instant: send effectiveDateTime, when the sample was drawn")]
    try:
        return fhir_time(text_of(holder[given[0]])), []
    except ValueError as error:
        return None, [Fault(path, str(error))]


# ------------------------------------------------------------------------------------------------- identity


def identity_of(observation: Resource, reports: list[Reported]) -> tuple[str | None, tuple[str, ...]]:
    """Source and key: the Observation's own identifier, else a report's with the Observation's id."""
    source, value = _identifier(observation)
    if source and value:
        return source, (value,)
    own = text_of(observation.get("id"))
    for known in sorted(each for each in map(report_identity, (it.resource for it in reports)) if all(each)):
        if own:
            return known[0], (known[1], own)
    return source, ()


def report_identity(report: Resource) -> tuple[str, str]:
    """System and value of a report's identifier; empty where it has none."""
    source, value = _identifier(report)
    return source or "", value


def _identifier(resource: Resource) -> tuple[str | None, str]:
    """System and value of the identifier that counts: by its use, then in the order of their texts."""
    found = [
        (_USES.index(use), text_of(each.get("system")), text_of(each.get("value")))
        for each in objects(resource.get("identifier"))
        if (use := text_of(each.get("use"))) in _USES and text_of(each.get("value"))
    ]
    whole = sorted(each for each in found if each[1])
    if not whole:
        return None, ""
    return whole[0][1], whole[0][2]


def _shown_id(key: tuple[str, ...], more: str) -> str | None:
    """What an answer calls a result that is not kept."""
    try:
        return stem_of(*key, *([more] if more else [])) if key else None
    except ValueError:
        return None


def version_of(resource: Resource) -> str | None:
    """The version: its number, else when it was last changed, else when it was issued."""
    meta = object_of(resource.get("meta"))
    number = text_of(meta.get("versionId"))
    if number:
        return f"v{int(number)}" if number.isascii() and number.isdigit() and len(number) < 10 else f"x{number}"
    for text in (text_of(meta.get("lastUpdated")), text_of(resource.get("issued"))):
        try:
            return fhir_version(text)
        except ValueError:
            continue
    return None
