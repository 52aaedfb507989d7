"""Small counts of a two-way table hidden in a release, and what could be used to work them out.

Which numbers are hidden is chosen by disclosure control, which is handed in: this room only takes
the table out of the rows and writes down what may be told. A hidden number is blank, ``status``
says so, and ``at_least`` and ``at_most`` are what follows from what is told. Totals are filled in.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from interurban.core.dataset import Snapshot
from interurban.core.errors import ConfigurationError, InvalidInput, ModelError
from interurban.core.pairs import HidePairs
from interurban.core.policy import SmallCounts
from interurban.core.standard import Field
from interurban.query.sql import DUCKDB_TYPES
from interurban.standards.catalogue import find_standard

from .stage import name_sql, number

__all__ = ["hide_small_counts"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

HIDDEN, SHOWN = "hidden", "shown"
_STATUS, _LOW, _HIGH = "status", "at_least", "at_most"


def hide_small_counts(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    snapshot: Snapshot,
    rule: SmallCounts,
    hide: HidePairs,
) -> tuple[Field, ...]:
    """Rewrite the table with small counts hidden; gives its fields, some of which may be new.

    Parameters
    ----------
    table: name of a table with the snapshot's fields and house columns.

    Raises
    ------
    ConfigurationError: the rule does not fit the rows, or nothing would make them safe.
    """
    fields = _fields(snapshot, rule)
    there = {field.name for field in snapshot.fields}
    wanted = [rule.rows, rule.columns, *rule.within, rule.field]
    totals = [name for name in (rule.row_total, rule.column_total) if name in there]
    listed = ", ".join(name_sql(name) for name in dict.fromkeys((*wanted, *totals)))
    rows = connection.execute(f"SELECT _row, {listed} FROM {table} ORDER BY _row").to_arrow_table()
    if rows[rule.field].null_count:
        raise ConfigurationError(
            f"A policy hides small numbers of {rule.field!r}, which are missing in "
            f"{rows[rule.field].null_count:,} rows of {snapshot.dataset}.",
            advice="Choose rows that have one, with only_rows.",
        )
    try:
        # The choice leaves the interpreter most of the time: tables are seen to side by side.
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            told = pa.concat_tables(
                threads.map(lambda table: _told(table, rule, hide), _tables(rows, rule))
            )
    except (InvalidInput, ModelError) as error:
        raise ConfigurationError(
            f"The small numbers of {snapshot.dataset} can't be hidden: {error}",
            advice="Correct the policy; until then nobody reads by that rule.",
        ) from error
    connection.register("told_counts", told)
    try:
        _write(connection, table, fields, there, rule)
    finally:
        connection.unregister("told_counts")
    return fields


def _fields(snapshot: Snapshot, rule: SmallCounts) -> tuple[Field, ...]:
    """The fields of the release: the totals and bounds of the standard are there in any case."""
    known = {field.name: field for field in snapshot.fields}
    for name in (rule.field, rule.rows, rule.columns, *rule.within):
        if name not in known:
            raise ConfigurationError(
                f"A policy is about the field {name!r}, which is not there.",
                advice="Correct the policy; until then nobody reads by that rule.",
            )
    if known[rule.field].type not in ("number", "integer"):
        raise ConfigurationError(
            f"A policy hides small numbers of {rule.field!r}, which is {known[rule.field].type}.",
            advice="Correct the policy; until then nobody reads by that rule.",
        )
    standard = find_standard(snapshot.standard).fields if snapshot.standard else ()
    named = {field.name: field for field in standard}
    wanted = [name for name in (rule.row_total, rule.column_total) if name]
    wanted += [name for name in (_LOW, _HIGH, _STATUS) if name in named]
    new = [named.get(name, Field(name, "number")) for name in wanted if name not in known]
    return (*snapshot.fields, *new)


def _tables(rows: pa.Table, rule: SmallCounts) -> Iterator[pa.Table]:
    """The rows of each two-way table: those that are the same in ``within``."""
    key = np.zeros(rows.num_rows, dtype=np.int64)
    for name in rule.within:
        codes, size = _codes(rows[name])
        key = key * size + codes
    order = np.argsort(key, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(key[order])) + 1):
        yield rows.take(pa.array(part))


def _codes(column: pa.ChunkedArray) -> tuple[Ints, int]:
    """A number for each value, a missing one too."""
    encoded = pc.dictionary_encode(column.combine_chunks(), null_encoding="encode")
    return encoded.indices.to_numpy().astype(np.int64), max(len(encoded.dictionary), 1)


@dataclass(frozen=True)
class _Lines:
    """The rows or the columns of a two-way table: a number for each pair, and their totals."""

    code: Ints
    totals: Floats
    named: Mask


def _lines(table: pa.Table, by: str, total: str, counts: Floats) -> _Lines:
    code, size = _codes(table[by])
    totals = np.bincount(code, counts, size).astype(np.float64)
    named = np.ones(size, dtype=bool)
    named[code[table[by].is_null().to_numpy()]] = False
    if total in table.column_names:
        stated = table[total].cast(pa.float64()).to_numpy(zero_copy_only=False)
        said = ~np.isnan(stated)
        totals[code[said]] = stated[said]
    return _Lines(code, totals, named)


def _told(table: pa.Table, rule: SmallCounts, hide: HidePairs) -> pa.Table:
    """What is told of each row of a two-way table, by ``_row``; of withheld pairs one a column."""
    counts = table[rule.field].cast(pa.float64()).to_numpy()
    rows = _lines(table, rule.rows, rule.row_total, counts)
    columns = _lines(table, rule.columns, rule.column_total, counts)
    found = hide(rows.code, columns.code, counts, rows.totals, columns.totals, rule.below)
    # Of a withheld column there is one row: how many it has, and not where from.
    first = np.zeros(len(counts), dtype=bool)
    gone = np.flatnonzero(found.withheld)
    first[gone[np.unique(columns.code[gone], return_index=True)[1]]] = True
    together = np.bincount(columns.code, np.where(found.withheld, counts, 0), len(columns.totals))
    pooled = together[columns.code]
    hidden = np.where(first, pooled < rule.below, found.hidden)
    low = np.where(first, 1.0, found.low)
    high = np.where(first, rule.below - 1.0, found.high)
    row_total = np.where(found.row_totals_hidden | ~rows.named, np.nan, rows.totals)[rows.code]
    column_total = np.where(columns.totals < rule.below, np.nan, columns.totals)[columns.code]
    kept = ~found.withheld | first
    told = {
        "_row": table["_row"].combine_chunks(),
        "_told": _blank(np.where(first, pooled, counts), hidden),
        "_low": _blank(low, ~hidden),
        "_high": _blank(high, ~hidden),
        "_hidden": pa.array(hidden),
        "_withheld": pa.array(found.withheld),
        "_row_total": _blank(row_total, found.withheld),
        "_column_total": _blank(column_total, np.zeros(len(counts), dtype=bool)),
    }
    return pa.table(told).filter(pa.array(kept))


def _blank(values: Floats, blank: Mask) -> pa.Array:
    missing = blank | ~np.isfinite(values)
    return pa.array(np.where(missing, 0.0, values), mask=missing)


def _write(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    fields: Sequence[Field],
    there: set[str],
    rule: SmallCounts,
) -> None:
    """The rows as they are told; of a withheld pair, what is the same for its whole column."""
    by_name = {field.name: field for field in fields}
    told = {
        rule.field: "_told",
        rule.row_total: "_row_total",
        rule.column_total: "_column_total",
        _LOW: "_low",
        _HIGH: "_high",
    }
    of_column = {rule.columns, *rule.within, *_same_in_column(connection, table, there, rule)}
    listed = []
    for name, field in by_name.items():
        old = f"t.{name_sql(name)}" if name in there else "NULL"
        if name in told:
            value = f"n.{told[name]}"
        elif name == _STATUS:
            shown = f"coalesce({old}, '{SHOWN}')"
            value = f"CASE WHEN n._hidden THEN '{HIDDEN}' ELSE {shown} END"
        elif name in of_column:
            value = old
        else:
            value = f"CASE WHEN NOT n._withheld THEN {old} END"
        kind = "" if field.type == "geometry" else f"::{DUCKDB_TYPES[field.type]}"
        listed.append(f"({value}){kind} AS {name_sql(name)}")
    house = [
        name
        for name, *_ in connection.execute(f"DESCRIBE {table}").fetchall()
        if name.startswith("_")
    ]
    listed = [f"t.{name_sql(name)}" for name in house] + listed
    connection.execute(
        f"CREATE TEMP TABLE {table}_told AS SELECT {', '.join(listed)} FROM {table} AS t "
        "JOIN told_counts AS n ON n._row = t._row"
    )
    connection.execute(f"DROP TABLE {table}")
    connection.execute(f"ALTER TABLE {table}_told RENAME TO {table}")


def _same_in_column(
    connection: duckdb.DuckDBPyConnection, table: str, there: set[str], rule: SmallCounts
) -> list[str]:
    """Fields that a column alone decides, in all rows there are: its name, and not the row's."""
    column = name_sql(rule.columns)
    return [
        name
        for name in sorted(there - {rule.rows, rule.columns, rule.field, "geometry"})
        if number(
            connection,
            f"SELECT coalesce(max(n), 0) <= 1 FROM (SELECT count(DISTINCT {name_sql(name)}) AS n "
            f"FROM {table} GROUP BY {column})",
        )
    ]
