"""The words of the dossier and of the pages: one catalogue a language, and how each writes figures and dates.

A catalogue is a folder of files beside this module, ``catalogue/fr`` and ``catalogue/en``: one file a topic, the same
files with the same keys in both, each section in one file alone. A key that is missing is an error, so no sentence can
fall back to another language unseen.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from typing import Any

from engine.log.history import stored_instant
from engine.quantities import PARIS, paris_clock
from replay.reports.documents import percent_down, rounded_down, short_figure

LANGUAGES = ("fr", "en")
NARROW, NO_BREAK = "\u202f", "\u00a0"
_FRENCH_SPACES = (
    (re.compile(r" ([;?!])"), NARROW + r"\1"),
    (re.compile(r" ([:»%])"), NO_BREAK + r"\1"),
    (re.compile(r"« "), "«" + NO_BREAK),
    (re.compile(r"(n°) "), r"\1" + NO_BREAK),
)
_DECIMAL_POINT = re.compile(r"(?<=\d)\.(?=\d)")
_TRUTH = re.compile(r"\b(true|false)\b")


@lru_cache(maxsize=2)
def tables(language: str) -> Mapping[str, Any]:
    """All words of a language, as its files have them."""
    found: dict[str, Any] = {}
    folder = resources.files("replay.reports") / "catalogue" / language
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        sections = tomllib.loads(file.read_text(encoding="utf-8"))
        twice = found.keys() & sections.keys()
        assert not twice, f"{file.name}: {', '.join(sorted(twice))} stands in another file, too"
        found |= sections
    return found


class Words:
    """A language: words by dotted key, and its way with figures, formulas and dates."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._french = language == "fr"
        self._tables = tables(language)
        self.symbols: frozenset[str] = frozenset(self._tables["symbols"])

    # -------------------------------------------------------------------------------------------- words

    def __call__(self, section: str, key: str, /, **given: Any) -> str:
        """The text of a key with its fields put in; plurals stand under ``one`` and ``many``, chosen by ``n``."""
        found = self._tables[section][key]
        if isinstance(found, Mapping):
            found = found["one" if self._is_singular(given["n"]) else "many"]
        text: str = self._spaced(found)
        return text.format(**given) if given else text

    def _is_singular(self, number: int | str | Decimal) -> bool:
        """Whether a number takes the singular: in French whatever is under two, in English one alone."""
        size = abs(Decimal(number))
        return size < 2 if self._french else size == 1

    def has(self, section: str, key: str) -> bool:
        """Whether the catalogue has a text of a key."""
        return key in self._tables[section]

    def named(self, section: str, key: str) -> str:
        """The word for a code; the code itself where the section has none."""
        return self._spaced(self._tables[section].get(key, key))

    def all(self, section: str, key: str) -> list[str]:
        """A list of texts: columns, months, items."""
        return [self._spaced(each) for each in self._tables[section][key]]

    def texts(self, section: str) -> Mapping[str, str]:
        """The texts of a section by key, as the catalogue has them: with the names of their fields."""
        found: Mapping[str, str] = self._tables[section]
        return found

    def reading(self, name: str) -> Mapping[str, Any]:
        """Label, quotations, reason and options of a reading."""
        found: Mapping[str, Any] = self._tables["readings"][name]
        texts = {key: self._spaced(value) for key, value in found.items() if isinstance(value, str)}
        return {**texts, "options": {key: self._spaced(value) for key, value in found["options"].items()}}

    def _spaced(self, text: str) -> str:
        return _spaced_as_french(text) if self._french else text

    # ------------------------------------------------------------------------------------------ figures

    def number(self, text: str | int) -> str:
        """A figure with the decimal mark of the language and a true minus sign."""
        written = re.sub(r"^-", "−", str(text))
        return _DECIMAL_POINT.sub(",", written) if self._french else written

    def short(self, text: str) -> str:
        """A figure of a table: without trailing zeros."""
        return self.number(short_figure(text))

    def percent(self, share: str) -> str:
        """A share in per cent, rounded down."""
        return f"{self.number(percent_down(share))}{NO_BREAK if self._french else ''}%"

    def days_left(self, days: str) -> str:
        """Days to come, rounded down: below zero as soon as they are over."""
        return self.number(rounded_down(Decimal(days)))

    def formula(self, text: str) -> str:
        """A formula of the annex in the signs of print; arguments are parted by ; where decimals have a comma."""
        for plain, sign in ((" x ", " × "), ("<=", "≤"), (">=", "≥"), (" - ", " − "), ("(-", "(−")):
            text = text.replace(plain, sign)
        if text.startswith("-"):
            text = "−" + text[1:]
        text = _TRUTH.sub(lambda found: self("page", found[0]), text)
        return _DECIMAL_POINT.sub(",", text.replace(", ", f"{NARROW}; ")) if self._french else text

    def unit(self, unit: str) -> str:
        """A unit in the language."""
        return self.named("units", unit) if unit else ""

    def source(self, source: str) -> str:
        """Where a figure stands in the guide."""
        for word, written in self._tables["source_words"].items():
            source = re.sub(rf"\b{word}\b", written, source)
        return source

    def ranges(self, numbers: Sequence[int]) -> str:
        """Whole numbers with neighbours joined: 1 to 15, 17."""
        runs: list[list[int]] = []
        for number in sorted(numbers):
            if runs and number == runs[-1][-1] + 1:
                runs[-1].append(number)
            else:
                runs.append([number])
        return ", ".join(
            f"{run[0]}"
            if len(run) == 1
            else self("acts", "to" if len(run) > 2 else "and").join(map(str, (run[0], run[-1])))
            for run in runs
        )

    # -------------------------------------------------------------------------------------------- dates

    def day(self, day: date) -> str:
        """A day written out."""
        month = self.all("dates", "months")[day.month - 1]
        number = "1er" if self._french and day.day == 1 else str(day.day)
        return f"{number}{NO_BREAK}{month} {day.year}"

    def day_of(self, text: str) -> str:
        """A day given as YYYY-MM-DD, written out."""
        return self.day(date.fromisoformat(text))

    def day_in_figures(self, text: str) -> str:
        """A day given as YYYY-MM-DD, for a table or a form."""
        return "/".join(reversed(text.split("-"))) if self._french else text

    def moment(self, time: str) -> str:
        """An instant written out, by the clock in Paris with its offset."""
        wall = self._wall(time)
        clock = wall.strftime("%H h %M min %S s" if self._french else "%H:%M:%S").replace(" ", NO_BREAK)
        joint = " à " if self._french else ", "
        return f"{self.day(wall.date())}{joint}{clock} {self._offset(time)}"

    def stamp(self, time: str, *, offset: bool = False) -> str:
        """An instant for a table, by the clock in Paris, to the second.

        With its offset where asked for, and in the hour that comes twice when the clock is put back.
        """
        wall = self._wall(time)
        shown = f"{self.day_in_figures(wall.date().isoformat())} {wall:%H:%M:%S}"
        return f"{shown}{NO_BREAK}{self._offset(time)}" if offset or _comes_twice(wall) else shown

    def day_month(self, time: str) -> str:
        """Day and month for an axis."""
        return self._wall(time).strftime("%d/%m" if self._french else "%m-%d")

    def _wall(self, time: str) -> datetime:
        return paris_clock(stored_instant(time))

    def _offset(self, time: str) -> str:
        ahead = datetime.fromisoformat(time.upper()).astimezone(PARIS).strftime("%z")
        return f"(UTC{ahead[:3]}:{ahead[3:]})"


def _comes_twice(wall: datetime) -> bool:
    """Whether the clock in Paris shows this time twice."""
    return PARIS.utcoffset(wall.replace(fold=0)) != PARIS.utcoffset(wall.replace(fold=1))


@lru_cache(maxsize=4096)
def _spaced_as_french(text: str) -> str:
    """A text of the catalogue with the spaces that French typography asks for; there are no more texts than that."""
    for pattern, replacement in _FRENCH_SPACES:
        text = pattern.sub(replacement, text)
    return text
