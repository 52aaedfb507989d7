"""By cells or by geometry, every point lies in the same area; on real boundaries of both cities."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
import shapely

from interurban.catalog.node import Node
from interurban.core import query as q
from interurban.query.compile import Table
from interurban.query.grid import columns_of, interleave, rows_of
from interurban.store import areas, duck
from interurban.store.area_cover import cover_areas
from interurban.store.areas import AREAS_TABLE, build_areas
from interurban.store.hot import hot_path

SUBJECTS = {
    "chicago.community_areas": "chicago.crimes_2019_sample",
    "london.boroughs": "london.food_hygiene_2015",
}
RANDOM = 60_000


def points_of(shapes: list[shapely.Geometry]) -> pa.Table:
    """Points anywhere, at corners, in the middle of borders, and a hair beside them."""
    rng = np.random.default_rng(7)
    west, south, east, north = shapely.total_bounds(shapes)
    anywhere = rng.uniform((west, south), (east, north), (RANDOM, 2))
    corners, of = shapely.get_coordinates(shapely.boundary(shapes), return_index=True)
    corners, of = corners[::7], of[::7]
    middles = (corners[1:] + corners[:-1])[of[1:] == of[:-1]] / 2
    beside = corners + rng.uniform(-2e-7, 2e-7, corners.shape)
    every = np.concatenate((anywhere, corners, middles, beside))
    lon, lat = every.T
    units = [np.floor(axis).astype(np.uint64) for axis in (columns_of(lon), rows_of(lat))]
    rows = np.arange(1, len(every) + 1)
    return pa.table({"_row": rows, "_key": interleave(*units), "lon": lon, "lat": lat})


@pytest.mark.parametrize("boundary", sorted(SUBJECTS))
def test_cells_and_geometry_give_the_same_areas(
    real_node: Node, boundary: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    city = real_node.city(boundary.partition(".")[0])
    outlines = real_node.snapshot(boundary)
    subject = real_node.snapshot(SUBJECTS[boundary])
    batches = real_node.rows(q.Query(boundary, fields=(outlines.roles.key or "",))).batches
    column = pa.Table.from_batches(list(batches)).column("geometry")
    shapes = list(shapely.from_wkb(column.to_numpy()))
    assert cover_areas(shapes, 1_000) is not None
    arriving = points_of(shapes)
    found = []
    for version, worth in ((1, 0), (2, 10**12)):
        monkeypatch.setattr(areas, "_WORTH_COVERING", worth)
        snapshot = replace(subject, version=version, placed=arriving.num_rows)
        with duck.connect(memory_mb=500, scratch=real_node.home.scratch) as connection:
            connection.register("arriving", arriving)
            connection.execute(
                "CREATE TABLE points AS SELECT _row, _key, ST_Point(lon, lat) AS geometry "
                "FROM arriving ORDER BY _key, _row"
            )
            hot = hot_path(real_node.home, outlines)
            connection.execute(f"ATTACH '{hot}' AS outlines (READ_ONLY)")
            path = build_areas(
                real_node.home,
                connection,
                Table(("memory", "main", "points"), snapshot, city.time_zone),
                Table(("outlines", "main", "features"), outlines, city.time_zone, hot=True),
            )
            connection.execute(f"ATTACH '{path}' AS kept (READ_ONLY)")
            query = f"FROM kept.{'.'.join(AREAS_TABLE)} ORDER BY _row"
            found.append(connection.execute(query).to_arrow_table())
    covered, joined = found
    assert joined.num_rows > RANDOM / 4
    assert covered.equals(joined)
