"""The corpus of hostile inputs, and of the sound ones nearest to them: each with the verdict it must get.

A case is one small log from its first line on. The families lie in the files beside this one.
"""

from collections import Counter

from tests.faults.hostile_codes import CODE_CASES
from tests.faults.hostile_corrections import CORRECTION_CASES
from tests.faults.hostile_data import DATA_CASES
from tests.faults.hostile_envelope import ENVELOPE_CASES
from tests.faults.hostile_identity import IDENTITY_CASES
from tests.faults.hostile_json import JSON_CASES
from tests.faults.hostile_numbers import NUMBER_CASES
from tests.faults.hostile_people import PEOPLE_CASES
from tests.faults.hostile_place import PLACE_CASES
from tests.faults.hostile_support import Case
from tests.faults.hostile_time import TIME_CASES

__all__ = ["CASES", "FAMILIES", "Case"]


def _well_made(cases: tuple[Case, ...]) -> tuple[Case, ...]:
    """The cases as given; ValueError if two share a name, or lines and statuses do not pair off."""
    names = Counter(case.name for case in cases)
    if twice := sorted(name for name, count in names.items() if count > 1):
        raise ValueError(f"hostile cases of the same name: {twice}")
    if uneven := [case.name for case in cases if len(case.lines) != len(case.statuses)]:
        raise ValueError(f"hostile cases without one status a line: {uneven}")
    return cases


FAMILIES: dict[str, tuple[Case, ...]] = {
    "json": JSON_CASES,
    "envelope": ENVELOPE_CASES,
    "time": TIME_CASES,
    "data": DATA_CASES,
    "numbers": NUMBER_CASES,
    "codes": CODE_CASES,
    "people": PEOPLE_CASES,
    "identity": IDENTITY_CASES,
    "place": PLACE_CASES,
    "corrections": CORRECTION_CASES,
}
CASES: tuple[Case, ...] = _well_made(tuple(case for family in FAMILIES.values() for case in family))
