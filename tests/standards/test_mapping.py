"""A mapping as a whole: fields, checks, hash, and messages that name the place."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv as csv
import pytest

from interurban.core.dataset import Expression
from interurban.core.errors import MappingError
from interurban.core.standard import Field
from interurban.standards import check_mapping, compile_mapping, find_standard
from interurban.store.duck import connect as duck_as_the_store_opens_it
from interurban.store.mapped import map_rows

from .conftest import CHICAGO, LONDON, lines, map_table

CRIME = find_standard("crime_incident")
COLUMNS = {"Date": "VARCHAR", "PrimaryType": "VARCHAR", "Lon": "VARCHAR", "Lat": "VARCHAR"}
CRIMES = {
    "geometry": Expression("point(Lon, Lat)", 24),
    "occurred_at": Expression("to_time(Date)", 22),
    "primary_type": Expression("PrimaryType", 23),
    "ward": Expression("'5'", 30, Field("ward", "", extra=True)),
}


def test_fields_come_in_the_order_of_the_standard_then_the_citys_own() -> None:
    compiled = compile_mapping(lines(CRIMES), CRIME, COLUMNS, CHICAGO)
    assert [f.field.name for f in compiled.fields] == [
        "occurred_at",
        "primary_type",
        "geometry",
        "ward",
    ]
    assert compiled.columns == ("Date", "PrimaryType", "Lon", "Lat")
    assert compiled.fields[3].field.type == "string"


def test_every_output_has_the_duckdb_type_of_its_field(duck: duckdb.DuckDBPyConnection) -> None:
    sqls = {
        "a": ("string", "5", "VARCHAR"),
        "b": ("integer", "x", "BIGINT"),
        "c": ("number", "whole(x)", "DOUBLE"),
        "d": ("boolean", "x", "BOOLEAN"),
        "e": ("date", "x", "DATE"),
        "f": ("datetime", "to_date(x)", "TIMESTAMP WITH TIME ZONE"),
        "geometry": ("geometry", "point_from_text(x)", "GEOMETRY"),
        "h": ("", "x || 'y'", "VARCHAR"),
        "i": ("", "number(x) * 2", "DOUBLE"),
        "j": ("", "x = 'y'", "BOOLEAN"),
        "k": ("datetime", "NULL", "TIMESTAMP WITH TIME ZONE"),
        "l": ("string", "to_time(x)", "VARCHAR"),
    }
    mapping = lines(
        {n: Expression(sql, field=Field(n, kind, extra=True)) for n, (kind, sql, _) in sqls.items()}
    )
    compiled = compile_mapping(mapping, None, {"x": "VARCHAR"}, CHICAGO)
    values = ", ".join(f.value.sql(dialect="duckdb") for f in compiled.fields)
    described = duck.execute(f"DESCRIBE SELECT {values} FROM (SELECT '' AS x)").fetchall()
    assert [row[1] for row in described] == [kind for _, _, kind in sqls.values()]


def test_the_sources_own_geometry_is_mapped_without_a_word() -> None:
    columns = {"name": "VARCHAR", "geometry": "BLOB"}
    mapping = lines({"area_id": Expression("name")})
    compiled = compile_mapping(mapping, find_standard("boundary"), columns, CHICAGO)
    assert [f.field.name for f in compiled.fields] == ["area_id", "geometry"]
    population = find_standard("population")
    assert len(compile_mapping(mapping, population, columns, CHICAGO).fields) == 1


@pytest.mark.parametrize(
    ("name", "sql", "message"),
    [
        ("primary_type", "PrimaryTyp", 'the source has no column "PrimaryTyp". Did you mean'),
        ("primary_typ", "PrimaryType", 'has no field "primary_typ". Did you mean "primary_type"?'),
        ("primary_type", "upper(PrimaryType, 1)", "DuckDB cannot run this:"),
        ("occurred_at", "to_time(Date, '%Q')", "DuckDB cannot run this:"),
        ("occurred_at", "5", "it reads text, dates and times; this is INTEGER."),
        ("geometry", "Lon", "a geometry must stand here; this is VARCHAR."),
        ("description", "(select 1)", "a subquery may not stand in a mapping."),
    ],
)
def test_a_mistake_is_named_with_file_line_and_key(name: str, sql: str, message: str) -> None:
    with pytest.raises(MappingError) as raised:
        compile_mapping(lines({name: Expression(sql, 17)}), CRIME, COLUMNS, CHICAGO)
    text = str(raised.value)
    assert text.startswith(f"pack/datasets/x.yaml, line 17, key mapping.{name}: ")
    assert message in text


def test_a_mapping_is_checked_without_its_source() -> None:
    check_mapping(lines(CRIMES), CRIME)
    with pytest.raises(MappingError, match=r"x\.yaml, line 3, key mapping\.ward: .*names no stan"):
        check_mapping(lines({"ward": Expression("Ward", 3)}), None)
    with pytest.raises(MappingError, match=r"line 4, key extra\.b: a mapping may not call"):
        check_mapping(lines({"b": Expression("glob('*')", 4, Field("b", "string"))}), None)


def test_the_hash_changes_with_whatever_shapes_the_output() -> None:
    first = compile_mapping(lines(CRIMES), CRIME, COLUMNS, CHICAGO)
    assert first.hash == compile_mapping(lines(CRIMES), CRIME, COLUMNS, CHICAGO).hash
    other = {**CRIMES, "primary_type": Expression("upper(PrimaryType)")}
    assert first.hash != compile_mapping(lines(other), CRIME, COLUMNS, CHICAGO).hash
    assert first.hash != compile_mapping(lines(CRIMES), CRIME, COLUMNS, LONDON).hash
    assert first.hash != compile_mapping(lines(CRIMES), CRIME, COLUMNS | {"Date": "DATE"}, CHICAGO)


def test_coordinates_outside_the_region_are_told_apart(duck: duckdb.DuckDBPyConnection) -> None:
    pairs = [
        ("-87.73", "41.85"),
        ("0", "0.0"),
        ("41.85", "-87.73"),
        ("1165166", "1872509"),
        ("-91.68", "36.61"),
        ("", ""),
    ]
    table = pa.table({"Lon": [p[0] for p in pairs], "Lat": [p[1] for p in pairs]})
    mapping = lines({"geometry": Expression("point(Lon, Lat)")})
    columns = {"Lon": "VARCHAR", "Lat": "VARCHAR"}
    compiled = compile_mapping(mapping, CRIME, columns, CHICAGO)
    rows, reasons = map_table(duck, table, compiled)
    assert rows[0]["geometry"] == "POINT (-87.73 41.85)"
    assert rows[5]["geometry"] is None
    assert reasons == {
        "geometry value: coordinates are 0,0": 1,
        "geometry value: latitude and longitude look swapped: 41.85, -87.73": 1,
        "geometry value: outside the world: 1165166.0, 1872509.0 are no degrees; "
        "they look like feet or metres": 1,
        "geometry value: outside the region of Chicago: -91.68, 36.61": 1,
    }


def test_constraints_say_what_broke_them(duck: duckdb.DuckDBPyConnection) -> None:
    table = pa.table(
        {
            "name": ["Cafe", "", "Bar", "Inn"],
            "result": ["pass", "fail", "maybe", None],
            "rating": ["5", "0", "9", "-1"],
            "date": ["2014-01-31", "2014-02-01", "0016-07-01", "infinity"],
            "score": ["99", "nan", "100.5", "inf"],
        }
    )
    mapping = lines({name: Expression(name) for name in table.column_names})
    columns = dict.fromkeys(table.column_names, "VARCHAR")
    compiled = compile_mapping(mapping, find_standard("food_inspection"), columns, LONDON)
    _, reasons = map_table(duck, table, compiled)
    codes = "pass, pass with conditions, fail, not assessed"
    assert reasons == {
        "name row: required, and there is no value": 1,
        f'result value: "maybe" is not in the code list: {codes}': 1,
        "rating value: more than 5": 1,
        "rating value: less than 0": 1,
        "date value: the year cannot be right: before 1000 or after 9999": 2,
        "score value: not a finite number": 2,
        "score value: more than 100": 3,
    }


def test_a_shape_of_the_wrong_kind_leaves_its_row_out(duck: duckdb.DuckDBPyConnection) -> None:
    table = pa.table({"shape": ["POINT (-87.7 41.8)", "LINESTRING (-87.7 41.8, -87.6 41.8)"]})
    mapping = lines({"geometry": Expression("shape_in('EPSG:4326', shape)")})
    street = find_standard("street_segment")
    compiled = compile_mapping(mapping, street, {"shape": "VARCHAR"}, CHICAGO)
    _, reasons = map_table(duck, table, compiled)
    assert reasons == {"geometry row: a shape of the wrong kind: point, not a line": 1}


def test_a_value_that_cannot_be_read_never_stops_the_load(tmp_path: Path) -> None:
    scratch = duck_as_the_store_opens_it(memory_mb=200, scratch=tmp_path, threads=1)
    texts = ["12", "", "x"]
    given = pa.table({"_row": [1, 2, 3], "x": texts})
    same = {
        name: Expression(sql, field=Field(name, "integer", extra=True))
        for name, sql in {"a": "CAST(x AS BIGINT)", "b": "CAST(x AS BIGINT) + 1", "c": "x"}.items()
    }
    compiled = compile_mapping(lines(same), None, {"x": "VARCHAR"}, CHICAGO)
    map_rows(scratch, compiled, given.schema, iter(given.to_batches()))
    assert scratch.execute("SELECT a, b, c, _bad FROM mapped ORDER BY _row").fetchall() == [
        (12, 13, 12, False),
        (None, None, None, False),
        (None, None, None, True),
    ]
    rejects = scratch.execute('SELECT "row", field, value FROM rejects ORDER BY field').fetchall()
    assert rejects == [(3, "a", "x"), (3, "b", "x"), (3, "c", "x")]
    scratch.close()


def test_real_crimes_of_both_cities_stand_in_one_standard(
    duck: duckdb.DuckDBPyConnection, shared_data: Path
) -> None:
    chicago = _text_table(shared_data / "core/chicago/crimes_2022_export_narcotics.csv.gz")
    mapping = {
        "incident_id": Expression("ID"),
        "occurred_at": Expression("to_time(Date, '%m/%d/%Y %I:%M:%S %p')"),
        "category": Expression(
            "code(\"Primary Type\", 'NARCOTICS', 'drugs', 'DECEPTIVE PRACTICE', 'fraud')"
        ),
        "primary_type": Expression("Primary Type"),
        "arrest": Expression("Arrest"),
        "geometry": Expression("point_from_text(Location)"),
    }
    columns = dict.fromkeys(chicago.column_names, "VARCHAR")
    rows, reasons = map_table(
        duck, chicago, compile_mapping(lines(mapping), CRIME, columns, CHICAGO)
    )
    assert len(rows) == 16_955
    assert sum(row["geometry"] is None for row in rows) == 7_154
    assert {row["category"] for row in rows} == {"drugs", "fraud"}
    assert all(row["occurred_at"] is not None and row["arrest"] is not None for row in rows)
    assert not reasons

    london = _text_table(shared_data / "core/london/crime_city_of_london_police_2022_2023.csv.gz")
    mapping = {
        "occurred_at": Expression("month_start(Month)"),
        "occurred_precision": Expression("'month'"),
        "primary_type": Expression("Crime type"),
        "geometry": Expression("point(Longitude, Latitude)"),
    }
    columns = dict.fromkeys(london.column_names, "VARCHAR")
    compiled = compile_mapping(lines(mapping), CRIME, columns, LONDON)
    rows, reasons = map_table(duck, london, compiled)
    assert len(rows) == 9_019
    assert sum(row["geometry"] is None for row in rows) == 612
    assert not reasons


def _text_table(file: Path) -> pa.Table:
    """Every column as text, as the sources give it."""
    names = csv.read_csv(file).column_names
    options = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
    )
    return csv.read_csv(file, convert_options=options)
