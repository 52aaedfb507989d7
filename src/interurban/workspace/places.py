"""Where the areas of a table lie: a point in each, from a boundary dataset of the city."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import shapely

from interurban.catalog.node import Node
from interurban.core.errors import InterurbanError
from interurban.core.query import Query

__all__ = ["Places", "find_places"]


@dataclass(frozen=True, slots=True)
class Places:
    """Areas by id, of one version of a boundary dataset.

    Parameters
    ----------
    points: area id to a point (WKB, WGS84) that lies in the area.
    names: area id to what it is called.
    """

    dataset: str
    version: int
    points: Mapping[str, bytes]
    names: Mapping[str, str]


def find_places(node: Node, city: str, areas: Iterable[str]) -> Places | None:
    """The boundary dataset of a city that most of the areas are of; ``None`` when none is.

    Newer boundaries go before older ones that hold as many.
    """
    wanted = set(areas)
    loaded = node.snapshots()
    best: Places | None = None
    sets = sorted(
        node.city(city).boundaries,
        key=lambda s: (s.valid_from is None, s.valid_from.toordinal() if s.valid_from else 0),
        reverse=True,
    )
    for boundary in sets:
        if boundary.dataset not in loaded:
            continue
        try:
            found = _read(node, boundary.dataset, wanted)
        except InterurbanError:
            # A boundary that can't be read now leaves the rows without a place, not the run.
            continue
        if found is not None and (best is None or len(found.points) > len(best.points)):
            best = found
    return best


def _read(node: Node, dataset: str, wanted: set[str]) -> Places | None:
    snapshot = node.snapshot(dataset)
    key, label = snapshot.roles.key, snapshot.roles.label
    if key is None or snapshot.geometry not in ("polygon", "mixed"):
        return None
    fields = tuple(dict.fromkeys(name for name in (key, label) if name is not None))
    shapes: dict[str, list[shapely.Geometry]] = {}
    names: dict[str, str] = {}
    query = Query(dataset, fields=fields, as_of=snapshot.version)
    for batch in node.rows(query, action="derive").batches:
        parts = shapely.from_wkb(batch.column("geometry").to_numpy(zero_copy_only=False))
        labels = batch.column(label or key).to_pylist()
        for area, name, shape in zip(batch.column(key).to_pylist(), labels, parts, strict=True):
            if str(area) in wanted and shape is not None:
                shapes.setdefault(str(area), []).append(shape)
                names[str(area)] = str(name)
    if not shapes:
        return None
    points = {
        area: shapely.to_wkb(shapely.point_on_surface(shapely.union_all(parts)))
        for area, parts in shapes.items()
    }
    return Places(dataset, snapshot.version, points, names)
