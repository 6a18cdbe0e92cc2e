"""The one way in which a command writes a file that its user names.

Never over what must be kept: a log, what lies beside one, a checkpoint, a key, an input of the same command, by
whatever name (links, relative paths, another case). Whole or not at all. What else is there already is replaced
only where the user insists (``force``), and never where it is kept.
"""

import errno
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from engine.errors import OutputError, RequestError
from engine.files import whole_file
from engine.log.companions import FOLDERS, beside, companions, names_companion, place_of, same_letters
from engine.log.store import is_database

_LOOKED_AT = 65_536
_KEY_ENDINGS = (".key", ".vkey", ".pem", ".p12", ".pfx")
_KEY = re.compile(
    rb"^(PRIVATE\+KEY\+|-----BEGIN [A-Z ]*PRIVATE KEY|AGE-SECRET-KEY-|PuTTY-User-Key-File)"
    rb'|\A\s*\{(?=.*"kty")(?=.*"(d|k)"\s*:)',  # a JSON Web Key with its private part
    re.MULTILINE | re.DOTALL,
)
_CHECKPOINT = re.compile(rb"[^\n]+\n[0-9]+\n[A-Za-z0-9+/]{43}=\n.*\n\n\xe2\x80\x94 ", re.DOTALL)
_WAL_MAGIC = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
_NO_FAULT_OF_THE_NAME = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


@dataclass(frozen=True, slots=True)
class Output:
    """A file to be written: its name, the log and the other files that the command uses, and whether to replace."""

    path: str | Path
    log: str | None = None
    inputs: Sequence[str | Path] = ()
    force: bool = False

    def check(self) -> Path:
        """Where the bytes will go; RequestError where they may not. Called first, so that nothing is done in vain."""
        if str(self.path) == "-":
            raise RequestError("- names no file: name one, and the answer goes there whole or not at all")
        target = self._target()
        if part := names_companion(target):
            raise self._kept(f"{part} is a name of what lies beside a log")
        self._refuse_same_name(target)
        try:
            found = target.stat()
        except FileNotFoundError:
            return target
        except OSError as error:
            raise self._failed(error) from None
        if not stat.S_ISREG(found.st_mode):
            what = "a folder" if stat.S_ISDIR(found.st_mode) else "no ordinary file"
            raise RequestError(f"cannot write {self.path}: it is {what}; name a file")
        self._refuse_kept(target, found)
        if not self.force:
            raise self._there()
        return target

    @contextmanager
    def writing(self, *, mode: int = 0o666) -> Iterator[BinaryIO]:
        """The file's bytes; it appears once the block has ended without an error."""
        target = self.check()
        try:
            with whole_file(target, replace=self.force, mode=mode) as file:
                yield file
        except FileExistsError:
            raise self._there() from None
        except OSError as error:
            raise self._failed(error) from None

    def write(self, data: bytes, *, mode: int = 0o666) -> None:
        """Write the file."""
        with self.writing(mode=mode) as file:
            file.write(data)

    def _target(self) -> Path:
        target = place_of(self.path)
        if not target.parent.is_dir():
            raise RequestError(f"cannot write {self.path}: no folder {target.parent}; name a folder that exists")
        return target

    def _used(self) -> list[str | Path]:
        return [*([self.log] if self.log and not is_database(self.log) else []), *self.inputs]

    def _refuse_same_name(self, target: Path) -> None:
        """Also where the file is not there yet, and where it would be another one on this file system alone."""
        for used in self._used():
            place = place_of(used)
            if same_letters(str(place)) == same_letters(str(target)):
                raise self._kept("this command reads it" if used in self.inputs else "it is the log")

    def _refuse_kept(self, target: Path, found: os.stat_result) -> None:
        for used in self._used():
            if _is_one_of(found, [place_of(used)]):
                raise self._kept("this command reads it" if used in self.inputs else "it is the log")
        if self.log and not is_database(self.log) and _is_one_of(found, _all_beside(self.log)):
            raise self._kept("it belongs to the log")
        # only now may it be opened: to close a file that SQLite holds open would drop SQLite's locks on it
        try:
            what = _kind_that_is_kept(target)
        except OSError as error:
            raise self._failed(error) from None
        if what:
            raise self._kept(f"it is {what}")

    def _kept(self, why: str) -> RequestError:
        return RequestError(f"{self.path} is never written over ({why}): name another file")

    def _there(self) -> RequestError:
        return RequestError(f"{self.path} is there already: name another file, or replace it with --force")

    def _failed(self, error: OSError) -> RequestError | OutputError:
        said = f"cannot write {self.path}: {error.strerror or error}"
        if error.errno in _NO_FAULT_OF_THE_NAME:
            return OutputError(f"{said}; nothing was written: make room, or name a file elsewhere")
        return RequestError(f"{said}; name a file in a folder that exists and can be written")


def _is_one_of(found: os.stat_result, paths: Sequence[Path]) -> bool:
    for path in paths:
        try:
            if os.path.samestat(found, path.stat()):
                return True
        except OSError:  # not there, or not to be seen: then it is not the file that was found
            continue
    return False


def _all_beside(log: str) -> list[Path]:
    """A log's companions and every file in its folders."""
    inside = (path for ending in FOLDERS for path in beside(log, ending).rglob("*"))
    return [*companions(log), *sorted(inside)]


def _kind_that_is_kept(path: Path) -> str | None:
    """What an existing file is by its own bytes or ending, if nothing may write over it."""
    from engine.log.evidence import is_log_file  # the store, which most commands load soon anyway, but not their help

    if is_log_file(path):
        return "a log"
    with path.open("rb") as file:
        head = file.read(_LOOKED_AT)
    if head.startswith(_WAL_MAGIC):
        return "what SQLite has not yet moved into a database"
    if same_letters(path.suffix) in _KEY_ENDINGS or _KEY.search(head):
        return "a key"
    return "a signed checkpoint" if _CHECKPOINT.match(head) else None
