"""What a page is made of: a few kinds of blocks that HTML and PDF both know how to set."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; ``tone``: plain, note (small), callout (framed)."""

    text: str
    tone: str = "plain"
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a section."""

    text: str
    kind: str = "heading"


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with their values."""

    rows: Sequence[tuple[str, str]]
    kind: str = "facts"


@dataclass(frozen=True, slots=True)
class Table:
    """A table; ``align`` has one of l, r, c for each column, ``widths`` their shares (0: as wide as needed)."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    align: str
    widths: Sequence[float]
    marked: Sequence[int] = ()
    small: bool = False
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class Formula:
    """One step of the calculation: the lines of its formula, what decided it, the events behind."""

    annex: str
    symbol: str
    title: str
    lines: Sequence[str]
    reasons: Sequence[str]
    sources: str
    words: Sequence[str]
    """The words for because and from."""
    kind: str = "formula"


@dataclass(frozen=True, slots=True)
class Drawing:
    """An SVG picture and what it shows, in words."""

    svg: str
    alt: str
    kind: str = "drawing"


@dataclass(frozen=True, slots=True)
class Listing:
    """Items of a list."""

    items: Sequence[str]
    kind: str = "list"


@dataclass(frozen=True, slots=True)
class Commands:
    """Lines to type, or digests: set in a fixed width and never hyphenated."""

    lines: Sequence[str]
    kind: str = "commands"


Block = Text | Heading | Facts | Table | Formula | Drawing | Listing | Commands


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered section, or an annex with a letter."""

    id: str
    number: str
    title: str
    blocks: Sequence[Block]
    annex: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """The whole dossier in a language."""

    language: str
    kind: str
    title: str
    header: str
    disclaimer: str
    cover: Sequence[tuple[str, str]]
    sections: Sequence[Section]
    labels: dict[str, str] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """Plain data for a template."""
        return asdict(self)
