"""Rows of floats, each a copy of an earlier one with cells of its own, so that lists share what is alike in them."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from engine.rules.intervals import Floats, Indices, Integers
from projections.columns import WIDTH


class Sheet:
    """Rows of floats, each with what breaks ties (expert clock, LVAD implantation, registration).

    What is said of rows is noted, and laid out when somebody looks: many rows at once cost hardly more than one. What
    was looked at is never changed again. Row 0 is nobody's: what it says is said of whom nothing is recorded.
    """

    def __init__(self, blank: Floats) -> None:
        self.used = 1
        self._floats, self._ties = _rows(256)
        self._floats[0] = blank
        self._copied: list[int] = []
        """Of each row that is not laid out yet, the row it is a copy of."""
        self._depths: list[int] = []
        """Of each of these, how many of them it is a copy of a copy of."""
        self.cells, self.tied = Notes(np.float64), Notes(np.int64)
        """Cells and what breaks ties, of these rows."""

    def copies_of(self, rows: Sequence[int]) -> int:
        """Further rows, like some others until something is noted of them: the place of the first."""
        first, laid = self.used, self.used - len(self._copied)
        for row in rows:
            self._copied.append(row)
            self._depths.append(0 if row < laid else self._depths[row - laid] + 1)
        self.used += len(rows)
        return first

    @property
    def floats(self) -> Floats:
        """The rows in use."""
        self._lay_out()
        return self._floats[: self.used]

    @property
    def ties(self) -> Integers:
        """What breaks ties, of the rows in use."""
        self._lay_out()
        return self._ties[: self.used]

    def only(self, rows: Indices) -> "Sheet":
        """Another sheet with some of the rows, from row 1 on."""
        sheet = Sheet(self._floats[0])
        sheet._hold(1 + len(rows))
        sheet._floats[1 : sheet.used], sheet._ties[1 : sheet.used] = self.floats[rows], self.ties[rows]
        return sheet

    def _hold(self, used: int) -> None:
        """Make room for so many rows."""
        self.used = used
        if used > len(self._floats):
            before = self._floats, self._ties
            self._floats, self._ties = _rows(2 * used)
            for old, new in zip(before, (self._floats, self._ties), strict=True):
                new[: len(old)] = old

    def _lay_out(self) -> None:
        """Lay out what is noted: first the copies of rows that there are, then copies of these."""
        if not self._copied:
            return
        self._hold(self.used)
        copied, depths = np.array(self._copied), np.array(self._depths)
        rows = np.arange(self.used - len(copied), self.used)
        noted = [notes.taken(rows[0], depths) for notes in (self.cells, self.tied)]
        for depth in range(max(self._depths) + 1):
            now = depths == depth
            for table, (row, place, value, at) in zip((self._floats, self._ties), noted, strict=True):
                table[rows[now]] = table[copied[now]]
                own = at == depth
                table[row[own], place[own]] = value[own]
        self._copied.clear()
        self._depths.clear()


class Notes:
    """Values to be put into a table: of each its row and its place in it."""

    def __init__(self, kind: DTypeLike) -> None:
        self._kind = kind
        self._rows: list[int] = []
        self._counts: list[int] = []
        self._places: list[int] = []
        self._values: list[Any] = []

    def put(self, row: int, places: Sequence[int], values: Sequence[Any]) -> None:
        """Note some values of a row; each place once."""
        self._rows.append(row)
        self._counts.append(len(places))
        self._places += places
        self._values += values

    def taken(self, first: int, depths: Indices) -> tuple[Indices, Indices, Any, Indices]:
        """Rows, places, values and the depth of the row of each, and nothing is noted any more."""
        rows = np.repeat(np.array(self._rows, dtype=np.intp), self._counts)
        places, values = np.array(self._places, dtype=np.intp), np.array(self._values, dtype=self._kind)
        for noted in (self._rows, self._counts, self._places, self._values):
            noted.clear()
        return rows, places, values, depths[rows - first]


def _rows(count: int) -> tuple[Floats, Integers]:
    return np.zeros((count, WIDTH)), np.zeros((count, 3), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Present:
    """The active candidates at an instant, by ascending id."""

    ids: list[str]
    sheet: Sheet
    rows: Indices
    """The row of each."""
    centre: Indices
    """Of each the index of the centre."""
    centres: list[str]
    """By index."""

    @property
    def columns(self) -> Floats:
        """What each says, a column each."""
        return self.sheet.floats[self.rows].T

    def without(self, name: str) -> "Present":
        """All but one, who need not be there."""
        keep = [place for place, each in enumerate(self.ids) if each != name]
        if len(keep) == len(self.ids):
            return self
        return Present(
            [self.ids[place] for place in keep], self.sheet, self.rows[keep], self.centre[keep], self.centres
        )

    def having(self, name: str, row: int, centre: int) -> "Present":
        """One more, in its place."""
        place = bisect_left(self.ids, name)
        ids = [*self.ids[:place], name, *self.ids[place:]]
        rows, centres = np.insert(self.rows, place, row), np.insert(self.centre, place, centre)
        return Present(ids, self.sheet, rows, centres, self.centres)
