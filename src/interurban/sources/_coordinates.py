"""Coordinates of a sample: whether they are degrees, are swapped, and lie in the city."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyproj import Transformer
from pyproj.exceptions import ProjError

from ._crs import PROBABLE, crs_words, local_grids, probable_crs

__all__ = [
    "ENOUGH",
    "Box",
    "Numbers",
    "PlaceGuess",
    "in_degrees",
    "looks_swapped",
    "outside_words",
    "placed",
    "projected",
    "share",
]

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

Numbers = npt.NDArray[np.float64]
"""One coordinate of each row, NaN where there is none."""

ENOUGH = 0.5
"""Share of the rows that a reading of them must fit."""

_BETTER = 0.3


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


def placed(x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
    """Rows that have both numbers; 0, 0 is how tables say that a place is not known."""
    real = np.isfinite(x) & np.isfinite(y) & ~((x == 0) & (y == 0))
    return x[real], y[real]


def in_degrees(x: Numbers, y: Numbers) -> bool:
    """Whether most of the numbers can be degrees."""
    return bool(np.mean((np.abs(x) <= 180) & (np.abs(y) <= 180)) > ENOUGH)


def share(x: Numbers, y: Numbers, region: Box) -> float:
    """Share of the places, in degrees, that lie in the region."""
    west, south, east, north = region
    return float(np.mean((x >= west) & (x <= east) & (y >= south) & (y <= north)))


def looks_swapped(x: Numbers, y: Numbers, region: Box | None) -> bool:
    """Whether ``x`` holds latitudes and ``y`` longitudes."""
    if np.mean(np.abs(y) > 90) > ENOUGH:
        return True
    if region is None:
        return False
    return share(y, x, region) > share(x, y, region) + _BETTER


def projected(x: Numbers, y: Numbers, region: Box | None, grid: str = "") -> tuple[str, str] | None:
    """The projected CRS that puts most of the numbers into the city, or that they look like.

    Parameters
    ----------
    grid: the city's working CRS; it, the usual ones, and then every one made for the place of
        the city are tried.

    Returns
    -------
    Its name and its words.
    """
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
    usual = [(known.name, known.words) for known in PROBABLE]
    for some in ([(grid, crs_words(grid))] if grid else [], usual, local_grids(region)):
        best: tuple[float, str, str] = (ENOUGH, "", "")
        for name, words in some:
            try:
                to_degrees = Transformer.from_crs(name, "EPSG:4326", always_xy=True)
            except ProjError:  # not every system that PROJ lists has a way to degrees
                continue
            lon, lat = to_degrees.transform(x, y)
            inside = share(np.asarray(lon), np.asarray(lat), region)
            if inside > best[0]:
                best = (inside, name, words)
        if best[1]:
            return best[1], best[2]
    return None


def outside_words(x: Numbers, y: Numbers, region: Box | None) -> str:
    """A warning when most places lie outside of the city."""
    if region is None or share(x, y, region) >= ENOUGH:
        return ""
    return f"most lie outside of the city, such as {x[0]:g}, {y[0]:g}"
