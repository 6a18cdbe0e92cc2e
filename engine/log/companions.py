"""What lies beside a log: the one list of names, and where they are.

    LOG-wal LOG-shm LOG-journal     SQLite's own: what it has not yet moved into LOG, and how to undo what was cut off
    LOG.checkpoints/                signed checkpoints and the leaf hashes of what they sign
    LOG.states/                     saved states, the only ones that may be deleted
    LOG.access/ LOG.received/       who read whose data; bytes of the quarantine and of feeds

They lie beside the file itself: a log named by a symbolic link has them where the link leads.
"""

import os
import unicodedata
from pathlib import Path

OF_SQLITE = ("-wal", "-shm", "-journal")
FOLDERS = (".checkpoints", ".states", ".access", ".received")


def place_of(location: str | Path) -> Path:
    """The absolute path of a log's file, where links lead."""
    return Path(os.path.realpath(location))


def beside(location: str | Path, ending: str) -> Path:
    """The path of a companion; as the log was named, unless that name is a link."""
    path = Path(location)
    return Path(f"{place_of(path) if path.is_symlink() else path}{ending}")


def companions(location: str | Path) -> list[Path]:
    """The companions of a log that are there."""
    candidates = (beside(location, ending) for ending in (*OF_SQLITE, *FOLDERS))
    return [path for path in candidates if os.path.lexists(path)]


def names_companion(path: Path) -> str | None:
    """The part of an absolute path that is named like a companion (whatever the case); None where none is."""
    return next((part for part in reversed(path.parts) if same_letters(part).endswith((*OF_SQLITE, *FOLDERS))), None)


def same_letters(name: str) -> str:
    """A name as file systems compare it that see no difference of case or of Unicode form."""
    return unicodedata.normalize("NFC", name).casefold()
