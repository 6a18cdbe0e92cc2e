"""Checkpoints: the size and root of the log, signed, in files beside it that others can check.

A checkpoint is a C2SP tlog-checkpoint in a signed note (engine.log.note):

    example.org/heart-log                              origin: the name of the log's key
    20                                                 how many events
    qINS1GRFyWVu7…                                     their RFC 6962 root, base64
    imports 2 nJ5k3…                                   ours: what the log keeps beside them (engine.log.kept),
    quarantine 1 Qq3dv…                                a line each; notes from before a line was signed lack it
    quarantine-acts 0 47DEQ…
    received 0 47DEQ…
    access 0 47DEQ…

    — example.org/heart-log Az3grl…

The folder ``LOG.checkpoints`` holds ``SIZE.note`` for each, and ``SIZE-2.note``, ``SIZE-3.note`` … where the
quarantine grew while the size stayed; perhaps ``SIZE.tsr`` (an RFC 3161 timestamp of that file); and
``leaf-hashes``: the 32-byte leaf hashes of all signed events. Those prove themselves (their root is the signed
one) and tell verification which row was changed, where a root alone tells only that one was.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path

from engine.errors import BrokenLogError, RequestError
from engine.log.beside import ACCESS, CHECKPOINTS, Folder
from engine.log.eventlog import EventLog
from engine.log.kept import SIGNED_LISTS, Kept, SignedList, contradictions, kept_of
from engine.log.note import SignedNote, SignerKey, VerifierKey, from_base64, to_base64
from engine.log.proofs import root_of
from engine.log.recorder import END
from engine.log.store import store_of
from engine.log.tree import leaf_hash

HASH_BYTES = 32
LEAF_HASHES = "leaf-hashes"
_NOTE, _TIMESTAMP = ".note", ".tsr"
_NAME = re.compile(r"(0|[1-9][0-9]{0,17})(?:-([1-9][0-9]{0,8}))?\.note")


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
    def signed_lists(self) -> dict[str, SignedList]:
        """What it signs of each list the log keeps beside its events; a list it does not name is left out."""
        found: dict[str, SignedList] = {}
        for line in self.extensions:
            name, _, rest = line.partition(" ")
            if name in found:
                raise BrokenLogError(f"not a checkpoint: two lines sign {SIGNED_LISTS[name]}")
            if name in SIGNED_LISTS:
                count, _, digest = rest.partition(" ")
                found[name] = _whole(count), _hash(digest)
        return found

    @property
    def order(self) -> tuple[int, ...]:
        """Where it stands among the checkpoints of one log: by size, then by how much it signs beside the events."""
        lists = self.signed_lists
        return self.size, *(lists[name][0] if name in lists else -1 for name in SIGNED_LISTS)

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """The checkpoint a note's text states; BrokenLogError where it states none."""
        lines = text.split("\n")[:-1]
        if len(lines) < 3 or not all(lines):
            raise BrokenLogError("not a checkpoint: it has an origin, a size and a root, a line each")
        checkpoint = cls(lines[0], _whole(lines[1]), _hash(lines[2]), tuple(lines[3:]))
        _ = checkpoint.signed_lists
        return checkpoint


def checkpoint_of(origin: str, size: int, root: bytes, lists: Mapping[str, SignedList]) -> Checkpoint:
    """The checkpoint of a log: its size and root, of each list kept beside it the number and digest."""
    lines = (f"{name} {count} {to_base64(digest)}" for name, (count, digest) in lists.items())
    return Checkpoint(origin, size, root, tuple(lines))


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
            checkpoint = Checkpoint.parse(note.text)
        except BrokenLogError as error:
            raise BrokenLogError(f"{self.name}: {error}") from None
        place = _place(self.name)
        if place is not None and place[0] != checkpoint.size:
            raise BrokenLogError(f"{self.name} states {checkpoint.size} events: give it back the name it had")
        return note, checkpoint

    def checked(self, keys: Iterable[VerifierKey]) -> tuple[Checkpoint, tuple[str, ...]]:
        """What it states, and who signed it of the keys (nobody is asked for where no key is known)."""
        note, checkpoint = self.open()
        known = tuple(keys)
        try:
            signers = note.signers(known) if known else ()
        except BrokenLogError as error:
            raise BrokenLogError(f"{self.name}: {error}") from None
        return checkpoint, tuple(key.name for key in signers)


def _place(name: str) -> tuple[int, int] | None:
    """The size a note's name tells, and which of that size it is; None for a name of another kind."""
    match = _NAME.fullmatch(name)
    return (int(match[1]), int(match[2] or 1)) if match else None


class CheckpointFolder:
    """The checkpoints kept beside a log."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def notes(self) -> list[NoteFile]:
        """Every checkpoint kept, by size and number; those of other names last."""
        names = [name for name in self._folder.names() if name.endswith(_NOTE)]
        names.sort(key=lambda name: (_place(name) or (END, 0), name))
        return [note for name in names if (note := self._note(name)) is not None]

    def stray_timestamps(self) -> list[str]:
        """Timestamps whose checkpoint is not there."""
        names = self._folder.names()
        stamps = (name for name in names if name.endswith(_TIMESTAMP))
        return [name for name in stamps if name.removesuffix(_TIMESTAMP) + _NOTE not in names]

    def at(self, size: int) -> NoteFile | None:
        """The last checkpoint of a size."""
        number = max((number for place, number in self._places() if place == size), default=0)
        return self._note(_name(size, number)) if number else None

    def sizes(self) -> list[int]:
        """The sizes signed so far, ascending, as the names say."""
        return sorted({size for size, _ in self._places()})

    def _places(self) -> list[tuple[int, int]]:
        return [place for name in self._folder.names() if (place := _place(name)) is not None]

    def leaf_hashes(self) -> Iterator[bytes]:
        """The leaf hashes of all signed events, as kept; none where there are none."""
        return chain.from_iterable(map(split_leaf_hashes, self._folder.pieces(LEAF_HASHES)))

    def keep(self, name: str, note: SignedNote, leaves: Sequence[bytes]) -> str:
        """Keep a note and the leaf hashes of what it signs; returns where the note is."""
        self._folder.keep(LEAF_HASHES, b"".join(leaves))
        self._folder.keep(name, note.data)
        return self.place(name)

    def place(self, name: str) -> str:
        """Where a note is."""
        return self._folder.place(name)

    def keep_timestamp(self, note: NoteFile, response: bytes) -> str:
        """Keep the timestamp of a note; RequestError where it has another one, which is never replaced."""
        name = note.name.removesuffix(_NOTE) + _TIMESTAMP
        if self._folder.read(name) not in (None, response):
            raise RequestError(f"{note.name} has another timestamp already: timestamp a later checkpoint")
        self._folder.keep(name, response)
        return self.place(name)

    def next_name(self, size: int) -> str:
        """The name of the next checkpoint of a size."""
        return _name(size, 1 + max((number for place, number in self._places() if place == size), default=0))

    def _note(self, name: str) -> NoteFile | None:
        data = self._folder.read(name)
        timestamp = self._folder.read(name.removesuffix(_NOTE) + _TIMESTAMP)
        return None if data is None else NoteFile(name, data, timestamp)


def _name(size: int, number: int) -> str:
    return f"{size}{_NOTE}" if number == 1 else f"{size}-{number}{_NOTE}"


def split_leaf_hashes(data: bytes) -> Iterator[bytes]:
    """Leaf hashes kept one behind the other; an end too short for one is none."""
    return (data[start:end] for start, end in pairwise(range(0, len(data) + 1, HASH_BYTES)))


def checkpoints_of(location: str) -> CheckpointFolder:
    """The checkpoints beside a log that is not open."""
    return CheckpointFolder(store_of(location).folder(CHECKPOINTS))


def sign_head(log: EventLog, folder: CheckpointFolder, key: SignerKey) -> tuple[SignedNote, str]:
    """Sign the log as it is and keep the note beside it; what contradicts the last checkpoint is not signed.

    Signed before by this key: the note that is there. Signed before by another key of this name: one more
    signature, unless the note was timestamped, for then its bytes stand. Of the same size, but more is kept beside
    the events: one more checkpoint of that size.
    """
    size = log.head()
    leaves = [leaf_hash(state) for _, _, state in log.recorder.rows(1, size)]
    kept = kept_of(log.recorder, size).with_access(log.store.journal(ACCESS).lines())
    _check_extends_last(folder, leaves, size, kept)
    text = checkpoint_of(key.name, size, root_of(leaves), kept.signed_lists()).text
    signature = key.sign(text)
    there = folder.at(size)
    if there is None:
        note = SignedNote(text, (signature,))
        return note, folder.keep(folder.next_name(size), note, leaves)
    known, stated = there.open()
    if stated.origin != key.name:
        raise RequestError(f"{there.name} already states {known.text!r}: sign with a key of its name, or a later head")
    if known.text != text:
        note = SignedNote(text, (signature,))
        return note, folder.keep(folder.next_name(size), note, leaves)
    if signature in known.signatures:
        return known, folder.place(there.name)
    if there.timestamp is not None:
        raise RequestError(f"{there.name} is timestamped, its bytes stand: sign a later head")
    note = SignedNote(text, (*known.signatures, signature))
    return note, folder.keep(there.name, note, leaves)


def _check_extends_last(folder: CheckpointFolder, leaves: Sequence[bytes], size: int, kept: Kept) -> None:
    if not leaves:
        raise RequestError("the log is empty: there is nothing to sign yet")
    if len(leaves) != size:
        raise BrokenLogError(
            f"the log has {len(leaves)} rows up to position {size}: run snagc verify, nothing is signed"
        )
    sizes = folder.sizes()
    last = folder.at(sizes[-1]) if sizes else None
    if last is None:
        return
    _, signed = last.open()
    if signed.size > size or root_of(leaves[: signed.size]) != signed.root:
        raise BrokenLogError(f"{last.name} signs another history than the log has: run snagc verify, nothing is signed")
    for _, message in contradictions(kept, signed.size, signed.signed_lists, last=True):
        raise BrokenLogError(f"{last.name} {message}: run snagc verify, nothing is signed")


def read_note_file(path: Path) -> NoteFile:
    """A checkpoint's file and the timestamp beside it."""
    timestamp = path.with_suffix(".tsr")
    return NoteFile(path.name, path.read_bytes(), timestamp.read_bytes() if timestamp.exists() else None)
