"""The parts of a question between nodes: limits, constants, times and shapes, each of one form.

A form writes a value as JSON and reads it back; it takes nothing else than its own kind.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from interurban.core import query as q
from interurban.core.errors import BadRequest

from .cql2_reading import MAX_NODES, MAX_VERTICES
from .cql2_scan import MAX_DEPTH

__all__ = [
    "FLAG",
    "FLOAT",
    "INSTANT",
    "NATURAL",
    "SHAPE",
    "TEXT",
    "VALUE",
    "WHEN",
    "Form",
    "Reading",
    "many",
    "one_word",
    "or_none",
    "short",
    "wrong",
]

MAX_TEXT = 10_000
"""Characters of one text."""

_MOST_PARTS = 3 * MAX_NODES
_DEEPEST = MAX_DEPTH + 4
"""Both a little above what filters in text may have, as a query has other parts too."""

_LARGEST = 2**64 - 1
_SINGLE = {"Point": 0, "LineString": 1, "Polygon": 2}
_MULTI = {"MultiPoint": 1, "MultiLineString": 2, "MultiPolygon": 3}
_COLLECTION = "GeometryCollection"


def wrong(what: str, part: str | None = None) -> BadRequest:
    """The error of a question that is none."""
    return BadRequest(
        f"The question can't be read as another node's: {what}.",
        advice="See docs/alliance.md for how questions are written.",
        part=part,
    )


class Reading:
    """How much of the limits one question has used."""

    def __init__(self) -> None:
        self.depth = 0
        self.nodes = 0
        self.vertices = 0

    def enter(self) -> None:
        """A part begins."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise wrong(f"its parts stand more than {_DEEPEST} deep in each other")
        self.more(1)

    def more(self, number: int) -> None:
        """So many parts."""
        self.nodes += number
        if self.nodes > _MOST_PARTS:
            raise wrong(f"it has more than {_MOST_PARTS:,} parts")

    def leave(self) -> None:
        """It ends."""
        self.depth -= 1

    def corners(self, number: int) -> None:
        """A shape with so many corners."""
        self.vertices += number
        if self.vertices > MAX_VERTICES:
            raise wrong(f"its shapes have more than {MAX_VERTICES:,} corners")


@dataclass(frozen=True, slots=True)
class Form:
    """How a value of one kind is written and read; both raise BadRequest on any other."""

    write: Callable[[Any], Any]
    read: Callable[[Reading, Any], Any]


# Plain values


def _plain(is_one: Callable[[Any], bool], words: str) -> Form:
    def checked(value: Any) -> Any:
        if not is_one(value):
            raise wrong(f"{short(value)} stands where {words} must")
        return value

    return Form(checked, lambda _, value: checked(value))


def short(value: Any) -> str:
    """The beginning of a value, as a message may repeat it."""
    text = repr(value)
    return ascii(text[:60])[1:-1] + ("..." if len(text) > 60 else "")


def _is_text(value: Any) -> bool:
    if type(value) is not str or len(value) > MAX_TEXT or "\0" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:  # half a character, which no signature can be made under
        return False
    return True


def _is_whole(value: Any) -> bool:
    return type(value) is int and -_LARGEST <= value <= _LARGEST


def _is_number(value: Any) -> bool:
    return _is_whole(value) or (type(value) is float and math.isfinite(value))


def one_word(*words: str) -> Form:
    """One of some words."""
    return _plain(lambda value: type(value) is str and value in words, f"one of {', '.join(words)}")


def or_none(form: Form) -> Form:
    """A form, or nothing."""
    return Form(
        lambda value: None if value is None else form.write(value),
        lambda reading, value: None if value is None else form.read(reading, value),
    )


def many(form: Form) -> Form:
    """Any number of one form."""

    def read(reading: Reading, value: Any) -> tuple[Any, ...]:
        if type(value) is not list:
            raise wrong(f"{short(value)} stands where a list must")
        reading.more(len(value))
        return tuple(form.read(reading, each) for each in value)

    return Form(lambda values: [form.write(each) for each in values], read)


TEXT = _plain(_is_text, f"a text of at most {MAX_TEXT:,} characters, none of them NUL,")
FLAG = _plain(lambda value: type(value) is bool, "true or false")
FLOAT = _plain(_is_number, "a number")
NATURAL = _plain(lambda value: _is_whole(value) and value >= 0, "a whole number from 0")


# Times and constants


def _write_instant(moment: Any) -> dict[str, str]:
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise wrong(f"{short(moment)} is no time with a zone")
    try:
        return {"instant": moment.astimezone(UTC).isoformat()}
    except OverflowError as error:
        raise wrong(f"{short(moment)} is too far away") from error


def _read_time(value: Any, member: str) -> str:
    if type(value) is dict and set(value) == {member} and type(value[member]) is str:
        return str(value[member])
    raise wrong(f"{short(value)} stands where a time must")


def _read_instant(_: Reading, value: Any) -> datetime:
    text = _read_time(value, "instant")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise wrong(f"{short(text)} is no time with a zone")
    return moment


def _write_value(value: q.Value) -> Any:
    match value:
        case datetime():
            return _write_instant(value)
        case date():
            return {"date": value.isoformat()}
        case str():
            return TEXT.write(value)
        case None | bool():
            return value
        case _:
            return FLOAT.write(value)


def _read_value(reading: Reading, value: Any) -> q.Value:
    if type(value) is dict and "date" in value:
        text = _read_time(value, "date")
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise wrong(f"{short(text)} is no day") from error
    if type(value) is dict:
        return _read_instant(reading, value)
    if value is None or type(value) is bool or _is_text(value) or _is_number(value):
        constant: q.Value = value
        return constant
    raise wrong(f"{short(value)} stands where a constant must")


INSTANT = Form(_write_instant, _read_instant)
VALUE = Form(_write_value, _read_value)
WHEN = Form(
    lambda value: _write_instant(value) if isinstance(value, datetime) else NATURAL.write(value),
    lambda reading, value: (
        _read_instant(reading, value) if isinstance(value, dict) else NATURAL.read(reading, value)
    ),
)


# Shapes


def _write_shape(shape: BaseGeometry) -> dict[str, Any]:
    corners = int(shapely.get_num_coordinates(shape))
    if corners > MAX_VERTICES:
        raise wrong(f"a shape has {corners:,} corners, and {MAX_VERTICES:,} can be sent")
    kind = shape.geom_type
    if kind == _COLLECTION:
        parts = [_write_shape(part) for part in shapely.get_parts(shape)]
        return {"type": kind, "geometries": parts}
    return {"type": kind, "coordinates": _coordinates(shape)}


def _coordinates(shape: BaseGeometry) -> Any:
    kind = shape.geom_type
    if kind in _MULTI:
        return [_coordinates(part) for part in shapely.get_parts(shape)]
    if kind == "Polygon":
        if shape.is_empty:
            return []
        rings = [shapely.get_exterior_ring(shape)]
        rings += [
            shapely.get_interior_ring(shape, i)
            for i in range(shapely.get_num_interior_rings(shape))
        ]
        return [shapely.get_coordinates(ring).tolist() for ring in rings]
    if kind not in _SINGLE:
        raise wrong(f"a {kind} can't be sent")
    found: list[list[float]] = shapely.get_coordinates(shape).tolist()
    return (found[0] if found else []) if kind == "Point" else found


def _read_shape(reading: Reading, value: Any) -> BaseGeometry:
    reading.enter()
    kind = value.get("type") if type(value) is dict else None
    if type(kind) is not str:
        raise wrong(f"{short(value)} stands where a shape must")
    try:
        if kind == _COLLECTION and set(value) == {"type", "geometries"}:
            parts = value["geometries"]
            if type(parts) is not list:
                raise wrong("a collection of shapes is no list")
            found = shapely.GeometryCollection([_read_shape(reading, each) for each in parts])
        elif kind in _SINGLE | _MULTI and set(value) == {"type", "coordinates"}:
            found = _shaped(reading, kind, value["coordinates"])
        else:
            raise wrong(f"{short(kind)} is no shape, or has other members")
    except (ValueError, TypeError, shapely.errors.ShapelyError) as error:
        raise wrong(f"a {short(kind)} has coordinates that can't be") from error
    reading.leave()
    return found


def _shaped(reading: Reading, kind: str, given: Any) -> BaseGeometry:
    match kind:
        case "Point":
            return shapely.Point(*_corners(reading, [given])) if given else shapely.Point()
        case "LineString":
            return shapely.LineString(_corners(reading, given))
        case "Polygon":
            rings = [_corners(reading, ring) for ring in _listed(given)]
            return shapely.Polygon(rings[0], rings[1:]) if rings else shapely.Polygon()
        case "MultiPoint":
            return shapely.MultiPoint([_shaped(reading, "Point", one) for one in _listed(given)])
        case "MultiLineString":
            lines = [_shaped(reading, "LineString", one) for one in _listed(given)]
            return shapely.MultiLineString(lines)
        case _:
            polygons = [_shaped(reading, "Polygon", one) for one in _listed(given)]
            return shapely.MultiPolygon(polygons)


def _listed(value: Any) -> list[Any]:
    if type(value) is not list:
        raise wrong("a shape's coordinates are no list")
    return value


def _corners(reading: Reading, value: Any) -> list[tuple[float, float]]:
    found = []
    reading.corners(len(_listed(value)))
    for corner in value:
        if type(corner) is not list or len(corner) != 2 or not all(map(_is_number, corner)):
            raise wrong(f"{short(corner)} is no corner of a shape")
        found.append((float(corner[0]), float(corner[1])))
    return found


SHAPE = Form(_write_shape, _read_shape)
