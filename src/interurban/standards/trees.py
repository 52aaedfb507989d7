"""Short names for the DuckDB trees that mappings and checks are built of.

Every function gives a new tree and copies the trees it is given, so that one part may stand in
several places.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

__all__ = [
    "all_of",
    "any_of",
    "call",
    "case",
    "cast",
    "column",
    "equals",
    "glue",
    "greater",
    "greater_or_equal",
    "is_null",
    "less",
    "negate",
    "null",
    "number",
    "one_of",
    "raising",
    "text",
    "true",
    "try_cast",
]


def column(name: str) -> exp.Expr:
    """A column by its exact name."""
    return exp.column(name, quoted=True)


def text(value: str) -> exp.Expr:
    """A text constant."""
    return exp.Literal.string(value)


def number(value: float) -> exp.Expr:
    """A number constant."""
    return exp.Literal.number(value) if value >= 0 else exp.Neg(this=exp.Literal.number(-value))


def null() -> exp.Expr:
    """No value."""
    return exp.null()


def true() -> exp.Expr:
    """The constant TRUE."""
    return exp.true()


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A call of a DuckDB function, its name as given."""
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])


def cast(value: exp.Expr, type_name: str) -> exp.Expr:
    """``CAST(value AS type)``, which raises for what cannot be read."""
    return exp.Cast(this=value.copy(), to=exp.DataType.build(type_name, dialect="duckdb"))


def try_cast(value: exp.Expr, type_name: str) -> exp.Expr:
    """``TRY_CAST(value AS type)``: NULL for what cannot be read."""
    return exp.TryCast(this=value.copy(), to=exp.DataType.build(type_name, dialect="duckdb"))


def case(
    branches: Sequence[tuple[exp.Expr, exp.Expr]], otherwise: exp.Expr | None = None
) -> exp.Expr:
    """``CASE WHEN condition THEN value ... ELSE otherwise END``."""
    ifs = [exp.If(this=when.copy(), true=then.copy()) for when, then in branches]
    return exp.Case(ifs=ifs, default=otherwise.copy() if otherwise is not None else None)


def raising(message: str, value: exp.Expr, type_name: str) -> exp.Expr:
    """A value of that type which raises the message and the text of ``value``, unless it is NULL.

    DuckDB's ``error()`` counts as volatile and may not stand inside TRY; a cast that cannot
    succeed may.
    """
    message_text = glue(text(f"{message} "), cast(value, "VARCHAR"))
    return cast(cast(message_text, "BOOLEAN"), type_name)


def glue(*parts: exp.Expr) -> exp.Expr:
    """The parts one behind the other; NULL when one of them is."""
    whole = _operand(parts[0])
    for part in parts[1:]:
        whole = exp.DPipe(this=whole, expression=_operand(part))
    return whole


def equals(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """``left = right``."""
    return exp.EQ(this=_operand(left), expression=_operand(right))


def less(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """``left < right``."""
    return exp.LT(this=_operand(left), expression=_operand(right))


def greater(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """``left > right``."""
    return exp.GT(this=_operand(left), expression=_operand(right))


def greater_or_equal(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """``left >= right``."""
    return exp.GTE(this=_operand(left), expression=_operand(right))


def one_of(value: exp.Expr, choices: Sequence[exp.Expr]) -> exp.Expr:
    """``value IN (choices)``."""
    return exp.In(this=_operand(value), expressions=[choice.copy() for choice in choices])


def is_null(value: exp.Expr) -> exp.Expr:
    """``value IS NULL``."""
    return exp.Is(this=_operand(value), expression=exp.null())


def negate(condition: exp.Expr) -> exp.Expr:
    """``NOT condition``."""
    return exp.Not(this=_operand(condition))


def all_of(*conditions: exp.Expr) -> exp.Expr:
    """The conditions joined by AND."""
    whole = _operand(conditions[0])
    for condition in conditions[1:]:
        whole = exp.And(this=whole, expression=_operand(condition))
    return whole


def any_of(*conditions: exp.Expr) -> exp.Expr:
    """The conditions joined by OR."""
    whole = _operand(conditions[0])
    for condition in conditions[1:]:
        whole = exp.Or(this=whole, expression=_operand(condition))
    return whole


def _operand(value: exp.Expr) -> exp.Expr:
    # The generator writes trees as they stand: what binds looser than its parent needs brackets.
    loose = isinstance(value, exp.Binary | exp.Connector | exp.Not | exp.In | exp.Between | exp.Neg)
    return exp.Paren(this=value.copy()) if loose else value.copy()
