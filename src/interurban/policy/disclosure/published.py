"""A table that somebody published, read back for an audit."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from interurban.core.errors import InvalidInput, TooMuch, UnknownField

from .table import TOTAL, Table, tree

__all__ = ["read_published"]

_MOST_CELLS = 200_000


def read_published(rows: pa.Table, axes: Sequence[Sequence[str]], number: str) -> Table:
    """The table of a file with a row for each cell, totals among them.

    Parameters
    ----------
    axes: of each axis the columns of its levels, the topmost first; ``Total`` in a level's column
        says that the row is a total of it.
    number: column of the numbers; whatever is no number there (``[c]``, ``*``, a blank) is hidden.

    Returns
    -------
    The table, NaN where a number is hidden or its row is not there.

    Raises
    ------
    UnknownField: a column that is not there.
    InvalidInput: a cell twice, or a table without any total.
    TooMuch: more cells than can be audited together.
    """
    for name in (*itertools.chain(*axes), number):
        if name not in rows.column_names:
            raise UnknownField(
                f"There is no column {name!r}.",
                advice=f"There are: {', '.join(rows.column_names)}.",
                part=name,
            )
    given = [_paths(rows, levels) for levels in axes]
    found = tuple(
        tree(levels, dict.fromkeys(path for path in paths if len(path) == len(levels)))
        for levels, paths in zip(axes, given, strict=True)
    )
    size = np.prod([len(axis) for axis in found], dtype=np.float64)
    if size > _MOST_CELLS:
        raise TooMuch(f"The table has {size:,.0f} cells.", advice="Audit a part of it.")
    values = np.full([len(axis) for axis in found], np.nan)
    seen = np.zeros(values.shape, dtype=bool)
    for row, (paths, text) in enumerate(
        zip(zip(*given, strict=True), pc.cast(rows[number], pa.string()).to_pylist(), strict=True)
    ):
        try:
            cell = tuple(axis.index[path] for axis, path in zip(found, paths, strict=True))
        except KeyError as error:
            raise InvalidInput(
                f"Row {row + 1} is a total of {error}, of which there are no parts."
            ) from error
        if seen[cell]:
            raise InvalidInput(
                f"Row {row + 1} gives the cell {' x '.join(p[-1] if p else TOTAL for p in paths)} "
                "a second number.",
                advice="Name every column that tells cells apart in --rows, --columns, --layers.",
            )
        seen[cell] = True
        values[cell] = _number(text)
    if all(all(path for path in paths) for paths in given):
        raise InvalidInput(
            f"No row is a total: none has {TOTAL} in {' or '.join(itertools.chain(*axes))}.",
            advice="Without totals nothing follows for a hidden number.",
        )
    return Table(found, values)


def _paths(rows: pa.Table, levels: Sequence[str]) -> list[tuple[str, ...]]:
    """The node of each row: its names from the topmost level down to the first total."""
    columns = [pc.cast(rows[level], pa.string()).to_pylist() for level in levels]
    return [
        tuple(itertools.takewhile(lambda name: name != TOTAL, (str(name) for name in names)))
        for names in zip(*columns, strict=True)
    ]


def _number(text: str | None) -> float:
    try:
        return float((text or "").replace(",", ""))
    except ValueError:
        return float("nan")
