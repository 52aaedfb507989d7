"""The kernel contour: one smooth outline around where most pupils of a school live.

Pupils are spread around their home points by a Gaussian kernel, and the outline is the highest
level of that density at which one single contour holds a share of the pupils, 60 % unless said
otherwise (Singleton, Longley, Allen & O'Brien 2011, "Estimating secondary school catchment areas
and the spatial equity of access", Computers, Environment and Urban Systems 35).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import shapely
from contourpy import FillType, contour_generator
from numpy.typing import NDArray

from .subjects import Floats

__all__ = ["KernelContour", "bandwidths", "kernel_contour"]

_CELLS_A_BANDWIDTH = 3.0
_MOST_CELLS = 240
_FAR = 3.0
"""Bandwidths beyond the outermost point that the grid goes on: no contour is cut off by it."""

_ONE_WIDTH = float(np.exp(-0.5))
"""What a Gaussian kernel falls to at a distance of its width."""

_WIDENED = 1.5
_SLACK = 1e-9

_SMALLEST_M = 150.0
"""Areas are known by one point each: a kernel narrower than they are would draw each by itself."""


@dataclass(frozen=True, eq=False)
class KernelContour:
    """A contour in the working CRS.

    Parameters
    ----------
    shape: one polygon, holes filled. holes: how many there were.
    held: share of the weight inside it. bandwidth_m: of the kernel, east and north.
    """

    shape: shapely.Polygon
    holes: int
    held: float
    bandwidth_m: tuple[float, float]


def bandwidths(points: Floats, weights: Floats) -> tuple[float, float]:
    """Widths of a Gaussian kernel, east and north, in metres.

    Silverman (1986), section 4.3, for two dimensions: ``s * n ** (-1/6)``, with the smaller of
    the standard deviation and the interquartile range over 1.349 as ``s``, so that a few pupils
    from far away do not smooth all others out. ``n`` is the effective number of areas,
    ``sum(w) ** 2 / sum(w ** 2)`` (Kish 1965): pupils of one area are one place, not many.

    Parameters
    ----------
    points: (n, 2), metres. weights: (n,), pupils.
    """
    total = weights.sum()
    count = total**2 / (weights**2).sum()
    found = []
    for axis in points.T:
        mean = (axis * weights).sum() / total
        deviation = float(np.sqrt((weights * (axis - mean) ** 2).sum() / total))
        order = np.argsort(axis, kind="stable")
        reached = np.cumsum(weights[order]) / total
        low, high = axis[order][np.searchsorted(reached, (0.25, 0.75))]
        middle = float(high - low) / 1.349
        spread = min(deviation, middle) if middle > 0 else deviation
        found.append(max(_SMALLEST_M, spread * count ** (-1 / 6)))
    return found[0], found[1]


def kernel_contour(points: Floats, weights: Floats, share: float) -> KernelContour | None:
    """The smallest single contour of the density that holds a share of the weight.

    Parameters
    ----------
    points: (n, 2), metres in the working CRS. weights: (n,), pupils, none negative.
    share: 0 to 1.

    Returns
    -------
    ``None`` where there is no weight at all. The level lies between that of the last point that
    is needed and that of the next, at most about one bandwidth beyond the former. Where homes lie
    so far apart that no contour joins enough of them, the kernel is widened until one does.
    """
    heavy = weights > 0
    points, weights = points[heavy], weights[heavy]
    if not len(points):
        return None
    wide, high = bandwidths(points, weights)
    while True:
        found = _contour(points, weights, share, wide, high)
        if found.held >= share - _SLACK:
            return found
        wide, high = wide * _WIDENED, high * _WIDENED


def _contour(
    points: Floats, weights: Floats, share: float, wide: float, high: float
) -> KernelContour:
    """The smallest single contour that holds a share, or as much as one can hold."""
    x, y = _axis(points[:, 0], wide), _axis(points[:, 1], high)
    density = _density(points, weights, x, y, wide, high)
    at_points = _read(density, x, y, points)
    generator = contour_generator(x, y, density, fill_type=FillType.OuterOffset)
    top = float(density.max()) * 2
    levels = np.unique(np.append(at_points * (1 - 1e-9), density.max() * 1e-4))[::-1]

    def largest(level: float) -> tuple[float, shapely.Polygon | None, int]:
        """Most weight in one contour of a level."""
        best: tuple[float, shapely.Polygon | None, int] = (-1.0, None, 0)
        # Of each polygon its points, and where among them the outer ring and the holes begin.
        filled = cast("tuple[list[Floats], list[NDArray[np.uint32]]]", generator.filled(level, top))
        outlines, offsets = filled
        for outline, offset in zip(outlines, offsets, strict=True):
            ring = shapely.Polygon(outline[offset[0] : offset[1]])
            inside = shapely.intersects_xy(ring, points[:, 0], points[:, 1])
            weight = float(weights[inside].sum())
            if weight > best[0]:
                best = (weight, ring, len(offset) - 2)
        return best

    # A lower level only joins contours and lets them grow, so that bisection finds the highest.
    wanted = share * float(weights.sum()) * (1 - 1e-12)
    first, last = 0, len(levels) - 1
    while first < last:
        middle = (first + last) // 2
        if largest(float(levels[middle]))[0] >= wanted:
            last = middle
        else:
            first = middle + 1
    following = float(levels[min(first + 1, len(levels) - 1)])
    level = max(float(np.sqrt(levels[first] * following)), float(levels[first]) * _ONE_WIDTH)
    held, shape, holes = largest(level)
    if shape is None:
        return KernelContour(shapely.Polygon(), 0, 0.0, (wide, high))
    smooth = shapely.make_valid(shapely.simplify(shape, min(wide, high) / 40))
    if smooth.geom_type != "Polygon":
        smooth = shape
    return KernelContour(smooth, holes, held / float(weights.sum()), (wide, high))


def _axis(values: Floats, width: float) -> Floats:
    """Nodes of the grid along one axis."""
    low, high = float(values.min()) - _FAR * width, float(values.max()) + _FAR * width
    cells = int(np.clip(np.ceil((high - low) / (width / _CELLS_A_BANDWIDTH)), 8, _MOST_CELLS))
    return np.linspace(low, high, cells + 1)


def _density(
    points: Floats, weights: Floats, x: Floats, y: Floats, wide: float, high: float
) -> Floats:
    """The sum of the kernels at each node, not normalised; (len(y), len(x))."""
    east = np.exp(-0.5 * ((x[None, :] - points[:, 0, None]) / wide) ** 2)
    north = np.exp(-0.5 * ((y[None, :] - points[:, 1, None]) / high) ** 2)
    return np.asarray((north * weights[:, None]).T @ east, dtype=np.float64)


def _read(density: Floats, x: Floats, y: Floats, points: Floats) -> Floats:
    """The density at points, by bilinear interpolation between the nodes; (n,)."""
    column = np.clip(np.searchsorted(x, points[:, 0], side="right") - 1, 0, len(x) - 2)
    row = np.clip(np.searchsorted(y, points[:, 1], side="right") - 1, 0, len(y) - 2)
    u = (points[:, 0] - x[column]) / (x[column + 1] - x[column])
    v = (points[:, 1] - y[row]) / (y[row + 1] - y[row])
    return np.asarray(
        density[row, column] * (1 - u) * (1 - v)
        + density[row, column + 1] * u * (1 - v)
        + density[row + 1, column] * (1 - u) * v
        + density[row + 1, column + 1] * u * v,
        dtype=np.float64,
    )
