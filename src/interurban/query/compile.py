"""``Query`` to DuckDB SQL: rows, counts and cells; aggregates and tiles stand beside it.

Each function takes the query and the table of its snapshot and gives one ``Statement``; the
conditions are the same for all of them (``compile_filter``), so every encoder sees the same rows.
"""

from __future__ import annotations

from sqlglot import exp

from interurban.core import query as q
from interurban.core.errors import BadRequest, InvalidPlace
from interurban.core.standard import Field

from .compile_filter import Conditions, Table
from .grid import NO_PLACE
from .sql import Parameters, Statement, all_of, call, cast, column, number

__all__ = [
    "MAX_LEVEL",
    "Table",
    "compile_cells",
    "compile_count",
    "compile_feature",
    "compile_rows",
    "no_place",
    "ordered",
    "paged",
    "selected_fields",
    "where_all",
]

MAX_LEVEL = 24
"""Finest level of cells: squares of 2.4 m at the equator."""


def compile_rows(query: q.Query, table: Table, *, as_they_lie: bool = False) -> Statement:
    """Rows in order: the chosen fields, ``geometry`` as WKB, then ``_key`` and ``_row``.

    Parameters
    ----------
    as_they_lie: a hot copy lies in natural order, so that all of it may be read without sorting;
        a page, or an order of the reader's own, is sorted still.
    """
    parameters = Parameters()
    conditions = Conditions(table, parameters).of(query)
    if query.after is not None:
        conditions.append(_behind(query.after, parameters))
    outputs: list[exp.Expr] = [
        exp.alias_(_output(field), field.name, quoted=True, copy=False)
        for field in selected_fields(query, table)
    ]
    select = exp.select(*outputs, column("_key"), column("_row")).from_(table.relation, copy=False)
    select = where_all(select, conditions)
    if not (as_they_lie and table.hot and _is_of_all(query)):
        select = select.order_by(*_row_order(query, table), copy=False)
    return parameters.statement(paged(select, query))


def compile_feature(feature: str, query: q.Query, table: Table) -> Statement:
    """The one row whose public id is ``feature``: its key, or its row number without one."""
    parameters = Parameters()
    key = table.snapshot.id_field or "_row"
    whole = key == "_row" or table.type_of(key) == "integer"
    if whole and not (feature.lstrip("-").isdecimal() and len(feature) <= 18):
        same: exp.Expr = exp.false()
    else:
        value = parameters.bind(
            int(feature) if whole else feature, "BIGINT" if whole else "VARCHAR"
        )
        same = exp.EQ(this=column(key), expression=value)
    outputs = [
        exp.alias_(_output(field), field.name, quoted=True, copy=False)
        for field in selected_fields(query, table)
    ]
    select = exp.select(*outputs, column("_key"), column("_row")).from_(table.relation, copy=False)
    conditions = [same, *Conditions(table, parameters).of(query)]
    return parameters.statement(where_all(select, conditions).limit(1, copy=False))


def compile_count(query: q.Query, table: Table) -> Statement:
    """One row: how many rows, and how many of them have a place."""
    parameters = Parameters()
    conditions = Conditions(table, parameters).of(query)
    placed = call("count_if", exp.LT(this=column("_key"), expression=no_place()))
    select = exp.select(exp.Count(this=exp.Star()), placed).from_(table.relation, copy=False)
    return parameters.statement(where_all(select, conditions))


def compile_cells(query: q.Query, table: Table, level: int) -> Statement:
    """Count of each cell: ``cell`` (Morton number of the cell at ``level``) and ``count``."""
    if not 0 <= level <= MAX_LEVEL:
        raise BadRequest(
            f"level={level} can't be used.", advice=f"Give 0 to {MAX_LEVEL}.", part="level"
        )
    if not table.placed:
        raise InvalidPlace(f"{table.snapshot.dataset} has no places.", part="level")
    parameters = Parameters()
    conditions = [
        exp.LT(this=column("_key"), expression=no_place()),
        *Conditions(table, parameters).of(query),
    ]
    cell: exp.Expr = exp.BitwiseRightShift(this=column("_key"), expression=number(64 - 2 * level))
    if level == 0:
        cell = cast(number(0), "UBIGINT")
    select = exp.select(
        exp.alias_(cell, "cell"), exp.alias_(exp.Count(this=exp.Star()), "count", quoted=True)
    ).from_(table.relation, copy=False)
    select = where_all(select, conditions).group_by(number(1)).order_by(number(1))
    return parameters.statement(select)


# Fields


def selected_fields(query: q.Query, table: Table) -> tuple[Field, ...]:
    """The fields a row carries, in order; the geometry is always among them when there is one."""
    if not query.fields:
        return table.snapshot.fields
    for name in query.fields:
        table.type_of(name, part="properties")
    wanted = set(query.fields) | {"geometry"}
    chosen = [f for f in table.snapshot.fields if f.name in wanted]
    return tuple(sorted(chosen, key=lambda f: _position(f.name, query.fields)))


def _position(name: str, names: tuple[str, ...]) -> int:
    return names.index(name) if name in names else len(names)


def _output(field: Field) -> exp.Expr:
    if field.type == "geometry":
        return call("ST_AsWKB", column(field.name))
    return column(field.name)


# Order and pages


def _is_of_all(query: q.Query) -> bool:
    """Whether no page or order is asked for."""
    return not (query.order or query.limit is not None or query.offset or query.after)


def _row_order(query: q.Query, table: Table) -> list[exp.Ordered]:
    for order in query.order:
        if table.type_of(order.by, part="sortby") == "geometry":
            raise BadRequest("A geometry has no order.", part="sortby")
    asked = [ordered(column(o.by), o.descending) for o in query.order]
    return [*asked, ordered(column("_key")), ordered(column("_row"))]


def ordered(expression: exp.Expr, descending: bool = False) -> exp.Ordered:
    """Sort by an expression; missing values come last either way."""
    return exp.Ordered(this=expression, desc=descending, nulls_first=False)


def paged(select: exp.Select, query: q.Query) -> exp.Select:
    """The query's limit and offset."""
    if query.limit is not None:
        select = select.limit(number(query.limit), copy=False)
    if query.offset:
        select = select.offset(number(query.offset), copy=False)
    return select


def _behind(cursor: q.Cursor, parameters: Parameters) -> exp.Expr:
    """Rows after the cursor in the natural order."""
    key = parameters.bind(cursor.key, "UBIGINT")
    row = parameters.bind(cursor.row, "BIGINT")
    later = exp.GT(this=column("_key"), expression=key)
    same = exp.and_(
        exp.EQ(this=column("_key"), expression=key.copy()),
        exp.GT(this=column("_row"), expression=row),
    )
    reached = exp.GTE(this=column("_key"), expression=key.copy())
    return exp.and_(reached, exp.paren(exp.or_(later, same)))


def where_all(select: exp.Select, conditions: list[exp.Expr]) -> exp.Select:
    """Only rows that meet every condition."""
    condition = all_of(conditions)
    return select if condition is None else select.where(condition, copy=False)


def no_place() -> exp.Expr:
    """The key of rows without a place."""
    return cast(number(NO_PLACE), "UBIGINT")
