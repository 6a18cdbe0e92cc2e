"""A sheet's rows through the ordinary intake, each pair scored alone, and each SCORE compared with ours.

A pair is scored on a little log of its own row: nobody else is on the list, and Cpteur is the row's CPTEUR (1 where
it has none, so that no LVAD meets the fifth offer by chance). The readings are the defaults but one:
``pre_treatment_values`` is ``explicit``, because an empty _AVI cell is the annex's NULL and must stay one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from engine.errors import RequestError
from engine.events.upcasts import read_stored
from engine.intake.check import check
from engine.intake.intake import Intake, Submission
from engine.intake.verdicts import Fault, Verdict
from engine.log.eventlog import EventLog
from engine.log.history import fact_of, history_of
from engine.log.tree import tree_root
from engine.quantities import exact_arithmetic, fifteen_places
from engine.rules.readings import Readings
from engine.rules.ruleset import rules_at
from replay.reports.sheet.columns import CellFault, Pair
from replay.reports.sheet.events import SheetEvent, between_faults, events_of, some_events_of, unused
from replay.reports.sheet.reading import Sheet
from replay.run.matchrun import Entry, Moment, match_run

SHEET_READINGS = {"pre_treatment_values": "explicit"}
PUBLISHED_DIGITS = 6
_SIX = Decimal("0.000001")
BATCH = 1000
Status = Literal["agrees", "differs", "refused", "not_compared"]


@dataclass(frozen=True, slots=True)
class Scored:
    """What a pair's own run says: the entry, the rules it ran under, and the unrounded score."""

    entry: Entry
    ruleset: str
    counter: int
    snagc: Decimal


@dataclass(slots=True)
class Compared:
    """A row: its events, what came of them, our score and whether the sheet's agrees."""

    pair: Pair
    events: list[SheetEvent] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    faults: list[CellFault] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    scored: Scored | None = None
    digits: int | None = None

    @property
    def status(self) -> Status:
        """``refused`` where the row has a fault, ``not_compared`` where it has no SCORE."""
        if self.faults or self.scored is None:
            return "refused"
        if self.pair.get("SCORE") is None:
            return "not_compared"
        return "agrees" if self.agrees else "differs"

    @property
    def agrees(self) -> bool | None:
        """Whether the SCORE given is ours at the digits given; None where one of the two is missing."""
        given = self.pair.get("SCORE")
        if given is None or self.scored is None or self.digits is None:
            return None
        return agree(Decimal(given), self.digits, self.scored)

    def difference(self) -> str | None:
        """Ours minus the one given, with six decimals."""
        given = self.pair.get("SCORE")
        if given is None or self.scored is None:
            return None
        with exact_arithmetic():
            return format((Decimal(self.scored.entry.snagc) - Decimal(given)).quantize(_SIX), "f")

    def as_json(self) -> dict[str, Any]:
        """The row's document; the figures are null where the row was refused."""
        scored = self.scored
        document = {
            "row": self.pair.row,
            "status": self.status,
            "score_given": self.pair.get("SCORE"),
            "digits": self.digits,
            "snagc": scored.entry.snagc if scored else None,
            "agrees": self.agrees,
            "difference": self.difference(),
            "ruleset": scored.ruleset if scored else None,
            "counter": scored.counter if scored else None,
        }
        if scored:
            figures = scored.entry.as_json()
            shown = (name for name in figures if name not in ("candidate", "snagc"))
            document |= {name: figures[name] for name in shown} | {"reasons": list(scored.entry.reasons)}
        faults = [fault.as_json() for fault in self.faults]
        return document | {"faults": faults, "warnings": self.warnings}


def agree(given: Decimal, digits: int, scored: Scored) -> bool:
    """Whether a score with so many decimals is ours: the published text at six or more, else within half a unit."""
    with exact_arithmetic():
        if digits >= PUBLISHED_DIGITS:
            return given.quantize(_SIX) == Decimal(scored.entry.snagc)
        half = Decimal(5).scaleb(-digits - 1)
        return abs(given - fifteen_places(scored.snagc)) <= half


def compare_sheet(sheet: Sheet, scratch: EventLog, now: Callable[[], int], readings: Readings) -> list[Compared]:
    """Every row of a sheet taken in, scored and compared; ``scratch`` is an empty log that is then thrown away."""
    rows = [_checked(pair, sheet_name(sheet)) for pair in sheet.pairs]
    take_in(rows, sheet, Intake(scratch, now=now, imported=True))
    states = {position: (topic, state) for position, topic, state in scratch.recorder.rows()}
    digits = _column_digits(rows)
    for row in rows:
        if not row.faults:
            _score(row, [states[position] for position in row.positions], readings)
        if (given := row.pair.get("SCORE")) is not None:
            row.digits = digits if row.pair.score_is_number else _decimals(given)
    return rows


def sheet_name(sheet: Sheet) -> str:
    """What begins every id made of a sheet: twelve digits of the file's SHA-256."""
    return sheet.sha256[:12]


def source_of(sheet: Sheet) -> str:
    """The source of a sheet's events."""
    return f"urn:snagc:sheet:{sheet_name(sheet)}"


def _checked(pair: Pair, sheet: str) -> Compared:
    row = Compared(pair, faults=[*pair.faults, *between_faults(pair)])
    if row.faults:
        told = {fault.column for fault in row.faults}
        for event in some_events_of(pair, sheet):
            faults = check(event.raw("sheet", pair.row), imported=True).faults
            found = [_cell_fault(pair, event, fault) for fault in faults]
            row.faults += [fault for fault in found if fault.column is not None and fault.column not in told]
    else:
        row.events = events_of(pair, sheet)
        row.warnings = list(unused(pair))
    return row


# ------------------------------------------------------------------------------------------------------- taking in


def take_in(rows: list[Compared], sheet: Sheet, intake: Intake) -> None:
    """Send the events of every row without a fault through an intake; what it refuses becomes the row's faults."""
    waiting = [(row, event) for row in rows if not row.faults for event in row.events]
    for row in rows:
        row.positions = []
    for begin in range(0, len(waiting), BATCH):
        batch = waiting[begin : begin + BATCH]
        submissions = [Submission(row.pair.row, event.raw(source_of(sheet), row.pair.row)) for row, event in batch]
        for (row, event), verdict in zip(batch, intake.take(submissions), strict=True):
            _note(row, event, verdict)
    for row in rows:
        row.warnings = [] if row.faults else row.warnings


def _note(row: Compared, event: SheetEvent, verdict: Verdict) -> None:
    """An offer whose donor was refused is refused for want of it: what is wrong stands under the donor's columns."""
    faults = [_cell_fault(row.pair, event, fault) for fault in verdict.errors]
    row.faults += [fault for fault in faults if fault.column or not row.faults]
    row.warnings += [f"{event.kind}: {warning}" for warning in verdict.warnings]
    if verdict.position is not None:
        row.positions.append(verdict.position)


def _cell_fault(pair: Pair, event: SheetEvent, fault: Fault) -> CellFault:
    column = event.column_of(fault.path)
    return CellFault(pair.row, column, fault.message if column else f"{event.kind}: {fault.path}: {fault.message}")


# --------------------------------------------------------------------------------------------------------- scoring


def _score(row: Compared, stored: list[tuple[str, bytes]], readings: Readings) -> None:
    """Replay the row's offer over the row's own events."""
    little = [(position, topic, state) for position, (topic, state) in enumerate(stored, 1)]
    known = little[:-1]
    offer = fact_of(len(little), read_stored(little[-1][2]))
    counter = int(row.pair.get("CPTEUR") or 1)
    root = tree_root(state for _, _, state in known)
    try:
        rules = rules_at(offer.instant)
        run = match_run(Moment(history_of(known), len(known), root, offer, counter, rules, readings))
    except RequestError as error:  # before the score, or beyond the calendar
        row.faults.append(CellFault(row.pair.row, "D_PREL", str(error)))
        return
    entry = next(iter((*run.ranking, *run.excluded)))
    row.scored = Scored(entry, rules.id, counter, run.exactly(entry).pair.snagc)


# ------------------------------------------------------------------------------------------------------- the digits


def _decimals(text: str) -> int:
    return min(PUBLISHED_DIGITS, len(text.partition(".")[2]))


def _column_digits(rows: list[Compared]) -> int:
    """Decimals of the number cells under SCORE: the most that one has, since a number cell loses its last zeros."""
    given = (row.pair.get("SCORE") for row in rows if row.pair.score_is_number)
    return max((_decimals(text) for text in given if text), default=0)


def summary(rows: list[Compared]) -> dict[str, int]:
    """How many rows there are of each status."""
    counts: Mapping[Status, int] = {"agrees": 0, "differs": 0, "refused": 0, "not_compared": 0}
    return {status: sum(row.status == status for row in rows) for status in counts}


def ndjson(rows: list[Compared], sheet: Sheet) -> Iterator[bytes]:
    """The events of every row without a fault, a line each."""
    for row in rows:
        if not row.faults:
            yield from (event.raw(source_of(sheet), row.pair.row) + b"\n" for event in row.events)
