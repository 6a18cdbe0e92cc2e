"""Proofs as files: JSON documents that anybody can check without the log, by RFC 6962 and nothing else.

Every hash is SHA-256 in lower-case hexadecimal; ``path`` is in the RFC's order (leaf to root).

    inclusion     an event stands at a position of the log of a size
                  format     "snagc-proof/1"
                  kind       "inclusion"
                  position   of the event, from 1 (the RFC's leaf index is position - 1)
                  size       of the log
                  root       of the log at that size
                  event      the stored bytes, as UTF-8 text
                  leaf_hash  SHA-256(0x00 || stored bytes)
                  path       RFC 6962 PATH(position - 1, D[size])
                  checkpoint the signed note of that size, as its text; left out where there is none

    consistency   the log of a size is the beginning of the log of a later size
                  format, kind ("consistency"), old_size, old_root, new_size, new_root,
                  path       RFC 6962 PROOF(old_size, D[new_size])
                  old_checkpoint, new_checkpoint   their notes; left out where there are none
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from engine.errors import BrokenLogError, RequestError, UnknownError
from engine.events.fields import hex_digest
from engine.log.checkpoint import CheckpointFolder, NoteFile
from engine.log.eventlog import EventLog
from engine.log.note import VerifierKey
from engine.log.proofs import consistency_holds, consistency_path, inclusion_holds, inclusion_path, root_of
from engine.log.tree import leaf_hash

FORMAT = "snagc-proof/1"
_INCLUSION = {"format", "kind", "position", "size", "root", "event", "leaf_hash", "path"}
_CONSISTENCY = {"format", "kind", "old_size", "old_root", "new_size", "new_root", "path"}
_NOTES = {"inclusion": {"checkpoint"}, "consistency": {"old_checkpoint", "new_checkpoint"}}

# --------------------------------------------------------------------------------------------------- making


def inclusion_proof(log: EventLog, folder: CheckpointFolder, position: int, size: int | None = None) -> dict[str, Any]:
    """The proof that the event at a position is in the log; by default at the last checkpoint that covers it."""
    covering = [signed for signed in folder.sizes() if signed >= position]
    size = size or (covering[-1] if covering else log.head())
    if not 1 <= position <= size:
        raise UnknownError(f"position {position} is not among the first {size} events: name one from 1 to {size}")
    leaves, row = _leaves(log, size), log.recorder.row(position)
    assert row is not None, "it is among those just read"
    proof = {
        "format": FORMAT,
        "kind": "inclusion",
        "position": position,
        "size": size,
        "root": root_of(leaves).hex(),
        "event": row[2].decode(),
        "leaf_hash": leaves[position - 1].hex(),
        "path": [node.hex() for node in inclusion_path(leaves, position - 1)],
    }
    return proof | _note_at(folder, "checkpoint", size, root_of(leaves))


def consistency_proof(log: EventLog, folder: CheckpointFolder, old: int, new: int) -> dict[str, Any]:
    """The proof that the log of size ``old`` is the beginning of the log of size ``new``."""
    if not 1 <= old <= new:
        raise RequestError(f"sizes {old} and {new}: name an older and a later size, from 1 on")
    leaves = _leaves(log, new)
    old_root, new_root = root_of(leaves[:old]), root_of(leaves)
    proof = {
        "format": FORMAT,
        "kind": "consistency",
        "old_size": old,
        "old_root": old_root.hex(),
        "new_size": new,
        "new_root": new_root.hex(),
        "path": [node.hex() for node in consistency_path(leaves, old)],
    }
    return proof | _note_at(folder, "old_checkpoint", old, old_root) | _note_at(folder, "new_checkpoint", new, new_root)


def _leaves(log: EventLog, size: int) -> list[bytes]:
    leaves = [leaf_hash(state) for _, _, state in log.recorder.rows(1, size)]
    if len(leaves) != size:
        raise RequestError(f"the log has {len(leaves)} events, not {size}: name a size up to that")
    return leaves


def _note_at(folder: CheckpointFolder, name: str, size: int, root: bytes) -> dict[str, str]:
    file = folder.at(size)
    if file is None:
        return {}
    _, checkpoint = file.open()
    if (checkpoint.size, checkpoint.root) != (size, root):
        raise BrokenLogError(f"{file.name} signs another root than the log has at {size}: run snagc verify")
    return {name: file.data.decode()}


# ------------------------------------------------------------------------------------------------- checking


class ProofCheck(NamedTuple):
    """What a proof shows, who signed the roots it leads to, and what it leaves open."""

    statement: str
    signed_by: tuple[str, ...]
    limits: tuple[str, ...]


class _Head(NamedTuple):
    """A size and root that a proof leads to, and the note it brings along."""

    size: int
    root: str
    note: str | None


def check_proof(data: bytes, keys: Sequence[VerifierKey] = (), notes: Sequence[NoteFile] = ()) -> ProofCheck:
    """Check a proof's file; BrokenLogError where it does not hold, RequestError where it is no proof.

    ``notes`` are checkpoints the reader trusts to be the log's; every one must be of a size the proof leads to.
    """
    proof = _read(data)
    statement, heads = _CHECKS[proof["kind"]](proof)
    given = [(file, file.open()[1].size) for file in notes]
    for file, size in given:
        if size not in [head.size for head in heads]:
            raise RequestError(f"{file.name} is a checkpoint of {size} events: the proof leads to another size")
    signed_by: list[str] = []
    limits: list[str] = []
    for head in heads:
        files = [file for file, size in given if size == head.size]
        if head.note is not None:
            files.append(NoteFile("the proof's checkpoint", head.note.encode()))
        for file in files:
            signed_by += _signers(file, head, keys)
        if not files:
            limits.append(f"The root at {head.size} is the proof's own word: compare a checkpoint with --checkpoint.")
        elif not keys:
            limits.append("No verifier key is known, so no signature was checked: name one with --vkey.")
    return ProofCheck(statement, tuple(dict.fromkeys(signed_by)), tuple(dict.fromkeys(limits)))


def _signers(file: NoteFile, head: _Head, keys: Sequence[VerifierKey]) -> list[str]:
    """Who signed a checkpoint that states the head, as far as keys are known; BrokenLogError where it does not."""
    note, checkpoint = file.open()
    if (checkpoint.size, checkpoint.root.hex()) != (head.size, head.root):
        stated = f"{checkpoint.root.hex()} at {checkpoint.size}"
        raise BrokenLogError(f"{file.name} signs {stated}, the proof leads to {head.root} at {head.size}")
    return [key.name for key in note.signers(keys)] if keys else []


def _check_inclusion(proof: Mapping[str, Any]) -> tuple[str, list[_Head]]:
    event, position, size, root = proof["event"].encode(), proof["position"], proof["size"], proof["root"]
    leaf = leaf_hash(event)
    if leaf.hex() != proof["leaf_hash"]:
        raise BrokenLogError(f"leaf_hash is not that of the event, which is {leaf.hex()}: the event was changed")
    if not inclusion_holds(leaf, position - 1, size, _nodes(proof), bytes.fromhex(root)):
        raise BrokenLogError(f"the path does not lead from position {position} to the root: the proof does not hold")
    statement = f"the event stands at position {position} of the log of {size} events with root {root}"
    return statement, [_Head(size, root, proof.get("checkpoint"))]


def _check_consistency(proof: Mapping[str, Any]) -> tuple[str, list[_Head]]:
    old, new = proof["old_size"], proof["new_size"]
    old_root, new_root = proof["old_root"], proof["new_root"]
    if not consistency_holds(old, bytes.fromhex(old_root), new, bytes.fromhex(new_root), _nodes(proof)):
        raise BrokenLogError(f"the path does not lead to both roots: the log of {new} does not begin as that of {old}")
    statement = f"the log of {new} events with root {new_root} begins with the {old} events with root {old_root}"
    return statement, [
        _Head(old, old_root, proof.get("old_checkpoint")),
        _Head(new, new_root, proof.get("new_checkpoint")),
    ]


_CHECKS: dict[str, Callable[[Mapping[str, Any]], tuple[str, list[_Head]]]] = {
    "inclusion": _check_inclusion,
    "consistency": _check_consistency,
}


def _nodes(proof: Mapping[str, Any]) -> list[bytes]:
    return [bytes.fromhex(node) for node in proof["path"]]


def _read(data: bytes) -> dict[str, Any]:
    """The proof in a file, its fields of the right form; RequestError names the first that is not."""
    try:
        proof = orjson.loads(data)
        kind = proof["kind"]
        required = {"inclusion": _INCLUSION, "consistency": _CONSISTENCY}[kind]
    except (ValueError, KeyError, TypeError):
        raise RequestError("this is no proof: give a file that snagc prove wrote") from None
    wrong = sorted(required - proof.keys() | proof.keys() - required - _NOTES[kind])
    if wrong or proof["format"] != FORMAT:
        raise RequestError(f"this is no {FORMAT} of {kind}: see {', '.join(wrong) or 'format'}")
    for name, value in proof.items():
        if not _FORMS[name](value):
            raise RequestError(f"the proof's {name} cannot be {str(value)[:60]!r}: give the file as it was written")
    return dict(proof)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_size(value: Any) -> bool:
    return type(value) is int and value >= 1


def _is_hash(value: Any) -> bool:
    try:
        return bool(hex_digest(value))
    except (ValueError, TypeError):
        return False


_FORMS: dict[str, Callable[[Any], bool]] = {
    "format": _is_text, "kind": _is_text, "event": _is_text,
    "checkpoint": _is_text, "old_checkpoint": _is_text, "new_checkpoint": _is_text,
    "position": _is_size, "size": _is_size, "old_size": _is_size, "new_size": _is_size,
    "root": _is_hash, "old_root": _is_hash, "new_root": _is_hash, "leaf_hash": _is_hash,
    "path": lambda value: isinstance(value, list) and all(map(_is_hash, value)),
}  # fmt: skip
