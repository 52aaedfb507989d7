"""Columns to text: what Arrow kernels write is what the json module and shapely read."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from interurban.http.geometry_text import coordinates, geojson_text, wkt_text
from interurban.http.json_columns import instant_text, joined, json_objects, json_text
from interurban.http.negotiation import choose_coding

VALUES = st.one_of(
    st.tuples(st.just(pa.string()), st.lists(st.none() | st.text())),
    st.tuples(st.just(pa.int64()), st.lists(st.none() | st.integers(-(2**63), 2**63 - 1))),
    st.tuples(st.just(pa.float64()), st.lists(st.none() | st.floats(allow_nan=False))),
    st.tuples(st.just(pa.bool_()), st.lists(st.none() | st.booleans())),
)


@settings(deadline=None)
@given(VALUES)
def test_a_column_of_json_reads_back(column: tuple[pa.DataType, list]) -> None:
    kind, values = column
    expected = [
        None if isinstance(value, float) and math.isinf(value) else value for value in values
    ]
    text = json_text(pa.array(values, kind))
    assert [json.loads(one) for one in text.to_pylist()] == expected


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(), st.integers(-5, 5))), st.integers(0, 3))
def test_objects_are_rows_even_of_a_slice(rows: list[tuple[str, int]], skip: int) -> None:
    names, numbers = [row[0] for row in rows], [row[1] for row in rows]
    columns = [pa.array(names, pa.string()).slice(skip), pa.array(numbers, pa.int64()).slice(skip)]
    found = json.loads(b"[" + joined(json_objects(['na"me', "n"], columns), ",") + b"]")
    assert found == [{'na"me': name, "n": number} for name, number in rows[skip:]]


def test_instants_are_written_in_utc_and_local_times_without_offset() -> None:
    moment = datetime(2018, 8, 8, 23, 58, 0, tzinfo=UTC)
    chicago = pa.array([moment, None], pa.timestamp("us", tz="America/Chicago"))
    assert instant_text(chicago).to_pylist() == ["2018-08-08T23:58:00Z", None]
    local = pa.array([datetime(2018, 8, 1)], pa.timestamp("us"))  # noqa: DTZ001
    assert instant_text(local).to_pylist() == ["2018-08-01T00:00:00"]
    half = pa.array([moment.replace(microsecond=500_000)], pa.timestamp("us", tz="UTC"))
    assert instant_text(half).to_pylist() == ["2018-08-08T23:58:00.500000Z"]
    assert json_text(pa.array([date(2018, 8, 8)])).to_pylist() == ['"2018-08-08"']


@settings(deadline=None)
@given(
    st.lists(
        st.none() | st.tuples(st.floats(-180, 180, width=32), st.floats(-90, 90, width=32)),
        max_size=20,
    ),
    st.integers(0, 3),
)
def test_points_by_the_fast_road_are_those_of_shapely(
    points: list[tuple[float, float] | None], skip: int
) -> None:
    shapes = [None if point is None else shapely.Point(point) for point in points]
    column = pa.array([None if s is None else s.wkb for s in shapes], pa.binary()).slice(skip)
    x, y = coordinates(column, 7)
    texts = geojson_text(column, 7).to_pylist()
    for shape, text, lon, lat in zip(shapes[skip:], texts, x, y, strict=True):
        if shape is None:
            assert (text, lon.as_py(), lat.as_py()) == ("null", None, None)
            continue
        written = json.loads(text)["coordinates"]
        assert written == pytest.approx([shape.x, shape.y], abs=1e-7)
        assert written == [lon.as_py(), lat.as_py()]


@pytest.mark.parametrize(
    "text",
    [
        "LINESTRING (0 0, 1 1)",
        "POLYGON ((0 0, 1 0, 1 1, 0 0), (0.2 0.1, 0.4 0.1, 0.4 0.2, 0.2 0.1))",
        "MULTIPOINT (0 0, 1 1)",
        "GEOMETRYCOLLECTION (POINT (0 0), LINESTRING (0 0, 1 1))",
        "POINT Z (1 2 3)",
        "POINT EMPTY",
    ],
)
def test_every_kind_of_geometry_is_written(text: str) -> None:
    shape = shapely.from_wkt(text)
    column = pa.array([shape.wkb, None], pa.binary())
    written, missing = geojson_text(column, 7).to_pylist()
    assert missing == "null"
    assert shapely.equals(shapely.from_geojson(written), shapely.force_2d(shape)) or shape.is_empty
    assert shapely.from_wkt(wkt_text(column, 7).to_pylist()[0]).geom_type == shape.geom_type


def test_coordinates_outside_a_system_are_missing() -> None:
    def nowhere(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.full_like(x, np.nan), np.full_like(y, np.nan)

    shapes = [shapely.Point(0, 51), shapely.LineString([(0, 51), (1, 52)])]
    for column in (pa.array([shapes[0].wkb], pa.binary()), pa.array([s.wkb for s in shapes])):
        assert set(geojson_text(column, 2, nowhere).to_pylist()) == {"null"}


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("", None),
        ("identity", None),
        ("gzip", "gzip"),
        ("gzip, zstd", "zstd"),
        ("gzip;q=1.0, zstd;q=0.5", "gzip"),
        ("zstd;q=0, gzip;q=0", None),
        ("*", "zstd"),
        ("*;q=0", None),
        ("gzip;q=nonsense, ;;, ===", None),
        ("GZIP", "gzip"),
    ],
)
def test_codings_are_weighed(accept: str, coding: str | None) -> None:
    assert choose_coding(accept, ("zstd", "br", "gzip")) == coding
