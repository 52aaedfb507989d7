"""Every usual kind of file is understood from its content, and its reading is told in words."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
import sqlite3
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from interurban.core.dataset import SourceFacts, SourceSpec
from interurban.core.errors import ConfigurationError, UnreadableFile
from interurban.sources import GEOMETRY_COLUMN, Fetching, Reading, open_source

Open = Callable[..., Reading]

README_ROW = re.compile(r"^\| ((?:chicago|london)/\S+) \| ([\d,]+) \|", re.MULTILINE)
CORE_FILES = 98

POINTS = shapely.points([[-87.63, 41.88], [-0.12, 51.5]])


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    def open_file(path: Path | str, **options: Any) -> Reading:
        spec = SourceSpec("files", {"path": str(path), **options})
        reading = open_source(spec, Fetching(work=tmp_path / "work"))
        assert reading is not None
        return reading

    return open_file


def rows_of(reading: Reading) -> list[dict[str, Any]]:
    with reading:
        return [row for batch in reading.batches() for row in batch.to_pylist()]


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def layer(path: Path, crs: str | None = "EPSG:4326", **options: Any) -> Path:
    table = pa.table({"name": ["Daley Center", "Trafalgar"], "wkb": shapely.to_wkb(POINTS)})
    driver = {".kml": "LIBKML", ".gdb": "OpenFileGDB"}.get(path.suffix)
    pyogrio.write_arrow(
        table, path, driver=driver, geometry_name="wkb", geometry_type="Point", crs=crs, **options
    )
    return path


# The real files of both cities


def core_rows(shared_data: Path) -> dict[str, int]:
    text = (shared_data / "core" / "README.md").read_text()
    return {name: int(rows.replace(",", "")) for name, rows in README_ROW.findall(text)}


@pytest.mark.parametrize("city", ["chicago", "london"])
def test_every_core_file_opens_and_has_the_rows_its_readme_counts(
    shared_data: Path, tmp_path: Path, city: str
) -> None:
    counted: dict[str, int] = {}
    fetching = Fetching(work=tmp_path, mirror=shared_data)
    expected = core_rows(shared_data)
    assert len(expected) == CORE_FILES
    for name in expected:
        if not name.startswith(city):
            continue
        spec = SourceSpec("files", {"path": f"core/{name}"})
        reading = open_source(spec, fetching)
        assert reading is not None
        last = 0
        with reading:
            for batch in reading.batches():
                assert batch.schema.equals(reading.schema)
                numbers = batch.column("_row").to_numpy()
                assert numbers[0] == last + 1
                last = int(numbers[-1])
            facts = reading.facts()
        counted[name] = last
        assert reading.broken_count == 0, name
        assert facts.origin == f"core/{name}"
        assert facts.kind == "mirror"
        assert len(facts.sha256) == 64
    assert counted == {n: rows for n, rows in expected.items() if n.startswith(city)}


def test_a_real_column_settles_its_date_order_over_all_its_values(
    shared_data: Path, opened: Open
) -> None:
    london = opened(shared_data / "core/london/cycle_hire_hourly_counts_2015_2017.csv.gz")
    chicago = opened(shared_data / "core/chicago/crimes_2022_export_narcotics.csv.gz")
    march = opened(shared_data / "core/chicago/food_inspections_2020_sample.csv")
    for reading in (london, chicago, march):
        rows_of(reading)
    assert "timestamp: day first" in london.facts().reading["dates"]
    assert "Date: month first" in chicago.facts().reading["dates"]
    assert "cannot be told" in march.facts().reading["dates"]


# Delimited text


@pytest.mark.parametrize(
    ("delimiter", "words"),
    [(",", "comma"), ("\t", "tab"), (";", "semicolon"), ("|", "vertical bar")],
)
def test_the_delimiter_is_found_and_told(
    tmp_path: Path, opened: Open, delimiter: str, words: str
) -> None:
    text = "".join(
        delimiter.join(row) + "\n"
        for row in [("id", "cost", "name"), ("1", "2.5", "A"), ("2", "3.5", "B")]
    )
    reading = opened(write(tmp_path, "a.dat", text))
    assert rows_of(reading) == [
        {"id": "1", "cost": "2.5", "name": "A", "_row": 1},
        {"id": "2", "cost": "3.5", "name": "B", "_row": 2},
    ]
    assert reading.facts().reading["delimiter"] == words


def test_semicolons_win_over_decimal_commas(tmp_path: Path, opened: Open) -> None:
    reading = opened(write(tmp_path, "a.csv", "id;x;y\n1;1,5;2,5\n2;3,5;4,5\n"))
    assert [row["x"] for row in rows_of(reading)] == ["1,5", "3,5"]


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 with byte order mark"),
        ("utf-16", "UTF-16 (little-endian)"),
        ("utf-16-be", "UTF-16 (big-endian)"),
        ("cp1252", "Windows-1252"),
        ("latin-1", "Windows-1252"),
    ],
)
def test_the_encoding_is_found_and_told(
    tmp_path: Path, opened: Open, encoding: str, words: str
) -> None:
    text = "id,café\n1,Señor\n2,naïve\n"
    reading = opened(write(tmp_path, "a.csv", text.encode(encoding)))
    assert [row["café"] for row in rows_of(reading)] == ["Señor", "naïve"]
    assert reading.facts().reading["encoding"] == words


@pytest.mark.parametrize(("end", "words"), [("\n", "LF"), ("\r\n", "CRLF"), ("\r", "CR")])
def test_every_line_end_is_read_and_told(
    tmp_path: Path, opened: Open, end: str, words: str
) -> None:
    reading = opened(write(tmp_path, "a.csv", end.join(["a,b", "1,2", "3,4", ""])))
    assert [(row["a"], row["b"]) for row in rows_of(reading)] == [("1", "2"), ("3", "4")]
    assert reading.facts().reading["line ends"] == words


def test_quoted_values_hold_delimiters_quotes_and_line_ends(tmp_path: Path, opened: Open) -> None:
    reading = opened(write(tmp_path, "a.csv", 'a,b\n"1,2","say ""hi""\nagain"\n3,5" pipe\n'))
    assert [(r["a"], r["b"], r["_row"]) for r in rows_of(reading)] == [
        ("1,2", 'say "hi"\nagain', 1),
        ("3", '5" pipe', 2),
    ]
    assert reading.broken_count == 0


@pytest.mark.parametrize(
    ("encoding", "words", "names"),
    [
        ("cp1250", "Windows-1250 (Central European)", "Żółwik Łąkowa Śródmieście Świętokrzyska"),
        ("cp1250", "Windows-1250 (Central European)", "Příčná Žižkova Ústí Řeznická"),
        ("cp1250", "Windows-1250 (Central European)", "Kőbányai Győr Hűvösvölgyi Fő"),
        ("cp1251", "Windows-1251 (Cyrillic)", "Москва Казань Тверь Самара"),
        ("cp1253", "Windows-1253 (Greek)", "Αθηνάς Ερμού Σχολείο Πάτρα"),
        ("cp1254", "Windows-1254 (Turkish)", "Üsküdar Beyoğlu Şişli Kadıköy"),
        ("shift_jis", "Shift-JIS (Japanese)", "東京都千代田区 中央図書館 大阪市北区 渋谷区"),
        ("euc_kr", "EUC-KR (Korean)", "서울초등학교 종로구 도서관 부산광역시"),
        ("gb18030", "GB 18030 (Chinese)", "北京市朝阳区 图书馆 上海市黄浦区 第一小学"),
    ],
)
def test_a_code_page_is_told_by_its_letters(
    tmp_path: Path, opened: Open, encoding: str, words: str, names: str
) -> None:
    wanted = names.split() * 3
    text = "id,name,page\n" + "".join(
        f"{n},{name},https://example.org/{n}\n" for n, name in enumerate(wanted)
    )
    reading = opened(write(tmp_path, "a.csv", text.encode(encoding)))
    assert [row["name"] for row in rows_of(reading)] == wanted
    assert reading.facts().reading["encoding"] == f"{words}, by its letters"


@pytest.mark.parametrize(
    "names",
    [
        "Señor naïve Chamartín Núñez",
        "Königstraße München Köln Äußere",
        "Nørregade Århus Æblevej Østerbro",
        "São_João Praça Consolação Sé",
        "Þingholtsstræti Hallgrímskirkja Laugavegur Suðurgata",
        "Église Collège Fenêtre Hôtel",
        "£5 “quoted” 25_m² ½",
    ],
)
def test_western_letters_stay_what_they_are(tmp_path: Path, opened: Open, names: str) -> None:
    wanted = names.split() * 3
    text = "id,name\n" + "".join(f"{n},{name}\n" for n, name in enumerate(wanted))
    reading = opened(write(tmp_path, "a.csv", text.encode("cp1252")))
    assert [row["name"] for row in rows_of(reading)] == wanted
    assert reading.facts().reading["encoding"] == "Windows-1252"


def test_a_code_page_that_is_named_is_not_guessed(tmp_path: Path, opened: Open) -> None:
    path = write(tmp_path, "a.csv", "id,город\n1,Москва\n2,Казань\n3,Тверь\n".encode("cp1251"))
    with opened(path, encoding="cp1251") as reading:
        assert reading.facts().reading["encoding"] == "Windows-1251 (Cyrillic)"
        assert "город" in reading.schema.names


def test_an_encoding_that_is_asked_for_wins(tmp_path: Path, opened: Open) -> None:
    path = write(tmp_path, "a.csv", "id,name\n1,Łódź\n".encode("iso8859-2"))
    assert rows_of(opened(path, encoding="latin2"))[0]["name"] == "Łódź"
    path = write(tmp_path, "b.csv", "id,name\n1,é\n".encode("utf-16-be"))
    assert rows_of(opened(path, encoding="UTF-16"))[0]["name"] == "é"


def test_a_header_that_names_more_than_every_row_holds_is_cut(tmp_path: Path, opened: Open) -> None:
    reading = opened(write(tmp_path, "a.csv", "a,b,c\n1,2\n3,4\n5,6\n"))
    assert rows_of(reading)[2] == {"a": "5", "b": "6", "_row": 3}
    assert "names 1 more than the rows have" in reading.facts().reading["header"]
    few = opened(write(tmp_path, "b.csv", "a,b,c\n1,2\n"))
    assert rows_of(few) == []
    assert few.broken_count == 1


def test_rows_that_hold_more_than_the_header_names_keep_their_values(
    tmp_path: Path, opened: Open
) -> None:
    reading = opened(write(tmp_path, "a.csv", "a,b\n1,2,\n3,4,x\n"))
    assert [row["column_3"] for row in rows_of(reading)] == ["", "x"]


def test_lines_above_the_header_are_left_out_and_told(tmp_path: Path, opened: Open) -> None:
    text = "Borough profiles\nSource: GLA\n\ncode,name,people\nE1,Camden,5\nE2,Hackney,6\n"
    reading = opened(write(tmp_path, "a.csv", text))
    assert [row["name"] for row in rows_of(reading)] == ["Camden", "Hackney"]
    assert reading.facts().reading["skipped"] == "2 lines above the header"


def test_a_table_without_a_header_gets_numbered_columns(tmp_path: Path, opened: Open) -> None:
    reading = opened(write(tmp_path, "a.csv", "1,2.5,2018-01-01\n2,3.5,2018-01-02\n"))
    assert len(rows_of(reading)) == 2
    assert reading.schema.names == ["column_1", "column_2", "column_3", "_row"]
    assert reading.facts().reading["header"].startswith("none")


def test_months_as_column_names_are_a_header(tmp_path: Path, opened: Open) -> None:
    reading = opened(write(tmp_path, "a.csv", "area,201904,201905\nCamden,5,6\nHackney,7,8\n"))
    assert reading.schema.names == ["area", "201904", "201905", "_row"]


def test_what_was_found_out_can_be_corrected(tmp_path: Path, opened: Open) -> None:
    path = write(tmp_path, "a.csv", "note\nx;y\n1;2\n")
    reading = opened(path, skip=1, delimiter=";", header=False)
    assert [row["column_1"] for row in rows_of(reading)] == ["x", "1"]


def test_a_column_named_twice_or_not_at_all_gets_a_name_of_its_own(
    tmp_path: Path, opened: Open
) -> None:
    reading = opened(write(tmp_path, "a.csv", "id,Name,name, ,id\n1,a,b,c,d\n"))
    assert reading.schema.names == ["id", "Name", "name_2", "column_4", "id_2", "_row"]
    rows_of(reading)
    assert "1 without a name, numbered" in reading.facts().reading["header"]
    assert "2 doubled, numbered (name, id)" in reading.facts().reading["header"]


def test_rows_are_numbered_across_blocks_and_the_sample_is_given_again(
    tmp_path: Path, opened: Open
) -> None:
    lines = "".join(f"{n},{'x' * 90}\n" for n in range(1, 120_001))
    reading = opened(write(tmp_path, "a.csv", f"n,text\n{lines}"))
    with reading:
        sample = reading.sample(100)
        assert 100 <= sample.num_rows < 120_000
        table = pa.Table.from_batches(reading.batches())
    assert table.column("_row").to_pylist() == list(range(1, 120_001))
    assert table.column("n").to_pylist() == [str(n) for n in range(1, 120_001)]


# JSON


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


# Layers


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


# Parquet and Excel


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


# The source as a whole

MEASURE = """
import re, sys
from pathlib import Path
from interurban.core.dataset import SourceSpec
from interurban.sources import Fetching, open_source
spec = SourceSpec("files", {"path": sys.argv[1]})
with open_source(spec, Fetching(work=Path(sys.argv[2]))) as reading:
    rows = sum(batch.num_rows for batch in reading.batches())
print(rows, re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux to measure")
@pytest.mark.parametrize("kind", ["csv", "geojson", "parquet"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, kind: str) -> None:
    note = "plain words of a resident " * 40
    peaks = {}
    for rows in (70_000, 200_000):
        path = tmp_path / f"{rows}.{kind}"
        if kind == "csv":
            path.write_text("id,name,note\n" + f'1234567,"Daley, Center",{note}\n' * rows)
        elif kind == "geojson":
            feature = {
                "type": "Feature",
                "properties": {"id": 1, "note": note},
                "geometry": {"type": "Point", "coordinates": [-87.63, 41.88]},
            }
            features = f"{json.dumps(feature)},\n" * rows
            path.write_text(f'{{"type":"FeatureCollection","features":[{features[:-2]}]}}')
        else:
            table = pa.table({"note": [f"{n} {note}" for n in range(10_000)]})
            with pq.ParquetWriter(path, table.schema, compression="none") as writer:
                for _ in range(rows // 10_000):
                    writer.write_table(table)
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, str(path), str(tmp_path)],
            check=True,
            capture_output=True,
            text=True,
        )
        read, peak_kb = map(int, done.stdout.split())
        assert read == rows
        peaks[rows] = peak_kb / 1024
    assert path.stat().st_size > 200 << 20
    assert peaks[200_000] < peaks[70_000] + 80, peaks


def test_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "a,b\n1,2\n")
    spec = SourceSpec("files", {"path": str(path)})
    fetching = Fetching(work=tmp_path / "work")

    def facts() -> SourceFacts:
        reading = open_source(spec, fetching)
        assert reading is not None
        rows_of(reading)
        return reading.facts()

    before = facts()
    assert open_source(spec, fetching, before) is None
    path.touch()
    assert open_source(spec, fetching, before) is None, "touched, with the same bytes"
    path.write_text("a,b\n1,3\n")
    assert open_source(spec, fetching, before) is not None
    assert (before.origin, before.kind) == ("a.csv", "file"), "no path of this machine"


def test_progress_is_told_in_rows_and_stored_bytes(tmp_path: Path) -> None:
    told: list[tuple[int, int, int | None]] = []
    path = write(tmp_path, "a.csv.gz", gzip.compress(b"a,b\n" + b"1,2\n" * 1_000_000))
    reading = open_source(
        SourceSpec("files", {"path": str(path)}),
        Fetching(work=tmp_path, progress=lambda *step: told.append(step)),
    )
    assert reading is not None
    rows_of(reading)
    assert told[-1] == (1_000_000, path.stat().st_size, path.stat().st_size)
    assert told == sorted(told)


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


def test_a_line_for_excel_is_no_header(tmp_path: Path, opened: Open) -> None:
    reading = opened(write(tmp_path, "a.csv", "sep=;\nid;name\n1;a\n2;b\n"))
    assert reading.schema.names == ["id", "name", "_row"]
    reading.close()


def test_an_opendocument_spreadsheet_is_named(tmp_path: Path, opened: Open) -> None:
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        for name in ("mimetype", "content.xml", "META-INF/manifest.xml"):
            archive.writestr(name, "x")
    with pytest.raises(UnreadableFile, match="OpenDocument spreadsheet") as refused:
        opened(tmp_path / "a.ods")
    assert "xlsx" in refused.value.advice


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


TWO_ROWS = (
    [
        ["Ward", "2019", "", "2020", ""],
        ["", "Births", "Deaths", "Births", "Deaths"],
        ["A", 1, 2, 3, 4],
        ["B", 5, 6, 7, 8],
    ],
    [
        ["", "", "2019", "", "2020", ""],
        ["Code", "Ward", "Births", "Deaths", "Births", "Deaths"],
        ["E1", "A", 1, 2, 3, 4],
        ["E2", "B", 5, 6, 7, 8],
        ["E3", "C", 1, 1, 1, 1],
    ],
)


@pytest.mark.parametrize("rows", TWO_ROWS)
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_header_of_two_rows_names_each_column_by_both(
    tmp_path: Path, opened: Open, rows: list[list[object]], ending: str
) -> None:
    path = tmp_path / f"a.{ending}"
    if ending == "csv":
        path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    else:
        book = openpyxl.Workbook()
        book.active.append(["Births and deaths by ward"])
        for row in rows:
            book.active.append(row)
        book.save(path)
    reading = opened(path)
    assert rows_of(reading)[0]["2020 Births"] == "3"
    assert reading.schema.names[-5:-1] == [
        "2019 Births", "2019 Deaths", "2020 Births", "2020 Deaths",
    ]  # fmt: skip
    assert "two rows" in reading.facts().reading["header"]


def test_a_first_row_of_words_is_not_taken_for_groups(tmp_path: Path, opened: Open) -> None:
    text = "name,note,,\nBar,x,open,open\nCafe,y,open,shut\nShop,z,shut,shut\n"
    assert len(rows_of(opened(write(tmp_path, "a.csv", text)))) == 3
