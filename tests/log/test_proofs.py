"""Inclusion and consistency proofs: the published vectors, every small tree, and nothing but the true proof holds."""

import hashlib
from collections.abc import Iterator, Sequence

import pytest

from engine.log.proofs import consistency_holds, consistency_path, inclusion_holds, inclusion_path, root_of
from engine.log.tree import leaf_hash, tree_root

PUBLISHED = [
    leaf_hash(bytes.fromhex(text))
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
"""The leaves of Certificate Transparency's reference tests."""

_INCLUSIONS = {
    (1, 1): (),
    (1, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (6, 8): (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (3, 3): ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",),
    (2, 5): (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}
_CONSISTENCIES = {
    (1, 1): (),
    (1, 8): _INCLUSIONS[1, 8],
    (6, 8): (
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 5): (
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}
LARGEST = 33


def leaves_of(size: int) -> list[bytes]:
    """Leaf hashes that are all different."""
    return [hashlib.sha256(str(number).encode()).digest() for number in range(size)]


def spoilt(path: Sequence[bytes]) -> Iterator[list[bytes]]:
    """A path with one bit of each node flipped, one node left out, one added, two exchanged."""
    for at, node in enumerate(path):
        yield [*path[:at], bytes([node[0] ^ 1]) + node[1:], *path[at + 1 :]]
        yield [*path[:at], *path[at + 1 :]]
    yield [*path, leaf_hash(b"")]
    yield [leaf_hash(b""), *path]
    if len(path) > 1:
        yield [path[1], path[0], *path[2:]]


@pytest.mark.parametrize(("position", "size"), _INCLUSIONS)
def test_an_inclusion_path_is_the_published_one(position: int, size: int) -> None:
    path = inclusion_path(PUBLISHED[:size], position - 1)
    assert tuple(node.hex() for node in path) == _INCLUSIONS[position, size]
    assert inclusion_holds(PUBLISHED[position - 1], position - 1, size, path, root_of(PUBLISHED[:size]))


@pytest.mark.parametrize(("old", "new"), _CONSISTENCIES)
def test_a_consistency_path_is_the_published_one(old: int, new: int) -> None:
    path = consistency_path(PUBLISHED[:new], old)
    assert tuple(node.hex() for node in path) == _CONSISTENCIES[old, new]
    assert consistency_holds(old, root_of(PUBLISHED[:old]), new, root_of(PUBLISHED[:new]), path)


def test_the_root_over_leaf_hashes_is_the_tree_hash() -> None:
    for size in range(70):
        entries = [str(number).encode() for number in range(size)]
        assert root_of([leaf_hash(entry) for entry in entries]).hex() == tree_root(entries), size


@pytest.mark.parametrize("size", range(1, LARGEST + 1))
def test_an_inclusion_proof_holds_for_its_leaf_place_and_tree_alone(size: int) -> None:
    leaves = leaves_of(size)
    root = root_of(leaves)
    for index, leaf in enumerate(leaves):
        path = inclusion_path(leaves, index)
        assert inclusion_holds(leaf, index, size, path, root)
        assert not any(inclusion_holds(leaf, index, size, other, root) for other in spoilt(path))
        assert not any(
            inclusion_holds(leaf, other, size, path, root) for other in range(-1, size + 1) if other != index
        )
        assert not inclusion_holds(leaf_hash(b""), index, size, path, root)
        assert not inclusion_holds(leaf, index, size, path, leaf_hash(b""))


@pytest.mark.parametrize("new", range(1, LARGEST + 1))
def test_a_consistency_proof_holds_for_its_two_trees_alone(new: int) -> None:
    leaves = leaves_of(new)
    root = root_of(leaves)
    for old in range(1, new + 1):
        path, old_root = consistency_path(leaves, old), root_of(leaves[:old])
        assert consistency_holds(old, old_root, new, root, path)
        assert not any(consistency_holds(old, old_root, new, root, other) for other in spoilt(path))
        assert not consistency_holds(old, leaf_hash(b""), new, root, path)
        assert not consistency_holds(old, old_root, new, leaf_hash(b""), path)
        assert not consistency_holds(new + 1, old_root, new, root, path)


def test_every_tree_begins_with_the_empty_one_and_nothing_else_is_its_root() -> None:
    leaves = leaves_of(5)
    empty, root = root_of([]), root_of(leaves)
    assert empty == hashlib.sha256(b"").digest()
    assert consistency_path(leaves, 0) == []
    assert consistency_holds(0, empty, 5, root, [])
    assert not consistency_holds(0, root, 5, root, [])
    assert not consistency_holds(0, empty, 5, root, [root])


@pytest.mark.parametrize("size", [10**6, 2**63, 10**300])
def test_a_size_out_of_all_proportion_is_no_proof_and_no_hardship(size: int) -> None:
    path = leaves_of(40)
    assert not inclusion_holds(path[0], 5, size, path, path[1])
    assert not consistency_holds(5, path[0], size, path[1], path)
