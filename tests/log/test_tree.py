"""The tree hash: the published vectors of Certificate Transparency, and RFC 6962's own definition."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.log.tree import TreeBuilder, leaf_hash, node_hash, tree_root
from tests.faults.hostile_support import LAB, event
from tests.intake.support import opened, states, take

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""Roots of the first 0 to 8 leaves, as published with Certificate Transparency's reference code."""


def definition(entries: Sequence[bytes]) -> bytes:
    """RFC 6962, 2.1: MTH, word for word; the split is the largest power of two smaller than n."""
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return hashlib.sha256(b"\x01" + definition(entries[:split]) + definition(entries[split:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_the_root_of_the_published_leaves_is_the_published_root(size: int) -> None:
    assert tree_root(LEAVES[:size]) == ROOTS[size]
    assert definition(LEAVES[:size]).hex() == ROOTS[size]


def test_the_root_is_that_of_the_definition() -> None:
    entries = [hashlib.sha256(str(number).encode()).digest()[: number % 33] for number in range(130)]
    for size in range(131):
        assert tree_root(entries[:size]) == definition(entries[:size]).hex(), size


def test_the_root_may_be_asked_for_while_the_tree_grows() -> None:
    builder, entries = TreeBuilder(), [str(number).encode() for number in range(130)]
    for size, entry in enumerate(entries):
        assert builder.size == size
        assert builder.root() == builder.root() == definition(entries[:size])
        builder.add(entry)


def test_leaves_and_nodes_are_told_apart() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)
    assert tree_root([left + right]) != tree_root([b"a", b"b"])
    assert leaf_hash(b"").hex() == ROOTS[1]


def test_order_number_and_bytes_of_the_entries_all_count() -> None:
    roots = [tree_root(entries) for entries in ([b"a", b"b"], [b"b", b"a"], [b"a"], [b"a", b"b", b"b"], [b"ab"], [])]
    assert len(set(roots)) == len(roots)


def test_the_root_of_a_log_is_that_of_its_stored_bytes_up_to_each_position(tmp_path: Path) -> None:
    with opened(tmp_path / "log.db") as log:
        take(log, *(event(LAB, {"id": f"e{number}"}) for number in range(9)))
        stored = states(log)
        for size in range(10):
            _, tree = log.history_and_tree(size)
            assert (tree.size, tree.root()) == (size, definition(stored[:size]))


def test_entries_taken_several_at_a_time_give_the_tree_of_each_by_itself() -> None:
    entries = [number.to_bytes(2, "big") for number in range(150)]
    for sizes in ((150,), (0, 1, 2, 3, 144), (7, 0, 64, 79), (1,) * 150, (63, 1, 1, 85)):
        singly, together, taken = (TreeBuilder((1, 64, 65, 100, 150)), TreeBuilder((1, 64, 65, 100, 150)), 0)
        for count in sizes:
            for entry in entries[taken : taken + count]:
                singly.add(entry)
            together.extend(entries[taken : taken + count])
            taken += count
            assert (together.size, together.root(), together.subtrees) == (taken, singly.root(), singly.subtrees)
        assert together.roots == singly.roots
        assert together.root() == definition(entries)
