"""GDAL's own drivers read this node: OAPIF, and vector tiles through OGCAPI and MVT."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

if shutil.which("ogr2ogr") is None:
    pytest.skip("needs ogr2ogr (package gdal-bin)", allow_module_level=True)


def ogr(*arguments: str) -> str:
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr, done.stderr
    return done.stdout


def test_ogrinfo_lists_every_collection(client: httpx.Client, server: str) -> None:
    listed = ogr("ogrinfo", "-ro", f"OAPIF:{server}/")
    for collection in client.get("/collections").json()["collections"]:
        assert collection["id"] in listed


def test_ogr2ogr_copies_every_row_page_by_page(
    client: httpx.Client, server: str, tmp_path: Path
) -> None:
    path = tmp_path / "schools.geojson"
    ogr(
        *("ogr2ogr", "-f", "GeoJSON", str(path), f"OAPIF:{server}/", "london.schools"),
        *("-oo", "PAGE_SIZE=500"),
    )
    copied = json.loads(path.read_text(encoding="utf-8"))["features"]
    page = client.get("/collections/london.schools/items", params={"limit": "10000"}).json()
    assert len(copied) == page["numberMatched"] == 3_221
    ids = [feature["properties"]["school_id"] for feature in copied]
    assert ids == [feature["properties"]["school_id"] for feature in page["features"]]


def test_ogr2ogr_filters_by_place_and_attribute(
    client: httpx.Client, server: str, tmp_path: Path
) -> None:
    path = tmp_path / "some.geojson"
    box = ("-0.2", "51.45", "0.0", "51.6")
    ogr(
        *("ogr2ogr", "-f", "GeoJSON", str(path), f"OAPIF:{server}/", "london.schools"),
        *("-spat", *box, "-where", "phase = 'primary'"),
    )
    copied = json.loads(path.read_text(encoding="utf-8"))["features"]
    params = {"bbox": ",".join(box), "phase": "primary"}
    count = client.get("/collections/london.schools/count", params=params).json()["count"]
    assert len(copied) == count > 100


def test_ogr_reads_polygons_and_lines(server: str) -> None:
    for collection, kind in (("chicago.wards_2015", "Polygon"), ("chicago.l_lines", "Line")):
        told = ogr("ogrinfo", "-ro", "-al", "-so", f"OAPIF:{server}/", collection)
        assert kind in told


def test_ogr_reads_vector_tiles_by_the_ogc_api(client: httpx.Client, server: str) -> None:
    """In a process of its own: the GDAL of pyogrio is new enough, but holds the interpreter."""
    # The driver does not bring a collection's extent into the tiles' system, so it is told it.
    west_south_east_north = {"MINX": -60_000, "MINY": 6_660_000, "MAXX": 40_000, "MAXY": 6_760_000}
    options = {"API": "TILES", "CACHE": "NO", "layer": "Zoom level 9"}
    arguments = {**options, **{name: str(value) for name, value in west_south_east_north.items()}}
    source = f"OGCAPI:{server}/collections/london.schools"
    script = f"import pyogrio; print(len(pyogrio.read_dataframe({source!r}, **{arguments!r})))"
    placed = client.get("/collections/london.schools/count").json()["placed"]
    assert int(ogr(sys.executable, "-c", script)) == placed


def test_ogr_reads_one_tile(server: str) -> None:
    tile = f"{server}/collections/london.schools/tiles/WebMercatorQuad/10/340/511.mvt"
    told = ogr(
        *("ogrinfo", "-ro", "-al", "-so", f"MVT:{tile}"),
        *("-oo", "X=511", "-oo", "Y=340", "-oo", "Z=10"),
    )
    assert "Layer name: features" in told
    assert "Feature Count: 0" not in told
