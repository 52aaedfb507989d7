"""A table with totals: its axes, its cells, and the equations that hold between them.

An axis is a tree: wards below boroughs below the city, or plain categories below their total. A
table has a cell for each combination of nodes of one to three axes, so every total of every level
is a cell as well. Each inner node of an axis gives equations: the cell is the sum of its children.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from interurban.core.errors import InvalidInput

__all__ = [
    "TOTAL",
    "Axis",
    "Equations",
    "Floats",
    "Ints",
    "Mask",
    "Table",
    "added",
    "flat",
    "tree",
    "with_totals",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

TOTAL = "Total"
"""What a total is called where its name is written."""

_MOST_AXES = 3


@dataclass(frozen=True)
class Axis:
    """One axis of a table: every node of its tree, totals included.

    Parameters
    ----------
    levels: names of the levels, the topmost first: ``("borough", "ward")``.
    paths: of each node, its names from the topmost level down: ``()`` is the total of everything,
        ``("Camden",)`` a borough, ``("Camden", "Bloomsbury")`` a ward. A node comes after its
        parent.
    """

    levels: tuple[str, ...]
    paths: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.paths)

    @cached_property
    def index(self) -> dict[tuple[str, ...], int]:
        """Position of each node."""
        return {path: position for position, path in enumerate(self.paths)}

    @cached_property
    def children(self) -> dict[int, tuple[int, ...]]:
        """Of each inner node, the nodes right below it."""
        found: dict[int, list[int]] = {}
        for position, path in enumerate(self.paths):
            if path:
                found.setdefault(self.index[path[:-1]], []).append(position)
        return {parent: tuple(below) for parent, below in found.items()}

    @cached_property
    def leaf(self) -> Mask:
        """Which nodes have none below them, shape ``(len(self),)``."""
        return np.array([position not in self.children for position in range(len(self))])

    def label(self, node: int) -> str:
        """What the node is called."""
        path = self.paths[node]
        return path[-1] if path else TOTAL


def added(into: Ints, amounts: Floats, size: int) -> Floats:
    """Sums of the amounts that go into each of so many places."""
    return np.bincount(into, amounts, minlength=size).astype(np.float64, copy=False)


def flat(name: str, codes: Iterable[str]) -> Axis:
    """An axis of plain categories below one total.

    Raises
    ------
    InvalidInput: no category, or one twice.
    """
    return tree((name,), [(code,) for code in codes])


def tree(levels: Sequence[str], leaves: Iterable[tuple[str, ...]]) -> Axis:
    """An axis of several levels, from the path of each leaf (topmost level first).

    Raises
    ------
    InvalidInput: no leaf, one twice, or one that does not name every level.
    """
    given = list(leaves)
    name = " > ".join(levels)
    if not given:
        raise InvalidInput(f"The axis {name} has no categories.", part=name)
    short = next((leaf for leaf in given if len(leaf) != len(levels)), None)
    if short is not None:
        raise InvalidInput(f"{short!r} does not name every level of {name}.", part=name)
    if len(set(given)) < len(given):
        raise InvalidInput(f"The axis {name} has a category twice.", part=name)
    paths: dict[tuple[str, ...], None] = {(): None}
    for leaf in given:
        for depth in range(1, len(leaf) + 1):
            paths.setdefault(leaf[:depth])
    return Axis(tuple(levels), tuple(paths))


@dataclass(frozen=True)
class Equations:
    """Sparse rows, each of which adds up to nothing: ``total - part - part ... = 0``.

    Parameters
    ----------
    start: where each row begins in ``cell`` and ``sign``, shape ``(rows + 1,)``.
    cell: flat number of each cell of a row.
    sign: +1 for the total, -1 for its parts.
    cells: how many cells the table has.
    """

    start: Ints
    cell: Ints
    sign: Floats
    cells: int

    def __len__(self) -> int:
        return len(self.start) - 1

    @cached_property
    def row(self) -> Ints:
        """Row of each entry of ``cell``."""
        return np.repeat(np.arange(len(self)), np.diff(self.start))

    def sums(self, values: Floats) -> Floats:
        """What each row adds up to with these values of all cells."""
        return added(self.row, self.sign * values[self.cell], len(self))

    def counts(self, mask: Mask) -> Ints:
        """How many cells of a mask each row holds."""
        return np.bincount(self.row[mask[self.cell]], minlength=len(self))


@dataclass(frozen=True)
class Table:
    """Axes and a number for each combination of their nodes.

    Parameters
    ----------
    axes: one to three.
    values: shape ``(len(axis), ...)``; NaN where a published table hides its number.
    """

    axes: tuple[Axis, ...]
    values: Floats

    def __post_init__(self) -> None:
        if not 1 <= len(self.axes) <= _MOST_AXES:
            raise InvalidInput(
                f"A table has one to three axes, not {len(self.axes)}.",
                advice="Make several tables, or put two fields into one.",
            )
        shape = tuple(len(axis) for axis in self.axes)
        if self.values.shape != shape:
            raise InvalidInput(f"A table of these axes is {shape}, not {self.values.shape}.")

    @property
    def flat(self) -> Floats:
        """The numbers in one row, in the order of ``equations``."""
        return self.values.reshape(-1)

    @cached_property
    def leaf(self) -> Mask:
        """Cells that are no total on any axis; the table's shape."""
        mask = np.ones(self.values.shape, dtype=bool)
        for position, axis in enumerate(self.axes):
            shape = [1] * len(self.axes)
            shape[position] = len(axis)
            mask &= axis.leaf.reshape(shape)
        return mask

    @cached_property
    def equations(self) -> Equations:
        """Every sum that holds in the table."""
        ids = np.arange(self.values.size).reshape(self.values.shape)
        cells, signs, lengths = [], [], []
        for position, axis in enumerate(self.axes):
            for parent, children in axis.children.items():
                total = np.take(ids, [parent], axis=position)
                parts = np.take(ids, children, axis=position)
                rows = np.moveaxis(np.concatenate([total, parts], axis=position), position, -1)
                rows = rows.reshape(-1, 1 + len(children))
                cells.append(rows.reshape(-1))
                sign = np.full(rows.shape, -1.0)
                sign[:, 0] = 1.0
                signs.append(sign.reshape(-1))
                lengths.append(np.full(len(rows), rows.shape[1]))
        start = np.concatenate([[0], np.cumsum(np.concatenate(lengths))])
        return Equations(start, np.concatenate(cells), np.concatenate(signs), ids.size)

    def labels(self, cell: int) -> tuple[str, ...]:
        """What the nodes of a cell (its flat number) are called, an axis each."""
        nodes = np.unravel_index(cell, self.values.shape)
        return tuple(axis.label(int(node)) for axis, node in zip(self.axes, nodes, strict=True))


def with_totals(axes: Sequence[Axis], leaves: Floats) -> Table:
    """A table from the numbers of its leaves, in the axes' order of leaves."""
    values = np.zeros([len(axis) for axis in axes])
    values[np.ix_(*(np.flatnonzero(axis.leaf) for axis in axes))] = leaves
    for position, axis in enumerate(axes):
        moved = np.moveaxis(values, position, 0)
        # A parent stands before its children, so from the back every child is complete.
        for parent in sorted(axis.children, reverse=True):
            moved[parent] = moved[list(axis.children[parent])].sum(axis=0)
    return Table(tuple(axes), values)
