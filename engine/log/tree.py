"""RFC 6962 Merkle tree hash over the stored bytes of the log's events, in one pass."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence
from operator import add
from typing import TypeAlias

Begun: TypeAlias = Callable[[], "hashlib._Hash"]
"""Gives a hash that has taken its first byte: to copy one costs less than to begin one."""
_LEAF: Begun = hashlib.sha256(b"\x00").copy
_NODE: Begun = hashlib.sha256(b"\x01").copy


def leaf_hash(data: bytes) -> bytes:
    """Hash of one entry: SHA-256(0x00 || data)."""
    return _hashes(_LEAF, (data,))[0]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of two subtrees: SHA-256(0x01 || left || right)."""
    return _hashes(_NODE, (left + right,))[0]


def _hashes(begun: Begun, contents: Iterable[bytes]) -> list[bytes]:
    found = []
    for content in contents:
        each = begun()
        each.update(content)
        found.append(each.digest())
    return found


class TreeBuilder:
    """The tree hash of entries taken one by one; holds one hash for each complete subtree, largest first.

    ``roots`` are the tree hashes at those of the ``watched`` sizes that were reached.
    """

    def __init__(self, watched: Collection[int] = ()) -> None:
        self.size = 0
        self.roots: dict[int, bytes] = {}
        self._watched = frozenset(watched)
        self._subtrees: list[bytes] = []

    @classmethod
    def resumed(cls, size: int, subtrees: list[bytes], watched: Collection[int] = ()) -> "TreeBuilder":
        """The tree over the first ``size`` entries, of which the subtrees were kept."""
        tree = cls(watched)
        tree.size, tree._subtrees = size, list(subtrees)
        return tree

    @property
    def subtrees(self) -> tuple[bytes, ...]:
        """The hash of each complete subtree, largest first: all it takes to go on."""
        return tuple(self._subtrees)

    def add(self, data: bytes) -> None:
        """Append an entry."""
        self.add_leaf(leaf_hash(data))

    def add_leaf(self, leaf: bytes) -> None:
        """Append an entry by its hash."""
        node, size = leaf, self.size
        while size & 1:
            node = node_hash(self._subtrees.pop(), node)
            size >>= 1
        self._subtrees.append(node)
        self.size += 1
        if self.size in self._watched:
            self.roots[self.size] = self.root()

    def extend(self, entries: Sequence[bytes]) -> None:
        """Append several entries."""
        taken = 0
        for size in sorted(each for each in self._watched if self.size < each < self.size + len(entries)):
            split = size - self.size
            self._join(_hashes(_LEAF, entries[taken : taken + split]))
            taken += split
        self._join(_hashes(_LEAF, entries[taken:]))

    def _join(self, level: list[bytes]) -> None:
        """Append entries by their hashes, one level of the tree after the other."""
        size, left_over = self.size, list[bytes]()
        self.size += len(level)
        while level:
            if size & 1:
                level.insert(0, self._subtrees.pop())
            if len(level) & 1:
                left_over.append(level.pop())
            level = _hashes(_NODE, map(add, level[::2], level[1::2]))
            size >>= 1
        self._subtrees += reversed(left_over)
        if self.size in self._watched:
            self.roots[self.size] = self.root()

    def root(self) -> bytes:
        """The tree hash of the entries so far; SHA-256 of nothing for none."""
        if not self._subtrees:
            return hashlib.sha256(b"").digest()
        node = self._subtrees[-1]
        for left in reversed(self._subtrees[:-1]):
            node = node_hash(left, node)
        return node


def tree_root(entries: Iterable[bytes]) -> str:
    """RFC 6962 tree hash of the entries, lower-case hexadecimal."""
    builder = TreeBuilder()
    for entry in entries:
        builder.add(entry)
    return builder.root().hex()
