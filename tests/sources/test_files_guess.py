"""An unknown table is guessed with reasons, and the guess is a mapping that runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import shapely
from pyproj import Transformer

from interurban.core.city import City
from interurban.core.dataset import SourceSpec
from interurban.core.errors import BadRequest
from interurban.sources import Fetching, open_source
from interurban.sources.guess import GuessedColumn, guess, mapping_of, roles_of
from interurban.standards.mapping import compile_mapping

CHICAGO = (-88.75, 41.2, -86.9, 42.7)
LONDON = (-1.0, 51.0, 0.61, 51.95)
CITIES = {
    "chicago": City(
        "chicago",
        "Chicago",
        "United States",
        "America/Chicago",
        "EPSG:26971",
        (-87.94, 41.64, -87.52, 42.03),
        CHICAGO,
        "en-US",
        "imperial",
        5,
    ),
    "london": City(
        "london",
        "London",
        "United Kingdom",
        "Europe/London",
        "EPSG:27700",
        (-0.51, 51.28, 0.34, 51.7),
        LONDON,
        "en-GB",
        "metric",
        5,
    ),
}
LOOP = [(-87.63, 41.88), (-87.65, 41.9), (-87.6, 41.8)]


def table(**columns: list[Any]) -> pa.Table:
    return pa.table({name.replace("__", " "): values for name, values in columns.items()})


def by_name(columns: tuple[GuessedColumn, ...]) -> dict[str, GuessedColumn]:
    return {column.name: column for column in columns}


def only(values: list[str], name: str = "x", **options: Any) -> GuessedColumn:
    return guess(table(**{name: values}), **options)[0]


# Real files


@pytest.mark.parametrize("name", ["chicago", "london"])
def test_the_guess_of_real_files_is_a_mapping_that_compiles(
    shared_data: Path, tmp_path: Path, name: str
) -> None:
    city = CITIES[name]
    for file in sorted((shared_data / "core" / name).glob("*.*"))[::6]:
        spec = SourceSpec("files", {"path": f"core/{name}/{file.name}"})
        reading = open_source(spec, Fetching(work=tmp_path, mirror=shared_data))
        assert reading is not None
        with reading:
            sample = reading.sample(2_000)
        guessed = guess(sample, crs="EPSG:4326", region=city.region)
        assert all(column.reason for column in guessed)
        types = duckdb.from_arrow(sample)
        kinds = dict(zip(types.columns, map(str, types.types), strict=True))
        compiled = compile_mapping(mapping_of(guessed), None, kinds, city)
        assert {each.field.name: each.field.type for each in compiled.fields} == {
            each.name: each.type for each in guessed
        }


def guessed_file(shared_data: Path, tmp_path: Path, path: str) -> tuple[GuessedColumn, ...]:
    spec = SourceSpec("files", {"path": f"core/{path}"})
    reading = open_source(spec, Fetching(work=tmp_path, mirror=shared_data))
    assert reading is not None
    region = CITIES[path.partition("/")[0]].region
    with reading:
        return guess(reading.sample(), crs="EPSG:4326", region=region)


def test_crimes_of_chicago_are_understood(shared_data: Path, tmp_path: Path) -> None:
    guessed = guessed_file(shared_data, tmp_path, "chicago/crimes_2022_export_narcotics.csv.gz")
    columns = by_name(guessed)
    assert columns["date"].expression == "to_time(\"Date\", '%m/%d/%Y %I:%M:%S %p')"
    assert columns["arrest"].type == "boolean"
    assert columns["district"].type == "string", "leading zeros are kept"
    assert columns["geometry"].expression == 'point("Longitude", "Latitude")'
    roles = roles_of(guessed)
    assert (roles.key, roles.time, roles.category) == ("id", "date", "primary_type")


@pytest.mark.parametrize(
    ("path", "expression"),
    [
        (
            "london/tfl_bus_stops_2015.csv.gz",
            'point_in(\'EPSG:27700\', "Location_Easting", "Location_Northing")',
        ),
        ("london/stations_combined_630.csv", "shape_in('EPSG:27700', \"wkt_geom\")"),
        ("chicago/libraries.csv", 'point_from_text("LOCATION")'),
        ("chicago/block_crimes_last12m.json.gz", 'point("column_2", "column_1")'),
        ("chicago/array_of_things_nodes.csv", 'point("EPSG:4326_Long", "EPSG:4326_Lat")'),
    ],
)
def test_places_are_found_in_whatever_form_the_files_have_them(
    shared_data: Path, tmp_path: Path, path: str, expression: str
) -> None:
    assert guessed_file(shared_data, tmp_path, path)[-1].expression == expression


# Values


@pytest.mark.parametrize(
    ("values", "kind", "expression"),
    [
        (["1", "22", "-3", "1,200"], "integer", 'whole("x")'),
        (["1", "2.5", "$3.20", "4 %"], "number", 'number("x")'),
        (["1", "2", "NA", "3"], "integer", "whole(NULLIF(\"x\", 'NA'))"),
        (["007", "042"], "string", '"x"'),
        (["Y", "N", "Y"], "boolean", 'flag("x")'),
        (["2018-07-01", "2019-12-31"], "date", 'to_date("x")'),
        (["2018-07-01T10:00:00Z"], "datetime", 'to_time("x")'),
        (["2018-07-01 10:00", "2018-07-02"], "datetime", 'to_time("x")'),
        (["2019-03", "2019-04"], "datetime", 'month_start("x")'),
        (["25/03/2019", "01/04/2019"], "date", "to_date(\"x\", '%d/%m/%Y')"),
        (["03/25/19 4:05 PM"], "datetime", "to_time(\"x\", '%m/%d/%y %I:%M %p')"),
        (["3 Mar 2019", "31 Dec 2020"], "date", "to_date(\"x\", '%d %b %Y')"),
        (["March 3, 2019"], "date", "to_date(\"x\", '%B %d, %Y')"),
        (["2019/3/1"], "date", "to_date(\"x\", '%Y/%m/%d')"),
        (["Camden", "Hackney"], "string", '"x"'),
        (["12-34-56", "99-99-99"], "string", '"x"'),
        ([], "string", '"x"'),
    ],
)
def test_values_tell_their_type(values: list[str], kind: str, expression: str) -> None:
    column = guess(pa.table({"x": pa.array(values, pa.string())}))[0]
    assert (column.type, column.expression) == (kind, expression)


def test_a_name_settles_what_digits_are() -> None:
    assert only(["60647", "60601"], "Zip Code").role == "postcode"
    assert only(["60647", "60601"], "Zip Code").type == "string"
    assert only(["20180701"], "issue_date").expression == "to_date(\"issue_date\", '%Y%m%d')"
    assert only(["20180701"], "count").type == "integer"
    assert only(["1530403200000"], "created").expression == 'epoch_ms("created")'
    assert only(["1", "0"], "is_open").type == "boolean"
    assert only(["1", "0"], "rides").type == "integer"


def test_the_order_of_day_and_month_comes_from_values_then_from_the_place() -> None:
    settled = only(["03/04/2019", "03/25/2019"], "when", region=LONDON)
    assert settled.format == "%m/%d/%Y"
    assert not settled.warning
    for region, form in ((CHICAGO, "%m/%d/%Y"), (LONDON, "%d/%m/%Y"), (None, "%d/%m/%Y")):
        doubtful = only(["03/04/2019", "05/06/2019"], "when", region=region)
        assert doubtful.format == form
        assert "no value settles" in doubtful.warning
    mixed = only(["03/25/2019", "25/03/2019"], "when")
    assert mixed.format == "%d/%m/%Y or %m/%d/%Y"
    assert "some only month first" in mixed.warning


def test_years_of_two_digits_are_told() -> None:
    assert "years such as 0016" in only(["0016-07-01", "2016-07-02"], "issued").warning


def test_a_person_can_say_better() -> None:
    sample = table(code=["1", "2"], when=["03/04/2019", "05/06/2019"])
    columns = by_name(guess(sample, types={"code": "integer", "when": "datetime"}))
    assert columns["code"].expression == 'whole("code")'
    assert columns["when"].expression == "to_time(\"when\", '%d/%m/%Y')"
    with pytest.raises(BadRequest, match='no column "cod"'):
        guess(sample, types={"cod": "integer"})
    with pytest.raises(BadRequest, match="no type of a field"):
        guess(sample, types={"code": "int"})


def test_fields_get_names_that_can_stand_in_a_url() -> None:
    names = ["Primary Type", "201904", "StopCode", "Ward", "ward ", "_row"]
    columns = guess(table(**{name: ["1"] for name in names}))
    assert [column.name for column in columns] == [
        "primary_type",
        "c201904",
        "stop_code",
        "ward",
        "ward_2",
    ]
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", column.name) for column in columns)


# Places that are wrong


def degrees(swapped: bool = False, pairs: list[tuple[float, float]] = LOOP) -> pa.Table:
    lon, lat = ([str(pair[axis]) for pair in pairs] for axis in (0, 1))
    return table(latitude=lon, longitude=lat) if swapped else table(latitude=lat, longitude=lon)


def test_swapped_latitude_and_longitude_are_seen_and_put_right() -> None:
    right = guess(degrees(), region=CHICAGO)[-1]
    assert (right.expression, right.warning) == ('point("longitude", "latitude")', "")
    swapped = guess(degrees(swapped=True), region=CHICAGO)[-1]
    assert swapped.expression == 'point("latitude", "longitude")'
    assert "latitude and longitude are swapped" in swapped.warning
    assert by_name(guess(degrees(swapped=True), region=CHICAGO))["latitude"].role == "longitude"


@pytest.mark.parametrize(
    ("crs", "region", "pairs"),
    [
        ("EPSG:3435", CHICAGO, LOOP),
        ("EPSG:26971", CHICAGO, LOOP),
        ("EPSG:27700", LONDON, [(-0.12, 51.5), (-0.3, 51.6), (0.05, 51.4)]),
        ("EPSG:3857", LONDON, [(-0.12, 51.5), (-0.3, 51.6), (0.05, 51.4)]),
    ],
)
def test_projected_numbers_called_degrees_are_seen(
    crs: str, region: tuple[float, float, float, float], pairs: list[tuple[float, float]]
) -> None:
    there = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    moved = [there.transform(lon, lat) for lon, lat in pairs]
    place = guess(degrees(pairs=moved), region=region)[-1]
    assert place.expression == f'point_in(\'{crs}\', "longitude", "latitude")'
    assert "named latitude and longitude, but the numbers are" in place.warning


def test_feet_in_a_source_called_wgs84_are_seen() -> None:
    wkb = shapely.to_wkb(shapely.points([[1_176_000, 1_900_000], [1_150_000, 1_850_000]]))
    sample = pa.table({"geometry": pa.array(wkb, pa.binary())})
    place = guess(sample, crs="EPSG:4326", region=CHICAGO)[-1]
    assert place.expression == "geometry"
    assert "called WGS84" in place.warning
    assert "load it with crs: EPSG:3435" in place.warning
    turned = pa.table({"geometry": pa.array(shapely.to_wkb(shapely.points([[41.9, -87.6]])))})
    assert "swapped" in guess(turned, crs="EPSG:4326", region=CHICAGO)[-1].warning


def test_places_that_are_not_known_do_not_sway_the_guess() -> None:
    lon = ["0", "0", "", "-87.63", "x"]
    lat = ["0", "0", "", "41.88", "41.9"]
    place = guess(table(lat=lat, lng=lon), region=CHICAGO)[-1]
    assert place.expression == 'point("lng", "lat")'
    assert "100%" in place.reason


def test_points_in_text_are_read_the_way_they_stand() -> None:
    right = guess(table(at=["(41.88, -87.63)", ""]), region=CHICAGO)[-1]
    assert right.expression == 'point_from_text("at")'
    turned = guess(table(at=["(-87.63, 41.88)"]), region=CHICAGO)[-1]
    assert turned.warning == "longitude stands first, against the custom"
    query = turned.expression.replace("point(", "list_value(")
    assert duckdb.sql(f"SELECT {query} FROM (SELECT '(-87.63, 41.88)' AS at)").fetchone() == (
        ["-87.63", "41.88"],
    )
    socrata = ['{"latitude": "41.88", "longitude": "-87.63"}']
    assert "json_extract_string" in guess(table(location=socrata))[-1].expression


def test_a_table_without_a_place_has_no_geometry() -> None:
    assert [c.name for c in guess(table(x=["1"], y=["2"], name=["a"]))] == ["x", "y", "name"]


# As cities elsewhere write them


@pytest.mark.parametrize(
    ("columns", "expression"),
    [
        (
            {"lat": ["41,88", "41,9", "41,8"], "lon": ["-87,63", "-87,65", "-87,6"]},
            "point(number(\"lon\", ','), number(\"lat\", ','))",
        ),
        (
            {"Latitud": ["41.88", "41.9"], "Longitud": ["-87.63", "-87.65"]},
            'point("Longitud", "Latitud")',
        ),
        (
            {"Breite": ["41,88", "41,9"], "Länge": ["-87,63", "-87,65"]},
            "point(number(\"Länge\", ','), number(\"Breite\", ','))",
        ),
        (
            {"lat": ["41°52'48\"N", "41° 54' N"], "lon": ["87°37'48\"W", "87.65° W"]},
            'point(angle("lon"), angle("lat"))',
        ),
        (
            {"geo_point_2d": ["41.88, -87.63", "41.9,-87.65", "41.8, -87.6"]},
            'point_from_text("geo_point_2d")',
        ),
        (
            {"c": ["[-87.63, 41.88]", "[-87.65, 41.9]"]},
            (
                "point(regexp_extract(\"c\", '([-0-9.]+)\\s*,', 1), "
                "regexp_extract(\"c\", ',\\s*([-0-9.]+)', 1))"
            ),
        ),
        (
            {"geo_shape": ['{"type": "Point", "coordinates": [-87.63, 41.88]}'] * 2},
            "shape_in('EPSG:4326', \"geo_shape\")",
        ),
        (
            {"geom": [shapely.to_wkb(shapely.Point(at), hex=True) for at in LOOP]},
            "shape_in('EPSG:4326', \"geom\")",
        ),
        (
            {"at": ['{"lat": 41.88, "lng": -87.63}', '{"lat": 41.9, "lng": -87.65}']},
            "point(json_extract_string(\"at\", '$.lng'), json_extract_string(\"at\", '$.lat'))",
        ),
    ],
)
def test_a_place_is_found_however_it_is_written(
    columns: dict[str, list[str]], expression: str
) -> None:
    found = by_name(guess(table(**columns), region=CHICAGO))["geometry"]
    assert found.expression == expression
    assert not found.warning


@pytest.mark.parametrize(
    "columns",
    [
        {"votes": ["41.88, 12.5", "33.1, 20.2"]},
        {"note": ['{"type": "theft", "coordinates": "none"}']},
        {"id": ["0100000000000000000000000000000000000000000000000000"]},
    ],
)
def test_what_is_no_place_is_not_taken_for_one(columns: dict[str, list[str]]) -> None:
    assert "geometry" not in by_name(guess(table(**columns), region=CHICAGO))


@pytest.mark.parametrize(
    ("crs", "grid", "at", "region"),
    [
        ("EPSG:2193", "EPSG:2193", (174.76, -36.85), (174.2, -37.3, 175.3, -36.4)),
        ("EPSG:2263", "EPSG:32118", (-73.98, 40.75), (-74.5, 40.3, -73.5, 41.1)),
    ],
)
def test_places_in_the_grid_of_any_city_are_understood(
    crs: str, grid: str, at: tuple[float, float], region: tuple[float, float, float, float]
) -> None:
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(*at)
    columns = guess(table(X=[f"{x:.1f}"], Y=[f"{y:.1f}"]), region=region, grid=grid)
    assert by_name(columns)["geometry"].expression == f'point_in(\'{crs}\', "X", "Y")'


@pytest.mark.parametrize(
    "values", [["1,5", "12,75", "0,25"], ["1.200,50", "1.000.000,1"], ["0,5 %", "12 %"]]
)
def test_a_decimal_comma_is_seen(values: list[str]) -> None:
    found = only(values)
    assert (found.type, found.expression) == ("number", "number(\"x\", ',')")
    assert "comma" in found.reason


def test_names_of_fields_keep_their_letters_and_mean_nothing_else() -> None:
    sample = table(Año=["a"], Größe=["b"], صبا=["c"], level=["d"], bbox=["e"])
    names = [column.name for column in guess(sample, reserved=("bbox", "level"))]
    assert names == ["ano", "grosse", "column_3", "level_2", "bbox_2"]


def test_whole_numbers_past_any_are_numbers() -> None:
    huge = pa.table({"x": pa.array([2**64 - 1, 1], pa.uint64())})
    assert guess(huge)[0].type == "number"
