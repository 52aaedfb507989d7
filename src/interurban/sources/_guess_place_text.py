"""Places that stand in one column of text: pairs of coordinates, shapes, objects."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from ._coordinates import (
    ENOUGH,
    Box,
    PlaceGuess,
    in_degrees,
    looks_swapped,
    outside_words,
    placed,
    projected,
    share,
)
from ._guess_values import is_text, quoted

__all__ = ["guess_text_place"]

_SURE = 0.95
_PAIR = re.compile(r"[^()]*\(\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*\)", re.DOTALL)
_BARE_PAIR = re.compile(r"\s*\[?\s*(-?\d{1,3}\.\d+)\s*,\s*(-?\d{1,3}\.\d+)\s*\]?\s*")
_PLACE_NAME = re.compile(r"coord|geo|point|loc|lat|pos|place|gps|xy|centroid", re.IGNORECASE)
_HEX_WKB = re.compile(r"\s*0[01]0[0-7][0-9A-F]{38,}\s*", re.IGNORECASE)
_WKT = re.compile(
    r"\s*(?:SRID=\d+;)?\s*(MULTI)?(POINT|LINESTRING|POLYGON|GEOMETRYCOLLECTION)\s*[ZM]{0,2}\s*\(",
    re.IGNORECASE,
)
_GEOJSON = re.compile(r'\s*\{.*"type"\s*:\s*"(Multi)?(Point|LineString|Polygon)".*\}\s*', re.DOTALL)
_OBJECT = re.compile(r'\s*\{.*"(?P<axis>latitude|lat)"\s*:', re.DOTALL)
_LON_KEY = re.compile(r'"(longitude|lon|lng|long)"\s*:')
_TEXTS = 500


def guess_text_place(sample: pa.Table, region: Box | None, grid: str) -> PlaceGuess | None:
    """Find a column of text that says where each row is.

    Parameters
    ----------
    region: box of the city, when it is known; grid: its working CRS.
    """
    for name in sample.column_names:
        column = sample.column(name)
        if not is_text(column):
            continue
        texts = [text for text in column.slice(0, _TEXTS).to_pylist() if text and text.strip()]
        found = texts and (
            _from_pairs(name, texts, region)
            or _from_bare_pairs(name, texts, region)
            or _from_shapes(name, texts, region, grid)
            or _from_objects(name, texts)
        )
        if found:
            return found
    return None


def _from_pairs(name: str, texts: Sequence[str], region: Box | None) -> PlaceGuess | None:
    pairs = [found for text in texts if (found := _PAIR.fullmatch(text))]
    if len(pairs) < ENOUGH * len(texts):
        return None
    lat = np.array([float(found[1]) for found in pairs])
    lon = np.array([float(found[2]) for found in pairs])
    if not in_degrees(lon, lat):
        return None
    if looks_swapped(lon, lat, region):
        column = quoted(name)
        first = f"regexp_extract({column}, '\\(\\s*([-0-9.]+)', 1)"
        second = f"regexp_extract({column}, ',\\s*([-0-9.]+)\\s*\\)', 1)"
        return PlaceGuess(
            (name,),
            ("place",),
            f"point({first}, {second})",
            f"texts such as {pairs[0].group().strip()}",
            "longitude stands first, against the custom",
        )
    return PlaceGuess(
        (name,),
        ("place",),
        f"point_from_text({quoted(name)})",
        f"texts such as {pairs[0].group().strip()}, latitude first",
        outside_words(*placed(lon, lat), region) if len(placed(lon, lat)[0]) else "",
    )


def _from_bare_pairs(name: str, texts: Sequence[str], region: Box | None) -> PlaceGuess | None:
    """Two numbers with a comma between them, and nothing that says what they are."""
    pairs = [found for text in texts if (found := _BARE_PAIR.fullmatch(text))]
    if len(pairs) < _SURE * len(texts):
        return None
    first, second = (np.array([float(found[part]) for found in pairs]) for part in (1, 2))
    inside = region is not None and max(share(second, first, region), share(first, second, region))
    if not in_degrees(first, second) or not (inside or _PLACE_NAME.search(name)):
        return None
    listed = pairs[0].group().strip().startswith("[")
    if looks_swapped(second, first, region) or (listed and not inside):
        column = quoted(name)
        lon, lat = (
            f"regexp_extract({column}, '{pattern}', 1)"
            for pattern in ("([-0-9.]+)\\s*,", ",\\s*([-0-9.]+)")
        )
        said = f"texts such as {pairs[0].group().strip()}, longitude first"
        return PlaceGuess((name,), ("place",), f"point({lon}, {lat})", said)
    if listed:
        return None
    return PlaceGuess(
        (name,),
        ("place",),
        f"point_from_text({quoted(name)})",
        f"texts such as {pairs[0].group().strip()}, latitude first",
        outside_words(second, first, region),
    )


def _from_shapes(
    name: str, texts: Sequence[str], region: Box | None, grid: str
) -> PlaceGuess | None:
    """Shapes in well-known text, in GeoJSON, or as PostGIS prints its own."""
    for pattern, kind, read in (
        (_WKT, "well-known text", _read_wkt),
        (_GEOJSON, "GeoJSON", shapely.from_geojson),
        (_HEX_WKB, "WKB in hex", shapely.from_wkb),
    ):
        shaped = [text for text in texts if pattern.match(text)]
        if len(shaped) < ENOUGH * len(texts):
            continue
        shapes = read([text.strip() for text in shaped], on_invalid="ignore")
        shapes = shapes[~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)]
        if not len(shapes):
            continue
        centres = shapely.get_coordinates(shapely.centroid(shapes))
        x, y = centres[:, 0], centres[:, 1]
        said = f"{kind} such as {shaped[0].strip()[:32]}..."
        if in_degrees(x, y):
            sql, warning = f"shape_in('EPSG:4326', {quoted(name)})", outside_words(x, y, region)
            return PlaceGuess((name,), ("place",), sql, said, warning)
        likely = projected(x, y, region, grid)
        if likely is not None:
            sql = f"shape_in('{likely[0]}', {quoted(name)})"
            return PlaceGuess((name,), ("place",), sql, f"{said}, in {likely[1]}")
    return None


def _read_wkt(texts: Sequence[str], on_invalid: str) -> npt.NDArray[np.object_]:
    bare = [text.partition(";")[2] or text for text in texts]
    shapes: npt.NDArray[np.object_] = shapely.from_wkt(bare, on_invalid)
    return shapes


def _from_objects(name: str, texts: Sequence[str]) -> PlaceGuess | None:
    found = [match for text in texts if (match := _OBJECT.match(text))]
    if not found or len(found) < ENOUGH * len(texts):
        return None
    east = next((key for text in texts if (key := _LON_KEY.search(text))), None)
    if east is None:
        return None
    lon, lat = (
        f"json_extract_string({quoted(name)}, '$.{axis}')" for axis in (east[1], found[0]["axis"])
    )
    return PlaceGuess(
        (name,),
        ("place",),
        f"point({lon}, {lat})",
        f"objects with {found[0]['axis']} and {east[1]}",
    )
