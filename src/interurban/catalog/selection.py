"""A selection: a query on a node, built step by step and read as tables.

node["chicago.crimes"].filter("arrest = TRUE").near(-87.63, 41.88, 400).to_pandas()
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import shapely
from shapely.geometry.base import BaseGeometry

from interurban.core import query as q
from interurban.query.cql2 import read_filter

if TYPE_CHECKING:
    import geopandas
    import pandas

    from .node import Node

__all__ = ["Selection"]

_HOUSE = ("_key", "_row")


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows of one dataset under conditions; every step gives a new selection."""

    node: Node
    query: q.Query

    # Narrowing

    def filter(self, cql2: str) -> Selection:
        """Only rows that meet a CQL2 text condition, beside those already set."""
        zone = self._zone
        condition = read_filter(cql2, zone=zone)
        where = self.query.where
        both = condition if where is None else q.And((where, condition))
        return replace(self, query=replace(self.query, where=both))

    def search(self, *words: str) -> Selection:
        """Only rows whose search fields contain every word."""
        text = q.Text(words)
        where = self.query.where
        return replace(
            self,
            query=replace(self.query, where=text if where is None else q.And((where, text))),
        )

    def near(self, lon: float, lat: float, metres: float) -> Selection:
        """Only rows within a distance on the ground of a point (WGS84)."""
        return self._placed(q.Near(lon, lat, metres))

    def bbox(self, west: float, south: float, east: float, north: float) -> Selection:
        """Only rows in a rectangle of degrees (WGS84)."""
        return self._placed(q.BBox(west, south, east, north))

    def within(self, shape: BaseGeometry) -> Selection:
        """Only rows that touch a shape (WGS84)."""
        return self._placed(q.Within(shape))

    def in_area(self, boundary: str, area: str) -> Selection:
        """Only rows in one area of a boundary dataset: ``in_area("london.boroughs", "E09...")``."""
        return self._placed(q.InArea(boundary, area))

    def during(
        self, start: date | datetime | None = None, end: date | datetime | None = None
    ) -> Selection:
        """Only rows of a time, in the city's zone; dates are whole days, the last one included."""
        zone = self._zone

        def instant(value: date | datetime | None, days: int) -> datetime | None:
            if value is None or isinstance(value, datetime):
                return value.replace(tzinfo=value.tzinfo or zone) if value else None
            return datetime.combine(value + timedelta(days=days), time(), tzinfo=zone)

        span = q.TimeSpan(instant(start, 0), instant(end, 1))
        return replace(self, query=replace(self.query, times=(*self.query.times, span)))

    def select(self, *fields: str) -> Selection:
        """Only these fields, and the geometry."""
        return replace(self, query=replace(self.query, fields=fields))

    def sort(self, field: str, *, descending: bool = False) -> Selection:
        """Sorted by a field; missing values come last."""
        order = (*self.query.order, q.Order(field, descending))
        return replace(self, query=replace(self.query, order=order))

    def limit(self, rows: int) -> Selection:
        """At most so many rows."""
        return replace(self, query=replace(self.query, limit=rows))

    def as_of(self, when: int | datetime) -> Selection:
        """From the snapshot of that version, or the one in force at that instant."""
        return replace(self, query=replace(self.query, as_of=when))

    @property
    def _zone(self) -> ZoneInfo:
        return self.node.city(self.node.dataset(self.query.dataset).city).zone

    def _placed(self, place: q.Place) -> Selection:
        return replace(self, query=replace(self.query, places=(*self.query.places, place)))

    # Reading

    def count(self) -> int:
        """How many rows."""
        return self.node.count(self.query).count

    def aggregate(self, *measures: q.Measure, by: tuple[q.Group, ...] = ()) -> pa.Table:
        """Measures (the count by default) for each group."""
        asked = measures or (q.Measure("count"),)
        return self.node.aggregate(replace(self.query, measures=asked, groups=by))

    def to_arrow(self) -> pa.Table:
        """The rows; ``geometry`` is WKB (WGS84), and the schema names source and licence."""
        rows = self.node.rows(self.query, action="export")
        batches = list(rows.batches)
        dataset = self.node.dataset(self.query.dataset)
        about = {
            "dataset": dataset.id,
            "version": str(rows.snapshot.version),
            "attribution": dataset.attribution,
            "licence": dataset.licence,
            "synthetic": str(rows.snapshot.synthetic).lower(),
            "modelled": str(rows.snapshot.modelled).lower(),
        }
        if not batches:
            return pa.table({f.name: pa.array([]) for f in rows.fields}).replace_schema_metadata(
                about
            )
        found = pa.Table.from_batches(batches).drop_columns(list(_HOUSE))
        return found.replace_schema_metadata(about)

    def to_pandas(self) -> pandas.DataFrame:
        """The rows as a data frame; needs the extra ``interurban[pandas]``."""
        return self.to_arrow().to_pandas()

    def to_geopandas(self) -> geopandas.GeoDataFrame:
        """The rows as a geo data frame (EPSG:4326); needs the extra ``interurban[geo]``."""
        import geopandas

        frame: Any = self.to_pandas()
        shapes = shapely.from_wkb(frame.pop("geometry").to_numpy())
        return geopandas.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326")
