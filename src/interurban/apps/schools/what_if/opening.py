"""What a school draws that does not exist yet."""

from __future__ import annotations

import numpy as np

from interurban.apps.schools.interaction.pairs import Matrix, kilometres
from interurban.apps.schools.subjects import Floats, Indices

from .before import Before
from .changes import Open
from .solved import Place

__all__ = ["draw_of"]

_NEAREST = 10
_STEEPEST = 40.0


def draw_of(
    before: Before, change: Open, place: Place, like: int | None, rows: Indices
) -> tuple[Matrix, Floats]:
    """Kilometres to a new school, (r, 1), and what it draws in each area, (r,).

    Parameters
    ----------
    like: the column of the school that it is to be like; ``None``: a plain one.
    rows: the areas asked about.
    """
    assert place.metres is not None, "a point has a place"
    drawing = before.drawing
    km = kilometres(before.areas.metres[before.area[rows]], place.metres[None, :])
    distance = km[:, 0].astype(np.float64)
    if like is not None:
        decay = float(drawing.decay[like])
        weight = float(drawing.columns[like]) / max(float(before.rolls[like]), 1.0)
    else:
        decay = float(drawing.kind_decay[drawing.plain])
        weight = _usual_weight(before, decay, place.metres)
    spacing = drawing.spacing[rows]
    eta = -decay * distance + drawing.terms.get("sparse_km", 0.0) * spacing * distance
    if place.district:
        same = (drawing.districts[rows] == place.district).astype(np.float64)
        eta += drawing.terms.get("district", 0.0) * same
        eta += drawing.terms.get("district_km", 0.0) * same * distance
    # Flows of a few areas can fit a decay that rises with distance: it stays a number.
    drawn = np.exp(np.minimum(eta, _STEEPEST))
    return km, np.asarray(drawing.rows[rows] * drawn * weight * change.places)


def _usual_weight(before: Before, decay: float, metres: Floats) -> float:
    """B for each place of a plain school: that of the ten nearest of its type, in the middle.

    They are compared at the distance that pupils travel, as a B belongs to its own decay.
    """
    drawing = before.drawing
    plain = np.flatnonzero(drawing.kinds == drawing.plain)
    there = before.schools.metres[before.school[plain]]
    near = plain[np.argsort(np.hypot(*(there - metres).T))[:_NEAREST]]
    size = np.maximum(before.rolls[near], 1.0)
    log_draw = np.log(drawing.columns[near]) - drawing.decay[near] * drawing.mean_km
    middle = float(np.median(log_draw - np.log(size)))
    return float(np.exp(middle + decay * drawing.mean_km))
