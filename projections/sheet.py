"""Rows of floats, each a copy of an earlier one with cells of its own, so that lists share what is alike in them."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from engine.rules.intervals import Floats, Indices, Integers
from projections.columns import SAMPLE_PLACES, WIDTH, cells_of_samples


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
        self.samples: list[float] = []
        """Results in these rows, five figures each: row, number among ``SAMPLES``, the floats that the value lies
        between, the clock time from which its days are counted."""

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
        first, depths = self.used - len(self._copied), np.array(self._depths)
        copies = _by_depth(depths, np.arange(first, self.used), np.array(self._copied))
        noted = self.cells.taken(first, depths), self._taken(first, depths), self.tied.taken(first, depths)
        for (rows, copied), cell, sample, tie in zip(copies, *noted, strict=True):
            self._floats[rows], self._ties[rows] = self._floats[copied], self._ties[copied]
            for table, (row, place, value) in ((self._floats, cell), (self._floats, sample), (self._ties, tie)):
                table[row, place] = value
        self._copied.clear()
        self._depths.clear()

    def _taken(self, first: int, depths: Indices) -> Iterator[Sequence[Any]]:
        """Of each depth the rows, places and cells of results, and none is noted any more."""
        row, number, *said = np.array(self.samples, dtype=np.float64).reshape(-1, 5).T
        self.samples.clear()
        rows, places = row.astype(np.intp), SAMPLE_PLACES[number.astype(np.intp)]
        return _by_depth(depths, rows[:, None], places, cells_of_samples(*said), of=rows - first)


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

    def taken(self, first: int, depths: Indices) -> Iterator[Sequence[Any]]:
        """Of each depth the rows, places and values, and nothing is noted any more."""
        rows = np.repeat(np.array(self._rows, dtype=np.intp), self._counts)
        places, values = np.array(self._places, dtype=np.intp), np.array(self._values, dtype=self._kind)
        for noted in (self._rows, self._counts, self._places, self._values):
            noted.clear()
        return _by_depth(depths, rows, places, values, of=rows - first)


def _by_depth(depths: Indices, *columns: Any, of: Indices | None = None) -> Iterator[Sequence[Any]]:
    """Columns in as many parts as there are depths; ``of`` gives by entry which of the depths is its own."""
    deepest = int(depths.max())
    at = (depths if of is None else depths[of]).astype(np.min_scalar_type(deepest))  # short numbers sort fast
    order = np.argsort(at, kind="stable")
    bounds = np.searchsorted(at[order], np.arange(deepest + 2)).tolist()
    sorted_columns = [column[order] for column in columns]
    return ([column[begin:end] for column in sorted_columns] for begin, end in pairwise(bounds))


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
