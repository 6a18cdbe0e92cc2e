"""The log as the service holds it: opened once, remembered as far as it was asked for, and following whoever writes.

What is remembered never outlives what it was made of: it is forgotten where the shape of the tables changed (no row can
be altered before its triggers are gone), where the log has become shorter, and where another file stands at its name.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from engine.errors import SnagcError
from engine.log.companions import place_of
from engine.log.eventlog import EventLog, without_garbage_collection
from engine.log.history import History
from engine.log.index import Index
from engine.log.note import VerifierKey
from engine.log.recollection import OtherRowsError, Recollection
from engine.log.store import is_database

NEAR = 4096
"""How far the end of the log may be from what is remembered to be caught up with, and not read anew."""
MOST_UNSETTLED = 64
Wanted = Callable[[Index], Iterable[str]]


class RememberedLog(EventLog):
    """A log that keeps what it read of its end, and learns what is new; for one thread."""

    _kept: Recollection | None = None
    _past: Recollection | None = None
    """Of an earlier position, the one asked for last: a page asks about one moment several times."""

    def recalled(self, last: int, wanted: Wanted) -> tuple[History, bytes]:
        """What is known at a position, and the root there: from what is remembered where that is not of later."""
        known = self._past if self._past is not None and self._past.size == last else self._caught_up(last)
        if known is None:
            history, root = super().recalled(last, wanted)
            self._past = history if isinstance(history, Recollection) else None
            return history, root
        try:
            with without_garbage_collection():
                known.read(wanted(known.index))
        except OtherRowsError:
            self.forget()
            return super().recalled(last, wanted)
        tree = known.index.tree
        self.witnesses.hold(last, self.recorder, {**tree.roots, last: tree.root()}, self._roots_by_states)
        return known, tree.root()

    def forget(self) -> None:
        """Remember nothing."""
        self._kept = self._past = None
        self.forget_offers()

    def _caught_up(self, last: int) -> Recollection | None:
        """What is remembered, brought to a position near the end; None where the position lies behind it."""
        if self._kept is not None and self._kept.size > last:
            return None
        if self._kept is None or last - self._kept.size > NEAR:
            if last < self.head() - NEAR:
                return None
            self._kept = self.recollection(last)
        for position, _, state in self.recorder.rows(self._kept.size + 1, last):
            self._kept.learn(position, state)
        if len(self._kept.index.unsettled) > MOST_UNSETTLED:
            self._kept.index.settle(self._kept.of)
        return self._kept


class Held:
    """A log kept open by one thread: opened anew where another file stands at its name, or the store failed."""

    def __init__(self, location: str, keys: Sequence[VerifierKey]) -> None:
        self.location = location
        self._keys = tuple(keys)
        self._log: RememberedLog | None = None
        self._stands_on: tuple[object, ...] = ()
        self._head = 0
        self.openings = 0
        """How often it was opened, or forgot what it knew: whoever keeps more looks at this."""

    def log(self) -> RememberedLog:
        """The log as it stands now; a connection that was lost is made once more."""
        try:
            return self._current()
        except SnagcError:
            self.close()
            raise
        except Exception:
            self.close()
            return self._current()

    def _current(self) -> RememberedLog:
        if self._log is not None and self._file() != self._stands_on[:1]:
            self.close()
        if self._log is None:
            self._open()
        assert self._log is not None, "just opened"
        stands_on, head = (*self._file(), self._log.recorder.schema_cookie()), self._log.head()
        if stands_on != self._stands_on or head < self._head:
            self._log.forget()
            self._log.witnesses.forget()
            self.openings += 1
        self._stands_on, self._head = stands_on, head
        return self._log

    def close(self) -> None:
        """Let go of it, whatever state it is in."""
        log, self._log = self._log, None
        if log is not None:
            with suppress(Exception):  # it was taken away or broke: whoever used it was told
                log.close()

    def _open(self) -> None:
        self._stands_on = self._file()
        log = RememberedLog.open(self.location)
        log.witnesses.keys = lambda: self._keys
        log.witnesses.again = True
        self._log, self._head = log, 0
        self.openings += 1

    def _file(self) -> tuple[object, ...]:
        """Which file stands at the log's name; of a database nothing is to be seen here."""
        if is_database(self.location):
            return (None,)
        try:
            found = Path(place_of(self.location)).stat()
        except OSError:
            return (None,)
        return ((found.st_dev, found.st_ino),)
