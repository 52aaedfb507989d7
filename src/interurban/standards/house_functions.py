"""Mappings speak in functions of the house; here each becomes a tree that DuckDB runs as it is.

A mapping runs over every row of a city, so each rewriting takes the cheapest road first (a
comparison, a cast) and keeps regular expressions for the rows that need them. What cannot be read
raises at run time; nothing here turns a broken value into a missing one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlglot import exp

from interurban.core.errors import MappingError

from . import house_geometry, house_times, house_values
from .house import Rewriting, Setting, is_instant, note_type
from .trees import call, case, equals, number, text

__all__ = ["apply", "nullif", "rewrite"]

LARGEST = 100_000
"""Nodes of a rewritten tree; calls inside calls multiply."""

_LIGHT = 40
"""Nodes of an argument that may be written down twice; a column as it is read has fewer."""

_INSTANT = "TIMESTAMP WITH TIME ZONE"

_REWRITINGS: dict[str, tuple[Rewriting, str | None]] = {
    "to_time": (house_times.to_time, _INSTANT),
    "to_date": (house_times.to_date, "DATE"),
    "month_start": (house_times.month_start, _INSTANT),
    "epoch_ms": (house_times.epoch_ms, _INSTANT),
    "epoch_s": (house_times.epoch_s, _INSTANT),
    "number": (house_values.number, "DOUBLE"),
    "whole": (house_values.whole, "BIGINT"),
    "flag": (house_values.flag, "BOOLEAN"),
    "clean": (house_values.clean, "VARCHAR"),
    "title_case": (house_values.title_case, "VARCHAR"),
    "code": (house_values.code, None),
    "angle": (house_geometry.angle, "DOUBLE"),
    "point": (house_geometry.point, "GEOMETRY"),
    "point_in": (house_geometry.point_in, "GEOMETRY"),
    "point_from_text": (house_geometry.point_from_text, "GEOMETRY"),
    "shape_in": (house_geometry.shape_in, "GEOMETRY"),
}
"""Each function of the house, and the DuckDB type it gives when that is always the same."""


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
    if isinstance(whole, exp.Anonymous) and whole.name.casefold() in _REWRITINGS:
        return apply(whole.name, whole.expressions, setting)
    if isinstance(whole, exp.Anonymous) and whole.name.casefold() == "nullif":
        return nullif(whole.expressions, setting)
    if isinstance(whole, exp.Case) and whole.this is not None:
        return _once([whole.this], setting, lambda subject: _searched(whole, subject[0]))
    if isinstance(whole, exp.Cast) and is_instant(setting.type_of(whole.this)):
        # Left to itself, DuckDB would write the instant in the zone of the connection.
        whole.set("this", call("timezone", text(setting.time_zone), whole.this))
    return whole


def apply(name: str, arguments: Sequence[exp.Expr], setting: Setting) -> exp.Expr:
    """The tree of one call of a house function; its arguments are rewritten already.

    Raises
    ------
    MappingError: the arguments are not what the function takes. It has no place yet.
    """
    rewriting, kind = _REWRITINGS[name.casefold()]
    try:
        tree = _once(arguments, setting, lambda known: rewriting(known, setting))
    except MappingError as error:
        raise MappingError(f"{name}: {error.what}", advice=error.advice) from error
    if sum(1 for _ in tree.walk()) > LARGEST:
        raise MappingError(
            f"{name}: the functions of this expression stand too deep inside each other.",
            advice="Take away the ones that repeat what another does.",
        )
    return note_type(tree, kind) if kind is not None else tree


def nullif(arguments: Sequence[exp.Expr], setting: Setting) -> exp.Expr:
    """``NULLIF(value, other)``, which DuckDB would write out as CASE with the value in it twice."""
    return _once(arguments, setting, lambda known: call("nullif", *known))


def _once(
    arguments: Sequence[exp.Expr],
    setting: Setting,
    make: Callable[[Sequence[exp.Expr]], exp.Expr],
) -> exp.Expr:
    """What ``make`` makes of the arguments, with every heavy one computed only once.

    SQL has no name for a value inside an expression. A list of one value has: the parameter of
    the lambda that is mapped over it. That costs about as much as one cast.
    """
    known: list[exp.Expr] = []
    heavy: list[tuple[exp.Identifier, exp.Expr]] = []
    for argument in arguments:
        if sum(1 for _ in argument.walk()) <= _LIGHT:
            known.append(argument)
            continue
        name = exp.to_identifier(f"__value_{len(heavy)}")
        known.append(note_type(name, setting.type_of(argument)))
        heavy.append((name, argument))
    tree = make(known)
    for name, argument in heavy:
        mapped = exp.Lambda(this=tree, expressions=[name.copy()])
        listed = call("list_transform", call("list_value", argument), mapped)
        tree = call("list_extract", listed, number(1))
    return tree


def _searched(simple: exp.Case, subject: exp.Expr) -> exp.Expr:
    """``CASE x WHEN a ...`` as ``CASE WHEN x = a ...``, which is what DuckDB makes of it."""
    branches = [
        (equals(subject, branch.this), branch.args["true"]) for branch in simple.args["ifs"]
    ]
    return case(branches, otherwise=simple.args.get("default"))
