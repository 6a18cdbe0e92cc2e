"""Figures of a page: each drawn from a document of the API, and saying from which, and where in it.

A page shows a figure short; what the API says of it, to the last decimal, stands beside it in the markup:
``data-figure`` is the figure's place in the document (``candidates/C12/ccb``), ``data-exact`` its value there, and
``data-document`` of the part around it the request that answers with the document. So whoever walks the pages can hold
each figure against the API, and two documents of one kind can be laid beside each other: what differs are places.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import orjson
from markupsafe import Markup, escape

from engine.text import visible
from replay.reports.words import Words

KEYS = ("candidate", "offer", "position", "symbol", "code", "name", "centre")
"""What names an entry of a list, the first of them that every entry has and no two share; else its number does."""
NOTHING = "—"
Document = Mapping[str, Any]


class Sheet:
    """A document, or an entry of one, as a page draws it; ``differing``: places whose figures are marked."""

    def __init__(
        self, words: Words, document: Document, request: str = "", differing: frozenset[str] = frozenset(), at: str = ""
    ) -> None:
        self.words, self.document, self.request, self.differing = words, document, request, differing
        self._at = at

    def __getitem__(self, name: str) -> Any:
        """What the document says under a name."""
        return self.document[name]

    def marked(self, differing: frozenset[str]) -> Self:
        """The same with other figures marked."""
        return type(self)(self.words, self.document, self.request, differing, self._at)

    @property
    def source(self) -> Markup:
        """The attribute of the part of the page in which the figures stand."""
        return Markup(' data-document="{}"').format(self.request) if self.request else Markup("")

    def place(self, name: str) -> str:
        """Where in the whole document a figure of this entry stands."""
        return f"{self._at}/{name}" if self._at else name

    def figure(self, name: str, text: str | None = None) -> Markup:
        """A figure, shown short unless a text of its own is given for it."""
        value = self.document[name]
        return self._marked(self.place(name), value, self._shown(value) if text is None else text)

    def percent(self, name: str) -> Markup:
        """A share, shown in per cent."""
        value = self.document[name]
        return self.figure(name, None if value is None else self.words.percent(value))

    def within(self, name: str) -> Self:
        """A part of the document."""
        return self._part(self.document[name], self.place(name))

    def entries(self, name: str) -> Iterator[Self]:
        """The entries of a list of the document."""
        found = self.document[name]
        for key, entry in zip(names_of(found), found, strict=True):
            yield self._part(entry, f"{self.place(name)}/{key}")

    @property
    def differs(self) -> bool:
        """Whether anything in this entry is marked."""
        return any(place.startswith(f"{self._at}/") for place in self.differing)

    def _part(self, document: Document, at: str) -> Self:
        return type(self)(self.words, document, self.request, self.differing, at)

    def _shown(self, value: object) -> str:
        if value is None:
            return NOTHING
        return self.words.short(str(value)) if isinstance(value, str) else self.words.number(exact(value))

    def _marked(self, place: str, value: object, text: str) -> Markup:
        kind = "figure differs" if place in self.differing else "figure"
        told = exact(value)
        title = f' title="{escape(self.words.number(told))}"' if value is not None and told != text else ""
        shown = escape(visible(told))
        return Markup(  # noqa: S704 - each part was escaped; a format of Markup costs three times as much
            f'<data class="{kind}" data-figure="{escape(place)}" data-exact="{shown}" value="{shown}"{title}>'
            f"{escape(visible(text))}</data>"
        )


def exact(value: object) -> str:
    """A value as the API has it: a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def names_of(entries: Sequence[Any]) -> list[str]:
    """What names each entry of a list in a place."""
    for key in KEYS:
        names = [str(entry.get(key, "")) if isinstance(entry, Mapping) else "" for entry in entries]
        if all(names) and len(set(names)) == len(names):
            return names
    return [str(number) for number in range(len(entries))]


def places(document: object, at: str = "") -> Iterator[tuple[str, object]]:
    """Every figure of a document with its place."""
    if isinstance(document, Mapping):
        for name, value in document.items():
            yield from places(value, f"{at}/{name}" if at else str(name))
    elif isinstance(document, list):
        for name, value in zip(names_of(document), document, strict=True):
            yield from places(value, f"{at}/{name}")
    else:
        yield at, document


def hidden_fields(fields: Sequence[tuple[str, str]]) -> Markup:
    """Fields of a form that nobody fills in."""
    found = [f'<input type="hidden" name="{escape(name)}" value="{escape(visible(value))}">' for name, value in fields]
    return Markup("".join(found))  # noqa: S704 - each part was escaped
