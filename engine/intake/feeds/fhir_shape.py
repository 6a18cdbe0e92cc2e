"""Whether a resource is what it says it is, by ``fhir.resources``; what this log reads itself is left out of that."""

from collections.abc import Iterator

from pydantic import ValidationError

from engine.events.canonical import shown
from engine.intake.feeds.fhir_json import Resource, choices
from engine.intake.verdicts import Fault

_READ_HERE = ("contained", "text", "status", "component", "meta", "dataAbsentReason", "issued", "extension")
"""Read strictly by this log, or of no interest to it; what others contain is checked where it counts."""


def shape_faults(observation: Resource, place: str) -> Iterator[Fault]:
    """What of an Observation is not as FHIR R4 has it."""
    from fhir.resources.R4B.observation import Observation  # a second's work: who takes no FHIR never does it

    left_out = {*_READ_HERE, *choices(observation, "value"), *choices(observation, "effective")}
    document = {name: value for name, value in observation.items() if name not in left_out}
    try:
        Observation.model_validate({**document, "status": "final"})
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=False, include_input=False)[:10]:
            path = ".".join(map(str, detail["loc"]))
            yield Fault(f"{place}.{path}", f"not as FHIR R4 has it ({shown(detail['msg'])}): mend or leave it out")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        yield Fault(place, f"not as FHIR R4 has it ({shown(str(error))}): mend it")
