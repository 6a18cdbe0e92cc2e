"""Leaf hashes kept with the checkpoints, held against those of the rows as these pass: where they differ first."""

from collections.abc import Collection, Iterable

from engine.log.checkpoint import Checkpoint
from engine.log.tree import TreeBuilder


class KeptLeaves:
    """Kept leaf hashes beside the tree over the rows; of neither more is held than a tree's subtrees.

    As far as they agree that tree is theirs too. From where they differ on one of their own goes on, so that it can be
    said whether the kept ones are those that a checkpoint of one of the ``sizes`` signs.
    """

    def __init__(self, kept: Iterable[bytes], tree: TreeBuilder, sizes: Collection[int]) -> None:
        self._kept = iter(kept)
        self._tree = tree
        self._sizes = sizes
        self._own: TreeBuilder | None = None
        self._agreed = 0
        """How many are those of the rows, known once they differ."""

    def hold(self, leaf: bytes) -> None:
        """Hold the next one against the next row's, which the tree has not taken yet."""
        kept = next(self._kept, None)
        if self._own is None:
            if kept == leaf:
                return
            self._own = self._parted()
        if kept is not None:
            self._own.add_leaf(kept)

    def end(self) -> None:
        """There are no more rows: what is left of the kept ones is of rows that are not there."""
        self._own = self._own or self._parted()
        for kept in self._kept:
            self._own.add_leaf(kept)

    def vouch(self, checkpoint: Checkpoint) -> bool:
        """Whether they are those that a checkpoint signs."""
        tree = self._tree if self._own is None or checkpoint.size <= self._agreed else self._own
        return ({0: TreeBuilder().root()} | tree.roots).get(checkpoint.size) == checkpoint.root

    def first_changed(self, checkpoint: Checkpoint) -> int | None:
        """The first row whose leaf hash is not the signed one; None if the kept ones are not what was signed."""
        return self._agreed + 1 if self._agreed < checkpoint.size and self.vouch(checkpoint) else None

    def _parted(self) -> TreeBuilder:
        self._agreed = self._tree.size
        return TreeBuilder.resumed(self._agreed, list(self._tree.subtrees), self._sizes)
