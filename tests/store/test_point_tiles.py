"""Tiles of points hold every value as it is, and are read by decoders we did not write."""

from __future__ import annotations

import hypothesis.strategies as st
import mapbox_vector_tile
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings

from interurban.query.grid import tile_box
from interurban.store.point_tile import encode_points, encode_tile

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
COLUMNS = {
    "words": (pa.string(), TEXTS),
    "number": (pa.float64(), st.floats(allow_nan=False)),
    "whole": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "truth": (pa.bool_(), st.booleans()),
}


@st.composite
def features(draw: st.DrawFn) -> pa.Table:
    """Rows as the compiler gives them for tile 14/4196/6104."""
    rows = draw(st.integers(1, 40))
    box = tile_box(14, 4196, 6104)

    def column(values: st.SearchStrategy[object], of: pa.DataType) -> pa.Array:
        return pa.array(draw(st.lists(values, min_size=rows, max_size=rows)), of)

    ids = draw(st.lists(st.integers(1, 2**40), min_size=rows, max_size=rows, unique=True))
    names = draw(st.lists(st.sampled_from(sorted(COLUMNS)), unique=True))
    return pa.table(
        {
            "_row": pa.array(ids, pa.int64()),
            "_mx": column(st.integers(box.x0, box.x1), pa.uint32()),
            "_my": column(st.integers(box.y0, box.y1), pa.uint32()),
            **{n: column(st.none() | COLUMNS[n][1], COLUMNS[n][0]) for n in names},
        }
    )


def decoded(tile: bytes) -> list[dict[str, object]]:
    layer = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})["features"]
    assert layer["extent"] == 4096
    return [
        {
            "id": feature["id"],
            "at": tuple(feature["geometry"]["coordinates"]),
            **feature["properties"],
        }
        for feature in layer["features"]
    ]


@given(rows=features())
@settings(max_examples=80, deadline=None)
def test_a_tile_holds_each_point_with_its_values(rows: pa.Table) -> None:
    box = tile_box(14, 4196, 6104)
    expected = []
    for row in sorted(rows.to_pylist(), key=lambda row: row["_row"]):
        identity, x, y = (row.pop(name) for name in ("_row", "_mx", "_my"))
        at = (x - box.x0) >> 6, (y - box.y0) >> 6
        properties = {name: value for name, value in row.items() if value is not None}
        expected.append({"id": identity, "at": at, **properties})
    assert decoded(encode_tile(rows, 14, 4196, 6104)) == expected


@given(rows=features())
@settings(max_examples=20, deadline=None)
def test_equal_rows_are_equal_bytes_in_any_order(rows: pa.Table) -> None:
    backwards = rows.take(list(range(rows.num_rows))[::-1])
    tile = encode_tile(rows, 14, 4196, 6104)
    assert encode_tile(backwards, 14, 4196, 6104) == tile


def test_no_rows_are_no_bytes() -> None:
    empty = pa.table({name: pa.array([], pa.int64()) for name in ("_row", "_mx", "_my")})
    assert encode_tile(empty, 3, 1, 2) == b""


@pytest.mark.parametrize("rows", [127, 128, 16_383, 16_385, 50_000])
def test_long_tiles_are_whole(rows: int) -> None:
    """Lengths and numbers of values take one byte more past 127, 16,383 and so on."""
    ids = np.arange(1, rows + 1)
    tile = encode_points(
        "features",
        4096,
        ids,
        ids % 4096,
        ids // 4096,
        {"name": pa.array([f"nº {i}" for i in ids]), "half": pa.array(ids / 2)},
    )
    found = decoded(tile)
    assert len(found) == rows
    for at in (0, rows // 2, rows - 1):
        i = int(ids[at])
        assert found[at] == {"id": i, "at": (i % 4096, i // 4096), "name": f"nº {i}", "half": i / 2}


@pytest.mark.parametrize("z", [0, 1, 20, 21, 24])
def test_the_corners_of_a_tile_are_its_first_and_last_units(z: int) -> None:
    """Also where a tile is finer than its own units, or the whole world."""
    box = tile_box(z, 2**z - 1, 2**z - 1)
    rows = pa.table(
        {
            "_row": pa.array([1, 2]),
            "_mx": pa.array([box.x0, box.x1], pa.uint32()),
            "_my": pa.array([box.y0, box.y1], pa.uint32()),
        }
    )
    first, last = decoded(encode_tile(rows, z, 2**z - 1, 2**z - 1))
    units = min(4096, box.x1 - box.x0 + 1)
    end = 4096 - 4096 // units
    assert (first["at"], last["at"]) == ((0, 0), (end, end))
