"""Mappings speak in functions of the house; here each becomes a tree that DuckDB runs as it is.

A mapping runs over every row of a city, so each rewriting takes the cheapest road first (a
comparison, a cast) and keeps regular expressions for the rows that need them. What cannot be read
raises at run time; nothing here turns a broken value into a missing one.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from interurban.core.errors import MappingError

from . import house_geometry, house_times, house_values
from .house import Rewriting, Setting, is_instant
from .trees import call, text

__all__ = ["rewrite"]

LARGEST = 50_000
"""Nodes of a rewritten tree; calls inside calls multiply."""

_REWRITINGS: dict[str, Rewriting] = {
    "to_time": house_times.to_time,
    "to_date": house_times.to_date,
    "month_start": house_times.month_start,
    "epoch_ms": house_times.epoch_ms,
    "epoch_s": house_times.epoch_s,
    "number": house_values.number,
    "whole": house_values.whole,
    "flag": house_values.flag,
    "clean": house_values.clean,
    "title_case": house_values.title_case,
    "code": house_values.code,
    "point": house_geometry.point,
    "point_in": house_geometry.point_in,
    "point_from_text": house_geometry.point_from_text,
    "shape_in": house_geometry.shape_in,
}


def rewrite(tree: exp.Expr, columns: Mapping[str, exp.Expr], setting: Setting) -> exp.Expr:
    """The tree with every house function and every source column replaced, from the leaves up.

    Parameters
    ----------
    columns: for each source column the tree that reads it (its text without blanks around it,
        its geometry in WGS84).

    Raises
    ------
    MappingError: a function's arguments are not what it takes. It has no place yet.
    """
    if isinstance(tree, exp.Column):
        return columns[tree.name].copy()
    whole = tree.copy()
    for key, value in whole.args.items():
        if isinstance(value, exp.Expr):
            whole.set(key, rewrite(value, columns, setting))
        elif isinstance(value, list):
            parts = [
                rewrite(part, columns, setting) if isinstance(part, exp.Expr) else part
                for part in value
            ]
            whole.set(key, parts)
    if isinstance(whole, exp.Cast) and is_instant(setting.type_of(whole.this)):
        # Left to itself, DuckDB would write the instant in the zone of the connection.
        whole.set("this", call("timezone", text(setting.time_zone), whole.this))
    elif isinstance(whole, exp.Anonymous):
        rewriting = _REWRITINGS.get(whole.name.casefold())
        if rewriting is not None:
            whole = _rewritten(whole, rewriting, setting)
    return whole


def _rewritten(house: exp.Anonymous, rewriting: Rewriting, setting: Setting) -> exp.Expr:
    try:
        tree = rewriting(house.expressions, setting)
    except MappingError as error:
        raise MappingError(f"{house.name}: {error.what}", advice=error.advice) from error
    if sum(1 for _ in tree.walk()) > LARGEST:
        raise MappingError(
            f"{house.name}: the functions of this expression stand too deep inside each other.",
            advice="Take away the ones that repeat what another does.",
        )
    return tree
