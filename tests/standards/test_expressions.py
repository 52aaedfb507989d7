"""What may stand in a mapping, and what is refused before anything sees it."""

from __future__ import annotations

from pathlib import Path

import pytest

from interurban.core.errors import MappingError
from interurban.standards.expressions import (
    HOUSE_FUNCTIONS,
    SQL_FUNCTIONS,
    columns_of,
    parse_expression,
    resolve_columns,
)
from interurban.standards.house_functions import _REWRITINGS

SOURCE = dict.fromkeys(("ward", "x", "y", "z", "a", "json"), "VARCHAR")

HOSTILE = [
    "read_csv('/etc/passwd')",
    "read_text('/etc/passwd')",
    "read_parquet('https://example.org/x')",
    "main.read_csv('x')",
    "glob('*')",
    "getenv('HOME')",
    "current_setting('temp_directory')",
    "getvariable('x')",
    "query('select 1')",
    "query_table('x')",
    "nextval('s')",
    "error('x')",
    "sleep_ms(1000)",
    "repeat('x', 1000000000)",
    "lpad('x', 1000000000, 'y')",
    "rpad('x', ward, 'y')",
    "range(1000000000)",
    "generate_series(1, 1000000000)",
    "list_transform([1], x -> x)",
    "unnest([1])",
    "random()",
    "now()",
    "uuid()",
    "(select 1)",
    "(select secret from users)",
    "exists(select 1)",
    "ward in (select 1)",
    "select 1",
    "with a as (select 1) select 1",
    "from users",
    "values (1)",
    "ward; drop table users",
    "drop table users",
    "install httpfs",
    "load 'x'",
    "attach 'x'",
    "copy users to 'x'",
    "pragma version",
    "set x = 1",
    "count(*)",
    "sum(ward)",
    "max(ward)",
    "row_number() over ()",
    "sum(ward) over (partition by x)",
    "first(ward) filter (where true)",
    "*",
    "columns(*)",
    "#1",
    "$1",
    "$name",
    "?",
    "@x",
    "users.secret",
    "a.b.c",
    "x -> x + 1",
    "json->>'$.a'",
    "x[1]",
    "[1, 2]",
    "{'a': 1}",
    "interval 1 day",
    "x at time zone 'UTC'",
    "x collate nocase",
    "x as y",
    "try_cast(x as integer)",
    "cast(x as struct(a integer))",
    "cast(x as timestamptz)",
    "cast(x as varchar[])",
    "x::json",
    "lower(distinct x)",
    "x similar to 'y'",
    "f(a := 1)",
    "x ** 1000",
    "",
    "  ",
    "-- only a comment",
    "lower(x",
    "lower)x(",
    "'open",
    '"open',
    "(" * 5_000 + "x" + ")" * 5_000,
    "not " * 2_000 + "x",
    "x" + " + x" * 500,
    "x || " * 3_000 + "x",
    "replace(" * 12 + "x" + ", 'a', 'aaaaaaaaaa')" * 12,
    "regexp_replace(regexp_replace(x, '', y), '', z)",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:40] or "empty")
def test_hostile_expressions_are_refused(text: str) -> None:
    with pytest.raises(MappingError) as raised:
        resolve_columns(parse_expression(text), SOURCE)
    assert raised.value.what.endswith(".")
    assert len(str(raised.value)) < 600


@pytest.mark.parametrize(
    "text",
    [
        "Ward",
        '"Zip Code"',
        "Street Address",
        "'a constant'",
        "NULL",
        "-1.5e3",
        "coalesce(a, b, 'c')",
        "CASE WHEN a IS NOT NULL AND NOT b = 'x' THEN 1 ELSE 2 END",
        "CASE a WHEN 'x' THEN TRUE WHEN 'y' THEN FALSE END",
        "a IN ('x', 'y') OR b NOT BETWEEN 1 AND 2 OR c NOT LIKE 'x%'",
        "CAST(a AS DECIMAL(10, 2)) + b::DOUBLE * 2 / (c - 1) % 3",
        "a || ', ' || upper(trim(b))",
        "regexp_replace(regexp_replace(a, '[0-9]+', ''), ' +', ' ', 'g')",
        "split_part(left(a, 10), '-', 1)",
        "DATE '2015-06-30'",
        "json_extract_string(a, '$.b')",
        "lpad(a, 4, '0')",
    ],
)
def test_ordinary_scalar_sql_may_stand(text: str) -> None:
    parse_expression(text)


def test_a_comment_never_reaches_the_engine() -> None:
    assert parse_expression("ward /* a note */ -- more").sql(dialect="duckdb") == "ward"


def test_a_text_that_is_a_column_is_that_column() -> None:
    odd = "Hours - 24/7 (sum)"
    assert columns_of(parse_expression(odd, [odd])) == (odd,)
    assert columns_of(parse_expression("Station Name")) == ("Station Name",)


def test_a_column_is_found_whatever_its_case_when_one_is_meant() -> None:
    found = resolve_columns(parse_expression("ward"), {"Ward": "VARCHAR"})
    assert found.sql(dialect="duckdb") == '"Ward"'
    with pytest.raises(MappingError, match='no column "WARD"'):
        resolve_columns(parse_expression("WARD"), {"Ward": "VARCHAR", "ward": "VARCHAR"})


def test_an_unknown_column_names_the_near_ones() -> None:
    with pytest.raises(MappingError) as raised:
        resolve_columns(parse_expression("Primary_Typ"), {"PrimaryType": "VARCHAR", "Date": "DATE"})
    assert raised.value.what == 'the source has no column "Primary_Typ".'
    assert raised.value.advice == 'Did you mean "PrimaryType"?'


def test_an_unknown_function_names_the_near_ones() -> None:
    with pytest.raises(MappingError, match='Did you mean "to_time"'):
        parse_expression("to_tyme(x)")


def test_every_house_function_is_rewritten_and_none_hides_one_of_duckdb() -> None:
    assert set(_REWRITINGS) == HOUSE_FUNCTIONS
    assert HOUSE_FUNCTIONS.isdisjoint(SQL_FUNCTIONS)


def test_the_documentation_names_every_function(repository: Path) -> None:
    page = (repository / "docs" / "adding-a-dataset.md").read_text()
    assert [name for name in HOUSE_FUNCTIONS if f"`{name}(" not in page] == []
    assert [name for name in SQL_FUNCTIONS if f"`{name}`" not in page] == []
