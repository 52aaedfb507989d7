"""What the functions of the house know while they are rewritten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from interurban.core.errors import MappingError

__all__ = [
    "NO_TYPE",
    "Rewriting",
    "Setting",
    "constant_text",
    "expect",
    "is_geometry",
    "is_instant",
    "is_local_time",
    "is_number",
    "is_text",
    "note_type",
]


NO_TYPE = '"NULL"'
"""The type of a bare NULL."""

_KIND = "kind"
"""Key of a tree's type among its notes."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The surroundings of an expression.

    Parameters
    ----------
    time_zone: IANA name of the city's zone; naive times are read in it.
    bind: asks DuckDB for the type of a tree over the source's columns.
    """

    time_zone: str
    bind: Callable[[exp.Expr], str]

    def type_of(self, tree: exp.Expr) -> str:
        """The DuckDB type of a tree; asked of DuckDB only when nothing tells it."""
        if _KIND not in tree.meta:
            note_type(tree, _evident_type(tree) or self.bind(tree))
        return str(tree.meta[_KIND])


def _evident_type(tree: exp.Expr) -> str | None:
    if isinstance(tree, exp.Literal) and tree.is_string:
        return "VARCHAR"
    if isinstance(tree, exp.Null):
        return NO_TYPE
    if isinstance(tree, exp.Cast) and not isinstance(tree, exp.TryCast):
        return _CAST_RESULTS.get(tree.to.sql(dialect="duckdb"))
    return None


def note_type(tree: exp.Expr, type_name: str) -> exp.Expr:
    """The same tree, with its DuckDB type written down on it."""
    tree.meta[_KIND] = type_name
    return tree


_CAST_RESULTS = {
    "TEXT": "VARCHAR",
    "BIGINT": "BIGINT",
    "INT": "INTEGER",
    "DOUBLE": "DOUBLE",
    "BOOLEAN": "BOOLEAN",
    "DATE": "DATE",
    "TIMESTAMP": "TIMESTAMP",
}
"""What sqlglot calls the commonest types of a cast, and what DESCRIBE calls them."""

Rewriting = Callable[[Sequence[exp.Expr], Setting], exp.Expr]
"""From the arguments of a house function, themselves rewritten, to a DuckDB tree."""

_WHOLE_NUMBERS = frozenset(
    """TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT
    UHUGEINT""".split()
)


def expect(arguments: Sequence[exp.Expr], form: str, least: int, most: int | None = None) -> None:
    """Raise a ``MappingError`` showing ``form`` unless the number of arguments is right."""
    if len(arguments) < least or (most is not None and len(arguments) > most):
        raise MappingError(
            f"it has {len(arguments)} argument{'' if len(arguments) == 1 else 's'}.",
            advice=f"It is written {form}.",
        )


def constant_text(argument: exp.Expr, form: str) -> str:
    """The text of a constant argument; a ``MappingError`` showing ``form`` if it is none."""
    if not (isinstance(argument, exp.Literal) and argument.is_string):
        raise MappingError(
            "an argument that must be a text in single quotes is not one.",
            advice=f"It is written {form}.",
        )
    return argument.name


def is_text(type_name: str) -> bool:
    """Whether a DuckDB type is text, or that of a bare NULL."""
    return type_name in ("VARCHAR", NO_TYPE)


def is_number(type_name: str, *, whole: bool = False) -> bool:
    """Whether a DuckDB type is a number, or with ``whole`` an integer."""
    if type_name in _WHOLE_NUMBERS:
        return True
    return not whole and (type_name in ("FLOAT", "DOUBLE") or type_name.startswith("DECIMAL"))


def is_local_time(type_name: str) -> bool:
    """Whether a DuckDB type is a date or a time without a zone."""
    return type_name in ("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")


def is_instant(type_name: str) -> bool:
    """Whether a DuckDB type is an instant."""
    return type_name == "TIMESTAMP WITH TIME ZONE"


def is_geometry(type_name: str) -> bool:
    """Whether a DuckDB type is a geometry, with or without its CRS in the type."""
    return type_name.startswith("GEOMETRY")
