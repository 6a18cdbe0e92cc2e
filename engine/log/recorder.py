"""What every store's recorder does in the same words: the statements that read a log, and note what lies beside events.

A store says how a statement is run, how a write transaction is held, and what it does in words of its own: rows in
bulk, identities and streams asked for by the hundred, and what becomes of a quarantine entry.
"""

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar, TypeVar

from engine.errors import LogError
from engine.log.newrow import Identity, NewRow, Refused
from engine.log.schema import TOPICS_INDEXED

FETCHED = 256
"""Rows that are fetched from the store at once: as many as a processor keeps at hand until each is looked at."""
END = 1 << 62
"""Beyond every position."""
HIGHEST = (1 << 63) - 1
"""The largest number that a store keeps."""

ENTRY = (
    "number", "received", "imported", "bytes", "status", "errors", "times", "resolved", "digest", "first_received",
)  # fmt: skip
"""The columns of a quarantine entry."""

T = TypeVar("T")
Row = tuple[int, str, bytes]
"""Position, topic and stored bytes of an event."""
State = tuple[int, bytes]
"""Position and stored bytes."""


class LogRecorder(ABC):
    """Events, their identities, import records and the quarantine."""

    POSITION: ClassVar[str]
    """The column of positions."""
    BY_BYTES: ClassVar[str] = ""
    """What makes the store compare texts as bytes, where it would not by itself."""
    LEFT: ClassVar[str]
    """Why something erased may still be in the store's own files (``write_back``), and what to do about it."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[Any]:
        """One transaction that holds the write lock; what happens inside is committed together or not at all."""

    @abstractmethod
    def insert_events(self, stored_events: Sequence[Any], **kwargs: Any) -> Sequence[int] | None:
        """Append within the open transaction, or in one of its own."""

    @abstractmethod
    def check_written(self) -> None:
        """LostLogError where what was written is no longer there."""

    @abstractmethod
    def _all(self, query: str, values: Sequence[Any] = (), cursor: Any = None) -> list[Any]:
        """The rows of a statement with values at its ``?``, in the open transaction if there is one."""

    # ------------------------------------------------------------------------------------------- reading

    @abstractmethod
    def rows(self, first: int = 1, last: int | None = None) -> Generator[Row, None, None]:
        """Events from position first to last (to the end where None), in order; a writer sees its own."""

    @abstractmethod
    def states(self) -> Generator[list[State], None, None]:
        """Positions and stored bytes of all events, in order, some hundred at once."""

    @abstractmethod
    def streams(self, subjects: Iterable[str], last: int) -> Iterator[tuple[str, list[Row]]]:
        """Each of some subjects with the events of its stream up to a position, in order."""

    @abstractmethod
    def rows_of_streams(self, streams: Sequence[str]) -> Iterator[tuple[str, int, bytes]]:
        """Stream, position and stored bytes of all events of some streams, those of each in order."""

    @abstractmethod
    def identities(self, asked: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[bytes, int]]:
        """Content hash and position of those of some events (source, id) that are there."""

    def identities_under(self, source: str, stem: str) -> dict[str, int]:
        """The ids of a source that are a stem, or a stem and more behind a ``;``, with their positions."""
        among = f"id = ? OR (id{self.BY_BYTES} > ? AND id{self.BY_BYTES} < ?)"
        query = f"SELECT id, position FROM identities WHERE source = ? AND ({among})"
        return {row[0]: row[1] for row in self._all(query, (source, stem, f"{stem};", f"{stem}<"))}

    @abstractmethod
    def schema_cookie(self) -> object:
        """What changes with the tables and triggers: the triggers that keep rows must go before a row can."""

    def head(self, cursor: Any = None) -> int:
        """The last position, 0 for an empty log."""
        row = self._one(f"SELECT max({self.POSITION}) FROM stored_events", (), cursor)
        return int(row[0] or 0) if row else 0

    def row(self, position: int) -> Row | None:
        """The event at a position."""
        query = f"SELECT {self.POSITION}, topic, state FROM stored_events WHERE {self.POSITION} = ?"
        row = self._one(query, (position,))
        return (row[0], row[1], row[2]) if row else None

    def stream_rows(self, originator_hex: str, last: int = END) -> list[Row]:
        """The events of one stream up to a position, in order."""
        among = f"originator_id = ? AND {self.POSITION} <= ? ORDER BY originator_version"
        rows = self._all(
            f"SELECT {self.POSITION}, topic, state FROM stored_events WHERE {among}", (originator_hex, last)
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def positions_of(self, topic: str, last: int) -> list[int]:
        """Positions up to last of the events with a topic, one of those indexed."""
        among = f"{_of_topic(topic)} AND {self.POSITION} <= ?"
        query = f"SELECT {self.POSITION} FROM stored_events WHERE {among} ORDER BY {self.POSITION}"
        return [row[0] for row in self._all(query, (last,))]

    def count_of(self, topic: str, last: int) -> int:
        """How many events with a topic, one of those indexed, there are up to a position."""
        query = f"SELECT count(*) FROM stored_events WHERE {_of_topic(topic)} AND {self.POSITION} <= ?"
        return int(self._one(query, (last,))[0])

    def rows_of(self, topic: str, after: int, last: int) -> list[Row]:
        """The events of a topic, one of those indexed, behind one position and up to another."""
        among = f"{_of_topic(topic)} AND {self.POSITION} > ? AND {self.POSITION} <= ?"
        query = f"SELECT {self.POSITION}, topic, state FROM stored_events WHERE {among} ORDER BY {self.POSITION}"
        return [(row[0], row[1], row[2]) for row in self._all(query, (after, last))]

    def _one(self, query: str, values: Sequence[Any], cursor: Any = None) -> Any:
        rows = self._all(query, values, cursor)
        return rows[0] if rows else None

    # ------------------------------------------------------------------------------------------- writing

    @property
    @abstractmethod
    def _open(self) -> Any:
        """The cursor of this thread's open write transaction."""

    def _appended(self, cursor: Any, rows: Sequence[NewRow], identities: Sequence[Identity]) -> Sequence[int]:
        """Append events and their identities; the positions they got."""
        before = self.head(cursor)
        positions = range(before + 1, before + 1 + len(rows))
        self._insert(cursor, positions, rows, identities)
        if self.head(cursor) != positions[-1]:
            raise LogError(f"positions after {before} are not dense: run snagc verify before writing again")
        return positions

    @abstractmethod
    def _insert(self, cursor: Any, positions: range, rows: Sequence[NewRow], identities: Sequence[Identity]) -> None:
        """Insert events at the next positions, and their identities."""

    @abstractmethod
    def copy_in(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Insert rows as another log has them (engine.log.evidence), in the open transaction."""

    @abstractmethod
    def give(self, table: str, last: int) -> None:
        """Note that a table gave out numbers up to a last one, in the open transaction."""

    def change_entry(self, entry: Mapping[str, Any]) -> None:
        """Bring a quarantine entry to what became of it in another log, in the open transaction."""
        changed = ("received", "bytes", "status", "errors", "times", "resolved")
        self._all(
            f"UPDATE quarantine SET {', '.join(f'{name} = ?' for name in changed)} WHERE number = ?",
            [entry[name] for name in (*changed, "number")],
        )

    # ------------------------------------------------------------------------------------------- imports

    def import_put(self, file_sha256: str, imported_at: str, actor: str, first: int, last: int) -> None:
        """Note, in the transaction that appends them, which positions an import wrote."""
        assert self._open is not None, "an import is noted in the transaction that appends its events"
        self._all(
            "INSERT INTO imports (file_sha256, imported_at, actor, first_position, last_position) VALUES (?,?,?,?,?)",
            (file_sha256, imported_at, actor, first, last),
        )

    def import_rows(self) -> list[tuple[Any, ...]]:
        """File SHA-256, instant, actor, first and last position of every import transaction, in order."""
        query = "SELECT file_sha256, imported_at, actor, first_position, last_position FROM imports ORDER BY number"
        return self._rows_if_there("imports", query)

    def _rows_if_there(self, table: str, query: str) -> list[tuple[Any, ...]]:
        """Rows of a table that a log of an older version lacks."""
        return [tuple(row) for row in self._all(query)] if self._has(table) else []

    @abstractmethod
    def _has(self, table: str) -> bool:
        """Whether there is such a table."""

    # ------------------------------------------------------------------------------------------ received

    def received_put(self, sha256: str, format_: str, act: str, at: str, text: str) -> None:
        """Note, in the open transaction, that a message's bytes are kept or erased, or what it states."""
        assert self._open is not None, "what becomes of bytes is noted in the transaction that takes them"
        values = (sha256, format_, act, at, text)
        self._all("INSERT INTO received (sha256, format, act, at, text) VALUES (?,?,?,?,?)", values)

    def received_last(self, sha256: str) -> tuple[str, str] | None:
        """Format and act of what became last of a message."""
        if not self._has("received"):
            return None
        row = self._one("SELECT format, act FROM received WHERE sha256 = ? ORDER BY number DESC LIMIT 1", (sha256,))
        return (row[0], row[1]) if row else None

    def received_texts(self, sha256: str, act: str) -> list[str]:
        """The texts of the acts of one kind on a message, in order."""
        if not self._has("received"):
            return []
        query = "SELECT text FROM received WHERE sha256 = ? AND act = ? ORDER BY number"
        return [row[0] for row in self._all(query, (sha256, act))]

    def received_from(self, at: str, act: str, most: int) -> list[str]:
        """The first messages of which there is an act of one kind from a moment on."""
        if not self._has("received"):
            return []
        query = "SELECT sha256 FROM received WHERE act = ? AND at >= ? ORDER BY number LIMIT ?"
        return [row[0] for row in self._all(query, (act, at, most))]

    def received_rows(self) -> list[tuple[Any, ...]]:
        """Number, SHA-256, format, act, instant and text of what became of messages received, in order."""
        query = "SELECT number, sha256, format, act, at, text FROM received ORDER BY number"
        return self._rows_if_there("received", query)

    # ---------------------------------------------------------------------------------------- quarantine

    @abstractmethod
    def quarantine_put(self, refused: Refused) -> None:
        """Keep a refused input; the same bytes refused again are counted, not kept twice, and keep the first sender."""

    @abstractmethod
    def quarantine_resolve(self, number: int, verdict: str, at: str) -> None:
        """Note that an entry, sent again, was taken."""

    @abstractmethod
    def quarantine_erase(self, number: int, at: str, reason: str, errors: str) -> None:
        """Take an entry's bytes out, and the error messages that may quote them; an open entry is closed by it."""

    @abstractmethod
    def write_back(self) -> bool:
        """See to it that nothing erased is left in the store's own files; False where a reader stands in the way."""

    def quarantine_numbers(self, *, include_resolved: bool) -> list[int]:
        """Numbers of the entries not yet taken, or of all, ascending."""
        among = "" if include_resolved else "WHERE resolved IS NULL "
        return [row[0] for row in self._all(f"SELECT number FROM quarantine {among}ORDER BY number")]

    def quarantine_open_with(self, words: str) -> list[tuple[int, str]]:
        """Number and errors of the entries not yet taken whose errors hold some words, ascending."""
        query = "SELECT number, errors FROM quarantine WHERE resolved IS NULL AND errors LIKE ? ORDER BY number"
        return [(row[0], row[1]) for row in self._all(query, (f"%{words}%",))]

    def quarantine_row(self, number: int) -> dict[str, Any] | None:
        """One entry."""
        row = self._one(f"SELECT {', '.join(ENTRY)} FROM quarantine WHERE number = ?", (number,))
        return dict(zip(ENTRY, row, strict=True)) if row else None

    def quarantine_received(self) -> list[tuple[Any, ...]]:
        """Of every entry number, digest, whether imported and when first received: what never changes."""
        query = "SELECT number, digest, imported, first_received FROM quarantine ORDER BY number"
        return self._rows_if_there("quarantine", query)

    def quarantine_senders(self) -> list[tuple[Any, ...]]:
        """Number and sender of every entry that was first sent under a token, by number."""
        return self._rows_if_there("quarantine_senders", "SELECT entry, sender FROM quarantine_senders ORDER BY entry")

    def quarantine_acts(self) -> list[tuple[Any, ...]]:
        """Number, entry, act, instant and text of everything that became of entries, in order."""
        query = "SELECT number, entry, act, at, text FROM quarantine_acts ORDER BY number"
        return self._rows_if_there("quarantine_acts", query)


def parts(asked: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """A sequence in parts of at most so many."""
    return (asked[first : first + most] for first in range(0, len(asked), most))


def _of_topic(topic: str) -> str:
    """The condition that an event is of one of the topics that are indexed, and of this one."""
    return f"{TOPICS_INDEXED} AND topic = '{topic}'"
