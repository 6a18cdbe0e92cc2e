"""Rows of floats laid out one after the other and never changed again, so that lists share what is alike in them."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.rules.intervals import Floats, Indices, Integers
from projections.columns import WIDTH


class Sheet:
    """Rows, each with what breaks ties (expert clock, LVAD implantation, registration) and the index of a centre.

    Row 0 is nobody's: what it says is said of whom nothing is recorded.
    """

    def __init__(self, blank: Floats) -> None:
        self.used = 1
        self.floats, self.ties, self.centre = _rows(256)
        self.floats[0] = blank

    def copies_of(self, rows: Sequence[int] | Indices) -> int:
        """Further rows, at first like some others: the place of the first."""
        first, self.used = self.used, self.used + len(rows)
        if self.used > len(self.floats):
            more = [self.floats, self.ties, self.centre]
            self.floats, self.ties, self.centre = _rows(2 * self.used)
            for old, new in zip(more, (self.floats, self.ties, self.centre), strict=True):
                new[: len(old)] = old
        for each in (self.floats, self.ties, self.centre):
            each[first : self.used] = each[rows]
        return first

    def only(self, rows: Indices) -> "Sheet":
        """Another sheet with some of the rows, from row 1 on."""
        sheet = Sheet(self.floats[0])
        first = sheet.copies_of(np.zeros(len(rows), dtype=np.intp))
        for old, new in zip(
            (self.floats, self.ties, self.centre), (sheet.floats, sheet.ties, sheet.centre), strict=True
        ):
            new[first : sheet.used] = old[rows]
        return sheet


def _rows(count: int) -> tuple[Floats, Integers, Indices]:
    return np.zeros((count, WIDTH)), np.zeros((count, 3), dtype=np.int64), np.zeros(count, dtype=np.intp)


@dataclass(frozen=True, slots=True)
class Present:
    """The active candidates at an instant, by ascending id."""

    ids: list[str]
    sheet: Sheet
    rows: Indices
    """The row of each."""
    centres: list[str]
    """By index."""

    @property
    def columns(self) -> Floats:
        """What each says, a column each."""
        return self.sheet.floats[self.rows].T

    @property
    def centre(self) -> Indices:
        """Of each the index of the centre."""
        return self.sheet.centre[self.rows]

    def without(self, name: str) -> "Present":
        """All but one, who need not be there."""
        keep = [place for place, each in enumerate(self.ids) if each != name]
        if len(keep) == len(self.ids):
            return self
        return Present([self.ids[place] for place in keep], self.sheet, self.rows[keep], self.centres)

    def having(self, name: str, row: int) -> "Present":
        """One more, in its place."""
        place = bisect_left(self.ids, name)
        ids = [*self.ids[:place], name, *self.ids[place:]]
        return Present(ids, self.sheet, np.insert(self.rows, place, row), self.centres)
