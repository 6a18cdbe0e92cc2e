"""A log in one SQLite file, with folders of files beside it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from eventsourcing.persistence import InfrastructureFactory
from eventsourcing.sqlite import SQLiteCursor
from eventsourcing.utils import Environment

from engine.errors import LogError, RequestError
from engine.files import write_whole
from engine.log.beside import FileFolder
from engine.log.companions import beside, names_companion, place_of
from engine.log.connections import check_is_log
from engine.log.evidence import FileEvidence, evidence_of, is_log_file
from engine.log.journal import FileJournal
from engine.log.presence import check_present, read_only_name, suggestions, writable
from engine.log.schema import new_log
from engine.log.sqlite import LogFactory
from engine.log.store import Store, is_database


class FileStore:
    """The store of a log by its file's path."""

    def __init__(self, location: str) -> None:
        self.name = location

    def is_same_as(self, other: Store) -> bool:
        """Whether it is the same file, whatever its names."""
        if is_database(other.name):
            return False
        place, another = place_of(self.name), place_of(other.name)
        return place == another or (place.exists() and another.exists() and place.samefile(another))

    def check_target(self) -> None:
        """A name of its own, where nothing else stands."""
        place = place_of(self.name)
        if names_companion(place):
            raise RequestError(f"{self.name} is a name of what lies beside a log: name another file for the copy")
        if place.is_file() and not is_log_file(place):
            raise RequestError(f"{self.name} is there already and is no log: name a new file for the copy")

    def prepare(self, *, create: bool) -> bool:
        """Look for the file, or make it."""
        if ":memory:" in self.name or "mode=memory" in self.name:
            raise RequestError(f"{self.name}: a log is a file that stays; name a path")
        path = Path(self.name).absolute()
        is_new = not check_present(self.name, create=create) and _made(place_of(path))
        if path.stat().st_size:
            check_is_log(path, may_be_new=create)
        return is_new

    def check_present(self, *, create: bool = False) -> bool:
        """Look for the file alone."""
        return check_present(self.name, create=create)

    def factory(self, environment: Environment) -> InfrastructureFactory[Any]:
        """What makes the recorder of the file; a file that cannot be written is read as it is."""
        path = Path(self.name).absolute()
        create = environment["CREATE_TABLE"] == "y"
        name = str(path) if create or writable(path) else read_only_name(str(path))
        return LogFactory(Environment("", {**environment, LogFactory.SQLITE_DBNAME: name}))

    def folder(self, name: str) -> FileFolder:
        """A folder beside the file."""
        return FileFolder(beside(self.name, f".{name}"))

    def journal(self, name: str) -> FileJournal:
        """A folder of files beside the file."""
        return FileJournal(beside(self.name, f".{name}"))

    def evidence(self) -> AbstractContextManager[FileEvidence]:
        """A snapshot of the file."""
        return evidence_of(self.name)

    def evidence_in(self, transaction: SQLiteCursor) -> FileEvidence:
        """The file as an open transaction sees it."""
        return FileEvidence(transaction.sqlite_cursor.connection)

    def bytes(self) -> int:
        """The size of the file."""
        return Path(self.name).stat().st_size

    def suggestions(self, size: int) -> Iterator[str]:
        """What lies beside the file and tells of more events."""
        return suggestions(self.name, size)


def _made(path: Path) -> bool:
    """Make a new log, whole or not at all; an empty file becomes one as SQLite makes it. Whether we made it."""
    try:
        write_whole(path, new_log(), replace=False)
    except FileExistsError:
        return path.stat().st_size == 0
    except OSError as error:
        raise LogError(f"the log {path} cannot be made ({error.strerror}): check rights and room there") from None
    return True
