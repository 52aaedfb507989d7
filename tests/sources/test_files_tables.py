"""Parquet and spreadsheets: their types, sheets and geometry."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from interurban.core.errors import UnreadableFile
from interurban.sources import GEOMETRY_COLUMN

from .reading_files import POINTS, Open, rows_of


def test_parquet_keeps_its_types(tmp_path: Path, opened: Open) -> None:
    day = dt.datetime(2018, 7, 1, 12, tzinfo=dt.UTC)
    table = pa.table({"n": pa.array([1, 2], pa.int32()), "at": [day, None], "kind": ["a", "b"]})
    table = table.set_column(2, "kind", table["kind"].dictionary_encode())
    pq.write_table(table, tmp_path / "a.parquet")
    reading = opened(tmp_path / "a.parquet")
    assert reading.schema.field("n").type == pa.int32()
    assert reading.schema.field("kind").type == pa.string()
    assert rows_of(reading)[0] == {"n": 1, "at": day, "kind": "a", "_row": 1}


def test_geoparquet_gives_its_geometry_and_crs(tmp_path: Path, opened: Open) -> None:
    from pyproj import CRS

    geo = {
        "version": "1.1.0",
        "primary_column": "shape",
        "columns": {"shape": {"encoding": "WKB", "crs": CRS("EPSG:27700").to_json_dict()}},
    }
    table = pa.table({"shape": shapely.to_wkb(POINTS), "name": ["a", "b"]})
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), tmp_path / "a.parquet")
    reading = opened(tmp_path / "a.parquet")
    rows = rows_of(reading)
    assert reading.schema.names == ["name", "geometry", "_row"]
    assert shapely.from_wkb(rows[1]["geometry"]) == POINTS[1]
    said = reading.facts().reading
    assert (said["format"], said["crs"]) == ("GeoParquet", "EPSG:27700")


def test_a_workbook_gives_its_first_sheet_with_data_and_names_the_others(
    tmp_path: Path, opened: Open
) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Empty"
    data = book.create_sheet("Data")
    data.append(["Profiles of boroughs"])
    data.append([])
    data.append(["Code", "Since", "Cost", "Open", "Code"])
    data.append(["E1", dt.date(2018, 7, 1), 2.0, True, "x"])
    data.append(["E2", dt.datetime.fromisoformat("2018-07-02T13:30"), 2.5, False, None])
    book.create_sheet("Notes").append(["Read me"])
    book.save(tmp_path / "a.xlsx")
    reading = opened(tmp_path / "a.xlsx")
    assert rows_of(reading) == [
        {
            "Code": "E1",
            "Since": "2018-07-01",
            "Cost": "2",
            "Open": "true",
            "Code_2": "x",
            "_row": 1,
        },
        {
            "Code": "E2",
            "Since": "2018-07-02T13:30:00",
            "Cost": "2.5",
            "Open": "false",
            "Code_2": "",
            "_row": 2,
        },
    ]
    said = reading.facts().reading
    assert said["sheet"] == "Data"
    assert said["other sheets"] == "Empty, Notes"
    assert said["skipped"] == "1 row above the header"
    with pytest.raises(UnreadableFile, match="It has: Empty, Data, Notes"):
        opened(tmp_path / "a.xlsx", sheet="data")
    with pytest.raises(UnreadableFile, match="has a header but no rows"):
        opened(tmp_path / "a.xlsx", sheet=3)


def test_parquet_of_any_type_comes_in(tmp_path: Path, opened: Open) -> None:
    table = pa.table(
        {
            "half": pa.array([1.5]).cast(pa.float16()),
            "nothing": pa.nulls(1),
            "kind": pa.array(["a"]).dictionary_encode(),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    with opened(tmp_path / "a.parquet") as reading:
        assert [str(field.type) for field in reading.schema][:3] == ["float", "string", "string"]
        (row,) = reading.sample().to_pylist()
    assert (row["half"], row["nothing"], row["kind"]) == (1.5, None, "a")


def test_bounds_beside_the_geometry_are_no_data(tmp_path: Path, opened: Open) -> None:
    edges = {edge: ["bbox", edge] for edge in ("xmin", "ymin", "xmax", "ymax")}
    described = {"encoding": "WKB", "geometry_types": [], "covering": {"bbox": edges}}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": described}}
    table = pa.table(
        {"name": ["a", "b"], "bbox": [dict.fromkeys(edges, 0.0)] * 2,
         "geometry": shapely.to_wkb(POINTS)},
    ).replace_schema_metadata({"geo": json.dumps(geo)})  # fmt: skip
    pq.write_table(table, tmp_path / "a.parquet")
    reading = opened(tmp_path / "a.parquet")
    assert reading.schema.names == ["name", "geometry", "_row"]
    assert "bbox" in reading.facts().reading["left out"]
    reading.close()


def test_wkb_without_a_word_is_a_geometry_by_its_name(tmp_path: Path, opened: Open) -> None:
    pq.write_table(pa.table({"geom": shapely.to_wkb(POINTS)}), tmp_path / "a.parquet")
    with opened(tmp_path / "a.parquet") as reading:
        assert GEOMETRY_COLUMN in reading.schema.names
        assert reading.facts().reading["crs"] == "EPSG:4326"


def test_the_sheet_with_the_table_is_taken_whatever_the_file_is_called(
    tmp_path: Path, opened: Open
) -> None:
    book = openpyxl.Workbook()
    notes = book.active
    assert notes is not None
    notes.title = "Read me"
    for line in (["About", "this table"], ["Contact", "the city"], ["Made", "in March"]):
        notes.append(line)
    trees = book.create_sheet("Trees")
    for row in (["id", "name"], [1, "Oak"], [2, "Elm"]):
        trees.append(row)
    book.save(tmp_path / "trees.xlsx")
    packed = tmp_path / "download"
    packed.write_bytes(gzip.compress((tmp_path / "trees.xlsx").read_bytes()))
    reading = opened(packed)
    assert [row["name"] for row in rows_of(reading)] == ["Oak", "Elm"]
    assert reading.facts().reading["other sheets"] == "Read me"


def test_an_opendocument_spreadsheet_is_named(tmp_path: Path, opened: Open) -> None:
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        for name in ("mimetype", "content.xml", "META-INF/manifest.xml"):
            archive.writestr(name, "x")
    with pytest.raises(UnreadableFile, match="OpenDocument spreadsheet") as refused:
        opened(tmp_path / "a.ods")
    assert "xlsx" in refused.value.advice
