"""One HL7 v2 segment, its parts asked for by number, from 1; what is absent is ``""``.

Nothing that stands in a part is cut off: subcomponents and escapes that can't be resolved stay in its text as they were
sent, so that no rule takes it for something shorter. ``unread`` says why a field is more than the texts it should hold.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

import hl7  # type: ignore[import-untyped]

from engine.intake.feeds.words import quoted
from engine.text import is_printed, printed

_HEX = re.compile(r"X((?:[0-9A-Fa-f]{2})+)", re.ASCII)
_STANDARD = "\r|~^&"
"""Segment, field, repetition, component and subcomponent separators, as nearly everybody sends them."""
_ESCAPES = str.maketrans({"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"})

Parts = dict[int, list[str | None]]
"""By component, its parts; None for one that is no whole text."""


class Segment:
    """A segment of a message that is written in a charset."""

    def __init__(self, raw: hl7.Segment, charset: str = "utf-8", truncation: str = "") -> None:
        self._raw = raw
        self._charset = charset
        self._truncation = truncation
        self.name = str(raw[0])
        _, field, repetition, component, sub = raw.separators
        self._named = {"F": field, "R": repetition, "S": component, "T": sub, "E": raw.esc}
        self._named |= {"P": truncation} if truncation else {}

    def text(self, field: int, component: int = 1, sub: int = 0, repetition: int = 1) -> str:
        """One component whole, or one of its subcomponents; its escapes resolved if all of them can be."""
        parts = self._parts(field, repetition, component)
        return self._whole(parts[sub - 1 : sub] if sub else parts)

    @property
    def fields(self) -> int:
        """How many fields it has."""
        return len(self._raw) - 1

    def plain(self, field: int) -> str:
        """A field that should hold one text and nothing else: that text, else the field as it was sent."""
        others = [place for *place, _ in self._leaves(field) if place != [1, 1, 1]]
        return (self.raw(field) if others else self.text(field)).strip()

    def raw(self, field: int) -> str:
        """A field whole, as sent."""
        return str(self._raw[field]) if field < len(self._raw) else ""

    def components(self, field: int, repetition: int = 1) -> list[str]:
        """The components of a field, each whole: as many as were sent, and at least those of a coded element."""
        sent = self._raw[field][repetition - 1] if repetition <= self.repetitions(field) else ""
        found = [self._whole(_subs(each)) for each in _components(sent)]
        return found + [""] * (_LAST_COMPONENT - len(found))

    def last_component(self, field: int) -> str:
        """The last component of a field's first value, as sent: cheap also where it is a whole file."""
        part = self._raw[field] if field < len(self._raw) else ""
        while isinstance(part, hl7.Field | hl7.Repetition):
            part = (part[0] if isinstance(part, hl7.Field) else part[-1]) if part else ""
        return str(part)

    def repetitions(self, field: int) -> int:
        """How often a field is given."""
        return len(self._raw[field]) if field < len(self._raw) else 0

    def texts(self, field: int) -> Iterator[str]:
        """Every smallest part of a field, its escapes resolved."""
        return (self._resolved(leaf) for *_, leaf in self._leaves(field))

    def pieces(self, field: int) -> Iterator[str]:
        """Every smallest part of a field, without its escapes: what somebody could take it for."""
        esc = re.escape(self._raw.esc)
        return (re.sub(f"{esc}[^{esc}]*(?:{esc}|$)", "", leaf) for *_, leaf in self._leaves(field))

    def unread(
        self, field: int, used: Collection[int] = (1,), *, subs: Mapping[int, int] | None = None,
        more: bool = False, repeated: bool = False, quote: Callable[[str], str] = quoted,
    ) -> str | None:  # fmt: skip
        """Why a field is not the texts it should hold, with the remedy; None where it is.

        ``used``: the components that are read, ``subs``: how many subcomponents of each, ``more``: whether others may
        stand, ``repeated``: whether it may be given more than once; ``quote``: how a message quotes it.
        """
        for repetition, component, sub, leaf in self._leaves(field):
            if repetition > 1 and not repeated:
                return f"{quote(self.raw(field))} is given {self.repetitions(field)} times: send one"
            if component not in used:
                if more:
                    continue
                return f"{quote(self.raw(field))} has components that are not read here: send one plain text"
            if sub > (subs or {}).get(component, 1):
                mark = self._raw.separators[4]
                return f"{quote(self.raw(field))} has a subcomponent: send no {mark}, or escape it"
            if self._resolve(leaf) is None:
                return f"{quote(leaf)} has an escape that is not known or not closed: send the text itself"
            if self._is_cut(leaf):
                return f"{quote(leaf)} is cut off, says its last character (MSH-2): send it whole"
        return None

    def broken(self, field: int, used: Collection[int], subs: Mapping[int, int]) -> dict[int, Parts]:
        """The repetitions of a field of which some component that is read is not the texts it should hold.

        By repetition, the parts of these components; None for one that is no whole text.
        """
        found: dict[int, Parts] = {}
        wrong: set[int] = set()
        for repetition, component, sub, leaf in self._leaves(field):
            if component in used:
                text = None if self._is_cut(leaf) else self._resolve(leaf)
                found.setdefault(repetition, {each: [] for each in used})[component].append(text)
                if text is None or sub > subs.get(component, 1):
                    wrong.add(repetition)
        return {repetition: parts for repetition, parts in found.items() if repetition in wrong}

    def _is_cut(self, leaf: str) -> bool:
        return bool(self._truncation) and leaf.endswith(self._truncation)

    def echoed(self, field: int) -> str:
        """A field as an answer with the standard separators gives it back: as it was sent, unless that needs others."""
        if (self._raw.separators, self._raw.esc) == (_STANDARD, "\\"):
            return printed(self.raw(field))
        return self._rewritten(self._raw[field]) if field < len(self._raw) else ""

    def _rewritten(self, part: object) -> str:
        if isinstance(part, hl7.Container):
            mark = "~" if isinstance(part, hl7.Field) else "^" if isinstance(part, hl7.Repetition) else "&"
            return mark.join(map(self._rewritten, part))
        return printed(self._resolved(str(part))).translate(_ESCAPES)

    def _parts(self, field: int, repetition: int, component: int) -> list[str]:
        """The subcomponents of a component, as sent."""
        sent = self._raw[field][repetition - 1] if repetition <= self.repetitions(field) else ""
        found = sent if isinstance(sent, hl7.Repetition) else [sent]
        return _subs(found[component - 1]) if component <= len(found) else []

    def _leaves(self, field: int) -> Iterator[tuple[int, int, int, str]]:
        """Repetition, component, subcomponent and text of every part in which anything stands."""
        sent = self._raw[field] if field < len(self._raw) else ()
        for repetition, each in enumerate(sent, 1):
            for component, part in enumerate(_components(each), 1):
                for sub, leaf in enumerate(_subs(part), 1):
                    if leaf.strip():
                        yield repetition, component, sub, leaf

    def _whole(self, parts: list[str]) -> str:
        """Subcomponents as one text."""
        while len(parts) > 1 and not parts[-1]:
            parts.pop()
        separator: str = self._raw.separators[4]
        return separator.join(map(self._resolved, parts))

    def _resolved(self, text: str) -> str:
        found = self._resolve(text)
        return text if found is None else found

    def _resolve(self, text: str) -> str | None:
        """A text with its escapes resolved; None where one is not known, is not closed, or gives no text."""
        if self._raw.esc not in text:
            return text
        pieces = text.split(self._raw.esc)
        if len(pieces) % 2 == 0:
            return None
        for at in range(1, len(pieces), 2):
            meant = self._named.get(pieces[at]) or self._of_bytes(pieces[at])
            if meant is None:
                return None
            pieces[at] = meant
        return "".join(pieces)

    def _of_bytes(self, escape: str) -> str | None:
        found = _HEX.fullmatch(escape)
        try:
            text = bytes.fromhex(found[1]).decode(self._charset) if found else ""
        except UnicodeDecodeError:
            return None
        return text if text and is_printed(text) else None


def _components(repetition: object) -> Iterable[object]:
    return repetition if isinstance(repetition, hl7.Repetition) else (repetition,)


def _subs(component: object) -> list[str]:
    return [str(each) for each in component] if isinstance(component, hl7.Component) else [str(component)]


class Coding(NamedTuple):
    """A code with its words and the system it is said to be of."""

    code: str
    words: str
    system: str


_LAST_COMPONENT = 12
"""Of a coded element: three codings of three components, and what describes them."""


def codings(segment: Segment, field: int) -> list[Coding]:
    """The codings of a coded element: the first, the alternate, and the second alternate (2.7)."""
    parts = segment.components(field)
    return [Coding(*(part.strip() for part in parts[start : start + 3])) for start in (0, 3, 9)]
