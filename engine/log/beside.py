"""What lies beside a log, as its users hold it: folders of named bytes, whatever store the log is in.

Beside a log in a file they are folders of files (engine.log.companions lists them), in a database tables of rows.
"""

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from engine.errors import LogError
from engine.files import write_whole

CHECKPOINTS, STATES, ACCESS, RECEIVED = "checkpoints", "states", "access", "received"
"""Signed checkpoints; saved states; who read whose data; bytes as received. The names of what lies beside a log."""

_PIECE = 1 << 20


class Folder(Protocol):
    """Named bytes. A name may hold slashes; what was kept is durable when ``keep`` returns, unless told otherwise."""

    def names(self) -> list[str]:
        """The names of all there is, ascending."""

    def read(self, name: str) -> bytes | None:
        """The bytes under a name; None where there are none."""

    def pieces(self, name: str) -> Iterator[bytes]:
        """The same, of many bytes a megabyte at a time."""

    def place(self, name: str) -> str:
        """Where that is, for messages."""

    def keep(self, name: str, data: bytes, *, lasting: bool = True) -> None:
        """Keep bytes under a name, in the place of others; LogError where that cannot be."""

    def remove(self, name: str) -> None:
        """Take out what stands under a name, if anything does."""

    def mark(self) -> object:
        """Something that is another whenever anything in the folder may have changed; None where nothing is there."""


class FileFolder:
    """A folder of files beside a log's file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> list[str]:
        """Ascending; drafts, which are hidden, left out."""
        found = (path for path in self._path.rglob("*") if path.is_file() and not path.name.startswith("."))
        return sorted(path.relative_to(self._path).as_posix() for path in found)

    def read(self, name: str) -> bytes | None:
        """The file's bytes."""
        try:
            return (self._path / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise self._unusable(name, error) from None

    def pieces(self, name: str) -> Iterator[bytes]:
        """The file's bytes, a megabyte at a time."""
        try:
            with (self._path / name).open("rb") as file:
                while piece := file.read(_PIECE):
                    yield piece
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise self._unusable(name, error) from None

    def place(self, name: str) -> str:
        """The file's path."""
        return str(self._path / name)

    def keep(self, name: str, data: bytes, *, lasting: bool = True) -> None:
        """Write the file whole."""
        path = self._path / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, data, replace=True, lasting=lasting)
        except OSError as error:
            raise self._unusable(name, error) from None

    def remove(self, name: str) -> None:
        """Delete the file."""
        try:
            (self._path / name).unlink(missing_ok=True)
        except OSError as error:
            raise self._unusable(name, error) from None

    def mark(self) -> object:
        """When the folder itself last changed."""
        return self._path.stat().st_mtime_ns if self._path.is_dir() else None

    def _unusable(self, name: str, error: OSError) -> LogError:
        why = "make room there" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "check the rights there"
        return LogError(f"{self._path / name} cannot be used ({error.strerror}): {why}")
