"""A value and its unit: what a result measured, once both are understood and fit its code."""

from collections.abc import Iterable

from engine.intake.feeds.loinc import Coded
from engine.intake.feeds.numbers import read_number
from engine.intake.feeds.result import Measured
from engine.intake.feeds.units import Unit, UnitNotAllowedError, kind_of, read_unit
from engine.intake.verdicts import Fault

Sent = tuple[str, Unit]
"""A number in words (comparator and digits), and its unit."""


def measured(
    sent: Sent, coded: Coded, *, value_path: str, unit_path: str, translations: Iterable[Sent] = ()
) -> tuple[Measured | None, tuple[Fault, ...]]:
    """What was measured, or every fault; a translation by the laboratory is taken where its main unit is not."""
    faults: list[Fault] = []
    try:
        comparator, number = read_number(sent[0])
    except ValueError as error:
        faults.append(Fault(value_path, str(error)))
    try:
        unit = read_unit(sent[1], coded)
    except UnitNotAllowedError as error:
        if not faults and (translated := _translated(sent[1], coded, translations)):
            return translated, ()
        faults.append(Fault(unit_path, str(error)))
    except ValueError as error:
        faults.append(Fault(unit_path, str(error)))
    return (None, tuple(faults)) if faults else (Measured(number, comparator, unit), ())


def _translated(main: Unit, coded: Coded, translations: Iterable[Sent]) -> Measured | None:
    """The first translation in a unit of the analyte. The code names the kind of it or of the main unit."""
    also = ("moles", "mass") if kind_of(main) in coded.kinds else ()
    for text, unit in translations:
        try:
            comparator, number = read_number(text)
            return Measured(number, comparator, read_unit(unit, coded, also=also))
        except ValueError:
            continue
    return None
