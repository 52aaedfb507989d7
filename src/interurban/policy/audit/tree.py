"""The Merkle tree of RFC 6962: hashes, inclusion and consistency proofs, and how both are checked.

Leaf = SHA-256(0x00 || entry), node = SHA-256(0x01 || left || right). Leaves are counted from 0
here, as the RFC does. A tree of n leaves is made of complete trees, whose nodes never change:
``Nodes`` gives those by level (0: leaves) and position, so that no proof reads more than a few
times log2(n) of them. (RFC 6962 sections 2.1 and 2.1.1 to 2.1.3; checks as RFC 9162 2.1.3.2 and
2.1.4.2 write them out.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

__all__ = [
    "EMPTY_ROOT",
    "Nodes",
    "completed",
    "consistency_path",
    "inclusion_path",
    "is_consistent",
    "is_included",
    "leaf_hash",
    "node_hash",
    "root",
]

Nodes = Callable[[int, int], bytes]
"""Level and position of a complete tree to its hash (32 bytes)."""

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf, 32 bytes."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two trees side by side, 32 bytes."""
    return sha256(b"\x01" + left + right).digest()


def completed(leaf: int, hashed: bytes, nodes: Nodes) -> Iterator[tuple[int, int, bytes]]:
    """Every complete tree that a new leaf ends: level, position and hash; the leaf's own first.

    Parameters
    ----------
    leaf: its number, from 0.
    nodes: gives the complete trees to the left of it.
    """
    level, position = 0, leaf
    yield level, position, hashed
    while position % 2:
        hashed = node_hash(nodes(level, position - 1), hashed)
        level, position = level + 1, position // 2
        yield level, position, hashed


def root(size: int, nodes: Nodes) -> bytes:
    """The root of the first ``size`` leaves."""
    return _subtree(0, size, nodes) if size else EMPTY_ROOT


def inclusion_path(leaf: int, size: int, nodes: Nodes) -> list[bytes]:
    """The hashes that lead from a leaf to the root of the first ``size`` leaves."""
    if not 0 <= leaf < size:
        raise ValueError(f"leaf {leaf} is not in a tree of {size}")
    start, end = 0, size
    path: list[bytes] = []
    while end - start > 1:
        middle = start + _split(end - start)
        if leaf < middle:
            path.append(_subtree(middle, end, nodes))
            end = middle
        else:
            path.append(_subtree(start, middle, nodes))
            start = middle
    return path[::-1]


def consistency_path(older: int, newer: int, nodes: Nodes) -> list[bytes]:
    """The hashes that show that the first ``older`` leaves of ``newer`` are what they were."""
    if not 0 <= older <= newer:
        raise ValueError(f"{older} leaves can't be a beginning of {newer}")
    if older in (0, newer):
        return []
    start, end, whole = 0, newer, True
    path: list[bytes] = []
    while older != end - start:
        middle = start + _split(end - start)
        if older <= middle - start:
            path.append(_subtree(middle, end, nodes))
            end = middle
        else:
            path.append(_subtree(start, middle, nodes))
            older -= middle - start
            start, whole = middle, False
    if not whole:
        path.append(_subtree(start, end, nodes))
    return path[::-1]


def is_included(hashed: bytes, leaf: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether a path leads from a leaf's hash to a root."""
    if not 0 <= leaf < size:
        return False
    position, last = leaf, size - 1
    for sibling in path:
        if last == 0:
            return False
        if position % 2 or position == last:
            hashed = node_hash(sibling, hashed)
            while position % 2 == 0 and position:
                position, last = position // 2, last // 2
        else:
            hashed = node_hash(hashed, sibling)
        position, last = position // 2, last // 2
    return last == 0 and hashed == root


def is_consistent(
    older: int, older_root: bytes, newer: int, newer_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether a path shows that a tree has only grown since it had ``older`` leaves."""
    if not 0 <= older <= newer:
        return False
    if older == newer:
        return not path and older_root == newer_root
    if older == 0:
        return not path and older_root == EMPTY_ROOT
    hashes = list(path)
    if older & (older - 1) == 0:
        hashes.insert(0, older_root)
    if not hashes:
        return False
    position, last = older - 1, newer - 1
    while position % 2:
        position, last = position // 2, last // 2
    was = now = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if position % 2 or position == last:
            was, now = node_hash(sibling, was), node_hash(sibling, now)
            while position % 2 == 0 and position:
                position, last = position // 2, last // 2
        else:
            now = node_hash(now, sibling)
        position, last = position // 2, last // 2
    return last == 0 and was == older_root and now == newer_root


def _split(size: int) -> int:
    """The largest power of two below a size of at least 2."""
    return 1 << ((size - 1).bit_length() - 1)


def _subtree(start: int, end: int, nodes: Nodes) -> bytes:
    """The hash of leaves ``start`` to ``end``, cut as the RFC does: complete trees to the left."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return nodes(level, start >> level)
    middle = start + _split(size)
    return node_hash(_subtree(start, middle, nodes), _subtree(middle, end, nodes))
