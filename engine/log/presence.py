"""Whether a log is where it should be: at rest before it is opened, and while it is held open.

What each kind of damage says and exits with, the same for every command:

    nothing there, nothing beside it                            no log (ingest makes one)                      2
    a folder, a device, a pipe                                  not a log                                      2
    another kind of file                                        not a log, or no longer one                    4
    nothing or an empty file, and companions beside it          the log is lost: nothing is made in its place  4
    moved, removed, replaced or cut while it is in use          the log is lost: nothing more is acknowledged  4
    cut short, malformed, with altered marks                    broken                                         4
    a log of a version that this program does not know          broken, or made by a later program             4
    a -wal or -journal that SQLite did not write for it         broken                                         4
    checkpoints that are no folder, a checkpoint that is none   broken                                         4
    a crash's -wal without -shm, and nothing can be written     cannot be read here                            1
    no right to read, no room, a lock held too long             cannot be used here                            1

Companions are what lies beside a log (engine.log.companions). They outlive it when it is lost, and tell of it.
"""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from engine.errors import BrokenLogError, LogError, LostLogError, NotALogError, RequestError
from engine.log.companions import FOLDERS, OF_SQLITE, beside, companions, names_companion, place_of
from engine.log.wal import frames_behind_damage, is_wal

_MAGIC = b"SQLite format 3\x00"


def check_present(location: str | Path, *, create: bool = False) -> bool:
    """Whether there is a file to open as a log; False where one is to be made. What is lost or damaged is an error."""
    path = Path(location)
    found = _status(path)
    if found is not None and not stat.S_ISREG(found.st_mode):
        what = "a folder" if stat.S_ISDIR(found.st_mode) else "no ordinary file"
        raise RequestError(f"{location} is {what}, not a log: name a file")
    if found is not None and found.st_size:
        _check_companions(path)
        return True
    left = companions(path)
    if found is not None:  # another process may be making it just now, and keeps a -journal while it does
        left = [companion for companion in left if not companion.name.endswith("-journal")]
    if left:
        raise _lost(location, "is missing" if found is None else "is empty", left)
    if not create:
        raise RequestError(f"no log at {location}: name one with --log or SNAGC_LOG, or make one with snagc ingest")
    _check_place_of_new(path)
    return False


def _check_place_of_new(path: Path) -> None:
    """Whether a log may be made here."""
    if part := names_companion(place_of(path)):
        raise RequestError(f"no log is made at {path}: {part} is a name of what lies beside a log; name another file")
    if not path.absolute().parent.is_dir():
        raise RequestError(f"no folder {path.absolute().parent} for the log {path}: make it first")


def _status(path: Path) -> os.stat_result | None:
    """What the system says of a path; None where nothing is there."""
    try:
        str(place_of(path)).encode()
        return path.stat()
    except UnicodeEncodeError:
        raise RequestError(f"{path} is no path in UTF-8, and SQLite takes no other: name the log otherwise") from None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LogError(f"{path} cannot be looked at ({error.strerror}): check the path and its rights") from None


def not_a_log(location: str | Path, why: str) -> LogError:
    """What to say of a file that cannot be read as a log: never one, no longer one, or a damaged one."""
    if left := [path for path in companions(location) if not path.name.endswith(OF_SQLITE)]:
        return _lost(location, f"is no log ({why})", left)
    with Path(location).open("rb") as file:
        if file.read(len(_MAGIC)) == _MAGIC and "database" in why:
            return BrokenLogError(f"{location} is damaged ({why}): restore it from a copy made with snagc copy-log")
    return NotALogError(f"{location} cannot be read as a log ({why}): name the file that snagc ingest made")


def _lost(location: str | Path, how: str, left: list[Path]) -> LostLogError:
    names = ", ".join(path.name for path in left)
    return LostLogError(
        f"{location} {how}, but {names} beside it tell of a log that was here: nothing is made in its place. Put the "
        f"log back if it was moved (with its -wal, under the same name), or restore it from a copy made with "
        f"snagc copy-log; to begin another log, name another path or move {names} away first"
    )


def _check_companions(path: Path) -> None:
    """What SQLite keeps beside a log must be its own: it would take over or throw away whatever stands there."""
    place = place_of(path)
    _check_folders(path)
    for ending in OF_SQLITE:
        file = Path(f"{place}{ending}")
        found = _stands(file)
        if found is None:
            continue
        if not stat.S_ISREG(found.st_mode):
            raise BrokenLogError(f"{file} is no file, as SQLite keeps it beside a log: move it away")
        if ending == "-journal" and found.st_size:
            raise BrokenLogError(f"{file} would be rolled back into the log, which has no such file: move it away")
    wal = Path(f"{place}-wal")
    if not is_wal(wal):
        raise BrokenLogError(
            f"{wal} is no write-ahead log of SQLite, and what was acknowledged last may have been in it: restore it, "
            f"or move it away to go on with what {path.name} holds, then run snagc verify"
        )


def _check_folders(path: Path) -> None:
    for folder in (beside(path, ending) for ending in FOLDERS):
        found = _stands(folder)
        if found is not None and not stat.S_ISDIR(found.st_mode):
            raise BrokenLogError(f"{folder} is no folder, as it is beside a log: restore it, or move it away")
    checkpoints = beside(path, ".checkpoints")
    if checkpoints.is_dir():
        for entry in sorted(checkpoints.iterdir()):
            found = _stands(entry)
            if found is not None and not stat.S_ISREG(found.st_mode):
                raise BrokenLogError(f"{entry} is no file, as checkpoints are: restore it, or move it away")


def _stands(path: Path) -> os.stat_result | None:
    """What stands at a path, looked at once, since another process may take it away at any moment; None for nothing.

    Of a link what it leads to, or the link itself where that is nothing.
    """
    try:
        found = path.lstat()
    except OSError:
        return None
    try:
        return path.stat() if stat.S_ISLNK(found.st_mode) else found
    except OSError:
        return found


def read_only_name(path: str) -> str:
    """The name under which SQLite reads a log it may not write, with all that a crash left in its -wal."""
    wal = Path(f"{place_of(path)}-wal")
    name, found = f"file:{quote(path)}?mode=ro", _stands(wal)
    if found is None or not found.st_size:
        return f"{name}&immutable=1"
    try:
        with closing(sqlite3.connect(name, uri=True)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.OperationalError as error:
        raise LogError(
            f"{wal} holds rows not yet in {path}, and SQLite cannot read them here ({error}): put the log and all "
            "that lies beside it where it can be written"
        ) from None
    return name


def writable(path: Path) -> bool:
    """Whether SQLite may write the file and beside it, as WAL mode needs even to read."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def suggestions(location: str | Path, size: int) -> Iterator[str]:
    """What lies beside a log of so many events and suggests that there were more, in words."""
    states = beside(location, ".states")
    names = [path.stem for path in states.glob("*.state")] if states.is_dir() else []
    longest = max((int(name) for name in names if name.isascii() and name.isdigit()), default=0)
    if longest > size:
        yield (
            f"{states.name} tells of {longest} events, the log has {size}: it may have been copied by hand, cut, or "
            "deprived of its -wal. Look for another copy."
        )
    wal = Path(f"{place_of(location)}-wal")
    if behind := frames_behind_damage(wal):
        yield (
            f"{wal.name} is damaged, and {behind} pages stand behind the damage that SQLite passes over: what was "
            "acknowledged last may be in them. Keep that file, and look for another copy."
        )


class HeldFile:
    """A log's file and its -wal as one connection holds them: what is at their names must go on being just these."""

    def __init__(self, path: str | Path) -> None:
        self._path = place_of(path)
        self._file = self._found(self._path)
        self._wal: os.stat_result | None = None

    @property
    def was_written(self) -> bool:
        """Whether a transaction that writes has looked at it."""
        return self._wal is not None

    def same_as(self, other: "HeldFile") -> bool:
        """Whether two connections hold the same file."""
        return os.path.samestat(self._file, other._file)

    def check(self) -> None:
        """LostLogError where the file or its -wal was moved, removed, replaced or cut; called within a transaction."""
        now = self._found(self._path)
        if not os.path.samestat(now, self._file):
            raise self._gone(f"another file stands at {self._path}")
        if now.st_size < self._file.st_size:
            raise self._gone(f"{self._path} was cut from {self._file.st_size} to {now.st_size} bytes")
        wal = self._found(Path(f"{self._path}-wal"))
        if self._wal is not None and not os.path.samestat(wal, self._wal):
            raise self._gone(f"another file stands at {self._path}-wal")
        self._file, self._wal = now, wal

    def _found(self, path: Path) -> os.stat_result:
        try:
            return path.stat()
        except OSError as error:
            raise self._gone(f"{path}: {error.strerror}") from None

    def _gone(self, what: str) -> LostLogError:
        return LostLogError(f"the log was taken away while it was in use ({what}): nothing more is acknowledged")
