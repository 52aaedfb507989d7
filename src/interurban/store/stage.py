"""Staging: source batches become raw rows, mapped rows, and rejects, in temporary tables.

Every step is a query over a table that DuckDB writes to the scratch folder when memory runs short,
so memory stays bounded whatever the source's size.

``raw``      the source's columns and ``_row``
``mapped``   the standard's fields, ``_row`` and ``_bad`` (something in the row broke)
``rejects``  one row for each broken value, with its reason
``clean``    what a reader will see: rows left out are gone, broken values are blank
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa
from sqlglot import exp

from interurban.core.standard import Field
from interurban.query.sql import any_of, call, cast, column
from interurban.sources import ROW_COLUMN, Reading
from interurban.standards.mapping import CompiledField, CompiledMapping

__all__ = [
    "clean_rows",
    "content_hash_sql",
    "count_rejects",
    "is_unique",
    "keep_last",
    "map_rows",
    "name_sql",
    "number",
    "stage_raw",
    "tell_source_rows",
    "text_sql",
    "typed_columns",
]

_KEPT_VALUE = 500
_SAFE = (exp.Column, exp.Identifier, exp.Literal, exp.Nullif, exp.Trim, exp.Coalesce, exp.Paren)


def stage_raw(stage: duckdb.DuckDBPyConnection, reading: Reading) -> int:
    """Write every batch to ``raw``; broken records go to ``rejects``. Returns the rows read."""
    stage.execute(
        'CREATE TEMP TABLE rejects ("row" BIGINT, field VARCHAR, value VARCHAR, reason VARCHAR, '
        "action VARCHAR)"
    )
    batches = pa.RecordBatchReader.from_batches(reading.schema, reading.batches())
    stage.register("arriving", batches)
    try:
        stage.execute("CREATE TEMP TABLE raw AS SELECT * FROM arriving")
    except duckdb.Error:
        if reading.failure is not None:
            raise reading.failure from None
        raise
    finally:
        stage.unregister("arriving")
    per_row = max(1, len(reading.from_columns))
    broken = [
        ((b.row - 1) * per_row + 1, "", b.text[:_KEPT_VALUE], b.reason, "row")
        for b in reading.broken
    ]
    if broken:
        columns = zip(*broken, strict=True)
        names = ("row", "field", "value", "reason", "action")
        stage.register("broken", pa.table(dict(zip(names, map(list, columns), strict=True))))
        stage.execute("INSERT INTO rejects SELECT * FROM broken")
        stage.unregister("broken")
    return number(stage, "SELECT count(*) FROM raw") + reading.broken_count


def typed_columns(stage: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The raw columns and their DuckDB types, without the row number."""
    described = stage.execute("DESCRIBE raw").fetchall()
    return {name: kind for name, kind, *_ in described if name != ROW_COLUMN}


def map_rows(stage: duckdb.DuckDBPyConnection, mapping: CompiledMapping) -> None:
    """Write ``mapped`` from ``raw``, and a reject for every value that broke.

    An expression that raises leaves the value blank; ``TRY(x IS NULL) IS NULL`` is true exactly
    then, and is only evaluated where the value came out blank.
    """
    # As a common subexpression, a value would be computed outside of its TRY and stop the load.
    stage.execute("SET disabled_optimizers = 'common_subexpressions'")
    failures = {f.field.name: _failed(f) for f in mapping.fields if _can_fail(f.value)}
    conditions = [*failures.values(), *(_true(_over_outputs(c.condition)) for c in mapping.checks)]
    values = [
        exp.alias_(
            call("TRY", f.value.copy()) if f.field.name in failures else f.value.copy(),
            _output(f.field.name),
            quoted=True,
        )
        for f in mapping.fields
    ]
    inner = exp.select(exp.Star(), *values).from_("raw")
    outputs = [
        exp.alias_(column(_output(f.field.name)), f.field.name, quoted=True) for f in mapping.fields
    ]
    bad = exp.alias_(any_of(exp.paren(c) for c in conditions), "_bad", quoted=True)
    select = exp.select(column(ROW_COLUMN), *outputs, bad).from_(inner.subquery("valued"))
    stage.execute(f"CREATE TEMP TABLE mapped AS {select.sql('duckdb')}")
    if number(stage, "SELECT count(*) FROM mapped WHERE _bad"):
        _explain(stage, mapping, failures)


def clean_rows(
    stage: duckdb.DuckDBPyConnection,
    fields: Sequence[Field],
    key: str | None,
    from_columns: Sequence[str] = (),
) -> None:
    """Write ``clean``: rows left out are gone, broken values blank, exact repeats only once.

    ``from_columns`` are those of the reading; a repeat is told by its row in the source.
    """
    if not number(stage, "SELECT count(*) FROM mapped WHERE _bad"):
        stage.execute("ALTER TABLE mapped DROP COLUMN _bad")
        stage.execute("ALTER TABLE mapped RENAME TO clean")
    else:
        _leave_out_and_blank(stage, fields)
    if key is not None:
        _drop_repeats(stage, fields, key, len(from_columns))


def _leave_out_and_blank(stage: duckdb.DuckDBPyConnection, fields: Sequence[Field]) -> None:
    """``clean`` from ``mapped`` and ``rejects``."""
    blanked = ", ".join(
        f"CASE WHEN list_contains(b.fields, {text_sql(f.name)}) THEN NULL "
        f"ELSE m.{name_sql(f.name)} END AS {name_sql(f.name)}"
        for f in fields
    )
    names = ", ".join(name_sql(f.name) for f in fields)
    stage.execute(
        f"""CREATE TEMP TABLE clean AS
        SELECT _row, {names} FROM mapped WHERE NOT _bad
        UNION ALL
        SELECT m._row, {blanked} FROM mapped m JOIN (
            SELECT "row", list(field) AS fields, bool_or(action = 'row') AS gone
            FROM rejects GROUP BY "row") b ON b."row" = m._row
        WHERE m._bad AND NOT b.gone"""
    )
    stage.execute("DROP TABLE mapped")


def _drop_repeats(
    stage: duckdb.DuckDBPyConnection, fields: Sequence[Field], key: str, per_row: int
) -> None:
    """Of rows that share a key and are equal in every field, the first stays.

    Rows that share a key and differ all stay: a boundary in two parts is two rows.
    """
    stage.execute(
        f"""CREATE TEMP TABLE repeated AS
        SELECT {name_sql(key)} AS k FROM clean
        WHERE {name_sql(key)} IS NOT NULL GROUP BY k HAVING count(*) > 1"""
    )
    if number(stage, "SELECT count(*) FROM repeated"):
        stage.execute(
            f"""CREATE TEMP TABLE again AS SELECT * FROM (
                SELECT _row, {name_sql(key)}::VARCHAR AS k, first_value(_row) OVER (
                    PARTITION BY {name_sql(key)}, {content_hash_sql(fields)} ORDER BY _row) AS first
                FROM clean WHERE {name_sql(key)} IN (SELECT k FROM repeated))
            WHERE _row <> first"""
        )
        first = f"(first - 1) // {per_row} + 1" if per_row else "first"
        stage.execute(
            f"""INSERT INTO rejects SELECT _row, {text_sql(key)}, k,
                'repeats row ' || ({first}) || ' in every field', 'row' FROM again"""
        )
        stage.execute("DELETE FROM clean WHERE _row IN (SELECT _row FROM again)")
        stage.execute("DROP TABLE again")
    stage.execute("DROP TABLE repeated")


def keep_last(stage: duckdb.DuckDBPyConnection, key: str) -> None:
    """Of the rows that share a key, only the last in the source stays: it is the newest state."""
    stage.execute(
        f"""DELETE FROM clean WHERE _row NOT IN (
            SELECT max(_row) FROM clean GROUP BY {name_sql(key)})"""
    )


def content_hash_sql(fields: Sequence[Field]) -> str:
    """A 64-bit hash of a row's content."""
    listed = ", ".join(
        name_sql(f.name) if f.type != "geometry" else f"ST_AsWKB({name_sql(f.name)})"
        for f in fields
    )
    return f"hash({listed})"


def _output(name: str) -> str:
    """Name of a field's value beside the source's columns, which may have the same name."""
    return f"={name}"


def _over_outputs(condition: exp.Expr) -> exp.Expr:
    """A condition on fields as one on their values beside the source's columns."""
    return condition.transform(
        lambda node: column(_output(node.name)) if isinstance(node, exp.Column) else node
    )


def _true(condition: exp.Expr) -> exp.Expr:
    return call("coalesce", condition, exp.false())


def _failed(field: CompiledField) -> exp.Expr:
    """TRUE where the expression raised: its output is blank and asking it raises again."""
    asked = call("TRY", exp.Is(this=exp.paren(field.value.copy()), expression=exp.Null()))
    raised = exp.Is(this=asked, expression=exp.Null())
    blank = exp.Is(this=column(_output(field.field.name)), expression=exp.Null())
    return exp.Case().when(blank, raised).else_(exp.false())


def _can_fail(value: exp.Expr) -> bool:
    """Whether evaluating may raise: anything but text taken as it is."""
    return any(
        not isinstance(node, _SAFE)
        and not (isinstance(node, exp.Cast) and node.to.sql("duckdb") in ("TEXT", "VARCHAR"))
        and not isinstance(node, exp.DataType)
        for node in value.walk()
    )


def _explain(
    stage: duckdb.DuckDBPyConnection,
    mapping: CompiledMapping,
    failures: dict[str, exp.Expr],
) -> None:
    """One reject for each broken value of the bad rows."""
    fields = {f.field.name: f for f in mapping.fields}
    values = ", ".join(f"m.{name_sql(n)} AS {name_sql(_output(n))}" for n in fields)
    stage.execute(
        f"CREATE TEMP TABLE bad AS SELECT raw.*, {values} "
        "FROM raw JOIN mapped m ON m._row = raw._row WHERE m._bad"
    )
    for name, failure in failures.items():
        field = fields[name].field
        reason = exp.Literal.string(f"can't be read as {_KINDS[field.type]}")
        _reject(stage, fields[name], failure, reason, "row" if field.required else "value")
    for check in mapping.checks:
        condition = _true(_over_outputs(check.condition))
        if check.field in failures:
            condition = exp.and_(condition, exp.not_(failures[check.field].copy()))
        _reject(stage, fields[check.field], condition, _over_outputs(check.reason), check.action)
    stage.execute("DROP TABLE bad")


def _reject(
    stage: duckdb.DuckDBPyConnection,
    field: CompiledField,
    condition: exp.Expr,
    reason: exp.Expr,
    action: str,
) -> None:
    """Record the bad rows that meet the condition, with the source's own words."""
    shown = [cast(column(name), "VARCHAR") for name in field.columns if name != "geometry"]
    value = call("concat_ws", exp.Literal.string(", "), *shown) if shown else exp.Null()
    select = (
        exp.select(
            column(ROW_COLUMN),
            exp.Literal.string(field.field.name),
            call("left", value, exp.Literal.number(_KEPT_VALUE)),
            reason,
            exp.Literal.string(action),
        )
        .from_("bad")
        .where(condition)
    )
    stage.execute(f"INSERT INTO rejects {select.sql('duckdb')}")


_KINDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "yes or no",
    "date": "a date",
    "datetime": "a time",
    "geometry": "a place",
}


def is_unique(stage: duckdb.DuckDBPyConnection, key: str) -> bool:
    """Whether every clean row has a key of its own."""
    return not number(stage, f"SELECT count(*) - count(DISTINCT {name_sql(key)}) FROM clean")


def count_rejects(stage: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Rows left out, and values blanked in rows that were kept."""
    left_out = number(stage, "SELECT count(DISTINCT \"row\") FROM rejects WHERE action = 'row'")
    blanked = number(
        stage,
        'SELECT count(DISTINCT ("row", field)) FROM rejects WHERE action = \'value\' AND "row" '
        "NOT IN (SELECT \"row\" FROM rejects WHERE action = 'row')",
    )
    return left_out, blanked


def tell_source_rows(stage: duckdb.DuckDBPyConnection, from_columns: Sequence[str]) -> None:
    """Give each reject of a wide table the source's row and column, in place of the long row.

    Counts of rejects come before this: the cells of one row are many rows.
    """
    if not from_columns:
        return
    per_row = len(from_columns)
    header = f'list_extract(?::VARCHAR[], ("row" - 1) % {per_row} + 1)'
    stage.execute(
        f"""UPDATE rejects SET "row" = ("row" - 1) // {per_row} + 1, reason =
            CASE field WHEN '' THEN reason ELSE reason || ' (column ' || {header} || ')' END""",
        [list(from_columns)],
    )


def number(stage: duckdb.DuckDBPyConnection, sql: str) -> int:
    """The one whole number that a query gives."""
    row = stage.execute(sql).fetchone()
    return int(row[0]) if row else 0


def name_sql(name: str) -> str:
    """A quoted identifier."""
    return exp.to_identifier(name, quoted=True).sql("duckdb")


def text_sql(value: str) -> str:
    """A quoted text constant."""
    return exp.Literal.string(value).sql("duckdb")
