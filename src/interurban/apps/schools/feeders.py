"""What feeds schools: homes, by district where there are districts, else area by area.

Which school pupils went to before is not in these data; that is said, and the homes are shown in
its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .flows import cell_limits
from .subjects import Floats, Flows, Indices

__all__ = ["Feeders", "feeders"]


@dataclass(frozen=True, eq=False)
class Feeders:
    """Pupils from where they live to their schools, from the most on.

    Parameters
    ----------
    by: ``district`` or ``area``.
    ids, names: of the places they live in; the empty id is of homes outside every district.
    source, school: (n,), places among ``ids`` and among the schools.
    pupils: (n,), NaN where some of it is hidden. low, high: (n,), bounds.
    total: how many links there are in all. pupils_total: shown pupils in all of them.
    """

    by: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    source: Indices
    school: Indices
    pupils: Floats
    low: Floats
    high: Floats
    total: int
    pupils_total: float


def feeders(
    flows: Flows,
    names: Mapping[str, str],
    *,
    school: int | None = None,
    top: int = 40,
    elsewhere: str = "Elsewhere",
) -> Feeders:
    """The largest links from homes to schools.

    Parameters
    ----------
    names: of the districts, by code.
    school: only its own links; ``None`` takes all schools.
    top: at most so many links.
    elsewhere: what homes outside every district are called.
    """
    by_district = any(flows.areas.districts)
    keys = flows.areas.districts if by_district else flows.areas.ids
    known = dict(names) if by_district else dict(zip(keys, flows.areas.names, strict=True))
    ids = tuple(sorted(set(keys)))
    index = {one: at for at, one in enumerate(ids)}
    group_of_area = np.array([index[one] for one in keys], dtype=np.int64)
    rows = np.arange(len(flows.area)) if school is None else flows.of_school(school)
    pairs = group_of_area[flows.area[rows]] * len(flows.schools) + flows.school[rows]
    links, at = np.unique(pairs, return_inverse=True)
    source, schools = np.divmod(links, len(flows.schools))
    low = np.bincount(at, flows.low[rows], len(links)).astype(np.float64)
    high = np.bincount(at, flows.high[rows], len(links)).astype(np.float64)
    hidden = np.bincount(at, flows.hidden[rows], len(links)) > 0
    if flows.dropped:
        high = high + _left_out(flows, group_of_area, len(ids), rows, source, schools, at)
    order = np.lexsort((schools, source, -low))[:top]
    return Feeders(
        by="district" if by_district else "area",
        ids=ids,
        names=tuple(known.get(one, one) if one else elsewhere for one in ids),
        source=source[order],
        school=schools[order],
        pupils=np.where(hidden, np.nan, low)[order],
        low=low[order],
        high=high[order],
        total=len(links),
        pupils_total=float(np.nansum(flows.pupils[rows])),
    )


def _left_out(
    flows: Flows,
    group_of_area: Indices,
    groups: int,
    rows: Indices,
    source: Indices,
    schools: Indices,
    at: Indices,
) -> Floats:
    """The most pupils that rows left out by the publisher can add to each link."""
    of_area, of_school = cell_limits(flows)
    every = np.bincount(group_of_area, of_area, groups)
    with_row = np.bincount(at, of_area[flows.area[rows]], len(source))
    return np.asarray(np.fmin(every[source] - with_row, of_school[schools]), dtype=np.float64)
