"""What FHIR R4 forbids to pass over: modifier extensions, implicit rules, and what is said to be absent.

Each may turn what stands beside it into something else (not this patient, no result, another rule of reading), and none
is known here: what holds one is refused with the remedy.
"""

from collections.abc import Iterator

from engine.intake.feeds.fhir_json import Resource, object_of, objects, text_of
from engine.intake.feeds.words import quoted_address
from engine.intake.verdicts import Fault

ABSENT = (
    "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
    "http://hl7.org/fhir/StructureDefinition/iso21090-nullFlavor",
)
"""Extensions that say that a value is not there, and why."""
_ASIDE = ("contained", "text", "extension", "component", "entry", "resource")
"""What is looked at by itself where it counts, or never counts."""
_CONTENTS = ("value", "code", "coding", "reference", "identifier", "start", "end")
"""What an element that is absent can't have."""


def not_understood(resource: Resource) -> Iterator[Fault]:
    """What of a resource, or of a part of one, may change what it says; paths are relative to it."""
    for name in ("implicitRules", "_implicitRules"):
        if resource.get(name):
            yield Fault(name.strip("_"), "rules of its own, not known here: send it without, by FHIR R4 alone")
    for path, each in _objects(resource):
        if given := each.get("modifierExtension"):
            named = ", ".join(quoted_address(text_of(extension.get("url"))) for extension in objects(given)[:3])
            why = f"{named or 'an extension'} may change what it says and is not known here: send the result without it"
            yield Fault(f"{path}.modifierExtension".strip("."), why)
        if path and _says_absent(each) and any(name in each for name in _CONTENTS):
            yield Fault(path, _BOTH)
        for name, beside in each.items():
            if name.startswith("_") and each.get(name[1:]) is not None and _says_absent(beside):
                yield Fault(f"{path}.{name[1:]}".strip("."), _BOTH)


_BOTH = "a value, and a reason why it is absent: send one of them"


def absent_value(part: Resource) -> bool:
    """Whether an Observation or component has no value, and says why."""
    quantity = object_of(part.get("valueQuantity"))
    if quantity.get("value") is None and (_says_absent(quantity) or _says_absent(quantity.get("_value"))):
        return True
    return any(
        name.startswith("_value") and part.get(name[1:]) is None and _says_absent(beside)
        for name, beside in part.items()
    )


def unsure(quantity: Resource) -> str | None:
    """The first element of a Quantity that is said to be absent and should stand; None where there is none."""
    names = ("value", "comparator", "unit", "system", "code")
    return next((name for name in names if _says_absent(quantity.get(f"_{name}"))), None)


def _says_absent(element: object) -> bool:
    """Whether an element, or what stands beside a primitive one, says that it is absent."""
    extensions = (extension for each in objects(element) for extension in objects(each.get("extension")))
    return any(text_of(extension.get("url")) in ABSENT for extension in extensions)


def _objects(resource: Resource) -> Iterator[tuple[str, Resource]]:
    """A resource and every object in it, with its path."""
    layer: list[tuple[str, object]] = [("", resource)]
    while layer:
        path, each = layer.pop()
        if isinstance(each, dict):
            yield path, each
            layer += [(f"{path}.{name}".strip("."), inner) for name, inner in each.items() if name not in _ASIDE]
        elif isinstance(each, list):
            layer += [(f"{path}[{number}]", inner) for number, inner in enumerate(each)]
