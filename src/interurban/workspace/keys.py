"""Rows beside each other: what repeats, what contradicts, and what is not there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from interurban.core.cube import Label
from interurban.core.errors import InvalidInput
from interurban.core.model import TableContract
from interurban.core.standard import Field

from .problems import Problem, Problems
from .tables import labels_of, positions_of

__all__ = ["drop_repeats", "expected_labels", "tell_missing"]

_LIST_SPAN = 130
"""Whole-number bounds nearer than this list all values (ages); further apart they only bound."""

_MOST_COMBINATIONS = 50_000_000

Rows = npt.NDArray[np.int64]


def expected_labels(field: Field, found: Sequence[Label]) -> tuple[Label, ...]:
    """Every label that a complete table has on one dimension.

    The whole code list, the whole numbers between near bounds, or between the first and the last
    that are found; of other text, what is found.
    """
    if field.enum:
        return tuple(field.enum)
    if field.type != "integer":
        return tuple(found)
    low, high = field.minimum, field.maximum
    if isinstance(low, int | float) and isinstance(high, int | float) and high - low <= _LIST_SPAN:
        return tuple(range(int(low), int(high) + 1))
    numbers = [int(label) for label in found]
    return tuple(range(min(numbers), max(numbers) + 1)) if numbers else ()


def drop_repeats(
    contract: TableContract,
    table: pa.Table,
    rows: Rows,
    problems: Problems,
    warnings: list[str],
) -> pa.Table:
    """Rows that say the same twice stand once; rows that share a key and differ are told."""
    group, size = _numbered(contract, table, contract.key)
    if size == len(group):
        return table
    order = np.lexsort((rows, group))
    sorted_group = group[order]
    first_of_run = np.r_[True, sorted_group[1:] != sorted_group[:-1]]
    first = np.empty(len(group), np.int64)
    first[order] = order[np.maximum.accumulate(np.where(first_of_run, np.arange(len(order)), 0))]
    again = first != np.arange(len(group))
    same = np.ones(len(group), bool)
    for name in table.column_names:
        if name not in contract.key:
            column = table.column(name).combine_chunks()
            equal = pc.equal(column, column.take(pa.array(first)))
            both_blank = pc.and_(pc.is_null(column), pc.is_null(column.take(pa.array(first))))
            same &= np.asarray(pc.or_(pc.fill_null(equal, False), both_blank))
    repeats, conflicts = again & same, np.flatnonzero(again & ~same)
    if repeats.any():
        at, count = int(np.flatnonzero(repeats)[0]), int(repeats.sum())
        said = "1 row repeats another in every column and was dropped; it"
        if count > 1:
            said = f"{count:,} rows repeat another in every column and were dropped; the first"
        warnings.append(
            f"{said} is row {int(rows[at]):,}, which repeats row {int(rows[first[at]]):,}."
        )
    problems.add(
        "the same row twice, with other figures",
        len(conflicts),
        (_conflict(contract, table, rows, int(i), int(first[i])) for i in conflicts),
    )
    return table.filter(pa.array(~again))


def _conflict(contract: TableContract, table: pa.Table, rows: Rows, at: int, first: int) -> Problem:
    key = ", ".join(str(table.column(name)[at].as_py()) for name in contract.key)
    other = [name for name in table.column_names if name not in contract.key]
    field = contract.value or (other[0] if other else contract.key[-1])
    said, before = (_written(table.column(field)[place].as_py()) for place in (at, first))
    return Problem(
        int(rows[at]), field, said,
        f"row {int(rows[first]):,} says {before} for the same {key}",
        "Keep one of the two rows.",
    )  # fmt: skip


def _written(value: object) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _numbered(
    contract: TableContract, table: pa.Table, names: Sequence[str]
) -> tuple[npt.NDArray[np.int64], int]:
    """A number for each row that equal keys share, and how many different ones there are."""
    fields = {f.name: f for f in contract.fields}
    number = np.zeros(table.num_rows, np.int64)
    for name in names:
        labels = labels_of(fields[name], table.column(name))
        number = number * max(1, len(labels)) + positions_of(table.column(name), labels)
        _, number = np.unique(number, return_inverse=True)
    return number, int(number.max()) + 1 if len(number) else 0


def tell_missing(contract: TableContract, table: pa.Table, problems: Problems) -> None:
    """Tell of every combination of the complete dimensions that is not there."""
    if not contract.complete or not table.num_rows:
        return
    fields = {f.name: f for f in contract.fields}
    others = [name for name in contract.key if name not in contract.complete]
    group, groups = _numbered(contract, table, others)
    _, first_row = np.unique(group, return_index=True)
    axes = [
        expected_labels(fields[name], labels_of(fields[name], table.column(name)))
        for name in contract.complete
    ]
    shape = (max(groups, 1), *(len(axis) for axis in axes))
    if math.prod(shape) > _MOST_COMBINATIONS:
        raise InvalidInput(
            f"{contract.title}: {math.prod(shape):,} combinations of {', '.join(contract.key)} "
            "are more than can be checked.",
            advice="Give fewer areas or years.",
            part=contract.name,
        )
    at = [positions_of(table.column(n), a) for n, a in zip(contract.complete, axes, strict=True)]
    inside = np.all([p >= 0 for p in at], axis=0)
    there = np.zeros(shape, bool)
    there[(group[inside], *(p[inside] for p in at))] = True
    gaps = np.argwhere(~there)

    def found() -> Iterator[Problem]:
        for gap in gaps:
            here = {name: table.column(name)[int(first_row[gap[0]])].as_py() for name in others}
            here |= {n: a[i] for n, a, i in zip(contract.complete, axes, gap[1:], strict=True)}
            said = ", ".join(f"{name} {here[name]}" for name in contract.key)
            yield Problem(
                None, contract.value or contract.key[-1], said, "there is no such row",
                "Add the row; write 0 if it is none.",
            )  # fmt: skip

    problems.add("row not there", len(gaps), found())
