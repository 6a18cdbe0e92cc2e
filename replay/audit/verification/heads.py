"""Step 8 of verification: checkpoints against what the rows gave."""

from collections.abc import Sequence
from typing import NamedTuple

from engine.errors import BrokenLogError
from engine.log.checkpoint import Checkpoint, NoteFile
from engine.log.note import VerifierKey
from engine.text import counted
from replay.audit.verification.findings import Faults, SignedHead
from replay.audit.verification.rows import RowChecks


class Trust(NamedTuple):
    """What the verifier brings along: known keys, checkpoints kept elsewhere, certificates of timestamp authorities."""

    keys: Sequence[VerifierKey] = ()
    notes: Sequence[NoteFile] = ()
    certificates: bytes | None = None
    strays: Sequence[str] = ()
    """Timestamps beside the log whose checkpoint is not there."""


class Head(NamedTuple):
    """A checkpoint whose file and signatures held: what it states, and how the report shows it."""

    checkpoint: Checkpoint
    signed: SignedHead


def open_heads(trust: Trust, faults: Faults) -> list[Head]:
    """The checkpoints whose signatures hold (unchecked where no key is known), in the order they follow each other."""
    heads = []
    for name in trust.strays:
        faults.add(8, f"{name} is the timestamp of a checkpoint that is not there: restore it from a copy")
    for file in trust.notes:
        try:
            heads.append(_open(file, trust))
        except BrokenLogError as error:
            faults.add(8, str(error))
    return sorted(heads, key=lambda head: head.checkpoint.order)


def _open(file: NoteFile, trust: Trust) -> Head:
    checkpoint, names = file.checked(trust.keys)
    try:
        timestamp = _timestamp(file, trust.certificates)
    except BrokenLogError as error:
        raise BrokenLogError(f"{file.name}: {error}") from None
    return Head(
        checkpoint,
        SignedHead(file.name, checkpoint.origin, checkpoint.size, checkpoint.root.hex(), names, timestamp),
    )


def _timestamp(file: NoteFile, certificates: bytes | None) -> str | None:
    if file.timestamp is None:
        return None
    from engine.log.timestamps import timestamped_at

    return timestamped_at(file.data, file.timestamp, certificates)


def check_heads(heads: Sequence[Head], rows: RowChecks, faults: Faults) -> list[Head]:
    """The checkpoints whose roots are those of the rows; the others are faults, as exactly placed as can be shown."""
    held: list[Head] = []
    for head in heads:
        size = head.checkpoint.size
        if rows.roots.get(size) == head.checkpoint.root:
            held.append(head)
            continue
        message = f"{head.signed.file} signs another root for the first {size} events than these rows have"
        if size > rows.size:
            message = f"{head.signed.file} signs {counted(size, 'event')}, the log has {rows.size}"
        exact = rows.kept_leaves.first_changed(head.checkpoint)
        if exact is None and size > rows.size:
            exact = rows.size + 1
        if exact is not None:
            faults.add(8, message, exact)
        else:
            below = max((known.checkpoint.size for known in held if known.checkpoint.size < size), default=0)
            faults.add(8, message, below + 1, until=size)
    return held
