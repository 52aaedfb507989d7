"""JSON in every usual shape: records, lists of lists, GeoJSON, answers of servers."""

from __future__ import annotations

import json
import sqlite3
import struct
from pathlib import Path

import pytest
import shapely

from interurban.core.errors import ConfigurationError, UnreadableFile

from .reading_files import Open, layer, rows_of, write

ROWS = [{"id": 1, "name": "a", "tags": {"k": [1]}}, {"id": 2, "name": None, "late": True}]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (json.dumps(ROWS), "a list"),
        (json.dumps(ROWS, indent=2), "a list"),
        ("\n".join(json.dumps(row) for row in ROWS), "one record a line"),
        (json.dumps({"meta": {"n": 2}, "data": ROWS}), 'list "data"'),
        (json.dumps({"success": True, "result": {"records": ROWS}}), 'list "result.records"'),
    ],
)
def test_records_are_found_wherever_the_json_has_them(
    tmp_path: Path, opened: Open, text: str, words: str
) -> None:
    reading = opened(write(tmp_path, "a.json", text))
    assert rows_of(reading) == [
        {"id": "1", "name": "a", "tags": '{"k":[1]}', "late": None, "_row": 1},
        {"id": "2", "name": None, "tags": None, "late": "true", "_row": 2},
    ]
    assert reading.facts().reading["records"] == words


def test_lists_of_lists_take_their_names_from_beside_them(tmp_path: Path, opened: Open) -> None:
    document = {"cols": ["lat", "lon"], "data": [[41.9, -87.6], [51.5, -0.1]]}
    rows = rows_of(opened(write(tmp_path, "a.json", json.dumps(document))))
    assert rows[1] == {"lat": "51.5", "lon": "-0.1", "_row": 2}
    socrata = {
        "meta": {"view": {"columns": [{"name": "sid"}, {"name": "Ward"}]}},
        "data": [["row-1", 42]],
    }
    rows = rows_of(opened(write(tmp_path, "b.json", json.dumps(socrata))))
    assert rows == [{"sid": "row-1", "Ward": "42", "_row": 1}]
    census = [["NAME", "B01001_001E"], ["Cook", "5275541"], ["Lake", "714342"]]
    rows = rows_of(opened(write(tmp_path, "c.json", json.dumps(census))))
    assert [row["NAME"] for row in rows] == ["Cook", "Lake"]


def test_the_list_of_records_can_be_named(tmp_path: Path, opened: Open) -> None:
    path = write(tmp_path, "a.json", json.dumps({"items": [{"a": 1}], "x": {"y": [{"b": 2}]}}))
    assert rows_of(opened(path, records="x.y")) == [{"b": "2", "_row": 1}]
    with pytest.raises(ConfigurationError, match=r"It has lists under: items, x\.y"):
        opened(path, records="z")


def test_json_is_told_apart_across_blocks_whatever_its_strings_hold(
    tmp_path: Path, opened: Open
) -> None:
    nasty = ["}{][,", 'a "quoted" \\', "\\\\", 'tail\\"', "é\n", "plain"] * 20_000
    rows = [{"n": n, "text": text, "deep": [[n], {"m": "]"}]} for n, text in enumerate(nasty)]
    path = write(tmp_path, "a.json", json.dumps(rows))
    assert path.stat().st_size > 4 << 20
    read = rows_of(opened(path))
    assert [row["text"] for row in read] == nasty
    assert read[-1]["_row"] == len(nasty)


def test_geojson_gives_wkb_and_keeps_the_features_own_id(tmp_path: Path, opened: Open) -> None:
    features = [
        {
            "type": "Feature",
            "id": 7,
            "properties": {"name": "a", "geometry": "x"},
            "geometry": {"type": "Point", "coordinates": [-87.6, 41.9]},
        },
        {"type": "Feature", "properties": {"name": "b"}, "geometry": None},
    ]
    document = {"type": "FeatureCollection", "features": features}
    reading = opened(write(tmp_path, "a.geojson", json.dumps(document)))
    rows = rows_of(reading)
    assert reading.schema.names == ["name", "geometry_2", "id", "geometry", "_row"]
    assert shapely.from_wkb(rows[0]["geometry"]) == shapely.Point(-87.6, 41.9)
    assert (rows[0]["id"], rows[1]["id"], rows[1]["geometry"]) == ("7", None, None)
    assert reading.facts().reading["crs"] == "EPSG:4326"


def test_a_feature_whose_geometry_cannot_be_is_set_aside(tmp_path: Path, opened: Open) -> None:
    good = {
        "type": "Feature",
        "properties": {},
        "geometry": {"type": "Point", "coordinates": [1, 2]},
    }
    bad = {**good, "geometry": {"type": "Point", "coordinates": ["x", 2]}}
    text = "\n".join(json.dumps(feature) for feature in (good, bad, good))
    reading = opened(write(tmp_path, "a.geojsonl", text))
    assert [row["_row"] for row in rows_of(reading)] == [1, 3]
    assert [(b.row, b.reason) for b in reading.broken] == [(2, "its geometry cannot be read")]


def test_a_single_feature_and_an_old_crs_member_are_understood(
    tmp_path: Path, opened: Open
) -> None:
    feature = {
        "type": "Feature",
        "properties": {"name": "a"},
        "geometry": {"type": "LineString", "coordinates": [[0, 0], [1, 1]]},
    }
    rows = rows_of(opened(write(tmp_path, "a.json", json.dumps(feature))))
    assert [row["name"] for row in rows] == ["a"]
    document = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}},
        "features": [feature],
    }
    reading = opened(write(tmp_path, "b.json", json.dumps(document)))
    assert reading.facts().reading["crs"] == "EPSG:27700"


def test_what_an_arcgis_server_answers_is_understood(tmp_path: Path, opened: Open) -> None:
    answer = {
        "geometryType": "esriGeometryPoint",
        "spatialReference": {"wkid": 102671, "latestWkid": 3435},
        "fields": [{"name": "NAME", "type": "esriFieldTypeString"}],
        "features": [
            {"attributes": {"NAME": "a"}, "geometry": {"x": 1_176_000.0, "y": 1_900_000.0}}
        ],
    }
    reading = opened(write(tmp_path, "a.json", json.dumps(answer)))
    (row,) = rows_of(reading)
    assert row["NAME"] == "a"
    assert reading.facts().reading["crs"] == "EPSG:3435"


def test_shapes_with_arcs_are_refused_with_what_to_do(tmp_path: Path, opened: Open) -> None:
    flat = layer(tmp_path / "a.gpkg")
    with sqlite3.connect(flat) as database:
        # The header of a geometry in a GeoPackage is eight bytes here; the rest is WKB.
        head = database.execute("SELECT geom FROM a").fetchone()[0][:8]
        body = struct.pack("<BII6d", 1, 8, 3, 0, 0, 1, 1, 2, 0)
        for trigger in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            database.execute(f'DROP TRIGGER "{trigger[0]}"')
        database.execute("UPDATE a SET geom = ?", (head + body,))
    with pytest.raises(UnreadableFile, match="arcs") as refused, opened(flat) as reading:
        list(reading.batches())
    assert "CONVERT_TO_LINEAR" in refused.value.advice
