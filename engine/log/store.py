"""Where a log is kept: a SQLite file with folders beside it, or a PostgreSQL database whose tables hold it all.

The one place that tells them apart. All else asks a log's store, and gets the same answers from either.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from eventsourcing.persistence import InfrastructureFactory
    from eventsourcing.utils import Environment

    from engine.log.beside import Folder
    from engine.log.evidence import LogEvidence
    from engine.log.journal import Journal

_DATABASE = ("postgresql://", "postgres://")


class Store(Protocol):
    """A place for a log, by what ``--log`` names; nothing is opened before it is asked for."""

    name: str
    """As messages and answers name it: never with a password."""

    def is_same_as(self, other: "Store") -> bool:
        """Whether the other store is this very one."""

    def check_target(self) -> None:
        """RequestError where no log may be copied to this place."""

    def prepare(self, *, create: bool) -> bool:
        """Look at what is there, or make a new log where ``create`` asks for one; whether it was made.

        RequestError where there is no log, BrokenLogError where there is a damaged or another one.
        """

    def check_present(self, *, create: bool = False) -> bool:
        """Whether there is a log; False where one may be made. Errors where it was lost, as for ``prepare``."""

    def factory(self, environment: "Environment") -> "InfrastructureFactory[Any]":
        """What makes the log's recorder."""

    def folder(self, name: str) -> "Folder":
        """What lies beside the log under a name of engine.log.beside."""

    def journal(self, name: str) -> "Journal":
        """The records that are only ever added, beside the log under a name."""

    def evidence(self) -> "AbstractContextManager[LogEvidence]":
        """One snapshot of the log as it stands there, past the engine's own checks."""

    def bytes(self) -> int:
        """About how many bytes the log takes."""

    def evidence_in(self, transaction: Any) -> "LogEvidence":
        """The log as the open transaction of a recorder sees it."""

    def suggestions(self, size: int) -> Iterator[str]:
        """What suggests that there were more events than so many, in words."""


def is_database(location: str) -> bool:
    """Whether a log's location is an address of a database, and no path."""
    return location.startswith(_DATABASE)


def shown(location: str) -> str:
    """A log's location as answers name it: never with a password."""
    return store_of(location).name if is_database(location) else location


def store_of(location: str) -> Store:
    """The store that a location names."""
    if is_database(location):
        from engine.log.postgres.store import DatabaseStore

        return DatabaseStore(location)
    from engine.log.filestore import FileStore

    return FileStore(location)
