"""Checkpoints: the size and root of the log, signed, in files beside it that others can check.

A checkpoint is a C2SP tlog-checkpoint in a signed note (engine.log.note):

    example.org/heart-log                              origin: the name of the log's key
    20                                                 how many events
    qINS1GRFyWVu7…                                     their RFC 6962 root, base64
    imports 2 nJ5k3…                                   ours: the import records so far (engine.log.imports)

    — example.org/heart-log Az3grl…

The folder ``LOG.checkpoints`` holds ``SIZE.note`` for each, perhaps ``SIZE.tsr`` (an RFC 3161 timestamp of that
file), and ``leaf-hashes``: the 32-byte leaf hashes of all signed events. Those prove themselves (their root is the
signed one) and tell verification which row was changed, where a root alone tells only that one was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from engine.errors import BrokenLogError, RequestError
from engine.files import write_whole
from engine.log.companions import beside
from engine.log.eventlog import EventLog
from engine.log.imports import import_records, imports_digest
from engine.log.note import SignedNote, SignerKey, from_base64, to_base64
from engine.log.proofs import root_of
from engine.log.tree import leaf_hash

HASH_BYTES = 32
_IMPORTS = "imports"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint states; ``extensions`` are the lines after the root, in their order."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text that is signed."""
        return "".join(f"{line}\n" for line in (self.origin, self.size, to_base64(self.root), *self.extensions))

    @property
    def imports(self) -> tuple[int, bytes] | None:
        """How many import records it signs, and their digest; None for one that signs none."""
        for line in self.extensions:
            name, _, rest = line.partition(" ")
            if name == _IMPORTS:
                count, _, digest = rest.partition(" ")
                return _whole(count), _hash(digest)
        return None

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """The checkpoint a note's text states; BrokenLogError where it states none."""
        lines = text.split("\n")[:-1]
        if len(lines) < 3 or not all(lines):
            raise BrokenLogError("not a checkpoint: it has an origin, a size and a root, a line each")
        checkpoint = cls(lines[0], _whole(lines[1]), _hash(lines[2]), tuple(lines[3:]))
        _ = checkpoint.imports
        return checkpoint


def checkpoint_of(origin: str, size: int, root: bytes, imports: tuple[int, bytes]) -> Checkpoint:
    """The checkpoint of a log: its size and root, its import records' number and digest."""
    count, digest = imports
    return Checkpoint(origin, size, root, (f"{_IMPORTS} {count} {to_base64(digest)}",))


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or (text[0] == "0" and text != "0") or len(text) > 18:
        raise BrokenLogError(f"not a checkpoint: {text[:30]!r} is not a number of entries")
    return int(text)


def _hash(text: str) -> bytes:
    try:
        data = from_base64(text)
    except ValueError:
        data = b""
    if len(data) != HASH_BYTES:
        raise BrokenLogError(f"not a checkpoint: {text[:60]!r} is not a SHA-256 hash in base64")
    return data


# ---------------------------------------------------------------------------------------- beside the log


@dataclass(frozen=True, slots=True)
class NoteFile:
    """A checkpoint's file: its name for messages, its bytes, and the bytes of its timestamp if it has one."""

    name: str
    data: bytes
    timestamp: bytes | None = None

    def open(self) -> tuple[SignedNote, Checkpoint]:
        """The note and what it states, signatures unchecked; BrokenLogError names the file."""
        try:
            note = SignedNote.parse(self.data)
            return note, Checkpoint.parse(note.text)
        except BrokenLogError as error:
            raise BrokenLogError(f"{self.name}: {error}") from None


class CheckpointFolder:
    """The checkpoints kept beside a log."""

    def __init__(self, log: str) -> None:
        self.path = beside(log, ".checkpoints")
        self._leaf_hashes = self.path / "leaf-hashes"

    def notes(self) -> list[NoteFile]:
        """Every checkpoint kept, by file name."""
        return [read_note_file(path) for path in sorted(self.path.glob("*.note"))]

    def at(self, size: int) -> NoteFile | None:
        """The checkpoint of a size."""
        path = self._note(size)
        return read_note_file(path) if path.exists() else None

    def sizes(self) -> list[int]:
        """The sizes signed so far, ascending, as the file names say."""
        return sorted(int(path.stem) for path in self.path.glob("*.note") if path.stem.isdigit())

    def leaf_hashes(self) -> list[bytes]:
        """The leaf hashes of all signed events, as kept; none where there is no such file."""
        data = self._leaf_hashes.read_bytes() if self._leaf_hashes.exists() else b""
        cuts = range(0, len(data) + 1, HASH_BYTES)
        return [data[start:end] for start, end in pairwise(cuts)]

    def keep(self, size: int, note: SignedNote, leaves: Sequence[bytes]) -> Path:
        """Keep a note and the leaf hashes of what it signs; returns the note's path."""
        self.path.mkdir(exist_ok=True)
        write_whole(self._leaf_hashes, b"".join(leaves), replace=True)
        return write_whole(self._note(size), note.data, replace=True)

    def keep_timestamp(self, size: int, response: bytes) -> Path:
        """Keep the timestamp of a note."""
        return write_whole(self._note(size).with_suffix(".tsr"), response, replace=True)

    def _note(self, size: int) -> Path:
        return self.path / f"{size}.note"


def sign_head(log: EventLog, folder: CheckpointFolder, key: SignerKey) -> tuple[SignedNote, Path]:
    """Sign the log as it is and keep the note beside it; what contradicts the last checkpoint is not signed.

    Signed before by this key: the note that is there. Signed before by another key of this name: one more
    signature, unless the note was timestamped, for then its bytes stand.
    """
    size = log.head()
    leaves = [leaf_hash(state) for _, _, state in log.recorder.rows(1, size)]
    _check_extends_last(folder, leaves, size)
    records = [record for record in import_records(log) if record.first_position <= size]
    text = checkpoint_of(key.name, size, root_of(leaves), imports_digest(records)).text
    signature = key.sign(text)
    kept = folder.at(size)
    if kept is None:
        note = SignedNote(text, (signature,))
        return note, folder.keep(size, note, leaves)
    known, _ = kept.open()
    if known.text != text:
        raise RequestError(f"{kept.name} already states {known.text!r}: sign with a key of its name, or a later head")
    if signature in known.signatures:
        return known, folder.path / kept.name
    if kept.timestamp is not None:
        raise RequestError(f"{kept.name} is timestamped, its bytes stand: sign a later head")
    note = SignedNote(text, (*known.signatures, signature))
    return note, folder.keep(size, note, leaves)


def _check_extends_last(folder: CheckpointFolder, leaves: Sequence[bytes], size: int) -> None:
    if not leaves:
        raise RequestError("the log is empty: there is nothing to sign yet")
    if len(leaves) != size:
        raise BrokenLogError(
            f"the log has {len(leaves)} rows up to position {size}: run snagc verify, nothing is signed"
        )
    sizes = folder.sizes()
    last = folder.at(sizes[-1]) if sizes else None
    if last is not None:
        _, signed = last.open()
        if signed.size > size or root_of(leaves[: signed.size]) != signed.root:
            raise BrokenLogError(
                f"{last.name} signs another history than the log has: run snagc verify, nothing is signed"
            )


def read_note_file(path: Path) -> NoteFile:
    """A checkpoint's file and the timestamp beside it."""
    timestamp = path.with_suffix(".tsr")
    return NoteFile(path.name, path.read_bytes(), timestamp.read_bytes() if timestamp.exists() else None)


def first_changed(kept: Sequence[bytes], actual: Sequence[bytes], checkpoint: Checkpoint) -> int | None:
    """The first position whose leaf hash is not the signed one; None if the kept hashes are not what was signed."""
    signed = kept[: checkpoint.size]
    if len(signed) != checkpoint.size or root_of(signed) != checkpoint.root:
        return None
    differing = (number for number, leaf in enumerate(signed, 1) if actual[number - 1 : number] != [leaf])
    return next(differing, None)
