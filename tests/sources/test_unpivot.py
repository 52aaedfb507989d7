"""A wide table becomes long: every cell a row, none lost, each traceable, whatever the format."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import csv

from interurban.core.dataset import SourceFacts, SourceSpec, Unpivot
from interurban.core.errors import ConfigurationError, MappingError
from interurban.sources import ROW_COLUMN, Fetching, Reading, open_source
from interurban.sources.guess import GuessedColumn, guess, roles_of, suggest_unpivot
from interurban.sources.reading import number_batches
from interurban.sources.unpivot import check_unpivot, unpivoted

YEARS = Unpivot(value="people", pattern=r"(?P<year>\d{4})")


def wide(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Reading:
    """A reading of numbered batches."""
    numbered = schema.append(pa.field(ROW_COLUMN, pa.int64(), nullable=False))
    return Reading(numbered, number_batches(batches), lambda: SourceFacts("wide.csv", "file"))


def of_columns(**columns: list[object]) -> Reading:
    table = pa.table(columns)
    return wide(table.to_batches(), table.schema)


def opened(file: Path, unpivot: Unpivot, work: Path, **options: object) -> Reading:
    spec = SourceSpec("files", {"path": str(file), **options}, unpivot=unpivot)
    reading = open_source(spec, Fetching(work=work))
    assert reading is not None
    return reading


def rows_of(reading: Reading) -> list[dict[str, object]]:
    with reading:
        return [row for batch in reading.batches() for row in batch.to_pylist()]


cells = st.none() | st.sampled_from(["", "  "]) | st.integers(-999, 999).map(str)


@given(
    st.integers(1, 5).flatmap(
        lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), max_size=12)
    ),
    st.integers(1, 4),
    st.sampled_from(["keep", "drop"]),
)
def test_every_cell_is_one_row_and_leads_back_to_its_place(
    table: list[list[str | None]], size: int, blanks: str
) -> None:
    width = len(table[0]) if table else 1
    headers = [str(2011 + column) for column in range(width)]
    schema = pa.schema([("area", pa.string()), *((name, pa.string()) for name in headers)])
    places = [[f"area {at}", *cells] for at, cells in enumerate(table)]
    whole = pa.table(
        [pa.array(list(column), pa.string()) for column in zip(*places, strict=True)]
        or [pa.array([], pa.string())] * len(schema),
        schema=schema,
    )
    unpivot = Unpivot(value="people", pattern=r"(?P<year>\d{4})", blanks=blanks)
    reading = unpivoted(wide(whole.to_batches(max_chunksize=size), schema), unpivot)
    found = rows_of(reading)
    numbers = [row[ROW_COLUMN] for row in found]
    assert numbers == sorted(set(numbers))
    for row in found:
        at, column = divmod(row[ROW_COLUMN] - 1, len(reading.from_columns))
        assert row["area"] == f"area {at}"
        assert row["year"] == reading.from_columns[column]
        assert row["people"] == table[at][column]
    filled = sum(bool(cell and cell.strip()) for row in table for cell in row)
    assert len(found) == (filled if blanks == "drop" else len(table) * width)


def test_no_batch_is_huge_however_wide_the_rest_of_a_row_is() -> None:
    outline = "x" * 400_000
    years = {str(1900 + year): pa.array(["1"] * 20) for year in range(100)}
    table = pa.table({"outline": [outline] * 20, **years})
    sizes = [
        (batch.num_rows, batch.nbytes)
        for batch in unpivoted(wide(table.to_batches(), table.schema), YEARS).batches()
    ]
    assert sum(rows for rows, _ in sizes) == 2_000
    assert max(size for _, size in sizes) < 48 << 20

    narrow = pa.table({"area": ["a"] * 30_000, **{str(2000 + n): ["1"] * 30_000 for n in range(9)}})
    long = unpivoted(wide(narrow.to_batches(), narrow.schema), YEARS)
    assert max(batch.num_rows for batch in long.batches()) <= 65_536


def test_named_parts_and_the_whole_header_become_columns() -> None:
    unpivot = Unpivot(
        value="kwh", name="header", pattern=r"(?P<kind>total|mean)_(?P<year>\d{4})(?P<note>_\w+)?"
    )
    reading = of_columns(area=["a"], total_2010=[5.0], mean_2011_est=[2.5], total=[9.0])
    assert rows_of(unpivoted(reading, unpivot)) == [
        {"area": "a", "total": 9.0, "kind": "total", "year": "2010", "note": None,
         "header": "total_2010", "kwh": 5.0, "_row": 1},
        {"area": "a", "total": 9.0, "kind": "mean", "year": "2011", "note": "_est",
         "header": "mean_2011_est", "kwh": 2.5, "_row": 2},
    ]  # fmt: skip


def test_a_pattern_must_match_the_whole_of_a_header() -> None:
    reading = unpivoted(of_columns(y2011=["1"], **{"2011": ["2"], "20112": ["3"]}), YEARS)
    assert reading.from_columns == ("2011",)


def test_listed_columns_come_in_their_own_order() -> None:
    unpivot = Unpivot(value="people", name="age", columns=("old", "young"))
    reading = unpivoted(of_columns(area=["a"], young=[1], old=[2]), unpivot)
    assert [(row["age"], row["people"]) for row in rows_of(reading)] == [("old", 2), ("young", 1)]


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        (pa.int32(), pa.int64(), pa.int64()),
        (pa.int32(), pa.float64(), pa.float64()),
        (pa.int64(), pa.float64(), pa.string()),
        (pa.int64(), pa.string(), pa.string()),
        (pa.null(), pa.int16(), pa.int16()),
    ],
)
def test_cells_of_several_types_are_given_in_one_that_loses_nothing(
    first: pa.DataType, second: pa.DataType, kind: pa.DataType
) -> None:
    values = [None, None] if first == pa.null() else [1, None]
    table = pa.table(
        {"2011": pa.array(values, first), "2012": pa.array([3, 4], pa.int16()).cast(second)}
    )
    reading = unpivoted(wide(table.to_batches(), table.schema), YEARS)
    assert reading.schema.field("people").type == kind
    assert sum(row["people"] is None for row in rows_of(reading)) == table["2011"].null_count


def test_what_was_done_is_said(tmp_path: Path) -> None:
    file = tmp_path / "wide.csv"
    file.write_text("area,2011,2012\na,1,\nb, ,4\n")
    unpivot = Unpivot(value="people", pattern=r"(?P<year>\d{4})", blanks="drop")
    reading = opened(file, unpivot, tmp_path)
    assert [row["people"] for row in rows_of(reading)] == ["1", "4"]
    said = reading.facts().reading
    assert said["columns made rows"] == "2: 2011 ... 2012"
    assert said["blank cells left out"] == "2"


def test_every_format_gives_the_same_long_rows(tmp_path: Path) -> None:
    rows = [{"area": "a", "2011": 1, "2012": 2}, {"area": "b", "2011": 3, "2012": 4}]
    features = [{"type": "Feature", "geometry": None, "properties": row} for row in rows]
    book = openpyxl.Workbook()
    for line in (list(rows[0]), *(list(row.values()) for row in rows)):
        book.active.append(line)
    book.save(tmp_path / "t.xlsx")
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "t.parquet")
    csv.write_csv(pa.Table.from_pylist(rows), tmp_path / "t.csv")
    (tmp_path / "t.json").write_text(json.dumps(rows))
    (tmp_path / "t.ndjson").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "t.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features})
    )
    for ending in ("csv", "xlsx", "parquet", "json", "ndjson", "geojson"):
        found = rows_of(opened(tmp_path / f"t.{ending}", YEARS, tmp_path))
        assert [(r["area"], r["year"], int(str(r["people"])), r["_row"]) for r in found] == [
            ("a", "2011", 1, 1), ("a", "2012", 2, 2), ("b", "2011", 3, 3), ("b", "2012", 4, 4)
        ], ending  # fmt: skip


@pytest.mark.parametrize(
    "name", ["dclg_hh_popn_proj_london10_wide.csv", "dclg_hh_formation_rates_london10_wide.csv"]
)
def test_a_household_projection_keeps_the_sum_of_every_year(
    name: str, shared_data: Path, tmp_path: Path
) -> None:
    file = shared_data / "witan" / "household" / "inputs" / name
    table = csv.read_csv(file)
    years = [header for header in table.column_names if re.fullmatch(r"\d{4}", header)]
    found = rows_of(opened(file, YEARS, tmp_path))
    assert len(found) == 1_140 * 47 == table.num_rows * len(years)
    for year in years:
        cells = [float(str(row["people"])) for row in found if row["year"] == year]
        assert sum(cells) == pytest.approx(sum(map(float, table[year].to_pylist())))


# What cannot be


@pytest.mark.parametrize(
    ("unpivot", "key", "said"),
    [
        (Unpivot("v", "n"), "pattern", "by columns or by pattern"),
        (Unpivot("v", "n", ("a",), "b"), "columns", "by columns or by pattern"),
        (Unpivot("v", "n", ("a", "a")), "columns", '"a" stands twice'),
        (Unpivot("v", "n", pattern="(x"), "pattern", "not a regular expression"),
        (Unpivot("v", pattern="x"), "name", "the headers would be lost"),
        (Unpivot("v", "v", ("a",)), "name", '"v": the name is taken'),
        (Unpivot("year", pattern=r"(?P<year>\d+)"), "value", '"year": the name is taken'),
        (Unpivot("geometry", "n", ("a",)), "value", '"geometry": the name is taken'),
        (Unpivot("v", pattern=r"(?P<_row>\d+)"), "pattern", '"_row": the name is taken'),
        (Unpivot("v", "n", ("a",), blanks="zero"), "blanks", "not one of keep, drop"),
    ],
)
def test_a_wrong_description_names_its_key(unpivot: Unpivot, key: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(said)) as raised:
        check_unpivot(unpivot)
    assert raised.value.part == key


@pytest.mark.parametrize(
    ("unpivot", "key", "said"),
    [
        (Unpivot("v", pattern=r"(?P<year>y\d+)"), "pattern", "no column's header matches"),
        (Unpivot("v", "n", ("2011", "2013")), "columns", 'no column "2013"'),
        (Unpivot("area", pattern=r"(?P<year>\d+)"), "value", 'already has a column "area"'),
        (Unpivot("v", "area", ("2011",)), "name", 'already has a column "area"'),
        (Unpivot("v", pattern=r"(?P<area>\d+)"), "pattern", 'already has a column "area"'),
        (Unpivot("v", "n", ("2011", "parts")), "columns", "cannot be a cell"),
    ],
)
def test_a_table_that_does_not_fit_is_named_with_the_key(
    unpivot: Unpivot, key: str, said: str
) -> None:
    with pytest.raises(MappingError, match=re.escape(said)) as raised:
        unpivoted(of_columns(area=["a"], **{"2011": ["1"]}, parts=[["x"]]), unpivot)
    assert raised.value.part == f"unpivot.{key}"


# What is guessed


@pytest.mark.parametrize(
    ("headers", "column", "expression"),
    [
        (("202402", "202403", "202404"), "month", "to_date(\"month\", '%Y%m')"),
        (("2024-02", "2024-03", "2024-12"), "month", "to_date(\"month\", '%Y-%m')"),
        (("Jan 2019", "Feb 2019", "Mar 2019"), "month", "to_date(\"month\", '%b %Y')"),
        (("January 2019", "May 2019", "June 2019"), "month", "to_date(\"month\", '%B %Y')"),
        (("Jan-19", "Feb-19", "May-19"), "month", "to_date(\"month\", '%b-%y')"),
        (("2011", "2012", "2013"), "year", "to_date(\"year\", '%Y')"),
        (("X2011", "X2012", "X2013"), "year", "to_date(\"year\", '%Y')"),
        (("2011-2012", "2012-2013", "2013-2014"), "years", "to_date(left(\"years\", 4), '%Y')"),
        (("2009-10", "2010-11", "2011-12"), "years", "to_date(left(\"years\", 4), '%Y')"),
        (("mean_2011", "mean_2012", "mean_2013"), "year", "to_date(\"year\", '%Y')"),
    ],
)
def test_headers_that_are_months_or_years_become_the_time_of_a_row(
    headers: tuple[str, ...], column: str, expression: str
) -> None:
    unpivot = suggest_unpivot(["area", "name", *headers])
    assert unpivot is not None
    reading = of_columns(area=["a"], name=["b"], **{header: ["1.5"] for header in headers})
    found = guess(unpivoted(reading, unpivot).sample(), unpivot=unpivot)
    assert as_told(found, column) == ("date", "time", expression)
    assert as_told(found, "value") == ("number", "value", 'number("value")')
    assert roles_of(found).value == "value"


def as_told(found: tuple[GuessedColumn, ...], name: str) -> tuple[str, str, str]:
    return next((each.type, each.role, each.expression) for each in found if each.name == name)


def test_several_measures_of_the_same_years_are_told_apart() -> None:
    unpivot = suggest_unpivot(
        ["area", *(f"{word}_{year}" for year in range(2010, 2014) for word in ("n", "total.kWh"))]
    )
    assert unpivot is not None
    assert unpivot.pattern.startswith(r"(?P<measure>n|total\.kWh)_(?P<year>")


@pytest.mark.parametrize(
    "headers",
    [
        ("id", "name", "lat", "lon"),
        ("area", "2020", "2021"),
        ("area", "population_2015", "homes_2014", "cars_2011"),
        ("a", "b", "c", "d", "e", "2000_POP", "2010_POP", "2020_POP"),
        ("area", "201213", "201314", "201499"),
        ("area", "1", "2", "3", "4"),
    ],
)
def test_other_headers_are_left_as_they_are(headers: tuple[str, ...]) -> None:
    assert suggest_unpivot(headers) is None


def test_a_new_column_takes_no_name_that_is_there() -> None:
    unpivot = suggest_unpivot(["value", "year", "2011", "2012", "2013"])
    assert unpivot is not None
    assert unpivot.value == "value_"
    assert "(?P<year_>" in unpivot.pattern
