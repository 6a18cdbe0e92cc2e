"""RFC 6962 proofs over leaf hashes: that an entry is in a tree, that a tree extends an older one.

Each proof is written, and checked, as the RFC defines it: by the split of a tree at the largest power of two
below its size. ``PATH`` and ``SUBPROOF`` are its names (2.1.1, 2.1.2; RFC 9162, 2.1.3 and 2.1.4).
"""

import hashlib
from collections.abc import Sequence

from engine.log.tree import node_hash


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The tree hash over leaf hashes: neighbours joined level by level, an odd one carried up."""
    level = list(leaves) or [hashlib.sha256(b"").digest()]
    while len(level) > 1:
        joined = [node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=False)]
        level = joined + level[2 * len(joined) :]
    return level[0]


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """PATH(index, leaves): the hashes that, with the leaf at index (from 0), make the root."""
    if len(leaves) == 1:
        return []
    left, right = _split(leaves)
    if index < len(left):
        return [*inclusion_path(left, index), root_of(right)]
    return [*inclusion_path(right, index - len(left)), root_of(left)]


def consistency_path(leaves: Sequence[bytes], old: int) -> list[bytes]:
    """PROOF(old, leaves): the hashes that make the root of the first ``old`` leaves, and that of all."""
    return _subproof(leaves, old, whole=True) if old else []


def inclusion_holds(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path leads from the leaf at index (from 0) to the root of a tree of this size."""
    try:
        return 0 <= index < size and _root_above(leaf, index, size, path) == root
    except ValueError:
        return False


def consistency_holds(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path shows that the tree of size old is the beginning of the tree of size new."""
    if old == 0:
        return not path and new >= 0 and old_root == root_of([])
    try:
        return 0 < old <= new and _roots_above(old, new, path, old_root) == (old_root, new_root)
    except ValueError:
        return False


def _split(leaves: Sequence[bytes]) -> tuple[Sequence[bytes], Sequence[bytes]]:
    at = _left_size(len(leaves))
    return leaves[:at], leaves[at:]


def _left_size(size: int) -> int:
    """The largest power of two below a size of at least two."""
    return 1 << (size - 1).bit_length() - 1


def _subproof(leaves: Sequence[bytes], old: int, *, whole: bool) -> list[bytes]:
    if old == len(leaves):
        return [] if whole else [root_of(leaves)]
    left, right = _split(leaves)
    if old <= len(left):
        return [*_subproof(left, old, whole=whole), root_of(right)]
    return [*_subproof(right, old - len(left), whole=False), root_of(left)]


def _root_above(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """PATH read backwards; ValueError if it is too short or too long."""
    if size == 1:
        () = path
        return leaf
    *below, other = path
    left = _left_size(size)
    if index < left:
        return node_hash(_root_above(leaf, index, left, below), other)
    return node_hash(other, _root_above(leaf, index - left, size - left, below))


def _roots_above(old: int, new: int, path: Sequence[bytes], known: bytes | None) -> tuple[bytes, bytes]:
    """SUBPROOF read backwards: the old and the new root; ``known`` is the old root while its tree is whole."""
    if old == new:
        (root,) = path if known is None else (known, *path)
        return root, root
    *below, other = path
    left = _left_size(new)
    if old <= left:
        old_root, new_root = _roots_above(old, left, below, known)
        return old_root, node_hash(new_root, other)
    old_root, new_root = _roots_above(old - left, new - left, below, None)
    return node_hash(other, old_root), node_hash(other, new_root)
