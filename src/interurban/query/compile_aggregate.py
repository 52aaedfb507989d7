"""Aggregates: measures by field, period, cell and area, over the same conditions as the rows."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from interurban.core import query as q
from interurban.core.errors import BadRequest, InvalidPlace, UnknownField

from .compile import MAX_LEVEL, no_place, ordered, paged, where_all
from .compile_filter import Conditions, Table
from .sql import Parameters, Statement, call, cast, column, number
from .sql import table as table_of

__all__ = ["compile_aggregate"]

_DAYS = ("year", "quarter", "month", "week", "day")
_PERIODS = (*_DAYS, "hour")
_CYCLES = {"hour_of_day": "hour", "weekday": "isodow", "month_of_year": "month"}
_ADDABLE = {"count": "sum", "sum": "sum", "min": "min", "max": "max"}


def compile_aggregate(
    query: q.Query, table: Table, areas: Mapping[str, tuple[str, ...]] | None = None
) -> Statement:
    """Groups, then measures; a missing value is a group of its own, so counts add up.

    ``areas`` holds, for each boundary dataset that ``ByArea`` names, the path of the table that
    ``compile_areas`` fills.
    """
    parameters = Parameters()
    conditions = Conditions(table, parameters).of(query)
    source: exp.Expr = table.relation
    columns: list[tuple[str, exp.Expr]] = []
    joined: list[tuple[str, tuple[str, ...]]] = []
    for group in query.groups:
        if isinstance(group, q.ByArea):
            name = "area" if not joined else f"area_{len(joined) + 1}"
            joined.append((f"_{name}", (areas or {})[group.boundary]))
            columns.append((name, column(f"_{name}")))
        else:
            columns += _group(group, table, parameters, _by_days(query))
    if joined:
        source = _with_areas(source, joined, conditions)
        conditions = []
    names = [name for name, _ in columns]
    measures = [(m.name, _measure(m, table)) for m in query.measures]
    select = _grouped(source, columns, measures, conditions)
    if _by_days(query):
        select = _by_period(query, select, names)
    order = _aggregate_order(query, names)
    if order:
        select = select.order_by(*order)
    return parameters.statement(paged(select, query))


def _grouped(
    source: exp.Expr,
    groups: list[tuple[str, exp.Expr]],
    measures: list[tuple[str, exp.Expr]],
    conditions: list[exp.Expr],
) -> exp.Select:
    outputs = [exp.alias_(of, name, quoted=True) for name, of in (*groups, *measures)]
    select = where_all(exp.select(*outputs).from_(source), conditions)
    return select.group_by(*(number(i + 1) for i in range(len(groups)))) if groups else select


def _by_days(query: q.Query) -> bool:
    """Whether days can be counted first and periods made of them.

    Truncating each row's time costs five times the count itself; truncating the few thousand days
    that come out of it costs nothing.
    """
    periods = any(isinstance(g, q.ByTime) and g.unit in _DAYS for g in query.groups)
    return periods and all(m.kind in _ADDABLE for m in query.measures)


def _by_period(query: q.Query, days: exp.Select, names: list[str]) -> exp.Select:
    """Add days up to the periods asked for; the other groups stay as they are."""
    units = {
        name: group.unit
        for group in query.groups
        if isinstance(group, q.ByTime) and group.unit in _DAYS
        for name in names
        if name.endswith(f"_{group.unit}") and (not group.field or name.startswith(group.field))
    }
    groups = [
        (
            name,
            _period(units[name], cast(column(name), "TIMESTAMP"))
            if name in units
            else column(name),
        )
        for name in names
    ]
    measures: list[tuple[str, exp.Expr]] = []
    for m in query.measures:
        total = call(_ADDABLE[m.kind], column(m.name))
        measures.append((m.name, cast(total, "BIGINT") if m.kind == "count" else total))
    return _grouped(days.subquery("days"), groups, measures, [])


def _group(
    group: q.ByField | q.ByTime | q.ByCell,
    table: Table,
    parameters: Parameters,
    first_by_day: bool,
) -> list[tuple[str, exp.Expr]]:
    match group:
        case q.ByField(field):
            if table.type_of(field, part="by") == "geometry":
                raise BadRequest("Rows can't be grouped by a geometry.", part="by")
            return [(field, column(field))]
        case q.ByTime(unit, field):
            name = Conditions(table, parameters).time_field(field)
            local = _local(name, table, parameters)
            day = first_by_day and unit in _DAYS
            return [(f"{name}_{unit}", cast(local, "DATE") if day else _period(unit, local))]
        case q.ByCell(level):
            if not 0 <= level <= MAX_LEVEL:
                raise BadRequest(
                    f"cell:{level} can't be used.", advice=f"Give 0 to {MAX_LEVEL}.", part="by"
                )
            if not table.placed:
                raise InvalidPlace(
                    f"{table.snapshot.dataset} has no places to group by.", part="by"
                )
            placed = exp.LT(this=column("_key"), expression=no_place())
            return [
                (f"cell_{axis}", exp.If(this=placed.copy(), true=_shifted(f"_m{axis}", 32 - level)))
                for axis in "xy"
            ]


def _period(unit: str, local: exp.Expr) -> exp.Expr:
    """The start of the period a local time lies in, or its number in a cycle."""
    part = exp.Literal.string(_CYCLES.get(unit, unit))
    if unit in _PERIODS:
        return cast(call("date_trunc", part, local), "TIMESTAMP")
    return call("date_part", part, local)


def _local(name: str, table: Table, parameters: Parameters) -> exp.Expr:
    """A time field as the city's clocks show it."""
    if table.type_of(name) == "date":
        return cast(column(name), "TIMESTAMP")
    if table.hot and name == table.snapshot.roles.time:
        return column("_local")
    return call("timezone", parameters.bind(table.time_zone, "VARCHAR"), column(name))


def _shifted(name: str, bits: int) -> exp.Expr:
    return exp.BitwiseRightShift(this=cast(column(name), "BIGINT"), expression=number(bits))


def _measure(measure: q.Measure, table: Table) -> exp.Expr:
    if measure.kind == "count":
        return exp.Count(this=exp.Star())
    kind = table.type_of(measure.field or "", part="measures")
    orderable = measure.kind in ("min", "max") and kind in ("date", "datetime", "string")
    if kind not in ("integer", "number") and not orderable:
        raise BadRequest(
            f"{measure.field} is not a number, so it has no {measure.kind}.",
            advice="Take a number field, or count.",
            part="measures",
        )
    of = column(measure.field or "")
    if measure.kind == "percentile":
        if not 0 <= (measure.q if measure.q is not None else -1) <= 1:
            raise BadRequest("A percentile is between 0 and 100.", part="measures")
        return call("quantile_cont", cast(of, "DOUBLE"), exp.Literal.number(repr(measure.q)))
    return call(measure.kind, cast(of, "DOUBLE") if measure.kind == "sum" else of)


def _with_areas(
    source: exp.Expr,
    joined: list[tuple[str, tuple[str, ...]]],
    conditions: list[exp.Expr],
) -> exp.Expr:
    """The picked rows, each with the area it lies in, or none."""
    picked = where_all(exp.select(exp.Star()).from_(source), conditions).subquery("picked")
    query = exp.select(exp.Column(this=exp.Star(), table=exp.to_identifier("picked"))).from_(picked)
    for name, path in joined:
        same = exp.EQ(this=column("_row", "picked"), expression=column("_row", name))
        query = query.select(exp.alias_(column("_area", name), name, quoted=True)).join(
            exp.alias_(table_of(path), name, table=True, quoted=True), on=same, join_type="left"
        )
    return query.subquery("placed")


def _aggregate_order(query: q.Query, names: list[str]) -> list[exp.Ordered]:
    known = [*names, *(m.name for m in query.measures)]
    for order in query.order:
        if order.by not in known:
            raise UnknownField(
                f"The answer has no column {order.by!r} to sort by.",
                advice=f"Its columns are {', '.join(known)}.",
                part="sortby",
            )
    asked = [ordered(column(o.by), o.descending) for o in query.order]
    taken = {o.by for o in query.order}
    return asked + [ordered(column(name)) for name in names if name not in taken]
