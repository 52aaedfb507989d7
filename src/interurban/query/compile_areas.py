"""Which area each row lies in, as one table to be kept; the same with and without a cover."""

from __future__ import annotations

from sqlglot import exp

from .compile import where_all
from .compile_filter import Table
from .sql import Parameters, Statement, call, cast, column, number
from .sql import table as table_of

__all__ = ["compile_area_shapes", "compile_areas"]


def compile_area_shapes(boundary: Table) -> Statement:
    """``area`` (id as text) and ``geometry`` (WKB, WGS84) of every area, in order of id."""
    key = _id_of(boundary, None)
    shape = column("geometry")
    select = exp.select(exp.alias_(key, "area"), exp.alias_(call("ST_AsWKB", shape), "geometry"))
    there: list[exp.Expr] = [
        exp.not_(exp.Is(this=part.copy(), expression=exp.Null()))
        for part in (key, column("geometry"))
    ]
    select = where_all(select.from_(boundary.relation), there)
    return Parameters().statement(select.order_by(number(1)))


def compile_areas(table: Table, boundary: Table, cover: str | None = None) -> Statement:
    """``_row`` and ``_area`` (text) of every row whose centre lies in an area.

    On a shared border, or where areas overlap, the first id in order is taken, so that no row is
    counted twice.

    Parameters
    ----------
    cover: for points, a relation of steps over ``_key``: ``first``, where one begins, ``edge``,
        whether only the geometry tells, and else its ``area`` or none.
    """
    if cover is None:
        points = exp.alias_(table.relation, "t", table=True)
        return Parameters().statement(_by_geometry(points, table, boundary).order_by(number(1)))
    known = exp.select(column("_row"), exp.alias_(column("area"), "_area", quoted=True)).from_(
        "placed"
    )
    edges = exp.select(column("_row"), column("geometry")).from_("placed").where(column("edge"))
    both = exp.union(
        known.where(exp.not_(column("edge"))),
        _by_geometry(edges.subquery("t"), table, boundary),
        distinct=False,
    )
    placed = _stepped(table, cover)
    return Parameters().statement(
        both.order_by(number(1)).with_("placed", as_=placed, materialized=True)
    )


def _stepped(table: Table, cover: str) -> exp.Select:
    """The rows in an area or on an edge, with the answer of their step."""
    edge, area = column("edge", "c"), column("area", "c")
    begun = exp.GTE(this=column("_key", "t"), expression=column("first", "c"))
    shape = exp.If(this=edge.copy(), true=column("geometry", "t"))
    inside = exp.not_(exp.Is(this=area.copy(), expression=exp.Null()))
    return (
        exp.select(column("_row", "t"), area, edge, exp.alias_(shape, "geometry"))
        .from_(exp.alias_(table.relation, "t", table=True))
        .join(exp.alias_(table_of((cover,)), "c", table=True), on=begun, join_type="ASOF")
        .where(exp.or_(edge.copy(), inside))
    )


def _by_geometry(points: exp.Expr, table: Table, boundary: Table) -> exp.Select:
    """The first area of each row of ``t`` that lies in any."""
    centre: exp.Expr = column("geometry", "t")
    if not table.points:
        centre = call("ST_PointOnSurface", centre)
    hit = call("ST_Intersects", column("geometry", "b"), centre)
    first = call("min", _id_of(boundary, "b"))
    return (
        exp.select(column("_row", "t"), exp.alias_(first, "_area", quoted=True))
        .from_(points)
        .join(exp.alias_(boundary.relation, "b", table=True), on=hit)
        .group_by(number(1))
    )


def _id_of(boundary: Table, name: str | None) -> exp.Expr:
    return cast(column(boundary.snapshot.roles.key or "_row", name), "VARCHAR")
