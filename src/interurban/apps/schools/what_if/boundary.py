"""A boundary that is moved, laid over home areas."""

from __future__ import annotations

import numpy as np
import shapely

from interurban.apps.schools.subjects import Floats

__all__ = ["outline_shares"]


def outline_shares(
    zone: shapely.Geometry, outlines: np.ndarray[tuple[int], np.dtype[np.object_]]
) -> Floats:
    """The share of each area that lies in a zone; both in the working CRS. Shape (n,)."""
    there = np.array([shape is not None for shape in outlines])
    shares = np.zeros(len(outlines))
    common = shapely.area(shapely.intersection(outlines[there], zone))
    shares[there] = common / np.maximum(shapely.area(outlines[there]), 1e-9)
    return np.clip(shares, 0.0, 1.0)
