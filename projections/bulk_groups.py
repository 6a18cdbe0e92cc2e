"""Which group everybody on a list belongs to, by blood group, age class, component, sex and centre."""

from decimal import Decimal

import numpy as np

from engine.quantities import exact_arithmetic, paris_microseconds
from engine.rules.annex_3_3_ccb import component_of
from engine.rules.columns import ColumnArithmetic
from engine.rules.intervals import NAMES, Bools, Codes, Indices
from engine.rules.variables import Recipient
from projections.bulk_places import Exactly, OfferedList
from projections.columns import Table, clock_float

KINDS = ("blood_group", "age_class", "component", "sex", "centre")
_ASKED = "age_years", "sex", "blood_group", "urgency"
_AGES = tuple(map(Decimal, (18, 40, 55, 65)))
_AGE_CLASSES = (*(f"under {bound}" for bound in _AGES), "65 and over")


def groups_of(listed: OfferedList, exactly_of: Exactly) -> dict[str, list[str]]:
    """By kind of group, that of each candidate of a list; whoever is unsure is asked of the exact arithmetic."""
    present = listed.present
    clock = np.full(len(present.ids), clock_float(paris_microseconds(listed.at)))
    with exact_arithmetic(), np.errstate(invalid="ignore"):
        recipient = Table(present.columns, clock, listed.p, listed.r, _ASKED).recipient
        component = component_of(ColumnArithmetic(), recipient, listed.p)
    ages, unsure = _age_classes(recipient)
    classes = [_AGE_CLASSES[index] for index in ages.tolist()]
    components, centres = _named(component), [present.centres[index] for index in present.centre.tolist()]
    for row in np.flatnonzero(unsure if component.unsure is None else unsure | component.unsure).tolist():
        name = present.ids[row]
        with listed.p.computing(f"the component of candidate {name} at offer {listed.offer}"):
            exact = exactly_of(listed, name)
            components[row] = exact.component
        classes[row] = _AGE_CLASSES[sum(bound <= exact.listed.view.variables.age_years for bound in _AGES)]
    found = _named(recipient.blood_group), classes, components, _named(recipient.sex), centres
    return dict(zip(KINDS, found, strict=True))


def _age_classes(recipient: Recipient) -> tuple[Indices, Bools]:
    """The index of everybody's age class, and of whom it is not sure."""
    reached = [recipient.age_years >= bound for bound in _AGES]
    surely, possibly = (sum(getattr(each, name).astype(np.intp) for each in reached) for name in ("surely", "possibly"))
    return surely, surely != possibly


def _named(codes: Codes) -> list[str]:
    return [NAMES[index] for index in codes.indices.tolist()]
