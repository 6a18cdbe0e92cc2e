"""A log's SQLite file copied in one snapshot, also while it is in use, into a file that appears whole.

SQLite's own copy is the only sound one: what was acknowledged last may stand in the -wal alone.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import chain, count
from pathlib import Path

from engine.errors import BrokenLogError
from engine.files import name_draft

_OF_A_DRAFT = ("", "-wal", "-shm", "-journal")


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """Another name for a file that is made; it gets its own once the block has ended without an error.

    FileExistsError where the name is taken by then.
    """
    for left in path.parent.glob(f".{path.name}.*.copy"):
        _remove_if_abandoned(left)
    draft = path.with_name(f".{path.name}.{os.getpid()}.copy")
    try:
        yield draft
        name_draft(draft, path)
    finally:
        _remove(draft)


def copy_into(source: sqlite3.Connection, path: Path) -> None:
    """A copy in one snapshot; BrokenLogError where SQLite finds it damaged."""
    with closing(sqlite3.connect(path)) as target:
        source.backup(target)
        (found,) = target.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise BrokenLogError(f"SQLite finds what is to be copied damaged: {found}")


def rescue(source: sqlite3.Connection, log: Path) -> str:
    """Save what a connection still holds of a log that was taken away; what to say of it."""
    names = (log.with_name(f"{log.name}.rescued{ending}") for ending in chain([""], map("-{}".format, count(2))))
    path = next(name for name in names if not os.path.lexists(name))
    try:
        with draft_of(path) as draft:
            copy_into(source, draft)
    except (OSError, sqlite3.Error, BrokenLogError) as error:
        return f"what it held could not be saved ({error})"
    return f"all that was acknowledged is saved as {path}: verify that file and put it back in place of the log"


def _remove_if_abandoned(draft: Path) -> None:
    """Remove a draft whose process is gone."""
    process = draft.name.split(".")[-2]
    if not process.isdigit():
        return
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        _remove(draft)
    except OSError:  # it is somebody else's, and runs
        return


def _remove(draft: Path) -> None:
    for ending in _OF_A_DRAFT:
        with suppress(OSError):
            Path(f"{draft}{ending}").unlink()
