"""A value and its unit: what a result measured, once both are understood and fit its code."""

from collections.abc import Iterable, Sequence

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
        translated = () if faults else _translated(sent[1], coded, translations)
        if len(translated) == 1:
            return translated[0], ()
        why = f"translated to {len(translated)} different values: send one" if translated else str(error)
        faults.append(Fault(unit_path, why))
    except ValueError as error:
        faults.append(Fault(unit_path, str(error)))
    return (None, tuple(faults)) if faults else (Measured(number, comparator, unit), ())


def _translated(main: Unit, coded: Coded, translations: Iterable[Sent]) -> Sequence[Measured]:
    """The translations in the unit of the first that is one of the analyte, each value once.

    The code names the kind of them or of the main unit.
    """
    also = ("moles", "mass") if kind_of(main) in coded.kinds else ()
    found: dict[Measured, None] = {}
    for text, unit in translations:
        try:
            comparator, number = read_number(text)
            found[Measured(number, comparator, read_unit(unit, coded, also=also))] = None
        except ValueError:
            continue
    return [each for each in found if each.unit == next(iter(found)).unit]
