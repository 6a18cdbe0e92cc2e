"""References between FHIR resources: within a bundle, contained, or logical by an identifier."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from engine.events.canonical import shown
from engine.intake.feeds.fhir_json import Resource, is_test, object_of, objects, text_of
from engine.intake.feeds.fhir_modifiers import not_understood
from engine.intake.feeds.people import disagreement, identifier, oid_or_uri, patient_of
from engine.intake.feeds.result import Identifier, Patient
from engine.intake.verdicts import Fault

_SEARCHED = "Patient?identifier="


@dataclass(slots=True)
class References:
    """What a message's references lead to."""

    by_address: dict[str, list[Resource]] = field(default_factory=dict)
    kept_out: dict[int, tuple[str, Resource]] = field(default_factory=dict)
    """By a result's ``id()``, the panel that contains it and keeps it out, with its place."""
    _judged: dict[int, tuple[Resource, tuple[Fault, ...]]] = field(default_factory=dict)

    def faults_of(self, resource: Resource, place: str) -> Iterator[Fault]:
        """What of a resource may change what it says: found once, however often it is referred to."""
        if id(resource) not in self._judged:
            self._judged[id(resource)] = (resource, tuple(not_understood(resource)))
        _, faults = self._judged[id(resource)]
        return (Fault(f"{place}.{each.path}", each.message) for each in faults)

    def add(self, resource: Resource, address: str) -> None:
        """Note a resource of a bundle under its full address and its relative one."""
        kind, id_ = text_of(resource.get("resourceType")), text_of(resource.get("id"))
        relative = "/".join(address.split("/")[-2:]) if address.startswith(("http://", "https://")) else ""
        for name in {address, relative, f"{kind}/{id_}" if kind and id_ else ""} - {""}:
            known = self.by_address.setdefault(name, [])
            if resource not in known:
                known.append(resource)

    def resolve(self, reference: Resource, container: Resource) -> Resource | None:
        """What a literal reference leads to; None for a logical one. ValueError says the remedy."""
        address = text_of(reference.get("reference"))
        if not address:
            return None
        found = self.all_of(address, container)
        if len(found) != 1:
            why = "leads nowhere" if not found else "leads to two different resources"
            raise ValueError(f"the reference {_quoted(address)} {why}: send the resource along, once")
        return found[0]

    def all_of(self, address: str, container: Resource) -> list[Resource]:
        """Every resource that an address may lead to."""
        if not address.startswith("#"):
            return self.by_address.get(address.partition("/_history/")[0], [])
        found = [each for each in objects(container.get("contained")) if text_of(each.get("id")) == address[1:]]
        return found or ([container] if address == "#" else [])

    def keep_out_members(self, place: str, panel: Resource, container: Resource) -> None:
        """Note what a panel contains, however deep, if something of it may change what they say."""
        layer = [(panel, container)] if any(self.faults_of(panel, place)) else []
        while layer:
            each, around = layer.pop()
            for member in objects(each.get("hasMember")):
                address = text_of(member.get("reference"))
                for found in self.all_of(address, around):
                    if id(found) not in self.kept_out and found is not panel:
                        self.kept_out[id(found)] = (place, panel)
                        layer.append((found, around if address.startswith("#") else found))


def _quoted(address: str) -> str:
    """A reference as a message quotes it: no patient's id, and nothing of what is searched for."""
    plain = address.partition("?")[0]
    kind, _, _ = plain.partition("/_history/")[0].rpartition("/")
    return shown(f"{kind}/…" if kind.endswith("Patient") else plain)


def patient_of_subject(subject: object, container: Resource, references: References, path: str) -> Patient:
    """The patient a subject is; its faults say why it is none."""
    reference = object_of(subject)
    if not reference:
        return Patient(faults=(Fault(path, "no subject: send the patient it is about"),))
    try:
        return _patient(reference, container, references, path)
    except ValueError as error:
        return Patient(faults=(Fault(path, str(error)),))


def _patient(reference: Resource, container: Resource, references: References, path: str) -> Patient:
    address = text_of(reference.get("reference"))
    _check_kind(reference, address)
    logical = identifiers(reference.get("identifier"))
    if address.startswith(_SEARCHED):
        system, _, value = unquote(address.removeprefix(_SEARCHED)).partition("|")
        searched = identifier(oid_or_uri(system), value)
        literal = Patient((searched,)) if searched else None
    else:
        resource = references.resolve(reference, container)
        literal = None if resource is None else _of_resource(resource, path, references)
    stated = patient_of(logical, path, text_of(object_of(reference.get("identifier")).get("value")))
    if literal is None:
        return stated
    if not logical:
        return literal
    if why := disagreement(literal, stated):
        raise ValueError(f"reference and identifier are not of one patient: {why}")
    return Patient(tuple(dict.fromkeys([*literal.identifiers, *logical])), literal.faults)


def _check_kind(reference: Resource, address: str) -> None:
    """Only a patient is a person here."""
    kind = text_of(reference.get("type"))
    parts = address.partition("?")[0].partition("/_history/")[0].split("/")
    named = parts[-2] if len(parts) > 1 and parts[-2][:1].isupper() else ""
    for each in (kind, named):
        if each not in ("", "Patient"):
            raise ValueError(f"{shown(each)} is no patient: send results of persons alone")


def _of_resource(resource: Resource, path: str, references: References) -> Patient:
    kind = text_of(resource.get("resourceType"))
    if kind != "Patient":
        raise ValueError(f"{shown(kind)} is no patient: send results of persons alone")
    if is_test(resource):
        raise ValueError("HTEST: a patient made for tests has no facts, send none here")
    if faults := tuple(references.faults_of(resource, path)):
        return Patient(tuple(identifiers(resource.get("identifier"))), faults)
    given = objects(resource.get("identifier"))
    return patient_of(identifiers(given), path, next((text_of(each.get("value")) for each in given), ""))


def identifiers(given: object) -> dict[Identifier, None]:
    """The identifiers that have a system and a value, but for those no longer in use."""
    found: dict[Identifier, None] = {}
    for each in objects(given):
        system = text_of(each.get("system"))
        made = identifier(oid_or_uri(system) if system else None, text_of(each.get("value")))
        if made is not None and text_of(each.get("use")) != "old":
            found[made] = None
    return found
