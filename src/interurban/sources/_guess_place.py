"""Where a table says where: coordinates, projected or not, the right way round or swapped.

A guess is tested against the city's region where one is known: of all readings of the numbers the
one that puts most rows into the city wins, and a label that disagrees is named in a warning.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from pyproj import Transformer

from ._crs import PROBABLE, probable_crs
from ._guess_values import quoted

__all__ = ["Box", "PlaceGuess", "guess_place", "guess_source_geometry"]

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

Numbers = npt.NDArray[np.float64]

_ENOUGH = 0.5
_BETTER = 0.3
_LEAST_ROWS = 1
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_LON = frozenset({"lon", "lng", "long", "longitude"})
_LAT = frozenset({"lat", "latitude"})
_X = frozenset({"x", "easting", "eastings", "east", "xcoord", "xcoordinate"})
_Y = frozenset({"y", "northing", "northings", "north", "ycoord", "ycoordinate"})
_PAIR = re.compile(r"[^()]*\(\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*\)", re.DOTALL)
_WKT = re.compile(
    r"\s*(?:SRID=\d+;)?\s*(MULTI)?(POINT|LINESTRING|POLYGON|GEOMETRYCOLLECTION)\s*[ZM]{0,2}\s*\(",
    re.IGNORECASE,
)
_OBJECT = re.compile(r'\s*\{.*"latitude"\s*:', re.DOTALL)
_TEXTS = 500


@dataclass(frozen=True, slots=True)
class PlaceGuess:
    """How a geometry is made.

    Parameters
    ----------
    sources: the columns it is made from; ``roles`` says what each of them is.
    """

    sources: tuple[str, ...]
    roles: tuple[str, ...]
    expression: str
    reason: str
    warning: str = ""


def guess_place(sample: pa.Table, region: Box | None) -> PlaceGuess | None:
    """Find the columns that say where each row is, and the expression that makes a geometry.

    Parameters
    ----------
    region: box of the city, when it is known.
    """
    texts = _text_places(sample, region)
    for x_names, y_names, degrees in ((_LON, _LAT, True), (_X, _Y, False)):
        if not degrees and texts is not None:
            break
        for x, y in _pairs(sample.column_names, x_names, y_names):
            found = _from_numbers(sample, x, y, region, named_degrees=degrees)
            if found is not None:
                return found
    return texts or (_unnamed(sample, region) if region is not None else None)


def guess_source_geometry(
    geometry: pa.ChunkedArray, crs: str, region: Box | None
) -> tuple[str, str]:
    """Check a source's own geometry column; give a reason, and a warning if it cannot be right."""
    shapes = shapely.from_wkb(geometry.to_numpy(), on_invalid="ignore")
    bounds = shapely.bounds(shapes)
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    said = f"the source's own geometry, in {crs or 'WGS84'}"
    if crs not in ("", "EPSG:4326") or not len(bounds):
        return said, ""
    x, y = (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2
    if not _in_degrees(x, y):
        likely = _projected(x, y, region)
        return said, (
            f"it is called WGS84 but holds numbers such as {x[0]:,.0f}, {y[0]:,.0f}"
            + (f", which look like {likely[1]}; load it with crs: {likely[0]}" if likely else "")
        )
    if region is not None and _share(y, x, region) > max(_share(x, y, region), _ENOUGH):
        return said, "latitude and longitude are swapped: the other way round it lies in the city"
    return said, ""


def _pairs(
    names: Sequence[str], x_names: frozenset[str], y_names: frozenset[str]
) -> list[tuple[str, str]]:
    """Columns named alike but for the axis: ``stop_lon`` with ``stop_lat``."""
    found: list[tuple[str, str]] = []
    for x in names:
        x_rest = _rest(x, x_names)
        if x_rest is None:
            continue
        found += [(x, y) for y in names if y != x and _rest(y, y_names) == x_rest]
    return found


def _rest(name: str, axis: frozenset[str]) -> tuple[str, ...] | None:
    words = [word.lower() for word in _WORDS.findall(name)]
    for at, word in enumerate(words):
        if word in axis:
            return tuple(w for i, w in enumerate(words) if i != at)
    joined = "".join(words)
    return () if joined in axis else None


def _numbers(sample: pa.Table, name: str) -> Numbers:
    column = sample.column(name).combine_chunks()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        text = pc.utf8_trim_whitespace(column)
        plain = pc.match_substring_regex(text, r"^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?$")
        text = pc.if_else(pc.fill_null(plain, fill_value=False), text, None)
        column = text.cast(pa.float64())
    elif pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        column = column.cast(pa.float64())
    else:
        return np.full(len(column), np.nan)
    return np.asarray(pc.fill_null(column, np.nan).to_numpy(zero_copy_only=False))


def _placed(x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
    """Rows that have both numbers; 0, 0 is how tables say that a place is not known."""
    real = np.isfinite(x) & np.isfinite(y) & ~((x == 0) & (y == 0))
    return x[real], y[real]


def _from_numbers(
    sample: pa.Table, x_name: str, y_name: str, region: Box | None, *, named_degrees: bool
) -> PlaceGuess | None:
    x, y = _placed(_numbers(sample, x_name), _numbers(sample, y_name))
    if len(x) < _LEAST_ROWS:
        return None
    a, b = quoted(x_name), quoted(y_name)
    if _in_degrees(x, y):
        if not named_degrees and (region is None or _share(x, y, region) < _ENOUGH):
            return None
        inside = _inside_words(x, y, region)
        if _looks_swapped(x, y, region):
            return PlaceGuess(
                (x_name, y_name),
                ("latitude", "longitude"),
                f"point({b}, {a})",
                f"degrees in {x_name} and {y_name}",
                f"latitude and longitude are swapped: {x_name} holds numbers such as {x[0]:g}, "
                f"which are latitudes here",
            )
        return PlaceGuess(
            (x_name, y_name),
            ("longitude", "latitude"),
            f"point({a}, {b})",
            f"degrees in {x_name} and {y_name}{inside}",
            _outside_words(x, y, region),
        )
    return _from_projected(x_name, y_name, x, y, region, named_degrees=named_degrees)


def _from_projected(
    x_name: str, y_name: str, x: Numbers, y: Numbers, region: Box | None, *, named_degrees: bool
) -> PlaceGuess | None:
    a, b = quoted(x_name), quoted(y_name)
    straight, turned = _projected(x, y, region), _projected(y, x, region)
    likely = straight or turned
    if likely is None:
        return None
    crs, words = likely
    swapped = straight is None
    warnings = []
    if named_degrees:
        warnings.append(f"named latitude and longitude, but the numbers are {words}")
    if swapped:
        warnings.append(f"east and north are swapped: {x_name} holds the northing")
        a, b = b, a
    return PlaceGuess(
        (x_name, y_name),
        ("northing", "easting") if swapped else ("easting", "northing"),
        f"point_in('{crs}', {a}, {b})",
        f"numbers such as {x[0]:,.0f}, {y[0]:,.0f} look like {words}",
        "; ".join(warnings),
    )


def _in_degrees(x: Numbers, y: Numbers) -> bool:
    return bool(np.mean((np.abs(x) <= 180) & (np.abs(y) <= 180)) > _ENOUGH)


def _share(x: Numbers, y: Numbers, region: Box) -> float:
    west, south, east, north = region
    return float(np.mean((x >= west) & (x <= east) & (y >= south) & (y <= north)))


def _looks_swapped(x: Numbers, y: Numbers, region: Box | None) -> bool:
    if np.mean(np.abs(y) > 90) > _ENOUGH:
        return True
    if region is None:
        return False
    return _share(y, x, region) > _share(x, y, region) + _BETTER


def _projected(x: Numbers, y: Numbers, region: Box | None) -> tuple[str, str] | None:
    """The projected CRS that puts most of the numbers into the city, or that they look like."""
    low, high = (2, 98) if len(x) > 20 else (0, 100)
    box = (
        float(np.percentile(x, low)),
        float(np.percentile(y, low)),
        float(np.percentile(x, high)),
        float(np.percentile(y, high)),
    )
    if region is None:
        likely = probable_crs(box)
        return (likely.name, likely.words) if likely else None
    best: tuple[float, str, str] = (_ENOUGH, "", "")
    for known in PROBABLE:
        to_degrees = Transformer.from_crs(known.name, "EPSG:4326", always_xy=True)
        lon, lat = to_degrees.transform(x, y)
        share = _share(np.asarray(lon), np.asarray(lat), region)
        if share > best[0]:
            best = (share, known.name, known.words)
    return (best[1], best[2]) if best[1] else None


def _inside_words(x: Numbers, y: Numbers, region: Box | None) -> str:
    if region is None:
        return ""
    return f", {_share(x, y, region):.0%} of them in the city"


def _outside_words(x: Numbers, y: Numbers, region: Box | None) -> str:
    if region is None or _share(x, y, region) >= _ENOUGH:
        return ""
    return f"most lie outside of the city, such as {x[0]:g}, {y[0]:g}"


def _text_places(sample: pa.Table, region: Box | None) -> PlaceGuess | None:
    for name in sample.column_names:
        column = sample.column(name)
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            continue
        texts = [text for text in column.slice(0, _TEXTS).to_pylist() if text and text.strip()]
        found = texts and (
            _from_pairs(name, texts, region)
            or _from_wkt(name, texts, region)
            or _from_objects(name, texts)
        )
        if found:
            return found
    return None


def _from_pairs(name: str, texts: Sequence[str], region: Box | None) -> PlaceGuess | None:
    pairs = [found for text in texts if (found := _PAIR.fullmatch(text))]
    if len(pairs) < _ENOUGH * len(texts):
        return None
    lat = np.array([float(found[1]) for found in pairs])
    lon = np.array([float(found[2]) for found in pairs])
    if not _in_degrees(lon, lat):
        return None
    if _looks_swapped(lon, lat, region):
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
        _outside_words(*_placed(lon, lat), region) if len(_placed(lon, lat)[0]) else "",
    )


def _from_wkt(name: str, texts: Sequence[str], region: Box | None) -> PlaceGuess | None:
    shaped = [text for text in texts if _WKT.match(text)]
    if len(shaped) < _ENOUGH * len(texts):
        return None
    shapes = shapely.from_wkt([text.partition(";")[2] or text for text in shaped], "ignore")
    shapes = shapes[~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)]
    if not len(shapes):
        return None
    centres = shapely.get_coordinates(shapely.centroid(shapes))
    x, y = centres[:, 0], centres[:, 1]
    said = f"well-known text such as {shaped[0].strip()[:32]}..."
    if _in_degrees(x, y):
        return PlaceGuess(
            (name,),
            ("place",),
            f"shape_in('EPSG:4326', {quoted(name)})",
            said,
            _outside_words(x, y, region),
        )
    likely = _projected(x, y, region)
    if likely is None:
        return None
    return PlaceGuess(
        (name,), ("place",), f"shape_in('{likely[0]}', {quoted(name)})", f"{said}, in {likely[1]}"
    )


def _from_objects(name: str, texts: Sequence[str]) -> PlaceGuess | None:
    if sum(1 for text in texts if _OBJECT.match(text)) < _ENOUGH * len(texts):
        return None
    lon, lat = (
        f"json_extract_string({quoted(name)}, '$.{axis}')" for axis in ("longitude", "latitude")
    )
    return PlaceGuess(
        (name,), ("place",), f"point({lon}, {lat})", "objects with latitude and longitude"
    )


def _unnamed(sample: pa.Table, region: Box) -> PlaceGuess | None:
    """Two number columns, whatever they are called, that put nearly every row into the city."""
    numbers = {name: _numbers(sample, name) for name in sample.column_names}
    degrees = {
        name: values
        for name, values in numbers.items()
        if np.mean(np.isfinite(values)) > _ENOUGH
        and np.nanmax(np.abs(values)) <= 180
        and np.nanmax(np.abs(values - np.round(values))) > 0
    }
    for x_name, x in degrees.items():
        for y_name, y in degrees.items():
            if x_name == y_name:
                continue
            a, b = _placed(x, y)
            if len(a) and _share(a, b, region) > 0.9:
                return PlaceGuess(
                    (x_name, y_name),
                    ("longitude", "latitude"),
                    f"point({quoted(x_name)}, {quoted(y_name)})",
                    f"{x_name} and {y_name} put {_share(a, b, region):.0%} of the rows into the "
                    "city, whatever their names",
                )
    return None
