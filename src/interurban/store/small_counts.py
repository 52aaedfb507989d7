"""Small counts of a two-way table hidden in a release, and what could be used to work them out.

Which numbers are hidden is chosen by disclosure control, which is handed in: this room only takes
the table out of the rows and writes down what may be told. A hidden number is blank, ``status``
says so, and ``at_least`` and ``at_most`` are what follows from what is told. Totals are filled in.
Whatever else a row says of its pair alone, a share or a rank, is blank where its number is.
"""

from __future__ import annotations

import hashlib
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
from interurban.core.pairs import HiddenPairs, HidePairs, Untold
from interurban.core.policy import SmallCounts
from interurban.core.standard import Field
from interurban.query.sql import DUCKDB_TYPES
from interurban.standards.catalogue import find_standard

from .stage import name_sql, number
from .untold import COLUMN, PAIR, ROW, SCHEMA, UntoldBefore

__all__ = ["hide_small_counts", "secret_number"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Names = list[str | None]
Within = tuple[str | None, ...]
_Key = tuple[str, Within, str | None, str | None]

HIDDEN, SHOWN = "hidden", "shown"
_STATUS, _LOW, _HIGH = "status", "at_least", "at_most"


def hide_small_counts(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    snapshot: Snapshot,
    rule: SmallCounts,
    hide: HidePairs,
    before: UntoldBefore,
    secret: str,
) -> tuple[Field, ...]:
    """Rewrite the table with small counts hidden; gives its fields, some of which may be new.

    Parameters
    ----------
    table: name of a table with the snapshot's fields and house columns.
    before: the record of what earlier releases did not tell, which this one is written into.
    secret: of the node; it decides among ways to hide that cost about as much.

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
    known = _keys(before.read())
    try:
        # The choice leaves the interpreter most of the time: tables are seen to side by side.
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            found = [
                *threads.map(
                    lambda table: _told(table, rule, hide, known, secret), _tables(rows, rule)
                )
            ]
    except (InvalidInput, ModelError) as error:
        raise ConfigurationError(
            f"The small numbers of {snapshot.dataset} can't be hidden: {error}",
            advice="Correct the policy; until then nobody reads by that rule.",
        ) from error
    before.remember(pa.concat_tables([SCHEMA.empty_table(), *(untold for _, untold in found)]))
    connection.register("told_counts", pa.concat_tables(told for told, _ in found))
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
        codes, names = _codes(rows[name])
        key = key * len(names) + codes
    order = np.argsort(key, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(key[order])) + 1):
        yield rows.take(pa.array(part))


def _codes(column: pa.ChunkedArray) -> tuple[Ints, Names]:
    """A number for each value, a missing one too, and the values as text."""
    encoded = pc.dictionary_encode(column.combine_chunks(), null_encoding="encode")
    names = encoded.dictionary.cast(pa.string()).to_pylist()
    return encoded.indices.to_numpy().astype(np.int64), names or [None]


@dataclass(frozen=True)
class _Lines:
    """The rows or the columns of a two-way table: a number for each pair, names and totals."""

    code: Ints
    names: Names
    totals: Floats
    named: Mask


def _lines(table: pa.Table, by: str, total: str, counts: Floats) -> _Lines:
    code, names = _codes(table[by])
    size = len(names)
    totals = np.bincount(code, counts, size).astype(np.float64)
    named = np.ones(size, dtype=bool)
    named[code[table[by].is_null().to_numpy()]] = False
    if total in table.column_names:
        stated = table[total].cast(pa.float64()).to_numpy(zero_copy_only=False)
        said = ~np.isnan(stated)
        totals[code[said]] = stated[said]
    return _Lines(code, names, totals, named)


def _keys(untold: pa.Table) -> frozenset[_Key]:
    return frozenset(
        (one["what"], tuple(one["within"]), one["row"], one["column"]) for one in untold.to_pylist()
    )


def _within(table: pa.Table, rule: SmallCounts) -> Within:
    """Which of the tables it is."""
    return tuple(table[name].slice(0, 1).cast(pa.string())[0].as_py() for name in rule.within)


def _before(known: frozenset[_Key], within: Within, rows: _Lines, columns: _Lines) -> Untold | None:
    """What of a table was not told before; ``None``: nothing."""
    if not any(key[1] == within for key in known):
        return None
    pairs = zip(rows.code.tolist(), columns.code.tolist(), strict=True)
    return Untold(
        np.array([(PAIR, within, rows.names[r], columns.names[c]) in known for r, c in pairs]),
        np.array([(ROW, within, name, None) in known for name in rows.names]),
        np.array([(COLUMN, within, None, name) in known for name in columns.names]),
    )


def _untold(found: HiddenPairs, within: Within, rows: _Lines, columns: _Lines) -> pa.Table:
    """What is not told of a table now; on ``SCHEMA``."""
    keys = [
        (PAIR, rows.names[rows.code[at]], columns.names[columns.code[at]])
        for at in np.flatnonzero(found.hidden)
    ]
    keys += [(ROW, rows.names[at], None) for at in np.flatnonzero(found.row_totals_hidden)]
    gone = np.unique(columns.code[found.withheld])
    keys += [(COLUMN, None, columns.names[at]) for at in gone]
    return pa.Table.from_pylist(
        [
            {"what": what, "within": within, "row": row, "column": column}
            for what, row, column in keys
        ],
        schema=SCHEMA,
    )


def secret_number(secret: str, within: Within) -> int:
    """What decides in one of the tables; nobody can tell it from that of another."""
    said = f"{secret} {within!r}".encode()
    return int.from_bytes(hashlib.sha256(said).digest()[:8], "big")


def _told(
    table: pa.Table, rule: SmallCounts, hide: HidePairs, known: frozenset[_Key], secret: str
) -> tuple[pa.Table, pa.Table]:
    """What is told of each row of a two-way table, and what is not.

    Returns
    -------
    By ``_row``, of withheld pairs one a column. On ``SCHEMA``, for the releases to come.
    """
    counts = table[rule.field].cast(pa.float64()).to_numpy()
    rows = _lines(table, rule.rows, rule.row_total, counts)
    columns = _lines(table, rule.columns, rule.column_total, counts)
    within = _within(table, rule)
    before = _before(known, within, rows, columns)
    found = hide(
        rows.code, columns.code, counts, rows.totals, columns.totals, rule.below, before,
        secret_number(secret, within),
    )  # fmt: skip
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
    return pa.table(told).filter(pa.array(kept)), _untold(found, within, rows, columns)


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
    others = sorted(there - {rule.rows, rule.columns, rule.field, "geometry"})
    of_column, of_row = (
        {by, *rule.within, *_same_in(connection, table, others, (by, *rule.within))}
        for by in (rule.columns, rule.rows)
    )
    of_row.add("geometry")
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
        elif name in of_row:
            value = f"CASE WHEN NOT n._withheld THEN {old} END"
        else:
            value = f"CASE WHEN NOT (n._withheld OR n._hidden) THEN {old} END"
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


def _same_in(
    connection: duckdb.DuckDBPyConnection, table: str, fields: Sequence[str], by: Sequence[str]
) -> list[str]:
    """Fields that a line of the table decides, in all lines there are: its name.

    Parameters
    ----------
    by: the fields that a line is known by. Where each has one row, a field may be the row's own.
    """
    keys = ", ".join(map(name_sql, by))
    return [
        name
        for name in fields
        if number(
            connection,
            "SELECT coalesce(max(n), 0) <= 1 AND coalesce(max(size), 0) > 1 FROM "
            f"(SELECT count(*) AS size, {_different(name)} AS n FROM {table} GROUP BY {keys})",
        )
    ]


def _different(field: str) -> str:
    """How many different values of a field there are, a missing one among them."""
    name = name_sql(field)
    return f"count(DISTINCT {name}) + max(({name} IS NULL)::INT)"
