"""What the hostile cases are built from: the case itself, one sound event of every type, ways to spoil it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal, TypeAlias


@dataclass(frozen=True)
class Case:
    """Lines fed in this order to an empty log, and the verdict each must get."""

    name: str
    lines: tuple[bytes, ...]
    statuses: tuple[str, ...]  # one per line: accepted, duplicate, conflict, refused
    path: str | None  # must be among the errors of the last line, if refused or in conflict; None: any
    warns: str | None = None  # a word of a warning of the last line, if accepted; None: nothing is asked
    mode: str = "live"  # or "import"


class Gone(Enum):
    """`ABSENT` as a value takes the attribute or field away."""

    ABSENT = "absent"


ABSENT: Final = Gone.ABSENT
HOLE: Final = "@hole@"

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
Change: TypeAlias = "Json | Literal[Gone.ABSENT]"

LAB = "lab-result.recorded"
REGISTERED = "candidate.registered"
DONOR = "donor.registered"
OFFERED = "graft.offered"
GRANTED = "expert-priority.granted"
STARTED = "treatment.started"
STOPPED = "treatment.stopped"
COUNTER = "offer-counter.initialised"
TRAVEL = "travel-times.published"
CALCIUM = "coronary-calcium.recorded"
MATCH_RUN = "match-run.recorded"
CORRECTED = "event.corrected"
RETRACTED = "event.retracted"

SOURCE = "https://lab.example/intake"
PARIS, LYON, CORSICA = "750100125", "690784186", "2A0000014"
SITE, OTHER_SITE = "010000024", "020000089"
SUBJECT_OF: Mapping[str, str] = {
    DONOR: "donor/D1", "donor.updated": "donor/D1", OFFERED: "offer/O1", MATCH_RUN: "offer/O1",
    "proposal.made": "offer/O1", "proposal.accepted": "offer/O1", "proposal.declined": "offer/O1",
    "offer.closed": "offer/O1", COUNTER: "offer-counter", TRAVEL: "travel-times/2024-1",
}  # fmt: skip
TIME_OF: Mapping[str, str] = {
    REGISTERED: "2024-01-10T00:00:00+01:00",
    COUNTER: "2024-01-01T00:00:00+01:00",
    TRAVEL: "2024-01-01T00:00:00+01:00",
    DONOR: "2024-03-01T08:00:00+01:00",
    OFFERED: "2024-03-01T12:00:00+01:00",
}
TIME = "2024-02-01T10:00:00+01:00"
READINGS: Mapping[str, Json] = {
    "icar_rounding": "nearest", "elapsed_days": "fractional", "xpcp1_base": "1101",
    "paediatric_base": "775", "priority_clock": "agreement", "months": "calendar", "xpca_floor": "annex",
    "abo_guard": "compatible", "bsa_bounds": "strict", "lvad_assist": "annex", "lvad_complicated": "annex",
    "age": "fractional", "bnp_under_sacubitril": "annex", "pre_treatment_values": "derived",
    "incomplete_update": "per_variable", "icar_maximum": "annex",
}  # fmt: skip
_TARGET: Mapping[str, Json] = {"source": SOURCE, "id": f"{LAB}-1"}
_DONOR: Mapping[str, Json] = {
    "age": "45", "sex": "M", "blood_group": "A", "height_cm": "178", "weight_kg": "80",
    "procurement_site": SITE,
}  # fmt: skip
DATA: Mapping[str, Mapping[str, Json]] = {
    REGISTERED: {
        "birth_date": "1970-05-17", "sex": "F", "blood_group": "A", "height_cm": "170", "weight_kg": "65.5",
        "diseases": ["151"], "centre": PARIS, "abo_matching": "identical",
    },
    "candidate.updated": {"weight_kg": "64"},
    "candidate.suspended": {},
    "candidate.reinstated": {},
    "candidate.delisted": {"reason_code": "improved"},
    "candidate.transplanted": {},
    LAB: {"analyte": "total_bilirubin", "value": "17.1", "unit": "umol/L"},
    STARTED: {"treatment": "ecmo"},
    STOPPED: {"treatment": "ecmo"},
    "expert-priority.requested": {"component": "XPCA"},
    GRANTED: {"component": "XPCA"},
    "expert-priority.refused": {"component": "XPCA"},
    "expert-priority.ended": {"component": "XPCA"},
    DONOR: _DONOR,
    "donor.updated": _DONOR,
    OFFERED: {"donor": "D1"},
    MATCH_RUN: {
        "offer": "O1", "counter": 1, "ruleset": "2020-01-07", "readings": READINGS, "log_size": 2,
        "ranking": [{"rank": 1, "candidate": "C1", "snagc": "812.345678"}],
    },
    "proposal.made": {"candidate": "C1"},
    "proposal.accepted": {"candidate": "C1"},
    "proposal.declined": {"candidate": "C1"},
    "offer.closed": {"outcome": "discarded"},
    COUNTER: {"count": 1200},
    TRAVEL: {"version": "2024-1", "rows": [[SITE, PARIS, 95], [SITE, LYON, 40]]},
    CALCIUM: {"agatston": "112.5"},
    CORRECTED: {"event": _TARGET, "data": {"value": "18.2"}, "reason": "wrong sample"},
    RETRACTED: {"event": _TARGET, "reason": "wrong patient"},
}  # fmt: skip
_BEFORE: Mapping[str, tuple[str, ...]] = {
    OFFERED: (DONOR,),
    MATCH_RUN: (REGISTERED, DONOR, OFFERED),
    CORRECTED: (LAB,),
    RETRACTED: (LAB,),
}


def event(name: str, changes: Mapping[str, Change] | None = None, /, **fields: Change) -> bytes:
    """A sound `snagc.<name>.v1` as one line: `changes` touch the envelope, `fields` touch its data."""
    envelope: dict[str, Change] = {
        "specversion": "1.0",
        "source": SOURCE,
        "id": f"{name}-1",
        "type": f"snagc.{name}.v1",
        "subject": SUBJECT_OF.get(name, "candidate/C1"),
        "time": TIME_OF.get(name, TIME),
        "data": _merged(DATA[name], fields),
    }
    return encoded(_merged(envelope, changes or {}))


def second(number: int) -> str:
    """Times a second apart, for an hour: many samples of one instant are compared with each other."""
    return f"2024-02-01T10:{number // 60:02}:{number % 60:02}+01:00"


def encoded(value: Json) -> bytes:
    """Plain UTF-8 JSON, nothing escaped that need not be."""
    return json.dumps(value, ensure_ascii=False).encode()


def spliced(line: bytes, raw: bytes) -> bytes:
    """The line with its one `HOLE` replaced by raw bytes, JSON or not."""
    before, hole, after = line.partition(f'"{HOLE}"'.encode())
    if not hole:
        raise ValueError("a line to splice needs a hole")
    return before + raw + after


def before(name: str) -> tuple[bytes, ...]:
    """The set-up lines after which a sound event of this type is accepted by an empty log."""
    return tuple(event(earlier) for earlier in _BEFORE.get(name, ()))


def mode_of(name: str) -> str:
    """Recorded match runs come from outside by import alone."""
    return "import" if name == MATCH_RUN else "live"


def refused(name: str, last: bytes, path: str | None, *, after: tuple[bytes, ...] = (), mode: str = "live") -> Case:
    """A case whose set-up is accepted and whose last line is refused."""
    return Case(name, (*after, last), (*_accepted(after), "refused"), path, None, mode)


def accepted(
    name: str, last: bytes, *, after: tuple[bytes, ...] = (), warns: str | None = None, mode: str = "live"
) -> Case:
    """A case whose lines are all accepted, the last one perhaps with a warning."""
    return Case(name, (*after, last), (*_accepted(after), "accepted"), None, warns, mode)


def spoilt(name: str, sentence: str, path: str | None, /, **fields: Change) -> Case:
    """A sound event of this type is refused for the fields changed in its data."""
    return refused(sentence, event(name, **fields), path, after=before(name), mode=mode_of(name))


def sound(name: str, sentence: str, /, **fields: Change) -> Case:
    """An event of this type is accepted with these fields changed in its data."""
    return accepted(sentence, event(name, **fields), after=before(name), mode=mode_of(name))


def _accepted(lines: tuple[bytes, ...]) -> tuple[str, ...]:
    return ("accepted",) * len(lines)


def _merged(base: Mapping[str, Change], changes: Mapping[str, Change]) -> dict[str, Json]:
    return {key: value for key, value in {**base, **changes}.items() if not isinstance(value, Gone)}
