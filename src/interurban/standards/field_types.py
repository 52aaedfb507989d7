"""The types of fields and the types of DuckDB, and the way from one to the other."""

from __future__ import annotations

from sqlglot import exp

from interurban.core.errors import MappingError

from .house import NO_TYPE, Setting, is_geometry, is_instant, is_local_time, is_number
from .house_functions import apply, nullif
from .trees import call, cast, text

__all__ = ["as_field_type", "duckdb_type", "field_type_of"]

_DUCKDB_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMPTZ",
    "geometry": "GEOMETRY",
}

_READERS = {
    "integer": "whole",
    "number": "number",
    "boolean": "flag",
    "date": "to_date",
    "datetime": "to_time",
}
"""The house function that reads whatever was mapped as the type of its field."""

_SETTLED = {**_DUCKDB_TYPES, "datetime": "TIMESTAMP WITH TIME ZONE"}
"""The same types as DuckDB describes them."""


def duckdb_type(field_type: str) -> str:
    """The DuckDB type in which a field of that type is stored."""
    return _DUCKDB_TYPES[field_type]


def field_type_of(type_name: str) -> str:
    """The field type that fits a DuckDB type; what has no likeness becomes a ``string``."""
    if type_name in ("DATE", "BOOLEAN"):
        return type_name.lower()
    if is_number(type_name, whole=True):
        return "integer"
    if is_number(type_name):
        return "number"
    if is_instant(type_name) or is_local_time(type_name):
        return "datetime"
    return "geometry" if is_geometry(type_name) else "string"


def as_field_type(
    value: exp.Expr, field_type: str, setting: Setting, *, settled: bool = False
) -> exp.Expr:
    """The value in the DuckDB type of a field; raises at run time where it cannot be read.

    Text becomes what the field is by the functions of the house (``whole``, ``number``, ``flag``,
    ``to_date`` and ``to_time`` without a format).

    Parameters
    ----------
    settled: the value is a column as it was read, so that a text is known not to be empty.

    Raises
    ------
    MappingError: a value of this type can never stand in such a field.
    """
    kind = setting.type_of(value)
    if kind == NO_TYPE:
        return cast(value, duckdb_type(field_type))
    if field_type == "string":
        return _as_string(value, kind, setting, settled=settled)
    if field_type == "geometry":
        return _as_geometry(value, kind)
    return value if kind == _SETTLED[field_type] else apply(_READERS[field_type], [value], setting)


def _as_string(value: exp.Expr, kind: str, setting: Setting, *, settled: bool) -> exp.Expr:
    if is_geometry(kind):
        raise MappingError("a geometry cannot stand in a field of text.")
    if is_instant(kind):
        return cast(call("timezone", text(setting.time_zone), value), "VARCHAR")
    if kind != "VARCHAR":
        return cast(value, "VARCHAR")
    return value if settled else nullif([value, text("")], setting)


def _as_geometry(value: exp.Expr, kind: str) -> exp.Expr:
    if not is_geometry(kind):
        raise MappingError(
            f"a geometry must stand here; this is {kind}.",
            advice="point(lon, lat), point_in(crs, x, y), point_from_text(text) and "
            "shape_in(crs, wkt) make one.",
        )
    return value
