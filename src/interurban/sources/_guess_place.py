"""Where a table says where: coordinates, projected or not, the right way round or swapped.

A guess is tested against the city's region where one is known: of all readings of the numbers the
one that puts most rows into the city wins, and a label that disagrees is named in a warning.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from ._coordinates import (
    ENOUGH,
    Box,
    Numbers,
    PlaceGuess,
    in_degrees,
    looks_swapped,
    outside_words,
    placed,
    projected,
    share,
)
from ._guess_place_text import guess_text_place
from ._guess_values import is_text, quoted

__all__ = ["Box", "PlaceGuess", "guess_place", "guess_source_geometry"]

_LEAST_ROWS = 1
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
# In English, Spanish, French, Italian, German and Dutch, pair by pair.
_LON = frozenset("lon lng long longitude longitud longitudine lange laenge lengtegraad".split())
_LAT = frozenset("lat latitude latitud latitudine breite breedtegraad".split())
_X = frozenset("x easting eastings east xcoord xcoordinate este rechtswert ostwert".split())
_Y = frozenset("y northing northings north ycoord ycoordinate norte hochwert nordwert".split())
_PLAIN_NUMBER = r"^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?$"
_COMMA_NUMBER = r"^[-+]?(\d+|\d{1,3}(\.\d{3})+)(,\d*)?$"
_ANGLE = re.compile(
    r"([NSEW]?)\s*([-+]?)\s*(\d{1,3}(?:[.,]\d+)?)\s*[°ºd:\s]?\s*"
    r"(?:(\d{1,2}(?:[.,]\d+)?)\s*['′’m:\s]?\s*(?:(\d{1,2}(?:[.,]\d+)?)\s*(?:[\"″”s]|'')?)?)?"
    r"\s*([NSEW]?)",
    re.IGNORECASE,
)


def guess_place(sample: pa.Table, region: Box | None, grid: str = "") -> PlaceGuess | None:
    """Find the columns that say where each row is, and the expression that makes a geometry.

    Parameters
    ----------
    region: box of the city, when it is known; grid: its working CRS.
    """
    texts = guess_text_place(sample, region, grid)
    for x_names, y_names, degrees in ((_LON, _LAT, True), (_X, _Y, False)):
        if not degrees and texts is not None:
            break
        for x, y in _pairs(sample.column_names, x_names, y_names):
            found = _from_numbers(sample, x, y, region, grid, named_degrees=degrees)
            if found is not None:
                return found
    return texts or (_unnamed(sample, region) if region is not None else None)


def guess_source_geometry(
    geometry: pa.ChunkedArray, crs: str, region: Box | None, grid: str = ""
) -> tuple[str, str]:
    """Check a source's own geometry column; give a reason, and a warning if it cannot be right."""
    shapes = shapely.from_wkb(geometry.to_numpy(), on_invalid="ignore")
    bounds = shapely.bounds(shapes)
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    said = f"the source's own geometry, in {crs or 'WGS84'}"
    if crs not in ("", "EPSG:4326") or not len(bounds):
        return said, ""
    x, y = (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2
    if not in_degrees(x, y):
        likely = projected(x, y, region, grid)
        return said, (
            f"it is called WGS84 but holds numbers such as {x[0]:,.0f}, {y[0]:,.0f}"
            + (f", which look like {likely[1]}; load it with crs: {likely[0]}" if likely else "")
        )
    if region is not None and share(y, x, region) > max(share(x, y, region), ENOUGH):
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
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = [word.lower() for word in _WORDS.findall(plain)]
    for at, word in enumerate(words):
        if word in axis:
            return tuple(w for i, w in enumerate(words) if i != at)
    joined = "".join(words)
    return () if joined in axis else None


@dataclass(frozen=True, slots=True)
class _Axis:
    """A column as numbers, NaN where it has none, and how an expression reads it.

    Parameters
    ----------
    source: the expression that ``point`` and ``point_in`` take.
    words: how it is written, when that is unusual.
    """

    values: Numbers
    source: str
    words: str = ""


def _axis(sample: pa.Table, name: str) -> _Axis:
    """A column that is named like a coordinate, however its numbers are written."""
    plain = _numbers(sample, name)
    column = sample.column(name)
    if np.isfinite(plain).any() or not is_text(column):
        return _Axis(plain, quoted(name))
    texts = pc.utf8_trim_whitespace(column.combine_chunks())
    commas = pc.match_substring_regex(texts, _COMMA_NUMBER)
    if pc.any(commas).as_py():
        bare = pc.replace_substring(pc.replace_substring(texts, ".", ""), ",", ".")
        values = _as_floats(pc.if_else(pc.fill_null(commas, fill_value=False), bare, None))
        return _Axis(values, f"number({quoted(name)}, ',')", ", the comma is the decimal mark")
    angles = np.array([_degrees(text) for text in texts.to_pylist()], dtype=np.float64)
    return _Axis(angles, f"angle({quoted(name)})", ", written as angles")


def _degrees(text: str | None) -> float:
    found = _ANGLE.fullmatch(text.strip()) if text else None
    if found is None:
        return float("nan")
    before, sign, *parts, after = found.groups()
    whole, minutes, seconds = (float((part or "0").replace(",", ".")) for part in parts)
    size = whole + minutes / 60 + seconds / 3600
    return -size if sign == "-" or {before.upper(), after.upper()} & {"S", "W"} else size


def _numbers(sample: pa.Table, name: str) -> Numbers:
    column = sample.column(name).combine_chunks()
    if is_text(column):
        text = pc.utf8_trim_whitespace(column)
        plain = pc.match_substring_regex(text, _PLAIN_NUMBER)
        return _as_floats(pc.if_else(pc.fill_null(plain, fill_value=False), text, None))
    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        return _as_floats(column)
    return np.full(len(column), np.nan)


def _as_floats(column: pa.Array) -> Numbers:
    floats = pc.fill_null(column.cast(pa.float64()), np.nan)
    return np.asarray(floats.to_numpy(zero_copy_only=False))


def _from_numbers(
    sample: pa.Table,
    x_name: str,
    y_name: str,
    region: Box | None,
    grid: str,
    *,
    named_degrees: bool,
) -> PlaceGuess | None:
    x_axis, y_axis = _axis(sample, x_name), _axis(sample, y_name)
    x, y = placed(x_axis.values, y_axis.values)
    if len(x) < _LEAST_ROWS:
        return None
    a, b, words = x_axis.source, y_axis.source, x_axis.words
    if in_degrees(x, y):
        if not named_degrees and (region is None or share(x, y, region) < ENOUGH):
            return None
        inside = _inside_words(x, y, region)
        if looks_swapped(x, y, region):
            return PlaceGuess(
                (x_name, y_name),
                ("latitude", "longitude"),
                f"point({b}, {a})",
                f"degrees in {x_name} and {y_name}{words}",
                f"latitude and longitude are swapped: {x_name} holds numbers such as {x[0]:g}, "
                f"which are latitudes here",
            )
        return PlaceGuess(
            (x_name, y_name),
            ("longitude", "latitude"),
            f"point({a}, {b})",
            f"degrees in {x_name} and {y_name}{words}{inside}",
            outside_words(x, y, region),
        )
    straight = projected(x, y, region, grid)
    turned = projected(y, x, region, grid) if straight is None else None
    likely = straight or turned
    if likely is None:
        return None
    crs, look = likely
    swapped = straight is None
    warnings = []
    if named_degrees:
        warnings.append(f"named latitude and longitude, but the numbers are {look}")
    if region is None and crs == "EPSG:3857":
        warnings.append("no city is known to lie here, and another grid has such numbers too")
    if swapped:
        warnings.append(f"east and north are swapped: {x_name} holds the northing")
        a, b = b, a
    return PlaceGuess(
        (x_name, y_name),
        ("northing", "easting") if swapped else ("easting", "northing"),
        f"point_in('{crs}', {a}, {b})",
        f"numbers such as {x[0]:,.0f}, {y[0]:,.0f} look like {look}{words}",
        "; ".join(warnings),
    )


def _inside_words(x: Numbers, y: Numbers, region: Box | None) -> str:
    if region is None:
        return ""
    return f", {share(x, y, region):.0%} of them in the city"


def _unnamed(sample: pa.Table, region: Box) -> PlaceGuess | None:
    """Two number columns, whatever they are called, that put nearly every row into the city."""
    numbers = {name: _numbers(sample, name) for name in sample.column_names}
    degrees = {
        name: values
        for name, values in numbers.items()
        if len(values)
        and np.mean(np.isfinite(values)) > ENOUGH
        and np.nanmax(np.abs(values)) <= 180
        and np.nanmax(np.abs(values - np.round(values))) > 0
    }
    for x_name, x in degrees.items():
        for y_name, y in degrees.items():
            if x_name == y_name:
                continue
            a, b = placed(x, y)
            if len(a) and share(a, b, region) > 0.9:
                return PlaceGuess(
                    (x_name, y_name),
                    ("longitude", "latitude"),
                    f"point({quoted(x_name)}, {quoted(y_name)})",
                    f"{x_name} and {y_name} put {share(a, b, region):.0%} of the rows into the "
                    "city, whatever their names",
                )
    return None
