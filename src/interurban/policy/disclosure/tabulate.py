"""From rows to a table with totals, and to what the primary rules look at."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from interurban.core.errors import InvalidInput, TooMuch, UnknownField

from .rules import Cells
from .table import TOTAL, Axis, Floats, Ints, Table, added, tree, with_totals

__all__ = ["NOT_STATED", "Tabulated", "tabulate"]

NOT_STATED = "Not stated"
"""The category of rows that have none."""

_MOST_CELLS = 200_000
_LARGEST = 10
"""So many of the largest contributions to a cell are kept for the rules."""


@dataclass(frozen=True)
class Tabulated:
    """A table, what its cells are made of, and which rows they came from.

    Parameters
    ----------
    table: true numbers, totals included.
    cells: what the rules look at, in the order of ``table.flat``.
    leaf: of each row given, the flat number of the cell it is in that is no total.
    whole: the numbers are counts.
    """

    table: Table
    cells: Cells
    leaf: Ints
    whole: bool


def tabulate(
    rows: pa.Table,
    axes: Sequence[Sequence[str]],
    *,
    count: str | None = None,
    value: str | None = None,
    contributor: str | None = None,
) -> Tabulated:
    """Count the rows, or add up one of their columns, by one to three axes.

    Parameters
    ----------
    axes: of each axis the columns of its levels, the topmost first: ``[["borough", "ward"],
        ["rating"]]``.
    count: column that says for how many people a row stands; without it, for one.
    value: column to add up; without it, people are counted.
    contributor: column that says whose number a row's value is; without it, each row is
        somebody's own.

    Raises
    ------
    UnknownField: a column that is not there.
    InvalidInput: counts that are not whole or are below 0, values below 0 or missing.
    TooMuch: more cells than can be protected together.
    """
    _check_columns(rows, [*itertools.chain(*axes), count, value, contributor])
    found = [_axis(rows, levels) for levels in axes]
    shape = tuple(len(axis) for axis, _ in found)
    if np.prod(shape, dtype=np.float64) > _MOST_CELLS:
        raise TooMuch(
            f"The table has {np.prod(shape, dtype=np.float64):,.0f} cells with its totals.",
            advice=f"Use coarser categories; up to {_MOST_CELLS:,} can be protected together.",
        )
    leaf = np.ravel_multi_index(tuple(nodes for _, nodes in found), shape).astype(np.int64)
    people = np.ones(rows.num_rows) if count is None else _numbers(rows, count, whole=True)
    counted = _totalled([axis for axis, _ in found], leaf, people)
    if value is None:
        contributors = counted.flat.round().astype(np.int64)
        cells = Cells(counted.flat, contributors, np.zeros((counted.values.size, 0)))
        return Tabulated(counted, cells, leaf, whole=True)
    amounts = _numbers(rows, value, whole=False)
    table = _totalled(counted.axes, leaf, amounts)
    who = np.arange(rows.num_rows) if contributor is None else _codes(rows, contributor)[1]
    contributors, largest = _contributions(counted.axes, [n for _, n in found], who, amounts)
    if contributor is None and count is not None:
        contributors = counted.flat.round().astype(np.int64)
    return Tabulated(table, Cells(table.flat, contributors, largest), leaf, whole=False)


def _axis(rows: pa.Table, levels: Sequence[str]) -> tuple[Axis, Ints]:
    """An axis of the values that occur, and the node of each row."""
    each = [_codes(rows, level) for level in levels]
    key = np.zeros(rows.num_rows, dtype=np.int64)
    for names, codes in each:
        key = key * max(len(names), 1) + codes
    kinds, first, kind = np.unique(key, return_index=True, return_inverse=True)
    leaves = [tuple(names[codes[row]] for names, codes in each) for row in first]
    axis = tree(levels, leaves)
    node = np.array([axis.index[leaf] for leaf in leaves], dtype=np.int64)
    return axis, node[kind.reshape(len(kind))] if len(kinds) else key


def _codes(rows: pa.Table, name: str) -> tuple[list[str], Ints]:
    """The values of a column as text, in their own order, and which of them each row has."""
    column = rows[name].combine_chunks()
    values = pc.unique(column).drop_null()
    values = values.take(pc.sort_indices(values))
    codes = pc.fill_null(pc.index_in(column, values), len(values))
    names = [_named(value) for value in values.to_pylist()]
    if column.null_count:
        names.append(NOT_STATED)
    if TOTAL in names:
        raise InvalidInput(
            f"{name} has rows called {TOTAL}: a total among what is to be added up.",
            advice="Leave them out; totals are worked out here.",
            part=name,
        )
    return names, np.asarray(codes, dtype=np.int64)


def _named(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _numbers(rows: pa.Table, name: str, *, whole: bool) -> Floats:
    try:
        numbers = np.asarray(pc.cast(rows[name], pa.float64()), dtype=np.float64)
    except pa.ArrowInvalid as error:
        raise InvalidInput(f"{name} is not a column of numbers: {error}", part=name) from error
    good = np.isfinite(numbers) & (numbers >= 0)
    if whole:
        good &= numbers == np.floor(numbers)
    if not good.all():
        row = int(np.flatnonzero(~good)[0])
        raise InvalidInput(
            f"Row {row + 1} has {rows[name][row].as_py()!r} as {name}: not a "
            f"{'whole ' if whole else ''}number from 0 up.",
            advice="Correct it, or leave the row out.",
            part=name,
        )
    return numbers


def _totalled(axes: Sequence[Axis], leaf: Ints, amounts: Floats) -> Table:
    shape = tuple(len(axis) for axis in axes)
    everywhere = added(leaf, amounts, int(np.prod(shape))).reshape(shape)
    leaves = everywhere[np.ix_(*(np.flatnonzero(axis.leaf) for axis in axes))]
    return with_totals(axes, leaves)


def _contributions(
    axes: Sequence[Axis], nodes: Sequence[Ints], who: Ints, amounts: Floats
) -> tuple[Ints, Floats]:
    """Of each cell, how many contribute, and the largest contributions (of totals as well)."""
    shape = tuple(len(axis) for axis in axes)
    size = int(np.prod(shape))
    contributors = np.zeros(size, dtype=np.int64)
    largest = np.zeros((size, _LARGEST))
    people = int(who.max()) + 1 if len(who) else 1
    for place in itertools.product(*(_above(axis, n) for axis, n in zip(axes, nodes, strict=True))):
        cell = np.ravel_multi_index(place, shape)
        pairs, pair = np.unique(cell * people + who, return_inverse=True)
        amount = added(pair.reshape(len(cell)), amounts, len(pairs))
        owner = pairs // people
        order = np.lexsort((-amount, owner))
        owner, amount = owner[order], amount[order]
        first = np.flatnonzero(np.diff(owner, prepend=-1))
        rank = np.arange(len(owner)) - np.repeat(first, np.diff(np.append(first, len(owner))))
        top = rank < _LARGEST
        largest[owner[top], rank[top]] = amount[top]
        np.add.at(contributors, owner, 1)
    return contributors, largest


def _above(axis: Axis, node: Ints) -> list[Ints]:
    """The node of each row on every level, from its own up to the total."""
    parent = np.array([axis.index[path[:-1]] if path else 0 for path in axis.paths])
    found = [node]
    for _ in axis.levels:
        found.append(parent[found[-1]])
    return found


def _check_columns(rows: pa.Table, names: Sequence[str | None]) -> None:
    for name in names:
        if name is not None and name not in rows.column_names:
            raise UnknownField(
                f"There is no column {name!r}.",
                advice=f"There are: {', '.join(rows.column_names)}.",
                part=name,
            )
