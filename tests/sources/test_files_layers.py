"""Layers: GeoPackage, shapefiles, KML, GPX, TopoJSON and geodatabases, however they are packed."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pyarrow as pa
import pyogrio
import pytest
import shapely

from interurban.core.errors import UnreadableFile
from interurban.sources import GEOMETRY_COLUMN

from .reading_files import Open, layer, rows_of, write


@pytest.mark.parametrize(
    ("name", "words"),
    [("a.gpkg", "GeoPackage"), ("a.fgb", "FlatGeobuf"), ("a.gml", "GML"), ("a.kml", "KML")],
)
@pytest.mark.parametrize("packing", ["plain", "renamed", "gz", "zip"])
def test_layers_are_read_by_content_however_they_are_packed(
    tmp_path: Path, opened: Open, name: str, words: str, packing: str
) -> None:
    path = layer(tmp_path / name)
    content = path.read_bytes()
    if packing == "renamed":
        path = write(tmp_path, "download", content)
    elif packing == "gz":
        path = write(tmp_path, "a.gz", gzip.compress(content))
    elif packing == "zip":
        with zipfile.ZipFile(path := tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("readme.txt", "about this")
            archive.writestr(name, content)
    reading = opened(path)
    rows = rows_of(reading)
    label = "Name" if name == "a.kml" else "name"
    placed = {row[label]: shapely.from_wkb(row[GEOMETRY_COLUMN]).x for row in rows}
    assert placed == {"Daley Center": pytest.approx(-87.63), "Trafalgar": pytest.approx(-0.12)}
    said = reading.facts().reading
    assert (said["format"], said["crs"]) == (words, "EPSG:4326")
    assert not list((tmp_path / "work").glob("*")), "scratch files stay behind"


def shapefile_zip(folder: Path, without: tuple[str, ...] = (), crs: str = "EPSG:27700") -> Path:
    made = folder / "made"
    made.mkdir()
    layer(made / "stops.shp", crs=crs)
    with zipfile.ZipFile(folder / "stops.zip", "w") as archive:
        for part in made.iterdir():
            if part.suffix not in without:
                archive.write(part, f"inner/{part.name.upper()}")
    return folder / "stops.zip"


def test_a_zipped_shapefile_is_read_with_its_crs(tmp_path: Path, opened: Open) -> None:
    reading = opened(shapefile_zip(tmp_path))
    assert [row["name"] for row in rows_of(reading)] == ["Daley Center", "Trafalgar"]
    assert reading.facts().reading["crs"] == "EPSG:27700"


def test_a_shapefile_without_dbf_prj_or_shx_is_read_and_what_is_missing_told(
    tmp_path: Path, opened: Open
) -> None:
    reading = opened(shapefile_zip(tmp_path, without=(".dbf", ".prj", ".shx", ".cpg")))
    rows = rows_of(reading)
    assert len(rows) == 2
    said = reading.facts().reading
    assert said["missing"] == ".dbf and .prj"
    assert said["crs"] == "EPSG:4326"
    assert "degrees" in said["crs source"]


def test_topojson_and_kmz_are_read(tmp_path: Path, opened: Open) -> None:
    topology = {
        "type": "Topology",
        "objects": {
            "areas": {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "Polygon", "arcs": [[0]], "properties": {"name": "Loop"}},
                ],
            }
        },
        "arcs": [[[0, 0], [0, 1], [1, 1], [0, 0]]],
    }
    reading = opened(write(tmp_path, "a.json", json.dumps(topology)))
    rows = rows_of(reading)
    assert [row["name"] for row in rows] == ["Loop"]
    assert shapely.from_wkb(rows[0]["geometry"]).area == 0.5
    assert reading.facts().reading["crs"] == "EPSG:4326"
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.write(layer(tmp_path / "a.kml"), "doc.kml")
    assert len(rows_of(opened(tmp_path / "a.kmz"))) == 2


def test_one_of_several_layers_is_asked_for_by_name(tmp_path: Path, opened: Open) -> None:
    path = layer(tmp_path / "a.gpkg", layer="stops")
    layer(path, layer="lines", append=True)
    with pytest.raises(UnreadableFile, match=r"2 layers: stops, lines.*layer: stops"):
        opened(path)
    assert len(rows_of(opened(path, layer="lines"))) == 2


def test_a_shapefile_without_a_code_page_is_read_as_it_was_written(
    tmp_path: Path, opened: Open
) -> None:
    names = pa.table({"name": ["Ñandú", "Łódź"[2:3] + "é", "plain"]})
    shapes = names.append_column("wkb", pa.array(shapely.to_wkb(shapely.points([[1, 2]] * 3))))
    folder = tmp_path / "layer"
    folder.mkdir()
    pyogrio.write_arrow(
        shapes, folder / "a.shp", geometry_name="wkb", geometry_type="Point", crs="EPSG:4326",
        encoding="ISO-8859-1",
    )  # fmt: skip
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for part in folder.iterdir():
            if part.suffix != ".cpg":
                # The language byte of the table is gone too, as many programs leave it.
                data = bytearray(part.read_bytes())
                if part.suffix == ".dbf":
                    data[29] = 0
                archive.writestr(part.name, bytes(data))
    reading = opened(tmp_path / "a.zip")
    assert [row["name"] for row in rows_of(reading)] == ["Ñandú", "dé", "plain"]
    assert "Windows-1252" in reading.facts().reading["encoding"]


def test_all_folders_of_a_kml_come_in_with_their_names(tmp_path: Path, opened: Open) -> None:
    place = "<Placemark><name>{}</name><Point><coordinates>-87.6,41.9</coordinates></Point>"
    folders = "".join(
        f"<Folder><name>{folder}</name>{place.format(name)}</Placemark></Folder>"
        for folder, name in (("Oaks &amp; elms", "a"), ("Limes", "b"))
    )
    head = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    file = write(tmp_path, "a.kml", f"{head}{folders}</Document></kml>")
    reading = opened(file)
    found = [(row["folder"], row["Name"]) for row in rows_of(reading)]
    assert found == [("Oaks & elms", "a"), ("Limes", "b")]
    assert "2 folders" in reading.facts().reading["layer"]
    assert [row["Name"] for row in rows_of(opened(file, layer="Limes"))] == ["b"]


def test_the_part_of_a_gpx_that_holds_anything_comes_in(tmp_path: Path, opened: Open) -> None:
    head = '<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">'
    points = "".join(f'<wpt lat="41.{n}" lon="-87.6"><name>Tap {n}</name></wpt>' for n in (1, 2))
    track = '<trk><name>Ride</name><trkseg><trkpt lat="41.1" lon="-87.6"/></trkseg></trk>'
    reading = opened(write(tmp_path, "taps.gpx", f"{head}{points}</gpx>"))
    assert [row["name"] for row in rows_of(reading)] == ["Tap 1", "Tap 2"]
    assert reading.facts().reading["format"] == "GPX"
    both = write(tmp_path, "ride.gpx", f"{head}{points}{track}</gpx>")
    with pytest.raises(UnreadableFile, match="2 layers: waypoints, tracks"):
        opened(both)
    assert [row["name"] for row in rows_of(opened(both, layer="tracks"))] == ["Ride"]


def test_a_zipped_file_geodatabase_is_a_layer(tmp_path: Path, opened: Open) -> None:
    folder = layer(tmp_path / "city.gdb", layer="sites")
    with zipfile.ZipFile(tmp_path / "city.zip", "w") as archive:
        for part in folder.iterdir():
            archive.write(part, f"city.gdb/{part.name}")
    reading = opened(tmp_path / "city.zip")
    assert [row["name"] for row in rows_of(reading)] == ["Daley Center", "Trafalgar"]
    assert reading.facts().reading["format"] == "Esri file geodatabase"
