"""Leaf hashes kept with the checkpoints, held against the rows as they pass: the same is found as with both in hand."""

import tracemalloc
from array import array
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import pytest

from engine.log.checkpoint import Checkpoint
from engine.log.proofs import root_of
from engine.log.store import store_of
from engine.log.tree import TreeBuilder, leaf_hash
from replay.audit.verification.heads import Trust
from replay.audit.verification.leaves import KeptLeaves
from replay.audit.verification.verify import verify
from tests.faults.hostile_support import LAB, REGISTERED, event
from tests.intake.support import opened, take

LEAVES = [leaf_hash(bytes([number])) for number in range(9)]
OTHER = leaf_hash(b"other")
SIZES = range(11)


def held(kept: Sequence[bytes], rows: Sequence[bytes]) -> KeptLeaves:
    """Kept leaf hashes after all rows have passed."""
    tree = TreeBuilder(SIZES)
    found = KeptLeaves(kept, tree, SIZES)
    for leaf in rows:
        found.hold(leaf)
        tree.add_leaf(leaf)
    found.end()
    return found


def first_other(kept: Sequence[bytes], rows: Sequence[bytes], size: int) -> int | None:
    """The first of the kept that is not its row's, by the definition."""
    return next((n for n, leaf in enumerate(kept[:size], 1) if [*rows[n - 1 : n]] != [leaf]), None)


def with_other(leaves: Sequence[bytes], place: int | None) -> list[bytes]:
    """Leaf hashes, of which one is another."""
    return [OTHER if number == place else leaf for number, leaf in enumerate(leaves)]


@pytest.mark.parametrize("of_kept", [None, 0, 3, 4, 7])
def test_what_is_vouched_for_and_where_a_row_was_changed(of_kept: int | None) -> None:
    for of_rows, many_kept, many_rows in product((None, 0, 3, 4, 7), (0, 1, 4, 5, 8, 9), (0, 1, 4, 5, 8, 9)):
        kept, rows = with_other(LEAVES[:many_kept], of_kept), with_other(LEAVES[:many_rows], of_rows)
        found = held(kept, rows)
        for size, signed in product(SIZES, (LEAVES, with_other(LEAVES, 3), with_other(LEAVES, 7))):
            checkpoint = Checkpoint("log", size, root_of(signed[:size]))
            vouches = len(kept) >= size and root_of(kept[:size]) == checkpoint.root
            assert found.vouch(checkpoint) == vouches
            assert found.first_changed(checkpoint) == (first_other(kept, rows, size) if vouches else None)


def test_of_each_event_verification_holds_few_bytes(tmp_path: Path) -> None:
    with opened(tmp_path / "log.db") as log:
        take(log, event(REGISTERED), *(event(LAB, {"id": f"l{number}"}) for number in range(600)))
    held_at = array("q", bytes(8 * 601))
    ticks = _noted(held_at)
    with store_of(str(tmp_path / "log.db")).evidence() as evidence:
        tracemalloc.start()
        try:
            found = verify(evidence, Trust(), tick=lambda: next(ticks))
        finally:
            tracemalloc.stop()
    assert found.first is None
    assert (held_at[600] - held_at[100]) / 500 < 16


def _noted(held_at: "array[int]") -> Iterator[None]:
    """Notes at each step how many bytes are held."""
    for number in range(len(held_at)):
        held_at[number] = tracemalloc.get_traced_memory()[0]
        yield
