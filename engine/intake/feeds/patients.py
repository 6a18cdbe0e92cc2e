"""The mapping from patients' identifiers to candidate ids: a file outside every log, CSV ``authority,value,candidate``.

The authority is an OID (``urn:oid:…``), a URI, or without either the name in CX.4. Whoever erases a person there
leaves the log a set of pseudonyms that nobody can resolve.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from engine.errors import RequestError
from engine.events.canonical import shown
from engine.files import write_whole
from engine.intake.feeds.people import LONGEST_IDENTIFIER, oid_or_uri
from engine.intake.feeds.result import Identifier, Patient
from engine.intake.verdicts import Fault
from engine.text import is_printed

COLUMNS = ("authority", "value", "candidate")
_PSEUDONYM = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_PRIVATE = 0o600


class Who(NamedTuple):
    """The candidate a patient is; or why there is none, and whether only the mapping lacks them."""

    candidate: str | None
    faults: tuple[Fault, ...] = ()
    unknown: bool = False


class Patients:
    """Identifiers, each of one candidate."""

    def __init__(self, known: Mapping[Identifier, str] | None = None) -> None:
        self.known = dict(known or {})
        self._authorities = frozenset(each.authority for each in self.known)
        self._candidates = frozenset(self.known.values())

    def who(self, patient: Patient) -> Who:
        """The candidate a patient is."""
        if patient.faults:
            return Who(None, patient.faults)
        found = sorted({self.known[each] for each in patient.identifiers if each in self.known})
        doubts = (each for each in patient.doubtful if not found or each.may_be_of(self._authorities))
        if doubt := next(doubts, None):
            return Who(None, (doubt.fault,))
        if len(found) == 1:
            return Who(found[0])
        if found:
            why = f"identifiers of {len(found)} candidates, {', '.join(found)}: send one's result, or mend the mapping"
            return Who(None, (Fault("patient", why),))
        by = ", ".join(shown(each.authority) for each in patient.identifiers[:3])
        why = f"not in the mapping (identifier of {by}): snagc patients add, then snagc quarantine resend"
        return Who(None, (Fault("patient", why),), unknown=True)

    def has(self, candidate: str) -> bool:
        """Whether a candidate has an identifier here."""
        return candidate in self._candidates

    def of(self, candidate: str) -> list[Identifier]:
        """The identifiers of a candidate, in order."""
        return sorted(each for each, known in self.known.items() if known == candidate)

    def with_one(self, authority: str, value: str, candidate: str) -> "Patients":
        """The mapping with one more identifier; RequestError where it is none or another candidate's."""
        given = checked(authority, value, candidate)
        known = self.known.get(given, candidate)
        if known != candidate:
            raise RequestError(f"that identifier of {shown(given.authority)} is {known}'s: erase that one first")
        return Patients({**self.known, given: candidate})

    def without(self, candidate: str) -> "Patients":
        """The mapping without a candidate."""
        return Patients({each: known for each, known in self.known.items() if known != candidate})


def checked(authority: str, value: str, candidate: str) -> Identifier:
    """An identifier as the mapping keeps it; RequestError says the remedy."""
    given = Identifier(oid_or_uri(authority), value.strip())
    if not all(given) or len("".join(given)) > LONGEST_IDENTIFIER or not is_printed("".join(given)):
        raise RequestError(f"authority {shown(authority)}, value {shown(value)}: both must be there, on one line")
    if not _PSEUDONYM.fullmatch(candidate):
        raise RequestError(f"{shown(candidate)} is no candidate id: 1 to 64 of A-Z a-z 0-9 . _ - (a pseudonym)")
    return given


def read_patients(path: Path) -> Patients:
    """The mapping in a file; RequestError names the line that is none."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except OSError as error:
        raise RequestError(f"cannot read the patients in {path}: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise RequestError(f"{path} is no CSV in UTF-8 ({error}): write {','.join(COLUMNS)}") from None
    if not rows or tuple(cell.strip() for cell in rows[0]) != COLUMNS:
        raise RequestError(f"{path} does not begin with the line {','.join(COLUMNS)}: add it")
    return _patients(path, rows[1:])


def _patients(path: Path, rows: Iterable[list[str]]) -> Patients:
    patients: dict[Identifier, str] = {}
    for number, row in enumerate(rows, 2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(COLUMNS):
            raise RequestError(f"{path}, row {number}: {len(row)} columns where {','.join(COLUMNS)} are three")
        try:
            given, candidate = checked(row[0], row[1], row[2].strip()), row[2].strip()
        except RequestError as error:
            raise RequestError(f"{path}, row {number}: {error}") from None
        if patients.setdefault(given, candidate) != candidate:
            raise RequestError(f"{path}, row {number}: that identifier is {patients[given]}'s already: keep one")
    return Patients(patients)


def write_patients(path: Path, patients: Patients) -> None:
    """Keep the mapping in a file that its owner alone can read; whole or not at all."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((*each, candidate) for each, candidate in sorted(patients.known.items()))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.getvalue().encode(), replace=True, mode=_PRIVATE)
