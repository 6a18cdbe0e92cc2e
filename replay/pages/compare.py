"""One page at two moments: which figures of its two documents differ, and whom that is about.

A figure is known by its place in the document (``figures.places``); whoever is in one document alone differs whole.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from replay.pages.figures import Document, Sheet, places
from replay.pages.page import Clocks

HEADER = ("at", "known_at", "updated_at", "size", "root", "digest")
"""What says the moment itself, and so differs always."""
KINDS = {
    "candidates": "candidate", "ranking": "candidate", "excluded": "candidate", "offers": "offer", "findings": "offer",
    "differing": "offer",
}  # fmt: skip
"""What the entries of a document's lists are about."""
PLACES_IN_ORDER = ("rank", "team_rank")
"""What moves where somebody else's points do."""


@dataclass(frozen=True, slots=True)
class Side:
    """A page's document at one moment; ``why`` it has none, where it has none then."""

    clocks: Clocks
    sheet: Sheet | None
    why: Markup | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both sides, how many figures differ, and the events that made them."""

    sides: Sequence[Side]
    count: int
    events: Mapping[str, Any]


def differing(first: Document, second: Document) -> frozenset[str]:
    """The places whose figures differ."""
    a, b = dict(places(first)), dict(places(second))
    found = {place for place in a.keys() | b.keys() if a.get(place, ...) != b.get(place, ...)}
    return frozenset(place for place in found if place.rpartition("/")[2] not in HEADER)


def concerned(found: Iterable[str]) -> list[str]:
    """The candidates and offers that places are about, but for those of whom the rank alone moved."""
    return sorted(set(_subjects(found)))


def _subjects(found: Iterable[str]) -> Iterator[str]:
    for place in found:
        kind, _, rest = place.partition("/")
        name, _, figure = rest.partition("/")
        if kind in KINDS and name and figure not in PLACES_IN_ORDER:
            yield f"{KINDS[kind]}/{name}"
