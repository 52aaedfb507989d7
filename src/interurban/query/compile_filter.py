"""A filter, a place and a time become conditions on one table.

Every reader of the data passes here, whatever the encoder, so that map, table, chart, count and
export always mean the same rows.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pyproj
import shapely
from shapely.geometry.base import BaseGeometry
from sqlglot import exp

from interurban.core import query as q
from interurban.core.errors import (
    BadRequest,
    InvalidFilter,
    InvalidPlace,
    InvalidTime,
)

from .compile_operand import Operands, Table
from .grid import Box, box_of_degrees
from .sql import Parameters, all_of, any_of, call, column

__all__ = ["Conditions", "Table"]

MAX_METRES = 100_000.0
"""The widest distance a reader may ask for."""

_COMPARE: dict[str, type[exp.Binary]] = {
    "=": exp.EQ,
    "<>": exp.NEQ,
    "<": exp.LT,
    ">": exp.GT,
    "<=": exp.LTE,
    ">=": exp.GTE,
}
_SPATIAL = {
    "s_intersects": "ST_Intersects",
    "s_equals": "ST_Equals",
    "s_touches": "ST_Touches",
    "s_within": "ST_Within",
    "s_overlaps": "ST_Overlaps",
    "s_crosses": "ST_Crosses",
    "s_contains": "ST_Contains",
}


@dataclass(frozen=True, slots=True)
class Conditions:
    """Turns the parts of a query into conditions on ``table``, binding into ``parameters``."""

    table: Table
    parameters: Parameters

    def of(self, query: q.Query) -> list[exp.Expr]:
        """Every condition of the query: filter, places and times."""
        found = [c for place in query.places for c in self._place(place)]
        for span in query.times:
            found += self._span(span.start, span.end, None)
        if query.where is not None:
            found.append(self.condition(query.where))
        return found

    @property
    def _operands(self) -> Operands:
        return Operands(self.table, self.parameters)

    # Filter tree

    def condition(self, node: q.Filter) -> exp.Expr:  # noqa: C901 - one arm for each kind of node
        """One node of the filter tree."""
        match node:
            case q.And(parts):
                return all_of(exp.paren(self.condition(p)) for p in parts) or exp.true()
            case q.Or(parts):
                return any_of(exp.paren(self.condition(p)) for p in parts)
            case q.Not(part):
                return exp.not_(exp.paren(self.condition(part)))
            case q.Compare(op, left, right):
                a, b = self._operands.alike(left, right)
                return _COMPARE[op](this=a, expression=b)
            case q.Between(operand, low, high):
                kind = self._operands.kind(operand)
                a, b = (
                    self._operands.typed(low, kind, operand),
                    self._operands.typed(high, kind, operand),
                )
                return exp.Between(this=self._operands.typed(operand, kind, operand), low=a, high=b)
            case q.InList(operand, values):
                kind = self._operands.kind(operand)
                return exp.In(
                    this=self._operands.typed(operand, kind, operand),
                    expressions=[self._operands.typed(v, kind, operand) for v in values],
                )
            case q.Like(operand, pattern):
                for side in (operand, pattern):
                    if self._operands.kind(side) not in ("string", None):
                        raise InvalidFilter("LIKE needs text on both sides.", part="filter")
                return exp.Escape(
                    this=exp.Like(
                        this=self._operands.operand(operand),
                        expression=self._operands.operand(pattern),
                    ),
                    expression=exp.Literal.string("\\"),
                )
            case q.IsNull(operand):
                return exp.Is(this=self._operands.operand(operand), expression=exp.Null())
            case q.Text(words):
                return all_of(self._text(word) for word in words) or exp.true()
            case q.Spatial(op, shape):
                return all_of(self._spatial(op, shape)) or exp.true()
            case q.Distance(shape, metres):
                return all_of(self._distance(shape, metres)) or exp.true()
            case q.During(start, end, field):
                return all_of(self._span(start, end, field)) or exp.true()

    def _text(self, word: str) -> exp.Expr:
        """The word stands in a search field, case and accents ignored."""
        fields = self.table.snapshot.roles.search or tuple(
            f.name for f in self.table.snapshot.fields if f.type == "string"
        )
        if not fields:
            raise BadRequest(
                f"{self.table.snapshot.dataset} has no text to search in.",
                advice="Leave the words out, or filter by a field.",
                part="q",
            )
        bound = self.parameters.bind(_folded(word), "VARCHAR")
        return exp.paren(
            any_of(
                call("contains", call("lower", call("strip_accents", column(name))), bound)
                for name in fields
            )
        )

    # Place

    def _place(self, place: q.Place) -> Iterator[exp.Expr]:
        match place:
            case q.BBox(west, south, east, north):
                yield from self._bbox(west, south, east, north)
            case q.Near(lon, lat, metres):
                yield from self._distance(shapely.Point(lon, lat), metres)
            case q.Within(shape):
                yield from self._spatial("s_intersects", shape)
            case q.InArea(boundary, area):
                raise InvalidPlace(f"The area {boundary}:{area} is not resolved.", part="in")

    def _needs_place(self) -> None:
        if not self.table.placed:
            raise InvalidPlace(
                f"{self.table.snapshot.dataset} has no places, so it can't be asked where.",
                advice="Leave the place out; the table and the charts show it.",
                part="place",
            )

    def _bbox(self, west: float, south: float, east: float, north: float) -> Iterator[exp.Expr]:
        """Points: exact in grid units (9 mm). Shapes: those that intersect the rectangle."""
        self._needs_place()
        yield from self.within_box(box_of_degrees(west, south, east, north))
        if not self.table.points:
            envelope = self.parameters.bind_shape(shapely.box(west, south, east, north).wkb)
            yield call("ST_Intersects", column("geometry"), envelope)

    def within_box(self, box: Box) -> Iterator[exp.Expr]:
        """Rows whose point, or whose bounding box, touches a box of grid units."""

        def bound(value: int) -> exp.Expr:
            return self.parameters.bind(value, "UINTEGER")

        if self.table.points:
            first, last = box.keys
            yield exp.GTE(this=column("_key"), expression=self.parameters.bind(first, "UBIGINT"))
            yield exp.LTE(this=column("_key"), expression=self.parameters.bind(last, "UBIGINT"))
            yield exp.Between(this=column("_mx"), low=bound(box.x0), high=bound(box.x1))
            yield exp.Between(this=column("_my"), low=bound(box.y0), high=bound(box.y1))
            return
        yield exp.LTE(this=column("_mx0"), expression=bound(box.x1))
        yield exp.GTE(this=column("_mx1"), expression=bound(box.x0))
        yield exp.LTE(this=column("_my0"), expression=bound(box.y1))
        yield exp.GTE(this=column("_my1"), expression=bound(box.y0))

    def _spatial(self, op: str, shape: BaseGeometry) -> Iterator[exp.Expr]:
        self._needs_place()
        if shape.is_empty or not shape.is_valid:
            raise InvalidPlace(
                "The shape is empty or crosses itself.",
                advice="Draw it so that its outline does not cross itself.",
                part="filter",
            )
        if op == "s_disjoint":
            hit = call("ST_Intersects", column("geometry"), self.parameters.bind_shape(shape.wkb))
            yield exp.not_(hit)
            return
        yield from self.within_box(box_of_degrees(*shape.bounds))
        yield call(_SPATIAL[op], column("geometry"), self.parameters.bind_shape(shape.wkb))

    def _distance(self, shape: BaseGeometry, metres: float) -> Iterator[exp.Expr]:
        """Point to point by the geodesic (Karney, 2013).

        Other shapes in the azimuthal equidistant projection (Snyder, 1987) around the asked shape:
        distances from its centre are true, and over a city the error stays below a millimetre a
        kilometre.
        """
        self._needs_place()
        if not (math.isfinite(metres) and 0 <= metres <= MAX_METRES):
            raise InvalidPlace(
                f"A distance of {metres:g} m can't be used.",
                advice=f"Give one between 0 and {MAX_METRES:,.0f} m.",
                part="near",
            )
        yield from self.within_box(box_of_degrees(*_widened(shape.bounds, metres)))
        limit = self.parameters.bind(float(metres), "DOUBLE")
        if self.table.points and isinstance(shape, shapely.Point):
            here = call(
                "ST_Point2D",
                self.parameters.bind(shape.y, "DOUBLE"),
                self.parameters.bind(shape.x, "DOUBLE"),
            )
            there = call(
                "ST_Point2D",
                call("ST_Y", column("geometry")),
                call("ST_X", column("geometry")),
            )
            distance = call("ST_Distance_Spheroid", there, here)
            yield exp.LTE(this=distance, expression=limit)
            return
        middle = shape.centroid
        crs = f"+proj=aeqd +lat_0={middle.y} +lon_0={middle.x} +datum=WGS84 +units=m +no_defs"
        project = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
        local = shapely.transform(shape, project.transform, interleaved=False)
        yield call(
            "ST_DWithin", _projected(column("geometry"), crs),
            self.parameters.bind_shape(local.wkb), limit,
        )  # fmt: skip

    # Time

    def time_field(self, field: str | None = None) -> str:
        """The named time field, or the dataset's own; an error where there is none."""
        name = field or self.table.snapshot.roles.time
        if name is None:
            raise InvalidTime(
                f"{self.table.snapshot.dataset} has no times, so it can't be asked when.",
                advice="Leave the time out.",
                part="datetime",
            )
        if self.table.type_of(name) not in ("date", "datetime"):
            raise InvalidTime(f"{name} is not a time.", part=name)
        return name

    def _span(
        self, start: datetime | None, end: datetime | None, field: str | None
    ) -> Iterator[exp.Expr]:
        """Half-open. A date counts as the instant it begins in the city."""
        name = self.time_field(field)
        dates = self.table.type_of(name) == "date"
        for moment, relation in ((start, exp.GTE), (end, exp.LT)):
            if moment is None:
                continue
            value: date = self._operands.aware(moment)
            if dates:
                local = self._operands.aware(moment).astimezone(self._operands.zone)
                value = local.date() + timedelta(days=local.time() > time())
            yield relation(
                this=column(name),
                expression=self.parameters.bind(value, "DATE" if dates else "TIMESTAMPTZ"),
            )


def _folded(word: str) -> str:
    """Lower case without accents, as DuckDB's strip_accents and lower give it."""
    decomposed = unicodedata.normalize("NFD", word)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).lower()


def _widened(
    bounds: tuple[float, float, float, float], metres: float
) -> tuple[float, float, float, float]:
    """Bounds in degrees grown by at least ``metres`` on every side."""
    west, south, east, north = bounds
    up = metres / 110_000
    widest = min(89.0, max(abs(south - up), abs(north + up)))
    across = metres / (110_000 * math.cos(math.radians(widest)))
    return west - across, south - up, east + across, north + up


def _projected(geometry: exp.Expr, crs: str) -> exp.Expr:
    """The geometry in another CRS, which the node itself wrote."""
    return call(
        "ST_Transform",
        geometry,
        exp.Literal.string("EPSG:4326"),
        exp.Literal.string(crs),
        exp.Kwarg(this=exp.var("always_xy"), expression=exp.true()),
    )
