"""What is exported: three tables, read off the log in its order. A score is the text that a match run publishes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from engine.events.canonical import canonical_json
from engine.events.subjects import bare_id
from engine.log.eventlog import EventLog
from engine.log.history import Fact, stored_instant
from engine.quantities import paris_text
from projections.bulk_entries import Fields
from replay.run.asked import Span
from replay.run.matchrun import decision_of, digest_of

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
class Run:
    """The run of an offer at a position: what it is about, its order, and what is said of each candidate by id."""

    header: dict[str, Any]
    position: int
    ranking: Sequence[tuple[str, str]]
    excluded: Sequence[str]
    entries: Mapping[str, Fields]


@dataclass(frozen=True, slots=True)
class Unmade:
    """An offer that has no run as known at a position: no rules were in force, or its donor is gone since."""

    offer: Fact
    known_at: int
    counter: int
    problem: str

    @property
    def position(self) -> int:
        """The offer's."""
        return self.offer.position


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
    + _columns("text", "first digest problem")
)
RANK_COLUMNS = (
    _columns("text", "offer")
    + _columns("whole", "rank")
    + _columns("text", "candidate reasons component")
    + _columns("whole", "icar icar_j icar_i")
    + _columns("figure", "ccb f1_age f2_abo f3_bsa f4_survival survival_1y ccp")
    + _columns("whole", "travel_minutes")
    + _columns("figure", "mg snagc")
    + _columns("text", "problem")
)


LIST_COLUMNS = (
    _columns("whole", "rank team_rank")
    + _columns("text", "candidate component")
    + _columns("whole", "icar icar_j icar_i")
    + _columns("figure", "ccb")
    + _columns("text", "alerts centre team")
)


def list_table(document: Mapping[str, Any]) -> Table:
    """The document of ``list`` as a table."""
    return Table("list", LIST_COLUMNS, [_told(each, LIST_COLUMNS) for each in document["candidates"]])


def run_table(document: Mapping[str, Any]) -> Table:
    """The document of ``rank`` as a table: those ranked, then those excluded with their reasons."""
    about = {"offer": document["offer"], "rank": None, "reasons": None, "problem": None}
    entries = [{**about, **each} for name in ("ranking", "excluded") for each in document[name]]
    return Table("ranks", RANK_COLUMNS, [_told(each, RANK_COLUMNS) for each in entries])


def _told(entry: Mapping[str, Any], columns: tuple[Column, ...]) -> Row:
    """The cells of an entry of a document; a list of codes is one cell."""
    found = (entry[column.name] for column in columns)
    return tuple(" ".join(value) if isinstance(value, list) else value for value in found)


def events_table(log: EventLog, span: Span, last: int) -> Table:
    """One row an event up to a position, as stored (no correction applied), whose ``time`` lies in the span."""
    return Table("events", EVENT_COLUMNS, _event_rows(log, span, last))


def runs_table(runs: Iterable[Run | Unmade]) -> Table:
    """One row a match run: what it was about, how many were ranked and excluded, who is first, and its digest.

    An offer without a run has its row as well, with the ``problem``.
    """
    return Table("runs", RUN_COLUMNS, (_run_row(run) for run in runs))


def ranks_table(runs: Iterable[Run | Unmade]) -> Table:
    """One row a candidate of each run: the ranked in order, then the excluded with their reasons and no rank.

    An offer without a run has one row, with no candidate and the ``problem``.
    """
    return Table("ranks", RANK_COLUMNS, (row for run in runs for row in _rank_rows(run)))


def _event_rows(log: EventLog, span: Span, last: int) -> Iterator[Row]:
    log.hold(last)
    for position, _, state in log.recorder.rows(1, last):
        event = orjson.loads(state)
        if span.holds(stored_instant(event["time"])):
            named = (event.get(column.name) for column in EVENT_COLUMNS[1:-1])
            yield position, *named, canonical_json(event["data"]).decode()


def _run_row(run: Run | Unmade) -> Row:
    if isinstance(run, Unmade):
        fact = run.offer
        about = bare_id(fact.subject), fact.data["donor"], paris_text(fact.instant), fact.position
        return *about, run.known_at, run.counter, None, None, None, None, None, run.problem
    header, first = run.header, run.ranking[0][0] if run.ranking else None
    digest = digest_of(decision_of(header, run.ranking, run.excluded))
    return (
        header["offer"], header["donor"], header["at"], run.position, header["known_at"],
        header["counter"], header["ruleset"], len(run.ranking), len(run.excluded), first, digest, None,
    )  # fmt: skip


def _rank_rows(run: Run | Unmade) -> Iterator[Row]:
    if isinstance(run, Unmade):
        marked: dict[str, Value] = {"offer": bare_id(run.offer.subject), "problem": run.problem}
        yield tuple(marked.get(column.name) for column in RANK_COLUMNS)
        return
    for rank, (name, _) in enumerate(run.ranking, 1):
        yield _rank_row(run, rank, name)
    for name in run.excluded:
        yield _rank_row(run, None, name)


def _rank_row(run: Run, rank: int | None, name: str) -> Row:
    entry: dict[str, Any] = run.entries[name]
    reasons = " ".join(entry["reasons"]) or None
    fields = entry | {"offer": run.header["offer"], "rank": rank, "reasons": reasons, "problem": None}
    return tuple(fields[column.name] for column in RANK_COLUMNS)
