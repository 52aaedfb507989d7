"""Stage 2: households by type, scaled so that they add up to those of stage 1."""

from __future__ import annotations

import numpy as np

from interurban.core.errors import BadRequest

from .categories import Array

__all__ = ["households_by_type"]


def households_by_type(households: Array, type_shares: Array) -> Array:
    """Households by type: the stage 1 total of an area and age, shared as the types are.

    ``H_t = H * share_t / sum_t share_t`` by area, age group of the representative, and year (DCLG
    household projections, stage 2).

    Parameters
    ----------
    households: stage 1, area x age group x year x draw (summed over sex and relationship).
    type_shares: shares of the types, or their unscaled numbers, area x age group x type x year;
        not negative.

    Returns
    -------
    Area x age group x type x year x draw, in households; the sum over types is ``households``.

    Raises
    ------
    BadRequest: a share is negative or missing, or there are households of an area and age for
        which all shares are 0.
    """
    if not (type_shares >= 0).all():
        raise BadRequest(
            "A share of a household type is negative or missing.",
            advice="Give a share of 0 or more for every area, age group, type and year.",
            part="household_type_shares",
        )
    whole = type_shares.sum(axis=2, keepdims=True)
    lost = (whole[:, :, 0, :, None] == 0) & (households > 0)
    if lost.any():
        raise BadRequest(
            f"No household type has a share in {int(lost.any(axis=-1).sum())} combinations of "
            "area, age group and year that have households.",
            advice="Give the shares of these, so that no household is left without a type.",
            part="household_type_shares",
        )
    share = np.divide(type_shares, whole, out=np.zeros_like(type_shares), where=whole != 0)
    by_type: Array = households[:, :, None] * share[..., None]
    return by_type
