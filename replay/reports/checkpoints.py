"""A checkpoint as a document: what it states, and its bytes."""

from typing import Any

from engine.errors import UnknownError
from engine.log.checkpoint import Checkpoint, CheckpointFolder
from engine.log.note import SignedNote


def checkpoint_document(note: SignedNote, file: str) -> dict[str, Any]:
    """The document of ``checkpoint``: where a note is kept, and what it signs."""
    stated = Checkpoint.parse(note.text)
    return {
        "file": file,
        "origin": stated.origin,
        "size": stated.size,
        "root": stated.root.hex(),
        **{name.replace("-", "_"): count for name, (count, _) in stated.signed_lists.items()},
        "note": note.data.decode(),
    }


def last_checkpoint(folder: CheckpointFolder) -> dict[str, Any]:
    """The same of the last one beside a log."""
    sizes = folder.sizes()
    file = folder.at(sizes[-1]) if sizes else None
    if file is None:
        raise UnknownError("no checkpoint of this log: make one with snagc checkpoint")
    return checkpoint_document(file.open()[0], folder.place(file.name))
