"""Our distances beside those that somebody else worked out by streets, and how far off they are.

An error is the share by which a distance differs from the one it is checked against. Minutes are
checked by a mean speed that is taken from every other area and tried on the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.settings import FlowSource, Stage
from interurban.apps.schools.subjects import Floats

from .homes import supply_of
from .nearest import nearest_school
from .settings import CheckSource, check_sources

__all__ = ["Check", "checks_of", "relative_error"]


@dataclass(frozen=True, slots=True)
class Check:
    """How far our numbers are from others.

    Parameters
    ----------
    against: what they were held against, in words. what: ``metres`` or ``minutes``.
    median_error: as a share of theirs, without sign. within_10: share of rows within a tenth.
    bias: median of ours over theirs, less 1.
    straight: median of theirs over the straight line: the factor that would fit best.
    """

    against: str
    what: str
    median_error: float
    within_10: float
    bias: float
    straight: float | None
    rows: int
    dataset: str


def relative_error(ours: Floats, theirs: Floats) -> tuple[float, float, float]:
    """Median error without sign, share of rows within a tenth, and median of the ratio less 1.

    Rows of which one side is not known, or theirs is 0, are left out; NaN where none is left.
    """
    known = np.isfinite(ours) & np.isfinite(theirs) & (theirs > 0)
    if not known.any():
        return float("nan"), float("nan"), float("nan")
    ratio = ours[known] / theirs[known]
    off = np.abs(ratio - 1)
    return float(np.median(off)), float((off <= 0.1).mean()), float(np.median(ratio) - 1)


def checks_of(atlas: Atlas, stage: Stage) -> tuple[Check, ...]:
    """Every check that the pack names, for which the reader may have the data."""
    found: list[Check] = []
    for source in check_sources(atlas.settings.extra.get("access")):
        if source.stage in ("", stage.id) and atlas.snapshot(source.dataset) is not None:
            found += _check(atlas, source, stage)
    return tuple(found)


def _check(atlas: Atlas, source: CheckSource, stage: Stage) -> list[Check]:
    table = atlas.table(source.dataset)
    assert table is not None, "the dataset was found a moment ago"
    areas = atlas.areas(FlowSource(source.dataset, stage.id, (source.areas,)))
    rows = table.to_pylist()
    at = np.array([areas.index[row["area_id"]] for row in rows], dtype=np.int64)
    if source.stage:
        _, straight = nearest_school(areas.metres, supply_of(atlas, stage).metres, 1.0)
        straight = straight[at]
    else:
        schools = atlas.schools
        to = np.array([schools.index.get(str(row["school_id"]), -1) for row in rows])
        there = schools.metres[to] - areas.metres[at]
        straight = np.where(to >= 0, np.hypot(there[:, 0], there[:, 1]), np.nan)
    title = atlas.node.dataset(source.dataset).title
    how = next((str(row["method"]) for row in rows if row.get("method")), "")
    against = f"{title} ({how})" if how else title
    found = []
    metres = _column(rows, "metres")
    if np.isfinite(metres).any():
        ours = atlas.settings.walking_factor * straight
        off = relative_error(ours, metres)
        known = np.isfinite(ours) & (metres > 0) & (straight > 0)
        fits = float(np.median(metres[known] / straight[known])) if known.any() else None
        found.append(Check(against, "metres", *off, fits, int(known.sum()), source.dataset))
    minutes = _column(rows, "minutes")
    known = np.isfinite(minutes) & (minutes > 0) & (straight > 0)
    learnt, tried = known & (at % 2 == 0), known & (at % 2 == 1)
    if learnt.any() and tried.any():
        ours = _by_speed(straight, minutes, learnt)
        off = relative_error(ours[tried], minutes[tried])
        found.append(Check(against, "minutes", *off, None, int(tried.sum()), source.dataset))
    return found


def _by_speed(straight: Floats, minutes: Floats, learnt: np.ndarray) -> Floats:
    """Minutes as a start and a speed, by least squares over what is learnt from."""
    slope, start = np.polyfit(straight[learnt], minutes[learnt], 1)
    return np.asarray(start + slope * straight, dtype=np.float64)


def _column(rows: list[dict[str, object]], name: str) -> Floats:
    return np.array(
        [float(v) if isinstance(v := row.get(name), int | float) else np.nan for row in rows]
    )
