"""OGC API Tiles: descriptions that clients can follow, and tiles that hold the counted rows."""

from __future__ import annotations

import math
from pathlib import Path

import httpx
import morecantile
import pyogrio
import pytest

from interurban.catalog.node import Node
from interurban.query.grid import tile_box

SCHOOLS = "/collections/london.schools"
SET = "tiles/WebMercatorQuad"


def read_tile(content: bytes, folder: Path, z: int, x: int, y: int):
    """The tile as a frame, coordinates in EPSG:3857, by GDAL's MVT driver."""
    path = folder / f"{z}-{x}-{y}.mvt"
    path.write_bytes(content)
    return pyogrio.read_dataframe(path, layer="features", X=str(x), Y=str(y), Z=str(z))


def test_the_matrix_set_is_the_one_everybody_knows(client: httpx.Client) -> None:
    ours = client.get("/tileMatrixSets/WebMercatorQuad").json()
    known = morecantile.tms.get("WebMercatorQuad")
    assert client.get("/tileMatrixSets").json()["tileMatrixSets"][0]["id"] == ours["id"]
    assert ours["uri"] == str(known.uri)
    for matrix in ours["tileMatrices"]:
        same = known.matrix(int(matrix["id"]))
        assert matrix["matrixWidth"] == same.matrixWidth
        assert matrix["cellSize"] == pytest.approx(same.cellSize)
        assert matrix["scaleDenominator"] == pytest.approx(same.scaleDenominator)
        assert matrix["pointOfOrigin"] == pytest.approx(list(same.pointOfOrigin))


def test_a_tileset_is_tilejson_and_ogc_metadata(client: httpx.Client, node: Node) -> None:
    document = client.get(f"{SCHOOLS}/{SET}").json()
    snapshot = node.snapshot("london.schools")
    assert document["tilejson"] == "3.0.0"
    assert document["bounds"] == list(snapshot.bbox or ())
    (layer,) = document["vector_layers"]
    assert layer["id"] == "features"
    assert set(layer["fields"]) == {f.name for f in snapshot.fields if f.type != "geometry"}
    assert document["attribution"]
    assert document["dataType"] == "vector"
    rels = {link["rel"]: link for link in document["links"]}
    assert "{tileMatrix}/{tileRow}/{tileCol}" in rels["item"]["href"]


def test_the_template_of_tilejson_gives_tiles(client: httpx.Client, tmp_path: Path) -> None:
    (template,) = client.get(f"{SCHOOLS}/{SET}", params={"phase": "primary"}).json()["tiles"]
    tile = morecantile.tms.get("WebMercatorQuad").tile(-0.1, 51.52, 12)
    address = template.format(z=tile.z, x=tile.x, y=tile.y)
    answer = client.get(address)
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    frame = read_tile(answer.content, tmp_path, tile.z, tile.x, tile.y)
    assert set(frame["phase"]) == {"primary"}


def test_the_tiles_of_a_level_hold_every_placed_row(client: httpx.Client, tmp_path: Path) -> None:
    document = client.get(f"{SCHOOLS}/{SET}").json()
    (limits,) = [one for one in document["tileMatrixSetLimits"] if one["tileMatrix"] == "9"]
    total = 0
    for row in range(limits["minTileRow"], limits["maxTileRow"] + 1):
        for col in range(limits["minTileCol"], limits["maxTileCol"] + 1):
            answer = client.get(f"{SCHOOLS}/{SET}/9/{row}/{col}")
            assert answer.status_code == 200
            if answer.content:
                total += len(read_tile(answer.content, tmp_path, 9, col, row))
    assert total == client.get(f"{SCHOOLS}/count").json()["placed"] > 3_000


def test_points_of_a_tile_lie_where_they_should(client: httpx.Client, tmp_path: Path) -> None:
    z, x, y = 12, 2046, 1362
    content = client.get(f"{SCHOOLS}/{SET}/{z}/{y}/{x}").content
    frame = read_tile(content, tmp_path, z, x, y).set_index("school_id")
    page = client.get(f"{SCHOOLS}/items", params={"limit": "10000"}).json()
    places = {f["id"]: f["geometry"]["coordinates"] for f in page["features"] if f["geometry"]}
    unit_m = 2 * math.pi * 6378137 / 2**z / 4096
    assert len(frame) > 10
    for school, point in frame.geometry.items():
        lon, lat = places[school]
        east = math.radians(lon) * 6378137
        north = math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) * 6378137
        assert abs(point.x - east) <= unit_m
        assert abs(point.y - north) <= unit_m


def test_areas_are_clipped_to_the_tile(client: httpx.Client, tmp_path: Path) -> None:
    z, x, y = 12, 2046, 1362
    content = client.get(f"/collections/london.boroughs/{SET}/{z}/{y}/{x}").content
    frame = read_tile(content, tmp_path, z, x, y)
    box = tile_box(z, x, y)
    side_m = 2 * math.pi * 6378137 / 2**z
    west = box.x0 / 2**32 * 2 * math.pi * 6378137 - math.pi * 6378137
    assert len(frame) >= 3
    bounds = frame.total_bounds
    assert bounds[0] >= west - side_m / 8
    assert bounds[2] <= west + side_m * 9 / 8


def test_an_empty_tile_is_no_error(client: httpx.Client) -> None:
    answer = client.get(f"{SCHOOLS}/{SET}/12/0/0")
    assert answer.status_code == 200
    assert answer.content == b""
