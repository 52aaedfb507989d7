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
from .settings import CheckSource, check_sources
from .ways import STRAIGHT, Way

__all__ = ["Check", "checks_of", "relative_error"]


@dataclass(frozen=True, slots=True)
class Check:
    """How far our numbers are from others.

    Parameters
    ----------
    against: what they were held against, in words. what: ``metres`` or ``minutes``.
    way: the way that our distances go. stage: that they are of; empty for single schools.
    median_error: as a share of theirs, without sign. within_10: share of rows within a tenth.
    bias: median of ours over theirs, less 1.
    straight: median of theirs over the straight line, the factor that would fit best; ``None``
        of another way, and of minutes.
    """

    against: str
    what: str
    way: str
    stage: str
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


def checks_of(atlas: Atlas, way: Way) -> tuple[Check, ...]:
    """Every check that the pack names, for which the reader may have the data, by one way."""
    found: list[Check] = []
    for source in check_sources(atlas.settings):
        stage = atlas.settings.stage(source.stage) if source.stage else None
        if (stage is not None or not source.stage) and atlas.snapshot(source.dataset) is not None:
            found += _check(atlas, way, source, stage)
    return tuple(found)


def _check(atlas: Atlas, way: Way, source: CheckSource, stage: Stage | None) -> list[Check]:
    table = atlas.table(source.dataset)
    assert table is not None, "the dataset was found a moment ago"
    areas = atlas.areas(FlowSource(source.dataset, source.stage, (source.areas,)))
    rows = table.to_pylist()
    at = np.array([areas.index[row["area_id"]] for row in rows], dtype=np.int64)
    if stage is not None:
        schools = supply_of(atlas, stage).school
        if not len(schools):
            return []
        ours = way.nearest(areas, schools, stage).metres[at]
    else:
        index = atlas.schools.index
        to = np.array([index.get(str(row["school_id"]), -1) for row in rows], dtype=np.int64)
        ours = way.between(areas, at, to)
    title = atlas.node.dataset(source.dataset).title
    how = next((str(row["method"]) for row in rows if row.get("method")), "")
    told = (f"{title} ({how})" if how else title, way.name, source.stage, source.dataset)
    found = []
    metres = _column(rows, "metres")
    if np.isfinite(metres).any():
        known = np.isfinite(ours) & (metres > 0) & (ours > 0)
        fits = None
        if way.name == STRAIGHT and known.any():
            lines = ours[known] / atlas.settings.walking_factor
            fits = float(np.median(metres[known] / lines))
        found.append(_made(told, "metres", relative_error(ours, metres), fits, int(known.sum())))
    minutes = _column(rows, "minutes")
    known = np.isfinite(minutes) & (minutes > 0) & (ours > 0)
    learnt, tried = known & (at % 2 == 0), known & (at % 2 == 1)
    if learnt.any() and tried.any():
        by_speed = _by_speed(ours, minutes, learnt)
        off = relative_error(by_speed[tried], minutes[tried])
        found.append(_made(told, "minutes", off, None, int(tried.sum())))
    return found


def _made(
    told: tuple[str, str, str, str],
    what: str,
    off: tuple[float, float, float],
    fits: float | None,
    rows: int,
) -> Check:
    against, way, stage, dataset = told
    return Check(against, what, way, stage, *off, fits, rows, dataset)


def _by_speed(metres: Floats, minutes: Floats, learnt: np.ndarray) -> Floats:
    """Minutes as a start and a speed, by least squares over what is learnt from."""
    slope, start = np.polyfit(metres[learnt], minutes[learnt], 1)
    return np.asarray(start + slope * metres, dtype=np.float64)


def _column(rows: list[dict[str, object]], name: str) -> Floats:
    return np.array(
        [float(v) if isinstance(v := row.get(name), int | float) else np.nan for row in rows]
    )
