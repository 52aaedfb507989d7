"""Tables and cubes: one into the other, and the hash of what they hold."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from interurban.core.cube import Cube, Label
from interurban.core.model import TableContract
from interurban.core.standard import Field

from .values import ARROW_TYPES

__all__ = ["content_hash", "cube_of", "labels_of", "positions_of", "table_of"]

Positions = npt.NDArray[np.int64]


def labels_of(field: Field, column: pa.ChunkedArray) -> tuple[Label, ...]:
    """The labels found in a key column, each once, in the order a cube has them.

    Codes stand in the order of their list, numbers and other text in their own.
    """
    found: set[Label] = set(pc.unique(column).to_pylist())
    if field.enum:
        return tuple(code for code in field.enum if code in found)
    return tuple(sorted(found, key=lambda label: (isinstance(label, str), label)))


def positions_of(column: pa.ChunkedArray, labels: Sequence[Label]) -> Positions:
    """Place of each row's label on the axis; -1 where the labels do not hold it."""
    found = pc.index_in(column, value_set=pa.array(labels, column.type))
    return np.asarray(pc.fill_null(found, -1).to_numpy(), dtype=np.int64)


def cube_of(table: pa.Table, contract: TableContract) -> Cube:
    """A checked table with one value as a cube over its key; what is not there is NaN.

    Parameters
    ----------
    table: columns of the contract's Arrow types, no key twice, no blank in the key.
    """
    assert contract.value is not None
    fields = {f.name: f for f in contract.fields}
    labels = tuple(labels_of(fields[name], table.column(name)) for name in contract.key)
    shape = tuple(len(each) for each in labels)
    values = np.full(shape, np.nan)
    at = tuple(
        positions_of(table.column(name), each)
        for name, each in zip(contract.key, labels, strict=True)
    )
    column = table.column(contract.value).cast(pa.float64())
    values[at] = column.to_numpy()
    return Cube(contract.key, labels, values, fields[contract.value].unit)


def table_of(cube: Cube, contract: TableContract) -> pa.Table:
    """A cube as a table with the key's columns and the value's; NaN is no row.

    Rows stand in the order of the axes, so the same cube gives the same table.
    """
    assert contract.value is not None
    fields = {f.name: f for f in contract.fields}
    there = ~np.isnan(cube.values).ravel()
    indices = np.indices(cube.values.shape, dtype=np.int32).reshape(len(cube.dims), -1)
    columns: dict[str, pa.Array] = {}
    for axis, (dim, labels) in enumerate(zip(cube.dims, cube.labels, strict=True)):
        kind = ARROW_TYPES[fields[dim].type]
        columns[dim] = pa.array(labels, kind).take(pa.array(indices[axis][there]))
    value = pa.array(cube.values.ravel()[there])
    columns[contract.value] = value.cast(ARROW_TYPES[fields[contract.value].type], safe=False)
    names = [f.name for f in contract.fields if f.name in columns]
    return pa.table({name: columns[name] for name in names})


def content_hash(table: Cube | pa.Table) -> str:
    """SHA-256 (hex) of what a table holds: names, types, labels and values, nothing else."""
    digest = hashlib.sha256()
    if isinstance(table, Cube):
        for dim, labels in zip(table.dims, table.labels, strict=True):
            plain = [label if isinstance(label, str) else int(label) for label in labels]
            digest.update(f"{dim}:{plain!r};".encode())
        digest.update(table.unit.encode())
        # Adding zero makes the two zeros one.
        digest.update(np.ascontiguousarray(table.values + 0.0).tobytes())
        return digest.hexdigest()
    for name in table.column_names:
        _hash_column(digest, name, table.column(name))
    return digest.hexdigest()


def _hash_column(digest: hashlib._Hash, name: str, column: pa.ChunkedArray) -> None:
    digest.update(f"{name}:{column.type};".encode())
    array = column.combine_chunks()
    digest.update(np.packbits(np.asarray(pc.is_null(array))).tobytes())
    kind = array.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        digest.update((np.asarray(array.fill_null(0)) + 0).tobytes())
        return
    for word in array.cast(pa.string()).to_pylist():
        text = (word or "").encode()
        digest.update(len(text).to_bytes(4, "little") + text)
