"""The Merkle tree gives the published hashes, and proofs that hold for what they are of alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree
from pymerkle.hasher import MerkleHasher

from interurban.policy.audit import tree

# The leaves and roots that the reference code of Certificate Transparency (RFC 6962) is tested by.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


class Tree:
    """A tree in memory."""

    def __init__(self, leaves: list[bytes]) -> None:
        self._nodes: dict[tuple[int, int], bytes] = {}
        self.size = len(leaves)
        for number, leaf in enumerate(leaves):
            for level, position, hashed in tree.completed(number, tree.leaf_hash(leaf), self.node):
                self._nodes[level, position] = hashed

    def node(self, level: int, position: int) -> bytes:
        return self._nodes[level, position]

    def root(self, size: int | None = None) -> bytes:
        return tree.root(self.size if size is None else size, self.node)


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_reference(size: int) -> None:
    assert Tree(LEAVES).root(size).hex() == ROOTS[size - 1]


def test_an_empty_tree_has_the_hash_of_nothing() -> None:
    assert Tree([]).root() == tree.EMPTY_ROOT


def test_paths_are_those_of_the_reference() -> None:
    path = tree.inclusion_path(5, 8, Tree(LEAVES).node)
    assert [hashed.hex()[:8] for hashed in path] == ["bc1a0643", "ca854ea1", "d37ee418"]
    path = tree.consistency_path(6, 8, Tree(LEAVES).node)
    assert [hashed.hex()[:8] for hashed in path] == ["0ebc5d34", "ca854ea1", "d37ee418"]


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=70), st.data())
@settings(max_examples=60, deadline=None)
def test_another_library_comes_to_the_same_roots_and_proofs(
    leaves: list[bytes], data: st.DataObject
) -> None:
    theirs, ours = InmemoryTree(algorithm="sha256"), Tree(leaves)
    for leaf in leaves:
        theirs.append_entry(leaf)
    size = data.draw(st.integers(1, len(leaves)))
    leaf = data.draw(st.integers(0, size - 1))
    assert ours.root(size) == theirs.get_root(size)
    proof = theirs.prove_inclusion(leaf + 1, size)
    assert sorted(tree.inclusion_path(leaf, size, ours.node)) == sorted(proof.path[1:])
    assert MerkleHasher("sha256").hash_buff(leaves[leaf]) == tree.leaf_hash(leaves[leaf])


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40, unique=True), st.data())
@settings(max_examples=150, deadline=None)
def test_a_proof_of_inclusion_holds_for_its_leaf_place_and_root_alone(
    leaves: list[bytes], data: st.DataObject
) -> None:
    ours = Tree(leaves)
    size = data.draw(st.integers(1, len(leaves)))
    leaf = data.draw(st.integers(0, size - 1))
    path = tree.inclusion_path(leaf, size, ours.node)
    hashed, root = tree.leaf_hash(leaves[leaf]), ours.root(size)
    assert tree.is_included(hashed, leaf, size, path, root)
    for other in range(size):
        assert tree.is_included(hashed, other, size, path, root) == (other == leaf)
    assert not tree.is_included(tree.leaf_hash(b"another leaf"), leaf, size, path, root)
    assert not tree.is_included(hashed, leaf, size, path, bytes(32))
    assert not tree.is_included(hashed, leaf, size, [*path, bytes(32)], root)
    if path:
        assert not tree.is_included(hashed, leaf, size, path[:-1], root)
        assert not tree.is_included(hashed, leaf, size, [bytes(32), *path[1:]], root)


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40, unique=True), st.data())
@settings(max_examples=150, deadline=None)
def test_a_proof_of_consistency_holds_only_where_nothing_was_rewritten(
    leaves: list[bytes], data: st.DataObject
) -> None:
    ours = Tree(leaves)
    newer = data.draw(st.integers(1, len(leaves)))
    older = data.draw(st.integers(0, newer))
    path = tree.consistency_path(older, newer, ours.node)
    was, now = ours.root(older), ours.root(newer)
    assert tree.is_consistent(older, was, newer, now, path)
    assert not tree.is_consistent(older, bytes(32), newer, now, path)
    if older:
        changed = data.draw(st.integers(0, older - 1))
        rewritten = Tree([*leaves[:changed], b"rewritten!", *leaves[changed + 1 :]])
        forged = tree.consistency_path(older, newer, rewritten.node)
        assert not tree.is_consistent(older, was, newer, rewritten.root(newer), forged)
    if 0 < older < newer:
        assert not tree.is_consistent(older, was, newer, bytes(32), path)
        assert not tree.is_consistent(older, was, newer, now, path[:-1])
        assert not tree.is_consistent(older, was, newer, now, [*path, bytes(32)])
