"""ArcGIS: every feature once, its shape and its dates right, and errors that come as answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import shapely

from interurban.core.dataset import SourceFacts, SourceSpec
from interurban.core.errors import (
    ConfigurationError,
    SourceChanged,
    SourceRefused,
)
from interurban.sources import Fetching, open_source
from interurban.sources._esri_geometry import shape_of

from .portal_kinds import ArcGis, Row
from .portal_server import Asked, Portal, Reply, cut_in_the_middle, json_reply, server_error

FIELDS = [
    {"name": "OBJECTID", "type": "esriFieldTypeOID"},
    {"name": "LAD22CD", "type": "esriFieldTypeString"},
    {"name": "opened", "type": "esriFieldTypeDate"},
    {"name": "hectares", "type": "esriFieldTypeDouble"},
    {"name": "SHAPE", "type": "esriFieldTypeGeometry"},
]


def feature(number: int, **attributes: Any) -> Row:
    return {
        "attributes": {
            "OBJECTID": number,
            "LAD22CD": f"E09{number:06d}",
            "opened": 1_533_686_400_000 + number,
            "hectares": number / 4,
            **attributes,
        },
        "geometry": {"x": -0.1, "y": 51 + number / 100},
    }


@pytest.fixture
def layer(portal: Portal) -> ArcGis:
    described = {
        "name": "Boroughs",
        "objectIdField": "OBJECTID",
        "geometryType": "esriGeometryPoint",
        "fields": FIELDS,
        "editingInfo": {"lastEditDate": 1_533_700_000_000},
    }
    served = ArcGis(described, [feature(number) for number in range(1, 8)])
    portal.answers(served)
    return served


def spec(portal: Portal, layer: ArcGis, **options: Any) -> SourceSpec:
    return SourceSpec("arcgis", {"url": portal.url + layer.path, **options})


def read(
    source: SourceSpec, fetching: Fetching, since: SourceFacts | None = None
) -> tuple[list[Row], SourceFacts]:
    reading = open_source(source, fetching, since)
    assert reading is not None
    with reading:
        rows = [row for batch in reading.batches() for row in batch.to_pylist()]
        return rows, reading.facts()


def test_every_feature_comes_once_with_its_date_and_place(
    portal: Portal, layer: ArcGis, fetching: Fetching
) -> None:
    rows, facts = read(spec(portal, layer), fetching)
    assert [row["OBJECTID"] for row in rows] == [str(number) for number in range(1, 8)]
    assert rows[0]["opened"] == "2018-08-08T00:00:00.001Z"
    assert rows[0]["hectares"] == "0.25"
    assert shapely.from_wkb(rows[0]["geometry"]).coords[0] == (-0.1, 51.01)
    assert rows[0]["_row"] == 1
    assert "SHAPE" not in rows[0]
    assert facts.reading["crs"] == "EPSG:4326"
    assert facts.source_time is not None
    assert facts.source_time.isoformat() == "2018-08-08T03:46:40+00:00"


def test_the_recorded_park_is_read_with_the_crs_its_server_gave(
    shared_data: Path, portal: Portal, fetching: Fetching
) -> None:
    recorded = json.loads(
        (shared_data / "portals" / "arcgis" / "arcGISPolygonResponse.json").read_text()
    )
    keys = ("fields", "geometryType")
    served = ArcGis(
        {"name": "Parks", "objectIdField": "FID"} | {key: recorded[key] for key in keys},
        recorded["features"],
    )
    served.reference = recorded["spatialReference"]
    portal.answers(served)
    rows, facts = read(spec(portal, served), fetching)
    assert rows[0]["PARK_NAME"] == "Crescent Place Triangle"
    assert rows[0]["RPT_ACRES"] == "0.016"
    park = shapely.from_wkb(rows[0]["geometry"])
    assert park.is_valid
    outline = recorded["features"][0]["geometry"]["rings"][0]
    assert list(park.exterior.coords) == [tuple(xy[:2]) for xy in outline]
    assert facts.reading["crs"] == "EPSG:3857"


def test_a_filter_and_a_choice_of_fields_are_asked_of_the_server(
    portal: Portal, layer: ArcGis, fetching: Fetching
) -> None:
    source = spec(portal, layer, where="LAD22CD LIKE 'E09000003%'", columns=["LAD22CD"])
    rows, _ = read(source, fetching)
    assert [set(row) for row in rows] == [{"LAD22CD", "geometry", "_row"}]
    assert rows[0]["LAD22CD"] == "E09000003"


def test_a_filter_longer_than_an_address_may_be_is_sent(
    portal: Portal, layer: ArcGis, fetching: Fetching
) -> None:
    where = "LAD22CD LIKE '" + "E" * 20_000 + "%'"
    rows, _ = read(spec(portal, layer, where=where), fetching)
    assert rows == []


def test_a_layer_without_ids_is_paged_by_offset(
    portal: Portal, layer: ArcGis, fetching: Fetching
) -> None:
    layer.layer["fields"] = FIELDS[1:]
    del layer.layer["objectIdField"]
    rows, _ = read(spec(portal, layer), fetching)
    assert [row["LAD22CD"] for row in rows] == [f"E09{number:06d}" for number in range(1, 8)]


def test_rows_that_move_between_two_pages_start_it_anew(
    portal: Portal, layer: ArcGis, fetching: Fetching
) -> None:
    layer.layer["fields"] = FIELDS[1:]
    del layer.layer["objectIdField"]

    def before(number: int) -> None:
        if number == 5:
            layer.features[0:1] = []
            layer.features.append(feature(9))

    layer.before = before
    rows, _ = read(spec(portal, layer), fetching)
    assert [row["LAD22CD"][-1] for row in rows] == ["2", "3", "4", "5", "6", "7", "9"]


def test_a_full_answer_is_asked_again_for_what_it_left_out(
    portal: Portal, layer: ArcGis, fetching: Fetching
) -> None:
    layer.layer["maxRecordCount"] = 1_000
    rows, _ = read(spec(portal, layer), fetching)
    assert len(rows) == 7
    assert sum("objectIds" in asked.params for asked in portal.asked) == 4


@pytest.mark.parametrize("change", ["add", "remove", "edit"])
def test_an_edit_while_reading_starts_it_anew(
    portal: Portal, layer: ArcGis, fetching: Fetching, change: str
) -> None:
    def before(number: int) -> None:
        if number != 5:
            return
        layer.layer["editingInfo"] = {"lastEditDate": 1_533_700_009_000}
        if change == "add":
            layer.features.append(feature(8))
        elif change == "remove":
            layer.features.pop(3)
        else:
            layer.features[0]["attributes"]["hectares"] = 99

    layer.before = before
    rows, facts = read(spec(portal, layer), fetching)
    assert len(rows) == len(layer.features)
    assert rows[0]["hectares"] == ("99" if change == "edit" else "0.25")
    assert "1533700009000" in facts.cursor


def test_a_layer_that_never_stands_still_is_told(
    portal: Portal, layer: ArcGis, fetching: Fetching
) -> None:
    layer.before = lambda number: layer.features.append(feature(100 + number))
    with pytest.raises(SourceChanged, match="Boroughs changed while it was read"):
        read(spec(portal, layer), fetching)


def test_a_layer_that_was_not_edited_is_not_read_again(
    portal: Portal, layer: ArcGis, fetching: Fetching
) -> None:
    _, facts = read(spec(portal, layer), fetching)
    assert open_source(spec(portal, layer), fetching, facts) is None
    layer.layer["editingInfo"] = {"lastEditDate": 1_533_799_999_000}
    rows, _ = read(spec(portal, layer), fetching, facts)
    assert len(rows) == 7


def test_an_error_that_comes_as_an_answer_is_told(
    portal: Portal, layer: ArcGis, fetching: Fetching
) -> None:
    with pytest.raises(SourceRefused, match=r"\(400\): 'where' clause is not valid"):
        open_source(spec(portal, layer, where="BROKEN"), fetching)


def test_a_token_that_is_needed_is_asked_for(portal: Portal, fetching: Fetching) -> None:
    error = {"error": {"code": 499, "message": "Token Required", "details": []}}
    portal.answers(lambda asked: json_reply(error))
    with pytest.raises(SourceRefused, match=r"Token Required.*Give an app token"):
        open_source(SourceSpec("arcgis", {"url": f"{portal.url}/FeatureServer/0"}), fetching)


def test_trouble_as_an_answer_is_asked_again(
    portal: Portal, layer: ArcGis, fetching: Fetching, waits: list[float]
) -> None:
    def trouble(_asked: Asked, _reply: Reply) -> Reply:
        return json_reply({"error": {"code": 504, "message": "Timed out"}})

    for fault in (trouble, server_error, cut_in_the_middle):
        portal.misbehaves(fault, on="/query")
    rows, _ = read(spec(portal, layer), fetching)
    assert len(rows) == 7
    assert len(waits) == 3


def test_a_table_without_places_has_no_geometry(
    portal: Portal, layer: ArcGis, fetching: Fetching
) -> None:
    del layer.layer["geometryType"]
    rows, facts = read(spec(portal, layer), fetching)
    assert "geometry" not in rows[0]
    assert "crs" not in facts.reading


def test_a_time_without_a_zone_stays_without(
    portal: Portal, layer: ArcGis, fetching: Fetching
) -> None:
    layer.layer["datesInUnknownTimezone"] = True
    rows, _ = read(spec(portal, layer), fetching)
    assert rows[0]["opened"] == "2018-08-08T00:00:00.001"


def test_what_is_no_layer_is_told(portal: Portal, fetching: Fetching) -> None:
    with pytest.raises(ConfigurationError, match="is no layer"):
        open_source(SourceSpec("arcgis", {"url": f"{portal.url}/FeatureServer"}), fetching)


# Shapes

OUTER = [[0, 0], [0, 10], [10, 10], [10, 0], [0, 0]]
HOLE = [[2, 2], [4, 2], [4, 4], [2, 4], [2, 2]]
ISLAND = [[20, 0], [20, 10], [30, 10], [30, 0], [20, 0]]
ISLAND_HOLE = [[22, 2], [24, 2], [24, 4], [22, 4], [22, 2]]


def test_holes_belong_to_the_outline_around_them() -> None:
    shape = shape_of({"rings": [HOLE, OUTER, ISLAND_HOLE, ISLAND]})
    assert shape is not None
    assert shape.is_valid
    assert shape.area == 2 * (100 - 4)
    assert sorted(len(part.interiors) for part in shape.geoms) == [1, 1]


def test_an_island_in_a_lake_is_no_hole() -> None:
    lake = [[1, 1], [9, 1], [9, 9], [1, 9], [1, 1]]
    island = [[3, 3], [3, 5], [5, 5], [5, 3], [3, 3]]
    shape = shape_of({"rings": [OUTER, lake, island]})
    assert shape is not None
    assert shape.is_valid
    assert shape.area == 100 - 64 + 4


def test_rings_that_all_run_the_other_way_are_outlines() -> None:
    shape = shape_of({"rings": [list(reversed(OUTER)), list(reversed(ISLAND))]})
    assert shape is not None
    assert shape.area == 200


@pytest.mark.parametrize(
    ("geometry", "wkt"),
    [
        ({"x": 1, "y": 2, "z": 3}, "POINT (1 2)"),
        ({"x": None, "y": None}, None),
        ({"x": "NaN", "y": "NaN"}, None),
        ({"points": [[1, 2], [3, 4]]}, "MULTIPOINT ((1 2), (3 4))"),
        ({"paths": [[[1, 2], [3, 4]]]}, "LINESTRING (1 2, 3 4)"),
        (
            {"paths": [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]},
            "MULTILINESTRING ((1 2, 3 4), (5 6, 7 8))",
        ),
        ({"rings": []}, None),
        ({}, None),
        (None, None),
    ],
)
def test_every_kind_of_shape_is_known(geometry: Any, wkt: str | None) -> None:
    shape = shape_of(geometry)
    assert (None if shape is None else shape.wkt) == wkt


def test_curves_are_told() -> None:
    with pytest.raises(ValueError, match="curveRings"):
        shape_of({"curveRings": []})
