"""Full schools: what does not fit is passed on to others of the planning area."""

from __future__ import annotations

import numpy as np

from .history import Indices
from .trend import Floats

__all__ = ["place_pupils"]

_NOBODY = 1e-9


def place_pupils(
    pupils: Floats, places: Floats, area: Indices, areas: int
) -> tuple[Floats, Floats]:
    """Cap year groups at their places and pass the surplus on within the planning area.

    A school takes of the surplus in proportion to the pupils it has in the year group, up to its
    places; what fills it goes on to the next. Only schools with the year group take any.

    Parameters
    ----------
    pupils: school x year group.
    places: school x year group; infinite where there is no limit.
    area: by school, the place of its planning area among ``areas``.

    Returns
    -------
    Pupils placed, school x year group; and those for whom no school of the area has room, area x
    year group.

    Source: GLA School Roll Projections, step 6.
    """
    placed = np.minimum(pupils, places)
    surplus = _by_area(pupils - placed, area, areas)
    has = pupils > _NOBODY
    while True:
        weight = np.where(has & (placed < places), pupils, 0.0)
        total = _by_area(weight, area, areas)
        open_to = (surplus > _NOBODY) & (total > 0)
        if not open_to.any():
            return placed, surplus
        rate = np.divide(surplus, total, out=np.zeros_like(total), where=open_to)
        taken = np.minimum(weight * rate[area], places - placed)
        # A school that is full to the last pupil must not come round again by rounding.
        full = weight * rate[area] >= places - placed
        placed = np.where(full & (weight > 0), places, placed + taken)
        surplus = np.maximum(surplus - _by_area(taken, area, areas), 0.0)


def _by_area(values: Floats, area: Indices, areas: int) -> Floats:
    out = np.zeros((areas, values.shape[1]))
    np.add.at(out, area, values)
    return out
