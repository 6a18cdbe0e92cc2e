"""FHIR R4: Observation, DiagnosticReport and Bundle to results.

``fhir.resources`` says whether a resource is one; what decides here (value, times, codes, statuses) is read from the
JSON itself, for a number must keep its digits and a status must be one of its code set.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from engine.events.canonical import StrictJsonError, shown
from engine.intake.feeds.fhir_json import Resource, is_test, object_of, objects, read_resource, text_of
from engine.intake.feeds.fhir_modifiers import not_understood
from engine.intake.feeds.fhir_observation import Reported, items_of, report_identity, version_of
from engine.intake.feeds.fhir_references import References, identifiers, patient_of_subject
from engine.intake.feeds.identity import stem_of
from engine.intake.feeds.people import identifier, oid_or_uri
from engine.intake.feeds.result import Identifier, Ignored, Item, Message, Refused, Withdrawal, unnamed, unreadable
from engine.intake.feeds.words import names_in, quoted_code
from engine.intake.verdicts import Fault

TYPES = ("Observation", "DiagnosticReport", "Bundle")
REPORT_STATUSES = (
    "registered", "partial", "preliminary", "final", "amended", "corrected", "appended", "cancelled",
    "entered-in-error", "unknown",
)  # fmt: skip
_IN_ERROR = "entered-in-error"
_SEARCH = "identifier="
_USED = ("Observation", "DiagnosticReport", "Patient", "Specimen")
"""The resources of a bundle that count."""


@dataclass(slots=True)
class _Found:
    """The observations and reports of a message, each with its place and what contains it."""

    references: References = field(default_factory=References)
    observations: list[tuple[str, Resource, Resource]] = field(default_factory=list)
    reports: list[tuple[str, Resource]] = field(default_factory=list)
    others: list[Item] = field(default_factory=list)

    def add(self, place: str, resource: Resource, container: Resource) -> None:
        """Take in a resource that may hold results."""
        kind = text_of(resource.get("resourceType"))
        if kind == "Observation" and not any(known is resource for _, known, _ in self.observations):
            self.observations.append((place, resource, container))
            self._add_members(place, resource, container)
        elif kind == "DiagnosticReport":
            self.reports.append((place, resource))

    def _add_members(self, place: str, panel: Resource, container: Resource) -> None:
        """Take in the observations that a panel contains."""
        for number, member in enumerate(objects(panel.get("hasMember"))):
            if text_of(member.get("reference")).startswith("#"):
                path = f"{place}.hasMember[{number}]"
                try:
                    self.add(path, self.references.resolve(member, container) or {}, container)
                except ValueError as error:
                    self.others.append(Refused((Fault(path, str(error)),)))


def read(raw: bytes) -> Message:
    """The results of one resource."""
    try:
        resource = read_resource(raw)
    except StrictJsonError as error:
        return unreadable(str(error))
    kind = text_of(resource.get("resourceType"))
    if kind not in TYPES:
        fault = Fault("resourceType", f"{shown(kind)} is not taken: send {', '.join(TYPES)}")
        return Message((Refused((fault,)),), patients=_people(resource))
    found = _found(kind, resource)
    if is_test(resource):
        fault = Fault("meta.security", "HTEST: data for tests are no facts, send none here")
        return _message([Refused((fault,))], resource, found)
    if kind == "Bundle" and (faults := tuple(not_understood(resource))):
        return _message(
            [Refused(tuple(Fault(f"Bundle.{each.path}", each.message) for each in faults))], resource, found
        )
    items = unnamed([*found.others, *_items(found)], names_in(_names(resource)))
    return _message(items, resource, found)


def _message(items: list[Item], resource: Resource, found: _Found) -> Message:
    about = [
        *((each, container) for _, each, container in found.observations),
        *((each, each) for _, each in found.reports),
    ]
    subjects = [patient_of_subject(each.get("subject"), around, found.references, "") for each, around in about]
    people = _people(resource).union(*(subject.identifiers for subject in subjects))
    unclear = any(subject.faults for subject in subjects)
    return Message(tuple(items) or (_NOTHING,), patients=people, is_unclear=unclear)


_NOTHING = Ignored("$", None, None, "the message holds no result")


def _found(kind: str, resource: Resource) -> _Found:
    found = _Found()
    if kind != "Bundle":
        found.add(kind, resource, resource)
        found.references.add(resource, "")
        return found
    for number, entry in enumerate(objects(resource.get("entry"))):
        place = f"entry[{number}]"
        if text_of(object_of(entry.get("request")).get("method")) == "DELETE":
            why = "a deletion says nothing of a result: send it as entered-in-error"
            found.others.append(Refused((Fault(f"{place}.request", why),)))
        each = object_of(entry.get("resource"))
        if text_of(each.get("resourceType")) in _USED and (faults := tuple(not_understood(entry))):
            found.others.append(Refused(tuple(Fault(f"{place}.{it.path}", it.message) for it in faults)))
            continue
        if text_of(each.get("resourceType")) == "Bundle":
            why = "a bundle within a bundle is not opened: send it by itself"
            found.others.append(Refused((Fault(f"{place}.resource", why),)))
        elif each:
            found.references.add(each, text_of(entry.get("fullUrl")))
            found.add(place, each, each)
    return found


def _items(found: _Found) -> Iterator[Item]:
    """What the reports say of their results, then the results themselves."""
    reported: dict[int, list[Reported]] = {}
    for place, report in found.reports:
        linked, unresolved = _results(report, found)
        stated = Reported(place, report, text_of(report.get("status")))
        for each in linked:
            reported.setdefault(id(each), []).append(stated)
        yield from _of_report(stated, linked, unresolved, found.references)
    for place, panel, container in found.observations:
        found.references.keep_out_members(place, panel, container)
    for place, observation, container in found.observations:
        reports = reported.get(id(observation), [])
        if is_test(observation) or any(is_test(each.resource) for each in reports):
            yield Refused((Fault(f"{place}.meta.security", "HTEST: data for tests are no facts, send none here"),))
        else:
            yield from items_of(place, observation, container, reports, found.references)


def _results(report: Resource, found: _Found) -> tuple[list[Resource], list[Fault]]:
    """The observations a report holds, and the references that lead to none."""
    linked, faults = [], []
    for number, reference in enumerate(objects(report.get("result"))):
        try:
            each = found.references.resolve(reference, report)
            if each is None or text_of(each.get("resourceType")) != "Observation":
                raise ValueError("no reference to an Observation: send the results along")
        except ValueError as error:
            faults.append(Fault(f"result[{number}]", str(error)))
            continue
        linked.append(each)
        contained = text_of(reference.get("reference")).startswith("#")
        found.add(f"result[{number}]", each, report if contained else each)
    return linked, faults


def _of_report(
    stated: Reported, linked: list[Resource], unresolved: list[Fault], references: References
) -> Iterator[Item]:
    """What a report says beyond its results."""
    place, report = stated.place, stated.resource
    source, value = report_identity(report)
    if stated.status not in REPORT_STATUSES:
        wanted = ", ".join(REPORT_STATUSES)
        yield Refused(
            (Fault(f"{place}.status", f"{quoted_code(stated.status)} is no status: send one of {wanted}"),), source
        )
    elif stated.status == _IN_ERROR and source and value and (unresolved or not linked):
        yield _withdrawal(place, report, source, value, references)
    elif unresolved:
        yield Refused(tuple(Fault(f"{place}.{each.path}", each.message) for each in unresolved), source)
    elif report.get("presentedForm") and linked:
        yield Ignored(f"{place}.presentedForm", source, value or None, "a file beside the results")
    elif report.get("presentedForm"):
        why = "a file without results: send them as Observations"
        yield Refused((Fault(f"{place}.presentedForm", why),), source)
    elif not linked:
        yield Ignored(place, source, value or None, "a report without results")


def _withdrawal(place: str, report: Resource, source: str, value: str, references: References) -> Item:
    """What a report entered in error, whose results are not sent along, takes back."""
    if faults := tuple(references.faults_of(report, place)):
        return Refused(faults, source)
    try:
        stem = stem_of(value)
    except ValueError as error:
        return Refused((Fault(f"{place}.identifier", str(error)),), source)
    patient = patient_of_subject(report.get("subject"), report, references, f"{place}.subject")
    why = "report entered in error, says the laboratory"
    parts = range(3)  # an Observation's id, and a component's code
    return Withdrawal(place, source, stem, version_of(report), patient, frozenset(), why, expected=True, parts=parts)


def _people(resource: Resource) -> frozenset[Identifier]:
    """Every identifier of a patient anywhere in a message."""
    found: set[Identifier] = set()
    for each in _nested(resource):
        if each.get("resourceType") == "Patient":
            found.update(identifiers(each.get("identifier")))
        for name in ("subject", "patient"):
            found.update(identifiers(object_of(each.get(name)).get("identifier")))
    return frozenset(found)


def everybody_in(raw: bytes) -> frozenset[Identifier]:
    """Every identifier anywhere in a resource, whoever's it is, also in what it searches for; none where it is none."""
    try:
        resource = read_resource(raw)
    except StrictJsonError:
        return frozenset()
    return frozenset(each for inner in _nested(resource) for each in _stated(inner))


def _stated(element: Resource) -> Iterator[Identifier]:
    """The identifier that an element is, and those of what its texts search for."""
    pairs = [(element.get("system"), element.get("value"))]
    for text in element.values():
        if isinstance(text, str) and _SEARCH in text:
            given_by, _, searched = unquote(text.partition(_SEARCH)[2].partition("&")[0]).partition("|")
            pairs.append((given_by, searched))
    for system, value in pairs:
        if isinstance(system, str) and isinstance(value, str) and (made := identifier(oid_or_uri(system), value)):
            yield made


def _names(resource: Resource) -> Iterator[str]:
    """Every name of a person anywhere in a message."""
    for each in _nested(resource):
        yield text_of(object_of(each.get("subject")).get("display"))
        for name in objects(each.get("name")):
            given = name.get("given")
            yield from map(text_of, [name.get("family"), name.get("text"), *(given if isinstance(given, list) else [])])


def _nested(resource: Resource) -> Iterator[Resource]:
    """Every object in a resource, itself too."""
    layer: list[object] = [resource]
    while layer:
        each = layer.pop()
        if isinstance(each, dict):
            yield each
            layer += each.values()
        elif isinstance(each, list):
            layer += each
