"""Records that are only ever added, beside a log: who read whose data. Each is a line of canonical JSON.

Beside a log in a file they are files of a day each (``LOG.access/2026-11-27.ndjson``), in a database rows of a table.
What was added is durable when ``append`` returns; several processes may add at once.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import orjson

from engine.errors import LogError
from engine.events.canonical import canonical_json
from engine.files import append_lasting

ENDING = ".ndjson"
_NOTHING: tuple[str, int, int] = ("", 0, 0)
_LAST_LINE = 1 << 16
"""How far from its end a file is read for its last line at first; then twice as far."""


class Journal(Protocol):
    """Records by number: 1, 2, 3 …"""

    def append(self, day: str, records: Sequence[Mapping[str, Any]]) -> None:
        """Add records of a day (YYYY-MM-DD), each with the next number; LogError where that cannot be, and none was."""

    def lines(self) -> Iterator[bytes]:
        """Every record as it is kept, by number."""

    def latest(self) -> Iterator[bytes]:
        """The same, the last one first."""


class FileJournal:
    """A folder of files; a file is never added to once a later one is there, whatever the clock says."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen = _NOTHING
        """The last file, its length and the last number in it, as they were left."""

    def append(self, day: str, records: Sequence[Mapping[str, Any]]) -> None:
        """Add to the day's file, or to a later one that is there; what a crash cut off half-way goes first."""
        try:
            if self._seen == _NOTHING:
                self._folder.mkdir(exist_ok=True)
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(folder, fcntl.LOCK_EX)
                self._append(day, records)
            finally:
                os.close(folder)
        except OSError as error:
            raise LogError(
                f"{self._folder} cannot be written ({error.strerror}): check room and rights there"
            ) from None

    def _append(self, day: str, records: Sequence[Mapping[str, Any]]) -> None:
        name, length, number = self._end()
        lines = [canonical_json({"number": each, **record}) for each, record in enumerate(records, number + 1)]
        data = b"".join(line + b"\n" for line in lines)
        if day + ENDING > name:
            name, length = day + ENDING, 0
        append_lasting(self._folder / name, data, length)
        self._seen = name, length + len(data), number + len(records)

    def _end(self) -> tuple[str, int, int]:
        """The last file, where its last whole line ends, and the number there."""
        names = self._names()
        name, length, number = self._seen
        if names and names[-1] == name and (self._folder / name).stat().st_size == length:
            return self._seen
        if number and name not in names:
            raise LogError(f"{self._folder / name} was taken away: run snagc verify, nothing more is recorded")
        for found in reversed(names):
            length, number = _last_line(self._folder / found)
            if number or found == names[0]:
                return found, length, number
        return "", 0, 0

    def lines(self) -> Iterator[bytes]:
        """File by file; what one holds behind its last line feed was cut off by a crash and never acknowledged."""
        for name in self._names():
            with (self._folder / name).open("rb") as file:
                yield from lines_of([file])

    def latest(self) -> Iterator[bytes]:
        """File by file, the last one first."""
        for name in reversed(self._names()):
            with (self._folder / name).open("rb") as file:
                yield from reversed(list(lines_of([file])))

    def _names(self) -> list[str]:
        if not self._folder.is_dir():
            return []
        return sorted(entry.name for entry in os.scandir(self._folder) if entry.name.endswith(ENDING))


def lines_of(files: Iterable[Iterable[bytes]]) -> Iterator[bytes]:
    """The records in files, each given by its lines; what follows the last line feed of one is none."""
    for file in files:
        yield from (line[:-1] for line in file if line.endswith(b"\n"))


def _last_line(path: Path) -> tuple[int, int]:
    """Where the last whole line of a file ends, and the number it bears; 0 and 0 where there is none."""
    with path.open("rb") as file:
        size, back = file.seek(0, os.SEEK_END), _LAST_LINE
        while True:
            start = max(0, size - back)
            file.seek(start)
            data = file.read(size - start)
            end = data.rfind(b"\n") + 1
            begin = data.rfind(b"\n", 0, max(0, end - 1)) + 1
            if begin or start == 0:
                break
            back *= 2
    if not end:
        return 0, 0
    try:
        return start + end, int(orjson.loads(data[begin : end - 1])["number"])
    except (ValueError, KeyError, TypeError):
        raise LogError(f"{path}: its last line is no record: run snagc verify, nothing more is recorded") from None
