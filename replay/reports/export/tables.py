"""What is exported: three tables, read off the log in its order. A score is the text that a match run publishes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import orjson

from engine.events.canonical import canonical_json
from engine.events.subjects import bare_id
from engine.log.eventlog import EventLog
from engine.log.history import stored_instant
from replay.run.matchrun import Entry, MatchRun

Kind = Literal["text", "json", "whole", "figure"]
Value = str | int | None
Row = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: ``text`` is anything, ``json`` a document, ``whole`` an integer, ``figure`` an exact decimal's text."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Table:
    """A named table; its rows are read once. An empty cell is None."""

    name: str
    columns: tuple[Column, ...]
    rows: Iterable[Row]


@dataclass(frozen=True, slots=True)
class Span:
    """Instants (microseconds since the epoch) between which something happened, both included; None is open."""

    first: int | None = None
    last: int | None = None

    def holds(self, instant: int) -> bool:
        """Whether an instant lies in the span."""
        return (self.first is None or self.first <= instant) and (self.last is None or instant <= self.last)


def _columns(kind: Kind, names: str) -> tuple[Column, ...]:
    return tuple(Column(name, kind) for name in names.split())


EVENT_COLUMNS = (
    _columns("whole", "position")
    + _columns("text", "source id type subject time recordedtime actor")
    + _columns("json", "data")
)
RUN_COLUMNS = (
    _columns("text", "offer donor at")
    + _columns("whole", "position known_at counter")
    + _columns("text", "ruleset")
    + _columns("whole", "ranked excluded")
    + _columns("text", "first digest")
)
RANK_COLUMNS = (
    _columns("text", "offer")
    + _columns("whole", "rank")
    + _columns("text", "candidate reasons component")
    + _columns("whole", "icar icar_j icar_i")
    + _columns("figure", "ccb f1_age f2_abo f3_bsa f4_survival survival_1y ccp")
    + _columns("whole", "travel_minutes")
    + _columns("figure", "mg snagc")
)


def events_table(log: EventLog, span: Span, last: int) -> Table:
    """One row an event up to a position, as stored (no correction applied), whose ``time`` lies in the span."""
    return Table("events", EVENT_COLUMNS, _event_rows(log, span, last))


def runs_table(runs: Iterable[MatchRun]) -> Table:
    """One row a match run: what it was about, how many were ranked and excluded, who is first, and its digest."""
    return Table("runs", RUN_COLUMNS, (_run_row(run) for run in runs))


def ranks_table(runs: Iterable[MatchRun]) -> Table:
    """One row a candidate of each run: the ranked in order, then the excluded with their reasons and no rank."""
    return Table("ranks", RANK_COLUMNS, (row for run in runs for row in _rank_rows(run)))


def _event_rows(log: EventLog, span: Span, last: int) -> Iterator[Row]:
    for position, _, state in log.recorder.rows(1, last):
        event = orjson.loads(state)
        if span.holds(stored_instant(event["time"])):
            named = (event.get(column.name) for column in EVENT_COLUMNS[1:-1])
            yield position, *named, canonical_json(event["data"]).decode()


def _run_row(run: MatchRun) -> Row:
    header = run.header()
    first = run.ranking[0].standing.id if run.ranking else None
    return (
        header["offer"], header["donor"], header["at"], run.moment.offer.position, header["known_at"],
        header["counter"], header["ruleset"], len(run.ranking), len(run.excluded), first, run.digest(),
    )  # fmt: skip


def _rank_rows(run: MatchRun) -> Iterator[Row]:
    offer = bare_id(run.moment.offer.subject)
    for rank, entry in enumerate(run.ranking, 1):
        yield _rank_row(offer, rank, entry)
    for entry in run.excluded:
        yield _rank_row(offer, None, entry)


def _rank_row(offer: str, rank: int | None, entry: Entry) -> Row:
    fields = entry.as_json() | {"offer": offer, "rank": rank, "reasons": " ".join(entry.reasons) or None}
    return tuple(fields[column.name] for column in RANK_COLUMNS)
