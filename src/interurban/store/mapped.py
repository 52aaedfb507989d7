"""From a source's batches to mapped rows: every row is mapped as it arrives.

The source's own values are kept only where something broke, for the reasons. Tables that outgrow
memory go to the scratch folder, so memory stays bounded whatever the source's size.

``mapped``   the standard's fields, ``_row``, ``_bad`` (something in the row broke) and, where it
             did, the source's columns as ``_raw``: a list of one, for an empty list is sorted and
             spilled as one number, and an empty struct as all its columns
``rejects``  one row for each broken value, with its reason

Where a mapping makes nothing but points, ``mapped`` keeps them as ``_lon`` and ``_lat`` with their
house columns, and ``geometry`` is computed when it is asked for: two numbers are sorted, spilled
and compressed three times faster. Such rows are laid down in sorted runs of some million, so that
the one sort of the load can take a range of keys at a time and never outgrows memory.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pyarrow as pa
from sqlglot import exp

from interurban.query.sql import any_of, call, cast, column
from interurban.sources import ROW_COLUMN, Reading
from interurban.standards.mapping import CompiledField, CompiledMapping

from .layout import point_columns
from .stage import create_point_table, name_sql, number

__all__ = ["map_rows", "read_rows", "typed_columns"]

_KEPT_VALUE = 500
_SAFE = (exp.Column, exp.Identifier, exp.Literal, exp.Nullif, exp.Trim, exp.Coalesce, exp.Paren)

_RUN_ROWS = 2_000_000
_RUN_BYTES = 1 << 30
"""Most rows, and most bytes of Arrow, that are sorted as one run."""


def typed_columns(stage: duckdb.DuckDBPyConnection, schema: pa.Schema) -> dict[str, str]:
    """The source's columns and their DuckDB types, without the row number."""
    stage.register("arriving", schema.empty_table())
    try:
        described = stage.execute("DESCRIBE FROM arriving").fetchall()
    finally:
        stage.unregister("arriving")
    return {name: kind for name, kind, *_ in described if name != ROW_COLUMN}


def read_rows(stage: duckdb.DuckDBPyConnection, reading: Reading, mapping: CompiledMapping) -> int:
    """Write ``mapped`` and ``rejects`` from every batch of a reading. Returns the rows read."""
    try:
        map_rows(stage, mapping, reading.schema, reading.batches())
    except duckdb.Error:
        if reading.failure is not None:
            raise reading.failure from None
        raise
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
    return number(stage, "SELECT count(*) FROM mapped") + reading.broken_count


def map_rows(
    stage: duckdb.DuckDBPyConnection,
    mapping: CompiledMapping,
    schema: pa.Schema,
    batches: Iterator[pa.RecordBatch],
) -> None:
    """Write ``mapped`` from a source's batches, and a reject for every value that broke.

    An expression that raises leaves the value blank; ``TRY(x IS NULL) IS NULL`` is true exactly
    then, and is only evaluated where the value came out blank.
    """
    # As a common subexpression, a value would be computed outside of its TRY and stop the load.
    stage.execute("SET disabled_optimizers = 'common_subexpressions'")
    failures = {f.field.name: _failed(f) for f in mapping.fields if _can_fail(f.value)}
    select = _select(mapping, failures).sql("duckdb")
    order = ""
    stage.register("arriving", schema.empty_table())
    if mapping.only_points:
        place = "ST_X(geometry) AS _lon, ST_Y(geometry) AS _lat"
        select = point_columns(f"SELECT * EXCLUDE (geometry), {place} FROM ({select})")
        order = " ORDER BY _key"
        create_point_table(
            stage, "TEMP TABLE mapped", select, [f.field.name for f in mapping.fields]
        )
    else:
        stage.execute(f"CREATE TEMP TABLE mapped AS {select}")
    runs = _runs(batches) if mapping.only_points else iter([batches])
    for run in runs:
        stage.register("arriving", pa.RecordBatchReader.from_batches(schema, run))
        stage.execute(f"INSERT INTO mapped BY NAME {select}{order}")
    stage.unregister("arriving")
    stage.execute(
        'CREATE TEMP TABLE rejects ("row" BIGINT, field VARCHAR, value VARCHAR, reason VARCHAR, '
        "action VARCHAR)"
    )
    if number(stage, "SELECT count(*) FROM mapped WHERE _bad"):
        _explain(stage, mapping, failures)
    stage.execute("RESET disabled_optimizers")


def _runs(batches: Iterator[pa.RecordBatch]) -> Iterator[Iterator[pa.RecordBatch]]:
    """Cut batches into runs as they come; each is used up before the next is asked for."""
    ahead = next(batches, None)

    def run() -> Iterator[pa.RecordBatch]:
        nonlocal ahead
        rows = size = 0
        while ahead is not None and rows < _RUN_ROWS and size < _RUN_BYTES:
            rows += ahead.num_rows
            size += ahead.nbytes
            yield ahead
            ahead = next(batches, None)

    while ahead is not None:
        yield run()


def _select(mapping: CompiledMapping, failures: dict[str, exp.Expr]) -> exp.Select:
    """The mapping over ``arriving``: row number, fields, ``_bad`` and ``_raw``."""
    conditions = [*failures.values(), *(_over_outputs(c.condition) for c in mapping.checks)]
    values = [
        exp.alias_(
            call("TRY", f.value.copy()) if f.field.name in failures else f.value.copy(),
            _output(f.field.name),
            quoted=True,
            copy=False,
        )
        for f in mapping.fields
    ]
    # The trees are made here and used once: copying them takes long where columns are many.
    valued = exp.select(exp.Star(), *values, copy=False).from_("arriving", copy=False)
    bad = exp.alias_(_true(any_of(exp.paren(c) for c in conditions)), "_bad", quoted=True)
    judged = exp.select(exp.Star(), bad, copy=False).from_(
        valued.subquery("valued", copy=False), copy=False
    )
    outputs = [
        exp.alias_(column(_output(f.field.name)), f.field.name, quoted=True) for f in mapping.fields
    ]
    chosen = exp.select(column(ROW_COLUMN), *outputs, column("_bad"), _kept(mapping), copy=False)
    return chosen.from_(judged.subquery("judged", copy=False), copy=False)


def _kept(mapping: CompiledMapping) -> exp.Expr:
    """The columns that the mapping reads, as a struct in a list, where the row is bad."""
    read = [
        exp.PropertyEQ(this=exp.to_identifier(name, quoted=True), expression=column(name))
        for name in mapping.columns
    ]
    if not read:
        return exp.alias_(exp.Null(), "_raw", quoted=True)
    kept = exp.Case().when(column("_bad"), exp.Array(expressions=[exp.Struct(expressions=read)]))
    return exp.alias_(kept, "_raw", quoted=True)


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
    source = "unnest(_raw, max_depth := 2), " if mapping.columns else ""
    stage.execute(
        f"CREATE TEMP TABLE bad AS SELECT _row, {source}{values} FROM mapped AS m WHERE _bad"
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
