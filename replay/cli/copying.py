"""snagc copy-log: a verified copy of a log, also while it is in use."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from engine.log.store import shown
from engine.text import counted
from replay.cli import options
from replay.cli.common import guarded
from replay.cli.keyring import configured_keys
from replay.cli.printing import print_json, say

if TYPE_CHECKING:
    from engine.log.copying import Companion
    from engine.log.evidence import LogEvidence
    from replay.audit.verification.findings import Verification


@guarded
def copy_log(
    source: Annotated[str, typer.Argument(metavar="FROM", help="The log to copy; it may be in use.")],
    target: Annotated[
        str,
        typer.Argument(metavar="TO", help="A new file, an empty database or an earlier copy."),
    ],
    json: options.Json = False,
) -> None:
    """Copy a log: events, imports, quarantine and checkpoints, the same positions, bytes and root; verified.

    Never copy the file by hand: what was acknowledged last may stand in LOG-wal alone, and a file copied while it is
    written is no state that ever was. TO appears whole, or is extended in one transaction, or is left as it is.

    Example: snagc copy-log heart.db /mnt/elsewhere/heart.db
    """
    from engine.log.copying import copy_log as copied

    before, found = copied(source, target, partial(_verified, source))
    document = {"from": shown(source), "to": shown(target), "size": found.size, "root": found.root, "before": before}
    checkpoints = [head.file for head in found.checkpoints]
    if json:
        print_json({**document, "checkpoints": checkpoints, "cannot_show": list(found.limits)})
        return
    added = f"{found.size - before} of {counted(found.size, 'event')}" if before else counted(found.size, "event")
    say(f"{added} copied to {shown(target)} and verified, {counted(len(checkpoints), 'checkpoint')}, root {found.root}")


class _Received:
    """The bytes of messages that are copied."""

    def __init__(self, files: "list[Companion]") -> None:
        self._data = {file.name: file.data for file in files if file.folder == "received"}

    def names(self) -> list[str]:
        """Their names."""
        return sorted(self._data)

    def read(self, name: str) -> bytes | None:
        """The bytes under a name."""
        return self._data.get(name)


def _verified(source: str, evidence: "LogEvidence", files: "list[Companion]") -> "Verification":
    """The verification of what is copied; BrokenLogError where it is not whole."""
    from engine.errors import BrokenLogError
    from engine.log.beside import ACCESS, CHECKPOINTS
    from engine.log.checkpoint import LEAF_HASHES, NoteFile, split_leaf_hashes
    from engine.log.journal import lines_of
    from replay.audit.verification.heads import Trust
    from replay.audit.verification.verify import verify

    beside = {file.name: file.data for file in files if file.folder == CHECKPOINTS}
    notes = [
        NoteFile(name, data, beside.get(name.removesuffix(".note") + ".tsr"))
        for name, data in beside.items()
        if name.endswith(".note")
    ]
    leaves = split_leaf_hashes(beside.get(LEAF_HASHES, b""))
    records = lines_of(file.data.splitlines(keepends=True) for file in files if file.folder == ACCESS)
    found = verify(evidence, Trust(configured_keys(), notes), leaves, access=records, received=_Received(files))
    if found.first is not None:
        raise BrokenLogError(
            f"{shown(source)} is broken at {found.first.where}: {found.first.message}: nothing was copied"
        )
    return found
