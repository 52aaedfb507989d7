"""A filter tree to CQL2 JSON and CQL2 Text, for links and for "copy as"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from interurban.core import query as q
from interurban.core.errors import InvalidFilter

from .cql2_reading import GEOMETRY

__all__ = ["shape_text", "to_json", "to_text"]

_GEOMETRY = {"property": GEOMETRY}


def to_json(node: q.Filter) -> dict[str, Any] | bool:
    """The filter as a CQL2 JSON document; ``read_filter`` gives the same tree again.

    Raises
    ------
    InvalidFilter: a missing value, or a time without a zone, stands in it.
    """
    if isinstance(node, q.And | q.Or):
        return _joined(node)
    if isinstance(node, q.Not):
        return _op("not", to_json(node.part))
    return _condition(node)


def to_text(node: q.Filter) -> str:
    """The filter as CQL2 Text; ``read_filter`` gives the same tree again.

    Raises
    ------
    InvalidFilter: a missing value, or a time without a zone, stands in it.
    """
    return _written(to_json(node))


def _joined(node: q.And | q.Or) -> dict[str, Any] | bool:
    if not node.parts:
        return isinstance(node, q.And)
    if len(node.parts) == 1:
        return to_json(node.parts[0])
    return _op("and" if isinstance(node, q.And) else "or", *map(to_json, node.parts))


def _condition(node: q.Filter) -> dict[str, Any]:
    match node:
        case q.Compare(op, left, right):
            return _op(op, _operand(left), _operand(right))
        case q.Between(operand, low, high):
            return _op("between", _operand(operand), _operand(low), _operand(high))
        case q.InList(operand, values):
            return _op("in", _operand(operand), [_operand(one) for one in values])
        case q.Like(operand, pattern):
            return _op("like", _operand(operand), _operand(pattern))
        case q.IsNull(operand):
            return _op("isNull", _operand(operand))
        case q.Text(words):
            return _op("search", *words)
        case q.Spatial(name, shape):
            return _op(name, _GEOMETRY, _geojson(shape))
        case q.Distance(shape, metres):
            return _op("s_dwithin", _GEOMETRY, _geojson(shape), metres)
        case q.During(start, end, field):
            interval = {"interval": [_instant(one) if one else ".." for one in (start, end)]}
            return _op("t_span", *([{"property": field}] if field else []), interval)
        case _:
            raise InvalidFilter(f"{type(node).__name__} is not a condition.", part="filter")


def shape_text(shape: BaseGeometry) -> str:
    """Well-known text of a shape with every digit of its coordinates."""
    return _wkt(_listed(mapping(shape)))


def _op(name: str, *args: Any) -> dict[str, Any]:
    return {"op": name, "args": list(args)}


def _geojson(shape: BaseGeometry) -> Any:
    if shape.geom_type == "Polygon" and shape == shapely.box(*shape.bounds):
        return {"bbox": list(shape.bounds)}
    return _listed(mapping(shape))


def _listed(node: Any) -> Any:
    """The same with lists for tuples, as JSON has it."""
    if isinstance(node, Mapping):
        return {key: _listed(value) for key, value in node.items()}
    return [_listed(one) for one in node] if isinstance(node, tuple | list) else node


def _operand(node: q.Operand) -> Any:
    match node:
        case q.Name(name):
            return {"property": name}
        case q.Call(function, operand):
            return _op(function, _operand(operand))
        case q.Arithmetic(op, left, right):
            return _op(op, _operand(left), _operand(right))
        case q.Literal(None):
            raise InvalidFilter(
                "A missing value can't be compared.", advice="Use IsNull.", part="filter"
            )
        case q.Literal(datetime() as moment):
            return {"timestamp": _instant(moment)}
        case q.Literal(date() as day):
            return {"date": day.isoformat()}
        case q.Literal(value):
            return value


def _instant(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise InvalidFilter(
            f"{moment.isoformat()} has no time zone.", advice="Give it one.", part="filter"
        )
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


# Text

_STRENGTH: Mapping[str, int] = MappingProxyType(
    {"or": 1, "and": 2, "not": 3, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6, "div": 6, "^": 7}
)
_COMPARISON = 4
_STRONGEST = 8


def _written(node: Any, least: int = 0) -> str:
    """The text of a JSON node; in parentheses when it binds weaker than ``least``."""
    text, strength = _text(node)
    return f"({text})" if strength < least else text


def _text(node: Any) -> tuple[str, int]:
    """The text of a node and how strongly it binds."""
    match node:
        case bool():
            return str(node).upper(), _STRONGEST
        case int() | float():
            # A sign binds weaker than a power in front of which it stands.
            return repr(node), _STRONGEST if node >= 0 else _STRENGTH["+"]
        case str():
            return _quoted(node, "'"), _STRONGEST
        case {"property": str(name)}:
            return _name(name), _STRONGEST
        case {"date": day}:
            return f"DATE('{day}')", _STRONGEST
        case {"timestamp": moment}:
            return f"TIMESTAMP('{moment}')", _STRONGEST
        case {"interval": [start, end]}:
            return f"INTERVAL('{start}', '{end}')", _STRONGEST
        case {"bbox": [*numbers]}:
            return f"BBOX({', '.join(map(repr, numbers))})", _STRONGEST
        case {"type": _}:
            return _wkt(node), _STRONGEST
        case {"op": str(op), "args": list(args)}:
            return _operation(op, args)
        case _:
            raise InvalidFilter(f"{node!r} can't be written as CQL2.", part="filter")


def _operation(op: str, args: list[Any]) -> tuple[str, int]:
    match op, args:
        case (("and" | "or"), _):
            strength = _STRENGTH[op]
            return f" {op.upper()} ".join(_written(a, strength + 1) for a in args), strength
        case "not", [{"op": "isNull", "args": [operand]}]:
            return f"{_value(operand)} IS NOT NULL", _COMPARISON
        case "not", [part]:
            return f"NOT {_written(part, _COMPARISON + 1)}", _STRENGTH["not"]
        case "between", [operand, low, high]:
            return f"{_value(operand)} BETWEEN {_value(low)} AND {_value(high)}", _COMPARISON
        case "in", [operand, values]:
            return f"{_value(operand)} IN ({', '.join(map(_value, values))})", _COMPARISON
        case "like", [operand, pattern]:
            return f"{_value(operand)} LIKE {_value(pattern)}", _COMPARISON
        case "isNull", [operand]:
            return f"{_value(operand)} IS NULL", _COMPARISON
        case (("=" | "<>" | "<" | ">" | "<=" | ">="), [left, right]):
            return f"{_value(left)} {op} {_value(right)}", _COMPARISON
        case _, [left, right] if op in _STRENGTH:
            strength = _STRENGTH[op]
            sign = op.upper()
            return f"{_written(left, strength)} {sign} {_written(right, strength + 1)}", strength
        case _:
            return f"{op.upper()}({', '.join(map(_written, args))})", _STRONGEST


def _value(node: Any) -> str:
    """An operand of a comparison."""
    return _written(node, _COMPARISON)


def _name(name: str) -> str:
    plain = name.isidentifier() and name.isascii() and name.lower() not in _RESERVED
    return name if plain else _quoted(name, '"')


def _quoted(text: str, quote: str) -> str:
    return quote + text.replace(quote, quote * 2) + quote


def _wkt(node: Mapping[str, Any]) -> str:
    """Well-known text with every digit; the parser knows no exponents there."""
    if node["type"] == "GeometryCollection":
        return f"GEOMETRYCOLLECTION({', '.join(_wkt(one) for one in node['geometries'])})"
    body = _positions(node["coordinates"])
    return f"{node['type'].upper()}{f'({body})' if node['type'] == 'Point' else body}"


def _positions(node: Any) -> str:
    if isinstance(node[0], int | float):
        return " ".join(np.format_float_positional(one, trim="-") for one in node)
    return f"({', '.join(_positions(one) for one in node)})"


_RESERVED = frozenset(
    "and or not like between in is null true false casei accenti div date timestamp interval "
    "bbox point linestring polygon multipoint multilinestring multipolygon "
    "geometrycollection".split()
)
