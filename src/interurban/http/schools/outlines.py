"""The outlines of home areas as GeoJSON text, written once and then only put together."""

from __future__ import annotations

import pyarrow as pa
import shapely

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.subjects import Areas, Flows, Indices
from interurban.http.geometry_text import geojson_text

from .answers import dump

__all__ = ["feature_collection", "outline_texts", "outlines_of"]

_DIGITS = 5
"""Decimals of a degree: about a metre."""

_ROUGH_M = 10.0
"""About how far an outline on the map may be from the true one."""


def outline_texts(atlas: Atlas, areas: Areas, datasets: tuple[str, ...]) -> list[str]:
    """The outline of each area as a GeoJSON geometry; ``null`` of one without a shape.

    They are for a map: simplified, neighbours still side by side. Files have them whole.

    Parameters
    ----------
    datasets: what the areas were read from.
    """

    def make() -> list[str]:
        shapes, shaped = areas.shapes.copy(), areas.shaped
        if len(shaped):
            metres = shapely.transform(shapes[shaped], atlas.project)
            simple = shapely.coverage_simplify(metres, _ROUGH_M)
            shapes[shaped] = shapely.transform(simple, atlas.unproject)
        column = pa.array(shapely.to_wkb(shapes), pa.binary())
        texts: list[str] = geojson_text(column, _DIGITS).to_pylist()
        return texts

    return atlas.cached(f"outlines of {datasets}", datasets, make)


def outlines_of(atlas: Atlas, flows: Flows) -> list[str]:
    """The outlines of the home areas of a set of flows, in their order."""
    source = next((one for one in atlas.settings.flows if one.dataset == flows.dataset), None)
    if source is None:
        # Modelled flows are of no dataset; their areas are.
        shaped = tuple(dict.fromkeys(one for one in flows.areas.datasets if one))
        return outline_texts(atlas, flows.areas, (*shaped, flows.dataset))
    return outline_texts(atlas, flows.areas, (*source.areas, source.dataset))


def feature_collection(
    outlines: list[str], places: Indices, ids: list[str], properties: list[dict[str, object]]
) -> str:
    """Areas as a GeoJSON feature collection.

    Parameters
    ----------
    places: of the areas among the outlines.
    ids, properties: of each feature, in the order of ``places``.
    """
    features = [
        f'{{"type":"Feature","id":{dump(one)},"geometry":{outlines[at]},"properties":{dump(said)}}}'
        for at, one, said in zip(places.tolist(), ids, properties, strict=True)
    ]
    return f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}'
