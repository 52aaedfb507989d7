"""Vector tiles of points, from columns of numbers: Mapbox Vector Tile 2.1 by whole columns at once.

Every row becomes a row of a matrix of bytes, as wide as the longest, and a mask says which of them
stand there; the bytes under the mask, read row by row, are the messages of the format. So a tile
costs a few operations on arrays, and no work for each feature in Python.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from interurban.query.compile_tile import TILE_EXTENT
from interurban.query.grid import UNITS, tile_box

__all__ = ["encode_points", "encode_tile"]

_Numbers = npt.NDArray[np.uint64]
_Bits = npt.NDArray[np.bool_]

# Field numbers of the format, each with its wire type, as the byte that stands before a value.
_LAYERS, _NAME, _FEATURES, _KEYS, _VALUES, _EXTENT, _VERSION = 26, 10, 18, 26, 34, 40, 120
_ID, _TAGS, _KIND, _GEOMETRY = 8, 18, 24, 34
_TEXT, _DOUBLE, _WHOLE, _TRUTH = 10, 25, 32, 56
_POINT, _MOVE_TO_ONE = 1, 9


def encode_tile(rows: pa.Table, z: int, x: int, y: int) -> bytes:
    """The tile of the rows that ``compile_tile_points`` gives, in order of ``_row``, its ids.

    Equal rows are equal bytes, whatever their order.
    """
    if not rows.num_rows:
        return b""
    rows = rows.take(np.argsort(rows.column("_row").to_numpy())).combine_chunks()
    box = tile_box(z, x, y)

    def local(name: str, origin: int) -> npt.NDArray[np.int64]:
        units: npt.NDArray[np.int64] = rows.column(name).to_numpy().astype(np.int64) - origin
        return units * TILE_EXTENT // (UNITS >> z)

    properties = rows.drop_columns(["_row", "_mx", "_my"])
    return encode_points(
        "features",
        TILE_EXTENT,
        rows.column("_row").to_numpy(),
        local("_mx", box.x0),
        local("_my", box.y0),
        {name: properties.column(name).chunk(0) for name in properties.column_names},
    )


def encode_points(
    layer: str,
    extent: int,
    ids: npt.NDArray[np.int64],
    x: npt.NDArray[np.int64],
    y: npt.NDArray[np.int64],
    properties: Mapping[str, pa.Array],
) -> bytes:
    """One tile of one layer of points, features in the order given.

    Parameters
    ----------
    extent: units on a side of the tile; ``x`` grows east and ``y`` south, both from 0.
    ids: shape (n,), not negative.
    properties: each of n values: text, whole numbers, numbers or truths; missing ones are left out.
    """
    columns = [(key, column.dictionary_encode()) for key, column in enumerate(properties.values())]
    # Small numbers are short, so the values that many features share come first.
    columns.sort(key=lambda column: len(column[1].dictionary))
    tags: list[tuple[int, _Numbers, _Bits | None]] = []
    values: list[bytes] = []
    held = 0
    for key, column in columns:
        shown = np.asarray(column.indices.is_valid()) if column.null_count else None
        index = column.indices.fill_null(0).to_numpy(zero_copy_only=False)
        tags.append((key, index.astype(np.uint64) + np.uint64(held), shown))
        values.append(_values(column.dictionary))
        held += len(column.dictionary)
    content = b"".join(
        (
            _text(_NAME, layer),
            _features(ids.astype(np.uint64), x, y, tags),
            *(_text(_KEYS, name) for name in properties),
            *values,
            bytes((_EXTENT,)) + _whole(extent),
            bytes((_VERSION, 2)),
        )
    )
    return bytes((_LAYERS,)) + _whole(len(content)) + content


def _features(
    ids: _Numbers,
    x: npt.NDArray[np.int64],
    y: npt.NDArray[np.int64],
    tags: list[tuple[int, _Numbers, _Bits | None]],
) -> bytes:
    rows = len(ids)
    pairs = _Messages(rows)
    for key, index, shown in tags:
        pairs.constant(*_whole(key), shown=shown)
        pairs.varint(index, shown=shown)
    geometry = _Messages(rows)
    geometry.constant(_MOVE_TO_ONE)
    # Zigzag of a number that is not negative is twice the number.
    geometry.varint(x.astype(np.uint64) << np.uint64(1))
    geometry.varint(y.astype(np.uint64) << np.uint64(1))
    feature = _Messages(rows)
    feature.constant(_ID)
    feature.varint(ids)
    if tags:
        feature.message(_TAGS, pairs)
    feature.constant(_KIND, _POINT)
    feature.message(_GEOMETRY, geometry)
    features = _Messages(rows)
    features.message(_FEATURES, feature)
    return features.joined().tobytes()


def _values(distinct: pa.Array) -> bytes:
    """A message for each value, in order."""
    rows = len(distinct)
    if pa.types.is_string(distinct.type) or pa.types.is_large_string(distinct.type):
        return _texts(distinct.cast(pa.large_binary()))
    inner = _Messages(rows)
    if pa.types.is_boolean(distinct.type):
        inner.constant(_TRUTH)
        inner.varint(np.asarray(distinct).astype(np.uint64))
    elif pa.types.is_integer(distinct.type):
        inner.constant(_WHOLE)
        inner.varint(np.asarray(distinct).astype(np.int64).view(np.uint64))
    else:
        inner.constant(_DOUBLE)
        inner.columns(np.asarray(distinct).astype("<f8").view(np.uint8).reshape(rows, 8))
    outer = _Messages(rows)
    outer.message(_VALUES, inner)
    return outer.joined().tobytes()


def _texts(distinct: pa.Array) -> bytes:
    lengths = np.asarray(pc.binary_length(distinct)).astype(np.uint64)
    inner = _Messages(len(distinct))
    inner.constant(_TEXT)
    inner.varint(lengths)
    heads = _Messages(len(distinct))
    heads.message(_VALUES, inner, behind=lengths)
    ends = np.concatenate(([0], np.cumsum(heads.sizes(), dtype=np.int64)))
    head = pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), len(distinct), [None, pa.py_buffer(ends), pa.py_buffer(heads.joined())]
    )
    joined = pc.binary_join_element_wise(head, distinct, pa.scalar(b"", pa.large_binary()))
    _, _, content = joined.buffers()
    return content.to_pybytes()[: int(ends[-1]) + int(lengths.sum())] if content else b""


class _Messages:
    """Messages of ``rows`` features or values, side by side: one more column for each byte."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._bytes: list[npt.NDArray[np.uint8] | int] = []
        self._shown: list[_Bits | None] = []

    def constant(self, *values: int, shown: _Bits | None = None) -> None:
        """The same bytes in every row, or in every row that is ``shown``."""
        self._bytes += values
        self._shown += [shown] * len(values)

    def columns(self, matrix: npt.NDArray[np.uint8]) -> None:
        """Bytes of each row, all of one length."""
        self._bytes += list(matrix.T)
        self._shown += [None] * matrix.shape[1]

    def varint(self, values: _Numbers, shown: _Bits | None = None) -> None:
        """A whole number in each row, in as many bytes as it needs: seven bits in each."""
        widest = int(values.max(initial=0))
        present = shown
        while True:
            widest >>= 7
            if not widest:
                break
            rest = values >> np.uint64(7)
            more = rest > 0
            low = (values & np.uint64(0x7F)).astype(np.uint8)
            self._bytes.append(low | more.astype(np.uint8) << np.uint8(7))
            self._shown.append(present)
            present = more if present is None else present & more
            values = rest
        self._bytes.append(values.astype(np.uint8))
        self._shown.append(present)

    def message(self, tag: int, inner: _Messages, behind: _Numbers | None = None) -> None:
        """An inner message in each row; ``behind``: lengths of what is added to it later."""
        sizes = inner.sizes()
        self.constant(tag)
        self.varint(sizes if behind is None else sizes + behind)
        self._bytes += inner._bytes
        self._shown += inner._shown

    def sizes(self) -> _Numbers:
        """Bytes of each row."""
        fixed = sum(1 for shown in self._shown if shown is None)
        sizes = np.full(self._rows, fixed, np.uint64)
        for shown in self._shown:
            if shown is not None:
                sizes += shown
        return sizes

    def joined(self) -> npt.NDArray[np.uint8]:
        """All rows one behind the other."""
        shape = (self._rows, len(self._bytes))
        matrix, mask = np.empty(shape, np.uint8), np.ones(shape, np.bool_)
        for at, (column, shown) in enumerate(zip(self._bytes, self._shown, strict=True)):
            matrix[:, at] = column
            if shown is not None:
                mask[:, at] = shown
        return np.compress(mask.ravel(), matrix.ravel())


def _whole(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def _text(tag: int, text: str) -> bytes:
    content = text.encode()
    return bytes((tag,)) + _whole(len(content)) + content
