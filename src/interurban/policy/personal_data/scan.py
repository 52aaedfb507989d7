"""A table is looked at for personal data: a sample of the large ones, and all of the small."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from interurban.core.standard import Field

from .columns import hinted, is_about_organisations, is_about_people
from .combinations import rare_combinations
from .findings import Finding
from .judging import About, Column, judge
from .numbers import PREFILTER

__all__ = ["SAMPLE_ROWS", "scan"]

SAMPLE_ROWS = 20_000
"""Rows that are looked at of a larger table."""

_RUNS = 10
_MOST_VALUES = 2_500
_COMMON = 400
_DIRECT = frozenset(
    (
        "name", "date of birth", "NHS number", "National Insurance number", "UK driving licence",
        "Social Security number", "ITIN", "Medicare number", "passport number",
    )
)  # fmt: skip


def scan(
    connection: duckdb.DuckDBPyConnection, table: str, fields: Sequence[Field], rows: int
) -> tuple[int, tuple[Finding, ...]]:
    """Look for what looks like personal data.

    Parameters
    ----------
    table: name of the table in SQL, with all its rows.
    fields: its fields; those of places are not looked at.
    rows: how many rows it has.

    Returns
    -------
    How many rows were looked at, spread evenly over the table, and what was found. Numbers of
    findings are exact for those rows.
    """
    read = [f for f in fields if _is_read(f)]
    if not read or not rows:
        return 0, ()
    looked_at = _sample(connection, table, read, rows)
    columns = [_column(field, looked_at[field.name]) for field in read]
    about = About(is_about_people(read), is_about_organisations(read))
    found = [finding for column in columns for finding in judge(column, about)]
    if not about.people and any(f.kind in _DIRECT and f.confidence == "high" for f in found):
        # Names or numbers of persons make mail and phone numbers beside them theirs.
        about = About(people=True, organisations=about.organisations)
        found = [finding for column in columns for finding in judge(column, about)]
    if about.people or not about.organisations:
        found += rare_combinations(connection, table, fields, rows)
    return looked_at.num_rows, tuple(found)


def _is_read(field: Field) -> bool:
    """Whether a field may hold something; of dates, only the name can tell."""
    if field.type in ("date", "datetime"):
        return hinted(field, "date of birth")
    return field.type in ("string", "integer")


def _sample(
    connection: duckdb.DuckDBPyConnection, table: str, fields: Sequence[Field], rows: int
) -> pa.Table:
    """The rows to look at, as text."""
    listed = ", ".join(f"{_quoted(f.name)}::VARCHAR AS {_quoted(f.name)}" for f in fields)
    query = f"SELECT {listed} FROM {table}"
    if rows > SAMPLE_ROWS:
        # Runs of rows: a column store reads those few blocks only.
        length = SAMPLE_ROWS // _RUNS
        starts = [(rows - length) * run // (_RUNS - 1) for run in range(_RUNS)]
        ranges = (f"rowid BETWEEN {start} AND {start + length - 1}" for start in starts)
        query = " UNION ALL ".join(f"{query} WHERE {each}" for each in ranges)
    return connection.execute(query).to_arrow_table()


def _column(field: Field, cells: pa.ChunkedArray) -> Column:
    counted = pc.value_counts(cells)
    there = pc.not_equal(counted.field("values"), "")
    counted = counted.filter(pc.fill_null(there, fill_value=False))
    values, rows = counted.field("values"), counted.field("counts")
    telling: list[tuple[str, int]] = []
    if field.type in ("string", "integer") and len(values) > 1:
        kept = pc.match_substring_regex(values, PREFILTER)
        passed = _spread(values.filter(kept), rows.filter(kept), _MOST_VALUES)
        mail = pc.match_substring(values, "@")
        telling = list(
            dict([*passed, *_spread(values.filter(mail), rows.filter(mail), None)]).items()
        )
    return Column(
        field, len(cells), pc.sum(rows).as_py() or 0, telling, _spread(values, rows, _COMMON)
    )


def _spread(values: pa.Array, rows: pa.Array, most: int | None) -> list[tuple[str, int]]:
    """At most so many values with their rows, evenly from all."""
    step = 1 if most is None else max(1, -(-len(values) // most))
    chosen = pa.array(range(0, len(values), step), pa.int64())
    texts, counts = values.take(chosen).to_pylist(), rows.take(chosen).to_pylist()
    return list(zip(texts, counts, strict=True))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
