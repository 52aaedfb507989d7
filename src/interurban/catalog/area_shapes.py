"""Areas of boundary datasets in a question: their shapes, and what can be grouped by them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pyarrow as pa
import shapely

from interurban.core.dataset import Snapshot
from interurban.core.errors import InvalidPlace
from interurban.core.query import Compare, InArea, Literal, Name, Place, Query, Within

__all__ = ["as_shapes", "check_grouping", "joined_shape", "question_for"]

_PARTS = 100
"""Rows that one area may stand in."""


def as_shapes(
    places: Iterable[Place], shape_of: Callable[[InArea], shapely.Geometry]
) -> tuple[Place, ...]:
    """Places of a question, with each area as the shape that its boundary dataset holds."""
    return tuple(
        Within(shape_of(place), place.label or place.area) if isinstance(place, InArea) else place
        for place in places
    )


def check_grouping(rows: Snapshot, areas: Snapshot) -> None:
    """See that rows can be grouped by areas.

    Raises
    ------
    InvalidPlace: one has no areas, or the other no places.
    """
    if areas.geometry not in ("polygon", "mixed"):
        raise InvalidPlace(f"{areas.dataset} has no areas to group by.", part="by")
    if rows.geometry == "none":
        raise InvalidPlace(f"{rows.dataset} has no places to group by area.", part="by")


def question_for(place: InArea, boundary: Snapshot) -> Query:
    """The question for the rows of one area.

    Raises
    ------
    InvalidPlace: the dataset has no ids.
    """
    key = boundary.roles.key
    if key is None:
        raise InvalidPlace(f"{place.boundary} has no ids to choose an area by.", part="in")
    field = boundary.field(key)
    whole = field is not None and field.type == "integer" and place.area.isdigit()
    wanted = Compare("=", Name(key), Literal(int(place.area) if whole else place.area))
    return Query(place.boundary, where=wanted, fields=(key,), limit=_PARTS)


def joined_shape(place: InArea, batches: Iterable[pa.RecordBatch]) -> shapely.Geometry:
    """The shape (WGS84) of all rows of an area.

    Raises
    ------
    InvalidPlace: there is none.
    """
    shapes = [
        shape
        for batch in batches
        for shape in shapely.from_wkb(batch.column("geometry").to_numpy(zero_copy_only=False))
    ]
    if not shapes:
        raise InvalidPlace(
            f"{place.boundary} has no area {place.area!r}.",
            advice=f"See its areas at /collections/{place.boundary}/items.",
            part="in",
        )
    return shapely.union_all(shapes) if len(shapes) > 1 else shapes[0]
