"""Who comes in: first year groups of schools, from children, feeder year groups or their trend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .history import Flags, Indices, Rolls
from .progression import window_weights
from .trend import Floats, ahead, smooth

__all__ = ["Children", "entrants", "entry_ratio", "pools", "school_shares", "sum_of_regions"]


@dataclass(frozen=True, slots=True, eq=False)
class Children:
    """Children who may enter school, past and to come.

    Parameters
    ----------
    years: the school year in which they are of entry age (births: their year and the lag).
    number: region x year.
    lead: years ahead that the number is known for in any year (births: the lag).
    """

    years: tuple[int, ...]
    number: Floats
    lead: int

    def until(self, year: int) -> Children:
        """As they were known in a school year."""
        kept = [place for place, known in enumerate(self.years) if known <= year + self.lead]
        return Children(tuple(self.years[place] for place in kept), self.number[:, kept], self.lead)


def entry_ratio(entered: Floats, children: Floats, years: int = 4) -> Floats:
    """``rho``: entrants for each child, the mean of the last years' ratios; by region.

    Parameters
    ----------
    entered, children: region x year, of the same years; years without children are left out.

    Source: GLA School Roll Projections, step 2.
    """
    known = children[:, -years:] > 0
    ratios = np.divide(
        entered[:, -years:], children[:, -years:], out=np.zeros_like(children[:, -years:]),
        where=known,
    )  # fmt: skip
    return np.asarray(ratios.sum(axis=1) / np.maximum(known.sum(axis=1), 1))


def entrants(
    entered: Floats,
    years: tuple[int, ...],
    horizon: int,
    children: Children | None = None,
    *,
    ratio_years: int = 4,
    smoothing: tuple[float, float, float] = (0.8, 0.5, 0.85),
) -> Floats:
    """Pupils of the entry year group to come, region x year ahead.

    From children where they are known, ``rho`` times their number; in years for which they are not,
    the damped trend of the entry itself goes on from there.

    Parameters
    ----------
    entered: region x year, of the past.
    smoothing: alpha, beta and phi of the trend.
    """
    coming = [years[-1] + h for h in range(1, horizon + 1)]
    trend = ahead(smooth(entered, *smoothing), horizon)
    if children is None:
        return trend
    at = {year: place for place, year in enumerate(children.years)}
    both = [place for place, year in enumerate(years) if year in at]
    known = [year for year in coming if year in at]
    if not both or not known or known != coming[: len(known)]:
        return trend
    past = children.number[:, [at[years[place]] for place in both]]
    rho = entry_ratio(entered[:, both], past, ratio_years)
    found = rho[:, None] * children.number[:, [at[year] for year in known]]
    if len(known) == horizon:
        return np.asarray(found)
    series = np.concatenate([entered, found], axis=1)
    return np.concatenate([found, ahead(smooth(series, *smoothing), horizon - len(known))], axis=1)


def sum_of_regions(pupils: Floats, region: Indices, regions: int) -> Floats:
    """Pupils by region, for arrays whose first axis is that of the schools."""
    out = np.zeros((regions, *pupils.shape[1:]))
    np.add.at(out, region, pupils)
    return out


def pools(entering: Floats, feeding: Floats, transfer: Floats | None = None) -> Floats:
    """Those whom the schools of a region take their first year groups from; region x year group.

    For the entry year group, the region's entrants; for each later one, the pupils a year before in
    the year group below, whom ``transfer`` spreads over the regions (transfer to the next phase).

    Parameters
    ----------
    entering: entrants by region.
    feeding: region x year group, pupils of the year before.
    transfer: region of origin x region of destination, shares; ``None``: everyone stays.

    Source: GLA School Roll Projections, steps 2 and 4.
    """
    below = feeding[:, :-1]
    moved = below if transfer is None else transfer.T @ below
    return np.concatenate([entering[:, None], moved], axis=1)


def school_shares(
    rolls: Rolls,
    itself: Flags,
    region: Indices,
    regions: int,
    years: int = 4,
    *,
    recent: bool = True,
    transfer: Floats | None = None,
) -> Floats:
    """The share of its region's pool that each school has had; school x year group.

    The weighted mean over the last years in which the school was itself and had the year group.

    Parameters
    ----------
    recent: whether later years weigh more (4, 3, 2, 1).
    """
    pupils, last = rolls.pupils, rolls.pupils.shape[2] - 1
    kept = min(years, last)
    total, weighed = np.zeros(pupils.shape[:2]), np.zeros(pupils.shape[:2])
    by_region = sum_of_regions(pupils, region, regions)
    for weight, year in zip(
        window_weights(kept, recent), range(last - kept + 1, last + 1), strict=True
    ):
        pool = pools(by_region[:, 0, year], by_region[:, :, year - 1], transfer)[region]
        seen = (pupils[:, :, year] > 0) & itself[:, year, None] & (pool > 0)
        share = np.divide(pupils[:, :, year], pool, out=np.zeros_like(pool), where=seen)
        total += weight * share
        weighed += weight * seen
    return np.asarray(np.divide(total, weighed, out=np.zeros_like(total), where=weighed > 0))
